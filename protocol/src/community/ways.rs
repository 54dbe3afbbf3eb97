//! The ways that what somebody says takes through those who are linked: for each speaker a tree, as Plumtree makes one of all
//! links (Leitão, Pereira, Rodrigues, 2007), but that whoever is left out finds it by heads, and says so by what it lacks.
//!
//! Whoever hears an entry first passes it on; whoever hears it again sends it back once, and neither passes that speaker's
//! entries on to the other any more. Who brings them first stays asked for, whatever another is faster with: two edges given up
//! at once would leave somebody out.

use crate::community::hall::linked;
use crate::community::logs;
use crate::control::CommunityId;
use crate::courier::Desks;
use crate::identity::DeviceId;
use crate::limits;
use crate::link::LinkId;
use crate::link::frame::EntryBytes;
use crate::turn::Context;

/// Says something of a speaker's to some of those in reach, once. Whoever is passed over is told by heads, and whoever is known
/// to hear the speaker without this device is left to that.
pub(super) fn pass_on(
    cx: &mut Context<'_>,
    desks: &Desks<'_>,
    id: CommunityId,
    (from, entry): (DeviceId, &EntryBytes),
    most: usize,
) {
    let (Some(hall), Some(log)) = (desks.halls.get(id), logs::log_of(entry)) else {
        return;
    };
    let (own, speaker) = (cx.local.device, log.device);
    let linked = linked(cx, desks, id);
    // To the same ones each time, or nobody would find out who hears without this device; to others for another speaker, and
    // from another device.
    let number = |device: DeviceId| {
        device
            .0
            .first_chunk()
            .map_or(0, |half| u64::from_le_bytes(*half))
    };
    let draw = number(own) ^ number(speaker).rotate_left(17);
    let draw = usize::try_from(draw >> 32).unwrap_or(0);
    let start = draw.checked_rem(linked.len()).unwrap_or(0);
    let others = linked.iter().cycle().skip(start).take(linked.len());
    let others = others.filter(|(_, _, to)| {
        *to != from
            && *to != speaker
            && hall.brings.get(&speaker) != Some(to)
            && !hall.elsewhere.contains(&(*to, speaker))
    });
    for (link, _, _) in others.take(most) {
        logs::send_entries(cx, *link, id, vec![entry.clone()], false);
    }
}

/// An entry came alone, and is new.
pub(super) fn first_heard(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    (from, entry): (DeviceId, &EntryBytes),
) {
    if let Some(log) = logs::log_of(entry)
        && let Some(hall) = desks.halls.halls.get_mut(&id)
    {
        hall.brings.entry(log.device).or_insert(from);
    }
    pass_on(cx, desks, id, (from, entry), limits::PASSED_ON_MAX);
}

/// It was here already.
pub(super) fn heard_again(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    (link, from): (LinkId, DeviceId),
    entry: &EntryBytes,
) {
    if let Some(log) = logs::log_of(entry)
        && let Some(hall) = desks.halls.halls.get_mut(&id)
        && hall.brings.get(&log.device) != Some(&from)
        && hall.elsewhere.insert((from, log.device))
    {
        // Once: so it learns as well that the two hear the same from others.
        logs::send_entries(cx, link, id, vec![entry.clone()], false);
    }
}
