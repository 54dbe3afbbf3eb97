//! The store on the real database does what the model does.

use std::collections::BTreeSet;

use protocol::content::Mention;
use protocol::control::body::Reason;
use protocol::limits;
use protocol::message::ConversationId;
use protocol::persist::{
    Batch, MarksRow, MessageContent, MessageRow, PartRow, Row, RowKey, Store as _,
};
use protocol::testing::{MemoryStore, store_conformance};
use protocol::time::Hlc;
use storage::faults::{Crash, Dice, FaultDisk};
use storage::{Part, Profile, StoreError, Writer};

use crate::script::{self, HERE, THEM, THERE};

#[test]
fn the_model_is_a_store() {
    store_conformance(MemoryStore::default);
}

#[test]
fn the_profile_is_a_store() {
    let mut profiles: Vec<Profile> = Vec::new();
    store_conformance(|| -> Writer {
        let seed = profiles.len() as u64;
        let mut profile = script::create(&FaultDisk::new(seed), seed);
        let writer = profile.writer();
        profiles.push(profile);
        writer
    });
}

#[test]
fn a_story_reads_the_same_before_and_after_reopening() {
    let disk = script::prepared(120);
    let profile = script::open(&disk, 1).unwrap();
    assert_eq!(script::verify(&profile.reader(), 120), 120);
    assert!(profile.opening().was_clean);
    assert_eq!(profile.identity().payload(), script::PAYLOAD);
}

/// A change that a core may make: a message always goes together with its place.
fn some_batch(dice: &mut Dice) -> Batch {
    let mut batch = Batch::default();
    for _ in 0..=dice.below(5) {
        let number = 1 + dice.below(40) as u32;
        let remove = dice.one_in(3);
        let earlier = RowKey::Message(script::message(number.saturating_sub(3)));
        for (key, row) in script::batch(number).writes {
            if !(remove && key == earlier) {
                batch.writes.insert(key, if remove { None } else { row });
            }
        }
    }
    batch
}

#[test]
fn any_changes_and_reopenings_leave_what_the_model_has() {
    let keys = script::keys(40);
    for seed in 0..40 {
        let mut dice = Dice::new(seed);
        let mut disk = FaultDisk::new(seed);
        let mut model = MemoryStore::default();
        let mut profile = script::create(&disk, seed);
        let mut writer = profile.writer();
        for step in 0..25 {
            if dice.one_in(5) {
                drop(writer);
                if dice.one_in(2) {
                    profile.close().unwrap();
                } else {
                    drop(profile);
                    disk = disk.after(Crash::PowerLoss { sector: 512 }, dice.roll());
                }
                profile = script::open(&disk, seed).unwrap();
                writer = profile.writer();
            }
            let batches: Vec<Batch> = (0..dice.below(4)).map(|_| some_batch(&mut dice)).collect();
            writer.commit(&batches).unwrap();
            let Ok(()) = model.commit(&batches);
            let context = format!("seed {seed}, step {step}");
            let Ok(rows) = model.load(&keys);
            assert_eq!(writer.load(&keys).unwrap(), rows, "{context}");
            let Ok(snapshot) = model.snapshot();
            assert_eq!(writer.snapshot().unwrap().rows, snapshot.rows, "{context}");
            let limit = dice.below(12);
            let Ok(page) = model.history(HERE, None, limit);
            assert_eq!(
                writer.history(HERE, None, limit).unwrap(),
                page,
                "{context}"
            );
        }
    }
}

#[test]
fn a_row_of_another_kind_is_refused_and_nothing_is_stored() {
    let disk = script::prepared(3);
    let mut profile = script::open(&disk, 1).unwrap();
    let mut writer = profile.writer();
    let mut wrong = script::batch(4);
    wrong.put(RowKey::Own, Row::Order);
    let refused = writer.commit(&[wrong]);
    assert!(
        matches!(refused, Err(StoreError::WrongKind { table: "own" })),
        "{refused:?}"
    );
    assert_eq!(script::verify(&profile.reader(), 4), 3);
    writer.commit(&[script::batch(4)]).unwrap();
    assert_eq!(script::verify(&profile.reader(), 4), 4);
}

/// Message 7 with its place in the conversation, its row and its keys.
fn seventh() -> (Batch, MessageRow, RowKey, RowKey) {
    let batch = script::batch(7);
    let name = RowKey::Message(script::message(7));
    let Some(Some(Row::Message(row))) = batch.writes.get(&name).cloned() else {
        panic!("no message")
    };
    let order = RowKey::Order(row.conversation, row.place, script::message(7));
    (batch, row, name, order)
}

#[test]
fn a_message_that_loses_its_place_is_known_and_not_shown_and_comes_back() {
    let disk = script::prepared(20);
    let mut profile = script::open(&disk, 1).unwrap();
    let mut writer = profile.writer();
    let (batch, row, name, order) = seventh();
    let shown = writer.history(HERE, None, 50).unwrap();
    let mut take = Batch::default();
    take.remove(order);
    writer.commit(&[take]).unwrap();
    let known = Some(Row::Message(row));
    assert_eq!(
        writer.load(&[name, order]).unwrap(),
        vec![known.clone(), None]
    );
    let rest = writer.history(HERE, None, 50).unwrap();
    assert_eq!(rest.len(), shown.len() - 1);
    let mut give = Batch::default();
    give.put(order, Row::Order);
    writer.commit(&[give]).unwrap();
    assert_eq!(
        writer.load(&[name, order]).unwrap(),
        vec![known, Some(Row::Order)]
    );
    assert_eq!(writer.history(HERE, None, 50).unwrap(), shown);
    // And once more with all of its batch.
    writer.commit(&[batch]).unwrap();
    assert_eq!(writer.history(HERE, None, 50).unwrap(), shown);
}

#[test]
fn a_message_that_moves_stands_in_its_new_place_alone() {
    let disk = script::prepared(20);
    let mut profile = script::open(&disk, 1).unwrap();
    let mut writer = profile.writer();
    let (_, row, name, order) = seventh();
    let elsewhere = ConversationId([0xE5; 32]);
    let moved = MessageRow {
        conversation: elsewhere,
        ..row
    };
    let there = RowKey::Order(elsewhere, moved.place, script::message(7));
    let mut change = Batch::default();
    change.put(name, Row::Message(moved.clone()));
    change.put(there, Row::Order);
    change.remove(order);
    writer.commit(&[change]).unwrap();
    let moved = (script::message(7), moved);
    assert_eq!(
        writer.history(elsewhere, None, 50).unwrap(),
        vec![moved.clone()]
    );
    assert_eq!(writer.history(HERE, None, 50).unwrap().len(), 19);
    let row = Some(Row::Message(moved.1));
    let loaded = writer.load(&[name, order, there]).unwrap();
    assert_eq!(loaded, vec![row, None, Some(Row::Order)]);
}

#[test]
fn a_place_that_is_not_its_messages_own_is_refused() {
    let disk = script::prepared(20);
    let mut profile = script::open(&disk, 1).unwrap();
    let mut writer = profile.writer();
    let (_, row, name, _) = seventh();
    let later = Hlc::from_bits(row.place.as_bits() + 1);
    let (mut stranger, mut second, mut silent) =
        (Batch::default(), Batch::default(), Batch::default());
    stranger.put(RowKey::Order(HERE, later, script::message(99)), Row::Order);
    second.put(RowKey::Order(HERE, later, script::message(7)), Row::Order);
    let moved = MessageRow {
        place: later,
        ..row
    };
    silent.put(name, Row::Message(moved));
    for batch in [stranger, second, silent] {
        let refused = writer.commit(std::slice::from_ref(&batch));
        assert!(
            matches!(refused, Err(StoreError::WrongKind { table: "timeline" })),
            "{batch:?}: {refused:?}"
        );
    }
    drop(writer);
    assert_eq!(script::verify(&profile.reader(), 20), 20);
}

#[test]
fn pages_go_both_ways_without_gap_or_overlap() {
    let disk = script::prepared(100);
    let profile = script::open(&disk, 1).unwrap();
    let reader = profile.reader();
    let latest = reader.page(HERE, Part::Latest, 30).unwrap();
    assert!(latest.more);
    let mut back = latest.clone();
    let mut seen = vec![latest];
    while back.more {
        let first = back.messages.first().unwrap().position;
        back = reader.page(HERE, Part::Before(first), 30).unwrap();
        seen.insert(0, back.clone());
    }
    let backward: Vec<_> = seen
        .iter()
        .flat_map(|page| &page.messages)
        .cloned()
        .collect();
    assert_eq!(backward.len(), 100);
    let mut forward = vec![backward[0].clone()];
    loop {
        let last = forward.last().unwrap().position;
        let page = reader.page(HERE, Part::After(last), 7).unwrap();
        forward.extend(page.messages.clone());
        if !page.more {
            break;
        }
    }
    assert_eq!(forward, backward);
}

#[test]
fn unread_counts_the_others_messages_behind_a_place_up_to_its_limit() {
    let disk = script::prepared(260);
    let profile = script::open(&disk, 1).unwrap();
    let reader = profile.reader();
    let unread = |conversation, after| {
        let named = BTreeSet::new();
        let own = BTreeSet::from([THERE]);
        let counted = reader.unread(conversation, &own, after, &named).unwrap();
        assert_eq!(counted.mentions, 0);
        counted.messages
    };
    // Every other message is theirs.
    assert_eq!(unread(HERE, None), limits::UNREAD_MAX);
    let page = reader.page(HERE, Part::Latest, 30).unwrap();
    let behind = |index: usize| Some(page.messages[index].position);
    assert_eq!(unread(HERE, behind(9)), 10);
    assert_eq!(unread(HERE, behind(28)), 1);
    assert_eq!(unread(HERE, behind(29)), 0);
    assert_eq!(unread(ConversationId([9; 32]), None), 0);
    let passed = BTreeSet::from([THERE, THEM]);
    let counted = reader.unread(HERE, &passed, None, &BTreeSet::new());
    assert_eq!(
        counted.unwrap().messages,
        0,
        "of nobody whom it passes over"
    );
}

#[test]
fn of_what_is_unread_the_mentions_are_counted_that_are_asked_for() {
    let disk = script::prepared(40);
    let mut profile = script::open(&disk, 1).unwrap();
    let (ours, other) = (Mention::Account(THERE), Mention::Account(THEM));
    let page = profile.reader().page(HERE, Part::Latest, 20).unwrap();
    let theirs = page.messages.iter().filter(|one| {
        let row = one.row.as_ref();
        row.is_some_and(|row| {
            row.account == THEM && matches!(row.content, MessageContent::Text { .. })
        })
    });
    let theirs: Vec<_> = theirs.map(|one| one.position.1).collect();
    let mut batch = Batch::default();
    for (message, mentions) in [
        (theirs[0], vec![ours]),
        (theirs[1], vec![other]),
        (theirs[2], vec![other, Mention::Everyone]),
    ] {
        let mentions = mentions.try_into().unwrap();
        let marks = MarksRow {
            mentions,
            ..MarksRow::default()
        };
        batch.put(RowKey::Marks(message), Row::Marks(marks));
    }
    profile.writer().commit(&[batch]).unwrap();
    let reader = profile.reader();
    let mentions = |named: &[Mention], after| {
        let named = named.iter().copied().collect();
        let own = BTreeSet::from([THERE]);
        reader.unread(HERE, &own, after, &named).unwrap().mentions
    };
    assert_eq!(mentions(&[], None), 0);
    assert_eq!(mentions(&[ours], None), 1);
    assert_eq!(mentions(&[ours, Mention::Everyone], None), 2);
    assert_eq!(mentions(&[ours, other, Mention::Everyone], None), 3);
    let behind = page.messages.iter().find(|one| one.position.1 == theirs[0]);
    let behind = behind.map(|one| one.position);
    assert_eq!(mentions(&[ours, Mention::Everyone], behind), 1);
}

#[test]
fn pins_are_the_first_so_many_by_the_times_of_the_pins() {
    let disk = script::prepared(260);
    let mut profile = script::open(&disk, 1).unwrap();
    let page = profile.reader().page(HERE, Part::Latest, 400).unwrap();
    let there = |deleted: bool| {
        page.messages.iter().filter(move |one| {
            let row = one.row.as_ref().unwrap();
            matches!(row.content, MessageContent::Deleted) == deleted
        })
    };
    let said: Vec<_> = there(false).map(|one| one.position.1).collect();
    assert!(said.len() > limits::PINS_MAX + 10, "{}", said.len());
    // The later in the channel the earlier pinned.
    let mut pins = Batch::default();
    let mut pin = |message, at: usize, on, redacted| {
        let stamp = (
            Hlc::from_bits(u64::try_from(at).unwrap()),
            script::message(9),
        );
        let marks = MarksRow {
            pinned: Some((stamp, on)),
            redacted,
            ..MarksRow::default()
        };
        pins.put(RowKey::Marks(message), Row::Marks(marks));
    };
    for (at, message) in said.iter().rev().enumerate() {
        let stamp = (Hlc::from_bits(1), script::message(9));
        let redacted = (at == 1).then(|| (stamp, THEM, Reason::default()));
        pin(*message, at + 2, at != 0, redacted);
    }
    for message in there(true) {
        pin(message.position.1, 1, true, None);
    }
    profile.writer().commit(&[pins]).unwrap();
    let shown = profile.reader().pins(HERE).unwrap();
    let shown: Vec<_> = shown.iter().map(|one| one.position.1).collect();
    let wanted: Vec<_> = said.iter().rev().skip(2).take(limits::PINS_MAX).collect();
    assert_eq!(shown.iter().collect::<Vec<_>>(), wanted);
    let elsewhere = profile.reader().pins(ConversationId([9; 32]));
    assert!(elsewhere.unwrap().is_empty());
}

#[test]
fn a_thread_is_its_root_and_what_is_said_in_it_page_by_page() {
    let disk = script::prepared(60);
    let mut profile = script::open(&disk, 1).unwrap();
    let page = profile.reader().page(HERE, Part::Latest, 20).unwrap();
    let places: Vec<_> = page.messages.iter().map(|one| one.position).collect();
    let mut batch = Batch::default();
    for (index, root) in [(3, 1), (5, 1), (6, 2), (7, 1)] {
        let marks = MarksRow {
            thread: Some(places[root].1),
            ..MarksRow::default()
        };
        batch.put(RowKey::Marks(places[index].1), Row::Marks(marks));
    }
    profile.writer().commit(&[batch]).unwrap();
    let reader = profile.reader();
    let thread = |part, limit| {
        let page = reader.thread(HERE, places[1].1, part, limit).unwrap();
        let shown = page.messages.iter().map(|one| {
            assert!(one.row.is_some());
            places.iter().position(|place| *place == one.position)
        });
        (shown.flatten().collect::<Vec<_>>(), page.more)
    };
    assert_eq!(thread(Part::Latest, 9), (vec![1, 3, 5, 7], false));
    assert_eq!(thread(Part::Latest, 2), (vec![5, 7], true));
    assert_eq!(thread(Part::Before(places[5]), 2), (vec![1, 3], false));
    assert_eq!(thread(Part::After(places[1]), 2), (vec![3, 5], true));
    let elsewhere = reader.thread(ConversationId([9; 32]), places[1].1, Part::Latest, 9);
    assert_eq!(elsewhere.unwrap().messages.len(), 0);
}

#[test]
fn an_attachment_comes_back_whole_or_not_at_all() {
    let disk = script::prepared(60);
    let mut profile = script::open(&disk, 1).unwrap();
    let (mut writer, reader) = (profile.writer(), profile.reader());
    let (media, bytes) = reader.attachment(script::message(40)).unwrap().unwrap();
    assert_eq!(media.as_str(), "text/plain");
    assert_eq!(bytes, script::attached(40));
    assert_eq!(reader.attachment(script::message(41)).unwrap(), None);
    assert_eq!(reader.attachment(script::message(4)).unwrap(), None);
    let page = reader.page(HERE, Part::Latest, 3).unwrap();
    let shown = page.messages.iter().map(|entry| {
        let view = entry.attachment.as_ref();
        view.map(|view| (view.complete, view.have, view.parts))
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [Some((true, 1, 1)), None, Some((true, 1, 1))]
    );
    let pinned = page.messages.iter().map(|entry| {
        let marks = entry.marks.as_ref();
        marks.and_then(|marks| marks.pinned.map(|(_, on)| on))
    });
    assert_eq!(
        pinned.collect::<Vec<_>>(),
        [Some(true), Some(false), Some(true)]
    );
    // A part that is not what it was is not shown.
    let mut batch = Batch::default();
    let part = PartRow {
        bytes: vec![7; 7].try_into().unwrap(),
    };
    batch.put(RowKey::Part(script::message(40), 0), Row::Part(part));
    writer.commit(&[batch]).unwrap();
    let refused = reader.attachment(script::message(40));
    assert!(
        matches!(refused, Err(StoreError::Corrupt { .. })),
        "{refused:?}"
    );
}
