//! What the resolver reads of a control op: who did what to whom, after what.
//!
//! An [`Act`] is generic over how it names accounts, devices and ops: by their ids where it comes from the wire, by
//! small numbers inside the [`super::dag::Dag`]. Roles, channels, invites and transfers are named by the op that made
//! them, so nobody can make the same one twice.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::permission::{Bits, Position};
use crate::crypto::Hash32;
use crate::identity::{AccountId, DeviceId};
use crate::time::Hlc;

/// Name of a control op: hash of its header, which commits to its body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpId(pub Hash32);

impl fmt::Debug for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = *self.0.as_bytes();
        write!(f, "OpId({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// Who may let people in with an invite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Admit {
    /// Members whose roles say so.
    Chosen,
    /// Every member, so that an invite works whoever of them is online.
    #[default]
    Everyone,
}

/// An op as the resolver sees it, with the names of the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name.
    pub id: OpId,
    /// The account that did it.
    pub author: AccountId,
    /// The device that signed it.
    pub device: DeviceId,
    /// Which op of this device it is, from 0.
    pub seq: u64,
    /// What it was made after: the device's previous op first, if there is one; then the other heads that it knew, by id.
    pub deps: Vec<OpId>,
    /// When, on the device's clock.
    pub hlc: Hlc,
    /// Devices that its body certifies: of the founder, of whoever joins, or one more of the author.
    pub certifies: Vec<DeviceId>,
    /// What it does.
    pub act: Act,
}

/// What an op does, as far as it matters to anybody's authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act<Account = AccountId, Device = DeviceId, Op = OpId> {
    /// Founds the community; its author owns it. The op is also the role of everyone.
    Found {
        /// What everyone may do.
        everyone: Bits,
        /// Who may let people in.
        admit: Admit,
    },
    /// Lets somebody in.
    Join {
        /// Whom.
        who: Account,
        /// By which invite; without one, by the author's own right.
        invite: Option<Op>,
    },
    /// Its author leaves.
    Leave,
    /// Silences somebody for a time.
    Timeout {
        /// Whom.
        who: Account,
    },
    /// Removes somebody, who may come back with an invite.
    Kick {
        /// Whom.
        who: Account,
        /// Whether the invites that they made end as well.
        invites: bool,
    },
    /// Removes somebody and keeps them out.
    Ban {
        /// Whom.
        who: Account,
        /// Until when, by the clocks of those who would let them in again.
        until: Option<Hlc>,
        /// Whether the invites that they made end as well.
        invites: bool,
    },
    /// Ends a ban.
    Unban {
        /// Whose.
        who: Account,
    },
    /// Makes a role. Its position and its power are fixed for ever (A5).
    CreateRole {
        /// Where it stands.
        position: Position,
        /// What it allows.
        bits: Bits,
    },
    /// Changes how a role looks or what use it allows.
    UpdateRole {
        /// Which.
        role: Op,
        /// The new use bits, if they change.
        bits: Option<Bits>,
    },
    /// Deletes a role.
    DeleteRole {
        /// Which.
        role: Op,
    },
    /// Gives somebody a role.
    Assign {
        /// Whom.
        who: Account,
        /// Which.
        role: Op,
    },
    /// Takes a role from somebody.
    Unassign {
        /// From whom.
        who: Account,
        /// Which.
        role: Op,
    },
    /// Makes, changes or deletes a channel.
    Channel,
    /// Makes an invite.
    CreateInvite {
        /// How many may come by it.
        uses: u16,
        /// Until when, by the clocks of those who let them in.
        expires: Option<Hlc>,
        /// Roles, without power, that they get.
        roles: Vec<Op>,
    },
    /// Ends an invite.
    RevokeInvite {
        /// Which.
        invite: Op,
    },
    /// Adds a device of its author.
    AddDevice,
    /// Shows that an account took a device back.
    RevokeDevice {
        /// Which.
        device: Device,
    },
    /// Offers the community to somebody.
    Transfer {
        /// To whom.
        to: Account,
    },
    /// Takes it.
    Accept {
        /// Which offer.
        transfer: Op,
    },
    /// Makes a new secret of the community.
    Rekey {
        /// Number of the epoch.
        n: u32,
        /// Epochs that it follows.
        parents: Vec<Op>,
        /// Removals that it covers, by id.
        covers: Vec<Op>,
    },
    /// Changes the rules.
    Policy {
        /// Who may let people in, if that changes.
        admit: Option<Admit>,
    },
    /// Lets people stay whose admission was undone.
    Confirm {
        /// Whom.
        who: Vec<Account>,
    },
    /// Shows two ops of one device where there may be one.
    Fork {
        /// Which device.
        device: Device,
        /// Which of its ops there are two of.
        seq: u64,
    },
    /// Nothing that matters to authority: joins heads, or changes its author's own nickname.
    Note,
}

impl<Account, Device, Op> Act<Account, Device, Op> {
    /// The same act with other names; `None` if one of its ops has none.
    pub fn rename<A, D, O>(
        &self,
        account: impl Fn(&Account) -> A,
        device: impl Fn(&Device) -> D,
        op: impl Fn(&Op) -> Option<O>,
    ) -> Option<Act<A, D, O>> {
        Some(match self {
            Self::Join { who, invite } => Act::Join {
                who: account(who),
                invite: match invite {
                    Some(invite) => Some(op(invite)?),
                    None => None,
                },
            },
            Self::Timeout { who } => Act::Timeout { who: account(who) },
            Self::Kick { who, invites } => Act::Kick {
                who: account(who),
                invites: *invites,
            },
            Self::Ban {
                who,
                until,
                invites,
            } => Act::Ban {
                who: account(who),
                until: *until,
                invites: *invites,
            },
            Self::Unban { who } => Act::Unban { who: account(who) },
            Self::Assign { who, role } => Act::Assign {
                who: account(who),
                role: op(role)?,
            },
            Self::Unassign { who, role } => Act::Unassign {
                who: account(who),
                role: op(role)?,
            },
            Self::Transfer { to } => Act::Transfer { to: account(to) },
            Self::Confirm { who } => Act::Confirm {
                who: who.iter().map(account).collect(),
            },
            Self::RevokeDevice { device: of } => Act::RevokeDevice { device: device(of) },
            Self::Fork { device: of, seq } => Act::Fork {
                device: device(of),
                seq: *seq,
            },
            of_things => of_things.rename_things(op)?,
        })
    }

    /// [`Self::rename`] for acts that name no account and no device.
    fn rename_things<A, D, O>(&self, op: impl Fn(&Op) -> Option<O>) -> Option<Act<A, D, O>> {
        let all = |ops: &[Op]| ops.iter().map(&op).collect::<Option<Vec<O>>>();
        Some(match self {
            Self::Found { everyone, admit } => Act::Found {
                everyone: *everyone,
                admit: *admit,
            },
            Self::Leave => Act::Leave,
            Self::CreateRole { position, bits } => Act::CreateRole {
                position: *position,
                bits: *bits,
            },
            Self::UpdateRole { role, bits } => Act::UpdateRole {
                role: op(role)?,
                bits: *bits,
            },
            Self::DeleteRole { role } => Act::DeleteRole { role: op(role)? },
            Self::Channel => Act::Channel,
            Self::CreateInvite {
                uses,
                expires,
                roles,
            } => Act::CreateInvite {
                uses: *uses,
                expires: *expires,
                roles: all(roles)?,
            },
            Self::RevokeInvite { invite } => Act::RevokeInvite {
                invite: op(invite)?,
            },
            Self::AddDevice => Act::AddDevice,
            Self::Accept { transfer } => Act::Accept {
                transfer: op(transfer)?,
            },
            Self::Rekey { n, parents, covers } => Act::Rekey {
                n: *n,
                parents: all(parents)?,
                covers: all(covers)?,
            },
            Self::Policy { admit } => Act::Policy { admit: *admit },
            Self::Note => Act::Note,
            _of_people => return None,
        })
    }

    /// The account that it is about, if it is about one.
    #[must_use]
    pub const fn who(&self) -> Option<&Account> {
        match self {
            Self::Join { who, .. }
            | Self::Timeout { who }
            | Self::Kick { who, .. }
            | Self::Ban { who, .. }
            | Self::Unban { who }
            | Self::Assign { who, .. }
            | Self::Unassign { who, .. }
            | Self::Transfer { to: who } => Some(who),
            _ => None,
        }
    }

    /// The ops that it names.
    #[must_use]
    pub fn names(&self) -> Vec<&Op> {
        match self {
            Self::Join {
                invite: Some(op), ..
            }
            | Self::UpdateRole { role: op, .. }
            | Self::DeleteRole { role: op }
            | Self::Assign { role: op, .. }
            | Self::Unassign { role: op, .. }
            | Self::RevokeInvite { invite: op }
            | Self::Accept { transfer: op } => vec![op],
            Self::CreateInvite { roles, .. } => roles.iter().collect(),
            Self::Rekey {
                parents, covers, ..
            } => parents.iter().chain(covers).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether it counts whoever signed it: it carries its own proof.
    #[must_use]
    pub const fn proves_itself(&self) -> bool {
        matches!(
            self,
            Self::Found { .. } | Self::RevokeDevice { .. } | Self::Fork { .. }
        )
    }
}
