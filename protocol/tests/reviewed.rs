//! What a hostile reading of the core found: each of these once went wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests: a panic is how a test fails"
)]

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

#[test]
fn a_stranger_that_changes_its_name_midway_overwrites_no_contact() {
    let mut table = Table::new(&["Ana", "Bo", "Mallory"]);
    table.link(0, 1);
    table.befriend(0, 1);
    let link = table.link(2, 0);
    // Mallory answers the tags only after it showed Bo's card.
    table.lossy = Some(|from, _, _| from != 2);
    ask(&mut table, 0, 2);
    let held = table.seats[2].frames.last().unwrap().clone();
    assert!(matches!(Frame::decode(&held), Ok(Frame::Match { .. })));
    let bundle = table.seats[1].core.local().bundle.to_unverified();
    let name = Name::try_from("Mallory".to_owned()).unwrap();
    let card = Bytes::from(Frame::Card { name, bundle }.encode());
    table.input(0, Input::Received { link, bytes: card });
    table.input(0, Input::Received { link, bytes: held });
    table.lossy = None;
    table.pass(SOON);
    assert_eq!(standing(&table, 0, 1), Some(ContactStanding::Accepted));
    table.send(0, 1, "still there");
    table.pass(SOON);
    assert_eq!(table.texts(1, 0), ["still there"]);
}

#[test]
fn what_is_lost_behind_an_acknowledged_message_is_sent_again() {
    let mut table = Table::friends();
    table.pass(SOON);
    table.seats[1].stalled = true; // its acknowledgement waits
    table.send(0, 1, "one");
    table.pass(Duration::from_secs(1));
    table.lossy = Some(|from, _, _| from != 0);
    table.send(0, 1, "two");
    table.lossy = None;
    table.pass(Duration::from_secs(1));
    table.seats[1].stalled = false;
    table.pass(Duration::from_secs(30));
    assert_eq!(table.texts(1, 0), ["one", "two"]);
}

#[test]
fn who_lost_everything_may_ask_over_the_link_that_is_there() {
    let mut table = Table::friends();
    table.seats[1].store.rows.clear();
    table.crash(1);
    table.link(0, 1);
    ask(&mut table, 1, 0);
    table.pass(SOON);
    assert_eq!(standing(&table, 0, 1), Some(ContactStanding::Asks));
    accept(&mut table, 0, 1);
    table.pass(SOON);
    assert_eq!(standing(&table, 1, 0), Some(ContactStanding::Accepted));
    assert_eq!(
        contact(&table, 0, 1).unwrap().words,
        contact(&table, 1, 0).unwrap().words
    );
}

#[test]
fn a_full_window_of_messages_keeps_no_contact_step_away() {
    let mut table = Table::friends();
    table.seats[1].store.rows.clear();
    table.crash(1);
    for n in 0..300 {
        table.send(0, 1, &format!("{n}"));
    }
    table.link(0, 1);
    table.pass(SOON);
    ask(&mut table, 1, 0);
    table.pass(SOON);
    assert_eq!(standing(&table, 0, 1), Some(ContactStanding::Asks));
    accept(&mut table, 0, 1);
    table.pass(Duration::from_secs(120));
    assert_eq!(standing(&table, 1, 0), Some(ContactStanding::Accepted));
    assert_eq!(table.texts(1, 0).len(), 300);
}

#[test]
fn a_device_restored_from_the_words_is_heard_and_written_to() {
    let (mut table, _words) = with_second_device();
    table.link(2, 0);
    ask(&mut table, 2, 0);
    table.pass(SOON);
    assert_eq!(standing(&table, 0, 2), Some(ContactStanding::Asks));
    accept(&mut table, 0, 2);
    table.pass(SOON);
    assert_eq!(contact(&table, 0, 2).unwrap().devices.len(), 2);
    table.send(0, 2, "to both");
    table.pass(SOON);
    assert_eq!(table.texts(1, 0), ["to both"]);
    assert_eq!(table.texts(2, 0), ["to both"]);
}

#[test]
fn a_revoked_device_proves_nothing_with_its_old_card() {
    let (mut table, words) = with_second_device();
    let (first, second) = (table.device(1), table.seats[2].core.local().bundle.clone());
    let revoke = |at| DeviceRevoke::issue(&words.account_key(), first, RevokeReason::LOST, at);
    let bundle = bundle_of(&table, 0, 1).merge(&second).unwrap();
    let bundle = bundle.with_revoke(revoke(Hlc::ZERO)).unwrap();
    edit_contact(&mut table, 0, 1, |row| row.bundle = Some(bundle.clone()));
    table.crash(0);
    table.seats[0].events.clear();
    table.link(1, 0);
    table.pass(SOON);
    assert!(!reached(&table, 0, first));
}

#[test]
fn a_request_makes_no_revocation_forgotten() {
    let (mut table, words) = with_second_device();
    let (first, second) = (table.device(1), table.seats[2].core.local().bundle.clone());
    let revoke = DeviceRevoke::issue(&words.account_key(), first, RevokeReason::LOST, Hlc::ZERO);
    let bundle = bundle_of(&table, 0, 1)
        .merge(&second)
        .unwrap()
        .with_revoke(revoke)
        .unwrap();
    edit_contact(&mut table, 0, 1, |row| row.bundle = Some(bundle.clone()));
    table.crash(0);
    table.link(2, 0);
    ask(&mut table, 2, 0);
    table.pass(SOON);
    assert_eq!(standing(&table, 0, 2), Some(ContactStanding::Asks));
    assert!(bundle_of(&table, 0, 2).is_revoked(&first));
}

/// Ana wrote to Bo's first device only; his second one, with the same contacts, writes to her.
fn second_device_writes() -> Table {
    let (mut table, _words) = with_second_device();
    let ana = RowKey::Contact(table.account(0));
    let row = table.seats[1].store.rows.get(&ana).cloned().unwrap();
    table.seats[2].store.rows.insert(ana, row);
    table.crash(2);
    let both = bundle_of(&table, 0, 1)
        .merge(&table.seats[2].core.local().bundle)
        .unwrap();
    edit_contact(&mut table, 0, 1, |row| row.bundle = Some(both.clone()));
    table.crash(0);
    table.link(2, 0);
    table.pass(SOON);
    table.lossy = Some(|from, _, bytes| from != 0 || !is_sealed(bytes));
    table.send(2, 0, "hello");
    table.pass(SOON);
    table.lossy = None;
    table
}

#[test]
fn a_device_that_was_never_written_to_is_heard_once() {
    let mut table = second_device_writes();
    let anew = table.seats[2].store.snapshot().unwrap().new_incarnation(1);
    table.seats[2].store.commit(&[anew]).unwrap();
    table.crash(2);
    table.link(2, 0);
    table.pass(SOON);
    assert_eq!(table.texts(0, 1), ["hello"]);
    let new = table.seats[0].events.iter();
    assert_eq!(
        new.filter(|event| matches!(event, Event::Message { new: true, .. }))
            .count(),
        1
    );
}

#[test]
fn a_new_incarnation_leaves_no_session() {
    let mut table = second_device_writes();
    let store = &mut table.seats[0].store;
    let sessions = |store: &MemoryStore| {
        store
            .rows
            .keys()
            .filter(|key| matches!(key, RowKey::Session(_)))
            .count()
    };
    assert_eq!(sessions(store), 2);
    let anew = store.snapshot().unwrap().new_incarnation(1);
    store.commit(&[anew]).unwrap();
    assert_eq!(sessions(store), 0);
}

#[test]
fn requests_again_and_again_fill_no_outbox() {
    let mut table = Table::new(&["Ana", "Mallory"]);
    table.link(1, 0);
    ask(&mut table, 1, 0);
    table.pass(SOON);
    let bundle = table.seats[1].core.local().bundle.to_unverified();
    let name = Name::try_from("Mallory".to_owned()).unwrap();
    let contents = (0..40).map(|n| {
        let commitment = commit(&[n; 32], &table.account(1));
        let step = ContactStep::Request {
            bundle: bundle.clone(),
            name: name.clone(),
            commitment,
        };
        let id = MessageId([n; 16]);
        (id, Content::Contact { id, step })
    });
    let contents = contents.collect();
    say(&mut table, 1, 0, contents);
    table.lossy = Some(|from, _, bytes| from != 0 || !is_sealed(bytes));
    table.link(1, 0);
    table.pass(SOON);
    assert!(
        table.seats[0].core.sizes().outbox <= 1,
        "{:?}",
        table.seats[0].core.sizes()
    );
}

#[test]
fn a_request_beyond_the_limit_comes_when_there_is_room() {
    let strangers = limits::REQUESTS_PENDING_MAX + 1;
    let names: Vec<_> = (0..=strangers).map(|n| format!("{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut table = Table::new(&names);
    for stranger in 1..=strangers {
        table.link(stranger, 0);
        ask(&mut table, stranger, 0);
        table.pass(Duration::from_millis(100));
    }
    assert_eq!(standing(&table, 0, strangers), None);
    let first = table.account(1);
    assert_eq!(table.ask(0, Command::Remove(first)), Some(Ok(Reply::Done)));
    table.pass(Duration::from_secs(120));
    assert_eq!(standing(&table, 0, strangers), Some(ContactStanding::Asks));
}

#[test]
fn after_a_reset_nothing_goes_in_the_old_session_even_when_the_peer_makes_the_new_one() {
    let mut table = Table::friends();
    for n in 0..4 {
        table.send(n % 2, (n + 1) % 2, &format!("{n}"));
        table.pass(Duration::from_secs(1));
    }
    table.crash(0);
    table.seats[1]
        .store
        .rows
        .retain(|key, _| !matches!(key, RowKey::Session(_)));
    table.crash(1);
    table.send(0, 1, "from Ana");
    table.send(1, 0, "from Bo");
    table.lossy = Some(|from, _, bytes| {
        from != 1 || !matches!(Frame::decode(bytes), Ok(Frame::Prekeys { .. }))
    });
    table.link(0, 1);
    table.pass(limits::RESET_INTERVAL - Duration::from_secs(1));
    let said: BTreeSet<_> = table.texts(0, 1).into_iter().collect();
    assert_eq!(said.len(), 6, "{said:?}");
    assert_eq!(said, table.texts(1, 0).into_iter().collect());
}

#[test]
fn what_waited_for_a_comparison_goes_after_it() {
    let mut table = Table::friends();
    table.crash(1);
    table.send(0, 1, "waits");
    edit_contact(&mut table, 0, 1, |row| row.trust = Trust::Changed);
    table.crash(0);
    table.link(0, 1);
    table.pass(SOON);
    assert!(table.texts(1, 0).is_empty());
    let bo = table.account(1);
    assert_eq!(table.ask(0, Command::Verify(bo)), Some(Ok(Reply::Done)));
    table.pass(SOON);
    assert_eq!(table.texts(1, 0), ["waits"]);
}

#[test]
fn what_a_crash_kept_from_being_given_up_is_given_up_later() {
    let mut table = Table::friends();
    table.crash(1);
    for n in 0..100 {
        table.send(0, 1, &format!("{n}"));
    }
    let key = RowKey::Contact(table.account(1));
    table.seats[0].store.rows.remove(&key);
    table.crash(0);
    assert_eq!(table.seats[0].core.sizes().outbox, 0);
}

#[test]
fn what_is_said_after_giving_up_is_not_given_up() {
    let mut table = Table::friends();
    table.crash(1);
    for n in 0..100 {
        table.send(0, 1, &format!("{n}"));
    }
    table.crash(0); // message rows must be loaded before they can be given up
    let link = table.link(0, 1);
    table.lossy = Some(|_, _, bytes| !is_sealed(bytes));
    let bo = table.account(1);
    assert_eq!(table.ask(0, Command::Remove(bo)), Some(Ok(Reply::Done)));
    table.cut(link);
    table.link(0, 1);
    table.pass(SOON);
    assert_eq!(table.seats[0].core.sizes().outbox, 0);
    table.lossy = None;
    ask(&mut table, 0, 1);
    table.pass(SOON);
    assert_eq!(standing(&table, 1, 0), Some(ContactStanding::Asks));
}

#[test]
fn a_reaction_reaches_into_no_other_conversation() {
    let mut table = Table::new(&["Ana", "Bo", "Mallory"]);
    table.link(0, 1);
    table.befriend(0, 1);
    table.link(0, 2);
    table.befriend(0, 2);
    let target = MessageRef {
        author: table.device(1),
        id: MessageId([7; 16]),
    };
    let emoji = Emoji::try_from("👎".to_owned()).unwrap();
    let react = direct(
        &table,
        0,
        8,
        DirectEvent::React {
            target,
            emoji,
            on: true,
        },
    );
    say(&mut table, 2, 0, vec![react]);
    table.link(2, 0);
    table.pass(SOON);
    let said = direct(
        &table,
        0,
        7,
        DirectEvent::Text {
            body: text("private"),
        },
    );
    say(&mut table, 1, 0, vec![said]);
    table.link(1, 0);
    table.pass(SOON);
    assert_eq!(table.texts(0, 1), ["private"]);
    assert!(table.history(0, 1)[0].1.reactions.is_empty());
}

#[test]
fn an_edit_to_nothing_is_refused() {
    let mut table = Table::friends();
    let target = MessageRef {
        author: table.device(1),
        id: MessageId([7; 16]),
    };
    let said = direct(
        &table,
        0,
        7,
        DirectEvent::Text {
            body: text("something"),
        },
    );
    table.pass(Duration::from_secs(1));
    let edit = direct(
        &table,
        0,
        8,
        DirectEvent::Edit {
            target,
            body: Body::default(),
        },
    );
    say(&mut table, 1, 0, vec![said, edit]);
    table.link(1, 0);
    table.pass(SOON);
    assert_eq!(table.texts(0, 1), ["something"]);
}

#[test]
fn a_flood_of_fetches_gets_one_offer() {
    let mut table = Table::friends();
    table.pass(SOON);
    let offers = |table: &Table| {
        frames(table, 0)
            .iter()
            .filter(|frame| matches!(frame, Frame::Prekeys { .. }))
            .count()
    };
    let before = offers(&table);
    for _ in 0..100 {
        let bytes = Bytes::from(Frame::PrekeyFetch.encode());
        table.input(
            0,
            Input::Received {
                link: LinkId(0),
                bytes,
            },
        );
    }
    table.run();
    assert_eq!(offers(&table), before + 1);
}

#[test]
fn a_forged_offer_is_counted() {
    let mut table = Table::friends();
    table.seats[0]
        .store
        .rows
        .retain(|key, _| !matches!(key, RowKey::Session(_)));
    table.crash(0);
    let link = table.link(0, 1);
    table.lossy = Some(|_, _, bytes| !matches!(Frame::decode(bytes), Ok(Frame::Prekeys { .. })));
    table.send(0, 1, "wants a session");
    let mut offer = table.seats[1].frames.last().unwrap().to_vec();
    assert!(matches!(Frame::decode(&offer), Ok(Frame::Prekeys { .. })));
    let middle = offer.len() / 2; // of the signed KEM key, which is nearly all of it
    offer[middle] ^= 1;
    table.input(
        0,
        Input::Received {
            link,
            bytes: Bytes::from(offer),
        },
    );
    table.run();
    let counted = table.seats[0]
        .events
        .iter()
        .any(|event| matches!(event, Event::Misbehaved { .. }));
    assert!(counted);
}

#[test]
fn a_blocked_account_is_not_told_that_we_are_here() {
    let mut table = Table::new(&["Ana"]);
    let hidden = Config {
        visible: false,
        ..Config::default()
    };
    table.sit("Bo", hidden);
    table.link(1, 0);
    ask(&mut table, 1, 0);
    table.pass(SOON);
    accept(&mut table, 0, 1);
    table.pass(SOON);
    let ana = table.account(0);
    assert_eq!(table.ask(1, Command::Block(ana)), Some(Ok(Reply::Done)));
    table.crash(0);
    table.crash(1);
    let before = table.seats[1].frames.len();
    table.link(0, 1);
    table.pass(SOON);
    let told = frames(&table, 1)
        .into_iter()
        .skip(before)
        .any(|frame| !matches!(frame, Frame::Hello { .. } | Frame::NoMatch { .. }));
    assert!(!told);
}

#[test]
fn who_became_a_contact_is_no_stranger_nearby() {
    let table = Table::friends();
    for (seat, other) in [(0, 1), (1, 0)] {
        let other = table.account(other);
        let last = table.seats[seat]
            .events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::Nearby(view) if view.account == other => Some(true),
                Event::NearbyGone(account) if *account == other => Some(false),
                _ => None,
            });
        assert_eq!(last, Some(false), "seat {seat}");
    }
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

#[test]
fn contacts_that_show_themselves_to_nobody_recognise_each_other() {
    let hidden = Config {
        visible: false,
        ..Config::default()
    };
    let mut table = Table::new(&[]);
    table.sit("Ana", hidden);
    table.sit("Bo", hidden);
    let ana = ContactLink::new(table.account(0), Hints::None).unwrap();
    table.ask(1, Command::Request(Whom::Link(ana)));
    table.link(1, 0);
    table.pass(SOON);
    accept(&mut table, 0, 1);
    table.pass(SOON);
    table.crash(0);
    table.crash(1);
    for seat in 0..2 {
        table.seats[seat].events.clear();
    }
    table.link(0, 1);
    assert!(reached(&table, 0, table.device(1)));
    assert!(reached(&table, 1, table.device(0)));
}

#[test]
fn a_guessed_match_makes_nobody_known() {
    let mut table = Table::friends();
    table.crash(1);
    table.seats[0].events.clear();
    for index in 0..64 {
        let link = attach(&mut table, 0, u64::from(index), true);
        let bytes = Bytes::from(
            Frame::Match {
                index,
                mac: [1; 32],
            }
            .encode(),
        );
        table.input(0, Input::Received { link, bytes });
        table.input(0, Input::LinkDown { link });
    }
    assert!(!reached(&table, 0, table.device(1)));
}

#[test]
fn a_flood_that_breaks_no_other_rule_ends_at_the_budget() {
    let mut table = Table::new(&["Ana"]);
    let link = attach(&mut table, 0, 0, false);
    let hello = Frame::Hello {
        version: 1,
        role: Role::Member,
        nonce: [7; 32],
    }
    .encode();
    let mut bytes = 0;
    while table.seats[0].hangups.is_empty() && bytes < 10 * limits::STRANGER_BYTES_BURST {
        bytes += u64::try_from(hello.len()).unwrap();
        let again = Bytes::from(hello.clone());
        table.input(0, Input::Received { link, bytes: again });
    }
    assert!(bytes <= limits::STRANGER_BYTES_BURST + 100, "{bytes} bytes");
}

#[test]
fn who_lost_our_request_may_ask_us() {
    let mut table = Table::new(&["Ana", "Bo"]);
    for (asker, asked) in [(0, 1), (1, 0)] {
        table.link(asker, asked);
        ask(&mut table, asker, asked);
        table.pass(SOON);
        assert_eq!(standing(&table, asked, asker), Some(ContactStanding::Asks));
        table.seats[asked].store.rows.clear();
        table.crash(asked);
        table.link(asker, asked);
        table.pass(SOON);
        ask(&mut table, asked, asker);
        table.pass(SOON);
        assert_eq!(
            standing(&table, asker, asked),
            Some(ContactStanding::Accepted)
        );
        assert_eq!(
            standing(&table, asked, asker),
            Some(ContactStanding::Accepted)
        );
        let words = |seat, other| contact(&table, seat, other).unwrap().words;
        assert_eq!(words(asker, asked), words(asked, asker));
        for seat in 0..2 {
            table.seats[seat].store.rows.clear();
            table.crash(seat);
        }
    }
}

#[test]
fn a_device_that_uses_an_id_twice_rewrites_nothing() {
    let mut table = Table::friends();
    let first = direct(
        &table,
        0,
        7,
        DirectEvent::Text {
            body: text("first"),
        },
    );
    table.pass(SOON);
    let second = direct(
        &table,
        0,
        7,
        DirectEvent::Text {
            body: text("second"),
        },
    );
    say(&mut table, 1, 0, vec![first, second]);
    table.link(1, 0);
    table.pass(SOON);
    assert_eq!(table.texts(0, 1), ["first"]);
}

#[test]
fn a_text_over_four_thousand_characters_is_not_read() {
    let mut table = Table::friends();
    let most = "é".repeat(limits::TEXT_CHARS_MAX);
    let more = format!("{most}.");
    let said = |id, body: &str| {
        let body = text(body);
        direct(&table, 0, id, DirectEvent::Text { body })
    };
    let target = MessageRef {
        author: table.device(1),
        id: MessageId([2; 16]),
    };
    let edit = DirectEvent::Edit {
        target,
        body: text(&more),
    };
    let contents = vec![said(1, &more), said(2, &most), direct(&table, 0, 3, edit)];
    say(&mut table, 1, 0, contents);
    table.link(1, 0);
    table.pass(Duration::from_secs(2));
    assert_eq!(table.texts(0, 1), [most]);
    let characters = limits::TEXT_CHARS_MAX + 1;
    let faults = table.seats[0].events.iter().filter(|event| {
        let fault = Misbehaved::LongText { characters };
        matches!(event, Event::Misbehaved { fault: told, .. } if *told == fault)
    });
    assert_eq!(faults.count(), 2, "the text and the edit");
}

#[test]
fn one_contact_does_not_take_the_room_of_effects_that_wait() {
    let mut table = Table::new(&["Ana", "Bo", "Mallory"]);
    for other in [1, 2] {
        table.link(0, other);
        table.befriend(0, other);
    }
    let react = |author: usize, target: [u8; 16], id: [u8; 16]| {
        let emoji = Emoji::try_from("👍".to_owned()).unwrap();
        let target = MessageRef {
            author: table.device(author),
            id: MessageId(target),
        };
        let event = DirectEvent::React {
            target,
            emoji,
            on: true,
        };
        let (_, content) = direct(&table, 0, 0, event);
        let Content::Direct(message) = content else {
            unreachable!("direct");
        };
        let id = MessageId(id);
        (id, Content::Direct(DirectMessage { id, ..message }))
    };
    // Every one of them to another message that never was.
    let id = |kind: u64, n: usize| {
        let words = [kind.to_be_bytes(), u64::try_from(n).unwrap().to_be_bytes()];
        <[u8; 16]>::try_from(words.concat()).unwrap()
    };
    let flood = (0..limits::PENDING_EFFECTS_MAX).map(|n| react(2, id(1, n), id(2, n)));
    let flood = flood.collect();
    let early = react(1, [7; 16], [8; 16]);
    say(&mut table, 2, 0, flood);
    table.link(2, 0);
    table.pass(Duration::from_secs(60));
    let waiting = |table: &Table| {
        let rows = table.seats[0].store.rows.keys();
        rows.filter(|key| matches!(key, RowKey::Pending(..)))
            .count()
    };
    assert_eq!(waiting(&table), limits::PENDING_PER_CONTACT_MAX);

    let body = text("at last");
    let said = direct(&table, 0, 7, DirectEvent::Text { body });
    say(&mut table, 1, 0, vec![early, said]);
    table.link(1, 0);
    table.pass(SOON);
    assert_eq!(table.texts(0, 1), ["at last"]);
    assert_eq!(table.history(0, 1)[0].1.reactions.len(), 1);
}

/// Nothing sealed comes from the second seat.
fn hears_nothing(from: usize, _: usize, bytes: &[u8]) -> bool {
    from != 1 || !is_sealed(bytes)
}

/// Nothing sealed comes from the first seat.
fn is_not_heard(from: usize, _: usize, bytes: &[u8]) -> bool {
    from != 0 || !is_sealed(bytes)
}

#[test]
fn an_answer_to_an_earlier_request_is_not_one_to_the_present() {
    let mut table = Table::new(&["Ana", "Bo"]);
    let link = table.link(0, 1);
    table.pass(Duration::from_secs(1));
    table.lossy = Some(hears_nothing);
    ask(&mut table, 0, 1);
    table.pass(Duration::from_secs(1));
    assert_eq!(standing(&table, 1, 0), Some(ContactStanding::Asks));
    // Ana withdraws and asks again; Bo, who has not heard of it, sends his answer once more.
    let bo = table.account(1);
    assert_eq!(table.ask(0, Command::Remove(bo)), Some(Ok(Reply::Done)));
    table.cut(link);
    table.lossy = Some(is_not_heard);
    table.link(0, 1);
    table.pass(Duration::from_secs(1));
    ask(&mut table, 0, 1);
    table.pass(Duration::from_secs(10));
    table.lossy = None;
    table.pass(Duration::from_secs(120));
    let words = |seat, other| contact(&table, seat, other).and_then(|view| view.words);
    assert!(words(0, 1).is_some());
    assert_eq!(words(0, 1), words(1, 0));
    accept(&mut table, 1, 0);
    table.pass(SOON);
    assert_eq!(standing(&table, 0, 1), Some(ContactStanding::Accepted));
}

#[test]
fn last_resort_keys_whose_uses_crowd_the_memory_are_replaced_and_forgotten() {
    let mut table = Table::friends();
    let device = |table: &Table| match table.seats[0].store.rows.get(&RowKey::Device) {
        Some(Row::Device(row)) => row.clone(),
        other => panic!("{other:?}"),
    };
    let before = device(&table);
    for n in 0..limits::LAST_RESORT_SEEN_MAX / 2 {
        let base = Hash32::of(Label::Prekeys, &n.to_le_bytes());
        let key = RowKey::LastResortSeen(before.last_resort, before.signed, base);
        let row = SeenRow {
            at: Timestamp::default(),
        };
        let rows = &mut table.seats[0].store.rows;
        rows.insert(key, Row::LastResortSeen(row));
    }
    table.crash(0);
    table.pass(SOON);
    let after = device(&table);
    assert!(after.last_resort > before.last_resort, "{after:?}");
    let left = |key: &RowKey| match key {
        RowKey::LastResortSeen(..) => true,
        RowKey::Prekey(PrekeyKind::LastResortKem, id) => *id == before.last_resort,
        _ => false,
    };
    assert_eq!(table.seats[0].store.rows.keys().find(|key| left(key)), None);
    // Sessions that stand are none of it.
    table.link(0, 1);
    table.send(1, 0, "still here");
    table.pass(SOON);
    assert_eq!(table.texts(0, 1), ["still here"]);
}
