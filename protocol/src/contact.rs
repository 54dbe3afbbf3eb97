//! Becoming contacts, and staying so: strangers, requests, six words, blocks, certificates.
//!
//! Contacts are between accounts; the request goes to the device that answers, and accepting covers all certified
//! devices (DECISIONS 35).

mod bundles;
mod commands;
mod steps;
mod strangers;
mod view;

use std::collections::BTreeMap;

pub use bundles::{certify, freshen, on_bundle};
pub use commands::{command, dial, dial_delay};
pub use steps::on_step;
pub(crate) use strangers::introduce;
pub use strangers::{
    on_card, on_introduce, on_known, on_seek, on_stranger, show_to_strangers, stranger_gone,
};
pub use view::{contact_view, refresh, words};

use crate::identity::AccountId;
use crate::link::LinkId;
use crate::message::Name;
use crate::persist::{ContactRow, Row, RowKey};
use crate::presence;
use crate::time::Instant;
use crate::turn::{Context, Event};

/// What is known of strangers and tries beyond the rows. Lost at a crash, without harm.
#[derive(Debug, Default)]
pub struct Desk {
    /// Cards of strangers, by link.
    cards: BTreeMap<LinkId, (AccountId, Name)>,
    /// Tries of addresses: how often, and when last.
    tries: BTreeMap<AccountId, (u32, Instant)>,
}

impl Desk {
    /// Links on which this account shows its card.
    fn links_of(&self, account: AccountId) -> Vec<LinkId> {
        self.cards
            .iter()
            .filter(|(_, card)| card.0 == account)
            .map(|(link, _)| *link)
            .collect()
    }
}

/// Stores a contact and shows it.
fn put(cx: &mut Context<'_>, links: &crate::link::Links, account: AccountId, row: ContactRow) {
    presence::announce_soon(cx); // who became a contact, or is trusted again, may know that we are there
    cx.put(RowKey::Contact(account), Row::Contact(row));
    if let Some(view) = contact_view(cx.resident, cx.local.account, links, account) {
        cx.event(Event::Contact(Box::new(view)));
    }
}
