//! Those who lie, copy and go back in time: scripts for what chance would not find.
#![allow(clippy::expect_used, reason = "a test")]

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use protocol::core::{Config, Faults};
use protocol::crypto::{Hash32, Rng};
use protocol::error::Misbehaved;
use protocol::identity::{AccountBundle, DeviceRevoke, RevokeReason, UnverifiedBundle};
use protocol::link::Frame;
use protocol::local::LocalDevice;
use protocol::message::Name;
use protocol::persist::{Delivery, RowKey, Store as _};
use protocol::testing::{MemoryStore, Table, ratchet_use};
use protocol::time::{Hlc, Instant, Now, Timestamp};
use protocol::turn::{Command, ContactStanding, Event, Input, Reply};
use simulations::network::{Middle, WireId};
use simulations::options::Options;
use simulations::world::World;

const SOON: Duration = Duration::from_secs(5);
/// Long enough for every repetition and reset.
const LATER: Duration = Duration::from_secs(200);

/// Half of them are guesses, of which one in 64 names the right tag: that none does happens once in 300,000 seeds.
const TRIES: u64 = 1_600;

/// Two contacts who can meet only through a stranger with a link to each.
fn only_through_a_stranger(faults: Faults) -> World {
    let mut world = World::new(5, Options::calm(2), faults, false);
    world.run_until(8_000_000);
    world.settle("becoming contacts");
    world.discovery = false;
    world.run_until(world.now + 10_000_000);
    let wires: Vec<_> = world.network.wires.keys().copied().collect();
    wires.into_iter().for_each(|wire| world.cut(wire));
    world.run_until(world.now + 10_000_000);
    assert!(world.network.wires.is_empty());
    world
}

/// The stranger tries so often, in either direction, passing on and answering itself.
fn stranger_tries(world: &mut World, times: u64) {
    for number in 0..times {
        let (dialer, listener) = if number % 2 == 0 { (0, 1) } else { (1, 0) };
        let middle = if number % 4 < 2 {
            Middle::Passes
        } else {
            Middle::Guesses
        };
        let wire: WireId = world.connect_through(dialer, listener, middle);
        world.run_until(world.now + 500_000);
        world.cut(wire);
        world.run_until(world.now + 6_000_000);
    }
}

#[test]
fn relay_mitm() {
    let mut world = only_through_a_stranger(Faults::default());
    stranger_tries(&mut world, TRIES);
    // The checker `identity` looks at every frame and every `Reach`.
    assert_eq!(world.violation(), None);
    assert_eq!(world.counted("relayed"), TRIES);
    assert_eq!(world.counted("guess"), TRIES / 2, "a page of tags each");
    for device in &world.devices {
        for contact in device.screen.contacts.values() {
            assert!(contact.reachable.is_empty(), "{contact:?}");
        }
    }
    world.discovery = true;
    world.probe();
    world.settle("meeting directly");
    world.finish();
    assert_eq!(world.violation(), None);
}

#[cfg(feature = "mutants")]
#[test]
fn relay_mitm_finds_its_mutant() {
    let faults = Faults {
        mutant: Some(protocol::core::Mutant::VerificationSkipped),
    };
    let mut world = only_through_a_stranger(faults);
    stranger_tries(&mut world, TRIES);
    assert_eq!(
        world.violation().map(|violation| violation.checker),
        Some("identity")
    );
}

fn says(table: &Table, seat: usize, is: impl Fn(&Event) -> bool) -> bool {
    table.seats[seat].events.iter().any(is)
}

fn reached(table: &Table, seat: usize, other: usize) -> bool {
    let device = table.device(other);
    says(
        table,
        seat,
        |event| matches!(event, Event::Reach { device: of, up: true, .. } if *of == device),
    )
}

fn has_session(table: &Table, seat: usize, with: usize) -> bool {
    table.seats[seat]
        .store
        .rows
        .contains_key(&RowKey::Session(table.device(with)))
}

/// Every ratchet key and counter that a seat ever used belongs to one ciphertext.
fn no_key_twice(table: &Table, seat: usize) {
    let mut used: BTreeMap<([u8; 33], u32), Vec<u8>> = BTreeMap::new();
    for frame in &table.seats[seat].frames {
        let Some((position, ciphertext)) = ratchet_use(frame) else {
            continue;
        };
        let before = used.insert(position, ciphertext.clone());
        assert!(
            before.is_none_or(|before| before == ciphertext),
            "seat {seat}: {position:?}"
        );
    }
}

/// Whoever carries a prekey offer, and puts another in its place, gets no session.
#[test]
fn bootstrap_swaps_keys() {
    let mut table = Table::new(&["Ana", "Bo", "Mallory"]);
    let bo = table.link(0, 1);
    table.befriend(0, 1);
    table.link(2, 1);
    table.befriend(2, 1);
    // What Mallory serves for herself, whole and valid.
    let mut mallorys = table.seats[2].frames.iter();
    let swapped = mallorys
        .rfind(|frame| matches!(Frame::decode(frame), Ok(Frame::Prekeys { .. })))
        .cloned();
    let swapped = swapped.unwrap_or_else(|| mallory_serves(&mut table));
    let session = RowKey::Session(table.device(1));
    table.seats[0].store.rows.remove(&session);
    table.cut(bo);
    table.crash(0);
    let bo = table.link(0, 1);
    table.lossy = Some(|_, _, frame| !matches!(Frame::decode(frame), Ok(Frame::Prekeys { .. })));
    table.send(0, 1, "for Bo alone");
    table.seats[0].events.clear();
    table.input(
        0,
        Input::Received {
            link: bo,
            bytes: swapped,
        },
    );
    table.run();
    assert!(!has_session(&table, 0, 1), "a session with Mallory's keys");
    assert!(says(&table, 0, |event| matches!(
        event,
        Event::Misbehaved {
            fault: Misbehaved::Session(_),
            ..
        }
    )));
    // With the true offer it goes on.
    table.lossy = None;
    table.pass(LATER);
    assert_eq!(table.texts(1, 0), ["for Bo alone"]);
}

fn mallory_serves(table: &mut Table) -> Bytes {
    let session = RowKey::Session(table.device(2));
    table.seats[1].store.rows.remove(&session);
    table.crash(1);
    table.link(1, 2);
    table.send(1, 2, "asks for keys");
    let mut frames = table.seats[2].frames.iter();
    frames
        .rfind(|frame| matches!(Frame::decode(frame), Ok(Frame::Prekeys { .. })))
        .cloned()
        .expect("Mallory was asked for keys")
}

#[test]
fn a_forged_certificate_is_shown_to_nobody() {
    let mut table = Table::new(&["Ana", "Bo"]);
    table.link(0, 1);
    let mut cards = table.seats[1].frames.iter();
    let card = cards.rfind(|frame| matches!(Frame::decode(frame), Ok(Frame::Card { .. })));
    let card = card.expect("Bo shows himself").to_vec();
    table.crash(0);
    table.seats[0].events.clear();
    let attacker = table.link(0, 1);
    table.seats[0].events.clear();
    let mut refused = 0;
    // Every single byte, changed: name and framing apart, nothing of it is believed.
    for at in 0..card.len() {
        let mut forged = card.clone();
        forged[at] ^= 1;
        let Ok(Frame::Card { bundle, .. }) = Frame::decode(&forged) else {
            continue;
        };
        if bundle.verify(None).is_err() {
            refused += 1;
        } else {
            assert!(at < 8, "byte {at} of a card was changed and believed");
        }
    }
    assert!(refused > 300, "{refused} forgeries were tried");
    let mut forged = card;
    let middle = forged.len() / 2;
    forged[middle] ^= 1;
    table.input(
        0,
        Input::Received {
            link: attacker,
            bytes: forged.into(),
        },
    );
    table.run();
    assert!(says(&table, 0, |event| matches!(
        event,
        Event::Misbehaved { .. }
    )));
    assert!(!says(&table, 0, |event| matches!(event, Event::Nearby(_))));
}

#[test]
fn a_strangers_session_reset_changes_nothing() {
    let mut table = Table::friends();
    table.send(0, 1, "before");
    table.pass(SOON);
    let session =
        |table: &Table| table.seats[0].store.rows[&RowKey::Session(table.device(1))].clone();
    let before = session(&table);
    let sealed = table.seats[0]
        .frames
        .iter()
        .rfind(|frame| ratchet_use(frame).is_some());
    let (_, ciphertext) = ratchet_use(sealed.expect("something was said")).expect("sealed");
    table.sit(
        "Mallory",
        Config {
            visible: false,
            ..Config::default()
        },
    );
    let stranger = table.link(2, 0);
    let hash = Hash32::of(protocol::crypto::Label::Ciphertext, &ciphertext);
    let reset = Frame::SessionReset { hash, mac: [7; 32] }.encode();
    table.seats[0].events.clear();
    table.input(
        0,
        Input::Received {
            link: stranger,
            bytes: reset.into(),
        },
    );
    table.run();
    assert!(says(&table, 0, |event| matches!(
        event,
        Event::Misbehaved {
            fault: Misbehaved::NotAllowed { .. },
            ..
        }
    )));
    assert_eq!(session(&table), before);
}

/// Ana's unlocked profile is copied. She revokes that device from a new one, with her words. Then the copy is worth
/// nothing: it proves nothing to Bo, also not with the bundle of the time before, and certifies nothing.
#[test]
fn a_profile_copied_and_revoked() {
    let mut table = Table::new(&["Bo"]);
    let words = table.sit("Ana", Config::default());
    table.link(0, 1);
    table.befriend(0, 1);
    let stolen = LocalDevice::decode(&table.seats[1].identity).expect("Ana's identity");
    let rows = table.seats[1].store.clone();
    let now = Now {
        mono: Instant::default(),
        wall: Timestamp::from_millis(1_700_000_100_000),
    };
    let mut rng = Rng::from_seed([41; 32]);
    let name = Name::try_from("Ana".to_owned()).expect("short");
    // Confirmed words are wiped from the profile (DECISIONS 16); this copy was made after that.
    let stolen = LocalDevice {
        unconfirmed: None,
        ..stolen
    };

    let mut second = LocalDevice::certify(&words.account_key(), name.clone(), now, &mut rng);
    let old = stolen.bundle.clone();
    let at = Hlc::from_wall(now.wall);
    let revoke = DeviceRevoke::issue(&words.account_key(), stolen.device, RevokeReason::LOST, at);
    second.bundle = second
        .bundle
        .merge(&old)
        .and_then(|all| all.with_revoke(revoke))
        .expect("Ana's");
    let contacts = rows
        .rows
        .iter()
        .filter(|(key, _)| matches!(key, RowKey::Contact(_)));
    let contacts = MemoryStore {
        rows: contacts.map(|(key, row)| (*key, row.clone())).collect(),
    };
    let new = table.seat(second, contacts, Config::default());
    table.crash(1); // the old device is off
    table.crash(0);
    table.link(new, 0);
    table.pass(SOON);
    assert!(reached(&table, 0, new), "Ana's new device is known to Bo");

    let forged = forge_certificate(&stolen, &name, now);
    let thief = table.seat(stolen, rows, Config::default());
    table.seats[0].events.clear();
    for (dialer, listener) in [(thief, 0), (0, thief)] {
        let link = table.link(dialer, listener);
        table.pass(SOON);
        for bundle in [old.to_unverified(), forged.clone()] {
            let introduce = Frame::Introduce { bundle }.encode();
            table.input(
                0,
                Input::Received {
                    link,
                    bytes: introduce.into(),
                },
            );
            table.run();
        }
        table.pass(SOON);
        table.cut(link);
    }
    assert!(
        !reached(&table, 0, thief),
        "the copy was taken for Ana's device"
    );
    // Nor does it get anything that is said to Ana from now on.
    table.send(0, new, "for the new device");
    table.link(thief, 0);
    table.pass(LATER);
    assert_eq!(table.texts(new, 0), ["for the new device"]);
    assert!(table.texts(thief, 0).is_empty());
}

/// The best that a thief without the account key can do: a certificate under another key, put in Ana's bundle.
fn forge_certificate(stolen: &LocalDevice, name: &Name, now: Now) -> UnverifiedBundle {
    let mut rng = Rng::from_seed([42; 32]);
    let (other, _words) = LocalDevice::create(name.clone(), now, &mut rng);
    assert!(
        stolen.bundle.merge(&other.bundle).is_err(),
        "a bundle of two accounts"
    );
    let bundle: &AccountBundle = &other.bundle;
    let theirs = bundle.to_unverified();
    assert!(
        theirs.clone().verify(Some(stolen.account)).is_err(),
        "another account's certificate"
    );
    // Ana's account and key written over the other's, byte by byte: the signatures say no.
    let mut bytes = protocol::wire::encode(&theirs);
    let key = stolen.bundle.account_key().expect("it has one");
    let other_key = bundle.account_key().expect("it has one");
    replace(
        &mut bytes,
        other.account.as_bytes(),
        stolen.account.as_bytes(),
    );
    replace(&mut bytes, other_key.as_bytes(), key.as_bytes());
    let forged: UnverifiedBundle = protocol::wire::decode(&bytes, 1 << 16).expect("canonical");
    assert!(
        forged.clone().verify(Some(stolen.account)).is_err(),
        "nobody's signature"
    );
    forged
}

fn replace(bytes: &mut [u8], from: &[u8; 32], to: &[u8; 32]) {
    let starts: Vec<_> = (0..bytes.len().saturating_sub(31))
        .filter(|at| bytes[*at..at + 32] == from[..])
        .collect();
    assert!(!starts.is_empty());
    for at in starts {
        bytes[at..at + 32].copy_from_slice(to);
    }
}

/// Whether everything that a seat said reached everybody.
fn all_reached(table: &Table, seat: usize, with: usize) -> bool {
    table.history(seat, with).iter().all(|(_, row)| {
        row.delivery
            .iter()
            .all(|(_, delivery)| *delivery == Delivery::Reached)
    })
}

/// A backup of the history is put back. The generation in the identity tells; sessions and prekeys are dropped before
/// anything else (DECISIONS 41). What was said since is lost here, and only here; nothing else is, and no key is used
/// twice.
#[test]
fn a_rolled_back_store_repairs_itself() {
    let mut table = Table::friends();
    table.send(0, 1, "one");
    table.send(1, 0, "two");
    table.pass(SOON);
    let backup = table.seats[0].store.clone();
    table.send(0, 1, "three");
    table.send(1, 0, "four");
    table.pass(SOON);
    table.seats[0].store = backup;
    forget_sessions(&mut table, 0);
    table.crash(0);
    table.send(0, 1, "five");
    table.send(1, 0, "six");
    table.link(0, 1);
    table.pass(LATER);
    assert_eq!(table.texts(0, 1), ["one", "two", "five", "six"]);
    let mut theirs = table.texts(1, 0);
    theirs.sort();
    assert_eq!(theirs, ["five", "four", "one", "six", "three", "two"]);
    for (seat, with) in [(0, 1), (1, 0)] {
        no_key_twice(&table, seat);
        assert!(all_reached(&table, seat, with));
        assert_eq!(table.seats[seat].core.sizes().outbox, 0);
    }
}

fn forget_sessions(table: &mut Table, seat: usize) {
    let store = &mut table.seats[seat].store;
    let Ok(snapshot) = store.snapshot();
    let Ok(()) = store.commit(&[snapshot.new_incarnation(1)]);
}

/// The same without the rule of DECISIONS 41: a message key seals two messages. So the rule is needed, and
/// `no_key_twice` finds what breaks it.
#[test]
fn without_a_new_incarnation_a_rollback_uses_keys_twice() {
    let mut table = Table::friends();
    table.send(0, 1, "one");
    table.pass(SOON);
    let backup = table.seats[0].store.clone();
    table.send(0, 1, "two");
    table.seats[0].store = backup;
    table.crash(0);
    table.link(0, 1);
    table.send(0, 1, "another two");
    table.pass(SOON);
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| no_key_twice(&table, 0)));
    assert!(found.is_err());
}

/// The history is gone, the identity is not: the same device asks again, people compare again, and talk goes on.
#[test]
fn a_lost_store_becomes_a_contact_again() {
    let mut table = Table::friends();
    table.send(1, 0, "before");
    table.pass(SOON);
    table.seats[0].store = MemoryStore::default();
    table.crash(0);
    table.link(0, 1);
    table.pass(SOON);
    table.befriend(0, 1);
    table.pass(LATER);
    let words = |seat: usize| {
        let views = table.seats[seat].events.iter().rev();
        views
            .filter_map(|event| match event {
                Event::Contact(view) => Some((view.standing, view.words)),
                _ => None,
            })
            .next()
    };
    assert_eq!(words(0), words(1));
    assert!(matches!(
        words(0),
        Some((ContactStanding::Accepted, Some(_)))
    ));
    table.send(0, 1, "here again");
    table.send(1, 0, "welcome back");
    table.pass(LATER);
    assert_eq!(table.texts(0, 1), ["here again", "welcome back"]);
    assert_eq!(table.texts(1, 0), ["before", "here again", "welcome back"]);
    for seat in 0..2 {
        no_key_twice(&table, seat);
        assert_eq!(table.seats[seat].core.sizes().outbox, 0);
    }
}

/// A call that was answered before the rollback is repeated after it: one message, as Bo sees it.
#[test]
fn a_call_repeated_after_a_rollback_makes_no_second_message() {
    let mut table = Table::friends();
    table.pass(SOON);
    let backup = table.seats[0].store.clone();
    let to = table.account(1);
    let send = || Command::Send {
        to,
        body: protocol::message::Body::try_from("once".to_owned()).expect("short"),
        reply_to: None,
        key: Some(b"the key".to_vec()),
    };
    let first = table.ask(0, send());
    assert!(matches!(first, Some(Ok(Reply::Message(_)))));
    table.pass(SOON);
    table.seats[0].store = backup;
    forget_sessions(&mut table, 0);
    table.crash(0);
    table.link(0, 1);
    assert_eq!(table.ask(0, send()), first);
    table.pass(LATER);
    assert_eq!(table.texts(1, 0), ["once"]);
    assert_eq!(table.texts(0, 1), ["once"]);
}
