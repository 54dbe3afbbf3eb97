//! An account takes a device back, for ever. Of all that is said about a device this counts most.

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

use super::{AccountId, AccountKey, DeviceId};
use crate::crypto::{Label, Signature, VerifyKey};
use crate::time::Hlc;
use crate::wire;

/// Format version of revocations.
const VERSION: u8 = 1;

/// Why a device was revoked. A number from a later version is kept and shown as unspecified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RevokeReason(pub u8);

impl RevokeReason {
    /// No reason given.
    pub const UNSPECIFIED: Self = Self(0);
    /// The device is lost.
    pub const LOST: Self = Self(1);
    /// Another device takes its place.
    pub const REPLACED: Self = Self(2);
    /// Somebody else may hold its keys.
    pub const COMPROMISED: Self = Self(3);
}

/// Why a revocation does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RevokeFault {
    /// A format that this program does not know.
    #[error("revocation version {found} is not known")]
    UnknownVersion {
        /// The version found.
        found: u8,
    },
    /// The account id is not the hash of the account key.
    #[error("the account id does not belong to the account key")]
    WrongAccount,
    /// The account did not sign it.
    #[error("the account did not sign this revocation")]
    BadAccountSignature,
}

/// What the account key signs. Postcard, in this order; at most 108 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct RevokeBody {
    v: u8,
    account: AccountId,
    ak_pub: VerifyKey,
    device: DeviceId,
    reason: RevokeReason,
    hlc: Hlc,
}

/// A revocation as received: body ‖ `sig_ak` (64), at most 172 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnverifiedRevoke {
    body: RevokeBody,
    sig_ak: Signature,
}

impl UnverifiedRevoke {
    /// Checks the revocation by itself.
    ///
    /// # Errors
    /// [`RevokeFault`] names the first thing that does not hold.
    pub fn verify(self) -> Result<DeviceRevoke, RevokeFault> {
        let body = &self.body;
        if body.v != VERSION {
            return Err(RevokeFault::UnknownVersion { found: body.v });
        }
        if body.account != AccountId::of(&body.ak_pub) {
            return Err(RevokeFault::WrongAccount);
        }
        body.ak_pub
            .verify(Label::DeviceRevoke, &wire::encode(body), &self.sig_ak)
            .map_err(|_error| RevokeFault::BadAccountSignature)?;
        Ok(DeviceRevoke(self))
    }
}

/// A revocation that holds. Serializes as [`UnverifiedRevoke`]; deserializing verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceRevoke(UnverifiedRevoke);

impl DeviceRevoke {
    /// Revokes a device, for ever. `hlc` is the time on the revoking device's clock.
    #[must_use]
    pub fn issue(account: &AccountKey, device: DeviceId, reason: RevokeReason, hlc: Hlc) -> Self {
        let body = RevokeBody {
            v: VERSION,
            account: account.id(),
            ak_pub: account.public(),
            device,
            reason,
            hlc,
        };
        let sig_ak = account.sign(Label::DeviceRevoke, &wire::encode(&body));
        Self(UnverifiedRevoke { body, sig_ak })
    }

    /// The account that revokes.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.0.body.account
    }

    /// The public key of that account.
    #[must_use]
    pub const fn account_key(&self) -> VerifyKey {
        self.0.body.ak_pub
    }

    /// The device that is no longer the account's.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.0.body.device
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> RevokeReason {
        self.0.body.reason
    }

    /// When, on the revoking device's clock.
    #[must_use]
    pub const fn revoked_at(&self) -> Hlc {
        self.0.body.hlc
    }

    /// The form that travels.
    #[must_use]
    pub const fn as_unverified(&self) -> &UnverifiedRevoke {
        &self.0
    }

    /// Which of two revocations of one device a bundle keeps: the earliest, then by reason and signature,
    /// so that everybody keeps the same.
    pub(super) fn precedence(&self) -> (Hlc, RevokeReason, Signature) {
        (self.0.body.hlc, self.0.body.reason, self.0.sig_ak)
    }
}

impl<'de> Deserialize<'de> for DeviceRevoke {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        UnverifiedRevoke::deserialize(deserializer)?
            .verify()
            .map_err(de::Error::custom)
    }
}
