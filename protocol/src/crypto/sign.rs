//! Ed25519 signatures, each over a labelled hash, verified strictly.
//!
//! What is signed is always `Hash32::of(label, message)`: a signature for one purpose is none for another.
//! Strict verification refuses small-order keys and malleable signatures, so that all members judge alike.

use std::fmt;

use ed25519_dalek::Signer as _;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Hash32, Label, Rng};
use crate::wire::Fixed;

/// The signature is not of this key over this message for this purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// A secret Ed25519 key, wiped when dropped.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key of a 32-byte seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// A new key.
    #[must_use]
    pub fn generate(rng: &mut Rng) -> Self {
        Self::from_seed(&Zeroizing::new(rng.bytes()))
    }

    /// The seed, for storage.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn verify_key(&self) -> VerifyKey {
        VerifyKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `message` for the purpose of `label`.
    #[must_use]
    pub fn sign(&self, label: Label, message: &[u8]) -> Signature {
        Signature(Fixed(
            self.0
                .sign(Hash32::of(label, message).as_bytes())
                .to_bytes(),
        ))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {:?})", self.verify_key())
    }
}

/// A public Ed25519 key as its 32 bytes. Whether they are a point shows when something is verified.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VerifyKey(pub [u8; 32]);

impl VerifyKey {
    /// The bytes of the key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Verifies a signature over `message` for the purpose of `label`.
    ///
    /// # Errors
    /// [`BadSignature`] also if this is no point of the curve or one of small order.
    pub fn verify(
        &self,
        label: Label,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        self.verify_hash(&Hash32::of(label, message), signature)
    }

    /// As [`Self::verify`], of a message by its hash with the label.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub(crate) fn verify_hash(
        &self,
        hash: &Hash32,
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        let key =
            ed25519_dalek::VerifyingKey::from_bytes(&self.0).map_err(|_error| BadSignature)?;
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        key.verify_strict(hash.as_bytes(), &signature)
            .map_err(|_error| BadSignature)
    }
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "VerifyKey({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// An Ed25519 signature. On the wire: its 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signature(pub Fixed<64>);

impl Signature {
    /// The bytes of the signature.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        self.0.as_bytes()
    }
}

impl From<[u8; 64]> for Signature {
    fn from(bytes: [u8; 64]) -> Self {
        Self(Fixed(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_for_one_key_purpose_and_message() {
        let key = SigningKey::from_seed(&[1; 32]);
        let public = key.verify_key();
        let signature = key.sign(Label::Fresh, b"x");
        assert_eq!(public.verify(Label::Fresh, b"x", &signature), Ok(()));
        assert_eq!(
            public.verify(Label::Prekeys, b"x", &signature),
            Err(BadSignature)
        );
        assert_eq!(
            public.verify(Label::Fresh, b"y", &signature),
            Err(BadSignature)
        );
        let other = SigningKey::from_seed(&[2; 32]).verify_key();
        assert_eq!(
            other.verify(Label::Fresh, b"x", &signature),
            Err(BadSignature)
        );
    }

    #[test]
    fn a_key_of_small_order_verifies_nothing() {
        // The neutral element as key and as R with S = 0 satisfies the loose equation for every message.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&neutral);
        let verdict = VerifyKey(neutral).verify(Label::Fresh, b"x", &signature.into());
        assert_eq!(verdict, Err(BadSignature));
        let loose = ed25519_dalek::VerifyingKey::from_bytes(&neutral).unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(&signature);
        assert!(ed25519_dalek::Verifier::verify(&loose, b"any", &signature).is_ok());
    }

    #[test]
    fn a_malleated_signature_does_not_verify() {
        /// The order of the group, little endian.
        const ORDER: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let key = SigningKey::from_seed(&[1; 32]);
        let mut bytes = *key.sign(Label::Fresh, b"x").as_bytes();
        let mut carry = 0;
        for (byte, add) in bytes[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            [*byte, _] = sum.to_le_bytes();
            carry = sum >> 8;
        }
        assert_eq!(
            key.verify_key().verify(Label::Fresh, b"x", &bytes.into()),
            Err(BadSignature)
        );
    }

    #[test]
    fn a_seed_is_the_key_and_stays_out_of_debug_output() {
        let key = SigningKey::from_seed(&[0xcd; 32]);
        assert_eq!(
            SigningKey::from_seed(&key.seed()).verify_key(),
            key.verify_key()
        );
        let shown = format!("{key:?}");
        assert!(!shown.contains("cdcd") && !shown.contains("205"), "{shown}");
    }
}
