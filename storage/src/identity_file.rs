//! The small and precious half of a profile: two copies of the device's keys, either of which is enough.
//!
//! Each copy is replaced atomically, `identity.a` before `identity.b`, so that a crash or a bad sector costs at
//! most one. Whichever is whole and newest is used and the other is written again. If neither is, nothing is
//! invented: the caller gets [`StoreError::IdentityLost`].

#[cfg(any(test, feature = "testing"))]
mod fuzzing;
mod key;
mod layout;

use std::sync::Arc;

#[cfg(any(test, feature = "testing"))]
pub(crate) use fuzzing::IDENTITY_COPY;
pub use key::{KdfCost, Protection};
use layout::{FILE_MAX, Fixed, Parsed, Standing};
pub use layout::{Mark, PAYLOAD_MAX};
use zeroize::Zeroizing;

use crate::error::{CopyFault, StoreError};
use crate::folder::Folder;
use crate::random::{Randomness, fresh};
use crate::seal::{DataKey, NONCE};

/// Names of the two copies, in the order in which they are written.
const COPIES: [&str; 2] = ["identity.a", "identity.b"];

/// An unlocked identity: what is in it, and what it takes to write it again without the passphrase.
#[derive(Debug)]
pub struct Identity {
    folder: Arc<dyn Folder>,
    random: Box<dyn Randomness>,
    fixed: Fixed,
    data_key: DataKey,
    standing: Standing,
    payload: Zeroizing<Vec<u8>>,
}

/// What opening the identity had to repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Healed {
    /// Name of the copy that was written again.
    pub copy: &'static str,
    /// What was wrong with it; `None` if it was merely older, after a crash between the two.
    pub fault: Option<CopyFault>,
}

impl Identity {
    /// Whether there is any copy in this folder, usable or not.
    ///
    /// # Errors
    /// As the system says.
    pub fn exists(folder: &dyn Folder) -> Result<bool, StoreError> {
        for name in COPIES {
            if folder
                .exists(name)
                .map_err(|error| StoreError::io(folder.describe(name), error))?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes a new identity around `payload`, generation 0, marked clean.
    ///
    /// # Errors
    /// [`StoreError::ProfileExists`] over an old one; [`StoreError::EmptyPassphrase`]; [`StoreError::TooLarge`];
    /// what the disk says.
    pub fn create(
        folder: Arc<dyn Folder>,
        protection: &Protection,
        cost: KdfCost,
        payload: &[u8],
        mut random: Box<dyn Randomness>,
    ) -> Result<Self, StoreError> {
        if Self::exists(&*folder)? {
            return Err(StoreError::ProfileExists {
                folder: folder.describe(""),
            });
        }
        let data_key = DataKey::generate(&mut *random)?;
        let fixed = Fixed::wrap(protection, cost, &data_key, &mut *random)?;
        let payload = Zeroizing::new(payload.to_vec());
        let mut identity = Self {
            folder,
            random,
            fixed,
            data_key,
            standing: Standing::default(),
            payload,
        };
        identity.write()?;
        Ok(identity)
    }

    /// Opens the newest whole copy and writes the other again if it is not the same.
    ///
    /// # Errors
    /// [`StoreError::NoProfile`] without any copy; [`StoreError::WrongPassphrase`],
    /// [`StoreError::PassphraseNeeded`], [`StoreError::NotProtected`]; [`StoreError::TooNew`];
    /// [`StoreError::IdentityLost`] if no copy is usable.
    pub fn open(
        folder: Arc<dyn Folder>,
        protection: &Protection,
        random: Box<dyn Randomness>,
    ) -> Result<(Self, Option<Healed>), StoreError> {
        let mut copies = Vec::with_capacity(COPIES.len());
        for name in COPIES {
            copies.push(read_copy(&*folder, name)?);
        }
        let opened = open_newest(&copies, protection);
        let (index, data_key, payload) =
            opened.map_err(|failure| failure.explain(&*folder, &copies))?;
        let Some(Ok(parsed)) = copies.get(index) else {
            return Err(StoreError::corrupt(
                folder.describe("identity.a"),
                "no copy was chosen",
            ));
        };
        let (fixed, standing) = (parsed.fixed.clone(), parsed.standing);
        let healed = copies
            .iter()
            .zip(COPIES)
            .find_map(|(copy, name)| match copy {
                Ok(same) if same.bytes == parsed.bytes => None,
                // A copy under the same lock that was passed over although newer did not authenticate.
                Ok(newer)
                    if newer.standing.revision >= standing.revision && newer.fixed == fixed =>
                {
                    Some(Healed {
                        copy: name,
                        fault: Some(CopyFault::Altered),
                    })
                }
                Ok(_) => Some(Healed {
                    copy: name,
                    fault: None,
                }),
                Err(fault) => Some(Healed {
                    copy: name,
                    fault: Some(*fault),
                }),
            });
        if let Some(healed) = healed {
            write_copy(&*folder, healed.copy, &parsed.bytes)?;
        }
        Ok((
            Self {
                folder,
                random,
                fixed,
                data_key,
                standing,
                payload,
            },
            healed,
        ))
    }

    /// What the caller stored: the device's secrets, as `protocol` encodes them.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The key under the history.
    #[must_use]
    pub const fn data_key(&self) -> &DataKey {
        &self.data_key
    }

    /// Rises with every start of the profile.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.standing.generation
    }

    /// How the last user of the profile left it.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        self.standing.mark
    }

    /// Number of the newest commit of the history when this was last written.
    #[must_use]
    pub const fn history_commit(&self) -> u64 {
        self.standing.history_commit
    }

    /// Whether the profile opens without any passphrase: the UI and `/v1/health` say so.
    #[must_use]
    pub fn is_unprotected(&self) -> bool {
        self.fixed.is_unprotected()
    }

    /// Replaces the payload in both copies.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] above [`PAYLOAD_MAX`]; what the disk says (then either payload may be there).
    pub fn set_payload(&mut self, payload: &[u8]) -> Result<(), StoreError> {
        let old = std::mem::replace(&mut self.payload, Zeroizing::new(payload.to_vec()));
        self.write().inspect_err(|_| self.payload = old)
    }

    /// Replaces generation, mark and commit number in both copies. Costs no key derivation.
    ///
    /// # Errors
    /// What the disk says (then either state may be there).
    pub fn set_standing(
        &mut self,
        mark: Mark,
        generation: u64,
        history_commit: u64,
    ) -> Result<(), StoreError> {
        let old = self.standing;
        self.standing = Standing {
            mark,
            generation,
            history_commit,
            ..old
        };
        self.write().inspect_err(|_| {
            self.standing = Standing {
                revision: self.standing.revision,
                ..old
            };
        })
    }

    /// Protects the profile in another way from now on. The data key stays, so nothing else is written.
    ///
    /// # Errors
    /// [`StoreError::EmptyPassphrase`]; what the disk says (then the old or the new way opens it).
    pub fn protect(&mut self, protection: &Protection, cost: KdfCost) -> Result<(), StoreError> {
        let fixed = Fixed::wrap(protection, cost, &self.data_key, &mut *self.random)?;
        let old = std::mem::replace(&mut self.fixed, fixed);
        self.write().inspect_err(|_| self.fixed = old)
    }

    fn write(&mut self) -> Result<(), StoreError> {
        // Also after a failure: no two contents share a revision.
        self.standing.revision += 1;
        let nonce = fresh::<NONCE>(&mut *self.random)?;
        let bytes = layout::encode(
            &self.fixed,
            &self.standing,
            &self.data_key,
            &nonce,
            &self.payload,
        )?;
        COPIES
            .iter()
            .try_for_each(|name| write_copy(&*self.folder, name, &bytes))
    }
}

fn write_copy(folder: &dyn Folder, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    folder
        .replace(name, bytes)
        .map_err(|error| StoreError::io(folder.describe(name), error))
}

/// Reads one copy as far as no key is needed.
fn read_copy(folder: &dyn Folder, name: &str) -> Result<Result<Parsed, CopyFault>, StoreError> {
    let bytes = match folder.read(name, FILE_MAX) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(Err(CopyFault::Missing)),
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            return Ok(Err(CopyFault::Length));
        }
        Err(error) => return Ok(Err(CopyFault::Unreadable(error.kind()))),
    };
    match layout::parse(bytes) {
        Ok(parsed) => Ok(Ok(parsed)),
        Err(layout::Unparsed::Fault(fault)) => Ok(Err(fault)),
        // A copy of a newer format is whole: an old program must not fall back to the other and overwrite it.
        Err(layout::Unparsed::TooNew(found)) => Err(StoreError::TooNew {
            file: folder.describe(name),
            found,
            supported: layout::VERSION,
        }),
    }
}

/// Why no copy opened.
enum Shut {
    /// What the caller gave does not fit.
    Caller(StoreError),
    /// No copy is usable. Holds which of the parsed ones did not authenticate.
    Lost([bool; 2]),
}

impl Shut {
    fn explain(self, folder: &dyn Folder, copies: &[Result<Parsed, CopyFault>]) -> StoreError {
        let altered = match self {
            Self::Caller(error) => return error,
            Self::Lost(altered) => altered,
        };
        let faults = [0, 1].map(|index: usize| match copies.get(index) {
            Some(Err(fault)) => *fault,
            Some(Ok(_)) if altered.get(index) == Some(&true) => CopyFault::Altered,
            _ => CopyFault::Damaged,
        });
        let [a, b] = faults;
        if faults == [CopyFault::Missing; 2] {
            return StoreError::NoProfile {
                folder: folder.describe(""),
            };
        }
        StoreError::IdentityLost {
            folder: folder.describe(""),
            a,
            b,
        }
    }
}

/// Tries the copies, newest first. Gives the index of the one that opened, its data key and its payload.
fn open_newest(
    copies: &[Result<Parsed, CopyFault>],
    protection: &Protection,
) -> Result<(usize, DataKey, Zeroizing<Vec<u8>>), Shut> {
    let mut order: Vec<(usize, &Parsed)> = copies
        .iter()
        .enumerate()
        .filter_map(|(index, copy)| copy.as_ref().ok().map(|parsed| (index, parsed)))
        .collect();
    order.sort_by_key(|(index, parsed)| (u64::MAX - parsed.standing.revision, *index));
    let mut altered = [false; 2];
    let mut refused = None;
    let mut tried: Option<&Fixed> = None;
    for (index, parsed) in order {
        if tried == Some(&parsed.fixed) && refused.is_some() {
            // The same lock with the same passphrase: the answer is known and each try costs 64 MiB.
            continue;
        }
        tried = Some(&parsed.fixed);
        match parsed.fixed.unwrap(protection) {
            Ok(Some(data_key)) => {
                if let Some(payload) = parsed.payload(&data_key) {
                    return Ok((index, data_key, payload));
                }
                mark_altered(&mut altered, index);
            }
            Ok(None) => mark_altered(&mut altered, index),
            Err(error) => {
                refused.get_or_insert(error);
            }
        }
    }
    Err(refused.map_or(Shut::Lost(altered), Shut::Caller))
}

fn mark_altered(altered: &mut [bool; 2], index: usize) {
    if let Some(flag) = altered.get_mut(index) {
        *flag = true;
    }
}
