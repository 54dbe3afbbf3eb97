//! Why a command was refused, as a key of the catalogue: the person reads it in their own language.

use node::AskError;
use protocol::error::Rejected;

/// The key that says it; what has blanks of its own stays a sentence.
pub(super) fn said(error: &AskError) -> String {
    match error {
        AskError::Rejected(rejected) => {
            key(rejected).map_or_else(|| rejected.to_string(), str::to_owned)
        }
        AskError::NotStored(_) => "fault-not-stored".to_owned(),
        AskError::Busy => "fault-busy".to_owned(),
        AskError::Stopped => "fault-stopped".to_owned(),
    }
}

const fn key(rejected: &Rejected) -> Option<&'static str> {
    Some(match rejected {
        Rejected::UnknownContact => "fault-unknown-contact",
        Rejected::NotAccepted => "fault-not-accepted",
        Rejected::Blocked => "fault-blocked",
        Rejected::Changed => "fault-changed",
        Rejected::NoRequest => "fault-no-request",
        Rejected::WordsIncomplete => "fault-words-incomplete",
        Rejected::NotInReach => "fault-not-in-reach",
        Rejected::Oneself => "fault-oneself",
        Rejected::UnknownMessage => "fault-unknown-message",
        Rejected::NotTheAuthor => "fault-not-the-author",
        Rejected::Deleted => "fault-deleted",
        Rejected::Full { .. } => "fault-full",
        Rejected::DeviceRevoked => "fault-device-revoked",
        _ => return None,
    })
}
