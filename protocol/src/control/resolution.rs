//! Which ops of a causally closed set count: the resolver (groups-and-security.md §2.3.4, normative).
//!
//! Ops are decided in the order of their claimed authority, then of their depth, then of their ids. Whether an op
//! counts depends only on ops before it in that order:
//!
//! - **R1, strong removal:** nothing by somebody counts that is concurrent with a removal of them that counts.
//! - **R2, protection:** a removal does not count that is concurrent with a promotion of its target, to its own authority
//!   or above, by an authority above it.
//! - **R3, cascade:** the author must still have the claimed authority when ops of the past that do not count are left out.
//!
//! An op that arrives is never in the past of one that is here. It is decided, and then whatever may depend on what
//! changed, in the same order; nothing else is looked at. So an op costs what it touches, not the history.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::claims::Claims;
use super::dag::{Dag, Deed, Device, Op, Person, Reach};
use super::decision::Decision;
use super::fact::{Act, OpId};
use super::permission::Authority;
use super::rules::Rules;
use super::view::Scope;

/// What became of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It counts for nothing.
    Void,
    /// A join whose admission was undone: its person is suspended until confirmed.
    Weak,
    /// It counts.
    Valid,
}

/// Ops as bits, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Set(Vec<u64>);

impl Set {
    fn has(&self, op: Op) -> bool {
        let word = self.0.get(op.at() / 64).copied().unwrap_or(0);
        word & (1 << (op.at() % 64)) != 0
    }

    fn put(&mut self, op: Op, inside: bool) {
        let word = op.at() / 64;
        if self.0.len() <= word {
            if !inside {
                return;
            }
            self.0.resize(word.saturating_add(1), 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            let bit = 1 << (op.at() % 64);
            *word = if inside { *word | bit } else { *word & !bit };
        }
    }
}

/// Place of an op in the order of decisions: greater authority first, then what happened first.
pub(super) type Turn = (Reverse<Authority>, u32, OpId);

/// A causally closed set of ops, each decided.
#[derive(Clone, Debug, Default)]
pub(super) struct Resolution {
    reach: Reach,
    valid: Set,
    weak: Set,
    silenced: BTreeMap<Device, u64>,
    people_changes: u64,
    found: Found,
}

/// What follows from a resolution and is asked of it for every word: looked for once, until the next op comes in.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The epoch to send in.
    pub(super) epoch: OnceLock<Option<Op>>,
    /// How many devices members have together.
    pub(super) devices: OnceLock<usize>,
}

/// The ops of a resolution that count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<'a> {
    state: &'a Resolution,
}

/// Those of them that are before an op, and decided before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before<'a> {
    pub(super) state: &'a Resolution,
    pub(super) dag: &'a Dag,
    pub(super) claims: &'a Claims,
    pub(super) op: Op,
}

impl Scope for Whole<'_> {
    fn has(&self, op: Op) -> bool {
        self.state.valid.has(op)
    }

    fn may_have(&self, op: Op) -> bool {
        self.has(op)
    }

    fn has_weak(&self, op: Op) -> bool {
        self.state.weak.has(op)
    }

    fn silenced_from(&self, device: Device) -> Option<u64> {
        self.state.silenced.get(&device).copied()
    }
}

impl Before<'_> {
    /// A past op has less depth, so with the same authority it is decided first.
    fn is_before(&self, op: Op) -> bool {
        self.claims.authority(op) >= self.claims.authority(self.op)
            && self.dag.precedes(op, self.op)
    }
}

impl Scope for Before<'_> {
    fn has(&self, op: Op) -> bool {
        self.state.valid.has(op) && self.is_before(op)
    }

    fn may_have(&self, op: Op) -> bool {
        // It counted by what the author of this op knew, or this op had no authority itself.
        self.has(op) || self.claims.authority(op) < self.claims.authority(self.op)
    }

    fn has_weak(&self, op: Op) -> bool {
        self.state.weak.has(op) && self.is_before(op)
    }

    fn silenced_from(&self, device: Device) -> Option<u64> {
        self.state.silenced.get(&device).copied()
    }
}

impl Resolution {
    pub(super) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// How often it changed how anybody stands, their roles, devices or names, or may have.
    pub(super) fn people_changes(&self) -> u64 {
        self.people_changes
    }

    /// What was found out about it since the last op.
    pub(super) fn found(&self) -> &Found {
        &self.found
    }

    /// What counts, as a scope for views.
    pub(super) fn whole(&self) -> Whole<'_> {
        Whole { state: self }
    }

    pub(super) fn fate(&self, op: Op) -> Fate {
        if self.valid.has(op) {
            Fate::Valid
        } else if self.weak.has(op) {
            Fate::Weak
        } else {
            Fate::Void
        }
    }

    /// Takes in an op whose past is in, and decides again what may depend on it. Answers how many were decided.
    pub(super) fn take_in(&mut self, dag: &Dag, claims: &Claims, rules: Rules, op: Op) -> usize {
        self.reach.add(dag.node(op));
        self.found = Found::default();
        let mut queue = Queue {
            waiting: BTreeSet::new(),
            newest: op,
            dag,
            claims,
        };
        queue.push(op);
        self.silence(&mut queue, op);
        if let Act::Transfer { .. } = dag.node(op).deed {
            // Two offers of one owner that do not know each other end each other, whichever came first here.
            let offers = dag.person(dag.node(op).author).offers.iter();
            for other in offers.filter(|other| self.knows(dag, **other)) {
                queue.push(*other);
            }
        }
        let mut decided: usize = 0;
        while let Some(next) = queue.pop() {
            decided = decided.saturating_add(1);
            let fate = Decision {
                state: self,
                dag,
                claims,
                rules,
                op: next,
            }
            .fate();
            if fate != self.fate(next) {
                let concerns = concerns_people(&dag.node(next).deed);
                self.people_changes = self.people_changes.saturating_add(u64::from(concerns));
                self.valid.put(next, fate == Fate::Valid);
                self.weak.put(next, fate == Fate::Weak);
                self.push_dependents(&mut queue, next);
            }
        }
        decided
    }

    /// Whether an op counts in full.
    pub(super) fn counts(&self, op: Op) -> bool {
        self.valid.has(op)
    }

    /// Whether a device is not heard from this op on.
    pub(super) fn is_silenced(&self, device: Device, seq: u64) -> bool {
        self.silenced.get(&device).is_some_and(|from| seq >= *from)
    }

    /// Whether an op is in the set.
    pub(super) fn knows(&self, dag: &Dag, op: Op) -> bool {
        self.reach.has(dag.node(op))
    }

    /// Notes that a device contradicted itself, if this op shows it: nothing of it from there on is heard.
    fn silence(&mut self, queue: &mut Queue<'_>, op: Op) {
        let dag = queue.dag;
        let node = dag.node(op);
        let shown = match node.deed {
            Act::Fork { device, seq } => Some((device, seq)),
            _ => None,
        };
        let twin = dag
            .twins(op)
            .iter()
            .any(|twin| *twin != op && self.knows(dag, *twin));
        let own = twin.then_some((node.device, node.seq));
        for (device, seq) in shown.into_iter().chain(own) {
            let before = self.silenced.get(&device).copied();
            if before.is_some_and(|before| before <= seq) {
                continue; // one contradiction more, or a thousand, changes nothing
            }
            self.people_changes = self.people_changes.saturating_add(1);
            self.silenced.insert(device, seq);
            for other in &dag.device(device).ops {
                let other_seq = dag.node(*other).seq;
                let newly = other_seq >= seq && before.is_none_or(|before| other_seq < before);
                if newly && self.reach.has(dag.node(*other)) {
                    queue.push(*other);
                }
            }
        }
    }

    /// Queues what may depend on `op`, whose fate changed.
    fn push_dependents(&self, queue: &mut Queue<'_>, op: Op) {
        let dag = queue.dag;
        let node = dag.node(op);
        match &node.deed {
            Act::Kick { who, .. } | Act::Ban { who, .. } | Act::Unban { who } => {
                self.push_person(queue, op, *who);
                self.push_invited(queue, op, *who);
            }
            Act::Assign { who, .. } | Act::Unassign { who, .. } => {
                self.push_person(queue, op, *who);
            }
            Act::Leave => self.push_person(queue, op, node.author),
            Act::Join { who, invite } => {
                self.push_person(queue, op, *who);
                if let Some(invite) = invite {
                    self.push_all(queue, op, dag.naming(*invite));
                }
            }
            Act::Confirm { who } => {
                for who in who {
                    self.push_person(queue, op, *who);
                }
            }
            Act::CreateInvite { .. } => self.push_all(queue, op, dag.naming(op)),
            Act::RevokeInvite { invite } => self.push_all(queue, op, dag.naming(*invite)),
            Act::RevokeDevice { device } => self.push_all(queue, op, &dag.device(*device).ops),
            Act::Transfer { to } => {
                self.push_person(queue, op, *to);
                self.push_person(queue, op, node.author);
                self.push_all(queue, op, dag.naming(op));
            }
            Act::Accept { transfer } => {
                self.push_person(queue, op, node.author);
                self.push_person(queue, op, dag.node(*transfer).author);
            }
            // They allow and forbid what comes after them, which an op that came just now has nothing of. Whoever loses a
            // role with its deletion loses it beside as well (R1).
            Act::CreateRole { .. } | Act::UpdateRole { .. } | Act::Policy { .. }
                if queue.newest == op => {}
            // What a role or the rules allow may matter to anybody. Such ops are few.
            Act::CreateRole { .. }
            | Act::UpdateRole { .. }
            | Act::DeleteRole { .. }
            | Act::Policy { .. } => {
                let all: Vec<Op> = dag.between(&Reach::default(), &self.reach);
                self.push_all(queue, op, &all);
            }
            Act::Found { .. }
            | Act::Timeout { .. }
            | Act::Channel
            | Act::AddDevice
            | Act::Rekey { .. }
            | Act::Fork { .. }
            | Act::Note => {}
        }
    }

    /// Ops by somebody, and about them, to whom `op` about that person may matter.
    ///
    /// By them: what comes after it (R3), and what is beside it (R1) unless it is already as `op` would have it. About
    /// them: what comes after it (R3), and removals beside a promotion (R2). Nothing from before.
    fn push_person(&self, queue: &mut Queue<'_>, op: Op, person: Person) {
        let dag = queue.dag;
        let record = dag.person(person);
        let deed = &dag.node(op).deed;
        let counts = self.valid.has(op);
        // Beside it, a removal that counts now can only undo, and one that does not any more only restore.
        let moves = |other: Op| counts == self.valid.has(other);
        let removes = matches!(
            deed,
            Act::Kick { .. }
                | Act::Ban { .. }
                | Act::Unassign { .. }
                | Act::Leave
                | Act::Accept { .. }
        );
        let promotes = matches!(deed, Act::Assign { .. } | Act::Accept { .. });
        // Nothing here comes after an op that came just now.
        let has_future = queue.newest != op;
        if has_future || removes {
            for other in &record.authored {
                let beside = || removes && moves(*other) && !dag.precedes(*other, op);
                if beside() || dag.precedes(op, *other) {
                    self.push_one(queue, op, *other);
                }
            }
        }
        if has_future || promotes {
            for other in &record.removals {
                let beside = || promotes && moves(*other) && !dag.precedes(*other, op);
                if beside() || dag.precedes(op, *other) {
                    self.push_one(queue, op, *other);
                }
            }
        }
        if !has_future {
            return;
        }
        let about = [
            &record.grants,
            &record.unbans,
            &record.joins,
            &record.others,
        ];
        for other in about.into_iter().flatten() {
            if dag.precedes(op, *other) {
                self.push_one(queue, op, *other);
            }
        }
    }

    /// Joins by invites of somebody.
    fn push_invited(&self, queue: &mut Queue<'_>, op: Op, person: Person) {
        let dag = queue.dag;
        for made in &dag.person(person).invites {
            self.push_all(queue, op, dag.naming(*made));
        }
    }

    fn push_all(&self, queue: &mut Queue<'_>, op: Op, ops: &[Op]) {
        for other in ops {
            self.push_one(queue, op, *other);
        }
    }

    /// Queues an op, if it is in and decided after `op`.
    fn push_one(&self, queue: &mut Queue<'_>, op: Op, other: Op) {
        if self.reach.has(queue.dag.node(other)) && queue.turn(other) > queue.turn(op) {
            queue.push(other);
        }
    }
}

/// Whether it may matter to anybody's standing, roles, devices or name whether such an op counts.
fn concerns_people(deed: &Deed) -> bool {
    !matches!(
        deed,
        Act::Channel
            | Act::Rekey { .. }
            | Act::Policy { .. }
            | Act::UpdateRole { .. }
            | Act::CreateInvite { .. }
            | Act::RevokeInvite { .. }
    )
}

/// Ops to decide, in the order of decisions.
struct Queue<'a> {
    waiting: BTreeSet<(Turn, Op)>,
    /// The op that was taken in.
    newest: Op,
    dag: &'a Dag,
    claims: &'a Claims,
}

impl Queue<'_> {
    fn turn(&self, op: Op) -> Turn {
        let node = self.dag.node(op);
        (Reverse(self.claims.authority(op)), node.depth, node.id)
    }

    fn push(&mut self, op: Op) {
        if self.claims.authority(op) > Authority::Void {
            self.waiting.insert((self.turn(op), op));
        }
    }

    fn pop(&mut self) -> Option<Op> {
        self.waiting.pop_first().map(|(_, op)| op)
    }
}
