//! The view of the specification on whose the community is: the line of owners, and what only they do or do not.

#![allow(
    clippy::indexing_slicing,
    reason = "for tests: names of ops that are here by construction; a panic is how a test fails"
)]

use super::counted::Counted;
use crate::control::fact::{Act, OpId};
use crate::control::permission::{Authority, Lineage};
use crate::identity::AccountId;

impl Counted<'_> {
    pub(super) fn owner(&self) -> Option<(AccountId, Lineage)> {
        let line = self.line();
        let owner = *line.last()?;
        let lineage = (1..line.len()).fold(Lineage::FOUNDER, |lineage, _| lineage.heir());
        Some((owner, lineage))
    }

    /// All owners, the founder first.
    fn line(&self) -> Vec<AccountId> {
        let founder = self
            .acts()
            .find(|(_, fact)| matches!(fact.act, Act::Found { .. }));
        let Some((_, founding)) = founder else {
            return Vec::new();
        };
        let (mut owner, mut lineage) = (founding.author, Lineage::FOUNDER);
        let mut line = vec![owner];
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
                Some(heir) => {
                    (owner, lineage) = (heir, lineage.heir());
                    line.push(owner);
                }
                None => return line,
            }
        }
    }

    pub(super) fn owns(&self, who: &AccountId) -> Option<Authority> {
        self.owner()
            .filter(|(owner, _)| owner == who)
            .map(|(_, lineage)| Authority::Owner(lineage))
    }

    pub(super) fn accepts(&self, me: &AccountId, transfer: &OpId) -> Authority {
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

    /// The owner does not leave. Who was it leaves only once it is decided that another took the community.
    pub(super) fn leaves(&self, me: &AccountId) -> Authority {
        if self.owns(me).is_some() {
            Authority::Void
        } else if self.line().contains(me) {
            Authority::Use
        } else {
            Authority::Own
        }
    }
}
