//! Damage that format 1 had goes along; what was whole stays whole.

use std::sync::{Arc, Mutex};

use protocol::identity::DeviceId;
use protocol::message::MessageId;
use protocol::persist::{MessageContent, MessageRow};
use protocol::time::Timestamp;
use protocol::wire;

use super::*;
use crate::engine::{Engine, Ground};
use crate::faults::FaultDisk;
use crate::history::{self, Part};
use crate::meta::{self, FORMAT, META};
use crate::migrate::{MIGRATIONS, migrate};
use crate::random::SeededRandom;
use crate::seal::DataKey;

const HERE: ConversationId = ConversationId([0xA1; 32]);
const THERE: ConversationId = ConversationId([0xB2; 32]);

fn message(number: u8) -> MessageRef {
    MessageRef {
        author: DeviceId([number % 2; 32]),
        id: MessageId([number; 16]),
    }
}

fn row(conversation: ConversationId, number: u8) -> MessageRow {
    MessageRow {
        conversation,
        account: conversation.account(),
        hlc: Hlc::from_bits(u64::from(number)),
        place: Hlc::from_bits(u64::from(number)),
        arrived: Timestamp::from_millis(u64::from(number)),
        seen: vec![].try_into().expect("none"),
        content: MessageContent::Deleted,
        reactions: vec![].try_into().expect("none"),
        delivery: vec![].try_into().expect("none"),
    }
}

/// What happened to a message of format 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Whole,
    Damaged,
    Gone,
    PlaceDamaged,
    StandsNowhere,
    StandsNowhereDamaged,
}

/// Writes a message as format 1 did.
fn write_old(engine: &Engine, conversation: ConversationId, number: u8, fate: Fate) {
    let random = &mut SeededRandom::new(u64::from(number), 1);
    let wrote = engine.write(random, |write, random| {
        let name = tables::encode_key(&RowKey::Message(message(number)));
        let row = row(conversation, number);
        let plain = wire::encode(&row);
        let mut sealed = engine
            .sealer()
            .seal(&place(MESSAGE, &name), &plain, random)?;
        if matches!(fate, Fate::Damaged | Fate::StandsNowhereDamaged) {
            sealed[50] ^= 1;
        }
        if fate != Fate::Gone {
            let mut messages = open(write, MESSAGES)?;
            messages
                .insert(name.as_slice(), sealed.as_slice())
                .map_err(failed)?;
        }
        if matches!(fate, Fate::StandsNowhere | Fate::StandsNowhereDamaged) {
            return Ok(());
        }
        let key = RowKey::Order(conversation, row.place, message(number));
        let key = tables::encode_key(&key);
        let mut mark = engine.sealer().mark(&place(ORDER, &key))?;
        mark[0] ^= u8::from(fate == Fate::PlaceDamaged);
        let mut orders = open(write, ORDERS)?;
        orders
            .insert(key.as_slice(), mark.as_slice())
            .map_err(failed)?;
        Ok(())
    });
    wrote.expect("written");
}

/// A file of format 1 in which these things happened to messages 1, 2, 3 and so on, and a whole one elsewhere; brought up.
fn migrated(fates: &[Fate]) -> Engine {
    let data_key = DataKey::from_bytes([1; 32]);
    let tables = Table::ALL.map(Table::name).into_iter();
    let ground = Ground {
        folder: Arc::new(FaultDisk::new(1)),
        sealer: Sealer::new(&data_key, tables.chain([META]).chain(GONE)),
        data_key,
        lock: Mutex::new(None),
        #[cfg(feature = "mutants")]
        plain: false,
    };
    let random = &mut SeededRandom::new(1, 0);
    Engine::create(&ground, random).expect("made");
    let (engine, _) = Engine::open(ground, true).expect("opens");
    for (fate, number) in fates.iter().zip(1..) {
        write_old(&engine, HERE, number, *fate);
    }
    write_old(&engine, THERE, 200, Fate::Whole);
    let aged = engine.write(random, |write, random| {
        meta::write_format(write, 1, engine.sealer(), random)
    });
    aged.expect("format 1");
    migrate(&engine, 1, FORMAT, MIGRATIONS, random).expect("brought up");
    engine
}

#[test]
fn each_message_is_found_as_it_was_by_page_and_by_name() {
    let fates = [
        Fate::Whole,
        Fate::Damaged,
        Fate::Gone,
        Fate::PlaceDamaged,
        Fate::StandsNowhere,
        Fate::StandsNowhereDamaged,
        Fate::Whole,
    ];
    let engine = migrated(&fates);
    let look = |account| {
        let page = engine
            .read(|read| history::page(read, account, Part::Latest, 50, engine.sealer()))
            .expect("a page");
        let shown = page.messages.into_iter();
        let shown = shown.map(|entry| (entry.position.1, entry.row.map(|row| *row)));
        (shown.collect::<Vec<_>>(), page.lost)
    };
    let shown = vec![
        (message(1), Some(row(HERE, 1))),
        (message(2), None),
        (message(7), Some(row(HERE, 7))),
    ];
    assert_eq!(look(HERE), (shown, 2));
    assert_eq!(
        look(THERE),
        (vec![(message(200), Some(row(THERE, 200)))], 0)
    );
    for (fate, number) in fates.iter().zip(1..) {
        let found = engine.read(|read| timeline::message(read, message(number), engine.sealer()));
        match fate {
            Fate::Whole | Fate::StandsNowhere | Fate::PlaceDamaged => {
                assert_eq!(found.expect("whole"), Some(row(HERE, number)), "{fate:?}");
            }
            Fate::Damaged | Fate::StandsNowhereDamaged => {
                assert!(
                    matches!(found, Err(StoreError::Corrupt { .. })),
                    "{fate:?}: {found:?}"
                );
            }
            Fate::Gone => assert_eq!(found.expect("gone"), None),
        }
    }
}

#[test]
fn the_old_tables_are_gone_and_an_empty_history_is_one_too() {
    for fates in [&[][..], &[Fate::Whole; 3]] {
        let engine = migrated(fates);
        let format = engine.read(|read| {
            for gone in [MESSAGES, ORDERS] {
                assert!(read.open_table(gone).is_err());
            }
            meta::read_format(read, engine.sealer(), HISTORY)
        });
        assert_eq!(format.expect("readable"), FORMAT);
    }
}
