//! Sixty digits, the same on both sides, that say whether two accounts know each other's true keys.
//!
//! Signal's numeric fingerprint, version 2: each side is SHA-512 iterated 5,200 times over the key, started
//! with version ‖ key ‖ stable id; six groups of five digits a side, the lower side first. Implemented here
//! because libsignal's own takes Curve25519 identities only, and an account key is Ed25519: its 32 bytes
//! stand where Signal has the type byte and the key. The tests hold it against Signal's published vectors.
//! The iterations cost about 2 ms a side and are the point: they make searching for a look-alike dear.

use std::fmt;

use sha2::{Digest as _, Sha512};
use thiserror::Error;

use super::AccountId;
use crate::crypto::{VerifyKey, ct_eq};

const ITERATIONS: u32 = 5_200;
/// The version inside the hash; Signal keeps it at 0 for every scannable version.
const HASHED_VERSION: [u8; 2] = [0, 0];
const GROUPS_PER_SIDE: usize = 6;
const BYTES_PER_GROUP: usize = 5;
/// Bytes of a side that a scan compares.
const SCANNED_LEN: usize = 32;
/// `CombinedFingerprints` of Signal's protobuf up to the first side: version = 2, field 2, content.
const SCAN_HEAD: [u8; 6] = [0x08, 2, 0x12, 0x22, 0x0a, 0x20];
/// Between the sides: field 3, content.
const SCAN_MIDDLE: [u8; 4] = [0x1a, 0x22, 0x0a, 0x20];

/// Why a scanned code could not be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this code is not a safety number of this version")]
pub struct ScanFault;

/// What two people compare, as digits or by scanning.
#[derive(Clone, PartialEq, Eq)]
pub struct SafetyNumber {
    ours: [u8; 64],
    theirs: [u8; 64],
}

impl SafetyNumber {
    /// The safety number of two accounts, seen from the first.
    #[must_use]
    pub fn new(ours: &VerifyKey, theirs: &VerifyKey) -> Self {
        let side = |key: &VerifyKey| fingerprint(key.as_bytes(), AccountId::of(key).as_bytes());
        Self {
            ours: side(ours),
            theirs: side(theirs),
        }
    }

    /// The sixty digits without spaces, the same on both sides.
    #[must_use]
    pub fn digits(&self) -> String {
        let (ours, theirs) = (digits(&self.ours), digits(&self.theirs));
        if ours < theirs {
            ours + &theirs
        } else {
            theirs + &ours
        }
    }

    /// What the other side scans: 74 bytes, version 2 of Signal's combined fingerprints.
    #[must_use]
    pub fn scannable(&self) -> Vec<u8> {
        [
            &SCAN_HEAD[..],
            scanned(&self.ours),
            &SCAN_MIDDLE,
            scanned(&self.theirs),
        ]
        .concat()
    }

    /// Whether the code scanned from the other side is the counterpart of ours.
    ///
    /// # Errors
    /// [`ScanFault`] if it is no such code at all.
    pub fn matches_scan(&self, code: &[u8]) -> Result<bool, ScanFault> {
        let rest = code.strip_prefix(&SCAN_HEAD).ok_or(ScanFault)?;
        let (their_own, rest) = rest.split_at_checked(SCANNED_LEN).ok_or(ScanFault)?;
        let our_side = rest.strip_prefix(&SCAN_MIDDLE).ok_or(ScanFault)?;
        if our_side.len() != SCANNED_LEN {
            return Err(ScanFault);
        }
        let both = [scanned(&self.theirs), scanned(&self.ours)].concat();
        Ok(ct_eq(&[their_own, our_side].concat(), &both))
    }
}

impl fmt::Display for SafetyNumber {
    /// Twelve groups of five digits with single spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, digit) in self.digits().chars().enumerate() {
            if index > 0 && index.is_multiple_of(BYTES_PER_GROUP) {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SafetyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SafetyNumber(…)")
    }
}

/// One side: key and stable id as Signal's specification has them.
fn fingerprint(key: &[u8], stable_id: &[u8]) -> [u8; 64] {
    let first = Sha512::new()
        .chain_update(HASHED_VERSION)
        .chain_update(key)
        .chain_update(stable_id)
        .chain_update(key)
        .finalize();
    (1..ITERATIONS)
        .fold(first, |hash, _| {
            Sha512::new()
                .chain_update(hash)
                .chain_update(key)
                .finalize()
        })
        .into()
}

fn digits(side: &[u8; 64]) -> String {
    side.chunks_exact(BYTES_PER_GROUP)
        .take(GROUPS_PER_SIDE)
        .map(|group| {
            let number = group
                .iter()
                .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            format!("{:05}", number % 100_000)
        })
        .collect()
}

fn scanned(side: &[u8; 64]) -> &[u8] {
    side.split_at(SCANNED_LEN).0
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    /// libsignal v0.85.3, `fingerprint.rs`, test vectors of version 2.
    #[test]
    fn the_algorithm_is_signals() {
        let alice = HEXLOWER
            .decode(b"0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868")
            .unwrap();
        let bob = HEXLOWER
            .decode(b"05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b")
            .unwrap();
        let number = SafetyNumber {
            ours: fingerprint(&alice, b"+14152222222"),
            theirs: fingerprint(&bob, b"+14153333333"),
        };
        assert_eq!(
            number.digits(),
            "300354477692869396892869876765458257569162576843440918079131"
        );
        assert_eq!(
            HEXLOWER.encode(&number.scannable()),
            "080212220a201e301a0353dce3dbe7684cb8336e85136cdc0ee96219494ada305d62a7bd61df1a220a20\
             d62cbf73a11592015b6b9f1682ac306fea3aaf3885b84d12bca631e9d4fb3a4d"
        );
    }
}
