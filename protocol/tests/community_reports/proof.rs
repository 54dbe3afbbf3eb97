//! What a report proves to whoever cannot see the channel.

use super::*;

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
