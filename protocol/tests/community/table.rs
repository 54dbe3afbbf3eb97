//! A community at a table: founded, joined, looked at. For tests of communities between real cores.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

use std::time::Duration;

use protocol::community::{CommunityCommand, CommunityView, StandingHere};
use protocol::content::ChannelEvent;
use protocol::control::body::{Body, ChannelKind, History, NewChannel, Overwrite, Scope};
use protocol::control::{Admit, CommunityId, OpId, Standing};
use protocol::core::Config;
use protocol::crypto::Rng;
use protocol::error::Rejected;
use protocol::identity::RecoveryWords;
use protocol::link::LinkId;
use protocol::local::LocalDevice;
use protocol::message::MessageRef;
use protocol::persist::{MessageContent, MessageRow, RowKey, Store as _};
use protocol::testing::{MemoryStore, Table};
use protocol::time::{Instant, Now, Timestamp};
use protocol::turn::{Command, Event, Reply};
use protocol::wire::{Bounded, Text};

pub const SOON: Duration = Duration::from_secs(5);

pub fn name<const N: usize>(text: &str) -> Text<N> {
    text.try_into().unwrap()
}

pub fn ask(table: &mut Table, seat: usize, command: CommunityCommand) -> Result<Reply, Rejected> {
    let answer = table.ask(seat, Command::Community(command));
    answer.unwrap()
}

pub fn found(table: &mut Table, seat: usize) -> CommunityId {
    let command = CommunityCommand::Found {
        name: name("Les copains"),
        admit: Admit::Everyone,
        history: History::SinceJoin,
    };
    match ask(table, seat, command) {
        Ok(Reply::Community(id)) => id,
        other => panic!("not founded: {other:?}"),
    }
}

pub fn act(table: &mut Table, seat: usize, community: CommunityId, body: Body) -> OpId {
    let body = Box::new(body);
    match ask(table, seat, CommunityCommand::Act { community, body }) {
        Ok(Reply::Op(_, op)) => op,
        other => panic!("not done: {other:?}"),
    }
}

/// Has a seat throw another out, with nothing of theirs named as known.
pub fn kick_by(table: &mut Table, community: CommunityId, who_does: usize, whom: usize) {
    let who = table.account(whom);
    let body = Body::Kick {
        who,
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    };
    act(table, who_does, community, body);
}

pub fn invite(table: &mut Table, seat: usize, community: CommunityId, uses: u16) -> OpId {
    let command = CommunityCommand::Invite {
        community,
        uses,
        lasts: None,
        roles: Bounded::default(),
        note: name(""),
    };
    match ask(table, seat, command) {
        Ok(Reply::Op(_, op)) => op,
        other => panic!("not invited: {other:?}"),
    }
}

/// How a seat sees a community.
pub fn view(table: &Table, seat: usize, id: CommunityId) -> CommunityView {
    let events = table.seats[seat].events.iter().rev();
    let mut views = events.filter_map(|event| match event {
        Event::Community(view) if view.id == id => Some(view.as_ref().clone()),
        _ => None,
    });
    views.next().unwrap()
}

/// Uses the invite that `maker` made.
pub fn join(table: &mut Table, seat: usize, maker: usize, community: CommunityId, invite: OpId) {
    let invites = view(table, maker, community).invites;
    let made = invites.iter().find(|one| one.id == invite).unwrap();
    let command = CommunityCommand::Join {
        community,
        invite,
        secret: made.secret.unwrap(),
        hints: Bounded::default(),
    };
    let answer = ask(table, seat, command);
    assert_eq!(answer, Ok(Reply::Community(community)));
}

/// A second device of somebody, made from their words, with what it is given of the first one's rows. Gives its seat.
pub fn second_device(table: &mut Table, seat: usize, words: &RecoveryWords) -> usize {
    let now = Now {
        mono: Instant::default(),
        wall: Timestamp::from_millis(1_700_000_030_000),
    };
    let mut rng = Rng::from_seed([77; 32]);
    let first = table.seats[seat].core.local();
    let mut second = LocalDevice::certify(&words.account_key(), first.name.clone(), now, &mut rng);
    second.bundle = first.bundle.merge(&second.bundle).unwrap();
    let certify = Command::Certify(second.bundle.to_unverified());
    table.ask(seat, certify).unwrap().unwrap();
    table.pass(SOON);
    let shared = |key: &RowKey| {
        use RowKey::{Community, Log, Op, Secret};
        matches!(key, Community(_) | Op(..) | Secret(..) | Log(..))
    };
    let rows = table.seats[seat].store.rows.clone().into_iter();
    let rows = rows.filter(|(key, _)| shared(key)).collect();
    table.seat(second, MemoryStore { rows }, Config::default())
}

/// A community of the first so many seats, founded by the first, all linked with each other.
pub fn community_of(names: &[&str]) -> (Table, CommunityId, Vec<LinkId>) {
    community_with(names, Config::default())
}

/// The same, with another setting of the cores.
pub fn community_with(names: &[&str], config: Config) -> (Table, CommunityId, Vec<LinkId>) {
    let mut table = Table::new(&[]);
    for name in names {
        let _words = table.sit(name, config);
    }
    let id = found(&mut table, 0);
    let made = invite(&mut table, 0, id, 100);
    let mut links = Vec::new();
    for seat in 1..names.len() {
        for other in 0..seat {
            links.push(table.link(seat, other));
        }
        join(&mut table, seat, 0, id, made);
        table.pass(SOON);
        assert_eq!(view(&table, seat, id).standing, StandingHere::In, "{seat}");
    }
    table.pass(SOON);
    (table, id, links)
}

pub fn assert_alike(table: &Table, id: CommunityId, seats: &[usize]) {
    let first = view(table, seats[0], id);
    for seat in seats {
        let other = view(table, *seat, id);
        assert_eq!(other.members, first.members, "{seat}");
        assert_eq!(other.channels.len(), first.channels.len(), "{seat}");
        assert_eq!(other.state, first.state, "{seat}");
        let audit =
            |view: &CommunityView| -> Vec<OpId> { view.audit.iter().map(|one| one.id).collect() };
        assert_eq!(audit(&other), audit(&first), "{seat}");
        let invites =
            |view: &CommunityView| -> Vec<OpId> { view.invites.iter().map(|one| one.id).collect() };
        assert_eq!(invites(&other), invites(&first), "{seat}");
        let (_, held) = other.epoch.unwrap();
        assert!(held, "{seat} has no secret of its epoch");
    }
}

pub fn text_channel(text: &str, scope: Scope) -> Body {
    Body::CreateChannel(Box::new(NewChannel {
        kind: ChannelKind::Text,
        name: name(text),
        parent: None,
        place: 0,
        scope,
        overwrites: Bounded::default(),
    }))
}

pub fn standing(table: &Table, seat: usize, id: CommunityId, whom: usize) -> Standing {
    let account = table.account(whom);
    let members = view(table, seat, id).members;
    let member = members.iter().find(|member| member.account == account);
    member.map_or(Standing::Outside, |member| member.standing)
}

/// Says something in a channel.
pub fn say(
    table: &mut Table,
    seat: usize,
    (community, channel): (CommunityId, OpId),
    event: ChannelEvent,
) -> Result<MessageRef, Rejected> {
    let command = CommunityCommand::Say {
        community,
        channel,
        event: Box::new(event),
        key: None,
    };
    match ask(table, seat, command)? {
        Reply::Message(message) => Ok(message),
        other => panic!("{other:?}"),
    }
}

pub fn text(body: &str) -> ChannelEvent {
    ChannelEvent::Text {
        body: name(body),
        mentions: Bounded::default(),
        thread: None,
    }
}

/// What a seat's store knows of a channel.
pub fn history(table: &Table, seat: usize, channel: OpId) -> Vec<(MessageRef, MessageRow)> {
    let store = &table.seats[seat].store;
    store.history(channel.into(), None, 10_000).unwrap()
}

/// The shown texts of that.
pub fn texts(table: &Table, seat: usize, channel: OpId) -> Vec<String> {
    let shown = |row: &MessageRow| match &row.content {
        MessageContent::Text { versions, .. } => versions.last().unwrap().body.as_str().to_owned(),
        MessageContent::Deleted => "(deleted)".to_owned(),
        _ => "(not a message)".to_owned(),
    };
    let rows = history(table, seat, channel);
    rows.iter().map(|(_, row)| shown(row)).collect()
}

/// A text channel for those with a role alone.
pub fn private_channel(title: &str, community: CommunityId, role: OpId) -> Body {
    use protocol::control::Bits;
    let overwrites = vec![
        Overwrite {
            role: community.founding(),
            allow: Bits::NONE,
            deny: Bits::VIEW,
        },
        Overwrite {
            role,
            allow: Bits::VIEW,
            deny: Bits::NONE,
        },
    ];
    Body::CreateChannel(Box::new(NewChannel {
        kind: ChannelKind::Text,
        name: name(title),
        parent: None,
        place: 0,
        scope: Scope::Private,
        overwrites: overwrites.try_into().unwrap(),
    }))
}
