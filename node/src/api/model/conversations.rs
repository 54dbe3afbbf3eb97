//! Conversations as wholes, as the API says them: how far they were read, and who writes.

use protocol::identity::AccountId;
use protocol::persist::Place;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PresenceState;
use crate::api::reference::{message_text, place_text};
use crate::view::View;

/// A conversation with one contact.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Conversation {
    /// The other account.
    pub account: String,
    /// Whether they are there, where they say so.
    pub presence: Option<PresenceState>,
    /// Whether they write to us at this moment.
    pub typing: bool,
    /// Their messages behind the own mark; 100 says 100 or more.
    pub unread: usize,
    /// How far the person has read.
    pub read: Option<Mark>,
    /// How far the contact has read, if it says so.
    pub read_by_peer: Option<Mark>,
}

/// A place in a conversation up to which it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mark {
    /// The newest message read.
    pub message: String,
    /// Its place: a cursor for pages before or after it.
    pub place: String,
}

/// Up to where a conversation was read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// The newest message read.
    pub up_to: String,
}

impl From<Place> for Mark {
    fn from(place: Place) -> Self {
        Self {
            message: message_text(place.1),
            place: place_text(place),
        }
    }
}

impl Conversation {
    /// A conversation as shown, with what was counted.
    #[must_use]
    pub fn new(account: AccountId, view: &View, unread: usize) -> Self {
        let read = view.read.get(&account).copied().unwrap_or_default();
        Self {
            account: account.to_string(),
            presence: view.presence.get(&account).copied().map(Into::into),
            typing: view.typing.contains(&account),
            unread,
            read: read.own.map(Into::into),
            read_by_peer: read.theirs.map(Into::into),
        }
    }
}
