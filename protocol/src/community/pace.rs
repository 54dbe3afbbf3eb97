//! Slow mode: how soon somebody may say the next thing in a channel.
//!
//! The author's device asks the person to wait, by what it knows of all devices of their account. Whoever receives measures
//! one log by itself: its entries have the same order for everybody, and each is judged by the control heads that it names and
//! by the times that it and the one before it claim. What comes too soon is not shown, and counts for the next all the same; so
//! those who opened the same entries in their order show the same. What is opened behind something later that was said there is
//! shown, for nobody knows by then what it followed: an honest author kept their pace, in whatever order keys come.
//!
//! Dates are their author's word. One that is far ahead moves its channel there (`conversation::next_time`), and must not close
//! it to everybody else: whoever has waited long enough by their own clock says the next thing, dated late enough.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::community::hall::Hall;
use crate::content::{ChannelEvent, EntryHeader};
use crate::control::body::LogId;
use crate::control::{Channel, Community};
use crate::identity::AccountId;
use crate::persist::{PaceRow, Row, RowKey};
use crate::time::{Hlc, Timestamp};
use crate::turn::{Context, Missing};

/// How long this author has to leave between this and the text before it; nothing for what is not slowed.
fn pace(
    community: &Community<'_>,
    channel: &Channel,
    account: &AccountId,
    event: &ChannelEvent,
) -> Duration {
    match event {
        ChannelEvent::Text { .. } | ChannelEvent::Reply { .. } => community.pace(account, channel),
        _ => Duration::ZERO,
    }
}

/// Whether a text may be shown, and what its log's next one is measured by.
fn measure(before: Option<PaceRow>, text: PaceRow, pace: Duration) -> (bool, PaceRow) {
    match before {
        None => (true, text),
        Some(before) if text.seq <= before.seq => (true, before),
        Some(before) => {
            let shown = text.hlc.wall().since(before.hlc.wall()) >= pace;
            // Or dates that go back and forth would pass every other time.
            let hlc = text.hlc.max(before.hlc);
            (shown, PaceRow { hlc, ..text })
        }
    }
}

/// How long until a text may follow this one that would be of this time now: by the time of both, or because this device has
/// waited as long. A clock that was set back since has not stood still meanwhile.
fn wait(before: &PaceRow, pace: Duration, time: Hlc, wall: Timestamp) -> Duration {
    let between = time.wall().since(before.hlc.wall());
    let passed = wall.since(before.arrived).max(before.arrived.since(wall));
    pace.saturating_sub(between.max(passed))
}

/// What slow mode says of an entry.
#[derive(Debug)]
pub(super) struct Verdict {
    /// Whether it may be shown.
    pub(super) shown: bool,
    after: Option<(RowKey, PaceRow)>,
}

impl Verdict {
    /// Notes it for what follows.
    pub(super) fn note(self, cx: &mut Context<'_>) {
        if let Some((key, row)) = self.after {
            cx.put(key, Row::Pace(row));
        }
    }
}

/// Whether an opened entry comes too soon, by the heads that it names. Nothing is written.
///
/// # Errors
/// When what it is measured by must be loaded first.
pub(super) fn judge(
    cx: &mut Context<'_>,
    (community, channel): (&Community<'_>, &Channel),
    header: &EntryHeader,
    (account, event): (&AccountId, &ChannelEvent),
) -> Result<Verdict, Missing> {
    let pace = pace(community, channel, account, event);
    if pace.is_zero() {
        let (shown, after) = (true, None);
        return Ok(Verdict { shown, after });
    }
    let before = cx.resident.pace(header.community, channel.id, header.log)?;
    let text = PaceRow {
        seq: header.seq,
        hlc: header.hlc,
        arrived: cx.now.wall,
    };
    let (shown, after) = measure(before, text, pace);
    let key = RowKey::Pace(header.community, channel.id, header.log);
    let after = (before != Some(after)).then_some((key, after));
    Ok(Verdict { shown, after })
}

/// What holds the person here up in a channel.
#[derive(Debug)]
pub(super) struct Own {
    pace: Duration,
    texts: Vec<PaceRow>,
}

impl Own {
    /// How long until a text that would be of this time now may be said.
    pub(super) fn wait(&self, time: Hlc, wall: Timestamp) -> Duration {
        let waits = self.texts.iter();
        let waits = waits.map(|text| wait(text, self.pace, time, wall));
        waits.max().unwrap_or_default()
    }

    /// The first time that others show it with.
    pub(super) fn earliest(&self) -> Hlc {
        let texts = self.texts.iter();
        let free = texts.map(|text| text.hlc.after(self.pace));
        free.max().unwrap_or_default()
    }
}

/// What holds this account up in a channel, as far as this device knows. Then all that an entry of the own log touches here is in
/// memory.
///
/// # Errors
/// When rows must be loaded first.
pub(super) fn own(
    cx: &mut Context<'_>,
    hall: &Hall,
    channel: &Channel,
    event: &ChannelEvent,
) -> Result<Own, Missing> {
    let account = cx.local.account;
    let control = hall.control();
    let pace = pace(&control.now(), channel, &account, event);
    let mut texts = Vec::new();
    if !pace.is_zero() {
        let community = control.community();
        let logs = hall.logs.keys();
        let logs = logs.filter(|log| control.owner_of(&log.device) == Some(account));
        let row = cx.resident.community(community);
        let written = row.map(|row| LogId {
            device: cx.local.device,
            incarnation: row.incarnation,
        });
        let logs: BTreeSet<_> = logs.copied().chain(written).collect();
        let keys = logs.iter();
        let keys = keys.map(|log| RowKey::Pace(community, channel.id, *log));
        cx.resident.require(keys)?;
        for log in logs {
            texts.extend(cx.resident.pace(community, channel.id, log)?);
        }
    }
    Ok(Own { pace, texts })
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    reason = "small numbers of a test: a panic is how it fails"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: u64 = 1_700_000_000_000;

    fn at(millis: u64) -> Hlc {
        Hlc::from_wall(Timestamp::from_millis(START + millis))
    }

    fn text(seq: u64, millis: u64) -> PaceRow {
        PaceRow {
            seq,
            hlc: at(millis),
            arrived: Timestamp::from_millis(START),
        }
    }

    /// Opens texts in this order; which of them are shown, by number.
    fn shown(texts: &[PaceRow], pace: Duration) -> Vec<u64> {
        let mut row = None;
        let mut all = Vec::new();
        for one in texts {
            let (shown, after) = measure(row, *one, pace);
            row = Some(after);
            all.extend(shown.then_some(one.seq));
        }
        all.sort_unstable();
        all
    }

    #[test]
    fn exactly_the_pace_is_enough_whatever_the_counters_of_the_clocks_say() {
        let pace = Duration::from_secs(5);
        let first = PaceRow {
            hlc: at(0).next().next(),
            ..text(0, 0)
        };
        assert_eq!(shown(&[first, text(1, 5_000)], pace), [0, 1]);
        assert_eq!(shown(&[first, text(1, 4_999)], pace), [0]);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_for_it_to_come_round() {
        let pace = Duration::from_secs(5);
        let hour = Duration::from_secs(3_600);
        let before = PaceRow {
            hlc: at(0).after(hour),
            arrived: Timestamp::from_millis(START + 3_600_000),
            ..text(0, 0)
        };
        let wall = Timestamp::from_millis(START);
        let time = before.hlc.next();
        assert_eq!(wait(&before, pace, time, wall), Duration::ZERO);
    }

    proptest! {
        /// In the order of the log: shown is what is as long as the pace behind all that was said before.
        #[test]
        fn in_order_the_rule_is_the_plain_one(
            times in proptest::collection::vec(0_u64..60_000, 0..40), pace in 1_u64..20_000,
        ) {
            let texts: Vec<_> = (0..).zip(&times).map(|(seq, time)| text(seq, *time)).collect();
            let fine = |(n, time): &(usize, &u64)| times[..*n].iter().all(|before| **time >= before + pace);
            let plain = times.iter().enumerate().filter(fine).map(|(n, _)| texts[n].seq);
            let plain: Vec<_> = plain.collect();
            prop_assert_eq!(shown(&texts, Duration::from_millis(pace)), plain);
        }

        /// Whoever kept the pace of each moment is shown in any order, also where the pace changed meanwhile.
        #[test]
        fn an_honest_log_is_shown_in_any_order(
            said in proptest::collection::vec((0_u64..20_000, 0_u64..10_000), 1..30), seed in any::<u64>(),
        ) {
            let mut time = 0;
            let mut texts: Vec<_> = (0..).zip(&said).map(|(seq, (pace, more))| {
                time += pace + more;
                (text(seq, time), Duration::from_millis(*pace))
            }).collect();
            texts.sort_by_key(|(text, _)| (text.seq + 1).wrapping_mul(seed | 1) >> 7);
            let mut row = None;
            for (text, pace) in texts {
                let (shown, after) = measure(row, text, pace);
                prop_assert!(shown, "{:?} after {:?}", text, row);
                row = Some(after);
            }
        }

        /// Whoever waits as long as they were told may speak, and the others show it.
        #[test]
        fn whoever_waits_as_told_is_shown(
            clock in 0_u64..100_000, dated in 0_u64..1_000_000, arrived in 0_u64..100_000, pace in 1_u64..50_000,
        ) {
            let pace = Duration::from_millis(pace);
            let before = PaceRow {
                seq: 0,
                hlc: at(dated),
                arrived: Timestamp::from_millis(START + arrived),
            };
            let time = |clock| at(clock).max(before.hlc.next());
            let wall = |clock| Timestamp::from_millis(START + clock);
            let told = wait(&before, pace, time(clock), wall(clock));
            prop_assert!(told <= pace);
            // What was said here is never from a moment to come, unless the clock was set back.
            if arrived <= clock {
                let later = clock + u64::try_from(told.as_millis()).unwrap();
                prop_assert_eq!(wait(&before, pace, time(later), wall(later)), Duration::ZERO);
                let sooner = told.is_zero() || !wait(&before, pace, time(later - 1), wall(later - 1)).is_zero();
                prop_assert!(sooner, "told to wait too long");
            }
            let own = Own { pace, texts: vec![before] };
            let next = PaceRow { hlc: time(clock).max(own.earliest()), ..text(1, 0) };
            prop_assert!(measure(Some(before), next, pace).0);
        }
    }
}
