//! What every store does, whatever it is made of.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test suite"
)]

use crate::content::{Audience, ChannelEvent, EntryId, Mention};
use crate::control::body::{History, LogId};
use crate::control::{CommunityId, OpId};
use crate::crypto::Hash32;
use crate::group::{ChainId, ChainRecord};
use crate::identity::{AccountId, DeviceId};
use crate::message::{Body, ConversationId, MessageId, MessageRef};
use crate::persist::{
    Batch, ChainRow, ChainSource, CommunityRow, CommunityState, DeviceRow, EarlyRow, EntryRow,
    GapRow, LogRow, MarksRow, MessageContent, MessageRow, OpRow, PaceRow, PeerRow, PromiseRow,
    Refusal, ReportRow, Row, RowKey, SecretRow, SendingRow, Store, ToldRow, Version,
};
use crate::time::{Hlc, Timestamp};

fn message(n: u8) -> MessageRef {
    MessageRef {
        author: DeviceId([n; 32]),
        id: MessageId([n; 16]),
    }
}

fn row(conversation: ConversationId, n: u8) -> MessageRow {
    let stamp = (Hlc::from_bits(u64::from(n)), message(n));
    let body = Body::try_from(format!("message {n}")).unwrap();
    MessageRow {
        conversation,
        account: conversation.account(),
        hlc: stamp.0,
        place: stamp.0,
        arrived: Timestamp::from_millis(1),
        seen: vec![].try_into().unwrap(),
        content: MessageContent::Text {
            reply_to: None,
            versions: vec![Version { stamp, body }].try_into().unwrap(),
        },
        reactions: vec![].try_into().unwrap(),
        delivery: vec![].try_into().unwrap(),
    }
}

fn put_message(batch: &mut Batch, conversation: ConversationId, n: u8) {
    let row = row(conversation, n);
    batch.put(
        RowKey::Order(conversation, row.place, message(n)),
        Row::Order,
    );
    batch.put(RowKey::Message(message(n)), Row::Message(row));
}

/// Runs the suite on stores that `open` makes empty.
///
/// # Panics
/// Where a store is not one.
pub fn store_conformance<S: Store>(mut open: impl FnMut() -> S) {
    a_row_that_was_never_written_is_absent(&mut open());
    the_last_write_of_a_batch_list_wins(&mut open());
    a_snapshot_has_resident_rows_only(&mut open());
    rows_of_communities_come_back(&mut open());
    history_pages_backwards_without_gap_or_overlap(&mut open());
}

fn a_row_that_was_never_written_is_absent<S: Store>(store: &mut S) {
    let rows = store
        .load(&[RowKey::Device, RowKey::Message(message(1))])
        .unwrap();
    assert_eq!(rows, vec![None, None]);
    assert!(store.snapshot().unwrap().rows.is_empty());
}

fn the_last_write_of_a_batch_list_wins<S: Store>(store: &mut S) {
    let device = |n| {
        Row::Device(DeviceRow {
            next_prekey: n,
            ..DeviceRow::default()
        })
    };
    let (mut first, mut second) = (Batch::default(), Batch::default());
    first.put(RowKey::Device, device(1));
    first.put(
        RowKey::Message(message(1)),
        Row::Message(row(ConversationId([7; 32]), 1)),
    );
    second.put(RowKey::Device, device(2));
    second.remove(RowKey::Message(message(1)));
    store.commit(&[first, second]).unwrap();
    let rows = store
        .load(&[RowKey::Message(message(1)), RowKey::Device])
        .unwrap();
    assert_eq!(rows, vec![None, Some(device(2))]);
}

fn a_snapshot_has_resident_rows_only<S: Store>(store: &mut S) {
    let mut batch = Batch::default();
    let peer = PeerRow {
        account: AccountId([7; 32]),
        next_order: 4,
        session_number: 5,
    };
    batch.put(RowKey::Peer(DeviceId([1; 32])), Row::Peer(peer.clone()));
    put_message(&mut batch, ConversationId([7; 32]), 9);
    store.commit(&[batch]).unwrap();
    let rows = store.snapshot().unwrap().rows;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        rows.get(&RowKey::Peer(DeviceId([1; 32]))),
        Some(&Row::Peer(peer))
    );
}

/// A row of each kind that communities have.
fn rows_of_communities() -> Vec<(RowKey, Row)> {
    let mut rows = rows_of_control();
    rows.extend(rows_of_contents());
    let read = MessageRef {
        author: DeviceId([3; 32]),
        id: MessageId([1; 16]),
    };
    rows.push((
        RowKey::ChannelRead(COMMUNITY, OP),
        Row::ChannelRead((Hlc::from_bits(1 << 16), read)),
    ));
    rows
}

const COMMUNITY: CommunityId = CommunityId(Hash32([1; 32]));
const OP: OpId = OpId(Hash32([2; 32]));
const CHAIN: ChainId = ChainId([4; 16]);

fn since() -> Timestamp {
    Timestamp::from_millis(5)
}

/// A sender chain as large as one gets.
fn record() -> ChainRecord {
    ChainRecord::from_bytes(vec![7; 42_000])
}

/// What a device is to a community, its control log and its secrets.
fn rows_of_control() -> Vec<(RowKey, Row)> {
    let whole = CommunityRow {
        since: since(),
        incarnation: 8,
        based: true,
        state: CommunityState::Joining {
            invite: OP,
            secret: [9; 32],
            hints: vec!["192.0.2.1:4".try_into().unwrap()].try_into().unwrap(),
            refused: Some(Refusal::NotNow),
        },
    };
    let op = OpRow {
        bytes: vec![1; 32 * 1024].try_into().unwrap(),
    };
    let secret = SecretRow {
        secret: [3; 32],
        since: since(),
    };
    let sending = SendingRow {
        chain: CHAIN,
        record: record(),
        epoch: OP,
        history: History::Days(3),
        since: since(),
    };
    let told = ToldRow {
        devices: vec![DeviceId([3; 32]); 500].try_into().unwrap(),
    };
    let all = Audience::Community;
    vec![
        (RowKey::Community(COMMUNITY), Row::Community(whole)),
        (RowKey::Op(COMMUNITY, 258), Row::Op(op)),
        (RowKey::Secret(COMMUNITY, OP), Row::Secret(secret)),
        (RowKey::Sending(COMMUNITY, all), Row::Sending(sending)),
        (RowKey::Told(COMMUNITY, all), Row::Told(told)),
    ]
}

fn report_row(account: AccountId, hlc: Hlc) -> ReportRow {
    ReportRow {
        account,
        received: hlc.wall(),
        channel: OP,
        reason: "spam".try_into().unwrap(),
        messages: vec![].try_into().unwrap(),
        resolved: None,
    }
}

/// What others said, and what became of it.
fn rows_of_contents() -> Vec<(RowKey, Row)> {
    let (device, hlc) = (DeviceId([3; 32]), Hlc::from_bits(6));
    let log = LogId {
        device,
        incarnation: u64::MAX,
    };
    let received = ChainRow {
        record: record(),
        audience: Audience::Channel(OP),
        since: since(),
        source: ChainSource::Handed,
    };
    let end = LogRow {
        next: 1,
        head: EntryId(Hash32([3; 32])),
        hlc,
    };
    let entry = EntryRow {
        bytes: vec![1; 33 * 1024].try_into().unwrap(),
        key: Some([2; 32]),
    };
    let (by, why) = (AccountId([5; 32]), "spam".try_into().unwrap());
    let marks = MarksRow {
        mentions: vec![Mention::Role(OP)].try_into().unwrap(),
        thread: Some(message(1)),
        pinned: Some(((hlc, message(2)), true)),
        named: Some(((hlc, message(3)), "fil".try_into().unwrap())),
        redacted: Some(((hlc, message(4)), by, why)),
        around: true,
    };
    let early = EarlyRow {
        community: COMMUNITY,
        channel: OP,
        account: AccountId([6; 32]),
        hlc,
        event: ChannelEvent::Delete { target: message(1) },
    };
    let gap = GapRow {
        to: Some(9),
        noticed: Some(hlc.wall()),
        head: end.head,
        after: hlc,
        before: hlc,
    };
    let report = report_row(by, hlc);
    let pace = PaceRow {
        seq: 3,
        hlc,
        arrived: hlc.wall(),
    };
    let roles = vec![OP].try_into().unwrap();
    let promise = PromiseRow { roles };
    let chain = RowKey::Chain(COMMUNITY, device, CHAIN);
    vec![
        (chain, Row::Chain(received)),
        (RowKey::Log(COMMUNITY, log), Row::Log(end)),
        (RowKey::Entry(COMMUNITY, log, 9), Row::Entry(entry)),
        (RowKey::Held(COMMUNITY, device, CHAIN, 1, 2), Row::Held),
        (RowKey::Marks(message(1)), Row::Marks(marks)),
        (RowKey::Early(message(1), message(2)), Row::Early(early)),
        (RowKey::Gap(COMMUNITY, log, 3), Row::Gap(gap)),
        (RowKey::Report(COMMUNITY, message(1)), Row::Report(report)),
        (RowKey::Pace(COMMUNITY, OP, log), Row::Pace(pace)),
        (RowKey::Promise(COMMUNITY, by), Row::Promise(promise)),
    ]
}

fn rows_of_communities_come_back<S: Store>(store: &mut S) {
    let rows = rows_of_communities();
    let mut batch = Batch::default();
    for (key, row) in &rows {
        batch.put(*key, row.clone());
    }
    store.commit(&[batch]).unwrap();
    let keys: Vec<RowKey> = rows.iter().map(|(key, _)| *key).collect();
    let wanted: Vec<Option<Row>> = rows.iter().map(|(_, row)| Some(row.clone())).collect();
    assert_eq!(store.load(&keys).unwrap(), wanted);
    let snapshot = store.snapshot().unwrap().rows;
    for (key, row) in rows {
        let resident = key.is_resident().then_some(&row);
        assert_eq!(snapshot.get(&key), resident, "{key:?}");
    }
    let mut batch = Batch::default();
    keys.iter().for_each(|key| batch.remove(*key));
    store.commit(&[batch]).unwrap();
    assert!(store.load(&keys).unwrap().iter().all(Option::is_none));
}

fn history_pages_backwards_without_gap_or_overlap<S: Store>(store: &mut S) {
    let (here, there) = (ConversationId([5; 32]), ConversationId([6; 32]));
    let mut batch = Batch::default();
    for n in 1..=10 {
        put_message(&mut batch, here, n);
    }
    put_message(&mut batch, there, 11);
    store.commit(&[batch]).unwrap();
    let newest = store.history(here, None, 4).unwrap();
    assert_eq!(names(&newest), vec![7, 8, 9, 10]);
    let before = (newest[0].1.place, newest[0].0);
    assert_eq!(
        names(&store.history(here, Some(before), 4).unwrap()),
        vec![3, 4, 5, 6]
    );
    assert_eq!(names(&store.history(there, None, 4).unwrap()), vec![11]);
    assert!(
        store
            .history(ConversationId([9; 32]), None, 4)
            .unwrap()
            .is_empty()
    );
}

fn names(page: &[(MessageRef, MessageRow)]) -> Vec<u8> {
    page.iter().map(|(message, _)| message.id.0[0]).collect()
}
