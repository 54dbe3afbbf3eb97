//! Reports to moderators: whom they reach, what they prove, and what is made of those that prove nothing (§2.4.2).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

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
    assert_eq!(world.ask(CLEO, &[own]), Err(Rejected::Oneself));
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

#[test]
fn a_flood_of_reports_is_bounded() {
    let mut world = world();
    let said = world.say(DORA, "hello");
    for _ in 0..limits::REPORTS_OPEN_PER_ACCOUNT_MAX + 3 {
        world.report(&[said]);
    }
    assert_eq!(world.kept(ANA).len(), limits::REPORTS_OPEN_PER_ACCOUNT_MAX);
    assert_eq!(view(&world.table, ANA, world.id).reports_dropped, 3);
    assert_eq!(world.waits(CLEO), 0, "what is dropped comes again for ever");
    // Others are heard all the same, and so is she once something was dealt with.
    assert!(world.ask(EVE, &[said]).is_ok());
    let shown = world.shown(ANA);
    assert_eq!(shown.len(), limits::REPORTS_OPEN_PER_ACCOUNT_MAX + 1);
    let of_cleo = shown
        .iter()
        .find(|one| one.row.account == world.account(CLEO));
    world.resolve(ANA, of_cleo.unwrap().id).unwrap();
    world.report(&[said]);
    assert_eq!(
        world.kept(ANA).len(),
        limits::REPORTS_OPEN_PER_ACCOUNT_MAX + 2
    );
}

#[test]
fn a_community_has_room_for_so_many_and_what_is_dealt_with_goes_first() {
    let mut world = world();
    let said = world.say(DORA, "hello");
    let (id, channel) = (world.id, world.channel);
    let row = |n: usize, resolved: Option<u64>| ReportRow {
        account: AccountId([u8::try_from(n / 20 + 1).unwrap(); 32]),
        received: Timestamp::from_millis(1),
        channel,
        reason: name("old"),
        messages: Bounded::default(),
        resolved: resolved.map(Timestamp::from_millis),
    };
    let key = |n: usize| {
        let report = MessageRef {
            id: MessageId([u8::try_from(n).unwrap(); 16]),
            ..said
        };
        RowKey::Report(id, report)
    };
    let mut rows = std::mem::take(&mut world.table.seats[ANA].store.rows);
    for n in 0..limits::REPORTS_MAX {
        rows.insert(key(n), Row::Report(row(n, None)));
    }
    let (newer, older) = (key(7), key(8));
    world.table.seats[ANA].store.rows = rows;
    world.table.crash(ANA);
    world.link_all(ANA);
    world.report(&[said]);
    assert_eq!(world.kept(ANA).len(), limits::REPORTS_MAX);
    assert_eq!(view(&world.table, ANA, world.id).reports_dropped, 1);
    let done = [(newer, row(7, Some(20))), (older, row(8, Some(10)))];
    for (key, row) in done {
        world.table.seats[ANA]
            .store
            .rows
            .insert(key, Row::Report(row));
    }
    world.table.crash(ANA);
    world.link_all(ANA);
    world.report(&[said]);
    let rows = &world.table.seats[ANA].store.rows;
    assert!(rows.contains_key(&newer) && !rows.contains_key(&older));
    assert_eq!(world.kept(ANA).len(), limits::REPORTS_MAX);
    let of_cleo = world.shown(ANA);
    assert_eq!(of_cleo[0].row.account, world.account(CLEO));
}

/// Ben is no moderator any more, and knows it; she who complains is out of reach of whoever could tell her.
#[test]
fn whoever_lost_the_permission_before_it_came_does_not_keep_it() {
    let mut world = world();
    let said = world.say(DORA, "you fool");
    world.table.crash(CLEO);
    let (id, who, role) = (world.id, world.account(BEN), world.moderator);
    act(&mut world.table, ANA, id, Body::Unassign { who, role });
    world.table.pass(SOON);
    world.report(&[said]);
    assert_eq!(world.waits(CLEO), 2);
    // Nothing but sealed messages gets through to her: what she does not know cannot make her take it back.
    world.table.lossy = Some(|from, to, bytes| {
        let frame = protocol::link::Frame::decode(bytes).unwrap();
        (from, to) != (BEN, CLEO) || !matches!(frame, protocol::link::Frame::Community(_))
    });
    world.table.link(CLEO, BEN);
    world.table.pass(SOON);
    assert_eq!(world.kept(BEN), []);
    assert_eq!(world.waits(CLEO), 1, "only what is for Ana waits");
    world.table.lossy = None;
    world.table.link(CLEO, ANA);
    world.table.pass(SOON);
    assert_eq!(world.kept(ANA).len(), 1);
}

#[test]
fn what_waits_for_a_moderator_who_is_none_any_more_is_taken_back() {
    let mut world = world();
    let said = world.say(DORA, "you fool");
    world.table.crash(BEN);
    world.report(&[said]);
    assert_eq!(world.waits(CLEO), 1);
    let (id, who, role) = (world.id, world.account(BEN), world.moderator);
    act(&mut world.table, ANA, id, Body::Unassign { who, role });
    world.table.pass(SOON);
    assert_eq!(world.waits(CLEO), 0);
    world.link_all(BEN);
    assert_eq!(world.kept(BEN), []);
    assert_eq!(world.kept(ANA).len(), 1);
}

/// What was reported is shown while one moderates, and not after.
#[test]
fn who_moderates_no_more_sees_no_reports() {
    let mut world = world();
    let said = world.say(DORA, "you fool");
    let report = world.report(&[said]);
    assert_eq!(world.shown(BEN).len(), 1);
    let (id, who, role) = (world.id, world.account(BEN), world.moderator);
    act(&mut world.table, ANA, id, Body::Unassign { who, role });
    world.table.pass(SOON);
    assert_eq!(world.shown(BEN), []);
    assert_eq!(world.resolve(BEN, report), Err(Rejected::NotPermitted));
}

/// A private channel of Cleo's and Dora's, which the moderator cannot see.
fn behind_doors() -> World {
    let mut world = world();
    let id = world.id;
    let inner = role(&mut world.table, id, 1, Bits::NONE);
    for seat in [CLEO, DORA] {
        let who = world.account(seat);
        act(&mut world.table, ANA, id, Body::Assign { who, role: inner });
    }
    let private = private_channel("inner", id, inner);
    world.channel = act(&mut world.table, ANA, id, private);
    world.table.pass(SOON);
    world
}

#[test]
fn a_moderator_verifies_what_they_cannot_see() {
    let mut world = behind_doors();
    let said = world.say(DORA, "you fool");
    let changed = ChannelEvent::Edit {
        target: said,
        body: name("you great fool"),
    };
    say(&mut world.table, DORA, (world.id, world.channel), changed).unwrap();
    world.table.pass(SOON);
    world.report(&[said]);
    assert_eq!(texts(&world.table, BEN, world.channel).len(), 0);
    let kept = world.kept(BEN);
    assert_eq!(quotes(&kept[0]), [["you fool", "you great fool"]]);
    assert!(kept[0].messages[0].verified);
}

#[test]
fn taking_it_back_is_no_way_out() {
    let mut world = behind_doors();
    let said = world.say(DORA, "you fool");
    let target = said;
    let back = ChannelEvent::Delete { target };
    say(&mut world.table, DORA, (world.id, world.channel), back).unwrap();
    world.table.pass(SOON);
    assert_eq!(texts(&world.table, CLEO, world.channel), ["(deleted)"]);
    world.report(&[said]);
    let kept = world.kept(BEN);
    assert_eq!(quotes(&kept[0]), [["you fool"]]);
    assert!(kept[0].messages[0].verified);
}

/// Two long messages do not fit: the second is named, for whoever has its entry.
#[test]
fn what_does_not_fit_is_verified_by_whoever_has_it_and_otherwise_is_the_reporters_word() {
    let mut world = behind_doors();
    let long = "𝄞".repeat(4_000);
    let mut said = [world.say(DORA, &long), world.say(DORA, &long)];
    said.sort_unstable();
    world.report(&said);
    let of_ben = |world: &World| {
        let newest = world.kept(BEN).pop().unwrap();
        let judged = newest
            .messages
            .iter()
            .map(|one| (one.verified, one.said.len()));
        judged.collect::<Vec<_>>()
    };
    assert_eq!(of_ben(&world), [(true, 1), (true, 1)]);
    let quoted = quotes(&world.kept(BEN)[0])[0][0].len();
    assert_eq!(quoted, limits::QUOTE_BYTES_MAX);
    let device = world.table.device(DORA);
    let rows = &mut world.table.seats[BEN].store.rows;
    rows.retain(|key, _| match key {
        RowKey::Entry(_, log, _) => log.device != device,
        RowKey::Report(..) => false,
        _ => true,
    });
    world.table.crash(BEN);
    world.link_all(BEN);
    world.report(&said);
    assert_eq!(of_ben(&world), [(true, 1), (false, 0)]);
    assert_eq!(world.kept(BEN)[0].account, world.account(CLEO));
}

/// Entries are found by their time wherever they are in a log, and among the newest whatever times they have.
#[test]
fn what_was_said_is_found_in_the_log() {
    let mut world = behind_doors();
    let mut said = Vec::new();
    for n in 0..limits::REPORT_LOOKED_MAX + 20 {
        let place = (world.id, world.channel);
        let body = text(&format!("number {n}"));
        said.push(say(&mut world.table, DORA, place, body).unwrap());
        world.table.pass(Duration::from_millis(500));
    }
    world.table.pass(SOON);
    world.report(&[said[3]]);
    assert_eq!(quotes(&world.kept(BEN)[0]), [["number 3"]]);
    // The other channel's time is far ahead: her log goes back and forth between both.
    let ahead = history(&world.table, CLEO, world.channel)[0].1.hlc;
    let (id, channel) = (world.id, world.channel);
    let other = act(
        &mut world.table,
        ANA,
        id,
        text_channel("ahead", Scope::Public),
    );
    world.table.pass(SOON);
    let far = protocol::time::Hlc::from_wall(Timestamp::from_millis(
        ahead.wall().as_millis() + 1_000_000_000,
    ));
    let row = protocol::persist::ConversationRow {
        last: far,
        ..Default::default()
    };
    let key = RowKey::Conversation(other.into());
    let store = &mut world.table.seats[DORA].store;
    store.rows.insert(key, Row::Conversation(row));
    world.table.crash(DORA);
    world.link_all(DORA);
    let mut inner = Vec::new();
    for n in 0..20 {
        say(&mut world.table, DORA, (id, other), text("ahead")).unwrap();
        let body = text(&format!("later {n}"));
        inner.push(say(&mut world.table, DORA, (id, channel), body).unwrap());
        world.table.pass(Duration::from_millis(500));
    }
    world.table.pass(SOON);
    for (n, message) in inner.iter().enumerate() {
        let report = world.report(&[*message]);
        let shown = world.shown(BEN);
        let shown = shown.iter().find(|one| one.id == report).unwrap();
        assert_eq!(quotes(&shown.row), [[format!("later {n}")]]);
        world.resolve(BEN, report).unwrap();
        let open = world.shown(ANA)[0].id;
        world.resolve(ANA, open).unwrap();
    }
}
