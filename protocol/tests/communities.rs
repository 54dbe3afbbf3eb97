//! Communities between real cores: founded, joined without the founder, moderated in two halves, healed, restarted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::community::{CommunityCommand, StandingHere};
use protocol::control::body::{Body, RoleChange, Scope};
use protocol::control::{Bits, CommunityId, OpId, Position, Standing};
use protocol::error::Rejected;
use protocol::identity::AccountId;
use protocol::persist::{Refusal, RowKey};
use protocol::testing::Table;
use protocol::turn::{Command, ContactStanding, Event, Reply, Whom};
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, ask, assert_alike, community_of, found, invite, join, name, standing, text_channel,
    view,
};

#[test]
fn a_founder_has_a_community_with_an_epoch_and_a_name_in_it() {
    let mut table = Table::new(&["Ana"]);
    let id = found(&mut table, 0);
    let view = view(&table, 0, id);
    assert_eq!(view.name, "Les copains");
    assert_eq!(view.standing, StandingHere::In);
    assert_eq!(view.owner, Some(table.account(0)));
    assert_eq!(view.members.len(), 1);
    assert_eq!(view.members[0].nickname.as_deref(), Some("Ana"));
    assert_eq!(view.epoch.map(|(_, held)| held), Some(true));
}

#[test]
fn a_new_name_is_ones_name_in_communities_but_where_one_chose_another() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let elsewhere = found(&mut table, 1);
    let chosen = Body::Nickname {
        name: Some(name("Benny")),
    };
    act(&mut table, 1, elsewhere, chosen);
    let called = |table: &Table, seat: usize, id| {
        let seen = view(table, seat, id);
        let ben = table.account(1);
        let ben = seen.members.iter().find(|member| member.account == ben);
        ben.unwrap().nickname.clone()
    };
    table.ask(1, Command::SetName(name("Benoit")));
    table.pass(SOON);
    assert_eq!(called(&table, 0, id).as_deref(), Some("Benoit"));
    assert_eq!(called(&table, 1, elsewhere).as_deref(), Some("Benny"));
    // The same name again is nothing new, and a refused one changes nothing.
    let ops = |table: &Table| {
        let rows = table.seats[1].store.rows.keys();
        rows.filter(|key| matches!(key, RowKey::Op(..))).count()
    };
    let before = ops(&table);
    table.ask(1, Command::SetName(name("Benoit")));
    table.ask(1, Command::SetName(name(" ")));
    assert_eq!(ops(&table), before);
    assert_eq!(called(&table, 1, id).as_deref(), Some("Benoit"));
}

#[test]
fn another_members_invite_lets_somebody_in_while_the_founder_is_away() {
    let (mut table, id, links) = community_of(&["Ana", "Ben"]);
    table.cut(links[0]);
    let made = invite(&mut table, 1, id, 1);
    let _words = table.sit("Cleo", protocol::core::Config::default());
    let _link = table.link(2, 1);
    join(&mut table, 2, 1, id, made);
    table.pass(SOON);
    assert_alike(&table, id, &[1, 2]);
    // The founder comes back, and meets Cleo alone: by her log it knows her, and she it.
    let _link = table.link(0, 1);
    table.pass(SOON);
    let _link = table.link(0, 2);
    table.pass(SOON);
    assert_alike(&table, id, &[0, 1, 2]);
    assert_eq!(view(&table, 0, id).in_sync, 2);
}

/// Asks to be let in by an invite that names an address.
fn join_at(table: &mut Table, seat: usize, (id, made): (CommunityId, OpId), address: &str) {
    let command = CommunityCommand::Join {
        community: id,
        invite: made,
        secret: [9; 32],
        hints: vec![name(address)].try_into().unwrap(),
    };
    assert_eq!(ask(table, seat, command), Ok(Reply::Community(id)));
}

#[test]
fn the_address_of_an_invite_is_tried_ever_more_rarely_and_at_once_when_asked_again() {
    let (mut table, id, _) = community_of(&["Ana"]);
    let made = invite(&mut table, 0, id, 1);
    let _words = table.sit("Ben", protocol::core::Config::default());
    join_at(&mut table, 1, (id, made), "192.0.2.7:4001");
    assert_eq!(table.seats[1].dials, [["192.0.2.7:4001"]]);
    table.pass(Duration::from_secs(60));
    let early = table.seats[1].dials.len();
    assert!((4..=7).contains(&early), "{early}");
    table.pass(Duration::from_secs(3_600));
    let late = table.seats[1].dials.len() - early;
    assert!((10..=20).contains(&late), "{late}");
    let before = table.seats[1].dials.len();
    join_at(&mut table, 1, (id, made), "192.0.2.7:4001");
    assert_eq!(table.seats[1].dials.len(), before + 1);
    // After a restart as well: the address is part of what is kept.
    table.crash(1);
    table.run();
    assert!(table.seats[1].dials.len() > before + 1);
    assert_eq!(view(&table, 1, id).dialled, ["192.0.2.7:4001"]);
}

#[test]
fn an_invite_that_is_over_says_why() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let used = invite(&mut table, 0, id, 1);
    let revoked = invite(&mut table, 0, id, 9);
    act(&mut table, 0, id, Body::RevokeInvite { invite: revoked });
    let refused = |table: &mut Table, name: &str, made: OpId| {
        let _words = table.sit(name, protocol::core::Config::default());
        let seat = table.seats.len() - 1;
        let _link = table.link(seat, 0);
        join(table, seat, 0, id, made);
        table.pass(SOON);
        match view(table, seat, id).standing {
            StandingHere::Joining { refused, .. } => refused,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&mut table, "Cleo", revoked), Some(Refusal::Revoked));
    let _words = table.sit("Dan", protocol::core::Config::default());
    let _link = table.link(3, 1);
    join(&mut table, 3, 0, id, used);
    table.pass(SOON);
    assert_eq!(view(&table, 3, id).standing, StandingHere::In);
    assert_eq!(refused(&mut table, "Eve", used), Some(Refusal::UsedUp));
    let command = CommunityCommand::Invite {
        community: id,
        uses: 1,
        lasts: Some(Duration::from_secs(1)),
        roles: Bounded::default(),
        note: name(""),
    };
    let Ok(Reply::Op(_, expired)) = ask(&mut table, 0, command) else {
        panic!("not invited");
    };
    table.pass(SOON);
    assert_eq!(refused(&mut table, "Fay", expired), Some(Refusal::Expired));
}

#[test]
fn an_invite_that_is_for_another_community_says_so() {
    let (mut table, id, _) = community_of(&["Ana"]);
    let made = invite(&mut table, 0, id, 1);
    let secret = view(&table, 0, id).invites[0].secret.unwrap();
    let _words = table.sit("Ben", protocol::core::Config::default());
    let other = found(&mut table, 1);
    let _words = table.sit("Cleo", protocol::core::Config::default());
    let _link = table.link(2, 0);
    let command = CommunityCommand::Join {
        community: other,
        invite: made,
        secret,
        hints: Bounded::default(),
    };
    assert_eq!(ask(&mut table, 2, command), Ok(Reply::Community(other)));
    table.pass(SOON);
    let StandingHere::Joining { refused, .. } = view(&table, 2, other).standing else {
        panic!("not asking any more");
    };
    assert_eq!(refused, Some(Refusal::Elsewhere));
    // Who is in both says the truth of each: the invite is none of the other community's.
    let made = invite(&mut table, 1, other, 1);
    let _link = table.link(0, 1);
    join(&mut table, 0, 1, other, made);
    table.pass(Duration::from_secs(30));
    let StandingHere::Joining { refused, .. } = view(&table, 2, other).standing else {
        panic!("not asking any more");
    };
    assert_eq!(refused, Some(Refusal::Unknown));
}

#[test]
fn whoever_is_removed_hears_of_it_and_gets_no_new_secret() {
    let (mut table, id, _) = community_of(&["Ana", "Ben", "Cleo"]);
    let before = view(&table, 0, id).epoch;
    let kick = Body::Kick {
        who: table.account(2),
        cut: Bounded::default(),
        invites: true,
        reason: name("noise"),
    };
    act(&mut table, 0, id, kick);
    table.pass(SOON);
    let after = view(&table, 0, id).epoch;
    assert_ne!(before, after);
    assert_alike(&table, id, &[0, 1]);
    assert_eq!(view(&table, 2, id).standing, StandingHere::Removed);
    let (epoch, _) = after.unwrap();
    let theirs = view(&table, 2, id);
    assert!(
        theirs
            .epoch
            .is_none_or(|(theirs, held)| theirs != epoch || !held)
    );
    let store = &table.seats[2].store.rows;
    let secret = RowKey::Secret(id, epoch);
    assert!(!store.contains_key(&secret));
    // What happens after it is none of theirs.
    act(&mut table, 0, id, text_channel("after", Scope::Public));
    table.pass(Duration::from_secs(60));
    assert_eq!(view(&table, 2, id).channels.len(), 0);
    assert_eq!(view(&table, 1, id).channels.len(), 1);
}

#[test]
fn two_halves_that_moderated_apart_agree_when_they_meet() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo", "Dan"]);
    let mods = Body::CreateRole {
        name: name("mods"),
        colour: [1, 2, 3],
        position: Position(10),
        bits: Bits::KICK.with(Bits::MANAGE_CHANNELS),
    };
    let mods = act(&mut table, 0, id, mods);
    let who = table.account(2);
    act(&mut table, 0, id, Body::Assign { who, role: mods });
    table.pass(SOON);
    // Links in the order in which they were made: 1-0, 2-0, 2-1, 3-0, 3-1, 3-2.
    for apart in [1, 2, 3, 4] {
        table.cut(links[apart]);
    }
    let kick = |table: &Table, whom: usize| Body::Kick {
        who: table.account(whom),
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    };
    let (by_owner, by_mod) = (kick(&table, 2), kick(&table, 1));
    act(&mut table, 0, id, by_owner);
    act(&mut table, 2, id, by_mod);
    act(&mut table, 2, id, text_channel("elsewhere", Scope::Public));
    table.pass(SOON);
    assert_eq!(standing(&table, 3, id, 1), Standing::Outside);
    assert_eq!(standing(&table, 0, id, 2), Standing::Outside);
    let _link = table.link(3, 0);
    let _link = table.link(3, 1);
    table.pass(Duration::from_secs(60));
    // R1: what the removed moderator did beside their removal does not count.
    assert_alike(&table, id, &[0, 1, 3]);
    assert_eq!(standing(&table, 3, id, 1), Standing::Member);
    assert_eq!(standing(&table, 3, id, 2), Standing::Outside);
    assert_eq!(view(&table, 0, id).channels.len(), 0);
}

#[test]
fn a_device_that_starts_again_goes_on_where_it_was() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    act(&mut table, 0, id, text_channel("général", Scope::Public));
    let before = view(&table, 0, id);
    table.crash(0);
    let after = view(&table, 0, id);
    assert_eq!(after.state, before.state);
    assert_eq!(after.epoch, before.epoch);
    let _link = table.link(0, 1);
    act(&mut table, 0, id, text_channel("deux", Scope::Public));
    table.pass(SOON);
    assert_alike(&table, id, &[0, 1]);
    assert_eq!(view(&table, 1, id).channels.len(), 2);
}

#[test]
fn what_roles_do_not_allow_is_refused_and_leaves_nothing() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let ops = view(&table, 1, id).ops;
    let body = Box::new(text_channel("mine", Scope::Public));
    let answer = ask(
        &mut table,
        1,
        CommunityCommand::Act {
            community: id,
            body,
        },
    );
    assert_eq!(answer, Err(Rejected::NotPermitted));
    table.crash(1);
    assert_eq!(view(&table, 1, id).ops, ops);
}

#[test]
fn an_owner_gives_changes_and_deletes_what_an_admin_made() {
    let (mut table, id, _) = community_of(&["Ana", "Ben", "Cleo"]);
    let role = |text, position, bits| Body::CreateRole {
        name: name(text),
        colour: [0; 3],
        position: Position(position),
        bits,
    };
    let admin = act(&mut table, 0, id, role("admin", 10, Bits::ADMIN));
    let who = table.account(1);
    act(&mut table, 0, id, Body::Assign { who, role: admin });
    table.pass(SOON);
    let made = act(&mut table, 1, id, role("joueurs", 5, Bits::STREAM));
    table.pass(SOON);
    let who = table.account(2);
    act(&mut table, 0, id, Body::Assign { who, role: made });
    table.pass(SOON);
    for seat in 0..3 {
        let members = view(&table, seat, id).members;
        let cleo = members.iter().find(|member| member.account == who);
        assert_eq!(cleo.unwrap().roles, [made], "{seat}");
    }
    let changes = vec![RoleChange::Name(name("joueuses"))];
    let renamed = Body::UpdateRole {
        role: made,
        changes: changes.try_into().unwrap(),
    };
    act(&mut table, 0, id, renamed);
    table.pass(SOON);
    let roles = view(&table, 2, id).roles;
    assert!(roles.iter().any(|role| role.name == "joueuses"));
    act(&mut table, 0, id, Body::DeleteRole { role: made });
    table.pass(SOON);
    assert_alike(&table, id, &[0, 1, 2]);
    assert_eq!(view(&table, 2, id).roles.len(), 1);
}

#[test]
fn whoever_may_not_lift_a_ban_is_told_so_and_whoever_is_not_banned_is_not_freed() {
    let (mut table, id, _) = community_of(&["Ana", "Ben", "Cleo"]);
    let role = Body::CreateRole {
        name: name("admin"),
        colour: [0; 3],
        position: Position(10),
        bits: Bits::ADMIN,
    };
    let role = act(&mut table, 0, id, role);
    let who = table.account(1);
    act(&mut table, 0, id, Body::Assign { who, role });
    let who = table.account(2);
    let ban = || Body::Ban {
        who,
        cut: Bounded::default(),
        until: None,
        invites: false,
        reason: name(""),
    };
    let free = |table: &mut Table, seat: usize| {
        let body = Box::new(Body::Unban { who });
        let answer = ask(
            table,
            seat,
            CommunityCommand::Act {
                community: id,
                body,
            },
        );
        table.pass(SOON);
        answer.map(drop)
    };
    table.pass(SOON);
    assert_eq!(free(&mut table, 1), Err(Rejected::Nothing));
    for (by, frees) in [(0, [false, true]), (1, [true, true])] {
        act(&mut table, by, id, ban());
        table.pass(SOON);
        for (seat, may) in [1, 0].into_iter().zip(frees) {
            let answer = free(&mut table, seat);
            let freed = standing(&table, 0, id, 2) != Standing::Banned;
            assert_eq!((answer.is_ok(), freed), (may, may), "{by} {seat}");
            if freed {
                break;
            }
        }
    }
    // Of two bans, the higher one keeps them out.
    for by in [1, 0] {
        act(&mut table, by, id, ban());
        table.pass(SOON);
    }
    assert_eq!(free(&mut table, 1), Err(Rejected::NotPermitted));
}

#[test]
fn who_goes_without_a_nickname_goes_by_their_own_name() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let called = |table: &Table| {
        let members = view(table, 0, id).members;
        let ben = members.iter().find(|one| one.account == table.account(1));
        ben.unwrap().nickname.clone()
    };
    for (nickname, shown) in [(Some("Benny"), "Benny"), (None, "Ben")] {
        let nickname = nickname.map(name);
        act(&mut table, 1, id, Body::Nickname { name: nickname });
        table.pass(SOON);
        assert_eq!(called(&table).as_deref(), Some(shown));
    }
    let empty = Box::new(Body::Nickname {
        name: Some(name(" ")),
    });
    let act = CommunityCommand::Act {
        community: id,
        body: empty,
    };
    assert!(ask(&mut table, 1, act).is_err());
    assert_eq!(called(&table).as_deref(), Some("Ben"));
}

/// They know each other's keys by the community, and showed nobody a card.
#[test]
fn two_who_share_a_community_become_contacts_over_the_link_that_it_made() {
    let (mut table, _, links) = community_of(&["Ana", "Ben"]);
    table.cut(links[0]);
    table.pass(SOON);
    let [ana, ben] = [0, 1].map(|seat| table.account(seat));
    let request = || Command::Request(Whom::Account(ben));
    assert_eq!(table.ask(0, request()), Some(Err(Rejected::NotInReach)));
    table.link(0, 1);
    table.pass(SOON);
    assert_eq!(table.ask(0, request()), Some(Ok(Reply::Done)));
    table.pass(SOON);
    assert_eq!(table.ask(1, Command::Accept(ana)), Some(Ok(Reply::Done)));
    table.pass(SOON);
    for (seat, other) in [(0, ben), (1, ana)] {
        let events = table.seats[seat].events.iter().rev();
        let mut contacts = events.filter_map(|event| match event {
            Event::Contact(view) if view.account == other => Some(view.standing),
            _ => None,
        });
        assert_eq!(contacts.next(), Some(ContactStanding::Accepted), "{seat}");
    }
}

#[test]
fn an_owner_leaves_nobody_alone_with_the_community_but_may_go_as_the_last() {
    let (mut table, id, _) = community_of(&["Ana", "Bo"]);
    let leave = || CommunityCommand::Leave(id);
    assert_eq!(ask(&mut table, 0, leave()), Err(Rejected::Owner));
    assert_eq!(view(&table, 0, id).standing, StandingHere::In);
    assert_eq!(ask(&mut table, 1, leave()), Ok(Reply::Community(id)));
    table.pass(SOON);
    assert_eq!(standing(&table, 0, id, 1), Standing::Outside);
    assert_eq!(ask(&mut table, 0, leave()), Ok(Reply::Community(id)));
    assert_eq!(view(&table, 0, id).standing, StandingHere::Left);
    table.crash(0);
    assert_eq!(view(&table, 0, id).standing, StandingHere::Left);
}

#[test]
fn whoever_is_not_in_is_given_no_role() {
    let (mut table, id, _) = community_of(&["Ana", "Bo"]);
    let admin = Body::CreateRole {
        name: name("admin"),
        colour: [1, 2, 3],
        position: Position(10),
        bits: Bits::KICK,
    };
    let role = act(&mut table, 0, id, admin);
    let stranger = AccountId([7; 32]);
    let assign = |who| CommunityCommand::Act {
        community: id,
        body: Box::new(Body::Assign { who, role }),
    };
    let refused = Err(Rejected::UnknownMember);
    assert_eq!(ask(&mut table, 0, assign(stranger)), refused);
    let bo = table.account(1);
    assert!(ask(&mut table, 0, assign(bo)).is_ok());
    act(&mut table, 0, id, Body::Unassign { who: bo, role });
    let left = ask(&mut table, 1, CommunityCommand::Leave(id));
    assert_eq!(left, Ok(Reply::Community(id)));
    table.pass(SOON);
    assert_eq!(ask(&mut table, 0, assign(bo)), refused);
    // So an invite still lets them in.
    let invite = invite(&mut table, 0, id, 5);
    join(&mut table, 1, 0, id, invite);
    assert_eq!(standing(&table, 0, id, 1), Standing::Member);
}

#[test]
fn whoever_has_handed_a_community_over_may_leave_it() {
    let (mut table, id, _) = community_of(&["Ana", "Bo"]);
    let to = table.account(1);
    let transfer = act(&mut table, 0, id, Body::Transfer { to });
    table.pass(SOON);
    // An offer alone changes nothing.
    let leave = || CommunityCommand::Leave(id);
    assert_eq!(ask(&mut table, 0, leave()), Err(Rejected::Owner));
    act(&mut table, 1, id, Body::Accept { transfer });
    table.pass(SOON);
    assert_eq!(standing(&table, 0, id, 1), Standing::Owner);
    assert_eq!(standing(&table, 0, id, 0), Standing::Member);
    assert_eq!(ask(&mut table, 0, leave()), Ok(Reply::Community(id)));
    table.pass(SOON);
    assert_eq!(standing(&table, 1, id, 0), Standing::Outside);
}
