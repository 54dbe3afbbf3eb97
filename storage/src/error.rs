//! Why the store cannot do what it was asked: whose fault it is, and what the person can do about it.

use std::io;

use thiserror::Error;

/// What is wrong with one copy of the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CopyFault {
    /// The file is not there.
    #[error("missing")]
    Missing,
    /// The system could not read it.
    #[error("unreadable ({0})")]
    Unreadable(io::ErrorKind),
    /// It is something else.
    #[error("not an identity file")]
    Foreign,
    /// It ends too early or goes on too long.
    #[error("cut short or too long")]
    Length,
    /// Its bytes changed since they were written.
    #[error("damaged")]
    Damaged,
    /// The key opens it but its contents do not authenticate: somebody changed it on purpose.
    #[error("altered")]
    Altered,
}

/// Why the store cannot do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The system failed to read or write a file.
    #[error("cannot read or write {file}: {source}; check the disk and the permissions")]
    Io {
        /// Which file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The disk is full. What was stored can still be read.
    #[error("the disk is full: {file} cannot be written; free some space and try again")]
    NoSpace {
        /// Which file.
        file: String,
    },
    /// Stored bytes changed behind the program's back.
    #[error(
        "{file} is damaged ({detail}); restore it from a backup, or start with an empty history"
    )]
    Corrupt {
        /// Which file, and which table of it where known.
        file: String,
        /// What does not fit.
        detail: String,
    },
    /// The store fell back behind what it had acknowledged. Nothing is sent until the node starts anew.
    #[error("{file} lost its newest changes ({found} of {expected}); start the program again")]
    RolledBack {
        /// Which file.
        file: String,
        /// Number of the newest commit that is there.
        found: u64,
        /// Number of the newest commit that was acknowledged.
        expected: u64,
    },
    /// The passphrase does not open this profile.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The profile is protected and no passphrase was given.
    #[error("this profile is protected by a passphrase: give it")]
    PassphraseNeeded,
    /// The profile is unprotected and a passphrase was given.
    #[error("this profile is not protected by a passphrase: give none")]
    NotProtected,
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty: give one, or choose an unprotected profile explicitly")]
    EmptyPassphrase,
    /// Another process has the profile open.
    #[error("the profile {folder} is in use{}; stop that program first", holder(*.pid))]
    Held {
        /// The profile's folder.
        folder: String,
        /// Process id of the holder, where it could be read.
        pid: Option<u32>,
    },
    /// The profile was closed by this program.
    #[error("the profile is closed")]
    Closed,
    /// There is no profile here.
    #[error("there is no profile in {folder}: create one first")]
    NoProfile {
        /// The folder.
        folder: String,
    },
    /// There is a profile here already.
    #[error("there is a profile in {folder} already: open it, or choose another folder")]
    ProfileExists {
        /// The folder.
        folder: String,
    },
    /// Both copies of the identity are unusable. A new one is never made silently.
    #[error(
        "the identity in {folder} is lost (identity.a: {a}; identity.b: {b}): put back one of these two files \
         from a backup, or restore the account from its 24 words in an empty folder"
    )]
    IdentityLost {
        /// The profile's folder.
        folder: String,
        /// What is wrong with `identity.a`.
        a: CopyFault,
        /// What is wrong with `identity.b`.
        b: CopyFault,
    },
    /// The file is not one of ours, or not of this profile.
    #[error(
        "{file} is not a file of this profile; put the right one back, or start with an empty history"
    )]
    Foreign {
        /// Which file.
        file: String,
    },
    /// A newer version of the program wrote the file.
    #[error("{file} has format {found}, this program reads up to {supported}: update the program")]
    TooNew {
        /// Which file.
        file: String,
        /// Its format.
        found: u16,
        /// The newest format known here.
        supported: u16,
    },
    /// A caller asked for a row or payload beyond its limit.
    #[error("{what} has {bytes} bytes, at most {max} can be stored")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A caller gave a row that does not belong to its key.
    #[error("a row of another kind was given for table {table}")]
    WrongKind {
        /// Table of the key.
        table: &'static str,
    },
    /// The system gives no random bytes, or no memory for the key derivation.
    #[error("the system refuses {what}; try again, or restart the machine")]
    Resources {
        /// What it refused.
        what: &'static str,
    },
}

impl StoreError {
    /// An input or output error on a file; a full disk is told apart.
    #[must_use]
    pub fn io(file: impl Into<String>, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::NoSpace { file: file.into() }
            }
            _ => Self::Io {
                file: file.into(),
                source,
            },
        }
    }

    /// Stored bytes that changed behind the program's back.
    #[must_use]
    pub fn corrupt(file: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Corrupt {
            file: file.into(),
            detail: detail.into(),
        }
    }

    /// Whether the disk, rather than its contents, is at fault: the same call may succeed later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Io { .. } | Self::NoSpace { .. } | Self::Resources { .. }
        )
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(
        || " by another program".to_owned(),
        |pid| format!(" by process {pid}"),
    )
}
