//! How a community stands, or stood, by a causally closed set of ops: what is asked of a control log.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use super::ControlLog;
use crate::control::dag::Op;
use crate::control::decision::{Decision, Why};
use crate::control::fact::{Act, OpId};
use crate::control::permission::{Authority, Bits};
use crate::control::resolution::{Fate, Resolution, Whole};
use crate::control::view::{Standing, View};
use crate::identity::{AccountId, DeviceId};
use crate::time::Hlc;

/// How things stand, or stood.
#[derive(Clone, Debug)]
pub(super) enum State<'a> {
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
    pub(super) log: &'a ControlLog,
    pub(super) state: State<'a>,
}

impl Moment<'_> {
    fn view(&self) -> View<'_, Whole<'_>> {
        View {
            dag: &self.log.dag,
            claims: &self.log.claims,
            scope: self.state.whole(),
        }
    }

    /// Whether an op counts in full.
    pub(in crate::control) fn has(&self, op: Op) -> bool {
        self.state.counts(op)
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

    /// The offer of its owner that may be taken, and to whom it is made.
    #[must_use]
    pub fn offer(&self) -> Option<(OpId, AccountId)> {
        let (op, to) = self.view().offer()?;
        let dag = &self.log.dag;
        Some((dag.node(op).id, dag.person(to).id?))
    }

    /// How somebody stands to the community.
    #[must_use]
    pub fn standing(&self, account: &AccountId) -> Standing {
        let person = self.log.dag.person_named(account);
        person.map_or(Standing::Outside, |person| self.view().standing(person))
    }

    /// Whether somebody would let a banned person free by lifting their ban: an unban below the ban counts, and comes to nothing.
    #[must_use]
    pub fn frees(&self, by: &AccountId, who: &AccountId) -> bool {
        let dag = &self.log.dag;
        let people = dag.person_named(by).zip(dag.person_named(who));
        people.is_some_and(|(by, who)| self.view().frees(by, who))
    }

    /// Whether a ban keeps somebody from being let in at that time, by the clock of whoever lets them in.
    #[must_use]
    pub fn is_barred(&self, who: &AccountId, at: Hlc) -> bool {
        let who = self.log.dag.person_named(who);
        who.is_some_and(|who| self.view().is_barred(who, at))
    }

    /// Until when bans keep somebody out; `None` if nothing does, or for ever.
    #[must_use]
    pub fn barred_until(&self, who: &AccountId) -> Option<Hlc> {
        let who = self.log.dag.person_named(who)?;
        self.view().barred_until(who)
    }

    /// Equal at two moments of what all ops come to: between them nothing changed about anybody, nor was anybody named.
    #[must_use]
    pub fn people_state(&self) -> (u64, usize) {
        (self.state.people_changes(), self.log.dag.people().count())
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
    pub fn devices(&self, account: &AccountId) -> Vec<DeviceId> {
        let Some(person) = self.log.dag.person_named(account) else {
            return Vec::new();
        };
        let view = self.view();
        let devices = view.devices(person);
        let devices = devices.filter_map(|device| self.log.dag.device(device).id);
        let mut devices: Vec<DeviceId> = devices.collect();
        devices.sort();
        devices
    }

    /// Whether a device may speak for somebody here.
    #[must_use]
    pub fn speaks(&self, account: &AccountId, device: &DeviceId) -> bool {
        let dag = &self.log.dag;
        let found = dag.person_named(account).zip(dag.device_named(device));
        found.is_some_and(|(person, device)| self.view().speaks(person, device))
    }

    /// How many devices members have together.
    #[must_use]
    pub fn device_count(&self) -> usize {
        let found = &self.state.found().devices;
        *found.get_or_init(|| {
            let view = self.view();
            let people = self.log.dag.people();
            let members = people.filter(|person| view.is_member(*person));
            members.map(|member| view.devices(member).count()).sum()
        })
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

    /// How many came in by an invite.
    #[must_use]
    pub fn came_by(&self, invite: &OpId) -> usize {
        let dag = &self.log.dag;
        let named = dag.op(invite).map_or(&[][..], |invite| dag.naming(invite));
        let joins = named.iter().filter(|op| {
            matches!(dag.node(**op).deed, Act::Join { .. }) && self.state.fate(**op) == Fate::Valid
        });
        joins.count()
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
                self.state.fate(*role) == Fate::Valid
                    && matches!(deed(*role), Act::CreateRole { bits, .. } if !bits.power().is_empty())
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
        let found = &self.state.found().epoch;
        let epoch = *found.get_or_init(|| self.find_epoch());
        epoch.map(|epoch| self.log.dag.node(epoch).id)
    }

    fn find_epoch(&self) -> Option<Op> {
        let removals = self.view().effective_removals();
        let eligible = self.log.dag.epochs().iter().copied().filter(|epoch| {
            self.state.fate(*epoch) == Fate::Valid
                && removals
                    .iter()
                    .all(|removal| self.log.claims.covers(&self.log.dag, *epoch, *removal))
        });
        eligible.min_by_key(|epoch| {
            let node = self.log.dag.node(*epoch);
            let n = match node.deed {
                Act::Rekey { n, .. } => n,
                _ => 0,
            };
            (std::cmp::Reverse(n), node.id)
        })
    }

    fn ids(&self, ops: &[Op]) -> Vec<OpId> {
        ops.iter().map(|op| self.log.dag.node(*op).id).collect()
    }
}
