//! Messages and places of a batch, as one change: where each message stood, and where it stands now.
//!
//! The core writes a message and its place under two keys, mostly the message alone (an edit, a reaction, a delivery);
//! here they are one row in a timeline, or a row of the index if it stands nowhere (`timeline`). A message without its
//! place and a place without its message are told apart by what was there before.

use std::collections::BTreeMap;

use protocol::message::{ConversationId, MessageRef};
use protocol::persist::{Batch, MessageRow, Row, RowKey};
use redb::WriteTransaction;
use zeroize::Zeroizing;

use crate::engine::HISTORY;
use crate::error::StoreError;
use crate::guard::{Trouble, trouble};
use crate::random::Randomness;
use crate::seal::Sealer;
use crate::tables::{self, Table};
use crate::timeline::{self, Spot, Whereabouts};

/// What the batches leave of one message.
#[derive(Debug, Default)]
struct Change<'a> {
    /// The message itself, or its removal, if they say anything of it.
    row: Option<Option<&'a Row>>,
    /// Places given to it (true) and taken from it.
    places: BTreeMap<Spot, bool>,
}

/// Rows to put into timelines and to take out of them, by their keys there. In order, so that a table that grows at its
/// end is written from its end.
type Moves = BTreeMap<ConversationId, BTreeMap<Vec<u8>, Option<Vec<u8>>>>;

/// Writes the messages and places of batches.
pub(crate) fn arrange(
    write: &WriteTransaction,
    batches: &[Batch],
    sealer: &Sealer,
    random: &mut dyn Randomness,
) -> Result<(), Trouble> {
    let changes = by_message(batches)?;
    if changes.is_empty() {
        return Ok(());
    }
    let mut moves = Moves::new();
    write_index(write, changes, &mut moves, sealer, random)?;
    let failed = |error| trouble(HISTORY, error);
    for (conversation, rows) in moves {
        let name = timeline::name(conversation);
        let mut table = write
            .open_table(timeline::definition(&name))
            .map_err(|error| trouble(HISTORY, error))?;
        for (key, sealed) in rows {
            match sealed {
                Some(sealed) => table
                    .insert(key.as_slice(), sealed.as_slice())
                    .map_err(failed)?,
                None => table.remove(key.as_slice()).map_err(failed)?,
            };
        }
    }
    Ok(())
}

/// Gathers what all batches say of each message: the last word counts.
fn by_message(batches: &[Batch]) -> Result<BTreeMap<MessageRef, Change<'_>>, StoreError> {
    let mut changes: BTreeMap<_, Change<'_>> = BTreeMap::new();
    for (key, row) in batches.iter().flat_map(|batch| &batch.writes) {
        match (*key, row) {
            (RowKey::Message(message), None | Some(Row::Message(_))) => {
                changes.entry(message).or_default().row = Some(row.as_ref());
            }
            (RowKey::Order(conversation, place, message), None | Some(Row::Order)) => {
                let spot = Spot {
                    conversation,
                    position: (place, message),
                };
                let change = changes.entry(message).or_default();
                change.places.insert(spot, row.is_some());
            }
            (RowKey::Message(_) | RowKey::Order(..), Some(_)) => return Err(wrong(key)),
            _ => {}
        }
    }
    Ok(changes)
}

fn wrong(key: &RowKey) -> StoreError {
    StoreError::WrongKind {
        table: Table::of(key).name(),
    }
}

/// Writes the index, and says what has to change in the timelines.
fn write_index(
    write: &WriteTransaction,
    changes: BTreeMap<MessageRef, Change<'_>>,
    moves: &mut Moves,
    sealer: &Sealer,
    random: &mut dyn Randomness,
) -> Result<(), Trouble> {
    let failed = |error| trouble(HISTORY, error);
    let mut index = write
        .open_table(Table::Index.definition())
        .map_err(|error| trouble(HISTORY, error))?;
    for (message, change) in changes {
        let before = timeline::whereabouts(&index, message, sealer)?;
        let was = before.as_ref().and_then(|before| before.spot(message));
        let kept;
        let row = match change.row {
            Some(Some(Row::Message(row))) => Some(row),
            Some(_) => None,
            None => {
                kept = stored(write, before, was, sealer)?;
                kept.as_ref()
            }
        };
        let stands = change.settle(message, was, row)?;
        if let Some(was) = was.filter(|was| stands != Some(*was)) {
            put(moves, &was, None);
        }
        let key = tables::encode_key(&RowKey::Message(message));
        let now = match (row, stands) {
            (None, _) => {
                index.remove(key.as_slice()).map_err(failed)?;
                continue;
            }
            (Some(row), Some(spot)) => {
                put(
                    moves,
                    &spot,
                    Some(timeline::seal(&spot, row, sealer, random)?),
                );
                if was == stands {
                    continue;
                }
                Whereabouts::Stands(spot.conversation, spot.position.0)
            }
            (Some(row), None) => Whereabouts::Nowhere(Box::new(row.clone())),
        };
        let plain = Zeroizing::new(now.encode());
        let sealed = sealer.seal(&Table::Index.place(&key), &plain, random)?;
        index
            .insert(key.as_slice(), sealed.as_slice())
            .map_err(failed)?;
    }
    Ok(())
}

fn put(moves: &mut Moves, spot: &Spot, sealed: Option<Vec<u8>>) {
    let key = timeline::within(&spot.key()).to_vec();
    moves
        .entry(spot.conversation)
        .or_default()
        .insert(key, sealed);
}

/// The message as it is stored, for a batch that changes nothing but its place.
fn stored(
    write: &WriteTransaction,
    before: Option<Whereabouts>,
    was: Option<Spot>,
    sealer: &Sealer,
) -> Result<Option<MessageRow>, Trouble> {
    match (before, was) {
        (Some(Whereabouts::Nowhere(row)), _) => Ok(Some(*row)),
        (_, Some(spot)) => {
            let name = timeline::name(spot.conversation);
            let table = write
                .open_table(timeline::definition(&name))
                .map_err(|error| trouble(HISTORY, error))?;
            timeline::standing(Some(&table), &spot, sealer).map(Some)
        }
        _ => Ok(None),
    }
}

impl Change<'_> {
    /// Where the message stands from now on, by where it stood and what it says now.
    ///
    /// # Errors
    /// [`StoreError::WrongKind`] for a place that is not the message's own: a page would show what the message denies.
    fn settle(
        &self,
        message: MessageRef,
        was: Option<Spot>,
        row: Option<&MessageRow>,
    ) -> Result<Option<Spot>, StoreError> {
        let own = row.map(|row| Spot::of(message, row));
        let given = |(spot, given): (&Spot, &bool)| given.then_some(*spot);
        let foreign = self
            .places
            .iter()
            .filter_map(given)
            .any(|spot| own != Some(spot));
        let left = was.filter(|was| row.is_some() && own != Some(*was));
        let silent = left.is_some_and(|left| self.places.get(&left) != Some(&false));
        if foreign || silent {
            return Err(StoreError::WrongKind {
                table: Table::Timeline.name(),
            });
        }
        let stays = own == was;
        Ok(own.filter(|own| self.places.get(own).copied().unwrap_or(stays)))
    }
}
