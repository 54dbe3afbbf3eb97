//! Who people and devices are: keys, certificates, and what two people compare to be sure of each other.
//!
//! An account is the hash of an Ed25519 key that rests nowhere in the clear. It certifies devices and
//! revokes them, nothing else (DECISIONS 16). Everything that a device says, its own key signs.

pub mod account;
pub mod bundle;
pub mod certificate;
pub mod link;
pub mod revocation;
pub mod safety_number;
pub mod words;

use std::fmt;
use std::str::FromStr;

pub use account::{AccountKey, RecoveryWords, SealedEntropy, WordsError};
pub use bundle::{AccountBundle, BundleFault, Fresh, UnverifiedBundle};
pub use certificate::{Capabilities, CertFault, DeviceCert, UnverifiedCert};
use data_encoding::{BASE32_NOPAD, BASE32_NOPAD_NOCASE};
pub use link::{ContactLink, Hints, LinkError, LinkKind, Lost};
pub use revocation::{DeviceRevoke, RevokeFault, RevokeReason, UnverifiedRevoke};
pub use safety_number::{SafetyNumber, ScanFault};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;
pub use words::{commit, six_words};

use crate::crypto::{Hash32, Label, VerifyKey};

/// Characters of an id as text: 32 bytes in base32 without padding.
pub const ID_CHARS: usize = 52;

/// Not the text of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IdError {
    /// Another number of characters than an id has.
    #[error("an id has {ID_CHARS} characters, this has {found}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character that base32 does not use, or a last character that no id ends with.
    #[error("character {position} cannot stand in an id")]
    Character {
        /// Which character, counted from 1.
        position: usize,
    },
}

macro_rules! id {
    ($(#[$doc:meta])+ $name:ident, $label:ident) => {
        $(#[$doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The least id: where a range over all of them begins.
            pub const MIN: Self = Self([0; 32]);
            /// The greatest id: where a range over all of them ends.
            pub const MAX: Self = Self([u8::MAX; 32]);

            /// The id that belongs to a public key.
            #[must_use]
            pub fn of(key: &VerifyKey) -> Self {
                Self(Hash32::of(Label::$label, key.as_bytes()).0)
            }

            /// The bytes of the id.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&id_text(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let short: String = id_text(&self.0).chars().take(8).collect();
                write!(f, "{}({short})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_id(text).map(Self)
            }
        }
    };
}

id! {
    /// A person's identity: hash of the account's public key. Text: 52 characters of lowercase base32.
    AccountId, Account
}

id! {
    /// One installation: hash of the device's public signing key. Text: 52 characters of lowercase base32.
    DeviceId, Device
}

/// The name of a device toward libsignal: the first 16 bytes of its id with the bits of UUID version 8.
#[must_use]
pub fn device_uuid(device: &DeviceId) -> Uuid {
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(device.0)
        .for_each(|(to, from)| *to = from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn id_text(bytes: &[u8; 32]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

fn parse_id(text: &str) -> Result<[u8; 32], IdError> {
    let found = text.chars().count();
    if found != ID_CHARS {
        return Err(IdError::Length { found });
    }
    let stray = text
        .chars()
        .position(|c| !matches!(c, 'a'..='z' | 'A'..='Z' | '2'..='7'));
    if let Some(index) = stray {
        return Err(IdError::Character {
            position: index.saturating_add(1),
        });
    }
    // What is left to go wrong are the four bits behind the last byte, which must be zero.
    let bytes = BASE32_NOPAD_NOCASE
        .decode(text.as_bytes())
        .map_err(|_error| IdError::Character { position: ID_CHARS })?;
    bytes.try_into().map_err(|_error| IdError::Length { found })
}
