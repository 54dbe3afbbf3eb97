//! Keys of a community on their way to who is away: what waits for them is the newest, and keeps nobody from writing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::control::body::Scope;
use protocol::limits;
use protocol::persist::{Row, RowKey};
use protocol::testing::Table;

#[path = "community/table.rs"]
mod table;
use table::{SOON, act, assert_alike, community_of, kick_by, say, text, text_channel, texts};

/// Keys that wait at a seat for another.
fn waiting(table: &Table, seat: usize, to: usize) -> usize {
    let device = table.device(to);
    let rows = table.seats[seat].store.rows.iter();
    let rows = rows.filter(|(key, row)| {
        matches!((key, row), (RowKey::Outbox(whose, _), Row::Outbox(_)) if *whose == device)
    });
    rows.count()
}

/// Every start begins new chains, every removal a new epoch: a device that is away for a year must not find them all.
#[test]
fn of_the_keys_for_who_is_away_the_newest_wait_and_all_that_was_said_is_read_at_last() {
    let names = [
        "Ana", "Ben", "Cleo", "Dan", "Eve", "Flo", "Gil", "Hal", "Ida", "Jo", "Kim",
    ];
    let (mut table, id, links) = community_of(&names);
    let channel = act(&mut table, 0, id, text_channel("salon", Scope::Public));
    table.pass(SOON);
    // Ben is away: links in the order in which they were made, each newcomer with all before.
    let mut made = links.into_iter();
    for seat in 1..names.len() {
        for other in 0..seat {
            let link = made.next().unwrap();
            if seat == 1 || other == 1 {
                table.cut(link);
            }
        }
    }
    table.pass(SOON);
    let starts = limits::CHAINS_WAITING_MAX * 3;
    for start in 0..starts {
        table.crash(0);
        for other in 2..names.len() {
            let _link = table.link(0, other);
        }
        table.pass(SOON);
        say(
            &mut table,
            0,
            (id, channel),
            text(&format!("start {start}")),
        )
        .unwrap();
        table.pass(SOON);
    }
    assert_eq!(waiting(&table, 0, 1), limits::CHAINS_WAITING_MAX);
    for seat in 2..names.len() {
        kick_by(&mut table, id, 0, seat);
        table.pass(SOON);
    }
    let keys = waiting(&table, 0, 1);
    let most = limits::CHAINS_WAITING_MAX + limits::SECRETS_WAITING_MAX;
    assert_eq!(keys, most, "{}", table.seats[0].core.sizes().keys);
    assert_eq!(
        table.seats[0].core.sizes().outbox,
        0,
        "none of them takes the room of a word"
    );

    let _link = table.link(1, 0);
    table.pass(Duration::from_secs(120));
    assert_alike(&table, id, &[0, 1]);
    assert_eq!(texts(&table, 1, channel).len(), starts);
    assert_eq!(texts(&table, 1, channel), texts(&table, 0, channel));
}

/// Secrets that stand in a database in use for nothing open what was sent long ago to whoever takes the machine (A7).
#[test]
fn secrets_of_epochs_that_are_no_more_go_after_a_month_and_others_stay() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    kick_by(&mut table, id, 0, 2);
    table.pass(SOON);
    let secrets = |table: &Table| {
        let rows = table.seats[0].store.rows.keys();
        rows.filter(|key| matches!(key, RowKey::Secret(..))).count()
    };
    // The founding epoch's, the present one's, and the invite's.
    assert_eq!(secrets(&table), 3);
    for link in links {
        table.cut(link);
    }
    table.pass(limits::SECRET_LIFETIME / 2);
    act(&mut table, 0, id, text_channel("one", Scope::Public));
    assert_eq!(secrets(&table), 3);
    table.pass(limits::SECRET_LIFETIME);
    act(&mut table, 0, id, text_channel("other", Scope::Public));
    table.pass(SOON);
    assert_eq!(secrets(&table), 2);
    let _link = table.link(1, 0);
    table.pass(SOON);
    assert_alike(&table, id, &[0, 1]);
}
