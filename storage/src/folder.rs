//! The folder of a profile, as few operations as the store needs, so that a faulty disk can stand below it.
//!
//! Everything above goes through [`Folder`] and [`RawFile`]: the tests and the simulator put
//! `faults::FaultDisk` here and cut the power between any two of these operations.

use std::fmt::Debug;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::platform;

/// Bytes of the lock file that are read: a process id has at most ten digits.
const LOCK_BYTES_MAX: u64 = 16;

/// A file under the database, addressed by offset. Shared by threads.
pub trait RawFile: Debug + Send + Sync + 'static {
    /// Length in bytes.
    ///
    /// # Errors
    /// As the system says.
    fn len(&self) -> io::Result<u64>;

    /// Fills `out` from `offset`.
    ///
    /// # Errors
    /// `UnexpectedEof` when the file ends before; else as the system says.
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes `data` at `offset`; durable after the next [`Self::sync`].
    ///
    /// # Errors
    /// As the system says; part of the data may have been written.
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()>;

    /// Cuts or extends the file; new bytes read as zero.
    ///
    /// # Errors
    /// As the system says.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Makes everything written before durable.
    ///
    /// # Errors
    /// As the system says; what is durable is unknown then.
    fn sync(&self) -> io::Result<()>;

    /// Whether it has no bytes.
    ///
    /// # Errors
    /// As [`Self::len`].
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

/// Keeps a profile locked while it lives.
pub type LockGuard = Box<dyn Debug + Send + Sync>;

/// What came of trying to lock a profile.
#[derive(Debug)]
pub enum Locking {
    /// It is ours while the guard lives.
    Locked(LockGuard),
    /// Somebody else has it; process id where known.
    Busy(Option<u32>),
}

/// The folder of a profile.
pub trait Folder: Debug + Send + Sync + 'static {
    /// Tries to become the only user of the profile. Does not wait.
    ///
    /// # Errors
    /// As the system says, other than that it is taken.
    fn try_lock(&self) -> io::Result<Locking>;

    /// Reads a small file whole; `None` if there is none.
    ///
    /// # Errors
    /// `FileTooLarge` above `limit` bytes; else as the system says.
    fn read(&self, name: &str, limit: usize) -> io::Result<Option<Vec<u8>>>;

    /// Puts a small file in place of the old one, durably: afterwards and after any crash on the way there is
    /// either the old or the new one, whole.
    ///
    /// # Errors
    /// As the system says.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Whether there is a file of this name.
    ///
    /// # Errors
    /// As the system says.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// Gives a file another name, durably, over what was there.
    ///
    /// # Errors
    /// As the system says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Opens a file for reading and writing, made empty if absent.
    ///
    /// # Errors
    /// As the system says.
    fn open(&self, name: &str) -> io::Result<Arc<dyn RawFile>>;

    /// Finds out whether this many bytes can be written now, leaving nothing behind.
    ///
    /// # Errors
    /// As the system says; `StorageFull` if there is no room.
    fn probe(&self, bytes: usize) -> io::Result<()>;

    /// Where a file lies, for people.
    fn describe(&self, name: &str) -> String;
}

/// A folder on a real disk.
#[derive(Clone, Debug)]
pub struct DiskFolder {
    path: PathBuf,
}

impl DiskFolder {
    /// The folder at this path, made (owner only) if absent.
    ///
    /// # Errors
    /// As the system says.
    pub fn create(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        platform::create_private_folder(&path)?;
        Ok(Self { path })
    }

    /// The folder at this path, which must exist.
    ///
    /// # Errors
    /// `NotFound` or `NotADirectory`; else as the system says.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        if !std::fs::metadata(&path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { path })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write_whole(&self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        let mut file = platform::open_private(&path)?;
        file.set_len(0)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(path)
    }
}

impl Folder for DiskFolder {
    fn try_lock(&self) -> io::Result<Locking> {
        let mut file = platform::open_private(&self.path.join("lock"))?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.write_all(std::process::id().to_string().as_bytes())?;
                Ok(Locking::Locked(Box::new(file)))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Where locks are mandatory the holder's id cannot be read: it stays unknown.
                let read = (&mut file).take(LOCK_BYTES_MAX).read_to_string(&mut text);
                Ok(Locking::Busy(
                    read.ok().and_then(|_| text.trim().parse().ok()),
                ))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn read(&self, name: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.path.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(Some(bytes))
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let written = self.write_whole(&format!("{name}.new"), bytes)?;
        std::fs::rename(written, self.path.join(name))?;
        platform::sync_folder(&self.path)
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.path.join(name).try_exists()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))?;
        platform::sync_folder(&self.path)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn RawFile>> {
        let path = self.path.join(name);
        let is_new = !path.try_exists()?;
        let file = platform::open_private(&path)?;
        if is_new {
            platform::sync_folder(&self.path)?;
        }
        Ok(Arc::new(DiskFile(file)))
    }

    fn probe(&self, bytes: usize) -> io::Result<()> {
        let written = self.write_whole("space.probe", &vec![0xA5; bytes]);
        match std::fs::remove_file(self.path.join("space.probe")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => written.map(drop),
        }
    }

    fn describe(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }
}

/// A file on a real disk.
#[derive(Debug)]
struct DiskFile(File);

impl RawFile for DiskFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        platform::read_exact_at(&self.0, out, offset)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        platform::write_all_at(&self.0, data, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
