//! What an account says about a device: this one is mine.
//!
//! Certificates arrive as [`UnverifiedCert`] and become [`DeviceCert`] only by verification; code that holds
//! the second need not ask again. A certificate proves three things: the account wants the device, the
//! device holds its signing key, and it holds the Signal identity that its sessions use.

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

use super::{AccountId, AccountKey, DeviceId};
use crate::crypto::{Hash32, Label, Rng, Signature, SigningKey, VerifyKey};
use crate::session::LocalIdentity;
use crate::time::Hlc;
use crate::wire::{self, Fixed};

/// Format version of certificates and revocations.
const VERSION: u8 = 1;

/// What a device may do for its account, as bits. Unknown bits are kept and mean nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Capabilities(pub u16);

impl Capabilities {
    /// A device that only reads and writes.
    pub const NONE: Self = Self(0);
    /// May keep the sealed account key.
    pub const MANAGER: Self = Self(1);
    /// Keeps history for others.
    pub const ARCHIVE: Self = Self(1 << 1);
    /// Forwards media for others.
    pub const SFU: Self = Self(1 << 2);

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Why a certificate does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CertFault {
    /// A format that this program does not know.
    #[error("certificate version {found} is not known")]
    UnknownVersion {
        /// The version found.
        found: u8,
    },
    /// The account id is not the hash of the account key.
    #[error("the account id does not belong to the account key")]
    WrongAccount,
    /// The account did not sign it.
    #[error("the account did not sign this certificate")]
    BadAccountSignature,
    /// The device does not hold the signing key.
    #[error("the device does not prove its signing key")]
    BadDevicePossession,
    /// The device does not hold the Signal identity.
    #[error("the device does not prove its Signal identity")]
    BadSignalPossession,
}

/// What the account key signs. Postcard, in this order; at most 143 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct CertBody {
    v: u8,
    account: AccountId,
    ak_pub: VerifyKey,
    dsk_pub: VerifyKey,
    sik_pub: Fixed<33>,
    caps: Capabilities,
    created: Hlc,
    serial: u64,
}

/// A certificate as received: body ‖ sig_ak (64) ‖ pop_dsk (64) ‖ pop_sik (64), at most 335 bytes.
///
/// `sig_ak` covers the body; both proofs of possession cover body ‖ `sig_ak`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnverifiedCert {
    body: CertBody,
    sig_ak: Signature,
    pop_dsk: Signature,
    pop_sik: Fixed<64>,
}

impl UnverifiedCert {
    /// The account that it says it is of.
    #[must_use]
    pub const fn claimed_account(&self) -> AccountId {
        self.body.account
    }

    /// Checks the certificate by itself. Whether the account is the expected one and has not revoked the
    /// device is the bundle's to know.
    ///
    /// # Errors
    /// [`CertFault`] names the first thing that does not hold.
    pub fn verify(self) -> Result<DeviceCert, CertFault> {
        let body = &self.body;
        if body.v != VERSION {
            return Err(CertFault::UnknownVersion { found: body.v });
        }
        if body.account != AccountId::of(&body.ak_pub) {
            return Err(CertFault::WrongAccount);
        }
        body.ak_pub
            .verify(Label::DeviceCert, &wire::encode(body), &self.sig_ak)
            .map_err(|_error| CertFault::BadAccountSignature)?;
        let signed = possession_input(body, &self.sig_ak);
        body.dsk_pub
            .verify(Label::DevicePossession, &signed, &self.pop_dsk)
            .map_err(|_error| CertFault::BadDevicePossession)?;
        if !LocalIdentity::verify(&body.sik_pub, &signal_input(&signed), &self.pop_sik) {
            return Err(CertFault::BadSignalPossession);
        }
        Ok(DeviceCert {
            device: DeviceId::of(&body.dsk_pub),
            cert: self,
        })
    }
}

/// A certificate that holds: the account, the device and its Signal identity belong together.
///
/// Serializes as [`UnverifiedCert`]; deserializing verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct DeviceCert {
    #[serde(skip)]
    device: DeviceId,
    cert: UnverifiedCert,
}

impl DeviceCert {
    /// Certifies a device. `created` is the time on its clock.
    #[must_use]
    pub fn issue(
        account: &AccountKey,
        device: &SigningKey,
        signal: &LocalIdentity,
        caps: Capabilities,
        created: Hlc,
        rng: &mut Rng,
    ) -> Self {
        let body = CertBody {
            v: VERSION,
            account: account.id(),
            ak_pub: account.public(),
            dsk_pub: device.verify_key(),
            sik_pub: Fixed(signal.public()),
            caps,
            created,
            // Random, because a restored device cannot know the last one (DECISIONS 16).
            serial: u64::from_le_bytes(rng.bytes()),
        };
        let sig_ak = account.sign(Label::DeviceCert, &wire::encode(&body));
        let signed = possession_input(&body, &sig_ak);
        let pop_dsk = device.sign(Label::DevicePossession, &signed);
        let pop_sik = Fixed(signal.sign(&signal_input(&signed), rng));
        Self {
            device: DeviceId::of(&body.dsk_pub),
            cert: UnverifiedCert {
                body,
                sig_ak,
                pop_dsk,
                pop_sik,
            },
        }
    }

    /// The account that certified the device.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.cert.body.account
    }

    /// The public key of that account.
    #[must_use]
    pub const fn account_key(&self) -> VerifyKey {
        self.cert.body.ak_pub
    }

    /// The device.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// The key with which the device signs.
    #[must_use]
    pub const fn signing_key(&self) -> VerifyKey {
        self.cert.body.dsk_pub
    }

    /// The Signal identity of the device's sessions: type byte ‖ Curve25519 key.
    #[must_use]
    pub const fn signal_identity(&self) -> [u8; 33] {
        self.cert.body.sik_pub.0
    }

    /// What the device may do for its account.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.cert.body.caps
    }

    /// When the certificate was made, on the issuer's clock.
    #[must_use]
    pub const fn created(&self) -> Hlc {
        self.cert.body.created
    }

    /// A random number that tells apart certificates of one device.
    #[must_use]
    pub const fn serial(&self) -> u64 {
        self.cert.body.serial
    }

    /// Which of two certificates of one device a bundle keeps: the newest, so that everybody keeps the same.
    pub(super) fn precedence(&self) -> (Hlc, u64, &UnverifiedCert) {
        (self.created(), self.serial(), &self.cert)
    }

    /// The form that travels.
    #[must_use]
    pub const fn as_unverified(&self) -> &UnverifiedCert {
        &self.cert
    }
}

impl<'de> Deserialize<'de> for DeviceCert {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        UnverifiedCert::deserialize(deserializer)?
            .verify()
            .map_err(de::Error::custom)
    }
}

fn possession_input(body: &CertBody, sig_ak: &Signature) -> Vec<u8> {
    wire::encode(&(body, sig_ak))
}

/// libsignal signs bytes, not labelled messages: it gets the labelled hash.
fn signal_input(signed: &[u8]) -> [u8; 32] {
    Hash32::of(Label::SignalPossession, signed).0
}
