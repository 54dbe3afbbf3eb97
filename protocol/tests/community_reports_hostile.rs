//! Reports that no honest device sends: altered, made up, to whom they should not go, from whom they should not come.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::content::{EntryFault, EntryKey, UnverifiedEntry};
use protocol::control::body::{Body, Scope};
use protocol::control::{CommunityId, OpId};
use protocol::crypto::Hash32;
use protocol::error::Misbehaved;
use protocol::message::{
    CommunityMessage, Content, Evidence, KeyMessage, MessageId, MessageRef, Report, Reported,
};
use protocol::persist::{OutboxRow, PeerRow, ReportRow, Row, RowKey};
use protocol::testing::Table;
use protocol::turn::Event;
use protocol::wire::{self, Blob, Bounded};
#[path = "community/table.rs"]
mod table;
use table::{SOON, act, community_of, name, say, text, text_channel};

/// Ana moderates, Mallory reports, Dora is whom it is about, Eve has nothing to do with it.
const ANA: usize = 0;
const MALLORY: usize = 1;
const DORA: usize = 2;
const EVE: usize = 3;

struct World {
    table: Table,
    id: CommunityId,
    channel: OpId,
    said: Vec<MessageRef>,
    forged: u8,
}

fn world() -> World {
    let (mut table, id, _links) = community_of(&["Ana", "Mallory", "Dora", "Eve"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    let mut said = Vec::new();
    for body in ["kind words", "more of them"] {
        said.push(say(&mut table, DORA, (id, channel), text(body)).unwrap());
        table.pass(SOON);
    }
    World {
        table,
        id,
        channel,
        said,
        forged: 0,
    }
}

impl World {
    /// Entry and key of the n-th thing that somebody said, as Mallory has them.
    fn entry(&self, seat: usize, n: u64) -> (UnverifiedEntry, EntryKey) {
        let device = self.table.device(seat);
        let rows = self.table.seats[MALLORY].store.rows.iter();
        let mut found = rows.filter_map(|(key, row)| match (key, row) {
            (RowKey::Entry(_, log, seq), Row::Entry(row)) if log.device == device && *seq == n => {
                let entry = UnverifiedEntry::decode(&row.bytes).unwrap();
                Some((entry, EntryKey::from_bytes(row.key.unwrap())))
            }
            _ => None,
        });
        found.next().unwrap()
    }

    /// What an honest device would say of the first thing that Dora said.
    fn report(&self) -> Report {
        let (entry, key) = self.entry(DORA, 0);
        self.report_with(entry.entry().encode(), key)
    }

    fn report_with(&self, entry: Vec<u8>, key: EntryKey) -> Report {
        let entry = Blob::try_from(entry).unwrap();
        let evidence = vec![Evidence::Whole { entry, key }];
        let control = self.table.seats[MALLORY].core.control(self.id).unwrap();
        Report {
            heads: control.log().dag().heads().try_into().unwrap(),
            channel: self.channel,
            reason: name("vile words"),
            messages: Bounded::try_from(vec![Reported {
                message: self.said[0],
                evidence: evidence.try_into().unwrap(),
            }])
            .unwrap(),
        }
    }

    /// Has a device send a report that it would not send by itself. Answers whether it was acknowledged, and the faults that
    /// the receiver saw.
    fn forge(&mut self, from: usize, to: usize, report: Report) -> (bool, Vec<Misbehaved>) {
        let (device, account) = (self.table.device(to), self.table.account(to));
        self.forged += 1;
        let id = MessageId([self.forged; 16]);
        let content = Content::Community(CommunityMessage {
            id,
            community: self.id,
            key: KeyMessage::Report(Box::new(report)),
        });
        let rows = &mut self.table.seats[from].store.rows;
        let peer = match rows.get(&RowKey::Peer(device)) {
            Some(Row::Peer(row)) => row.clone(),
            _ => PeerRow {
                account,
                next_order: 0,
                session_number: 0,
            },
        };
        let order = RowKey::Outbox(device, peer.next_order);
        let next = PeerRow {
            next_order: peer.next_order + 1,
            ..peer
        };
        rows.insert(RowKey::Peer(device), Row::Peer(next));
        let row = OutboxRow {
            id,
            conversation: None,
            content: Blob::try_from(wire::encode(&content)).unwrap(),
            sealed: None,
        };
        rows.insert(order, Row::Outbox(row));
        let before = self.table.seats[to].events.len();
        self.table.crash(from);
        self.table.link(from, to);
        self.table.pass(Duration::from_secs(10));
        let acknowledged = !self.table.seats[from].store.rows.contains_key(&order);
        // It does not come again in what follows.
        self.table.seats[from].store.rows.remove(&order);
        let events = self.table.seats[to].events[before..].iter();
        let faults = events.filter_map(|event| match event {
            Event::Misbehaved { fault, .. } => Some(fault.clone()),
            _ => None,
        });
        (acknowledged, faults.collect())
    }

    fn kept(&self, seat: usize) -> Vec<ReportRow> {
        let rows = self.table.seats[seat].store.rows.values();
        rows.filter_map(|row| match row {
            Row::Report(row) => Some(row.clone()),
            _ => None,
        })
        .collect()
    }

    /// A report that is refused as its sender's fault.
    fn refused(&mut self, what: &str, from: usize, to: usize, report: Report) -> Misbehaved {
        let (acknowledged, faults) = self.forge(from, to, report);
        assert!(!acknowledged, "{what}");
        assert_eq!(self.kept(to), [], "{what}");
        faults
            .first()
            .cloned()
            .unwrap_or_else(|| panic!("{what}: nobody's fault"))
    }
}

const NOT_ALLOWED: Misbehaved = Misbehaved::NotAllowed { frame: "report" };

#[test]
fn what_is_altered_is_refused_and_is_its_reporters_fault() {
    let mut world = world();
    let (first, key) = world.entry(DORA, 0);
    let (other, other_key) = world.entry(DORA, 1);
    let whole =
        |world: &World, entry: Vec<u8>, key: &EntryKey| world.report_with(entry, key.clone());

    let report = whole(&world, first.entry().encode(), &other_key);
    let fault = world.refused("another key", MALLORY, ANA, report);
    assert_eq!(fault, Misbehaved::Entry(EntryFault::Commitment));

    let mut content = first.entry().clone();
    let mut bytes = content.content.to_vec();
    bytes[3] ^= 1;
    content.content = bytes.try_into().unwrap();
    let report = whole(&world, content.encode(), &key);
    let fault = world.refused("another text", MALLORY, ANA, report);
    assert_eq!(fault, Misbehaved::Entry(EntryFault::ContentHash));

    let mut header = first.entry().clone();
    header.header.lives = Some(1);
    let report = whole(&world, header.encode(), &key);
    let fault = world.refused("another header", MALLORY, ANA, report);
    // The sealed key says what header it was sealed with, but only to whoever opens it: the signature is what counts.
    assert_eq!(fault, Misbehaved::Entry(EntryFault::Signature));

    let report = whole(&world, other.entry().encode(), &other_key);
    let fault = world.refused("another message", MALLORY, ANA, report);
    assert_eq!(fault, NOT_ALLOWED);

    let mut report = world.report();
    report.channel = world.id.founding();
    let fault = world.refused("another channel", MALLORY, ANA, report);
    assert_eq!(fault, NOT_ALLOWED);

    let (acknowledged, faults) = world.forge(MALLORY, ANA, world.report());
    assert_eq!((acknowledged, faults), (true, vec![]));
    assert_eq!(world.kept(ANA).len(), 1);
}

/// Whoever makes something up has nothing to show for it: it is kept as their word, under their name.
#[test]
fn what_nobody_said_is_its_reporters_word() {
    let mut world = world();
    let mut report = world.report();
    let message = MessageRef {
        id: MessageId([7; 16]),
        ..world.said[0]
    };
    let evidence = Bounded::default();
    report.messages = Bounded::try_from(vec![Reported { message, evidence }]).unwrap();
    let (acknowledged, _) = world.forge(MALLORY, ANA, report);
    assert!(acknowledged);
    let kept = world.kept(ANA);
    assert_eq!(kept[0].account, world.table.account(MALLORY));
    assert!(!kept[0].messages[0].verified);
    assert!(kept[0].messages[0].said.is_empty());
}

#[test]
fn a_report_to_whom_it_should_not_go_is_a_fault() {
    let mut world = world();
    let report = world.report();
    let fault = world.refused("no moderator", MALLORY, EVE, report);
    assert_eq!(fault, NOT_ALLOWED);
    // Nor does anybody tell a moderator of themselves.
    let own = say(
        &mut world.table,
        ANA,
        (world.id, world.channel),
        text("my words"),
    )
    .unwrap();
    world.table.pass(SOON);
    let mut report = world.report();
    let (message, evidence) = (own, Bounded::default());
    report.messages = Bounded::try_from(vec![Reported { message, evidence }]).unwrap();
    let fault = world.refused("of herself", MALLORY, ANA, report);
    assert_eq!(fault, NOT_ALLOWED);
    let mut report = world.report();
    report.messages = Bounded::default();
    let fault = world.refused("of nothing", MALLORY, ANA, report);
    assert_eq!(fault, NOT_ALLOWED);
    let mut report = world.report();
    report.heads = Bounded::default();
    let fault = world.refused("by nothing", MALLORY, ANA, report);
    assert_eq!(fault, NOT_ALLOWED);
    // By what she names she was no member yet.
    let mut report = world.report();
    report.heads = Bounded::try_from(vec![world.id.founding()]).unwrap();
    let fault = world.refused("from a stranger", MALLORY, ANA, report);
    assert_eq!(fault, NOT_ALLOWED);
}

/// By what its sender says to know it may be right: it is not counted, not kept, and comes again.
#[test]
fn a_report_by_what_is_not_here_waits_for_it() {
    let mut world = world();
    let mut report = world.report();
    report.heads = Bounded::try_from(vec![OpId(Hash32([3; 32]))]).unwrap();
    let (acknowledged, faults) = world.forge(MALLORY, ANA, report);
    assert!(!acknowledged);
    assert_eq!(faults, []);
    assert_eq!(world.kept(ANA), []);
}

/// By heads of before, whoever was removed could still report; who knows of the removal keeps nothing.
#[test]
fn whoever_was_removed_reports_nothing() {
    let mut world = world();
    let report = world.report();
    let removal = Body::Kick {
        who: world.table.account(MALLORY),
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    };
    let id = world.id;
    // Two are removed by one: whom the moderator knows as a contact is heard whatever communities they share.
    world.table.befriend(MALLORY, ANA);
    act(&mut world.table, ANA, id, removal);
    world.table.pass(SOON);
    let (_, faults) = world.forge(MALLORY, ANA, report);
    assert_eq!(faults, []);
    assert_eq!(world.kept(ANA), []);
}
