//! Slow mode between real cores: the sender waits, and whoever does not wait is not shown, by nobody.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::community::CommunityCommand;
use protocol::content::ChannelEvent;
use protocol::control::body::{Body, ChannelChange, History, PolicyChange, Scope};
use protocol::control::{Bits, CommunityId, OpId, Position};
use protocol::core::Config;
use protocol::error::Rejected;
use protocol::message::MessageRef;
use protocol::persist::{Row, RowKey};
use protocol::testing::Table;
use protocol::turn::Reply;
use protocol::wire::Bounded;

#[path = "community/pen.rs"]
mod pen;
#[path = "community/table.rs"]
mod table;
use pen::{Pen, show};
use table::{
    SOON, act, ask, community_of, history, invite, join, say, second_device, text, text_channel,
    texts,
};

const PACE_S: u32 = 10;
const PACE: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

fn slow(table: &mut Table, seat: usize, place: (CommunityId, OpId), seconds: u32) -> OpId {
    let changes = vec![ChannelChange::SlowMode(seconds)].try_into().unwrap();
    let (community, channel) = place;
    act(
        table,
        seat,
        community,
        Body::UpdateChannel { channel, changes },
    )
}

/// Ana founded it; a channel of hers has slow mode.
fn slow_channel(names: &[&str]) -> (Table, (CommunityId, OpId), Vec<protocol::link::LinkId>) {
    let (mut table, id, links) = community_of(names);
    let channel = act(&mut table, 0, id, text_channel("calme", Scope::Public));
    slow(&mut table, 0, (id, channel), PACE_S);
    table.pass(SOON);
    (table, (id, channel), links)
}

fn too_soon(wait: Duration) -> Result<MessageRef, Rejected> {
    Err(Rejected::TooSoon { wait })
}

#[test]
fn whoever_comes_too_soon_is_told_how_long_to_wait_and_nothing_is_written() {
    let (mut table, place, _links) = slow_channel(&["Ana", "Ben", "Cleo"]);
    let first = say(&mut table, 1, place, text("first")).unwrap();
    table.pass(4 * SECOND);
    let rows = table.seats[1].store.rows.clone();
    let answer = say(&mut table, 1, place, text("second"));
    assert_eq!(answer, too_soon(PACE - 4 * SECOND));
    let reply = || ChannelEvent::Reply {
        to: first,
        body: "an answer".to_owned().try_into().unwrap(),
        mentions: Bounded::default(),
        thread: None,
    };
    assert_eq!(
        say(&mut table, 1, place, reply()),
        too_soon(PACE - 4 * SECOND)
    );
    assert!(table.seats[1].store.rows == rows, "something was written");
    // Others have a pace of their own, and so have other channels.
    say(&mut table, 2, place, text("Cleo's first")).unwrap();
    let other = act(&mut table, 0, place.0, text_channel("autre", Scope::Public));
    slow(&mut table, 0, (place.0, other), PACE_S);
    table.pass(SECOND);
    say(&mut table, 1, (place.0, other), text("elsewhere")).unwrap();
    table.pass(5 * SECOND - Duration::from_millis(1));
    let answer = say(&mut table, 1, place, reply());
    assert_eq!(answer, too_soon(Duration::from_millis(1)));
    table.pass(Duration::from_millis(1));
    say(&mut table, 1, place, reply()).unwrap();
    table.pass(SOON);
    for seat in 0..3 {
        let said = texts(&table, seat, place.1);
        assert_eq!(said, ["first", "Cleo's first", "an answer"], "{seat}");
    }
}

#[test]
fn nobody_is_made_to_wait_for_longer_than_six_hours() {
    let (mut table, (community, channel), _) = slow_channel(&["Ana"]);
    let slow = |seconds| {
        let changes = vec![ChannelChange::SlowMode(seconds)].try_into().unwrap();
        let body = Box::new(Body::UpdateChannel { channel, changes });
        CommunityCommand::Act { community, body }
    };
    assert!(ask(&mut table, 0, slow(21_600)).is_ok());
    let refused = ask(&mut table, 0, slow(21_601));
    assert!(
        matches!(
            refused,
            Err(Rejected::OutOfRange {
                field: "slow_mode_s",
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn those_who_keep_order_are_not_slowed_until_they_no_longer_do() {
    let (mut table, place, _links) = slow_channel(&["Ana", "Ben", "Cleo", "Dan"]);
    let bits = [
        (1, Bits::MANAGE_MESSAGES),
        (2, Bits::MANAGE_CHANNELS),
        (3, Bits::MUTE),
    ];
    let mut roles = Vec::new();
    for (seat, bits) in bits {
        let position = Position(seat);
        let (name, colour) = (table::name("garde"), [1, 2, 3]);
        let made = Body::CreateRole {
            name,
            colour,
            position,
            bits,
        };
        let role = act(&mut table, 0, place.0, made);
        let who = table.account(usize::from(seat));
        roles.push((
            act(&mut table, 0, place.0, Body::Assign { who, role }),
            role,
            who,
        ));
    }
    table.pass(SOON);
    for seat in [0, 1, 2] {
        say(&mut table, seat, place, text("one")).unwrap();
        say(&mut table, seat, place, text("two")).unwrap();
    }
    say(&mut table, 3, place, text("one")).unwrap();
    assert!(say(&mut table, 3, place, text("two")).is_err());
    table.pass(SOON);
    for seat in 0..4 {
        assert_eq!(texts(&table, seat, place.1).len(), 7, "{seat}");
    }
    let (_, role, who) = roles[0];
    act(&mut table, 0, place.0, Body::Unassign { who, role });
    table.pass(SOON);
    say(&mut table, 1, place, text("three")).unwrap();
    assert_eq!(say(&mut table, 1, place, text("four")), too_soon(PACE));
}

#[test]
fn nothing_but_texts_is_slowed() {
    let (mut table, place, _links) = slow_channel(&["Ana", "Ben"]);
    let target = say(&mut table, 1, place, text("first")).unwrap();
    for body in ["second", "third"] {
        let body = body.to_owned().try_into().unwrap();
        say(&mut table, 1, place, ChannelEvent::Edit { target, body }).unwrap();
    }
    let emoji = protocol::message::Emoji::try_from("🐢".to_owned()).unwrap();
    let on = true;
    say(
        &mut table,
        1,
        place,
        ChannelEvent::React { target, emoji, on },
    )
    .unwrap();
    let name = table::name("fil");
    say(
        &mut table,
        1,
        place,
        ChannelEvent::Thread { root: target, name },
    )
    .unwrap();
    table.pass(SOON);
    assert_eq!(texts(&table, 0, place.1), ["third"]);
    assert_eq!(history(&table, 0, place.1)[0].1.reactions.len(), 1);
    say(&mut table, 1, place, ChannelEvent::Delete { target }).unwrap();
    table.pass(2 * SECOND);
    assert_eq!(texts(&table, 0, place.1), ["(deleted)"]);
    // What was taken back was said all the same.
    assert!(say(&mut table, 1, place, text("again")).is_err());
}

#[test]
fn a_repeated_call_is_answered_as_before_and_a_refused_one_may_come_again() {
    let (mut table, (community, channel), _links) = slow_channel(&["Ana", "Ben"]);
    let call = |table: &mut Table, key: &[u8]| {
        let event = Box::new(text("once"));
        let key = Some(key.to_vec());
        let command = CommunityCommand::Say {
            community,
            channel,
            event,
            key,
        };
        ask(table, 1, command)
    };
    let first = call(&mut table, b"first");
    assert!(matches!(first, Ok(Reply::Message(_))), "{first:?}");
    assert_eq!(call(&mut table, b"first"), first);
    let refused = call(&mut table, b"second");
    assert_eq!(refused, Err(Rejected::TooSoon { wait: PACE }));
    table.pass(PACE);
    assert_eq!(call(&mut table, b"first"), first);
    assert!(matches!(call(&mut table, b"second"), Ok(Reply::Message(_))));
}

#[test]
fn a_restart_shortens_no_wait() {
    let (mut table, place, _links) = slow_channel(&["Ana", "Ben"]);
    say(&mut table, 1, place, text("first")).unwrap();
    table.pass(SECOND);
    table.crash(1);
    assert_eq!(
        say(&mut table, 1, place, text("second")),
        too_soon(PACE - SECOND)
    );
    // Nor does an old backup, as far as the others still have what was said.
    let backup = table.seats[1].store.clone();
    table.pass(PACE);
    say(&mut table, 1, place, text("second")).unwrap();
    let link = table.link(0, 1);
    table.pass(SECOND);
    table.cut(link);
    table.put_back(1, backup);
    table.link(0, 1);
    table.pass(3 * SECOND);
    let answer = say(&mut table, 1, place, text("third"));
    assert_eq!(answer, too_soon(PACE - 4 * SECOND));
    table.pass(PACE);
    say(&mut table, 1, place, text("third")).unwrap();
    table.pass(SOON);
    for seat in 0..2 {
        assert_eq!(texts(&table, seat, place.1), ["first", "second", "third"]);
    }
}

/// What a device writes that does not wait: shown by nobody, though it stays in its log, and what it says in its time is.
#[test]
fn whoever_does_not_wait_is_shown_by_nobody() {
    let (mut table, place, links) = slow_channel(&["Ana", "Ben", "Mallory"]);
    say(&mut table, 2, place, text("hello")).unwrap();
    table.pass(SOON);
    let mut pen = Pen::of(&table, 2, place.0, place.1);
    let start = pen.at - 5_000;
    let mut at = |millis: u64, body: &str, tint: u8| {
        pen.at = start + millis - 1;
        pen.write(text(body), tint)
    };
    let flood = [
        at(9_000, "a second too soon", 1),
        at(12_000, "three behind that", 2),
        // Dates that go back and forth pass no more often.
        at(1_000, "back", 3),
        at(11_500, "and forth", 4),
        at(22_000, "in its time", 5),
        at(31_999, "nearly", 6),
        at(41_999, "exactly", 7),
    ];
    show(&mut table, 1, links[2], place.0, &flood);
    table.pass(Duration::from_secs(60));
    let device = table.device(2);
    for seat in 0..2 {
        let said = texts(&table, seat, place.1);
        assert_eq!(said, ["hello", "in its time", "exactly"], "{seat}");
        let rows = table.seats[seat].store.rows.iter();
        let log = rows.filter(|(key, row)| {
            let theirs = matches!(key, RowKey::Entry(_, log, _) if log.device == device);
            theirs && matches!(row, Row::Entry(row) if row.key.is_some())
        });
        assert_eq!(log.count(), 8, "{seat}: its log goes on, and is open");
        assert!(
            !table.seats[seat]
                .store
                .rows
                .keys()
                .any(|key| matches!(key, RowKey::Held(..)))
        );
    }
}

#[test]
fn what_is_opened_in_any_order_is_shown_if_its_author_kept_the_pace() {
    let (mut table, id, _links) = community_of(&["Ana", "Ben"]);
    let changes = vec![PolicyChange::History(History::Full)]
        .try_into()
        .unwrap();
    act(&mut table, 0, id, Body::Policy { changes });
    let place = (
        id,
        act(&mut table, 0, id, text_channel("calme", Scope::Public)),
    );
    let mut said = Vec::new();
    // The pace changes meanwhile; 64 keys come at once, and from a drawn place on.
    for number in 0..150_u32 {
        let pace = [2, 9, 1][usize::try_from(number / 10 % 3).unwrap()];
        if number % 10 == 0 {
            slow(&mut table, 0, place, pace);
            table.pass(SECOND);
        }
        let body = number.to_string();
        if say(&mut table, 1, place, text(&body)).is_err() {
            table.pass(Duration::from_secs(u64::from(pace)));
            say(&mut table, 1, place, text(&body)).unwrap();
        }
        said.push(body);
    }
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    let _words = table.sit("Cleo", Config::default());
    table.link(2, 0);
    join(&mut table, 2, 0, id, made);
    table.pass(Duration::from_secs(120));
    for seat in 0..3 {
        assert_eq!(texts(&table, seat, place.1), said, "{seat}");
    }
}

/// Each is judged by what its author knew: nobody's words go because of a rule that they had not heard of.
#[test]
fn what_was_said_before_the_rule_was_heard_of_stays_and_of_two_rules_the_slower_holds() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    let place = (
        id,
        act(&mut table, 0, id, text_channel("calme", Scope::Public)),
    );
    let role = Body::CreateRole {
        name: table::name("garde"),
        colour: [1, 2, 3],
        position: Position(1),
        bits: Bits::MANAGE_CHANNELS,
    };
    let role = act(&mut table, 0, id, role);
    let who = table.account(2);
    act(&mut table, 0, id, Body::Assign { who, role });
    table.pass(SOON);
    // Ben hears Cleo alone for now; Cleo slows a little, Ana much more.
    table.cut(links[0]);
    table.cut(links[1]);
    slow(&mut table, 0, place, 60);
    slow(&mut table, 2, place, 3);
    table.pass(SECOND);
    say(&mut table, 1, place, text("one")).unwrap();
    assert_eq!(say(&mut table, 1, place, text("two")), too_soon(3 * SECOND));
    table.pass(3 * SECOND);
    say(&mut table, 1, place, text("two")).unwrap();
    table.link(0, 1);
    table.link(0, 2);
    table.pass(SOON);
    for seat in 0..3 {
        assert_eq!(texts(&table, seat, place.1), ["one", "two"], "{seat}");
    }
    let answer = say(&mut table, 1, place, text("three"));
    assert_eq!(answer, too_soon(Duration::from_secs(60) - SOON));
    // Turned off, it holds nobody; turned on again, it counts from what it held for before.
    slow(&mut table, 0, place, 0);
    table.pass(SECOND);
    say(&mut table, 1, place, text("three")).unwrap();
    say(&mut table, 1, place, text("four")).unwrap();
    slow(&mut table, 0, place, 60);
    table.pass(SECOND);
    let answer = say(&mut table, 1, place, text("five"));
    assert_eq!(
        answer,
        too_soon(Duration::from_secs(60) - SOON - 2 * SECOND)
    );
    table.pass(Duration::from_secs(60));
    say(&mut table, 1, place, text("five")).unwrap();
    table.pass(SOON);
    for seat in 0..3 {
        assert_eq!(
            texts(&table, seat, place.1),
            ["one", "two", "three", "four", "five"]
        );
    }
}

/// A date far ahead moves its channel there, and closes it to nobody.
#[test]
fn a_clock_that_is_years_ahead_makes_nobody_wait_longer() {
    let (mut table, place, links) = slow_channel(&["Ana", "Ben", "Cleo"]);
    say(&mut table, 2, place, text("hello")).unwrap();
    table.pass(SOON);
    let mut pen = Pen::of(&table, 2, place.0, place.1);
    pen.at += 10 * 365 * 24 * 3_600 * 1_000;
    let ahead = pen.write(text("from the future"), 1);
    show(&mut table, 1, links[2], place.0, &[ahead]);
    table.pass(SOON);
    for body in ["one", "two", "three"] {
        say(&mut table, 1, place, text(body)).unwrap();
        table.pass(SECOND);
        let answer = say(&mut table, 1, place, text("too soon"));
        assert_eq!(answer, too_soon(PACE - SECOND));
        table.pass(PACE - SECOND);
    }
    for seat in 0..2 {
        let said = texts(&table, seat, place.1);
        assert_eq!(said, ["hello", "from the future", "one", "two", "three"]);
    }
}

#[test]
fn what_one_device_said_slows_the_others_of_its_account() {
    let mut table = Table::new(&["Ana"]);
    let words = table.sit("Ben", Config::default());
    let id = table::found(&mut table, 0);
    let made = invite(&mut table, 0, id, 1);
    table.link(0, 1);
    join(&mut table, 1, 0, id, made);
    table.pass(SOON);
    let place = (
        id,
        act(&mut table, 0, id, text_channel("calme", Scope::Public)),
    );
    slow(&mut table, 0, place, PACE_S);
    table.pass(SOON);
    let second = second_device(&mut table, 1, &words);
    table.link(0, second);
    table.link(1, second);
    table.pass(SOON);
    say(&mut table, second, place, text("from the second")).unwrap();
    table.pass(2 * SECOND);
    assert_eq!(
        say(&mut table, 1, place, text("from the first")),
        too_soon(PACE - 2 * SECOND)
    );
    table.pass(PACE - 2 * SECOND);
    say(&mut table, 1, place, text("from the first")).unwrap();
    table.pass(SOON);
    assert_eq!(
        say(&mut table, second, place, text("again")),
        too_soon(PACE - SOON)
    );
    for seat in 0..3 {
        let said = texts(&table, seat, place.1);
        assert_eq!(said, ["from the second", "from the first"], "{seat}");
    }
}
