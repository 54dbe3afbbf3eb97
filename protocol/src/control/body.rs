//! What control ops say on the wire.
//!
//! The order of variants and fields is the format: postcard, canonical, frozen by `tests/vectors/control_*.json`. New
//! kinds are added at the end.

use serde::{Deserialize, Serialize};

use super::fact::{Act, Admit, OpId};
use super::icon::Icon;
use super::op::{CommunityId, SignedHeader};
use super::permission::{Bits, Position};
use crate::content::SignedEntry;
use crate::crypto::{Hash32, Signature, VerifyKey};
use crate::identity::revocation::UnverifiedRevoke;
use crate::identity::{AccountId, DeviceId, UnverifiedBundle, UnverifiedCert};
use crate::limits::{
    CHANGES_MAX, CONFIRM_MAX, COVERS_MAX, CUT_MAX, EPOCH_PARENTS_MAX, INVITE_ROLES_MAX,
    NAME_BYTES_MAX, OVERWRITES_MAX, REASON_BYTES_MAX, TOPIC_BYTES_MAX,
};
use crate::time::Hlc;
use crate::wire::{Blob, Bounded, Fixed, Text};

/// A name of a community, channel, role or nickname.
pub type Name = Text<NAME_BYTES_MAX>;

/// Why somebody was removed or silenced, for them and for the audit.
pub type Reason = Text<REASON_BYTES_MAX>;

/// One log of a device: a device that lost its database starts another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogId {
    /// Whose.
    pub device: DeviceId,
    /// Drawn when its database was made.
    pub incarnation: u64,
}

/// How far a content log was known: 72 bytes and the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogMark {
    /// The log.
    pub log: LogId,
    /// Its newest entry.
    pub seq: u64,
    /// The hash of that entry.
    pub hash: Hash32,
}

/// The logs of whoever is removed, as the remover knew them; what comes later is shown as sent around the removal.
pub type Cut = Bounded<LogMark, CUT_MAX>;

/// How a community begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founding {
    /// Its name.
    pub name: Name,
    /// The founder's devices.
    pub bundle: UnverifiedBundle,
    /// What everyone may do.
    pub everyone: Bits,
    /// Who may let people in with an invite.
    pub admit: Admit,
    /// What new members may read.
    pub history: History,
    /// Makes two communities of one name and second different.
    pub nonce: Fixed<32>,
}

/// What of the past new members may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum History {
    /// Nothing from before they joined.
    #[default]
    SinceJoin,
    /// So many days of it.
    Days(u16),
    /// All of it.
    Full,
}

/// By what right somebody is let in, with what proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Via {
    /// By the right of whoever signs the op.
    Direct,
    /// By an invite: the holder of its secret signed for this person and this admitter.
    Invite {
        /// Which.
        invite: OpId,
        /// By the invite's key, over [`super::invite::JoinTerms`].
        proof: Signature,
    },
}

/// Somebody comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// Their devices.
    pub bundle: UnverifiedBundle,
    /// By what right.
    pub via: Via,
    /// The device that asked.
    pub device: DeviceId,
    /// Its signature over [`super::invite::JoinTerms`]: nobody is made a member unasked.
    pub consent: Signature,
    /// Drawn by whoever asks, so that one consent is for one joining.
    pub nonce: Fixed<16>,
}

/// What a channel is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChannelKind {
    /// A heading over channels.
    Category,
    /// For messages.
    Text,
    /// A room to talk in.
    Voice,
}

/// Whose keys open a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Only those of members who may view it. The stricter, and so the lesser.
    Private,
    /// Those of the whole community.
    Public,
}

/// What a channel allows or denies a role beside what the role says; deny before allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Overwrite {
    /// The role; the founding op stands for everyone.
    pub role: OpId,
    /// Allowed.
    pub allow: Bits,
    /// Denied.
    pub deny: Bits,
}

/// A new channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewChannel {
    /// What for.
    pub kind: ChannelKind,
    /// Its name.
    pub name: Name,
    /// The category that it stands under.
    pub parent: Option<OpId>,
    /// Its place among its siblings.
    pub place: u16,
    /// Whose keys open it.
    pub scope: Scope,
    /// For whom it differs.
    pub overwrites: Bounded<Overwrite, OVERWRITES_MAX>,
}

/// A change of one field of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChannelChange {
    /// Its name.
    Name(Name),
    /// What it is about.
    Topic(Text<TOPIC_BYTES_MAX>),
    /// The category that it stands under.
    Parent(Option<OpId>),
    /// Its place among its siblings.
    Place(u16),
    /// Whose keys open it.
    Scope(Scope),
    /// What it allows or denies a role.
    Overwrite(Overwrite),
    /// Seconds between two messages of one person; 0 for none.
    SlowMode(u32),
    /// What new members may read of it, if that differs from the community's rule.
    History(Option<History>),
}

/// A change of one field of a role. Position and power never change (A5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoleChange {
    /// Its name.
    Name(Name),
    /// Its colour, as red, green, blue.
    Colour([u8; 3]),
    /// What use it allows.
    Uses(Bits),
}

/// A change of one rule or of the community's looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyChange {
    /// Its name.
    Name(Name),
    /// What it is about.
    Topic(Text<TOPIC_BYTES_MAX>),
    /// Who may let people in with an invite.
    Admit(Admit),
    /// What new members may read.
    History(History),
    /// Which community it was forked from: the founder's word, that nothing proves.
    ForkedFrom(CommunityId),
    /// Its picture; `None` for none.
    Icon(Option<Icon>),
}

/// What a control op does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// 0: founds the community.
    Found(Box<Founding>),
    /// 1: lets somebody in.
    Join(Box<Joining>),
    /// 2: leaves.
    Leave,
    /// 3: silences somebody.
    Timeout {
        /// Whom.
        who: AccountId,
        /// Until when, by the time of their own messages.
        until: Hlc,
        /// Why.
        reason: Reason,
    },
    /// 4: removes somebody.
    Kick {
        /// Whom.
        who: AccountId,
        /// What of theirs was known.
        cut: Cut,
        /// Whether the invites that they made end as well.
        invites: bool,
        /// Why.
        reason: Reason,
    },
    /// 5: removes somebody and keeps them out.
    Ban {
        /// Whom.
        who: AccountId,
        /// Until when.
        until: Option<Hlc>,
        /// What of theirs was known.
        cut: Cut,
        /// Whether the invites that they made end as well.
        invites: bool,
        /// Why.
        reason: Reason,
    },
    /// 6: ends a ban.
    Unban {
        /// Whose.
        who: AccountId,
    },
    /// 7: makes a role.
    CreateRole {
        /// Its name.
        name: Name,
        /// Its colour, as red, green, blue.
        colour: [u8; 3],
        /// Where it stands.
        position: Position,
        /// What it allows.
        bits: Bits,
    },
    /// 8: changes a role.
    UpdateRole {
        /// Which.
        role: OpId,
        /// What about it.
        changes: Bounded<RoleChange, CHANGES_MAX>,
    },
    /// 9: deletes a role.
    DeleteRole {
        /// Which.
        role: OpId,
    },
    /// 10: gives somebody a role.
    Assign {
        /// Whom.
        who: AccountId,
        /// Which.
        role: OpId,
    },
    /// 11: takes a role from somebody.
    Unassign {
        /// From whom.
        who: AccountId,
        /// Which.
        role: OpId,
    },
    /// 12: makes a channel.
    CreateChannel(Box<NewChannel>),
    /// 13: changes a channel.
    UpdateChannel {
        /// Which.
        channel: OpId,
        /// What about it.
        changes: Bounded<ChannelChange, CHANGES_MAX>,
    },
    /// 14: deletes a channel.
    DeleteChannel {
        /// Which.
        channel: OpId,
    },
    /// 15: makes an invite.
    CreateInvite {
        /// Public half of the secret in its link.
        key: VerifyKey,
        /// How many may come by it.
        uses: u16,
        /// Until when.
        expires: Option<Hlc>,
        /// Roles, without power, that they get.
        roles: Bounded<OpId, INVITE_ROLES_MAX>,
        /// What its maker wants to remember.
        note: Name,
    },
    /// 16: ends an invite.
    RevokeInvite {
        /// Which.
        invite: OpId,
    },
    /// 17: adds a device of its author.
    AddDevice {
        /// Its certificate.
        cert: Box<UnverifiedCert>,
    },
    /// 18: shows that an account took a device back.
    RevokeDevice {
        /// The account's word.
        revoke: Box<UnverifiedRevoke>,
    },
    /// 19: offers the community to somebody; to oneself, takes an offer back.
    Transfer {
        /// To whom.
        to: AccountId,
    },
    /// 20: takes it.
    Accept {
        /// Which offer.
        transfer: OpId,
    },
    /// 21: makes a new secret of the community.
    Rekey(Box<NewEpoch>),
    /// 22: changes rules or looks.
    Policy {
        /// What about them.
        changes: Bounded<PolicyChange, CHANGES_MAX>,
    },
    /// 23: lets people stay whose admission was undone.
    Confirm {
        /// Whom, by id.
        who: Bounded<AccountId, CONFIRM_MAX>,
    },
    /// 24: shows two ops of one device where there may be one.
    Fork {
        /// One.
        one: Box<SignedHeader>,
        /// The other.
        other: Box<SignedHeader>,
    },
    /// 25: joins heads, so that ops stay small.
    Merge,
    /// 26: what its author is called here; `None` for their own name.
    Nickname {
        /// The nickname.
        name: Option<Name>,
    },
    /// 27: shows two content entries of one device where there may be one.
    ForkedLog {
        /// One.
        one: Box<SignedEntry>,
        /// The other.
        other: Box<SignedEntry>,
    },
}

/// A new secret of the community, as everybody may know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEpoch {
    /// One more than the greatest of its parents.
    pub n: u32,
    /// Epochs that it follows, by id.
    pub parents: Bounded<OpId, EPOCH_PARENTS_MAX>,
    /// Hash of the secret.
    pub commit: Hash32,
    /// For each parent, its control key under the new one: 32 bytes and the tag.
    pub wrapped: Bounded<Blob<48>, EPOCH_PARENTS_MAX>,
    /// Removals that no parent covers, by id.
    pub covers: Bounded<OpId, COVERS_MAX>,
}

impl Body {
    /// What it does to anybody's authority. Bundles, certificates and proofs in it are looked at elsewhere: `subject` is
    /// the account that they are of.
    #[must_use]
    pub fn act(&self, subject: Option<AccountId>, device: Option<(DeviceId, u64)>) -> Option<Act> {
        Some(match self {
            Self::Found(founding) => Act::Found {
                everyone: founding.everyone,
                admit: founding.admit,
            },
            Self::Join(joining) => Act::Join {
                who: subject?,
                invite: match joining.via {
                    Via::Direct => None,
                    Via::Invite { invite, .. } => Some(invite),
                },
            },
            Self::Leave => Act::Leave,
            Self::Timeout { who, .. } => Act::Timeout { who: *who },
            Self::Kick { who, invites, .. } => Act::Kick {
                who: *who,
                invites: *invites,
            },
            Self::Ban {
                who,
                until,
                invites,
                ..
            } => Act::Ban {
                who: *who,
                until: *until,
                invites: *invites,
            },
            Self::Unban { who } => Act::Unban { who: *who },
            Self::Assign { who, role } => Act::Assign {
                who: *who,
                role: *role,
            },
            Self::Unassign { who, role } => Act::Unassign {
                who: *who,
                role: *role,
            },
            Self::RevokeDevice { .. } => Act::RevokeDevice { device: device?.0 },
            Self::Fork { .. } | Self::ForkedLog { .. } => Act::Fork {
                device: device?.0,
                seq: device?.1,
            },
            Self::Transfer { to } => Act::Transfer { to: *to },
            Self::Confirm { who } => Act::Confirm { who: who.to_vec() },
            of_things => of_things.act_on_things()?,
        })
    }

    fn act_on_things(&self) -> Option<Act> {
        Some(match self {
            Self::CreateRole { position, bits, .. } => Act::CreateRole {
                position: *position,
                bits: *bits,
            },
            Self::UpdateRole { role, changes } => Act::UpdateRole {
                role: *role,
                bits: changes.iter().rev().find_map(|change| match change {
                    RoleChange::Uses(bits) => Some(*bits),
                    _ => None,
                }),
            },
            Self::DeleteRole { role } => Act::DeleteRole { role: *role },
            Self::CreateChannel(_) | Self::UpdateChannel { .. } | Self::DeleteChannel { .. } => {
                Act::Channel
            }
            Self::CreateInvite {
                uses,
                expires,
                roles,
                ..
            } => Act::CreateInvite {
                uses: *uses,
                expires: *expires,
                roles: roles.to_vec(),
            },
            Self::RevokeInvite { invite } => Act::RevokeInvite { invite: *invite },
            Self::AddDevice { .. } => Act::AddDevice,
            Self::Accept { transfer } => Act::Accept {
                transfer: *transfer,
            },
            Self::Rekey(epoch) => Act::Rekey {
                n: epoch.n,
                parents: epoch.parents.to_vec(),
                covers: epoch.covers.to_vec(),
            },
            Self::Policy { changes } => Act::Policy {
                admit: changes.iter().rev().find_map(|change| match change {
                    PolicyChange::Admit(admit) => Some(*admit),
                    _ => None,
                }),
            },
            Self::Merge | Self::Nickname { .. } => Act::Note,
            _of_people => return None,
        })
    }
}
