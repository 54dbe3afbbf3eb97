//! This device's Signal identity: the key pair behind its sessions and contact links.

use std::fmt;

use libsignal_protocol::{IdentityKey, IdentityKeyPair, PrivateKey, PublicKey};
use rand::{CryptoRng, Rng as _};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{KEY_BYTES, REGISTRATION_ID_MAX, SIGNATURE_BYTES, SessionError, SessionFault, guard};

/// Stands before everything that [`LocalIdentity::sign`] signs, so that no such signature is ever one of a
/// prekey: those start with their type byte 5 or 8.
const SIGN_CONTEXT: &[u8] = b"lescopains v1 signal identity";

/// The Signal identity of this device. The secret is wiped on drop; the copies that libsignal makes while
/// it computes are plain values on the stack and are not.
#[derive(Clone)]
pub struct LocalIdentity {
    secret: Zeroizing<[u8; 32]>,
    public: [u8; KEY_BYTES],
    registration_id: u32,
    address: Uuid,
}

impl LocalIdentity {
    /// Draws a new identity: 32 bytes for the key, then the registration id.
    #[must_use]
    pub fn generate(address: Uuid, rng: &mut impl CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *secret);
        let registration_id = rng.random_range(1..=REGISTRATION_ID_MAX);
        Self::assemble(secret, registration_id, address)
    }

    /// The identity with this secret.
    ///
    /// # Errors
    /// [`SessionError::Corrupt`] if the registration id is not in 1 to [`REGISTRATION_ID_MAX`].
    pub fn from_parts(
        secret: &[u8; 32],
        registration_id: u32,
        address: Uuid,
    ) -> Result<Self, SessionError> {
        if !(1..=REGISTRATION_ID_MAX).contains(&registration_id) {
            return Err(SessionError::Corrupt("identity"));
        }
        Ok(Self::assemble(
            Zeroizing::new(*secret),
            registration_id,
            address,
        ))
    }

    #[expect(
        clippy::expect_used,
        reason = "libsignal's error is for kinds of key that it does not have: it has one kind"
    )]
    fn assemble(secret: Zeroizing<[u8; 32]>, registration_id: u32, address: Uuid) -> Self {
        let public = private_key(&secret)
            .public_key()
            .expect("an X25519 secret has a public key");
        Self {
            public: key_bytes(&public),
            secret,
            registration_id,
            address,
        }
    }

    /// The secret, for the identity file alone.
    #[must_use]
    pub fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.secret.clone()
    }

    /// The identity key that certificates name.
    #[must_use]
    pub const fn public(&self) -> [u8; KEY_BYTES] {
        self.public
    }

    /// Tells two installations behind one address apart, 1 to [`REGISTRATION_ID_MAX`].
    #[must_use]
    pub const fn registration_id(&self) -> u32 {
        self.registration_id
    }

    /// The address of this device inside libsignal.
    #[must_use]
    pub const fn address(&self) -> Uuid {
        self.address
    }

    /// X25519 of both identities: what only these two devices can compute.
    ///
    /// # Errors
    /// [`SessionFault::Malformed`] for what is no key, [`SessionFault::Oneself`] for our own,
    /// [`SessionFault::ZeroAgreement`] for a key of low order.
    pub fn agree(&self, theirs: &[u8; KEY_BYTES]) -> Result<Zeroizing<[u8; 32]>, SessionFault> {
        if *theirs == self.public {
            return Err(SessionFault::Oneself);
        }
        guard::agreement(&private_key(&self.secret), &guard::key(theirs)?)
    }

    /// Signs under a context of its own (XEdDSA), for proofs of possession.
    #[must_use]
    pub fn sign(&self, message: &[u8], rng: &mut impl CryptoRng) -> [u8; SIGNATURE_BYTES] {
        self.signature(&[SIGN_CONTEXT, message], rng)
    }

    /// Whether `signature` is what [`Self::sign`] of the owner of `public` made over `message`.
    #[must_use]
    pub fn verify(
        public: &[u8; KEY_BYTES],
        message: &[u8],
        signature: &[u8; SIGNATURE_BYTES],
    ) -> bool {
        guard::key(public).is_ok_and(|key| {
            key.verify_signature_for_multipart_message(&[SIGN_CONTEXT, message], signature)
        })
    }

    /// Signs a prekey: no context, as Signal does.
    pub(super) fn sign_prekey(
        &self,
        public: &[u8],
        rng: &mut impl CryptoRng,
    ) -> [u8; SIGNATURE_BYTES] {
        self.signature(&[public], rng)
    }

    /// libsignal's form of the pair.
    pub(super) fn pair(&self) -> Result<IdentityKeyPair, SessionFault> {
        Ok(IdentityKeyPair::new(
            IdentityKey::new(parse(&self.public)?),
            private_key(&self.secret),
        ))
    }

    #[expect(
        clippy::expect_used,
        reason = "XEdDSA signs with every X25519 secret, and its signatures have 64 bytes"
    )]
    fn signature(&self, parts: &[&[u8]], rng: &mut impl CryptoRng) -> [u8; SIGNATURE_BYTES] {
        private_key(&self.secret)
            .calculate_signature_for_multipart_message(parts, rng)
            .ok()
            .and_then(|signature| signature.as_ref().try_into().ok())
            .expect("an X25519 secret signs, in 64 bytes")
    }
}

impl fmt::Debug for LocalIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LocalIdentity")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::expect_used,
    reason = "libsignal refuses only other lengths than 32, which the type excludes"
)]
fn private_key(secret: &[u8; 32]) -> PrivateKey {
    PrivateKey::deserialize(secret).expect("any 32 bytes are an X25519 secret")
}

/// Reads a key, of any order.
pub(super) fn parse(bytes: &[u8; KEY_BYTES]) -> Result<PublicKey, SessionFault> {
    PublicKey::deserialize(bytes).map_err(|_error| SessionFault::Malformed)
}

/// The 33 bytes of a key.
pub(super) fn key_bytes(key: &PublicKey) -> [u8; KEY_BYTES] {
    let mut bytes = [0; KEY_BYTES];
    // serialize() is always the type byte and 32 more; zip cannot read past either.
    for (to, from) in bytes.iter_mut().zip(key.serialize().iter()) {
        *to = *from;
    }
    bytes
}
