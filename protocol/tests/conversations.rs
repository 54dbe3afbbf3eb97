//! Private conversations between two devices: what is said arrives, once, in order, whatever happens.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::error::Rejected;
use protocol::message::{Body, Emoji, MessageRef};
use protocol::persist::Delivery;
use protocol::testing::Table;
use protocol::turn::{Command, Reply};

fn body(text: &str) -> Body {
    Body::try_from(text.to_owned()).unwrap()
}

fn deliveries(table: &Table, message: MessageRef) -> Vec<Delivery> {
    let history = table.history(0, 1);
    let (_, row) = history.iter().find(|(name, _)| *name == message).unwrap();
    row.delivery.iter().map(|(_, delivery)| *delivery).collect()
}

#[test]
fn a_message_arrives_and_its_author_learns_so() {
    let mut table = Table::friends();
    let message = table.send(0, 1, "salut");
    table.pass(Duration::from_secs(1));
    assert_eq!(table.texts(1, 0), ["salut"]);
    assert_eq!(deliveries(&table, message), [Delivery::Reached]);
}

#[test]
fn both_directions_interleave_in_one_order() {
    let mut table = Table::friends();
    for n in 0..50 {
        table.send(n % 2, (n + 1) % 2, &format!("{n}"));
        table.pass(Duration::from_millis(10));
    }
    table.pass(Duration::from_secs(2));
    assert_eq!(table.texts(0, 1).len(), 50);
    assert_eq!(table.texts(0, 1), table.texts(1, 0));
}

#[test]
fn what_is_said_while_apart_arrives_later() {
    let mut table = Table::friends();
    table.crash(1);
    let first = table.send(0, 1, "one");
    table.send(0, 1, "two");
    table.pass(Duration::from_secs(100));
    assert_eq!(deliveries(&table, first), [Delivery::Queued]);
    table.link(1, 0);
    table.pass(Duration::from_secs(5));
    assert_eq!(table.texts(1, 0), ["one", "two"]);
    assert_eq!(deliveries(&table, first), [Delivery::Reached]);
}

#[test]
fn edits_deletions_replies_and_reactions_reach_the_other_side() {
    let mut table = Table::friends();
    let to = table.account(1);
    let first = table.send(0, 1, "helo");
    let second = table.send(0, 1, "secret");
    table.pass(Duration::from_secs(1));
    let edit = Command::Edit {
        to,
        target: first,
        body: body("hello"),
        key: None,
    };
    assert!(matches!(table.ask(0, edit), Some(Ok(Reply::Message(_)))));
    let delete = Command::Delete {
        to,
        target: second,
        key: None,
    };
    assert!(matches!(table.ask(0, delete), Some(Ok(Reply::Message(_)))));
    let ana = table.account(0);
    let emoji = Emoji::try_from("👋".to_owned()).unwrap();
    let react = Command::React {
        to: ana,
        target: first,
        emoji,
        on: true,
        key: None,
    };
    assert!(matches!(table.ask(1, react), Some(Ok(Reply::Message(_)))));
    let reply = Command::Send {
        to: ana,
        body: body("hi"),
        reply_to: Some(first),
        key: None,
    };
    assert!(matches!(table.ask(1, reply), Some(Ok(Reply::Message(_)))));
    table.pass(Duration::from_secs(2));
    for (seat, with) in [(0, 1), (1, 0)] {
        assert_eq!(table.texts(seat, with), ["hello", "(deleted)", "hi"]);
        assert_eq!(table.history(seat, with)[0].1.reactions.len(), 1);
    }
}

#[test]
fn a_command_repeated_with_its_key_is_one_message() {
    let mut table = Table::friends();
    let to = table.account(1);
    let send = |text: &str| Command::Send {
        to,
        body: body(text),
        reply_to: None,
        key: Some(b"once".to_vec()),
    };
    let first = table.ask(0, send("once"));
    table.crash(0);
    assert_eq!(table.ask(0, send("once")), first);
    assert_eq!(table.ask(0, send("other")), Some(Err(Rejected::KeyReused)));
    table.link(0, 1);
    table.pass(Duration::from_secs(2));
    assert_eq!(table.texts(1, 0), ["once"]);
}

#[test]
fn nothing_is_answered_or_sent_before_it_is_durable() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(5));
    let frames = table.seats[0].frames.len();
    table.seats[0].stalled = true;
    let to = table.account(1);
    let send = Command::Send {
        to,
        body: body("wait"),
        reply_to: None,
        key: None,
    };
    assert_eq!(table.ask(0, send), None);
    assert_eq!(table.seats[0].frames.len(), frames);
    table.crash(0);
    table.link(0, 1);
    table.pass(Duration::from_secs(2));
    assert!(table.texts(1, 0).is_empty());
}

#[test]
fn a_lost_session_is_made_anew_and_nothing_is_lost() {
    let mut table = Table::friends();
    table.send(0, 1, "before");
    table.pass(Duration::from_secs(2));
    table.seats[1]
        .store
        .rows
        .retain(|key, _| !matches!(key, protocol::persist::RowKey::Session(_)));
    table.crash(1);
    table.link(0, 1);
    table.send(0, 1, "after");
    table.pass(Duration::from_secs(120));
    assert_eq!(table.texts(1, 0), ["before", "after"]);
}

#[test]
fn a_lost_acknowledgement_is_given_again() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(5));
    table.lossy = Some(|from, _, _| from == 0);
    let message = table.send(0, 1, "heard?");
    table.pass(Duration::from_secs(1));
    assert_eq!(table.texts(1, 0), ["heard?"]);
    table.lossy = None;
    table.pass(Duration::from_secs(30));
    assert_eq!(deliveries(&table, message), [Delivery::Reached]);
    assert_eq!(table.texts(1, 0), ["heard?"]);
}

#[test]
fn four_thousand_and_one_characters_are_refused() {
    let mut table = Table::friends();
    let to = table.account(1);
    let send = |n: usize| Command::Send {
        to,
        body: body(&"é".repeat(n)),
        reply_to: None,
        key: None,
    };
    assert!(matches!(table.ask(0, send(4_000)), Some(Ok(_))));
    assert!(matches!(
        table.ask(0, send(4_001)),
        Some(Err(Rejected::OutOfRange {
            field: "body",
            max: 4_000,
            actual: 4_001,
            ..
        }))
    ));
}

#[test]
fn a_thousand_messages_while_apart_come_in_one_go() {
    let mut table = Table::friends();
    table.crash(1);
    for n in 0..1_000 {
        table.send(0, 1, &format!("{n}"));
    }
    table.link(1, 0);
    table.pass(Duration::from_secs(60));
    let expected: Vec<_> = (0..1_000).map(|n| n.to_string()).collect();
    assert_eq!(table.texts(1, 0), expected);
}
