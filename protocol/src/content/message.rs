//! What is said in a channel: the plaintext of an entry.

use serde::{Deserialize, Serialize};

use crate::control::OpId;
use crate::control::body::Reason;
use crate::crypto::Hash32;
use crate::identity::AccountId;
use crate::limits::{CHUNK_BYTES_MAX, ENTRY_CONTENT_BYTES_MAX, MENTIONS_MAX, REDACT_MAX, SEEN_MAX};
use crate::message::{Body, Emoji, Media, MessageId, MessageRef, Name};
use crate::wire::{self, Blob, Bounded, Malformed};

/// Whom a message is to be noticed by. The order of variants is the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mention {
    /// One member.
    Account(AccountId),
    /// Everybody with a role.
    Role(OpId),
    /// Everybody.
    Everyone,
}

/// Whom a message mentions.
pub type Mentions = Bounded<Mention, MENTIONS_MAX>;

/// One event of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentMessage {
    /// Name of this event.
    pub id: MessageId,
    /// The channel that it is in.
    pub channel: OpId,
    /// The newest messages that its author had seen there, ascending.
    pub seen: Bounded<MessageRef, SEEN_MAX>,
    /// What happened.
    pub event: ChannelEvent,
}

/// What can happen in a channel. The order of variants is the format; new ones are added at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChannelEvent {
    /// 0: a new message.
    Text {
        /// What it says.
        body: Body,
        /// Whom it mentions.
        mentions: Mentions,
        /// The message whose thread it is in.
        thread: Option<MessageRef>,
    },
    /// 1: a new message that answers another.
    Reply {
        /// The message answered.
        to: MessageRef,
        /// What it says.
        body: Body,
        /// Whom it mentions.
        mentions: Mentions,
        /// The message whose thread it is in.
        thread: Option<MessageRef>,
    },
    /// 2: the author replaces a body.
    Edit {
        /// The message replaced.
        target: MessageRef,
        /// The new body.
        body: Body,
    },
    /// 3: the author takes a message back. Beats every edit, in any order.
    Delete {
        /// The message taken back.
        target: MessageRef,
    },
    /// 4: an emoji is put on a message or taken off.
    React {
        /// The message reacted to.
        target: MessageRef,
        /// Which emoji.
        emoji: Emoji,
        /// On or off.
        on: bool,
    },
    /// 5: a moderator takes messages of others away.
    Redact {
        /// The messages taken away, ascending.
        targets: Bounded<MessageRef, REDACT_MAX>,
        /// Why.
        reason: Reason,
    },
    /// 6: a message is pinned or not any more.
    Pin {
        /// The message.
        target: MessageRef,
        /// Pinned or not.
        on: bool,
    },
    /// 7: opens a thread with a name under a message.
    Thread {
        /// The message.
        root: MessageRef,
        /// The name.
        name: Name,
    },
    /// 8: a piece of a small inline attachment.
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
        bytes: Blob<CHUNK_BYTES_MAX>,
    },
}

impl ChannelEvent {
    /// The one message that this event changes or adds to, if it is not a message itself. [`Self::Redact`] has several.
    #[must_use]
    pub const fn target(&self) -> Option<MessageRef> {
        match self {
            Self::Text { .. } | Self::Reply { .. } | Self::Redact { .. } => None,
            Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::React { target, .. }
            | Self::Pin { target, .. }
            | Self::Chunk { target, .. } => Some(*target),
            Self::Thread { root, .. } => Some(*root),
        }
    }

    /// Whom a text mentions.
    #[must_use]
    pub fn mentions(&self) -> &[Mention] {
        match self {
            Self::Text { mentions, .. } | Self::Reply { mentions, .. } => mentions,
            _ => &[],
        }
    }

    /// The message under which it is said, in its thread.
    #[must_use]
    pub const fn thread(&self) -> Option<MessageRef> {
        match self {
            Self::Text { thread, .. } | Self::Reply { thread, .. } => *thread,
            _ => None,
        }
    }
}

impl ContentMessage {
    /// The bytes that an entry encrypts: version, canonical message, padding to a bucket.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::pad(wire::encode_v1(self))
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] for anything else, byte for byte, and for lists that are not [`Self::sorted`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let message: Self = wire::decode_v1(wire::unpad(bytes)?, ENTRY_CONTENT_BYTES_MAX)?;
        if message.sorted() {
            Ok(message)
        } else {
            Err(Malformed::NotCanonical)
        }
    }

    /// Whether what is a set is written as one: ascending, each once.
    #[must_use]
    pub fn sorted(&self) -> bool {
        let targets: &[MessageRef] = match &self.event {
            ChannelEvent::Redact { targets, .. } => targets,
            _ => &[],
        };
        self.seen.is_sorted_by(|one, next| one < next)
            && targets.is_sorted_by(|one, next| one < next)
    }
}
