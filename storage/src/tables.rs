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
//! | `conversation` | conversation 32 | [`ConversationRow`] |
//! | `index` | author device 32 ‖ message id 16 | where it stands, or a [`MessageRow`]: see `timeline` |
//! | `timeline` | conversation 32 ‖ place 8 ‖ author device 32 ‖ message id 16 | [`MessageRow`]; a table for each conversation: see `timeline` |
//! | `outbox` | device 32 ‖ position 8 | [`OutboxRow`] |
//! | `pending` | target: author device 32 ‖ message id 16; effect: author device 32 ‖ message id 16 | [`PendingRow`] |
//! | `privacy` | one zero byte | [`PrivacyRow`] |
//! | `read` | account 32 | [`ReadRow`] |
//! | `attachment` | author device 32 ‖ message id 16 | [`AttachmentRow`] |
//! | `unfinished` | account 32 ‖ author device 32 ‖ message id 16 | [`UnfinishedRow`] |
//! | `part` | author device 32 ‖ message id 16 ‖ number 2 | [`PartRow`] |
//! | `note` | kind 1 (0 draft, 1 petname) ‖ account 32 | [`NoteRow`] |
//! | `community` | community 32 | [`CommunityRow`] |
//! | `op` | community 32 ‖ number 4, in the order of coming in | [`OpRow`] |
//! | `secret` | community 32 ‖ op 32 | [`SecretRow`] |
//! | `sending` | community 32 ‖ audience 33 | [`SendingRow`] |
//! | `told` | community 32 ‖ audience 33 | [`ToldRow`] |
//! | `chain` | community 32 ‖ device 32 ‖ chain 16 | [`ChainRow`] |
//! | `log` | community 32 ‖ device 32 ‖ incarnation 8 | [`LogRow`] |
//! | `entry` | community 32 ‖ device 32 ‖ incarnation 8 ‖ number 8 | [`EntryRow`] |
//! | `held` | community 32 ‖ device 32 ‖ chain 16 ‖ incarnation 8 ‖ number 8 | nothing: that it is there says it all |
//! | `marks` | author device 32 ‖ message id 16 | [`MarksRow`] |
//! | `early` | target: author device 32 ‖ message id 16; effect: author device 32 ‖ message id 16 | [`EarlyRow`] |
//! | `gap` | community 32 ‖ device 32 ‖ incarnation 8 ‖ number 8 | [`GapRow`] |
//! | `report` | community 32 ‖ device 32 ‖ id 16 | [`ReportRow`] |
//! | `pace` | community 32 ‖ channel 32 ‖ device 32 ‖ incarnation 8 | [`PaceRow`] |
//! | `promise` | community 32 ‖ account 32 | [`PromiseRow`] |
//! | `channel_read` | community 32 ‖ channel 32 | [`Place`] |
//! | `meta` | see `meta` | see `meta` |
//!
//! A conversation is an account, or the op that made a channel. An audience is kind 1 (0 the community, 1 a channel) ‖
//! channel 32 (zeros for the community).
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
//! [`CommunityRow`]: protocol::persist::CommunityRow
//! [`OpRow`]: protocol::persist::OpRow
//! [`SecretRow`]: protocol::persist::SecretRow
//! [`SendingRow`]: protocol::persist::SendingRow
//! [`ToldRow`]: protocol::persist::ToldRow
//! [`ChainRow`]: protocol::persist::ChainRow
//! [`LogRow`]: protocol::persist::LogRow
//! [`EntryRow`]: protocol::persist::EntryRow
//! [`MarksRow`]: protocol::persist::MarksRow
//! [`EarlyRow`]: protocol::persist::EarlyRow
//! [`GapRow`]: protocol::persist::GapRow
//! [`ReportRow`]: protocol::persist::ReportRow
//! [`PaceRow`]: protocol::persist::PaceRow
//! [`PromiseRow`]: protocol::persist::PromiseRow
//! [`Place`]: protocol::persist::Place

mod keys;
mod rows;

pub(crate) use keys::{decode_key, encode_key};
use protocol::persist::RowKey;
use redb::TableDefinition;
pub(crate) use rows::{decode_row, encode_row};

use crate::meta::Definition;
use crate::seal::Place;

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
    Community,
    Op,
    Secret,
    Sending,
    Told,
    Chain,
    Log,
    Entry,
    Held,
    Marks,
    Early,
    Gap,
    Report,
    Pace,
    Promise,
    ChannelRead,
}

impl Table {
    /// All of them, in the order of [`RowKey`].
    pub(crate) const ALL: [Self; 34] = [
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
        Self::Community,
        Self::Op,
        Self::Secret,
        Self::Sending,
        Self::Told,
        Self::Chain,
        Self::Log,
        Self::Entry,
        Self::Held,
        Self::Marks,
        Self::Early,
        Self::Gap,
        Self::Report,
        Self::Pace,
        Self::Promise,
        Self::ChannelRead,
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
            Self::Community => "community",
            Self::Op => "op",
            Self::Secret => "secret",
            Self::Sending => "sending",
            Self::Told => "told",
            Self::Chain => "chain",
            Self::Log => "log",
            Self::Entry => "entry",
            Self::Held => "held",
            Self::Marks => "marks",
            Self::Early => "early",
            Self::Gap => "gap",
            Self::Report => "report",
            Self::Pace => "pace",
            Self::Promise => "promise",
            Self::ChannelRead => "channel_read",
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
            RowKey::Community(_) => Self::Community,
            RowKey::Op(..) => Self::Op,
            RowKey::Secret(..) => Self::Secret,
            RowKey::Sending(..) => Self::Sending,
            RowKey::Told(..) => Self::Told,
            RowKey::Chain(..) => Self::Chain,
            RowKey::Log(..) => Self::Log,
            RowKey::Entry(..) => Self::Entry,
            RowKey::Held(..) => Self::Held,
            RowKey::Marks(_) => Self::Marks,
            RowKey::Early(..) => Self::Early,
            RowKey::Gap(..) => Self::Gap,
            RowKey::Report(..) => Self::Report,
            RowKey::Pace(..) => Self::Pace,
            RowKey::Promise(..) => Self::Promise,
            RowKey::ChannelRead(..) => Self::ChannelRead,
        }
    }

    /// Whether its rows are all read at start ([`RowKey::is_resident`]).
    pub(crate) const fn is_resident(self) -> bool {
        !matches!(
            self,
            Self::Session
                | Self::Index
                | Self::Timeline
                | Self::Attachment
                | Self::Part
                | Self::Chain
                | Self::Entry
                | Self::Marks
                | Self::Pace
        )
    }
}
