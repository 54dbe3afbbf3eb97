//! A device's clocks: a monotone one that starts with its process, and a wall clock that is wrong.

use protocol::time::{Instant, Now, Timestamp};

/// Virtual time, in microseconds since the world began.
pub type Micros = u64;

/// What people's clocks show when the world begins: a day in November 2026.
const BEGIN_MS: i128 = 1_795_000_000_000;

/// One device's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    started: Micros,
    offset_ms: i64,
    drift_ppm: i64,
}

impl Clock {
    /// A wall clock that is off by this much and runs fast or slow by this many millionths.
    #[must_use]
    pub const fn new(offset_ms: i64, drift_ppm: i64) -> Self {
        Self {
            started: 0,
            offset_ms,
            drift_ppm,
        }
    }

    /// Both clocks at a moment of the world.
    #[must_use]
    pub fn now(&self, at: Micros) -> Now {
        let passed = i128::from(at) / 1_000;
        let drifted = passed + passed * i128::from(self.drift_ppm) / 1_000_000;
        let wall = (BEGIN_MS + i128::from(self.offset_ms) + drifted).max(0);
        Now {
            mono: Instant::from_micros(at.saturating_sub(self.started)),
            wall: Timestamp::from_millis(u64::try_from(wall).unwrap_or(u64::MAX)),
        }
    }

    /// The moment of the world at which the monotone clock shows this.
    #[must_use]
    pub const fn world_time(&self, mono: Instant) -> Micros {
        self.started.saturating_add(mono.as_micros())
    }

    /// The process starts: its monotone clock begins anew.
    pub const fn start(&mut self, at: Micros) {
        self.started = at;
    }

    /// Somebody sets the wall clock.
    pub const fn jump(&mut self, by_ms: i64) {
        self.offset_ms = self.offset_ms.saturating_add(by_ms);
    }
}
