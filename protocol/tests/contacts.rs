//! Two people become contacts over a live link, and nobody else does.

#![allow(
    clippy::expect_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::error::Rejected;
use protocol::identity::{ContactLink, Hints};
use protocol::testing::Table;
use protocol::turn::{Command, ContactStanding, ContactView, Event, Reply, Whom};

fn contact(table: &Table, seat: usize) -> ContactView {
    let latest = table.seats[seat]
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            Event::Contact(view) => Some(view.as_ref().clone()),
            _ => None,
        });
    latest.expect("a contact was shown")
}

#[test]
fn strangers_on_one_network_see_each_other() {
    let mut table = Table::new(&["Ana", "Bo"]);
    table.link(0, 1);
    for (seat, other) in [(0, 1), (1, 0)] {
        let seen = table.seats[seat].events.iter().any(
            |event| matches!(event, Event::Nearby(view) if view.account == table.account(other)),
        );
        assert!(seen, "seat {seat} sees nobody");
    }
}

#[test]
fn a_request_shows_the_same_six_words_on_both_sides_before_anybody_decides() {
    let mut table = Table::new(&["Ana", "Bo"]);
    table.link(0, 1);
    let bo = table.account(1);
    assert_eq!(
        table.ask(0, Command::Request(Whom::Account(bo))),
        Some(Ok(Reply::Done))
    );
    table.pass(Duration::from_secs(2));
    let (asker, asked) = (contact(&table, 0), contact(&table, 1));
    assert_eq!(asker.standing, ContactStanding::Asked);
    assert_eq!(asked.standing, ContactStanding::Asks);
    assert_eq!(asked.name.as_str(), "Ana");
    assert!(asker.words.is_some());
    assert_eq!(asker.words, asked.words);
}

#[test]
fn accepting_makes_both_contacts() {
    let table = Table::friends();
    for seat in 0..2 {
        assert_eq!(contact(&table, seat).standing, ContactStanding::Accepted);
        assert_eq!(contact(&table, seat).reachable.len(), 1);
    }
    assert_eq!(contact(&table, 0).words, contact(&table, 1).words);
}

#[test]
fn both_asking_at_the_same_moment_is_a_yes() {
    let mut table = Table::new(&["Ana", "Bo"]);
    let link = table.link(0, 1);
    table.cut(link);
    let (ana, bo) = (table.account(0), table.account(1));
    let by_link = |account| Whom::Link(ContactLink::new(account, Hints::None).unwrap());
    assert_eq!(
        table.ask(0, Command::Request(by_link(bo))),
        Some(Ok(Reply::Done))
    );
    assert_eq!(
        table.ask(1, Command::Request(by_link(ana))),
        Some(Ok(Reply::Done))
    );
    table.link(0, 1);
    table.pass(Duration::from_secs(5));
    assert_eq!(contact(&table, 0).standing, ContactStanding::Accepted);
    assert_eq!(contact(&table, 1).standing, ContactStanding::Accepted);
    assert_eq!(contact(&table, 0).words, contact(&table, 1).words);
}

#[test]
fn a_request_outlives_a_crash_of_either_side() {
    for crashing in [0, 1] {
        let mut table = Table::new(&["Ana", "Bo"]);
        table.link(0, 1);
        let (ana, bo) = (table.account(0), table.account(1));
        table.ask(0, Command::Request(Whom::Account(bo)));
        table.crash(crashing);
        table.link(0, 1);
        table.pass(Duration::from_secs(5));
        assert_eq!(table.ask(1, Command::Accept(ana)), Some(Ok(Reply::Done)));
        table.pass(Duration::from_secs(5));
        assert_eq!(
            contact(&table, 0).standing,
            ContactStanding::Accepted,
            "crash of {crashing}"
        );
    }
}

#[test]
fn contacts_recognise_each_other_after_both_started_anew() {
    let mut table = Table::friends();
    table.crash(0);
    table.crash(1);
    table.link(1, 0);
    assert_eq!(contact(&table, 0).reachable.len(), 1);
    assert_eq!(contact(&table, 1).reachable.len(), 1);
}

#[test]
fn a_blocked_account_reaches_nobody() {
    let mut table = Table::friends();
    let ana = table.account(0);
    assert_eq!(table.ask(1, Command::Block(ana)), Some(Ok(Reply::Done)));
    table.link(0, 1);
    table.send(0, 1, "are you there?");
    table.pass(Duration::from_secs(10));
    assert!(table.texts(1, 0).is_empty());
    assert_eq!(contact(&table, 1).standing, ContactStanding::Blocked);
}

#[test]
fn commands_that_cannot_be_say_why() {
    let mut table = Table::friends();
    let own = table.account(0);
    let refused = table.ask(0, Command::Request(Whom::Account(own)));
    assert_eq!(refused, Some(Err(Rejected::Oneself)));
    let nobody = protocol::identity::AccountId([9; 32]);
    let refused = table.ask(0, Command::Request(Whom::Account(nobody)));
    assert_eq!(refused, Some(Err(Rejected::NotInReach)));
    assert_eq!(
        table.ask(0, Command::Accept(nobody)),
        Some(Err(Rejected::NoRequest))
    );
}
