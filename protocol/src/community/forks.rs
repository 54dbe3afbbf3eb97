//! A device that writes two entries where there may be one: found where logs are compared, proved to everybody, and its log
//! ended before them (T19).
//!
//! Whoever brings logs together sees by their heads that two went apart (`logs::serve`). The log is then walked back, a page a
//! round, until both sides have the same entry; the first that differs behind it, once held beside the own one, is the proof:
//! two signed headers in a control op of their own ([`Body::ForkedLog`]). Whoever has that op keeps nothing of the log from
//! there on, so that those to whom one half was shown and those to whom the other show the same again; and the device speaks
//! for nobody any more (`Control::at`). What it deleted or changed of its own elsewhere, in the half that is gone, stays so.

use crate::community::hall::Hall;
use crate::community::{Halls, changed, channel, entries, gaps, logs, view};
use crate::content::{EntryKey, SignedEntry, UnverifiedEntry, VerifiedEntry};
use crate::control::CommunityId;
use crate::control::body::{Body, LogId};
use crate::courier::{Desks, Stop};
use crate::error::Misbehaved;
use crate::limits;
use crate::link::LinkId;
use crate::persist::{EntryRow, MessageContent, Row, RowKey};
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Context, Event, Missing, Timer, When};

/// An entry whose place is taken here: by itself, unless its device has written two. Behind the last of a page that `goes_on`,
/// the next page is asked for. Answers whether they are the same.
///
/// # Errors
/// When the one that is here must be loaded first, or if nobody signed the other.
pub(super) fn compare(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    link: LinkId,
    theirs: UnverifiedEntry,
    goes_on: bool,
) -> Result<bool, Stop> {
    let header = theirs.entry().header.clone();
    let (id, log, seq) = (header.community, header.log, header.seq);
    let Some(hall) = desks.halls.get(id) else {
        return Ok(true);
    };
    let key = hall.control().key(&log.device).copied();
    let (false, Some(key)) = (hall.control().log_ended_at(&log, seq), key) else {
        return Ok(true);
    };
    let Some(ours) = stored(cx, id, log, seq)? else {
        return Ok(true);
    };
    let name = theirs.entry().id();
    if ours.entry().id() == name {
        if goes_on {
            let claims = logs::claims(hall, (log, seq.saturating_add(1), name));
            logs::say(cx, id, link, (claims, false));
        }
        return Ok(true);
    }
    if ours.entry().header.prev != header.prev {
        let below = logs::claims_below(cx, desks.halls, id, (log, seq))?;
        logs::say(cx, id, link, (below, false));
        return Ok(false);
    }
    let theirs = theirs.verify(&key).map_err(Misbehaved::Entry)?;
    let Ok(ours) = ours.verify(&key) else {
        return Ok(true); // it was verified when it came
    };
    let mut both = [ours.signed(), theirs.signed()];
    both.sort_by_key(SignedEntry::id);
    let [one, other] = both;
    let shown = Body::ForkedLog {
        one: Box::new(one),
        other: Box::new(other),
    };
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return Ok(true);
    };
    // A restored device says nothing yet: another shows it.
    if hall.author(cx, vec![shown]).is_ok() {
        changed(cx, desks, id);
    }
    Ok(false)
}

/// The entry of a log that is here. It was verified when it came.
///
/// # Errors
/// When it must be loaded first.
pub(super) fn stored(
    cx: &mut Context<'_>,
    id: CommunityId,
    log: LogId,
    seq: u64,
) -> Result<Option<UnverifiedEntry>, Missing> {
    let row = cx.resident.entry(id, log, seq)?;
    Ok(row.and_then(|row| UnverifiedEntry::decode(&row.bytes).ok()))
}

/// Begins to end the logs here of which two halves were shown.
pub(super) fn look_after(cx: &mut Context<'_>, halls: &Halls, id: CommunityId) {
    let Some(hall) = halls.get(id) else { return };
    for (log, ending) in hall.control().ended_logs() {
        if hall.logs.get(log).is_some_and(|end| end.next > ending.seq) {
            let job = Job::Cut {
                community: id,
                log: *log,
            };
            // A full lane: the next change of the community begins it again.
            let _full = cx.lanes.push(LaneId::Peer(log.device), job);
        }
    }
}

/// Takes the newest entry of such a log away, and goes on with the one before it.
///
/// # Errors
/// When rows must be loaded first.
pub(super) fn cut(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    log: LogId,
) -> Result<(), Stop> {
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return Ok(());
    };
    let ended = hall.control().ended_log(&log);
    let end = hall.logs.get(&log).copied();
    let (Some(ended), Some(end)) = (ended, end) else {
        return Ok(());
    };
    if end.next <= ended.seq {
        return Ok(());
    }
    let newest = end.next.saturating_sub(1);
    let key = hall.control().key(&log.device).copied();
    let row = cx.resident.entry(id, log, newest)?.cloned();
    let entry = row.as_ref().zip(key).and_then(|(row, key)| {
        let entry = UnverifiedEntry::decode(&row.bytes).ok()?;
        entry.verify(&key).ok()
    });
    let shorter = gaps::shorter(cx, hall, log, (end.next, ended))?;
    if let (Some(row), Some(entry)) = (&row, &entry) {
        unsay(cx, hall, row, entry)?;
        let header = entry.header();
        cx.remove(RowKey::Held(
            id,
            log.device,
            header.chain,
            log.incarnation,
            newest,
        ));
    }
    cx.remove(RowKey::Entry(id, log, newest));
    cx.put(RowKey::Log(id, log), Row::Log(shorter));
    hall.set_log(log, shorter);
    gaps::cut(cx, hall, log, &shorter);
    if shorter.next > ended.seq {
        look_after(cx, desks.halls, id);
    } else {
        cx.timers
            .set_sooner(Timer::Tell(id), cx.now.mono.after(limits::TELL_DELAY));
        view::soon(cx, id);
    }
    Ok(())
}

/// Takes back what an entry said.
fn unsay(
    cx: &mut Context<'_>,
    hall: &Hall,
    row: &EntryRow,
    entry: &VerifiedEntry,
) -> Result<(), Missing> {
    let key = row.key.map(EntryKey::from_bytes);
    let message = key.and_then(|key| entry.open(&key).ok());
    let owner = entries::owner_of(hall, &entry.header().log.device);
    let (Some(message), Some(account)) = (message, owner) else {
        return Ok(());
    };
    let heard = channel::Heard {
        community: hall.control().community(),
        account,
        device: entry.header().log.device,
        hlc: entry.header().hlc,
        message: &message,
        around: false,
    };
    channel::require(cx, &heard)?;
    if let Some(target) = message.event.target() {
        channel::unmark(cx, &heard, target)?;
        cx.remove(RowKey::Early(target, heard.name()));
    }
    let name = heard.name();
    if let Some(mut row) = cx.resident.message(name)?.cloned() {
        for key in channel::rows_of(name) {
            cx.remove(key);
        }
        if matches!(row.content, MessageContent::Text { .. }) {
            row.content = MessageContent::Deleted;
            let gone = Event::Message {
                message: name,
                row: Box::new(row),
                new: false,
                attachment: None,
            };
            cx.out.event(gone, When::Now);
        }
    }
    Ok(())
}
