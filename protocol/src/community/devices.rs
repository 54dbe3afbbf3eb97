//! Devices that accounts add and take back, carried into the communities that they are in.
//!
//! A device speaks in a community once an op of its account announces it; and whoever knows an account's word that a device
//! is taken back says so, for the account may have no other device left to say it (§2.4.4). Its keys change at once.

use crate::community::hall::Hall;
use crate::community::{changed, keys};
use crate::control::CommunityId;
use crate::control::body::Body;
use crate::courier::Desks;
use crate::identity::{AccountBundle, AccountId};
use crate::persist::CommunityState;
use crate::turn::Context;

/// Tells every community what this device knows of an account's devices and the community does not.
pub fn tell_everywhere(cx: &mut Context<'_>, desks: &mut Desks<'_>, account: AccountId) {
    for id in desks.halls.ids() {
        tell(cx, desks, id, account);
    }
}

/// The same about everybody whom this device knows better than a community does.
pub(super) fn tell_all(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let contacts: Vec<AccountId> = cx.resident.contacts().map(|(account, _)| account).collect();
    for account in contacts.into_iter().chain([cx.local.account]) {
        tell(cx, desks, id, account);
    }
}

fn known_bundle(cx: &Context<'_>, account: AccountId) -> Option<AccountBundle> {
    if account == cx.local.account {
        return Some(cx.own_bundle());
    }
    cx.resident.contact(account)?.bundle.clone()
}

fn tell(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId, account: AccountId) {
    let takes_part = cx
        .resident
        .community(id)
        .is_some_and(|row| matches!(row.state, CommunityState::In { .. }));
    let Some(bundle) = known_bundle(cx, account) else {
        return;
    };
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    if !takes_part || !hall.is_member(&cx.local.account) {
        return;
    }
    let news = news(cx, hall, account, &bundle);
    if news.is_empty() {
        return;
    }
    let revokes = news
        .iter()
        .any(|body| matches!(body, Body::RevokeDevice { .. }));
    // What a community refuses, it refuses from everybody.
    if hall.author(cx, news).is_err() {
        return;
    }
    if revokes && hall.control().log().now().epoch().is_none() {
        let _by_others = keys::rekey(cx, hall);
    }
    changed(cx, desks, id);
}

/// Ops about devices of an account that the community lacks.
fn news(cx: &Context<'_>, hall: &Hall, account: AccountId, bundle: &AccountBundle) -> Vec<Body> {
    let control = hall.control();
    let Some(known) = control.bundle(&account) else {
        return Vec::new();
    };
    let revoked = bundle
        .revokes()
        .iter()
        .filter(|revoke| !known.is_revoked(&revoke.device()))
        .filter(|revoke| control.owner_of(&revoke.device()) == Some(account))
        .map(|revoke| Body::RevokeDevice {
            revoke: Box::new(*revoke.as_unverified()),
        });
    let own = account == cx.local.account && hall.is_member(&account);
    let added = bundle
        .active_devices()
        .filter(|cert| own && control.key(&cert.device()).is_none())
        .map(|cert| Body::AddDevice {
            cert: Box::new(*cert.as_unverified()),
        });
    revoked.chain(added).collect()
}
