//! All chance of a simulation: one stream from one seed, drawn in the order of events.

use rand::{Rng as _, RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A repeatable source of chance. Fast, not secret: keys come from each core's own source.
#[derive(Clone, Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of a seed; `stream` tells several of one seed apart.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A number from `low` to `high`, both included; `low` if there is nothing between.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        if low >= high {
            low
        } else {
            self.0.random_range(low..=high)
        }
    }

    /// A number from either side of zero.
    pub fn around(&mut self, reach: u64) -> i64 {
        let reach = i64::try_from(reach).unwrap_or(i64::MAX);
        self.0.random_range(-reach..=reach)
    }

    /// An index below `len`; 0 for an empty list.
    pub fn index(&mut self, len: usize) -> usize {
        if len == 0 {
            0
        } else {
            self.0.random_range(0..len)
        }
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.index(items.len()))
    }

    /// True in so many of a thousand cases. Draws nothing at 0, so that a fault that is off costs no chance.
    pub fn permille(&mut self, share: u32) -> bool {
        share > 0 && self.0.random_range(0..1_000) < share
    }

    /// 32 random bytes.
    pub fn bytes32(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
