//! The directory of co-members: who shares a community with this device, and with which devices.

use std::collections::BTreeMap;

use crate::control::{CommunityId, Standing};
use crate::courier::Desks;
use crate::identity::{AccountBundle, AccountId};
use crate::persist::CommunityState;
use crate::turn::Context;

/// Takes in who is a member of a community now. Strangers in reach that turn out to be new members are recognised.
pub(super) fn refresh(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let Some(hall) = desks.halls.get(id) else {
        return;
    };
    let row = cx.resident.community(id);
    let takes_part = row.is_some_and(|row| matches!(row.state, CommunityState::In { .. }));
    let now: BTreeMap<AccountId, AccountBundle> = if takes_part {
        let moment = hall.control().log().now();
        let people = moment.people().into_iter();
        people
            .filter(|(account, standing)| {
                *standing >= Standing::Member && *account != cx.local.account
            })
            .filter_map(|(account, _)| Some((account, hall.control().bundle(&account)?.clone())))
            .collect()
    } else {
        BTreeMap::new()
    };
    let new = cx.members.set(id, &now);
    if !new.is_empty() {
        desks.links.seek_members(cx, &new);
    }
    for account in new {
        // Who was proved already as a contact is a member from now on.
        let devices = desks.links.devices_of(account);
        for (link, device) in devices {
            super::on_known(cx, desks, link, (account, device));
            crate::courier::reached(cx, desks.courier, device);
        }
    }
}
