//! Who of a community is there: told between its members over their links, to nobody else, and nothing more than that.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use bytes::Bytes;
use protocol::link::Frame;
use protocol::privacy::Presence;
use protocol::testing::Table;
use protocol::turn::{Command, Event, Input};

#[path = "community/table.rs"]
mod table;
use table::{SOON, community_of, kick_by};

const ANA: usize = 0;
const BEN: usize = 1;
const CLEO: usize = 2;

/// What a seat knows of another's presence now.
fn presence(table: &Table, seat: usize, of: usize) -> Option<Presence> {
    let events = table.seats[seat].events.iter().rev();
    let mut said = events.filter_map(|event| match event {
        Event::Presence { account, presence } if *account == table.account(of) => Some(*presence),
        _ => None,
    });
    said.next().flatten()
}

/// Presences that a seat sent so far, to whomever.
fn told(table: &Table, seat: usize) -> usize {
    let frames = table.seats[seat].frames.iter();
    let frames = frames.filter_map(|bytes| Frame::decode(bytes).ok());
    frames
        .filter(|frame| matches!(frame, Frame::Presence { .. }))
        .count()
}

#[test]
fn members_see_who_is_there_and_who_goes() {
    let (mut table, _, links) = community_of(&["Ana", "Ben", "Cleo"]);
    for (seat, of) in [(ANA, BEN), (BEN, CLEO), (CLEO, ANA)] {
        assert_eq!(presence(&table, seat, of), Some(Presence::Online));
    }
    table.ask(BEN, Command::SetPresence(Presence::Away));
    table.pass(SOON);
    assert_eq!(presence(&table, CLEO, BEN), Some(Presence::Away));
    table.ask(BEN, Command::SetPresence(Presence::Invisible));
    table.pass(SOON);
    let before = told(&table, BEN);
    table.pass(Duration::from_secs(70));
    assert_eq!(presence(&table, CLEO, BEN), None);
    assert_eq!(told(&table, BEN), before);
    table.cut(links[1]);
    table.cut(links[2]);
    table.pass(SOON);
    assert_eq!(presence(&table, ANA, CLEO), None);
}

#[test]
fn who_is_no_member_any_more_neither_sees_nor_is_seen() {
    let (mut table, id, _) = community_of(&["Ana", "Ben", "Cleo"]);
    kick_by(&mut table, id, ANA, CLEO);
    table.pass(SOON);
    assert_eq!(presence(&table, ANA, CLEO), None);
    assert_eq!(presence(&table, CLEO, ANA), None);
    assert_eq!(presence(&table, ANA, BEN), Some(Presence::Online));
    let before = told(&table, CLEO);
    table.pass(Duration::from_secs(120));
    assert_eq!(told(&table, CLEO), before);
    assert_eq!(presence(&table, ANA, CLEO), None);
}

#[test]
fn a_member_who_is_blocked_neither_sees_nor_is_seen() {
    let (mut table, _, _) = community_of(&["Ana", "Ben"]);
    let ben = table.account(BEN);
    table.ask(ANA, Command::Block(ben));
    table.pass(SOON);
    assert_eq!(presence(&table, ANA, BEN), None);
    let before = told(&table, ANA);
    table.pass(Duration::from_secs(120));
    assert_eq!(told(&table, ANA), before);
    assert_eq!(presence(&table, ANA, BEN), None);
    // A new link is of no use either, as long as they are blocked.
    let _link = table.link(BEN, ANA);
    table.pass(SOON);
    assert_eq!(told(&table, ANA), before);
    assert_eq!(presence(&table, ANA, BEN), None);
}

#[test]
fn members_who_meet_again_see_each_other_at_once() {
    let (mut table, _, links) = community_of(&["Ana", "Ben"]);
    table.cut(links[0]);
    table.pass(SOON);
    assert_eq!(presence(&table, ANA, BEN), None);
    let _link = table.link(ANA, BEN);
    table.pass(SOON);
    for (seat, of) in [(ANA, BEN), (BEN, ANA)] {
        assert_eq!(presence(&table, seat, of), Some(Presence::Online));
    }
}

/// That somebody writes is between two: a member who is no contact has nothing to write to.
#[test]
fn no_member_is_shown_to_be_writing() {
    let (mut table, _, links) = community_of(&["Ana", "Ben"]);
    let bytes = Bytes::from(Frame::Typing { on: true }.encode());
    table.input(
        ANA,
        Input::Received {
            link: links[0],
            bytes,
        },
    );
    table.pass(Duration::from_secs(1));
    let writes = |event: &Event| matches!(event, Event::Typing { .. });
    assert!(!table.seats[ANA].events.iter().any(writes));
}
