//! What was sent around a removal: its author was removed and did not know it, nor did whoever heard them then.
//!
//! A removal names how far it knew the logs of whom it removes. What comes later in them, by somebody who did not know the removal,
//! is not taken back, for it was heard in good faith; it is marked, and screens fold it away (§2.4.2 with A11, flow F4). The mark says
//! the same everywhere: it rests on the removals that count and on the entry alone. So it is looked for when such an entry
//! is heard, and again in the logs of somebody when what counts of their removals changes.

use std::collections::BTreeSet;

use crate::community::hall::Hall;
use crate::community::{Halls, channel, entries};
use crate::content::{ChannelEvent, EntryHeader, EntryKey, UnverifiedEntry};
use crate::control::body::{Body, Cut, LogId};
use crate::control::{CommunityId, Control, OpId};
use crate::courier::{Desks, Stop};
use crate::identity::AccountId;
use crate::limits;
use crate::message::MessageRef;
use crate::persist::{EntryRow, RowKey};
use crate::time::Hlc;
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Context, When};

/// Entries looked through in a turn: each is decrypted, and its signature checked.
const STEP: u64 = 8;

/// Whether an entry was sent around a removal of its author.
pub(super) fn is_around(hall: &Hall, header: &EntryHeader, account: &AccountId) -> bool {
    let control = hall.control();
    let removals = control.log().now().removals_of(account);
    removals.iter().any(|removal| {
        let cut = removal_by(control, removal).map(|(_, cut)| cut);
        cut.is_some_and(|cut| header.seq >= known_until(cut, &header.log))
            && !knew(control, header, removal)
    })
}

/// Whom an op removes, and how far it knew them, if it is a removal by others.
fn removal_by<'a>(control: &'a Control, op: &OpId) -> Option<(AccountId, &'a Cut)> {
    match &control.op(op)?.body {
        Body::Kick { who, cut, .. } | Body::Ban { who, cut, .. } => Some((*who, cut)),
        _ => None,
    }
}

/// The number of the first entry of a log that a removal did not know. Of logs that a full list has no room for, nothing is said.
fn known_until(cut: &Cut, log: &LogId) -> u64 {
    match cut.iter().find(|mark| mark.log == *log) {
        Some(mark) => mark.seq.saturating_add(1),
        None if cut.len() < limits::CUT_MAX => 0,
        None => u64::MAX,
    }
}

/// Whether whoever wrote an entry knew an op.
fn knew(control: &Control, header: &EntryHeader, op: &OpId) -> bool {
    let dag = control.log().dag();
    let mut heads = header.heads.iter();
    heads.any(|head| head == op || dag.happened_before(op, head) == Some(true))
}

/// The removals here that count.
fn counting(control: &Control) -> BTreeSet<OpId> {
    let now = control.log().now();
    let people = now.people().into_iter();
    let removals = people.flat_map(|(account, _)| now.removals_of(&account));
    removals
        .filter(|op| removal_by(control, op).is_some())
        .collect()
}

/// After a start: what counts of removals may have changed in the moment before a crash, so all logs are looked through again
/// that have something beyond one.
pub(super) fn begin(hall: &mut Hall) {
    let control = hall.control();
    let all = control.log().in_order();
    let all: BTreeSet<OpId> = all.filter(|op| removal_by(control, op).is_some()).collect();
    hall.around = all.difference(&counting(control)).copied().collect();
}

/// Begins to look through the logs of those of whose removals others count than before.
pub(super) fn look_after(cx: &mut Context<'_>, halls: &mut Halls, id: CommunityId) {
    let Some(hall) = halls.halls.get_mut(&id) else {
        return;
    };
    let now = counting(hall.control());
    let changed: Vec<OpId> = hall.around.symmetric_difference(&now).copied().collect();
    for removal in changed {
        let Some((who, cut)) = removal_by(hall.control(), &removal) else {
            continue;
        };
        let beyond = hall.logs.iter().filter_map(|(log, end)| {
            let from = known_until(cut, log);
            let theirs = entries::owner_of(hall, &log.device) == Some(who);
            (theirs && from < end.next).then_some((*log, from))
        });
        let beyond: Vec<(LogId, u64)> = beyond.collect();
        let begun = beyond.into_iter().all(|(log, from)| {
            let job = Job::Around {
                community: id,
                removal,
                log,
                from,
            };
            cx.lanes.push(LaneId::Peer(log.device), job)
        });
        // A full lane: the next change of the community begins it again.
        if begun && !hall.around.remove(&removal) {
            hall.around.insert(removal);
        }
    }
}

/// Looks through a log from an entry on, until the first whose author knew the removal.
///
/// # Errors
/// When rows must be loaded first.
pub(super) fn run(
    cx: &mut Context<'_>,
    desks: &Desks<'_>,
    (id, removal): (CommunityId, OpId),
    (log, from): (LogId, u64),
) -> Result<(), Stop> {
    let Some(hall) = desks.halls.get(id) else {
        return Ok(());
    };
    let Some(end) = hall.logs.get(&log).map(|end| end.next) else {
        return Ok(());
    };
    let upto = from.saturating_add(STEP).min(end);
    let keys = (from..upto).map(|seq| RowKey::Entry(id, log, seq));
    cx.resident.require(keys)?;
    let mut said: Vec<(MessageRef, Hlc, bool)> = Vec::new();
    let mut ended = upto >= end;
    for seq in from..upto {
        let Some(row) = cx.resident.entry(id, log, seq)? else {
            continue; // in a gap
        };
        let Ok(entry) = UnverifiedEntry::decode(&row.bytes) else {
            continue;
        };
        if knew(hall.control(), &entry.entry().header, &removal) {
            ended = true;
            break;
        }
        let hlc = entry.entry().header.hlc;
        said.extend(message(hall, row, entry).map(|(name, around)| (name, hlc, around)));
    }
    let rows = said.iter().flat_map(|(name, ..)| channel::rows_of(*name));
    cx.resident.require(rows.collect::<Vec<_>>())?;
    for (name, hlc, around) in said {
        let row = cx.resident.message(name)?.filter(|row| row.hlc == hlc); // not another one under the same name
        if let Some(conversation) = row.map(|row| row.conversation) {
            channel::mark_around(cx, (conversation, name), around, When::Durable)?;
        }
    }
    if !ended {
        let job = Job::Around {
            community: id,
            removal,
            log,
            from: upto,
        };
        let _full = cx.lanes.push(LaneId::Peer(log.device), job);
    }
    Ok(())
}

/// The message that an entry is, if it is one and could be read, and whether it was sent around a removal.
fn message(hall: &Hall, row: &EntryRow, entry: UnverifiedEntry) -> Option<(MessageRef, bool)> {
    let key = EntryKey::from_bytes(row.key?);
    let device = entry.entry().header.log.device;
    let entry = entry.verify(hall.control().key(&device)?).ok()?;
    let said = entry.open(&key).ok()?;
    let texts = matches!(
        said.event,
        ChannelEvent::Text { .. } | ChannelEvent::Reply { .. }
    );
    let account = entries::owner_of(hall, &device).filter(|_| texts)?;
    let name = MessageRef {
        author: device,
        id: said.id,
    };
    Some((name, is_around(hall, entry.header(), &account)))
}
