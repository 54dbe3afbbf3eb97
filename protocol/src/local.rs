//! This device's own keys, as they come out of the `identity` file.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::{Hash32, Label, Rng, SigningKey, kdf};
use crate::identity::{
    AccountBundle, AccountId, AccountKey, BundleFault, Capabilities, DeviceCert, DeviceId,
    RecoveryWords, UnverifiedBundle, device_uuid,
};
use crate::limits;
use crate::message::Name;
use crate::session::LocalIdentity;
use crate::time::{Hlc, Now};
use crate::wire::{self, Malformed};

/// Why the contents of an `identity` file are of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocalFault {
    /// Not the bytes of an identity.
    #[error("not an identity: {0}")]
    Malformed(#[from] Malformed),
    /// Certificates that do not verify.
    #[error("its certificates do not verify: {0}")]
    Bundle(#[from] BundleFault),
    /// Keys and certificates do not belong together.
    #[error("its keys and its certificate do not belong together")]
    Mismatch,
}

/// This device's own keys.
pub struct LocalDevice {
    /// Whose device this is.
    pub account: AccountId,
    /// Which device this is.
    pub device: DeviceId,
    /// Signs what this device says.
    pub signing: SigningKey,
    /// Signal identity.
    pub signal: LocalIdentity,
    /// Certificates as of the last write of the file; `persist::OwnRow` may know more.
    pub bundle: AccountBundle,
    /// Name as of the last write of the file.
    pub name: Name,
    /// Entropy of the recovery words until the person confirmed them (DECISIONS 16).
    pub unconfirmed: Option<RecoveryWords>,
}

impl std::fmt::Debug for LocalDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalDevice")
            .field("account", &self.account)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Encoded {
    signing: [u8; 32],
    signal: [u8; 32],
    registration: u32,
    bundle: UnverifiedBundle,
    name: Name,
    unconfirmed: Option<[u8; 32]>,
}

impl LocalDevice {
    /// A new account with this as its first device, and the words that restore the account.
    #[must_use]
    pub fn create(name: Name, now: Now, rng: &mut Rng) -> (Self, RecoveryWords) {
        let words = RecoveryWords::generate(rng);
        let mut this = Self::certify(&words.account_key(), name, now, rng);
        this.unconfirmed = Some(RecoveryWords::from_entropy(words.entropy()));
        (this, words)
    }

    /// A new device of an account whose key is at hand: a restore from words, or a test's second device.
    #[must_use]
    pub fn certify(account: &AccountKey, name: Name, now: Now, rng: &mut Rng) -> Self {
        let signing = SigningKey::generate(rng);
        let device = DeviceId::of(&signing.verify_key());
        let signal = LocalIdentity::generate(device_uuid(&device), rng);
        let created = Hlc::from_wall(now.wall);
        let cert = DeviceCert::issue(
            account,
            &signing,
            &signal,
            Capabilities::default(),
            created,
            rng,
        );
        let bundle = AccountBundle::new(cert);
        let bundle = bundle.refreshed(&signing, created).unwrap_or(bundle);
        Self {
            account: account.id(),
            device,
            signing,
            signal,
            bundle,
            name,
            unconfirmed: None,
        }
    }

    /// The payload of the `identity` file. Wiped when dropped.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(wire::encode_v1(&Encoded {
            signing: *self.signing.seed(),
            signal: *self.signal.secret_bytes(),
            registration: self.signal.registration_id(),
            bundle: self.bundle.to_unverified(),
            name: self.name.clone(),
            unconfirmed: self.unconfirmed.as_ref().map(|words| *words.entropy()),
        }))
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`LocalFault`] says what does not fit together.
    pub fn decode(bytes: &[u8]) -> Result<Self, LocalFault> {
        let encoded: Encoded = wire::decode_v1(bytes, limits::BUNDLE_BYTES_MAX.saturating_mul(2))?;
        let bundle = encoded.bundle.verify(None)?;
        let signing = SigningKey::from_seed(&encoded.signing);
        let device = DeviceId::of(&signing.verify_key());
        let signal =
            LocalIdentity::from_parts(&encoded.signal, encoded.registration, device_uuid(&device))
                .map_err(|_fault| LocalFault::Mismatch)?;
        let certified = bundle
            .device(&device)
            .is_some_and(|cert| cert.signal_identity() == signal.public());
        if !certified && !bundle.is_revoked(&device) {
            return Err(LocalFault::Mismatch);
        }
        Ok(Self {
            account: bundle.account(),
            device,
            signing,
            signal,
            bundle,
            name: encoded.name,
            unconfirmed: encoded
                .unconfirmed
                .map(|entropy| RecoveryWords::from_entropy(&entropy)),
        })
    }

    /// The secret under which idempotency keys become message ids.
    #[must_use]
    pub fn idempotency_secret(&self) -> Zeroizing<[u8; 32]> {
        kdf(Label::IdempotentId, &[self.signing.seed().as_slice()])
    }

    /// The binding of an envelope from us to a device.
    #[must_use]
    pub fn binding(&self, to: &DeviceCert) -> Hash32 {
        envelope_binding(
            (self.device, self.signal.public()),
            (to.device(), to.signal_identity()),
        )
    }

    /// The binding that an envelope from a device to us must carry.
    #[must_use]
    pub fn binding_from(&self, from: &DeviceCert) -> Hash32 {
        envelope_binding(
            (from.device(), from.signal_identity()),
            (self.device, self.signal.public()),
        )
    }
}

fn envelope_binding(from: (DeviceId, [u8; 33]), to: (DeviceId, [u8; 33])) -> Hash32 {
    let mut bytes = Vec::with_capacity(130);
    for (device, sik) in [from, to] {
        bytes.extend_from_slice(device.as_bytes());
        bytes.extend_from_slice(&sik);
    }
    Hash32::of(Label::Envelope, &bytes)
}
