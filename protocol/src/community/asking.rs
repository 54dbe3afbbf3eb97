//! Asking members for keys of what waits: when, whom, for what first.
//!
//! Whoever brought a word had it before, so that one is asked first; then, twice as much later each time, anyone in reach. What
//! came just now stands before all that waits longer, and takes half of a question at most: what nobody in reach can share must
//! not keep anything else waiting.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::community::hall::Hall;
use crate::community::reach::linked;
use crate::community::{past, sharing};
use crate::content::{EntryHeader, VerifiedEntry};
use crate::control::CommunityId;
use crate::control::body::LogId;
use crate::courier::{Desks, Stop};
use crate::identity::DeviceId;
use crate::limits;
use crate::link::{CommunityFrame, Frame, LinkId};
use crate::persist::RowKey;
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Context, Timer, When};

/// What is asked for first, of whom, and how often in vain.
#[derive(Debug, Default)]
pub(super) struct Asking {
    /// The last words that came and wait, the newest last: where each waits, and for how many questions it still comes first.
    fresh: VecDeque<(RowKey, u8)>,
    /// Who is asked next: who brought the last of them, or opened something last.
    from: Option<DeviceId>,
    /// Questions since the last answer.
    in_vain: u32,
    /// Who asked for what waits here as well.
    owed: BTreeMap<DeviceId, Vec<(LogId, u64)>>,
}

impl Asking {
    fn note(&mut self, held: RowKey, from: DeviceId) {
        if self.fresh.len() >= limits::KEYS_ASKED_FIRST_MAX {
            self.fresh.pop_front(); // it waits among all others
        }
        self.fresh.push_back((held, limits::KEYS_ASKED_FIRST_TIMES));
        self.from = Some(from);
        self.in_vain = self.in_vain.min(1); // it is soon asked for again, whatever else nobody has
    }

    /// A device shared what opened something.
    pub(super) fn answered(&mut self, device: DeviceId) {
        self.in_vain = 0;
        self.from = Some(device);
    }

    /// A device asks for what is not open here yet.
    pub(super) fn owe(&mut self, device: DeviceId, entries: &[(LogId, u64)]) {
        if self.owed.len() < limits::KEYS_OWED_MAX || self.owed.contains_key(&device) {
            self.owed.insert(device, entries.to_vec());
        }
    }

    /// A question goes out. Answers after which time the next one follows, if this one stays without an answer.
    fn asked(&mut self) -> Duration {
        let times = 1_u32.checked_shl(self.in_vain).unwrap_or(u32::MAX);
        self.in_vain = self.in_vain.saturating_add(1);
        let wait = limits::CHAIN_RETRY_FIRST.saturating_mul(times);
        wait.min(limits::CHAIN_RETRY)
    }

    /// What comes first in the next question, as far as it waits still.
    fn first(&mut self, waits: impl Fn(&RowKey) -> bool) -> Vec<(LogId, u64)> {
        self.fresh.retain(|(held, _)| waits(held));
        let first = self.fresh.iter().filter_map(|(held, _)| place(held));
        let first = first.collect();
        for (_, times) in &mut self.fresh {
            *times = times.saturating_sub(1);
        }
        self.fresh.retain(|(_, times)| *times > 0);
        first
    }
}

/// Something was opened here: those who asked for it meanwhile get their answer.
pub(super) fn settle(cx: &mut Context<'_>, hall: &mut Hall) {
    let community = hall.control().community();
    for (device, entries) in std::mem::take(&mut hall.asking.owed) {
        let job = Job::Share { community, entries };
        let _full = cx.lanes.push(LaneId::Peer(device), job);
    }
}

/// Where an entry that waits stands in its log.
const fn place(held: &RowKey) -> Option<(LogId, u64)> {
    match *held {
        RowKey::Held(_, device, _, incarnation, seq) => {
            let log = LogId {
                device,
                incarnation,
            };
            Some((log, seq))
        }
        _ => None,
    }
}

/// What waits since an earlier run, or an earlier time here, or may be this account's one day, is asked for before long.
pub(super) fn begin(cx: &mut Context<'_>, id: CommunityId) {
    if !cx.timers.runs(Timer::Keys(id)) {
        cx.timers
            .set_in(Timer::Keys(id), cx.now.mono, limits::CHAIN_WAIT);
    }
}

/// A word that somebody brought waits for its key, and that may not come by itself. It is asked for before long, sooner where its
/// author is not in reach.
pub(super) fn later(
    cx: &mut Context<'_>,
    hall: &mut Hall,
    (header, reached): (&EntryHeader, bool),
    from: DeviceId,
) {
    let (id, log) = (header.community, header.log);
    let held = RowKey::Held(id, log.device, header.chain, log.incarnation, header.seq);
    hall.asking.note(held, from);
    let wait = match reached {
        true => limits::CHAIN_WAIT,
        false => limits::CHAIN_WAIT_ELSEWHERE,
    };
    cx.timers
        .set_sooner(Timer::Keys(id), cx.now.mono.after(wait));
}

/// The rules, or who is who, may have changed: what was closed may be this account's to read now, and that it was asked for in
/// vain before says nothing about now.
pub(super) fn look_again(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    if cx.resident.all_held(id, 1).is_empty() {
        return; // as nearly always: no look at every channel for that
    }
    let hall = desks.halls.halls.get_mut(&id);
    if let Some(hall) = hall.filter(|hall| past::is_open(&hall.control().now())) {
        hall.asking.in_vain = 0;
        let soon = cx.now.mono.after(limits::CHAIN_WAIT);
        cx.timers.set_sooner(Timer::Keys(id), soon);
    }
}

/// What waits for keys, in the order in which it is asked for: what came just now, then the rest, from another place each time.
fn waiting(cx: &mut Context<'_>, hall: &mut Hall, id: CommunityId) -> Vec<(LogId, u64)> {
    let mut held = cx.resident.all_held(id, usize::MAX);
    let place = usize::from(u16::from_le_bytes(cx.rng.bytes()));
    let place = place.checked_rem(held.len()).unwrap_or(0);
    held.rotate_left(place);
    let first = hall.asking.first(|held| cx.resident.is_held(held));
    let sooner: BTreeSet<_> = first.iter().copied().collect();
    let rest = held.into_iter().filter(|one| !sooner.contains(one));
    let all = first.iter().copied().chain(rest);
    all.take(limits::KEYS_LOOKED_FOR_MAX).collect()
}

/// Asks a member in reach for the keys of what waits.
pub(super) fn ask(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let linked = linked(cx, desks, id);
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    let mut held = waiting(cx, hall, id);
    if held.is_empty() {
        return;
    }
    let [draw] = cx.rng.bytes();
    let index = usize::from(draw).checked_rem(linked.len()).unwrap_or(0);
    let from = hall.asking.from.take();
    let brought = linked.iter().find(|(_, _, device)| Some(*device) == from);
    let Some((link, _, device)) = brought.or_else(|| linked.get(index)) else {
        cx.timers
            .set_in(Timer::Keys(id), cx.now.mono, limits::CHAIN_RETRY);
        return;
    };
    let in_vain = hall.asking.in_vain > 0;
    if past::is_open(&hall.control().now()) {
        let job = Job::Seek {
            link: *link,
            community: id,
            entries: held,
        };
        let _full = cx.lanes.push(LaneId::Peer(*device), job);
    } else {
        held.truncate(limits::KEYS_PER_MESSAGE_MAX);
        if in_vain {
            let job = Job::Release {
                community: id,
                entries: held.clone(),
            };
            let _full = cx.lanes.push(LaneId::Peer(*device), job);
        }
        want(cx, (*link, id), held);
    }
    cx.timers
        .set_in(Timer::Keys(id), cx.now.mono, hall.asking.asked());
}

/// Asks for keys.
fn want(
    cx: &mut Context<'_>,
    (link, community): (LinkId, CommunityId),
    entries: Vec<(LogId, u64)>,
) {
    let frame = CommunityFrame::KeysWanted {
        community,
        entries: entries.try_into().unwrap_or_default(),
    };
    cx.send(link, &Frame::Community(Box::new(frame)), When::Durable);
}

/// Asks a device for keys of those of these entries that are this account's to read by now; some at a time. Where a past is
/// open, others are kept in mind as well: a role, or an admission, may open them one day.
///
/// # Errors
/// When entries must be loaded first.
pub(super) fn seek(
    cx: &mut Context<'_>,
    desks: &Desks<'_>,
    device: DeviceId,
    (link, id): (LinkId, CommunityId),
    entries: &[(LogId, u64)],
) -> Result<(), Stop> {
    let Some(hall) = desks.halls.get(id) else {
        return Ok(());
    };
    let (now, later) = entries.split_at(entries.len().min(limits::KEYS_PER_MESSAGE_MAX));
    let rows = now.iter();
    let rows = rows.map(|(log, seq)| RowKey::Entry(id, *log, *seq));
    cx.resident.require(rows)?;
    let mut theirs = Vec::new();
    for (log, seq) in now {
        let row = cx.resident.entry(id, *log, *seq)?;
        let entry = row.and_then(|row| VerifiedEntry::kept(&row.bytes).ok());
        if entry.is_some_and(|one| sharing::meant_for(hall, one.header(), &cx.local.account)) {
            theirs.push((*log, *seq));
        }
    }
    if !theirs.is_empty() {
        want(cx, (link, id), theirs);
    } else if !later.is_empty() {
        let job = Job::Seek {
            link,
            community: id,
            entries: later.to_vec(),
        };
        let _full = cx.lanes.push(LaneId::Peer(device), job);
    }
    Ok(())
}
