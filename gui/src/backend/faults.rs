//! Why something was refused or failed, as a sentence of the catalogue: the person reads it in their own language.
//!
//! Each error of ours is taken apart without a wildcard: a new reason does not compile before it has its sentence. What
//! a system or a library says in its own words is quoted as such.

use std::io;
use std::time::Duration;

use node::net::DialFailure;
use node::profile::ProfileError;
use node::store::StoreError;
use node::{AskError, NodeError, WordsFault};
use protocol::error::Rejected;
use protocol::identity::WordsError;

use crate::text::Sentence;

/// Why a command was not carried out.
pub(super) fn asked(error: &AskError) -> Sentence {
    match error {
        AskError::Rejected(rejected) => refused(rejected),
        AskError::NotStored(_) => "fault-not-stored".into(),
        AskError::Busy => "fault-busy".into(),
        AskError::Stopped => "fault-stopped".into(),
    }
}

fn refused(rejected: &Rejected) -> Sentence {
    let key = match rejected {
        Rejected::UnknownContact => "fault-unknown-contact",
        Rejected::NotAccepted => "fault-not-accepted",
        Rejected::Blocked => "fault-blocked",
        Rejected::Changed => "fault-changed",
        Rejected::NoRequest => "fault-no-request",
        Rejected::WordsIncomplete => "fault-words-incomplete",
        Rejected::NotInReach => "fault-not-in-reach",
        Rejected::Oneself => "fault-oneself",
        Rejected::OutOfRange {
            max, actual, unit, ..
        } => return size(*actual, *max, unit),
        Rejected::UnknownMessage => "fault-unknown-message",
        Rejected::NotTheAuthor => "fault-not-the-author",
        Rejected::Deleted => "fault-deleted",
        Rejected::KeyReused => "fault-key-reused",
        Rejected::Full { .. } => "fault-full",
        Rejected::MediaType => "fault-media-type",
        Rejected::Bundle(_) => "fault-bundle",
        Rejected::UnknownCommunity => "fault-unknown-community",
        Rejected::Owner => "fault-owner",
        Rejected::UnknownRole => "fault-unknown-role",
        Rejected::Leave => "fault-leave",
        Rejected::UnknownMember => "fault-unknown-member",
        Rejected::NotMember => "fault-not-member",
        Rejected::NotPermitted => "fault-not-permitted",
        // Which rule of a community it was is for the log.
        Rejected::NotPossible(_) => "fault-not-possible",
        Rejected::NoKeys => "fault-no-keys",
        Rejected::UnknownChannel => "fault-unknown-channel",
        Rejected::Silenced { left } => return silenced(*left),
        Rejected::NotACategory => "fault-not-a-category",
        Rejected::NotByChannel => "fault-not-by-channel",
        Rejected::PublicChannel => "fault-public-channel",
        Rejected::Nothing => "fault-nothing",
        Rejected::OwnMessage => "fault-own-message",
        Rejected::NotAnEmoji => "fault-not-an-emoji",
        Rejected::TooSoon { wait } => return slow_mode(*wait),
        Rejected::Comparing => "fault-comparing",
        Rejected::NoModerator => "fault-no-moderator",
        Rejected::UnknownReport => "fault-unknown-report",
        Rejected::DeviceRevoked => "fault-device-revoked",
    };
    key.into()
}

/// Whole seconds, so many that whoever waits them does not come too soon.
fn slow_mode(wait: Duration) -> Sentence {
    let seconds = wait.as_millis().div_ceil(1_000);
    let seconds = usize::try_from(seconds).unwrap_or(usize::MAX);
    Sentence::from("fault-slow-mode").with("seconds", seconds)
}

/// Whole minutes, by the same reason: a silence is rarely shorter.
fn silenced(left: Duration) -> Sentence {
    let minutes = left.as_secs().saturating_add(1).div_ceil(60);
    let minutes = usize::try_from(minutes).unwrap_or(usize::MAX);
    Sentence::from("fault-silenced").with("minutes", minutes)
}

/// Nothing where there must be something, or more than fits.
pub(super) fn size(actual: usize, max: usize, unit: &str) -> Sentence {
    if actual == 0 {
        return "fault-empty".into();
    }
    let key = if unit == "bytes" {
        "fault-too-many-bytes"
    } else {
        "fault-too-many-letters"
    };
    Sentence::from(key).with("max", max)
}

/// Why nobody was reached at an address.
pub(super) fn dialled(failure: &DialFailure) -> Sentence {
    let key = match failure {
        DialFailure::NoAddress => "dial-no-address",
        DialFailure::OwnAddress => "dial-own-address",
        DialFailure::AlreadyLinked => "dial-already-linked",
        DialFailure::WrongPeer => "dial-wrong-peer",
        DialFailure::TooManyConnections => "dial-too-many",
        // Which of many ways to fail it was is for the log.
        DialFailure::Unreachable(_) => "dial-unreachable",
        DialFailure::NotALink => "dial-not-a-link",
    };
    key.into()
}

/// Why the recovery words were neither shown nor confirmed.
pub(super) fn words(fault: &WordsFault) -> Sentence {
    match fault {
        WordsFault::NotWords(error) => no_words(error),
        WordsFault::OtherAccount => "words-other-account".into(),
        WordsFault::NotStored(_) => "words-not-wiped".into(),
        WordsFault::Busy => "fault-busy".into(),
        WordsFault::Stopped => "fault-stopped".into(),
    }
}

fn no_words(error: &WordsError) -> Sentence {
    match error {
        WordsError::Count { found } => Sentence::from("words-other-count").with("count", *found),
        WordsError::UnknownWord { position } => {
            Sentence::from("words-unknown-at").with("position", *position)
        }
        WordsError::Checksum => "words-mismatch".into(),
    }
}

/// Why a profile cannot be made, opened or locked otherwise.
pub(super) fn profile(error: &ProfileError) -> Sentence {
    match error {
        ProfileError::Store(store) => stored(store),
        ProfileError::Identity(_) => "broken-identity".into(),
        ProfileError::Words(error) => no_words(error),
        ProfileError::OtherAccount => "words-other-account".into(),
        ProfileError::NoRandomness(_) => "broken-resources".into(),
    }
}

pub(super) fn stored(error: &StoreError) -> Sentence {
    let named = |key: &'static str, file: &str| Sentence::from(key).with("file", file.to_owned());
    match error {
        StoreError::Io { file, source } => named("broken-disk", file).with("why", system(source)),
        StoreError::NoSpace { .. } => "broken-space".into(),
        StoreError::Corrupt { file, .. } => named("broken-damaged", file),
        StoreError::RolledBack { file, .. } => named("broken-rolled-back", file),
        StoreError::WrongPassphrase => "unlock-wrong".into(),
        StoreError::PassphraseNeeded => "broken-locked".into(),
        StoreError::NotProtected => "broken-unlocked".into(),
        StoreError::EmptyPassphrase => "passphrase-empty".into(),
        StoreError::Held { .. } => "broken-held".into(),
        StoreError::Closed => "fault-stopped".into(),
        StoreError::NoProfile { .. } => "broken-no-profile".into(),
        StoreError::ProfileExists { .. } => "broken-exists".into(),
        StoreError::IdentityLost { .. } => "broken-identity-lost".into(),
        StoreError::Foreign { file } => named("broken-foreign", file),
        StoreError::TooNew { .. } => "broken-too-new".into(),
        StoreError::TooLarge { .. } | StoreError::WrongKind { .. } => bug(&error.to_string()),
        StoreError::Resources { .. } => "broken-resources".into(),
    }
}

/// Why the node did not start, or ended by itself.
pub(super) fn node(error: &NodeError) -> Sentence {
    match error {
        NodeError::Profile(error) => profile(error),
        NodeError::Net(error) => Sentence::from("broken-net").with("why", error.to_string()),
        NodeError::Api(error) => Sentence::from("broken-api").with("why", error.to_string()),
        NodeError::Driver(error) => Sentence::from("broken-node").with("why", error.to_string()),
        NodeError::Thread(_) => "broken-resources".into(),
        NodeError::Panicked(_) => bug(&error.to_string()),
    }
}

/// Why the node ended, though nobody asked it to.
pub(super) fn ended(ended: &Result<(), NodeError>) -> Sentence {
    match ended {
        Ok(()) => "stopped-unknown".into(),
        Err(error) => {
            tracing::error!(%error, "the node ended by itself");
            node(error)
        }
    }
}

/// What only a mistake of ours explains; its own words help whoever mends it.
pub(super) fn bug(what: &str) -> Sentence {
    Sentence::from("fault-bug").with("why", what.to_owned())
}

/// What a system says of a file, as a clause that follows a colon; where we have no words for it, its own.
pub(crate) fn system(error: &io::Error) -> Sentence {
    let key = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "system-full",
        io::ErrorKind::PermissionDenied => "system-denied",
        io::ErrorKind::ReadOnlyFilesystem => "system-read-only",
        io::ErrorKind::NotFound => "system-not-found",
        io::ErrorKind::AlreadyExists => "system-exists",
        _ => return Sentence::from("system-says").with("why", error.to_string()),
    };
    key.into()
}

#[cfg(test)]
mod tests;
