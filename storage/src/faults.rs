//! A disk in memory that fails where and how a test says, the same way for the same seed.
//!
//! It stands in place of [`crate::DiskFolder`]: below the encryption, below the database, below the identity. It
//! knows what was synced, so that a power cut loses what a real one may lose.

mod dice;
mod image;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use dice::Dice;
use image::{Image, Op};

use crate::folder::{Folder, LockGuard, Locking, RawFile};

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// This operation fails, later ones do not.
    Once(io::ErrorKind),
    /// This operation and all later ones fail until [`FaultDisk::heal`].
    From(io::ErrorKind),
    /// The power is cut, or the process killed, in the middle of this operation.
    Cut,
}

/// What survives a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// The process died: everything it handed to the system is there, the last write perhaps in part.
    Killed,
    /// The power went in the middle of the last write: of its sectors of this many bytes a random part is there, of
    /// everything before all of it.
    Torn {
        /// Bytes that are written whole or not at all.
        sector: usize,
    },
    /// The power went: of everything since the last sync a random part is there, in sectors of this many bytes,
    /// and lengths apart from contents.
    PowerLoss {
        /// Bytes that are written whole or not at all.
        sector: usize,
    },
}

/// A disk in memory. Clones are handles to the same disk.
#[derive(Clone, Debug)]
pub struct FaultDisk(Arc<Mutex<State>>);

/// Called in the middle of each operation with the disk as it would be if the power went now.
type Watcher = Box<dyn FnMut(FaultDisk) + Send>;

struct State {
    watcher: Option<Watcher>,
    files: BTreeMap<String, Image>,
    dice: Dice,
    /// Writes, length changes, syncs and renames so far.
    ops: u64,
    reads: u64,
    failure: Option<(u64, Failure)>,
    read_failure: Option<u64>,
    cut: bool,
    locked: bool,
}

impl FaultDisk {
    /// An empty disk. The seed decides what a crash leaves.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with(BTreeMap::new(), Dice::new(seed))
    }

    fn with(files: BTreeMap<String, Image>, dice: Dice) -> Self {
        Self(Arc::new(Mutex::new(State {
            watcher: None,
            files,
            dice,
            ops: 0,
            reads: 0,
            failure: None,
            read_failure: None,
            cut: false,
            locked: false,
        })))
    }

    /// Lets the operation with this number (the next one is [`Self::ops`]) fail.
    pub fn fail_at(&self, op: u64, failure: Failure) {
        self.state().failure = Some((op, failure));
    }

    /// Lets the read after this many others fail once.
    pub fn fail_read_after(&self, reads: u64) {
        let mut state = self.state();
        state.read_failure = Some(state.reads + reads);
    }

    /// Whether the planned failure of a read has come.
    #[must_use]
    pub fn has_failed_read(&self) -> bool {
        let state = self.state();
        state.read_failure.is_some_and(|at| state.reads > at)
    }

    /// Calls `watcher` in the middle of each operation with the disk as it would be if the power went now, cut: one run
    /// of a story shows every crash in it. The watcher must not touch this disk.
    pub fn watch(&self, watcher: impl FnMut(Self) + Send + 'static) {
        self.state().watcher = Some(Box::new(watcher));
    }

    /// Ends [`Self::watch`].
    pub fn unwatch(&self) {
        self.state().watcher = None;
    }

    /// Ends every planned failure but a cut: the disk has room again.
    pub fn heal(&self) {
        let mut state = self.state();
        state.failure = None;
        state.read_failure = None;
    }

    /// Operations so far: writes, length changes, syncs, renames.
    #[must_use]
    pub fn ops(&self) -> u64 {
        self.state().ops
    }

    /// Whether the planned cut has come.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.state().cut
    }

    /// The disk that the next start finds.
    #[must_use]
    pub fn after(&self, crash: Crash, seed: u64) -> Self {
        let state = self.state();
        let mut dice = Dice::new(seed);
        let files = state
            .files
            .iter()
            .filter_map(|(name, image)| Some((name.clone(), image.after(crash, &mut dice)?)))
            .collect();
        Self::with(files, dice)
    }

    /// A copy of the disk as it is, with everything durable.
    #[must_use]
    pub fn fork(&self, seed: u64) -> Self {
        self.after(Crash::Killed, seed)
    }

    /// Bytes of a file; empty if there is none.
    #[must_use]
    pub fn contents(&self, name: &str) -> Vec<u8> {
        self.state()
            .files
            .get(name)
            .map(|image| image.current.clone())
            .unwrap_or_default()
    }

    /// Names of all files.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.state().files.keys().cloned().collect()
    }

    /// Puts a file in place, durably.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        self.state()
            .files
            .insert(name.to_owned(), Image::durable(bytes));
    }

    /// Takes a file away.
    pub fn remove(&self, name: &str) {
        self.state().files.remove(name);
    }

    /// Changes the bits of `mask` in one byte of a file, if it is that long.
    pub fn flip(&self, name: &str, offset: usize, mask: u8) {
        if let Some(image) = self.state().files.get_mut(name) {
            image.flip(offset, mask);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What becomes of an operation.
enum Fate {
    /// It is done.
    Done,
    /// It is done in part, then the power goes.
    Cut,
}

impl State {
    /// One operation; `change` is what it does to the contents of a file, if it does.
    fn step(&mut self, change: Option<(&str, &Op)>) -> io::Result<Fate> {
        if self.cut {
            return Err(off());
        }
        self.show_watcher(change);
        let number = self.ops;
        self.ops += 1;
        match self.failure {
            Some((at, Failure::Once(kind))) if number == at => Err(kind.into()),
            Some((at, Failure::From(kind))) if number >= at => Err(kind.into()),
            Some((at, Failure::Cut)) if number == at => {
                self.cut = true;
                Ok(Fate::Cut)
            }
            _ => Ok(Fate::Done),
        }
    }

    fn show_watcher(&mut self, change: Option<(&str, &Op)>) {
        let Some(mut watcher) = self.watcher.take() else {
            return;
        };
        let mut files = self.files.clone();
        if let Some((name, op)) = change {
            let share = self.dice.share();
            files
                .entry(name.to_owned())
                .or_default()
                .cut_during(op.clone(), share);
        }
        let disk = FaultDisk::with(files, self.dice.clone());
        disk.state().cut = true;
        watcher(disk);
        self.watcher = Some(watcher);
    }

    fn read_step(&mut self) -> io::Result<()> {
        if self.cut {
            return Err(off());
        }
        let number = self.reads;
        self.reads += 1;
        if self.read_failure == Some(number) {
            Err(io::Error::other("bad sector"))
        } else {
            Ok(())
        }
    }

    fn image(&mut self, name: &str) -> &mut Image {
        self.files.entry(name.to_owned()).or_default()
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lengths = self
            .files
            .iter()
            .map(|(name, image)| (name, image.current.len()));
        f.debug_map().entries(lengths).finish()
    }
}

fn off() -> io::Error {
    io::Error::other("the power is off")
}

/// One file of the disk.
#[derive(Debug)]
struct FaultFile {
    disk: FaultDisk,
    name: String,
}

impl FaultFile {
    fn change(&self, op: Op) -> io::Result<()> {
        let mut state = self.disk.state();
        let fate = state.step(Some((&self.name, &op)));
        let cut_share = state.dice.share();
        let image = state.image(&self.name);
        match fate {
            Ok(Fate::Done) => {
                image.apply(op);
                Ok(())
            }
            Ok(Fate::Cut) => {
                image.cut_during(op, cut_share);
                Err(off())
            }
            Err(error) => {
                // A failing write may have got some way, as on a disk that fills up.
                image.apply(op.first_part(cut_share));
                Err(error)
            }
        }
    }
}

impl RawFile for FaultFile {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.disk.state();
        if state.cut {
            return Err(off());
        }
        Ok(state.image(&self.name).current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        state.read_step()?;
        let bytes = state.image(&self.name).range(offset, out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.change(Op::Write {
            offset,
            data: data.to_vec(),
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(Op::Length(len))
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        match state.step(None)? {
            Fate::Done => {
                state.image(&self.name).sync();
                Ok(())
            }
            Fate::Cut => Err(off()),
        }
    }
}

#[derive(Debug)]
struct FaultLock(FaultDisk);

impl Drop for FaultLock {
    fn drop(&mut self) {
        self.0.state().locked = false;
    }
}

impl Folder for FaultDisk {
    fn try_lock(&self) -> io::Result<Locking> {
        let mut state = self.state();
        if state.cut {
            return Err(off());
        }
        if std::mem::replace(&mut state.locked, true) {
            return Ok(Locking::Busy(None));
        }
        let guard: LockGuard = Box::new(FaultLock(self.clone()));
        Ok(Locking::Locked(guard))
    }

    fn read(&self, name: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let mut state = self.state();
        state.read_step()?;
        match state.files.get(name) {
            Some(image) if image.current.len() > limit => Err(io::ErrorKind::FileTooLarge.into()),
            found => Ok(found.map(|image| image.current.clone())),
        }
    }

    /// Three operations: the new file written and synced, the rename, the sync of the folder.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        match state.step(None)? {
            Fate::Done => {}
            Fate::Cut => return Err(off()),
        }
        let fate = state.step(None)?;
        let old = state.files.get(name).map(Image::settled);
        state
            .files
            .insert(name.to_owned(), Image::replacing(bytes.to_vec(), old));
        if matches!(fate, Fate::Cut) {
            return Err(off());
        }
        match state.step(None)? {
            Fate::Done => {
                state.image(name).sync();
                Ok(())
            }
            Fate::Cut => Err(off()),
        }
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        let mut state = self.state();
        state.read_step()?;
        Ok(state.files.contains_key(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        match state.step(None)? {
            Fate::Done => {}
            Fate::Cut => return Err(off()),
        }
        let image = state.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.files.insert(to.to_owned(), image);
        Ok(())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn RawFile>> {
        let mut state = self.state();
        if state.cut {
            return Err(off());
        }
        state.image(name);
        Ok(Arc::new(FaultFile {
            disk: self.clone(),
            name: name.to_owned(),
        }))
    }

    fn probe(&self, _bytes: usize) -> io::Result<()> {
        match self.state().step(None)? {
            Fate::Done => Ok(()),
            Fate::Cut => Err(off()),
        }
    }

    fn describe(&self, name: &str) -> String {
        format!("memory:{name}")
    }
}
