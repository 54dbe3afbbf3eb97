//! One field of something: who wrote it, which writings count, and what is left of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Community;
use crate::control::body::{Body, ChannelChange, PolicyChange, RoleChange};
use crate::control::dag::{Dag, Op};
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

/// An op that writes about something, by its number, its name, and itself: all of them are looked at each time that a community
/// is shown.
#[derive(Clone, Debug)]
pub(super) struct Writing {
    at: Op,
    id: OpId,
    op: Arc<UnverifiedOp>,
}

impl Writing {
    /// Who wrote it.
    pub(super) fn author(&self) -> AccountId {
        self.op.head.header.author
    }

    /// When, by their clock.
    fn time(&self) -> Hlc {
        self.op.head.header.hlc
    }
}

/// Where to find the writings about something.
#[derive(Clone, Debug, Default)]
pub(in crate::control) struct Registers {
    things: BTreeMap<OpId, Vec<Writing>>,
    community: Vec<Writing>,
    people: BTreeMap<AccountId, Vec<Writing>>,
    pub(super) channels: Vec<OpId>,
    pub(super) roles: Vec<OpId>,
    pub(super) invites: Vec<OpId>,
}

impl Registers {
    /// Notes what an admitted op writes about.
    pub(in crate::control) fn note(&mut self, at: Op, id: OpId, op: &Arc<UnverifiedOp>) {
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
        writings.push(Writing {
            at,
            id,
            op: Arc::clone(op),
        });
    }

    /// All writings about something, in the order in which they came here.
    fn about(&self, subject: &Subject) -> &[Writing] {
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
    dag: &'a Dag,
    all: Vec<&'a Writing>,
}

impl<'a> Writings<'a> {
    /// Whether one of them deletes it.
    pub(super) fn say_gone(&self) -> bool {
        let deletes =
            |body: &Body| matches!(body, Body::DeleteChannel { .. } | Body::DeleteRole { .. });
        self.all.iter().any(|writing| deletes(&writing.op.body))
    }

    /// What they wrote to one field.
    pub(super) fn field<V>(&self, read: impl Fn(&'a Body) -> Option<V>) -> Field<'a, V> {
        let all = self.all.iter().copied();
        let writings = all.filter_map(|writing| Some((writing, read(&writing.op.body)?)));
        Field {
            dag: self.dag,
            writings: writings.collect(),
        }
    }
}

/// Writings to one field that count, with what they wrote.
pub(super) struct Field<'a, V> {
    dag: &'a Dag,
    pub(super) writings: Vec<(&'a Writing, V)>,
}

impl<'a, V> Field<'a, V> {
    /// Those after which nothing was written, the later last.
    pub(super) fn newest(mut self) -> Vec<V> {
        let replaced = |one: &Writing, other: &Writing| self.dag.precedes(one.at, other.at);
        let last_knew_all = self
            .writings
            .split_last()
            .is_none_or(|((last, _), others)| {
                others.iter().all(|(other, _)| replaced(other, last))
            });
        if last_knew_all {
            let last = self.writings.pop(); // as nearly always
            return last.map(|(_, value)| value).into_iter().collect();
        }
        let all: Vec<&Writing> = self.writings.iter().map(|(writing, _)| *writing).collect();
        let mut newest: Vec<(&Writing, V)> = self
            .writings
            .into_iter()
            .filter(|(one, _)| !all.iter().any(|other| replaced(one, other)))
            .collect();
        newest.sort_by_key(|(writing, _)| (writing.time(), writing.id));
        newest.into_iter().map(|(_, value)| value).collect()
    }

    /// The same, each with when it was written.
    pub(super) fn with_times(self) -> Field<'a, (Hlc, V)> {
        let writings = self.writings.into_iter();
        let timed = writings.map(|(writing, value)| (writing, (writing.time(), value)));
        Field {
            dag: self.dag,
            writings: timed.collect(),
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
        Writings {
            dag: self.control.log().dag(),
            all: about
                .filter(|writing| self.moment.has(writing.at))
                .collect(),
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

pub(super) fn policy_change<'a, V>(
    body: &'a Body,
    read: impl Fn(&'a PolicyChange) -> Option<V>,
) -> Option<V> {
    match body {
        Body::Policy { changes } => changes.iter().rev().find_map(read),
        _ => None,
    }
}
