//! Keys at rest and sealed rows: whoever changes a byte of the disk, no wrong row is ever shown.
//!
//! XTS below hides the file and does not protect it; the seal of each row protects. What it cannot see is a row
//! put back in its own place by whoever copied it earlier, or taken away (`docs/threat-model.md`).
//!
//! # A sealed row
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 24 | random nonce |
//! | 24 | n | XChaCha20 ciphertext of the row |
//! | 24 + n | 16 | Poly1305 tag |
//!
//! Additional data: length of the table's name (1) ‖ name ‖ key ‖ schema version (2, little-endian).
//!
//! # A marked key (a row that is all key; in format 1 only)
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 16 | keyed BLAKE3 over the same additional data, cut to 16 bytes |

use std::collections::BTreeMap;
use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::StoreError;
use crate::random::{Randomness, fresh};

/// Bytes of a nonce.
pub(crate) const NONCE: usize = 24;
/// Bytes of an authentication tag, and of the mark of a key.
pub(crate) const TAG: usize = 16;
/// Bytes that sealing adds to a row.
pub const OVERHEAD: usize = NONCE + TAG;

/// The key under everything in a profile. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DataKey([u8; 32]);

impl DataKey {
    /// From its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A fresh key.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub(crate) fn generate(random: &mut dyn Randomness) -> Result<Self, StoreError> {
        fresh(random).map(Self)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key for one purpose.
    pub(crate) fn derive(&self, purpose: Purpose) -> SealKey {
        SealKey(blake3::derive_key(purpose.context(), &self.0))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

/// What a derived key is for: one key, one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Blocks of `history.redb`.
    Blocks,
    /// Tweaks of these blocks.
    Tweaks,
    /// Parent of the table keys.
    Tables,
    /// The payload of the identity.
    Identity,
    /// Proof that a key-encryption key is the right one.
    KeyCheck,
    /// Wrapping of the data key.
    KeyWrap,
}

impl Purpose {
    const fn context(self) -> &'static str {
        match self {
            Self::Blocks => "lescopains 2026 storage v1 xts blocks",
            Self::Tweaks => "lescopains 2026 storage v1 xts tweaks",
            Self::Tables => "lescopains 2026 storage v1 tables",
            Self::Identity => "lescopains 2026 storage v1 identity payload",
            Self::KeyCheck => "lescopains 2026 storage v1 key check",
            Self::KeyWrap => "lescopains 2026 storage v1 key wrap",
        }
    }
}

/// A key for one purpose. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct SealKey([u8; 32]);

impl SealKey {
    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Ciphertext ‖ tag.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        XChaCha20Poly1305::new((&self.0).into())
            .encrypt(&XNonce::from(*nonce), Payload { msg: plain, aad })
            .map_err(|_refused| StoreError::TooLarge {
                what: "a row",
                bytes: plain.len(),
                max: ROW_MAX,
            })
    }

    /// What was sealed, if every byte of it is as it was.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        XChaCha20Poly1305::new((&self.0).into())
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad })
            .ok()
            .map(Zeroizing::new)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// Bytes of one row before sealing. The largest honest row, a session with its archive, stays far below.
pub const ROW_MAX: usize = 4 * 1024 * 1024;

/// Seals and opens the rows of all tables.
#[derive(Debug)]
pub struct Sealer {
    keys: BTreeMap<&'static str, SealKey>,
    plain: bool,
}

impl Sealer {
    /// The sealer of this data key for tables of these names.
    #[must_use]
    pub fn new(data_key: &DataKey, tables: impl IntoIterator<Item = &'static str>) -> Self {
        let parent = data_key.derive(Purpose::Tables);
        let derived = |name: &'static str| {
            let key = blake3::keyed_hash(parent.as_bytes(), name.as_bytes());
            (name, SealKey(key.into()))
        };
        Self {
            keys: tables.into_iter().map(derived).collect(),
            plain: false,
        }
    }

    /// A sealer that does not: the mutant "plaintext on disk".
    #[cfg(feature = "mutants")]
    #[must_use]
    pub fn danger_plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Seals a row for its place.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] above [`ROW_MAX`]; [`StoreError::Resources`] without randomness.
    pub fn seal(
        &self,
        place: &Place<'_>,
        plain: &[u8],
        random: &mut dyn Randomness,
    ) -> Result<Vec<u8>, StoreError> {
        if plain.len() > ROW_MAX {
            return Err(StoreError::TooLarge {
                what: "a row",
                bytes: plain.len(),
                max: ROW_MAX,
            });
        }
        let nonce = fresh::<NONCE>(random)?;
        let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD);
        sealed.extend_from_slice(&nonce);
        if self.plain {
            sealed.extend_from_slice(plain);
            sealed.extend_from_slice(&[0; TAG]);
        } else {
            sealed.append(&mut self.key(place)?.seal(&nonce, &place.aad(), plain)?);
        }
        Ok(sealed)
    }

    /// Opens a row from its place.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if any byte of row, key or place changed.
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let Some((nonce, rest)) = sealed.split_first_chunk::<NONCE>() else {
            return Err(place.corrupt("a row is too short"));
        };
        if self.plain {
            let plain = rest
                .get(..rest.len().saturating_sub(TAG))
                .unwrap_or_default();
            return Ok(Zeroizing::new(plain.to_vec()));
        }
        self.key(place)?
            .open(nonce, &place.aad(), rest)
            .ok_or_else(|| place.corrupt("a row does not authenticate"))
    }

    /// The mark of a row that is all key.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a table that this sealer does not know.
    pub fn mark(&self, place: &Place<'_>) -> Result<[u8; TAG], StoreError> {
        let mut mark = [0; TAG];
        if !self.plain {
            let full = blake3::keyed_hash(self.key(place)?.as_bytes(), &place.aad());
            mark.iter_mut()
                .zip(full.as_bytes())
                .for_each(|(to, from)| *to = *from);
        }
        Ok(mark)
    }

    /// Checks the mark of a row that is all key.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if mark or key changed.
    pub fn check_mark(&self, place: &Place<'_>, mark: &[u8]) -> Result<(), StoreError> {
        // Nobody can ask this question over a network, so the comparison need not take constant time.
        if self.mark(place)?.as_slice() == mark {
            Ok(())
        } else {
            Err(place.corrupt("a row does not authenticate"))
        }
    }

    fn key(&self, place: &Place<'_>) -> Result<&SealKey, StoreError> {
        self.keys
            .get(place.table)
            .ok_or_else(|| place.corrupt("no such table"))
    }
}

/// Where a row lies: part of what its seal covers.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Name of the table, at most 255 bytes.
    pub table: &'static str,
    /// Key bytes.
    pub key: &'a [u8],
    /// Version of the row's encoding.
    pub schema: u16,
}

impl Place<'_> {
    fn aad(&self) -> Vec<u8> {
        let name = self.table.as_bytes();
        let mut aad = Vec::with_capacity(1 + name.len() + self.key.len() + 2);
        aad.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        aad.extend_from_slice(name);
        aad.extend_from_slice(self.key);
        aad.extend_from_slice(&self.schema.to_le_bytes());
        aad
    }

    /// Damage found here.
    pub(crate) fn corrupt(&self, detail: &str) -> StoreError {
        StoreError::corrupt(format!("history.redb, table {}", self.table), detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    const HERE: Place<'_> = Place {
        table: "letters",
        key: b"k1",
        schema: 1,
    };

    fn sealer() -> Sealer {
        Sealer::new(&DataKey::from_bytes([7; 32]), ["letters", "numbers"])
    }

    fn sealed() -> Vec<u8> {
        sealer()
            .seal(&HERE, b"hello", &mut SeededRandom::new(1, 0))
            .expect("sealed")
    }

    #[test]
    fn a_row_opens_in_its_place_only() {
        let row = sealed();
        assert_eq!(
            sealer().open(&HERE, &row).expect("opens").as_slice(),
            b"hello"
        );
        for elsewhere in [
            Place {
                table: "numbers",
                ..HERE
            },
            Place { key: b"k2", ..HERE },
            Place { schema: 2, ..HERE },
        ] {
            assert!(matches!(
                sealer().open(&elsewhere, &row),
                Err(StoreError::Corrupt { .. })
            ));
        }
    }

    #[test]
    fn a_flipped_bit_or_a_cut_is_found() {
        let row = sealed();
        for index in 0..row.len() {
            let mut flipped = row.clone();
            flipped[index] ^= 0x10;
            assert!(sealer().open(&HERE, &flipped).is_err(), "byte {index}");
            assert!(
                sealer().open(&HERE, &row[..index]).is_err(),
                "cut at {index}"
            );
        }
    }

    #[test]
    fn another_data_key_opens_nothing() {
        let other = Sealer::new(&DataKey::from_bytes([8; 32]), ["letters"]);
        assert!(other.open(&HERE, &sealed()).is_err());
    }

    #[test]
    fn a_mark_belongs_to_its_key() {
        let mark = sealer().mark(&HERE).expect("marked");
        assert!(sealer().check_mark(&HERE, &mark).is_ok());
        assert!(
            sealer()
                .check_mark(&Place { key: b"k2", ..HERE }, &mark)
                .is_err()
        );
        assert!(sealer().check_mark(&HERE, &mark[1..]).is_err());
    }

    #[test]
    fn the_row_limit_holds() {
        let large = vec![0; ROW_MAX + 1];
        let refused = sealer().seal(&HERE, &large, &mut SeededRandom::new(1, 0));
        assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    }
}
