//! The table that describes the others: which format, which start, which commit.
//!
//! Table `meta`, rows sealed with schema version 0 for ever, so that every program can read them:
//!
//! | key | bytes | row |
//! |---|---|---|
//! | `format` | 2 | format version, little-endian |
//! | `head` | 16 | generation of the profile's start (8) ‖ number of the commit (8), little-endian |
//!
//! `head` is written by every commit. A migration leaves it as it is.

use redb::{ReadTransaction, TableDefinition, WriteTransaction};

use crate::engine::HISTORY;
use crate::error::StoreError;
use crate::guard::{Trouble, trouble};
use crate::random::Randomness;
use crate::seal::{Place, Sealer};

/// Keys and rows of every table are bytes; the encodings are ours, not redb's.
pub(crate) type Bytes = &'static [u8];
/// A table of a fixed name.
pub(crate) type Definition = TableDefinition<'static, Bytes, Bytes>;

/// Name of the table.
pub(crate) const META: &str = "meta";
/// Newest format that this program reads and the one that it writes.
pub const FORMAT: u16 = 3;

const TABLE: Definition = TableDefinition::new(META);
const FORMAT_ROW: Place<'static> = Place {
    table: META,
    key: b"format",
    schema: 0,
};
const HEAD_ROW: Place<'static> = Place {
    table: META,
    key: b"head",
    schema: 0,
};

/// Where the store stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Of the last start that wrote here; 0 before the first.
    pub(crate) generation: u64,
    /// Of the last commit, from 1.
    pub(crate) commit: u64,
}

impl Head {
    /// After one more commit.
    pub(crate) const fn next(self) -> Self {
        Self {
            generation: self.generation,
            commit: self.commit + 1,
        }
    }
}

/// Writes the rows of a new file.
pub(crate) fn initialise(
    write: &WriteTransaction,
    sealer: &Sealer,
    random: &mut dyn Randomness,
) -> Result<(), Trouble> {
    write_format(write, FORMAT, sealer, random)?;
    write_head(
        write,
        Head {
            generation: 0,
            commit: 1,
        },
        sealer,
        random,
    )
}

/// Writes the format version, at the end of a migration.
pub(crate) fn write_format(
    write: &WriteTransaction,
    format: u16,
    sealer: &Sealer,
    random: &mut dyn Randomness,
) -> Result<(), Trouble> {
    put(write, &FORMAT_ROW, &format.to_le_bytes(), sealer, random)
}

/// Writes the head, as part of each commit.
pub(crate) fn write_head(
    write: &WriteTransaction,
    head: Head,
    sealer: &Sealer,
    random: &mut dyn Randomness,
) -> Result<(), Trouble> {
    let mut row = [0; 16];
    let (generation, commit) = row.split_at_mut(8);
    generation.copy_from_slice(&head.generation.to_le_bytes());
    commit.copy_from_slice(&head.commit.to_le_bytes());
    put(write, &HEAD_ROW, &row, sealer, random)
}

/// Reads the format version.
pub(crate) fn read_format(
    read: &ReadTransaction,
    sealer: &Sealer,
    file: &str,
) -> Result<u16, Trouble> {
    Ok(u16::from_le_bytes(get(read, &FORMAT_ROW, sealer, file)?))
}

/// Reads the head.
pub(crate) fn read_head(
    read: &ReadTransaction,
    sealer: &Sealer,
    file: &str,
) -> Result<Head, Trouble> {
    let row = get::<16>(read, &HEAD_ROW, sealer, file)?;
    let (words, _) = row.as_chunks::<8>();
    match words {
        [generation, commit] => Ok(Head {
            generation: u64::from_le_bytes(*generation),
            commit: u64::from_le_bytes(*commit),
        }),
        _ => Err(HEAD_ROW.corrupt("it has another length").into()),
    }
}

fn put(
    write: &WriteTransaction,
    place: &Place<'_>,
    row: &[u8],
    sealer: &Sealer,
    random: &mut dyn Randomness,
) -> Result<(), Trouble> {
    let sealed = sealer.seal(place, row, random)?;
    let mut table = write
        .open_table(TABLE)
        .map_err(|error| trouble(HISTORY, error))?;
    table
        .insert(place.key, sealed.as_slice())
        .map_err(|error| trouble(HISTORY, error))?;
    Ok(())
}

fn get<const N: usize>(
    read: &ReadTransaction,
    place: &Place<'_>,
    sealer: &Sealer,
    file: &str,
) -> Result<[u8; N], Trouble> {
    let table = read
        .open_table(TABLE)
        .map_err(|error| trouble(file, error))?;
    let found = table.get(place.key).map_err(|error| trouble(file, error))?;
    let Some(sealed) = found else {
        return Err(StoreError::corrupt(file, "it does not say what it is").into());
    };
    let plain = sealer.open(place, sealed.value())?;
    let row = plain.as_slice().try_into();
    row.ok()
        .ok_or_else(|| place.corrupt("a row has another length").into())
}
