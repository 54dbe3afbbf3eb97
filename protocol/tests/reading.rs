//! Read marks: where the person was, after every start, and what the other side is told of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::error::Rejected;
use protocol::message::{MessageId, MessageRef};
use protocol::privacy::Privacy;
use protocol::testing::Table;
use protocol::turn::{Command, Event, Reply};

fn mark(
    table: &mut Table,
    seat: usize,
    with: usize,
    up_to: MessageRef,
) -> Option<Result<Reply, Rejected>> {
    let conversation = table.account(with);
    table.ask(
        seat,
        Command::MarkRead {
            conversation,
            up_to,
        },
    )
}

/// Own marks that a seat showed, in order.
fn own(table: &Table, seat: usize) -> Vec<MessageRef> {
    let told = table.seats[seat].events.iter();
    told.filter_map(|event| match event {
        Event::ReadMark { up_to, .. } => Some(up_to.1),
        _ => None,
    })
    .collect()
}

/// Marks of the other side that a seat showed, in order.
fn theirs(table: &Table, seat: usize) -> Vec<MessageRef> {
    let told = table.seats[seat].events.iter();
    told.filter_map(|event| match event {
        Event::ReadByPeer { up_to, .. } => Some(up_to.1),
        _ => None,
    })
    .collect()
}

fn tells_reading(table: &mut Table, seat: usize) {
    let privacy = Privacy {
        send_read_marks: true,
        ..Privacy::default()
    };
    let done = table.ask(seat, Command::SetPrivacy(privacy));
    assert_eq!(done, Some(Ok(Reply::Done)));
}

#[test]
fn a_mark_moves_forward_only_and_outlives_a_crash() {
    let mut table = Table::friends();
    let first = table.send(0, 1, "one");
    let second = table.send(0, 1, "two");
    table.pass(Duration::from_secs(1));
    for message in [first, second, first, second] {
        assert_eq!(mark(&mut table, 1, 0, message), Some(Ok(Reply::Done)));
    }
    assert_eq!(own(&table, 1), [first, second]);
    table.seats[1].events.clear();
    table.crash(1);
    assert_eq!(own(&table, 1), [second]);
}

#[test]
fn nothing_is_marked_before_it_is_durable() {
    let mut table = Table::friends();
    let message = table.send(0, 1, "one");
    table.pass(Duration::from_secs(1));
    table.seats[1].stalled = true;
    assert_eq!(mark(&mut table, 1, 0, message), None);
    assert_eq!(own(&table, 1), []);
    table.crash(1);
    assert_eq!(own(&table, 1), []);
}

#[test]
fn only_a_message_of_the_conversation_can_be_marked() {
    let mut table = Table::new(&["Ana", "Bo", "Cem"]);
    table.link(0, 1);
    table.befriend(0, 1);
    table.link(0, 2);
    table.befriend(0, 2);
    let message = table.send(1, 0, "hi");
    table.pass(Duration::from_secs(1));
    let author = table.device(1);
    let nothing = MessageRef {
        author,
        id: MessageId([9; 16]),
    };
    let refused = Some(Err(Rejected::UnknownMessage));
    assert_eq!(mark(&mut table, 0, 2, message), refused);
    assert_eq!(mark(&mut table, 0, 1, nothing), refused);
    assert_eq!(mark(&mut table, 0, 1, message), Some(Ok(Reply::Done)));
}

#[test]
fn the_other_side_is_told_nothing_unless_the_person_wants_it() {
    let mut table = Table::friends();
    let message = table.send(0, 1, "seen?");
    table.pass(Duration::from_secs(5));
    let before = table.seats[1].frames.len();
    mark(&mut table, 1, 0, message);
    table.pass(Duration::from_secs(5));
    assert_eq!(table.seats[1].frames.len(), before);
    assert_eq!(theirs(&table, 0), []);
}

#[test]
fn who_wants_it_is_seen_to_have_read_also_after_a_crash() {
    let mut table = Table::friends();
    tells_reading(&mut table, 1);
    let first = table.send(0, 1, "one");
    let second = table.send(0, 1, "two");
    table.pass(Duration::from_secs(1));
    mark(&mut table, 1, 0, first);
    mark(&mut table, 1, 0, second);
    table.pass(Duration::from_secs(2));
    assert_eq!(theirs(&table, 0), [first, second]);
    table.seats[0].events.clear();
    table.crash(0);
    assert_eq!(theirs(&table, 0), [second]);
}

#[test]
fn a_mark_made_while_apart_arrives_later_and_the_newest_place_wins() {
    let mut table = Table::friends();
    tells_reading(&mut table, 1);
    let first = table.send(0, 1, "one");
    let second = table.send(0, 1, "two");
    table.pass(Duration::from_secs(2));
    table.crash(0);
    mark(&mut table, 1, 0, first);
    mark(&mut table, 1, 0, second);
    table.link(0, 1);
    table.pass(Duration::from_secs(5));
    assert_eq!(theirs(&table, 0).last(), Some(&second));
}

#[test]
fn ones_own_words_are_marked_and_not_told() {
    let mut table = Table::friends();
    tells_reading(&mut table, 0);
    let own_words = table.send(0, 1, "mine");
    table.pass(Duration::from_secs(5));
    let before = table.seats[0].frames.len();
    assert_eq!(mark(&mut table, 0, 1, own_words), Some(Ok(Reply::Done)));
    table.pass(Duration::from_secs(5));
    assert_eq!(table.seats[0].frames.len(), before);
    assert_eq!(own(&table, 0), [own_words]);
}

#[test]
fn settings_are_told_at_the_start_and_when_they_change() {
    let mut table = Table::friends();
    let told = |table: &Table| {
        let events = table.seats[0].events.iter();
        let told = events.filter_map(|event| match event {
            Event::Privacy(privacy) => Some(*privacy),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(told(&table), [Privacy::default()]);
    tells_reading(&mut table, 0);
    tells_reading(&mut table, 0);
    let reading = Privacy {
        send_read_marks: true,
        ..Privacy::default()
    };
    assert_eq!(told(&table), [Privacy::default(), reading]);
    table.crash(0);
    assert_eq!(told(&table).last(), Some(&reading));
}
