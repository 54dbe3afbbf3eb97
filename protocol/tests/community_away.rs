//! What happens in a community while somebody is away, between real cores: found by the simulator's worlds about communities.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use bytes::Bytes;
use protocol::community::{CommunityCommand, StandingHere};
use protocol::control::body::{Body, Scope};
use protocol::control::{Bits, CommunityId, Position, Standing};
use protocol::link::Frame;
use protocol::persist::RowKey;
use protocol::testing::Table;
use protocol::turn::Reply;

#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, ask, assert_alike, community_of, invite, join, kick_by, name, say, standing, text,
    text_channel, view,
};

const A_WHILE: Duration = Duration::from_secs(60);

fn kick(table: &mut Table, id: CommunityId, whom: usize) {
    kick_by(table, id, 0, whom);
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
fn a_secret_that_overtakes_its_op_opens_the_epoch_with_it_and_comes_once() {
    // Ben is away while Cleo is removed. On the new link the secret of the new epoch is there before the op that makes it.
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    table.cut(links[0]);
    table.cut(links[2]);
    kick(&mut table, id, 2);
    table.pass(SOON);
    table.flight = Duration::from_millis(10);
    let before = table.seats[0].frames.len();
    let _link = table.link(1, 0);
    table.pass(Duration::from_secs(1));
    let held = view(&table, 1, id).epoch.map(|(_, held)| held);
    assert_eq!(held, Some(true), "before it is asked for");
    table.pass(SOON);
    let sealed = |frame: &&Bytes| matches!(Frame::decode(frame), Ok(Frame::Sealed { .. }));
    let sent = table.seats[0].frames[before..].iter().filter(sealed);
    assert_eq!(sent.count(), 1);
}

/// Dan removed Cleo, whom Zoe's friends keep: Zoe removed Dan meanwhile, and only that Ana had raised him then decides.
fn removed_by_each_other(meets: usize) {
    let (mut table, id, links) = community_of(&["Ana", "Dan", "Zoe", "Cleo"]);
    let role = |table: &mut Table, title: &str, position| {
        let made = Body::CreateRole {
            name: name(title),
            colour: [1, 2, 3],
            position: Position(position),
            bits: Bits::KICK,
        };
        act(table, 0, id, made)
    };
    let [low, high, top] = [("low", 10), ("high", 20), ("top", 30)]
        .map(|(title, position)| role(&mut table, title, position));
    let assign = |table: &mut Table, whom: usize, role| {
        let who = table.account(whom);
        act(table, 0, id, Body::Assign { who, role });
    };
    assign(&mut table, 1, low);
    assign(&mut table, 2, high);
    table.pass(SOON);
    // Links in the order in which they were made: 1-0, 2-0, 2-1, 3-0, 3-1, 3-2.
    for apart in [0, 1, 2, 3, 4] {
        table.cut(links[apart]);
    }
    assign(&mut table, 1, top);
    kick_by(&mut table, id, 1, 3);
    kick_by(&mut table, id, 2, 1);
    table.pass(SOON);
    assert_eq!(view(&table, 3, id).standing, StandingHere::In);
    table.cut(links[5]);
    let _together = table.link(0, 1);
    table.pass(SOON);
    assert!(standing(&table, 1, id, 3) < Standing::Suspended);
    let _met = table.link(3, meets);
    table.pass(A_WHILE);
    assert_eq!(view(&table, 3, id).standing, StandingHere::Removed);
    for seat in [0, 1] {
        assert!(standing(&table, seat, id, 1) >= Standing::Member, "{seat}");
    }
}

#[test]
fn whoever_was_removed_sees_it_though_something_else_than_removals_decides() {
    removed_by_each_other(0);
}

#[test]
fn two_who_removed_each_other_agree_though_they_meet_nobody_else() {
    removed_by_each_other(1);
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
