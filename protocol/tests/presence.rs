//! Presence and typing: between contacts, for seconds, and never a promise.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use bytes::Bytes;
use protocol::error::Rejected;
use protocol::limits;
use protocol::link::{Frame, LinkId};
use protocol::privacy::{Presence, Privacy};
use protocol::testing::Table;
use protocol::turn::{Command, Event, Input, Reply, Whom};

fn presences(table: &Table, seat: usize) -> Vec<Option<Presence>> {
    let told = table.seats[seat].events.iter();
    told.filter_map(|event| match event {
        Event::Presence { presence, .. } => Some(*presence),
        _ => None,
    })
    .collect()
}

fn typing(table: &Table, seat: usize) -> Vec<bool> {
    let told = table.seats[seat].events.iter();
    told.filter_map(|event| match event {
        Event::Typing { active, .. } => Some(*active),
        _ => None,
    })
    .collect()
}

/// Frames of both kinds that a seat sent so far.
fn signs(table: &Table, seat: usize) -> Vec<Frame> {
    let frames = table.seats[seat].frames.iter();
    frames
        .filter_map(|bytes| Frame::decode(bytes).ok())
        .filter(|frame| matches!(frame, Frame::Presence { .. } | Frame::Typing { .. }))
        .collect()
}

fn set(table: &mut Table, seat: usize, presence: Presence) {
    let done = table.ask(seat, Command::SetPresence(presence));
    assert_eq!(done, Some(Ok(Reply::Done)));
}

fn types(table: &mut Table, seat: usize, to: usize) -> Option<Result<Reply, Rejected>> {
    let to = table.account(to);
    table.ask(seat, Command::Typing { to })
}

#[test]
fn contacts_see_each_other_come_change_and_go() {
    let mut table = Table::friends();
    assert_eq!(presences(&table, 1), [Some(Presence::Online)]);
    set(&mut table, 0, Presence::Away);
    assert_eq!(presences(&table, 1).last(), Some(&Some(Presence::Away)));
    table.cut(LinkId(0));
    assert_eq!(presences(&table, 1).last(), Some(&None));
    table.link(1, 0);
    assert_eq!(presences(&table, 1).last(), Some(&Some(Presence::Away)));
}

#[test]
fn presence_is_told_again_before_it_is_forgotten_and_costs_next_to_nothing() {
    let mut table = Table::friends();
    let before = signs(&table, 0).len();
    table.pass(Duration::from_secs(600));
    assert_eq!(presences(&table, 1), [Some(Presence::Online)]);
    let sent = signs(&table, 0).len() - before;
    assert!((12..=15).contains(&sent), "{sent} frames in ten minutes");
}

#[test]
fn presence_that_is_not_told_again_is_forgotten_after_a_minute() {
    let mut table = Table::friends();
    table.lossy = Some(|_, _, bytes| !matches!(Frame::decode(bytes), Ok(Frame::Presence { .. })));
    table.pass(limits::PRESENCE_TTL - Duration::from_secs(10));
    assert_eq!(presences(&table, 1), [Some(Presence::Online)]);
    table.pass(Duration::from_secs(10));
    assert_eq!(presences(&table, 1), [Some(Presence::Online), None]);
}

#[test]
fn who_is_invisible_sends_nothing_at_all() {
    let mut table = Table::friends();
    set(&mut table, 0, Presence::Invisible);
    let before = signs(&table, 0).len();
    assert_eq!(types(&mut table, 0, 1), Some(Ok(Reply::Done)));
    table.cut(LinkId(0));
    table.link(0, 1);
    table.pass(Duration::from_secs(120));
    assert_eq!(signs(&table, 0).len(), before);
    assert_eq!(presences(&table, 1).last(), Some(&None));
    // The others are seen as before, and so are we once we want to be.
    assert_eq!(presences(&table, 0).last(), Some(&Some(Presence::Online)));
    set(&mut table, 0, Presence::Online);
    assert_eq!(presences(&table, 1).last(), Some(&Some(Presence::Online)));
}

#[test]
fn being_away_outlives_a_restart() {
    let mut table = Table::friends();
    set(&mut table, 0, Presence::Away);
    table.crash(0);
    table.link(0, 1);
    assert_eq!(presences(&table, 1).last(), Some(&Some(Presence::Away)));
}

#[test]
fn strangers_and_those_who_wait_for_an_answer_are_told_nothing() {
    let mut table = Table::new(&["Ana", "Bo"]);
    let _link = table.link(0, 1);
    let (ana, bo) = (table.account(0), table.account(1));
    table.ask(0, Command::Request(Whom::Account(bo)));
    table.pass(Duration::from_secs(100));
    assert_eq!(types(&mut table, 0, 1), Some(Err(Rejected::NotAccepted)));
    assert_eq!([signs(&table, 0).len(), signs(&table, 1).len()], [0, 0]);
    table.ask(1, Command::Accept(ana));
    table.pass(Duration::from_secs(2));
    for seat in [0, 1] {
        assert_eq!(presences(&table, seat), [Some(Presence::Online)]);
    }
}

#[test]
fn what_one_who_is_no_contact_says_of_itself_is_not_shown() {
    let mut table = Table::new(&["Ana", "Bo"]);
    let link = table.link(0, 1);
    let bo = table.account(1);
    table.ask(0, Command::Request(Whom::Account(bo)));
    table.pass(Duration::from_secs(2));
    for frame in [Frame::Presence { state: 1 }, Frame::Typing { on: true }] {
        let bytes = Bytes::from(frame.encode());
        table.input(1, Input::Received { link, bytes });
    }
    assert_eq!((presences(&table, 1), typing(&table, 1)), (vec![], vec![]));
}

#[test]
fn typing_is_seen_until_the_message_is_there() {
    let mut table = Table::friends();
    assert_eq!(types(&mut table, 0, 1), Some(Ok(Reply::Done)));
    assert_eq!(typing(&table, 1), [true]);
    table.send(0, 1, "salut");
    assert_eq!(typing(&table, 1), [true, false]);
}

#[test]
fn typing_is_forgotten_after_six_seconds_and_kept_by_typing_on() {
    let mut table = Table::friends();
    for _ in 0..20 {
        types(&mut table, 0, 1);
        table.pass(Duration::from_secs(1));
    }
    let sent = signs(&table, 0);
    let sent = sent.iter().filter(|f| matches!(f, Frame::Typing { .. }));
    assert_eq!(sent.count(), 7, "one each three seconds");
    assert_eq!(typing(&table, 1), [true]);
    table.pass(limits::TYPING_TTL);
    assert_eq!(typing(&table, 1), [true, false]);
}

#[test]
fn typing_ends_with_the_link() {
    let mut table = Table::friends();
    types(&mut table, 0, 1);
    table.cut(LinkId(0));
    assert_eq!(typing(&table, 1), [true, false]);
}

#[test]
fn typing_is_kept_to_oneself_where_the_person_wants_it_so() {
    let mut table = Table::friends();
    let quiet = Privacy {
        send_typing: false,
        ..Privacy::default()
    };
    table.ask(0, Command::SetPrivacy(quiet));
    table.crash(0);
    table.link(0, 1);
    assert_eq!(types(&mut table, 0, 1), Some(Ok(Reply::Done)));
    assert_eq!(typing(&table, 1), []);
}

#[test]
fn neither_waits_for_a_commit_or_makes_one() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(5));
    table.seats[0].stalled = true;
    let body = "is not stored".to_owned().try_into().unwrap();
    let to = table.account(1);
    let send = Command::Send {
        to,
        body,
        reply_to: None,
        key: None,
    };
    assert_eq!(table.ask(0, send), None);
    assert_eq!(types(&mut table, 0, 1), Some(Ok(Reply::Done)));
    assert_eq!(typing(&table, 1), [true]);
    let rows = table.seats[1].store.rows.clone();
    table.pass(Duration::from_secs(100));
    assert_eq!(presences(&table, 1), [Some(Presence::Online)]);
    assert_eq!(table.seats[1].store.rows, rows);
}

#[test]
fn a_peer_that_flickers_is_not_worth_an_event_each() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(20));
    for n in 0..1_000 {
        let frame = Frame::Typing { on: n % 2 == 0 };
        let bytes = Bytes::from(frame.encode());
        let link = LinkId(0);
        table.input(1, Input::Received { link, bytes });
    }
    let most = usize::try_from(limits::SIGNS_MAX).unwrap();
    assert!(typing(&table, 1).len() <= most + 1);
    assert!(table.seats[1].hangups.is_empty());
}

#[test]
fn a_presence_that_does_not_exist_is_a_fault() {
    let mut table = Table::friends();
    for _ in 0..=limits::FAULTS_PER_LINK_MAX {
        let bytes = Bytes::from(Frame::Presence { state: 2 }.encode());
        let link = LinkId(0);
        table.input(1, Input::Received { link, bytes });
    }
    assert!(!table.seats[1].hangups.is_empty());
}

#[test]
fn who_wants_to_be_seen_nearby_is_seen_at_once_and_not_before() {
    let mut table = Table::new(&["Ana", "Bo"]);
    let hidden = Privacy {
        visible_nearby: false,
        ..Privacy::default()
    };
    table.ask(0, Command::SetPrivacy(hidden));
    table.link(0, 1);
    let seen = |table: &Table| {
        let mut told = table.seats[1].events.iter();
        told.any(|event| matches!(event, Event::Nearby(_)))
    };
    assert!(!seen(&table));
    table.ask(0, Command::SetPrivacy(Privacy::default()));
    assert!(seen(&table));
}
