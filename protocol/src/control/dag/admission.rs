//! Which ops are admitted: those that fit where they stand.
//!
//! All of this looks at the op and its past alone, so it never changes, and every device refuses the same ops.

use thiserror::Error;

use super::{Dag, Op};
use crate::control::fact::{Act, Fact, OpId};
use crate::control::permission::Position;
use crate::limits::CONTROL_DEPS_MAX;

/// Why an op is refused for ever. Its author's fault, unless a device certified by nobody is ahead of its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpFault {
    /// The first op founds, and only the first.
    #[error("it founds the community again, or something else comes first")]
    Founding,
    /// More heads than an op may name.
    #[error("it names {0} ops that it was made after")]
    TooManyDeps(usize),
    /// The list of what it was made after is unsorted or names an op twice.
    #[error("what it was made after is not in order")]
    DepsOrder,
    /// It names an op and another that was made after that one.
    #[error("it was made after an op and again after that op's past")]
    DepsRedundant,
    /// Its number does not follow its device's previous op, or that op is not named first.
    #[error("it does not follow the previous op of its device")]
    Sequence,
    /// Its time is not later than that of its device's previous op.
    #[error("it is not later than the previous op of its device")]
    Time,
    /// Nothing in its past says that its device belongs to its author.
    #[error("its device is not one of its author's")]
    Device,
    /// It names an op that is not in its past, or not of the kind that it must be.
    #[error("it names something that does not exist in its past")]
    Reference,
    /// A role's place is out of range, or everyone or an invite would get power.
    #[error("it gives power where none may be given")]
    Power,
}

/// What became of an op that was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is in.
    New,
    /// It was in already.
    Known,
    /// These must come first.
    Missing(Vec<OpId>),
    /// It is refused for ever.
    Refused(OpFault),
}

impl Dag {
    /// Offers an op whose signature and encoding are good.
    pub fn admit(&mut self, fact: &Fact) -> Admission {
        if self.contains(&fact.id) {
            return Admission::Known;
        }
        if fact.deps.len() > CONTROL_DEPS_MAX {
            return Admission::Refused(OpFault::TooManyDeps(fact.deps.len()));
        }
        let missing: Vec<OpId> = fact
            .deps
            .iter()
            .filter(|id| !self.contains(id))
            .copied()
            .collect();
        if !missing.is_empty() {
            return Admission::Missing(missing);
        }
        let deps: Vec<Op> = fact.deps.iter().filter_map(|id| self.op(id)).collect();
        let past = self.past_of(&deps);
        match self
            .check_place(fact, &deps)
            .and_then(|()| self.check_device(fact, &deps, &past))
            .and_then(|()| self.check_names(fact, &past))
        {
            Err(fault) => Admission::Refused(fault),
            Ok(()) => {
                self.insert(fact, deps, past);
                Admission::New
            }
        }
    }

    /// Founding comes first and once; the device's own line goes on; the rest is sorted and not redundant.
    fn check_place(&self, fact: &Fact, deps: &[Op]) -> Result<(), OpFault> {
        let founds = matches!(fact.act, Act::Found { .. });
        if founds != self.is_empty() || founds != deps.is_empty() {
            return Err(OpFault::Founding);
        }
        let own = (fact.seq > 0).then(|| deps.first()).flatten();
        if fact.seq > 0 {
            let previous = self.node(*own.ok_or(OpFault::Sequence)?);
            if self.device(previous.device).id != Some(fact.device)
                || self.person(previous.author).id != Some(fact.author)
                || previous.seq.checked_add(1) != Some(fact.seq)
            {
                return Err(OpFault::Sequence);
            }
            if fact.hlc <= previous.hlc {
                return Err(OpFault::Time);
            }
        }
        let skipped = usize::from(own.is_some());
        let sorted = |ids: &[OpId]| ids.windows(2).all(|pair| pair.first() < pair.last());
        if !sorted(fact.deps.get(skipped..).unwrap_or_default()) {
            return Err(OpFault::DepsOrder);
        }
        let others = deps.get(skipped..).unwrap_or_default();
        let redundant =
            |op: &Op| Some(op) == own || deps.iter().any(|other| self.precedes(*op, *other));
        if others.iter().any(redundant) {
            return Err(OpFault::DepsRedundant);
        }
        Ok(())
    }

    /// The device was certified for this author, in the op's past; a first op has no earlier one of its device there.
    fn check_device(&self, fact: &Fact, deps: &[Op], past: &[u32]) -> Result<(), OpFault> {
        if deps.is_empty() {
            return Ok(());
        }
        let device = self.device_of.get(&fact.device).ok_or(OpFault::Device)?;
        let record = self.device(*device);
        let certified = record.certified.iter().any(|(op, person)| {
            self.person(*person).id == Some(fact.author) && self.in_past(*op, past)
        });
        if !certified {
            return Err(OpFault::Device);
        }
        // Whoever leaves an own op out of an op's line, and yet knows it, contradicts themselves.
        let later = |op: &Op| self.node(*op).seq >= fact.seq && self.in_past(*op, past);
        if record.ops.iter().any(later) {
            return Err(OpFault::Sequence);
        }
        Ok(())
    }

    /// What the op names is in its past and of the right kind, and gives no power where none may be.
    fn check_names(&self, fact: &Fact, past: &[u32]) -> Result<(), OpFault> {
        let deed = |id: &OpId| {
            let op = self.op(id).filter(|op| self.in_past(*op, past));
            op.map(|op| &self.node(op).deed).ok_or(OpFault::Reference)
        };
        let role = |id: &OpId| match deed(id)? {
            Act::CreateRole { bits, .. } => Ok(*bits),
            _ => Err(OpFault::Reference),
        };
        let wanted = |fits: bool| {
            if fits {
                Ok(())
            } else {
                Err(OpFault::Reference)
            }
        };
        let harmless = |fits: bool| if fits { Ok(()) } else { Err(OpFault::Power) };
        match &fact.act {
            Act::Found { everyone, .. } => harmless(everyone.power().is_empty()),
            Act::CreateRole { position, .. } => {
                harmless((Position(1)..=Position::MAX).contains(position))
            }
            Act::UpdateRole { role, bits } => {
                let known = matches!(deed(role)?, Act::CreateRole { .. } | Act::Found { .. });
                wanted(known)?;
                harmless(bits.is_none_or(|bits| bits.power().is_empty()))
            }
            Act::DeleteRole { role: id }
            | Act::Assign { role: id, .. }
            | Act::Unassign { role: id, .. } => role(id).map(|_bits| ()),
            Act::CreateInvite { roles, .. } => roles.iter().try_for_each(|id| {
                let bits = role(id)?;
                harmless(bits.power().is_empty())
            }),
            Act::Join {
                invite: Some(id), ..
            }
            | Act::RevokeInvite { invite: id } => {
                wanted(matches!(deed(id)?, Act::CreateInvite { .. }))
            }
            Act::Accept { transfer } => match deed(transfer)? {
                Act::Transfer { to } => wanted(self.person(*to).id == Some(fact.author)),
                _ => Err(OpFault::Reference),
            },
            Act::Rekey { n, parents, covers } => {
                let mut above = 0_u32;
                for parent in parents {
                    match deed(parent)? {
                        Act::Rekey { n, .. } => above = above.max(n.saturating_add(1)),
                        _ => return Err(OpFault::Reference),
                    }
                }
                wanted(*n == above)?;
                covers.iter().try_for_each(|id| deed(id).map(|_deed| ()))
            }
            _ => Ok(()),
        }
    }
}
