//! What a hostile reading of the core found: each of these once went wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests: a panic is how a test fails"
)]

#[path = "reviewed/contacts.rs"]
mod contacts;
#[path = "reviewed/messages.rs"]
mod messages;
#[path = "reviewed/sessions.rs"]
mod sessions;

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use protocol::core::Config;
use protocol::crypto::{Hash32, Label, Rng};
use protocol::error::Misbehaved;
use protocol::identity::{
    AccountBundle, ContactLink, DeviceId, DeviceRevoke, Hints, RecoveryWords, RevokeReason, commit,
};
use protocol::link::frame::Role;
use protocol::link::{Frame, LinkId};
use protocol::local::LocalDevice;
use protocol::message::{
    Body, ContactStep, Content, DirectEvent, DirectMessage, Emoji, MessageId, MessageRef, Name,
};
use protocol::persist::{OutboxRow, PeerRow, PrekeyKind, Row, RowKey, SeenRow, Store as _, Trust};
use protocol::testing::{MemoryStore, Table};
use protocol::time::{Hlc, Instant, Now, Timestamp};
use protocol::turn::{Command, ContactStanding, ContactView, Event, Input, Reply, Whom};
use protocol::{limits, wire};

const SOON: Duration = Duration::from_secs(5);

fn contact(table: &Table, seat: usize, other: usize) -> Option<ContactView> {
    let other = table.account(other);
    table.seats[seat]
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            Event::Contact(view) if view.account == other => Some(view.as_ref().clone()),
            _ => None,
        })
}

fn standing(table: &Table, seat: usize, other: usize) -> Option<ContactStanding> {
    contact(table, seat, other).map(|view| view.standing)
}

fn ask(table: &mut Table, seat: usize, other: usize) {
    let other = table.account(other);
    assert_eq!(
        table.ask(seat, Command::Request(Whom::Account(other))),
        Some(Ok(Reply::Done))
    );
}

fn accept(table: &mut Table, seat: usize, other: usize) {
    let other = table.account(other);
    assert_eq!(
        table.ask(seat, Command::Accept(other)),
        Some(Ok(Reply::Done))
    );
}

/// Puts contents into the outbox of a seat behind its core's back: what a changed program might say.
fn say(table: &mut Table, seat: usize, to: usize, contents: Vec<(MessageId, Content)>) {
    let (account, device) = (table.account(to), table.device(to));
    let rows = &mut table.seats[seat].store.rows;
    let before = match rows.get(&RowKey::Peer(device)) {
        Some(Row::Peer(peer)) => peer.clone(),
        _ => PeerRow {
            account,
            next_order: 0,
            session_number: 0,
        },
    };
    let mut order = before.next_order;
    for (id, content) in contents {
        let content = wire::encode(&content).try_into().unwrap();
        let row = OutboxRow {
            id,
            conversation: None,
            content,
            sealed: None,
        };
        rows.insert(RowKey::Outbox(device, order), Row::Outbox(row));
        order += 1;
    }
    rows.insert(
        RowKey::Peer(device),
        Row::Peer(PeerRow {
            next_order: order,
            ..before
        }),
    );
    table.crash(seat);
}

fn direct(table: &Table, to: usize, id: u8, event: DirectEvent) -> (MessageId, Content) {
    let wall =
        Timestamp::from_millis(1_700_000_000_000 + u64::try_from(table.now.as_millis()).unwrap());
    let id = MessageId([id; 16]);
    let message = DirectMessage {
        id,
        to: table.account(to),
        hlc: Hlc::from_wall(wall),
        seen: Vec::new().try_into().unwrap(),
        event,
    };
    (id, Content::Direct(message))
}

fn text(text: &str) -> Body {
    Body::try_from(text.to_owned()).unwrap()
}

fn edit_contact(
    table: &mut Table,
    seat: usize,
    other: usize,
    edit: impl Fn(&mut protocol::persist::ContactRow),
) {
    let key = RowKey::Contact(table.account(other));
    let Some(Row::Contact(row)) = table.seats[seat].store.rows.get_mut(&key) else {
        panic!("no such contact");
    };
    edit(row);
}

fn bundle_of(table: &Table, seat: usize, other: usize) -> AccountBundle {
    match table.seats[seat]
        .store
        .rows
        .get(&RowKey::Contact(table.account(other)))
    {
        Some(Row::Contact(row)) => row.bundle.clone().unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Ana and Bo, contacts; a second device of Bo at seat 2, made from his words. Gives the words.
fn with_second_device() -> (Table, RecoveryWords) {
    let mut table = Table::new(&["Ana"]);
    let words = table.sit("Bo", Config::default());
    table.link(0, 1);
    table.befriend(0, 1);
    let name = Name::try_from("Bo".to_owned()).unwrap();
    let now = Now {
        mono: Instant::default(),
        wall: Timestamp::from_millis(1_700_000_005_000),
    };
    let mut rng = Rng::from_seed([77; 32]);
    let second = LocalDevice::certify(&words.account_key(), name, now, &mut rng);
    table.seat(second, MemoryStore::default(), Config::default());
    (table, words)
}

fn reached(table: &Table, seat: usize, device: DeviceId) -> bool {
    table.seats[seat]
        .events
        .iter()
        .any(|event| matches!(event, Event::Reach { device: of, up: true, .. } if *of == device))
}

fn frames(table: &Table, seat: usize) -> Vec<Frame> {
    table.seats[seat]
        .frames
        .iter()
        .map(|bytes| Frame::decode(bytes).unwrap())
        .collect()
}

fn is_sealed(bytes: &[u8]) -> bool {
    matches!(Frame::decode(bytes), Ok(Frame::Sealed { .. }))
}

/// A link to a seat whose other end the test writes.
fn attach(table: &mut Table, seat: usize, link: u64, dialer: bool) -> LinkId {
    let link = LinkId(1_000 + link);
    let (local, remote) = (Bytes::from_static(b"here"), Bytes::from_static(b"there"));
    table.input(
        seat,
        Input::LinkUp {
            link,
            local,
            remote,
            dialer,
        },
    );
    let hello = Frame::Hello {
        version: 1,
        role: Role::Member,
        nonce: [7; 32],
    };
    let bytes = Bytes::from(hello.encode());
    table.input(seat, Input::Received { link, bytes });
    link
}
