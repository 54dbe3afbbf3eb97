//! How much fits into a fork, and that it is made whole, once, or not at all.

use super::*;

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
