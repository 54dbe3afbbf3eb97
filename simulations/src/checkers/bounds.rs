//! Nothing grows without bound, whatever peers do.

use protocol::limits;

use super::{Checker, Seen};

/// Compares what a core holds with `limits`.
#[derive(Debug)]
pub struct Bounds {
    /// Rows that a core of this world may cache.
    pub cached_rows: usize,
    /// Devices that anybody here may have to do with.
    pub peers: usize,
}

/// Rows that a turn writes at most, toward every peer at once: a step of a flush changes an outbox row and a message
/// each, and the session.
const TURN_ROWS_PER_PEER: usize = 2 * limits::FLUSH_STEP + 4;

impl Checker for Bounds {
    fn name(&self) -> &'static str {
        "bounds"
    }

    fn see(&mut self, _device: usize, seen: &Seen<'_>) -> Result<(), String> {
        let Seen::Holds(sizes) = seen else {
            return Ok(());
        };
        // Rows that two batches in flight and one that gathers pin beside the cache.
        let pinned = (limits::BATCHES_IN_FLIGHT_MAX + 1) * self.peers * TURN_ROWS_PER_PEER;
        let bounds = [
            ("cached rows", sizes.cached, self.cached_rows + pinned),
            (
                "jobs",
                sizes.jobs,
                limits::COMMANDS_WAITING_MAX + self.peers * limits::LANE_JOBS_MAX,
            ),
            ("outbox rows", sizes.outbox, limits::OUTBOX_MAX),
            ("links", sizes.links, limits::LINKS_MAX),
            (
                "ciphertexts in flight",
                sizes.in_flight,
                self.peers * limits::IN_FLIGHT_PER_DEVICE_MAX,
            ),
            (
                "owed acknowledgements",
                sizes.owed,
                self.peers * 4 * limits::ACK_IDS_MAX,
            ),
            ("rows to write", sizes.waiting_writes, pinned),
            ("devices shown", sizes.shown, limits::LINKS_MAX),
        ];
        match bounds.into_iter().find(|(_, held, most)| held > most) {
            Some((what, held, most)) => Err(format!("{held} {what}, at most {most} allowed")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::core::Sizes;

    use super::*;

    #[test]
    fn one_link_too_many_is_noticed() {
        let links = limits::LINKS_MAX;
        let mut sizes = Sizes {
            cached: 0,
            jobs: 0,
            outbox: 0,
            keys: 0,
            links,
            in_flight: 0,
            owed: 0,
            waiting_writes: 0,
            shown: 0,
        };
        let mut checker = Bounds {
            cached_rows: 10,
            peers: 7,
        };
        assert_eq!(checker.see(0, &Seen::Holds(sizes)), Ok(()));
        sizes.links += 1;
        assert!(checker.see(0, &Seen::Holds(sizes)).is_err());
    }
}
