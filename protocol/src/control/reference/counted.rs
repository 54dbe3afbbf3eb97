//! The view of the specification: who may do what, given the ops that count.

#![allow(
    clippy::indexing_slicing,
    reason = "for tests: names of ops that are here by construction; a panic is how a test fails"
)]

use super::{Ids, Reference, Verdict};
use crate::control::fact::{Act, Admit, Fact, OpId};
use crate::control::permission::{Authority, Bits, Position};
use crate::control::view::Standing;
use crate::identity::AccountId;
use crate::limits::INVITE_GRACE;

/// The view of the specification over ops that count.
#[derive(Clone, Copy)]
pub(super) struct Counted<'a> {
    pub(super) all: &'a Reference,
    pub(super) verdict: &'a Verdict,
}

impl<'a> Counted<'a> {
    pub(super) fn of(all: &'a Reference, verdict: &'a Verdict) -> Self {
        Self { all, verdict }
    }

    pub(super) fn acts(&self) -> impl Iterator<Item = (&'a OpId, &'a Fact)> {
        let all = self.all;
        self.verdict.valid.iter().map(move |id| (id, &all.ops[id]))
    }

    pub(super) fn k(&self, id: &OpId) -> Authority {
        self.all.claimed[id]
    }

    fn live(&self, role: &OpId) -> bool {
        self.verdict.valid.contains(role) && !self.deleted(role)
    }

    fn deleted(&self, role: &OpId) -> bool {
        let deletes =
            |fact: &Fact| matches!(fact.act, Act::DeleteRole { role: gone } if gone == *role);
        self.acts().any(|(_, fact)| deletes(fact))
    }

    /// Whether an op may name this role: made with less authority than the op has, it is decided later.
    fn may_be_live(&self, role: &OpId, id: &OpId) -> bool {
        let k = self.k(role);
        let later = |own: &Authority| k > Authority::Void && k < *own;
        let later = self.all.claimed.get(id).is_some_and(later);
        (later || self.verdict.valid.contains(role)) && !self.deleted(role)
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

    pub(super) fn power_roles(&self, who: &AccountId) -> Ids {
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
                        Act::Unban { who: freed } => {
                            let owns = matches!(self.k(id), Authority::Owner(_));
                            freed == who && (owns || self.k(id) >= self.k(ban))
                        }
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

    pub(super) fn is_after_removals(&self, who: &AccountId, since: &OpId) -> bool {
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

    pub(super) fn standing(&self, who: &AccountId) -> Standing {
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

    pub(super) fn removals(&self) -> Ids {
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
    pub(super) fn authority(&self, id: &OpId) -> Authority {
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
        match &fact.act {
            Act::Leave => self.leaves(me),
            Act::Found { .. } | Act::RevokeDevice { .. } | Act::Fork { .. } => Authority::Proof,
            Act::AddDevice | Act::Note => Authority::Own,
            Act::Kick { who, .. } => self.over(me, Bits::KICK, who),
            Act::Ban { who, .. } => self.over(me, Bits::BAN, who),
            Act::Timeout { who } => self.over(me, Bits::MUTE, who),
            Act::Unban { who } => when(self.owns(who).is_none(), self.needs(me, Bits::BAN)),
            Act::Channel => self.needs(me, Bits::MANAGE_CHANNELS),
            Act::Policy { .. } => self.needs(me, Bits::MANAGE_COMMUNITY),
            Act::CreateRole { .. }
            | Act::UpdateRole { .. }
            | Act::DeleteRole { .. }
            | Act::Unassign { .. }
            | Act::Assign { .. } => self.of_roles(id, fact),
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

    /// k of what makes, changes, gives and takes roles.
    fn of_roles(&self, id: &OpId, fact: &Fact) -> Authority {
        let me = &fact.author;
        let when = |may: bool, authority: Authority| if may { authority } else { Authority::Void };
        let place = |role: &OpId| match self.all.ops[role].act {
            Act::CreateRole { position, .. } => position,
            _ => Position::EVERYONE,
        };
        let manage = self.needs(me, Bits::MANAGE_ROLES);
        match &fact.act {
            Act::CreateRole { position, bits } => {
                let k = self.needs(me, Bits::MANAGE_ROLES.with(bits.power()));
                when(k.reaches(*position), k)
            }
            Act::UpdateRole { role, .. } | Act::DeleteRole { role } => when(
                self.may_be_live(role, id) && manage.reaches(place(role)),
                manage,
            ),
            Act::Unassign { who, role } => {
                let above = manage.reaches(place(role)) && manage > self.rank(who);
                when(self.may_be_live(role, id) && above, manage)
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
                when(
                    self.may_be_live(role, id) && above && (!banned || over_bans),
                    k,
                )
            }
            _ => Authority::Void,
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

    fn may_use(&self, fact: &Fact) -> bool {
        let uses = self.uses(&fact.author);
        match &fact.act {
            Act::CreateInvite { roles, .. } => {
                let k = self.needs(&fact.author, Bits::MANAGE_ROLES);
                let gives = |role: &OpId| match self.all.ops[role].act {
                    Act::CreateRole { position, .. } => self.live(role) && k.reaches(position),
                    _ => false,
                };
                uses.contains(Bits::CREATE_INVITE) && roles.iter().all(gives)
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
