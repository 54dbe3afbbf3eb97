//! One fence around the database: its panics and its errors become ours.
//!
//! Garbled blocks make redb 4.6 panic in places (43 of 2,000 tries, platform.md §6 and DECISIONS 13). Each call runs
//! in here; what it leaves behind after a panic is thrown away by reopening the file.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::StoreError;

/// Why a call into the database did not succeed, by what has to happen next.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The database object is used up (closed by another thread, or failed before): open it again and retry.
    Closed,
    /// The disk failed: what is in the file is as good as it was.
    Disk(StoreError),
    /// The file is damaged: it wants an examination.
    Damage(StoreError),
    /// The caller asked for something impossible; the database is well.
    Caller(StoreError),
}

impl Trouble {
    pub(crate) fn into_error(self, file: &str) -> StoreError {
        match self {
            Self::Closed => StoreError::io(file, io::Error::other("it was closed while in use")),
            Self::Disk(error) | Self::Damage(error) | Self::Caller(error) => error,
        }
    }
}

/// Our own errors, raised while looking at rows inside a call.
impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt { .. } => Self::Damage(error),
            StoreError::Io { .. } | StoreError::NoSpace { .. } => Self::Disk(error),
            _ => Self::Caller(error),
        }
    }
}

/// Runs one call into the database on `file`.
///
/// Everything that the call borrows from the database must be made and dropped inside, so that a panic leaves
/// nothing half used outside.
pub(crate) fn guarded<T>(
    file: &str,
    call: impl FnOnce() -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_panic| {
        Err(Trouble::Damage(StoreError::corrupt(
            file,
            "the database does not make sense",
        )))
    })
}

/// Sorts an error of the database.
pub(crate) fn trouble(file: &str, error: impl Into<redb::Error>) -> Trouble {
    match error.into() {
        redb::Error::PreviousIo | redb::Error::DatabaseClosed => Trouble::Closed,
        redb::Error::Io(error) => match error.kind() {
            io::ErrorKind::InvalidData => Trouble::Caller(StoreError::Foreign {
                file: file.to_owned(),
            }),
            io::ErrorKind::UnexpectedEof => {
                Trouble::Damage(StoreError::corrupt(file, "it is cut short"))
            }
            _ => Trouble::Disk(StoreError::io(file, error)),
        },
        redb::Error::UpgradeRequired(found) => Trouble::Caller(StoreError::corrupt(
            file,
            format!("database format {found} was never used by this program"),
        )),
        redb::Error::ValueTooLarge(bytes) => Trouble::Caller(StoreError::TooLarge {
            what: "a row",
            bytes,
            max: crate::seal::ROW_MAX,
        }),
        other => Trouble::Damage(StoreError::corrupt(file, other.to_string())),
    }
}
