//! Channels of a community, as the API says them.

use protocol::community::ChannelView;
use protocol::control::CommunityId;
use protocol::control::body::{ChannelKind, Overwrite, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::model::communities::HistoryRule;
use crate::api::model::texts::{bit_names, same, texts};
use crate::api::reference::op_text;

/// What a channel is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelPurpose {
    /// A heading over channels.
    Category,
    /// For messages.
    #[default]
    Text,
    /// A room to talk in.
    Voice,
}

/// Whose keys open a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelScope {
    /// Only those of members who may view it.
    Private,
    /// Those of the whole community.
    #[default]
    Public,
}

/// For which role a channel differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverwriteRule {
    /// The role, or `everyone`.
    pub role: String,
    /// Permissions that it gets here.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Permissions that it loses here.
    #[serde(default)]
    pub deny: Vec<String>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Channel {
    /// The op that made it.
    pub id: String,
    /// What it is for.
    pub kind: ChannelPurpose,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub topic: String,
    /// The category that it stands under.
    pub parent: Option<String>,
    /// Its place among its siblings.
    pub place: u16,
    /// Whose keys open it.
    pub scope: ChannelScope,
    /// For whom it differs.
    pub overwrites: Vec<OverwriteRule>,
    /// Seconds between two messages of one person; 0 for none.
    pub slow_mode_s: u32,
    /// What new members may read of it, if that differs from the community's rule.
    pub history: Option<HistoryRule>,
    /// What this account may do there.
    pub uses: Vec<String>,
    /// Who can read it.
    pub readers: Vec<String>,
}

same!(ChannelKind = ChannelPurpose: Category, Text, Voice);
same!(Scope = ChannelScope: Private, Public);

impl Channel {
    /// A channel of this community as shown.
    pub(super) fn new(view: &ChannelView, community: CommunityId) -> Self {
        let overwrite = |overwrite: &Overwrite| OverwriteRule {
            role: if overwrite.role == community.founding() {
                "everyone".to_owned()
            } else {
                op_text(overwrite.role)
            },
            allow: bit_names(overwrite.allow),
            deny: bit_names(overwrite.deny),
        };
        Self {
            id: op_text(view.id),
            kind: view.kind.into(),
            name: view.name.clone(),
            topic: view.topic.clone(),
            parent: view.parent.map(op_text),
            place: view.place,
            scope: view.scope.into(),
            overwrites: view.overwrites.iter().map(overwrite).collect(),
            slow_mode_s: view.slow_mode,
            history: view.history.map(Into::into),
            uses: bit_names(view.uses),
            readers: texts(&view.readers),
        }
    }
}
