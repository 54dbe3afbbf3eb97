//! Where salts, keys and nonces come from: the system, or a seed where a run must repeat itself.

use crate::error::StoreError;

/// A source of bytes that nobody can guess.
pub trait Randomness: std::fmt::Debug + Send + 'static {
    /// Fills `out`.
    ///
    /// # Errors
    /// [`StoreError::Resources`] when the system gives none.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), StoreError>;
}

/// So many bytes from a source.
pub(crate) fn fresh<const N: usize>(source: &mut dyn Randomness) -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    source.fill(&mut bytes)?;
    Ok(bytes)
}

/// The operating system's source.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Randomness for OsRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), StoreError> {
        getrandom::fill(out).map_err(|_refused| StoreError::Resources {
            what: "random bytes",
        })
    }
}

/// Bytes that follow from a seed. For tests and simulations only: two profiles of one seed share their keys.
#[cfg(any(test, feature = "testing"))]
#[derive(Debug)]
pub struct SeededRandom(blake3::OutputReader);

#[cfg(any(test, feature = "testing"))]
impl SeededRandom {
    /// A source of this seed; different streams have nothing in common.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("lescopains 2026 storage seeded random");
        hasher.update(&seed.to_le_bytes());
        hasher.update(&stream.to_le_bytes());
        Self(hasher.finalize_xof())
    }
}

#[cfg(any(test, feature = "testing"))]
impl Randomness for SeededRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), StoreError> {
        self.0.fill(out);
        Ok(())
    }
}
