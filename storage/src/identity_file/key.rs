//! From what a person knows to the key that wraps the data key.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::seal::{DataKey, Purpose};

/// How a profile is unlocked. The caller chooses; nothing is unprotected by default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// By nothing: whoever has the disk reads everything. Chosen explicitly, and shown.
    Unprotected,
    /// By a passphrase, as typed, in UTF-8.
    Passphrase(Passphrase),
}

impl Protection {
    /// By this passphrase.
    #[must_use]
    pub fn passphrase(text: impl Into<String>) -> Self {
        Self::Passphrase(Passphrase(Zeroizing::new(text.into())))
    }
}

/// A passphrase. Never shown, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// What one guess of a passphrase costs (Argon2id).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfCost {
    /// Memory in KiB, 8 × `lanes` to 1 GiB.
    pub memory_kib: u32,
    /// Passes, 1 to 16.
    pub passes: u32,
    /// Lanes, 1 to 4.
    pub lanes: u32,
}

impl KdfCost {
    /// What every profile uses: a quarter of a second on a laptop, 64 MiB for each guess of an attacker.
    pub const STANDARD: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    /// What stands in the file of an unprotected profile.
    pub(super) const NONE: Self = Self {
        memory_kib: 0,
        passes: 0,
        lanes: 0,
    };

    /// Within what this program is ready to spend on the word of a file.
    pub(super) fn is_acceptable(self) -> bool {
        // The lanes first: of a number that anybody wrote, eight times may be too much for 32 bits.
        (1..=4).contains(&self.lanes)
            && (8 * self.lanes..=1024 * 1024).contains(&self.memory_kib)
            && (1..=16).contains(&self.passes)
    }
}

impl Default for KdfCost {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// The key-encryption key of a protection with this salt.
pub(super) fn derive(
    protection: &Protection,
    cost: KdfCost,
    salt: &[u8; 16],
) -> Result<DataKey, StoreError> {
    let passphrase = match protection {
        Protection::Unprotected => {
            // No secret goes in: this hides nothing, it only keeps one layout for both.
            let public = blake3::derive_key("lescopains 2026 storage v1 unprotected profile", salt);
            return Ok(DataKey::from_bytes(public));
        }
        Protection::Passphrase(Passphrase(text)) => text,
    };
    if passphrase.is_empty() {
        return Err(StoreError::EmptyPassphrase);
    }
    let refused = StoreError::Resources {
        what: "memory for the passphrase",
    };
    let Ok(params) = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)) else {
        return Err(refused);
    };
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
        .map_err(|_refused| refused)?;
    Ok(DataKey::from_bytes(*key))
}

/// The key that proves a key-encryption key right, and the key that wraps the data key.
pub(super) fn split(kek: &DataKey) -> (crate::seal::SealKey, crate::seal::SealKey) {
    (kek.derive(Purpose::KeyCheck), kek.derive(Purpose::KeyWrap))
}
