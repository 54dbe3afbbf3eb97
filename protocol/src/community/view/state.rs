//! One hash for how a community stands: equal on all devices that know the same.

use super::CommunityView;
use crate::control::body::{ChannelKind, History, Overwrite, Scope};
use crate::control::{OpId, Standing};
use crate::crypto::{Hash32, Label};
use crate::identity::{AccountId, DeviceId};
use crate::time::Hlc;
use crate::wire;

/// What of a member the state hash covers.
type Membership<'a> = (
    &'a AccountId,
    u8,
    &'a Option<String>,
    &'a [OpId],
    Vec<DeviceId>,
);
/// What of a channel it covers.
type Place<'a> = (&'a OpId, u8, &'a str, &'a str, Option<OpId>, u16, u8, u32);

/// Hash of how everything stands for everybody: what this account sees by its own rights, or this device by what is in
/// reach, is no part of it (A14).
pub(super) fn hash(view: &CommunityView) -> Hash32 {
    let roles: Vec<(&OpId, &str, [u8; 3], u16, u64)> = view
        .roles
        .iter()
        .map(|role| {
            (
                &role.id,
                role.name.as_str(),
                role.colour,
                role.position.0,
                role.bits.0,
            )
        })
        .collect();
    let silenced: Vec<(&AccountId, Option<Hlc>)> = view
        .members
        .iter()
        .map(|member| (&member.account, member.silenced_until))
        .collect();
    let whole = (
        (
            &view.name,
            &view.topic,
            view.admit,
            view.history,
            view.owner,
            view.forked_from,
            view.icon.as_deref(),
        ),
        (view.everyone.0, view.epoch.map(|(epoch, _)| epoch)),
        members(view),
        channels(view),
        roles,
        silenced,
    );
    Hash32::of(Label::CommunityState, &wire::encode(&whole))
}

fn members(view: &CommunityView) -> Vec<Membership<'_>> {
    view.members
        .iter()
        .map(|member| {
            let standing = match member.standing {
                Standing::Outside => 0,
                Standing::Banned => 1,
                Standing::Suspended => 2,
                Standing::Member => 3,
                Standing::Owner => 4,
            };
            let devices = member.devices.clone();
            (
                &member.account,
                standing,
                &member.nickname,
                member.roles.as_slice(),
                devices,
            )
        })
        .collect()
}

/// Who may read it.
type Access<'a> = (&'a [Overwrite], &'a [AccountId], Option<History>);

fn channels(view: &CommunityView) -> Vec<(Place<'_>, Access<'_>)> {
    view.channels
        .iter()
        .map(|channel| {
            let kind = match channel.kind {
                ChannelKind::Category => 0,
                ChannelKind::Text => 1,
                ChannelKind::Voice => 2,
            };
            let scope = match channel.scope {
                Scope::Private => 0,
                Scope::Public => 1,
            };
            let place = (
                &channel.id,
                kind,
                channel.name.as_str(),
                channel.topic.as_str(),
                channel.parent,
                channel.place,
                scope,
                channel.slow_mode,
            );
            // Whoever is a member is covered already.
            let readers = match channel.scope {
                Scope::Private => channel.readers.as_slice(),
                Scope::Public => &[],
            };
            let access = (channel.overwrites.as_slice(), readers, channel.history);
            (place, access)
        })
        .collect()
}
