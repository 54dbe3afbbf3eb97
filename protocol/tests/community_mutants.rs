//! Deliberate faults of communities, each of which must show (DECISIONS 31). In a build without them there is nothing to see.

#![cfg(feature = "mutants")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use bytes::Bytes;
use protocol::content::{self, Audience, ContentMessage, EntryKey, EntryPlace};
use protocol::control::body::{Body, LogId, Scope};
use protocol::control::{CommunityId, OpId, Standing};
use protocol::core::{Config, Faults, Mutant};
use protocol::crypto::{Hash32, Label, Rng, aead};
use protocol::error::Misbehaved;
use protocol::group::{self, ChainId};
use protocol::link::{CommunityFrame, Frame};
use protocol::local::LocalDevice;
use protocol::message::{CommunityMessage, Content, KeyMessage, MessageId};
use protocol::persist::{OutboxRow, PeerRow, Row, RowKey};
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::turn::{Event, Input};
use protocol::wire::Bounded;

#[path = "community/pen.rs"]
mod pen;
#[path = "community/table.rs"]
mod table;
use pen::Pen;
use table::{SOON, act, community_with, name, say, text, text_channel, texts};

/// Ana, Ben and Cleo with a channel, all with this fault.
fn with_channel(mutant: Option<Mutant>) -> (Table, CommunityId, OpId, protocol::link::LinkId) {
    let config = Config {
        faults: Faults { mutant },
        ..Config::default()
    };
    let (mut table, id, links) = community_with(&["Ana", "Ben", "Cleo"], config);
    let channel = act(&mut table, 0, id, text_channel("général", Scope::Public));
    table.pass(SOON);
    (table, id, channel, links[0])
}

fn kick(table: &Table, whom: usize) -> Body {
    Body::Kick {
        who: table.account(whom),
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    }
}

/// Whether Cleo, removed, can open what Ana says after it.
fn removed_reads_on(mutant: Option<Mutant>) -> bool {
    let (mut table, id, channel, _) = with_channel(mutant);
    say(&mut table, 0, (id, channel), text("before")).unwrap();
    table.pass(SOON);
    let removal = kick(&table, 2);
    act(&mut table, 0, id, removal);
    say(&mut table, 0, (id, channel), text("after")).unwrap();
    table.pass(SOON);
    let control = table.seats[0].core.control(id).unwrap();
    let removed = table.account(2);
    let kept = &table.seats[2].store.rows;
    table.seats[0].store.rows.iter().any(|(key, row)| {
        let (RowKey::Entry(..), Row::Entry(row)) = (key, row) else {
            return false;
        };
        let entry = content::UnverifiedEntry::decode(&row.bytes).unwrap();
        let header = entry.entry().header.clone();
        let moment = control.log().at(&header.heads).unwrap();
        let after = moment.standing(&removed) < Standing::Member;
        let chain = RowKey::Chain(id, header.log.device, header.chain);
        let verified = entry
            .verify(control.key(&header.log.device).unwrap())
            .unwrap();
        after
            && kept.get(&chain).is_some_and(
                |row| matches!(row, Row::Chain(row) if verified.open_key(&row.record).is_ok()),
            )
    })
}

/// Whether Ana takes an entry of Ben's that names an epoch which a removal has ended.
fn old_epoch_is_taken(mutant: Option<Mutant>) -> bool {
    let (mut table, id, channel, link) = with_channel(mutant);
    let control = |table: &Table| table.seats[0].core.control(id).unwrap().clone();
    let old = control(&table).log().now().epoch().unwrap();
    let removal = kick(&table, 2);
    act(&mut table, 0, id, removal);
    table.pass(SOON);
    let ben = LocalDevice::decode(&table.seats[1].identity).unwrap();
    let mut rng = Rng::from_seed([7; 32]);
    let chain = ChainId::draw(&mut rng);
    let (record, _) = group::create(ben.device, chain, &mut rng).unwrap();
    let millis = 1_700_000_000_000 + u64::try_from(table.now.as_millis()).unwrap();
    let log = LogId {
        device: ben.device,
        incarnation: 5,
    };
    let place = EntryPlace {
        community: id,
        log,
        seq: 0,
        prev: None,
        hlc: Hlc::from_wall(Timestamp::from_millis(millis)),
        heads: control(&table).log().dag().heads().try_into().unwrap(),
        audience: Audience::Community,
        epoch: old,
        lives: None,
    };
    let message = ContentMessage {
        id: MessageId([5; 16]),
        channel,
        seen: Bounded::default(),
        event: text("under the old epoch"),
    };
    let at = group::position(chain, &record).unwrap();
    let sealed = content::seal(place, at, &record, &message, &ben.signing, &mut rng).unwrap();
    let entries = vec![sealed.entry.encode().try_into().unwrap()];
    let frame = CommunityFrame::Entries {
        community: id,
        entries: entries.try_into().unwrap(),
        more: false,
    };
    let bytes = Bytes::from(Frame::Community(Box::new(frame)).encode());
    table.input(0, Input::Received { link, bytes });
    table.pass(SOON);
    let entry = RowKey::Entry(id, log, 0);
    table.seats[0].store.rows.contains_key(&entry)
}

#[test]
fn a_chain_that_is_kept_for_the_removed_shows() {
    assert!(!removed_reads_on(None));
    assert!(removed_reads_on(Some(Mutant::KeyToRemoved)));
}

#[test]
fn an_old_epoch_that_is_accepted_shows() {
    assert!(!old_epoch_is_taken(None));
    assert!(old_epoch_is_taken(Some(Mutant::OldEpochAccepted)));
}

/// Ben says something while no key comes to Ana from anybody.
fn closed_at_ana(mutant: Option<Mutant>) -> (Table, CommunityId, LogId) {
    let (mut table, id, channel, _) = with_channel(mutant);
    table.lossy = Some(|from, to, bytes| {
        let sealed = matches!(Frame::decode(bytes), Ok(Frame::Sealed { .. }));
        !(sealed && from != 0 && to == 0)
    });
    say(&mut table, 1, (id, channel), text("closed to Ana")).unwrap();
    table.pass(SOON);
    let ben = table.device(1);
    let mut keys = table.seats[0].store.rows.keys();
    let log = keys.find_map(|key| match key {
        RowKey::Log(_, log) if log.device == ben => Some(*log),
        _ => None,
    });
    let log = log.unwrap();
    (table, id, log)
}

fn key_at_ana(table: &Table, id: CommunityId, log: LogId) -> Option<[u8; 32]> {
    match table.seats[0].store.rows.get(&RowKey::Entry(id, log, 0)) {
        Some(Row::Entry(row)) => row.key,
        other => panic!("{other:?}"),
    }
}

/// Whether Ana takes a key that Cleo makes up for what Ben said.
fn false_key_is_taken(mutant: Option<Mutant>) -> bool {
    let (mut table, id, log) = closed_at_ana(mutant);
    assert_eq!(key_at_ana(&table, id, log), None);
    let ana = table.device(0);
    let made_up = [7; 32];
    let content = Content::Community(CommunityMessage {
        id: MessageId([8; 16]),
        community: id,
        key: KeyMessage::Entries {
            keys: vec![(log, 0, EntryKey::from_bytes(made_up))]
                .try_into()
                .unwrap(),
            chains: Bounded::default(),
        },
    });
    let rows = &mut table.seats[2].store.rows;
    let Some(Row::Peer(peer)) = rows.get(&RowKey::Peer(ana)).cloned() else {
        panic!("they have met")
    };
    let waits = OutboxRow {
        id: MessageId([8; 16]),
        conversation: None,
        content: protocol::wire::encode(&content).try_into().unwrap(),
        sealed: None,
    };
    rows.retain(|key, _| !matches!(key, RowKey::Outbox(to, _) if *to == ana));
    rows.insert(RowKey::Outbox(ana, peer.next_order), Row::Outbox(waits));
    let next_order = peer.next_order + 1;
    rows.insert(RowKey::Peer(ana), Row::Peer(PeerRow { next_order, ..peer }));
    table.lossy = Some(|from, to, bytes| {
        let sealed = matches!(Frame::decode(bytes), Ok(Frame::Sealed { .. }));
        !(sealed && from == 1 && to == 0)
    });
    table.crash(2);
    let _link = table.link(2, 0);
    table.pass(SOON);
    key_at_ana(&table, id, log) == Some(made_up)
}

/// Whether Ana opens an entry of Ben's with what he sealed for another, which says something else in its place.
fn other_header_is_opened(mutant: Option<Mutant>) -> bool {
    let (mut table, id, channel, link) = with_channel(mutant);
    say(&mut table, 1, (id, channel), text("first")).unwrap();
    table.pass(SOON);
    let ben = LocalDevice::decode(&table.seats[1].identity).unwrap();
    let sealed = Pen::of(&table, 1, id, channel).write(text("second"), 3);
    let sealed = content::UnverifiedEntry::decode(&sealed).unwrap();
    let mut entry = sealed.entry().clone();
    let chain = RowKey::Chain(id, ben.device, entry.header.chain);
    let Some(Row::Chain(chain)) = table.seats[0].store.rows.get(&chain) else {
        panic!("Ana has his chain")
    };
    let verified = sealed.verify(&ben.signing.verify_key()).unwrap();
    let (key, _) = verified.open_key(&chain.record).unwrap();
    let message = ContentMessage {
        event: text("second thoughts"),
        ..verified.open(&key).unwrap()
    };
    let place = |entry: &content::Entry| *entry.header.place().as_bytes();
    let seal = |entry: &content::Entry| {
        let nonce = [0; aead::NONCE_LEN];
        aead::seal(key.as_bytes(), &nonce, &place(entry), &message.encode())
    };
    entry.header.content_len = u32::try_from(seal(&entry).len()).unwrap();
    entry.content = seal(&entry).try_into().unwrap();
    entry.header.content_hash = Hash32::of(Label::EntryContent, &entry.content);
    let signed = entry.header.signed(&entry.key_hash);
    entry.sig = ben.signing.sign(Label::Entry, &signed);
    pen::show(&mut table, 0, link, id, &[entry.encode()]);
    table.pass(SOON);
    texts(&table, 0, channel).contains(&"second thoughts".to_owned())
}

/// Whether Ana and Ben, who know of Cleo's removal, show what she says by what was known before it.
fn removed_is_heard(mutant: Option<Mutant>) -> bool {
    let (mut table, id, channel, _) = with_channel(mutant);
    say(&mut table, 2, (id, channel), text("hello")).unwrap();
    table.pass(SOON);
    let entry = Pen::of(&table, 2, id, channel).write(text("put out a minute ago"), 3);
    let removal = kick(&table, 2);
    act(&mut table, 0, id, removal);
    table.pass(std::time::Duration::from_secs(60));
    let entries = vec![entry.try_into().unwrap()];
    let frame = CommunityFrame::Entries {
        community: id,
        entries: entries.try_into().unwrap(),
        more: false,
    };
    table.receive_from(0, 2, &Frame::Community(Box::new(frame)));
    table.pass(SOON);
    texts(&table, 0, channel).len() > 1
}

/// Whether Ana shows what Ben said later within minutes, though nobody in reach has what he said before.
fn gap_is_skipped(mutant: Option<Mutant>) -> bool {
    let (mut table, id, channel, link) = with_channel(mutant);
    say(&mut table, 1, (id, channel), text("one")).unwrap();
    table.pass(SOON);
    let mut pen = Pen::of(&table, 1, id, channel);
    let (_missing, later) = (pen.write(text("two"), 3), pen.write(text("three"), 3));
    // Ben's device says how far his log is, and has nothing but the last of it.
    table.lossy = Some(|from, to, _| !(from == 1 && to == 0));
    let read = content::UnverifiedEntry::decode(&later).unwrap();
    let end = (read.entry().header.log, 3, read.entry().id());
    let logs = CommunityFrame::Logs {
        community: id,
        logs: vec![end].try_into().unwrap(),
        wants: false,
    };
    table.receive_from(0, 1, &Frame::Community(Box::new(logs)));
    for _ in 0..10 {
        table.pass(std::time::Duration::from_secs(30));
        pen::show(&mut table, 0, link, id, std::slice::from_ref(&later));
    }
    texts(&table, 0, channel).contains(&"three".to_owned())
}

/// Whether Ana's device speaks as soon as an old state of it was put back.
fn restored_speaks_at_once(mutant: Option<Mutant>) -> bool {
    let (mut table, id, channel, _) = with_channel(mutant);
    say(&mut table, 0, (id, channel), text("one")).unwrap();
    table.pass(SOON);
    let backup = table.seats[0].store.clone();
    say(&mut table, 0, (id, channel), text("two")).unwrap();
    table.pass(SOON);
    table.put_back(0, backup);
    say(&mut table, 0, (id, channel), text("too soon")).is_ok()
}

/// How often Ana asks for more when Ben sends at one moment the same op ten times, and says each time that there is more.
fn asked_for_the_same(mutant: Option<Mutant>) -> usize {
    let (mut table, id, _, _) = with_channel(mutant);
    let founding = table.seats[0].core.control(id).unwrap();
    let founding = founding.op(&id.founding()).unwrap().encode();
    table.lossy = Some(|from, _, _| from != 0);
    let before = table.seats[0].frames.len();
    for _ in 0..10 {
        let ops = vec![founding.clone().try_into().unwrap()];
        let frame = CommunityFrame::Ops {
            community: id,
            ops: ops.try_into().unwrap(),
            more: true,
        };
        table.receive_from(0, 1, &Frame::Community(Box::new(frame)));
    }
    let asks = |bytes: &&Bytes| {
        let Ok(Frame::Community(frame)) = Frame::decode(bytes) else {
            return false;
        };
        matches!(*frame, CommunityFrame::Heads { wants: true, .. })
    };
    let said = table.seats[0].frames.iter().skip(before);
    said.filter(asks).count()
}

/// Whether Ana takes Ben's log for two when Cleo makes another end of it up, instead of holding that against her.
fn made_up_rival_is_taken(mutant: Option<Mutant>) -> bool {
    let (mut table, id, channel, _) = with_channel(mutant);
    for words in ["one", "two"] {
        say(&mut table, 1, (id, channel), text(words)).unwrap();
    }
    table.pass(SOON);
    let ben = table.device(1);
    let mut rows = table.seats[0].store.rows.iter().rev();
    let last = rows.find_map(|(key, row)| match (key, row) {
        (RowKey::Entry(_, log, _), Row::Entry(row)) if log.device == ben => Some(&row.bytes),
        _ => None,
    });
    let read = content::UnverifiedEntry::decode(last.unwrap()).unwrap();
    let mut entry = read.entry().clone();
    entry.header.prev = Some(content::EntryId(Hash32([7; 32])));
    let entries = vec![entry.encode().try_into().unwrap()];
    let frame = CommunityFrame::Entries {
        community: id,
        entries: entries.try_into().unwrap(),
        more: false,
    };
    let before = table.seats[0].events.len();
    table.receive_from(0, 2, &Frame::Community(Box::new(frame)));
    table.pass(SOON);
    let mut events = table.seats[0].events.iter().skip(before);
    let unsigned = Misbehaved::Entry(content::EntryFault::Signature);
    !events.any(|event| matches!(event, Event::Misbehaved { fault, .. } if *fault == unsigned))
}

#[test]
fn a_key_that_nobody_committed_to_and_that_is_taken_shows() {
    assert!(!false_key_is_taken(None));
    assert!(false_key_is_taken(Some(Mutant::CommitmentIgnored)));
}

#[test]
fn a_sealed_key_of_another_header_that_opens_shows() {
    assert!(!other_header_is_opened(None));
    assert!(other_header_is_opened(Some(Mutant::HeaderIgnored)));
}

#[test]
fn a_removed_member_who_is_heard_shows() {
    assert!(!removed_is_heard(None));
    assert!(removed_is_heard(Some(Mutant::AnybodyHeard)));
}

#[test]
fn a_gap_that_is_skipped_shows() {
    assert!(!gap_is_skipped(None));
    assert!(gap_is_skipped(Some(Mutant::GapsSkipped)));
}

#[test]
fn a_restored_device_that_does_not_compare_first_shows() {
    assert!(!restored_speaks_at_once(None));
    assert!(restored_speaks_at_once(Some(Mutant::RestoredBlindly)));
}

#[test]
fn who_sends_the_same_again_and_is_asked_for_more_each_time_shows() {
    assert!(asked_for_the_same(None) <= 1);
    assert!(asked_for_the_same(Some(Mutant::AskedEndlessly)) >= 10);
}

#[test]
fn a_made_up_end_of_a_log_that_is_taken_shows() {
    assert!(!made_up_rival_is_taken(None));
    assert!(made_up_rival_is_taken(Some(Mutant::RivalUnsigned)));
}
