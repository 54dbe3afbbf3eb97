//! A device that shows one half of a community one log and the other half another: both come to show the same (T19).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use bytes::Bytes;
use protocol::content::{self, Audience, ChannelEvent, ContentMessage, EntryId, EntryPlace};
use protocol::control::body::{Body, LogId, Scope};
use protocol::control::{CommunityId, OpId};
use protocol::crypto::{Hash32, Rng};
use protocol::group::{self, ChainId, ChainRecord};
use protocol::limits::ENTRIES_PER_FRAME_MAX;
use protocol::link::{CommunityFrame, Frame, LinkId};
use protocol::local::LocalDevice;
use protocol::message::MessageId;
use protocol::persist::{Row, RowKey};
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::turn::Input;
use protocol::wire::Bounded;
#[path = "community/table.rs"]
mod table;
use table::{SOON, act, assert_alike, community_of, history, say, text, text_channel, texts, view};

const MALLORY: usize = 3;

/// Mallory's log, written on by hand.
struct Pen {
    local: LocalDevice,
    community: CommunityId,
    channel: OpId,
    heads: Vec<OpId>,
    epoch: OpId,
    log: LogId,
    next: u64,
    head: EntryId,
    chain: ChainId,
    record: ChainRecord,
    at: u64,
}

impl Pen {
    /// Goes on where Mallory's device stands.
    fn of(table: &Table, community: CommunityId, channel: OpId) -> Self {
        let seat = &table.seats[MALLORY];
        let local = LocalDevice::decode(&seat.identity).unwrap();
        let rows = seat.store.rows.iter();
        let (mut end, mut sending) = (None, None);
        for (key, row) in rows {
            match (key, row) {
                (RowKey::Log(_, log), Row::Log(row)) if log.device == local.device => {
                    end = Some((*log, *row));
                }
                (RowKey::Sending(_, Audience::Community), Row::Sending(row)) => {
                    sending = Some(row.clone());
                }
                _ => {}
            }
        }
        let (log, end) = end.unwrap();
        let sending = sending.unwrap();
        let bytes = seat
            .store
            .rows
            .iter()
            .find_map(|(key, row)| match (key, row) {
                (RowKey::Entry(_, of, seq), Row::Entry(row))
                    if *of == log && *seq + 1 == end.next =>
                {
                    Some(row.bytes.clone())
                }
                _ => None,
            });
        let last = content::UnverifiedEntry::decode(&bytes.unwrap()).unwrap();
        Self {
            local,
            community,
            channel,
            heads: last.entry().header.heads.to_vec(),
            epoch: last.entry().header.epoch,
            log,
            next: end.next,
            head: end.head,
            chain: sending.chain,
            record: sending.record,
            at: 1_700_000_000_000 + u64::try_from(table.now.as_millis()).unwrap(),
        }
    }

    fn write(&mut self, event: ChannelEvent, tint: u8) -> Vec<u8> {
        self.at += 1;
        let place = EntryPlace {
            community: self.community,
            log: self.log,
            seq: self.next,
            prev: Some(self.head),
            hlc: Hlc::from_wall(Timestamp::from_millis(self.at)),
            heads: self.heads.clone().try_into().unwrap(),
            audience: Audience::Community,
            epoch: self.epoch,
            lives: None,
        };
        let mut id = [tint; 16];
        id[..8].copy_from_slice(&self.next.to_le_bytes());
        let message = ContentMessage {
            id: MessageId(id),
            channel: self.channel,
            seen: Bounded::default(),
            event,
        };
        let at = group::position(self.chain, &self.record).unwrap();
        let mut rng = Rng::from_seed([tint; 32]);
        let sealed = content::seal(
            place,
            at,
            &self.record,
            &message,
            &self.local.signing,
            &mut rng,
        );
        let sealed = sealed.unwrap();
        (self.next, self.head) = (self.next + 1, sealed.entry.id());
        self.record = sealed.record;
        sealed.entry.encode()
    }
}

fn show(table: &mut Table, seat: usize, link: LinkId, id: CommunityId, all: &[Vec<u8>]) {
    for page in all.chunks(40) {
        let page = page.iter().map(|one| one.clone().try_into().unwrap());
        let page: Vec<_> = page.collect();
        let frame = CommunityFrame::Entries {
            community: id,
            entries: page.try_into().unwrap(),
            more: false,
        };
        let bytes = Bytes::from(Frame::Community(Box::new(frame)).encode());
        table.input(seat, Input::Received { link, bytes });
        table.run();
    }
}

fn proofs(table: &Table, seat: usize, id: CommunityId) -> usize {
    let audit = view(table, seat, id).audit;
    let shown = audit.iter();
    shown
        .filter(|entry| matches!(entry.body, Body::ForkedLog { .. }))
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
        let mut pen = Pen::of(&table, id, channel);
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

#[test]
fn a_proof_of_one_entry_twice_or_of_two_places_is_none() {
    let (mut table, id, _links) = community_of(&["Ana", "Ben", "Cleo", "Mallory"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    say(&mut table, MALLORY, (id, channel), text("hello")).unwrap();
    table.pass(SOON);
    let mut pen = Pen::of(&table, id, channel);
    let mut other = Pen::of(&table, id, channel);
    let signed = |bytes: &[u8]| {
        let entry = content::UnverifiedEntry::decode(bytes).unwrap();
        let key = pen_key(&table);
        Box::new(entry.verify(&key).unwrap().signed())
    };
    let first = signed(&pen.write(text("one"), 1));
    let second = signed(&pen.write(text("two"), 1));
    let rival = signed(&other.write(text("other"), 2));
    let mut forged = rival.clone();
    forged.key_hash = Hash32([7; 32]);
    let (low, high) = match first.id() < rival.id() {
        true => (first.clone(), rival.clone()),
        false => (rival.clone(), first.clone()),
    };
    let refused = |one: &content::SignedEntry, other: &content::SignedEntry| {
        let mut control = table.seats[0].core.control(id).unwrap().clone();
        let body = Body::ForkedLog {
            one: Box::new(one.clone()),
            other: Box::new(other.clone()),
        };
        let local = LocalDevice::decode(&table.seats[0].identity).unwrap();
        let newest = control.log().dag().newest_of(&local.device).unwrap();
        let place = protocol::control::Place {
            community: id,
            author: local.account,
            seq: newest.0 + 1,
            deps: vec![newest.1].try_into().unwrap(),
            seen: Bounded::default(),
            hlc: Hlc::from_wall(Timestamp::from_millis(1_800_000_000_000)),
        };
        let op = protocol::control::UnverifiedOp::sign(place, body, &local.signing);
        control.offer(&op.encode()).is_err()
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
