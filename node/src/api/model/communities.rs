//! Communities as they stand: their channels, roles, members and invites, as the API says them.

use std::fmt::Write as _;

use protocol::community::{
    ChannelView, CommunityView, InviteView, MemberView, RoleView, StandingHere,
};
use protocol::control::body::{ChannelKind, History, Overwrite, Scope};
use protocol::control::join_link::JoinLink;
use protocol::control::{Admit, Bits, CommunityId, OpId, Standing};
use protocol::crypto::SigningKey;
use protocol::identity::Hints;
use protocol::persist::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::model::Gap;
use crate::api::reference::{community_text, op_text};

/// A community.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Community {
    /// Which.
    pub id: String,
    /// How this account stands to it.
    pub standing: CommunityStanding,
    /// While it asks to be let in: how far that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joining: Option<Joining>,
    /// Whether it is a group of friends: one channel for messages, and no roles.
    #[serde(default)]
    pub group: bool,
    /// Its name; empty before anything of it is here.
    pub name: String,
    /// What it is about.
    pub topic: String,
    /// Who may let people in with an invite.
    pub admit: Option<AdmitRule>,
    /// What new members may read.
    pub history: Option<HistoryRule>,
    /// The community that it was forked from, if its founder says that it was; nothing proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<String>,
    /// The account that it belongs to.
    pub owner: Option<String>,
    /// What this account may do, beside what channels say.
    pub uses: Vec<String>,
    /// The power over others that it has.
    pub power: Vec<String>,
    /// Channels, in the order in which people see them.
    pub channels: Vec<Channel>,
    /// Roles, the highest first.
    pub roles: Vec<Role>,
    /// What everyone may do.
    pub everyone: Vec<String>,
    /// Who is or was a member.
    pub members: Vec<Member>,
    /// Invites that were made and count.
    pub invites: Vec<Invite>,
    /// What is missing of what was said.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// How many control ops there are.
    pub ops: usize,
    /// Hash of how everything stands: equal on all nodes that know the same.
    pub state_hash: String,
    /// The keys under which is sent now.
    pub epoch: Option<Epoch>,
    /// How many of those in reach know what this node knows.
    pub sync: SyncState,
    /// Whether this device was restored and writes nothing before it has met a member.
    pub compares: bool,
}

/// How an account stands to a community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CommunityStanding {
    /// It asks to be let in.
    Joining,
    /// It is a member.
    In,
    /// It is a member whose admission was undone, until somebody confirms it.
    Suspended,
    /// It was removed.
    Removed,
    /// It was removed and is kept out.
    Banned,
    /// It left.
    Left,
}

/// How far asking to be let in has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Joining {
    /// Members that were asked since the last round.
    pub tried: usize,
    /// Whether one is being asked now.
    pub asking: bool,
    /// Why the last one refused.
    pub refused: Option<Refused>,
}

/// Why a member lets nobody in by an invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// No invite of that name counts.
    Unknown,
    /// It has expired.
    Expired,
    /// It was revoked.
    Revoked,
    /// As many came by it as may.
    UsedUp,
    /// The member that was asked may not let anybody in; another may.
    NotByMe,
    /// Whoever asks is kept out.
    Banned,
    /// The community is as large as it may be.
    Full,
    /// The member that was asked cannot now; later it may.
    NotNow,
}

/// Who may let people in with an invite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AdmitRule {
    /// Members whose roles say so.
    Chosen,
    /// Every member.
    #[default]
    Everyone,
}

/// What of the past new members may read: `"since-join"`, `{"days": 7}` or `"full"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryRule {
    /// Nothing from before they joined.
    #[default]
    SinceJoin,
    /// So many days of it.
    Days(u16),
    /// All of it.
    Full,
}

/// The keys under which a community sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Epoch {
    /// The op that made them.
    pub id: String,
    /// Whether they are here.
    pub held: bool,
}

/// How many of those in reach know what this node knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SyncState {
    /// Devices of members in reach.
    pub in_reach: Vec<String>,
    /// How many of them know what this one knows.
    pub in_sync: usize,
}

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

/// The names of permissions, as the API writes them.
fn bit_names(bits: Bits) -> Vec<String> {
    let named = Bits::NAMED.iter().filter(|(_, bit)| bits.contains(*bit));
    named.map(|(name, _)| bit_name(name)).collect()
}

/// A permission's name, as the API writes it.
pub(in crate::api) fn bit_name(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

fn texts<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn ops(all: &[OpId]) -> Vec<String> {
    all.iter().copied().map(op_text).collect()
}

impl From<&CommunityView> for Community {
    fn from(view: &CommunityView) -> Self {
        let (standing, joining) = standing(view.standing);
        let channels = view.channels.iter();
        let invites = view.invites.iter();
        Self {
            id: community_text(view.id),
            standing,
            joining,
            group: view.is_group(),
            name: view.name.clone(),
            topic: view.topic.clone(),
            admit: view.admit.map(Into::into),
            history: view.history.map(Into::into),
            forked_from: view.forked_from.map(community_text),
            owner: view.owner.map(|owner| owner.to_string()),
            uses: bit_names(view.uses),
            power: bit_names(view.power),
            channels: channels.map(|one| Channel::new(one, view.id)).collect(),
            roles: view.roles.iter().map(Into::into).collect(),
            everyone: bit_names(view.everyone),
            members: view.members.iter().map(Into::into).collect(),
            invites: invites.map(|one| Invite::new(one, view.id)).collect(),
            gaps: view.gaps.iter().map(Into::into).collect(),
            ops: view.ops,
            state_hash: hexadecimal(&view.state.0),
            epoch: view.epoch.map(|(epoch, held)| Epoch {
                id: op_text(epoch),
                held,
            }),
            sync: SyncState {
                in_reach: texts(&view.in_reach),
                in_sync: view.in_sync,
            },
            compares: view.compares,
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string does not fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

fn standing(standing: StandingHere) -> (CommunityStanding, Option<Joining>) {
    let standing = match standing {
        StandingHere::Joining {
            tried,
            asking,
            refused,
        } => {
            let joining = Joining {
                tried,
                asking,
                refused: refused.map(Into::into),
            };
            return (CommunityStanding::Joining, Some(joining));
        }
        StandingHere::In => CommunityStanding::In,
        StandingHere::Suspended => CommunityStanding::Suspended,
        StandingHere::Removed => CommunityStanding::Removed,
        StandingHere::Banned => CommunityStanding::Banned,
        StandingHere::Left => CommunityStanding::Left,
    };
    (standing, None)
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Self::Unknown,
            Refusal::Expired => Self::Expired,
            Refusal::Revoked => Self::Revoked,
            Refusal::UsedUp => Self::UsedUp,
            Refusal::NotByMe => Self::NotByMe,
            Refusal::Banned => Self::Banned,
            Refusal::Full => Self::Full,
            Refusal::NotNow => Self::NotNow,
        }
    }
}

/// Two enums that say the same, one for each side of the door.
macro_rules! same {
    ($inside:ident = $outside:ident: $($variant:ident),+) => {
        impl From<$inside> for $outside {
            fn from(inside: $inside) -> Self {
                match inside {
                    $($inside::$variant => Self::$variant,)+
                }
            }
        }

        impl From<$outside> for $inside {
            fn from(outside: $outside) -> Self {
                match outside {
                    $($outside::$variant => Self::$variant,)+
                }
            }
        }
    };
}

same!(Admit = AdmitRule: Chosen, Everyone);
same!(ChannelKind = ChannelPurpose: Category, Text, Voice);
same!(Scope = ChannelScope: Private, Public);
same!(Standing = MemberStanding: Outside, Banned, Suspended, Member, Owner);

impl From<History> for HistoryRule {
    fn from(history: History) -> Self {
        match history {
            History::SinceJoin => Self::SinceJoin,
            History::Days(days) => Self::Days(days),
            History::Full => Self::Full,
        }
    }
}

impl From<HistoryRule> for History {
    fn from(rule: HistoryRule) -> Self {
        match rule {
            HistoryRule::SinceJoin => Self::SinceJoin,
            HistoryRule::Days(days) => Self::Days(days),
            HistoryRule::Full => Self::Full,
        }
    }
}

impl Channel {
    fn new(view: &ChannelView, community: CommunityId) -> Self {
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
        }
    }
}

impl Invite {
    /// An invite as shown, with its link where this device has the secret.
    pub(in crate::api) fn new(view: &InviteView, community: CommunityId) -> Self {
        let link = |secret: &[u8; 32]| {
            let key = SigningKey::from_seed(secret);
            let link = JoinLink::new(community, view.id, &key, Hints::None);
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
            over: view.over.map(Into::into),
            link: view.secret.as_ref().and_then(link),
        }
    }
}
