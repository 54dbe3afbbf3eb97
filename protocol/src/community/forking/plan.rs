//! What a fork takes along: how the old community stands here, as far as its forker could see it.
//!
//! Read from the control log alone, and only from what is on this device: nobody is asked, so nobody can refuse.

use std::collections::{BTreeMap, BTreeSet};

use super::Taking;
use crate::control::body::{Body, Scope};
use crate::control::{Bits, Channel, Community, Control, Fate, OpId, Policy, Role, Standing};
use crate::error::Rejected;
use crate::identity::AccountId;
use crate::limits;

/// What comes along, under the names that it has in the old community.
pub(super) struct Plan {
    /// Its name and rules.
    pub policy: Policy,
    /// What everyone may do.
    pub everyone: Bits,
    /// Its roles, the highest first.
    pub roles: Vec<Role>,
    /// Its channels, those first that others may stand under, each at a place of its own among its siblings.
    pub channels: Vec<Channel>,
    /// Who has which role without power.
    pub given: Vec<(AccountId, OpId)>,
    /// Who has which roles with power, where these are given back at all.
    pub promised: BTreeMap<AccountId, Vec<OpId>>,
    /// How many members there are beside the forker.
    pub others: usize,
}

impl Plan {
    /// What this account takes along of a community.
    ///
    /// # Errors
    /// It never was a member, or there is more than a community may hold.
    pub(super) fn of(control: &Control, own: &AccountId, taking: Taking) -> Result<Self, Rejected> {
        let community = as_known(control, own).ok_or(Rejected::NotMember)?;
        let policy = community.policy().ok_or(Rejected::UnknownCommunity)?;
        let roles = at_most("roles", limits::ROLES_MAX, taking, community.roles())?;
        let mut channels = community.channels();
        channels.retain(|channel| is_seen(&community, own, channel));
        let channels = at_most("channels", limits::CHANNELS_MAX, taking, channels)?;
        let mut plan = Self {
            policy,
            everyone: community.moment().everyone(),
            roles,
            channels: placed(channels),
            given: Vec::new(),
            promised: BTreeMap::new(),
            others: 0,
        };
        plan.take_people(&community, own, taking);
        let most = limits::FORK_ROLES_GIVEN_MAX;
        plan.given = at_most("roles of members", most, taking, plan.given)?;
        Ok(plan)
    }

    /// Who is a member, with which of the roles.
    fn take_people(&mut self, community: &Community<'_>, own: &AccountId, taking: Taking) {
        let powers: BTreeMap<OpId, Bits> = self
            .roles
            .iter()
            .map(|role| (role.id, role.bits.power()))
            .collect();
        let people = community.moment().people().into_iter();
        let others = people.filter(|(who, standing)| who != own && *standing >= Standing::Member);
        for (who, _) in others {
            self.others = self.others.saturating_add(1);
            for role in community.moment().roles(&who) {
                match powers.get(&role) {
                    Some(power) if power.is_empty() => self.given.push((who, role)),
                    Some(_) if taking.with_powers => {
                        self.promised.entry(who).or_default().push(role);
                    }
                    _ => {}
                }
            }
        }
    }
}

/// So many of these; more are refused, or left out.
fn at_most<T>(
    field: &'static str,
    max: usize,
    taking: Taking,
    mut all: Vec<T>,
) -> Result<Vec<T>, Rejected> {
    if all.len() > max && !taking.trimmed {
        return Err(Rejected::OutOfRange {
            field,
            min: 0,
            max,
            actual: all.len(),
            unit: field,
        });
    }
    all.truncate(max);
    Ok(all)
}

/// A community as this account last knew it from within: as it stands, or as it stood before what put the account out.
fn as_known<'a>(control: &'a Control, own: &AccountId) -> Option<Community<'a>> {
    let is_in = |community: &Community<'_>| community.moment().standing(own) >= Standing::Suspended;
    let now = control.now();
    if is_in(&now) {
        return Some(now);
    }
    control.at(&before_going(control, own)).filter(is_in)
}

/// The newest ops that are neither what put this account out for the last time, nor came after that.
fn before_going(control: &Control, own: &AccountId) -> Vec<OpId> {
    let dag = control.log().dag();
    let comes_before = |one: &OpId, other: &OpId| dag.happened_before(one, other) == Some(true);
    let admissions = admissions(control, own);
    let goes = |id: &OpId| {
        let body = control.op(id).map(|op| (&op.body, op.head.header.author));
        let goes = match body {
            Some((Body::Kick { who, .. } | Body::Ban { who, .. }, _)) => who == own,
            Some((Body::Leave, author)) => author == *own,
            _ => false,
        };
        let returned = || admissions.iter().any(|since| comes_before(id, since));
        goes && control.log().now().fate(id) == Some(Fate::Valid) && !returned()
    };
    let all: Vec<OpId> = control.log().in_order().collect();
    let gone: Vec<OpId> = all.iter().filter(|id| goes(id)).copied().collect();
    let before = |id: &OpId| !gone.iter().any(|gone| gone == id || comes_before(gone, id));
    let before: Vec<OpId> = all.into_iter().filter(before).collect();
    let named: BTreeSet<OpId> = before
        .iter()
        .filter_map(|id| control.op(id))
        .flat_map(|op| op.head.header.deps.iter().copied())
        .collect();
    before
        .into_iter()
        .filter(|id| !named.contains(id))
        .collect()
}

/// What made this account a member, or one again.
fn admissions(control: &Control, own: &AccountId) -> Vec<OpId> {
    let now = control.log().now();
    let gives_power = |role: &OpId| match control.op(role).map(|op| &op.body) {
        Some(Body::CreateRole { bits, .. }) => !bits.power().is_empty(),
        _ => false,
    };
    let others = control.log().in_order().filter(|id| {
        let admits = match control.op(id).map(|op| &op.body) {
            Some(Body::Confirm { who }) => who.contains(own),
            Some(Body::Assign { who, role }) => who == own && gives_power(role),
            _ => false,
        };
        admits && now.fate(id) == Some(Fate::Valid)
    });
    now.joins_of(own).into_iter().chain(others).collect()
}

/// Whether this account can read a channel: of the others it takes nothing along, though its log tells their names.
fn is_seen(community: &Community<'_>, own: &AccountId, channel: &Channel) -> bool {
    channel.scope == Scope::Public || community.uses_in(own, channel).contains(Bits::VIEW)
}

/// The same channels at places that tell their order alone. Of two at one place the order is that of their ids, and those
/// are drawn anew.
fn placed(mut channels: Vec<Channel>) -> Vec<Channel> {
    let kept: BTreeSet<OpId> = channels.iter().map(|channel| channel.id).collect();
    for channel in &mut channels {
        channel.parent = channel.parent.filter(|parent| kept.contains(parent));
    }
    channels.sort_by_key(|channel| (channel.parent, channel.place, channel.id));
    for siblings in channels.chunk_by_mut(|one, next| one.parent == next.parent) {
        if siblings.is_sorted_by(|one, next| one.place < next.place) {
            continue;
        }
        for (place, channel) in siblings.iter_mut().enumerate() {
            channel.place = u16::try_from(place).unwrap_or(u16::MAX);
        }
    }
    channels
}
