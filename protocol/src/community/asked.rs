//! What a person may ask for: what a log would take and no person can mean is refused before it is written. Nothing depends on
//! it that others do; what counts is decided by the log alone.

use std::time::Duration;

use crate::community::hall::Hall;
use crate::control::body::{
    Body, ChannelChange, ChannelKind, Overwrite, PolicyChange, RoleChange, Scope,
};
use crate::control::{Bits, Community, OpId, Standing};
use crate::conversation::sayable;
use crate::error::Rejected;
use crate::identity::AccountId;
use crate::limits;
use crate::time::{Hlc, Timestamp};
use crate::turn::Context;

/// Whether a person asks for this by itself; the rest is done with what it needs beside it.
pub(super) fn is_asked_for(body: &Body) -> bool {
    !matches!(
        body,
        Body::Found(_)
            | Body::Join(_)
            | Body::Leave
            | Body::CreateInvite { .. }
            | Body::AddDevice { .. }
            | Body::RevokeDevice { .. }
            | Body::Rekey(_)
            | Body::Fork { .. }
            | Body::ForkedLog { .. }
            | Body::Merge
    ) && !says_whence(body)
}

/// Whether it says where the community came from: that is said once, with its founding.
fn says_whence(body: &Body) -> bool {
    let whence = |change: &PolicyChange| matches!(change, PolicyChange::ForkedFrom(_));
    matches!(body, Body::Policy { changes } if changes.iter().any(whence))
}

/// Whether this account is not silenced: who is says nothing in invites, names and topics either.
///
/// # Errors
/// [`Rejected::Silenced`], with how long that lasts.
pub(super) fn has_the_word(cx: &Context<'_>, hall: &Hall) -> Result<(), Rejected> {
    let until = hall.control().now().silenced_until(&cx.local.account);
    let left = until.map_or(Duration::ZERO, |until| until.wall().since(cx.now.wall));
    if left.is_zero() {
        Ok(())
    } else {
        Err(Rejected::Silenced { left })
    }
}

/// Whether `own` can mean this as the community stands.
///
/// # Errors
/// Why not.
pub(super) fn check(
    state: &Community<'_>,
    everyone: OpId,
    (own, now): (&AccountId, Timestamp),
    body: &Body,
) -> Result<(), Rejected> {
    match body {
        Body::Nickname { name: Some(name) } => sayable::name(name),
        Body::UpdateChannel { channel, .. } | Body::DeleteChannel { channel }
            if state.channel(channel).is_none() =>
        {
            Err(Rejected::UnknownChannel)
        }
        Body::UpdateRole { role, .. } if *role != everyone && state.role(role).is_none() => {
            Err(Rejected::UnknownRole)
        }
        Body::DeleteRole { role } | Body::Assign { role, .. } | Body::Unassign { role, .. }
            if state.role(role).is_none() =>
        {
            Err(Rejected::UnknownRole)
        }
        Body::UpdateChannel { channel, .. } | Body::DeleteChannel { channel }
            if !state.may_change(own, channel) =>
        {
            Err(Rejected::NotPermitted)
        }
        Body::CreateChannel(made) => {
            sayable::name(&made.name)?;
            if state.channels().len() >= limits::CHANNELS_MAX {
                return Err(Rejected::Full { what: "channels" });
            }
            check_parent(state, None, made.parent)?;
            check_overwrites((made.scope, everyone), made.overwrites.iter())
        }
        Body::CreateRole { name, .. } => {
            sayable::name(name)?;
            if state.roles().len() >= limits::ROLES_MAX {
                return Err(Rejected::Full { what: "roles" });
            }
            Ok(())
        }
        Body::UpdateRole { role, changes } => changes.iter().try_for_each(|change| match change {
            RoleChange::Name(name) => sayable::name(name),
            // Keys of public channels are everybody's, whatever roles say.
            RoleChange::Uses(uses) if *role == everyone && !uses.contains(Bits::VIEW) => {
                Err(Rejected::PublicChannel)
            }
            _ => Ok(()),
        }),
        Body::UpdateChannel { channel, changes } => {
            let mut all = changes.iter();
            all.try_for_each(|change| check_change(state, channel, change))?;
            let scope = changes.iter().rev().find_map(|change| match change {
                ChannelChange::Scope(scope) => Some(*scope),
                _ => None,
            });
            let scope = scope.or_else(|| Some(state.channel(channel)?.scope));
            let overwrites = changes.iter().filter_map(|change| match change {
                ChannelChange::Overwrite(overwrite) => Some(overwrite),
                _ => None,
            });
            check_overwrites((scope.unwrap_or(Scope::Private), everyone), overwrites)
        }
        Body::Policy { changes } => changes.iter().try_for_each(|change| match change {
            PolicyChange::Name(name) => sayable::name(name),
            _ => Ok(()),
        }),
        of_people => check_people(state, (own, now), of_people),
    }
}

/// The same, of what is done to somebody.
fn check_people(
    state: &Community<'_>,
    (own, now): (&AccountId, Timestamp),
    body: &Body,
) -> Result<(), Rejected> {
    let standing = |who: &AccountId| state.moment().standing(who);
    match body {
        Body::Kick { who, .. } | Body::Ban { who, .. } if who == own => Err(Rejected::Leave),
        // In the log, power makes its holder a member: one without a device, whom nobody could let in any more.
        Body::Assign { who, .. } | Body::Kick { who, .. }
            if standing(who) < Standing::Suspended =>
        {
            Err(Rejected::UnknownMember)
        }
        Body::Timeout { who, until, .. } => {
            if standing(who) < Standing::Suspended {
                return Err(Rejected::UnknownMember);
            }
            check_end(now, Duration::ZERO, *until)
        }
        Body::Ban {
            until: Some(until), ..
        } => check_end(now, limits::BAN_MIN, *until),
        // To oneself, it takes an offer back.
        Body::Transfer { to } if to != own && standing(to) < Standing::Member => {
            Err(Rejected::UnknownMember)
        }
        // It would count, and undo what they do elsewhere at that moment.
        Body::Unassign { who, role } if !state.moment().roles(who).contains(role) => {
            Err(Rejected::Nothing)
        }
        Body::Confirm { who } if who.iter().all(|one| standing(one) != Standing::Suspended) => {
            Err(Rejected::Nothing)
        }
        // It would count, and leave the ban of somebody higher as it is.
        Body::Unban { who } if standing(who) != Standing::Banned => Err(Rejected::Nothing),
        Body::Unban { who } if !state.moment().frees(own, who) => Err(Rejected::NotPermitted),
        _ => Ok(()),
    }
}

/// Whether a silence or ban ends within a year, and not before it began.
fn check_end(now: Timestamp, min: Duration, until: Hlc) -> Result<(), Rejected> {
    check_lasting(until.wall().since(now), min)
}

/// Whether something lasts at least so long, and at most [`limits::LASTS_MAX`].
///
/// # Errors
/// [`Rejected::OutOfRange`], in whole seconds, a part of one counted as one: so the bound that it says is one that is taken.
pub(super) fn check_lasting(lasts: Duration, min: Duration) -> Result<(), Rejected> {
    let max = limits::LASTS_MAX;
    if (min..=max).contains(&lasts) {
        return Ok(());
    }
    let in_memory =
        |time: Duration| usize::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(usize::MAX);
    Err(Rejected::OutOfRange {
        field: "lasts_s",
        min: in_memory(min),
        max: in_memory(max),
        actual: in_memory(lasts),
        unit: "seconds",
    })
}

fn check_change(
    state: &Community<'_>,
    channel: &OpId,
    change: &ChannelChange,
) -> Result<(), Rejected> {
    match change {
        ChannelChange::Name(name) => sayable::name(name),
        ChannelChange::SlowMode(seconds) => check_slow_mode(*seconds),
        ChannelChange::Parent(parent) => check_parent(state, Some(channel), *parent),
        _ => Ok(()),
    }
}

/// Channels stand under categories, and nothing under itself. `channel` is `None` while it is being made.
fn check_parent(
    state: &Community<'_>,
    channel: Option<&OpId>,
    parent: Option<OpId>,
) -> Result<(), Rejected> {
    let Some(parent) = parent else {
        return Ok(());
    };
    let known = state.channel(&parent);
    if known.is_none_or(|known| known.kind != ChannelKind::Category) {
        return Err(Rejected::NotACategory);
    }
    let mut above = Some(parent);
    // Other programs may have closed a circle elsewhere: it is walked once.
    for _step in 0..limits::CHANNELS_MAX {
        let Some(one) = above else {
            return Ok(());
        };
        if Some(&one) == channel {
            return Err(Rejected::NotACategory);
        }
        above = state.channel(&one).and_then(|known| known.parent);
    }
    Err(Rejected::NotACategory)
}

/// Roles differ by channel in what is done in channels, and in nothing else: no channel makes an administrator. And what is
/// public is read by all: whoever may not view a channel is kept out by its keys, and it has none of its own.
fn check_overwrites<'a>(
    (scope, everyone): (Scope, OpId),
    mut overwrites: impl Iterator<Item = &'a Overwrite>,
) -> Result<(), Rejected> {
    overwrites.try_for_each(|one| {
        let said = one.allow.with(one.deny);
        if !said.without(Bits::IN_CHANNELS).is_empty() {
            return Err(Rejected::NotByChannel);
        }
        let hides = one.deny.contains(Bits::VIEW) && one.role != everyone;
        if hides && scope == Scope::Public {
            return Err(Rejected::PublicChannel);
        }
        Ok(())
    })
}

fn check_slow_mode(seconds: u32) -> Result<(), Rejected> {
    if seconds <= limits::SLOW_MODE_MAX_S {
        return Ok(());
    }
    let in_memory = |seconds| usize::try_from(seconds).unwrap_or(usize::MAX);
    Err(Rejected::OutOfRange {
        field: "slow_mode_s",
        min: 0,
        max: in_memory(limits::SLOW_MODE_MAX_S),
        actual: in_memory(seconds),
        unit: "seconds",
    })
}
