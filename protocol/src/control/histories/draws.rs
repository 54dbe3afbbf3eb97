//! What the acts of a random history are drawn about: invites, roles, dates, epochs.

use rand::Rng as _;
use rand::seq::IndexedRandom as _;

use super::{Drawing, account};
use crate::control::fact::{Act, OpId};
use crate::time::{Hlc, Timestamp};

impl Drawing {
    /// The founder hands the community to one of these, which would come about seldom by itself.
    pub(super) fn hand_on(&mut self, heirs: &[u8]) {
        let Some(heir) = heirs.choose(&mut self.rng).copied() else {
            return;
        };
        let to = account(heir);
        self.sign(0, 0, Act::Transfer { to }, Vec::new());
        self.known[usize::from(heir)] = self.known[0].clone();
        if let Some(transfer) = self.facts.last().map(|fact| fact.id) {
            self.sign(heir, 0, Act::Accept { transfer }, Vec::new());
        }
        self.known[0] = self.known[usize::from(heir)].clone();
    }

    /// Whether somebody took an offer of this person's, whatever it counts for.
    pub(super) fn has_handed_on(&self, person: u8) -> bool {
        let offers = self.facts.iter().filter(|fact| {
            fact.author == account(person) && matches!(fact.act, Act::Transfer { .. })
        });
        offers.map(|fact| fact.id).any(|offer| self.is_taken(offer))
    }

    fn is_taken(&self, offer: OpId) -> bool {
        let takes = |act: &Act| matches!(act, Act::Accept { transfer } if *transfer == offer);
        !self.made(takes).is_empty()
    }

    pub(super) fn draw_until(&mut self) -> Option<Hlc> {
        let ahead = self.rng.random_range(0..40_000);
        let millis = 1_000_000 + 1_000 * self.facts.len() as u64 + ahead;
        let until = Hlc::from_wall(Timestamp::from_millis(millis));
        self.rng.random_bool(0.3).then_some(until)
    }

    pub(super) fn draw_invite(&mut self) -> Option<OpId> {
        let invites = self.made(|act| matches!(act, Act::CreateInvite { .. }));
        invites.choose(&mut self.rng).copied()
    }

    pub(super) fn draw_harmless(&mut self) -> Vec<OpId> {
        let harmless =
            self.made(|act| matches!(act, Act::CreateRole { bits, .. } if bits.power().is_empty()));
        let chosen = harmless.choose(&mut self.rng).copied();
        // Few may invite with a role.
        chosen
            .filter(|_| self.facts.len().is_multiple_of(2))
            .into_iter()
            .collect()
    }

    /// The epoch that an honest member would make now.
    pub(super) fn draw_epoch(&mut self, person: u8) -> Act {
        let known = self.known[usize::from(person)].clone();
        let verdict = self.reference.resolve(&known);
        let epoch = |id: &OpId| matches!(self.reference.fact(id).act, Act::Rekey { .. });
        let mut parents: Vec<OpId> = known.iter().copied().filter(epoch).collect();
        parents.retain(|one| !known.iter().any(|other| self.names_parent(other, one)));
        let n = parents
            .iter()
            .map(|parent| match self.reference.fact(parent).act {
                Act::Rekey { n, .. } => n + 1,
                _ => 0,
            })
            .max();
        let removals = self.reference.removals(&verdict);
        let mut covers: Vec<OpId> = removals.into_iter().collect();
        covers.retain(|removal| {
            let covered = |parent: &OpId| {
                self.reference.claim(parent);
                self.reference.covers(parent, removal)
            };
            !parents.clone().iter().any(covered)
        });
        Act::Rekey {
            n: n.unwrap_or(0),
            parents,
            covers,
        }
    }

    fn names_parent(&self, child: &OpId, parent: &OpId) -> bool {
        matches!(&self.reference.fact(child).act, Act::Rekey { parents, .. } if parents.contains(parent))
    }
}
