//! Drafts and petnames: there after every start, bounded, gone with the contact, and never sent.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::error::Rejected;
use protocol::limits;
use protocol::persist::{NoteKey, NoteText, RowKey};
use protocol::testing::Table;
use protocol::turn::{Command, Event, Reply};

fn draft(table: &mut Table, text: &str) -> Option<Result<Reply, Rejected>> {
    let conversation = table.account(1);
    let text = NoteText::try_from(text).unwrap();
    table.ask(0, Command::Draft { conversation, text })
}

fn petname(table: &mut Table, name: &str) -> Option<Result<Reply, Rejected>> {
    let account = table.account(1);
    let name = name.try_into().unwrap();
    table.ask(0, Command::Petname { account, name })
}

/// Notes that the first seat told, in order, with their texts.
fn told(table: &Table) -> Vec<(NoteKey, String)> {
    let events = table.seats[0].events.iter();
    let told = events.filter_map(|event| match event {
        Event::Note { key, text } => Some((*key, text.as_str().to_owned())),
        _ => None,
    });
    told.collect()
}

const DONE: Option<Result<Reply, Rejected>> = Some(Ok(Reply::Done));

#[test]
fn notes_are_told_once_and_outlive_a_crash() {
    let mut table = Table::friends();
    let (here, called) = (
        NoteKey::Draft(table.account(1)),
        NoteKey::Petname(table.account(1)),
    );
    assert_eq!(draft(&mut table, "On my"), DONE);
    assert_eq!(draft(&mut table, "On my way"), DONE);
    assert_eq!(draft(&mut table, "On my way"), DONE);
    assert_eq!(petname(&mut table, "Cousin"), DONE);
    let wanted = [
        (here, "On my".to_owned()),
        (here, "On my way".to_owned()),
        (called, "Cousin".to_owned()),
    ];
    assert_eq!(told(&table), wanted);
    table.seats[0].events.clear();
    table.crash(0);
    assert_eq!(told(&table), wanted[1..]);
}

#[test]
fn a_draft_that_was_not_stored_is_not_told() {
    let mut table = Table::friends();
    table.seats[0].stalled = true;
    assert_eq!(draft(&mut table, "On my way"), None);
    assert_eq!(told(&table), []);
}

#[test]
fn an_emptied_note_is_forgotten() {
    let mut table = Table::friends();
    let here = NoteKey::Draft(table.account(1));
    draft(&mut table, "On my way");
    draft(&mut table, "");
    draft(&mut table, "");
    let wanted = [(here, "On my way".to_owned()), (here, String::new())];
    assert_eq!(told(&table), wanted);
    table.seats[0].events.clear();
    table.crash(0);
    assert_eq!(told(&table), []);
}

fn send(table: &mut Table, text: &str) {
    let send = Command::Send {
        to: table.account(1),
        body: text.try_into().unwrap(),
        reply_to: None,
        key: None,
    };
    table.ask(0, send);
}

#[test]
fn what_is_sent_is_no_draft_any_more_from_the_same_moment_on() {
    let mut table = Table::friends();
    let here = NoteKey::Draft(table.account(1));
    // Kept while the last word was still being written.
    draft(&mut table, "On my w");
    table.seats[0].events.clear();
    send(&mut table, "On my way");
    assert_eq!(told(&table), [(here, String::new())]);
    let key = RowKey::Note(here);
    assert!(!table.seats[0].store.rows.contains_key(&key));
}

#[test]
fn a_message_that_could_not_be_stored_leaves_its_draft() {
    let mut table = Table::friends();
    let here = NoteKey::Draft(table.account(1));
    draft(&mut table, "On my way");
    table.seats[0].stalled = true;
    send(&mut table, "On my way");
    table.seats[0].events.clear();
    table.crash(0);
    assert_eq!(told(&table), [(here, "On my way".to_owned())]);
}

#[test]
fn another_message_leaves_a_draft_alone() {
    let mut table = Table::friends();
    draft(&mut table, "On my way");
    table.seats[0].events.clear();
    send(&mut table, "Wait");
    assert_eq!(told(&table), []);
}

#[test]
fn notes_go_with_the_contact() {
    let mut table = Table::friends();
    let account = table.account(1);
    draft(&mut table, "On my way");
    petname(&mut table, "Cousin");
    table.seats[0].events.clear();
    assert_eq!(table.ask(0, Command::Remove(account)), DONE);
    let wanted = [
        (NoteKey::Draft(account), String::new()),
        (NoteKey::Petname(account), String::new()),
    ];
    assert_eq!(told(&table), wanted);
    table.seats[0].events.clear();
    table.crash(0);
    assert_eq!(told(&table), []);
}

#[test]
fn notes_are_about_people_of_the_list_and_bounded() {
    let mut table = Table::new(&["Ana", "Bo"]);
    let refused = Some(Err(Rejected::UnknownContact));
    assert_eq!(draft(&mut table, "hello?"), refused);
    assert_eq!(petname(&mut table, "Stranger"), refused);
    assert_eq!(draft(&mut table, ""), DONE);
    assert_eq!(told(&table), []);
    let most = "x".repeat(limits::NOTE_BYTES_MAX);
    assert!(NoteText::try_from(most.as_str()).is_ok());
    assert!(NoteText::try_from(most + "x").is_err());
    // A whole message fits, whatever it is written in.
    assert!(NoteText::try_from("𝒳".repeat(limits::TEXT_CHARS_MAX)).is_ok());
}

#[test]
fn notes_leave_no_frame() {
    let mut table = Table::friends();
    table.pass(Duration::from_secs(5));
    let before = table.seats[1].frames.len();
    draft(&mut table, "On my way");
    petname(&mut table, "Cousin");
    table.pass(Duration::from_secs(5));
    assert_eq!(table.seats[1].frames.len(), before);
}
