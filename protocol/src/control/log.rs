//! The control log of one community: ops come in, who may do what comes out.
//!
//! Devices that know the same ops say the same, in whatever order these came. Each op is judged twice: with what
//! authority it was *made*, by its own past, once for ever; and whether it *counts*, by all that is known, again
//! whenever something concurrent arrives.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Deref;
use std::sync::Arc;

use super::claims::Claims;
use super::dag::{Admission, Dag, Op, Reach};
use super::decision::{Decision, Why};
use super::fact::{Act, Fact, OpId};
use super::permission::{Authority, Bits};
use super::resolution::{Fate, Resolution, Whole};
use super::rules::Rules;
use super::view::{Standing, View};
use crate::identity::{AccountId, DeviceId};
use crate::limits::{CONTROL_MOMENTS_MAX, CONTROL_SNAPSHOT_EVERY, CONTROL_SNAPSHOTS_MAX};

/// A community's control log and what it comes to.
#[derive(Clone, Debug, Default)]
pub struct ControlLog {
    dag: Dag,
    claims: Claims,
    rules: Rules,
    now: Resolution,
    snapshots: Snapshots,
    recent: RefCell<Recent>,
}

/// What was asked for last: entries of one hour name the same heads, and each asks several times. A state follows from its
/// heads alone, so it stays right whatever comes in.
type Recent = VecDeque<(Vec<OpId>, Arc<Resolution>)>;

/// What earlier sets of ops came to, so that an op that did not see all of them can be judged without starting over.
#[derive(Clone, Debug, Default)]
struct Snapshots {
    at: BTreeMap<Op, (u64, Arc<Resolution>)>,
    clock: u64,
}

impl Snapshots {
    /// The largest one within `past`.
    fn largest(&self, past: &Reach) -> Option<(Op, &Resolution)> {
        let within = self
            .at
            .iter()
            .filter(|(_, (_, state))| state.reach().within(past));
        let largest = within.max_by_key(|(_, (_, state))| state.reach().ops());
        largest.map(|(op, (_, state))| (*op, state.as_ref()))
    }

    /// A copy of the largest one within `past`, which stays for longer.
    fn nearest(&mut self, past: &Reach) -> Resolution {
        let Some((op, _)) = self.largest(past) else {
            return Resolution::default();
        };
        self.clock = self.clock.saturating_add(1);
        let clock = self.clock;
        self.at
            .get_mut(&op)
            .map_or_else(Resolution::default, |(used, state)| {
                *used = clock;
                Resolution::clone(state)
            })
    }

    fn keep(&mut self, op: Op, state: Resolution) {
        self.clock = self.clock.saturating_add(1);
        self.at.insert(op, (self.clock, Arc::new(state)));
        if self.at.len() > CONTROL_SNAPSHOTS_MAX {
            let oldest = self.at.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(op) = oldest.map(|(op, _)| *op) {
                self.at.remove(&op);
            }
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
            let mut state = self.snapshots.nearest(&past);
            for earlier in self.dag.between(state.reach(), &past) {
                state.take_in(&self.dag, &self.claims, self.rules, earlier);
            }
            self.claims.enter(&self.dag, op, &state);
            state.take_in(&self.dag, &self.claims, self.rules, op);
            self.snapshots.keep(op, state);
        }
        self.now.take_in(&self.dag, &self.claims, self.rules, op);
        if saw_all && self.claims.len().is_multiple_of(CONTROL_SNAPSHOT_EVERY) {
            self.snapshots.keep(op, self.now.clone());
        }
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
        let kept = self.snapshots.largest(wanted).map(|(_, state)| state);
        let largest = recent.chain(kept).max_by_key(|state| state.reach().ops());
        largest.cloned().unwrap_or_default()
    }

    fn recently(&self, heads: &[OpId]) -> Option<Arc<Resolution>> {
        let recent = self.recent.borrow();
        let found = recent.iter().find(|(asked, _)| asked == heads);
        found.map(|(_, state)| Arc::clone(state))
    }
}

/// How things stand, or stood.
#[derive(Clone, Debug)]
enum State<'a> {
    Now(&'a Resolution),
    Then(Arc<Resolution>),
}

impl Deref for State<'_> {
    type Target = Resolution;

    fn deref(&self) -> &Resolution {
        match self {
            Self::Now(state) => state,
            Self::Then(state) => state,
        }
    }
}

/// A causally closed set of ops and who may do what by it.
#[derive(Clone, Debug)]
pub struct Moment<'a> {
    log: &'a ControlLog,
    state: State<'a>,
}

impl Moment<'_> {
    fn view(&self) -> View<'_, Whole<'_>> {
        View {
            dag: &self.log.dag,
            claims: &self.log.claims,
            scope: self.state.whole(),
        }
    }

    /// What became of an op; `None` if it is not here.
    #[must_use]
    pub fn fate(&self, id: &OpId) -> Option<Fate> {
        Some(self.state.fate(self.log.dag.op(id)?))
    }

    /// Why an op does not count in full; `None` if it does, or is not here.
    #[must_use]
    pub fn why(&self, id: &OpId) -> Option<Why> {
        let op = self.log.dag.op(id)?;
        if self.state.fate(op) == Fate::Valid {
            return None;
        }
        let decision = Decision {
            state: &self.state,
            dag: &self.log.dag,
            claims: &self.log.claims,
            rules: self.log.rules,
            op,
        };
        let why = decision.judge().err()?;
        Some(why.named(|op| self.log.dag.node(op).id))
    }

    /// Whose community it is; `None` before it is founded.
    #[must_use]
    pub fn owner(&self) -> Option<AccountId> {
        let (owner, _) = self.view().owner()?;
        self.log.dag.person(owner).id
    }

    /// How somebody stands to the community.
    #[must_use]
    pub fn standing(&self, account: &AccountId) -> Standing {
        let person = self.log.dag.person_named(account);
        person.map_or(Standing::Outside, |person| self.view().standing(person))
    }

    /// Everybody who was ever named, and how they stand.
    #[must_use]
    pub fn people(&self) -> BTreeMap<AccountId, Standing> {
        let view = self.view();
        self.log
            .dag
            .people()
            .filter_map(|person| Some((self.log.dag.person(person).id?, view.standing(person))))
            .collect()
    }

    /// Devices of somebody that may speak for them here, by id.
    #[must_use]
    pub fn devices(&self, account: &AccountId) -> BTreeSet<DeviceId> {
        let Some(person) = self.log.dag.person_named(account) else {
            return BTreeSet::new();
        };
        let devices = self.view();
        devices
            .devices(person)
            .filter_map(|device| self.log.dag.device(device).id)
            .collect()
    }

    /// Roles that somebody holds, by id.
    #[must_use]
    pub fn roles(&self, account: &AccountId) -> Vec<OpId> {
        let Some(person) = self.log.dag.person_named(account) else {
            return Vec::new();
        };
        let view = self.view();
        let assigned = view.roles(person).map(|role| self.log.dag.node(role).id);
        let mut roles: Vec<OpId> = assigned
            .chain(
                view.invited_roles(person)
                    .iter()
                    .map(|role| self.log.dag.node(*role).id),
            )
            .collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// With what authority somebody could do what needs all of these power bits.
    #[must_use]
    pub fn power(&self, account: &AccountId, needed: Bits) -> Authority {
        let person = self.log.dag.person_named(account);
        person.map_or(Authority::Void, |person| self.view().power(person, needed))
    }

    /// What somebody may do in the community as a member, beside what channels say.
    #[must_use]
    pub fn uses(&self, account: &AccountId) -> Bits {
        let view = self.view();
        self.log
            .dag
            .person_named(account)
            .filter(|person| view.is_member(*person))
            .map_or(Bits::NONE, |person| view.uses(person))
    }

    /// How high somebody stands when others want to touch them.
    #[must_use]
    pub fn rank(&self, account: &AccountId) -> Authority {
        let person = self.log.dag.person_named(account);
        person.map_or(Authority::Use, |person| self.view().rank(person))
    }

    /// What everyone may do.
    #[must_use]
    pub fn everyone(&self) -> Bits {
        self.view().everyone_uses()
    }

    /// Whether an invite was ended: revoked, or with its maker's removal.
    #[must_use]
    pub fn invite_ended(&self, invite: &OpId) -> bool {
        let op = self.log.dag.op(invite);
        op.is_some_and(|op| self.view().is_ended(op))
    }

    /// What let somebody in, by id: joins that count, or did until their admission was undone.
    #[must_use]
    pub fn joins_of(&self, account: &AccountId) -> Vec<OpId> {
        let dag = &self.log.dag;
        let person = dag.person_named(account);
        let joins = person.map(|person| dag.person(person).joins.iter());
        let counts = |op: &&Op| self.state.fate(**op) != Fate::Void;
        let joins = joins.into_iter().flatten().filter(counts);
        joins.map(|op| dag.node(*op).id).collect()
    }

    /// What removed somebody, by id: kicks, bans and leavings of theirs that count; and for whom power alone kept in, that it
    /// was taken.
    #[must_use]
    pub fn removals_of(&self, account: &AccountId) -> Vec<OpId> {
        let dag = &self.log.dag;
        let Some(person) = dag.person_named(account) else {
            return Vec::new();
        };
        let counts = |op: &&Op| self.state.fate(**op) == Fate::Valid;
        let deed = |op: Op| &dag.node(op).deed;
        let record = dag.person(person);
        let (mut removals, unassigned): (Vec<Op>, Vec<Op>) =
            record.removals.iter().filter(counts).partition(|op| {
                matches!(deed(**op), Act::Kick { .. } | Act::Ban { .. } | Act::Leave)
            });
        let is_power = |op: &&Op| match deed(**op) {
            Act::Assign { role, .. } => {
                matches!(deed(*role), Act::CreateRole { bits, .. } if !bits.power().is_empty())
            }
            _ => false,
        };
        let grants = record.grants.iter().filter(counts).filter(is_power);
        let grants: Vec<Op> = grants.copied().collect();
        // What it lets them see is what they saw as members: since power was given, and before anything else removed them.
        let kept_in = |op: &Op, grant: &Op| {
            let between = |end: &Op| dag.precedes(*grant, *end) && dag.precedes(*end, *op);
            dag.precedes(*grant, *op) && !removals.iter().any(between)
        };
        let last: Vec<Op> = unassigned
            .into_iter()
            .filter(|op| grants.iter().any(|grant| kept_in(op, grant)))
            .collect();
        removals.extend(last);
        removals.into_iter().map(|op| dag.node(op).id).collect()
    }

    /// Removals of people and devices that hold, by id.
    #[must_use]
    pub fn effective_removals(&self) -> Vec<OpId> {
        let mut removals = self.ids(&self.view().effective_removals());
        removals.sort();
        removals
    }

    /// What a new key epoch after these epochs has to cover, by id.
    #[must_use]
    pub fn to_cover(&self, parents: &[OpId]) -> Vec<OpId> {
        let parents: Vec<Op> = parents
            .iter()
            .filter_map(|id| self.log.dag.op(id))
            .collect();
        let uncovered: Vec<Op> = self
            .view()
            .effective_removals()
            .into_iter()
            .filter(|removal| {
                !parents
                    .iter()
                    .any(|parent| self.log.claims.covers(&self.log.dag, *parent, *removal))
            })
            .collect();
        let mut ids = self.ids(&uncovered);
        ids.sort();
        ids
    }

    /// The epoch under whose secret to send: of those that count and cover every removal that holds, the one with
    /// the greatest number, then with the smallest id (A6). `None`: a new one is needed.
    #[must_use]
    pub fn epoch(&self) -> Option<OpId> {
        let removals = self.view().effective_removals();
        let eligible = self.log.dag.epochs().iter().copied().filter(|epoch| {
            self.state.fate(*epoch) == Fate::Valid
                && removals
                    .iter()
                    .all(|removal| self.log.claims.covers(&self.log.dag, *epoch, *removal))
        });
        let best = eligible.min_by_key(|epoch| {
            let node = self.log.dag.node(*epoch);
            let n = match node.deed {
                Act::Rekey { n, .. } => n,
                _ => 0,
            };
            (std::cmp::Reverse(n), node.id)
        });
        best.map(|epoch| self.log.dag.node(epoch).id)
    }

    fn ids(&self, ops: &[Op]) -> Vec<OpId> {
        ops.iter().map(|op| self.log.dag.node(*op).id).collect()
    }
}
