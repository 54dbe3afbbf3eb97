//! From batches to one transaction: everything of them becomes durable, or nothing.

use std::collections::BTreeMap;

use protocol::persist::{Batch, Row, RowKey};
use redb::WriteTransaction;

use crate::arrange;
use crate::engine::HISTORY;
use crate::guard::{Trouble, trouble};
use crate::random::Randomness;
use crate::seal::Sealer;
use crate::tables::{self, Table};

/// Writes batches, in order.
pub(crate) fn apply(
    write: &WriteTransaction,
    batches: &[Batch],
    sealer: &Sealer,
    random: &mut dyn Randomness,
) -> Result<(), Trouble> {
    let failed = |error| trouble(HISTORY, error);
    for (table, rows) in by_table(batches) {
        let mut open = write
            .open_table(table.definition())
            .map_err(|error| trouble(HISTORY, error))?;
        for (key, row) in rows {
            let bytes = tables::encode_key(key);
            match row {
                None => {
                    open.remove(bytes.as_slice()).map_err(failed)?;
                }
                Some(row) => {
                    let sealed = seal(table, &bytes, row, sealer, random)?;
                    open.insert(bytes.as_slice(), sealed.as_slice())
                        .map_err(failed)?;
                }
            }
        }
    }
    arrange::arrange(write, batches, sealer, random)
}

/// What the batches leave, table by table: of several writes to one row only the last is worth its bytes. Messages and
/// their places are written by `arrange`.
fn by_table(batches: &[Batch]) -> BTreeMap<Table, BTreeMap<&RowKey, Option<&Row>>> {
    let mut tables: BTreeMap<Table, BTreeMap<&RowKey, Option<&Row>>> = BTreeMap::new();
    for (key, row) in batches.iter().flat_map(|batch| &batch.writes) {
        let table = Table::of(key);
        if matches!(table, Table::Index | Table::Timeline) {
            continue;
        }
        tables.entry(table).or_default().insert(key, row.as_ref());
    }
    tables
}

/// The stored form of a row.
pub(crate) fn seal(
    table: Table,
    key: &[u8],
    row: &Row,
    sealer: &Sealer,
    random: &mut dyn Randomness,
) -> Result<Vec<u8>, Trouble> {
    let plain = zeroize::Zeroizing::new(tables::encode_row(table, row)?);
    Ok(sealer.seal(&table.place(key), &plain, random)?)
}
