//! Accounts and devices with keys from fixed seeds, as every identity test needs them.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::crypto::{Rng, SigningKey};
use protocol::identity::{
    AccountBundle, AccountKey, Capabilities, DeviceCert, DeviceId, RecoveryWords, device_uuid,
};
use protocol::session::LocalIdentity;
use protocol::time::{Hlc, Timestamp};

/// One installation with its keys.
pub struct Device {
    pub signing: SigningKey,
    pub signal: LocalIdentity,
    pub cert: DeviceCert,
}

impl Device {
    pub fn id(&self) -> DeviceId {
        self.cert.device()
    }
}

/// An account key from a seed.
pub fn account(seed: u8) -> AccountKey {
    RecoveryWords::from_entropy(&[seed; 32]).account_key()
}

/// A device from a seed, certified by an account at a time in seconds.
pub fn device(account: &AccountKey, seed: u8, seconds: u64) -> Device {
    let mut rng = Rng::from_seed([seed; 32]);
    let signing = SigningKey::generate(&mut rng);
    let id = DeviceId::of(&signing.verify_key());
    let signal = LocalIdentity::generate(device_uuid(&id), &mut rng);
    let caps = Capabilities::MANAGER;
    let cert = DeviceCert::issue(account, &signing, &signal, caps, at(seconds), &mut rng);
    Device {
        signing,
        signal,
        cert,
    }
}

/// The bundle of one device, vouched for at a time in seconds.
pub fn bundle(device: &Device, seconds: u64) -> AccountBundle {
    AccountBundle::new(device.cert)
        .refreshed(&device.signing, at(seconds))
        .unwrap()
}

/// A logical time, in seconds since 1970.
pub fn at(seconds: u64) -> Hlc {
    Hlc::from_wall(Timestamp::from_millis(seconds * 1_000))
}
