//! With what authority each op was made, by what its own past says. Found once, kept for ever.

use super::dag::{Dag, Op};
use super::fact::Act;
use super::permission::Authority;
use super::resolution::Resolution;
use super::view::{Scope as _, View};

/// What an op's past says about it.
#[derive(Clone, Debug, Default)]
struct Claim {
    authority: Authority,
    /// Roles with power that its author held.
    held: Box<[Op]>,
    /// For a key epoch: removals in its past that did not hold there, so that its secret went to the removed.
    ineffective: Box<[Op]>,
}

/// The claims of admitted ops, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    all: Vec<Claim>,
}

impl Claims {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// With what authority an op was made; none while that is not found yet.
    pub(super) fn authority(&self, op: Op) -> Authority {
        self.all
            .get(op.at())
            .map_or(Authority::Void, |claim| claim.authority)
    }

    /// Roles with power that the author of an op held.
    pub(super) fn held(&self, op: Op) -> &[Op] {
        self.all.get(op.at()).map_or(&[], |claim| &claim.held)
    }

    /// Removals before a key epoch that did not hold when it was made.
    pub(super) fn ineffective(&self, epoch: Op) -> &[Op] {
        self.all
            .get(epoch.at())
            .map_or(&[], |claim| &claim.ineffective)
    }

    /// Enters the claim of the next op; `past` is what its past comes to.
    pub(super) fn enter(&mut self, dag: &Dag, op: Op, past: &Resolution) {
        let view = View {
            dag,
            claims: self,
            scope: past.whole(),
        };
        let mut authority = view.authority(op);
        let held = view
            .power_roles(dag.node(op).author)
            .map(|(role, ..)| role)
            .collect();
        let mut ineffective = Vec::new();
        if let Act::Rekey {
            parents, covers, ..
        } = &dag.node(op).deed
        {
            let effective = view.effective_removals();
            let wanted: Vec<Op> = effective
                .iter()
                .copied()
                .filter(|removal| {
                    !parents
                        .iter()
                        .any(|parent| self.covers(dag, *parent, *removal))
                })
                .collect();
            let mut covered = covers.clone();
            covered.sort_unstable();
            if covered != wanted {
                authority = Authority::Void;
            }
            ineffective = dag
                .removals()
                .filter(|removal| dag.precedes(*removal, op) && !view.scope.has(*removal))
                .collect();
        }
        self.all.push(Claim {
            authority,
            held,
            ineffective: ineffective.into_boxed_slice(),
        });
    }

    /// Whether the secret of this epoch was kept from whom this removal removes.
    pub(super) fn covers(&self, dag: &Dag, epoch: Op, removal: Op) -> bool {
        dag.precedes(removal, epoch) && !self.ineffective(epoch).contains(&removal)
    }
}
