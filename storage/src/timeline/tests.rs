//! Timelines on the database itself: how full their leaves are, and what damage to a row of theirs costs.

use std::sync::{Arc, Mutex};

use protocol::identity::DeviceId;
use protocol::message::MessageId;
use protocol::persist::{Batch, MessageContent, Version};
use protocol::time::Timestamp;
use redb::ReadableTableMetadata as _;

use super::*;
use crate::apply;
use crate::engine::{Engine, Ground};
use crate::faults::FaultDisk;
use crate::history::{self, Page, Part};
use crate::meta::META;
use crate::random::SeededRandom;
use crate::seal::DataKey;

const HERE: ConversationId = ConversationId([0xA1; 32]);

fn engine() -> Engine {
    let disk = FaultDisk::new(1);
    let data_key = DataKey::from_bytes([1; 32]);
    let tables = Table::ALL.map(Table::name).into_iter().chain([META]);
    let ground = Ground {
        folder: Arc::new(disk),
        sealer: Sealer::new(&data_key, tables),
        data_key,
        lock: Mutex::new(None),
        #[cfg(feature = "mutants")]
        plain: false,
    };
    Engine::create(&ground, &mut SeededRandom::new(1, 0)).expect("made");
    Engine::open(ground, true).expect("opens").0
}

/// Message `number` of a conversation, and where it stands.
fn message_of(conversation: ConversationId, number: u32) -> (Spot, MessageRow) {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&number.wrapping_mul(0x9E37_79B9).to_be_bytes());
    let name = MessageRef {
        author: DeviceId(conversation.0),
        id: MessageId(id),
    };
    let hlc = Hlc::from_bits(u64::from(number) << 16);
    let version = Version {
        stamp: (hlc, name),
        body: "x".repeat(200).try_into().expect("short"),
    };
    let row = MessageRow {
        conversation,
        account: conversation.account(),
        hlc,
        place: hlc,
        arrived: Timestamp::from_millis(1),
        seen: vec![].try_into().expect("none"),
        content: MessageContent::Text {
            reply_to: None,
            versions: vec![version].try_into().expect("one"),
        },
        reactions: vec![].try_into().expect("none"),
        delivery: vec![].try_into().expect("none"),
    };
    (Spot::of(name, &row), row)
}

fn commit(engine: &Engine, messages: impl IntoIterator<Item = (Spot, MessageRow)>) {
    let mut batch = Batch::default();
    for (spot, row) in messages {
        let (place, name) = spot.position;
        batch.put(RowKey::Order(spot.conversation, place, name), Row::Order);
        batch.put(RowKey::Message(name), Row::Message(row));
    }
    let random = &mut SeededRandom::new(2, 0);
    engine
        .write(random, |write, random| {
            apply::apply(write, std::slice::from_ref(&batch), engine.sealer(), random)
        })
        .expect("stored");
}

#[test]
fn conversations_that_grow_in_turns_leave_full_leaves() {
    let engine = engine();
    let conversations = [3, 1, 2].map(|byte| ConversationId([byte; 32]));
    for round in 0..60 {
        let new = conversations.iter().flat_map(|conversation| {
            (0..5).map(move |one| message_of(*conversation, round * 5 + one))
        });
        commit(&engine, new);
    }
    for conversation in conversations {
        let filled = engine.read(|read| {
            let timeline = open(read, conversation)?.expect("there");
            let stats = timeline.stats().map_err(|error| trouble(HISTORY, error))?;
            Ok((stats.stored_bytes(), stats.leaf_pages() * 4096))
        });
        let (stored, pages) = filled.expect("readable");
        assert!(
            stored * 100 >= pages * 80,
            "{stored} bytes on leaves of {pages}"
        );
    }
}

/// Changes a row of the timeline, or its key, behind the store's back.
fn tamper(engine: &Engine, spot: &Spot, change: impl Fn(&mut Vec<u8>, &mut Vec<u8>)) {
    let random = &mut SeededRandom::new(3, 0);
    engine
        .write(random, |write, _| {
            let name = name(spot.conversation);
            let mut table = write
                .open_table(definition(&name))
                .map_err(|error| trouble(HISTORY, error))?;
            let mut key = within(&spot.key()).to_vec();
            let old = table.remove(key.as_slice());
            let old = old.map_err(|error| trouble(HISTORY, error))?;
            let mut row = old.expect("there").value().to_vec();
            change(&mut key, &mut row);
            table
                .insert(key.as_slice(), row.as_slice())
                .map_err(|error| trouble(HISTORY, error))?;
            Ok(())
        })
        .expect("changed");
}

fn page(engine: &Engine) -> Page {
    engine
        .read(|read| history::page(read, HERE, Part::Latest, 50, engine.sealer()))
        .expect("a page")
}

fn find(engine: &Engine, spot: &Spot) -> Result<Option<MessageRow>, StoreError> {
    engine.read(|read| message(read, spot.position.1, engine.sealer()))
}

/// Four messages, the third of them changed.
fn with_damage(change: impl Fn(&mut Vec<u8>, &mut Vec<u8>)) -> (Engine, Vec<(Spot, MessageRow)>) {
    let engine = engine();
    let all: Vec<_> = (0..4).map(|number| message_of(HERE, number)).collect();
    commit(&engine, all.clone());
    tamper(&engine, &all[2].0, change);
    (engine, all)
}

#[test]
fn a_damaged_message_costs_itself_and_its_place_is_still_known() {
    let (engine, all) = with_damage(|_, row| row[40] ^= 1);
    let page = page(&engine);
    assert_eq!(page.lost, 0);
    for (entry, (spot, row)) in page.messages.iter().zip(&all) {
        assert_eq!(entry.position, spot.position);
        let damaged = *spot == all[2].0;
        assert_eq!(entry.row.as_deref(), (!damaged).then_some(row));
    }
    assert_eq!(page.messages.len(), 4);
    assert!(matches!(
        find(&engine, &all[2].0),
        Err(StoreError::Corrupt { .. })
    ));
}

#[test]
fn a_message_under_a_changed_key_is_not_shown_and_not_forgotten_in_silence() {
    // In order: the place, the author, the id.
    for byte in [7, 20, 50] {
        let (engine, all) = with_damage(|key, _| key[byte] ^= 1);
        let page = page(&engine);
        assert_eq!((page.lost, page.messages.len()), (1, 3), "byte {byte}");
        assert!(page.messages.iter().all(|entry| entry.row.is_some()));
        let found = find(&engine, &all[2].0);
        assert!(
            matches!(found, Err(StoreError::Corrupt { .. })),
            "byte {byte}: {found:?}"
        );
    }
}

#[test]
fn a_message_of_another_conversation_is_not_shown_here() {
    let (engine, all) = with_damage(|_, _| {});
    let there = ConversationId([0xB2; 32]);
    let random = &mut SeededRandom::new(3, 0);
    let key = within(&all[2].0.key()).to_vec();
    let moved = engine.write(random, |write, _| {
        let (here, elsewhere) = (name(HERE), name(there));
        let failed = |error| trouble(HISTORY, error);
        let from = write.open_table(definition(&here));
        let from = from.map_err(|error| trouble(HISTORY, error))?;
        let into = write.open_table(definition(&elsewhere));
        let mut into = into.map_err(|error| trouble(HISTORY, error))?;
        let row = from.get(key.as_slice()).map_err(failed)?.expect("there");
        into.insert(key.as_slice(), row.value()).map_err(failed)?;
        Ok(())
    });
    moved.expect("copied");
    let shown = engine.read(|read| history::page(read, there, Part::Latest, 50, engine.sealer()));
    let shown = shown.expect("a page");
    assert_eq!((shown.lost, shown.messages.len()), (1, 0));
}

#[test]
fn index_rows_come_back_and_have_one_spelling() {
    let (spot, row) = message_of(HERE, 1);
    let stands = Whereabouts::Stands(HERE, spot.position.0);
    for found in [stands, Whereabouts::Nowhere(Box::new(row))] {
        let bytes = found.encode();
        assert_eq!(Whereabouts::decode(&bytes), Ok(found));
        assert!(Whereabouts::decode(&bytes[..bytes.len() - 1]).is_err());
        assert!(Whereabouts::decode(&[bytes.as_slice(), &[0]].concat()).is_err());
        assert!(Whereabouts::decode(&[&[2], &bytes[1..]].concat()).is_err());
    }
    assert!(Whereabouts::decode(&[]).is_err());
}
