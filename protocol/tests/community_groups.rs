//! Groups of friends, between real cores: founded and asked together in one step, or not at all.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::community::{CommunityCommand, StandingHere};
use protocol::control::join_link::JoinLink;
use protocol::control::{Admit, CommunityId};
use protocol::error::Rejected;
use protocol::testing::Table;
use protocol::turn::{Command, Event, Reply};
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{SOON, ask, history, name, say, text, texts, view};

const A_WHILE: Duration = Duration::from_secs(60);

/// Ana, whose contacts Ben and Cleo are, all linked; Dora is nobody's.
fn friends() -> Table {
    let mut table = Table::new(&["Ana", "Ben", "Cleo", "Dora"]);
    for (from, to) in [(0, 1), (0, 2), (1, 2), (0, 3)] {
        table.link(from, to);
    }
    table.befriend(0, 1);
    table.befriend(0, 2);
    table.pass(SOON);
    table
}

fn gather(table: &mut Table, people: &[usize]) -> Result<Reply, Rejected> {
    let people = people.iter().map(|seat| table.account(*seat)).collect();
    let name = name("Rando de dimanche");
    ask(table, 0, CommunityCommand::Gather { name, people })
}

fn communities(table: &Table, seat: usize) -> usize {
    let events = table.seats[seat].events.iter();
    events
        .filter(|event| matches!(event, Event::Community(_)))
        .count()
}

/// Comes in by the link that somebody wrote.
fn accept(table: &mut Table, seat: usize, from: usize) {
    let said = table.texts(seat, from);
    let link: JoinLink = said.last().unwrap().parse().unwrap();
    let command = CommunityCommand::Join {
        community: link.community(),
        invite: link.invite(),
        secret: *link.key().seed(),
        hints: Bounded::default(),
    };
    ask(table, seat, command).unwrap();
    table.pass(A_WHILE);
}

fn founded(reply: Result<Reply, Rejected>) -> CommunityId {
    match reply {
        Ok(Reply::Community(id)) => id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn friends_are_asked_by_a_message_each_and_talk_in_the_one_channel() {
    let mut table = friends();
    let id = founded(gather(&mut table, &[1, 2]));
    table.pass(SOON);
    accept(&mut table, 1, 0);
    accept(&mut table, 2, 0);
    for seat in [0, 1, 2] {
        let shown = view(&table, seat, id);
        assert_eq!(shown.standing, StandingHere::In, "{seat}");
        assert!(shown.is_group(), "{seat}");
        assert_eq!(shown.admit, Some(Admit::Everyone));
    }
    let channel = view(&table, 0, id).channels[0].id;
    say(&mut table, 2, (id, channel), text("à dimanche")).unwrap();
    table.pass(SOON);
    for seat in [0, 1, 2] {
        assert_eq!(texts(&table, seat, channel), ["à dimanche"]);
    }
    assert_eq!(history(&table, 1, channel).len(), 1);
    // The link was for as many as were asked.
    let invites = view(&table, 0, id).invites;
    assert_eq!((invites[0].uses, invites[0].used), (2, 2));
}

#[test]
fn whom_one_may_not_write_to_is_not_asked_and_then_nobody_is() {
    let mut table = friends();
    let stranger = gather(&mut table, &[1, 3]);
    assert_eq!(stranger, Err(Rejected::UnknownContact));
    let twice = gather(&mut table, &[1, 1]);
    assert_eq!(twice, Err(Rejected::UnknownContact));
    let oneself = gather(&mut table, &[0, 1]);
    assert_eq!(oneself, Err(Rejected::UnknownContact));
    let nobody = gather(&mut table, &[]);
    assert!(matches!(nobody, Err(Rejected::OutOfRange { .. })));
    let people = vec![table.account(1)];
    let name = name("");
    let nameless = ask(&mut table, 0, CommunityCommand::Gather { name, people });
    assert!(matches!(nameless, Err(Rejected::OutOfRange { .. })));
    table.pass(SOON);
    assert_eq!(communities(&table, 0), 0);
    assert_eq!(table.texts(1, 0), Vec::<String>::new());
}

#[test]
fn of_a_group_that_was_not_stored_nobody_hears() {
    let mut table = friends();
    table.seats[0].stalled = true;
    let people = vec![table.account(1), table.account(2)];
    let name = name("Rando");
    let command = CommunityCommand::Gather { name, people };
    assert_eq!(table.ask(0, Command::Community(command)), None);
    table.pass(SOON);
    table.crash(0);
    table.seats[0].stalled = false;
    for other in [1, 2] {
        table.link(0, other);
    }
    table.pass(A_WHILE);
    assert_eq!(communities(&table, 0), 0);
    assert_eq!(table.texts(1, 0), Vec::<String>::new());
}
