//! Whoever was away for long comes back to thousands of messages of many people and many rotations, in the worst of orders.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::community::CommunityCommand;
use protocol::content::UnverifiedEntry;
use protocol::control::body::{Body, Scope};
use protocol::control::{CommunityId, OpId};
use protocol::link::frame::EntryBytes;
use protocol::link::{CommunityFrame, Frame};
use protocol::persist::{EntryRow, Row, RowKey};
use protocol::testing::Table;
use protocol::turn::{Command, CommandId, Input};
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{SOON, act, found, history, invite, join, name, say, text, text_channel};

const SENDERS: usize = 10;
/// Who is away.
const READER: usize = SENDERS;
/// Whom each rotation throws out.
const GUEST: usize = SENDERS + 1;
const ROTATIONS: usize = 12;

/// Asks for something. A busy store gathers, and the answer comes a little later; what came of it shows in the end.
fn order(table: &mut Table, seat: usize, command: CommunityCommand) {
    let id = CommandId(1_000_000 + u64::try_from(table.now.as_micros()).unwrap());
    table.input(seat, Input::Command(id, Command::Community(command)));
    table.pass(Duration::from_millis(20));
}

/// Ten senders, linked with the first of them; one who is away, and what was said meanwhile.
fn backlog(messages: usize) -> (Table, CommunityId, OpId) {
    let mut table = Table::new(&[]);
    for seat in 0..=GUEST {
        let _words = table.sit(&format!("seat {seat}"), protocol::core::Config::default());
    }
    let id = found(&mut table, 0);
    let made = invite(&mut table, 0, id, 100);
    let channel = act(&mut table, 0, id, text_channel("général", Scope::Public));
    let mut links = Vec::new();
    for seat in 1..=GUEST {
        links.push(table.link(seat, 0));
        join(&mut table, seat, 0, id, made);
        table.pass(SOON);
    }
    say(&mut table, READER, (id, channel), text("bye")).unwrap();
    table.pass(SOON);
    table.cut(links[READER - 1]);
    let each = messages / ROTATIONS / SENDERS;
    for rotation in 0..ROTATIONS {
        for n in 0..each {
            for seat in 0..SENDERS {
                let event = text(&format!("{seat} says {n} under {rotation}"));
                let command = CommunityCommand::Say {
                    community: id,
                    channel,
                    event: Box::new(event),
                    key: None,
                };
                order(&mut table, seat, command);
            }
        }
        table.pass(SOON);
        let kick = Body::Kick {
            who: table.account(GUEST),
            cut: Bounded::default(),
            invites: false,
            reason: name(""),
        };
        let command = CommunityCommand::Act {
            community: id,
            body: Box::new(kick),
        };
        order(&mut table, 0, command);
        table.pass(SOON);
        join(&mut table, GUEST, 0, id, made);
        table.pass(SOON);
    }
    assert_eq!(
        history(&table, 0, channel).len(),
        1 + each * ROTATIONS * SENDERS
    );
    (table, id, channel)
}

/// Every entry that the first sender has and the reader has not, the newest first.
fn lacking(table: &Table, id: CommunityId) -> Vec<EntryBytes> {
    let has = &table.seats[READER].store.rows;
    let rows = table.seats[0].store.rows.iter();
    let missing = rows.filter_map(|(key, row)| match (key, row) {
        (RowKey::Entry(of, ..), Row::Entry(row)) if *of == id && !has.contains_key(key) => {
            let entry = UnverifiedEntry::decode(&row.bytes).unwrap();
            Some((entry.entry().header.hlc, row.bytes.clone()))
        }
        _ => None,
    });
    let mut missing: Vec<_> = missing.collect();
    missing.sort_by_key(|(hlc, _)| std::cmp::Reverse(*hlc));
    missing.into_iter().map(|(_, bytes)| bytes).collect()
}

/// An order that has nothing to do with the one that they were said in, the same each time.
fn shuffled(mut entries: Vec<EntryBytes>) -> Vec<EntryBytes> {
    entries.sort_by_key(|bytes| {
        let entry = UnverifiedEntry::decode(bytes).unwrap();
        *entry.entry().id().0.as_bytes()
    });
    entries
}

fn deliver(table: &mut Table, id: CommunityId, entries: &[EntryBytes]) {
    let frame = CommunityFrame::Entries {
        community: id,
        entries: entries.to_vec().try_into().unwrap(),
        more: false,
    };
    table.receive_from(READER, 0, &Frame::Community(Box::new(frame)));
}

/// Entries that the reader has, and how many of them it could not open.
fn closed(table: &Table) -> (usize, usize) {
    let rows = table.seats[READER].store.rows.values();
    let entries = rows.filter_map(|row| match row {
        Row::Entry(EntryRow { key, .. }) => Some(key.is_none()),
        _ => None,
    });
    entries.fold((0, 0), |(all, closed), one| {
        (all + 1, closed + usize::from(one))
    })
}

fn is_contents(frame: &[u8]) -> bool {
    matches!(
        Frame::decode(frame),
        Ok(Frame::Community(frame)) if matches!(*frame, CommunityFrame::Entries { .. })
    )
}

fn is_key(frame: &[u8]) -> bool {
    matches!(Frame::decode(frame), Ok(Frame::Sealed { .. }))
}

/// A frame of a page takes its time: no link says megabytes at once.
const FLIGHT: Duration = Duration::from_millis(10);

/// Everything is there and open, in the order in which the senders have it.
fn all_is_read(table: &Table, channel: OpId) {
    let (entries, unopened) = closed(table);
    assert_eq!(unopened, 0, "of {entries}");
    let names = |seat| -> Vec<_> {
        let history = history(table, seat, channel).into_iter();
        history.map(|(name, _)| name).collect()
    };
    let (read, said) = (names(READER), names(0));
    assert_eq!(read, said);
    assert_eq!(read.iter().collect::<BTreeSet<_>>().len(), said.len());
    let held = table.seats[READER].store.rows.keys();
    assert_eq!(
        held.filter(|key| matches!(key, RowKey::Held(..))).count(),
        0
    );
}

/// The backlog comes newest first, then shuffled, then as asked for.
fn comes_back(messages: usize) {
    let (mut table, id, channel) = backlog(messages);
    table.lossy = Some(|_, to, frame| to != READER || !is_contents(frame));
    let _link = table.link(READER, 0);
    table.pass(SOON);
    let newest_first = lacking(&table, id);
    assert_eq!(
        newest_first.len(),
        messages / ROTATIONS / SENDERS * ROTATIONS * SENDERS
    );
    for some in newest_first.chunks(100) {
        for entry in some {
            deliver(&mut table, id, std::slice::from_ref(entry));
        }
        table.pass(Duration::from_millis(200)); // no link may say more at once
    }
    for some in shuffled(newest_first).chunks(7) {
        deliver(&mut table, id, some);
        table.pass(Duration::from_millis(20));
    }
    table.lossy = None;
    table.flight = FLIGHT;
    table.pass(Duration::from_secs(60));
    all_is_read(&table, channel);
}

/// F22: ten senders over twelve rotations; 100 of 100 are decrypted.
#[test]
fn backlog_shuffled() {
    comes_back(10_000);
}

/// F21: the same comes as it is asked for, from one member alone.
#[test]
fn backlog_10k() {
    let (mut table, _community, channel) = backlog(10_000);
    table.flight = FLIGHT;
    let _link = table.link(READER, 0);
    table.pass(Duration::from_secs(60));
    all_is_read(&table, channel);
}

/// All of it comes before any of its keys, and the keys of the last rotations come first.
#[test]
fn backlog_before_its_keys() {
    let (mut table, id, channel) = backlog(360);
    table.lossy = Some(|_, to, frame| to != READER || !is_key(frame));
    let _link = table.link(READER, 0);
    table.pass(Duration::from_secs(20));
    let (entries, unopened) = closed(&table);
    assert_eq!((entries, unopened), (361, 360));
    let _links: Vec<_> = (1..SENDERS)
        .rev()
        .map(|seat| table.link(READER, seat))
        .collect();
    table.lossy = None;
    table.pass(Duration::from_secs(60));
    all_is_read(&table, channel);
    let _community = id;
}
