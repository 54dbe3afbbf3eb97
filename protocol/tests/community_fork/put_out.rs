//! Forks by those who were put out, and what those who stay cannot prevent.

use protocol::time::{Hlc, Timestamp};

use super::*;

/// As long as a silence may last, by the clocks of tables.
const A_YEAR_ON: Timestamp = Timestamp::from_millis(1_731_000_000_000);

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
    let (who, until) = (table.account(BEN), Hlc::from_wall(A_YEAR_ON));
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
