//! Parts of attachments in the outbox: rows that name a part instead of holding it.
//!
//! Outbox rows are always in memory, and a mebibyte for each attachment and device would not be. A part stands there
//! as its event without bytes, which no part on the wire ever is; the bytes are loaded when it is to be encrypted.

use std::collections::BTreeSet;

use crate::courier::Courier;
use crate::identity::DeviceId;
use crate::message::{Content, DirectEvent, MessageRef};
use crate::persist::{OutboxRow, RowKey};
use crate::turn::{Context, Missing};
use crate::{limits, wire};

/// First byte of the encoding of [`Content::Direct`].
const DIRECT: u8 = 1;

/// The part that a row names, if it does.
fn part_of(row: &OutboxRow) -> Option<(MessageRef, u16)> {
    if row.conversation.is_some() || row.content.first() != Some(&DIRECT) {
        return None; // cheaper than to decode what cannot be one
    }
    match wire::decode(&row.content, limits::FRAME_MAX) {
        Ok(Content::Direct(message)) => match message.event {
            DirectEvent::Chunk {
                target,
                index,
                bytes,
                ..
            } if bytes.is_empty() => Some((target, index)),
            _ => None,
        },
        _ => None,
    }
}

/// Bytes that a row takes of the window.
pub(super) fn weight(row: &OutboxRow) -> usize {
    match part_of(row) {
        Some(_) => wire::padding::padded_len(limits::CHUNK_BYTES_MAX),
        None => wire::padding::padded_len(row.content.len()),
    }
}

/// Attachments of which some device does not have all parts.
pub(crate) fn parts_waiting(cx: &Context<'_>) -> usize {
    let parts = cx.resident.all_outbox().filter_map(part_of);
    let messages: BTreeSet<_> = parts.map(|(message, _)| message).collect();
    messages.len()
}

/// Brings the parts that these places name into memory, as far as they are to be encrypted in this session. Those
/// that are gone were taken back with their message: their places are freed. Gives the places that are left.
///
/// # Errors
/// [`Missing`] with every part that must be loaded.
pub(super) fn ready(
    cx: &mut Context<'_>,
    courier: &mut Courier,
    device: DeviceId,
    places: Vec<u64>,
    session: u32,
) -> Result<Vec<u64>, Missing> {
    let named = places.iter().filter_map(|order| {
        let row = cx.resident.outbox_row(device, *order)?;
        let sealed = row.sealed.as_ref();
        if sealed.is_some_and(|sealed| sealed.session == session) {
            return None;
        }
        let (message, index) = part_of(row)?;
        Some((*order, RowKey::Part(message, index)))
    });
    let named: Vec<_> = named.collect();
    cx.resident.require(named.iter().map(|(_, key)| *key))?;
    let mut gone = BTreeSet::new();
    for (order, key) in named {
        if !cx.resident.contains(&key) {
            gone.insert(order);
            courier.flights.remove(&(device, order));
            cx.remove(RowKey::Outbox(device, order));
        }
    }
    Ok(places
        .into_iter()
        .filter(|order| !gone.contains(order))
        .collect())
}

/// A content with its bytes, ready to be encrypted; `None` if they are gone.
pub(super) fn filled(cx: &mut Context<'_>, content: Content) -> Option<Content> {
    let Content::Direct(mut message) = content else {
        return Some(content);
    };
    if let DirectEvent::Chunk {
        target,
        index,
        bytes,
        ..
    } = &mut message.event
        && bytes.is_empty()
    {
        let part = cx.resident.part(*target, *index).ok().flatten()?;
        bytes.clone_from(&part.bytes);
    }
    Some(Content::Direct(message))
}
