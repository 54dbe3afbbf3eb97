//! Which devices of a community are there at all, and which of them are linked now.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::community::hall::Hall;
use crate::control::{CommunityId, Standing};
use crate::courier::Desks;
use crate::identity::{AccountId, DeviceId};
use crate::link::LinkId;
use crate::turn::Context;

/// Links to members, with the accounts and devices at their other ends.
pub(super) type Linked = Vec<(LinkId, AccountId, DeviceId)>;

/// Who was in reach when it was asked last, and how often links and the directory of members had changed then.
#[derive(Debug, Default)]
pub(super) struct KeptLinks(RefCell<Option<((u64, u64), Linked)>>);

/// Links to devices of members of a community, the best one of each. They are asked for at each word and looked for only when
/// there are others.
pub(super) fn linked(cx: &Context<'_>, desks: &Desks<'_>, id: CommunityId) -> Linked {
    let Some(hall) = desks.halls.get(id) else {
        return find_linked(cx, desks, id);
    };
    let now = (desks.links.changes(), cx.members.changes());
    let mut kept = hall.linked.0.borrow_mut();
    match &*kept {
        Some((then, linked)) if *then == now => linked.clone(),
        _ => {
            let linked = find_linked(cx, desks, id);
            *kept = Some((now, linked.clone()));
            linked
        }
    }
}

fn find_linked(cx: &Context<'_>, desks: &Desks<'_>, id: CommunityId) -> Linked {
    let mut devices: BTreeMap<DeviceId, (LinkId, AccountId)> = BTreeMap::new();
    for (link, state) in desks.links.iter() {
        if let Some((account, device)) = state.peer
            && cx.members.shares(account, id)
        {
            devices.insert(device, (link, account)); // the newest link is the last
        }
    }
    let linked = devices.into_iter();
    linked
        .map(|(device, (link, account))| (link, account, device))
        .collect()
}

/// Devices of members of a community but this one, with the accounts that they speak for.
pub(super) fn other_devices(cx: &Context<'_>, hall: &Hall) -> Vec<(AccountId, DeviceId)> {
    let now = hall.control.log().now();
    let people = now.people().into_iter();
    people
        .filter(|(_, standing)| *standing >= Standing::Member)
        .flat_map(|(account, _)| {
            let devices = now.devices(&account).into_iter();
            devices.map(move |device| (account, device))
        })
        .filter(|(_, device)| *device != cx.local.device)
        .collect()
}
