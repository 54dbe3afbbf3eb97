//! The open database under all tables: what happens to it when disk or contents fail.
//!
//! redb gives up for good at the first I/O error. So that one full disk or bad read does not end the program, the
//! database is closed and opened again: as it is where the disk lets us, over an [`OverlayFile`] (for reading only)
//! where it does not. Damage is answered by one full examination; what was acknowledged and is gone afterwards stops
//! all writing, because going on would use message keys twice.

mod recovery;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use redb::{Database, ReadTransaction, ReadableDatabase as _, WriteTransaction};

use crate::cipher_file::CipherFile;
use crate::error::StoreError;
use crate::folder::{Folder, LockGuard, RawFile};
use crate::guard::{Trouble, guarded, trouble};
use crate::meta::{self, Head};
use crate::overlay_file::OverlayFile;
use crate::random::{OsRandom, Randomness};
use crate::seal::{DataKey, Sealer};

/// Name of the file.
pub(crate) const HISTORY: &str = "history.redb";
/// Name of the file until it is complete.
const UNFINISHED: &str = "history.redb.new";
/// Bytes that redb may cache: the most that DECISIONS 13 allows. In format 1, with half of it, a page of a conversation out
/// of a million messages took 0.49 ms instead of 0.36.
const CACHE: usize = 16 * 1024 * 1024;
/// Free space wanted before writing is tried again on a disk that was full: a few commits' worth.
const PROBE: usize = 1024 * 1024;
/// Times that a read is tried again while other threads close and open the database.
const TRIES: usize = 4;

/// Where a database lies and how it is encrypted.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) folder: Arc<dyn Folder>,
    pub(crate) data_key: DataKey,
    pub(crate) sealer: Sealer,
    /// Keeps other processes away until the profile is closed or every handle is gone.
    pub(crate) lock: Mutex<Option<LockGuard>>,
    /// The mutant "plaintext on disk".
    #[cfg(feature = "mutants")]
    pub(crate) plain: bool,
}

impl Ground {
    fn cipher(&self, raw: Arc<dyn RawFile>) -> CipherFile {
        #[cfg(feature = "mutants")]
        if self.plain {
            return CipherFile::danger_plain(raw);
        }
        CipherFile::new(raw, &self.data_key)
    }

    fn file(&self) -> String {
        self.folder.describe(HISTORY)
    }

    fn open(&self, raw: Arc<dyn RawFile>, examine: bool) -> Result<Database, Trouble> {
        let file = self.file();
        guarded(&file, || {
            Database::builder()
                .set_cache_size(CACHE)
                .set_check_integrity_on_open(examine)
                .create_with_backend(self.cipher(raw))
                .map_err(|error| trouble(&file, error))
        })
    }
}

/// Where the database stands at the moment.
#[derive(Debug)]
struct Slot {
    database: Option<Database>,
    /// Rises with every opening, so that two threads that meet the same failure repair it once.
    epoch: u64,
    /// What the last commit left, or what was found at opening.
    head: Head,
    /// The profile was closed in order: nothing opens it again.
    closed: bool,
    /// Changes go nowhere: the file lies under an [`OverlayFile`].
    reading_only: bool,
    /// An examination followed a damage in this run: the next damage is reported without another.
    examined: bool,
    /// Acknowledged commits are gone (found, expected): nothing is read or written until the next start.
    rolled_back: Option<(u64, u64)>,
}

/// The open database. Shared by one writer and any number of readers.
#[derive(Debug)]
pub(crate) struct Engine {
    ground: Ground,
    file: String,
    raw: Arc<dyn RawFile>,
    slot: RwLock<Slot>,
    /// Held for a whole write and for every change of [`Slot::database`], and taken before `slot`: redb would put
    /// off closing a database that is being written, and two open ones on one file destroy it.
    writing: Mutex<()>,
    /// The disk was full at the last write.
    was_full: AtomicBool,
}

impl Engine {
    /// Makes a new file in place of any other of the same name. Crashes on the way leave the old state.
    pub(crate) fn create(ground: &Ground, random: &mut dyn Randomness) -> Result<(), StoreError> {
        let file = ground.file();
        let mut make = || -> Result<(), Trouble> {
            let disk = |error| Trouble::Disk(StoreError::io(&file, error));
            let raw = ground.folder.open(UNFINISHED).map_err(disk)?;
            raw.set_len(0).map_err(disk)?;
            let database = ground.open(raw, false)?;
            guarded(&file, || {
                let write = begin(&database, &file)?;
                meta::initialise(&write, &ground.sealer, random)?;
                write.commit().map_err(|error| trouble(&file, error))?;
                database.close().map_err(|error| trouble(&file, error))
            })?;
            ground.folder.rename(UNFINISHED, HISTORY).map_err(disk)
        };
        make().map_err(|trouble| trouble.into_error(&file))
    }

    /// Opens the file, which must be there. `examine`: verify all of it first. Gives its format version too.
    ///
    /// # Errors
    /// [`StoreError::Foreign`], [`StoreError::Corrupt`], [`StoreError::TooNew`]; what the disk says.
    pub(crate) fn open(ground: Ground, examine: bool) -> Result<(Self, u16), StoreError> {
        Self::open_up_to(ground, examine, meta::FORMAT)
    }

    /// As [`Self::open`], for a program that reads formats up to `newest`.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn open_up_to(
        ground: Ground,
        examine: bool,
        newest: u16,
    ) -> Result<(Self, u16), StoreError> {
        let file = ground.file();
        let raw = ground
            .folder
            .open(HISTORY)
            .map_err(|error| StoreError::io(&file, error))?;
        let opened = ground.open(Arc::clone(&raw), examine).and_then(|database| {
            let format = read_format(&database, &ground.sealer, &file)?;
            if format > newest {
                let (file, supported) = (file.clone(), newest);
                return Err(StoreError::TooNew {
                    file,
                    found: format,
                    supported,
                }
                .into());
            }
            let head = read_head(&database, &ground.sealer, &file)?;
            Ok((database, format, head))
        });
        let (database, format, head) = opened.map_err(|trouble| trouble.into_error(&file))?;
        let slot = Slot {
            database: Some(database),
            epoch: 0,
            head,
            closed: false,
            reading_only: false,
            examined: false,
            rolled_back: None,
        };
        let engine = Self {
            ground,
            file,
            raw,
            slot: RwLock::new(slot),
            writing: Mutex::new(()),
            was_full: AtomicBool::new(false),
        };
        Ok((engine, format))
    }

    /// What the last commit left.
    pub(crate) fn head(&self) -> Head {
        self.slot
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .head
    }

    /// Whether commits are refused for now because the disk takes none.
    pub(crate) fn is_reading_only(&self) -> bool {
        self.slot
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .reading_only
    }

    pub(crate) const fn sealer(&self) -> &Sealer {
        &self.ground.sealer
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Runs `look` on the state of the last commit. May run while a commit runs, on any thread. `look` runs again if
    /// the database had to be opened again under it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if examination did not help; what the disk says.
    pub(crate) fn read<T>(
        &self,
        mut look: impl FnMut(&ReadTransaction) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        let mut last = Trouble::Closed;
        for _ in 0..TRIES {
            self.check_usable()?;
            let (epoch, begun) = self.begin_read();
            let result = begun.and_then(|read| guarded(&self.file, || look(&read)));
            match result {
                Ok(value) => return Ok(value),
                Err(Trouble::Caller(error)) => return Err(error),
                Err(trouble) => last = trouble,
            }
            // Damage that was examined already, and a disk that fails twice, are answered as they are.
            if !self.recover(epoch, &last)? {
                break;
            }
        }
        Err(last.into_error(&self.file))
    }

    /// Runs `change` in one transaction and makes it durable, all or nothing. Gives the number of the commit.
    ///
    /// # Errors
    /// What the disk says, or what `change` says: nothing is stored then, and reading goes on. Only if the disk fails in
    /// the very last step and then takes no more writes may the change be there after all, whole.
    pub(crate) fn write(
        &self,
        random: &mut dyn Randomness,
        change: impl FnMut(&WriteTransaction, &mut dyn Randomness) -> Result<(), Trouble>,
    ) -> Result<u64, StoreError> {
        self.commit(Head::next, false, random, change)
    }

    /// Stores another generation in the head. Gives the number of the commit.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(crate) fn set_generation(
        &self,
        generation: u64,
        random: &mut dyn Randomness,
    ) -> Result<u64, StoreError> {
        let next = |head: Head| Head {
            generation,
            ..head.next()
        };
        self.commit(next, false, random, |_, _| Ok(()))
    }

    /// As [`Self::write`], for changes of format: two phases, twice the syncs, no reliance on checksums. It is no commit
    /// of its own: the file says the same as before, and what the identity remembers of it stays true.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(crate) fn write_in_two_phases(
        &self,
        random: &mut dyn Randomness,
        change: impl FnMut(&WriteTransaction, &mut dyn Randomness) -> Result<(), Trouble>,
    ) -> Result<u64, StoreError> {
        self.commit(|head| head, true, random, change)
    }

    fn commit(
        &self,
        next: impl FnOnce(Head) -> Head,
        two_phases: bool,
        random: &mut dyn Randomness,
        mut change: impl FnMut(&WriteTransaction, &mut dyn Randomness) -> Result<(), Trouble>,
    ) -> Result<u64, StoreError> {
        let _writing = self.lock_writing();
        self.make_writable()?;
        let before = self.head();
        let next = next(before);
        let trouble = match self.try_commit(next, two_phases, random, &mut change) {
            Ok(()) => return Ok(next.commit),
            Err(trouble) => trouble,
        };
        if let Trouble::Caller(error) = trouble {
            return Err(error);
        }
        if matches!(trouble, Trouble::Disk(StoreError::NoSpace { .. })) {
            self.was_full.store(true, Ordering::Release);
        }
        let examine = matches!(trouble, Trouble::Damage(_)) && !self.was_examined();
        self.reopen(examine)?;
        // The disk may have failed after the change was complete: then it is there, and saying otherwise would be
        // wrong. One more commit makes certain that it stays.
        let found = self.head();
        let stayed = found.commit == next.commit && next != before && !self.is_reading_only();
        let sure = found.next();
        if stayed
            && self
                .try_commit(sure, false, random, &mut |_, _| Ok(()))
                .is_ok()
        {
            return Ok(sure.commit);
        }
        Err(trouble.into_error(&self.file))
    }

    /// Closes the file in order. Gives the number of the last commit. Readers get errors from now on.
    ///
    /// # Errors
    /// What the disk says: the next start examines the file.
    pub(crate) fn close(&self) -> Result<u64, StoreError> {
        let _writing = self.lock_writing();
        let mut slot = self.slot_mut();
        let commit = slot.head.commit;
        slot.epoch += 1;
        slot.closed = true;
        let lost = slot.reading_only || slot.rolled_back.is_some();
        let Some(database) = slot.database.take() else {
            return Err(StoreError::io(
                &self.file,
                io::ErrorKind::NotConnected.into(),
            ));
        };
        let closed = guarded(&self.file, || {
            database.close().map_err(|error| trouble(&self.file, error))
        });
        match closed {
            Ok(()) if !lost => Ok(commit),
            Ok(()) => Err(StoreError::io(
                &self.file,
                io::ErrorKind::ReadOnlyFilesystem.into(),
            )),
            Err(trouble) => Err(trouble.into_error(&self.file)),
        }
    }

    /// Lets other processes have the profile. Only after [`Self::close`].
    pub(crate) fn release(&self) {
        drop(
            self.ground
                .lock
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
    }

    /// Examines the whole file if that was not done since it was opened. Says whether it was done now.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn examine_once(&self) -> Result<bool, StoreError> {
        let _writing = self.lock_writing();
        self.check_usable()?;
        if self.was_examined() {
            return Ok(false);
        }
        self.reopen(true)?;
        Ok(true)
    }

    fn lock_writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot_mut(&self) -> std::sync::RwLockWriteGuard<'_, Slot> {
        self.slot.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn was_examined(&self) -> bool {
        self.slot
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .examined
    }

    fn begin_read(&self) -> (u64, Result<ReadTransaction, Trouble>) {
        let slot = self.slot.read().unwrap_or_else(PoisonError::into_inner);
        let begun = match &slot.database {
            None => Err(Trouble::Closed),
            Some(database) => guarded(&self.file, || {
                database
                    .begin_read()
                    .map_err(|error| trouble(&self.file, error))
            }),
        };
        (slot.epoch, begun)
    }

    /// One transaction. The caller holds `writing`.
    fn try_commit(
        &self,
        next: Head,
        two_phases: bool,
        random: &mut dyn Randomness,
        change: &mut impl FnMut(&WriteTransaction, &mut dyn Randomness) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        guarded(&self.file, || {
            let mut write = {
                let slot = self.slot.read().unwrap_or_else(PoisonError::into_inner);
                begin(slot.database.as_ref().ok_or(Trouble::Closed)?, &self.file)?
            };
            write.set_two_phase_commit(two_phases);
            change(&write, random)?;
            meta::write_head(&write, next, &self.ground.sealer, random)?;
            write.commit().map_err(|error| trouble(&self.file, error))
        })?;
        self.slot_mut().head = next;
        Ok(())
    }
}

fn drop_quietly(database: Database) -> Result<(), Trouble> {
    drop(database);
    Ok(())
}

fn begin(database: &Database, file: &str) -> Result<WriteTransaction, Trouble> {
    // Immediate durability and one phase are redb's defaults; two phases would double every fsync.
    database.begin_write().map_err(|error| trouble(file, error))
}

fn read_format(database: &Database, sealer: &Sealer, file: &str) -> Result<u16, Trouble> {
    guarded(file, || {
        let read = database
            .begin_read()
            .map_err(|error| trouble(file, error))?;
        meta::read_format(&read, sealer, file)
    })
}

fn read_head(database: &Database, sealer: &Sealer, file: &str) -> Result<Head, Trouble> {
    guarded(file, || {
        let read = database
            .begin_read()
            .map_err(|error| trouble(file, error))?;
        meta::read_head(&read, sealer, file)
    })
}
