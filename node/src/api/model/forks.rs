//! Forks of communities, as the API takes them and answers them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a community is to be forked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFork {
    /// Another name than the old one's, 1 to 128 bytes of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Contacts to ask over, up to 24 accounts: each gets a private message with the way in.
    #[serde(default)]
    pub ask: Vec<String>,
    /// Whether members who follow get roles with power back as well, from this node when it is there. Roles without power
    /// they get in any case.
    #[serde(default)]
    pub with_powers: bool,
    /// Whether channels and roles beyond what a community may hold are left out; otherwise forking is refused then.
    #[serde(default)]
    pub trimmed: bool,
}

/// A fork that was made, once it is durable.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct MadeFork {
    /// The new community.
    pub id: String,
    /// Its invite, with room for every member of the old one.
    pub invite: String,
    /// The link of that, to pass on: whoever has it may come in.
    pub link: Option<String>,
}

impl std::fmt::Debug for MadeFork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeFork")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
