//! A sender chain is gone on with for a thousand messages and for a week at most; what comes next is read by everybody all the same.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::content::UnverifiedEntry;
use protocol::control::body::Scope;
use protocol::control::{CommunityId, OpId};
use protocol::group::ChainId;
use protocol::limits::{SENDER_CHAIN_LIFETIME, SENDER_CHAIN_MESSAGES_MAX};
use protocol::persist::{Row, RowKey};
use protocol::testing::Table;

#[path = "community/table.rs"]
mod table;
use table::{SOON, act, community_of, say, text, text_channel, texts};

fn with_channel() -> (Table, CommunityId, OpId) {
    let (mut table, id, _links) = community_of(&["Ana", "Ben", "Cleo"]);
    let channel = act(&mut table, 0, id, text_channel("général", Scope::Public));
    table.pass(SOON);
    (table, id, channel)
}

/// Under which chain, and at which place of it, Ana said each of her words, in the order of her log.
fn chains(table: &Table) -> Vec<(ChainId, u32)> {
    let ana = table.device(0);
    let rows = table.seats[0].store.rows.iter();
    let entries = rows.filter_map(|(key, row)| match (key, row) {
        (RowKey::Entry(_, log, _), Row::Entry(row)) if log.device == ana => {
            UnverifiedEntry::decode(&row.bytes).ok()
        }
        _ => None,
    });
    let headers = entries.map(|entry| entry.entry().header.clone());
    headers
        .map(|header| (header.chain, header.iteration))
        .collect()
}

fn assert_read(table: &Table, channel: OpId, count: usize) {
    let said = texts(table, 0, channel);
    assert_eq!(said.len(), count);
    for seat in [1, 2] {
        assert_eq!(texts(table, seat, channel), said, "{seat}");
    }
}

#[test]
fn after_a_thousand_messages_the_next_goes_out_under_a_fresh_chain_that_all_read() {
    let (mut table, id, channel) = with_channel();
    for n in 0..=SENDER_CHAIN_MESSAGES_MAX {
        say(&mut table, 0, (id, channel), text(&format!("{n}"))).unwrap();
        table.pass(Duration::from_millis(50));
    }
    table.pass(SOON);
    let chains = chains(&table);
    let (last, before) = chains.split_last().unwrap();
    let first = before[0].0;
    let expected: Vec<_> = (0..SENDER_CHAIN_MESSAGES_MAX).map(|n| (first, n)).collect();
    assert_eq!(before, expected, "one chain carries a thousand");
    assert!(last.0 != first && last.1 == 0, "the next begins another");
    assert_read(&table, channel, chains.len());
}

#[test]
fn after_a_week_the_next_message_goes_out_under_a_fresh_chain_that_all_read() {
    let (mut table, id, channel) = with_channel();
    say(&mut table, 0, (id, channel), text("on Monday")).unwrap();
    table.pass(SOON);
    let second = Duration::from_secs(1);
    // All machines sleep until a moment before the week is over.
    table.now += SENDER_CHAIN_LIFETIME - SOON - second;
    say(&mut table, 0, (id, channel), text("on Sunday")).unwrap();
    table.pass(second);
    say(&mut table, 0, (id, channel), text("on Monday again")).unwrap();
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let _link = table.link(one, other); // whatever became of the old ones meanwhile
    }
    table.pass(Duration::from_secs(60));
    let chains = chains(&table);
    let [(monday, 0), (sunday, 1), (again, 0)] = chains[..] else {
        panic!("{chains:?}")
    };
    assert_eq!(monday, sunday, "a chain is gone on with for a week");
    assert!(again != monday, "and no longer");
    assert_read(&table, channel, 3);
}
