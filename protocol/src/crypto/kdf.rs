//! Derived keys and message authentication codes, over parts that cannot run into each other.
//!
//! Each part stands behind its length (8 bytes, little endian), so that ("ab", "c") and ("a", "bc") differ.

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::Label;

/// A 32-byte key for one purpose, wiped when dropped.
#[must_use]
pub fn kdf(label: Label, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut hasher = blake3::Hasher::new_derive_key(label.as_str());
    for part in parts {
        absorb(&mut hasher, part);
    }
    finish(hasher)
}

/// Keyed BLAKE3 over the label and the parts, 32 bytes. Compare with [`ct_eq`].
#[must_use]
pub fn mac(key: &[u8; 32], label: Label, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    absorb(&mut hasher, label.as_str().as_bytes());
    for part in parts {
        absorb(&mut hasher, part);
    }
    *finish(hasher)
}

/// The first 16 bytes of [`mac`], where bytes on the wire count and 128 bits suffice.
#[must_use]
pub fn mac16(key: &[u8; 32], label: Label, parts: &[&[u8]]) -> [u8; 16] {
    let mut short = [0; 16];
    short
        .iter_mut()
        .zip(mac(key, label, parts))
        .for_each(|(to, from)| *to = from);
    short
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
#[must_use]
pub fn ct_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

fn absorb(hasher: &mut blake3::Hasher, part: &[u8]) {
    // A slice is never longer than `isize::MAX` bytes, so its length fits.
    let len = u64::try_from(part.len()).unwrap_or(u64::MAX);
    hasher.update(&len.to_le_bytes());
    hasher.update(part);
}

/// The hasher holds key material in its chunk buffer; it is wiped with the rest.
fn finish(mut hasher: blake3::Hasher) -> Zeroizing<[u8; 32]> {
    let key = Zeroizing::new(*hasher.finalize().as_bytes());
    hasher.zeroize();
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_run_into_each_other() {
        let label = Label::LinkKey;
        assert_ne!(kdf(label, &[b"ab", b"c"]), kdf(label, &[b"a", b"bc"]));
        assert_ne!(kdf(label, &[b"ab", b""]), kdf(label, &[b"ab"]));
        assert_ne!(
            mac(&[1; 32], label, &[b"ab", b"c"]),
            mac(&[1; 32], label, &[b"a", b"bc"])
        );
    }

    #[test]
    fn key_and_purpose_count() {
        let tag = mac(&[1; 32], Label::LinkProof, &[b"x"]);
        assert_ne!(tag, mac(&[2; 32], Label::LinkProof, &[b"x"]));
        assert_ne!(tag, mac(&[1; 32], Label::LinkMatch, &[b"x"]));
        assert_ne!(kdf(Label::LinkKey, &[b"x"]), kdf(Label::LinkTag, &[b"x"]));
        assert_eq!(mac16(&[1; 32], Label::LinkProof, &[b"x"]), tag[..16]);
    }

    #[test]
    fn equality_needs_every_byte() {
        assert!(ct_eq(&[1, 2], &[1, 2]));
        assert!(!ct_eq(&[1, 2], &[1, 3]));
        assert!(!ct_eq(&[1, 2], &[1]));
    }
}
