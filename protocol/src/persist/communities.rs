//! Rows of communities: what this device is to each, its control log, and the secrets that it holds for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::content::{Audience, ChannelEvent, EntryId, Mention};
use crate::control::body::{History, Reason};
use crate::control::{CommunityId, OpId};
use crate::group::{ChainId, ChainRecord};
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::message::{MessageRef, Name};
use crate::persist::Stamp;
use crate::time::{Hlc, Timestamp};
use crate::wire::{Blob, Bounded, Text};

/// What this device is to a community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommunityRow {
    /// When it was founded here, or asked to be let in.
    pub since: Timestamp,
    /// Names this device's content log: drawn with the row, and again when the rows are not those that the device left.
    pub incarnation: u64,
    /// Whether the content logs have a beginning here: whoever joins takes a member's present as theirs.
    pub based: bool,
    /// How far it has come.
    pub state: CommunityState,
}

/// How far this device has come with a community.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommunityState {
    /// It holds an invite and asks members to be let in.
    Joining {
        /// The invite's op.
        invite: OpId,
        /// Seed of the invite's key, out of the link.
        secret: [u8; 32],
        /// Addresses out of the link.
        hints: Bounded<Text<64>, 2>,
        /// Why the last member that was asked refused.
        refused: Option<Refusal>,
    },
    /// It takes part.
    In {
        /// Its rows may be older than what it has said: it authors nothing before it has compared with a member (A10).
        compares: bool,
    },
    /// The person left, or forgot about it; the log stays for its history.
    Left,
}

impl fmt::Debug for CommunityState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Joining {
                invite, refused, ..
            } => f
                .debug_struct("Joining")
                .field("invite", invite)
                .field("refused", refused)
                .finish_non_exhaustive(),
            Self::In { compares } => f.debug_struct("In").field("compares", compares).finish(),
            Self::Left => f.write_str("Left"),
        }
    }
}

/// Why a member does not let somebody in. The order is the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// No invite of that name counts: it never did, or whoever made it was not allowed to.
    Unknown,
    /// It has expired.
    Expired,
    /// It was revoked.
    Revoked,
    /// As many came by it as may.
    UsedUp,
    /// The member that was asked may not let anybody in; another may.
    NotByMe,
    /// Whoever asks is kept out.
    Banned,
    /// The community is as large as it may be.
    Full,
    /// The member that was asked cannot now; later it may.
    NotNow,
    /// The invite is one of another community than the link says.
    Elsewhere,
}

/// A control op as it travels and rests, by the order in which it came in: so that none waits for its past at start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpRow {
    /// The canonical op.
    pub bytes: Blob<{ limits::CONTROL_OP_WITH_BUNDLE_BYTES_MAX }>,
}

/// The secret of a key epoch, or of an own invite.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRow {
    /// 32 random bytes.
    pub secret: [u8; 32],
    /// When it came.
    pub since: Timestamp,
}

impl fmt::Debug for SecretRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretRow")
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

/// The own sender chain toward an audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingRow {
    /// Its name.
    pub chain: ChainId,
    /// libsignal's record.
    pub record: ChainRecord,
    /// The epoch that it was begun in.
    pub epoch: OpId,
    /// What new members could read when it was begun: a chain has one answer.
    pub history: History,
    /// When it was begun.
    pub since: Timestamp,
}

/// Devices that were handed the own sender chain toward an audience.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldRow {
    /// The devices, ascending.
    pub devices: Bounded<DeviceId, { limits::COMMUNITY_DEVICES_MAX }>,
}

/// Another device's sender chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainRow {
    /// libsignal's record.
    pub record: ChainRecord,
    /// Toward whom it goes.
    pub audience: Audience,
    /// When it came.
    pub since: Timestamp,
    /// From whom.
    pub source: ChainSource,
}

/// From whom another device's sender chain came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChainSource {
    /// From that device.
    Author,
    /// Another member handed it on. Any other takes its place.
    Handed,
    /// The same, and it has opened an entry, which commits to its key: it is what the device gave. Only that, from the device
    /// itself, takes its place.
    Proven,
}

/// How far a content log is here, without a gap but those of which there is a [`GapRow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// The number of the next entry.
    pub next: u64,
    /// The newest entry.
    pub head: EntryId,
    /// Its time.
    pub hlc: Hlc,
}

/// An entry of a content log, as it travels, with what this device made of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRow {
    /// The canonical entry.
    pub bytes: Blob<{ limits::ENTRY_BYTES_MAX }>,
    /// Its key, once it was opened: what history is shared by.
    pub key: Option<[u8; 32]>,
}

impl fmt::Debug for EntryRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntryRow")
            .field("bytes", &self.bytes.len())
            .field("opened", &self.key.is_some())
            .finish()
    }
}

/// What happened to a message of a channel beside what its own row says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarksRow {
    /// Whom it mentions.
    pub mentions: Bounded<Mention, { limits::MENTIONS_MAX }>,
    /// The message whose thread it is in.
    pub thread: Option<MessageRef>,
    /// Whether it is pinned, and what decided.
    pub pinned: Option<(Stamp, bool)>,
    /// The name of the thread under it, and what decided.
    pub named: Option<(Stamp, Name)>,
    /// Who took it away, why, and what decided: the first that did.
    pub redacted: Option<(Stamp, AccountId, Reason)>,
    /// Whether it was sent around a removal of its author.
    pub around: bool,
}

/// An effect in a channel on a message that is not here yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlyRow {
    /// Which community.
    pub community: CommunityId,
    /// Which channel.
    pub channel: OpId,
    /// Account that authored the effect.
    pub account: AccountId,
    /// The author's logical time.
    pub hlc: Hlc,
    /// The effect.
    pub event: ChannelEvent,
}

/// Entries of a content log that are not here, though later ones may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapRow {
    /// The number of the first entry after them that is here; `None` while nothing after them was taken in.
    pub to: Option<u64>,
    /// Since when they are missed; `None` for what is from before this device came in, which it does not miss.
    pub noticed: Option<Timestamp>,
    /// The entry before them; zeros if there is none, or it is not missed.
    pub head: EntryId,
    /// Its time.
    pub after: Hlc,
    /// The time of the entry behind them, once there is one.
    pub before: Hlc,
}

/// What the next text of a content log in a channel with slow mode is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaceRow {
    /// The number of the last entry with a text that slow mode held for, shown or not.
    pub seq: u64,
    /// The latest time of these.
    pub hlc: Hlc,
    /// When the last one came or was written here.
    pub arrived: Timestamp,
}

/// Roles that somebody gets on coming into a community that this device forked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseRow {
    /// Which.
    pub roles: Bounded<OpId, { limits::ROLES_MAX }>,
}
