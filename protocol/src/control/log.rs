//! The control log of one community: ops come in, who may do what comes out.
//!
//! Devices that know the same ops say the same, in whatever order these came. Each op is judged twice: with what
//! authority it was *made*, by its own past, once for ever; and whether it *counts*, by all that is known, again
//! whenever something concurrent arrives.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

mod moment;

pub use moment::Moment;
use moment::State;

use super::claims::Claims;
use super::dag::{Admission, Dag, Op, Reach};
use super::fact::{Fact, OpId};
use super::permission::Authority;
use super::resolution::Resolution;
use super::rules::Rules;
use crate::limits::{
    CONTROL_MOMENTS_MAX, CONTROL_SNAPSHOT_EVERY, CONTROL_SNAPSHOTS_MAX,
    CONTROL_SNAPSHOTS_ON_THE_WAY_MAX,
};

/// A community's control log and what it comes to.
#[derive(Clone, Debug, Default)]
pub struct ControlLog {
    dag: Dag,
    claims: Claims,
    rules: Rules,
    now: Resolution,
    snapshots: Snapshots,
    recent: RefCell<Recent>,
    decisions: u64,
}

/// What was asked for last: entries of one hour name the same heads, and each asks several times. A state follows from its
/// heads alone, so it stays right whatever comes in.
type Recent = VecDeque<(Vec<OpId>, Arc<Resolution>)>;

/// What earlier sets of ops came to, so that an op that did not see all of them can be judged without starting over.
///
/// States on the way have a place of their own: in a log of many heads each op has some, and would put out those that the
/// next ops go on from.
#[derive(Clone, Debug, Default)]
struct Snapshots {
    /// Of an op and its past.
    with: Pool,
    /// On the way to the past of an op, behind another.
    until: Pool,
    clock: u64,
}

/// States by the op that came in last, each with when it was used.
type Pool = BTreeMap<Op, (u64, Arc<Resolution>)>;

impl Snapshots {
    /// The largest one within `past`.
    fn largest(&self, past: &Reach) -> Option<&Resolution> {
        let states = self.with.values().chain(self.until.values());
        let within = states.filter(|(_, state)| state.reach().within(past));
        let largest = within.max_by_key(|(_, state)| state.reach().ops());
        largest.map(|(_, state)| state.as_ref())
    }

    /// A copy of the largest one within `past`, which stays for longer.
    fn nearest(&mut self, past: &Reach) -> Resolution {
        self.clock = self.clock.saturating_add(1);
        let states = self.with.values_mut().chain(self.until.values_mut());
        let within = states.filter(|(_, state)| state.reach().within(past));
        let Some((used, state)) = within.max_by_key(|(_, state)| state.reach().ops()) else {
            return Resolution::default();
        };
        *used = self.clock;
        Resolution::clone(state)
    }

    fn keep_with(&mut self, op: Op, state: Resolution) {
        self.clock = self.clock.saturating_add(1);
        keep(
            &mut self.with,
            CONTROL_SNAPSHOTS_MAX,
            (op, self.clock),
            state,
        );
    }

    fn keep_until(&mut self, op: Op, state: Resolution) {
        self.clock = self.clock.saturating_add(1);
        let most = CONTROL_SNAPSHOTS_ON_THE_WAY_MAX;
        keep(&mut self.until, most, (op, self.clock), state);
    }
}

/// Keeps a state, and forgets the one that was not used for longest.
fn keep(pool: &mut Pool, most: usize, (op, clock): (Op, u64), state: Resolution) {
    pool.insert(op, (clock, Arc::new(state)));
    if pool.len() > most {
        let oldest = pool.iter().min_by_key(|(_, (used, _))| *used);
        if let Some(op) = oldest.map(|(op, _)| *op) {
            pool.remove(&op);
        }
    }
}

impl ControlLog {
    /// An empty log under these rules.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }

    /// The ops and what happened before what.
    #[must_use]
    pub fn dag(&self) -> &Dag {
        &self.dag
    }

    /// Offers an op whose signature and encoding are good.
    pub fn admit(&mut self, fact: &Fact) -> Admission {
        let admission = self.dag.admit(fact);
        if admission == Admission::New
            && let Some(op) = self.dag.op(&fact.id)
        {
            self.judge(op);
        }
        admission
    }

    fn judge(&mut self, op: Op) {
        let past = self.dag.past(op);
        // Its past is within what is known: of equal size, it is all of it.
        let saw_all = past.ops() == self.now.reach().ops();
        if saw_all {
            self.claims.enter(&self.dag, op, &self.now);
        } else {
            let mut state = self.state_of(&past);
            self.claims.enter(&self.dag, op, &state);
            let decided = state.take_in(&self.dag, &self.claims, self.rules, op);
            self.count(decided);
            self.snapshots.keep_with(op, state);
        }
        let decided = self.now.take_in(&self.dag, &self.claims, self.rules, op);
        self.count(decided);
        if saw_all && self.claims.len().is_multiple_of(CONTROL_SNAPSHOT_EVERY) {
            self.snapshots.keep_with(op, self.now.clone());
        }
    }

    /// What the past of an op comes to. Where that has to be worked out from far, states on the way are kept: whoever signs
    /// one op that pretends to be old may sign a thousand there, or one a little older each time (T39).
    fn state_of(&mut self, past: &Reach) -> Resolution {
        let mut state = self.snapshots.nearest(past);
        let lacking = self.dag.between(state.reach(), past);
        for (count, earlier) in lacking.iter().enumerate() {
            let decided = state.take_in(&self.dag, &self.claims, self.rules, *earlier);
            self.count(decided);
            if count % CONTROL_SNAPSHOT_EVERY == CONTROL_SNAPSHOT_EVERY / 2 {
                self.snapshots.keep_until(*earlier, state.clone());
            }
        }
        state
    }

    fn count(&mut self, decided: usize) {
        let decided = u64::try_from(decided).unwrap_or(u64::MAX);
        self.decisions = self.decisions.saturating_add(decided);
    }

    /// How often whether an op counts was decided, of all ops that were admitted: what they cost.
    #[must_use]
    pub fn decisions(&self) -> u64 {
        self.decisions
    }

    /// How many ops are decided when the last comes in behind all others: what an op costs.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn decided_with_the_last(&self) -> usize {
        let mut state = Resolution::default();
        let ops = self.dag.ops();
        ops.map(|op| state.take_in(&self.dag, &self.claims, self.rules, op))
            .last()
            .unwrap_or_default()
    }

    /// With what authority an op was made; `None` if it is not here.
    #[must_use]
    pub fn authority(&self, id: &OpId) -> Option<Authority> {
        Some(self.claims.authority(self.dag.op(id)?))
    }

    /// Every op, in an order in which each comes after all that it was made after.
    pub fn in_order(&self) -> impl Iterator<Item = OpId> {
        self.dag.ops().map(|op| self.dag.node(op).id)
    }

    /// Every op that is none of `known` and before none of them, in such an order: of all, or of those that are among `within`
    /// or before one of them. What is not here of either list has no part in it.
    #[must_use]
    pub fn beyond(&self, known: &[OpId], within: Option<&[OpId]>) -> Vec<OpId> {
        let past = |ids: &[OpId]| {
            let ops: Vec<Op> = ids.iter().filter_map(|id| self.dag.op(id)).collect();
            self.dag.closure(&ops)
        };
        let most = within.map(past);
        let most = most.as_ref().unwrap_or_else(|| self.now.reach());
        let ops = self.dag.between(&past(known), most).into_iter();
        ops.map(|op| self.dag.node(op).id).collect()
    }

    /// What all ops that are known come to.
    #[must_use]
    pub fn now(&self) -> Moment<'_> {
        Moment {
            log: self,
            state: State::Now(&self.now),
        }
    }

    /// What these ops and all before them come to: how things stood for somebody who knew just those. `None` if one of
    /// them is not here.
    #[must_use]
    pub fn at(&self, heads: &[OpId]) -> Option<Moment<'_>> {
        if self.dag.are_heads(heads) {
            return Some(self.now()); // as for nearly every word
        }
        if let Some(state) = self.recently(heads) {
            return Some(Moment {
                log: self,
                state: State::Then(state),
            });
        }
        let ops: Option<Vec<Op>> = heads.iter().map(|id| self.dag.op(id)).collect();
        let wanted = self.dag.closure(&ops?);
        // Within what is known: of equal size, it is all of it.
        if wanted.ops() == self.now.reach().ops() {
            return Some(self.now());
        }
        let mut state = self.largest_within(&wanted);
        for op in self.dag.between(state.reach(), &wanted) {
            state.take_in(&self.dag, &self.claims, self.rules, op);
        }
        let state = Arc::new(state);
        let mut recent = self.recent.borrow_mut();
        recent.truncate(CONTROL_MOMENTS_MAX.saturating_sub(1));
        recent.push_front((heads.to_vec(), Arc::clone(&state)));
        Some(Moment {
            log: self,
            state: State::Then(state),
        })
    }

    /// A copy of the largest state that is kept or remembered and within this set: the less is left to judge.
    fn largest_within(&self, wanted: &Reach) -> Resolution {
        let recent = self.recent.borrow();
        let recent = recent.iter().map(|(_, state)| state.as_ref());
        let recent = recent.filter(|state| state.reach().within(wanted));
        let kept = self.snapshots.largest(wanted);
        let largest = recent.chain(kept).max_by_key(|state| state.reach().ops());
        largest.cloned().unwrap_or_default()
    }

    fn recently(&self, heads: &[OpId]) -> Option<Arc<Resolution>> {
        let recent = self.recent.borrow();
        let found = recent.iter().find(|(asked, _)| asked == heads);
        found.map(|(_, state)| Arc::clone(state))
    }
}
