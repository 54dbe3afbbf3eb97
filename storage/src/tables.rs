//! Every table of `history.redb`, byte by byte.
//!
//! Keys are bytes whose order is that of [`RowKey`]: numbers big-endian, ids as they are. Rows are the canonical
//! encoding (`protocol::wire`) of the named type, sealed as `seal` describes. A message and its place are one row: see
//! `timeline`. What format 1 had instead is in `migrate::from_1`.
//!
//! | table | key | row |
//! |---|---|---|
//! | `device` | one zero byte | [`DeviceRow`] |
//! | `own` | one zero byte | [`OwnRow`] |
//! | `contact` | account 32 | [`ContactRow`] |
//! | `peer` | device 32 | [`PeerRow`] |
//! | `session` | device 32 | [`SessionRow`] |
//! | `prekey` | kind 1 (0 one-time, 1 signed, 2 one-time ML-KEM, 3 last-resort ML-KEM) ‖ id 4 | [`PrekeyRow`] |
//! | `last_resort_seen` | ML-KEM prekey id 4 ‖ signed prekey id 4 ‖ hash of the base key 32 | [`SeenRow`] |
//! | `conversation` | account 32 | [`ConversationRow`] |
//! | `index` | author device 32 ‖ message id 16 | where it stands, or a [`MessageRow`]: see `timeline` |
//! | `timeline` | account 32 ‖ place 8 ‖ author device 32 ‖ message id 16 | [`MessageRow`]; a table for each account: see `timeline` |
//! | `outbox` | device 32 ‖ position 8 | [`OutboxRow`] |
//! | `pending` | target: author device 32 ‖ message id 16; effect: author device 32 ‖ message id 16 | [`PendingRow`] |
//! | `privacy` | one zero byte | [`PrivacyRow`] |
//! | `read` | account 32 | [`ReadRow`] |
//! | `attachment` | author device 32 ‖ message id 16 | [`AttachmentRow`] |
//! | `unfinished` | account 32 ‖ author device 32 ‖ message id 16 | [`UnfinishedRow`] |
//! | `part` | author device 32 ‖ message id 16 ‖ number 2 | [`PartRow`] |
//! | `note` | kind 1 (0 draft, 1 petname) ‖ account 32 | [`NoteRow`] |
//! | `meta` | see `meta` | see `meta` |
//!
//! [`DeviceRow`]: protocol::persist::DeviceRow
//! [`OwnRow`]: protocol::persist::OwnRow
//! [`ContactRow`]: protocol::persist::ContactRow
//! [`PeerRow`]: protocol::persist::PeerRow
//! [`SessionRow`]: protocol::persist::SessionRow
//! [`PrekeyRow`]: protocol::persist::PrekeyRow
//! [`SeenRow`]: protocol::persist::SeenRow
//! [`ConversationRow`]: protocol::persist::ConversationRow
//! [`MessageRow`]: protocol::persist::MessageRow
//! [`OutboxRow`]: protocol::persist::OutboxRow
//! [`PendingRow`]: protocol::persist::PendingRow
//! [`PrivacyRow`]: protocol::persist::PrivacyRow
//! [`ReadRow`]: protocol::persist::ReadRow
//! [`AttachmentRow`]: protocol::persist::AttachmentRow
//! [`UnfinishedRow`]: protocol::persist::UnfinishedRow
//! [`PartRow`]: protocol::persist::PartRow
//! [`NoteRow`]: protocol::persist::NoteRow

use protocol::crypto::Hash32;
use protocol::identity::{AccountId, DeviceId};
use protocol::message::{MessageId, MessageRef};
use protocol::persist::{NoteKey, PrekeyKind, Row, RowKey};
use protocol::time::Hlc;
use protocol::wire::{self, Malformed};
use redb::TableDefinition;

use crate::error::StoreError;
use crate::meta::Definition;
use crate::seal::{Place, ROW_MAX};

/// A table other than `meta`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Device,
    Own,
    Contact,
    Peer,
    Session,
    Prekey,
    LastResortSeen,
    Conversation,
    Index,
    Timeline,
    Outbox,
    Pending,
    Privacy,
    Read,
    Attachment,
    Unfinished,
    Part,
    Note,
}

impl Table {
    /// All of them, in the order of [`RowKey`].
    pub(crate) const ALL: [Self; 18] = [
        Self::Device,
        Self::Own,
        Self::Contact,
        Self::Peer,
        Self::Session,
        Self::Prekey,
        Self::LastResortSeen,
        Self::Conversation,
        Self::Index,
        Self::Timeline,
        Self::Outbox,
        Self::Pending,
        Self::Privacy,
        Self::Read,
        Self::Attachment,
        Self::Unfinished,
        Self::Part,
        Self::Note,
    ];

    /// Its name in the file.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Own => "own",
            Self::Contact => "contact",
            Self::Peer => "peer",
            Self::Session => "session",
            Self::Prekey => "prekey",
            Self::LastResortSeen => "last_resort_seen",
            Self::Conversation => "conversation",
            Self::Index => "index",
            Self::Timeline => "timeline",
            Self::Outbox => "outbox",
            Self::Pending => "pending",
            Self::Privacy => "privacy",
            Self::Read => "read",
            Self::Attachment => "attachment",
            Self::Unfinished => "unfinished",
            Self::Part => "part",
            Self::Note => "note",
        }
    }

    /// How redb knows it, other than the timelines: those have names of their own.
    pub(crate) const fn definition(self) -> Definition {
        TableDefinition::new(self.name())
    }

    /// Where a row of this table lies, for its seal.
    pub(crate) const fn place(self, key: &[u8]) -> Place<'_> {
        // The format version at which the encoding of this table's rows last changed.
        let schema = match self {
            Self::Index | Self::Timeline => 2,
            _ => 1,
        };
        Place {
            table: self.name(),
            key,
            schema,
        }
    }

    /// The table of a key.
    pub(crate) const fn of(key: &RowKey) -> Self {
        match key {
            RowKey::Device => Self::Device,
            RowKey::Own => Self::Own,
            RowKey::Contact(_) => Self::Contact,
            RowKey::Peer(_) => Self::Peer,
            RowKey::Session(_) => Self::Session,
            RowKey::Prekey(..) => Self::Prekey,
            RowKey::LastResortSeen(..) => Self::LastResortSeen,
            RowKey::Conversation(_) => Self::Conversation,
            RowKey::Message(_) => Self::Index,
            RowKey::Order(..) => Self::Timeline,
            RowKey::Outbox(..) => Self::Outbox,
            RowKey::Pending(..) => Self::Pending,
            RowKey::Privacy => Self::Privacy,
            RowKey::Read(_) => Self::Read,
            RowKey::Attachment(_) => Self::Attachment,
            RowKey::Unfinished(..) => Self::Unfinished,
            RowKey::Part(..) => Self::Part,
            RowKey::Note(_) => Self::Note,
        }
    }

    /// Whether its rows are all read at start ([`RowKey::is_resident`]).
    pub(crate) const fn is_resident(self) -> bool {
        !matches!(
            self,
            Self::Session | Self::Index | Self::Timeline | Self::Attachment | Self::Part
        )
    }
}

/// The bytes of a key within its table.
pub(crate) fn encode_key(key: &RowKey) -> Vec<u8> {
    match key {
        RowKey::Device | RowKey::Own | RowKey::Privacy => vec![0],
        RowKey::Contact(account) | RowKey::Conversation(account) | RowKey::Read(account) => {
            account.0.to_vec()
        }
        RowKey::Note(NoteKey::Draft(account)) => [&[0], account.0.as_slice()].concat(),
        RowKey::Note(NoteKey::Petname(account)) => [&[1], account.0.as_slice()].concat(),
        RowKey::Peer(device) | RowKey::Session(device) => device.0.to_vec(),
        RowKey::Prekey(kind, id) => [&[kind_byte(*kind)], id.to_be_bytes().as_slice()].concat(),
        RowKey::LastResortSeen(kem, signed, base) => {
            [kem.to_be_bytes().as_slice(), &signed.to_be_bytes(), &base.0].concat()
        }
        RowKey::Message(message) | RowKey::Attachment(message) => {
            [message.author.0.as_slice(), &message.id.0].concat()
        }
        RowKey::Order(account, place, message) => [
            account.0.as_slice(),
            &place.as_bits().to_be_bytes(),
            &message.author.0,
            &message.id.0,
        ]
        .concat(),
        RowKey::Outbox(device, position) => [device.0.as_slice(), &position.to_be_bytes()].concat(),
        RowKey::Unfinished(account, message) => {
            [account.0.as_slice(), &message.author.0, &message.id.0].concat()
        }
        RowKey::Part(message, index) => [
            message.author.0.as_slice(),
            &message.id.0,
            &index.to_be_bytes(),
        ]
        .concat(),
        RowKey::Pending(target, effect) => [
            target.author.0.as_slice(),
            &target.id.0,
            &effect.author.0,
            &effect.id.0,
        ]
        .concat(),
    }
}

/// The key of these bytes, if they are one.
pub(crate) fn decode_key(table: Table, bytes: &[u8]) -> Option<RowKey> {
    let mut fields = Fields(bytes);
    let key = match table {
        Table::Device => (fields.take::<1>()? == [0]).then_some(RowKey::Device)?,
        Table::Own => (fields.take::<1>()? == [0]).then_some(RowKey::Own)?,
        Table::Contact => RowKey::Contact(fields.account()?),
        Table::Peer => RowKey::Peer(fields.device()?),
        Table::Session => RowKey::Session(fields.device()?),
        Table::Prekey => RowKey::Prekey(kind_of(fields.take()?)?, fields.u32()?),
        Table::LastResortSeen => {
            RowKey::LastResortSeen(fields.u32()?, fields.u32()?, Hash32(fields.take()?))
        }
        Table::Conversation => RowKey::Conversation(fields.account()?),
        Table::Index => RowKey::Message(fields.message()?),
        Table::Timeline => RowKey::Order(
            fields.account()?,
            Hlc::from_bits(fields.u64()?),
            fields.message()?,
        ),
        Table::Outbox => RowKey::Outbox(fields.device()?, fields.u64()?),
        Table::Pending => RowKey::Pending(fields.message()?, fields.message()?),
        Table::Privacy => (fields.take::<1>()? == [0]).then_some(RowKey::Privacy)?,
        Table::Read => RowKey::Read(fields.account()?),
        Table::Attachment => RowKey::Attachment(fields.message()?),
        Table::Unfinished => RowKey::Unfinished(fields.account()?, fields.message()?),
        Table::Part => RowKey::Part(fields.message()?, fields.u16()?),
        Table::Note => RowKey::Note(match fields.take()? {
            [0] => NoteKey::Draft(fields.account()?),
            [1] => NoteKey::Petname(fields.account()?),
            _ => return None,
        }),
    };
    fields.0.is_empty().then_some(key)
}

/// The bytes of a row before sealing. Those of `index` are [`Whereabouts`].
///
/// # Errors
/// [`StoreError::WrongKind`] if the row does not belong into the table.
///
/// [`Whereabouts`]: crate::timeline::Whereabouts
pub(crate) fn encode_row(table: Table, row: &Row) -> Result<Vec<u8>, StoreError> {
    Ok(match (table, row) {
        (Table::Device, Row::Device(row)) => wire::encode(row),
        (Table::Own, Row::Own(row)) => wire::encode(row),
        (Table::Contact, Row::Contact(row)) => wire::encode(row),
        (Table::Peer, Row::Peer(row)) => wire::encode(row),
        (Table::Session, Row::Session(row)) => wire::encode(row),
        (Table::Prekey, Row::Prekey(row)) => wire::encode(row),
        (Table::LastResortSeen, Row::LastResortSeen(row)) => wire::encode(row),
        (Table::Conversation, Row::Conversation(row)) => wire::encode(row),
        (Table::Timeline, Row::Message(row)) => wire::encode(row),
        (Table::Outbox, Row::Outbox(row)) => wire::encode(row),
        (Table::Pending, Row::Pending(row)) => wire::encode(row),
        (Table::Privacy, Row::Privacy(row)) => wire::encode(row),
        (Table::Read, Row::Read(row)) => wire::encode(row),
        (Table::Attachment, Row::Attachment(row)) => wire::encode(row),
        (Table::Unfinished, Row::Unfinished(row)) => wire::encode(row),
        (Table::Part, Row::Part(row)) => wire::encode(row),
        (Table::Note, Row::Note(row)) => wire::encode(row),
        _ => {
            return Err(StoreError::WrongKind {
                table: table.name(),
            });
        }
    })
}

/// The row of these bytes, as they came out of their seal. Those of `index` are [`Whereabouts`].
///
/// [`Whereabouts`]: crate::timeline::Whereabouts
pub(crate) fn decode_row(table: Table, bytes: &[u8]) -> Result<Row, Malformed> {
    Ok(match table {
        Table::Device => Row::Device(wire::decode(bytes, ROW_MAX)?),
        Table::Own => Row::Own(wire::decode(bytes, ROW_MAX)?),
        Table::Contact => Row::Contact(wire::decode(bytes, ROW_MAX)?),
        Table::Peer => Row::Peer(wire::decode(bytes, ROW_MAX)?),
        Table::Session => Row::Session(wire::decode(bytes, ROW_MAX)?),
        Table::Prekey => Row::Prekey(wire::decode(bytes, ROW_MAX)?),
        Table::LastResortSeen => Row::LastResortSeen(wire::decode(bytes, ROW_MAX)?),
        Table::Conversation => Row::Conversation(wire::decode(bytes, ROW_MAX)?),
        Table::Timeline => Row::Message(wire::decode(bytes, ROW_MAX)?),
        Table::Index => return Err(Malformed::Invalid),
        Table::Outbox => Row::Outbox(wire::decode(bytes, ROW_MAX)?),
        Table::Pending => Row::Pending(wire::decode(bytes, ROW_MAX)?),
        Table::Privacy => Row::Privacy(wire::decode(bytes, ROW_MAX)?),
        Table::Read => Row::Read(wire::decode(bytes, ROW_MAX)?),
        Table::Attachment => Row::Attachment(wire::decode(bytes, ROW_MAX)?),
        Table::Unfinished => Row::Unfinished(wire::decode(bytes, ROW_MAX)?),
        Table::Part => Row::Part(wire::decode(bytes, ROW_MAX)?),
        Table::Note => Row::Note(wire::decode(bytes, ROW_MAX)?),
    })
}

const fn kind_byte(kind: PrekeyKind) -> u8 {
    match kind {
        PrekeyKind::OneTime => 0,
        PrekeyKind::Signed => 1,
        PrekeyKind::OneTimeKem => 2,
        PrekeyKind::LastResortKem => 3,
    }
}

const fn kind_of(byte: [u8; 1]) -> Option<PrekeyKind> {
    match byte {
        [0] => Some(PrekeyKind::OneTime),
        [1] => Some(PrekeyKind::Signed),
        [2] => Some(PrekeyKind::OneTimeKem),
        [3] => Some(PrekeyKind::LastResortKem),
        _ => None,
    }
}

/// Takes fields off the front of a key.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    fn account(&mut self) -> Option<AccountId> {
        self.take().map(AccountId)
    }

    fn device(&mut self) -> Option<DeviceId> {
        self.take().map(DeviceId)
    }

    fn message(&mut self) -> Option<MessageRef> {
        Some(MessageRef {
            author: self.device()?,
            id: MessageId(self.take()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Dice;

    /// A key of each kind, from few values so that their order is decided by late fields too.
    fn some_key(dice: &mut Dice) -> RowKey {
        let account = AccountId([dice.below(2) as u8; 32]);
        let device = DeviceId([dice.below(2) as u8; 32]);
        let number = [0, 1, 255, 256, u64::MAX][dice.below(5)];
        let mut message = || MessageRef {
            author: DeviceId([dice.below(2) as u8; 32]),
            id: MessageId([dice.below(3) as u8; 16]),
        };
        let (one, two) = (message(), message());
        let kind = kind_of([dice.below(4) as u8]).expect("four kinds");
        match dice.below(19) {
            0 => RowKey::Device,
            1 => RowKey::Contact(account),
            2 => RowKey::Peer(device),
            3 => RowKey::Session(device),
            4 => RowKey::Prekey(kind, number as u32),
            5 => RowKey::LastResortSeen(number as u32, 7, Hash32([dice.below(2) as u8; 32])),
            6 => RowKey::Conversation(account),
            7 => RowKey::Message(one),
            8 => RowKey::Order(account, Hlc::from_bits(number), one),
            9 => RowKey::Outbox(device, number),
            10 => RowKey::Own,
            11 => RowKey::Privacy,
            12 => RowKey::Read(account),
            13 => RowKey::Attachment(one),
            14 => RowKey::Unfinished(account, one),
            15 => RowKey::Part(one, number as u16),
            16 => RowKey::Note(NoteKey::Draft(account)),
            17 => RowKey::Note(NoteKey::Petname(account)),
            _ => RowKey::Pending(one, two),
        }
    }

    #[test]
    fn keys_come_back_and_keep_their_order() {
        let mut dice = Dice::new(3);
        for _ in 0..20_000 {
            let (one, two) = (some_key(&mut dice), some_key(&mut dice));
            let (table, other) = (Table::of(&one), Table::of(&two));
            assert_eq!(decode_key(table, &encode_key(&one)), Some(one));
            let stored = (table, encode_key(&one)).cmp(&(other, encode_key(&two)));
            assert_eq!(stored, one.cmp(&two), "{one:?} {two:?}");
            assert_eq!(table.is_resident(), one.is_resident());
        }
    }

    #[test]
    fn a_key_with_a_byte_more_or_less_is_none() {
        let mut dice = Dice::new(4);
        for _ in 0..200 {
            let key = some_key(&mut dice);
            let mut bytes = encode_key(&key);
            bytes.push(0);
            assert_eq!(decode_key(Table::of(&key), &bytes), None);
            bytes.truncate(bytes.len() - 2);
            assert_eq!(decode_key(Table::of(&key), &bytes), None);
        }
    }
}
