//! What a community shows follows what is known, however often it was asked for before: much of it is kept until that changes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::BTreeSet;

use protocol::control::body::{Body, PolicyChange, Scope};
use protocol::control::icon::Icon;
use protocol::control::{Bits, Position};
use protocol::core::Config;
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};

#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, community_of, found, invite, join, kick_by, name, private_channel, say,
    second_device, text, text_channel, texts, view,
};

#[test]
fn whoever_is_linked_is_in_reach_until_the_link_is_gone() {
    let (mut table, id, links) = community_of(&["Ana", "Ben"]);
    let ben = table.device(1);
    assert_eq!(view(&table, 0, id).in_reach, [ben]);
    table.cut(links[0]);
    table.pass(SOON);
    assert!(view(&table, 0, id).in_reach.is_empty());
    table.link(0, 1);
    table.pass(SOON);
    assert_eq!(view(&table, 0, id).in_reach, [ben]);
}

#[test]
fn an_offer_stands_however_much_was_done_since_and_ends_with_whom_it_is_made_to() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let (ana, ben) = (table.account(0), table.account(1));
    let offer = act(&mut table, 0, id, Body::Transfer { to: ben });
    assert_eq!(view(&table, 0, id).offer, Some((offer, ben)));
    for turn in 0..210 {
        let changes = vec![PolicyChange::Topic(name(&turn.to_string()))];
        let changes = changes.try_into().unwrap();
        act(&mut table, 0, id, Body::Policy { changes });
    }
    table.pass(SOON);
    let shown = view(&table, 1, id);
    assert!(shown.audit.iter().all(|entry| entry.id != offer));
    assert_eq!(shown.offer, Some((offer, ben)));
    // Taken back, and made anew: the newer one alone may be taken.
    act(&mut table, 0, id, Body::Transfer { to: ana });
    assert_eq!(view(&table, 0, id).offer, None);
    act(&mut table, 0, id, Body::Transfer { to: ben });
    assert!(view(&table, 0, id).offer.is_some());
    // Whoever was put out and came back has nothing to take any more.
    kick_by(&mut table, id, 0, 1);
    table.pass(SOON);
    assert_eq!(view(&table, 0, id).offer, None);
    let made = invite(&mut table, 0, id, 1);
    join(&mut table, 1, 0, id, made);
    table.pass(SOON);
    assert_eq!(view(&table, 0, id).offer, None);
    let offer = act(&mut table, 0, id, Body::Transfer { to: ben });
    table.pass(SOON);
    assert_eq!(view(&table, 1, id).offer, Some((offer, ben)));
    act(&mut table, 1, id, Body::Accept { transfer: offer });
    table.pass(SOON);
    let shown = view(&table, 0, id);
    assert_eq!((shown.owner, shown.offer), (Some(ben), None));
}

/// Of two who share a community and nothing else: nobody but the community says whose the second device is.
#[test]
fn a_new_device_of_a_member_is_recognised_and_given_keys_by_who_shares_the_community_alone() {
    let mut table = Table::new(&["Ana"]);
    let words = table.sit("Ben", Config::default());
    let id = found(&mut table, 0);
    let made = invite(&mut table, 0, id, 1);
    table.link(0, 1);
    join(&mut table, 1, 0, id, made);
    let channel = act(&mut table, 0, id, text_channel("salon", Scope::Public));
    table.pass(SOON);
    let second = second_device(&mut table, 1, &words);
    table.link(0, second);
    table.pass(SOON);
    let both = [table.device(1), table.device(second)];
    let seen = view(&table, 0, id).in_reach;
    assert_eq!(BTreeSet::from_iter(seen), BTreeSet::from(both));
    say(&mut table, 0, (id, channel), text("salut")).unwrap();
    table.pass(SOON);
    assert_eq!(texts(&table, second, channel), ["salut"]);
}

/// All public channels share their readers, and no private one has them, whichever was made before the other.
#[test]
fn each_private_channel_shows_its_own_readers() {
    let (mut table, id, _) = community_of(&["Ana", "Ben", "Cleo"]);
    let role = Body::CreateRole {
        name: name("role"),
        colour: [0; 3],
        position: Position(3),
        bits: Bits::NONE,
    };
    let role = act(&mut table, 0, id, role);
    let who = table.account(1);
    act(&mut table, 0, id, Body::Assign { who, role });
    let [first, hidden, last] = [
        text_channel("first", Scope::Public),
        private_channel("hidden", id, role),
        text_channel("last", Scope::Public),
    ]
    .map(|channel| act(&mut table, 0, id, channel));
    table.pass(SOON);
    let [ana, ben, cleo] = [0, 1, 2].map(|seat| table.account(seat));
    let everybody = BTreeSet::from([ana, ben, cleo]);
    for seat in 0..3 {
        let channels = view(&table, seat, id).channels;
        for (channel, readers) in [
            (first, everybody.clone()),
            (hidden, BTreeSet::from([ana, ben])),
            (last, everybody.clone()),
        ] {
            let shown = channels.iter().find(|one| one.id == channel).unwrap();
            let shown = shown.readers.iter().copied();
            assert_eq!(BTreeSet::from_iter(shown), readers, "{seat}: {channel:?}");
        }
    }
}

/// Nothing else changes about anybody meanwhile: whoever looked before looks again.
#[test]
fn a_silence_is_shown_when_it_comes() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let silenced = |table: &Table, seat: usize| {
        let members = view(table, seat, id).members;
        let ben = members.iter().find(|one| one.account == table.account(1));
        ben.unwrap().silenced_until
    };
    assert_eq!([0, 1].map(|seat| silenced(&table, seat)), [None, None]);
    let until = Hlc::from_wall(Timestamp::from_millis(1_730_000_000_000));
    let silence = Body::Timeout {
        who: table.account(1),
        until,
        reason: name(""),
    };
    act(&mut table, 0, id, silence);
    table.pass(SOON);
    assert_eq!([0, 1].map(|seat| silenced(&table, seat)), [Some(until); 2]);
}

/// Whoever says that all is as elsewhere says so of the picture as well.
#[test]
fn another_picture_is_another_state_for_everybody() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let states = |table: &Table| [0, 1].map(|seat| view(table, seat, id).state);
    let before = states(&table);
    let mut seen = vec![before];
    for bytes in [&b"\x89PNG\r\n\x1a\n one"[..], b"\x89PNG\r\n\x1a\n two"] {
        let icon = Icon::new(bytes.to_vec()).unwrap();
        let changes = vec![PolicyChange::Icon(Some(icon.clone()))];
        let changes = changes.try_into().unwrap();
        act(&mut table, 0, id, Body::Policy { changes });
        table.pass(SOON);
        for seat in [0, 1] {
            let shown = view(&table, seat, id).icon;
            assert_eq!(shown.as_deref(), Some(&icon));
        }
        let now = states(&table);
        assert_eq!(now[0], now[1]);
        assert!(!seen.contains(&now));
        seen.push(now);
    }
}
