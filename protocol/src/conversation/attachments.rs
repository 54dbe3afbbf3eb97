//! Small files that come with messages: cut into parts, kept as parts, whole only when their hash is right.
//!
//! The text of a message and its parts are said one after the other and may come in any order. What is unfinished is
//! bounded for each contact and in all; of too many, the oldest goes, for it is the least likely to be finished.

use bytes::Bytes;

use crate::conversation::{advance, next_time, tell};
use crate::courier::{Stop, enqueue, parts_waiting};
use crate::crypto::{Hash32, Label};
use crate::error::{Misbehaved, Rejected};
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::message::{
    Content, DirectEvent, DirectMessage, MEDIA_TYPES, Media, MessageId, MessageRef,
};
use crate::persist::{
    AttachmentRow, MessageContent, MessageRow, PartRow, Row, RowKey, UnfinishedRow,
};
use crate::turn::{Attachment, AttachmentView, Context, Missing, When};
use crate::wire::{Blob, Bounded};

/// A part as it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    index: u16,
    count: u16,
    whole: Hash32,
    media: &'a Media,
    bytes: &'a Blob<{ limits::CHUNK_BYTES_MAX }>,
}

impl<'a> Chunk<'a> {
    /// The part in an event, if it is one and can be one: all parts but the last are full, so that places and sizes
    /// follow from the numbers.
    pub(super) fn of(event: &'a DirectEvent) -> Option<Result<Self, Misbehaved>> {
        let DirectEvent::Chunk {
            index,
            count,
            whole,
            media,
            bytes,
            ..
        } = event
        else {
            return None;
        };
        let last = index.checked_add(1) == Some(*count);
        let full = bytes.len() == limits::CHUNK_BYTES_MAX;
        let before = limits::CHUNK_BYTES_MAX.saturating_mul(usize::from(*index));
        let fits = before.saturating_add(bytes.len()) <= limits::ATTACHMENT_BYTES_MAX;
        let possible = index < count
            && *count <= limits::CHUNKS_MAX
            && fits
            && !bytes.is_empty()
            && (last || full);
        let frame = "impossible chunk";
        Some(if possible {
            Ok(Self {
                index: *index,
                count: *count,
                whole: *whole,
                media,
                bytes,
            })
        } else {
            Err(Misbehaved::NotAllowed { frame })
        })
    }
}

fn hash(bytes: &[u8]) -> Hash32 {
    Hash32::of(Label::Attachment, bytes)
}

/// Whether an attachment can be sent.
pub(super) fn check(attachment: &Attachment) -> Result<(), Rejected> {
    if !MEDIA_TYPES.contains(&attachment.media.as_str()) {
        return Err(Rejected::MediaType);
    }
    let actual = attachment.bytes.len();
    if (1..=limits::ATTACHMENT_BYTES_MAX).contains(&actual) {
        return Ok(());
    }
    Err(Rejected::OutOfRange {
        field: "attachment",
        min: 1,
        max: limits::ATTACHMENT_BYTES_MAX,
        actual,
        unit: "bytes",
    })
}

/// Whether there is room in the outbox for all parts toward this many devices.
pub(super) fn check_room(
    cx: &Context<'_>,
    attachment: &Attachment,
    devices: usize,
) -> Result<(), Rejected> {
    let what = "attachments";
    let rows = pieces(&attachment.bytes)
        .saturating_add(1)
        .saturating_mul(devices);
    let full = cx.resident.outbox_len().saturating_add(rows) > limits::OUTBOX_MAX
        || parts_waiting(cx) >= limits::ATTACHMENTS_WAITING_MAX;
    if full {
        return Err(Rejected::Full { what });
    }
    Ok(())
}

fn pieces(bytes: &Bytes) -> usize {
    bytes.len().div_ceil(limits::CHUNK_BYTES_MAX)
}

/// Whether a message has exactly this attachment, or none. Its row is in memory.
pub(super) fn is_same(
    cx: &mut Context<'_>,
    message: MessageRef,
    attachment: Option<&Attachment>,
) -> bool {
    let row = cx.resident.attachment(message).ok().flatten();
    match (row, attachment) {
        (None, None) => true,
        (Some(row), Some(new)) => row.media == new.media && row.whole == hash(&new.bytes),
        _ => false,
    }
}

/// Stores an own attachment and its parts.
pub(super) fn keep(cx: &mut Context<'_>, message: MessageRef, attachment: &Attachment) {
    for (index, piece) in (0_u16..).zip(attachment.bytes.chunks(limits::CHUNK_BYTES_MAX)) {
        if let Ok(bytes) = Blob::try_from(piece) {
            cx.put(RowKey::Part(message, index), Row::Part(PartRow { bytes }));
        }
    }
    let row = AttachmentRow {
        whole: hash(&attachment.bytes),
        media: attachment.media.clone(),
        size: u32::try_from(attachment.bytes.len()).unwrap_or(u32::MAX),
        count: u16::try_from(pieces(&attachment.bytes)).unwrap_or(u16::MAX),
    };
    cx.put(RowKey::Attachment(message), Row::Attachment(row));
}

/// Puts the parts of a stored attachment into the outboxes, behind its message: by name only, for the bytes lie here.
pub(super) fn send(cx: &mut Context<'_>, to: AccountId, devices: &[DeviceId], message: MessageRef) {
    let Ok(Some(row)) = cx.resident.attachment(message).map(Option::<&_>::cloned) else {
        return;
    };
    for index in 0..row.count {
        let event = DirectEvent::Chunk {
            target: message,
            index,
            count: row.count,
            whole: row.whole,
            media: row.media.clone(),
            bytes: Blob::default(),
        };
        say(cx, to, devices, event);
    }
}

fn say(cx: &mut Context<'_>, to: AccountId, devices: &[DeviceId], event: DirectEvent) {
    let hlc = next_time(cx, to.into());
    advance(cx, to.into(), hlc);
    let message = DirectMessage {
        id: MessageId(cx.rng.bytes()),
        to,
        hlc,
        seen: Bounded::default(), // it names its message
        event,
    };
    let id = message.id;
    let content = Content::Direct(message);
    for device in devices {
        if !cx.faults.drops_outbox() {
            enqueue(cx, to, *device, id, None, &content);
        }
    }
}

/// The attachment of a message as shown.
///
/// # Errors
/// When its row must be loaded first.
pub(super) fn shown(
    cx: &mut Context<'_>,
    conversation: AccountId,
    message: MessageRef,
) -> Result<Option<AttachmentView>, Missing> {
    if let Some(row) = cx.resident.unfinished(conversation, message) {
        return Ok(Some(row.view()));
    }
    Ok(cx.resident.attachment(message)?.map(AttachmentRow::view))
}

/// A part came. `found`: its message, if it is known.
///
/// # Errors
/// When rows must be loaded first, or the part contradicts those before it.
pub(super) fn on_chunk(
    cx: &mut Context<'_>,
    account: AccountId,
    (author, target): (DeviceId, MessageRef),
    chunk: Chunk<'_>,
    found: Option<MessageRow>,
) -> Result<(), Stop> {
    let gone = found
        .as_ref()
        .is_some_and(|row| !matches!(row.content, MessageContent::Text { .. }));
    if gone || target.author != author || cx.resident.attachment(target)?.is_some() {
        return Ok(()); // deleted, another's, or whole already
    }
    let before = cx.resident.unfinished(account, target).cloned();
    let known = before.is_some();
    let mut row = before.unwrap_or_else(|| UnfinishedRow {
        whole: chunk.whole,
        media: chunk.media.clone(),
        count: chunk.count,
        have: 0,
        last: 0,
        begun: cx.now.wall,
    });
    if row.whole != chunk.whole || row.count != chunk.count || row.media != *chunk.media {
        let frame = "contradicting chunk";
        return Err(Misbehaved::NotAllowed { frame }.into());
    }
    if row.has(chunk.index) {
        return Ok(());
    }
    row.add(chunk.index, chunk.bytes.len());
    let right = match &found {
        Some(_) => verify(cx, target, &row, Some((chunk.index, chunk.bytes)))?,
        None => None,
    };
    if !known {
        make_room(cx, account);
    }
    let bytes = chunk.bytes.clone();
    cx.put(
        RowKey::Part(target, chunk.index),
        Row::Part(PartRow { bytes }),
    );
    settle(cx, account, target, row, right);
    if let Some(message) = found {
        tell(cx, target, message, false, When::Now);
    }
    Ok(())
}

/// Whether all parts together are what was promised; `None` while some are missing.
fn verify(
    cx: &mut Context<'_>,
    message: MessageRef,
    row: &UnfinishedRow,
    arriving: Option<(u16, &[u8])>,
) -> Result<Option<bool>, Missing> {
    if !row.is_full() {
        return Ok(None);
    }
    let stored = (0..row.count).filter(|index| arriving.is_none_or(|part| part.0 != *index));
    cx.resident
        .require(stored.map(|index| RowKey::Part(message, index)))?;
    let mut bytes = Vec::with_capacity(limits::ATTACHMENT_BYTES_MAX);
    for index in 0..row.count {
        match arriving.filter(|part| part.0 == index) {
            Some((_, part)) => bytes.extend_from_slice(part),
            None => match cx.resident.part(message, index)? {
                Some(part) => bytes.extend_from_slice(&part.bytes),
                None => return Ok(Some(false)),
            },
        }
    }
    Ok(Some(hash(&bytes) == row.whole))
}

/// Stores how far it has come: on, whole, or not what was promised, and then nothing of it stays.
fn settle(
    cx: &mut Context<'_>,
    account: AccountId,
    message: MessageRef,
    row: UnfinishedRow,
    right: Option<bool>,
) {
    let key = RowKey::Unfinished(account, message);
    match right {
        None => cx.put(key, Row::Unfinished(row)),
        Some(true) => {
            cx.remove(key);
            let row = AttachmentRow {
                size: row.size().unwrap_or_default(),
                whole: row.whole,
                media: row.media,
                count: row.count,
            };
            cx.put(RowKey::Attachment(message), Row::Attachment(row));
        }
        Some(false) => discard(cx, account, message, &row),
    }
}

/// Parts that came before their message.
#[derive(Debug)]
pub(super) struct Early {
    row: UnfinishedRow,
    right: Option<bool>,
}

/// The parts that wait for a message which is about to be stored.
///
/// # Errors
/// When they must be loaded to see whether they are right.
pub(super) fn early(
    cx: &mut Context<'_>,
    account: AccountId,
    message: MessageRef,
) -> Result<Option<Early>, Missing> {
    let Some(row) = cx.resident.unfinished(account, message).cloned() else {
        return Ok(None);
    };
    let right = verify(cx, message, &row, None)?;
    Ok(Some(Early { row, right }))
}

/// The message of early parts is there, and stands or was taken back.
pub(super) fn claim(
    cx: &mut Context<'_>,
    account: AccountId,
    message: MessageRef,
    early: Early,
    stands: bool,
) {
    let right = if stands { early.right } else { Some(false) };
    settle(cx, account, message, early.row, right);
}

fn discard(cx: &mut Context<'_>, account: AccountId, message: MessageRef, row: &UnfinishedRow) {
    for index in (0..row.count).filter(|index| row.has(*index)) {
        cx.remove(RowKey::Part(message, index));
    }
    cx.remove(RowKey::Unfinished(account, message));
}

/// Lets the oldest unfinished one go where one more would be too many: of this contact, or of all.
fn make_room(cx: &mut Context<'_>, account: AccountId) {
    let all = cx.resident.all_unfinished();
    let own = all.iter().filter(|(of, ..)| *of == account);
    let oldest = if own.clone().count() >= limits::UNFINISHED_PER_CONTACT_MAX {
        own.min_by_key(|(.., row)| row.begun)
    } else if all.len() >= limits::UNFINISHED_MAX {
        all.iter().min_by_key(|(.., row)| row.begun)
    } else {
        None
    };
    if let Some((account, message, row)) = oldest.cloned() {
        discard(cx, account, message, &row);
    }
}

/// A message was taken back, and its attachment with it. Its row is in memory.
pub(super) fn remove(cx: &mut Context<'_>, conversation: AccountId, message: MessageRef) {
    if let Some(row) = cx.resident.unfinished(conversation, message).cloned() {
        discard(cx, conversation, message, &row);
    }
    let count = match cx.resident.attachment(message) {
        Ok(Some(row)) => row.count,
        _ => return,
    };
    for index in 0..count {
        cx.remove(RowKey::Part(message, index));
    }
    cx.remove(RowKey::Attachment(message));
}
