//! Rows in memory: all small state from the start, and a bounded cache of sessions and messages.
//!
//! A row of a batch that is not yet durable is pinned: the store could not give it back.

mod communities;
mod contents;
mod kept;

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::identity::{AccountId, DeviceId};
use crate::message::{ConversationId, MessageId, MessageRef};
use crate::persist::{
    AttachmentRow, BatchId, ContactRow, ConversationRow, DeviceRow, MessageRow, OutboxRow, OwnRow,
    PartRow, PeerRow, PendingRow, PrekeyKind, PrekeyRow, Row, RowKey, SessionRow, Snapshot,
    UnfinishedRow,
};

const REF_MIN: MessageRef = MessageRef {
    author: DeviceId([0; 32]),
    id: MessageId([0; 16]),
};
const REF_MAX: MessageRef = MessageRef {
    author: DeviceId([u8::MAX; 32]),
    id: MessageId([u8::MAX; 16]),
};

/// Rows that must be loaded before a job can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub Vec<RowKey>);

#[derive(Debug)]
struct Slot {
    row: Option<Row>,
    used: u64,
    pinned: Option<BatchId>,
}

/// Rows in memory.
#[derive(Debug, Default)]
pub struct Resident {
    slots: BTreeMap<RowKey, Slot>,
    /// Evictable keys by last use.
    lru: BTreeMap<u64, RowKey>,
    uses: u64,
    outbox: usize,
    /// Those of them that are keys of communities.
    keys: usize,
    /// Parts of attachments in memory: nearly always none, and after each turn it is asked whether there are any.
    parts: usize,
}

/// One for a row of an outbox, and one if it is a key.
fn counted(row: Option<&Row>) -> (usize, usize) {
    match row {
        Some(Row::Outbox(row)) => (1, usize::from(row.is_key())),
        _ => (0, 0),
    }
}

impl Resident {
    /// Rows of a snapshot.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        let mut this = Self::default();
        for (key, row) in snapshot.rows {
            if let Row::Outbox(row) = &row {
                this.outbox = this.outbox.saturating_add(1);
                this.keys = this.keys.saturating_add(usize::from(row.is_key()));
            }
            this.slots.insert(
                key,
                Slot {
                    row: Some(row),
                    used: 0,
                    pinned: None,
                },
            );
        }
        this
    }

    /// Looks a row up: there, known to be absent, or missing in memory.
    fn find(&self, key: &RowKey) -> Result<Option<&Row>, Missing> {
        match self.slots.get(key) {
            Some(slot) => Ok(slot.row.as_ref()),
            None if key.is_resident() => Ok(None),
            None => Err(Missing(vec![*key])),
        }
    }

    fn touch(&mut self, key: RowKey) {
        self.uses = self.uses.saturating_add(1);
        let uses = self.uses;
        if let Some(slot) = self.slots.get_mut(&key) {
            self.lru.remove(&slot.used);
            slot.used = uses;
            self.lru.insert(uses, key);
        }
    }

    /// Takes a row, or its absence, into memory because this batch stores it.
    pub(crate) fn put(&mut self, key: RowKey, row: Option<Row>, batch: BatchId) {
        if matches!(key, RowKey::Order(..) | RowKey::Op(..)) {
            return; // neither places nor ops are read again by the core
        }
        if matches!(key, RowKey::Outbox(..)) {
            let before = self.slots.get(&key).and_then(|slot| slot.row.as_ref());
            let (was, was_key) = counted(before);
            let (is, is_key) = counted(row.as_ref());
            self.outbox = self.outbox.saturating_add(is).saturating_sub(was);
            self.keys = self.keys.saturating_add(is_key).saturating_sub(was_key);
        }
        if key.is_resident() {
            match row {
                Some(row) => {
                    self.slots.insert(
                        key,
                        Slot {
                            row: Some(row),
                            used: 0,
                            pinned: None,
                        },
                    );
                }
                None => {
                    self.slots.remove(&key);
                }
            }
            return;
        }
        let used = self.slots.get(&key).map_or(0, |slot| slot.used);
        let slot = Slot {
            row,
            used,
            pinned: Some(batch),
        };
        self.cache(key, slot);
    }

    /// Takes a loaded row into memory, unless a newer one is there.
    pub(crate) fn loaded(&mut self, key: RowKey, row: Option<Row>) {
        if key.is_resident() || self.slots.contains_key(&key) {
            return;
        }
        let slot = Slot {
            row,
            used: 0,
            pinned: None,
        };
        self.cache(key, slot);
    }

    /// Takes a row that may be let go of later into memory, or what replaces it.
    fn cache(&mut self, key: RowKey, slot: Slot) {
        let new = self.slots.insert(key, slot).is_none();
        if new && matches!(key, RowKey::Part(..)) {
            self.parts = self.parts.saturating_add(1);
        }
        self.touch(key);
    }

    fn let_go(&mut self, used: u64, key: &RowKey) {
        self.lru.remove(&used);
        if self.slots.remove(key).is_some() && matches!(key, RowKey::Part(..)) {
            self.parts = self.parts.saturating_sub(1);
        }
    }

    /// Takes into memory that the store has no such row, as long as it is not written.
    pub(crate) fn absent(&mut self, key: RowKey) {
        self.loaded(key, None);
    }

    /// Lets go of every part of an attachment that the store can give back: they are large, and used once.
    fn evict_parts(&mut self, durable: BatchId) {
        if self.parts == 0 {
            return;
        }
        let parts = RowKey::Part(REF_MIN, 0)..=RowKey::Part(REF_MAX, u16::MAX);
        let gone = self
            .slots
            .range(parts)
            .filter(|(_, slot)| slot.pinned.is_none_or(|batch| batch <= durable));
        let gone: Vec<_> = gone.map(|(key, slot)| (slot.used, *key)).collect();
        for (used, key) in gone {
            self.let_go(used, &key);
        }
    }

    /// Lets go of the least used rows beyond `max` that the store can give back.
    pub(crate) fn evict(&mut self, durable: BatchId, max: usize) {
        self.evict_parts(durable);
        let mut excess = self.lru.len().saturating_sub(max);
        if excess == 0 {
            return;
        }
        let mut gone = Vec::new();
        for (used, key) in &self.lru {
            if excess == 0 {
                break;
            }
            let pinned = self.slots.get(key).and_then(|slot| slot.pinned);
            if pinned.is_none_or(|batch| batch <= durable) {
                gone.push((*used, *key));
                excess = excess.saturating_sub(1);
            }
        }
        for (used, key) in gone {
            self.let_go(used, &key);
        }
    }

    /// Rows in memory beside those that are always there.
    #[must_use]
    pub fn cached(&self) -> usize {
        self.lru.len()
    }

    /// Rows in all outboxes, but keys of communities: those have their own limits, or whoever is away from many would keep
    /// this account from writing to anybody.
    #[must_use]
    pub fn outbox_len(&self) -> usize {
        self.outbox.saturating_sub(self.keys)
    }

    /// Keys of communities in all outboxes.
    #[must_use]
    pub fn keys_waiting(&self) -> usize {
        self.keys
    }

    /// The clock and prekey counters.
    #[must_use]
    pub fn device(&self) -> DeviceRow {
        match self.find(&RowKey::Device) {
            Ok(Some(Row::Device(row))) => row.clone(),
            _ => DeviceRow::default(),
        }
    }

    /// The own name and bundle, once stored.
    #[must_use]
    pub fn own(&self) -> Option<&OwnRow> {
        match self.find(&RowKey::Own) {
            Ok(Some(Row::Own(row))) => Some(row),
            _ => None,
        }
    }

    /// A contact, request or block.
    #[must_use]
    pub fn contact(&self, account: AccountId) -> Option<&ContactRow> {
        match self.find(&RowKey::Contact(account)) {
            Ok(Some(Row::Contact(row))) => Some(row),
            _ => None,
        }
    }

    /// All contacts, requests and blocks.
    pub fn contacts(&self) -> impl Iterator<Item = (AccountId, &ContactRow)> {
        self.contacts_after(None)
    }

    /// Contacts, requests and blocks behind this account, or all.
    pub fn contacts_after(
        &self,
        after: Option<AccountId>,
    ) -> impl Iterator<Item = (AccountId, &ContactRow)> {
        let first = Bound::Included(RowKey::Contact(AccountId([0; 32])));
        let from = after.map_or(first, |after| Bound::Excluded(RowKey::Contact(after)));
        self.slots
            .range((from, Bound::Unbounded))
            .take_while(|(key, _)| matches!(key, RowKey::Contact(_)))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Contact(account), Some(Row::Contact(row))) => Some((*account, row)),
                _ => None,
            })
    }

    /// What is known of a device.
    #[must_use]
    pub fn peer(&self, device: DeviceId) -> Option<&PeerRow> {
        match self.find(&RowKey::Peer(device)) {
            Ok(Some(Row::Peer(row))) => Some(row),
            _ => None,
        }
    }

    /// The newest state of a conversation.
    #[must_use]
    pub fn conversation(&self, conversation: ConversationId) -> ConversationRow {
        match self.find(&RowKey::Conversation(conversation)) {
            Ok(Some(Row::Conversation(row))) => row.clone(),
            _ => ConversationRow::default(),
        }
    }

    /// An own prekey.
    #[must_use]
    pub fn prekey(&self, kind: PrekeyKind, id: u32) -> Option<&PrekeyRow> {
        match self.find(&RowKey::Prekey(kind, id)) {
            Ok(Some(Row::Prekey(row))) => Some(row),
            _ => None,
        }
    }

    /// All own prekeys, by kind and id.
    pub fn prekeys(&self) -> impl Iterator<Item = (PrekeyKind, u32, &PrekeyRow)> {
        self.slots
            .range(RowKey::Prekey(PrekeyKind::OneTime, 0)..)
            .take_while(|(key, _)| matches!(key, RowKey::Prekey(..)))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Prekey(kind, id), Some(Row::Prekey(row))) => Some((*kind, *id, row)),
                _ => None,
            })
    }

    /// Uses of last-resort keys, with their keys.
    pub fn last_resort_seen(&self) -> impl Iterator<Item = (RowKey, &Row)> {
        self.slots
            .range(RowKey::LastResortSeen(0, 0, crate::crypto::Hash32([0; 32]))..)
            .take_while(|(key, _)| matches!(key, RowKey::LastResortSeen(..)))
            .filter_map(|(key, slot)| slot.row.as_ref().map(|row| (*key, row)))
    }

    /// Whether this row is there. Only for rows that are always resident.
    #[must_use]
    pub fn contains(&self, key: &RowKey) -> bool {
        self.slots.get(key).is_some_and(|slot| slot.row.is_some())
    }

    /// What a device has not acknowledged, in sending order.
    pub fn outbox(&self, device: DeviceId) -> impl Iterator<Item = (u64, &OutboxRow)> {
        self.slots
            .range(RowKey::Outbox(device, 0)..=RowKey::Outbox(device, u64::MAX))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Outbox(_, order), Some(Row::Outbox(row))) => Some((*order, row)),
                _ => None,
            })
    }

    /// What no device has acknowledged, of all of them.
    pub fn all_outbox(&self) -> impl Iterator<Item = &OutboxRow> {
        let (first, last) = (DeviceId([0; 32]), DeviceId([u8::MAX; 32]));
        self.slots
            .range(RowKey::Outbox(first, 0)..=RowKey::Outbox(last, u64::MAX))
            .filter_map(|(_, slot)| match &slot.row {
                Some(Row::Outbox(row)) => Some(row),
                _ => None,
            })
    }

    /// One place in the outbox toward a device.
    #[must_use]
    pub fn outbox_row(&self, device: DeviceId, order: u64) -> Option<&OutboxRow> {
        match self.find(&RowKey::Outbox(device, order)) {
            Ok(Some(Row::Outbox(row))) => Some(row),
            _ => None,
        }
    }

    /// Devices that have something to acknowledge.
    #[must_use]
    pub fn outbox_devices(&self) -> Vec<DeviceId> {
        let mut devices = Vec::new();
        let mut from = RowKey::Outbox(DeviceId([0; 32]), 0);
        while let Some((RowKey::Outbox(device, _), _)) = self.slots.range(from..).next() {
            devices.push(*device);
            from = RowKey::Outbox(*device, u64::MAX);
            if self.slots.contains_key(&from) {
                break; // order u64::MAX is never given out
            }
        }
        devices
    }

    /// Effects that wait for this message, with their names.
    pub fn pending(&self, target: MessageRef) -> impl Iterator<Item = (MessageRef, &PendingRow)> {
        self.slots
            .range(RowKey::Pending(target, REF_MIN)..=RowKey::Pending(target, REF_MAX))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Pending(_, effect), Some(Row::Pending(row))) => Some((*effect, row)),
                _ => None,
            })
    }

    /// How many effects wait for their target: all together, and those of this account.
    #[must_use]
    pub fn pending_counts(&self, account: AccountId) -> (usize, usize) {
        let all = self
            .slots
            .range(RowKey::Pending(REF_MIN, REF_MIN)..=RowKey::Pending(REF_MAX, REF_MAX));
        all.fold((0, 0), |(all, theirs), (_, slot)| {
            let own = matches!(&slot.row, Some(Row::Pending(row)) if row.account == account);
            (
                all.saturating_add(1),
                theirs.saturating_add(usize::from(own)),
            )
        })
    }

    /// The session with a device.
    ///
    /// # Errors
    /// [`Missing`] when it must be loaded first.
    pub fn session(&mut self, device: DeviceId) -> Result<Option<&SessionRow>, Missing> {
        let key = RowKey::Session(device);
        self.touch(key);
        match self.find(&key)? {
            Some(Row::Session(row)) => Ok(Some(row)),
            _ => Ok(None),
        }
    }

    /// A message.
    ///
    /// # Errors
    /// [`Missing`] when it must be loaded first.
    pub fn message(&mut self, message: MessageRef) -> Result<Option<&MessageRow>, Missing> {
        let key = RowKey::Message(message);
        self.touch(key);
        match self.find(&key)? {
            Some(Row::Message(row)) => Ok(Some(row)),
            _ => Ok(None),
        }
    }

    /// The whole attachment of a message.
    ///
    /// # Errors
    /// [`Missing`] when it must be loaded first.
    pub fn attachment(&mut self, message: MessageRef) -> Result<Option<&AttachmentRow>, Missing> {
        let key = RowKey::Attachment(message);
        self.touch(key);
        match self.find(&key)? {
            Some(Row::Attachment(row)) => Ok(Some(row)),
            _ => Ok(None),
        }
    }

    /// A part of an attachment.
    ///
    /// # Errors
    /// [`Missing`] when it must be loaded first.
    pub fn part(&mut self, message: MessageRef, index: u16) -> Result<Option<&PartRow>, Missing> {
        match self.find(&RowKey::Part(message, index))? {
            Some(Row::Part(row)) => Ok(Some(row)),
            _ => Ok(None),
        }
    }

    /// An attachment on its way.
    #[must_use]
    pub fn unfinished(&self, account: AccountId, message: MessageRef) -> Option<&UnfinishedRow> {
        match self.find(&RowKey::Unfinished(account, message)) {
            Ok(Some(Row::Unfinished(row))) => Some(row),
            _ => None,
        }
    }

    /// All attachments on their way.
    #[must_use]
    pub fn all_unfinished(&self) -> Vec<(AccountId, MessageRef, UnfinishedRow)> {
        let (first, last) = (AccountId([0; 32]), AccountId([u8::MAX; 32]));
        self.slots
            .range(RowKey::Unfinished(first, REF_MIN)..=RowKey::Unfinished(last, REF_MAX))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Unfinished(account, message), Some(Row::Unfinished(row))) => {
                    Some((*account, *message, row.clone()))
                }
                _ => None,
            })
            .collect()
    }

    /// Makes sure that all these messages, and what is attached to them, are in memory.
    ///
    /// # Errors
    /// [`Missing`] with every one that is not.
    pub fn require_messages(
        &mut self,
        messages: impl IntoIterator<Item = MessageRef>,
    ) -> Result<(), Missing> {
        self.require(
            messages
                .into_iter()
                .flat_map(|message| [RowKey::Message(message), RowKey::Attachment(message)]),
        )
    }

    /// Makes sure that all these rows, or their absence, are in memory.
    ///
    /// # Errors
    /// [`Missing`] with every one that is not.
    pub fn require(&mut self, keys: impl IntoIterator<Item = RowKey>) -> Result<(), Missing> {
        let missing: Vec<_> = keys
            .into_iter()
            .filter(|key| !self.slots.contains_key(key))
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Missing(missing))
        }
    }
}
