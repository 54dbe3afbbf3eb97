//! Keys of communities toward devices that may be away for long: a queue that stays short.
//!
//! A device that is away misses a chain at every start of ours, and every epoch. Of what waits for it, the newest is what it
//! needs: for what an older chain opens it asks by entry, and for an older secret by epoch (§2.5.3), whomever it meets. So a
//! newer key takes the place of the oldest of its kind, and keys never take the room of words.

use crate::courier::enqueue;
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::message::{CommunityMessage, Content, KeyMessage};
use crate::persist::RowKey;
use crate::turn::Context;

/// Puts a key of a community into the outbox toward a device, and takes back what it needs no more.
pub(crate) fn enqueue_key(
    cx: &mut Context<'_>,
    account: AccountId,
    device: DeviceId,
    message: CommunityMessage,
) {
    let (id, room) = (message.id, room_for(&message.key));
    let content = Content::Community(message);
    let bytes = crate::wire::encode(&content);
    // What is sealed is on its way, and bounded by the window of what may be.
    let rows = cx.resident.outbox(device);
    let waiting = rows.filter(|(_, row)| row.is_key() && row.sealed.is_none());
    let waiting: Vec<_> = waiting
        .map(|(order, row)| (order, row.is_key_like(&bytes)))
        .collect();
    let alike = waiting.iter().filter(|(_, alike)| *alike).count();
    let surplus = (alike.saturating_add(1)).saturating_sub(room);
    let mut gone: Vec<u64> = waiting
        .iter()
        .filter(|(_, alike)| *alike)
        .map(|(order, _)| *order)
        .take(surplus)
        .collect();
    if gone.is_empty() && cx.resident.keys_waiting() >= limits::KEYS_WAITING_MAX {
        gone.extend(waiting.first().map(|(order, _)| *order));
    }
    for order in gone {
        cx.remove(RowKey::Outbox(device, order));
    }
    enqueue(cx, account, device, id, None, &content);
}

/// How many like this may wait for one device.
const fn room_for(key: &KeyMessage) -> usize {
    match key {
        KeyMessage::Secret { .. } => limits::SECRETS_WAITING_MAX,
        KeyMessage::Chain { .. } => limits::CHAINS_WAITING_MAX,
        KeyMessage::Entries { .. } => limits::SHARES_WAITING_MAX,
        KeyMessage::Report(_) => limits::OUTBOX_MAX, // counted with words
    }
}
