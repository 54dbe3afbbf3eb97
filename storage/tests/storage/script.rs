//! A story of batches, the same each time, and what the store holds after each of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::content::{Audience, EntryId};
use protocol::control::body::{History, LogId};
use protocol::control::{CommunityId, OpId};
use protocol::crypto::{Hash32, Label};
use protocol::group::{ChainId, ChainRecord};
use protocol::identity::{AccountId, DeviceId};
use protocol::message::{Body, ConversationId, MessageId, MessageRef};
use protocol::persist::{
    AttachmentRow, Batch, ContactRow, ContactState, ConversationRow, DeviceRow, EntryRow, LogRow,
    MarksRow, MessageContent, MessageRow, NoteKey, NoteRow, OpRow, OutboxRow, PartRow, PeerRow,
    PendingRow, PrekeyKind, PrekeyRow, PrivacyRow, Reaction, ReadRow, Row, RowKey, SealedRow,
    SeenRow, SendingRow, SessionRow, Store as _, Trust, UnfinishedRow, Version,
};
use protocol::privacy::Privacy;
use protocol::session::{Kind, SessionRecord};
use protocol::testing::MemoryStore;
use protocol::time::{Hlc, Timestamp};
use storage::faults::{Dice, FaultDisk};
use storage::{KdfCost, Options, Part, Profile, Protection, Reader, StoreError, Writer};

/// Words that must never be found on a disk.
pub(crate) const CANARY: &str = "Wer das liest, hat zu viel gesehen";
/// What the profiles of these tests carry as identity.
pub(crate) const PAYLOAD: &[u8] = b"Alice's secrets, as protocol encodes them";

/// Batches of the golden profile of version 1.
pub(crate) const GOLDEN: u32 = 24;
/// Batches of the golden profile of version 2.
pub(crate) const GOLDEN_2: u32 = 40;

pub(crate) const HERE: ConversationId = ConversationId([0xA1; 32]);
/// The account that it is the conversation with.
pub(crate) const THEM: AccountId = AccountId([0xA1; 32]);
pub(crate) const THERE: AccountId = AccountId([0xB2; 32]);
const ALICE: DeviceId = DeviceId([0x0A; 32]);
const BOB: DeviceId = DeviceId([0x0B; 32]);

/// Options of a profile whose keys and nonces follow from the seed, with a passphrase that costs nothing to try.
pub(crate) fn options(seed: u64) -> Options {
    let kdf = KdfCost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    Options {
        kdf,
        danger_seed: Some(seed),
        ..Options::default()
    }
}

pub(crate) fn passphrase() -> Protection {
    Protection::passphrase("correct horse")
}

pub(crate) fn create(disk: &FaultDisk, seed: u64) -> Profile {
    Profile::create(
        Arc::new(disk.clone()),
        &passphrase(),
        PAYLOAD,
        options(seed),
    )
    .unwrap()
}

pub(crate) fn open(disk: &FaultDisk, seed: u64) -> Result<Profile, StoreError> {
    Profile::open(Arc::new(disk.clone()), &passphrase(), options(seed))
}

/// A disk with a profile that holds the first `batches` of the story, closed in order.
pub(crate) fn prepared(batches: u32) -> FaultDisk {
    let disk = FaultDisk::new(1);
    let mut profile = create(&disk, 1);
    let mut writer = profile.writer();
    for number in 1..=batches {
        writer.commit(&[batch(number)]).unwrap();
    }
    drop(writer);
    profile.close().unwrap();
    disk
}

pub(crate) fn message(number: u32) -> MessageRef {
    let mut id = [0; 16];
    // Spread, as random ids are.
    id[..4].copy_from_slice(&number.wrapping_mul(0x9E37_79B9).to_be_bytes());
    MessageRef {
        author: if number.is_multiple_of(2) { ALICE } else { BOB },
        id: MessageId(id),
    }
}

fn stamp(number: u32) -> (Hlc, MessageRef) {
    (Hlc::from_bits(u64::from(number) << 16), message(number))
}

fn message_row(number: u32) -> MessageRow {
    let body = format!(
        "{CANARY}, zum {number}. Mal. {}",
        "x".repeat(number as usize % 500)
    );
    let version = Version {
        stamp: stamp(number),
        body: Body::try_from(body).unwrap(),
    };
    MessageRow {
        conversation: HERE,
        account: if number.is_multiple_of(2) {
            THEM
        } else {
            THERE
        },
        // Younger ones stand behind something that their author had seen and that has a later time.
        hlc: stamp(number - u32::from(number > GOLDEN)).0,
        place: stamp(number).0,
        arrived: Timestamp::from_millis(u64::from(number)),
        seen: vec![message(number - 1)].try_into().unwrap(),
        content: MessageContent::Text {
            reply_to: None,
            versions: vec![version].try_into().unwrap(),
        },
        reactions: vec![].try_into().unwrap(),
        delivery: vec![].try_into().unwrap(),
    }
}

/// An earlier message after somebody edited it, took it back, or reacted to it. Only own ones are taken back.
fn changed_row(target: u32, by: u32) -> MessageRow {
    let mut row = message_row(target);
    match target % 6 {
        1 => row.content = MessageContent::Deleted,
        3 => {
            let reaction = Reaction {
                account: THERE,
                emoji: "👍".try_into().unwrap(),
                decided: stamp(by),
                on: true,
            };
            row.reactions = vec![reaction].try_into().unwrap();
        }
        _ => {
            let body = Body::try_from(format!("{CANARY}, better")).unwrap();
            let stamp = stamp(by);
            if let MessageContent::Text { versions, .. } = &mut row.content {
                let mut all = versions.clone().into_vec();
                all.push(Version { stamp, body });
                *versions = all.try_into().unwrap();
            }
        }
    }
    row
}

/// The name of a step, which is kept and stands nowhere.
fn step(number: u32) -> MessageRef {
    let MessageRef { author, id } = message(number);
    MessageRef {
        author: DeviceId(author.0.map(|byte| byte | 0x40)),
        id,
    }
}

fn step_row(number: u32) -> MessageRow {
    MessageRow {
        place: Hlc::ZERO,
        content: MessageContent::Step,
        ..message_row(number)
    }
}

fn outbox_row(number: u32) -> OutboxRow {
    let bytes = vec![number as u8; 100 + number as usize % 7 * 300];
    let sealed = SealedRow {
        session: number / 10,
        kind: Kind::Whisper,
        bytes: bytes.clone().try_into().unwrap(),
    };
    OutboxRow {
        id: message(number).id,
        conversation: Some(THEM),
        content: bytes.try_into().unwrap(),
        sealed: number.is_multiple_of(3).then_some(sealed),
    }
}

/// The batch with this number, from 1: a message sent, a ratchet step, an acknowledgement. Each hundredth grows the
/// file by megabytes; every kind of row occurs.
pub(crate) fn batch(number: u32) -> Batch {
    let mut batch = Batch::default();
    let clock = stamp(number).0;
    let device = DeviceRow {
        clock,
        next_prekey: number,
        ..DeviceRow::default()
    };
    batch.put(RowKey::Device, Row::Device(device));
    batch.put(
        RowKey::Message(message(number)),
        Row::Message(message_row(number)),
    );
    batch.put(RowKey::Order(HERE, clock, message(number)), Row::Order);
    let heads = vec![stamp(number)].try_into().unwrap();
    let conversation = ConversationRow { heads, last: clock };
    batch.put(RowKey::Conversation(HERE), Row::Conversation(conversation));
    let size = if number.is_multiple_of(50) {
        400_000
    } else {
        1_000
    };
    let record = SessionRecord::from_bytes(vec![number as u8; size]);
    batch.put(RowKey::Session(BOB), Row::Session(SessionRow { record }));
    batch.put(
        RowKey::Outbox(BOB, u64::from(number)),
        Row::Outbox(outbox_row(number)),
    );
    if number > 5 {
        batch.remove(RowKey::Outbox(BOB, u64::from(number - 5)));
    }
    rare_rows(&mut batch, number);
    if number > GOLDEN {
        young_rows(&mut batch, number);
    }
    if number > GOLDEN_2 {
        rows_of_communities(&mut batch, number);
    }
    batch
}

/// What is attached to the message of a batch with an even number behind the golden ones.
pub(crate) fn attached(number: u32) -> Vec<u8> {
    format!("{CANARY} ({number})").into_bytes()
}

/// Kinds that came after the golden profile of version 1, whose batches stay as they are.
fn young_rows(batch: &mut Batch, number: u32) {
    let target = number - 3;
    let changed = Row::Message(changed_row(target, number));
    batch.put(RowKey::Message(message(target)), changed);
    let known = Row::Message(step_row(number));
    batch.put(RowKey::Message(step(number)), known);
    let privacy = Privacy {
        send_read_marks: number.is_multiple_of(2),
        ..Privacy::default()
    };
    batch.put(RowKey::Privacy, Row::Privacy(PrivacyRow::V1(privacy)));
    let read = ReadRow {
        own: Some(stamp(number)),
        theirs: number.is_multiple_of(3).then(|| stamp(number - 1)),
    };
    batch.put(RowKey::Read(THEM), Row::Read(read));
    let draft = RowKey::Note(NoteKey::Draft(THEM));
    if number.is_multiple_of(4) {
        batch.remove(draft);
    } else {
        let text = format!("{CANARY}, draft {number}");
        let text = text.try_into().unwrap();
        batch.put(draft, Row::Note(NoteRow { text }));
    }
    let bytes = attached(number);
    let row = AttachmentRow {
        whole: Hash32::of(Label::Attachment, &bytes),
        media: "text/plain".try_into().unwrap(),
        size: bytes.len() as u32,
        count: 1,
    };
    let unfinished = UnfinishedRow {
        whole: row.whole,
        media: row.media.clone(),
        count: 2,
        have: 1,
        last: 0,
        begun: Timestamp::from_millis(u64::from(number)),
    };
    let part = PartRow {
        bytes: bytes.try_into().unwrap(),
    };
    batch.put(RowKey::Part(message(number), 0), Row::Part(part));
    if number.is_multiple_of(2) {
        let key = RowKey::Attachment(message(number));
        batch.put(key, Row::Attachment(row));
        batch.remove(RowKey::Unfinished(THEM, message(number - 1)));
    } else {
        let key = RowKey::Unfinished(THEM, message(number));
        batch.put(key, Row::Unfinished(unfinished));
    }
}

/// Kinds that came after the golden profile of version 2.
fn rows_of_communities(batch: &mut Batch, number: u32) {
    let community = CommunityId(Hash32([0xC0; 32]));
    let channel = OpId(Hash32([0xC1; 32]));
    let log = LogId {
        device: BOB,
        incarnation: 5,
    };
    let bytes = format!("{CANARY}, entry {number}").into_bytes();
    let op = OpRow {
        bytes: bytes.clone().try_into().unwrap(),
    };
    batch.put(RowKey::Op(community, number), Row::Op(op));
    let entry = EntryRow {
        bytes: bytes.try_into().unwrap(),
        key: number.is_multiple_of(2).then_some([7; 32]),
    };
    let at = u64::from(number);
    batch.put(RowKey::Entry(community, log, at), Row::Entry(entry));
    let end = LogRow {
        next: at + 1,
        head: EntryId(Hash32([number as u8; 32])),
        hlc: stamp(number).0,
    };
    batch.put(RowKey::Log(community, log), Row::Log(end));
    let held = RowKey::Held(community, BOB, ChainId([3; 16]), 5, at);
    batch.put(held, Row::Held);
    batch.remove(RowKey::Held(community, BOB, ChainId([3; 16]), 5, at - 2));
    let sending = SendingRow {
        chain: ChainId([4; 16]),
        record: ChainRecord::from_bytes(vec![number as u8; 1_000]),
        epoch: channel,
        history: History::SinceJoin,
        since: Timestamp::from_millis(at),
    };
    let to = RowKey::Sending(community, Audience::Channel(channel));
    batch.put(to, Row::Sending(sending));
    let marks = MarksRow {
        pinned: Some((stamp(number), number.is_multiple_of(2))),
        ..MarksRow::default()
    };
    batch.put(RowKey::Marks(message(number)), Row::Marks(marks));
}

fn rare_rows(batch: &mut Batch, number: u32) {
    let at = Timestamp::from_millis(u64::from(number));
    let peer = PeerRow {
        account: THEM,
        next_order: u64::from(number),
        session_number: 1,
    };
    let contact = ContactRow {
        state: ContactState::Blocked,
        trust: Trust::Unverified,
        name: CANARY.try_into().unwrap(),
        bundle: None,
        since: at,
    };
    let pending = PendingRow {
        account: THEM,
        conversation: THEM,
        hlc: stamp(number).0,
        event: protocol::message::DirectEvent::Delete {
            target: message(number),
        },
    };
    let (key, row) = match number % 6 {
        0 => (RowKey::Peer(BOB), Row::Peer(peer)),
        1 => (RowKey::Contact(THEM), Row::Contact(contact)),
        2 => (
            RowKey::Pending(message(number), message(number + 1)),
            Row::Pending(pending),
        ),
        3 => (
            RowKey::Prekey(PrekeyKind::OneTimeKem, number),
            Row::Prekey(PrekeyRow {
                record: vec![7; 1600],
                created: at,
            }),
        ),
        4 => {
            batch.remove(RowKey::Prekey(PrekeyKind::OneTimeKem, number - 1));
            return;
        }
        _ => (
            RowKey::LastResortSeen(1, 2, Hash32([number as u8; 32])),
            Row::LastResortSeen(SeenRow { at }),
        ),
    };
    batch.put(key, row);
}

/// What a store holds after the first `batches` of the story.
pub(crate) fn model(batches: u32) -> MemoryStore {
    let mut store = MemoryStore::default();
    for number in 1..=batches {
        let Ok(()) = store.commit(&[batch(number)]);
    }
    store
}

/// Every key that the first `batches` of the story touch.
pub(crate) fn keys(batches: u32) -> Vec<RowKey> {
    let all: BTreeSet<RowKey> = (1..=batches)
        .flat_map(|number| batch(number).writes.into_keys())
        .collect();
    all.into_iter().collect()
}

/// How many batches of the story a store holds, by its own word.
pub(crate) fn told(reader: &Reader) -> Result<u32, StoreError> {
    match reader.load(&[RowKey::Device])?.pop().flatten() {
        Some(Row::Device(row)) => Ok(row.next_prekey),
        _ => Ok(0),
    }
}

/// Checks that a store holds exactly some first batches of the story (of at most `last`), whole. Gives their number.
pub(crate) fn verify(reader: &Reader, last: u32) -> u32 {
    let batches = told(reader).unwrap();
    let model = model(batches);
    let keys = keys(last);
    let rows = reader.load(&keys).unwrap();
    for (key, row) in keys.iter().zip(rows) {
        assert_eq!(
            row.as_ref(),
            model.rows.get(key),
            "{key:?} after {batches} batches"
        );
    }
    let Ok(snapshot) = model.snapshot();
    assert_eq!(reader.snapshot().unwrap().rows, snapshot.rows);
    let Ok(all) = model.history(HERE, None, usize::MAX);
    let page = reader.page(HERE, Part::Latest, 500).unwrap();
    assert!(page.is_intact() && !page.more);
    let shown = page
        .messages
        .into_iter()
        .map(|entry| (entry.position.1, *entry.row.unwrap()));
    assert_eq!(shown.collect::<Vec<_>>(), all);
    batches
}

/// Commits the story from after `from` to `last`, one batch or several at a time. Gives the number acknowledged and the
/// error that ended it, if one did.
pub(crate) fn tell(
    writer: &mut Writer,
    from: u32,
    last: u32,
    dice: &mut Dice,
) -> (u32, Option<StoreError>) {
    let mut done = from;
    while done < last {
        let to = (done + 1 + dice.below(3) as u32).min(last);
        let (now, error) = tell_group(writer, done, to);
        done = now;
        if error.is_some() {
            return (done, error);
        }
    }
    (done, None)
}

/// Commits the story from after `from` to `to` at once. Gives the number acknowledged and the error, if any.
pub(crate) fn tell_group(writer: &mut Writer, from: u32, to: u32) -> (u32, Option<StoreError>) {
    let batches: Vec<Batch> = (from + 1..=to).map(batch).collect();
    match writer.commit(&batches) {
        Ok(()) => (to, None),
        Err(error) => (from, Some(error)),
    }
}
