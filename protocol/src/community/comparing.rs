//! When content logs are compared with those of another device, and when that would be talk for nothing.
//!
//! Heads say whether two devices have the same contents. While people talk they hardly ever do: each word takes its way. Whoever
//! is where this device was a moment ago hears by itself what it lacks; and of what is strange here in the middle of a talk, only
//! every few seconds is found out whether it is more than the next word, which may have taken a shorter way elsewhere.

use std::collections::{BTreeMap, VecDeque};

use crate::content::EntryId;
use crate::control::body::LogId;
use crate::crypto::{Hash32, Label};
use crate::identity::DeviceId;
use crate::link::frame::LogEnd;
use crate::time::Instant;
use crate::{limits, wire};

/// A word that came by itself: its place in its log, what was before it there, and when it came.
#[derive(Debug)]
struct Word {
    log: LogId,
    seq: u64,
    prev: Option<EntryId>,
    came: Instant,
}

/// What was compared, and what is on its way.
#[derive(Debug, Default)]
pub(super) struct Comparing {
    /// With whom logs are being compared, and since when.
    compared: Option<(DeviceId, Instant)>,
    /// What devices in reach were told last of the logs here.
    told: BTreeMap<DeviceId, (Instant, Hash32)>,
    /// The last words, the newest first.
    words: VecDeque<Word>,
}

impl Comparing {
    /// A device is out of reach.
    pub(super) fn forget(&mut self, device: &DeviceId) {
        self.told.remove(device);
    }

    /// An entry came by itself, right behind what was here of its log.
    pub(super) fn word(&mut self, (log, seq): (LogId, u64), prev: Option<EntryId>, came: Instant) {
        self.words
            .truncate(limits::WORDS_ON_THEIR_WAY_MAX.saturating_sub(1));
        self.words.push_front(Word {
            log,
            seq,
            prev,
            came,
        });
    }

    fn on_their_way(&self, now: Instant) -> impl Iterator<Item = &Word> {
        let fresh = move |word: &&Word| now.since(word.came) < limits::WORDS_ON_THEIR_WAY_FOR;
        self.words.iter().take_while(fresh)
    }

    /// Whether what a device sends now may be what it saw to be lacking here, and not a word that it passed on.
    pub(super) fn may_be_answered(&self, device: &DeviceId, now: Instant) -> bool {
        let told = self.told.get(device);
        told.is_some_and(|(since, _)| now.since(*since) < limits::PASSED_OVER_AFTER)
    }

    /// Whether these were the contents here before the last words, which stand in the logs with these ends.
    pub(super) fn was_lately(
        &self,
        contents: &Hash32,
        mut ends: BTreeMap<LogId, (u64, EntryId)>,
        now: Instant,
    ) -> bool {
        self.on_their_way(now).any(|word| {
            match word.prev.filter(|_prev| word.seq > 0) {
                Some(prev) => ends.insert(word.log, (word.seq, prev)),
                None => ends.remove(&word.log),
            };
            let ends = ends.iter().map(|(log, (next, head))| (*log, *next, *head));
            digest(ends) == *contents
        })
    }

    /// Whether logs are compared with this device now: with one after the other, so that not all send the same.
    pub(super) fn may_compare(&mut self, device: DeviceId, contents: Hash32, now: Instant) -> bool {
        let busy = self.compared.is_some_and(|(other, since)| {
            other != device && now.since(since) < limits::COMPARED_APART
        });
        if !busy {
            self.compared = Some((device, now));
            let _told = self.just_told(device, contents, now);
        }
        !busy
    }

    /// Whether a device was just told of these very logs. It is from now on.
    pub(super) fn just_told(&mut self, device: DeviceId, contents: Hash32, now: Instant) -> bool {
        let told = self.told.insert(device, (now, contents));
        told.is_some_and(|(since, of)| of == contents && now.since(since) < limits::COMPARED_APART)
    }
}

/// Digest of how far content logs are: equal where the same is known.
pub(super) fn digest(ends: impl Iterator<Item = LogEnd>) -> Hash32 {
    let ends: Vec<LogEnd> = ends.filter(|(_, next, _)| *next > 0).collect();
    Hash32::of(Label::CommunityContents, &wire::encode(&ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: Instant = Instant::from_micros(1_000_000);
    const ONE: DeviceId = DeviceId([1; 32]);
    const OTHER: DeviceId = DeviceId([2; 32]);

    fn log(device: u8) -> LogId {
        LogId {
            device: DeviceId([device; 32]),
            incarnation: 1,
        }
    }

    fn entry(n: u8) -> EntryId {
        EntryId(Hash32([n; 32]))
    }

    /// Two logs, and what they were before the last word in each.
    fn talk() -> (Comparing, BTreeMap<LogId, (u64, EntryId)>) {
        let mut comparing = Comparing::default();
        comparing.word((log(7), 4), Some(entry(3)), BEGIN);
        comparing.word((log(8), 0), None, BEGIN);
        let ends = BTreeMap::from([(log(7), (5, entry(4))), (log(8), (1, entry(9)))]);
        (comparing, ends)
    }

    #[test]
    fn whoever_is_where_this_device_was_is_recognised_until_the_words_must_have_come() {
        let (comparing, ends) = talk();
        let one_back = digest([(log(7), 5, entry(4))].into_iter());
        let two_back = digest([(log(7), 4, entry(3))].into_iter());
        let strange = digest([(log(7), 4, entry(5))].into_iter());
        assert!(comparing.was_lately(&one_back, ends.clone(), BEGIN));
        assert!(comparing.was_lately(&two_back, ends.clone(), BEGIN));
        assert!(!comparing.was_lately(&strange, ends.clone(), BEGIN));
        let late = BEGIN.after(limits::WORDS_ON_THEIR_WAY_FOR);
        assert!(!comparing.was_lately(&one_back, ends, late));
    }

    #[test]
    fn one_after_the_other_is_compared_with() {
        let mut comparing = Comparing::default();
        let contents = Hash32([3; 32]);
        assert!(comparing.may_compare(ONE, contents, BEGIN));
        assert!(comparing.may_compare(ONE, contents, BEGIN));
        assert!(!comparing.may_compare(OTHER, contents, BEGIN));
        let later = BEGIN.after(limits::COMPARED_APART);
        assert!(comparing.may_compare(OTHER, contents, later));
    }

    #[test]
    fn what_comes_right_after_logs_were_told_may_be_an_answer() {
        let mut comparing = Comparing::default();
        assert!(!comparing.may_be_answered(&ONE, BEGIN));
        let _told = comparing.just_told(ONE, Hash32([3; 32]), BEGIN);
        assert!(comparing.may_be_answered(&ONE, BEGIN));
        assert!(!comparing.may_be_answered(&OTHER, BEGIN));
        let later = BEGIN.after(limits::PASSED_OVER_AFTER);
        assert!(!comparing.may_be_answered(&ONE, later));
    }

    #[test]
    fn the_same_is_not_told_twice_at_once() {
        let mut comparing = Comparing::default();
        let (contents, others) = (Hash32([3; 32]), Hash32([4; 32]));
        assert!(!comparing.just_told(ONE, contents, BEGIN));
        assert!(comparing.just_told(ONE, contents, BEGIN));
        assert!(!comparing.just_told(ONE, others, BEGIN));
        assert!(!comparing.just_told(OTHER, others, BEGIN));
    }
}
