//! Making and opening a profile: the folder that holds a device's keys and history.

use std::path::Path;
use std::sync::Arc;

use protocol::crypto::Rng;
use protocol::identity::{AccountId, RecoveryWords};
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
