//! Sessions that died: saying so, and making a new one (DECISIONS 17).
//!
//! A reset names a ciphertext and is authenticated under the link key of the two devices. It is obeyed only if that
//! ciphertext is one of ours and not acknowledged, so that neither a stranger nor a replay makes sessions churn.

use crate::courier::{Courier, Desks, certificate, peer_row};
use crate::crypto::{Hash32, Label, ct_eq, mac};
use crate::identity::DeviceId;
use crate::link::auth::LinkKey;
use crate::link::{Frame, LinkId, Links};
use crate::persist::{PeerRow, Row, RowKey, SessionRow};
use crate::turn::{Context, Event, Missing, When};
use crate::{limits, session};

fn reset_mac(key: &LinkKey, from: DeviceId, to: DeviceId, hash: &Hash32) -> [u8; 32] {
    mac(
        key,
        Label::SessionReset,
        &[from.as_bytes(), to.as_bytes(), hash.as_bytes()],
    )
}

fn key_of(cx: &Context<'_>, links: &mut Links, link: LinkId) -> Option<LinkKey> {
    let (account, device) = links.get(link)?.peer?;
    let cert = certificate(cx, links, account, device)?;
    links.key(&cx.local.signal, &cert.signal_identity())
}

/// Tells a device that one of its ciphertexts cannot be opened, at most once a minute.
pub(super) fn ask(
    cx: &mut Context<'_>,
    links: &mut Links,
    courier: &mut Courier,
    link: LinkId,
    ciphertext: &[u8],
) {
    let Some((account, device)) = links.get(link).and_then(|link| link.peer) else {
        return;
    };
    let next = courier
        .resets
        .get(&device)
        .map(|last| last.after(limits::RESET_INTERVAL));
    if next.is_some_and(|at| at > cx.now.mono) {
        return;
    }
    let Some(key) = key_of(cx, links, link) else {
        return;
    };
    courier
        .resets
        .retain(|_, last| last.after(limits::RESET_INTERVAL) > cx.now.mono);
    courier.resets.insert(device, cx.now.mono);
    let hash = Hash32::of(Label::Ciphertext, ciphertext);
    let mac = reset_mac(&key, cx.local.device, device, &hash);
    cx.send(link, &Frame::SessionReset { hash, mac }, When::Now);
    cx.out.event(Event::Unopened { account }, When::Now);
}

/// Whether the device at the other end of this link made this reset.
pub fn verify_reset(
    cx: &Context<'_>,
    links: &mut Links,
    link: LinkId,
    hash: &Hash32,
    claimed: &[u8; 32],
) -> bool {
    let Some((_, device)) = links.get(link).and_then(|link| link.peer) else {
        return false;
    };
    let Some(key) = key_of(cx, links, link) else {
        return false;
    };
    ct_eq(&reset_mac(&key, device, cx.local.device, hash), claimed)
}

/// Gives the session up if the reset names something that is unacknowledged in it: the next flush makes a new one.
///
/// # Errors
/// When the session must be loaded first.
pub fn on_reset(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    hash: &Hash32,
) -> Result<(), Missing> {
    let Some((account, _)) = desks
        .links
        .best(device)
        .and_then(|link| desks.links.get(link))
        .and_then(|link| link.peer)
    else {
        return Ok(());
    };
    let peer = peer_row(cx, account, device);
    let number = peer.session_number;
    let ours = cx
        .resident
        .outbox(device)
        .filter_map(|(_, row)| row.sealed.as_ref())
        .filter(|sealed| sealed.session == number)
        .any(|sealed| Hash32::of(Label::Ciphertext, &sealed.bytes) == *hash);
    if !ours && !super::acks::was_sent(desks.courier, device, hash) {
        return Ok(());
    }
    if let Some(row) = cx.resident.session(device)? {
        match session::archive(&row.record) {
            Ok(record) => cx.put(RowKey::Session(device), Row::Session(SessionRow { record })),
            Err(_) => cx.remove(RowKey::Session(device)),
        }
    }
    // Another number also where the next session is one that the peer makes: what it cannot open must not go again.
    let number = number.saturating_add(1);
    cx.put(
        RowKey::Peer(device),
        Row::Peer(PeerRow {
            session_number: number,
            ..peer
        }),
    );
    if let Some(owed) = desks.courier.owed.get_mut(&device) {
        owed.hashes.clear(); // the same reset again says nothing about the next session
    }
    desks.courier.flights.retain(|(to, _), _| *to != device);
    cx.lanes.flush(device);
    Ok(())
}
