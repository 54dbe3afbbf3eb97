//! A device that shows one half of a community one log and the other half another: both come to show the same (T19).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::community::CommunityCommand;
use protocol::content::{self, ChannelEvent, EntryId, SignedEntry};
use protocol::control::body::{Body, LogId, Scope};
use protocol::control::{CommunityId, Control, ControlFault, OpId, Place, UnverifiedOp};
use protocol::crypto::Hash32;
use protocol::limits::ENTRIES_PER_FRAME_MAX;
use protocol::link::{CommunityFrame, Frame, LinkId};
use protocol::local::LocalDevice;
use protocol::persist::{Row, RowKey};
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::wire::Bounded;

#[path = "community/pen.rs"]
mod pen;
#[path = "community/table.rs"]
mod table;
use pen::{Pen, show};
use table::{
    SOON, act, ask, assert_alike, community_of, history, join, say, text, text_channel, texts, view,
};

const MALLORY: usize = 3;

fn proofs(table: &Table, seat: usize, id: CommunityId) -> usize {
    let audit = view(table, seat, id).audit;
    let shown = audit.iter();
    shown
        .filter(|entry| matches!(entry.op.body, Body::ForkedLog { .. }))
        .count()
}

/// Ana and Cleo on one side, Ben on the other; Mallory showed Ana `ours` entries and Ben `theirs` behind the same `hello`.
fn torn(ours: usize, theirs: usize) -> (Table, CommunityId, OpId, Vec<LinkId>) {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo", "Mallory"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    say(&mut table, 0, (id, channel), text("welcome")).unwrap();
    say(&mut table, MALLORY, (id, channel), text("hello")).unwrap();
    table.pass(SOON);
    table.cut(links[0]); // Ben - Ana
    table.cut(links[2]); // Cleo - Ben
    table.pass(SOON);
    let welcome = history(&table, 0, channel)[0].0;
    for (seat, link, count, tint) in [(0, links[3], ours, 1), (1, links[4], theirs, 2)] {
        let mut pen = Pen::of(&table, MALLORY, id, channel);
        let mut all = vec![pen.write(text(&format!("for {seat} alone")), tint)];
        if seat == 0 {
            let react = ChannelEvent::React {
                target: welcome,
                emoji: "👍".try_into().unwrap(),
                on: true,
            };
            all.push(pen.write(react, tint));
        }
        while all.len() < count {
            all.push(pen.write(text("more"), tint));
        }
        show(&mut table, seat, link, id, &all);
        table.cut(link);
    }
    table.cut(links[5]);
    table.pass(Duration::from_secs(30));
    assert!(texts(&table, 0, channel).contains(&"for 0 alone".to_owned()));
    assert!(texts(&table, 2, channel).contains(&"for 0 alone".to_owned()));
    assert!(texts(&table, 1, channel).contains(&"for 1 alone".to_owned()));
    assert!(!history(&table, 0, channel)[0].1.reactions.is_empty());
    (table, id, channel, links)
}

fn healed(ours: usize, theirs: usize) {
    let (mut table, id, channel, _links) = torn(ours, theirs);
    table.link(1, 0);
    table.link(2, 1);
    table.pass(Duration::from_secs(200));
    assert_alike(&table, id, &[0, 1, 2]);
    for seat in 0..3 {
        assert!(proofs(&table, seat, id) > 0, "{seat} holds no proof");
        assert!(proofs(&table, seat, id) <= 2, "{seat} holds many");
        assert_eq!(texts(&table, seat, channel), ["welcome", "hello"], "{seat}");
        let reactions = &history(&table, seat, channel)[0].1.reactions;
        assert!(reactions.is_empty(), "{seat}: {reactions:?}");
        assert_eq!(view(&table, seat, id).in_sync, 2, "{seat}");
        assert_eq!(table.seats[seat].hangups, [], "{seat}");
    }
    // Nobody hears Mallory any more, who knows why; the others go on.
    for seat in 0..3 {
        table.link(MALLORY, seat);
    }
    table.pass(Duration::from_secs(60));
    let refused = say(&mut table, MALLORY, (id, channel), text("and now"));
    assert!(refused.is_err(), "{refused:?}");
    say(&mut table, 1, (id, channel), text("on we go")).unwrap();
    table.pass(SOON);
    for seat in 0..3 {
        assert_eq!(
            texts(&table, seat, channel),
            ["welcome", "hello", "on we go"],
            "{seat}"
        );
    }
}

#[test]
fn fork_detected() {
    healed(3, 2);
}

#[test]
fn a_fork_of_equal_length_is_found() {
    healed(2, 2);
}

#[test]
fn a_fork_pages_ago_is_found() {
    healed(3 * ENTRIES_PER_FRAME_MAX, 2 * ENTRIES_PER_FRAME_MAX + 7);
}

const SAID: [&str; 5] = ["hello", "one", "away", "still away", "after"];

/// Ana tells Ben how far she had Mallory's log.
fn tells(table: &mut Table, id: CommunityId, next: u64) -> LogId {
    let mallory = table.device(MALLORY);
    let mut keys = table.seats[1].store.rows.keys();
    let log = keys.find_map(|key| match key {
        RowKey::Log(_, log) if log.device == mallory => Some(*log),
        _ => None,
    });
    let log = log.unwrap();
    let logs = vec![(log, next, EntryId(Hash32([9; 32])))]
        .try_into()
        .unwrap();
    let frame = CommunityFrame::Logs {
        community: id,
        logs,
        wants: false,
    };
    table.lossy = Some(|_, to, _| to != 1);
    table.receive_from(1, 0, &Frame::Community(Box::new(frame)));
    table.pass(SOON);
    table.lossy = None;
    log
}

/// How many entries Ben keeps of Mallory from a number on, and where her log has gaps.
fn kept_of_mallory(table: &Table, from: u64) -> (usize, Vec<(u64, Option<u64>)>) {
    let mallory = table.device(MALLORY);
    let rows = table.seats[1].store.rows.iter();
    let behind = rows.clone().filter(|(key, _)| {
        matches!(key, RowKey::Entry(_, log, seq) if log.device == mallory && *seq >= from)
    });
    let gaps = rows.filter_map(|(key, row)| match (key, row) {
        (RowKey::Gap(_, log, from), Row::Gap(gap)) if log.device == mallory => {
            Some((*from, gap.to))
        }
        _ => None,
    });
    (behind.count(), gaps.collect())
}

/// Mallory said `hello`, `one`; Ben left, and of what she said then, twice, he has nothing; he came in again, and heard
/// `after`, if she said so many. Now it comes out that she wrote two entries in this place of her log.
fn forked_around_an_absence(at: u64, said: usize) {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo", "Mallory"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    let mut rival = None;
    for (seq, words) in SAID.iter().enumerate() {
        if at == u64::try_from(seq).unwrap() {
            rival = Some(Pen::of(&table, MALLORY, id, channel));
        }
        if seq == 2 {
            ask(&mut table, 1, CommunityCommand::Leave(id)).unwrap();
            table.pass(SOON);
        }
        if seq == 4 {
            let invite = table::invite(&mut table, 0, id, 1);
            join(&mut table, 1, 0, id, invite);
            table.pass(Duration::from_secs(60));
        }
        if seq < said {
            say(&mut table, MALLORY, (id, channel), text(words)).unwrap();
            table.pass(SOON);
        }
    }
    let heard = [&SAID[..2], &SAID[4..said.max(4)]].concat();
    assert_eq!(texts(&table, 1, channel), heard);
    if said < SAID.len() {
        // Less than he had before he left says nothing of where he began again.
        let log = tells(&mut table, id, 1);
        let row = &table.seats[1].store.rows[&RowKey::Log(id, log)];
        assert!(matches!(row, Row::Log(end) if end.next == 4), "{row:?}");
    }
    let mut rival = rival.unwrap();
    let others: Vec<_> = (at..u64::try_from(said).unwrap())
        .map(|_seq| rival.write(text("something else"), 7))
        .collect();
    // By the last of them she is found out; the first is the proof.
    for other in others.into_iter().rev() {
        show(&mut table, 2, links[5], id, &[other]);
    }
    table.pass(Duration::from_secs(200));
    let kept = &SAID[..usize::try_from(at).unwrap()];
    for seat in [0, 2] {
        assert!(proofs(&table, seat, id) > 0, "{seat} holds no proof");
        assert_eq!(texts(&table, seat, channel), kept, "{seat}, from {at}");
    }
    assert_eq!(
        texts(&table, 1, channel),
        &kept[..kept.len().min(2)],
        "from {at}"
    );
    // Of a log that ended nothing is missed, whoever had more of it.
    let _log = tells(&mut table, id, 9);
    table.pass(Duration::from_secs(150));
    let (behind, gaps) = kept_of_mallory(&table, at);
    assert_eq!(behind, 0, "from {at}");
    let left = (at > 2).then_some((2, Some(at)));
    assert_eq!(gaps, Vec::from_iter(left), "from {at}");
    assert_eq!(view(&table, 1, id).in_sync, 3, "from {at}");
    for seat in 0..3 {
        assert_eq!(table.seats[seat].hangups, [], "{seat}, from {at}");
    }
}

#[test]
fn a_fork_from_before_one_left_takes_all_behind_it_away() {
    forked_around_an_absence(1, 5);
    forked_around_an_absence(1, 4);
}

#[test]
fn a_fork_from_while_one_was_away_takes_all_behind_it_away() {
    forked_around_an_absence(2, 5);
    forked_around_an_absence(2, 4);
    forked_around_an_absence(3, 5);
    forked_around_an_absence(3, 4);
}

#[test]
fn a_fork_from_when_one_came_in_again_leaves_what_was_before_one_left() {
    forked_around_an_absence(4, 5);
}

/// All four are in reach of each other, and Mallory said hello.
fn greeted() -> (Table, CommunityId, OpId) {
    let (mut table, id, _links) = community_of(&["Ana", "Ben", "Cleo", "Mallory"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    say(&mut table, MALLORY, (id, channel), text("hello")).unwrap();
    table.pass(SOON);
    (table, id, channel)
}

/// What Mallory signed of an entry.
fn signed(table: &Table, bytes: &[u8]) -> SignedEntry {
    let entry = content::UnverifiedEntry::decode(bytes).unwrap();
    entry.verify(&pen_key(table)).unwrap().signed()
}

/// Ana shows two entries of one place.
fn show_fork(
    table: &Table,
    control: &mut Control,
    one: &SignedEntry,
    other: &SignedEntry,
) -> Result<(), ControlFault> {
    let body = Body::ForkedLog {
        one: Box::new(one.clone()),
        other: Box::new(other.clone()),
    };
    let local = LocalDevice::decode(&table.seats[0].identity).unwrap();
    let newest = control.log().dag().newest_of(&local.device).unwrap();
    let place = Place {
        community: control.community(),
        author: local.account,
        seq: newest.0 + 1,
        deps: vec![newest.1].try_into().unwrap(),
        seen: Bounded::default(),
        hlc: Hlc::from_wall(Timestamp::from_millis(1_800_000_000_000)),
    };
    let op = UnverifiedOp::sign(place, body, &local.signing);
    control.offer(&op.encode()).map(drop)
}

#[test]
fn a_log_of_which_two_halves_are_shown_deep_inside_ends_behind_the_same_entry_for_all() {
    let (table, id, channel) = greeted();
    let control = table.seats[0].core.control(id).unwrap();
    // Whichever of the two comes first in the proof, it may be the one that follows the greater entry.
    let mut met = [false; 2];
    for tint in 1..=20 {
        let half = |tint: u8| {
            let mut pen = Pen::of(&table, MALLORY, id, channel);
            let first = signed(&table, &pen.write(text("first"), tint));
            (first.id(), signed(&table, &pen.write(text("second"), tint)))
        };
        let mut halves = [half(tint), half(tint + 100)];
        halves.sort_by_key(|(_, second)| second.id());
        let [(before_one, one), (before_other, other)] = halves;
        let mut control = control.clone();
        show_fork(&table, &mut control, &one, &other).unwrap();
        let log = one.header.log;
        let ended = control.ended_log(&log).unwrap();
        assert_eq!(ended.seq, one.header.seq);
        assert_eq!(ended.prev, Some(before_one.min(before_other)));
        assert!(control.log_ended_at(&log, ended.seq));
        assert!(!control.log_ended_at(&log, ended.seq - 1));
        met[usize::from(before_one < before_other)] = true;
    }
    assert_eq!(met, [true; 2]);
}

#[test]
fn a_proof_of_one_entry_twice_or_of_two_places_is_none() {
    let (table, id, channel) = greeted();
    let mut pen = Pen::of(&table, MALLORY, id, channel);
    let mut other = Pen::of(&table, MALLORY, id, channel);
    let signed = |bytes: &[u8]| signed(&table, bytes);
    let first = signed(&pen.write(text("one"), 1));
    let second = signed(&pen.write(text("two"), 1));
    let rival = signed(&other.write(text("other"), 2));
    let mut forged = rival.clone();
    forged.key_hash = Hash32([7; 32]);
    let mut both = [first.clone(), rival];
    both.sort_by_key(|one| one.id());
    let [low, high] = both;
    let refused = |one: &SignedEntry, other: &SignedEntry| {
        let mut control = table.seats[0].core.control(id).unwrap().clone();
        show_fork(&table, &mut control, one, other).is_err()
    };
    assert!(refused(&first, &first));
    assert!(refused(&first, &second) && refused(&second, &first));
    assert!(refused(&low, &forged) && refused(&forged, &low));
    assert!(refused(&high, &low), "the order is part of the form");
}

fn pen_key(table: &Table) -> protocol::crypto::VerifyKey {
    let local = LocalDevice::decode(&table.seats[MALLORY].identity).unwrap();
    local.signing.verify_key()
}
