//! Links on which nobody proved anything yet: cards, introductions, and who is sought.

use crate::{
    contact::{Desk, put, refresh},
    courier::{self, Courier},
    error::{HangupReason, Misbehaved},
    identity::{AccountBundle, AccountId, DeviceId, UnverifiedBundle, commit},
    limits,
    link::{Frame, LinkId, Links},
    message::{Content, ContactStep, MessageId, Name},
    persist::{ContactRow, ContactState},
    turn::{Context, Event, NearbyView, Timer, When},
};

/// The first round on a link found no contact: show ourselves if we do, and seek whom we were given links of.
pub fn on_stranger(cx: &mut Context<'_>, links: &Links, link: LinkId, visible: bool) {
    if visible {
        let bundle = cx.own_bundle().to_unverified();
        cx.send(link, &Frame::Card { name: cx.own_name(), bundle }, When::Durable);
    }
    for account in sought(cx) {
        if let Some(tag) = links.get(link).and_then(|state| state.seek(account, true)) {
            cx.send(link, &Frame::Seek { tag }, When::Now);
        }
    }
}

/// Accounts that we asked and that have not answered. Also those whose device had the request: it may have lost it in
/// a crash, and then does not know us.
fn sought(cx: &Context<'_>) -> Vec<AccountId> {
    cx.resident
        .contacts()
        .filter(|(_, row)| matches!(row.state, ContactState::Outgoing { .. }))
        .map(|(account, _)| account)
        .take(limits::REQUESTS_PENDING_MAX)
        .collect()
}

/// Somebody holds a link of ours, or of somebody else.
pub fn on_seek(cx: &mut Context<'_>, links: &mut Links, link: LinkId, tag: &[u8; 16]) {
    let Some(state) = links.get_mut(link) else { return };
    if state.seek(cx.local.account, false).is_some_and(|ours| ours == *tag) {
        introduce(cx, links, link);
    }
}

fn introduce(cx: &mut Context<'_>, links: &mut Links, link: LinkId) {
    let Some(state) = links.get_mut(link) else { return };
    if !state.introduced_ourselves {
        state.introduced_ourselves = true;
        let bundle = cx.own_bundle().to_unverified();
        // Not behind a commit: the tags that follow would overtake it, and be those of nobody.
        cx.send(link, &Frame::Introduce { bundle }, When::Now);
    }
}

/// A stranger shows itself.
///
/// # Errors
/// When its certificates do not verify.
pub fn on_card(
    cx: &mut Context<'_>,
    links: &mut Links,
    desk: &mut Desk,
    link: LinkId,
    name: Name,
    bundle: UnverifiedBundle,
) -> Result<(), Misbehaved> {
    let bundle = bundle.verify(None)?;
    let account = bundle.account();
    if account == cx.local.account || desk.cards.len() >= limits::NEARBY_MAX {
        return Ok(());
    }
    let known = cx.resident.contact(account).map(|row| &row.state);
    if matches!(known, Some(ContactState::Blocked)) {
        return Ok(());
    }
    let accepted = matches!(known, Some(ContactState::Accepted { .. }));
    if let Some(state) = links.get_mut(link) {
        state.introduced = Some(bundle);
    }
    if !accepted {
        desk.cards.insert(link, (account, name.clone()));
        cx.event(Event::Nearby(NearbyView { account, name }));
    }
    approach(cx, links, link, account);
    Ok(())
}

/// A stranger says who it is, because it seeks us or we seek it.
///
/// # Errors
/// When its certificates do not verify.
pub fn on_introduce(
    cx: &mut Context<'_>,
    links: &mut Links,
    link: LinkId,
    bundle: UnverifiedBundle,
) -> Result<(), Misbehaved> {
    let bundle = bundle.verify(None)?;
    let account = bundle.account();
    if let Some(state) = links.get_mut(link) {
        state.introduced = Some(bundle);
    }
    approach(cx, links, link, account);
    Ok(())
}

/// If we want something of this account, tell it who we are and prove it.
pub(super) fn approach(cx: &mut Context<'_>, links: &mut Links, link: LinkId, account: AccountId) {
    let wanted = cx.resident.contact(account).is_some_and(|row| {
        matches!(row.state, ContactState::Outgoing { .. } | ContactState::Accepted { .. })
    });
    if wanted && links.get(link).is_some_and(|state| state.peer.is_none()) {
        introduce(cx, links, link);
        links.prove_to_introduced(cx, link);
    }
}

/// A link closed, or its other end was proved: its card goes.
pub fn stranger_gone(cx: &mut Context<'_>, desk: &mut Desk, link: LinkId) {
    if let Some((account, _)) = desk.cards.remove(&link)
        && desk.links_of(account).is_empty()
    {
        cx.event(Event::NearbyGone(account));
    }
}

/// A device is proved at the other end.
pub fn on_known(
    cx: &mut Context<'_>,
    links: &mut Links,
    desk: &mut Desk,
    courier: &mut Courier,
    link: LinkId,
    (account, device): (AccountId, DeviceId),
) {
    if device == cx.local.device {
        cx.hangup(link, HangupReason::Oneself);
        return;
    }
    let surplus = links.of(device).len().saturating_sub(limits::LINKS_PER_DEVICE_MAX);
    for oldest in links.of(device).into_iter().take(surplus) {
        cx.hangup(oldest, HangupReason::Replaced);
    }
    let introduced = links.get(link).and_then(|state| state.introduced.clone());
    if let Some(row) = cx.resident.contact(account).cloned() {
        let ContactRow { state, .. } = &row;
        match state {
            ContactState::Blocked => {
                cx.hangup(link, HangupReason::Blocked);
                return;
            }
            ContactState::Outgoing { device: None, .. } => {
                if let Some(bundle) = introduced {
                    ask(cx, links, row, bundle, device);
                }
            }
            ContactState::Accepted { .. } => {
                stranger_gone(cx, desk, link);
                let bundle = cx.own_bundle().to_unverified();
                cx.send(link, &Frame::Bundle { bundle }, When::Durable);
            }
            ContactState::Outgoing { .. } | ContactState::Incoming { .. } => {}
        }
        cx.out.event(Event::Reach { account, device, up: true }, When::Now);
        refresh(cx, links, account);
    }
    courier::reached(cx, courier, device);
}

/// The device that answers gets the request.
fn ask(
    cx: &mut Context<'_>,
    links: &Links,
    row: ContactRow,
    bundle: AccountBundle,
    device: DeviceId,
) {
    let account = bundle.account();
    let ContactState::Outgoing { ours, theirs, .. } = &row.state else { return };
    let commitment = commit(ours, &cx.local.account);
    let state = ContactState::Outgoing {
        ours: *ours,
        theirs: *theirs,
        device: Some(device),
        hints: Vec::new().try_into().unwrap_or_default(),
    };
    cx.timers.stop(Timer::Dial(account));
    put(cx, links, account, ContactRow { state, bundle: Some(bundle), ..row });
    let step = ContactStep::request(&cx.own_bundle(), cx.own_name(), commitment);
    let id = MessageId(cx.rng.bytes());
    courier::enqueue(cx, account, device, id, None, &Content::Contact { id, step });
}
