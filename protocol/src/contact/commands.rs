//! What the person decides about others.

use std::time::Duration;

use crate::contact::strangers::{approach, ask, not_a_stranger};
use crate::contact::{Desk, bundles, put, steps};
use crate::conversation::sayable;
use crate::courier::give_up_later;
use crate::error::{HangupReason, Rejected};
use crate::identity::{AccountBundle, AccountId, ContactLink, DeviceCert, DeviceId, Hints};
use crate::link::{Frame, Links};
use crate::message::Name;
use crate::persist::{ContactRow, ContactState, Failure, OwnRow, Row, RowKey, Trust};
use crate::turn::{Command, Context, Event, Reply, Timer, When, Whom};
use crate::wire::{Bounded, Text};
use crate::{limits, notes};

/// Carries out a command about contacts or the own account.
///
/// # Errors
/// Why it is refused; nothing was written.
pub fn command(
    cx: &mut Context<'_>,
    links: &mut Links,
    desk: &mut Desk,
    command: &Command,
) -> Result<Reply, Rejected> {
    match command {
        Command::SetName(name) => set_name(cx, name),
        Command::Certify(bundle) => bundles::certify(cx, links, bundle),
        Command::Request(whom) => request(cx, links, desk, whom),
        Command::Accept(account) => accept(cx, links, desk, *account),
        Command::Remove(account) => remove(cx, links, *account),
        Command::Block(account) => block(cx, links, desk, *account),
        Command::Unblock(account) => unblock(cx, *account),
        Command::Verify(account) => verify(cx, links, *account),
        _ => Ok(Reply::Done),
    }
}

fn set_name(cx: &mut Context<'_>, name: &Name) -> Result<Reply, Rejected> {
    sayable::name(name)?;
    let bundle = cx.own_bundle();
    cx.put(
        RowKey::Own,
        Row::Own(OwnRow {
            name: name.clone(),
            bundle: bundle.clone(),
        }),
    );
    cx.event(Event::Me {
        name: name.clone(),
        bundle,
    });
    Ok(Reply::Done)
}

fn request(
    cx: &mut Context<'_>,
    links: &mut Links,
    desk: &mut Desk,
    whom: &Whom,
) -> Result<Reply, Rejected> {
    let account = match whom {
        Whom::Account(account) => *account,
        Whom::Link(link) => link.account(),
    };
    if account == cx.local.account {
        return Err(Rejected::Oneself);
    }
    match cx.resident.contact(account).map(|row| &row.state) {
        Some(ContactState::Accepted { .. } | ContactState::Outgoing { .. }) => {
            return Ok(Reply::Done);
        }
        Some(ContactState::Incoming { .. }) => return accept(cx, links, desk, account),
        Some(ContactState::Blocked) => return Err(Rejected::Blocked),
        None => {}
    }
    let proved = || {
        links
            .iter()
            .any(|(_, link)| link.peer.is_some_and(|peer| peer.0 == account))
    };
    if matches!(whom, Whom::Account(_)) && desk.links_of(account).is_empty() && !proved() {
        return Err(Rejected::NotInReach);
    }
    if cx.resident.contacts().count() >= limits::CONTACTS_MAX {
        return Err(Rejected::Full { what: "contacts" });
    }
    let name = desk
        .cards
        .values()
        .find(|card| card.0 == account)
        .map(|card| card.1.clone());
    let hints = match whom {
        Whom::Account(_) => Bounded::default(),
        Whom::Link(link) => addresses(link),
    };
    let ours = cx.rng.bytes();
    let state = ContactState::Outgoing {
        ours,
        theirs: None,
        device: None,
        hints,
    };
    let row = ContactRow {
        state,
        trust: Trust::Unverified,
        name: name.unwrap_or_default(),
        bundle: None,
        since: cx.now.wall,
    };
    put(cx, links, account, row);
    reach_out(cx, links, desk, account);
    Ok(Reply::Done)
}

fn addresses(link: &ContactLink) -> Bounded<Text<64>, 2> {
    let texts = match link.hints() {
        Hints::None => Vec::new(),
        Hints::Addresses { v6, v4 } => {
            let v6 = v6.map(|address| address.to_string());
            v6.into_iter()
                .chain(v4.map(|address| address.to_string()))
                .collect()
        }
        Hints::Bootstrap(host) => vec![host.as_str().to_owned()],
    };
    let texts: Vec<_> = texts
        .into_iter()
        .filter_map(|text| Text::try_from(text).ok())
        .collect();
    texts.try_into().unwrap_or_default()
}

/// Approaches an account wherever it may be: a link on which it is proved without being a contact, strangers' links,
/// and the addresses of its link.
fn reach_out(cx: &mut Context<'_>, links: &mut Links, desk: &mut Desk, account: AccountId) {
    let proved: Vec<_> = links
        .iter()
        .filter_map(|(id, state)| Some((id, state.peer?)))
        .collect();
    for (link, peer) in proved.into_iter().filter(|(_, peer)| peer.0 == account) {
        ask(cx, links, link, peer);
    }
    let strangers: Vec<_> = links
        .iter()
        .filter(|(_, state)| state.peer.is_none())
        .map(|(id, _)| id)
        .collect();
    for link in strangers {
        let Some(state) = links.get(link) else {
            continue;
        };
        match &state.introduced {
            Some(bundle) if bundle.account() == account => approach(cx, links, link, account),
            Some(_) => {}
            None => {
                if let Some(tag) = state.stranger.then(|| state.seek(account, true)).flatten() {
                    cx.send(link, &Frame::Seek { tag }, When::Now);
                }
            }
        }
    }
    dial(cx, desk, account);
}

/// Tries the addresses of a contact link, again and again until a device answers.
pub fn dial(cx: &mut Context<'_>, desk: &mut Desk, account: AccountId) {
    let Some(row) = cx.resident.contact(account) else {
        return;
    };
    let ContactState::Outgoing {
        device: None,
        hints,
        ..
    } = &row.state
    else {
        return;
    };
    if hints.is_empty() {
        return;
    }
    let addresses = hints.iter().map(|hint| hint.as_str().to_owned()).collect();
    cx.out.dial(addresses);
    let tries = desk.tries.get(&account).map_or(0, |(tries, _)| *tries);
    desk.tries
        .insert(account, (tries.saturating_add(1), cx.now.mono));
    let delay = dial_delay(tries);
    cx.timers.set_in(Timer::Dial(account), cx.now.mono, delay);
}

/// How long to wait after a try of addresses out of a link, when so many came before it.
pub fn dial_delay(tries: u32) -> Duration {
    let factor = 1_u32.checked_shl(tries.min(16)).unwrap_or(u32::MAX);
    limits::DIAL_FIRST
        .saturating_mul(factor)
        .min(limits::DIAL_MAX)
}

fn accept(
    cx: &mut Context<'_>,
    links: &Links,
    desk: &mut Desk,
    account: AccountId,
) -> Result<Reply, Rejected> {
    let contact = cx.resident.contact(account).ok_or(Rejected::NoRequest)?;
    match contact.state {
        ContactState::Accepted { .. } => Ok(Reply::Done),
        ContactState::Blocked => Err(Rejected::Blocked),
        ContactState::Outgoing { .. } => Err(Rejected::NoRequest),
        ContactState::Incoming { theirs: None, .. } => Err(Rejected::WordsIncomplete),
        ContactState::Incoming { .. } => {
            let _complete = steps::accept(cx, links, account);
            not_a_stranger(cx, desk, account);
            Ok(Reply::Done)
        }
    }
}

fn devices(row: &ContactRow) -> Vec<DeviceId> {
    let bundle = row.bundle.iter();
    bundle
        .flat_map(AccountBundle::active_devices)
        .map(DeviceCert::device)
        .collect()
}

/// Gives up what waits for the devices of an account.
fn withdraw(cx: &mut Context<'_>, devices: &[DeviceId]) {
    for device in devices {
        give_up_later(cx, *device, Failure::Withdrawn);
    }
}

fn remove(cx: &mut Context<'_>, links: &Links, account: AccountId) -> Result<Reply, Rejected> {
    let row = cx
        .resident
        .contact(account)
        .cloned()
        .ok_or(Rejected::UnknownContact)?;
    if row.state == ContactState::Blocked {
        return Err(Rejected::Blocked);
    }
    let devices = devices(&row);
    withdraw(cx, &devices);
    cx.timers.stop(Timer::Dial(account));
    cx.remove(RowKey::Contact(account));
    notes::forget(cx, account);
    cx.event(Event::ContactRemoved(account));
    for link in devices
        .iter()
        .flat_map(|device| links.of(*device))
        .collect::<Vec<_>>()
    {
        cx.hangup(link, HangupReason::Replaced);
    }
    Ok(Reply::Done)
}

fn block(
    cx: &mut Context<'_>,
    links: &Links,
    desk: &mut Desk,
    account: AccountId,
) -> Result<Reply, Rejected> {
    if account == cx.local.account {
        return Err(Rejected::Oneself);
    }
    let row = match cx.resident.contact(account).cloned() {
        Some(row) => row,
        None if cx.resident.contacts().count() >= limits::CONTACTS_MAX => {
            return Err(Rejected::Full { what: "contacts" });
        }
        None => {
            let card = desk.cards.values().find(|card| card.0 == account);
            ContactRow {
                state: ContactState::Blocked,
                trust: Trust::Unverified,
                name: card.map(|card| card.1.clone()).unwrap_or_default(),
                bundle: None,
                since: cx.now.wall,
            }
        }
    };
    let devices = devices(&row);
    withdraw(cx, &devices);
    cx.timers.stop(Timer::Dial(account));
    put(
        cx,
        links,
        account,
        ContactRow {
            state: ContactState::Blocked,
            ..row
        },
    );
    let mut closing = desk.links_of(account);
    closing.extend(devices.iter().flat_map(|device| links.of(*device)));
    closing.sort_unstable();
    closing.dedup();
    for link in closing {
        cx.hangup(link, HangupReason::Blocked);
    }
    Ok(Reply::Done)
}

fn unblock(cx: &mut Context<'_>, account: AccountId) -> Result<Reply, Rejected> {
    let row = cx
        .resident
        .contact(account)
        .ok_or(Rejected::UnknownContact)?;
    if row.state != ContactState::Blocked {
        return Ok(Reply::Done);
    }
    cx.remove(RowKey::Contact(account));
    notes::forget(cx, account);
    cx.event(Event::ContactRemoved(account));
    Ok(Reply::Done)
}

fn verify(cx: &mut Context<'_>, links: &Links, account: AccountId) -> Result<Reply, Rejected> {
    let row = cx
        .resident
        .contact(account)
        .cloned()
        .ok_or(Rejected::UnknownContact)?;
    match row.state {
        ContactState::Blocked => return Err(Rejected::Blocked),
        ContactState::Outgoing { theirs: None, .. }
        | ContactState::Incoming { theirs: None, .. } => {
            return Err(Rejected::WordsIncomplete);
        }
        _ => {}
    }
    for device in devices(&row) {
        cx.lanes.flush(device); // what waited for this goes
    }
    put(
        cx,
        links,
        account,
        ContactRow {
            trust: Trust::Verified,
            ..row
        },
    );
    Ok(Reply::Done)
}
