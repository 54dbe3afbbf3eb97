//! Everything that can happen to a core.

use bytes::Bytes;

use crate::community::CommunityCommand;
use crate::identity::{AccountId, ContactLink, UnverifiedBundle};
use crate::link::LinkId;
use crate::message::{Body, Emoji, Media, MessageRef, Name};
use crate::persist::{BatchId, NoteText, Row, RowKey};
use crate::privacy::{Presence, Privacy};
use crate::turn::output::LoadId;

/// Names a command, so that its answer can be matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommandId(pub u64);

/// Everything that can happen to a core.
#[derive(Clone, Debug)]
pub enum Input {
    /// A person, or a program for a person, asked.
    Command(CommandId, Command),
    /// The transport has a path to somebody. It vouches for the peer ids, which live for one start, and for
    /// nothing else.
    LinkUp {
        /// The driver's name for it, never used twice.
        link: LinkId,
        /// Own peer id as the other end proved to know it.
        local: Bytes,
        /// The other end's proved peer id.
        remote: Bytes,
        /// Whether this side dialed.
        dialer: bool,
    },
    /// The path is gone.
    LinkDown {
        /// Which.
        link: LinkId,
    },
    /// A whole frame came.
    Received {
        /// Over which link.
        link: LinkId,
        /// Its bytes, at most [`crate::limits::FRAME_MAX`].
        bytes: Bytes,
    },
    /// A dial did not lead to a link.
    DialFailed {
        /// As in [`crate::turn::Output::Dial`].
        attempt: u64,
    },
    /// A batch, and every one before it, is durable.
    Committed(BatchId),
    /// Rows asked for by [`crate::turn::Output::Load`], as of some commit.
    Loaded {
        /// As asked.
        id: LoadId,
        /// Every asked key with its row.
        rows: Vec<(RowKey, Option<Row>)>,
    },
    /// The deadline of the last [`crate::turn::Output::Wait`] passed.
    Wake,
}

/// Whom to ask to become a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Somebody seen nearby.
    Account(AccountId),
    /// The owner of a contact link.
    Link(ContactLink),
}

/// A small file to send with a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is: one of [`crate::message::MEDIA_TYPES`].
    pub media: Media,
    /// Its bytes, 1 to [`crate::limits::ATTACHMENT_BYTES_MAX`].
    pub bytes: Bytes,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment")
            .field("media", &self.media)
            .field("size", &self.bytes.len())
            .finish()
    }
}

/// What a person can ask for. `key` is an idempotency key: the same key again gives the same message.
#[derive(Clone, Debug)]
pub enum Command {
    /// Go by this name from now on.
    SetName(Name),
    /// Ask somebody to become a contact.
    Request(Whom),
    /// Say yes to a request.
    Accept(AccountId),
    /// Drop a request in either direction, or a contact.
    Remove(AccountId),
    /// Read nothing of this account any more.
    Block(AccountId),
    /// Undo a block; the contact starts anew with a request.
    Unblock(AccountId),
    /// The six words or the safety number were compared and agree.
    Verify(AccountId),
    /// Write a message.
    Send {
        /// To whom.
        to: AccountId,
        /// What it says.
        body: Body,
        /// The message answered.
        reply_to: Option<MessageRef>,
        /// Idempotency key.
        key: Option<Vec<u8>>,
    },
    /// Write a message with a small file.
    Attach {
        /// To whom.
        to: AccountId,
        /// What the message says: a caption, or the name of the file. Like every message it says something.
        body: Body,
        /// The message answered.
        reply_to: Option<MessageRef>,
        /// The file.
        attachment: Attachment,
        /// Idempotency key.
        key: Option<Vec<u8>>,
    },
    /// Replace the body of an own message.
    Edit {
        /// In which conversation.
        to: AccountId,
        /// Which message.
        target: MessageRef,
        /// The new body.
        body: Body,
        /// Idempotency key.
        key: Option<Vec<u8>>,
    },
    /// Take an own message back.
    Delete {
        /// In which conversation.
        to: AccountId,
        /// Which message.
        target: MessageRef,
        /// Idempotency key.
        key: Option<Vec<u8>>,
    },
    /// Put an emoji on a message, or take it off.
    React {
        /// In which conversation.
        to: AccountId,
        /// Which message.
        target: MessageRef,
        /// Which emoji.
        emoji: Emoji,
        /// On or off.
        on: bool,
        /// Idempotency key.
        key: Option<Vec<u8>>,
    },
    /// The person writes to this contact. Not stored, and told only as often as it must be: ask at each stroke.
    Typing {
        /// To whom.
        to: AccountId,
    },
    /// The conversation was read up to this message. Marks only move forward.
    MarkRead {
        /// Which conversation.
        conversation: AccountId,
        /// The newest message read.
        up_to: MessageRef,
    },
    /// Keep what is being written to this contact, in the place of what was kept before; empty forgets it.
    Draft {
        /// To whom.
        conversation: AccountId,
        /// What stands there.
        text: NoteText,
    },
    /// Call somebody by a name of one's own; empty goes back to theirs.
    Petname {
        /// Whom.
        account: AccountId,
        /// How.
        name: Name,
    },
    /// Something in a community.
    Community(CommunityCommand),
    /// Be there, away, or unseen.
    SetPresence(Presence),
    /// Let others know this and no more.
    SetPrivacy(Privacy),
    /// Merge certificates and revocations into the own bundle: made outside the core, with the account key.
    Certify(UnverifiedBundle),
}
