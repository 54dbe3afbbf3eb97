//! Two clocks, both inputs: a monotone one for deadlines and a wall clock for what people read.
//!
//! The core never asks for the time. Causal order comes from [`Hlc`], a hybrid logical clock
//! (Kulkarni et al., 2014): wall milliseconds where clocks agree, a counter where they do not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point on the driver's monotone clock, in microseconds since an origin of its choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(u64);

impl Instant {
    /// The instant this many microseconds after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// This instant moved into the future, saturating at the end of time.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(delay.as_micros()).unwrap_or(u64::MAX)),
        )
    }

    /// Time passed since `earlier`, zero if `earlier` lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// Wall-clock time in milliseconds since 1970-01-01 UTC. May jump, may lie.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The time this many milliseconds after 1970.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Time passed since `earlier`, zero if `earlier` lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Both clocks, as handed in with every input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For deadlines and rates.
    pub mono: Instant,
    /// For dates, expiry and the physical part of [`Hlc`].
    pub wall: Timestamp,
}

/// A hybrid logical time: 48 bits of wall milliseconds ‖ 16 bits of counter, compared as one `u64`.
///
/// Monotone per device. Between devices it orders what is causally related as long as nobody's clock
/// is more than [`crate::limits::FUTURE_TOLERANCE`] ahead; for the rest, messages name what they have seen.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Hlc(u64);

impl Hlc {
    /// Before every other time.
    pub const ZERO: Self = Self(0);

    /// From its 64-bit form.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Its 64-bit form.
    #[must_use]
    pub const fn as_bits(self) -> u64 {
        self.0
    }

    /// The first logical time of a wall-clock millisecond.
    #[must_use]
    pub const fn from_wall(wall: Timestamp) -> Self {
        Self(wall.as_millis() << 16)
    }

    /// The wall-clock part.
    #[must_use]
    pub const fn wall(self) -> Timestamp {
        Timestamp::from_millis(self.0 >> 16)
    }

    /// The next logical time.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// This time moved into the future, saturating at the end of time.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis.saturating_mul(1 << 16)))
    }
}

/// This device's own hybrid logical clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HlcClock {
    last: Hlc,
}

impl HlcClock {
    /// A clock that goes on after `last`, the newest time that was stored.
    #[must_use]
    pub const fn resume(last: Hlc) -> Self {
        Self { last }
    }

    /// The newest time that this clock gave or accepted.
    #[must_use]
    pub const fn last(self) -> Hlc {
        self.last
    }

    /// A new time, later than every one before and than everything observed.
    pub fn tick(&mut self, now: Now) -> Hlc {
        self.last = self.last.next().max(Hlc::from_wall(now.wall));
        self.last
    }

    /// Learns a peer's time. A time from beyond the tolerance does not move this clock: one wrong clock
    /// must not carry everybody's messages into its future.
    pub fn observe(&mut self, theirs: Hlc, now: Now) {
        if !is_future(theirs, now) {
            self.last = self.last.max(theirs);
        }
    }
}

/// Whether a peer's time lies further ahead than clocks may reasonably differ.
#[must_use]
pub fn is_future(theirs: Hlc, now: Now) -> bool {
    theirs.wall().since(now.wall) > crate::limits::FUTURE_TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Now {
        Now {
            mono: Instant::from_micros(0),
            wall: Timestamp::from_millis(millis),
        }
    }

    #[test]
    fn own_times_rise_even_when_the_wall_clock_falls_back() {
        let mut clock = HlcClock::default();
        let first = clock.tick(at(5_000));
        assert!(clock.tick(at(1_000)) > first);
    }

    #[test]
    fn an_answer_is_later_than_what_it_answers() {
        let mut clock = HlcClock::default();
        let theirs = Hlc::from_wall(Timestamp::from_millis(9_000));
        clock.observe(theirs, at(5_000));
        assert!(clock.tick(at(5_000)) > theirs);
    }

    #[test]
    fn a_clock_from_the_far_future_does_not_move_ours() {
        let mut clock = HlcClock::default();
        clock.observe(Hlc::from_bits(u64::MAX), at(5_000));
        assert_eq!(
            clock.tick(at(5_000)),
            Hlc::from_wall(Timestamp::from_millis(5_000))
        );
    }
}
