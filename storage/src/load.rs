//! From the file to rows: single ones for the core's loads, all resident ones at start. Messages are in `timeline`.

use protocol::persist::{Row, RowKey, Snapshot};
use redb::{ReadOnlyTable, ReadTransaction, TableError};

use crate::engine::HISTORY;
use crate::guard::{Trouble, trouble};
use crate::meta::Bytes;
use crate::seal::Sealer;
use crate::tables::{self, Table};
use crate::timeline::{self, Spot};

/// A table as read.
pub(crate) type Opened = ReadOnlyTable<Bytes, Bytes>;

/// Opens a table; `None` if nothing was ever written to it.
pub(crate) fn open(read: &ReadTransaction, table: Table) -> Result<Option<Opened>, Trouble> {
    match read.open_table(table.definition()) {
        Ok(opened) => Ok(Some(opened)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(trouble(HISTORY, error)),
    }
}

/// The rows of these keys, in the order of the keys.
pub(crate) fn rows(
    read: &ReadTransaction,
    keys: &[RowKey],
    sealer: &Sealer,
) -> Result<Vec<Option<Row>>, Trouble> {
    keys.iter()
        .map(|key| match *key {
            RowKey::Message(message) => {
                Ok(timeline::message(read, message, sealer)?.map(Row::Message))
            }
            RowKey::Order(conversation, place, message) => {
                let spot = Spot {
                    conversation,
                    position: (place, message),
                };
                Ok(timeline::stands(read, &spot, sealer)?.then_some(Row::Order))
            }
            _ => {
                let table = Table::of(key);
                open(read, table)?.map_or(Ok(None), |opened| row(&opened, table, key, sealer))
            }
        })
        .collect()
}

/// One row of an open table; of messages and their places see `timeline`.
pub(crate) fn row(
    opened: &Opened,
    table: Table,
    key: &RowKey,
    sealer: &Sealer,
) -> Result<Option<Row>, Trouble> {
    let key = tables::encode_key(key);
    let found = opened
        .get(key.as_slice())
        .map_err(|error| trouble(HISTORY, error))?;
    found
        .map(|sealed| unseal(table, &key, sealed.value(), sealer))
        .transpose()
}

/// A row out of its stored form.
pub(crate) fn unseal(
    table: Table,
    key: &[u8],
    sealed: &[u8],
    sealer: &Sealer,
) -> Result<Row, Trouble> {
    let place = table.place(key);
    let plain = sealer.open(&place, sealed)?;
    tables::decode_row(table, &plain)
        .map_err(|malformed| place.corrupt(&malformed.to_string()).into())
}

/// Everything that is resident from the start.
pub(crate) fn snapshot(read: &ReadTransaction, sealer: &Sealer) -> Result<Snapshot, Trouble> {
    let mut snapshot = Snapshot::default();
    for table in Table::ALL.into_iter().filter(|table| table.is_resident()) {
        let Some(opened) = open(read, table)? else {
            continue;
        };
        for entry in redb::ReadableTable::iter(&opened).map_err(|error| trouble(HISTORY, error))? {
            let (key, sealed) = entry.map_err(|error| trouble(HISTORY, error))?;
            let row = unseal(table, key.value(), sealed.value(), sealer)?;
            let Some(key) = tables::decode_key(table, key.value()) else {
                return Err(table
                    .place(key.value())
                    .corrupt("a key has another length")
                    .into());
            };
            snapshot.rows.insert(key, row);
        }
    }
    Ok(snapshot)
}
