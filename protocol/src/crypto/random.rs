//! The only source of chance: ChaCha20 from a seed that the driver hands in.
//!
//! Same seed, same bytes: this is what makes the simulator replay. It speaks `rand` 0.9, the generation of
//! libsignal; everything else in this crate asks for bytes.

use std::fmt;

use rand::{CryptoRng, RngCore, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

/// A cryptographic random source with a given seed. Not `Clone`: a copy would give the same keys twice.
pub struct Rng(ChaCha20Rng);

impl Rng {
    /// The source of a seed. A seed serves one core, once (DECISIONS 41).
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }

    /// The next `N` bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

impl RngCore for Rng {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

impl CryptoRng for Rng {}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rng(secret state)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_stream() {
        let mut first = Rng::from_seed([1; 32]);
        let mut same = Rng::from_seed([1; 32]);
        let mut other = Rng::from_seed([2; 32]);
        let drawn: [u8; 32] = first.bytes();
        assert_eq!(drawn, same.bytes::<32>());
        assert_ne!(drawn, other.bytes::<32>());
        assert_ne!(drawn, first.bytes::<32>());
    }
}
