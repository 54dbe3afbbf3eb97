//! What people and devices say to each other inside a session: one type for all plaintexts.
//!
//! Formats are dear to change, so every kind that the product needs between two people is here and
//! frozen by vectors, also those whose screens come later.

mod keys;
mod report;

pub use keys::{CommunityMessage, HandedChain, KeyMessage, SharedKey};
pub use report::{Evidence, Report, Reported};
use serde::{Deserialize, Serialize};

use crate::control::OpId;
use crate::crypto::Hash32;
use crate::identity::{AccountBundle, AccountId, DeviceId, UnverifiedBundle};
use crate::limits;
use crate::time::Hlc;
use crate::wire::{self, Blob, Bounded, Malformed, Text};

/// Sixteen random bytes that name a message for ever, across every re-encryption.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId(pub [u8; 16]);

impl std::fmt::Debug for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "m:{}",
            data_encoding::HEXLOWER
                .encode(&self.0)
                .get(..8)
                .unwrap_or_default()
        )
    }
}

/// A message as others refer to it: by the device that wrote it and its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageRef {
    /// Device that wrote it.
    pub author: DeviceId,
    /// Its id, unique at that device.
    pub id: MessageId,
}

/// A conversation: a private one by the other account's id, or a channel by the op that made it. Both are hashes under
/// labels of their own, so no two conversations have one id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConversationId(pub [u8; 32]);

impl ConversationId {
    /// The account, if this is the private conversation with it.
    #[must_use]
    pub const fn account(self) -> AccountId {
        AccountId(self.0)
    }

    /// The channel, if this is one.
    #[must_use]
    pub const fn channel(self) -> OpId {
        OpId(Hash32(self.0))
    }
}

impl From<AccountId> for ConversationId {
    fn from(account: AccountId) -> Self {
        Self(account.0)
    }
}

impl From<OpId> for ConversationId {
    fn from(channel: OpId) -> Self {
        Self(channel.0.0)
    }
}

impl std::fmt::Debug for ConversationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "ConversationId({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// The text of a message, 1 to 16 KiB of UTF-8.
pub type Body = Text<{ limits::TEXT_BYTES_MAX }>;
/// An emoji, 1 to 64 bytes of UTF-8.
pub type Emoji = Text<{ limits::EMOJI_BYTES_MAX }>;
/// A media type, such as `image/png`.
pub type Media = Text<{ limits::MEDIA_BYTES_MAX }>;
/// What may be attached. Whoever receives it sees bytes, whatever they are called.
pub const MEDIA_TYPES: [&str; 6] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "text/plain",
    "application/octet-stream",
];
/// A display name.
pub type Name = Text<{ limits::NAME_BYTES_MAX }>;

/// The plaintext of every session message: who it is from and to, then what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Hash over both devices and both Signal identities, sender first: libsignal v0.85 binds less into
    /// its MAC than later versions do (platform.md §2 trap 3).
    pub binding: Hash32,
    /// What is said.
    pub content: Content,
}

/// What is said inside a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A step toward becoming contacts.
    Contact {
        /// Names this step in acknowledgements.
        id: MessageId,
        /// The step.
        step: ContactStep,
    },
    /// A private conversation.
    Direct(DirectMessage),
    /// These messages are durable here. Never itself acknowledged.
    Ack(Bounded<MessageId, { limits::ACK_IDS_MAX }>),
    /// A key of a community that both are in, or what one tells the other as its moderator.
    Community(CommunityMessage),
}

/// The steps of a contact request. The six words come from both nonces; the requester commits to its own
/// before it learns the other, so neither side can search for words that collide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactStep {
    /// "May I write to you?" from the requester.
    Request {
        /// The requester's account and devices, unverified on arrival.
        bundle: UnverifiedBundle,
        /// The name the requester goes by.
        name: Name,
        /// Commitment to the requester's nonce.
        commitment: Hash32,
    },
    /// The asked device's nonce, sent by itself, before anybody decides.
    Nonce {
        /// 32 random bytes.
        nonce: [u8; 32],
    },
    /// The requester opens its commitment.
    Reveal {
        /// The 32 bytes committed to.
        nonce: [u8; 32],
    },
    /// The asked person says yes.
    Accept {
        /// The name the accepter goes by.
        name: Name,
    },
}

/// One event of a private conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectMessage {
    /// Name of this event.
    pub id: MessageId,
    /// Account it is addressed to: own devices read copies of what another of them sent.
    pub to: AccountId,
    /// The author's logical time, rising with every event of that device.
    pub hlc: Hlc,
    /// The newest messages the author had seen: at most four, sorted.
    pub seen: Bounded<MessageRef, { limits::SEEN_MAX }>,
    /// What happened.
    pub event: DirectEvent,
}

/// What can happen in a private conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DirectEvent {
    /// A new message.
    Text {
        /// What it says.
        body: Body,
    },
    /// A new message that answers another.
    Reply {
        /// The message answered.
        to: MessageRef,
        /// What it says.
        body: Body,
    },
    /// The author replaces a body. The greatest (hlc, id) wins.
    Edit {
        /// The message replaced.
        target: MessageRef,
        /// The new body.
        body: Body,
    },
    /// The author takes a message back. Beats every edit, in any order.
    Delete {
        /// The message taken back.
        target: MessageRef,
    },
    /// An emoji is put on a message or taken off. The greatest (hlc, id) for (account, emoji) wins.
    React {
        /// The message reacted to.
        target: MessageRef,
        /// Which emoji.
        emoji: Emoji,
        /// On or off.
        on: bool,
    },
    /// Everything up to this message was read. Off by default toward peers.
    Read {
        /// The newest message read.
        up_to: MessageRef,
    },
    /// A piece of a small inline attachment.
    Chunk {
        /// The message it belongs to.
        target: MessageRef,
        /// Position of this piece, from 0.
        index: u16,
        /// How many pieces there are.
        count: u16,
        /// Hash of the whole attachment.
        whole: Hash32,
        /// Media type, such as `image/png`.
        media: Media,
        /// This piece.
        bytes: Blob<{ limits::CHUNK_BYTES_MAX }>,
    },
}

impl DirectEvent {
    /// The message that this event changes, if it is not a message itself.
    #[must_use]
    pub fn target(&self) -> Option<MessageRef> {
        match self {
            Self::Text { .. } | Self::Reply { .. } => None,
            Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::React { target, .. }
            | Self::Chunk { target, .. } => Some(*target),
            Self::Read { up_to } => Some(*up_to),
        }
    }
}

impl Envelope {
    /// The bytes that a session encrypts: version, canonical envelope, padding to a bucket.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::pad(wire::encode_v1(self))
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] for anything else, byte for byte.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        wire::decode_v1(wire::unpad(bytes)?, limits::FRAME_MAX)
    }
}

impl ContactStep {
    /// The request of this account.
    #[must_use]
    pub fn request(bundle: &AccountBundle, name: Name, commitment: Hash32) -> Self {
        Self::Request {
            bundle: bundle.to_unverified(),
            name,
            commitment,
        }
    }
}
