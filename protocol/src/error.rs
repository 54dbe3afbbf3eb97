//! Whose fault: a peer [`Misbehaved`], a command is [`Rejected`]. Corrupt rows are the store's to report.

use std::time::Duration;

mod passed_over;

pub use passed_over::PassedOver;
use thiserror::Error;

use crate::control::{ControlFault, OpFault};
use crate::link::AuthFault;
use crate::session::SessionFault;
use crate::wire::Malformed;

/// What a peer did wrong. Counted, charged to its link, never a panic.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Misbehaved {
    /// Bytes that are not a canonical frame or content.
    #[error("malformed bytes: {0}")]
    Malformed(#[from] Malformed),
    /// A failed or out-of-order step of link authentication.
    #[error("link authentication: {0}")]
    Auth(#[from] AuthFault),
    /// A ciphertext or key that libsignal must never see.
    #[error("session: {0}")]
    Session(#[from] SessionFault),
    /// A certificate or bundle that does not verify.
    #[error("certificates: {0}")]
    Bundle(#[from] crate::identity::BundleFault),
    /// A frame that this link may not carry in its present state.
    #[error("a {frame} frame is not allowed on this link")]
    NotAllowed {
        /// Name of the frame.
        frame: &'static str,
    },
    /// The plaintext names other identities than the session.
    #[error("the envelope is bound to other identities")]
    WrongBinding,
    /// A step of a contact request that does not follow from the one before.
    #[error("contact request: {0}")]
    Contact(&'static str),
    /// A text that no honest device lets its person send.
    #[error("a text of {characters} characters")]
    LongText {
        /// How many.
        characters: usize,
    },
    /// A content entry that is refused for ever: whoever passed it on has checked it.
    #[error("content entry: {0}")]
    Entry(#[from] crate::content::EntryFault),
    /// A key that a device hands out and that is none.
    #[error("sender chain: {0}")]
    Group(#[from] crate::group::GroupFault),
    /// A control op that is refused for ever: whoever passed it on has checked it.
    #[error("{0}")]
    Control(#[from] ControlFault),
    /// More bytes than the link's budget.
    #[error("more bytes than its budget")]
    OverBudget,
    /// Did not authenticate in time.
    #[error("took too long to say who it is")]
    TooSlow,
    /// One link more than allowed.
    #[error("too many links")]
    TooManyLinks,
}

impl Misbehaved {
    /// One word for counters; it does not change between versions.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Auth(_) => "link-authentication",
            Self::Session(_) => "session",
            Self::Bundle(_) => "certificates",
            Self::NotAllowed { .. } => "frame-not-allowed",
            Self::WrongBinding => "wrong-binding",
            Self::Contact(_) => "contact-request",
            Self::LongText { .. } => "long-text",
            Self::Entry(_) => "entry",
            Self::Group(_) => "sender-chain",
            Self::Control(_) => "control-op",
            Self::OverBudget => "over-budget",
            Self::TooSlow => "too-slow",
            Self::TooManyLinks => "too-many-links",
        }
    }
}

/// Why the core closes a link.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HangupReason {
    /// The peer misbehaved.
    #[error(transparent)]
    Misbehaved(#[from] Misbehaved),
    /// The person blocked this account.
    #[error("blocked")]
    Blocked,
    /// The device was revoked by its account.
    #[error("device revoked")]
    Revoked,
    /// A newer link to the same device took over.
    #[error("replaced by a newer link")]
    Replaced,
    /// The other end is this very device.
    #[error("it is this device itself")]
    Oneself,
}

/// Why a command was not carried out. Nothing of it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejected {
    /// No such contact.
    #[error("this account is not among the contacts")]
    UnknownContact,
    /// The account is known but is not a contact that accepted.
    #[error("this account has not accepted yet")]
    NotAccepted,
    /// The contact is blocked.
    #[error("this contact is blocked")]
    Blocked,
    /// The contact's keys changed after verification; compare the safety number again first.
    #[error("the keys of this contact changed: verify them again first")]
    Changed,
    /// There is no waiting request of this account.
    #[error("there is no request to answer")]
    NoRequest,
    /// The request is still exchanging its six words.
    #[error("the six words are not complete yet")]
    WordsIncomplete,
    /// The person to request is not in reach and no address is known.
    #[error("nobody with this identity is in reach")]
    NotInReach,
    /// One cannot befriend oneself.
    #[error("this is your own identity")]
    Oneself,
    /// A field is empty or over its limit.
    #[error("{field} must have {min} to {max} {unit}, not {actual}")]
    OutOfRange {
        /// Name of the field.
        field: &'static str,
        /// Least allowed.
        min: usize,
        /// Most allowed.
        max: usize,
        /// What was given.
        actual: usize,
        /// In what it is counted.
        unit: &'static str,
    },
    /// No such message in this conversation.
    #[error("there is no such message")]
    UnknownMessage,
    /// Only the author may edit or delete.
    #[error("only its author may do that")]
    NotTheAuthor,
    /// The message was deleted.
    #[error("this message was deleted")]
    Deleted,
    /// The idempotency key was used with other contents.
    #[error("this idempotency key was used with other contents")]
    KeyReused,
    /// Too many things wait already.
    #[error("too many {what} wait already")]
    Full {
        /// What is full.
        what: &'static str,
    },
    /// Reactions are pictures.
    #[error("a reaction is an emoji")]
    NotAnEmoji,
    /// What is attached is of no media type that may be.
    #[error("attachments of this media type are not sent")]
    MediaType,
    /// The bundle does not verify or is not of this account.
    #[error("these certificates do not verify: {0}")]
    Bundle(crate::identity::BundleFault),
    /// There is no such community here.
    #[error("there is no such community here")]
    UnknownCommunity,
    /// This account is not a member of it, or is suspended.
    #[error("you are not a member of this community")]
    NotMember,
    /// The community is this account's: whoever owns it does not leave the others alone with it.
    #[error("this community is yours: hand it over to another member first")]
    Owner,
    /// Whom it is about is not one of the members.
    #[error("nobody with this account is a member of this community")]
    UnknownMember,
    /// There is no such role, or none any more.
    #[error("there is no such role")]
    UnknownRole,
    /// Nobody throws themselves out.
    #[error("this is you: leave instead")]
    Leave,
    /// Roles do not allow it, or whom it is about does not stand below.
    #[error("your roles here do not allow this")]
    NotPermitted,
    /// What it names does not exist there, or gives what may not be given.
    #[error("this is not possible here: {}", impossible(.0))]
    NotPossible(ControlFault),
    /// Somebody was removed and nobody has made new keys yet; this account may not.
    #[error("the keys of this community are being made anew: try again in a moment")]
    NoKeys,
    /// There is no such channel, or none for messages.
    #[error("there is no such channel for messages")]
    UnknownChannel,
    /// This account is silenced.
    #[error("you are silenced here for another {} s", left.as_millis().div_ceil(1_000))]
    Silenced {
        /// For how long still, by this device's clock.
        left: Duration,
    },
    /// Channels stand under categories, and nothing under itself.
    #[error("channels stand under categories, and nothing under itself")]
    NotACategory,
    /// What a channel cannot give or take.
    #[error("this permission is not given or taken by a channel: a role gives it everywhere")]
    NotByChannel,
    /// Whoever is a member reads what is public.
    #[error("all members read what is public: make the channel private first")]
    PublicChannel,
    /// It is so already.
    #[error("this would change nothing")]
    Nothing,
    /// Nobody complains to moderators of what they said themselves.
    #[error("this message is your own: delete it instead")]
    OwnMessage,
    /// The channel has slow mode, and this account said something there a moment ago.
    #[error("slow mode is on in this channel: wait {} s", wait.as_millis().div_ceil(1_000))]
    TooSoon {
        /// How long until it may say the next thing.
        wait: Duration,
    },
    /// Restored from an older state: it may have said things that it does not know of.
    #[error("this device was restored: it writes here again once it has met another member")]
    Comparing,
    /// Nobody but this account and whom it is about could do something about it.
    #[error("there is no other moderator here to report this to")]
    NoModerator,
    /// There is no such report.
    #[error("there is no such report")]
    UnknownReport,
    /// This device was revoked by its own account: it can read, not send.
    #[error("this device was revoked")]
    DeviceRevoked,
}

/// Why the own log does not take what a person asked for, in a person's words.
fn impossible(fault: &ControlFault) -> String {
    match fault {
        ControlFault::Place(OpFault::Reference) => "what it names is not there".to_owned(),
        ControlFault::Place(fault) => fault.to_string(),
        ControlFault::Bytes(fault) => fault.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_own_op_is_refused_reads_nothing_of_ops() {
        let fault = ControlFault::Place(OpFault::Reference);
        assert_eq!(
            Rejected::NotPossible(fault).to_string(),
            "this is not possible here: what it names is not there"
        );
        let fault = ControlFault::Place(OpFault::Power);
        assert!(!Rejected::NotPossible(fault).to_string().contains("op:"));
    }
}
