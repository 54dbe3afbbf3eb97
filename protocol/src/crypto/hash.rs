//! One hash for everything: BLAKE3, keyed by what it is for.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::Label;

/// A BLAKE3 hash under a [`Label`]. On the wire: its 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hash32(pub [u8; 32]);

impl Hash32 {
    /// The least value: where a range over all of them begins.
    pub const MIN: Self = Self([0; 32]);

    /// `BLAKE3::derive_key(label, bytes)`.
    #[must_use]
    pub fn of(label: Label, bytes: &[u8]) -> Self {
        Self(blake3::derive_key(label.as_str(), bytes))
    }

    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short: String = HEXLOWER.encode(&self.0).chars().take(8).collect();
        write!(f, "Hash32({short}…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_depends_on_purpose_and_bytes() {
        let hash = Hash32::of(Label::Account, b"key");
        assert_eq!(hash.0, blake3::derive_key("lescopains v1 account", b"key"));
        assert_ne!(hash, Hash32::of(Label::Device, b"key"));
        assert_ne!(hash, Hash32::of(Label::Account, b"kez"));
    }
}
