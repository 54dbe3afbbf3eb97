//! Communities as they stand, as the API says them. What stands in them: [`places`](super::places), and whom they
//! consist of: [`members`](super::members).

use std::collections::{BTreeMap, BTreeSet};

use protocol::community::{CommunityView, StandingHere};
use protocol::control::Admit;
use protocol::control::body::History;
use protocol::control::icon::Icon;
use protocol::crypto::{Hash32, Label};
use protocol::identity::Hints;
use protocol::persist::Refusal;
use protocol::privacy::Presence;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::model::Gap;
use crate::api::model::members::{Invite, Member, Role};
use crate::api::model::places::Channel;
use crate::api::model::texts::{bit_names, hexadecimal, same, texts};
use crate::api::reference::{community_text, op_text};
use crate::view::View;

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
    /// Names its picture, if it has one: another picture has another name. `GET …/icon` gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The community that it was forked from, if its founder says that it was; nothing proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<String>,
    /// The account that it belongs to.
    pub owner: Option<String>,
    /// To whom its owner offers it, if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
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
    /// How many things were done to it: founded, joined, changed, moderated.
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
    /// Computers in reach that it asks whether they know the invite.
    #[serde(default)]
    pub knocked: usize,
    /// Members in reach that do.
    #[serde(default)]
    pub answered: usize,
    /// Addresses that the invite names and that were dialled.
    #[serde(default)]
    pub dialled: Vec<String>,
    /// Members that were asked to let it in since the last round.
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
    /// The invite is one of another community than the link says.
    Elsewhere,
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

/// That a community is offered to a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// The op that offers it: who takes it names that.
    pub id: String,
    /// To whom.
    pub to: String,
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

impl Community {
    /// As it stands, with links of its invites that say where this node is.
    pub(in crate::api) fn new(view: &CommunityView, hints: &Hints) -> Self {
        let (standing, joining) = standing(view.standing, &view.dialled);
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
            icon: view.icon.as_deref().map(icon_name),
            forked_from: view.forked_from.map(community_text),
            owner: view.owner.map(|owner| owner.to_string()),
            offer: view.offer.map(|(id, to)| Offer {
                id: op_text(id),
                to: to.to_string(),
            }),
            uses: bit_names(view.uses),
            power: bit_names(view.power),
            channels: channels.map(|one| Channel::new(one, view.id)).collect(),
            roles: view.roles.iter().map(Into::into).collect(),
            everyone: bit_names(view.everyone),
            members: view.members.iter().map(Into::into).collect(),
            invites: invites
                .map(|one| Invite::new(one, view.id, hints))
                .collect(),
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

    /// The same, with who of its members is there, and whom the person blocked.
    pub(in crate::api) fn seen_with(mut self, view: &View) -> Self {
        let own = (view.me.bundle.account(), view.privacy.presence);
        let known = view.presence.iter();
        let known = known.map(|(account, presence)| (*account, *presence));
        let known: BTreeMap<String, Presence> = known
            .chain([own])
            .map(|(account, presence)| (account.to_string(), presence))
            .collect();
        let blocked: BTreeSet<String> = view.blocked().map(|one| one.to_string()).collect();
        for member in &mut self.members {
            member.blocked = blocked.contains(&member.account);
            let presence = known.get(&member.account).copied();
            member.presence = presence.map(Into::into);
        }
        self
    }
}

/// A hash of it, opaque to whoever asks.
fn icon_name(icon: &Icon) -> String {
    hexadecimal(&Hash32::of(Label::Attachment, icon.bytes()).0)
}

fn standing(standing: StandingHere, dialled: &[String]) -> (CommunityStanding, Option<Joining>) {
    let standing = match standing {
        StandingHere::Joining {
            knocked,
            answered,
            tried,
            asking,
            refused,
        } => {
            let joining = Joining {
                knocked,
                answered,
                dialled: dialled.to_vec(),
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
            Refusal::Elsewhere => Self::Elsewhere,
        }
    }
}

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

same!(Admit = AdmitRule: Chosen, Everyone);
