//! Keys and frames of a community from whom they should not come, and toward whom they should not go.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::content::Audience;
use protocol::control::body::{Body, Scope};
use protocol::control::{CommunityId, OpId};
use protocol::crypto::{Hash32, Rng};
use protocol::group::{self, ChainId};
use protocol::link::{CommunityFrame, Frame};
use protocol::message::{CommunityMessage, Content, KeyMessage, MessageId};
use protocol::persist::{Batch, ChainRow, OutboxRow, PeerRow, Row, RowKey, Store as _};
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::wire::{self, Blob, Bounded};
#[path = "community/pen.rs"]
mod pen;
#[path = "community/table.rs"]
mod table;
use pen::{Pen, show};
use table::{SOON, act, community_of, history, name, say, text, text_channel, texts, view};

fn with_channel(names: &[&str]) -> (Table, CommunityId, OpId) {
    let (mut table, id, _links) = community_of(names);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    for seat in 0..names.len() {
        say(
            &mut table,
            seat,
            (id, channel),
            text(&format!("from {seat}")),
        )
        .unwrap();
    }
    table.pass(SOON);
    (table, id, channel)
}

/// Sender chains of a device that another keeps.
fn chains(table: &Table, at: usize, of: usize) -> Vec<(ChainId, ChainRow)> {
    let device = table.device(of);
    let rows = table.seats[at].store.rows.iter();
    rows.filter_map(|(key, row)| match (key, row) {
        (RowKey::Chain(_, whose, chain), Row::Chain(row)) if *whose == device => {
            Some((*chain, row.clone()))
        }
        _ => None,
    })
    .collect()
}

/// Has a device say something in its session with another that no honest device says.
fn says(table: &mut Table, from: usize, to: usize, key: KeyMessage, community: CommunityId) {
    let id = MessageId([0xEE; 16]);
    let content = Content::Community(CommunityMessage { id, community, key });
    let device = table.device(to);
    let peer = PeerRow {
        account: table.account(to),
        next_order: 1_001,
        session_number: 0,
    };
    let peer = match table.seats[from].store.rows.get(&RowKey::Peer(device)) {
        Some(Row::Peer(row)) => PeerRow {
            next_order: 1_001,
            ..row.clone()
        },
        _ => peer,
    };
    let mut batch = Batch::default();
    batch.put(RowKey::Peer(device), Row::Peer(peer));
    let row = OutboxRow {
        id,
        conversation: None,
        content: Blob::try_from(wire::encode(&content)).unwrap(),
        sealed: None,
    };
    batch.put(RowKey::Outbox(device, 1_000), Row::Outbox(row));
    table.seats[from].store.commit(&[batch]).unwrap();
    table.crash(from);
    for other in 0..table.seats.len() {
        if other != from {
            table.link(from, other);
        }
    }
    table.pass(Duration::from_secs(10));
    let waits = table.seats[from].store.rows.keys();
    let waits = waits
        .filter(|key| matches!(key, RowKey::Outbox(..)))
        .count();
    assert_eq!(waits, 0, "it was not heard");
}

/// T17: a chain is its session's device's own. Whoever sends keys under the name of another's chain changes nothing of that.
#[test]
fn skdm_wrong_session() {
    let (mut table, id, channel) = with_channel(&["Ana", "Ben", "Mallory"]);
    let before = chains(&table, 1, 0);
    let (chain, _) = before.last().cloned().unwrap();
    let mut rng = Rng::from_seed([7; 32]);
    let (_, distribution) = group::create(table.device(0), chain, &mut rng).unwrap();
    let key = KeyMessage::Chain {
        audience: Audience::Community,
        chain,
        distribution: distribution.bytes,
    };
    says(&mut table, 2, 1, key, id);
    assert_eq!(chains(&table, 1, 0), before, "another's record was touched");
    say(&mut table, 0, (id, channel), text("still me")).unwrap();
    table.pass(SOON);
    assert!(texts(&table, 1, channel).contains(&"still me".to_owned()));
}

/// T23: whoever was removed gets nothing more of the community, whatever they ask for; before, they got what they asked for.
#[test]
fn kicked_topic() {
    let (mut table, id, channel) = with_channel(&["Ana", "Ben", "Cleo"]);
    let epoch = view(&table, 2, id).epoch.unwrap().0;
    let asked = |table: &mut Table| {
        let from = table.seats[0].frames.len();
        let frames = [
            CommunityFrame::Heads {
                community: id,
                heads: vec![id.founding()].try_into().unwrap(),
                contents: Hash32([1; 32]),
                wants: true,
            },
            CommunityFrame::Logs {
                community: id,
                logs: Bounded::default(),
                wants: true,
            },
            CommunityFrame::SecretWanted {
                community: id,
                epoch,
            },
        ];
        for frame in frames {
            table.receive_from(0, 2, &Frame::Community(Box::new(frame)));
            table.pass(Duration::from_secs(2));
        }
        let told = table.seats[0].frames[from..].iter();
        let told = told.map(|frame| Frame::decode(frame).unwrap().name());
        told.collect::<Vec<_>>()
    };
    let member = asked(&mut table);
    for kind in ["logs", "entries", "sealed"] {
        assert!(member.contains(&kind), "{kind} not among {member:?}");
    }
    let removal = Body::Kick {
        who: table.account(2),
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    };
    let kicked = act(&mut table, 0, id, removal);
    table.pass(SOON);
    let later = act(&mut table, 0, id, text_channel("afterwards", Scope::Public));
    say(&mut table, 1, (id, channel), text("after")).unwrap();
    table.pass(Duration::from_secs(30));
    assert!(texts(&table, 0, channel).contains(&"after".to_owned()));
    let told = table.seats[2].core.control(id).unwrap();
    assert!(told.op(&kicked).is_some(), "was not told");
    assert!(told.op(&later).is_none(), "was told of what came later");
    let ends = told.log().dag().heads();
    // Only she is in reach.
    table.crash(0);
    table.link(0, 2);
    table.pass(Duration::from_secs(5));
    let outsider = asked(&mut table);
    for kind in ["ops", "logs", "entries", "sealed", "heads", "keys-wanted"] {
        assert!(!outsider.contains(&kind), "{kind} among {outsider:?}");
    }
    let told = table.seats[2].core.control(id).unwrap();
    assert_eq!(told.log().dag().heads(), ends, "learned what came later");
    assert!(!texts(&table, 2, channel).contains(&"after".to_owned()));
}

/// A14: whoever is silenced and dates what they say after the end of that is heard then, and keeps nobody else waiting.
#[test]
fn no_date_shortens_a_silence() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Mallory"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    say(&mut table, 2, (id, channel), text("hello")).unwrap();
    table.pass(SOON);
    let hour = Duration::from_secs(3_600);
    let now = 1_700_000_000_000 + u64::try_from(table.now.as_millis()).unwrap();
    let until = now + u64::try_from(hour.as_millis()).unwrap();
    let silence = Body::Timeout {
        who: table.account(2),
        until: Hlc::from_wall(Timestamp::from_millis(until)),
        reason: name(""),
    };
    let op = act(&mut table, 0, id, silence);
    table.pass(SOON);
    assert!(say(&mut table, 2, (id, channel), text("refused")).is_err());
    let mut pen = Pen::of(&table, 2, id, channel);
    pen.heads = vec![op];
    pen.at = until + 1;
    let ahead = pen.write(text("an hour later"), 1);
    show(&mut table, 1, links[2], id, std::slice::from_ref(&ahead));
    table.pass(SOON);
    assert_eq!(texts(&table, 1, channel), ["hello"]);
    say(&mut table, 0, (id, channel), text("on we go")).unwrap();
    table.pass(SOON);
    assert!(texts(&table, 1, channel).contains(&"on we go".to_owned()));
    table.pass(hour);
    show(&mut table, 1, links[2], id, &[ahead]);
    table.pass(SOON);
    assert!(texts(&table, 1, channel).contains(&"an hour later".to_owned()));
}

/// A clock that runs ahead is nobody's fault: what it dates is heard at once, what answers it follows it, and elsewhere time is
/// as before.
#[test]
fn whose_clock_runs_ahead_is_heard() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    let other = act(&mut table, 0, id, text_channel("other", Scope::Public));
    table.pass(SOON);
    say(&mut table, 2, (id, channel), text("hello")).unwrap();
    table.pass(SOON);
    let mut pen = Pen::of(&table, 2, id, channel);
    pen.at += 10 * 365 * 24 * 3_600 * 1_000;
    let ahead = pen.write(text("from the future"), 1);
    show(&mut table, 1, links[2], id, &[ahead]);
    table.pass(SOON);
    say(&mut table, 1, (id, channel), text("an answer")).unwrap();
    say(&mut table, 1, (id, other), text("now")).unwrap();
    table.pass(SOON);
    assert_eq!(
        texts(&table, 1, channel),
        ["hello", "from the future", "an answer"]
    );
    let now = history(&table, 1, other)[0].1.hlc;
    let far = Timestamp::from_millis(pen.at - 24 * 3_600 * 1_000);
    assert!(now.wall() < far, "a clock was moved");
}
