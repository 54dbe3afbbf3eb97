//! The desktop's keyring as the keeper of a profile's passphrase: a random one, which nobody types (DECISIONS 13).
//!
//! The profile is locked like any other; the keyring has what opens it, under a random name that lies beside it in
//! `keyring.id`. So a profile can be moved, and its folder alone opens nothing.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

/// The file in the profile's folder that names the entry.
const FILE: &str = "keyring.id";

/// What our entries are filed under.
const SERVICE: &str = "lescopains";

/// Bytes of a name, and of a secret.
const ID_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;

/// A keeper of secrets. Every call may wait for the person, whom the desktop asks to unlock it.
pub trait Keyring: Debug + Send + Sync {
    /// Whether it can be used at all.
    fn is_there(&self) -> bool;

    /// Keeps a secret under a name.
    ///
    /// # Errors
    /// What the desktop says.
    fn keep(&self, id: &str, secret: &str) -> Result<(), String>;

    /// The secret of that name.
    ///
    /// # Errors
    /// What the desktop says, also when there is none.
    fn find(&self, id: &str) -> Result<Zeroizing<String>, String>;
}

/// Secret Service, the macOS keychain, or the Windows credential store.
#[derive(Clone, Copy, Debug, Default)]
pub struct OfDesktop;

impl OfDesktop {
    fn entry(id: &str) -> Result<keyring::Entry, String> {
        keyring::Entry::new(SERVICE, id).map_err(|error| error.to_string())
    }
}

impl Keyring for OfDesktop {
    fn is_there(&self) -> bool {
        keyring::Entry::store_status().is_ok()
    }

    fn keep(&self, id: &str, secret: &str) -> Result<(), String> {
        let kept = Self::entry(id)?.set_password(secret);
        kept.map_err(|error| error.to_string())
    }

    fn find(&self, id: &str) -> Result<Zeroizing<String>, String> {
        let found = Self::entry(id)?.get_password();
        found.map(Zeroizing::new).map_err(|error| error.to_string())
    }
}

/// Gives the keyring a new secret and sees that it gives it back. Answers its name and the secret.
///
/// # Errors
/// What the keyring says; or the system gives no random bytes.
pub fn new_secret(keyring: &dyn Keyring) -> Result<(String, Zeroizing<String>), String> {
    let (mut id, mut secret) = ([0; ID_BYTES], Zeroizing::new([0; SECRET_BYTES]));
    for bytes in [&mut id[..], &mut secret[..]] {
        getrandom::fill(bytes).map_err(|error| error.to_string())?;
    }
    let (id, secret) = (hex(&id), Zeroizing::new(hex(&secret[..])));
    keyring.keep(&id, &secret)?;
    // A profile that is locked with what nobody has would be lost.
    if *keyring.find(&id)? != *secret {
        return Err("the keyring gave back something else".to_owned());
    }
    Ok((id, secret))
}

/// Notes under which name the keyring has what opens this profile.
///
/// # Errors
/// When the file cannot be written for good.
pub fn note(profile: &Path, id: &str) -> io::Result<()> {
    fs::create_dir_all(profile)?;
    let mut file = File::create(profile.join(FILE))?;
    file.write_all(id.as_bytes())?;
    file.sync_all()?;
    File::open(profile)?.sync_all()
}

/// Something else opens this profile now. The keyring keeps a key that opens nothing any more.
pub fn forget(profile: &Path) {
    let gone = fs::remove_file(profile.join(FILE));
    if let Err(error) = gone
        && error.kind() != io::ErrorKind::NotFound
    {
        // The next start finds out once more that the key does not fit.
        tracing::warn!(%error, "the name of the keyring's entry stays");
    }
}

/// Under which name the keyring has what opens this profile; `None`: something else opens it.
#[must_use]
pub fn noted(profile: &Path) -> Option<String> {
    let text = fs::read_to_string(profile.join(FILE)).ok()?;
    let is_ours = text.len() == 2 * ID_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_ours.then_some(text)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives back something else than it was given.
    #[derive(Debug)]
    struct Liar;

    impl Keyring for Liar {
        fn is_there(&self) -> bool {
            true
        }

        fn keep(&self, _id: &str, _secret: &str) -> Result<(), String> {
            Ok(())
        }

        fn find(&self, _id: &str) -> Result<Zeroizing<String>, String> {
            Ok(Zeroizing::new("other".to_owned()))
        }
    }

    #[test]
    fn a_keyring_that_does_not_give_back_is_not_trusted_with_a_profile() {
        assert!(new_secret(&Liar).is_err());
    }

    #[test]
    fn a_name_is_found_again_and_nothing_else_is_taken_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let profile = folder.path().join("profile");
        assert_eq!(noted(&profile), None);
        let id = hex(&[0xa5; ID_BYTES]);
        note(&profile, &id).unwrap();
        assert_eq!(noted(&profile), Some(id));
        fs::write(profile.join(FILE), "../../etc/passwd").unwrap();
        assert_eq!(noted(&profile), None);
    }
}
