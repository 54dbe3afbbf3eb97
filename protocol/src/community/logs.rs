//! Content logs brought together: how far each is here is told, what is lacking is sent, in pages; and where the logs of whoever
//! comes in begin.

use std::collections::BTreeSet;

use crate::community::hall::Hall;
use crate::community::{Halls, comparing, forks, gaps, past, sync};
use crate::content::{EntryId, UnverifiedEntry};
use crate::control::body::LogId;
use crate::control::{CommunityId, OpId};
use crate::courier::{Desks, Stop};
use crate::crypto::Hash32;
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::link::frame::{EntryBytes, LogEnd};
use crate::link::{CommunityFrame, Frame, LinkId};
use crate::persist::{CommunityRow, CommunityState, LogRow, Row, RowKey};
use crate::time::Hlc;
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Context, Missing, When};

/// Says how far the content logs are here.
pub(super) fn say_logs(
    cx: &mut Context<'_>,
    halls: &Halls,
    id: CommunityId,
    link: LinkId,
    wants: bool,
) {
    let Some(hall) = halls.get(id) else { return };
    say(cx, id, link, (ends(hall), wants));
}

pub(super) fn ends(hall: &Hall) -> Vec<LogEnd> {
    let ends = hall.logs.iter();
    ends.map(|(log, end)| (*log, end.next, end.head))
        .take(limits::LOGS_PER_FRAME_MAX)
        .collect()
}

/// How far the logs are here, but one only as far as a page before an entry: by it the other end sends what it has there.
///
/// # Errors
/// When the entry before that page must be loaded first.
pub(super) fn claims_below(
    cx: &mut Context<'_>,
    halls: &Halls,
    id: CommunityId,
    (log, seq): (LogId, u64),
) -> Result<Vec<LogEnd>, Missing> {
    let Some(hall) = halls.get(id) else {
        return Ok(Vec::new());
    };
    let page = u64::try_from(limits::ENTRIES_PER_FRAME_MAX).unwrap_or(u64::MAX);
    let from = seq.saturating_sub(page);
    let before = match from.checked_sub(1) {
        Some(before) => forks::stored(cx, id, log, before)?,
        None => None,
    };
    let head = before.map_or(EntryId(Hash32::MIN), |entry| entry.entry().id());
    Ok(claims(hall, (log, from, head)))
}

/// How far the logs are here, but for one, of which this is said.
pub(super) fn claims(hall: &Hall, of_one: LogEnd) -> Vec<LogEnd> {
    let ends = ends(hall).into_iter();
    ends.map(|end| if end.0 == of_one.0 { of_one } else { end })
        .collect()
}

/// Says how far content logs are here.
pub(super) fn say(
    cx: &mut Context<'_>,
    id: CommunityId,
    link: LinkId,
    (logs, wants): (Vec<LogEnd>, bool),
) {
    let frame = CommunityFrame::Logs {
        community: id,
        logs: logs.try_into().unwrap_or_default(),
        wants,
    };
    cx.send(link, &Frame::Community(Box::new(frame)), When::Durable);
}

/// A peer says how far it has the content logs.
pub(super) fn on_logs(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    link: LinkId,
    (account, device): (AccountId, DeviceId),
    (id, logs, wants): (CommunityId, Vec<LogEnd>, bool),
) {
    let Some(row) = cx.resident.community(id).cloned() else {
        return;
    };
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    if matches!(row.state, CommunityState::Joining { .. }) {
        // Before its ops were looked through: that comes first.
        if hall.asked.map(|(asked, _)| asked) == Some(device) {
            hall.beginning = Some(logs);
        }
        return;
    }
    if !matches!(row.state, CommunityState::In { .. }) || !hall.is_member(&account) {
        return;
    }
    if !row.based {
        base(cx, hall, row, &logs);
        say_logs(cx, desks.halls, id, link, false);
        return;
    }
    lower_beginnings(cx, hall, &logs);
    gaps::look_out(cx, hall, &logs);
    let compares = row.state == (CommunityState::In { compares: true });
    if compares && is_level(hall, device, &logs) {
        sync::compared(cx, id);
    }
    let theirs = |log: &LogId| {
        let known = logs.iter().find(|(of, _, _)| of == log);
        known.map_or(0, |(_, next, _)| *next)
    };
    let lacks = hall.logs.iter().any(|(log, end)| theirs(log) < end.next);
    let differs = logs.iter().any(|end| differs(hall, end));
    if lacks || differs {
        let job = Job::Serve {
            link,
            community: id,
            logs,
        };
        let _full = cx.lanes.push(LaneId::Peer(device), job);
    }
    if wants && !hall.just_told(device, cx.now.mono) {
        say_logs(cx, desks.halls, id, link, false);
    }
}

/// Whether another knows what is here, by its own word, but for what it cannot take in now: of a log whose beginning nobody in
/// reach has, it takes what follows after a day ([`gaps`]), and whoever has that is not to wait for it as long. Nor for what this
/// device could not get either, once it is missed.
///
/// Not that nothing is lacking here: who knows next to nothing would be enough for that.
fn is_level(hall: &Hall, device: DeviceId, logs: &[LogEnd]) -> bool {
    let same_ops = |heads: &[OpId]| heads == hall.own_knowledge().heads.as_slice();
    // How far logs are said to be that are walked back, or that have gaps, is less.
    let all = |contents| comparing::digest(logs.iter().copied()) == contents;
    let said = hall.knows.get(&device);
    if !said.is_some_and(|said| same_ops(&said.heads) && all(said.contents)) {
        return false;
    }
    let theirs = |log: &LogId| logs.iter().find(|(of, _, _)| of == log);
    let level = |(log, here): (&LogId, &LogRow)| {
        let (next, same) = theirs(log).map_or((0, true), |end| (end.1, !differs(hall, end)));
        next == here.next && same
            || next < here.next && gaps::until(hall, *log, next, here.next) == next
            || next > here.next && gaps::is_missed(hall, *log, here.next)
    };
    let known = |end: &LogEnd| hall.logs.contains_key(&end.0) || gaps::is_missed(hall, end.0, 0);
    logs.iter().all(known) && hall.logs.iter().all(level)
}

/// Whether a log is here as far as somebody has it, and yet not the same. Where it begins by hearsay, nobody can tell.
fn differs(hall: &Hall, (log, next, head): &LogEnd) -> bool {
    let end = hall.logs.get(log);
    *next > 0
        && end.is_some_and(|end| end.next == *next && end.head != *head && end.hlc > Hlc::ZERO)
}

/// Where a log begins here is what one member said. If another says less, it is taken at its word: at worst, what is closed is
/// fetched as well.
fn lower_beginnings(cx: &mut Context<'_>, hall: &mut Hall, logs: &[LogEnd]) {
    let id = hall.control().community();
    for (log, next, head) in logs {
        let known = hall.logs.get(log).filter(|end| end.hlc == Hlc::ZERO);
        let Some(known) = known.filter(|end| other_end(end, *next, *head)) else {
            continue;
        };
        // What is below is here: whoever has less than that says nothing of where it went on.
        let before = gaps::before(hall, *log, known.next);
        let stored = before.map_or(0, |before| before.next);
        if *next >= stored {
            let hearsay = LogRow {
                next: *next,
                head: *head,
                hlc: Hlc::ZERO,
            };
            let end = before.filter(|_| *next == stored).unwrap_or(hearsay);
            gaps::begins(cx, hall, (*log, *next));
            cx.put(RowKey::Log(id, *log), Row::Log(end));
            hall.set_log(*log, end);
        }
    }
}

fn other_end(end: &LogRow, next: u64, head: EntryId) -> bool {
    next < end.next || (next == end.next && head != end.head)
}

/// Whoever has just come in begins where a member is, unless the past is theirs to read.
pub(super) fn base(cx: &mut Context<'_>, hall: &mut Hall, row: CommunityRow, logs: &[LogEnd]) {
    let id = hall.control().community();
    if !past::is_open(&hall.control().now()) {
        for (log, next, head) in logs {
            let end = LogRow {
                next: *next,
                head: *head,
                hlc: Hlc::ZERO,
            };
            // Whoever was here before may know more than whoever let them in again: that stays.
            let known = hall.logs.get(log);
            let further = known.is_some_and(|here| here.hlc > Hlc::ZERO && here.next >= *next);
            if log.device != cx.local.device && !further && hall.has_room_for(log) {
                gaps::begins(cx, hall, (*log, *next));
                cx.put(RowKey::Log(id, *log), Row::Log(end));
                hall.set_log(*log, end);
            }
        }
    }
    let row = CommunityRow { based: true, ..row };
    cx.put(RowKey::Community(id), Row::Community(row));
}

/// What somebody lacks who has the logs as far as this, some of it; and whether there is more.
fn lacking(hall: &Hall, logs: &[LogEnd]) -> (Vec<(LogId, u64)>, bool) {
    let mut lacks: Vec<(Hlc, LogId, std::ops::Range<u64>)> = Vec::new();
    for (log, end) in &hall.logs {
        let known = logs.iter().find(|(of, _, _)| of == log);
        let from = known.map_or(0, |(_, next, _)| *next);
        // What is not here, others have.
        let here = gaps::until(hall, *log, from, end.next);
        if from < here {
            lacks.push((end.hlc, *log, from..here));
        }
    }
    // Whoever spoke last is wanted first; and each a part, or a log of years would keep all others waiting.
    lacks.sort_by_key(|(newest, log, _)| (std::cmp::Reverse(*newest), *log));
    let mut room = limits::ENTRIES_LOADED_MAX;
    let mut wanted: Vec<(LogId, u64)> = Vec::new();
    let mut more = false;
    let count = u64::try_from(lacks.len()).unwrap_or(u64::MAX);
    for (index, (_, log, range)) in (0..count).zip(lacks) {
        let share = room.div_ceil(count.saturating_sub(index).max(1));
        let to = range.end.min(range.start.saturating_add(share));
        more |= to < range.end;
        room = room.saturating_sub(to.saturating_sub(range.start));
        wanted.extend((range.start..to).map(|seq| (log, seq)));
    }
    (wanted, more)
}

/// Sends a page of entries that somebody lacks.
///
/// # Errors
/// When entries must be loaded first.
pub(super) fn serve(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    (link, id): (LinkId, CommunityId),
    logs: &[LogEnd],
) -> Result<(), Stop> {
    let Some(hall) = desks.halls.get(id) else {
        return Ok(());
    };
    let (wanted, mut more) = lacking(hall, logs);
    let peer = desks.links.get(link).and_then(|state| state.peer);
    let peer = peer.map(|peer| peer.1);
    let Page {
        entries,
        broken,
        full,
    } = page(cx, id, &wanted)?;
    more |= full;
    // Everything is loaded: nothing below is said twice.
    walk_back(cx, desks, (link, id), logs)?;
    let Some(hall) = desks.halls.get(id) else {
        return Ok(());
    };
    if entries.is_empty() {
        // Nothing of these is here: the others may be.
        if let (Some(device), true) = (peer, !broken.is_empty() && more) {
            let others = logs.iter().copied();
            let others = others.filter(|(log, _, _)| !broken.contains(log));
            let ends = broken
                .iter()
                .filter_map(|log| hall.logs.get(log).map(|end| (*log, end.next, end.head)));
            let job = Job::Serve {
                link,
                community: id,
                logs: others.chain(ends).collect(),
            };
            let _full = cx.lanes.push(LaneId::Peer(device), job);
        }
        return Ok(());
    }
    if let (Some(device), Some(hall)) = (peer, desks.halls.halls.get_mut(&id)) {
        for (log, end) in &hall.logs {
            let known = logs.iter().find(|(of, _, _)| of == log);
            let theirs = known.map_or(0, |(_, next, _)| *next);
            hall.ways
                .passed_over(device, log, (theirs, end.next), cx.now.mono);
        }
    }
    send_entries(cx, &[link], id, (entries, more), When::Durable);
    Ok(())
}

/// Some entries of those that are wanted: as many as one frame holds.
pub(super) struct Page {
    /// They.
    pub entries: Vec<EntryBytes>,
    /// Logs of which some are not here: from before this device came in.
    pub broken: BTreeSet<LogId>,
    /// Whether some had no place.
    pub full: bool,
}

/// Takes entries together for one frame, each log's only up to the first that is not here.
///
/// # Errors
/// When entries must be loaded first.
pub(super) fn page(
    cx: &mut Context<'_>,
    id: CommunityId,
    wanted: &[(LogId, u64)],
) -> Result<Page, Missing> {
    let keys = wanted.iter();
    let keys = keys.map(|(log, seq)| RowKey::Entry(id, *log, *seq));
    cx.resident.require(keys)?;
    let mut page = Page {
        entries: Vec::new(),
        broken: BTreeSet::new(),
        full: false,
    };
    let mut bytes = 0_usize;
    for (log, seq) in wanted {
        if page.broken.contains(log) {
            continue;
        }
        let Some(row) = cx.resident.entry(id, *log, *seq)? else {
            page.broken.insert(*log); // others have it
            continue;
        };
        bytes = bytes.saturating_add(row.bytes.len());
        page.full = page.entries.len() >= limits::ENTRIES_PER_FRAME_MAX
            || bytes > limits::ENTRIES_FRAME_BYTES_MAX && !page.entries.is_empty();
        if page.full {
            break;
        }
        page.entries.push(row.bytes.clone());
    }
    Ok(page)
}

/// Where somebody has a log differently, they are asked for what they have before the place where that shows.
///
/// # Errors
/// When entries must be loaded first.
fn walk_back(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    (link, id): (LinkId, CommunityId),
    logs: &[LogEnd],
) -> Result<(), Missing> {
    let Some(hall) = desks.halls.get(id) else {
        return Ok(());
    };
    let mut found = None;
    for end in logs {
        let (log, next, head) = *end;
        let behind = hall.logs.get(&log).is_some_and(|here| here.next > next);
        let goes_on = next == 0
            || !behind
            || forks::stored(cx, id, log, next)?
                .is_none_or(|entry| entry.entry().header.prev == Some(head));
        if differs(hall, end) || !goes_on {
            found = Some((log, next));
            break; // one after the other: each shows itself again
        }
    }
    let Some(found) = found else { return Ok(()) };
    let claims = claims_below(cx, desks.halls, id, found)?;
    if let Some(hall) = desks.halls.halls.get_mut(&id) {
        hall.differing.insert(found.0);
    }
    say(cx, id, link, (claims, false));
    Ok(())
}

/// Entries of a page that are not of this one's log.
pub(super) fn of_others(early: &EntryBytes, page: &[EntryBytes]) -> Vec<EntryBytes> {
    let of = log_of(early);
    let others = page.iter().filter(|bytes| log_of(bytes) != of);
    others.cloned().collect()
}

/// The log of an entry.
pub(super) fn log_of(bytes: &EntryBytes) -> Option<LogId> {
    let entry = UnverifiedEntry::decode(bytes).ok();
    entry.map(|entry| entry.entry().header.log)
}

pub(super) fn send_entries(
    cx: &mut Context<'_>,
    links: &[LinkId],
    community: CommunityId,
    (entries, more): (Vec<EntryBytes>, bool),
    when: When,
) {
    if links.is_empty() {
        return;
    }
    let frame = CommunityFrame::Entries {
        community,
        entries: entries.try_into().unwrap_or_default(),
        more,
    };
    cx.send_all(links, &Frame::Community(Box::new(frame)), when);
}
