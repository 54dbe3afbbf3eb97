//! Links on which nobody proved anything yet: cards, introductions, and who is sought.

use crate::contact::{Desk, bundles, put, refresh};
use crate::courier::{self, Courier};
use crate::error::{HangupReason, Misbehaved};
use crate::identity::{AccountBundle, AccountId, DeviceId, UnverifiedBundle, commit};
use crate::link::{Frame, LinkId, Links};
use crate::message::{ContactStep, Content, MessageId, Name};
use crate::persist::{ContactRow, ContactState};
use crate::turn::{Context, Event, NearbyView, Timer, When};
use crate::{limits, presence};

/// The first round on a link found no contact: show ourselves if we do, and seek whom we were given links of.
pub fn on_stranger(cx: &mut Context<'_>, links: &Links, link: LinkId, visible: bool) {
    if visible {
        show_card(cx, link);
    }
    for account in sought(cx) {
        if let Some(tag) = links.get(link).and_then(|state| state.seek(account, true)) {
            cx.send(link, &Frame::Seek { tag }, When::Now);
        }
    }
}

fn show_card(cx: &mut Context<'_>, link: LinkId) {
    let (name, bundle) = (cx.own_name(), cx.own_bundle().to_unverified());
    cx.send(link, &Frame::Card { name, bundle }, When::Durable);
}

/// Shows ourselves to all strangers in reach: the person has just decided to.
pub fn show_to_strangers(cx: &mut Context<'_>, links: &Links) {
    let strangers = links
        .iter()
        .filter(|(_, link)| link.stranger && link.peer.is_none());
    for link in strangers.map(|(id, _)| id).collect::<Vec<_>>() {
        show_card(cx, link);
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
    let Some(state) = links.get_mut(link) else {
        return;
    };
    if state
        .seek(cx.local.account, false)
        .is_some_and(|ours| ours == *tag)
    {
        introduce(cx, links, link);
    }
}

/// Tells a stranger who we are, once.
pub(crate) fn introduce(cx: &mut Context<'_>, links: &mut Links, link: LinkId) {
    let Some(state) = links.get_mut(link) else {
        return;
    };
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
    let Some(account) = introduced(cx, links, link, bundle)? else {
        return Ok(());
    };
    let known = cx.resident.contact(account).map(|row| &row.state);
    let accepted = matches!(known, Some(ContactState::Accepted { .. }));
    if !accepted && desk.cards.len() < limits::NEARBY_MAX {
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
    if let Some(account) = introduced(cx, links, link, bundle)? {
        approach(cx, links, link, account);
    }
    Ok(())
}

/// Notes who a stranger says it is: together with what is known of that account, so that an old bundle brings no
/// revoked device back. Ourselves and blocked accounts are passed over.
///
/// # Errors
/// When its certificates do not verify, or it said before that it is another account: what was begun for one
/// must not end with the other.
fn introduced(
    cx: &Context<'_>,
    links: &mut Links,
    link: LinkId,
    bundle: UnverifiedBundle,
) -> Result<Option<AccountId>, Misbehaved> {
    let bundle = bundle.verify(None)?;
    let account = bundle.account();
    let Some(state) = links.get_mut(link) else {
        return Ok(None);
    };
    if state
        .introduced
        .as_ref()
        .is_some_and(|before| before.account() != account)
    {
        return Err(Misbehaved::Contact("two accounts on one link"));
    }
    let known = cx.resident.contact(account);
    let blocked = known.is_some_and(|row| row.state == ContactState::Blocked);
    if blocked || account == cx.local.account {
        return Ok(None);
    }
    state.introduced = Some(match known.and_then(|row| row.bundle.as_ref()) {
        Some(known) => known.merge(&bundle)?,
        None => bundle,
    });
    Ok(Some(account))
}

/// If we want something of this account, tell it who we are and prove it.
pub(super) fn approach(cx: &mut Context<'_>, links: &mut Links, link: LinkId, account: AccountId) {
    let wanted = cx.resident.contact(account).is_some_and(|row| {
        matches!(
            row.state,
            ContactState::Outgoing { .. } | ContactState::Accepted { .. }
        )
    });
    if wanted && links.get(link).is_some_and(|state| state.peer.is_none()) {
        introduce(cx, links, link);
        links.prove_to_introduced(cx, link);
    }
}

/// An account became a contact: it is no stranger any more.
pub(super) fn not_a_stranger(cx: &mut Context<'_>, desk: &mut Desk, account: AccountId) {
    for link in desk.links_of(account) {
        stranger_gone(cx, desk, link);
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
    let surplus = links
        .of(device)
        .len()
        .saturating_sub(limits::LINKS_PER_DEVICE_MAX);
    for oldest in links.of(device).into_iter().take(surplus) {
        cx.hangup(oldest, HangupReason::Replaced);
    }
    if let Some(row) = cx.resident.contact(account).cloned() {
        if row
            .bundle
            .as_ref()
            .is_some_and(|bundle| bundle.is_revoked(&device))
        {
            cx.hangup(link, HangupReason::Revoked);
            return;
        }
        match row.state {
            ContactState::Blocked if cx.members.get(account).is_none() => {
                cx.hangup(link, HangupReason::Blocked);
                return;
            }
            ContactState::Outgoing { device: None, .. } => ask(cx, links, link, (account, device)),
            ContactState::Accepted { .. } => {
                // A device that was certified since, or restored from the words, introduces itself.
                if let Some(bundle) = introduction(links, link, (account, device)) {
                    let _too_many_revokes = bundles::merge(cx, links, account, &bundle);
                }
                stranger_gone(cx, desk, link);
                presence::announce_soon(cx);
                let bundle = cx.own_bundle().to_unverified();
                cx.send(link, &Frame::Bundle { bundle }, When::Durable);
            }
            ContactState::Outgoing { .. }
            | ContactState::Incoming { .. }
            | ContactState::Blocked => {}
        }
        cx.out.event(
            Event::Reach {
                account,
                device,
                up: true,
            },
            When::Now,
        );
        refresh(cx, links, account);
    }
    courier::reached(cx, courier, device);
}

/// How a proved device introduced itself, if it did.
fn introduction(
    links: &Links,
    link: LinkId,
    (account, device): (AccountId, DeviceId),
) -> Option<AccountBundle> {
    let introduced = links.get(link)?.introduced.as_ref()?;
    // Proved by other means, it may have introduced itself as anybody.
    let own = introduced.account() == account && introduced.device(&device).is_some();
    own.then(|| introduced.clone())
}

/// The device that answers gets the request: the one proved on this link.
pub(super) fn ask(
    cx: &mut Context<'_>,
    links: &Links,
    link: LinkId,
    (account, device): (AccountId, DeviceId),
) {
    // Whoever shares a community with us was recognised by that, and introduced itself to nobody.
    let shared = || cx.members.get(account).map(|shared| shared.bundle.clone());
    let introduced = introduction(links, link, (account, device));
    let bundle = introduced.or_else(shared);
    let Some(bundle) = bundle.filter(|bundle| bundle.device(&device).is_some()) else {
        return;
    };
    let Some(row) = cx.resident.contact(account).cloned() else {
        return;
    };
    let ContactState::Outgoing {
        ours,
        theirs,
        device: None,
        ..
    } = &row.state
    else {
        return;
    };
    let commitment = commit(ours, &cx.local.account);
    let state = ContactState::Outgoing {
        ours: *ours,
        theirs: *theirs,
        device: Some(device),
        hints: Vec::new().try_into().unwrap_or_default(),
    };
    cx.timers.stop(Timer::Dial(account));
    put(
        cx,
        links,
        account,
        ContactRow {
            state,
            bundle: Some(bundle),
            ..row
        },
    );
    let step = ContactStep::request(&cx.own_bundle(), cx.own_name(), commitment);
    let id = MessageId(cx.rng.bytes());
    courier::enqueue(
        cx,
        account,
        device,
        id,
        None,
        &Content::Contact { id, step },
    );
}
