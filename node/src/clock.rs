//! The two clocks of a node, in the core's units.

use std::time::{Duration, Instant as StdInstant, SystemTime, UNIX_EPOCH};

use protocol::time::{Instant, Now, Timestamp};

/// Reads both clocks of the system; the monotone one counts from when this was made.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: StdInstant,
}

impl Clock {
    /// A clock whose monotone part starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            origin: StdInstant::now(),
        }
    }

    /// Both times.
    #[must_use]
    pub fn now(&self) -> Now {
        // A wall clock before 1970 is broken; the beginning of time is as good as any.
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        Now {
            mono: Instant::default().after(self.origin.elapsed()),
            wall: Timestamp::from_millis(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX)),
        }
    }

    /// The system's name for one of the core's instants.
    #[must_use]
    pub fn to_system(&self, instant: Instant) -> StdInstant {
        self.origin + Duration::from_micros(instant.as_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_the_way_to_the_system_and_back() {
        let clock = Clock::start();
        let now = clock.now().mono;
        let later = now.after(Duration::from_secs(5));
        assert_eq!(
            clock.to_system(later) - clock.to_system(now),
            Duration::from_secs(5)
        );
    }
}
