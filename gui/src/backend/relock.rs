//! Another lock for a profile: the node ends, the profile's key is wrapped anew, and the node starts again.
//!
//! The key itself stays, so nothing else is written, and copies made before open as they did. Whatever happens in
//! between, one lock opens the profile, old or new, and `opening` tries what it needs to find out which.

use std::path::Path;
use std::sync::Arc;

use node::profile::{self, ProfileError};
use node::store::{Options, Protection, StoreError};
use zeroize::Zeroizing;

use super::opening::{Key, new_lock};
use super::{News, Port, Setup, faults};
use crate::ask::{Lock, Mood};
use crate::desktop::keyring;
use crate::model::Stage;
use crate::text::Sentence;

/// What the person wants, and what opens the profile so far.
pub(super) struct Relock {
    pub(super) current: Zeroizing<String>,
    pub(super) lock: Lock,
    pub(super) unprotected: bool,
}

/// Carries it out, and tells what came of it. Answers what opens the profile now; `None`: that is to be asked.
pub(super) async fn change(setup: &Setup, port: &Port, wish: Relock) -> Option<Key> {
    port.change(|model| model.stage = Stage::Opening);
    let failed = |why: Sentence| {
        port.tell(News::Told(
            Mood::Bad,
            Sentence::from("relock-failed").with("why", why),
        ));
    };
    let Some(old) = old_key(setup, &wish).await else {
        failed("broken-keyring".into());
        return None;
    };
    let (protection, id) = match new_lock(setup, wish.lock).await {
        Ok(made) => made,
        Err(fault) => {
            failed(fault);
            return Some(old);
        }
    };
    let new = Key {
        protection,
        of_keyring: id.is_some(),
    };
    let (path, keys) = (setup.profile.clone(), (old.clone(), new.clone()));
    let wrapped = tokio::task::spawn_blocking(move || {
        wrap(&path, &keys.0.protection, &keys.1.protection, id.as_deref())
    });
    match wrapped.await {
        Ok(Ok(())) => {
            port.tell(News::Told(Mood::Good, "relock-done".into()));
            Some(new)
        }
        Ok(Err(ProfileError::Store(StoreError::WrongPassphrase))) => {
            // Whoever does not know the passphrase is not let back in by our having known it.
            port.change(|model| {
                model.stage = Stage::Locked {
                    fault: Some("unlock-wrong".into()),
                };
            });
            None
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "the profile cannot be locked otherwise");
            failed(faults::profile(&error));
            Some(old)
        }
        Err(panicked) => {
            failed(faults::bug(&panicked.to_string()));
            Some(old)
        }
    }
}

/// What opens the profile so far. `None`: the keyring does not give it.
async fn old_key(setup: &Setup, wish: &Relock) -> Option<Key> {
    if wish.unprotected {
        return Some(Key::typed(Protection::Unprotected));
    }
    let Some(id) = keyring::noted(&setup.profile) else {
        let current = wish.current.as_str();
        return Some(Key::typed(Protection::passphrase(current)));
    };
    let keyring = Arc::clone(&setup.keyring);
    let found = tokio::task::spawn_blocking(move || keyring.find(&id)).await;
    let secret = found.ok()?.ok()?;
    Some(Key {
        protection: Protection::passphrase(secret.as_str()),
        of_keyring: true,
    })
}

fn wrap(
    path: &Path,
    old: &Protection,
    new: &Protection,
    id: Option<&str>,
) -> Result<(), ProfileError> {
    let (mut profile, _local) = profile::open(path, old, Options::default())?;
    // Before the lock: one whose key nobody finds again would be the end of the profile.
    if let Some(id) = id {
        let noted = keyring::note(path, id);
        noted.map_err(|error| StoreError::io(path.display().to_string(), error))?;
    }
    let wrapped = profile.identity_mut().protect(new, Options::default().kdf);
    profile.close()?;
    Ok(wrapped?)
}
