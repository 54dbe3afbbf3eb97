//! Forks of communities, between real cores: members go, with channels and roles, and nobody can keep them from it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::community::{CommunityCommand, CommunityView, StandingHere, Taking};
use protocol::control::body::{Body, ChannelChange, ChannelKind, PolicyChange, Scope};
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

fn communities(table: &Table, seat: usize) -> BTreeSet<CommunityId> {
    let events = table.seats[seat].events.iter();
    let ids = events.filter_map(|event| match event {
        Event::Community(view) => Some(view.id),
        _ => None,
    });
    ids.collect()
}

fn removal(table: &Table, seat: usize) -> Body {
    Body::Kick {
        who: table.account(seat),
        cut: Bounded::default(),
        invites: true,
        reason: name("dehors"),
    }
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

/// Secrets and chains of a community on a seat's disk.
fn keys(table: &Table, seat: usize, id: CommunityId) -> BTreeSet<Vec<u8>> {
    let rows = table.seats[seat].store.rows.iter();
    let keys = rows.filter_map(|(key, row)| match (key, row) {
        (RowKey::Secret(of, _), Row::Secret(row)) if *of == id => Some(row.secret.to_vec()),
        (RowKey::Sending(of, _), Row::Sending(row)) if *of == id => Some(row.chain.0.to_vec()),
        (RowKey::Chain(of, _, chain), _) if *of == id => Some(chain.0.to_vec()),
        _ => None,
    });
    keys.collect()
}

#[test]
fn nobody_comes_along_uninvited_and_old_keys_open_nothing() {
    let House { mut table, id, .. } = house();
    let old_invite = view(&table, ANA, id).invites[0].clone();
    let general = channel_called(&view(&table, BEN, id), "général");
    say(&mut table, BEN, (id, general), text("avant")).unwrap();
    table.pass(SOON);
    let (fork, invite) = fork(&mut table, BEN, id);
    let new = channel_called(&view(&table, BEN, fork), "général");
    say(&mut table, BEN, (fork, new), text("entre nous")).unwrap();
    table.pass(A_WHILE);
    // Nobody has heard of it; nothing that was secret is secret by the same key.
    for seat in [ANA, CLEO, DORA] {
        assert_eq!(communities(&table, seat), BTreeSet::from([id]), "{seat}");
        assert_eq!(texts(&table, seat, new), Vec::<String>::new());
    }
    let (old_keys, new_keys) = (keys(&table, BEN, id), keys(&table, BEN, fork));
    assert!(old_keys.len() > 1 && new_keys.len() > 1);
    assert!(old_keys.is_disjoint(&new_keys));
    // The old invite's secret lets nobody in, under its own name or the new one's.
    for op in [old_invite.id, invite] {
        let command = CommunityCommand::Join {
            community: fork,
            invite: op,
            secret: old_invite.secret.unwrap(),
            hints: Bounded::default(),
        };
        ask(&mut table, ANA, command).unwrap();
        table.pass(A_WHILE);
        assert_ne!(view(&table, ANA, fork).standing, StandingHere::In);
        assert_eq!(standing(&table, BEN, fork, ANA), Standing::Outside);
    }
    // What is old stays readable where it is.
    assert_eq!(texts(&table, BEN, general), ["avant"]);
}

#[test]
fn a_removed_member_forks_what_they_had_and_learns_nothing_newer() {
    let House {
        mut table,
        id,
        cooks,
        ..
    } = house();
    let before = view(&table, BEN, id);
    let kick = removal(&table, BEN);
    act(&mut table, ANA, id, kick);
    table.pass(SOON);
    let told = view(&table, BEN, id).ops;
    act(&mut table, ANA, id, text_channel("après", Scope::Public));
    act(
        &mut table,
        ANA,
        id,
        private_channel("cuisine deux", id, cooks),
    );
    let changes = vec![PolicyChange::Topic(name("sans Ben"))];
    let changes = changes.try_into().unwrap();
    act(&mut table, ANA, id, Body::Policy { changes });
    table.pass(A_WHILE);
    assert_eq!(view(&table, BEN, id).standing, StandingHere::Removed);
    assert_eq!(view(&table, BEN, id).ops, told);
    // Even if a member hands him what came after, it is none of what he had.
    let ops = table.seats[ANA].store.rows.iter();
    let ops = ops.filter_map(|(key, row)| match (key, row) {
        (RowKey::Op(of, _), Row::Op(row)) if *of == id => Some(row.bytes.clone()),
        _ => None,
    });
    let frame = Frame::Community(Box::new(CommunityFrame::Ops {
        community: id,
        ops: ops.collect::<Vec<_>>().try_into().unwrap(),
        more: false,
    }));
    table.receive_from(BEN, ANA, &frame);
    table.pass(SOON);
    let known = view(&table, BEN, id).ops;
    assert!(known > told);
    let (fork, invite) = fork(&mut table, BEN, id);
    table.pass(A_WHILE);
    assert_eq!(view(&table, BEN, id).ops, known);
    let new = view(&table, BEN, fork);
    assert_eq!(furniture(&new, &[]), furniture(&before, &["conseil"]));
    assert_eq!(new.owner, Some(table.account(BEN)));
    // The others follow as they would have followed a member.
    table.link(BEN, DORA);
    join(&mut table, DORA, BEN, fork, invite);
    table.pass(A_WHILE);
    let seen = view(&table, DORA, fork);
    assert_eq!(roles(&seen, &table, DORA), names(&["cooks"]));
}

#[test]
fn whoever_was_put_out_and_let_in_again_forks_from_the_second_time() {
    let House { mut table, id, .. } = house();
    let kick = removal(&table, BEN);
    act(&mut table, ANA, id, kick);
    table.pass(SOON);
    let invite = table::invite(&mut table, ANA, id, 1);
    join(&mut table, BEN, ANA, id, invite);
    table.pass(A_WHILE);
    act(&mut table, ANA, id, text_channel("retour", Scope::Public));
    table.pass(SOON);
    ask(&mut table, BEN, CommunityCommand::Leave(id)).unwrap();
    table.pass(SOON);
    let (fork, _) = fork(&mut table, BEN, id);
    let new = view(&table, BEN, fork);
    let titles: BTreeSet<String> = new.channels.iter().map(|one| one.name.clone()).collect();
    assert!(titles.contains("retour"));
    // He was no cook any more.
    assert!(!titles.contains("cuisine") && !titles.contains("conseil"));
}

#[test]
fn whoever_never_was_a_member_forks_nothing() {
    let House { mut table, id, .. } = house();
    let nowhere = CommunityId::founded_by(OpId(protocol::crypto::Hash32([7; 32])));
    let unknown = ask(&mut table, BEN, forking(nowhere));
    assert_eq!(unknown, Err(Rejected::UnknownCommunity));
    let _words = table.sit("Eve", protocol::core::Config::default());
    let eve = 4;
    let join = CommunityCommand::Join {
        community: id,
        invite: id.founding(),
        secret: [1; 32],
        hints: Bounded::default(),
    };
    ask(&mut table, eve, join).unwrap();
    assert_eq!(ask(&mut table, eve, forking(id)), Err(Rejected::NotMember));
    assert_eq!(communities(&table, eve), BTreeSet::from([id]));
}

#[test]
fn whoever_is_suspended_forks_what_is_open_to_all() {
    let mut table = Table::new(&["Ana", "Ben", "Eve"]);
    let (ana, ben, eve) = (0, 1, 2);
    let id = table::found(&mut table, ana);
    act(&mut table, ana, id, text_channel("ouvert", Scope::Public));
    act(&mut table, ana, id, text_channel("fermé", Scope::Private));
    let invite = table::invite(&mut table, ana, id, 2);
    let between = table.link(ana, ben);
    join(&mut table, ben, ana, id, invite);
    table.pass(SOON);
    // Ben lets Eve in while he is put out elsewhere.
    table.cut(between);
    let kick = removal(&table, ben);
    act(&mut table, ana, id, kick);
    table.link(ben, eve);
    join(&mut table, eve, ana, id, invite);
    table.pass(SOON);
    let seen = view(&table, eve, id);
    assert_eq!(seen.standing, StandingHere::In);
    table.link(ana, eve);
    table.pass(A_WHILE);
    assert_eq!(view(&table, eve, id).standing, StandingHere::Suspended);
    let (fork, _) = fork(&mut table, eve, id);
    let new = view(&table, eve, fork);
    let titles: Vec<&str> = new.channels.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(titles, ["ouvert"]);
}

#[test]
fn the_old_owner_cannot_prevent_it() {
    let House {
        mut table,
        id,
        cooks,
        ..
    } = house();
    let before = view(&table, BEN, id);
    // Everything that an owner can take away is taken away; then Ben is kept out.
    for role in [id.founding(), cooks] {
        let changes = vec![protocol::control::body::RoleChange::Uses(Bits::VIEW)];
        let changes = changes.try_into().unwrap();
        act(&mut table, ANA, id, Body::UpdateRole { role, changes });
    }
    let (who, until) = (table.account(BEN), protocol::time::Hlc::from_bits(u64::MAX));
    let reason = name("silence");
    let hush = Body::Timeout { who, until, reason };
    act(&mut table, ANA, id, hush);
    table.pass(SOON);
    let ban = Body::Ban {
        who,
        until: None,
        cut: Bounded::default(),
        invites: true,
        reason: name("non"),
    };
    act(&mut table, ANA, id, ban);
    table.pass(A_WHILE);
    assert_eq!(view(&table, BEN, id).standing, StandingHere::Banned);
    let (fork, invite) = fork(&mut table, BEN, id);
    let new = view(&table, BEN, fork);
    assert_eq!(new.owner, Some(who));
    assert_eq!(
        furniture(&new, &[]).channels,
        furniture(&before, &["conseil"]).channels
    );
    // And who is banned there may ask whoever is in here.
    join(&mut table, DORA, BEN, fork, invite);
    table.pass(SOON);
    assert_eq!(view(&table, DORA, fork).standing, StandingHere::In);
}

#[test]
fn more_than_a_community_may_hold_is_refused_or_left_out() {
    let (mut table, id, links) = community_of(&["Ana", "Ben"]);
    let admin = act(&mut table, ANA, id, role("admin", 100, Bits::ADMIN));
    let who = table.account(BEN);
    act(&mut table, ANA, id, Body::Assign { who, role: admin });
    table.pass(SOON);
    // Apart, each makes no more than may be.
    links.iter().for_each(|link| table.cut(*link));
    for number in 0..40 {
        for (seat, place) in [(ANA, 1), (BEN, 2)] {
            let title = format!("{seat} {number}");
            act(&mut table, seat, id, role(&title, place, Bits::NONE));
        }
    }
    table.link(ANA, BEN);
    table.pass(A_WHILE);
    assert_eq!(view(&table, BEN, id).roles.len(), 81);
    let refused = ask(&mut table, BEN, forking(id));
    let (field, max) = ("roles", limits::ROLES_MAX);
    assert_eq!(
        refused,
        Err(Rejected::OutOfRange {
            field,
            min: 0,
            max,
            actual: 81,
            unit: field
        })
    );
    assert_eq!(communities(&table, BEN), BTreeSet::from([id]));
    let taking = Taking {
        trimmed: true,
        ..Taking::default()
    };
    let (fork, _) = made(ask(&mut table, BEN, with(id, taking)));
    let (old, new) = (view(&table, BEN, id), view(&table, BEN, fork));
    let titles = |view: &CommunityView| -> BTreeSet<String> {
        let highest = view.roles.iter().take(max);
        highest.map(|role| role.name.clone()).collect()
    };
    assert_eq!(new.roles.len(), max);
    assert_eq!(titles(&new), titles(&old));
}

#[test]
fn there_is_room_for_so_many_communities() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    for _ in 1..limits::COMMUNITIES_MAX {
        table::found(&mut table, BEN);
    }
    let what = "communities";
    let refused = ask(&mut table, BEN, forking(id));
    assert_eq!(refused, Err(Rejected::Full { what }));
    assert_eq!(communities(&table, BEN).len(), limits::COMMUNITIES_MAX);
}

#[test]
fn a_fork_that_is_asked_for_again_is_the_same() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let other = table::found(&mut table, BEN);
    let keyed = |from, key: &str| CommunityCommand::Fork {
        from,
        name: None,
        ask: Vec::new(),
        taking: Taking::default(),
        key: Some(key.as_bytes().to_vec()),
    };
    let first = made(ask(&mut table, BEN, keyed(id, "une")));
    let again = made(ask(&mut table, BEN, keyed(id, "une")));
    assert_eq!(first, again);
    table.pass(SOON);
    table.crash(BEN);
    let again = made(ask(&mut table, BEN, keyed(id, "une")));
    assert_eq!(first, again);
    let reused = ask(&mut table, BEN, keyed(other, "une"));
    assert_eq!(reused, Err(Rejected::KeyReused));
    let second = made(ask(&mut table, BEN, keyed(id, "deux")));
    assert_ne!(first, second);
    assert_eq!(communities(&table, BEN).len(), 4);
}

#[test]
fn contacts_are_asked_over_by_a_message_each_or_nobody_is() {
    let (mut table, id, _) = community_of(&["Ana", "Ben", "Cleo"]);
    table.befriend(BEN, CLEO);
    let asking = |people: Vec<usize>, table: &Table| CommunityCommand::Fork {
        from: id,
        name: None,
        ask: people.into_iter().map(|seat| table.account(seat)).collect(),
        taking: Taking::default(),
        key: None,
    };
    // Ana is a member, and no contact.
    let command = asking(vec![CLEO, ANA], &table);
    let stranger = ask(&mut table, BEN, command);
    assert_eq!(stranger, Err(Rejected::UnknownContact));
    table.pass(SOON);
    assert_eq!(table.texts(CLEO, BEN), Vec::<String>::new());
    assert_eq!(communities(&table, BEN), BTreeSet::from([id]));
    let command = asking(vec![CLEO], &table);
    let (fork, invite) = made(ask(&mut table, BEN, command));
    table.pass(SOON);
    let link: JoinLink = table.texts(CLEO, BEN).last().unwrap().parse().unwrap();
    assert_eq!((link.community(), link.invite()), (fork, invite));
    let command = CommunityCommand::Join {
        community: fork,
        invite,
        secret: *link.key().seed(),
        hints: Bounded::default(),
    };
    ask(&mut table, CLEO, command).unwrap();
    table.pass(SOON);
    assert_eq!(view(&table, CLEO, fork).standing, StandingHere::In);
}

#[test]
fn of_a_fork_that_was_not_stored_nothing_is_there() {
    let House { mut table, id, .. } = house();
    table.befriend(BEN, DORA);
    table.pass(SOON);
    let rows = table.seats[BEN].store.rows.len();
    table.seats[BEN].stalled = true;
    let command = CommunityCommand::Fork {
        from: id,
        name: None,
        ask: vec![table.account(DORA)],
        taking: Taking {
            with_powers: true,
            trimmed: false,
        },
        key: Some(b"clef".to_vec()),
    };
    assert_eq!(table.ask(BEN, Command::Community(command.clone())), None);
    table.pass(SOON);
    let shown = table.seats[BEN].events.len();
    table.crash(BEN);
    assert_eq!(table.seats[BEN].store.rows.len(), rows);
    table.link(BEN, DORA);
    table.pass(A_WHILE);
    let events = table.seats[BEN].events.split_off(shown);
    let of_others = |event: &Event| match event {
        Event::Community(view) => view.id != id,
        _ => false,
    };
    assert!(!events.iter().any(of_others));
    assert_eq!(table.texts(DORA, BEN), Vec::<String>::new());
    // Asked for again, it is there whole.
    let (fork, _) = made(ask(&mut table, BEN, command));
    table.pass(SOON);
    table.crash(BEN);
    let (old, new) = (view(&table, BEN, id), view(&table, BEN, fork));
    assert_eq!(furniture(&new, &[]), furniture(&old, &["conseil"]));
    assert_eq!(table.texts(DORA, BEN).len(), 1);
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
    let hidden = act(&mut table, ANA, id, private_channel("caché", id, mods));
    // At one place with what they come to stand beside.
    for title in ["sous", "cave", "crypte"] {
        let body = channel(title, ChannelKind::Text, Some(hidden), 50);
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
