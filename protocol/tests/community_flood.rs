//! Valid junk without end: it is taken from a balance of whoever sends it, and nobody else waits for that.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use bytes::Bytes;
use protocol::content::UnverifiedEntry;
use protocol::control::body::{Body, Scope};
use protocol::control::{CommunityId, OpId, Place, UnverifiedOp};
use protocol::error::PassedOver;
use protocol::identity::DeviceId;
use protocol::limits;
use protocol::link::frame::EntryBytes;
use protocol::link::{CommunityFrame, Frame, LinkId};
use protocol::local::LocalDevice;
use protocol::persist::Row;
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::turn::{Event, Input};
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{SOON, act, community_of, kick_by, name, say, text, text_channel, texts, view};

const ANA: usize = 0;
const BEN: usize = 1;
const CLEO: usize = 2;

fn passed_over(table: &Table, seat: usize, why: PassedOver) -> usize {
    let events = table.seats[seat].events.iter();
    let counted = events.filter(|event| matches!(event, Event::PassedOver(other) if *other == why));
    counted.count()
}

#[test]
fn a_flood_of_valid_words_lags_behind_its_author_and_nobody_else() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    // Ben's program writes faster than anybody reads. Cleo hears him by Ana alone.
    table.cut(links[2]);
    let most = usize::try_from(limits::ENTRIES_AT_ONCE_MAX).unwrap();
    let all = most + 400;
    for word in 0..all {
        say(&mut table, BEN, (id, channel), text("junk")).unwrap();
        if word % 500 == 499 {
            table.pass(Duration::from_secs(1)); // a link has its own limit
        }
    }
    let heard = |table: &Table, seat: usize| {
        let rows = table.seats[seat].store.rows.iter();
        let of_ben = rows.filter(|(_, row)| {
            matches!(row, Row::Message(row) if row.account == table.account(BEN) && row.conversation == channel.into())
        });
        of_ben.count()
    };
    let taken = heard(&table, ANA);
    assert!((most..all).contains(&taken), "{taken}");
    assert!(passed_over(&table, ANA, PassedOver::EntryBalance) > 0);
    assert!(passed_over(&table, CLEO, PassedOver::EntryBalance) == 0);
    say(&mut table, CLEO, (id, channel), text("still heard")).unwrap();
    table.pass(Duration::from_secs(1));
    let cleo = table.account(CLEO);
    let mut rows = table.seats[ANA].store.rows.values();
    assert!(rows.any(|row| matches!(row, Row::Message(row) if row.account == cleo)));
    // What was left comes with time, by itself.
    table.pass(limits::ENTRIES_EACH * 800);
    assert_eq!(heard(&table, ANA), all);
    assert_eq!(heard(&table, CLEO), all);
}

fn nickname(called: &str) -> Body {
    let name = Some(name(called));
    Body::Nickname { name }
}

/// Signs the next op of a device, which knows what it knows.
fn sign(local: &LocalDevice, id: CommunityId, (seq, own): (u64, OpId), at: u64) -> UnverifiedOp {
    let place = Place {
        community: id,
        author: local.account,
        seq,
        deps: vec![own].try_into().unwrap(),
        seen: Bounded::default(),
        hlc: Hlc::from_wall(Timestamp::from_millis(at)),
    };
    UnverifiedOp::sign(place, nickname("Cleopatra"), &local.signing)
}

fn bring(table: &mut Table, link: LinkId, id: CommunityId, ops: &[UnverifiedOp]) {
    for page in ops.chunks(limits::OPS_PER_FRAME_MAX) {
        let page = page.iter().map(|op| op.encode().try_into().unwrap());
        let page: Vec<_> = page.collect();
        let frame = CommunityFrame::Ops {
            community: id,
            ops: page.try_into().unwrap(),
            more: false,
        };
        let bytes = Bytes::from(Frame::Community(Box::new(frame)).encode());
        table.input(ANA, Input::Received { link, bytes });
        table.run();
    }
}

/// They may have acted before they knew; nobody acts a thousand times before they know.
#[test]
fn whoever_was_thrown_out_and_signs_on_is_taken_little_of() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    let own = act(&mut table, CLEO, id, nickname("Cleo"));
    table.pass(SOON);
    kick_by(&mut table, id, ANA, CLEO);
    table.pass(SOON);
    let count = |table: &Table| table.seats[ANA].core.control(id).unwrap().log().dag().len();
    let before = count(&table);
    let local = LocalDevice::decode(&table.seats[CLEO].identity).unwrap();
    let start = 1_700_000_000_000 + u64::try_from(table.now.as_millis()).unwrap();
    let dag = table.seats[ANA].core.control(id).unwrap().log().dag();
    let (seq, _) = dag.newest_of(&table.device(CLEO)).unwrap();
    let mut newest = (seq, own);
    let mut ops: Vec<UnverifiedOp> = Vec::new();
    for at in 0..600 {
        let op = sign(&local, id, (newest.0 + 1, newest.1), start + at);
        newest = (newest.0 + 1, op.id());
        ops.push(op);
    }
    bring(&mut table, links[1], id, &ops);
    let most = usize::try_from(limits::FORMER_OPS_AT_ONCE_MAX).unwrap();
    assert_eq!(count(&table), before + most);
    assert!(passed_over(&table, ANA, PassedOver::OpBalance) > 0);
    // No op is refused for ever, or devices would not agree any more.
    table.pass(limits::FORMER_OPS_EACH * 20);
    bring(&mut table, links[1], id, &ops[most..]);
    let later = count(&table) - before - most;
    assert!((20..=25).contains(&later), "{later}");
    assert_eq!(passed_over(&table, BEN, PassedOver::OpBalance), 0);
}

/// The devices whose entries the first page holds that a seat sends on a new link, in their order.
fn first_page(table: &mut Table, from: usize, to: usize) -> Vec<DeviceId> {
    let before = table.seats[from].frames.len();
    let link = table.link(to, from);
    table.pass(SOON);
    let pages = table.seats[from].frames[before..].iter();
    let mut pages = pages.filter_map(|frame| match Frame::decode(frame) {
        Ok(Frame::Community(frame)) => match *frame {
            CommunityFrame::Entries { entries, .. } if entries.len() > 1 => Some(entries),
            _ => None,
        },
        _ => None,
    });
    let device = |bytes: &EntryBytes| {
        let entry = UnverifiedEntry::decode(bytes).unwrap();
        entry.entry().header.log.device
    };
    let first = pages.next().unwrap().iter().map(device).collect();
    table.cut(link);
    first
}

/// Whoever was away hears something of everybody first, and not years of one.
#[test]
fn a_page_for_who_was_away_holds_words_of_all_and_the_newest_first() {
    const DAN: usize = 3;
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo", "Dan"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    // Dan goes away: links in the order in which they were made, his last.
    for link in &links[3..] {
        table.cut(*link);
    }
    for speakers in [[BEN, CLEO, ANA], [ANA, CLEO, BEN], [ANA, BEN, CLEO]] {
        for seat in speakers {
            for _word in 0..100 {
                say(&mut table, seat, (id, channel), text("word")).unwrap();
            }
            table.pass(Duration::from_secs(30));
        }
        let devices = first_page(&mut table, BEN, DAN);
        assert_eq!(devices[0], table.device(speakers[2]), "who spoke last");
        for seat in speakers {
            let count = devices.iter().filter(|one| **one == table.device(seat));
            assert!(count.count() >= 10, "{seat}");
        }
    }
    assert_eq!(texts(&table, DAN, channel).len(), 900);
}

/// With more heads than are told at once, two who know the same could not say so.
#[test]
fn so_many_heads_that_not_all_can_be_told_are_joined() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    let own = act(&mut table, CLEO, id, nickname("Cleo"));
    table.pass(SOON);
    let local = LocalDevice::decode(&table.seats[CLEO].identity).unwrap();
    let start = 1_700_000_000_000 + u64::try_from(table.now.as_millis()).unwrap();
    let dag = table.seats[ANA].core.control(id).unwrap().log().dag();
    let (seq, _) = dag.newest_of(&table.device(CLEO)).unwrap();
    // Each contradicts all others.
    let twins = (1..=100).map(|at| sign(&local, id, (seq + 1, own), start + at));
    let twins: Vec<UnverifiedOp> = twins.collect();
    table.cut(links[1]);
    let _link = table.link(CLEO, ANA);
    bring(&mut table, links[0], id, &twins);
    table.pass(Duration::from_secs(240));
    for seat in [ANA, BEN] {
        let heads = table.seats[seat]
            .core
            .control(id)
            .unwrap()
            .log()
            .dag()
            .heads();
        assert!(
            heads.len() <= limits::CONTROL_HEADS_MAX / 2,
            "{}",
            heads.len()
        );
    }
    assert_eq!(view(&table, ANA, id).state, view(&table, BEN, id).state);
}
