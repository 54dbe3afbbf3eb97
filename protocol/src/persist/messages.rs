//! Rows about messages between two people: what they say, in which order, and how far they came.

use serde::{Deserialize, Serialize};

use crate::control::CommunityId;
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::message::{Body, ConversationId, DirectEvent, Emoji, MessageId, MessageRef};
#[cfg(doc)]
use crate::persist::PeerRow;
use crate::session::Kind;
use crate::time::{Hlc, Timestamp};
use crate::wire::{Blob, Bounded};

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

/// First byte of the encoding of [`crate::message::Content::Contact`]: rows are looked through too often to decode each.
const CONTACT: u8 = 0;
/// The same of [`crate::message::Content::Community`], behind which come an id and a community.
const COMMUNITY: u8 = 3;
/// Where the kind of a [`crate::message::KeyMessage`] stands in it: behind one byte, an id of 16, and a community of 32.
const KIND_AT: usize = 49;
/// A sender chain, among those kinds. Behind it comes its audience.
const CHAIN: u8 = 1;
/// The same of [`crate::message::KeyMessage::Report`].
const REPORT: u8 = 3;

impl OutboxRow {
    /// Whether it is a step of a contact request.
    pub(crate) fn is_step(&self) -> bool {
        self.conversation.is_none() && self.content.first() == Some(&CONTACT)
    }

    /// Whether it is a key of a community, or a report to a moderator of one.
    pub(crate) fn is_of_community(&self) -> bool {
        self.conversation.is_none() && self.content.first() == Some(&COMMUNITY)
    }

    /// Whether it is a report to a moderator of this community.
    pub(crate) fn is_report(&self, community: CommunityId) -> bool {
        let of = self.content.get(17..KIND_AT);
        let kind = self.content.get(KIND_AT);
        self.is_of_community() && of == Some(&community.0.0) && kind == Some(&REPORT)
    }

    /// Whether it is a key of a community.
    pub(crate) fn is_key(&self) -> bool {
        self.is_of_community() && self.content.get(KIND_AT) != Some(&REPORT)
    }

    /// Whether it is a key of the same kind, of the same community, as what is encoded so; a chain toward the same audience.
    pub(crate) fn is_key_like(&self, other: &[u8]) -> bool {
        let about = |bytes: &[u8]| -> Option<Vec<u8>> {
            let audience = match (bytes.get(KIND_AT)?, bytes.get(KIND_AT.saturating_add(1))) {
                (&CHAIN, Some(0)) => 1,
                (&CHAIN, Some(_channel)) => 1 + 32,
                _ => 0,
            };
            let end = KIND_AT.saturating_add(audience);
            bytes.get(17..=end).map(<[u8]>::to_vec)
        };
        self.is_key() && about(&self.content).is_some_and(|own| about(other) == Some(own))
    }
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
