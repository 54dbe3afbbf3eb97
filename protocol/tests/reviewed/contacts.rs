//! Who is recognised, who may ask, and what an answer is one to.

use super::*;

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
