//! What somebody says who was removed and does not know it yet: heard by who does not know it either, and marked when they do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::community::StandingHere;
use protocol::control::body::{Body, Scope};
use protocol::control::{Bits, CommunityId, OpId, Position};
use protocol::persist::{MarksRow, Row, RowKey};
use protocol::testing::Table;
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, assert_alike, community_of, history, invite, join, name, say, text, text_channel,
    texts, view,
};

const PEOPLE: [&str; 4] = ["Ana", "Ben", "Cleo", "Dan"];

/// A community of all of these with a channel, and no link between any two.
fn apart() -> (Table, (CommunityId, OpId)) {
    let (mut table, id, links) = community_of(&PEOPLE);
    let channel = act(&mut table, 0, id, text_channel("salon", Scope::Public));
    let mods = Body::CreateRole {
        name: name("mods"),
        colour: [1, 2, 3],
        position: Position(10),
        bits: Bits::KICK,
    };
    let role = act(&mut table, 0, id, mods);
    let who = table.account(1);
    act(&mut table, 0, id, Body::Assign { who, role });
    table.pass(SOON);
    say(&mut table, 2, (id, channel), text("before")).unwrap();
    table.pass(SOON);
    for link in links {
        table.cut(link);
    }
    (table, (id, channel))
}

fn kick(table: &mut Table, id: CommunityId, by: usize, whom: usize) {
    let body = Body::Kick {
        who: table.account(whom),
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    };
    act(table, by, id, body);
}

/// What a seat shows as sent around a removal.
fn around(table: &Table, seat: usize, channel: OpId) -> Vec<String> {
    let rows = history(table, seat, channel).into_iter();
    let marked =
        rows.map(
            |(message, _)| match table.seats[seat].store.rows.get(&RowKey::Marks(message)) {
                Some(Row::Marks(marks)) => marks.around,
                _ => false,
            },
        );
    let shown = texts(table, seat, channel).into_iter().zip(marked);
    shown
        .filter(|(_, marked)| *marked)
        .map(|(text, _)| text)
        .collect()
}

#[test]
fn what_was_sent_around_a_removal_is_marked_by_who_heard_it_before_and_after() {
    let (mut table, (id, channel)) = apart();
    kick(&mut table, id, 0, 2);
    let together = table.link(2, 1);
    table.pass(SOON);
    for number in 0..20 {
        say(&mut table, 2, (id, channel), text(&format!("{number}"))).unwrap();
    }
    table.pass(SOON);
    assert_eq!(texts(&table, 1, channel).len(), 21);
    assert!(around(&table, 1, channel).is_empty());
    table.cut(together);
    let _healed = table.link(1, 0);
    table.pass(SOON);
    let all: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    for seat in [0, 1] {
        assert_eq!(around(&table, seat, channel), all, "{seat}");
    }
    // Nothing else of theirs is: not what was known, and not what they say once they are back.
    let again = invite(&mut table, 0, id, 1);
    let _met = table.link(2, 0);
    table.pass(SOON);
    assert_eq!(view(&table, 2, id).standing, StandingHere::Removed);
    join(&mut table, 2, 0, id, again);
    table.pass(SOON);
    say(&mut table, 2, (id, channel), text("again")).unwrap();
    table.pass(SOON);
    assert_alike(&table, id, &[0, 1, 2]);
    for seat in [0, 1, 2] {
        assert_eq!(around(&table, seat, channel), all, "{seat}");
        assert_eq!(texts(&table, seat, channel).len(), 22, "{seat}");
    }
}

#[test]
fn a_removal_that_counts_no_more_marks_nothing() {
    let (mut table, (id, channel)) = apart();
    let place = (id, channel);
    let together = table.link(2, 3);
    table.pass(SOON);
    say(&mut table, 2, place, text("hello")).unwrap();
    table.pass(SOON);
    table.cut(together);
    kick(&mut table, id, 1, 2);
    let by_ben = table.link(3, 1);
    table.pass(SOON);
    assert_eq!(around(&table, 3, channel), ["hello"]);
    table.cut(by_ben);
    // Beside it Ana removed Ben: his removal of Cleo was none.
    kick(&mut table, id, 0, 1);
    let _by_ana = table.link(3, 0);
    table.pass(SOON);
    for seat in [0, 3] {
        assert_eq!(texts(&table, seat, channel), ["before", "hello"], "{seat}");
        assert!(around(&table, seat, channel).is_empty(), "{seat}");
    }
    // As if a crash had come before the mark was gone.
    let (message, _) = history(&table, 3, channel).pop().unwrap();
    let stale = MarksRow {
        around: true,
        ..MarksRow::default()
    };
    let rows = &mut table.seats[3].store.rows;
    rows.insert(RowKey::Marks(message), Row::Marks(stale));
    table.crash(3);
    table.pass(SOON);
    assert!(around(&table, 3, channel).is_empty());
}

#[test]
fn what_a_crash_left_unmarked_is_marked_after_the_start() {
    let (mut table, (id, channel)) = apart();
    let together = table.link(2, 1);
    table.pass(SOON);
    say(&mut table, 2, (id, channel), text("hello")).unwrap();
    table.pass(SOON);
    table.cut(together);
    kick(&mut table, id, 0, 2);
    let _healed = table.link(1, 0);
    table.pass(SOON);
    assert_eq!(around(&table, 1, channel), ["hello"]);
    // As if the crash had come between the op and the marks.
    let rows = &mut table.seats[1].store.rows;
    rows.retain(|key, _| !matches!(key, RowKey::Marks(_)));
    table.crash(1);
    table.pass(SOON);
    assert_eq!(around(&table, 1, channel), ["hello"]);
}
