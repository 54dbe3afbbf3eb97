//! Every kind of row by its key and its contents. What each holds stands beside the part of the core that it belongs to.

use serde::{Deserialize, Serialize};

use super::{
    AttachmentRow, ChainRow, CommunityRow, ContactRow, ConversationRow, DeviceRow, EarlyRow,
    EntryRow, GapRow, LogRow, MarksRow, MessageRow, NoteRow, OpRow, OutboxRow, OwnRow, PaceRow,
    PartRow, PeerRow, PendingRow, Place, PrekeyRow, PrivacyRow, PromiseRow, ReadRow, ReportRow,
    SecretRow, SeenRow, SendingRow, SessionRow, ToldRow, UnfinishedRow,
};
use crate::content::Audience;
use crate::control::body::LogId;
use crate::control::{CommunityId, OpId};
use crate::crypto::Hash32;
use crate::group::ChainId;
use crate::identity::{AccountId, DeviceId};
use crate::message::{ConversationId, MessageRef};
#[cfg(doc)]
use crate::persist::Snapshot;
use crate::time::Hlc;

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
