//! Making and opening a profile: the folder that holds a device's keys and history.

use std::path::Path;
use std::sync::Arc;

use protocol::crypto::Rng;
use protocol::identity::{AccountId, RecoveryWords, WordsError};
use protocol::local::{LocalDevice, LocalFault};
use protocol::message::Name;
use storage::{DiskFolder, Folder, Options, Profile, Protection, StoreError};

use crate::clock::Clock;

/// Why a profile could not be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The store says why.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The identity file holds something else than an identity.
    #[error("the identity of this profile cannot be used: {0}")]
    Identity(#[from] LocalFault),
    /// What was typed are no recovery words.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// The words are good, but of somebody else.
    #[error("these words restore another account than this profile's")]
    OtherAccount,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    NoRandomness(String),
}

/// 32 random bytes of the system.
///
/// # Errors
/// [`ProfileError::NoRandomness`].
pub fn fresh_seed() -> Result<[u8; 32], ProfileError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| ProfileError::NoRandomness(error.to_string()))?;
    Ok(seed)
}

/// Makes a new account with this as its first device. Answers the account and its recovery words,
/// to be shown once.
///
/// # Errors
/// [`ProfileError`] says why not; an existing profile is never touched.
pub fn create(
    path: &Path,
    name: Name,
    protection: &Protection,
    options: Options,
) -> Result<(AccountId, RecoveryWords), ProfileError> {
    let folder = DiskFolder::create(path)
        .map_err(|error| StoreError::io(path.display().to_string(), error))?;
    let mut rng = Rng::from_seed(fresh_seed()?);
    let (local, words) = LocalDevice::create(name, Clock::start().now(), &mut rng);
    let folder: Arc<dyn Folder> = Arc::new(folder);
    let profile = Profile::create(folder, protection, &local.encode(), options)?;
    profile.close()?;
    Ok((local.account, words))
}

/// Makes a profile for an account that exists: a new device, certified with the account key out of the words. Answers
/// the account.
///
/// # Errors
/// [`ProfileError`] says why not; an existing profile is never touched.
pub fn restore(
    path: &Path,
    name: Name,
    typed: &str,
    protection: &Protection,
    options: Options,
) -> Result<AccountId, ProfileError> {
    let words = RecoveryWords::parse(typed)?;
    let folder = DiskFolder::create(path)
        .map_err(|error| StoreError::io(path.display().to_string(), error))?;
    let mut rng = Rng::from_seed(fresh_seed()?);
    let local = LocalDevice::certify(&words.account_key(), name, Clock::start().now(), &mut rng);
    let folder: Arc<dyn Folder> = Arc::new(folder);
    let profile = Profile::create(folder, protection, &local.encode(), options)?;
    profile.close()?;
    Ok(local.account)
}

/// Opens a profile and reads this device's keys.
///
/// # Errors
/// [`ProfileError`] says why not.
pub fn open(
    path: &Path,
    protection: &Protection,
    options: Options,
) -> Result<(Profile, LocalDevice), ProfileError> {
    let folder = DiskFolder::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::NoProfile {
            folder: path.display().to_string(),
        },
        _ => StoreError::io(path.display().to_string(), error),
    })?;
    let profile = Profile::open(Arc::new(folder), protection, options)?;
    let local = LocalDevice::decode(profile.identity().payload())?;
    Ok((profile, local))
}

/// Notes in an open profile that the recovery words are written down: what was typed is compared with the account, and
/// their entropy is wiped from this device (DECISIONS 16). Words that were confirmed before may be confirmed again.
pub(crate) fn confirm(profile: &mut Profile, typed: &str) -> Result<(), ProfileError> {
    let words = RecoveryWords::parse(typed)?;
    let mut local = LocalDevice::decode(profile.identity().payload())?;
    if words.account_key().id() != local.account {
        return Err(ProfileError::OtherAccount);
    }
    if local.unconfirmed.take().is_some() {
        profile.identity_mut().set_payload(&local.encode())?;
    }
    Ok(())
}

/// The same for a profile that no node has open; a running one is asked through its handle.
///
/// # Errors
/// [`ProfileError`] says what is wrong with the words or the profile; nothing is wiped then.
pub fn confirm_words(
    path: &Path,
    protection: &Protection,
    typed: &str,
) -> Result<(), ProfileError> {
    // Before the profile is opened, which costs a key derivation.
    RecoveryWords::parse(typed)?;
    let (mut profile, _local) = open(path, protection, Options::default())?;
    let confirmed = confirm(&mut profile, typed);
    profile.close()?;
    confirmed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wiped_only_when_they_were_typed_right() {
        let folder = tempfile::tempdir().unwrap();
        let name = Name::try_from("Alice".to_owned()).unwrap();
        let unprotected = Protection::Unprotected;
        let (_, words) = create(folder.path(), name, &unprotected, Options::default()).unwrap();
        let is_known = || {
            let (profile, local) = open(folder.path(), &unprotected, Options::default()).unwrap();
            profile.close().unwrap();
            local.unconfirmed.is_some()
        };
        let other = RecoveryWords::from_entropy(&[7; 32]);
        for wrong in ["", "abandon", &other.phrase()] {
            assert!(confirm_words(folder.path(), &unprotected, wrong).is_err());
            assert!(is_known());
        }
        confirm_words(folder.path(), &unprotected, &words.phrase().to_uppercase()).unwrap();
        assert!(!is_known());
    }
}
