//! Sessions, prekeys and devices that come, go and are restored.

use super::*;

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
