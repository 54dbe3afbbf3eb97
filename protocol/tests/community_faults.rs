//! Faults and thefts around a community: who was away, who came late, who lost a key, a profile or a device.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::control::body::{Body, Scope};
use protocol::control::{CommunityId, OpId, Standing};
use protocol::error::Rejected;
use protocol::identity::{DeviceRevoke, RevokeReason};
use protocol::link::{CommunityFrame, Frame, LinkId};
use protocol::persist::{CommunityState, Row, RowKey, Store as _};
use protocol::testing::Table;
use protocol::time::Hlc;
use protocol::turn::Command;
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, assert_alike, community_of, invite, join, name, say, standing, text, text_channel,
    texts, view,
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

/// How many entries that `holder` has can be opened with the chains that `thief` has kept, of those that `chosen` picks by
/// how things stood for their authors; and how many those are.
fn opened(
    table: &Table,
    id: CommunityId,
    (holder, thief): (usize, usize),
    chosen: impl Fn(&protocol::control::Moment<'_>) -> bool,
) -> (usize, usize) {
    let control = table.seats[holder].core.control(id).unwrap();
    let kept = &table.seats[thief].store.rows;
    let (mut tried, mut opened) = (0, 0);
    for (key, row) in &table.seats[holder].store.rows {
        let (RowKey::Entry(..), Row::Entry(row)) = (key, row) else {
            continue;
        };
        let entry = protocol::content::UnverifiedEntry::decode(&row.bytes).unwrap();
        let header = entry.entry().header.clone();
        if !chosen(&control.log().at(&header.heads).unwrap()) {
            continue;
        }
        tried += 1;
        let key = control.key(&header.log.device).unwrap();
        let verified = entry.verify(key).unwrap();
        let chain = RowKey::Chain(id, header.log.device, header.chain);
        if let Some(Row::Chain(chain)) = kept.get(&chain) {
            opened += usize::from(verified.open_key(&chain.record).is_ok());
        }
    }
    (opened, tried)
}

/// A2: offline over three rotations, no server anywhere.
#[test]
fn returns_after_rotation() {
    let names = ["Ana", "Ben", "Cleo", "Dan", "Eve", "Fay"];
    let (mut table, id, channel, _) = with_channel(&names);
    table.crash(1); // away: its links are gone with it
    for whom in [3, 4, 5] {
        let removal = kick(&table, whom);
        act(&mut table, 0, id, removal);
        say(&mut table, 0, (id, channel), text(&format!("after {whom}"))).unwrap();
        say(&mut table, 2, (id, channel), text(&format!("yes, {whom}"))).unwrap();
        table.pass(SOON);
    }
    let before = table.now;
    let _link = table.link(1, 0);
    let _link = table.link(1, 2);
    table.pass(Duration::from_secs(10));
    assert_eq!(texts(&table, 1, channel).len(), 6);
    say(&mut table, 1, (id, channel), text("back")).unwrap();
    table.pass(SOON);
    assert!(table.now - before <= Duration::from_secs(15));
    for seat in 0..3 {
        assert_eq!(texts(&table, seat, channel).last().unwrap(), "back");
    }
    assert_alike(&table, id, &[0, 1, 2]);
}

/// T28: whoever comes in, with everything that was ever sent, opens nothing of before.
#[test]
fn no_backread() {
    let (mut table, id, channel, _) = with_channel(&["Ana", "Ben"]);
    for n in 0..5 {
        say(
            &mut table,
            n % 2,
            (id, channel),
            text(&format!("before {n}")),
        )
        .unwrap();
    }
    table.pass(SOON);
    let made = invite(&mut table, 0, id, 1);
    let _words = table.sit("Cleo", protocol::core::Config::default());
    let _link = table.link(2, 0);
    let _link = table.link(2, 1);
    join(&mut table, 2, 0, id, made);
    table.pass(SOON);
    for seat in 0..2 {
        say(&mut table, seat, (id, channel), text("after")).unwrap();
    }
    table.pass(SOON);
    let joiner = table.account(2);
    let outside =
        |moment: &protocol::control::Moment<'_>| moment.standing(&joiner) < Standing::Member;
    assert_eq!(opened(&table, id, (0, 2), outside), (0, 5));
    assert_eq!(texts(&table, 2, channel), ["after", "after"]);
}

/// T24: a device that its account took back reads nothing that is said once that is known.
#[test]
fn revoked_device() {
    let mut table = Table::new(&["Ana"]);
    let words = table.sit("Ben", protocol::core::Config::default());
    let _words = table.sit("Cleo", protocol::core::Config::default());
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let _link = table.link(one, other);
    }
    table.befriend(0, 1);
    let id = table::found(&mut table, 0);
    let made = invite(&mut table, 0, id, 2);
    for seat in [1, 2] {
        join(&mut table, seat, 0, id, made);
        table.pass(SOON);
    }
    let channel = act(&mut table, 0, id, text_channel("général", Scope::Public));
    for seat in 0..3 {
        table.pass(SOON);
        say(&mut table, seat, (id, channel), text("before")).unwrap();
    }
    table.pass(SOON);
    let (account, device) = (table.account(1), table.device(1));
    let key = words.account_key();
    let at = Hlc::from_bits(u64::MAX / 4);
    let revoke = DeviceRevoke::issue(&key, device, RevokeReason::LOST, at);
    // Its account tells a contact, by another device: here, as the bundle that comes.
    let bundle = table.seats[1].core.local().bundle.clone();
    let bundle = bundle.with_revoke(revoke).unwrap().to_unverified();
    let frame = Frame::Bundle { bundle };
    table.receive_from(0, 1, &frame);
    table.pass(SOON);
    let devices = |seat: usize| {
        let members = view(&table, seat, id).members;
        let member = members.iter().find(|one| one.account == account).cloned();
        member.unwrap().devices
    };
    assert_eq!(devices(0), []);
    assert_eq!(devices(2), []);
    for seat in [0, 2] {
        say(&mut table, seat, (id, channel), text("after")).unwrap();
    }
    table.pass(SOON);
    let revoked = |moment: &protocol::control::Moment<'_>| moment.devices(&account).is_empty();
    assert_eq!(opened(&table, id, (0, 1), revoked), (0, 2));
}

/// F8: an old backup is put back. The device writes nothing before it has compared, then in a log of its own; nobody sees a fork.
#[test]
fn restore_backup() {
    let (mut table, id, channel, _) = with_channel(&["Ana", "Ben"]);
    say(&mut table, 0, (id, channel), text("one")).unwrap();
    table.pass(SOON);
    let backup = table.seats[0].store.clone();
    say(&mut table, 0, (id, channel), text("two")).unwrap();
    act(&mut table, 0, id, text_channel("deux", Scope::Public));
    table.pass(SOON);
    table.put_back(0, backup);
    let answer = say(&mut table, 0, (id, channel), text("too soon"));
    assert_eq!(answer, Err(Rejected::Comparing));
    let _link = table.link(0, 1);
    table.pass(Duration::from_secs(30));
    let row = &table.seats[0].store.rows[&RowKey::Community(id)];
    let Row::Community(row) = row else { panic!() };
    assert_eq!(row.state, CommunityState::In { compares: false });
    say(&mut table, 0, (id, channel), text("three")).unwrap();
    table.pass(Duration::from_secs(30));
    for seat in 0..2 {
        let said = texts(&table, seat, channel);
        assert_eq!(said, ["one", "two", "three"], "{seat}");
    }
    assert_alike(&table, id, &[0, 1]);
    assert_eq!(view(&table, 0, id).channels.len(), 2);
}

/// F8, with a log whose beginning nobody in reach has: others wait for it for a day. Whoever has all that they have does not.
#[test]
fn restored_with_what_nobody_else_can_take() {
    let (mut table, id, channel, links) = with_channel(&["Ana", "Ben", "Dora"]);
    let made = invite(&mut table, 1, id, 1);
    table.pass(SOON);
    table.cut(links[0]); // Ben - Ana
    table.cut(links[1]); // Dora - Ana
    say(&mut table, 2, (id, channel), text("before Ed came")).unwrap();
    table.pass(SOON);
    let _words = table.sit("Ed", protocol::core::Config::default());
    let near = [table.link(3, 1), table.link(3, 2)];
    join(&mut table, 3, 1, id, made);
    table.pass(SOON);
    say(&mut table, 2, (id, channel), text("to Ed")).unwrap();
    table.pass(SOON);
    assert_eq!(texts(&table, 3, channel), ["to Ed"]);
    for link in near {
        table.cut(link);
    }
    let backup = table.seats[3].store.clone();
    table.put_back(3, backup);
    let _link = table.link(3, 0);
    table.pass(Duration::from_secs(30));
    assert_eq!(texts(&table, 0, channel), [""; 0]);
    say(&mut table, 3, (id, channel), text("here I am")).unwrap();
    table.pass(SOON);
    assert_eq!(texts(&table, 0, channel), ["here I am"]);
}

/// F8, where of somebody's words, or of their own, only the later ones are to be had: they are asked for, for a minute, and not waited
/// for longer.
#[test]
fn restored_beside_one_who_came_in_later() {
    for speaker in [2, 0] {
        let (mut table, id, channel, links) = with_channel(&["Ana", "Ben", "Dora"]);
        let made = invite(&mut table, 1, id, 1);
        say(&mut table, speaker, (id, channel), text("one")).unwrap();
        table.pass(SOON);
        let backup = table.seats[0].store.clone();
        say(&mut table, speaker, (id, channel), text("before Ed came")).unwrap();
        table.pass(SOON);
        let _words = table.sit("Ed", protocol::core::Config::default());
        let near: Vec<_> = (0..3).map(|seat| table.link(3, seat)).collect();
        join(&mut table, 3, 1, id, made);
        table.pass(SOON);
        say(&mut table, speaker, (id, channel), text("to Ed")).unwrap();
        table.pass(SOON);
        assert_eq!(texts(&table, 3, channel), ["to Ed"]);
        for link in links.into_iter().chain(near) {
            table.cut(link);
        }
        table.put_back(0, backup);
        let _link = table.link(0, 3);
        table.pass(Duration::from_secs(30));
        let answer = say(&mut table, 0, (id, channel), text("too soon"));
        assert_eq!(answer, Err(Rejected::Comparing), "{speaker}");
        table.pass(Duration::from_secs(150));
        say(&mut table, 0, (id, channel), text("here I am")).unwrap();
        table.pass(SOON);
        let said = texts(&table, 3, channel);
        assert_eq!(said, ["to Ed", "here I am"], "{speaker}");
    }
}

/// F8: whoever knows less than the backup says nothing of what is missing in it.
#[test]
fn restored_beside_one_who_knows_less() {
    let (mut table, id, channel, links) = with_channel(&["Ana", "Ben", "Cleo"]);
    table.cut(links[1]); // Cleo - Ana
    table.cut(links[2]); // Cleo - Ben
    say(&mut table, 0, (id, channel), text("one")).unwrap();
    table.pass(SOON);
    let backup = table.seats[1].store.clone();
    table.put_back(1, backup);
    table.lossy = Some(|from, _, bytes| {
        let entries = match Frame::decode(bytes) {
            Ok(Frame::Community(frame)) => matches!(*frame, CommunityFrame::Entries { .. }),
            _ => false,
        };
        !(entries && from == 1)
    });
    let _link = table.link(1, 2);
    table.pass(Duration::from_secs(60));
    let answer = say(&mut table, 1, (id, channel), text("too soon"));
    assert_eq!(answer, Err(Rejected::Comparing));
    table.lossy = None;
    table.pass(Duration::from_secs(60));
    say(&mut table, 1, (id, channel), text("two")).unwrap();
    table.pass(SOON);
    assert_eq!(texts(&table, 2, channel), ["one", "two"]);
}

/// F8: the same backup twice is two logs, or the second would say something else where the first spoke.
#[test]
fn each_restore_writes_in_a_log_of_its_own() {
    let (table, id, _, _) = with_channel(&["Ana", "Ben"]);
    let rows = table.seats[1].store.snapshot().unwrap();
    let log = |drawn| {
        let row = rows
            .new_incarnation(drawn)
            .writes
            .get(&RowKey::Community(id))
            .cloned();
        match row {
            Some(Some(Row::Community(row))) => row.incarnation,
            other => panic!("{other:?}"),
        }
    };
    let Row::Community(before) = &rows.rows[&RowKey::Community(id)] else {
        panic!()
    };
    let (one, other) = (log(0), log(1 << 40));
    assert!(one != other && one != before.incarnation && other != before.incarnation);
}

/// Messages of one chain, all that it carries.
const WITHOUT_A_CHAIN: usize = protocol::limits::SENDER_CHAIN_MESSAGES_MAX as usize;

/// F23: the sender chain is lost on the way, over and over; what it seals, a thousand messages, is kept closed until it comes.
#[test]
fn skdm_late() {
    let (mut table, id, channel, _) = with_channel(&["Ana", "Ben"]);
    table.lossy = Some(|from, to, bytes| {
        let sealed = matches!(Frame::decode(bytes), Ok(Frame::Sealed { .. }));
        !(sealed && from == 0 && to == 1)
    });
    for n in 0..WITHOUT_A_CHAIN {
        say(&mut table, 0, (id, channel), text(&format!("{n}"))).unwrap();
        table.pass(Duration::from_millis(20));
    }
    table.pass(SOON);
    assert_eq!(texts(&table, 1, channel).len(), 0);
    let held = |table: &Table| {
        let keys = table.seats[1].store.rows.keys();
        keys.filter(|key| matches!(key, RowKey::Held(..))).count()
    };
    assert_eq!(held(&table), WITHOUT_A_CHAIN);
    table.lossy = None;
    table.pass(Duration::from_secs(120));
    assert_eq!(texts(&table, 1, channel).len(), WITHOUT_A_CHAIN);
    assert_eq!(held(&table), 0);
    let _command: fn(protocol::community::CommunityCommand) -> Command = Command::Community;
    assert_eq!(standing(&table, 0, id, 1), Standing::Member);
}
