//! Gaps in content logs: entries that nobody in reach has, though later ones are to be had.
//!
//! A log is taken in without gaps, in order. Where somebody says that a log goes on, and what comes next does not come within a
//! minute, it is missed from then on; for a day it is only waited for (F24, groups-and-security.md §3.2). Then members in reach
//! are asked what they have beyond it, the log goes on there, and people see where something is missing. Whoever comes into
//! reach later is asked for it, and what they have is put where it belongs.
//!
//! What is from before this device came in is such a gap too, which it does not miss: by it, it knows where what it has begins.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::community::hall::Hall;
use crate::community::reach::linked;
use crate::community::{Halls, forks, logs, view};
use crate::content::{EntryId, VerifiedEntry};
use crate::control::body::LogId;
use crate::control::{CommunityId, LogEnding};
use crate::courier::{Desks, Stop};
use crate::crypto::Hash32;
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::link::frame::LogEnd;
use crate::link::{CommunityFrame, Frame, LinkId};
use crate::persist::{GapRow, LogRow, Row, RowKey};
use crate::time::Hlc;
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Context, Missing, Timer, When};

/// Gaps of a community, by log and the number of the first entry that is not here.
pub(super) type Gaps = BTreeMap<(LogId, u64), GapRow>;

/// Where in its log an entry is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind the newest.
    Newest,
    /// Behind a gap that was waited for long enough.
    Beyond,
    /// First in a gap.
    Within,
}

fn of_log(gaps: &Gaps, log: LogId) -> impl DoubleEndedIterator<Item = (u64, &GapRow)> {
    let range = gaps.range((log, 0)..=(log, u64::MAX));
    range.map(|((_, from), gap)| (*from, gap))
}

fn put(cx: &mut Context<'_>, hall: &mut Hall, (log, from): (LogId, u64), gap: GapRow) {
    let id = hall.control().community();
    cx.put(RowKey::Gap(id, log, from), Row::Gap(gap));
    hall.gaps.insert((log, from), gap);
}

fn remove(cx: &mut Context<'_>, hall: &mut Hall, (log, from): (LogId, u64)) {
    let id = hall.control().community();
    if hall.gaps.remove(&(log, from)).is_some() {
        cx.remove(RowKey::Gap(id, log, from));
    }
}

/// Up to where a log is here without a gap, from a number on: up to that very number where it is in one.
pub(super) fn until(hall: &Hall, log: LogId, from: u64, next: u64) -> u64 {
    let mut gaps = of_log(&hall.gaps, log).filter(|(_, gap)| gap.to.is_some_and(|to| to > from));
    gaps.next().map_or(next, |(gap, _)| gap.max(from).min(next))
}

/// The first number of a log from this one on that is not in a gap.
pub(super) fn beyond(hall: &Hall, log: LogId, from: u64) -> u64 {
    let mut gaps = of_log(&hall.gaps, log);
    let within = gaps.find(|(gap, row)| *gap <= from && row.to.is_some_and(|to| to > from));
    within.and_then(|(_, gap)| gap.to).unwrap_or(from)
}

/// Where a log ends below the gap that ends there, if more is known than that it does.
pub(super) fn before(hall: &Hall, log: LogId, to: u64) -> Option<LogRow> {
    let (next, gap) = of_log(&hall.gaps, log).find(|(_, gap)| gap.to == Some(to))?;
    (gap.after > Hlc::ZERO).then_some(LogRow {
        next,
        head: gap.head,
        hlc: gap.after,
    })
}

/// Whether what comes at this number of a log, which goes on elsewhere, was to be had of nobody for a minute.
pub(super) fn is_missed(hall: &Hall, log: LogId, next: u64) -> bool {
    hall.gaps
        .get(&(log, next))
        .is_some_and(|gap| gap.to.is_none())
}

/// Where somebody has more of logs than is here, that is looked at in a minute. Not of the log that this device goes on with: of
/// one from before an older state was put back.
pub(super) fn look_out(cx: &mut Context<'_>, hall: &mut Hall, theirs: &[LogEnd]) {
    let id = hall.control().community();
    let own = cx.resident.community(id).map(|row| LogId {
        device: cx.local.device,
        incarnation: row.incarnation,
    });
    for (log, next, _) in theirs {
        let here = hall.logs.get(log).map_or(0, |end| end.next);
        let closed = is_missed(hall, *log, here) || hall.control().log_ended_at(log, here);
        if *next > here && Some(*log) != own && !closed {
            let since = hall.behind.entry(*log).or_insert((here, cx.now.mono));
            if since.0 != here {
                *since = (here, cx.now.mono); // some of it came
            }
        }
    }
    if !hall.behind.is_empty() {
        let soon = cx.now.mono.after(limits::GAP_NOTICED_AFTER);
        cx.timers.set_sooner(Timer::Gaps(id), soon);
    }
}

/// Looks which gaps are still there, and asks for what is beyond those that were waited for.
pub(super) fn look_after(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    let mut sooner = notice_all(cx, hall);
    let waited: Vec<_> = hall
        .gaps
        .iter()
        .filter(|(_, gap)| gap.to.is_none())
        .map(|(place, gap)| (*place, *gap))
        .collect();
    let mut due = Vec::new();
    for ((log, from), gap) in waited {
        let noticed = gap.noticed.unwrap_or(cx.now.wall);
        let closed = hall.logs.get(&log).map_or(0, |end| end.next) != from;
        if closed || hall.control().log_ended_at(&log, from) {
            remove(cx, hall, (log, from)); // it came after all, or never will
        } else if noticed > cx.now.wall {
            // The clock was set back: it is not to be waited for until then.
            let noticed = Some(cx.now.wall);
            put(cx, hall, (log, from), GapRow { noticed, ..gap });
            sooner = earliest(sooner, limits::GAP_LOOKED_AFTER);
        } else if is_over(cx, &gap) {
            due.push((log, from));
        } else {
            let left = limits::GAP_SHOWN_AFTER.saturating_sub(cx.now.wall.since(noticed));
            let left = left.clamp(limits::GAP_NOTICED_AFTER, limits::GAP_LOOKED_AFTER);
            sooner = earliest(sooner, left);
        }
    }
    if !due.is_empty() {
        sooner = earliest(sooner, limits::GAP_RETRY);
        ask_beyond(cx, desks, id, &due);
    }
    if let Some(sooner) = sooner {
        cx.timers.set_in(Timer::Gaps(id), cx.now.mono, sooner);
    }
    view::soon(cx, id);
}

fn earliest(one: Option<Duration>, other: Duration) -> Option<Duration> {
    Some(one.map_or(other, |one| one.min(other)))
}

/// Misses what somebody said more than a minute ago that there is, and did not come. Answers when to look for the rest.
fn notice_all(cx: &mut Context<'_>, hall: &mut Hall) -> Option<Duration> {
    let mut sooner = None;
    for (log, (from, since)) in std::mem::take(&mut hall.behind) {
        let left = limits::GAP_NOTICED_AFTER.saturating_sub(cx.now.mono.since(since));
        if left.is_zero() {
            notice(cx, hall, log, from);
        } else if hall.logs.get(&log).map_or(0, |end| end.next) == from {
            hall.behind.insert(log, (from, since));
            sooner = earliest(sooner, left);
        }
    }
    sooner
}

/// From now on, what comes here in a log is missed.
fn notice(cx: &mut Context<'_>, hall: &mut Hall, log: LogId, from: u64) {
    let end = hall.logs.get(&log).copied();
    let there = end.map_or(0, |end| end.next) != from
        || hall.gaps.contains_key(&(log, from))
        || hall.control().log_ended_at(&log, from);
    if there || of_log(&hall.gaps, log).count() >= limits::GAPS_PER_LOG_MAX {
        return;
    }
    let gap = GapRow {
        to: None,
        noticed: Some(cx.now.wall),
        head: end.map_or(EntryId(Hash32::MIN), |end| end.head),
        after: end.map_or(Hlc::ZERO, |end| end.hlc),
        before: Hlc::ZERO,
    };
    put(cx, hall, (log, from), gap);
}

fn is_over(cx: &Context<'_>, gap: &GapRow) -> bool {
    let long = |noticed| cx.now.wall.since(noticed) >= limits::GAP_SHOWN_AFTER;
    gap.noticed
        .is_some_and(|noticed| long(noticed) || cx.faults.skips_gaps())
}

/// Asks members in reach, some at a time, what they have beyond gaps.
fn ask_beyond(cx: &mut Context<'_>, desks: &Desks<'_>, id: CommunityId, due: &[(LogId, u64)]) {
    let linked = linked(cx, desks, id);
    let [draw] = cx.rng.bytes();
    let start = usize::from(draw).checked_rem(linked.len()).unwrap_or(0);
    let whom = linked.iter().cycle().skip(start).take(linked.len());
    for (link, _, _) in whom.take(limits::GAP_ASKED_MAX) {
        // Others next time, if there are more: some may never close.
        let due = due.iter().cycle().skip(usize::from(draw)).take(due.len());
        for (log, from) in due.take(limits::GAPS_ASKED_MAX) {
            let frame = CommunityFrame::Beyond {
                community: id,
                log: *log,
                from: *from,
            };
            cx.send(*link, &Frame::Community(Box::new(frame)), When::Durable);
        }
    }
}

/// Somebody asks for what is beyond a gap of theirs.
///
/// # Errors
/// When entries must be loaded first.
pub(super) fn serve_beyond(
    cx: &mut Context<'_>,
    halls: &Halls,
    (link, account): (LinkId, AccountId),
    id: CommunityId,
    (log, from): (LogId, u64),
) -> Result<(), Stop> {
    let Some(hall) = halls.get(id).filter(|hall| hall.is_member(&account)) else {
        return Ok(());
    };
    let next = hall.logs.get(&log).map_or(0, |end| end.next);
    let first = beyond(hall, log, from);
    let page = u64::try_from(limits::ENTRIES_PER_FRAME_MAX).unwrap_or(u64::MAX);
    let to = until(hall, log, first, next).min(first.saturating_add(page));
    let wanted: Vec<_> = (first..to).map(|seq| (log, seq)).collect();
    let page = logs::page(cx, id, &wanted)?;
    if !page.entries.is_empty() {
        let more = page.full || to < next;
        logs::send_entries(cx, &[link], id, (page.entries, more), When::Durable);
    }
    Ok(())
}

/// Where an entry may be taken in; `None` where it must wait for what comes before it, or is here.
pub(super) fn place(cx: &Context<'_>, hall: &Hall, (log, seq): (LogId, u64)) -> Option<Place> {
    let next = hall.logs.get(&log).map_or(0, |end| end.next);
    if seq == next {
        return Some(Place::Newest);
    }
    if seq > next {
        let gap = hall.gaps.get(&(log, next));
        let over = gap.is_some_and(|gap| gap.to.is_none() && is_over(cx, gap));
        return over.then_some(Place::Beyond);
    }
    let gap = hall.gaps.get(&(log, seq));
    let missed = gap.is_some_and(|gap| gap.to.is_some() && gap.noticed.is_some());
    missed.then_some(Place::Within)
}

/// Whether an entry follows what is before its gap, and is followed by what is behind it.
///
/// # Errors
/// When that must be loaded first.
pub(super) fn fits_within(
    cx: &mut Context<'_>,
    hall: &Hall,
    entry: &VerifiedEntry,
) -> Result<bool, Missing> {
    let header = entry.header();
    let Some(gap) = hall.gaps.get(&(header.log, header.seq)) else {
        return Ok(false);
    };
    let follows = header.prev == (header.seq > 0).then_some(gap.head);
    let after = header.seq.saturating_add(1);
    if !follows || gap.to != Some(after) {
        return Ok(follows);
    }
    let behind = forks::stored(cx, header.community, header.log, after)?;
    Ok(behind.is_some_and(|behind| behind.entry().header.prev == Some(entry.id())))
}

/// Notes that an entry was taken in, and how far its log is here from then on.
pub(super) fn taken(cx: &mut Context<'_>, hall: &mut Hall, entry: &VerifiedEntry, place: Place) {
    let header = entry.header();
    let (id, log) = (header.community, header.log);
    let after = header.seq.saturating_add(1);
    if place == Place::Within {
        let gap = hall.gaps.get(&(log, header.seq)).copied();
        remove(cx, hall, (log, header.seq));
        if let Some(gap) = gap.filter(|gap| gap.to.is_some_and(|to| to > after)) {
            let head = entry.id();
            let rest = GapRow {
                head,
                after: header.hlc,
                ..gap
            };
            put(cx, hall, (log, after), rest);
        }
        return;
    }
    let from = hall.logs.get(&log).map_or(0, |end| end.next);
    let gap = hall.gaps.get(&(log, from)).copied();
    if let (Place::Beyond, Some(gap)) = (place, gap) {
        let closed = GapRow {
            to: Some(header.seq),
            before: header.hlc,
            ..gap
        };
        put(cx, hall, (log, from), closed);
    } else if gap.is_some() {
        remove(cx, hall, (log, from)); // it came after all
    }
    let end = LogRow {
        next: after,
        head: entry.id(),
        hlc: header.hlc,
    };
    cx.put(RowKey::Log(id, log), Row::Log(end));
    hall.set_log(log, end);
    hall.ways.keep_pace(log, after, cx.now.mono);
}

/// Where a log begins for whoever has just come in: what is before is not here, and not missed.
pub(super) fn begins(cx: &mut Context<'_>, hall: &mut Hall, (log, next): (LogId, u64)) {
    let end = hall.logs.get(&log).copied();
    let old = end.map_or(0, |end| end.next);
    // Where it had begun by hearsay before, nothing came in between.
    let hearsay = end.is_some_and(|end| end.hlc == Hlc::ZERO);
    let before = of_log(&hall.gaps, log).find(|(_, gap)| hearsay && gap.to == Some(old));
    let below = before.map(|(_, gap)| (gap.head, gap.after));
    let below = below.or_else(|| end.filter(|_| !hearsay).map(|end| (end.head, end.hlc)));
    let (head, after) = below.unwrap_or((EntryId(Hash32::MIN), Hlc::ZERO));
    let before = before.map(|(from, _)| from);
    let from = before.unwrap_or(if hearsay { 0 } else { old });
    remove(cx, hall, (log, from));
    if next > from {
        let gap = GapRow {
            to: Some(next),
            noticed: None,
            head,
            after,
            before: Hlc::ZERO,
        };
        put(cx, hall, (log, from), gap);
    }
}

/// Where a log that has to end before `ended`, and goes on until `next`, is without its newest entry and the gap below that, if
/// one ends there; without that gap alone where it begins by hearsay.
///
/// Of a gap that nobody misses and that goes on until `ended`, or beyond, the part before stays, and the log ends behind it by
/// hearsay: it would be missed otherwise, though this device was not a member then.
///
/// # Errors
/// When the entry before must be loaded first.
pub(super) fn shorter(
    cx: &mut Context<'_>,
    hall: &Hall,
    log: LogId,
    (next, ended): (u64, LogEnding),
) -> Result<LogRow, Missing> {
    let ends_at = |next| of_log(&hall.gaps, log).find(|(_, gap)| gap.to == Some(next));
    // Its name there is known by the proof, or others would take this log for another than theirs.
    let name = |next| ended.prev.filter(|_prev| next == ended.seq);
    let hearsay = |next, known: Option<EntryId>| LogRow {
        next,
        head: name(next).or(known).unwrap_or(EntryId(Hash32::MIN)),
        hlc: Hlc::ZERO,
    };
    let mut known = None;
    let by_hearsay = ends_at(next).is_some();
    let mut next = if by_hearsay {
        next
    } else {
        next.saturating_sub(1)
    };
    while let Some((from, gap)) = ends_at(next) {
        if from < ended.seq && gap.noticed.is_none() {
            let known = known.filter(|_| next <= ended.seq);
            return Ok(hearsay(next.min(ended.seq), known));
        }
        (next, known) = (from, Some(gap.head));
    }
    let Some(before) = next.checked_sub(1) else {
        return Ok(hearsay(0, None));
    };
    let entry = forks::stored(cx, hall.control().community(), log, before)?;
    Ok(entry.map_or_else(
        || hearsay(next.min(ended.seq), None),
        |entry| LogRow {
            next,
            head: entry.entry().id(),
            hlc: entry.entry().header.hlc,
        },
    ))
}

/// What a log ended before is no gap of it, but for what is below where it ends by hearsay.
pub(super) fn cut(cx: &mut Context<'_>, hall: &mut Hall, log: LogId, end: &LogRow) {
    let gaps = of_log(&hall.gaps, log);
    let over: Vec<_> = gaps
        .filter(|(from, gap)| gap.to.unwrap_or(*from) >= end.next)
        .map(|(from, gap)| (from, *gap))
        .collect();
    for (from, gap) in over {
        remove(cx, hall, (log, from));
        if from < end.next && gap.to.is_some() && end.hlc == Hlc::ZERO {
            let to = Some(end.next);
            put(cx, hall, (log, from), GapRow { to, ..gap });
        }
    }
}

/// How far the logs are here, but each only as far as what is missed in it; `None` if nothing is.
pub(super) fn claims(hall: &Hall) -> Option<Vec<LogEnd>> {
    let missed = hall.gaps.iter();
    let missed = missed.filter(|(_, gap)| gap.to.is_some() && gap.noticed.is_some());
    let mut first: BTreeMap<LogId, (u64, EntryId)> = BTreeMap::new();
    for ((log, from), gap) in missed {
        first.entry(*log).or_insert((*from, gap.head));
    }
    (!first.is_empty()).then(|| {
        let ends = logs::ends(hall).into_iter();
        let below = |end: LogEnd| {
            first
                .get(&end.0)
                .map_or(end, |(next, head)| (end.0, *next, *head))
        };
        ends.map(below).collect()
    })
}

/// A device of a member came into reach: it may have what is missed.
pub(super) fn ask_for(cx: &mut Context<'_>, halls: &Halls, id: CommunityId, link: LinkId) {
    if let Some(claims) = halls.get(id).and_then(claims) {
        logs::say(cx, id, link, (claims, false));
    }
}

/// Somebody asks what is here beyond a gap: that takes its turn.
pub(super) fn on_beyond(
    cx: &mut Context<'_>,
    (link, account, device): (LinkId, AccountId, DeviceId),
    community: CommunityId,
    (log, from): (LogId, u64),
) {
    let job = Job::Beyond {
        link,
        account,
        community,
        log,
        from,
    };
    let _full = cx.lanes.push(LaneId::Peer(device), job);
}
