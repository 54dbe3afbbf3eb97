//! Prekeys: made from the caller's randomness, kept as rows, offered to peers, verified by them.
//!
//! `KyberPreKeyRecord::generate` draws ambient randomness and time; it is not used (DECISIONS 42).

use std::fmt;

use libsignal_protocol::{
    DeviceId, GenericSignedPreKey as _, IdentityKey, KeyPair, KyberPreKeyRecord, PreKeyBundle,
    PreKeyRecord, SignedPreKeyRecord, Timestamp, kem,
};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{
    KEY_BYTES, LocalIdentity, REGISTRATION_ID_MAX, SIGNATURE_BYTES, SessionError, SessionFault,
    fixed, guard, local,
};

/// Bytes of a Kyber1024 public key: the type byte 8, then 1,568.
pub const KYBER_PUBLIC_BYTES: usize = 1_569;

const CORRUPT: SessionError = SessionError::Corrupt("prekey");

/// A stored Kyber prekey.
#[derive(Clone, Copy)]
pub struct KyberRow<'a> {
    /// What [`generate_kyber`] made.
    pub record: &'a [u8],
    /// Stays after use; its first messages enter the replay set instead.
    pub last_resort: bool,
}

impl fmt::Debug for KyberRow<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("KyberRow")
            .field("last_resort", &self.last_resort)
            .finish_non_exhaustive()
    }
}

/// A one-time curve prekey as offered. Not signed, as in Signal: a swapped one opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimeOffer {
    /// Its id.
    pub id: u32,
    /// Its public key.
    #[serde(with = "fixed")]
    pub public: [u8; KEY_BYTES],
}

/// What a peer needs to make a session with us: at most 1,785 bytes in postcard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrekeyOffer {
    /// Registration id of the offering device, 14 bits.
    pub registration_id: u32,
    /// Id of the signed curve prekey.
    pub signed_id: u32,
    /// The signed curve prekey.
    #[serde(with = "fixed")]
    pub signed_public: [u8; KEY_BYTES],
    /// XEdDSA of the identity over the 33 bytes.
    #[serde(with = "fixed")]
    pub signed_sig: [u8; SIGNATURE_BYTES],
    /// Id of the Kyber1024 prekey, one-time or last-resort.
    pub kyber_id: u32,
    /// The Kyber1024 prekey.
    #[serde(with = "fixed")]
    pub kyber_public: [u8; KYBER_PUBLIC_BYTES],
    /// XEdDSA of the identity over the 1,569 bytes.
    #[serde(with = "fixed")]
    pub kyber_sig: [u8; SIGNATURE_BYTES],
    /// A one-time curve prekey, in live offers.
    pub one_time: Option<OneTimeOffer>,
}

impl PrekeyOffer {
    /// The offer of these rows.
    ///
    /// # Errors
    /// [`SessionError::Corrupt`] for a row that does not decode.
    pub fn from_rows(
        local: &LocalIdentity,
        signed: &[u8],
        kyber: KyberRow<'_>,
        one_time: Option<&[u8]>,
    ) -> Result<Self, SessionError> {
        Self::read(local, signed, kyber.record, one_time).ok_or(CORRUPT)
    }

    fn read(
        local: &LocalIdentity,
        signed: &[u8],
        kyber: &[u8],
        one_time: Option<&[u8]>,
    ) -> Option<Self> {
        let signed = SignedPreKeyRecord::deserialize(signed).ok()?;
        let kyber = KyberPreKeyRecord::deserialize(kyber).ok()?;
        let one_time = match one_time {
            None => None,
            Some(row) => {
                let record = PreKeyRecord::deserialize(row).ok()?;
                let public = local::key_bytes(&record.public_key().ok()?);
                Some(OneTimeOffer {
                    id: record.id().ok()?.into(),
                    public,
                })
            }
        };
        Some(Self {
            registration_id: local.registration_id(),
            signed_id: signed.id().ok()?.into(),
            signed_public: local::key_bytes(&signed.public_key().ok()?),
            signed_sig: signed.signature().ok()?.try_into().ok()?,
            kyber_id: kyber.id().ok()?.into(),
            kyber_public: kyber
                .public_key()
                .ok()?
                .serialize()
                .as_ref()
                .try_into()
                .ok()?,
            kyber_sig: kyber.signature().ok()?.try_into().ok()?,
            one_time,
        })
    }

    /// Checks that the device with this identity made the offer and that no key in it is degenerate.
    ///
    /// # Errors
    /// [`SessionFault::BadSignature`] for a prekey swapped or forged, [`SessionFault::ZeroAgreement`] for a
    /// key of low order, [`SessionFault::Malformed`] otherwise.
    pub fn verify(&self, sik: &[u8; KEY_BYTES]) -> Result<(), SessionFault> {
        self.bundle(sik).map(|_| ())
    }

    /// The verified offer as libsignal takes it.
    pub(super) fn bundle(&self, sik: &[u8; KEY_BYTES]) -> Result<PreKeyBundle, SessionFault> {
        if !(1..=REGISTRATION_ID_MAX).contains(&self.registration_id) {
            return Err(SessionFault::Malformed);
        }
        let identity = guard::key(sik)?;
        let signed = guard::key(&self.signed_public)?;
        let kyber = guard::contained(|| kem::PublicKey::deserialize(&self.kyber_public))?
            .map_err(|_error| SessionFault::Malformed)?;
        let one_time = match &self.one_time {
            None => None,
            Some(offer) => Some((offer.id.into(), guard::key(&offer.public)?)),
        };
        if !identity.verify_signature(&self.signed_public, &self.signed_sig)
            || !identity.verify_signature(&self.kyber_public, &self.kyber_sig)
        {
            return Err(SessionFault::BadSignature);
        }
        PreKeyBundle::new(
            self.registration_id,
            DeviceId::new(1).map_err(|_error| SessionFault::Malformed)?,
            one_time,
            self.signed_id.into(),
            signed,
            self.signed_sig.to_vec(),
            self.kyber_id.into(),
            kyber,
            self.kyber_sig.to_vec(),
            IdentityKey::new(identity),
        )
        .map_err(|_error| SessionFault::Malformed)
    }
}

/// Makes a one-time curve prekey. The row is secret.
///
/// # Errors
/// None in practice: libsignal's records are fallible by type only.
pub fn generate_one_time(id: u32, rng: &mut impl CryptoRng) -> Result<Vec<u8>, SessionError> {
    PreKeyRecord::new(id.into(), &KeyPair::generate(rng))
        .serialize()
        .map_err(|_error| CORRUPT)
}

/// Makes a signed curve prekey. The row is secret.
///
/// # Errors
/// None in practice: libsignal's records are fallible by type only.
pub fn generate_signed(
    local: &LocalIdentity,
    id: u32,
    now_ms: u64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SessionError> {
    let pair = KeyPair::generate(rng);
    let signature = local.sign_prekey(&pair.public_key.serialize(), rng);
    SignedPreKeyRecord::new(
        id.into(),
        Timestamp::from_epoch_millis(now_ms),
        &pair,
        &signature,
    )
    .serialize()
    .map_err(|_error| CORRUPT)
}

/// Makes a Kyber1024 prekey, one-time or last-resort: they differ only in when they are deleted. The row is
/// secret.
///
/// # Errors
/// None in practice: libsignal's records are fallible by type only.
pub fn generate_kyber(
    local: &LocalIdentity,
    id: u32,
    now_ms: u64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SessionError> {
    let pair = kem::KeyPair::generate(kem::KeyType::Kyber1024, rng);
    let signature = local.sign_prekey(&pair.public_key.serialize(), rng);
    KyberPreKeyRecord::new(
        id.into(),
        Timestamp::from_epoch_millis(now_ms),
        &pair,
        &signature,
    )
    .serialize()
    .map_err(|_error| CORRUPT)
}
