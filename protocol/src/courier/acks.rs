//! Acknowledgements: of what is durable here, and by others of what is durable there.

use std::collections::BTreeSet;

use crate::courier::{Courier, own_ref, set_delivery};
use crate::crypto::Hash32;
use crate::identity::DeviceId;
use crate::limits;
use crate::message::MessageId;
use crate::persist::{Delivery, RowKey};
use crate::turn::{Context, Missing, Timer};

/// A content with this id is stored with this turn: its device will hear of it, at most each 250 ms.
pub(super) fn owe(cx: &mut Context<'_>, courier: &mut Courier, device: DeviceId, id: MessageId) {
    let owed = courier.owed.entry(device).or_default();
    if owed.ids.len() < limits::ACK_IDS_MAX.saturating_mul(4) {
        owed.ids.insert(id);
    } // beyond: the sender repeats it, and it is acknowledged then
    let at = owed
        .last
        .map_or(cx.now.mono, |last| last.after(limits::ACK_INTERVAL));
    if at <= cx.now.mono {
        cx.lanes.flush(device);
    } else {
        cx.timers.set_sooner(Timer::Ack(device), at);
    }
}

/// The ids to acknowledge to a device now.
pub(super) fn due(cx: &mut Context<'_>, courier: &Courier, device: DeviceId) -> Vec<MessageId> {
    let Some(owed) = courier.owed.get(&device) else {
        return Vec::new();
    };
    let at = owed
        .last
        .map_or(cx.now.mono, |last| last.after(limits::ACK_INTERVAL));
    if at > cx.now.mono {
        if !owed.ids.is_empty() {
            cx.timers.set_sooner(Timer::Ack(device), at);
        }
        return Vec::new();
    }
    owed.ids.iter().take(limits::ACK_IDS_MAX).copied().collect()
}

/// The ids that were due have been sealed, in a ciphertext with this hash.
pub(super) fn sent(cx: &mut Context<'_>, courier: &mut Courier, device: DeviceId, hash: Hash32) {
    let Some(owed) = courier.owed.get_mut(&device) else {
        return;
    };
    for _ in 0..limits::ACK_IDS_MAX.min(owed.ids.len()) {
        owed.ids.pop_first();
    }
    owed.last = Some(cx.now.mono);
    owed.hashes.push_back(hash);
    if owed.hashes.len() > limits::ACK_HASHES_KEPT {
        owed.hashes.pop_front();
    }
    if !owed.ids.is_empty() {
        cx.timers
            .set_sooner(Timer::Ack(device), cx.now.mono.after(limits::ACK_INTERVAL));
    }
}

/// Whether one of the last acknowledgements had this hash.
pub(super) fn was_sent(courier: &Courier, device: DeviceId, hash: &Hash32) -> bool {
    courier
        .owed
        .get(&device)
        .is_some_and(|owed| owed.hashes.contains(hash))
}

/// A device has these for good.
///
/// # Errors
/// When rows of own messages must be loaded first.
pub fn on_ack(
    cx: &mut Context<'_>,
    courier: &mut Courier,
    device: DeviceId,
    ids: &[MessageId],
) -> Result<(), Missing> {
    let ids: BTreeSet<_> = ids.iter().copied().collect();
    let rows: Vec<_> = cx
        .resident
        .outbox(device)
        .filter(|(_, row)| row.sealed.is_some() && ids.contains(&row.id))
        .map(|(order, row)| (order, row.id, row.conversation.is_some()))
        .collect();
    let own = cx.local.device;
    cx.resident.require_messages(
        rows.iter()
            .filter(|row| row.2)
            .map(|row| own_ref(own, row.1)),
    )?;
    for (order, id, shown) in rows {
        courier.flights.remove(&(device, order));
        cx.remove(RowKey::Outbox(device, order));
        if shown {
            set_delivery(cx, id, device, Delivery::Reached);
        }
    }
    if cx.resident.outbox(device).next().is_some() {
        cx.lanes.flush(device); // the window moved
    }
    Ok(())
}
