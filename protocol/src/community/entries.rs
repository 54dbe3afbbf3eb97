//! Content entries from other devices: checked, kept, opened, acted upon; and served to those who lack them.
//!
//! The order of checks is the pipeline of §2.6 as amended by A14: what is known already costs nothing; the signature comes
//! before anything is kept; whoever may not write there, by the control heads that the entry itself names, is not heard; what
//! has no sender chain yet is kept closed. A log is taken in without gaps: what comes too early is asked for in order.

use crate::community::arriving::Read;
use crate::community::gaps::{self, Place};
use crate::community::hall::{HalfOpen, Hall};
use crate::community::hearing::act;
use crate::community::{asking, chains, forks, logs, past, sharing, sync, verdicts, view, ways};
use crate::content::{EntryFault, EntryHeader, EntryKey, UnverifiedEntry, VerifiedEntry};
use crate::control::CommunityId;
use crate::control::body::LogId;
use crate::courier::{Desks, Stop};
use crate::error::{Misbehaved, PassedOver};
use crate::group::{ChainId, GroupOpenError};
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::link::LinkId;
use crate::link::frame::EntryBytes;
use crate::persist::{ChainRow, ChainSource, CommunityState, EntryRow, LogRow, Row, RowKey};
use crate::time::Hlc;
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Context, Missing, Timer};

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Taken {
    /// It is in, with this header.
    New(Box<EntryHeader>),
    /// It is in, where it was missed.
    Filled,
    /// It was in.
    Known,
    /// Its place is taken, in a log that somebody has differently.
    Rival(Box<UnverifiedEntry>),
    /// Something before it is not here: entries of its log, or control ops.
    Early,
    /// Its author has written so much that the rest comes later.
    Over,
    /// It is not taken, now or ever.
    Refused(PassedOver),
}

/// Takes entries in that a peer sent: one now, the rest in its next turns.
///
/// # Errors
/// When rows must be loaded first, or what is wrong with the entry.
pub(super) fn run(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    (link, id): (LinkId, CommunityId),
    (entries, more): (&[EntryBytes], bool),
) -> Result<(), Stop> {
    let takes_part = cx
        .resident
        .community(id)
        .is_some_and(|row| matches!(row.state, CommunityState::In { .. }) && row.based);
    if !takes_part {
        return Ok(());
    }
    let Some((first, rest)) = entries.split_first() else {
        return Ok(());
    };
    // Whoever was removed may still speak to those who do not know; not here.
    let hall = desks.halls.get(id);
    let member = hall.and_then(|hall| Some((hall, owner_of(hall, &device)?)));
    let heard = |hall: &Hall, account| hall.is_member(&account) || cx.faults.hears_anybody();
    if !member.is_some_and(|(hall, account)| heard(hall, account)) {
        return Ok(());
    }
    let taken = take(cx, desks, (id, device), first)?;
    match &taken {
        Taken::Refused(why) => cx.passed_over(*why),
        Taken::Over => cx.passed_over(PassedOver::EntryBalance),
        _ => {}
    }
    let same = match &taken {
        Taken::Rival(entry) => {
            let goes_on = more && rest.is_empty();
            forks::compare(cx, desks, link, entry.as_ref().clone(), goes_on)?
        }
        _ => true,
    };
    let new = matches!(taken, Taken::New(_) | Taken::Filled);
    if new {
        if let (Taken::New(header), true) = (&taken, rest.is_empty() && !more) {
            ways::first_heard(cx, desks, id, device, (header, first));
        }
        let later = cx.now.mono.after(limits::TELL_ENTRIES_DELAY);
        cx.timers.set_sooner(Timer::Tell(id), later);
        view::later(cx, id);
    }
    if taken == Taken::Known && rest.is_empty() {
        ways::heard_again(cx, desks, id, (link, device), first);
    }
    let rest = match taken {
        // What follows it in its log is early too, or differs as well.
        Taken::Rival(_) if !same => logs::of_others(first, rest),
        Taken::Early | Taken::Over => logs::of_others(first, rest),
        _ => rest.to_vec(),
    };
    if taken == Taken::Early {
        // Not at once for ever: what it waits for may never come.
        let now = cx.now.mono;
        let hall = desks.halls.halls.get_mut(&id);
        if hall.is_some_and(|hall| hall.may_ask_again(device, now)) {
            sync::ask(cx, desks.halls, id, (link, device));
            logs::say_logs(cx, desks.halls, id, link, false);
        }
    }
    if !rest.is_empty() {
        let job = Job::Entries {
            link,
            community: id,
            entries: rest,
            more,
        };
        let _full = cx.lanes.push(LaneId::Peer(device), job);
    } else if more && new {
        // Whoever brought what was here already is not asked for more: another is ahead of it. Or every page that comes twice
        // would be answered twice, for ever more of them, until the links break. Nor whoever brought what is refused: it would
        // come again.
        match taken {
            Taken::Filled => gaps::ask_for(cx, desks.halls, id, link),
            _ => logs::say_logs(cx, desks.halls, id, link, false),
        }
    }
    Ok(())
}

fn take(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    (id, from): (CommunityId, DeviceId),
    bytes: &EntryBytes,
) -> Result<Taken, Stop> {
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return Ok(Taken::Known);
    };
    let entry = Read::of(hall, bytes).map_err(Misbehaved::Entry)?;
    let header = entry.header();
    // Without its sealed key no chain opens it, and the signature does not cover that: it would take the place of the whole one.
    if header.community != id || !entry.is_whole() {
        return Err(Misbehaved::NotAllowed { frame: "entries" }.into());
    }
    let end = hall.logs.get(&header.log).copied();
    let next = end.map_or(0, |end| end.next);
    if hall.control().log_ended_at(&header.log, header.seq) {
        return Ok(Taken::Refused(PassedOver::LogEnded));
    }
    let place = gaps::place(cx, hall, (header.log, header.seq));
    if header.seq < next && place.is_none() {
        return passed(cx, hall, (entry, bytes), end);
    }
    let dag = hall.control().log().dag();
    let unknown = header.heads.iter().any(|head| !dag.contains(head));
    let key = hall.control().key(&header.log.device).copied();
    let Some(place) = place.filter(|_place| !unknown) else {
        return Ok(Taken::Early);
    };
    // Where a log began for whoever came in later is hearsay; its first entry says what it follows.
    let hearsay = end.is_some_and(|end| end.hlc == Hlc::ZERO);
    if place == Place::Newest && header.prev != end.map(|end| end.head) && !hearsay {
        // Its device has written two entries where there may be one. Whoever passes the other on may know this one only.
        return Ok(Taken::Refused(PassedOver::DoesNotFollow));
    }
    if end.is_none() && !hall.has_room_for(&header.log) {
        return Ok(Taken::Refused(PassedOver::TooManyLogs));
    }
    let entry = match key {
        Some(key) => entry.believe(hall, bytes, &key)?,
        None => return Ok(Taken::Early),
    };
    let Some(account) = owner_of(hall, &entry.header().log.device) else {
        return Ok(Taken::Early);
    };
    if !verdicts::fits(cx, hall, entry.header(), account) {
        return Ok(Taken::Refused(PassedOver::NotOfThen));
    }
    if verdicts::dates_itself_free(cx, hall, entry.header(), account) {
        return Ok(Taken::Early);
    }
    if place == Place::Within && !gaps::fits_within(cx, hall, &entry)? {
        return Ok(Taken::Refused(PassedOver::DoesNotFollow));
    }
    if !hall.budgets.takes_entry(&account, cx.now.mono) {
        return Ok(Taken::Over);
    }
    let key = match open_or_hold(cx, hall, &entry, account)? {
        Opened::By(key) => Some(key),
        Opened::Waits => {
            let reached = desks.links.best(entry.header().log.device).is_some();
            asking::later(cx, hall, (entry.header(), reached), from);
            None
        }
        Opened::Never => None,
        Opened::TooMany => return Ok(Taken::Early),
    };
    keep(cx, hall, (&entry, bytes), (key.as_ref(), place));
    hall.budgets.charge_entry(account, cx.now.mono);
    Ok(match place {
        Place::Within => Taken::Filled,
        Place::Newest | Place::Beyond => Taken::New(Box::new(entry.header().clone())),
    })
}

/// An entry whose place in its log is taken: by itself, or by another that its device signed as well.
fn passed(
    cx: &Context<'_>,
    hall: &mut Hall,
    (entry, bytes): (Read, &EntryBytes),
    end: Option<LogRow>,
) -> Result<Taken, Stop> {
    let log = entry.header().log;
    if hall.differing.contains(&log) {
        return Ok(Taken::Rival(Box::new(entry.unverified())));
    }
    let last = entry.header().seq.checked_add(1) == end.map(|end| end.next);
    if !last || end.map(|end| end.head) == Some(entry.id()) {
        return Ok(Taken::Known);
    }
    // Only its device sets one half against the other; anybody could make up a third.
    let Some(key) = hall.control().key(&log.device).copied() else {
        return Ok(Taken::Known);
    };
    let entry = if cx.faults.takes_unsigned_rivals() {
        entry.unverified()
    } else {
        entry.believe(hall, bytes, &key)?.unverified()
    };
    hall.differing.insert(log);
    Ok(Taken::Rival(Box::new(entry)))
}

/// Whose device this is.
pub(super) fn owner_of(hall: &Hall, device: &DeviceId) -> Option<AccountId> {
    hall.control().owner_of(device)
}

/// Whether an entry is open that just came.
enum Opened {
    /// With this key.
    By(EntryKey),
    /// It waits for a key.
    Waits,
    /// It is not this account's to read, as far as is known.
    Never,
    /// As many of its device wait for keys as may: it has to come again, or nobody would ever ask for its key.
    TooMany,
}

/// Opens an entry if its chain is here, or notes that it waits for it.
fn open_or_hold(
    cx: &mut Context<'_>,
    hall: &mut Hall,
    entry: &VerifiedEntry,
    account: AccountId,
) -> Result<Opened, Stop> {
    let header = entry.header();
    let id = header.community;
    let device = header.log.device;
    let chain = cx.resident.chain(id, device, header.chain)?.cloned();
    let opened = match chain {
        Some(row) if row.audience == header.audience => open(cx, hall, entry, (account, row))?,
        _ => Opening::Waits,
    };
    // What was never meant for this account waits for nothing, if nothing may ever make it theirs.
    let waits = matches!(opened, Opening::Waits | Opening::Dropped);
    let meant = waits && sharing::meant_for(hall, header, &cx.local.account);
    let room = cx.resident.held_count(id, device) < limits::HELD_PER_DEVICE_MAX;
    if meant && !room {
        return Ok(Opened::TooMany);
    }
    if meant || (waits && room && past::may_open(hall, header)) {
        let key = RowKey::Held(id, device, header.chain, header.log.incarnation, header.seq);
        cx.put(key, Row::Held);
        if meant {
            return Ok(Opened::Waits);
        }
        asking::begin(cx, id);
    }
    Ok(match opened {
        Opening::Done(key) => Opened::By(key),
        Opening::Waits | Opening::Dropped | Opening::Never => Opened::Never,
    })
}

/// Stores an entry, which has these bytes, at its place in its log.
pub(super) fn keep(
    cx: &mut Context<'_>,
    hall: &mut Hall,
    (entry, bytes): (&VerifiedEntry, &EntryBytes),
    (key, place): (Option<&EntryKey>, Place),
) {
    let header = entry.header();
    let row = EntryRow {
        bytes: bytes.clone(),
        key: key.map(|key| *key.as_bytes()),
    };
    let (id, log) = (header.community, header.log);
    cx.put(RowKey::Entry(id, log, header.seq), Row::Entry(row));
    gaps::taken(cx, hall, entry, place);
}

enum Opening {
    /// It said something, or nothing that counts; this is its key.
    Done(EntryKey),
    /// Its chain is not here, or begins behind it.
    Waits,
    /// The same, now that what somebody handed on for its chain turned out to be something else.
    Dropped,
    /// Its author sealed something that nobody opens.
    Never,
}

/// Opens an entry with its author's chain and acts on what it says. Everything is looked up before the first write.
fn open(
    cx: &mut Context<'_>,
    hall: &mut Hall,
    entry: &VerifiedEntry,
    (account, chain): (AccountId, ChainRow),
) -> Result<Opening, Missing> {
    let header = entry.header();
    let place = RowKey::Chain(header.community, header.log.device, header.chain);
    let half = hall.half_open.remove(&entry.id());
    let half = half.filter(|half| half.before == chain.record);
    let opened = half.map_or_else(
        || {
            let (key, record) = entry.open_key_with(&chain.record, cx.faults)?;
            let said = entry.open(&key).ok();
            Ok(((key, record), said))
        },
        |half| Ok((half.opened, half.said)),
    );
    let ((key, record), said) = match opened {
        Ok(opened) => opened,
        // From before the chain was handed to this device, or from before a crash: whoever has its key shares it.
        Err(EntryFault::NoKey | EntryFault::Chain(GroupOpenError::Duplicate)) => {
            return Ok(Opening::Waits);
        }
        Err(_) if chain.source == ChainSource::Handed => {
            // Not what its author gave, whoever is to blame: that, or what another member hands on, opens it.
            cx.remove(place);
            return Ok(Opening::Dropped);
        }
        Err(EntryFault::Chain(GroupOpenError::UnknownChain)) => return Ok(Opening::Waits),
        Err(_) => return Ok(Opening::Never),
    };
    if let Err(missing) = act(cx, hall, header, account, said.as_ref()) {
        let half = HalfOpen {
            before: chain.record,
            opened: (key, record),
            said,
        };
        hall.keep_half_open(entry.id(), half);
        return Err(missing);
    }
    let source = match chain.source {
        ChainSource::Author => ChainSource::Author,
        ChainSource::Handed | ChainSource::Proven => ChainSource::Proven,
    };
    let row = ChainRow {
        record,
        source,
        ..chain
    };
    cx.put(place, Row::Chain(row));
    Ok(Opening::Done(key))
}

/// Opens what waited for a chain of a device, some at a time.
///
/// # Errors
/// When rows must be loaded first.
pub(super) fn unlock(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    (id, chain): (CommunityId, ChainId),
) -> Result<(), Stop> {
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return Ok(());
    };
    let Some(account) = owner_of(hall, &device) else {
        return Ok(());
    };
    let Some(chain_row) = cx.resident.chain(id, device, chain)?.cloned() else {
        return Ok(());
    };
    let mut held = cx.resident.held(id, device, chain);
    held.truncate(limits::UNLOCKED_MAX);
    let mut opened = false;
    for (incarnation, seq) in held {
        let log = LogId {
            device,
            incarnation,
        };
        let row = cx.resident.entry(id, log, seq)?.cloned();
        let entry = row
            .as_ref()
            .and_then(|row| VerifiedEntry::kept(&row.bytes).ok());
        let opening = match &entry {
            Some(entry) if entry.header().audience != chain_row.audience => Opening::Waits,
            Some(entry) => open(cx, hall, entry, (account, chain_row.clone()))?,
            None => Opening::Never,
        };
        let key = match opening {
            Opening::Waits => continue, // others share its key
            Opening::Dropped => break,
            Opening::Done(key) => Some(*key.as_bytes()),
            Opening::Never => None,
        };
        if let Some(row) = row {
            cx.put(
                RowKey::Entry(id, log, seq),
                Row::Entry(EntryRow { key, ..row }),
            );
        }
        cx.remove(RowKey::Held(id, device, chain, incarnation, seq));
        opened = true;
        break;
    }
    if opened {
        asking::settle(cx, hall);
        chains::look_again(cx, device, (id, chain));
    }
    Ok(())
}
