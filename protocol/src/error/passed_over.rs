//! What is not taken in without anybody being at fault who is at hand: counted by its reason.
//!
//! Whoever passes something on need not know what this device knows, so nobody is blamed. A counter that grows says that somebody
//! in a community does not keep to its rules, or floods it.

use thiserror::Error;

/// Why something of a community was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum PassedOver {
    /// Its log has ended before it: its device contradicted itself, or was put out.
    #[error("entry of a log that has ended")]
    LogEnded,
    /// Another entry has its place.
    #[error("entry that does not follow the one before")]
    DoesNotFollow,
    /// Its device has begun as many logs as it may, or the community has as many as it may.
    #[error("entry of one log too many")]
    TooManyLogs,
    /// By the control heads that it names, its author was no member with this device, or the epoch not the one to send in.
    #[error("entry of no member, device or epoch of then")]
    NotOfThen,
    /// By those heads, its author might not say this there.
    #[error("words that their author may not say there")]
    NotAllowed,
    /// Its author has written more than is taken at once.
    #[error("entry beyond its author's balance")]
    EntryBalance,
    /// Whoever brings it has brought more control ops than are taken at once.
    #[error("control op beyond the balance of whoever brings it")]
    OpBalance,
    /// A control op that had waited for its past, and is refused with it.
    #[error("control op that waited and does not fit")]
    WaitedInVain,
}

impl PassedOver {
    /// One word for counters; it does not change between versions.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::LogEnded => "log-ended",
            Self::DoesNotFollow => "does-not-follow",
            Self::TooManyLogs => "too-many-logs",
            Self::NotOfThen => "not-of-then",
            Self::NotAllowed => "not-allowed",
            Self::EntryBalance => "entry-balance",
            Self::OpBalance => "op-balance",
            Self::WaitedInVain => "waited-in-vain",
        }
    }
}
