//! Who may do what, given a set of ops that count.
//!
//! A view is a pure function of such a set and of what happened before what; no order in which ops arrived and no
//! clock enters it (but for the expiry of bans, as those judge it who let people in). It is written so that power
//! depends on role assignments and removals only, never on joins: joins are the work of low-ranked members, and
//! whoever an authority was let in by must not decide what it is worth (§2.3.4).

use super::claims::Claims;
use super::dag::{Dag, Deed, Device, Op, Person};
use super::fact::{Act, Admit};
use super::permission::{Authority, Bits, Lineage, Position};
use crate::time::Hlc;

/// Which ops count.
pub(super) trait Scope {
    /// Whether this op counts in full.
    fn has(&self, op: Op) -> bool;

    /// Whether an op of this scope may build on this one, which it names: it counts; or it was made with less authority, so that
    /// whether it counts is decided later.
    fn may_have(&self, op: Op) -> bool;

    /// Whether this join counts as one whose admission was undone.
    fn has_weak(&self, op: Op) -> bool;

    /// From which op on a device that contradicted itself is not heard, if it did.
    fn silenced_from(&self, device: Device) -> Option<u64>;
}

/// How somebody stands to the community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Neither a member nor kept out: never was one, left, or was removed.
    Outside,
    /// Kept out.
    Banned,
    /// Let in by somebody whose right to do so was undone. Listed, without keys, until confirmed.
    Suspended,
    /// A member.
    Member,
    /// The member whom the community belongs to.
    Owner,
}

/// A view over the ops of a scope.
#[derive(Debug)]
pub(super) struct View<'a, S> {
    pub(super) dag: &'a Dag,
    pub(super) claims: &'a Claims,
    pub(super) scope: S,
}

impl<S: Scope> View<'_, S> {
    /// The owner, and how many came before.
    pub(super) fn owner(&self) -> Option<(Person, Lineage)> {
        let founding = self.dag.ops().next()?;
        let mut owner = self.dag.node(founding).author;
        let mut lineage = Lineage::FOUNDER;
        while let Some(heir) = self.heir(owner, lineage) {
            owner = heir;
            lineage = lineage.heir();
        }
        Some((owner, lineage))
    }

    /// Whether somebody owned the community and another took it from them.
    pub(super) fn handed_on(&self, person: Person) -> bool {
        let Some(founding) = self.dag.ops().next() else {
            return false;
        };
        let mut owner = self.dag.node(founding).author;
        let mut lineage = Lineage::FOUNDER;
        let mut before = false;
        while let Some(heir) = self.heir(owner, lineage) {
            before = before || owner == person;
            owner = heir;
            lineage = lineage.heir();
        }
        before
    }

    /// The authority of an owner, if this person is the owner.
    fn owns(&self, person: Person) -> Option<Authority> {
        let (owner, lineage) = self.owner()?;
        (owner == person).then_some(Authority::Owner(lineage))
    }

    /// Who took over from this owner, if anybody did.
    fn heir(&self, owner: Person, lineage: Lineage) -> Option<Person> {
        let offers = &self.dag.person(owner).offers;
        let mut counted = self.counted(offers);
        counted.find_map(|(op, deed)| match deed {
            Act::Transfer { to }
                if self.claims.authority(op) == Authority::Handover(lineage)
                    && self
                        .named_by(op)
                        .any(|(_, deed)| matches!(deed, Act::Accept { .. })) =>
            {
                Some(*to)
            }
            _ => None,
        })
    }

    /// The offer that whoever owns it has made and that may be taken, and to whom. Of two offers of one owner one is void at the
    /// least, so there is never a second.
    pub(super) fn offer(&self) -> Option<(Op, Person)> {
        let (owner, lineage) = self.owner()?;
        let offers = &self.dag.person(owner).offers;
        let mut open = self.counted(offers).filter_map(|(op, deed)| match deed {
            Act::Transfer { to } if self.claims.authority(op) == Authority::Handover(lineage) => {
                Some((op, *to))
            }
            _ => None,
        });
        let (op, to) = open.next()?;
        // To oneself, it takes an earlier one back.
        let stands = to != owner && self.is_member(to) && !self.put_out_since(to, op);
        stands.then_some((op, to))
    }

    /// Whether somebody was put out, or left, after `op` or beside it: what that offered them is over.
    pub(super) fn put_out_since(&self, person: Person, op: Op) -> bool {
        self.dag.person(person).removals.iter().any(|removal| {
            self.scope.has(*removal)
                && !matches!(self.dag.node(*removal).deed, Act::Unassign { .. })
                && !self.dag.precedes(*removal, op)
        })
    }

    /// Ops of the scope that name `op`.
    pub(super) fn named_by(&self, op: Op) -> impl Iterator<Item = (Op, &Deed)> {
        let naming = self.dag.naming(op).iter().copied();
        naming
            .filter(|op| self.scope.has(*op))
            .map(|op| (op, &self.dag.node(op).deed))
    }

    /// Ops of the scope among these.
    fn counted<'b>(&'b self, ops: &'b [Op]) -> impl Iterator<Item = (Op, &'b Deed)> {
        ops.iter()
            .copied()
            .filter(|op| self.scope.has(*op))
            .map(|op| (op, &self.dag.node(op).deed))
    }

    /// Whether a role was made and not deleted.
    pub(super) fn is_live(&self, role: Op) -> bool {
        self.scope.has(role) && !self.is_deleted(role)
    }

    /// The same, for whoever gives, takes or changes it. Who stands above its maker is decided before it: what they do with it counts,
    /// and comes to something when the role does.
    pub(super) fn may_be_live(&self, role: Op) -> bool {
        self.scope.may_have(role) && !self.is_deleted(role)
    }

    fn is_deleted(&self, role: Op) -> bool {
        self.named_by(role)
            .any(|(_, deed)| matches!(deed, Act::DeleteRole { .. }))
    }

    /// Position and power of a role, if it gives any.
    fn power_of(&self, role: Op) -> Option<(Position, Bits)> {
        match self.dag.node(role).deed {
            Act::CreateRole { position, bits } if !bits.power().is_empty() => {
                Some((position, bits.power()))
            }
            _ => None,
        }
    }

    /// Whether this assignment still holds: nothing that takes the role away has not happened before it.
    fn holds(&self, grant: Op, role: Op, person: Person) -> bool {
        self.is_live(role)
            // The newest first: it is the likeliest that the assignment did not see.
            && self.dag.person(person).removals.iter().rev().all(|op| {
                self.dag.precedes(*op, grant) || !self.scope.has(*op) || {
                    let deed = &self.dag.node(*op).deed;
                    matches!(deed, Act::Unassign { role: taken, .. } if *taken != role)
                }
            })
    }

    /// Roles that somebody holds by assignment.
    pub(super) fn roles(&self, person: Person) -> impl Iterator<Item = Op> {
        self.counted(&self.dag.person(person).grants)
            .filter_map(move |(grant, deed)| match deed {
                Act::Assign { role, .. } if self.holds(grant, *role, person) => Some(*role),
                _ => None,
            })
    }

    /// Roles with power that somebody holds.
    pub(super) fn power_roles(&self, person: Person) -> impl Iterator<Item = (Op, Position, Bits)> {
        self.counted(&self.dag.person(person).grants)
            .filter_map(move |(grant, deed)| match deed {
                Act::Assign { role, .. } => {
                    let (position, bits) = self.power_of(*role)?;
                    self.holds(grant, *role, person)
                        .then_some((*role, position, bits))
                }
                _ => None,
            })
    }

    /// With what authority somebody does what needs all of these power bits.
    pub(super) fn power(&self, person: Person, needed: Bits) -> Authority {
        if let Some(authority) = self.owns(person) {
            return authority;
        }
        let roles: Vec<(Op, Position, Bits)> = self.power_roles(person).collect();
        let rank = |bit: Bits| {
            let giving = roles.iter().filter(|(_, _, bits)| bits.gives(bit));
            giving.map(|(_, position, _)| *position).max()
        };
        if roles.is_empty() {
            return Authority::Void;
        }
        let least = needed.each().map(rank).min().flatten();
        least.map_or(Authority::Void, Authority::Power)
    }

    /// How high somebody stands when others want to touch them.
    pub(super) fn rank(&self, person: Person) -> Authority {
        if let Some(authority) = self.owns(person) {
            return authority;
        }
        let highest = self
            .power_roles(person)
            .map(|(_, position, _)| position)
            .max();
        highest.map_or(Authority::Use, Authority::Power)
    }

    /// Bans of somebody that nobody with enough authority ended.
    pub(super) fn bans(&self, person: Person) -> impl Iterator<Item = (Op, Option<Hlc>)> {
        let record = self.dag.person(person);
        self.counted(&record.removals)
            .filter_map(move |(ban, deed)| match deed {
                Act::Ban { until, .. } if !self.is_lifted(ban, person) => Some((ban, *until)),
                _ => None,
            })
    }

    fn is_lifted(&self, ban: Op, person: Person) -> bool {
        let record = self.dag.person(person);
        let needed = self.claims.authority(ban);
        let unbanned = self
            .counted(&record.unbans)
            .any(|(op, _)| self.dag.precedes(ban, op) && self.claims.authority(op).lifts(needed));
        let promoted = |(op, deed): (Op, &Deed)| match deed {
            Act::Assign { role, .. } => {
                self.power_of(*role).is_some()
                    && self.dag.precedes(ban, op)
                    && self.claims.authority(op) > needed
            }
            _ => false,
        };
        unbanned || self.counted(&record.grants).any(promoted)
    }

    /// Whether somebody would let a person free by lifting their ban: there is one, and none is out of their reach.
    pub(super) fn frees(&self, by: Person, who: Person) -> bool {
        let authority = self.power(by, Bits::BAN);
        let mut bans = self
            .bans(who)
            .map(|(ban, _)| self.claims.authority(ban))
            .peekable();
        bans.peek().is_some() && bans.all(|ban| authority.lifts(ban))
    }

    /// Whether no authority below that of the ban may give this person power.
    pub(super) fn is_banned(&self, person: Person) -> bool {
        self.bans(person).next().is_some()
    }

    /// Whether a ban keeps this person from being let in at that time.
    pub(super) fn is_barred(&self, person: Person, at: Hlc) -> bool {
        self.bans(person)
            .any(|(_, until)| until.is_none_or(|until| at < until))
    }

    /// Until when bans keep this person out; `None` if nothing does, or for ever.
    pub(super) fn barred_until(&self, person: Person) -> Option<Hlc> {
        let mut last = None;
        for (_, until) in self.bans(person) {
            last = last.max(Some(until?));
        }
        last
    }

    /// Whether this op of letting in or confirming came after everything that put the person out.
    fn stands(&self, person: Person, since: Op) -> bool {
        self.counted(&self.dag.person(person).removals)
            .all(|(op, deed)| matches!(deed, Act::Unassign { .. }) || self.dag.precedes(op, since))
    }

    /// Whether somebody was let back in after a ban had ended by itself.
    fn returned_after(&self, ban: Op, until: Option<Hlc>, person: Person) -> bool {
        let Some(until) = until else { return false };
        self.counted(&self.dag.person(person).joins)
            .any(|(join, _)| self.dag.precedes(ban, join) && self.dag.node(join).hlc >= until)
    }

    /// How somebody stands.
    pub(super) fn standing(&self, person: Person) -> Standing {
        if self.owner().is_some_and(|(owner, _)| owner == person) {
            return Standing::Owner;
        }
        let banned = self
            .bans(person)
            .any(|(ban, until)| !self.returned_after(ban, until, person));
        if banned {
            return Standing::Banned;
        }
        if self.power_roles(person).next().is_some() {
            return Standing::Member;
        }
        let record = self.dag.person(person);
        let joined = self
            .counted(&record.joins)
            .any(|(join, _)| self.stands(person, join));
        if joined || self.is_confirmed(person) {
            return Standing::Member;
        }
        let suspended = |join: &Op| self.scope.has_weak(*join) && self.stands(person, *join);
        if record.joins.iter().any(suspended) {
            return Standing::Suspended;
        }
        Standing::Outside
    }

    /// Whether somebody confirmed an admission that had been undone.
    fn is_confirmed(&self, person: Person) -> bool {
        let record = self.dag.person(person);
        self.counted(&record.others).any(|(op, deed)| {
            matches!(deed, Act::Confirm { .. })
                && self.stands(person, op)
                && record
                    .joins
                    .iter()
                    .any(|join| self.scope.has_weak(*join) && self.dag.precedes(*join, op))
        })
    }

    /// Whether somebody is in, with keys and a voice.
    pub(super) fn is_member(&self, person: Person) -> bool {
        self.standing(person) >= Standing::Member
    }

    /// What use of the community everyone has, beside what channels say.
    pub(super) fn everyone_uses(&self) -> Bits {
        let founding = self.dag.ops().next();
        founding.map_or(Bits::NONE, |role| self.use_bits(role))
    }

    /// What use of the community a member has, beside what channels say.
    pub(super) fn uses(&self, person: Person) -> Bits {
        let everyone = self.everyone_uses();
        let assigned = self.roles(person).collect::<Vec<_>>();
        let invited = self.invited_roles(person);
        let roles = assigned.into_iter().chain(invited);
        let own = roles.fold(everyone, |bits, role| bits.with(self.use_bits(role)));
        let may_all =
            own.gives(Bits::ADMIN) || self.owner().is_some_and(|(owner, _)| owner == person);
        if may_all { Bits::USE } else { own }
    }

    /// Roles, without power, that came with the invite of the join by which somebody is in.
    pub(super) fn invited_roles(&self, person: Person) -> Vec<Op> {
        let mut roles = Vec::new();
        for (join, deed) in self.counted(&self.dag.person(person).joins) {
            let Act::Join {
                invite: Some(invite),
                ..
            } = deed
            else {
                continue;
            };
            if let Act::CreateInvite { roles: given, .. } = &self.dag.node(*invite).deed {
                roles.extend(
                    given
                        .iter()
                        .copied()
                        .filter(|role| self.holds(join, *role, person)),
                );
            }
        }
        roles
    }

    /// Use bits of a role now; with the power bit of administrators kept, which is fixed.
    fn use_bits(&self, role: Op) -> Bits {
        let (first, power) = match self.dag.node(role).deed {
            Act::CreateRole { bits, .. } => (bits, bits.power()),
            Act::Found { everyone, .. } => (everyone, Bits::NONE),
            _ => return Bits::NONE,
        };
        let changes = self.named_by(role).filter_map(|(op, deed)| match deed {
            Act::UpdateRole {
                bits: Some(bits), ..
            } => Some((op, *bits)),
            _ => None,
        });
        let writes: Vec<(Op, Bits)> = std::iter::once((role, first)).chain(changes).collect();
        let newest = self.newest(&writes);
        // Deny wins over allow where nobody saw the other (A8).
        let bits = newest.into_iter().reduce(Bits::both);
        bits.unwrap_or(Bits::NONE).both(Bits::USE).with(power)
    }

    /// Who may let people in with an invite: the stricter of what was said without seeing the other.
    pub(super) fn admit(&self) -> Admit {
        let writes: Vec<(Op, Admit)> = self
            .counted(self.dag.policies())
            .filter_map(|(op, deed)| match deed {
                Act::Found { admit, .. } => Some((op, *admit)),
                Act::Policy { admit: Some(admit) } => Some((op, *admit)),
                _ => None,
            })
            .collect();
        self.newest(&writes)
            .into_iter()
            .min()
            .unwrap_or(Admit::Chosen)
    }

    /// The values of those writes after which there is no other.
    fn newest<V: Copy>(&self, writes: &[(Op, V)]) -> Vec<V> {
        let overwritten = |op: Op| {
            writes
                .iter()
                .any(|(other, _)| self.dag.precedes(op, *other))
        };
        writes
            .iter()
            .filter(|(op, _)| !overwritten(*op))
            .map(|(_, value)| *value)
            .collect()
    }

    /// Devices of somebody that an op which counts certifies, and that were not taken back and did not contradict
    /// themselves.
    pub(super) fn devices(&self, person: Person) -> impl Iterator<Item = Device> {
        let devices = self.dag.person(person).devices.iter().copied();
        devices.filter(move |device| self.speaks(person, *device))
    }

    /// Whether a device is one of somebody's [`Self::devices`].
    pub(super) fn speaks(&self, person: Person, device: Device) -> bool {
        let record = self.dag.device(device);
        let certified = |(op, whose): &(Op, Person)| {
            *whose == person && (self.scope.has(*op) || self.scope.has_weak(*op))
        };
        record.certified.iter().any(certified)
            && self.scope.silenced_from(device).is_none()
            && self.counted(&record.revocations).next().is_none()
    }

    /// Whether this device is taken back, or not heard any more from this op on.
    pub(super) fn is_mute(&self, device: Device, seq: u64) -> bool {
        self.scope
            .silenced_from(device)
            .is_some_and(|from| seq >= from)
            || self
                .counted(&self.dag.device(device).revocations)
                .next()
                .is_some()
    }

    /// Removals of people and devices that hold: after each of them the community needs another secret.
    pub(super) fn effective_removals(&self) -> Vec<Op> {
        let removals = self.dag.removals();
        let mut effective: Vec<Op> = removals.filter(|op| self.scope.has(*op)).collect();
        effective.sort_unstable();
        effective
    }
}
