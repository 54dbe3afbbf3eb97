//! What happens in a community while somebody is away, between real cores: found by the simulator's worlds about communities.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::community::{CommunityCommand, StandingHere};
use protocol::control::body::{Body, Scope};
use protocol::control::{CommunityId, Standing};
use protocol::persist::RowKey;
use protocol::testing::Table;
use protocol::turn::Reply;
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, ask, assert_alike, community_of, invite, join, name, say, standing, text,
    text_channel, view,
};

const A_WHILE: Duration = Duration::from_secs(60);

fn kick(table: &mut Table, id: CommunityId, whom: usize) {
    let who = table.account(whom);
    let body = Body::Kick {
        who,
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    };
    act(table, 0, id, body);
}

#[test]
fn whoever_was_removed_while_away_hears_of_it_and_can_come_back() {
    // Links in the order in which they were made: 1-0, 2-0, 2-1. Cleo goes away.
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    table.cut(links[1]);
    table.cut(links[2]);
    kick(&mut table, id, 2);
    table.pass(SOON);
    assert_eq!(view(&table, 2, id).standing, StandingHere::In);
    let _link = table.link(2, 1);
    table.pass(A_WHILE);
    assert_eq!(view(&table, 2, id).standing, StandingHere::Removed);
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    join(&mut table, 2, 0, id, made);
    table.pass(SOON);
    assert_eq!(view(&table, 2, id).standing, StandingHere::In);
    assert_alike(&table, id, &[0, 1, 2]);
}

#[test]
fn whoever_left_while_nobody_was_near_is_heard_later_and_can_come_back() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    table.cut(links[1]);
    table.cut(links[2]);
    let left = ask(&mut table, 2, CommunityCommand::Leave(id));
    assert_eq!(left, Ok(Reply::Community(id)));
    table.pass(SOON);
    assert_eq!(standing(&table, 1, id, 2), Standing::Member);
    let _link = table.link(2, 1);
    table.pass(A_WHILE);
    assert_eq!(standing(&table, 1, id, 2), Standing::Outside);
    assert_eq!(standing(&table, 0, id, 2), Standing::Outside);
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    join(&mut table, 2, 0, id, made);
    table.pass(SOON);
    assert_eq!(view(&table, 2, id).standing, StandingHere::In);
}

#[test]
fn whoever_was_let_in_by_somebody_who_then_went_away_is_recognised_by_all_others() {
    // Ben lets Cleo in while Ana is away, goes, and has told nobody.
    let (mut table, id, links) = community_of(&["Ana", "Ben"]);
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    table.cut(links[0]);
    let _words = table.sit("Cleo", protocol::core::Config::default());
    let with_ben = table.link(2, 1);
    join(&mut table, 2, 0, id, made);
    table.pass(SOON);
    assert_eq!(view(&table, 2, id).standing, StandingHere::In);
    table.cut(with_ben);
    let _with_ana = table.link(2, 0);
    table.pass(A_WHILE);
    assert_eq!(standing(&table, 0, id, 2), Standing::Member);
    assert_alike(&table, id, &[0, 2]);
}

#[test]
fn nothing_waits_for_ever_for_somebody_who_was_removed() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    let channel = act(&mut table, 0, id, text_channel("général", Scope::Public));
    table.pass(SOON);
    table.cut(links[1]);
    table.cut(links[2]);
    say(&mut table, 0, (id, channel), text("where are you")).unwrap();
    table.pass(SOON);
    let waiting = |table: &Table, seat: usize| {
        let rows = table.seats[seat].store.rows.keys();
        rows.filter(|key| matches!(key, RowKey::Outbox(..))).count()
    };
    assert!(waiting(&table, 0) > 0, "her key waits for her");
    kick(&mut table, id, 2);
    table.pass(A_WHILE);
    assert_eq!(waiting(&table, 0), 0);
}

#[test]
fn two_that_did_much_apart_agree_page_by_page() {
    let (mut table, id, links) = community_of(&["Ana", "Ben"]);
    table.cut(links[0]);
    let nickname = |text: &str| Body::Nickname {
        name: Some(name(text)),
    };
    for n in 0..200 {
        act(&mut table, 0, id, nickname(&format!("a{n}")));
        act(&mut table, 1, id, nickname(&format!("b{n}")));
    }
    let _link = table.link(0, 1);
    table.pass(A_WHILE);
    assert_alike(&table, id, &[0, 1]);
    assert_eq!(view(&table, 0, id).in_sync, 1);
}
