//! What the person keeps for themselves, as the API says it: drafts, and names of their own for others.

use protocol::persist::NoteKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// What is being written to somebody. Sending it, or a message that it begins, ends it.
    Draft,
    /// What somebody is called on this device.
    Petname,
}

/// A note about somebody. It never leaves this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// What it is.
    pub note: NoteKind,
    /// About whom.
    pub account: String,
    /// What it says; empty: it is gone.
    pub text: String,
}

impl Note {
    /// A note as the view has it.
    #[must_use]
    pub fn new(key: NoteKey, text: &str) -> Self {
        let note = match key {
            NoteKey::Draft(_) => NoteKind::Draft,
            NoteKey::Petname(_) => NoteKind::Petname,
        };
        Self {
            note,
            account: key.account().to_string(),
            text: text.to_owned(),
        }
    }
}

/// What is being written.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftChange {
    /// At most 16 KiB; empty forgets it.
    pub text: String,
}

/// What somebody is called here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PetnameChange {
    /// At most 128 bytes; empty: the name that they give themselves.
    pub name: String,
}
