//! What a community looks like: its channels, roles, rules and nicknames, each field by itself.
//!
//! Every field is a register of its own. What somebody wrote after seeing another's writing replaces it. Of writings that
//! did not see each other the stricter wins where access is at stake (deny over allow, private over public, less history
//! over more, the longer silence), and the later by the authors' clocks, then by id, where it is not (A8). Only writings
//! that count are looked at, so what a removed moderator wrote elsewhere disappears with their authority.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

mod access;
mod field;

pub(super) use field::Registers;
use field::{Field, Subject, Writings, channel_change, policy_change, role_change};

use super::body::{
    Body, ChannelChange, ChannelKind, History, Overwrite, PolicyChange, RoleChange, Scope,
};
use super::fact::{Admit, OpId};
use super::icon::Icon;
use super::intake::Control;
use super::log::Moment;
use super::op::CommunityId;
use super::permission::{Bits, Position};
use super::view::Standing;
use crate::identity::AccountId;
use crate::time::Hlc;

/// A channel as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The op that made it.
    pub id: OpId,
    /// What for.
    pub kind: ChannelKind,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub topic: String,
    /// The category that it stands under, if that still is.
    pub parent: Option<OpId>,
    /// Its place among its siblings.
    pub place: u16,
    /// Whose keys open it.
    pub scope: Scope,
    /// For whom it differs, by role.
    pub overwrites: Vec<Overwrite>,
    /// Seconds between two texts of one person ([`Community::pace`]); 0 for none.
    pub slow_mode: u32,
    /// What new members may read of it, if that differs from the community's rule.
    pub history: Option<History>,
}

/// A role as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The op that made it.
    pub id: OpId,
    /// Its name.
    pub name: String,
    /// Its colour, as red, green, blue.
    pub colour: [u8; 3],
    /// Where it stands.
    pub position: Position,
    /// What it allows.
    pub bits: Bits,
}

/// The rules of a community, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub topic: String,
    /// Who may let people in with an invite.
    pub admit: Admit,
    /// What new members may read.
    pub history: History,
    /// Its picture.
    pub icon: Option<Arc<Icon>>,
}

impl Control {
    /// How the community stands by all that is known.
    #[must_use]
    pub fn now(&self) -> Community<'_> {
        Community::new(self, self.log().now())
    }

    /// How it stood for somebody who knew just these ops and all before them; `None` if one of them is not here.
    #[must_use]
    pub fn at(&self, heads: &[OpId]) -> Option<Community<'_>> {
        Some(Community::new(self, self.log().at(heads)?))
    }
}

/// A community at a moment.
#[derive(Clone, Debug)]
pub struct Community<'a> {
    control: &'a Control,
    moment: Moment<'a>,
    people: OnceCell<BTreeMap<AccountId, Standing>>,
}

impl<'a> Community<'a> {
    fn new(control: &'a Control, moment: Moment<'a>) -> Self {
        Self {
            control,
            moment,
            people: OnceCell::new(),
        }
    }

    /// The role that everybody has: it is called as the op that founded the community.
    #[must_use]
    pub fn everyone(&self) -> OpId {
        self.control.community().founding()
    }

    /// Who may do what.
    #[must_use]
    pub fn moment(&self) -> &Moment<'a> {
        &self.moment
    }

    /// Everybody who was ever named, and how they stand; judged once, for each channel asks it again.
    #[must_use]
    pub fn people(&self) -> &BTreeMap<AccountId, Standing> {
        self.people.get_or_init(|| self.moment.people())
    }

    /// Whether something was made, and no deletion of it counts: whoever deletes wins over whoever changes.
    fn is_there(&self, id: &OpId) -> bool {
        self.counts(id) && !self.writings(Subject::Thing(*id)).say_gone()
    }

    /// A channel; `None` if there is none, or none any more.
    #[must_use]
    pub fn channel(&self, id: &OpId) -> Option<Channel> {
        let Body::CreateChannel(made) = &self.control.op(id)?.body else {
            return None;
        };
        let about = self.writings(Subject::Thing(*id));
        if !self.counts(id) || about.say_gone() {
            return None;
        }
        let name = about.field(|body| match body {
            Body::CreateChannel(made) => Some(made.name.to_string()),
            _ => channel_change(body, |change| match change {
                ChannelChange::Name(name) => Some(name.to_string()),
                _ => None,
            }),
        });
        let topic = about.field(|body| {
            channel_change(body, |change| match change {
                ChannelChange::Topic(topic) => Some(topic.to_string()),
                _ => None,
            })
        });
        let parent = about.field(|body| match body {
            Body::CreateChannel(made) => Some(made.parent),
            _ => channel_change(body, |change| match change {
                ChannelChange::Parent(parent) => Some(*parent),
                _ => None,
            }),
        });
        let place = about.field(|body| match body {
            Body::CreateChannel(made) => Some(made.place),
            _ => channel_change(body, |change| match change {
                ChannelChange::Place(place) => Some(*place),
                _ => None,
            }),
        });
        let slow_mode = about.field(|body| {
            channel_change(body, |change| match change {
                ChannelChange::SlowMode(seconds) => Some(*seconds),
                _ => None,
            })
        });
        Some(Channel {
            id: *id,
            kind: made.kind,
            name: name.last().unwrap_or_default(),
            topic: topic.last().unwrap_or_default(),
            parent: parent
                .last()
                .flatten()
                .filter(|parent| self.is_there(parent)),
            place: place.last().unwrap_or_default(),
            scope: scope(&about),
            overwrites: self.overwrites(&about),
            slow_mode: slow_mode.strictest(u32::max).unwrap_or_default(),
            history: self.history_of(&about),
        })
    }

    /// What a channel says of its past. Of two who did not see each other, one of whom left it to the community, that counts
    /// as what the community says.
    fn history_of(&self, channel: &Writings<'_>) -> Option<History> {
        let own = channel.field(|body| {
            channel_change(body, |change| match change {
                ChannelChange::History(history) => Some(*history),
                _ => None,
            })
        });
        let whole = || self.policy().map(|policy| policy.history);
        let less = |one: Option<History>, other: Option<History>| match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (Some(said), None) | (None, Some(said)) => {
                let whole = whole().unwrap_or_default();
                (said < whole).then_some(said)
            }
            (None, None) => None,
        };
        own.strictest(less).flatten()
    }

    /// What a channel allows and denies each role that still is.
    fn overwrites(&self, channel: &Writings<'_>) -> Vec<Overwrite> {
        let named = |body: &Body| {
            let mut all = Vec::new();
            match body {
                Body::CreateChannel(made) => all.extend(made.overwrites.iter().map(|one| one.role)),
                Body::UpdateChannel { changes, .. } => {
                    all.extend(changes.iter().filter_map(|change| match change {
                        ChannelChange::Overwrite(one) => Some(one.role),
                        _ => None,
                    }));
                }
                _ => {}
            }
            Some(all)
        };
        let roles = channel.field(named).writings.into_iter();
        let roles: BTreeSet<OpId> = roles.flat_map(|(_, roles)| roles).collect();
        let everyone = self.control.community().founding();
        let live = roles
            .into_iter()
            .filter(|role| *role == everyone || self.is_there(role));
        let stricter = |one: Overwrite, other: Overwrite| Overwrite {
            allow: one.allow.both(other.allow),
            deny: one.deny.with(other.deny),
            ..one
        };
        live.filter_map(|role| overwrite_of(channel, role).strictest(stricter))
            .collect()
    }

    /// Every channel there is, in the order in which people see them: by category, place, and id.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        let made = self.control.registers().channels.iter();
        let mut channels: Vec<Channel> = made.filter_map(|id| self.channel(id)).collect();
        channels.sort_by_key(|channel| (channel.parent, channel.place, channel.id));
        channels
    }

    /// What channels say of their past themselves, for new members.
    #[must_use]
    pub fn histories(&self) -> Vec<History> {
        let made = self.control.registers().channels.iter();
        let there = made.filter_map(|id| {
            let about = self.writings(Subject::Thing(*id));
            (self.counts(id) && !about.say_gone()).then_some(about)
        });
        there.filter_map(|about| self.history_of(&about)).collect()
    }

    /// A role; `None` if there is none, or none any more.
    #[must_use]
    pub fn role(&self, id: &OpId) -> Option<Role> {
        let Body::CreateRole { position, bits, .. } = &self.control.op(id)?.body else {
            return None;
        };
        let about = self.writings(Subject::Thing(*id));
        if !self.counts(id) || about.say_gone() {
            return None;
        }
        let name = about.field(|body| match body {
            Body::CreateRole { name, .. } => Some(name.to_string()),
            _ => role_change(body, |change| match change {
                RoleChange::Name(name) => Some(name.to_string()),
                _ => None,
            }),
        });
        let colour = about.field(|body| match body {
            Body::CreateRole { colour, .. } => Some(*colour),
            _ => role_change(body, |change| match change {
                RoleChange::Colour(colour) => Some(*colour),
                _ => None,
            }),
        });
        let uses = about.field(|body| match body {
            Body::CreateRole { bits, .. } => Some(bits.both(Bits::USE)),
            _ => role_change(body, |change| match change {
                RoleChange::Uses(bits) => Some(bits.both(Bits::USE)),
                _ => None,
            }),
        });
        Some(Role {
            id: *id,
            name: name.last().unwrap_or_default(),
            colour: colour.last().unwrap_or_default(),
            position: *position,
            bits: uses
                .strictest(Bits::both)
                .unwrap_or(Bits::NONE)
                .with(bits.power()),
        })
    }

    /// Every invite that was made and counts, whatever became of it, in the order in which they were made: the same everywhere.
    #[must_use]
    pub fn invites(&self) -> Vec<OpId> {
        let made = self.control.registers().invites.iter();
        let mut made: Vec<OpId> = made.filter(|id| self.counts(id)).copied().collect();
        made.sort_by_key(|id| (self.control.op(id).map(|op| op.head.header.hlc), *id));
        made
    }

    /// Every role there is but that of everyone, the highest first.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        let made = self.control.registers().roles.iter();
        let mut roles: Vec<Role> = made.filter_map(|id| self.role(id)).collect();
        roles.sort_by_key(|role| (std::cmp::Reverse(role.position), role.id));
        roles
    }

    /// The rules, and the name; `None` before the founding op is here.
    #[must_use]
    pub fn policy(&self) -> Option<Policy> {
        let about = self.writings(Subject::Community);
        let name = about.field(|body| match body {
            Body::Found(founding) => Some(founding.name.to_string()),
            _ => policy_change(body, |change| match change {
                PolicyChange::Name(name) => Some(name.to_string()),
                _ => None,
            }),
        });
        let topic = about.field(|body| {
            policy_change(body, |change| match change {
                PolicyChange::Topic(topic) => Some(topic.to_string()),
                _ => None,
            })
        });
        let admit = about.field(|body| match body {
            Body::Found(founding) => Some(founding.admit),
            _ => policy_change(body, |change| match change {
                PolicyChange::Admit(admit) => Some(*admit),
                _ => None,
            }),
        });
        let history = about.field(|body| match body {
            Body::Found(founding) => Some(founding.history),
            _ => policy_change(body, |change| match change {
                PolicyChange::History(history) => Some(*history),
                _ => None,
            }),
        });
        let icon = about.field(|body| {
            policy_change(body, |change| match change {
                PolicyChange::Icon(icon) => Some(icon.as_ref()),
                _ => None,
            })
        });
        Some(Policy {
            icon: icon.last().flatten().cloned().map(Arc::new),
            name: name.last()?,
            topic: topic.last().unwrap_or_default(),
            admit: admit.strictest(Admit::min)?,
            history: history.strictest(History::min)?,
        })
    }

    /// The community that the founder says this one was forked from. Nobody else's word on it counts, and nothing proves it.
    #[must_use]
    pub fn forked_from(&self) -> Option<CommunityId> {
        let founding = self.control.op(&self.control.community().founding())?;
        let founder = founding.head.header.author;
        let mut said = self.field(Subject::Community, |body| {
            policy_change(body, |change| match change {
                PolicyChange::ForkedFrom(from) => Some(*from),
                _ => None,
            })
        });
        said.writings
            .retain(|(writing, _)| writing.author() == founder);
        said.last()
    }

    /// What somebody wants to be called here, and until when they are silenced, by the time of their own messages.
    #[must_use]
    pub fn person(&self, who: &AccountId) -> (Option<String>, Option<Hlc>) {
        let about = self.writings(Subject::Person(*who));
        let name = about.field(|body| match body {
            Body::Nickname { name } => Some(name.as_ref().map(|name| name.to_string())),
            _ => None,
        });
        (name.last().flatten(), self.unless_owner(who, &about))
    }

    /// What somebody wants to be called here.
    #[must_use]
    pub fn nickname(&self, who: &AccountId) -> Option<String> {
        self.person(who).0
    }

    /// When somebody came in last, by the clock of whoever let them in; `None` for the founder and for who never did.
    #[must_use]
    pub fn came_in(&self, who: &AccountId) -> Option<Hlc> {
        let joins = self.moment.joins_of(who).into_iter();
        joins.map(|join| self.time_of(&join)).max()
    }

    /// Until when somebody is silenced, by the time of their own messages. Whoever owns the community is not: nobody could lift
    /// what they got before.
    #[must_use]
    pub fn silenced_until(&self, who: &AccountId) -> Option<Hlc> {
        self.unless_owner(who, &self.writings(Subject::Person(*who)))
    }

    /// Asked for each word that comes: whose community it is only matters of who has a silence.
    fn unless_owner(&self, who: &AccountId, about: &Writings<'_>) -> Option<Hlc> {
        let until = silenced_until(about)?;
        (self.moment.standing(who) != Standing::Owner).then_some(until)
    }

    /// For how long somebody is silenced, by the clock of whoever did it.
    #[must_use]
    pub fn silenced_for(&self, who: &AccountId) -> Option<Duration> {
        let timeouts = self.field(Subject::Person(*who), |body| match body {
            Body::Timeout { until, .. } => Some(*until),
            _ => None,
        });
        let (from, until) = timeouts
            .with_times()
            .strictest(|one, other| if one.1 < other.1 { other } else { one })?;
        Some(until.wall().since(from.wall()))
    }
}

fn scope(channel: &Writings<'_>) -> Scope {
    let scope = channel.field(|body| match body {
        Body::CreateChannel(made) => Some(made.scope),
        _ => channel_change(body, |change| match change {
            ChannelChange::Scope(scope) => Some(*scope),
            _ => None,
        }),
    });
    scope.strictest(Scope::min).unwrap_or(Scope::Private)
}

fn overwrite_of<'a>(channel: &Writings<'a>, role: OpId) -> Field<'a, Overwrite> {
    channel.field(|body| match body {
        Body::CreateChannel(made) => made
            .overwrites
            .iter()
            .rev()
            .find(|one| one.role == role)
            .copied(),
        _ => channel_change(body, |change| match change {
            ChannelChange::Overwrite(one) if one.role == role => Some(*one),
            _ => None,
        }),
    })
}

fn silenced_until(person: &Writings<'_>) -> Option<Hlc> {
    let until = person.field(|body| match body {
        Body::Timeout { until, .. } => Some(*until),
        _ => None,
    });
    until.strictest(Hlc::max)
}
