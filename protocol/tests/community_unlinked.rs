//! Words of whom one has no link to: they come by others, and so do the chains that open them (`handing`).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::content::{Audience, UnverifiedEntry};
use protocol::control::body::{Body, History, PolicyChange, Scope};
use protocol::control::{CommunityId, OpId};
use protocol::crypto::Rng;
use protocol::group::{self, ChainId};
use protocol::link::frame::EntryBytes;
use protocol::link::{CommunityFrame, Frame};
use protocol::message::{CommunityMessage, Content, HandedChain, KeyMessage, MessageId};
use protocol::persist::{
    Batch, ChainRow, ChainSource, OutboxRow, PeerRow, Row, RowKey, Store as _,
};
use protocol::testing::Table;
use protocol::turn::Event;
use protocol::wire::{self, Blob, Bounded};

#[path = "community/table.rs"]
mod table;
use table::{SOON, act, community_of, invite, join, kick_by, say, text, text_channel, texts, view};

const STEP: Duration = Duration::from_millis(50);

/// Ana in the middle: Ben and Cleo have no link with each other, and Dan is thrown out, so that every chain is a new one.
fn around_ana() -> (Table, CommunityId, OpId) {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo", "Dan"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    table.cut(links[2]); // Cleo with Ben
    kick_by(&mut table, id, 0, 3);
    table.pass(SOON);
    (table, id, channel)
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

/// The sender chains of a device that another keeps, the newest last.
fn chains(table: &Table, at: usize, of: usize) -> Vec<(ChainId, ChainRow)> {
    let device = table.device(of);
    let rows = table.seats[at].store.rows.iter();
    let mut chains: Vec<_> = rows
        .filter_map(|(key, row)| match (key, row) {
            (RowKey::Chain(_, whose, chain), Row::Chain(row)) if *whose == device => {
                Some((*chain, row.clone()))
            }
            _ => None,
        })
        .collect();
    chains.sort_by_key(|(_, row)| row.since);
    chains
}

/// No question for keys comes through.
fn no_questions(_from: usize, _to: usize, bytes: &[u8]) -> bool {
    let asks = |frame| matches!(frame, Frame::Community(frame) if matches!(*frame, CommunityFrame::KeysWanted { .. }));
    !Frame::decode(bytes).is_ok_and(asks)
}

/// The first word of a new chain costs a question; all after it are read as they come.
#[test]
fn whoever_has_no_link_to_a_speaker_reads_along() {
    let (mut table, id, channel) = around_ana();
    let mut delays = Vec::new();
    for word in 0..12 {
        delays.push(delay(
            &mut table,
            (1, 2),
            (id, channel),
            &format!("word {word}"),
        ));
        table.pass(Duration::from_secs(1));
    }
    assert!(delays[0] <= STEP * 5, "{delays:?}");
    assert!(delays[1..].iter().all(|delay| *delay <= STEP), "{delays:?}");
}

/// Each hands on what was handed to it, and answers as soon as it can whoever asked before: so the first word comes to the end of a line
/// without a second question, and all others come as they are said.
#[test]
fn a_chain_goes_on_from_hand_to_hand() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo", "Dan", "Eve", "Finn"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    // Ana – Ben – Cleo – Dan – Eve in a line.
    let pairs = (1..6).flat_map(|seat| (0..seat).map(move |other| (seat, other)));
    for (link, (seat, other)) in links.into_iter().zip(pairs) {
        if seat != other + 1 {
            table.cut(link);
        }
    }
    kick_by(&mut table, id, 0, 5);
    table.pass(SOON * 4);
    let mut delays = Vec::new();
    for word in 0..8 {
        let word = format!("word {word}");
        delays.push(delay(&mut table, (0, 4), (id, channel), &word));
        table.pass(Duration::from_secs(1));
    }
    assert!(delays[0] <= STEP * 3, "{delays:?}");
    let (_, rest) = delays.split_at(1);
    assert!(rest.iter().all(|delay| *delay <= STEP), "{delays:?}");
    let (_, kept) = chains(&table, 4, 0).last().unwrap().clone();
    assert_eq!(kept.source, ChainSource::Proven);
}

/// As soon as its own device hands a chain over, that one is kept.
#[test]
fn a_chain_of_its_own_device_takes_the_place_of_one_handed_on() {
    let (mut table, id, channel) = around_ana();
    for word in ["by Ana", "again"] {
        delay(&mut table, (1, 2), (id, channel), word);
        table.pass(SOON);
    }
    assert_eq!(
        chains(&table, 2, 1).last().unwrap().1.source,
        ChainSource::Proven
    );
    table.link(2, 1);
    table.pass(SOON);
    assert_eq!(
        chains(&table, 2, 1).last().unwrap().1.source,
        ChainSource::Author
    );
    let soon = delay(&mut table, (1, 2), (id, channel), "by himself");
    assert!(soon <= STEP, "{soon:?}");
}

/// Has a device say something in its session with another that no honest device says.
fn says(table: &mut Table, from: usize, to: usize, key: KeyMessage, community: CommunityId) {
    let id = MessageId([0xEE; 16]);
    let content = Content::Community(CommunityMessage { id, community, key });
    let device = table.device(to);
    let Some(Row::Peer(peer)) = table.seats[from]
        .store
        .rows
        .get(&RowKey::Peer(device))
        .cloned()
    else {
        panic!("they never met");
    };
    let order = peer.next_order;
    let mut batch = Batch::default();
    let next_order = order + 1;
    batch.put(
        RowKey::Peer(device),
        Row::Peer(PeerRow { next_order, ..peer }),
    );
    let row = OutboxRow {
        id,
        conversation: None,
        content: Blob::try_from(wire::encode(&content)).unwrap(),
        sealed: None,
    };
    batch.put(RowKey::Outbox(device, order), Row::Outbox(row));
    table.seats[from].store.commit(&[batch]).unwrap();
    table.crash(from);
}

/// A chain of other keys under this name, as somebody might hand it on.
fn false_chain(table: &Table, of: usize, chain: ChainId) -> HandedChain {
    let device = table.device(of);
    let (_, told) = group::create(device, chain, &mut Rng::from_seed([7; 32])).unwrap();
    HandedChain {
        device,
        audience: Audience::Community,
        chain,
        distribution: told.bytes,
    }
}

fn hands_on(chains: Vec<HandedChain>) -> KeyMessage {
    KeyMessage::Entries {
        keys: Bounded::default(),
        chains: chains.try_into().unwrap(),
    }
}

/// Ana is back in reach of the two others, who have heard what she had to say.
fn ana_is_heard(table: &mut Table) {
    table.link(0, 2);
    table.link(0, 1);
    table.pass(SOON);
    let left = table.seats[0].store.rows.keys();
    let left = left.filter(|key| matches!(key, RowKey::Outbox(..)));
    assert_eq!(left.count(), 0, "the false chain was not taken");
}

/// T17: a member hands on something else under the name of another's chain. It opens nothing, is dropped, and is held against
/// nobody: what is right is asked for. What nobody waits for is not kept at all.
#[test]
fn a_false_chain_that_is_handed_on_keeps_no_word_closed() {
    let (mut table, id, channel) = around_ana();
    table.lossy = Some(no_questions);
    say(&mut table, 1, (id, channel), text("waits")).unwrap();
    table.pass(SOON);
    assert!(!texts(&table, 2, channel).contains(&"waits".to_owned()));
    let before = chains(&table, 2, 1);
    let (chain, _) = chains(&table, 0, 1).last().unwrap().clone();
    let false_chains = [chain, ChainId([9; 16])].map(|chain| false_chain(&table, 1, chain));
    says(&mut table, 0, 2, hands_on(false_chains.into()), id);
    ana_is_heard(&mut table);
    assert_eq!(chains(&table, 2, 1), before, "it is kept");
    table.lossy = None;
    table.pass(Duration::from_secs(15));
    assert!(texts(&table, 2, channel).contains(&"waits".to_owned()));
    let soon = delay(&mut table, (1, 2), (id, channel), "and goes on");
    assert!(soon <= STEP, "{soon:?}");
}

/// T17: the same toward an audience for which nothing waits, so that it is never tried. Its device's own is no fault for that.
#[test]
fn a_false_chain_that_is_never_tried_gives_way_to_what_its_own_device_gives() {
    let (mut table, id, channel) = around_ana();
    table.lossy = Some(no_questions);
    say(&mut table, 1, (id, channel), text("waits")).unwrap();
    table.pass(SOON);
    let (chain, _) = chains(&table, 0, 1).last().unwrap().clone();
    let untried = HandedChain {
        audience: Audience::Channel(channel),
        ..false_chain(&table, 1, chain)
    };
    says(&mut table, 0, 2, hands_on(vec![untried]), id);
    ana_is_heard(&mut table);
    let (_, kept) = chains(&table, 2, 1).last().unwrap().clone();
    assert_eq!(kept.source, ChainSource::Handed);
    table.link(2, 1);
    table.pass(SOON);
    assert!(texts(&table, 2, channel).contains(&"waits".to_owned()));
    let (_, kept) = chains(&table, 2, 1).last().unwrap().clone();
    assert_eq!(kept.source, ChainSource::Author);
}

/// T17: what its own device handed over stays, though words from before that wait under its name.
#[test]
fn a_chain_that_is_handed_on_does_not_touch_what_its_own_device_gave() {
    let (mut table, id, _links) = community_of(&["Ana", "Ben"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    let changes = vec![PolicyChange::History(History::Full)];
    let changes = changes.try_into().unwrap();
    act(&mut table, 0, id, Body::Policy { changes });
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    say(&mut table, 1, (id, channel), text("before her")).unwrap();
    table.pass(SOON);
    table.lossy = Some(no_questions);
    let _words = table.sit("Cleo", protocol::core::Config::default());
    table.link(2, 0);
    table.link(2, 1);
    join(&mut table, 2, 0, id, made);
    table.pass(SOON);
    say(&mut table, 1, (id, channel), text("to her")).unwrap();
    table.pass(SOON);
    assert_eq!(texts(&table, 2, channel), ["to her"]);
    let own = chains(&table, 2, 1);
    let [(chain, _)] = own[..] else {
        panic!("{}", own.len())
    };
    let false_chains = vec![false_chain(&table, 1, chain)];
    says(&mut table, 0, 2, hands_on(false_chains), id);
    ana_is_heard(&mut table);
    assert_eq!(chains(&table, 2, 1), own);
    table.lossy = None;
    table.pass(Duration::from_secs(15));
    assert_eq!(texts(&table, 2, channel), ["before her", "to her"]);
}

/// Whoever answers with nothing is not asked again at once for that: it would be asked for ever, and nobody else.
#[test]
fn an_answer_that_opens_nothing_brings_no_further_question() {
    let (mut table, id, channel) = around_ana();
    table.lossy = Some(no_questions);
    say(&mut table, 1, (id, channel), text("waits")).unwrap();
    table.pass(Duration::from_secs(60));
    let questions = |table: &Table| {
        let frames = table.seats[2].frames.iter();
        frames.filter(|bytes| !no_questions(2, 0, bytes)).count()
    };
    let before = questions(&table);
    assert!(before > 0);
    says(&mut table, 0, 2, hands_on(Vec::new()), id);
    ana_is_heard(&mut table);
    assert!(
        questions(&table) <= before + 1,
        "more than the time called for"
    );
}

/// A relay leaves out the sealed key of a word, which its author's signature does not cover: it is not taken for the word.
#[test]
fn a_word_without_its_sealed_key_does_not_take_the_place_of_the_whole() {
    let (mut table, id, _links) = community_of(&["Ana", "Ben", "Cleo"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    say(&mut table, 1, (id, channel), text("one")).unwrap();
    table.pass(SOON);
    table.lossy = Some(|_, to, _| to != 2);
    say(&mut table, 1, (id, channel), text("two")).unwrap();
    table.pass(SOON);
    let whole = newest_entry(&table, 0, 1);
    let mut stripped = UnverifiedEntry::decode(&whole).unwrap().entry().clone();
    stripped.key = Blob::default();
    let entries = vec![EntryBytes::try_from(stripped.encode()).unwrap()];
    let frame = CommunityFrame::Entries {
        community: id,
        entries: entries.try_into().unwrap(),
        more: false,
    };
    table.receive_from(2, 0, &Frame::Community(Box::new(frame)));
    table.lossy = None;
    for seat in [0, 1] {
        table.link(2, seat);
    }
    table.pass(Duration::from_secs(60));
    assert_eq!(texts(&table, 2, channel), ["one", "two"]);
    assert_eq!(
        newest_entry(&table, 2, 1),
        whole,
        "others get it stripped from her"
    );
}

/// The last entry of somebody that is kept at a seat.
fn newest_entry(table: &Table, at: usize, of: usize) -> EntryBytes {
    let device = table.device(of);
    let rows = table.seats[at].store.rows.iter();
    let entries = rows.filter_map(|(key, row)| match (key, row) {
        (RowKey::Entry(_, log, seq), Row::Entry(row)) if log.device == device => Some((*seq, row)),
        _ => None,
    });
    let newest = entries.max_by_key(|(seq, _)| *seq);
    newest.unwrap().1.bytes.clone()
}

/// What an author could not know of is not in its name: whoever came in meanwhile is given keys of the past by the rule, and
/// the chain only from a word on that was said to them.
#[test]
fn a_chain_is_not_handed_to_whom_its_author_did_not_hand_it() {
    let (mut table, id, links) = community_of(&["Ana", "Ben"]);
    let channel = act(&mut table, 0, id, text_channel("general", Scope::Public));
    let changes = vec![PolicyChange::History(History::Full)]
        .try_into()
        .unwrap();
    act(&mut table, 0, id, Body::Policy { changes });
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    table.cut(links[0]);
    say(&mut table, 1, (id, channel), text("to Ana")).unwrap();
    let _words = table.sit("Cleo", protocol::core::Config::default());
    table.link(2, 0);
    join(&mut table, 2, 0, id, made);
    table.pass(SOON);
    let knows = view(&table, 1, id).members.len();
    assert_eq!(knows, 2, "Ben knows of her");
    // His word comes to Ana before hers of Cleo to him.
    table.lossy = Some(|from, _, bytes| {
        let ops = |frame| matches!(frame, Frame::Community(frame) if matches!(*frame, CommunityFrame::Ops { .. }));
        from != 0 || !Frame::decode(bytes).is_ok_and(ops)
    });
    table.link(1, 0);
    table.pass(Duration::from_secs(30));
    assert!(texts(&table, 2, channel).contains(&"to Ana".to_owned()));
    assert_eq!(
        chains(&table, 2, 1),
        vec![],
        "she could read what he says to Ana alone"
    );
    table.lossy = None;
    table.pass(Duration::from_secs(90));
    assert_eq!(view(&table, 1, id).members.len(), 3);
    delay(&mut table, (1, 2), (id, channel), "to both");
    table.pass(SOON);
    assert_eq!(
        chains(&table, 2, 1).last().unwrap().1.source,
        ChainSource::Handed
    );
}

/// Whoever has gone back to an older state of a chain hands nothing on of it: it would open what was said before.
#[test]
fn a_chain_is_handed_on_from_behind_the_word_alone() {
    let (mut table, id, channel) = around_ana();
    table.lossy = Some(|from, to, _| (from, to) != (0, 2) && (from, to) != (2, 0));
    delay(&mut table, (1, 0), (id, channel), "first");
    table.pass(SOON);
    let (name, old) = chains(&table, 0, 1).last().unwrap().clone();
    for word in 0..3 {
        delay(&mut table, (1, 0), (id, channel), &format!("word {word}"));
    }
    table.pass(SOON);
    let mut batch = Batch::default();
    batch.put(RowKey::Chain(id, table.device(1), name), Row::Chain(old));
    table.seats[0].store.commit(&[batch]).unwrap();
    table.crash(0);
    table.lossy = None;
    table.link(0, 2);
    table.pass(Duration::from_secs(60));
    assert!(texts(&table, 2, channel).contains(&"word 2".to_owned()));
    let has = |(chain, _): &(ChainId, ChainRow)| *chain == name;
    assert!(
        !chains(&table, 2, 1).iter().any(has),
        "it opens word 0 as well"
    );
}
