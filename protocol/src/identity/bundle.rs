//! The device list of an account: a two-phase set that everybody merges by union.
//!
//! Certificates add devices, revocations take them away for ever, in whatever order they arrive. There is
//! no head to fork and nothing to replay: an old bundle merged into a newer one changes nothing.
//! Canonical form: at most one certificate, one revocation and one freshness mark for a device, each list
//! sorted by device, no certificate and no freshness mark of a revoked device.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

use super::{
    AccountId, CertFault, DeviceCert, DeviceId, DeviceRevoke, RevokeFault, UnverifiedCert,
    UnverifiedRevoke,
};
use crate::crypto::{Label, Signature, SigningKey, VerifyKey};
use crate::limits::{DEVICES_PER_ACCOUNT_MAX, REVOKES_PER_ACCOUNT_MAX};
use crate::time::{Hlc, Now, is_future};
use crate::wire::{self, Bounded};

/// Age of the newest freshness mark from which a device list is shown as perhaps out of date. Devices mark
/// at least weekly while online: a month without any means that revocations may have been kept from us.
pub const STALE_AFTER: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Why a bundle does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BundleFault {
    /// Neither a certificate nor a revocation: it names no account.
    #[error("the device list is empty")]
    Empty,
    /// Of another account than expected, or of several.
    #[error("the device list is not of this account")]
    WrongAccount,
    /// A list is unsorted or repeats a device, or a revoked device is still listed.
    #[error("the device list is not in its canonical form")]
    NotCanonical,
    /// A certificate does not hold.
    #[error("certificate: {0}")]
    Cert(#[from] CertFault),
    /// A revocation does not hold.
    #[error("revocation: {0}")]
    Revoke(#[from] RevokeFault),
    /// A freshness mark is not signed by a device of the list.
    #[error("a freshness mark is not of a certified device")]
    BadFreshness,
    /// Together more revocations than a bundle holds. None may be forgotten, so nothing was merged.
    #[error("an account can revoke at most {REVOKES_PER_ACCOUNT_MAX} devices")]
    TooManyRevokes,
}

/// A device's word that its account's list was in use at a time. At most 106 bytes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fresh {
    device: DeviceId,
    hlc: Hlc,
    sig_dsk: Signature,
}

impl Fresh {
    fn sign(account: AccountId, device: &SigningKey, hlc: Hlc) -> Self {
        let id = DeviceId::of(&device.verify_key());
        let sig_dsk = device.sign(Label::Fresh, &Self::input(account, id, hlc));
        Self {
            device: id,
            hlc,
            sig_dsk,
        }
    }

    fn verify(&self, cert: &DeviceCert) -> Result<(), BundleFault> {
        cert.signing_key()
            .verify(
                Label::Fresh,
                &Self::input(cert.account(), self.device, self.hlc),
                &self.sig_dsk,
            )
            .map_err(|_error| BundleFault::BadFreshness)
    }

    fn input(account: AccountId, device: DeviceId, hlc: Hlc) -> Vec<u8> {
        wire::encode(&(account, device, hlc))
    }

    /// The device that says so.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// When, on its clock.
    #[must_use]
    pub const fn at(&self) -> Hlc {
        self.hlc
    }
}

type Certs<C> = Bounded<C, DEVICES_PER_ACCOUNT_MAX>;
type Revokes<R> = Bounded<R, REVOKES_PER_ACCOUNT_MAX>;
type Freshness = Bounded<Fresh, DEVICES_PER_ACCOUNT_MAX>;

/// A bundle as received: certificates ‖ revocations ‖ freshness marks, each a counted list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnverifiedBundle {
    certs: Certs<UnverifiedCert>,
    revokes: Revokes<UnverifiedRevoke>,
    fresh: Freshness,
}

impl UnverifiedBundle {
    /// The account that it says it is of: true where it was checked before, as in an op that counts.
    #[must_use]
    pub fn claimed_account(&self) -> Option<AccountId> {
        self.certs.first().map(UnverifiedCert::claimed_account)
    }

    /// Checks every signature, that all is of one account (of `expected`, if given), and the canonical form.
    /// Costs at most 64 signature checks.
    ///
    /// # Errors
    /// [`BundleFault`] names the first thing that does not hold.
    pub fn verify(self, expected: Option<AccountId>) -> Result<AccountBundle, BundleFault> {
        let mut certs = Vec::with_capacity(self.certs.len());
        for cert in self.certs {
            certs.push(cert.verify()?);
        }
        let mut revokes = Vec::with_capacity(self.revokes.len());
        for revoke in self.revokes {
            revokes.push(revoke.verify()?);
        }
        let account = one_account(&certs, &revokes)?;
        if expected.is_some_and(|expected| expected != account) {
            return Err(BundleFault::WrongAccount);
        }
        for mark in &self.fresh {
            let cert = certs
                .iter()
                .find(|cert| cert.device() == mark.device)
                .ok_or(BundleFault::BadFreshness)?;
            mark.verify(cert)?;
        }
        let given = Lists {
            certs,
            revokes,
            fresh: self.fresh.into_vec(),
        };
        let bundle = given.clone().into_bundle(account)?;
        if bundle.lists() != given {
            return Err(BundleFault::NotCanonical);
        }
        Ok(bundle)
    }
}

/// A verified device list, in canonical form. Serializes as [`UnverifiedBundle`]; deserializing verifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountBundle {
    #[serde(skip)]
    account: AccountId,
    certs: Certs<DeviceCert>,
    revokes: Revokes<DeviceRevoke>,
    fresh: Freshness,
}

impl AccountBundle {
    /// The list with one device, nobody vouching for it yet.
    #[must_use]
    pub fn new(cert: DeviceCert) -> Self {
        Self {
            account: cert.account(),
            certs: bounded(BTreeMap::from([(cert.device(), cert)])),
            revokes: Bounded::default(),
            fresh: Bounded::default(),
        }
    }

    /// Whose list it is.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The public key of the account.
    #[must_use]
    pub fn account_key(&self) -> Option<VerifyKey> {
        let of_certs = self.certs.first().map(DeviceCert::account_key);
        of_certs.or_else(|| self.revokes.first().map(DeviceRevoke::account_key))
    }

    /// The devices that are certified and not revoked, by id.
    pub fn active_devices(&self) -> impl ExactSizeIterator<Item = &DeviceCert> {
        self.certs.iter()
    }

    /// The certificate of a device, if it is active.
    #[must_use]
    pub fn device(&self, device: &DeviceId) -> Option<&DeviceCert> {
        self.certs.iter().find(|cert| cert.device() == *device)
    }

    /// The revocations, by device.
    #[must_use]
    pub fn revokes(&self) -> &[DeviceRevoke] {
        &self.revokes
    }

    /// Whether the account took this device back.
    #[must_use]
    pub fn is_revoked(&self, device: &DeviceId) -> bool {
        self.revokes.iter().any(|revoke| revoke.device() == *device)
    }

    /// The newest freshness mark of an active device that is not from the future.
    #[must_use]
    pub fn fresh_at(&self, now: Now) -> Option<Hlc> {
        self.fresh
            .iter()
            .map(Fresh::at)
            .filter(|hlc| !is_future(*hlc, now))
            .max()
    }

    /// Whether no active device vouched for the list within [`STALE_AFTER`].
    #[must_use]
    pub fn is_stale(&self, now: Now) -> bool {
        self.fresh_at(now)
            .is_none_or(|hlc| now.wall.since(hlc.wall()) > STALE_AFTER)
    }

    /// The union of two lists of one account. Commutative, associative and idempotent up to the limits.
    ///
    /// A revocation wins over every certificate of its device; of two certificates the newer stays, of two
    /// revocations the earlier, of two freshness marks the newer. More than [`DEVICES_PER_ACCOUNT_MAX`]
    /// active devices, which only a misused account key makes, leave those that were certified first: new
    /// certificates cannot push out known devices.
    ///
    /// # Errors
    /// [`BundleFault::WrongAccount`] for lists of two accounts, [`BundleFault::TooManyRevokes`].
    pub fn merge(&self, other: &Self) -> Result<Self, BundleFault> {
        if self.account != other.account {
            return Err(BundleFault::WrongAccount);
        }
        let mut all = self.lists();
        let more = other.lists();
        all.certs.extend(more.certs);
        all.revokes.extend(more.revokes);
        all.fresh.extend(more.fresh);
        all.into_bundle(self.account)
    }

    /// This list with one certificate more.
    ///
    /// # Errors
    /// [`BundleFault::WrongAccount`].
    pub fn with_cert(&self, cert: DeviceCert) -> Result<Self, BundleFault> {
        if cert.account() != self.account {
            return Err(BundleFault::WrongAccount);
        }
        let mut all = self.lists();
        all.certs.push(cert);
        all.into_bundle(self.account)
    }

    /// This list with one device less, for ever.
    ///
    /// # Errors
    /// As [`Self::merge`].
    pub fn with_revoke(&self, revoke: DeviceRevoke) -> Result<Self, BundleFault> {
        if revoke.account() != self.account {
            return Err(BundleFault::WrongAccount);
        }
        let mut all = self.lists();
        all.revokes.push(revoke);
        all.into_bundle(self.account)
    }

    /// This list vouched for by a device, if that is newer than the device's last mark.
    ///
    /// # Errors
    /// [`BundleFault::BadFreshness`] if the device is not active in this list.
    pub fn refreshed(&self, device: &SigningKey, at: Hlc) -> Result<Self, BundleFault> {
        let mark = Fresh::sign(self.account, device, at);
        if self.device(&mark.device).is_none() {
            return Err(BundleFault::BadFreshness);
        }
        let mut all = self.lists();
        all.fresh.push(mark);
        all.into_bundle(self.account)
    }

    /// The form that travels.
    #[must_use]
    pub fn to_unverified(&self) -> UnverifiedBundle {
        let certs: Vec<_> = self
            .certs
            .iter()
            .map(|cert| *cert.as_unverified())
            .collect();
        let revokes: Vec<_> = self
            .revokes
            .iter()
            .map(|revoke| *revoke.as_unverified())
            .collect();
        // The lists have the same limits as those that they come from.
        UnverifiedBundle {
            certs: certs.try_into().unwrap_or_default(),
            revokes: revokes.try_into().unwrap_or_default(),
            fresh: self.fresh.clone(),
        }
    }

    fn lists(&self) -> Lists {
        Lists {
            certs: self.certs.to_vec(),
            revokes: self.revokes.to_vec(),
            fresh: self.fresh.to_vec(),
        }
    }
}

impl<'de> Deserialize<'de> for AccountBundle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        UnverifiedBundle::deserialize(deserializer)?
            .verify(None)
            .map_err(de::Error::custom)
    }
}

/// Verified parts of one account in any order, before they are brought into canonical form.
#[derive(Clone, PartialEq, Eq)]
struct Lists {
    certs: Vec<DeviceCert>,
    revokes: Vec<DeviceRevoke>,
    fresh: Vec<Fresh>,
}

impl Lists {
    fn into_bundle(self, account: AccountId) -> Result<AccountBundle, BundleFault> {
        let mut revokes: BTreeMap<DeviceId, DeviceRevoke> = BTreeMap::new();
        for revoke in self.revokes {
            keep(&mut revokes, revoke.device(), revoke, |old, new| {
                new.precedence() < old.precedence()
            });
        }
        let mut certs: BTreeMap<DeviceId, DeviceCert> = BTreeMap::new();
        for cert in self.certs {
            if !revokes.contains_key(&cert.device()) {
                keep(&mut certs, cert.device(), cert, |old, new| {
                    new.precedence() > old.precedence()
                });
            }
        }
        keep_oldest(&mut certs, DEVICES_PER_ACCOUNT_MAX);
        let mut fresh: BTreeMap<DeviceId, Fresh> = BTreeMap::new();
        for mark in self.fresh {
            if certs.contains_key(&mark.device) {
                keep(&mut fresh, mark.device, mark, |old, new| new > old);
            }
        }
        let values = revokes.into_values().collect::<Vec<_>>();
        Ok(AccountBundle {
            account,
            certs: bounded(certs),
            revokes: values
                .try_into()
                .map_err(|_error| BundleFault::TooManyRevokes)?,
            fresh: bounded(fresh),
        })
    }
}

/// Callers hold at most `N` entries: [`keep_oldest`] saw to it, and freshness marks are of certificates.
fn bounded<T, const N: usize>(values: BTreeMap<DeviceId, T>) -> Bounded<T, N> {
    let values: Vec<T> = values.into_values().take(N).collect();
    Bounded::try_from(values).unwrap_or_default()
}

fn keep<T>(
    map: &mut BTreeMap<DeviceId, T>,
    device: DeviceId,
    new: T,
    wins: impl Fn(&T, &T) -> bool,
) {
    if map.get(&device).is_none_or(|old| wins(old, &new)) {
        map.insert(device, new);
    }
}

fn keep_oldest(certs: &mut BTreeMap<DeviceId, DeviceCert>, max: usize) {
    while certs.len() > max {
        let newest = certs
            .values()
            .max_by_key(|cert| cert.precedence())
            .map(DeviceCert::device);
        let Some(newest) = newest else { return };
        certs.remove(&newest);
    }
}

fn one_account(certs: &[DeviceCert], revokes: &[DeviceRevoke]) -> Result<AccountId, BundleFault> {
    let mut accounts = certs
        .iter()
        .map(DeviceCert::account)
        .chain(revokes.iter().map(DeviceRevoke::account));
    let account = accounts.next().ok_or(BundleFault::Empty)?;
    if accounts.any(|other| other != account) {
        return Err(BundleFault::WrongAccount);
    }
    Ok(account)
}
