//! Keys of entries, shared by whoever has them with whom the entry was meant for.
//!
//! A sender chain is its author's to give, and its author may be away. But each entry commits to a key of its own, so any
//! member who has opened it can share that key, and can neither alter the entry nor make one up (§2.5.5, §2.7). It is shared with
//! those alone who were in the audience by the control heads that the entry itself names, and, where a rule opens the past, with
//! those who came in later (`past`).

use std::collections::BTreeMap;

use crate::community::entries::owner_of;
use crate::community::hall::Hall;
use crate::community::handing::{self, Words};
use crate::community::hearing::act;
use crate::community::{asking, past};
use crate::content::{EntryHeader, EntryKey, UnverifiedEntry, VerifiedEntry};
use crate::control::body::LogId;
use crate::control::{Community, CommunityId, Fate, OpId, Standing};
use crate::courier::{Desks, Stop, enqueue_key};
use crate::error::Misbehaved;
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::message::{CommunityMessage, HandedChain, KeyMessage, MessageId, SharedKey};
use crate::persist::{EntryRow, Row, RowKey};
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Context, Missing, Timer};

/// Waits no more for what turned out not to be meant for this account: what removed it did not count for a while, and does now.
///
/// # Errors
/// When entries must be loaded first.
pub(super) fn release(
    cx: &mut Context<'_>,
    desks: &Desks<'_>,
    id: CommunityId,
    entries: &[(LogId, u64)],
) -> Result<(), Stop> {
    let Some(hall) = desks.halls.get(id) else {
        return Ok(());
    };
    let rows = entries.iter();
    let rows = rows.map(|(log, seq)| RowKey::Entry(id, *log, *seq));
    cx.resident.require(rows)?;
    for (log, seq) in entries {
        let row = cx.resident.entry(id, *log, *seq)?;
        let entry = row.and_then(|row| VerifiedEntry::kept(&row.bytes).ok());
        let meant = entry.is_some_and(|one| meant_for(hall, one.header(), &cx.local.account));
        if let (false, Some(held)) = (meant, cx.resident.held_entry(id, *log, *seq)) {
            cx.remove(held);
        }
    }
    Ok(())
}

/// Whether an entry is an account's to read, because it was meant for it or because the past is open to it.
pub(super) fn meant_for(hall: &Hall, header: &EntryHeader, account: &AccountId) -> bool {
    let Some(then) = hall.control().at(&header.heads) else {
        return false;
    };
    was_meant_for(hall, &then, header, account) || past::opens_to(hall, &then, header, account)
}

/// Whether an entry was meant for an account when it was said, by the heads that it names.
fn was_meant_for(
    hall: &Hall,
    then: &Community<'_>,
    header: &EntryHeader,
    account: &AccountId,
) -> bool {
    let now = hall.control().now();
    let reads = |community: &Community<'_>| past::reads(community, header.audience, account);
    if then.moment().standing(account) >= Standing::Member {
        return reads(then);
    }
    // Removed for the author, by what turned out not to count: nobody may be kept out by that (A7).
    let removed = then.moment().removals_of(account);
    let undone = |op: &OpId| now.moment().fate(op) != Some(Fate::Valid);
    !removed.is_empty() && removed.iter().all(undone) && reads(&now)
}

/// Shares keys with a device that asked, as far as they were meant for its account and it still is a member.
///
/// # Errors
/// When entries must be loaded first.
pub(super) fn share(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    id: CommunityId,
    wanted: &[(LogId, u64)],
) -> Result<(), Stop> {
    let Some(hall) = desks.halls.get(id) else {
        return Ok(());
    };
    let Some(account) = owner_of(hall, &device) else {
        return Ok(());
    };
    let now = hall.control().log().now();
    let takes_part = super::commands::own_hall_ref(cx, desks.halls, id).is_ok();
    let entitled = takes_part && hall.is_member(&account) && now.speaks(&account, &device);
    let waiting = cx.resident.outbox(device).count();
    if !entitled || waiting > limits::ACK_IDS_MAX {
        return Ok(());
    }
    let known = wanted
        .iter()
        .filter(|(log, seq)| hall.logs.get(log).is_some_and(|end| *seq < end.next));
    let known: Vec<(LogId, u64)> = known.copied().collect();
    let rows = known.iter().map(|(log, seq)| RowKey::Entry(id, *log, *seq));
    cx.resident.require(rows)?;
    let mut keys: Vec<SharedKey> = Vec::new();
    let mut words = Words::new();
    let newest: BTreeMap<LogId, u64> = known.iter().copied().collect(); // they ascend
    for (log, seq) in known {
        let Some(EntryRow {
            bytes,
            key: Some(key),
        }) = cx.resident.entry(id, log, seq)?.cloned()
        else {
            continue;
        };
        let entry = UnverifiedEntry::decode(&bytes).map_err(Misbehaved::Entry)?;
        let header = &entry.entry().header;
        let Some(then) = hall.control().at(&header.heads) else {
            continue;
        };
        let past = || {
            past::opens_to(hall, &then, header, &account)
                && past::may_share(hall, header.audience, &cx.local.account)
        };
        if was_meant_for(hall, &then, header, &account) || past() {
            keys.push((log, seq, EntryKey::from_bytes(key)));
            if newest.get(&log) == Some(&seq)
                && words.len() < limits::HANDED_CHAINS_MAX
                && handing::was_told(hall, (&then, header), &account, &device)
            {
                words.insert(log, header.clone());
            }
        }
    }
    if keys.is_empty() {
        owe(cx, desks, (id, device), wanted);
        return Ok(());
    }
    let chains = handing::hand_on(cx, hall, &words)?;
    let message = CommunityMessage {
        id: MessageId(cx.rng.bytes()),
        community: id,
        key: KeyMessage::Entries {
            keys: keys.try_into().unwrap_or_default(),
            chains: chains.try_into().unwrap_or_default(),
        },
    };
    enqueue_key(cx, account, device, message);
    Ok(())
}

/// Notes that a device asks for what waits here as well.
fn owe(
    cx: &Context<'_>,
    desks: &mut Desks<'_>,
    (id, device): (CommunityId, DeviceId),
    wanted: &[(LogId, u64)],
) {
    let waits = |(log, seq): &(LogId, u64)| cx.resident.held_entry(id, *log, *seq).is_some();
    if wanted.iter().any(waits)
        && let Some(hall) = desks.halls.halls.get_mut(&id)
    {
        hall.asking.owe(device, wanted);
    }
}

/// Opens entries with keys that a member shared: some now, the rest in its next turns. What they lack is loaded together.
///
/// # Errors
/// When rows must be loaded first, or a key is not the one that its entry commits to: its sharer's fault alone.
pub(super) fn learn(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    id: CommunityId,
    (keys, chains): (&[SharedKey], &[HandedChain]),
) -> Result<(), Stop> {
    let hall = desks.halls.get(id);
    let member = hall.and_then(|hall| Some((hall, owner_of(hall, &device)?)));
    if !member.is_some_and(|(hall, account)| hall.is_member(&account)) {
        return Ok(());
    }
    if !chains.is_empty() {
        // Before the keys, as those may leave nothing that waits.
        let taken = handing::take(cx, id, chains);
        if !matches!(taken, Err(Stop::Missing(_))) {
            go_on(cx, device, id, keys);
        }
        return taken;
    }
    let (some, rest) = keys.split_at(keys.len().min(limits::KEYS_STEP));
    let rows = some.iter();
    let rows = rows.map(|(log, seq, _)| RowKey::Entry(id, *log, *seq));
    cx.resident.require(rows)?;
    let mut missing = Vec::new();
    let mut fault = None;
    let mut opened = false;
    for (log, seq, key) in some {
        match open_one(cx, desks, id, (*log, *seq, key)) {
            Ok(new) => opened |= new,
            // What is open by now is passed over when they are looked at again.
            Err(Stop::Missing(Missing(rows))) => missing.extend(rows),
            Err(other) => fault = Some(other),
        }
    }
    if opened && let Some(hall) = desks.halls.halls.get_mut(&id) {
        hall.asking.answered(device);
        asking::settle(cx, hall);
    }
    if !missing.is_empty() {
        return Err(Missing(missing).into());
    }
    if !rest.is_empty() {
        go_on(cx, device, id, rest);
    } else if opened && fault.is_none() && !cx.resident.all_held(id, 1).is_empty() {
        cx.timers.set(Timer::Keys(id), cx.now.mono); // there is more where this came from
    }
    fault.map_or(Ok(()), Err)
}

/// Goes on with these keys in the next turn.
fn go_on(cx: &mut Context<'_>, device: DeviceId, id: CommunityId, keys: &[SharedKey]) {
    let job = Job::Learn {
        community: id,
        keys: keys.to_vec(),
        chains: Vec::new(),
    };
    let _full = cx.lanes.push(LaneId::Peer(device), job);
}

/// Opens an entry. Answers whether it was closed.
fn open_one(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    (log, seq, key): (LogId, u64, &EntryKey),
) -> Result<bool, Stop> {
    let Some(hall) = desks.halls.get(id) else {
        return Ok(false);
    };
    let row = cx.resident.entry(id, log, seq)?.cloned();
    let Some(row) = row.filter(|row| row.key.is_none()) else {
        // It is open, or not here any more: it waits for nothing, and asking for its key would never end.
        if let Some(held) = cx.resident.held_entry(id, log, seq) {
            cx.remove(held);
        }
        return Ok(false);
    };
    let Some(account) = owner_of(hall, &log.device) else {
        return Ok(false); // nobody's
    };
    let entry = VerifiedEntry::kept(&row.bytes).map_err(Misbehaved::Entry)?;
    let header = entry.header();
    if !cx.faults.ignores_commitments() {
        entry.check_key(key).map_err(Misbehaved::Entry)?;
    }
    act(cx, hall, header, account, entry.open(key).ok().as_ref())?;
    let row = EntryRow {
        key: Some(*key.as_bytes()),
        ..row
    };
    cx.put(RowKey::Entry(id, log, seq), Row::Entry(row));
    cx.remove(RowKey::Held(
        id,
        log.device,
        header.chain,
        log.incarnation,
        seq,
    ));
    Ok(true)
}
