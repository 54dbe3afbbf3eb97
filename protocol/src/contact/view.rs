//! Contacts as people see them.

use crate::identity::{AccountBundle, AccountId, DeviceCert, six_words};
use crate::link::Links;
use crate::persist::{ContactRow, ContactState};
use crate::turn::{ContactStanding, ContactView, Context, Event, Resident};

/// The six words of a request, once both nonces are known.
#[must_use]
pub fn words(own: AccountId, other: AccountId, row: &ContactRow) -> Option<[&'static str; 6]> {
    match &row.state {
        ContactState::Outgoing {
            ours,
            theirs: Some(theirs),
            ..
        } => Some(six_words(&own, &other, ours, theirs)),
        ContactState::Incoming {
            ours,
            theirs: Some(theirs),
            ..
        } => Some(six_words(&other, &own, theirs, ours)),
        ContactState::Accepted {
            we_asked,
            requester,
            accepter,
        } => {
            let (first, second) = if *we_asked {
                (&own, &other)
            } else {
                (&other, &own)
            };
            Some(six_words(first, second, requester, accepter))
        }
        _ => None,
    }
}

/// A contact as shown now.
#[must_use]
pub fn contact_view(
    resident: &Resident,
    own: AccountId,
    links: &Links,
    account: AccountId,
) -> Option<ContactView> {
    let row = resident.contact(account)?;
    let standing = match &row.state {
        ContactState::Outgoing { device: None, .. } => ContactStanding::Asking,
        ContactState::Outgoing { .. } => ContactStanding::Asked,
        ContactState::Incoming { .. } => ContactStanding::Asks,
        ContactState::Accepted { .. } => ContactStanding::Accepted,
        ContactState::Blocked => ContactStanding::Blocked,
    };
    let devices: Vec<_> = row
        .bundle
        .iter()
        .flat_map(AccountBundle::active_devices)
        .map(DeviceCert::device)
        .collect();
    let reachable = devices
        .iter()
        .copied()
        .filter(|d| links.best(*d).is_some())
        .collect();
    Some(ContactView {
        account,
        name: row.name.clone(),
        standing,
        trust: row.trust,
        words: words(own, account, row),
        devices,
        reachable,
        since: row.since,
    })
}

/// Shows a contact again, because its reach changed.
pub fn refresh(cx: &mut Context<'_>, links: &Links, account: AccountId) {
    if let Some(view) = contact_view(cx.resident, cx.local.account, links, account) {
        cx.event(Event::Contact(Box::new(view)));
    }
}
