//! Members of a community, their roles, and the invites by which others come, as the API says them.

use protocol::community::{InviteView, MemberView, RoleView};
use protocol::control::join_link::JoinLink;
use protocol::control::{CommunityId, Standing};
use protocol::crypto::SigningKey;
use protocol::identity::Hints;
use protocol::persist::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::model::communities::Refused;
use crate::api::model::settings::PresenceState;
use crate::api::model::texts::{bit_names, hexadecimal, ops, same, texts};
use crate::api::reference::op_text;
use crate::clock::Clock;

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Role {
    /// The op that made it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its colour, as `#rrggbb`.
    pub colour: String,
    /// Where it stands; what stands higher has power over what stands lower.
    pub position: u16,
    /// What it allows.
    pub bits: Vec<String>,
}

/// How somebody stands to a community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MemberStanding {
    /// No member, any more or yet.
    Outside,
    /// Kept out.
    Banned,
    /// A member whose admission was undone.
    Suspended,
    /// A member.
    Member,
    /// Whose it is.
    Owner,
}

/// Somebody who is or was a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// Who.
    pub account: String,
    /// How they stand.
    pub standing: MemberStanding,
    /// What they want to be called here.
    pub nickname: Option<String>,
    /// Their roles.
    pub roles: Vec<String>,
    /// Their devices that speak for them.
    pub devices: Vec<String>,
    /// Until when they are silenced.
    pub silenced_until_ms: Option<u64>,
    /// Until when they are kept out, if they are and not for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banned_until_ms: Option<u64>,
    /// Whether the person blocked them: this device's own affair, and not said in events.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
    /// Whether they are there, where it is known: in events about a community it is not said, it has events of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<PresenceState>,
}

/// An invite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invite {
    /// The op that made it.
    pub id: String,
    /// Who made it.
    pub author: String,
    /// How many may come by it.
    pub uses: u16,
    /// How many came.
    pub used: usize,
    /// Until when.
    pub expires_ms: Option<u64>,
    /// Roles that come with it.
    pub roles: Vec<String>,
    /// What its maker wants to remember.
    pub note: String,
    /// Why nobody can come by it any more, if so.
    pub over: Option<Refused>,
    /// Its link (`lescopains:j/1/…`), where this device made it. Whoever has the link may come in.
    pub link: Option<String>,
}

same!(Standing = MemberStanding: Outside, Banned, Suspended, Member, Owner);

impl From<&RoleView> for Role {
    fn from(view: &RoleView) -> Self {
        Self {
            id: op_text(view.id),
            name: view.name.clone(),
            colour: format!("#{}", hexadecimal(&view.colour)),
            position: view.position.0,
            bits: bit_names(view.bits),
        }
    }
}

impl From<&MemberView> for Member {
    fn from(view: &MemberView) -> Self {
        Self {
            account: view.account.to_string(),
            standing: view.standing.into(),
            nickname: view.nickname.clone(),
            roles: ops(&view.roles),
            devices: texts(&view.devices),
            silenced_until_ms: view.silenced_until.map(|until| until.wall().as_millis()),
            banned_until_ms: view.banned_until.map(|until| until.wall().as_millis()),
            blocked: false,
            presence: None,
        }
    }
}

impl Invite {
    /// An invite as shown, with its link where this device has the secret. The link says where this node is now: whoever
    /// has it and meets nobody on their own network asks there.
    pub(in crate::api) fn new(view: &InviteView, community: CommunityId, hints: &Hints) -> Self {
        // Time passes, and nothing else needs to happen for an invite to be over.
        let now = Clock::start().now().wall;
        let expired = view.expires.is_some_and(|expires| now > expires);
        let over = view.over.or(if expired {
            Some(Refusal::Expired)
        } else {
            None
        });
        let link = |secret: &[u8; 32]| {
            let key = SigningKey::from_seed(secret);
            let link = JoinLink::new(community, view.id, &key, hints.clone());
            link.ok().map(|link| link.to_string())
        };
        Self {
            id: op_text(view.id),
            author: view.author.to_string(),
            uses: view.uses,
            used: view.used,
            expires_ms: view.expires.map(|expires| expires.as_millis()),
            roles: ops(&view.roles),
            note: view.note.clone(),
            over: over.map(Into::into),
            link: view.secret.as_ref().and_then(link),
        }
    }
}
