//! The ways that what somebody says takes through those who are linked: for each speaker a tree, as Plumtree makes one of all
//! links (Leitão, Pereira, Rodrigues, 2007), but that whoever is left out finds it by heads, and says so by what it lacks.
//!
//! Whoever hears an entry first passes it on; whoever hears it again sends it back once, and neither passes that speaker's
//! entries on to the other any more. Who brings them first stays asked for, whatever another is faster with: two edges given up
//! at once would leave somebody out. The speaker itself counts before all others: it tells the same ones each time.

use std::collections::{BTreeMap, BTreeSet};

use crate::community::logs;
use crate::community::reach::linked;
use crate::content::{EntryHeader, UnverifiedEntry};
use crate::control::CommunityId;
use crate::control::body::LogId;
use crate::courier::Desks;
use crate::identity::DeviceId;
use crate::limits;
use crate::link::LinkId;
use crate::link::frame::EntryBytes;
use crate::time::Instant;
use crate::turn::{Context, When};

/// What this device found out of the ways.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// Devices that hear without this one what another device says: they passed on of that what was here already. By who says
    /// it: the ways of two speakers' words through the same links differ. With when that was said to them last.
    elsewhere: BTreeMap<(DeviceId, DeviceId), Instant>,
    /// Who brings first what a device says. It is asked for no less, even if another is faster once: two that are each told to
    /// leave it to the other would leave this device out.
    brings: BTreeMap<DeviceId, DeviceId>,
    /// Whom this device passed on to last of what a speaker said. They stay before others: who has told all the rest to leave
    /// it to this device would be left out if another took its place.
    leads: BTreeMap<DeviceId, BTreeSet<DeviceId>>,
    /// How far logs were here at two moments, at least [`limits::PASSED_OVER_AFTER`] apart.
    paces: BTreeMap<LogId, [(u64, Instant); 2]>,
}

impl Ways {
    /// A device is out of reach.
    pub(super) fn forget(&mut self, device: &DeviceId) {
        self.elsewhere.retain(|(hears, _), _said| hears != device);
        self.brings.retain(|_speaker, brings| brings != device);
        self.leads.remove(device);
        for led in self.leads.values_mut() {
            led.remove(device);
        }
    }

    /// Of these, in their order, so many to whom a speaker's words are passed on: those first who had them from here last.
    fn lead(
        &mut self,
        speaker: DeviceId,
        others: &[(LinkId, DeviceId)],
        most: usize,
    ) -> Vec<LinkId> {
        let (told, new): (Vec<_>, Vec<_>) = others
            .iter()
            .copied()
            .filter(|(_, to)| self.lead_to(to, &speaker))
            .partition(|(_, to)| self.leads.get(&speaker).is_some_and(|led| led.contains(to)));
        let chosen: Vec<_> = told.into_iter().chain(new).take(most).collect();
        let led = chosen.iter().map(|(_, to)| *to).collect();
        self.leads.insert(speaker, led);
        chosen.into_iter().map(|(link, _)| link).collect()
    }

    /// Notes that a log is here so far now.
    pub(super) fn keep_pace(&mut self, log: LogId, next: u64, now: Instant) {
        let pace = self.paces.entry(log).or_insert([(next, now); 2]);
        let [older, newer] = pace;
        if now.since(newer.1) >= limits::PASSED_OVER_AFTER {
            *older = *newer;
            *newer = (next, now);
        }
    }

    /// A device has so much of a log, which is here up to `next`: what it lacks and was here for a while, it does not hear
    /// elsewhere.
    pub(super) fn passed_over(
        &mut self,
        device: DeviceId,
        log: &LogId,
        (theirs, next): (u64, u64),
        now: Instant,
    ) {
        let settled = self.paces.get(log).map_or(next, |[older, newer]| {
            let old = now.since(newer.1) >= limits::PASSED_OVER_AFTER;
            if old { newer.0 } else { older.0 }
        });
        if theirs < settled {
            self.elsewhere.remove(&(device, log.device));
        }
    }

    /// Whether a device is told of what a speaker says.
    fn lead_to(&self, device: &DeviceId, speaker: &DeviceId) -> bool {
        self.brings.get(speaker) != Some(device)
            && !self.elsewhere.contains_key(&(*device, *speaker))
    }

    /// A device brought what a speaker says before all others.
    fn brought(&mut self, speaker: DeviceId, from: DeviceId) {
        if from == speaker {
            self.brings.insert(speaker, from);
        } else {
            self.brings.entry(speaker).or_insert(from);
        }
    }

    /// A device brought what was here already. Answers whether it is told so: not each time, for what it was told last may be
    /// on its way; but again after a while, for it may have found that somebody was left out.
    fn brought_again(&mut self, speaker: DeviceId, from: DeviceId, now: Instant) -> bool {
        if from == speaker {
            self.brings.insert(speaker, from);
        }
        if self.brings.get(&speaker) == Some(&from) {
            return false;
        }
        let said = self.elsewhere.get(&(from, speaker));
        let again = said.is_none_or(|said| now.since(*said) >= limits::WAYS_SAID_APART);
        if again {
            self.elsewhere.insert((from, speaker), now);
        }
        again
    }
}

/// Says something of a speaker's to some of those in reach, once. Whoever is passed over is told by heads, and whoever is known
/// to hear the speaker without this device is left to that.
pub(super) fn pass_on(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    (from, speaker, entry): (DeviceId, DeviceId, &EntryBytes),
    most: usize,
) {
    let own = cx.local.device;
    let linked = linked(cx, desks, id);
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
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
    let others = others
        .filter(|(_, _, to)| *to != from && *to != speaker)
        .map(|(link, _, to)| (*link, *to));
    let others: Vec<_> = others.collect();
    // What others signed may go on before it is stored here: it says nothing of this device.
    let when = if from == own {
        When::Durable
    } else {
        When::Now
    };
    let links = hall.ways.lead(speaker, &others, most);
    logs::send_entries(cx, &links, id, (vec![entry.clone()], false), when);
}

/// An entry came alone, and is new.
pub(super) fn first_heard(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    from: DeviceId,
    (header, entry): (&EntryHeader, &EntryBytes),
) {
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    let speaker = header.log.device;
    // What was asked for tells nothing of who brings what comes by itself.
    if !hall.comparing.may_be_answered(&from, cx.now.mono) {
        hall.ways.brought(speaker, from);
    }
    let place = (header.log, header.seq);
    if hall.logs.get(&header.log).map(|end| end.next) == header.seq.checked_add(1) {
        hall.comparing.word(place, header.prev, cx.now.mono);
    }
    let most = limits::PASSED_ON_MAX;
    pass_on(cx, desks, id, (from, speaker, entry), most);
}

/// It was here already.
pub(super) fn heard_again(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    (link, from): (LinkId, DeviceId),
    entry: &EntryBytes,
) {
    if let Some(header) = header_of(entry)
        && let Some(hall) = desks.halls.halls.get_mut(&id)
        && hall
            .ways
            .brought_again(header.log.device, from, cx.now.mono)
    {
        // So it learns as well that the two hear the same from others.
        logs::send_entries(cx, &[link], id, (vec![entry.clone()], false), When::Now);
    }
}

fn header_of(entry: &EntryBytes) -> Option<EntryHeader> {
    let entry = UnverifiedEntry::decode(entry).ok()?;
    Some(entry.entry().header.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEAKER: DeviceId = DeviceId([9; 32]);
    const BEGIN: Instant = Instant::from_micros(1_000_000);

    fn device(n: u8) -> DeviceId {
        DeviceId([n; 32])
    }

    fn others() -> Vec<(LinkId, DeviceId)> {
        (1..=4).map(|n| (LinkId(u64::from(n)), device(n))).collect()
    }

    #[test]
    fn who_had_words_from_here_is_not_passed_over_for_somebody_who_comes_back() {
        let mut ways = Ways::default();
        // The first two hear it elsewhere; two others have it from here.
        for n in [1, 2] {
            assert!(ways.brought_again(SPEAKER, device(n), BEGIN));
        }
        let led = [LinkId(3), LinkId(4)];
        assert_eq!(ways.lead(SPEAKER, &others(), 2), led);
        // One of the first was left out after all, and nobody of the others is for that.
        let log = LogId {
            device: SPEAKER,
            incarnation: 1,
        };
        ways.passed_over(device(1), &log, (0, 1), BEGIN);
        assert_eq!(ways.lead(SPEAKER, &others(), 2), led);
        assert_eq!(ways.lead(SPEAKER, &others(), 3).len(), 3);
    }

    #[test]
    fn the_speaker_counts_before_who_was_faster_once() {
        let mut ways = Ways::default();
        ways.brought(SPEAKER, device(1));
        assert!(!ways.brought_again(SPEAKER, SPEAKER, BEGIN));
        assert!(ways.brought_again(SPEAKER, device(1), BEGIN));
        ways.brought(SPEAKER, device(1));
        assert!(!ways.brought_again(SPEAKER, SPEAKER, BEGIN));
    }

    #[test]
    fn who_is_told_to_leave_words_to_others_is_told_again_after_a_while() {
        let mut ways = Ways::default();
        assert!(ways.brought_again(SPEAKER, device(1), BEGIN));
        assert!(!ways.brought_again(SPEAKER, device(1), BEGIN));
        let later = BEGIN.after(limits::WAYS_SAID_APART);
        assert!(ways.brought_again(SPEAKER, device(1), later));
    }
}
