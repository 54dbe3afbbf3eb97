//! Everything that a core can want.

use bytes::Bytes;

use crate::community::{AuditEntry, CommunityView};
use crate::control::{CommunityId, OpId};
use crate::error::{HangupReason, Misbehaved, PassedOver, Rejected};
use crate::identity::{AccountBundle, AccountId, DeviceId};
use crate::link::LinkId;
use crate::message::{ConversationId, Media, MessageRef, Name};
use crate::persist::{
    Batch, BatchId, MarksRow, MessageRow, NoteKey, NoteText, Place, ReportRow, RowKey, Trust,
};
use crate::privacy::{Presence, Privacy};
use crate::time::{Instant, Timestamp};
use crate::turn::CommandId;

/// Names a request for rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoadId(pub u64);

/// Everything that a core can want. `after` names the batch that must be durable first.
#[derive(Clone, Debug)]
pub enum Output {
    /// Make these rows durable, then say [`crate::turn::Input::Committed`].
    Persist {
        /// Its name.
        id: BatchId,
        /// The rows.
        batch: Batch,
    },
    /// Read these rows, then say [`crate::turn::Input::Loaded`].
    Load {
        /// Its name.
        id: LoadId,
        /// The keys.
        keys: Vec<RowKey>,
    },
    /// Send a frame. May be lost with its link.
    Send {
        /// Over which link.
        link: LinkId,
        /// The frame.
        bytes: Bytes,
        /// Not before this is durable.
        after: Option<BatchId>,
    },
    /// Try to reach somebody at these addresses (socket addresses as text, or host names of bootstraps).
    Dial {
        /// Names the try.
        attempt: u64,
        /// Where.
        addresses: Vec<String>,
    },
    /// Close a link.
    Hangup {
        /// Which.
        link: LinkId,
        /// Why, for the log.
        reason: HangupReason,
    },
    /// Something to show or to answer.
    Event {
        /// What.
        event: Event,
        /// Not before this is durable.
        after: Option<BatchId>,
    },
    /// Drained. Say [`crate::turn::Input::Wake`] at this time, if any.
    Wait(Option<Instant>),
}

/// What a core tells the people and programs at its side.
#[derive(Clone, Debug)]
pub enum Event {
    /// The answer to a command.
    Done {
        /// Which command.
        command: CommandId,
        /// What came of it.
        result: Result<Reply, Rejected>,
    },
    /// The own name or bundle changed.
    Me {
        /// The own name.
        name: Name,
        /// The own certified devices.
        bundle: AccountBundle,
    },
    /// A contact or request began or changed.
    Contact(Box<ContactView>),
    /// A contact or request is gone.
    ContactRemoved(AccountId),
    /// A stranger that shows itself came into reach or changed.
    Nearby(NearbyView),
    /// A stranger left reach, or became a contact.
    NearbyGone(AccountId),
    /// A message is new, or changed: edited, deleted, reacted to, delivered.
    Message {
        /// Its name.
        message: MessageRef,
        /// All of it.
        row: Box<MessageRow>,
        /// Whether it was not there before.
        new: bool,
        /// What is attached to it, as far as it is known.
        attachment: Option<AttachmentView>,
    },
    /// Something happened to a message of a channel beside what its own row says.
    Marks {
        /// Which channel.
        conversation: ConversationId,
        /// Which message; it may not be here yet.
        message: MessageRef,
        /// What.
        marks: Box<MarksRow>,
    },
    /// A member reported messages to this account as a moderator, or the person here has dealt with it.
    Report {
        /// In which community.
        community: CommunityId,
        /// The report's name: the device that sent it, and its id.
        report: MessageRef,
        /// All of it.
        row: Box<ReportRow>,
        /// Whether it was not there before.
        new: bool,
    },
    /// A message of this contact could not be opened; it was asked for again.
    Unopened {
        /// Whose.
        account: AccountId,
    },
    /// A device was reached or lost.
    Reach {
        /// Whose.
        account: AccountId,
        /// Which device.
        device: DeviceId,
        /// Whether a proved link is up.
        up: bool,
    },
    /// A contact is there, away, or nothing is known. Also when its last link is gone.
    Presence {
        /// Whose.
        account: AccountId,
        /// Never [`Presence::Invisible`]: who is that, says nothing.
        presence: Option<Presence>,
    },
    /// A contact writes, or no longer.
    Typing {
        /// Who.
        account: AccountId,
        /// Whether they do.
        active: bool,
    },
    /// The person has read a conversation up to here.
    ReadMark {
        /// Which conversation, by the other account.
        conversation: AccountId,
        /// The place of the newest message read.
        up_to: Place,
    },
    /// A contact has read the conversation with it up to here, by its own word.
    ReadByPeer {
        /// Which contact.
        account: AccountId,
        /// The place of the newest message read.
        up_to: Place,
    },
    /// What the person keeps for themselves, at the start and when it changed; empty is forgotten.
    Note {
        /// About whom, and what of them.
        key: NoteKey,
        /// What it says.
        text: NoteText,
    },
    /// A community, at the start and when something about it changed.
    Community(Box<CommunityView>),
    /// The person has read a channel up to here, at the start and when it changed.
    ChannelRead {
        /// Of which community.
        community: CommunityId,
        /// Which channel.
        channel: OpId,
        /// The place of the newest message read.
        up_to: Place,
    },
    /// What the person lets others know, at the start and when it changed.
    Privacy(Privacy),
    /// A peer misbehaved; for counters and logs.
    Misbehaved {
        /// Over which link.
        link: LinkId,
        /// What it did.
        fault: Misbehaved,
    },
    /// Something of a community was not taken in, and nobody at hand is to blame; for counters.
    PassedOver(PassedOver),
}

/// An attachment as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentView {
    /// What its author calls it. The bytes may be anything.
    pub media: Media,
    /// Bytes in all, once known.
    pub size: Option<u32>,
    /// Parts that are here.
    pub have: u16,
    /// Parts in all.
    pub parts: u16,
    /// Whether it is here, whole and verified.
    pub complete: bool,
}

/// What a command gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done.
    Done,
    /// This message was written; for an effect, its own name.
    Message(MessageRef),
    /// This community was founded, asked for, or left.
    Community(CommunityId),
    /// This op of a community was made.
    Op(CommunityId, OpId),
    /// This was done, the newest first.
    Audit(Vec<AuditEntry>),
}

/// How far a contact has come, as shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactStanding {
    /// Asked, not yet in reach.
    Asking,
    /// Asked, and their device has the request.
    Asked,
    /// They ask; the answer is ours.
    Asks,
    /// Both said yes.
    Accepted,
    /// Blocked.
    Blocked,
}

/// A contact as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    /// Who.
    pub account: AccountId,
    /// The name they give themselves.
    pub name: Name,
    /// How far it has come.
    pub standing: ContactStanding,
    /// Whether keys were compared.
    pub trust: Trust,
    /// The six words, once both nonces are known.
    pub words: Option<[&'static str; 6]>,
    /// Active certified devices.
    pub devices: Vec<DeviceId>,
    /// Those with a proved link now.
    pub reachable: Vec<DeviceId>,
    /// When it began.
    pub since: Timestamp,
}

/// A stranger that shows itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearbyView {
    /// Who it says it is; proved when asked to become a contact.
    pub account: AccountId,
    /// The name it goes by.
    pub name: Name,
}
