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

use super::fact::{Act, Admit, Fact, OpId};
use super::permission::{Authority, Bits, Lineage, Position};
use super::view::Standing;
use crate::identity::{AccountId, DeviceId};
use crate::limits::INVITE_GRACE;

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
        if beside.any(|other| self.is_removed_by(other, id) || self.is_outranked_by(other, id))
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
    fn is_outranked_by(&self, other: &OpId, id: &OpId) -> bool {
        let (Act::Kick { .. } | Act::Ban { .. } | Act::Unassign { .. }) = self.ops[id].act else {
            return false;
        };
        let Some(target) = self.restricts(id) else {
            return false;
        };
        let promoted = match self.ops[other].act {
            Act::Assign { who, role } if who == target => self
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

/// The view of the specification over ops that count.
#[derive(Clone, Copy)]
struct Counted<'a> {
    all: &'a Reference,
    verdict: &'a Verdict,
}

impl<'a> Counted<'a> {
    fn of(all: &'a Reference, verdict: &'a Verdict) -> Self {
        Self { all, verdict }
    }

    fn acts(&self) -> impl Iterator<Item = (&'a OpId, &'a Fact)> {
        let all = self.all;
        self.verdict.valid.iter().map(move |id| (id, &all.ops[id]))
    }

    fn k(&self, id: &OpId) -> Authority {
        self.all.claimed[id]
    }

    fn owner(&self) -> Option<(AccountId, Lineage)> {
        let founder = self
            .acts()
            .find(|(_, fact)| matches!(fact.act, Act::Found { .. }))?;
        let (mut owner, mut lineage) = (founder.1.author, Lineage::FOUNDER);
        loop {
            let accepted = self.acts().find_map(|(_, fact)| match fact.act {
                Act::Accept { transfer } => {
                    let offer = &self.all.ops[&transfer];
                    let counts = self.verdict.valid.contains(&transfer)
                        && offer.author == owner
                        && self.k(&transfer) == Authority::Handover(lineage);
                    counts.then_some(fact.author)
                }
                _ => None,
            });
            match accepted {
                Some(heir) => (owner, lineage) = (heir, lineage.heir()),
                None => return Some((owner, lineage)),
            }
        }
    }

    fn owns(&self, who: &AccountId) -> Option<Authority> {
        self.owner()
            .filter(|(owner, _)| owner == who)
            .map(|(_, lineage)| Authority::Owner(lineage))
    }

    fn live(&self, role: &OpId) -> bool {
        let deleted =
            |fact: &Fact| matches!(fact.act, Act::DeleteRole { role: gone } if gone == *role);
        self.verdict.valid.contains(role) && !self.acts().any(|(_, fact)| deleted(fact))
    }

    /// Whether all that takes `role` from `who` happened before `since`.
    fn kept(&self, who: &AccountId, role: &OpId, since: &OpId) -> bool {
        self.live(role)
            && self.acts().all(|(id, fact)| {
                let takes = match &fact.act {
                    Act::Unassign {
                        who: from,
                        role: taken,
                    } => from == who && taken == role,
                    Act::Kick { who: from, .. } | Act::Ban { who: from, .. } => from == who,
                    Act::Leave => fact.author == *who,
                    _ => false,
                };
                !takes || self.all.before(id, since)
            })
    }

    fn roles(&self, who: &AccountId) -> Ids {
        self.acts()
            .filter_map(|(id, fact)| match fact.act {
                Act::Assign { who: to, role } if to == *who => {
                    self.kept(who, &role, id).then_some(role)
                }
                _ => None,
            })
            .collect()
    }

    fn power_roles(&self, who: &AccountId) -> Ids {
        let mut roles = self.roles(who);
        roles.retain(|role| self.all.power(role).is_some());
        roles
    }

    fn rank(&self, who: &AccountId) -> Authority {
        self.owns(who).unwrap_or_else(|| {
            let roles = self.power_roles(who);
            let positions = roles.iter().filter_map(|role| self.all.power(role));
            let highest = positions
                .map(|(position, _)| Authority::Power(position))
                .max();
            highest.unwrap_or(Authority::Use)
        })
    }

    fn needs(&self, who: &AccountId, bits: Bits) -> Authority {
        self.owns(who).unwrap_or_else(|| {
            let roles = self.power_roles(who);
            let rank = |bit: Bits| {
                let powers = roles.iter().filter_map(|role| self.all.power(role));
                let giving = powers.filter(|(_, given)| given.gives(bit));
                let highest = giving.map(|(position, _)| Authority::Power(position)).max();
                highest.unwrap_or(Authority::Void)
            };
            bits.each().map(rank).min().unwrap_or(Authority::Void)
        })
    }

    /// Bans that nothing with enough authority ended.
    fn bans(&self, who: &AccountId) -> Vec<(OpId, Option<crate::time::Hlc>)> {
        let lifts = |ban: &OpId| {
            self.acts().any(|(id, fact)| {
                self.all.before(ban, id)
                    && match &fact.act {
                        Act::Unban { who: freed } => freed == who && self.k(id) >= self.k(ban),
                        Act::Assign { who: to, role } => {
                            to == who && self.all.power(role).is_some() && self.k(id) > self.k(ban)
                        }
                        _ => false,
                    }
            })
        };
        self.acts()
            .filter_map(|(id, fact)| match fact.act {
                Act::Ban {
                    who: banned, until, ..
                } if banned == *who && !lifts(id) => Some((*id, until)),
                _ => None,
            })
            .collect()
    }

    fn is_after_removals(&self, who: &AccountId, since: &OpId) -> bool {
        self.acts().all(|(id, fact)| {
            let out = match &fact.act {
                Act::Kick { who: from, .. } | Act::Ban { who: from, .. } => from == who,
                Act::Leave => fact.author == *who,
                _ => false,
            };
            !out || self.all.before(id, since)
        })
    }

    fn lets_in(&self, fact: &Fact, who: &AccountId) -> bool {
        match &fact.act {
            Act::Found { .. } => fact.author == *who,
            Act::Join { who: joined, .. } => joined == who,
            _ => false,
        }
    }

    fn standing(&self, who: &AccountId) -> Standing {
        if self.owns(who).is_some() {
            return Standing::Owner;
        }
        let back = |ban: &OpId, until: crate::time::Hlc| {
            self.acts().any(|(id, fact)| {
                self.lets_in(fact, who) && self.all.before(ban, id) && fact.hlc >= until
            })
        };
        let mut bans = self.bans(who).into_iter();
        if bans.any(|(ban, until)| until.is_none_or(|until| !back(&ban, until))) {
            return Standing::Banned;
        }
        let joined = self
            .acts()
            .any(|(id, fact)| self.lets_in(fact, who) && self.is_after_removals(who, id));
        let weak: Vec<&OpId> = self
            .verdict
            .weak
            .iter()
            .filter(|id| self.lets_in(&self.all.ops[id], who))
            .collect();
        let confirmed = self.acts().any(|(id, fact)| {
            matches!(&fact.act, Act::Confirm { who: all } if all.contains(who))
                && weak.iter().any(|join| self.all.before(join, id))
                && self.is_after_removals(who, id)
        });
        if joined || confirmed || !self.power_roles(who).is_empty() {
            Standing::Member
        } else if weak.iter().any(|join| self.is_after_removals(who, join)) {
            Standing::Suspended
        } else {
            Standing::Outside
        }
    }

    /// The values of those writes that no other write came after.
    fn last<V>(&self, writes: Vec<(OpId, V)>) -> Vec<V> {
        let ids: Vec<OpId> = writes.iter().map(|(id, _)| *id).collect();
        let last = |id: &OpId| !ids.iter().any(|other| self.all.before(id, other));
        writes
            .into_iter()
            .filter(|(id, _)| last(id))
            .map(|(_, value)| value)
            .collect()
    }

    fn use_bits(&self, role: &OpId) -> Bits {
        let first = match self.all.ops[role].act {
            Act::CreateRole { bits, .. } | Act::Found { everyone: bits, .. } => bits,
            _ => Bits::NONE,
        };
        let mut writes = vec![(*role, first)];
        writes.extend(self.acts().filter_map(|(id, fact)| match fact.act {
            Act::UpdateRole {
                role: of,
                bits: Some(bits),
            } if of == *role => Some((*id, bits)),
            _ => None,
        }));
        let all = self.last(writes).into_iter().reduce(Bits::both);
        all.unwrap_or(Bits::NONE).both(Bits::USE)
    }

    fn uses(&self, who: &AccountId) -> Bits {
        let mut roles = self.roles(who);
        for (id, fact) in self.acts() {
            if let Act::Join {
                who: joined,
                invite: Some(invite),
            } = fact.act
                && let Act::CreateInvite { roles: given, .. } = &self.all.ops[&invite].act
            {
                let kept = given.iter().filter(|role| self.kept(who, role, id));
                roles.extend(kept.filter(|_role| joined == *who));
            }
        }
        roles.extend(
            self.acts()
                .find(|(_, fact)| matches!(fact.act, Act::Found { .. }))
                .map(|(id, _)| *id),
        );
        let admin = |role: &OpId| {
            self.all
                .power(role)
                .is_some_and(|(_, bits)| bits.contains(Bits::ADMIN))
        };
        if self.owns(who).is_some() || roles.iter().any(admin) {
            return Bits::USE;
        }
        roles
            .iter()
            .fold(Bits::NONE, |bits, role| bits.with(self.use_bits(role)))
    }

    fn open(&self, invite: &OpId, join: &Fact) -> bool {
        let made = &self.all.ops[invite];
        let Act::CreateInvite { uses, expires, .. } = made.act else {
            return false;
        };
        let used = self.acts().filter(
            |(_, fact)| matches!(fact.act, Act::Join { invite: Some(by), .. } if by == *invite),
        );
        let ended = self.acts().any(|(id, fact)| match &fact.act {
            Act::RevokeInvite { invite: ended } => ended == invite,
            Act::Kick { who, invites: true }
            | Act::Ban {
                who, invites: true, ..
            } => *who == made.author && !self.all.before(id, invite),
            _ => false,
        });
        let late = expires.is_some_and(|end| join.hlc.wall().since(end.wall()) > INVITE_GRACE);
        self.verdict.valid.contains(invite) && !ended && !late && used.count() < usize::from(uses)
    }

    fn removals(&self) -> Ids {
        self.acts()
            .filter(|(_, fact)| {
                matches!(
                    fact.act,
                    Act::Kick { .. } | Act::Ban { .. } | Act::Leave | Act::RevokeDevice { .. }
                )
            })
            .map(|(id, _)| *id)
            .collect()
    }

    /// k of the specification.
    fn authority(&self, id: &OpId) -> Authority {
        let fact = &self.all.ops[id];
        let me = &fact.author;
        let muted = self.verdict.silenced.get(&fact.device).is_some_and(|from| fact.seq >= *from)
            || self.acts().any(|(_, other)| {
                matches!(other.act, Act::RevokeDevice { device } if device == fact.device)
            });
        let proof = matches!(
            fact.act,
            Act::Found { .. } | Act::RevokeDevice { .. } | Act::Fork { .. }
        );
        if muted && !proof {
            return Authority::Void;
        }
        let when = |may: bool, authority: Authority| if may { authority } else { Authority::Void };
        let place = |role: &OpId| match self.all.ops[role].act {
            Act::CreateRole { position, .. } => position,
            _ => Position::EVERYONE,
        };
        let manage = self.needs(me, Bits::MANAGE_ROLES);
        match &fact.act {
            Act::Leave => when(self.owns(me).is_none(), Authority::Own),
            Act::Found { .. } | Act::RevokeDevice { .. } | Act::Fork { .. } => Authority::Proof,
            Act::AddDevice | Act::Note => Authority::Own,
            Act::Kick { who, .. } => self.over(me, Bits::KICK, who),
            Act::Ban { who, .. } => self.over(me, Bits::BAN, who),
            Act::Timeout { who } => self.over(me, Bits::MUTE, who),
            Act::Unban { who } => when(self.owns(who).is_none(), self.needs(me, Bits::BAN)),
            Act::Channel => self.needs(me, Bits::MANAGE_CHANNELS),
            Act::Policy { .. } => self.needs(me, Bits::MANAGE_COMMUNITY),
            Act::CreateRole { position, bits } => {
                let k = self.needs(me, Bits::MANAGE_ROLES.with(bits.power()));
                when(k.reaches(*position), k)
            }
            Act::UpdateRole { role, .. } | Act::DeleteRole { role } => {
                when(self.live(role) && manage.reaches(place(role)), manage)
            }
            Act::Unassign { who, role } => {
                let above = manage.reaches(place(role)) && manage > self.rank(who);
                when(self.live(role) && above, manage)
            }
            Act::Assign { who, role } => {
                let power = self.all.power(role).map_or(Bits::NONE, |(_, bits)| bits);
                let k = self.needs(me, Bits::MANAGE_ROLES.with(power));
                let above = k.reaches(place(role)) && k > self.rank(who);
                let banned = !power.is_empty() && !self.bans(who).is_empty();
                let over_bans = self.all.past[id].iter().all(|ban| {
                    let of =
                        matches!(&self.all.ops[ban].act, Act::Ban { who: out, .. } if out == who);
                    !of || self.k(ban) < k
                });
                when(self.live(role) && above && (!banned || over_bans), k)
            }
            Act::Transfer { .. } => match self.owner() {
                Some((owner, lineage)) if owner == *me => Authority::Handover(lineage),
                _ => Authority::Void,
            },
            Act::Accept { transfer } => self.accepts(me, transfer),
            Act::RevokeInvite { invite } => {
                let own = self.all.ops[invite].author == *me;
                if own {
                    Authority::Own
                } else {
                    self.needs(me, Bits::MANAGE_INVITES)
                }
            }
            _ => when(
                self.standing(me) >= Standing::Member && self.may_use(fact),
                Authority::Use,
            ),
        }
    }

    fn over(&self, me: &AccountId, bit: Bits, who: &AccountId) -> Authority {
        let k = self.needs(me, bit);
        if k > self.rank(who) {
            k
        } else {
            Authority::Void
        }
    }

    fn accepts(&self, me: &AccountId, transfer: &OpId) -> Authority {
        let offer = &self.all.ops[transfer];
        let Some((owner, lineage)) = self.owner() else {
            return Authority::Void;
        };
        let offered = self.verdict.valid.contains(transfer)
            && offer.author == owner
            && owner != *me
            && self.k(transfer) == Authority::Handover(lineage);
        if offered && self.is_after_removals(me, transfer) {
            Authority::Handover(lineage)
        } else {
            Authority::Void
        }
    }

    fn may_use(&self, fact: &Fact) -> bool {
        let uses = self.uses(&fact.author);
        match &fact.act {
            Act::CreateInvite { roles, .. } => {
                uses.contains(Bits::CREATE_INVITE) && roles.iter().all(|role| self.live(role))
            }
            Act::Confirm { .. } => uses.contains(Bits::ADMIT),
            Act::Rekey { .. } => uses.contains(Bits::REKEY),
            Act::Join { who, invite } => {
                let barred = self
                    .bans(who)
                    .iter()
                    .any(|(_, until)| until.is_none_or(|until| fact.hlc < until));
                let may = match invite {
                    None => uses.contains(Bits::ADMIT),
                    Some(invite) => {
                        (self.admits() == Admit::Everyone || uses.contains(Bits::ADMIT))
                            && self.open(invite, fact)
                    }
                };
                !barred && may
            }
            _ => false,
        }
    }

    fn admits(&self) -> Admit {
        let writes = self.acts().filter_map(|(id, fact)| match fact.act {
            Act::Found { admit, .. } | Act::Policy { admit: Some(admit) } => Some((*id, admit)),
            _ => None,
        });
        let last = self.last(writes.collect());
        last.into_iter().min().unwrap_or(Admit::Chosen)
    }
}
