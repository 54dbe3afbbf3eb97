//! The directory of co-members: who shares a community with this device, and with which devices.

use std::collections::BTreeMap;

use crate::control::{CommunityId, Standing};
use crate::courier::Desks;
use crate::identity::{AccountBundle, AccountId, DeviceCert, DeviceId};
use crate::persist::{CommunityState, Failure};
use crate::presence;
use crate::turn::Context;

/// What the directory was made from last. While that is the same, so is what a community says to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Roster {
    people: BTreeMap<AccountId, Standing>,
    bundle_changes: u64,
    takes_part: bool,
}

/// Takes in who is a member of a community now. Strangers in reach that turn out to be new members are recognised.
pub(super) fn refresh(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let Some(hall) = desks.halls.get(id) else {
        return;
    };
    let row = cx.resident.community(id);
    let takes_part = row.is_some_and(|row| matches!(row.state, CommunityState::In { .. }));
    let moment = hall.control().log().now();
    let removed = takes_part && moment.standing(&cx.local.account) < Standing::Suspended;
    let roster = Roster {
        people: moment.people(),
        bundle_changes: hall.control().bundle_changes(),
        takes_part,
    };
    if hall.roster.as_ref() == Some(&roster) && !removed {
        return;
    }
    let mut now: BTreeMap<AccountId, &AccountBundle> = BTreeMap::new();
    let mut former = BTreeMap::new();
    for (account, standing) in &roster.people {
        let Some(bundle) = hall.control().bundle(account) else {
            continue;
        };
        match *standing >= Standing::Member && takes_part {
            _ if *account == cx.local.account => false,
            true => now.insert(*account, bundle).is_some(),
            // They may not know yet that they were removed, or those that this account left not that it did: whoever meets
            // whom tells them (`sync::tell_removed`, `on_known`).
            false => former.insert(*account, bundle).is_some(),
        };
    }
    let changed = cx.members.set(id, &now, &former);
    let fellow = moment.standing(&cx.local.account) >= Standing::Member;
    cx.members.set_out(id, takes_part && !fellow);
    // What still waits for somebody who is none of ours any more would wait for ever; so would what a device that was
    // removed has for those that stay.
    let gone = changed
        .gone
        .iter()
        .chain(now.into_values().filter(|_| removed));
    let gone = gone.flat_map(AccountBundle::active_devices);
    let gone: Vec<DeviceId> = gone.map(DeviceCert::device).collect();
    for device in gone {
        if !cx.is_known_only_by(device, id) {
            continue;
        }
        desks.courier.owe_nothing(device);
        if cx.resident.outbox(device).next().is_some() {
            crate::courier::give_up_later(cx, device, Failure::Withdrawn);
        }
    }
    if let Some(hall) = desks.halls.halls.get_mut(&id) {
        hall.roster = Some(roster);
    }
    presence::announce_soon(cx); // who may see that we are there, and is shown, may be others now
    desks.links.seek_members(cx, &changed.new);
    for account in changed.new {
        // Who was proved already as a contact is a member from now on.
        let devices = desks.links.devices_of(account);
        for (link, device) in devices {
            super::on_known(cx, desks, link, (account, device));
            crate::courier::reached(cx, desks.courier, device);
        }
    }
}
