//! What can be asked for in a community, as the API takes it.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{AdmitRule, ChannelPurpose, ChannelScope, HistoryRule, OverwriteRule};

/// A community to found.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCommunity {
    /// Its name, 1 to 128 bytes of UTF-8.
    pub name: String,
    /// Who may let people in with an invite: `everyone` unless given.
    #[serde(default)]
    pub admit: AdmitRule,
    /// What new members may read: `since-join` unless given.
    #[serde(default)]
    pub history: HistoryRule,
}

/// A group of friends to found.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// Its name, 1 to 128 bytes of UTF-8.
    pub name: String,
    /// Contacts to ask in, 1 to 24 accounts: each gets a private message with the way in.
    pub people: Vec<String>,
}

/// What was made, once it is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Made {
    /// The community, or the op: of a channel, a role, or of the change itself.
    pub id: String,
}

/// An invite that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MadeInvite {
    /// Its op.
    pub id: String,
    /// Its link: whoever has it may come in.
    pub link: Option<String>,
}

/// A way into a community.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// An invite link (`lescopains:j/1/…`).
    pub link: String,
}

impl std::fmt::Debug for JoinRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JoinRequest(..)")
    }
}

/// Changes of a community: what is not given stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommunityChanges {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Who may let people in with an invite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admit: Option<AdmitRule>,
    /// What new members may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryRule>,
    /// Its picture, in base64: PNG, JPEG or WebP of at most 6,144 bytes; `null` for none.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub icon: Option<Option<String>>,
}

/// What somebody wants to be called in a community.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NicknameChange {
    /// At most 128 bytes of UTF-8; empty or absent goes back to the own name.
    #[serde(default)]
    pub name: String,
}

/// An invite to make.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvite {
    /// How many may come by it, 1 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u16>,
    /// For how many seconds; for ever unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_s: Option<u64>,
    /// Roles without power that come with it, 8 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// What its maker wants to remember.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A channel to make.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlace {
    /// What it is for: `text` unless given.
    #[serde(default)]
    pub kind: ChannelPurpose,
    /// Its name, 1 to 128 bytes of UTF-8.
    pub name: String,
    /// The category that it stands under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Its place among its siblings; the last unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u16>,
    /// Whose keys open it: `public`, those of the whole community, unless given. `private` closes it to `everyone` unless an
    /// overwrite says who of them views it; and what `everyone` may not view is private.
    #[serde(default)]
    pub scope: ChannelScope,
    /// For whom it differs, 32 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overwrites: Vec<OverwriteRule>,
}

/// Changes of a channel: what is not given stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelChanges {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The category that it stands under; `null` for none.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub parent: Option<Option<String>>,
    /// Its place among its siblings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u16>,
    /// Whose keys open it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ChannelScope>,
    /// Roles for which it differs; those that are not named stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overwrites: Vec<OverwriteRule>,
    /// Seconds between two messages of one person; 0 for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_mode_s: Option<u32>,
    /// What new members may read of it; `null` for what the community says.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<HistoryRule>)]
    pub history: Option<Option<HistoryRule>>,
}

/// That a field stands there, even with `null`.
fn given<'de, D, T>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(from).map(Some)
}

/// A role to make.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// Its name, 1 to 128 bytes of UTF-8.
    pub name: String,
    /// Its colour, as `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// Where it stands, 1 to 10,000. It never changes.
    pub position: u16,
    /// What it allows, by the names of permissions. Power never changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bits: Vec<String>,
}

/// Changes of a role: what is not given stays. Position and power never change: make another role.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChanges {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its colour, as `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// What use it allows, beside the power that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<Vec<String>>,
}

/// Why, and for how long, somebody is silenced.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeoutRequest {
    /// For how many seconds.
    pub lasts_s: u64,
    /// Why, at most 512 bytes.
    #[serde(default)]
    pub reason: String,
}

/// Why somebody is removed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KickRequest {
    /// Why, at most 512 bytes.
    #[serde(default)]
    pub reason: String,
    /// Whether the invites that they made end as well: yes, unless given.
    #[serde(default = "yes")]
    pub invites: bool,
}

/// Why, and for how long, somebody is removed and kept out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BanRequest {
    /// Why, at most 512 bytes.
    #[serde(default)]
    pub reason: String,
    /// For how many seconds; for ever unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_s: Option<u64>,
    /// Whether the invites that they made end as well: yes, unless given.
    #[serde(default = "yes")]
    pub invites: bool,
}

const fn yes() -> bool {
    true
}

/// People to let stay whose admission was undone.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// Whom, 1 to 64.
    pub accounts: Vec<String>,
}

/// Whom to offer the community to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// The account; the own one takes an offer back.
    pub to: String,
}

/// Which offer to take.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeRequest {
    /// The op of the offer.
    pub transfer: String,
}
