//! A profile: identity and history joined, under one lock, with the answer to "is this where we left off?".
//!
//! A generation number stands in both files and rises at each start: first in the identity (marked *starting*), then
//! in the history, then the identity is marked *running*, and *clean* when closed in order, with the number of the last
//! commit. Whatever else is found was restored, lost or rolled back, and the caller must begin a new incarnation:
//! fresh sessions, fresh chains, contents from peers (DECISIONS 12, 41).

use std::sync::{Arc, Mutex};

use crate::engine::{Engine, Ground, HISTORY};
use crate::error::StoreError;
use crate::folder::{Folder, LockGuard, Locking};
use crate::identity_file::{Healed, Identity, KdfCost, Mark, Protection};
use crate::meta::{FORMAT, Head, META};
use crate::migrate::{self, MIGRATIONS};
use crate::random::{OsRandom, Randomness};
use crate::seal::Sealer;
use crate::store::{Reader, Writer};
use crate::tables::Table;

/// Files up to this size are examined at every start, not only after a crash: it takes half a second at most, and finds
/// what changed while nobody looked. Without it redb misses rows in silence where a block is garbled.
const EXAMINED_ALWAYS: u64 = 256 * 1024 * 1024;

/// How a profile is made or opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What a passphrase costs to try, for new protections.
    pub kdf: KdfCost,
    /// Set the history aside, whatever it is, and begin an empty one: what a person chooses after
    /// [`StoreError::Corrupt`] or [`StoreError::Foreign`]. The old file stays beside it under another name.
    pub fresh_history: bool,
    /// Take salts, keys and nonces from a seed. Never for a real profile.
    #[cfg(feature = "testing")]
    pub danger_seed: Option<u64>,
    /// The mutant "plaintext on disk": neither blocks nor rows are encrypted.
    #[cfg(feature = "mutants")]
    pub danger_plaintext_on_disk: bool,
}

impl Options {
    /// A source of randomness; `stream` tells those of one profile and start apart.
    fn random(&self, stream: u64) -> Box<dyn Randomness> {
        #[cfg(feature = "testing")]
        if let Some(seed) = self.danger_seed {
            return Box::new(crate::random::SeededRandom::new(seed, stream));
        }
        let _system_has_one_stream = stream;
        Box::new(OsRandom)
    }
}

/// Whether this start goes on where the last one ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Continuity {
    /// It does.
    Continued,
    /// It does not: the caller begins a new incarnation, resets sessions and abandons sender chains.
    Broken(Break),
}

/// Why a start does not go on where the last one ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// The profile is new.
    Created,
    /// The history was not there; an empty one was made.
    HistoryMissing,
    /// The history was set aside as [`Options::fresh_history`] asked.
    SetAside {
        /// Name of the file that was kept.
        kept: String,
    },
    /// Identity and history are of different starts: one of them was put back from a copy.
    Restored {
        /// Generation in the identity.
        identity: u64,
        /// Generation in the history.
        history: u64,
    },
    /// The history has another last commit than the identity remembers: the disk lost the newest ones, or one of the
    /// files was put back from a copy.
    RolledBack {
        /// Newest commit found.
        found: u64,
        /// Commit remembered.
        expected: u64,
    },
}

/// What opening a profile found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Number of this start.
    pub generation: u64,
    /// Whether the last user closed it in order. If not, sender chains are abandoned (DECISIONS 9).
    pub was_clean: bool,
    /// Whether this start goes on where the last one ended.
    pub continuity: Continuity,
    /// What of the identity had to be repaired.
    pub healed: Option<Healed>,
}

/// An open profile. Dropped without [`Self::close`], it counts as crashed.
#[derive(Debug)]
pub struct Profile {
    identity: Identity,
    engine: Arc<Engine>,
    opening: Opening,
    options: Options,
    writers: u64,
}

impl Profile {
    /// Makes a profile in a folder without one, around `payload` (the device's secrets as `protocol` encodes them).
    ///
    /// # Errors
    /// [`StoreError::ProfileExists`]; [`StoreError::Held`]; [`StoreError::EmptyPassphrase`]; what the disk says.
    pub fn create(
        folder: Arc<dyn Folder>,
        protection: &Protection,
        payload: &[u8],
        options: Options,
    ) -> Result<Self, StoreError> {
        let lock = lock(&*folder)?;
        if exists(&*folder, HISTORY)? {
            return Err(StoreError::ProfileExists {
                folder: folder.describe(""),
            });
        }
        let random = options.random(0);
        let identity = Identity::create(folder.clone(), protection, options.kdf, payload, random)?;
        Self::start(folder, lock, identity, None, options)
    }

    /// Opens a profile.
    ///
    /// # Errors
    /// [`StoreError::NoProfile`]; [`StoreError::Held`]; those of [`Identity::open`]; [`StoreError::Corrupt`],
    /// [`StoreError::Foreign`] and [`StoreError::TooNew`] of the history; what the disk says.
    pub fn open(
        folder: Arc<dyn Folder>,
        protection: &Protection,
        options: Options,
    ) -> Result<Self, StoreError> {
        let lock = lock(&*folder)?;
        let (identity, healed) = match Identity::open(folder.clone(), protection, options.random(0))
        {
            Err(StoreError::NoProfile { folder: path }) if exists(&*folder, HISTORY)? => {
                let missing = crate::error::CopyFault::Missing;
                return Err(StoreError::IdentityLost {
                    folder: path,
                    a: missing,
                    b: missing,
                });
            }
            opened => opened?,
        };
        Self::start(folder, lock, identity, healed, options)
    }

    fn start(
        folder: Arc<dyn Folder>,
        lock: LockGuard,
        mut identity: Identity,
        healed: Option<Healed>,
        options: Options,
    ) -> Result<Self, StoreError> {
        let tables = Table::ALL.map(Table::name).into_iter().chain([META]);
        let sealer = Sealer::new(identity.data_key(), tables.chain(migrate::GONE));
        #[cfg(feature = "mutants")]
        let sealer = if options.danger_plaintext_on_disk {
            sealer.danger_plain()
        } else {
            sealer
        };
        let ground = Ground {
            folder,
            data_key: identity.data_key().clone(),
            sealer,
            lock: Mutex::new(Some(lock)),
            #[cfg(feature = "mutants")]
            plain: options.danger_plaintext_on_disk,
        };
        // Nonces of the first stream are the identity's; of the second, those of this start.
        let mut random = options.random(1 << 32 | identity.generation());
        let was_clean = identity.mark() == Mark::Clean;
        let fresh = prepare_history(&ground, &identity, options.fresh_history, &mut *random)?;
        let examine = !was_clean || history_len(&ground)? <= EXAMINED_ALWAYS;
        let (engine, format) = Engine::open(ground, examine)?;
        migrate::migrate(&engine, format, FORMAT, MIGRATIONS, &mut *random)?;
        let head = engine.head();
        let broken = fresh.or_else(|| discontinuity(&identity, head));
        let generation = identity.generation().max(head.generation) + 1;
        identity.set_standing(Mark::Starting, generation, head.commit)?;
        let commit = engine.set_generation(generation, &mut *random)?;
        identity.set_standing(Mark::Running, generation, commit)?;
        let continuity = broken.map_or(Continuity::Continued, Continuity::Broken);
        let opening = Opening {
            generation,
            was_clean,
            continuity,
            healed,
        };
        Ok(Self {
            identity,
            engine: Arc::new(engine),
            opening,
            options,
            writers: 0,
        })
    }

    /// What opening it found.
    #[must_use]
    pub const fn opening(&self) -> &Opening {
        &self.opening
    }

    /// The unlocked identity.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The unlocked identity, to change payload or protection.
    #[must_use]
    pub const fn identity_mut(&mut self) -> &mut Identity {
        &mut self.identity
    }

    /// A handle that writes the history, for the one thread that does. More than one are safe and wait for one another.
    #[must_use]
    pub fn writer(&mut self) -> Writer {
        self.writers += 1;
        let stream = 1 << 48 | self.writers << 32 | self.opening.generation;
        Writer::new(Arc::clone(&self.engine), self.options.random(stream))
    }

    /// A handle that reads the history; clone it for every thread that does.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.engine))
    }

    /// Closes the profile in order. Handles that are left get [`StoreError::Closed`] from now on.
    ///
    /// # Errors
    /// What the disk says: the next start finds an unclean profile and examines it.
    pub fn close(mut self) -> Result<(), StoreError> {
        let closed = self.engine.close();
        let generation = self.opening.generation;
        let marked =
            closed.and_then(|commit| self.identity.set_standing(Mark::Clean, generation, commit));
        self.engine.release();
        marked
    }
}

fn lock(folder: &dyn Folder) -> Result<LockGuard, StoreError> {
    match folder.try_lock() {
        Ok(Locking::Locked(guard)) => Ok(guard),
        Ok(Locking::Busy(pid)) => Err(StoreError::Held {
            folder: folder.describe(""),
            pid,
        }),
        Err(error) => Err(StoreError::io(folder.describe("lock"), error)),
    }
}

fn exists(folder: &dyn Folder, name: &str) -> Result<bool, StoreError> {
    folder
        .exists(name)
        .map_err(|error| StoreError::io(folder.describe(name), error))
}

fn history_len(ground: &Ground) -> Result<u64, StoreError> {
    let opened = ground.folder.open(HISTORY).and_then(|raw| raw.len());
    opened.map_err(|error| StoreError::io(ground.folder.describe(HISTORY), error))
}

/// Sees to it that there is a history. Says why it is a new one, if it is.
fn prepare_history(
    ground: &Ground,
    identity: &Identity,
    set_aside: bool,
    random: &mut dyn Randomness,
) -> Result<Option<Break>, StoreError> {
    // An empty file has lost everything, and means nothing to the database.
    let there = exists(&*ground.folder, HISTORY)? && history_len(ground)? > 0;
    let broken = match (there, identity.generation()) {
        (true, _) if set_aside => {
            let kept = format!("{HISTORY}.set-aside-{}", identity.generation());
            let moved = ground.folder.rename(HISTORY, &kept);
            moved.map_err(|error| StoreError::io(ground.folder.describe(&kept), error))?;
            Break::SetAside { kept }
        }
        (true, _) => return Ok(None),
        (false, 0) => Break::Created,
        (false, _) => Break::HistoryMissing,
    };
    Engine::create(ground, random)?;
    Ok(Some(broken))
}

/// Why identity and history do not belong to the same moment, if they do not.
fn discontinuity(identity: &Identity, head: Head) -> Option<Break> {
    let (expected, found) = (identity.history_commit(), head.commit);
    let generations = (identity.generation(), head.generation);
    let same_start = match identity.mark() {
        Mark::Clean | Mark::Running => generations.0 == generations.1,
        // The crash came before or after the generation reached the history.
        Mark::Starting => {
            generations.0.abs_diff(generations.1) <= 1 && generations.1 <= generations.0
        }
    };
    if !same_start {
        return Some(Break::Restored {
            identity: generations.0,
            history: generations.1,
        });
    }
    let in_step = match identity.mark() {
        Mark::Clean => found == expected,
        Mark::Starting | Mark::Running => found >= expected,
    };
    (!in_step).then_some(Break::RolledBack { found, expected })
}
