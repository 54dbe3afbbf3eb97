//! Nothing grows without bound, whatever peers do.

use protocol::limits;

use super::{Checker, Seen};

/// Compares what a core holds with `limits`.
#[derive(Debug, Default)]
pub struct Bounds;

/// Devices that anybody here may have to do with: 6 people, one of them with two.
const PEERS: usize = 7;
/// Rows that two batches in flight and one that gathers can pin beside the cache.
const PINNED_MAX: usize = 3 * 4 * limits::FLUSH_STEP * PEERS;

impl Checker for Bounds {
    fn name(&self) -> &'static str {
        "bounds"
    }

    fn see(&mut self, _device: usize, seen: &Seen<'_>) -> Result<(), String> {
        let Seen::Holds(sizes) = seen else { return Ok(()) };
        let bounds = [
            ("cached rows", sizes.cached, limits::RESIDENT_ROWS_MAX + PINNED_MAX),
            ("jobs", sizes.jobs, limits::COMMANDS_WAITING_MAX + PEERS * limits::LANE_JOBS_MAX),
            ("outbox rows", sizes.outbox, limits::OUTBOX_MAX),
            ("links", sizes.links, limits::LINKS_MAX),
            ("ciphertexts in flight", sizes.in_flight, PEERS * limits::IN_FLIGHT_PER_DEVICE_MAX),
            ("owed acknowledgements", sizes.owed, PEERS * 4 * limits::ACK_IDS_MAX),
            ("rows to write", sizes.waiting_writes, PINNED_MAX),
        ];
        match bounds.into_iter().find(|(_, held, most)| held > most) {
            Some((what, held, most)) => Err(format!("{held} {what}, at most {most} allowed")),
            None => Ok(()),
        }
    }
}
