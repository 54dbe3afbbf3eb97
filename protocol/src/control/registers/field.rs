//! One field of something: who wrote it, which writings count, and what is left of them.

use std::collections::BTreeMap;

use super::Community;
use crate::control::body::{Body, ChannelChange, PolicyChange, RoleChange};
use crate::control::fact::OpId;
use crate::control::op::UnverifiedOp;
use crate::control::resolution::Fate;
use crate::identity::AccountId;
use crate::time::Hlc;

/// What a writing is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A channel or a role, by the op that made it.
    Thing(OpId),
    /// The community itself.
    Community,
    /// Somebody.
    Person(AccountId),
}

/// Where to find the writings about something.
#[derive(Clone, Debug, Default)]
pub(in crate::control) struct Registers {
    things: BTreeMap<OpId, Vec<OpId>>,
    community: Vec<OpId>,
    /// Of the few that anything was written about, apart: everybody is looked up here each time that a community is shown.
    people: BTreeMap<AccountId, Vec<OpId>>,
    pub(super) channels: Vec<OpId>,
    pub(super) roles: Vec<OpId>,
    pub(super) invites: Vec<OpId>,
}

impl Registers {
    /// Notes what an admitted op writes about.
    pub(in crate::control) fn note(&mut self, id: OpId, op: &UnverifiedOp) {
        let subject = match &op.body {
            Body::CreateChannel(_) => {
                self.channels.push(id);
                Subject::Thing(id)
            }
            Body::CreateRole { .. } => {
                self.roles.push(id);
                Subject::Thing(id)
            }
            Body::CreateInvite { .. } => {
                self.invites.push(id);
                return;
            }
            Body::UpdateChannel { channel: thing, .. }
            | Body::DeleteChannel { channel: thing }
            | Body::UpdateRole { role: thing, .. }
            | Body::DeleteRole { role: thing } => Subject::Thing(*thing),
            Body::Found(_) | Body::Policy { .. } => Subject::Community,
            Body::Nickname { .. } => Subject::Person(op.head.header.author),
            Body::Timeout { who, .. } => Subject::Person(*who),
            _ => return,
        };
        let writings = match subject {
            Subject::Thing(thing) => self.things.entry(thing).or_default(),
            Subject::Community => &mut self.community,
            Subject::Person(person) => self.people.entry(person).or_default(),
        };
        writings.push(id);
    }

    /// All writings about something, in the order in which they came here.
    fn about(&self, subject: &Subject) -> &[OpId] {
        let writings = match subject {
            Subject::Thing(thing) => self.things.get(thing),
            Subject::Community => Some(&self.community),
            Subject::Person(person) => self.people.get(person),
        };
        writings.map_or(&[], Vec::as_slice)
    }
}

/// Writings about something that count, whatever they write.
pub(super) struct Writings<'a> {
    community: &'a Community<'a>,
    all: Vec<(OpId, &'a Body)>,
}

impl<'a> Writings<'a> {
    /// Whether one of them deletes it.
    pub(super) fn say_gone(&self) -> bool {
        let mut all = self.all.iter();
        all.any(|(_, body)| matches!(body, Body::DeleteChannel { .. } | Body::DeleteRole { .. }))
    }

    /// What they wrote to one field.
    pub(super) fn field<V>(&self, read: impl Fn(&Body) -> Option<V>) -> Field<'a, V> {
        let all = self.all.iter();
        Field {
            community: self.community,
            writings: all
                .filter_map(|(id, body)| Some((*id, read(body)?)))
                .collect(),
        }
    }
}

/// Writings to one field that count, with what they wrote.
pub(super) struct Field<'a, V> {
    community: &'a Community<'a>,
    pub(super) writings: Vec<(OpId, V)>,
}

impl<'a, V> Field<'a, V> {
    /// Those after which nothing was written, the later last.
    pub(super) fn newest(self) -> Vec<V> {
        if self.writings.len() < 2 {
            let writings = self.writings.into_iter();
            return writings.map(|(_, value)| value).collect(); // as nearly always
        }
        let dag = self.community.control.log().dag();
        let ids: Vec<OpId> = self.writings.iter().map(|(id, _)| *id).collect();
        // As nearly always: whoever wrote last knew all others.
        if let Some((last, others)) = ids.split_last()
            && others
                .iter()
                .all(|other| dag.happened_before(other, last) == Some(true))
        {
            let last = self.writings.into_iter().next_back();
            return last.map(|(_, value)| value).into_iter().collect();
        }
        let replaced = |id: &OpId| {
            ids.iter()
                .any(|other| dag.happened_before(id, other) == Some(true))
        };
        let mut newest: Vec<(OpId, V)> = self
            .writings
            .into_iter()
            .filter(|(id, _)| !replaced(id))
            .collect();
        newest.sort_by_key(|(id, _)| (self.community.time_of(id), *id));
        newest.into_iter().map(|(_, value)| value).collect()
    }

    /// The same, each with the op that wrote it.
    pub(super) fn with_ids(self) -> Field<'a, (OpId, V)> {
        let writings = self.writings.into_iter();
        Field {
            community: self.community,
            writings: writings.map(|(id, value)| (id, (id, value))).collect(),
        }
    }

    /// The later one.
    pub(super) fn last(self) -> Option<V> {
        self.newest().pop()
    }

    /// What is left of all of them.
    pub(super) fn strictest(self, stricter: impl Fn(V, V) -> V) -> Option<V> {
        self.newest().into_iter().reduce(stricter)
    }
}

impl Community<'_> {
    pub(super) fn time_of(&self, id: &OpId) -> Hlc {
        self.control
            .op(id)
            .map_or(Hlc::ZERO, |op| op.head.header.hlc)
    }

    /// What ops that count wrote about something.
    pub(super) fn writings(&self, subject: Subject) -> Writings<'_> {
        let about = self.control.registers().about(&subject).iter();
        let counted = about.filter(|id| self.counts(id));
        let all = counted.filter_map(|id| Some((*id, &self.control.op(id)?.body)));
        Writings {
            community: self,
            all: all.collect(),
        }
    }

    /// What they wrote to one field of it.
    pub(super) fn field<V>(
        &self,
        subject: Subject,
        read: impl Fn(&Body) -> Option<V>,
    ) -> Field<'_, V> {
        self.writings(subject).field(read)
    }

    pub(super) fn counts(&self, id: &OpId) -> bool {
        self.moment.fate(id) == Some(Fate::Valid)
    }
}

pub(super) fn channel_change<V>(
    body: &Body,
    read: impl Fn(&ChannelChange) -> Option<V>,
) -> Option<V> {
    match body {
        Body::UpdateChannel { changes, .. } => changes.iter().rev().find_map(read),
        _ => None,
    }
}

pub(super) fn role_change<V>(body: &Body, read: impl Fn(&RoleChange) -> Option<V>) -> Option<V> {
    match body {
        Body::UpdateRole { changes, .. } => changes.iter().rev().find_map(read),
        _ => None,
    }
}

pub(super) fn policy_change<V>(
    body: &Body,
    read: impl Fn(&PolicyChange) -> Option<V>,
) -> Option<V> {
    match body {
        Body::Policy { changes } => changes.iter().rev().find_map(read),
        _ => None,
    }
}
