//! The resolver as the specification writes it: sets, no numbers, nothing remembered but whole answers. Slow.
//!
//! [`super::ControlLog`] is held against this by random histories (`tests/control_resolver.rs`). It shares with it only
//! the types of facts and permissions, so that a slip of one of them shows.

#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "for tests: names of ops that are here by construction; a panic is how a test fails"
)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

mod counted;
mod owners;

use counted::Counted;

use super::fact::{Act, Fact, OpId};
use super::permission::{Authority, Bits, Position};
use super::view::Standing;
use crate::identity::{AccountId, DeviceId};

type Ids = BTreeSet<OpId>;

/// A causally closed set of ops that was decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Ops that count.
    pub valid: Ids,
    /// Joins whose admission was undone.
    pub weak: Ids,
    /// Devices that contradicted themselves, and from which op on.
    pub silenced: BTreeMap<DeviceId, u64>,
}

/// All ops, and answers found so far.
#[derive(Debug, Default)]
pub struct Reference {
    ops: BTreeMap<OpId, Fact>,
    past: BTreeMap<OpId, Ids>,
    depth: BTreeMap<OpId, usize>,
    claimed: BTreeMap<OpId, Authority>,
    /// For each claimed op, what its own past came to.
    own: BTreeMap<OpId, Rc<Verdict>>,
    resolved: BTreeMap<Ids, Rc<Verdict>>,
}

impl Reference {
    /// Takes in an op whose past is here.
    pub fn add(&mut self, fact: Fact) {
        let mut past = Ids::new();
        let mut depth = 0;
        for dep in &fact.deps {
            past.insert(*dep);
            past.extend(&self.past[dep]);
            depth = depth.max(self.depth[dep] + 1);
        }
        self.depth.insert(fact.id, depth);
        self.past.insert(fact.id, past);
        self.ops.insert(fact.id, fact);
    }

    /// Every op that is here.
    #[must_use]
    pub fn all(&self) -> Ids {
        self.ops.keys().copied().collect()
    }

    /// An op and everything before it.
    #[must_use]
    pub fn closure(&self, id: &OpId) -> Ids {
        let mut closure = self.past[id].clone();
        closure.insert(*id);
        closure
    }

    /// Everything before an op.
    #[must_use]
    pub fn past(&self, id: &OpId) -> Ids {
        self.past[id].clone()
    }

    /// Whether an op is among these or before one of them.
    #[must_use]
    pub fn closure_has(&self, deps: &[OpId], id: &OpId) -> bool {
        deps.iter()
            .any(|dep| dep == id || self.past[dep].contains(id))
    }

    /// The previous op of the same device on the same line.
    #[must_use]
    pub fn previous_own(&self, id: &OpId) -> Option<OpId> {
        let fact = &self.ops[id];
        (fact.seq > 0).then(|| fact.deps[0])
    }

    /// Ops of a causally closed set that are before no other of it, by id.
    #[must_use]
    pub fn heads(&self, set: &Ids) -> Vec<OpId> {
        let inner: Ids = set
            .iter()
            .flat_map(|id| self.past[id].iter().copied())
            .collect();
        set.difference(&inner).copied().collect()
    }

    /// Takes out the op that came last, as if it had never been.
    pub fn forget(&mut self, id: &OpId) {
        self.ops.remove(id);
        self.past.remove(id);
        self.depth.remove(id);
        self.claimed.remove(id);
        self.own.remove(id);
        self.resolved.retain(|set, _| !set.contains(id));
    }

    /// An op.
    #[must_use]
    pub fn fact(&self, id: &OpId) -> &Fact {
        &self.ops[id]
    }

    /// Whether one op happened before another.
    #[must_use]
    pub fn before(&self, earlier: &OpId, later: &OpId) -> bool {
        self.past[later].contains(earlier)
    }

    /// Whether neither of two ops happened before the other.
    #[must_use]
    pub fn beside(&self, one: &OpId, other: &OpId) -> bool {
        one != other && !self.before(one, other) && !self.before(other, one)
    }

    /// With what authority an op was made.
    pub fn claim(&mut self, id: &OpId) -> Authority {
        if let Some(claimed) = self.claimed.get(id) {
            return *claimed;
        }
        let past = self.past[id].clone();
        let verdict = self.resolve(&past);
        let mut claimed = Counted::of(self, &verdict).authority(id);
        self.own.insert(*id, Rc::clone(&verdict));
        if let Act::Rekey {
            parents, covers, ..
        } = self.ops[id].act.clone()
        {
            let effective = Counted::of(self, &verdict).removals();
            let wanted: Ids = effective
                .into_iter()
                .filter(|removal| !parents.iter().any(|epoch| self.covers(epoch, removal)))
                .collect();
            if wanted != covers.iter().copied().collect() || wanted.len() != covers.len() {
                claimed = Authority::Void;
            }
        }
        self.claimed.insert(*id, claimed);
        claimed
    }

    /// What the past of an op came to when it was made, as its author knew it.
    #[must_use]
    pub fn own_past(&self, id: &OpId) -> &Verdict {
        &self.own[id]
    }

    /// Whether the secret of an epoch was kept from whom this removal removes.
    #[must_use]
    pub fn covers(&self, epoch: &OpId, removal: &OpId) -> bool {
        self.own[epoch].valid.contains(removal)
    }

    /// Decides a causally closed set.
    pub fn resolve(&mut self, set: &Ids) -> Rc<Verdict> {
        if let Some(verdict) = self.resolved.get(set) {
            return Rc::clone(verdict);
        }
        let mut by_depth: Vec<OpId> = set.iter().copied().collect();
        by_depth.sort_by_key(|id| (self.depth[id], *id));
        for id in &by_depth {
            self.claim(id);
        }
        let mut verdict = Verdict {
            silenced: self.contradictions(set),
            ..Verdict::default()
        };
        let mut turns = by_depth;
        turns.retain(|id| self.claimed[id] > Authority::Void);
        turns.sort_by_key(|id| (Reverse(self.claimed[id]), self.depth[id], *id));
        for id in turns {
            let counts = self.decide(set, &verdict, &id);
            if counts {
                verdict.valid.insert(id);
            } else if matches!(self.ops[&id].act, Act::Join { .. }) {
                verdict.weak.insert(id);
            }
        }
        let verdict = Rc::new(verdict);
        self.resolved.insert(set.clone(), Rc::clone(&verdict));
        verdict
    }

    /// Devices with two ops of one number in the set, or shown to have.
    fn contradictions(&self, set: &Ids) -> BTreeMap<DeviceId, u64> {
        let mut seen = BTreeSet::new();
        let mut silenced: BTreeMap<DeviceId, u64> = BTreeMap::new();
        let mut shown = Vec::new();
        for id in set {
            let fact = &self.ops[id];
            if !seen.insert((fact.device, fact.seq)) {
                shown.push((fact.device, fact.seq));
            }
            if let Act::Fork { device, seq } = fact.act {
                shown.push((device, seq));
            }
        }
        for (device, seq) in shown {
            let from = silenced.entry(device).or_insert(seq);
            *from = (*from).min(seq);
        }
        silenced
    }

    fn restricts(&self, id: &OpId) -> Option<AccountId> {
        match &self.ops[id].act {
            Act::Kick { who, .. } | Act::Ban { who, .. } => Some(*who),
            Act::Unassign { who, role } if self.power(role).is_some() => Some(*who),
            Act::Leave => Some(self.ops[id].author),
            Act::Accept { transfer } => Some(self.ops[transfer].author),
            _ => None,
        }
    }

    fn power(&self, role: &OpId) -> Option<(Position, Bits)> {
        match self.ops[role].act {
            Act::CreateRole { position, bits } if !bits.power().is_empty() => {
                Some((position, bits.power()))
            }
            _ => None,
        }
    }

    /// R1, R2, R3 and what is exclusive.
    fn decide(&self, set: &Ids, so_far: &Verdict, id: &OpId) -> bool {
        let fact = &self.ops[id];
        let k = self.claimed[id];
        if k == Authority::Proof {
            return true;
        }
        if so_far
            .silenced
            .get(&fact.device)
            .is_some_and(|from| fact.seq >= *from)
        {
            return false;
        }
        let mut beside = so_far.valid.iter().filter(|other| self.beside(other, id));
        if beside
            .any(|other| self.is_removed_by(other, id) || self.is_outranked_by(so_far, other, id))
            || self.has_rival(set, id)
        {
            return false;
        }
        let past = Verdict {
            valid: so_far.valid.intersection(&self.past[id]).copied().collect(),
            weak: so_far.weak.intersection(&self.past[id]).copied().collect(),
            silenced: so_far.silenced.clone(),
        };
        Counted::of(self, &past).authority(id) >= k && !self.is_used_up(so_far, fact)
    }

    /// R1: `other`, which counts and neither knew the other, removes the author, the device or the invite of `id`.
    fn is_removed_by(&self, other: &OpId, id: &OpId) -> bool {
        let fact = &self.ops[id];
        let act = &self.ops[other].act;
        let ended = match (&fact.act, act) {
            (
                Act::Join {
                    invite: Some(invite),
                    ..
                },
                Act::RevokeInvite { invite: ended },
            ) => invite == ended,
            (
                Act::Join {
                    invite: Some(invite),
                    ..
                },
                Act::Kick { who, invites: true }
                | Act::Ban {
                    who, invites: true, ..
                },
            ) => self.ops[invite].author == *who && !self.before(other, invite),
            _ => false,
        };
        let removed = self.restricts(other) == Some(fact.author)
            || matches!(act, Act::DeleteRole { role }
                if Counted::of(self, &self.own[id]).power_roles(&fact.author).contains(role));
        matches!(act, Act::RevokeDevice { device } if *device == fact.device)
            || ended
            || (self.claimed[id] < Authority::Own && removed)
    }

    /// R2: `other`, which counts and neither knew the other, puts the target of `id` above it.
    fn is_outranked_by(&self, so_far: &Verdict, other: &OpId, id: &OpId) -> bool {
        let (Act::Kick { .. } | Act::Ban { .. } | Act::Unassign { .. }) = self.ops[id].act else {
            return false;
        };
        let Some(target) = self.restricts(id) else {
            return false;
        };
        let promoted = match self.ops[other].act {
            Act::Assign { who, role } if who == target && so_far.valid.contains(&role) => self
                .power(&role)
                .map(|(position, _)| Authority::Power(position)),
            Act::Accept { .. } if self.ops[other].author == target => Some(self.claimed[other]),
            _ => None,
        };
        let k = self.claimed[id];
        promoted.is_some_and(|to| to >= k) && self.claimed[other] > k
    }

    /// Another offer of the same owner that this one did not know.
    fn has_rival(&self, set: &Ids, id: &OpId) -> bool {
        let fact = &self.ops[id];
        matches!(fact.act, Act::Transfer { .. })
            && set.iter().any(|other| {
                other != id
                    && matches!(self.ops[other].act, Act::Transfer { .. })
                    && self.ops[other].author == fact.author
                    && self.claimed[other] == self.claimed[id]
                    && !self.before(other, id)
            })
    }

    fn is_used_up(&self, so_far: &Verdict, fact: &Fact) -> bool {
        let Act::Join {
            invite: Some(invite),
            ..
        } = fact.act
        else {
            return false;
        };
        let Act::CreateInvite { uses, .. } = self.ops[&invite].act else {
            return true;
        };
        let joins = so_far.valid.iter().filter(|other| {
            matches!(self.ops[other].act, Act::Join { invite: Some(by), .. } if by == invite)
        });
        joins.count() >= usize::from(uses)
    }

    /// How everybody stands by a verdict.
    #[must_use]
    pub fn people(&self, verdict: &Verdict) -> BTreeMap<AccountId, Standing> {
        let view = Counted::of(self, verdict);
        let named = self.ops.values().flat_map(|fact| {
            let mut named = vec![fact.author];
            named.extend(fact.act.who());
            if let Act::Confirm { who } = &fact.act {
                named.extend(who);
            }
            named
        });
        named
            .map(|account| (account, view.standing(&account)))
            .collect()
    }

    /// The owner by a verdict.
    #[must_use]
    pub fn owner(&self, verdict: &Verdict) -> Option<AccountId> {
        Counted::of(self, verdict).owner().map(|(owner, _)| owner)
    }

    /// Roles with power that somebody holds by a verdict.
    #[must_use]
    pub fn power_roles(&self, verdict: &Verdict, who: &AccountId) -> Ids {
        Counted::of(self, verdict).power_roles(who)
    }

    /// Removals that hold by a verdict.
    #[must_use]
    pub fn removals(&self, verdict: &Verdict) -> Ids {
        Counted::of(self, verdict).removals()
    }

    /// What authority an op would have if just these ops counted.
    #[must_use]
    pub fn authority_by(&self, verdict: &Verdict, id: &OpId) -> Authority {
        Counted::of(self, verdict).authority(id)
    }
}
