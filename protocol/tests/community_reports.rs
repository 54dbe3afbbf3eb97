//! Reports to moderators: whom they reach, what they prove, and what is made of those that prove nothing (§2.4.2).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

#[path = "community_reports/kept.rs"]
mod kept;
#[path = "community_reports/proof.rs"]
mod proof;

use std::time::Duration;

use protocol::community::{CommunityCommand, ReportView, Targets};
use protocol::content::ChannelEvent;
use protocol::control::body::{Body, Scope};
use protocol::control::{Bits, CommunityId, OpId, Position};
use protocol::error::Rejected;
use protocol::identity::AccountId;
use protocol::limits;
use protocol::message::{MessageId, MessageRef};
use protocol::persist::{ReportRow, Row, RowKey};
use protocol::testing::Table;
use protocol::time::Timestamp;
use protocol::turn::{Event, Reply};
use protocol::wire::Bounded;
#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, ask, community_of, history, name, private_channel, say, text, text_channel, texts,
    view,
};

/// Ana founded it, Ben moderates, Cleo complains, Dora is complained of, Eve looks on.
const NAMES: [&str; 5] = ["Ana", "Ben", "Cleo", "Dora", "Eve"];
const ANA: usize = 0;
const BEN: usize = 1;
const CLEO: usize = 2;
const DORA: usize = 3;
const EVE: usize = 4;

struct World {
    table: Table,
    id: CommunityId,
    channel: OpId,
    moderator: OpId,
}

fn world() -> World {
    let (mut table, id, _links) = community_of(&NAMES);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    let moderator = role(&mut table, id, 10, Bits::MANAGE_MESSAGES);
    let who = table.account(BEN);
    let body = Body::Assign {
        who,
        role: moderator,
    };
    act(&mut table, ANA, id, body);
    table.pass(SOON);
    World {
        table,
        id,
        channel,
        moderator,
    }
}

fn role(table: &mut Table, id: CommunityId, position: u16, bits: Bits) -> OpId {
    let role = Body::CreateRole {
        name: name("role"),
        colour: [0, 0, 0],
        position: Position(position),
        bits,
    };
    act(table, ANA, id, role)
}

impl World {
    fn say(&mut self, seat: usize, body: &str) -> MessageRef {
        let said = say(&mut self.table, seat, (self.id, self.channel), text(body));
        self.table.pass(SOON);
        said.unwrap()
    }

    fn ask(&mut self, seat: usize, messages: &[MessageRef]) -> Result<Reply, Rejected> {
        let command = complaint(self.id, self.channel, messages, None);
        let answer = ask(&mut self.table, seat, command);
        self.table.pass(SOON);
        answer
    }

    fn report(&mut self, messages: &[MessageRef]) -> MessageRef {
        match self.ask(CLEO, messages) {
            Ok(Reply::Message(report)) => report,
            other => panic!("not reported: {other:?}"),
        }
    }

    fn resolve(&mut self, seat: usize, report: MessageRef) -> Result<Reply, Rejected> {
        let community = self.id;
        let command = CommunityCommand::Resolve { community, report };
        ask(&mut self.table, seat, command)
    }

    /// What a seat shows.
    fn shown(&self, seat: usize) -> Vec<ReportView> {
        view(&self.table, seat, self.id).reports.to_vec()
    }

    /// What a seat keeps.
    fn kept(&self, seat: usize) -> Vec<ReportRow> {
        let rows = self.table.seats[seat].store.rows.values();
        rows.filter_map(|row| match row {
            Row::Report(row) => Some(row.clone()),
            _ => None,
        })
        .collect()
    }

    fn account(&self, seat: usize) -> AccountId {
        self.table.account(seat)
    }

    /// How much there is in all logs of all seats.
    fn logged(&self) -> usize {
        let rows = self
            .table
            .seats
            .iter()
            .flat_map(|seat| seat.store.rows.keys());
        rows.filter(|key| matches!(key, RowKey::Entry(..) | RowKey::Op(..)))
            .count()
    }

    /// How many things wait for anybody at a seat.
    fn waits(&self, seat: usize) -> usize {
        let keys = self.table.seats[seat].store.rows.keys();
        keys.filter(|key| matches!(key, RowKey::Outbox(..))).count()
    }

    fn link_all(&mut self, seat: usize) {
        for other in 0..self.table.seats.len() {
            if other != seat {
                self.table.link(seat, other);
            }
        }
        self.table.pass(SOON);
    }
}

fn complaint(
    community: CommunityId,
    channel: OpId,
    messages: &[MessageRef],
    key: Option<&[u8]>,
) -> CommunityCommand {
    CommunityCommand::Report {
        community,
        channel,
        messages: Targets::try_from(messages.to_vec()).unwrap(),
        reason: name("insults"),
        key: key.map(<[u8]>::to_vec),
    }
}

fn quotes(row: &ReportRow) -> Vec<Vec<&str>> {
    let messages = row.messages.iter();
    messages
        .map(|one| one.said.iter().map(|said| said.text.as_str()).collect())
        .collect()
}

#[test]
fn a_report_reaches_all_moderators_and_nobody_else() {
    let mut world = world();
    let first = world.say(DORA, "you fool");
    let other = world.say(DORA, "all of you");
    let logged = world.logged();
    let report = world.report(&[other, first]);
    for seat in [ANA, BEN] {
        let shown = world.shown(seat);
        let [ReportView { id, row }] = shown.as_slice() else {
            panic!("{seat}: {shown:?}");
        };
        assert_eq!(*id, report);
        assert_eq!(row.account, world.account(CLEO));
        assert_eq!(row.channel, world.channel);
        assert_eq!(row.reason.as_str(), "insults");
        assert_eq!(row.resolved, None);
        let author = Some(world.account(DORA));
        for one in row.messages.iter() {
            assert_eq!((one.author, one.verified), (author, true));
        }
        let mut said = quotes(row).concat();
        said.sort_unstable();
        assert_eq!(said, ["all of you", "you fool"]);
        assert_eq!(world.kept(seat), std::slice::from_ref(row));
        let told = world.table.seats[seat].events.iter();
        let told = told.filter(|event| matches!(event, Event::Report { new: true, .. }));
        assert_eq!(told.count(), 1);
    }
    for seat in [CLEO, DORA, EVE] {
        assert_eq!(world.kept(seat), [], "{seat}");
        assert_eq!(world.shown(seat), [], "{seat}");
    }
    assert_eq!(world.logged(), logged, "it is in a log");
    assert_eq!(world.waits(CLEO), 0);
}

#[test]
fn a_moderator_who_is_reported_is_not_told() {
    let mut world = world();
    let said = world.say(BEN, "I may say that");
    world.report(&[said]);
    assert_eq!(world.kept(ANA).len(), 1);
    assert_eq!(world.kept(BEN), []);
    // The other way round; and of both at once nobody could judge.
    let other = world.say(ANA, "so may I");
    world.report(&[other]);
    assert_eq!(world.kept(BEN).len(), 1);
    assert_eq!(world.kept(ANA).len(), 1);
    assert_eq!(world.ask(CLEO, &[said, other]), Err(Rejected::NoModerator));
    assert_eq!(world.waits(CLEO), 0);
}

#[test]
fn what_cannot_be_reported_is_refused() {
    let mut world = world();
    let said = world.say(DORA, "hello");
    let own = world.say(CLEO, "hello");
    assert_eq!(world.ask(CLEO, &[own]), Err(Rejected::OwnMessage));
    let unknown = MessageRef {
        id: MessageId([9; 16]),
        ..said
    };
    assert_eq!(world.ask(CLEO, &[unknown]), Err(Rejected::UnknownMessage));
    let none = world.ask(CLEO, &[]);
    assert!(matches!(none, Err(Rejected::OutOfRange { .. })), "{none:?}");
    let (id, elsewhere) = (world.id, text_channel("other", Scope::Public));
    let elsewhere = act(&mut world.table, ANA, id, elsewhere);
    world.table.pass(SOON);
    let wrong = complaint(id, elsewhere, &[said], None);
    let wrong = ask(&mut world.table, CLEO, wrong);
    assert_eq!(wrong, Err(Rejected::UnknownMessage));
    let mut silent = complaint(id, world.channel, &[said], None);
    if let CommunityCommand::Report { reason, .. } = &mut silent {
        *reason = name(" ");
    }
    let silent = ask(&mut world.table, CLEO, silent);
    assert!(matches!(silent, Err(Rejected::OutOfRange { .. })));
    assert_eq!(world.waits(CLEO), 0);
    assert_eq!(world.kept(ANA), []);
}

#[test]
fn the_same_key_again_is_the_same_report() {
    let mut world = world();
    let said = world.say(DORA, "hello");
    let mut reports = Vec::new();
    for _ in 0..2 {
        let again = complaint(world.id, world.channel, &[said], Some(b"once"));
        reports.push(ask(&mut world.table, CLEO, again).unwrap());
        world.table.pass(SOON);
    }
    assert_eq!(reports[0], reports[1]);
    assert_eq!(world.kept(ANA).len(), 1);
}

#[test]
fn a_report_outlives_a_restart_until_it_is_dealt_with_and_after() {
    let mut world = world();
    let said = world.say(DORA, "you fool");
    let report = world.report(&[said]);
    world.table.crash(ANA);
    assert_eq!(world.shown(ANA).len(), 1);
    assert_eq!(world.resolve(EVE, report), Err(Rejected::NotPermitted));
    let unknown = MessageRef {
        id: MessageId([9; 16]),
        ..report
    };
    assert_eq!(world.resolve(ANA, unknown), Err(Rejected::UnknownReport));
    assert_eq!(world.resolve(ANA, report), Ok(Reply::Message(report)));
    let resolved = world.shown(ANA)[0].row.resolved;
    assert!(resolved.is_some());
    world.table.pass(SOON);
    assert_eq!(world.resolve(ANA, report), Ok(Reply::Message(report)));
    world.table.crash(ANA);
    assert_eq!(world.shown(ANA)[0].row.resolved, resolved);
    // Whether it was dealt with is each moderator's own to know.
    assert_eq!(world.shown(BEN)[0].row.resolved, None);
}

#[test]
fn a_report_waits_for_a_moderator_who_is_away() {
    let mut world = world();
    let said = world.say(DORA, "you fool");
    world.table.crash(BEN); // his links are gone
    world.report(&[said]);
    assert_eq!(world.kept(BEN), []);
    world.table.crash(CLEO);
    world.link_all(CLEO);
    assert_eq!(world.kept(BEN).len(), 1);
    assert_eq!(world.waits(CLEO), 0);
}
