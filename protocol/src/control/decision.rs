//! The decision about one op, with its reason: rules R1 to R3 and what is exclusive (§2.3.4).

use std::cmp::Reverse;

use super::authority::withdraws;
use super::claims::Claims;
use super::dag::{Dag, Node, Op};
use super::fact::{Act, OpId};
use super::permission::{Authority, Position};
use super::resolution::{Before, Fate, Resolution, Turn};
use super::rules::Rules;
use super::view::View;

/// Why an op does not count, or a join does only until it is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why<Op = OpId> {
    /// Its author was not allowed to do it.
    NotAllowed,
    /// Its device contradicted itself, here or earlier.
    Contradicts,
    /// Its device was taken back by an op that it did not see.
    Revoked(Op),
    /// R1: its author was removed, or lost a role, by an op that it did not see.
    Removed(Op),
    /// R2: its target was put above it by an op that it did not see.
    Outranked(Op),
    /// Another offer of the community ends it.
    OtherOffer(Op),
    /// R3: what its author's authority came from does not count.
    AuthorityUndone,
    /// The invite was ended by an op that it did not see.
    InviteEnded(Op),
    /// Others had used the invite up.
    InviteUsedUp,
}

impl Why<Op> {
    /// The same, with another name for the op.
    pub(super) fn named(self, name: impl Fn(Op) -> OpId) -> Why {
        match self {
            Self::NotAllowed => Why::NotAllowed,
            Self::Contradicts => Why::Contradicts,
            Self::Revoked(op) => Why::Revoked(name(op)),
            Self::Removed(op) => Why::Removed(name(op)),
            Self::Outranked(op) => Why::Outranked(name(op)),
            Self::OtherOffer(op) => Why::OtherOffer(name(op)),
            Self::AuthorityUndone => Why::AuthorityUndone,
            Self::InviteEnded(op) => Why::InviteEnded(name(op)),
            Self::InviteUsedUp => Why::InviteUsedUp,
        }
    }
}

/// The decision about one op.
pub(super) struct Decision<'a> {
    pub(super) state: &'a Resolution,
    pub(super) dag: &'a Dag,
    pub(super) claims: &'a Claims,
    pub(super) rules: Rules,
    pub(super) op: Op,
}

impl Decision<'_> {
    pub(super) fn fate(&self) -> Fate {
        match self.judge() {
            Ok(()) => Fate::Valid,
            Err(Why::NotAllowed) => Fate::Void,
            // Whoever was let in in good faith is not thrown out with whoever let them in.
            Err(_) if matches!(self.node().deed, Act::Join { .. }) => Fate::Weak,
            Err(_) => Fate::Void,
        }
    }

    /// Whether the op counts.
    ///
    /// # Errors
    /// Why it does not.
    pub(super) fn judge(&self) -> Result<(), Why<Op>> {
        let claimed = self.claims.authority(self.op);
        if claimed == Authority::Void {
            return Err(Why::NotAllowed);
        }
        if claimed == Authority::Proof {
            return Ok(());
        }
        let struck = self
            .silenced()
            .or_else(|| self.removed().map(Why::Removed))
            .or_else(|| self.outranked().map(Why::Outranked))
            .or_else(|| self.other_offer().map(Why::OtherOffer));
        if let Some(why) = struck {
            return Err(why);
        }
        let view = View {
            dag: self.dag,
            claims: self.claims,
            scope: Before {
                state: self.state,
                dag: self.dag,
                claims: self.claims,
                op: self.op,
            },
        };
        if self.rules.cascade() && view.authority(self.op) < claimed {
            return Err(Why::AuthorityUndone);
        }
        self.surplus().map_or(Ok(()), Err)
    }

    fn node(&self) -> &Node {
        self.dag.node(self.op)
    }

    /// Whether `other` counts, is concurrent, and is decided before this op.
    fn counts_beside(&self, other: Op) -> bool {
        self.state.counts(other) && self.dag.concurrent(other, self.op) && self.is_earlier(other)
    }

    /// The first of these ops that counts beside this one.
    fn one_beside<'b>(&self, mut ops: impl Iterator<Item = &'b Op>) -> Option<Op> {
        ops.find(|op| self.counts_beside(**op)).copied()
    }

    fn is_earlier(&self, other: Op) -> bool {
        let turn = |op: Op| -> Turn {
            let node = self.dag.node(op);
            (Reverse(self.claims.authority(op)), node.depth, node.id)
        };
        turn(other) < turn(self.op)
    }

    /// The device contradicted itself, or was taken back.
    fn silenced(&self) -> Option<Why<Op>> {
        let node = self.node();
        if self.state.is_silenced(node.device, node.seq) {
            return Some(Why::Contradicts);
        }
        let revocations = self.dag.device(node.device).revocations.iter();
        self.one_beside(revocations).map(Why::Revoked)
    }

    /// R1: a removal of the author counts, and neither knew the other.
    fn removed(&self) -> Option<Op> {
        if !self.rules.strong_removal() || self.claims.authority(self.op) >= Authority::Own {
            return None;
        }
        let record = self.dag.person(self.node().author);
        let removals = record.removals.iter().filter(|op| self.restricts(**op));
        let held = self.claims.held(self.op).iter();
        let lost = held
            .flat_map(|role| self.dag.naming(*role))
            .filter(|op| matches!(self.dag.node(**op).deed, Act::DeleteRole { .. }));
        // Somebody took the community over from the author.
        let taken = record
            .offers
            .iter()
            .flat_map(|offer| self.dag.naming(*offer));
        self.one_beside(removals.chain(lost).chain(taken))
    }

    /// Whether a removal takes power away, or the whole person.
    fn restricts(&self, op: Op) -> bool {
        match self.dag.node(op).deed {
            Act::Kick { .. } | Act::Ban { .. } | Act::Leave => true,
            Act::Unassign { role, .. } => self.power_position(role).is_some(),
            _ => false,
        }
    }

    /// The place of a role that gives power.
    fn power_position(&self, role: Op) -> Option<Position> {
        match self.dag.node(role).deed {
            Act::CreateRole { position, bits } if !bits.power().is_empty() => Some(position),
            _ => None,
        }
    }

    /// R2: somebody above the remover promoted the target, and neither knew the other.
    fn outranked(&self) -> Option<Op> {
        if !self.rules.protection() || !self.restricts(self.op) {
            return None;
        }
        let who = self.node().deed.who().copied()?;
        let claimed = self.claims.authority(self.op);
        let record = self.dag.person(who);
        let promotes = |grant: &Op| {
            let position = match self.dag.node(*grant).deed {
                // Made by somebody above its place, the role is decided before whoever stands at its place.
                Act::Assign { role, .. } if self.state.counts(role) => {
                    self.power_position(role).map(Authority::Power)
                }
                Act::Accept { .. } => Some(self.claims.authority(*grant)),
                _ => None,
            };
            position.is_some_and(|position| position >= claimed)
                && self.claims.authority(*grant) > claimed
                && self.state.counts(*grant)
                && self.dag.concurrent(*grant, self.op)
        };
        let all = record.grants.iter().chain(&record.takings);
        all.copied().find(promotes)
    }

    /// An owner offered the community twice, and this offer did not know the other: it is not meant, or not any more.
    fn other_offer(&self) -> Option<Op> {
        let node = self.node();
        if !matches!(node.deed, Act::Transfer { .. }) {
            return None;
        }
        let claimed = self.claims.authority(self.op);
        let offers = self.dag.person(node.author).offers.iter().copied();
        offers
            .filter(|other| *other != self.op && self.claims.authority(*other) == claimed)
            .find(|other| self.state.knows(self.dag, *other) && !self.dag.precedes(*other, self.op))
    }

    /// A join by an invite that ended elsewhere, or that others had used up.
    fn surplus(&self) -> Option<Why<Op>> {
        let Act::Join {
            invite: Some(invite),
            ..
        } = self.node().deed
        else {
            return None;
        };
        let Act::CreateInvite { uses, .. } = self.dag.node(invite).deed else {
            return None;
        };
        let naming = self.dag.naming(invite);
        let is_end = |op: &&Op| matches!(self.dag.node(**op).deed, Act::RevokeInvite { .. });
        let removals = &self.dag.person(self.dag.node(invite).author).removals;
        let withdraws =
            |op: &&Op| withdraws(&self.dag.node(**op).deed) && !self.dag.precedes(**op, invite);
        let ends = naming
            .iter()
            .filter(is_end)
            .chain(removals.iter().filter(withdraws));
        if let Some(end) = self.one_beside(ends) {
            return Some(Why::InviteEnded(end));
        }
        let used = naming.iter().filter(|op| {
            matches!(self.dag.node(**op).deed, Act::Join { .. })
                && self.state.counts(**op)
                && self.is_earlier(**op)
        });
        (used.count() >= usize::from(uses)).then_some(Why::InviteUsedUp)
    }
}
