//! From format 1 to 2: messages go where their conversation is.
//!
//! Format 1 had messages under their names and the order of a conversation beside them, so that a page of 50 messages
//! lay on 50 leaves:
//!
//! | table | key | row |
//! |---|---|---|
//! | `message` | author device 32 ‖ message id 16 | [`MessageRow`], schema 1 |
//! | `order` | account 32 ‖ place 8 ‖ author device 32 ‖ message id 16 | nothing: a mark of 16, schema 1 |
//!
//! What was damaged stays there, as damaged as it was: a profile opens with it, and its page says that something is
//! missing. Old and new rows are on the disk together for the length of the step.
//!
//! [`MessageRow`]: protocol::persist::MessageRow

use protocol::message::{ConversationId, MessageRef};
use protocol::persist::RowKey;
use protocol::time::Hlc;
use redb::{ReadableTable as _, Table as Tree, TableDefinition, WriteTransaction};
use zeroize::Zeroizing;

use crate::engine::HISTORY;
use crate::error::StoreError;
use crate::guard::{Trouble, trouble};
use crate::meta::{Bytes, Definition};
use crate::random::Randomness;
use crate::seal::{Place, Sealer};
use crate::tables::{self, Table};
use crate::timeline::{self, Whereabouts};

/// Tables that this step empties.
pub(super) const GONE: [&str; 2] = [MESSAGE, ORDER];

const MESSAGE: &str = "message";
const ORDER: &str = "order";
const MESSAGES: Definition = TableDefinition::new(MESSAGE);
const ORDERS: Definition = TableDefinition::new(ORDER);

const fn place<'a>(table: &'static str, key: &'a [u8]) -> Place<'a> {
    Place {
        table,
        key,
        schema: 1,
    }
}

/// A table open for writing.
type Open<'a> = Tree<'a, Bytes, Bytes>;

/// The step.
pub(super) fn run(
    write: &WriteTransaction,
    sealer: &Sealer,
    random: &mut dyn Randomness,
) -> Result<(), Trouble> {
    {
        let messages = open(write, MESSAGES)?;
        let orders = open(write, ORDERS)?;
        let mut index = open(write, Table::Index.definition())?;
        let mut step = Step { sealer, random };
        step.move_standing(write, &orders, &messages, &mut index)?;
        step.move_others(&messages, &mut index)?;
    }
    for gone in [MESSAGES, ORDERS] {
        write
            .delete_table(gone)
            .map_err(|error| trouble(HISTORY, error))?;
    }
    Ok(())
}

fn open<'a>(
    write: &'a WriteTransaction,
    table: TableDefinition<'_, Bytes, Bytes>,
) -> Result<Open<'a>, Trouble> {
    write
        .open_table(table)
        .map_err(|error| trouble(HISTORY, error))
}

fn failed(error: redb::StorageError) -> Trouble {
    trouble(HISTORY, error)
}

/// What sealing takes.
struct Step<'a> {
    sealer: &'a Sealer,
    random: &'a mut dyn Randomness,
}

impl Step<'_> {
    /// Moves every message that stands in a conversation.
    fn move_standing(
        &mut self,
        write: &WriteTransaction,
        orders: &Open<'_>,
        messages: &Open<'_>,
        index: &mut Open<'_>,
    ) -> Result<(), Trouble> {
        // Keys come in order, so each conversation is opened once.
        let mut current: Option<(ConversationId, Open<'_>)> = None;
        for entry in orders.iter().map_err(failed)? {
            let (key, mark) = entry.map_err(failed)?;
            let (key, mark) = (key.value(), mark.value());
            let Some((account, within)) = key.split_first_chunk::<32>() else {
                // Of no conversation: nobody ever saw it.
                continue;
            };
            let conversation = ConversationId(*account);
            if current.as_ref().is_none_or(|(of, _)| *of != conversation) {
                drop(current.take());
                let name = timeline::name(conversation);
                current = Some((conversation, open(write, timeline::definition(&name))?));
            }
            let Some((_, timeline)) = &mut current else {
                continue;
            };
            let row = self.standing(key, mark, messages, index)?;
            timeline.insert(within, row.as_slice()).map_err(failed)?;
        }
        Ok(())
    }

    /// The row of a timeline for a place. Enters it into the index if its message is there.
    fn standing(
        &mut self,
        key: &[u8],
        mark: &[u8],
        messages: &Open<'_>,
        index: &mut Open<'_>,
    ) -> Result<Vec<u8>, Trouble> {
        let intact = self.sealer.check_mark(&place(ORDER, key), mark).is_ok();
        let order = tables::decode_key(Table::Timeline, key);
        let (true, Some(RowKey::Order(conversation, at, message))) = (intact, order) else {
            return Ok(mark.to_vec());
        };
        let name = tables::encode_key(&RowKey::Message(message));
        let Some(old) = messages.get(name.as_slice()).map_err(failed)? else {
            // Nothing authenticates it, and the index does not know it: a place that is lost.
            return Ok(Vec::new());
        };
        self.point(index, message, (conversation, at))?;
        match self.sealer.open(&place(MESSAGE, &name), old.value()) {
            Ok(plain) => Ok(self
                .sealer
                .seal(&Table::Timeline.place(key), &plain, self.random)?),
            Err(StoreError::Corrupt { .. }) => Ok(old.value().to_vec()),
            Err(other) => Err(other.into()),
        }
    }

    /// Enters where a message stands.
    fn point(
        &mut self,
        index: &mut Open<'_>,
        message: MessageRef,
        (conversation, at): (ConversationId, Hlc),
    ) -> Result<(), Trouble> {
        let key = tables::encode_key(&RowKey::Message(message));
        let plain = Zeroizing::new(Whereabouts::Stands(conversation, at).encode());
        let sealed = self
            .sealer
            .seal(&Table::Index.place(&key), &plain, self.random)?;
        index
            .insert(key.as_slice(), sealed.as_slice())
            .map_err(failed)?;
        Ok(())
    }

    /// Moves effects and steps, which stand nowhere.
    fn move_others(&mut self, messages: &Open<'_>, index: &mut Open<'_>) -> Result<(), Trouble> {
        for entry in messages.iter().map_err(failed)? {
            let (key, old) = entry.map_err(failed)?;
            let (key, old) = (key.value(), old.value());
            if index.get(key).map_err(failed)?.is_some() {
                continue;
            }
            let sealed = match self.sealer.open(&place(MESSAGE, key), old) {
                Ok(row) => {
                    let plain = Zeroizing::new(timeline::nowhere(&row));
                    let place = Table::Index.place(key);
                    self.sealer.seal(&place, &plain, self.random)?
                }
                Err(StoreError::Corrupt { .. }) => old.to_vec(),
                Err(other) => return Err(other.into()),
            };
            index.insert(key, sealed.as_slice()).map_err(failed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
