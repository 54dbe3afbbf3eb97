//! Certificates and revocations: of contacts as they come, and our own.

use crate::contact::put;
use crate::courier::give_up_later;
use crate::error::{HangupReason, Misbehaved, Rejected};
use crate::identity::{
    AccountBundle, AccountId, BundleFault, DeviceCert, DeviceId, UnverifiedBundle,
};
use crate::limits;
use crate::link::{Frame, LinkId, Links};
use crate::persist::{ContactRow, ContactState, Failure, OwnRow, Row, RowKey, Trust};
use crate::turn::{Context, Event, Reply, When};

/// A contact tells its devices as they are now.
///
/// # Errors
/// When they do not verify, or are of another account.
pub fn on_bundle(
    cx: &mut Context<'_>,
    links: &Links,
    account: AccountId,
    bundle: UnverifiedBundle,
) -> Result<(), Misbehaved> {
    // Of others, not even their signatures are worth the time.
    if !cx
        .resident
        .contact(account)
        .is_some_and(|row| row.state != ContactState::Blocked)
    {
        return Ok(());
    }
    let theirs = bundle.verify(Some(account))?;
    Ok(merge(cx, links, account, &theirs)?)
}

/// Takes what is new in a bundle into the row of its contact.
///
/// # Errors
/// When both together are no bundle; nothing changed then.
pub(super) fn merge(
    cx: &mut Context<'_>,
    links: &Links,
    account: AccountId,
    theirs: &AccountBundle,
) -> Result<(), BundleFault> {
    let Some(row) = cx.resident.contact(account).cloned() else {
        return Ok(());
    };
    let before = row.bundle.clone();
    let after = match &before {
        Some(ours) => ours.merge(theirs)?,
        None => theirs.clone(),
    };
    if before.as_ref() == Some(&after) {
        return Ok(());
    }
    let changed = before
        .as_ref()
        .map(|before| keys_changed(before, &after))
        .unwrap_or_default();
    let trust = if !changed.is_empty() && row.trust == Trust::Verified {
        Trust::Changed
    } else {
        row.trust
    };
    let gone = before
        .iter()
        .flat_map(AccountBundle::active_devices)
        .map(DeviceCert::device);
    let gone: Vec<_> = gone
        .filter(|device| after.device(device).is_none())
        .collect();
    put(
        cx,
        links,
        account,
        ContactRow {
            bundle: Some(after),
            trust,
            ..row
        },
    );
    for device in gone {
        revoked(cx, links, device);
    }
    for device in changed {
        cx.remove(RowKey::Session(device)); // it was with keys that are no more
    }
    Ok(())
}

/// Known devices that show another Signal identity. Their account signed that, and still nobody should find out by
/// chance.
fn keys_changed(before: &AccountBundle, after: &AccountBundle) -> Vec<DeviceId> {
    let other_keys = |old: &&DeviceCert| {
        after
            .device(&old.device())
            .is_some_and(|new| new.signal_identity() != old.signal_identity())
    };
    before
        .active_devices()
        .filter(other_keys)
        .map(DeviceCert::device)
        .collect()
}

/// A device is no more: its session and what waits for it go, and its links close.
fn revoked(cx: &mut Context<'_>, links: &Links, device: DeviceId) {
    cx.remove(RowKey::Session(device));
    give_up_later(cx, device, Failure::Revoked);
    for link in links.of(device) {
        cx.hangup(link, HangupReason::Revoked);
    }
}

/// Merges certificates and revocations into the own bundle and tells every contact in reach.
///
/// # Errors
/// When they do not verify, or are of another account.
pub fn certify(
    cx: &mut Context<'_>,
    links: &Links,
    bundle: &UnverifiedBundle,
) -> Result<Reply, Rejected> {
    let theirs = bundle
        .clone()
        .verify(Some(cx.local.account))
        .map_err(Rejected::Bundle)?;
    let bundle = cx.own_bundle().merge(&theirs).map_err(Rejected::Bundle)?;
    publish(cx, links, bundle);
    Ok(Reply::Done)
}

/// Signs once a week that our device list is alive: a list without a mark for a month is shown as perhaps stale.
pub fn freshen(cx: &mut Context<'_>, links: &Links) {
    let bundle = cx.own_bundle();
    let fresh = bundle
        .fresh_at(cx.now)
        .is_some_and(|at| cx.now.wall.since(at.wall()) < limits::FRESH_INTERVAL);
    if fresh || bundle.is_revoked(&cx.local.device) {
        return;
    }
    let at = cx.tick();
    if let Ok(bundle) = bundle.refreshed(&cx.local.signing, at) {
        publish(cx, links, bundle);
    }
}

/// Stores the own bundle and tells every contact in reach.
fn publish(cx: &mut Context<'_>, links: &Links, bundle: AccountBundle) {
    let name = cx.own_name();
    cx.put(
        RowKey::Own,
        Row::Own(OwnRow {
            name: name.clone(),
            bundle: bundle.clone(),
        }),
    );
    for link in contact_links(cx, links) {
        cx.send(
            link,
            &Frame::Bundle {
                bundle: bundle.to_unverified(),
            },
            When::Durable,
        );
    }
    cx.event(Event::Me { name, bundle });
}

fn contact_links(cx: &Context<'_>, links: &Links) -> Vec<LinkId> {
    let accepted = |account: AccountId| {
        let row = cx.resident.contact(account);
        row.is_some_and(|row| matches!(row.state, ContactState::Accepted { .. }))
    };
    links
        .iter()
        .filter(|(_, link)| link.peer.is_some_and(|(account, _)| accepted(account)))
        .map(|(id, _)| id)
        .collect()
}
