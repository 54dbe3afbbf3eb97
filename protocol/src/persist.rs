//! What the core remembers: typed rows, batches of writes, and the one trait behind which they lie.
//!
//! The core decides *what* is stored together; `storage` decides *how* bytes lie on the disk. Only drivers
//! call a [`Store`].

mod attachments;
mod communities;
mod reports;
mod snapshot;

use std::collections::BTreeMap;

pub use attachments::{AttachmentRow, PartRow, UnfinishedRow};
pub use communities::{
    ChainRow, ChainSource, CommunityRow, CommunityState, EarlyRow, EntryRow, GapRow, LogRow,
    MarksRow, OpRow, PaceRow, PromiseRow, Refusal, SecretRow, SendingRow, ToldRow,
};
pub use reports::{Quote, ReportRow, ReportedRow, SaidRow};
use serde::{Deserialize, Serialize};
pub use snapshot::Snapshot;

use crate::content::Audience;
use crate::control::body::LogId;
use crate::control::{CommunityId, OpId};
use crate::crypto::Hash32;
use crate::group::ChainId;
use crate::identity::{AccountBundle, AccountId, DeviceId};
use crate::limits;
use crate::message::{Body, ConversationId, DirectEvent, Emoji, MessageId, MessageRef, Name};
use crate::privacy::Privacy;
use crate::session::{Kind, SessionRecord};
use crate::time::{Hlc, Timestamp};
use crate::wire::{Blob, Bounded, Text};

/// Names a batch. They are durable in this order, each with all before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchId(pub u64);

/// Where a row lies. The order of variants is the order of tables in `storage::tables`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKey {
    /// The one row with this device's clock and prekey counters.
    Device,
    /// The one row with the own name and certified devices, once they differ from the identity file's.
    Own,
    /// A contact, a request, or a block.
    Contact(AccountId),
    /// What is known of one device of a contact.
    Peer(DeviceId),
    /// The Signal session with a device.
    Session(DeviceId),
    /// An own prekey that may still open a first message.
    Prekey(PrekeyKind, u32),
    /// A (last-resort ML-KEM id, signed prekey id, base key) that was used: its replay is refused.
    LastResortSeen(u32, u32, Hash32),
    /// The newest state of a conversation.
    Conversation(ConversationId),
    /// A message, or an own event kept for its idempotency key.
    Message(MessageRef),
    /// A message's place in its conversation. No contents.
    Order(ConversationId, Hlc, MessageRef),
    /// Something that a device has not acknowledged, in sending order.
    Outbox(DeviceId, u64),
    /// An effect whose target is unknown: target, author device and id of the effect.
    Pending(MessageRef, MessageRef),
    /// The one row with what the person lets others know.
    Privacy,
    /// How far a conversation was read, by the other account.
    Read(AccountId),
    /// The whole attachment of a message.
    Attachment(MessageRef),
    /// An attachment of which parts are missing, or whose message is: account and message.
    Unfinished(AccountId, MessageRef),
    /// One part of a message's attachment.
    Part(MessageRef, u16),
    /// What the person wrote for themselves alone.
    Note(NoteKey),
    /// What this device is to a community.
    Community(CommunityId),
    /// A control op of a community, by the order in which it came in. Read at start alone.
    Op(CommunityId, u32),
    /// The secret of a key epoch, or of an own invite, by the op that made it.
    Secret(CommunityId, OpId),
    /// The own sender chain toward an audience.
    Sending(CommunityId, Audience),
    /// Devices that were handed it.
    Told(CommunityId, Audience),
    /// Another device's sender chain.
    Chain(CommunityId, DeviceId, ChainId),
    /// How far a content log is here.
    Log(CommunityId, LogId),
    /// An entry of a content log, by its number.
    Entry(CommunityId, LogId, u64),
    /// An entry whose sender chain is not here: by that chain, then by the log's incarnation and the entry's number.
    Held(CommunityId, DeviceId, ChainId, u64, u64),
    /// What happened to a message of a channel beside what its own row says.
    Marks(MessageRef),
    /// An effect in a channel on a message that is not here: target, author device and id of the effect.
    Early(MessageRef, MessageRef),
    /// Entries of a content log that are not here, by the number of the first.
    Gap(CommunityId, LogId, u64),
    /// What a member reported to this account, by the device and id of the report.
    Report(CommunityId, MessageRef),
    /// What of a content log counts in a channel with slow mode.
    Pace(CommunityId, OpId, LogId),
    /// Roles that somebody gets on coming into a community.
    Promise(CommunityId, AccountId),
    /// How far the person has read a channel.
    ChannelRead(CommunityId, OpId),
}

/// What a note is about. It never leaves this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKey {
    /// A message to this account that is not sent yet.
    Draft(AccountId),
    /// A name of the person's own for this account.
    Petname(AccountId),
}

impl NoteKey {
    /// Whom it is about.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        match self {
            Self::Draft(account) | Self::Petname(account) => *account,
        }
    }
}

/// Which of the own prekeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PrekeyKind {
    /// One-time X25519.
    OneTime,
    /// Signed X25519, replaced weekly.
    Signed,
    /// One-time ML-KEM-1024.
    OneTimeKem,
    /// Last-resort ML-KEM-1024, replaced with the signed one.
    LastResortKem,
}

/// A row's contents. Each variant belongs to the [`RowKey`] of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// For [`RowKey::Device`].
    Device(DeviceRow),
    /// For [`RowKey::Own`].
    Own(OwnRow),
    /// For [`RowKey::Contact`].
    Contact(ContactRow),
    /// For [`RowKey::Peer`].
    Peer(PeerRow),
    /// For [`RowKey::Session`].
    Session(SessionRow),
    /// For [`RowKey::Prekey`].
    Prekey(PrekeyRow),
    /// For [`RowKey::LastResortSeen`].
    LastResortSeen(SeenRow),
    /// For [`RowKey::Conversation`].
    Conversation(ConversationRow),
    /// For [`RowKey::Message`].
    Message(MessageRow),
    /// For [`RowKey::Order`].
    Order,
    /// For [`RowKey::Outbox`].
    Outbox(OutboxRow),
    /// For [`RowKey::Pending`].
    Pending(PendingRow),
    /// For [`RowKey::Privacy`].
    Privacy(PrivacyRow),
    /// For [`RowKey::Read`].
    Read(ReadRow),
    /// For [`RowKey::Attachment`].
    Attachment(AttachmentRow),
    /// For [`RowKey::Unfinished`].
    Unfinished(UnfinishedRow),
    /// For [`RowKey::Part`].
    Part(PartRow),
    /// For [`RowKey::Note`].
    Note(NoteRow),
    /// For [`RowKey::Community`].
    Community(CommunityRow),
    /// For [`RowKey::Op`].
    Op(OpRow),
    /// For [`RowKey::Secret`].
    Secret(SecretRow),
    /// For [`RowKey::Sending`].
    Sending(SendingRow),
    /// For [`RowKey::Told`].
    Told(ToldRow),
    /// For [`RowKey::Chain`].
    Chain(ChainRow),
    /// For [`RowKey::Log`].
    Log(LogRow),
    /// For [`RowKey::Entry`].
    Entry(EntryRow),
    /// For [`RowKey::Held`].
    Held,
    /// For [`RowKey::Marks`].
    Marks(MarksRow),
    /// For [`RowKey::Early`].
    Early(EarlyRow),
    /// For [`RowKey::Gap`].
    Gap(GapRow),
    /// For [`RowKey::Report`].
    Report(ReportRow),
    /// For [`RowKey::Pace`].
    Pace(PaceRow),
    /// For [`RowKey::Promise`].
    Promise(PromiseRow),
    /// For [`RowKey::ChannelRead`]: the newest message read.
    ChannelRead(Place),
}

/// This device's clock and prekey counters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Newest own logical time: own times never fall back.
    pub clock: Hlc,
    /// Next unused prekey id, of all kinds.
    pub next_prekey: u32,
    /// Current signed prekey, 0 for none yet.
    pub signed: u32,
    /// Current last-resort ML-KEM prekey, 0 for none yet.
    pub last_resort: u32,
    /// When these two were made.
    pub signed_at: Timestamp,
}

/// The own name and certified devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRow {
    /// The name this account goes by.
    pub name: Name,
    /// Own certificates and revocations, as merged so far.
    pub bundle: AccountBundle,
}

/// How far two people have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactState {
    /// We asked. `theirs` is their nonce once it came.
    Outgoing {
        /// Our nonce, committed to in the request.
        ours: [u8; 32],
        /// Their nonce, once known; then ours was revealed.
        theirs: Option<[u8; 32]>,
        /// The device that the request went to, once a device answered.
        device: Option<DeviceId>,
        /// Addresses out of a contact link, to try until a device answers.
        hints: Bounded<Text<64>, 2>,
    },
    /// They asked.
    Incoming {
        /// Their commitment.
        commitment: Hash32,
        /// Our nonce.
        ours: [u8; 32],
        /// Their nonce, once revealed and checked.
        theirs: Option<[u8; 32]>,
        /// The device that asked.
        device: DeviceId,
        /// We had asked them at the same moment: the answer is yes as soon as the words are there.
        wanted: bool,
    },
    /// Both said yes.
    Accepted {
        /// Whether we were the one who asked.
        we_asked: bool,
        /// The requester's nonce of the six words.
        requester: [u8; 32],
        /// The accepter's nonce of the six words.
        accepter: [u8; 32],
    },
    /// Nothing of theirs is read.
    Blocked,
}

/// What the person knows about a contact's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trust {
    /// Seen, not compared.
    Unverified,
    /// Six words or safety number were compared.
    Verified,
    /// A known device showed other keys after verification: sending waits until verified again.
    Changed,
}

/// A contact, a request, or a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRow {
    /// How far it has come.
    pub state: ContactState,
    /// Whether keys were compared.
    pub trust: Trust,
    /// The name they give themselves; empty while unknown.
    pub name: Name,
    /// Their certified devices; none before the first device answered.
    pub bundle: Option<AccountBundle>,
    /// When this row began.
    pub since: Timestamp,
}

/// What is known of one device of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerRow {
    /// Whose device it is.
    pub account: AccountId,
    /// Next place in the outbox toward it.
    pub next_order: u64,
    /// Rises with every session made: an outbox row names the session that it was encrypted in.
    pub session_number: u32,
}

/// The Signal session with a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// libsignal's record, archived states included.
    pub record: SessionRecord,
}

/// An own prekey pair.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrekeyRow {
    /// libsignal's record.
    pub record: Vec<u8>,
    /// When it was made, for expiry.
    pub created: Timestamp,
}

impl std::fmt::Debug for PrekeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrekeyRow")
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

/// When a last-resort key was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRow {
    /// For expiry together with its key.
    pub at: Timestamp,
}

/// The newest state of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRow {
    /// The newest messages that none other has seen, with their places: at most four.
    pub heads: Bounded<(Hlc, MessageRef), { limits::SEEN_MAX }>,
    /// The last place given.
    pub last: Hlc,
}

/// A message, or an own event kept for its idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// The conversation that it is in.
    pub conversation: ConversationId,
    /// Whose account wrote it.
    pub account: AccountId,
    /// The author's logical time.
    pub hlc: Hlc,
    /// Its place in this store's order: after everything that its author had seen.
    pub place: Hlc,
    /// When it came or was written here.
    pub arrived: Timestamp,
    /// What its author had seen.
    pub seen: Bounded<MessageRef, { limits::SEEN_MAX }>,
    /// What it says now.
    pub content: MessageContent,
    /// Reactions on it, sorted by (account, emoji).
    pub reactions: Bounded<Reaction, { limits::REACTIONS_MAX }>,
    /// For own messages: how it fared with each device.
    pub delivery: Bounded<(DeviceId, Delivery), { limits::DEVICES_PER_ACCOUNT_MAX }>,
}

impl MessageRow {
    /// Not a message: what is known of a step or a key that was here, so that its repetition is answered.
    #[must_use]
    pub fn step(account: AccountId, arrived: Timestamp) -> Self {
        Self {
            conversation: account.into(),
            account,
            hlc: Hlc::ZERO,
            place: Hlc::ZERO,
            arrived,
            seen: Bounded::default(),
            content: MessageContent::Step,
            reactions: Bounded::default(),
            delivery: Bounded::default(),
        }
    }
}

/// What a message says now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageContent {
    /// It stands.
    Text {
        /// The message answered.
        reply_to: Option<MessageRef>,
        /// All versions that are kept, by the stamp that orders them; the last is shown.
        versions: Bounded<Version, { limits::EDITS_KEPT_MAX }>,
    },
    /// Its author took it back.
    Deleted,
    /// Not a message: an edit, deletion or reaction, kept so that its repetition is known.
    Effect(DirectEvent),
    /// Not a message: another's effect, or a step of a contact request, kept so that its repetition is known. These rows
    /// lie on the disk alone and are as many as their authors may say things: no more than its link's budget from a
    /// contact, or from a stranger whose request waits.
    Step,
}

/// What decides between concurrent changes: logical time, then the name of the change.
pub type Stamp = (Hlc, MessageRef);

/// One version of a message's body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// The original's or the edit's stamp.
    pub stamp: Stamp,
    /// What it said.
    pub body: Body,
}

/// One account's emoji on a message. `on: false` remembers a removal against late additions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reaction {
    /// Who.
    pub account: AccountId,
    /// Which.
    pub emoji: Emoji,
    /// The event that decided.
    pub decided: Stamp,
    /// On or off.
    pub on: bool,
}

/// How an own message fared with one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Delivery {
    /// Waits here.
    Queued,
    /// That device has it, durably.
    Reached,
    /// It can no longer reach that device.
    Failed(Failure),
}

/// Why a message will not reach a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Failure {
    /// Its account revoked it.
    Revoked,
    /// We blocked the contact, or withdrew the request.
    Withdrawn,
}

/// Something that a device has not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Names it in acknowledgements.
    pub id: MessageId,
    /// The conversation whose message row shows its delivery; none for steps of a contact request.
    pub conversation: Option<AccountId>,
    /// The canonical content, to encrypt again in another session.
    pub content: Blob<{ limits::FRAME_MAX }>,
    /// The ciphertext, once encrypted: a retry within one session sends identical bytes.
    pub sealed: Option<SealedRow>,
}

/// A ciphertext that may have left this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRow {
    /// Session it belongs to, as [`PeerRow::session_number`].
    pub session: u32,
    /// First or later message of a session.
    pub kind: Kind,
    /// The bytes.
    pub bytes: Blob<{ limits::FRAME_MAX }>,
}

/// An effect whose target is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRow {
    /// Account that authored the effect.
    pub account: AccountId,
    /// Conversation that it arrived in.
    pub conversation: AccountId,
    /// The author's logical time.
    pub hlc: Hlc,
    /// The effect.
    pub event: DirectEvent,
}

/// What the person lets others know, behind the version of its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrivacyRow {
    /// The first form.
    V1(Privacy),
}

/// A message's place in its conversation.
pub type Place = (Hlc, MessageRef);

/// How far a conversation was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRow {
    /// By the person here.
    pub own: Option<Place>,
    /// By the other account, as far as it says so.
    pub theirs: Option<Place>,
}

/// What a note says.
pub type NoteText = Text<{ limits::NOTE_BYTES_MAX }>;

/// What the person wrote for themselves alone. An empty note is no row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRow {
    /// What it says.
    pub text: NoteText,
}

/// Rows that become durable together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// New contents by key; `None` removes the row.
    pub writes: BTreeMap<RowKey, Option<Row>>,
}

impl Batch {
    /// Whether there is nothing to store.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Stores a row, over what this batch said of it before.
    pub fn put(&mut self, key: RowKey, row: Row) {
        self.writes.insert(key, Some(row));
    }

    /// Removes a row.
    pub fn remove(&mut self, key: RowKey) {
        self.writes.insert(key, None);
    }
}

impl RowKey {
    /// Whether rows of this kind belong to the [`Snapshot`].
    #[must_use]
    pub const fn is_resident(&self) -> bool {
        match self {
            Self::Device
            | Self::Own
            | Self::Contact(_)
            | Self::Peer(_)
            | Self::Prekey(..)
            | Self::LastResortSeen(..)
            | Self::Conversation(_)
            | Self::Outbox(..)
            | Self::Pending(..)
            | Self::Privacy
            | Self::Read(_)
            | Self::Unfinished(..)
            | Self::Note(_)
            | Self::Community(_)
            | Self::Op(..)
            | Self::Secret(..)
            | Self::Sending(..)
            | Self::Told(..)
            | Self::Log(..)
            | Self::Held(..)
            | Self::Early(..)
            | Self::Gap(..)
            | Self::Report(..)
            | Self::Promise(..)
            | Self::ChannelRead(..) => true,
            Self::Session(_)
            | Self::Message(_)
            | Self::Order(..)
            | Self::Attachment(_)
            | Self::Part(..)
            | Self::Chain(..)
            | Self::Entry(..)
            | Self::Marks(_)
            | Self::Pace(..) => false,
        }
    }
}

/// Where rows lie. Implemented by `storage` over redb and by [`crate::testing::MemoryStore`]; both pass
/// [`crate::testing::store_conformance`].
pub trait Store {
    /// Why storing or reading failed.
    type Error: std::error::Error;

    /// Makes these batches durable, in order, in one transaction: all of them or none.
    ///
    /// # Errors
    /// Nothing of them is stored then, and earlier rows can still be read.
    fn commit(&mut self, batches: &[Batch]) -> Result<(), Self::Error>;

    /// Reads rows as of the last commit, in the order of the keys.
    ///
    /// # Errors
    /// When the store cannot be read or a row does not authenticate.
    fn load(&self, keys: &[RowKey]) -> Result<Vec<Option<Row>>, Self::Error>;

    /// Reads everything that is resident from the start.
    ///
    /// # Errors
    /// As [`Self::load`].
    fn snapshot(&self) -> Result<Snapshot, Self::Error>;

    /// Reads one page of a conversation: at most `limit` messages before `before` (exclusive; `None` for the
    /// newest), oldest first.
    ///
    /// # Errors
    /// As [`Self::load`].
    fn history(
        &self,
        conversation: ConversationId,
        before: Option<(Hlc, MessageRef)>,
        limit: usize,
    ) -> Result<Vec<(MessageRef, MessageRow)>, Self::Error>;
}

/// The id under which an own command with this idempotency key is known: random to everybody else.
#[must_use]
pub fn idempotent_id(secret: &[u8; 32], conversation: ConversationId, key: &[u8]) -> MessageId {
    let digest = crate::crypto::mac(
        secret,
        crate::crypto::Label::IdempotentId,
        &[&conversation.0, key],
    );
    let mut id = [0; 16];
    id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    MessageId(id)
}
