//! What must be true of every resolved control log, whoever wrote it (groups-and-security.md §2.3.5).
//!
//! I1 to I4 are the specification's; the others are for what its executable model did not cover: ranks by bit, invites
//! and weak joins, devices, ownership, epochs. Each takes the log under test and the history it was fed, and says what
//! is wrong in words. [`super::reference`] is asked only what happened before what.

#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "for tests: names of ops that are here by construction; a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use super::decision::Why;
use super::fact::{Act, OpId};
use super::histories::History;
use super::log::ControlLog;
use super::permission::Authority;
use super::reference::{Reference, Verdict};
use super::resolution::Fate;
use super::view::Standing;
use crate::identity::AccountId;

/// A log under test beside the history that it was fed.
struct Case<'a> {
    log: &'a ControlLog,
    all: &'a Reference,
    valid: BTreeSet<OpId>,
    weak: BTreeSet<OpId>,
    found: BTreeSet<String>,
}

/// Everything that is wrong with a log that was fed this history.
#[must_use]
pub fn violations(history: &mut History, log: &ControlLog) -> BTreeSet<String> {
    // Claims of all ops, for the questions below.
    let all = history.reference.all();
    let _verdict = history.reference.resolve(&all);
    let fates = |wanted: Fate| {
        let ids = history.facts.iter().map(|fact| fact.id);
        ids.filter(|id| log.now().fate(id) == Some(wanted))
            .collect()
    };
    let mut case = Case {
        log,
        valid: fates(Fate::Valid),
        weak: fates(Fate::Weak),
        all: &history.reference,
        found: BTreeSet::new(),
    };
    case.strong_removal();
    case.promotions_protect();
    case.still_authorised();
    case.upheld_while_its_past_is();
    case.nothing_voided_without_cause();
    case.nobody_banned_is_in();
    case.no_escalation();
    case.invites_hold();
    case.devices_stay_revoked();
    case.one_owner();
    case.epochs_cover();
    case.found
}

impl Case<'_> {
    fn act(&self, id: &OpId) -> &Act {
        &self.all.fact(id).act
    }

    fn author(&self, id: &OpId) -> AccountId {
        self.all.fact(id).author
    }

    fn k(&self, id: &OpId) -> Authority {
        self.log.authority(id).unwrap_or_default()
    }

    fn fail(&mut self, what: &str) {
        self.found.insert(what.to_owned());
    }

    fn has_power(&self, role: &OpId) -> bool {
        matches!(self.act(role), Act::CreateRole { bits, .. } if !bits.power().is_empty())
    }

    fn removed_by(&self, id: &OpId) -> Option<AccountId> {
        match self.act(id) {
            Act::Kick { who, .. } | Act::Ban { who, .. } => Some(*who),
            Act::Unassign { who, role } if self.has_power(role) => Some(*who),
            Act::Leave => Some(self.author(id)),
            Act::Accept { transfer } => Some(self.author(transfer)),
            _ => None,
        }
    }

    /// I1: nothing that counts is concurrent with a removal of its author that counts.
    fn strong_removal(&mut self) {
        let broken = self.valid.iter().any(|removal| {
            let Some(who) = self.removed_by(removal) else {
                return false;
            };
            self.valid.iter().any(|op| {
                self.author(op) == who
                    && self.k(op) < Authority::Own
                    && self.all.beside(op, removal)
            })
        });
        if broken {
            self.fail("I1: an op counts beside a removal of its author");
        }
    }

    /// Nobody is removed by somebody who did not see that a higher authority had put them at or above the remover.
    fn promotions_protect(&mut self) {
        let broken = self.valid.iter().any(|removal| {
            let (Act::Kick { who, .. } | Act::Ban { who, .. } | Act::Unassign { who, .. }) =
                self.act(removal)
            else {
                return false;
            };
            self.valid.iter().any(|grant| {
                let Act::Assign { who: to, role } = self.act(grant) else {
                    return false;
                };
                let Act::CreateRole { position, bits } = self.act(role) else {
                    return false;
                };
                to == who
                    && self.valid.contains(role)
                    && self.removed_by(removal).is_some()
                    && !bits.power().is_empty()
                    && self.all.beside(grant, removal)
                    && self.k(grant) > self.k(removal)
                    && Authority::Power(*position) >= self.k(removal)
            })
        });
        if broken {
            self.fail("R2: a removal counts beside a promotion from above it");
        }
    }

    /// I2: everything that counts is still authorised when only what counts of its past does.
    fn still_authorised(&mut self) {
        let broken = self.valid.iter().any(|id| {
            let past = self.all.past(id);
            let verdict = Verdict {
                valid: self.valid.intersection(&past).copied().collect(),
                weak: self.weak.intersection(&past).copied().collect(),
                silenced: BTreeMap::new(),
            };
            self.all.authority_by(&verdict, id) < self.k(id)
        });
        if broken {
            self.fail("I2: an op counts whose author lost the authority for it");
        }
    }

    /// Whose past counts as it did when they acted has the authority that they had: what an op stands on is decided before it.
    fn upheld_while_its_past_is(&mut self) {
        let now = self.log.now();
        let undone = |id: &&OpId| now.why(id) == Some(Why::AuthorityUndone);
        let all = self.all.all();
        let broken = all.iter().filter(undone).any(|id| {
            let past = self.all.past(id);
            let then = self.all.own_past(id);
            let still = |ids: &BTreeSet<OpId>| ids.intersection(&past).copied().collect();
            let (valid, weak): (BTreeSet<OpId>, BTreeSet<OpId>) =
                (still(&self.valid), still(&self.weak));
            valid == then.valid && weak == then.weak
        });
        if broken {
            self.fail("R3: an op is undone though its past is as it was");
        }
    }

    /// I3: what was authorised, after nothing but what counts, and beside nothing that removes, promotes or ends, counts; but
    /// for an offer that its owner replaced.
    fn nothing_voided_without_cause(&mut self) {
        let matters = |act: &Act| {
            !matches!(
                act,
                Act::Timeout { .. } | Act::Channel | Act::Note | Act::AddDevice | Act::Rekey { .. }
            )
        };
        let all = self.all.all();
        let broken = all.iter().any(|id| {
            self.k(id) > Authority::Void
                && !self.valid.contains(id)
                && self
                    .all
                    .past(id)
                    .iter()
                    .all(|before| self.valid.contains(before))
                && !all
                    .iter()
                    .any(|other| self.all.beside(id, other) && matters(self.act(other)))
                && !self.is_forked(id)
                && !self.is_replaced(id)
        });
        if broken {
            self.fail("I3: an op is void without a cause");
        }
    }

    /// Whether its owner offered the community again later: the later word counts.
    fn is_replaced(&self, id: &OpId) -> bool {
        let offers = |id: &OpId| matches!(self.act(id), Act::Transfer { .. });
        let again = |other: &OpId| offers(other) && self.author(other) == self.author(id);
        offers(id)
            && self
                .all
                .all()
                .iter()
                .any(|other| again(other) && self.all.before(id, other))
    }

    fn is_forked(&self, id: &OpId) -> bool {
        let fact = self.all.fact(id);
        let all = self.all.all();
        all.iter().any(|one| {
            let one = self.all.fact(one);
            one.device == fact.device
                && all.iter().any(|other| {
                    let other = self.all.fact(other);
                    other.id != one.id && other.device == one.device && other.seq == one.seq
                })
        })
    }

    /// I4: nobody is in whom a ban keeps out, and whoever is in was let in after every removal.
    fn nobody_banned_is_in(&mut self) {
        let people = self.log.now().people();
        let broken = people.iter().any(|(who, standing)| {
            let unlifted = self.valid.iter().any(|ban| {
                let Act::Ban {
                    who: banned, until, ..
                } = self.act(ban)
                else {
                    return false;
                };
                banned == who && !self.is_lifted(ban, *who, *until)
            });
            *standing == Standing::Member && unlifted
        });
        if broken {
            self.fail("I4: somebody banned is in");
        }
    }

    fn is_lifted(&self, ban: &OpId, who: AccountId, until: Option<crate::time::Hlc>) -> bool {
        self.valid.iter().any(|op| {
            self.all.before(ban, op)
                && match self.act(op) {
                    Act::Unban { who: freed } => {
                        let owns = matches!(self.k(op), Authority::Owner(_));
                        *freed == who && (owns || self.k(op) >= self.k(ban))
                    }
                    Act::Assign { who: to, role } => {
                        *to == who && self.has_power(role) && self.k(op) > self.k(ban)
                    }
                    Act::Join { who: joined, .. } => {
                        *joined == who && until.is_some_and(|until| self.all.fact(op).hlc >= until)
                    }
                    _ => false,
                }
        })
    }

    /// Nobody holds power that was not given by somebody above it, in a role made by somebody above it (T20).
    fn no_escalation(&mut self) {
        let people = self.log.now().people();
        let broken = people.keys().any(|who| {
            self.log.now().roles(who).iter().any(|role| {
                let Act::CreateRole { position, bits } = self.act(role) else {
                    return true;
                };
                let given = self.valid.iter().any(|op| {
                    matches!(self.act(op), Act::Assign { who: to, role: given } if to == who && given == role)
                        && self.k(op).reaches(*position)
                        && self.author(op) != *who
                });
                let made = self.valid.contains(role) && self.k(role).reaches(*position);
                !(bits.power().is_empty() || given && made)
            })
        });
        if broken {
            self.fail("power was given by somebody who does not stand above it");
        }
    }

    /// No invite lets more in than it may, or after it ended, or gives power.
    fn invites_hold(&mut self) {
        let mut by_invite: BTreeMap<OpId, u16> = BTreeMap::new();
        let mut late = false;
        for join in &self.valid {
            let Act::Join {
                invite: Some(invite),
                ..
            } = self.act(join)
            else {
                continue;
            };
            *by_invite.entry(*invite).or_default() += 1;
            late |= self.valid.iter().any(|op| {
                matches!(self.act(op), Act::RevokeInvite { invite: ended } if ended == invite)
                    && !self.all.before(join, op)
            });
        }
        let too_many = by_invite.iter().any(|(invite, used)| {
            !matches!(self.act(invite), Act::CreateInvite { uses, .. } if used <= uses)
        });
        if late || too_many {
            self.fail("an invite let in more than it may, or after it had ended");
        }
    }

    /// Nothing counts of a revoked device but what the revocation had seen.
    fn devices_stay_revoked(&mut self) {
        let broken = self.valid.iter().any(|revoke| {
            let Act::RevokeDevice { device } = self.act(revoke) else {
                return false;
            };
            self.valid.iter().any(|op| {
                self.all.fact(op).device == *device
                    && self.k(op) < Authority::Proof
                    && !self.all.before(op, revoke)
            })
        });
        if broken {
            self.fail("an op of a revoked device counts");
        }
    }

    /// There is one owner, who is the founder or took an offer of the owner before.
    fn one_owner(&mut self) {
        let people = self.log.now().people();
        let owners: Vec<&AccountId> = people
            .iter()
            .filter(|(_, standing)| **standing == Standing::Owner)
            .map(|(who, _)| who)
            .collect();
        let founder = self
            .all
            .all()
            .into_iter()
            .find_map(|id| match self.act(&id) {
                Act::Found { .. } => Some(self.author(&id)),
                _ => None,
            });
        let took = |owner: &AccountId| {
            self.valid.iter().any(|op| {
                matches!(self.act(op), Act::Accept { transfer } if self.valid.contains(transfer))
                    && self.author(op) == *owner
            })
        };
        let fits = match owners.as_slice() {
            [owner] => {
                self.log.now().owner() == Some(**owner) && (founder == Some(**owner) || took(owner))
            }
            _ => false,
        };
        if !fits {
            self.fail("there is not exactly one rightful owner");
        }
    }

    /// The epoch that is sent under was made after every removal that holds.
    fn epochs_cover(&mut self) {
        let Some(epoch) = self.log.now().epoch() else {
            return;
        };
        let removals = self.log.now().effective_removals();
        if removals
            .iter()
            .any(|removal| !self.all.before(removal, &epoch))
        {
            self.fail("the epoch in use does not cover a removal");
        }
    }
}
