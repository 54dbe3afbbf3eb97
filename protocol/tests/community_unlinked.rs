//! Words of whom one has no link to: they come by others, and so do the chains that open them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::control::body::{Body, Scope};
use protocol::control::{CommunityId, OpId};
use protocol::testing::Table;
use protocol::turn::Event;
use protocol::wire::Bounded;
#[path = "community/table.rs"]
mod table;
use table::{SOON, act, community_of, name, say, text, text_channel};

const STEP: Duration = Duration::from_millis(50);

/// Ana in the middle: Ben and Cleo have no link with each other, and Dan is thrown out, so that every chain is a new one.
fn around_ana() -> (Table, CommunityId, OpId) {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo", "Dan"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    table.cut(links[2]); // Cleo with Ben
    kick(&mut table, id, 3);
    table.pass(SOON);
    (table, id, channel)
}

fn kick(table: &mut Table, id: CommunityId, whom: usize) {
    let who = table.account(whom);
    let body = Body::Kick {
        who,
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    };
    act(table, 0, id, body);
}

/// How long it takes until a seat shows a word that another says.
fn delay(
    table: &mut Table,
    (from, to): (usize, usize),
    place: (CommunityId, OpId),
    word: &str,
) -> Duration {
    let said = say(table, from, place, text(word)).unwrap();
    let shows = |table: &Table| {
        let events = table.seats[to].events.iter().rev();
        let mut shown = events.filter_map(|event| match event {
            Event::Message { message, .. } => Some(*message),
            _ => None,
        });
        shown.any(|message| message == said)
    };
    let mut waited = Duration::ZERO;
    while !shows(table) {
        assert!(waited < Duration::from_secs(60), "{word} never came");
        table.pass(STEP);
        waited += STEP;
    }
    waited
}

/// The first word of a new chain costs a question; all after it are read as they come.
#[test]
fn whoever_has_no_link_to_a_speaker_reads_along() {
    let (mut table, id, channel) = around_ana();
    let mut delays = Vec::new();
    for word in 0..12 {
        delays.push(delay(&mut table, (1, 2), (id, channel), &format!("word {word}")));
        table.pass(Duration::from_secs(1));
    }
    assert!(delays[0] <= Duration::from_millis(500), "{delays:?}");
    assert!(delays[1..].iter().all(|delay| *delay <= STEP * 2), "{delays:?}");
}
