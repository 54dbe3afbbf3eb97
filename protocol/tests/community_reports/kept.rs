//! How many reports there is room for, and for how long they are whose.

use super::*;

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
