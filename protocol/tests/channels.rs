//! Channels between real cores: said, read, edited, taken away, kept from those who left, and brought to those who were away.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::content::ChannelEvent;
use protocol::control::body::{Body, Scope};
use protocol::control::{Bits, CommunityId, OpId, Position, Standing};
use protocol::error::Rejected;
use protocol::link::LinkId;
use protocol::persist::{Row, RowKey};
use protocol::testing::Table;
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, assert_alike, community_of, history, invite, join, name, private_channel, say,
    standing, text, text_channel, texts, view,
};

fn with_channel(names: &[&str]) -> (Table, CommunityId, OpId, Vec<LinkId>) {
    let (mut table, id, links) = community_of(names);
    let channel = act(&mut table, 0, id, text_channel("général", Scope::Public));
    table.pass(SOON);
    (table, id, channel, links)
}

fn kick(table: &Table, whom: usize) -> Body {
    Body::Kick {
        who: table.account(whom),
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    }
}

#[test]
fn what_one_says_all_read_in_one_order() {
    let (mut table, id, channel, _) = with_channel(&["Ana", "Ben", "Cleo"]);
    for round in 0..3 {
        for seat in 0..3 {
            say(
                &mut table,
                seat,
                (id, channel),
                text(&format!("{seat}.{round}")),
            )
            .unwrap();
            table.pass(Duration::from_millis(300));
        }
    }
    table.pass(SOON);
    let expected = [
        "0.0", "1.0", "2.0", "0.1", "1.1", "2.1", "0.2", "1.2", "2.2",
    ];
    for seat in 0..3 {
        assert_eq!(texts(&table, seat, channel), expected, "{seat}");
    }
    assert_eq!(view(&table, 0, id).in_sync, 2);
}

#[test]
fn edits_deletions_reactions_pins_and_threads_reach_everybody() {
    let (mut table, id, channel, _) = with_channel(&["Ana", "Ben"]);
    let place = (id, channel);
    let one = say(&mut table, 0, place, text("one")).unwrap();
    let two = say(&mut table, 0, place, text("two")).unwrap();
    table.pass(SOON);
    let body = name("uno");
    say(
        &mut table,
        0,
        place,
        ChannelEvent::Edit { target: one, body },
    )
    .unwrap();
    say(&mut table, 0, place, ChannelEvent::Delete { target: two }).unwrap();
    let (emoji, on) = (name("👍"), true);
    let target = one;
    say(
        &mut table,
        1,
        place,
        ChannelEvent::React { target, emoji, on },
    )
    .unwrap();
    say(&mut table, 0, place, ChannelEvent::Pin { target, on }).unwrap();
    let title = name("a thread");
    let thread = ChannelEvent::Thread {
        root: one,
        name: title,
    };
    say(&mut table, 1, place, thread).unwrap();
    let answer = ChannelEvent::Text {
        body: name("inside"),
        mentions: Bounded::default(),
        thread: Some(one),
    };
    let inside = say(&mut table, 1, place, answer).unwrap();
    table.pass(SOON);
    for seat in 0..2 {
        assert_eq!(texts(&table, seat, channel), ["uno", "(deleted)", "inside"]);
        let rows = history(&table, seat, channel);
        assert_eq!(rows[0].1.reactions.len(), 1, "{seat}");
        let marks = |message| match &table.seats[seat].store.rows[&RowKey::Marks(message)] {
            Row::Marks(marks) => marks.clone(),
            other => panic!("{other:?}"),
        };
        assert!(marks(one).pinned.unwrap().1);
        assert_eq!(marks(one).named.unwrap().1.as_str(), "a thread");
        assert_eq!(marks(inside).thread, Some(one));
    }
    // Others' words are not for members to change, pin or take away.
    let refused = [
        ChannelEvent::Edit {
            target: one,
            body: name("x"),
        },
        ChannelEvent::Pin {
            target: inside,
            on: true,
        },
        ChannelEvent::Redact {
            targets: vec![one].try_into().unwrap(),
            reason: name(""),
        },
    ];
    for event in refused {
        let answer = say(&mut table, 1, place, event);
        assert!(
            matches!(answer, Err(Rejected::NotTheAuthor | Rejected::NotPermitted)),
            "{answer:?}"
        );
    }
}

#[test]
fn a_moderator_takes_a_message_away_everywhere() {
    let (mut table, id, channel, _) = with_channel(&["Ana", "Ben", "Cleo"]);
    let bad = say(&mut table, 1, (id, channel), text("spam")).unwrap();
    table.pass(SOON);
    let redact = ChannelEvent::Redact {
        targets: vec![bad].try_into().unwrap(),
        reason: name("spam"),
    };
    say(&mut table, 0, (id, channel), redact).unwrap();
    table.pass(SOON);
    for seat in 0..3 {
        assert_eq!(texts(&table, seat, channel), ["(deleted)"], "{seat}");
    }
}

#[test]
fn a_moderator_who_takes_away_what_somebody_higher_wrote_is_told_that_they_may_not() {
    let (mut table, id, channel, _) = with_channel(&["Ana", "Ben"]);
    let role = Body::CreateRole {
        name: name("modo"),
        colour: [0; 3],
        position: Position(5),
        bits: Bits::MANAGE_MESSAGES,
    };
    let role = act(&mut table, 0, id, role);
    let who = table.account(1);
    act(&mut table, 0, id, Body::Assign { who, role });
    let place = (id, channel);
    let said = [0, 1].map(|seat| say(&mut table, seat, place, text("salut")).unwrap());
    table.pass(SOON);
    let answers = said.map(|target| {
        let redact = ChannelEvent::Redact {
            targets: vec![target].try_into().unwrap(),
            reason: name(""),
        };
        say(&mut table, 1, place, redact).map(drop)
    });
    assert_eq!(answers, [Err(Rejected::NotPermitted), Ok(())]);
}

#[test]
fn who_was_away_catches_up_with_what_was_said_in_between() {
    let (mut table, id, channel, links) = with_channel(&["Ana", "Ben", "Cleo"]);
    // Links in the order in which they were made: 1-0, 2-0, 2-1. Cleo goes away.
    table.cut(links[1]);
    table.cut(links[2]);
    for n in 0..50 {
        say(&mut table, n % 2, (id, channel), text(&format!("{n}"))).unwrap();
        table.pass(Duration::from_millis(50));
    }
    table.pass(SOON);
    assert_eq!(texts(&table, 2, channel).len(), 0);
    // She meets Ben alone: he has what Ana said as well, and shares the keys of it, for Ana's chain is Ana's to give.
    let _link = table.link(2, 1);
    table.pass(Duration::from_secs(30));
    assert_eq!(texts(&table, 2, channel).len(), 50);
    assert_eq!(texts(&table, 2, channel), texts(&table, 0, channel));
}

#[test]
fn whoever_comes_in_reads_from_then_on() {
    let (mut table, id, channel, _) = with_channel(&["Ana", "Ben"]);
    say(&mut table, 0, (id, channel), text("before")).unwrap();
    table.pass(SOON);
    let made = invite(&mut table, 0, id, 1);
    let _words = table.sit("Cleo", protocol::core::Config::default());
    let _link = table.link(2, 1);
    let _link = table.link(2, 0);
    join(&mut table, 2, 0, id, made);
    table.pass(SOON);
    say(&mut table, 0, (id, channel), text("after")).unwrap();
    say(&mut table, 1, (id, channel), text("welcome")).unwrap();
    say(&mut table, 2, (id, channel), text("hello")).unwrap();
    table.pass(Duration::from_secs(20));
    assert_eq!(texts(&table, 2, channel), ["after", "welcome", "hello"]);
    assert_eq!(texts(&table, 0, channel).len(), 4);
    assert_alike(&table, id, &[0, 1, 2]);
    assert_eq!(view(&table, 2, id).in_sync, 2);
}

/// T22: with all its keys and all that was ever sent, the removed device opens nothing that was said after.
#[test]
fn kicked_cannot_read() {
    let (mut table, id, channel, _) = with_channel(&["Ana", "Ben", "Cleo"]);
    for seat in 0..3 {
        say(&mut table, seat, (id, channel), text("before")).unwrap();
    }
    table.pass(SOON);
    let removal = kick(&table, 2);
    act(&mut table, 0, id, removal);
    table.pass(SOON);
    assert_eq!(standing(&table, 2, id, 2), Standing::Outside);
    let audit = view(&table, 1, id).audit;
    let kicks = audit.iter().filter_map(|entry| match &entry.op.body {
        Body::Kick { cut, .. } => Some(cut.len()),
        _ => None,
    });
    // What was known of theirs is named.
    assert_eq!(kicks.collect::<Vec<_>>(), [1]);
    for seat in 0..2 {
        say(&mut table, seat, (id, channel), text("after")).unwrap();
    }
    table.pass(SOON);
    let rows = &table.seats[2].store.rows;
    let chains: Vec<_> = rows
        .iter()
        .filter_map(|(key, row)| match (key, row) {
            (RowKey::Chain(_, device, chain), Row::Chain(row)) => Some((*device, *chain, row)),
            _ => None,
        })
        .collect();
    assert!(chains.len() >= 2, "it had keys");
    let mut tried = 0;
    for (key, row) in &table.seats[0].store.rows {
        let (RowKey::Entry(..), Row::Entry(row)) = (key, row) else {
            continue;
        };
        let entry = protocol::content::UnverifiedEntry::decode(&row.bytes).unwrap();
        let header = entry.entry().header.clone();
        let control = table.seats[0].core.control(id).unwrap();
        let verified = entry
            .verify(control.key(&header.log.device).unwrap())
            .unwrap();
        let moment = control.log().at(&header.heads).unwrap();
        let after = moment.standing(&table.account(2)) < Standing::Member;
        for (device, chain, row) in &chains {
            let opens = *device == header.log.device
                && *chain == header.chain
                && verified.open_key(&row.record).is_ok();
            assert!(!(after && opens), "an entry from after the kick was opened");
        }
        tried += usize::from(after);
    }
    assert_eq!(tried, 2);
    assert_eq!(texts(&table, 1, channel).len(), 5);
}

#[test]
fn a_private_channel_is_read_by_those_who_may_view_it_and_by_nobody_else() {
    let (mut table, id, _, _) = with_channel(&["Ana", "Ben", "Cleo"]);
    let role = Body::CreateRole {
        name: name("inner"),
        colour: [0, 0, 0],
        position: Position(1),
        bits: Bits::NONE,
    };
    let role = act(&mut table, 0, id, role);
    let who = table.account(1);
    act(&mut table, 0, id, Body::Assign { who, role });
    let channel = act(&mut table, 0, id, private_channel("inner", id, role));
    table.pass(SOON);
    let readers = view(&table, 0, id).channels;
    let readers = &readers
        .iter()
        .find(|one| one.id == channel)
        .unwrap()
        .readers;
    assert_eq!(readers.len(), 2);
    say(&mut table, 0, (id, channel), text("between us")).unwrap();
    say(&mut table, 1, (id, channel), text("yes")).unwrap();
    let answer = say(&mut table, 2, (id, channel), text("me too"));
    assert_eq!(answer, Err(Rejected::NotPermitted));
    table.pass(SOON);
    assert_eq!(texts(&table, 0, channel), ["between us", "yes"]);
    assert_eq!(texts(&table, 1, channel), ["between us", "yes"]);
    assert_eq!(texts(&table, 2, channel).len(), 0);
    // Whoever loses the role reads no further.
    act(&mut table, 0, id, Body::Unassign { who, role });
    say(&mut table, 0, (id, channel), text("alone")).unwrap();
    table.pass(SOON);
    assert_eq!(texts(&table, 1, channel), ["between us", "yes"]);
    // All have the entries; only those who may hold the keys.
    assert_eq!(view(&table, 0, id).in_sync, 2);
}

#[test]
fn a_restarted_device_goes_on_in_its_log_with_a_fresh_chain() {
    let (mut table, id, channel, _) = with_channel(&["Ana", "Ben"]);
    say(&mut table, 0, (id, channel), text("one")).unwrap();
    table.pass(SOON);
    let chains = |table: &Table| {
        let keys = table.seats[1].store.rows.keys();
        keys.filter(|key| matches!(key, RowKey::Chain(..))).count()
    };
    let before = chains(&table);
    table.crash(0);
    let _link = table.link(0, 1);
    table.pass(SOON);
    say(&mut table, 0, (id, channel), text("two")).unwrap();
    table.pass(SOON);
    assert_eq!(texts(&table, 1, channel), ["one", "two"]);
    assert_eq!(chains(&table), before + 1);
}
