//! What an op needs, and whether its author has it: `k_of` of the specification.
//!
//! An action that uses a power bit touches only people and roles strictly below the author's rank for that bit, and
//! gives only power that the author holds above the role's place. What needs no power has the authority of use, and is
//! decided last.

use super::dag::{Deed, Node, Op, Person};
use super::fact::{Act, Admit};
use super::permission::{Authority, Bits, Position};
use super::view::{Scope, View};
use crate::limits::INVITE_GRACE;
use crate::time::Hlc;

/// What is asked of a view about one op.
#[derive(Clone, Copy)]
struct Asked<'a> {
    op: Op,
    node: &'a Node,
}

impl<S: Scope> View<'_, S> {
    /// With what authority `op` is made, by what this view says.
    pub(super) fn authority(&self, op: Op) -> Authority {
        let node = self.dag.node(op);
        let author = node.author;
        if node.deed.proves_itself() {
            return Authority::Proof;
        }
        if self.is_mute(node.device, node.seq) {
            return Authority::Void;
        }
        let asked = Asked { op, node };
        match &node.deed {
            Act::Leave => self.of_leaving(author),
            Act::AddDevice | Act::Note => Authority::Own,
            Act::Transfer { .. } | Act::Accept { .. } => self.of_ownership(asked),
            Act::Kick { who, .. } => self.above(author, Bits::KICK, *who),
            Act::Ban { who, .. } => self.above(author, Bits::BAN, *who),
            Act::Timeout { who } => self.above(author, Bits::MUTE, *who),
            Act::Unban { who } => granted(
                self.owner().is_none_or(|(owner, _)| owner != *who),
                self.power(author, Bits::BAN),
            ),
            Act::Channel => self.power(author, Bits::MANAGE_CHANNELS),
            Act::Policy { .. } => self.power(author, Bits::MANAGE_COMMUNITY),
            Act::CreateRole { .. }
            | Act::UpdateRole { .. }
            | Act::DeleteRole { .. }
            | Act::Assign { .. }
            | Act::Unassign { .. } => self.of_roles(asked),
            deed => self.of_use(asked, deed),
        }
    }

    /// Whoever owns the community does not leave it. Who owned it leaves only once it is decided that another took it: with the
    /// authority of what is their own, that would be asked before.
    fn of_leaving(&self, author: Person) -> Authority {
        let owns = self.owner().is_some_and(|(owner, _)| owner == author);
        match (owns, self.handed_on(author)) {
            (true, _) => Authority::Void,
            (false, true) => Authority::Use,
            (false, false) => Authority::Own,
        }
    }

    /// Authority over a person, who must stand strictly below.
    fn above(&self, author: Person, needed: Bits, who: Person) -> Authority {
        let authority = self.power(author, needed);
        granted(authority > self.rank(who), authority)
    }

    fn of_roles(&self, asked: Asked<'_>) -> Authority {
        let author = asked.node.author;
        let manage = |power: Bits| self.power(author, Bits::MANAGE_ROLES.with(power));
        match &asked.node.deed {
            Act::CreateRole { position, bits } => {
                let authority = manage(bits.power());
                granted(authority.reaches(*position), authority)
            }
            Act::UpdateRole { role, .. } => {
                let authority = manage(Bits::NONE);
                let (position, _) = self.role(*role);
                granted(
                    self.may_be_live(*role) && authority.reaches(position),
                    authority,
                )
            }
            Act::DeleteRole { role } => {
                let authority = manage(Bits::NONE);
                let (position, _) = self.role(*role);
                granted(
                    self.may_be_live(*role) && authority.reaches(position),
                    authority,
                )
            }
            Act::Assign { who, role } => {
                let (position, power) = self.role(*role);
                let authority = manage(power);
                let above = authority.reaches(position) && authority > self.rank(*who);
                let outranks_bans = power.is_empty()
                    || !self.is_banned(*who)
                    || self.outranks_every_ban(authority, *who, asked.op);
                granted(self.may_be_live(*role) && above && outranks_bans, authority)
            }
            Act::Unassign { who, role } => {
                let (position, _) = self.role(*role);
                let authority = manage(Bits::NONE);
                let above = authority.reaches(position) && authority > self.rank(*who);
                granted(self.may_be_live(*role) && above, authority)
            }
            _ => Authority::Void,
        }
    }

    /// Whether every ban that the op knew was made with less authority.
    fn outranks_every_ban(&self, authority: Authority, who: Person, op: Op) -> bool {
        let removals = self.dag.person(who).removals.iter();
        removals
            .filter(|ban| matches!(self.dag.node(**ban).deed, Act::Ban { .. }))
            .filter(|ban| self.dag.precedes(**ban, op))
            .all(|ban| self.claims.authority(*ban) < authority)
    }

    /// Position and power bits of a role.
    fn role(&self, role: Op) -> (Position, Bits) {
        match self.dag.node(role).deed {
            Act::CreateRole { position, bits } => (position, bits.power()),
            _ => (Position::EVERYONE, Bits::NONE),
        }
    }

    fn of_ownership(&self, asked: Asked<'_>) -> Authority {
        let Some((owner, lineage)) = self.owner() else {
            return Authority::Void;
        };
        let author = asked.node.author;
        match &asked.node.deed {
            // To oneself: takes an earlier offer back.
            Act::Transfer { .. } => granted(owner == author, Authority::Handover(lineage)),
            Act::Accept { transfer } => {
                let offered = self.scope.has(*transfer)
                    && self.claims.authority(*transfer) == Authority::Handover(lineage)
                    && self.dag.node(*transfer).author == owner
                    && author != owner;
                // Whoever was put out after the offer, or left, has no offer any more.
                let put_out = self.put_out_since(author, *transfer);
                granted(offered && !put_out, Authority::Handover(lineage))
            }
            _ => Authority::Void,
        }
    }

    /// What a member does with use bits, or with what is their own.
    fn of_use(&self, asked: Asked<'_>, deed: &Deed) -> Authority {
        let author = asked.node.author;
        if let Act::RevokeInvite { invite } = deed {
            return if self.dag.node(*invite).author == author {
                Authority::Own
            } else {
                self.power(author, Bits::MANAGE_INVITES)
            };
        }
        if !self.is_member(author) {
            return Authority::Void;
        }
        let uses = self.uses(author);
        let may = match deed {
            // A role without power may open private channels all the same.
            Act::CreateInvite { roles, .. } => {
                let given = self.power(author, Bits::MANAGE_ROLES);
                let may_give = |role: &Op| self.is_live(*role) && given.reaches(self.role(*role).0);
                uses.gives(Bits::CREATE_INVITE) && roles.iter().all(may_give)
            }
            Act::Confirm { .. } => uses.gives(Bits::ADMIT),
            Act::Rekey { .. } => uses.gives(Bits::REKEY),
            Act::Join { who, invite } => {
                !self.is_barred(*who, asked.node.hlc)
                    && match invite {
                        None => uses.gives(Bits::ADMIT),
                        Some(invite) => {
                            (self.admit() == Admit::Everyone || uses.gives(Bits::ADMIT))
                                && self.is_open(*invite, asked.node.hlc)
                        }
                    }
            }
            _ => false,
        };
        granted(may, Authority::Use)
    }

    /// Whether an invite was ended: revoked, or with its maker's removal.
    pub(super) fn is_ended(&self, invite: Op) -> bool {
        let revoked = |(_, deed): (Op, &Deed)| matches!(deed, Act::RevokeInvite { .. });
        self.named_by(invite).any(revoked) || self.is_withdrawn(invite)
    }

    /// Whether an invite still lets somebody in.
    fn is_open(&self, invite: Op, at: Hlc) -> bool {
        let Act::CreateInvite { uses, expires, .. } = &self.dag.node(invite).deed else {
            return false;
        };
        let late = expires.is_some_and(|expires| at.wall().since(expires.wall()) > INVITE_GRACE);
        let mut used = 0_u16;
        for (_, deed) in self.named_by(invite) {
            match deed {
                Act::RevokeInvite { .. } => return false,
                Act::Join { .. } => used = used.saturating_add(1),
                _ => {}
            }
        }
        self.scope.has(invite) && !late && used < *uses && !self.is_withdrawn(invite)
    }

    /// Whether an invite ended with its maker's removal.
    fn is_withdrawn(&self, invite: Op) -> bool {
        let maker = self.dag.node(invite).author;
        self.dag.person(maker).removals.iter().any(|op| {
            self.scope.has(*op)
                && withdraws(&self.dag.node(*op).deed)
                && !self.dag.precedes(*op, invite)
        })
    }
}

/// Whether a removal ends the invites that the removed made.
pub(super) const fn withdraws(deed: &Deed) -> bool {
    matches!(
        deed,
        Act::Kick { invites: true, .. } | Act::Ban { invites: true, .. }
    )
}

fn granted(may: bool, authority: Authority) -> Authority {
    if may { authority } else { Authority::Void }
}
