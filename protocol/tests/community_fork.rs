//! Forks of communities, between real cores: members go, with channels and roles, and nobody can keep them from it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

#[path = "community_fork/put_out.rs"]
mod put_out;
#[path = "community_fork/room.rs"]
mod room;

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::community::{CommunityCommand, CommunityView, StandingHere, Taking};
use protocol::control::body::{Body, ChannelChange, ChannelKind, Overwrite, PolicyChange, Scope};
use protocol::control::join_link::JoinLink;
use protocol::control::{Bits, CommunityId, OpId, Standing};
use protocol::error::Rejected;
use protocol::limits;
use protocol::link::{CommunityFrame, Frame};
use protocol::persist::{Row, RowKey};
use protocol::testing::Table;
use protocol::turn::{Command, Event, Reply};
use protocol::wire::Bounded;

#[path = "community/house.rs"]
mod house;
#[path = "community/table.rs"]
mod table;
use house::{ANA, BEN, CLEO, DORA, House, channel, furniture, house, role};
use table::{
    SOON, act, ask, community_of, join, name, private_channel, say, standing, text, text_channel,
    texts, view,
};

const A_WHILE: Duration = Duration::from_secs(60);
const WITH_POWERS: Taking = Taking {
    with_powers: true,
    trimmed: false,
};

fn forking(from: CommunityId) -> CommunityCommand {
    CommunityCommand::Fork {
        from,
        name: None,
        ask: Vec::new(),
        taking: Taking::default(),
        key: None,
    }
}

fn with(from: CommunityId, taking: Taking) -> CommunityCommand {
    CommunityCommand::Fork {
        from,
        name: None,
        ask: Vec::new(),
        taking,
        key: None,
    }
}

fn made(reply: Result<Reply, Rejected>) -> (CommunityId, OpId) {
    match reply {
        Ok(Reply::Op(id, invite)) => (id, invite),
        other => panic!("not forked: {other:?}"),
    }
}

fn fork(table: &mut Table, seat: usize, from: CommunityId) -> (CommunityId, OpId) {
    made(ask(table, seat, forking(from)))
}

/// The names of the roles that somebody holds.
fn roles(view: &CommunityView, table: &Table, seat: usize) -> BTreeSet<String> {
    let account = table.account(seat);
    let member = view.members.iter().find(|one| one.account == account);
    let held = member.map(|one| one.roles.clone()).unwrap_or_default();
    let roles = view.roles.iter().filter(|role| held.contains(&role.id));
    roles.map(|role| role.name.clone()).collect()
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

fn channel_called(view: &CommunityView, title: &str) -> OpId {
    let channel = view.channels.iter().find(|one| one.name == title);
    channel.unwrap().id
}

fn removal(table: &Table, seat: usize) -> Body {
    Body::Kick {
        who: table.account(seat),
        cut: Bounded::default(),
        invites: true,
        reason: name("dehors"),
    }
}

fn communities(table: &Table, seat: usize) -> BTreeSet<CommunityId> {
    let events = table.seats[seat].events.iter();
    let ids = events.filter_map(|event| match event {
        Event::Community(view) => Some(view.id),
        _ => None,
    });
    ids.collect()
}

#[test]
fn a_member_without_power_forks_what_they_see_and_owns_the_fork() {
    let House { mut table, id, .. } = house();
    let (fork, invite) = fork(&mut table, BEN, id);
    let (old, new) = (view(&table, BEN, id), view(&table, BEN, fork));
    assert_eq!(new.standing, StandingHere::In);
    assert_eq!(new.owner, Some(table.account(BEN)));
    assert_eq!(new.forked_from, Some(id));
    assert_eq!(old.forked_from, None);
    assert_eq!(furniture(&new, &[]), furniture(&old, &["conseil"]));
    assert_eq!(new.channels.len(), old.channels.len() - 1);
    assert_eq!(new.roles.len(), 3);
    // Room for all three others, and the old one is as it was.
    let made = new.invites.iter().find(|one| one.id == invite).unwrap();
    assert_eq!((made.uses, made.expires), (3, None));
    assert_eq!(old.standing, StandingHere::In);
    table.pass(A_WHILE);
    assert_eq!(view(&table, ANA, id).state, old.state);
}

#[test]
fn a_fork_may_have_another_name_but_not_none() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let fork = |title: &str| CommunityCommand::Fork {
        from: id,
        name: Some(name(title)),
        ask: Vec::new(),
        taking: Taking::default(),
        key: None,
    };
    let nameless = ask(&mut table, BEN, fork(" "));
    assert!(matches!(
        nameless,
        Err(Rejected::OutOfRange { field: "name", .. })
    ));
    assert_eq!(communities(&table, BEN), BTreeSet::from([id]));
    let (new, _) = made(ask(&mut table, BEN, fork("Les autres")));
    assert_eq!(view(&table, BEN, new).name, "Les autres");
}

#[test]
fn whoever_follows_has_their_roles_back_and_no_power() {
    let House { mut table, id, .. } = house();
    let (fork, invite) = fork(&mut table, BEN, id);
    // Roles given ahead make nobody a member.
    assert_eq!(standing(&table, BEN, fork, DORA), Standing::Outside);
    assert_eq!(standing(&table, BEN, fork, CLEO), Standing::Outside);
    let cuisine = channel_called(&view(&table, BEN, fork), "cuisine");
    assert_eq!(readers(&table, BEN, fork, cuisine), [BEN]);
    for seat in [CLEO, DORA, ANA] {
        join(&mut table, seat, BEN, fork, invite);
        table.pass(SOON);
        assert_eq!(view(&table, seat, fork).standing, StandingHere::In);
        assert_eq!(view(&table, seat, fork).forked_from, Some(id));
    }
    table.pass(A_WHILE);
    let seen = view(&table, DORA, fork);
    assert_eq!(roles(&seen, &table, DORA), names(&["cooks"]));
    assert_eq!(roles(&seen, &table, CLEO), names(&["reds"]));
    assert_eq!(roles(&seen, &table, ANA), names(&[]));
    for seat in [ANA, CLEO, DORA] {
        assert_eq!(view(&table, seat, fork).power, Bits::NONE, "{seat}");
    }
    // The role opens what it opened.
    assert_eq!(readers(&table, BEN, fork, cuisine), [BEN, DORA]);
    say(&mut table, BEN, (fork, cuisine), text("à table")).unwrap();
    table.pass(SOON);
    assert_eq!(texts(&table, DORA, cuisine), ["à table"]);
    assert_eq!(texts(&table, ANA, cuisine), Vec::<String>::new());
    // And there is room for nobody else.
    assert_eq!(view(&table, BEN, fork).invites[0].used, 3);
}

fn readers(table: &Table, seat: usize, id: CommunityId, channel: OpId) -> Vec<usize> {
    let channels = view(table, seat, id).channels;
    let channel = channels.iter().find(|one| one.id == channel).unwrap();
    let seats = 0..table.seats.len();
    seats
        .filter(|seat| channel.readers.contains(&table.account(*seat)))
        .collect()
}

#[test]
fn power_is_given_back_on_coming_in_if_the_forker_says_so() {
    let House { mut table, id, .. } = house();
    let (fork, invite) = made(ask(&mut table, BEN, with(id, WITH_POWERS)));
    // Whoever holds power is a member by it: nobody is, unasked.
    assert_eq!(standing(&table, BEN, fork, CLEO), Standing::Outside);
    join(&mut table, DORA, BEN, fork, invite);
    table.pass(A_WHILE);
    // Ben is away while Dora lets Cleo in; what he owes outlives a restart.
    table.crash(BEN);
    join(&mut table, CLEO, BEN, fork, invite);
    table.pass(A_WHILE);
    let seen = view(&table, CLEO, fork);
    assert_eq!(roles(&seen, &table, CLEO), names(&["reds"]));
    assert_eq!(seen.power, Bits::NONE);
    for other in [ANA, CLEO, DORA] {
        table.link(BEN, other);
    }
    table.pass(A_WHILE);
    let seen = view(&table, CLEO, fork);
    assert_eq!(roles(&seen, &table, CLEO), names(&["mods", "reds"]));
    assert!(seen.power.contains(Bits::KICK.with(Bits::MANAGE_ROLES)));
    assert_eq!(view(&table, DORA, fork).power, Bits::NONE);
    assert_eq!(seen.owner, Some(table.account(BEN)));
    // Kept once: whoever is put out comes back without.
    let kick = removal(&table, CLEO);
    act(&mut table, BEN, fork, kick);
    table.pass(SOON);
    let again = table::invite(&mut table, BEN, fork, 1);
    join(&mut table, CLEO, BEN, fork, again);
    table.pass(A_WHILE);
    let seen = view(&table, CLEO, fork);
    assert_eq!(seen.standing, StandingHere::In);
    assert_eq!(seen.power, Bits::NONE);
}

#[test]
fn whoever_is_banned_before_coming_is_owed_no_power() {
    let House { mut table, id, .. } = house();
    let (fork, invite) = made(ask(&mut table, BEN, with(id, WITH_POWERS)));
    let who = table.account(CLEO);
    let ban = Body::Ban {
        who,
        until: None,
        cut: Bounded::default(),
        invites: true,
        reason: name("non"),
    };
    act(&mut table, BEN, fork, ban);
    act(&mut table, BEN, fork, Body::Unban { who });
    join(&mut table, CLEO, BEN, fork, invite);
    table.pass(A_WHILE);
    let seen = view(&table, CLEO, fork);
    assert_eq!(seen.standing, StandingHere::In);
    assert_eq!(seen.power, Bits::NONE);
    assert_eq!(roles(&seen, &table, CLEO), names(&[]));
}

#[test]
fn where_it_came_from_is_the_founders_word_alone() {
    let House { mut table, id, .. } = house();
    let elsewhere = CommunityId::founded_by(OpId(protocol::crypto::Hash32([7; 32])));
    let changes = vec![PolicyChange::ForkedFrom(elsewhere)];
    let changes = changes.try_into().unwrap();
    let body = Box::new(Body::Policy { changes });
    let community = id;
    let asked = ask(&mut table, ANA, CommunityCommand::Act { community, body });
    assert_eq!(asked, Err(Rejected::NotPermitted));
    assert_eq!(view(&table, ANA, id).forked_from, None);
}

#[test]
fn categories_in_categories_and_those_that_are_not_seen() {
    let House {
        mut table,
        id,
        mods,
        ..
    } = house();
    let inner = channel("inner", ChannelKind::Category, None, 0);
    let inner = act(&mut table, ANA, id, inner);
    let outer = channel("outer", ChannelKind::Category, None, 50);
    let outer = act(&mut table, ANA, id, outer);
    let under = |parent| vec![ChannelChange::Parent(Some(parent))];
    house::change(&mut table, id, inner, under(outer));
    for title in ["un", "deux", "trois"] {
        act(
            &mut table,
            ANA,
            id,
            channel(title, ChannelKind::Text, Some(inner), 5),
        );
    }
    let mut hidden = private_channel("caché", id, mods);
    if let Body::CreateChannel(made) = &mut hidden {
        made.kind = ChannelKind::Category;
    }
    let hidden = act(&mut table, ANA, id, hidden);
    // At one place with what they come to stand beside.
    for title in ["sous", "cave", "crypte"] {
        let mut body = channel(title, ChannelKind::Text, Some(hidden), 50);
        if let Body::CreateChannel(made) = &mut body {
            // It is for everybody, whom its category is not for.
            let (role, allow, deny) = (id.founding(), Bits::VIEW, Bits::NONE);
            made.overwrites = vec![Overwrite { role, allow, deny }].try_into().unwrap();
        }
        act(&mut table, ANA, id, body);
    }
    table.pass(SOON);
    let (fork, _) = fork(&mut table, BEN, id);
    let (old, new) = (view(&table, BEN, id), view(&table, BEN, fork));
    let hidden = ["conseil", "caché"];
    assert_eq!(furniture(&new, &[]), furniture(&old, &hidden));
    let under_hidden = new.channels.iter().find(|one| one.name == "sous");
    assert_eq!(under_hidden.unwrap().parent, None);
}
