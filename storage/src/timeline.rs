//! Messages in the order of their conversation, and the index that finds them by name.
//!
//! A page of a conversation is what people wait for, so its messages lie side by side, on a few leaves. Each conversation
//! is a table of the database by itself: where a table grows at its end redb leaves full leaves behind, elsewhere halves.
//!
//! | table | key | row |
//! |---|---|---|
//! | `timeline/` ‖ conversation in hexadecimal | place 8 ‖ author device 32 ‖ message id 16 | [`MessageRow`] |
//! | `index` | author device 32 ‖ message id 16 | 0 ‖ conversation 32 ‖ place 8: the message stands there |
//! | | | 1 ‖ [`MessageRow`]: it stands nowhere (an effect or a step, kept for its repetition) |
//!
//! For their seals all timelines are one table, `timeline`, and the conversation is the beginning of the key. That a message
//! stands somewhere ([`RowKey::Order`]) is no row of its own: it is there, or it is not. `arrange` writes both tables.

use std::fmt::Write as _;

use protocol::message::{ConversationId, MessageRef};
use protocol::persist::{MessageRow, Row, RowKey};
use protocol::time::Hlc;
use protocol::wire::{self, Malformed};
use redb::{ReadTransaction, ReadableTable, TableDefinition, TableError};
use zeroize::Zeroizing;

use crate::engine::HISTORY;
use crate::error::StoreError;
use crate::guard::{Trouble, trouble};
use crate::history::Position;
use crate::load::{self, Opened};
use crate::meta::Bytes;
use crate::random::Randomness;
use crate::seal::{ROW_MAX, Sealer};
use crate::tables::{self, Table};

/// First byte of an index row: where the message stands follows.
const STANDS: u8 = 0;
/// First byte of an index row: the message itself follows.
const STANDS_NOWHERE: u8 = 1;
/// Bytes of a conversation's name.
const CONVERSATION: usize = 32;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) conversation: ConversationId,
    pub(crate) position: Position,
}

impl Spot {
    /// Where a message says that it stands.
    pub(crate) const fn of(message: MessageRef, row: &MessageRow) -> Self {
        Self {
            conversation: row.conversation,
            position: (row.place, message),
        }
    }

    /// The key that its seal covers.
    pub(crate) fn key(&self) -> Vec<u8> {
        let (place, message) = self.position;
        tables::encode_key(&RowKey::Order(self.conversation, place, message))
    }
}

/// The key within the table of a conversation, of a key as the seal covers it.
pub(crate) fn within(key: &[u8]) -> &[u8] {
    key.get(CONVERSATION..).unwrap_or_default()
}

/// What the index says of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// It stands in this conversation, at this place.
    Stands(ConversationId, Hlc),
    /// It stands nowhere; this is it.
    Nowhere(Box<MessageRow>),
}

impl Whereabouts {
    /// Where it stands, if it does.
    pub(crate) fn spot(&self, message: MessageRef) -> Option<Spot> {
        match self {
            Self::Stands(conversation, place) => Some(Spot {
                conversation: *conversation,
                position: (*place, message),
            }),
            Self::Nowhere(_) => None,
        }
    }

    /// The bytes before sealing.
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Stands(conversation, place) => [
                [STANDS].as_slice(),
                &conversation.0,
                &place.as_bits().to_be_bytes(),
            ]
            .concat(),
            Self::Nowhere(row) => nowhere(&Zeroizing::new(wire::encode(row))),
        }
    }

    /// From the bytes as they came out of their seal.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        match bytes.split_first() {
            Some((&STANDS, place)) => {
                let (conversation, place) = place.split_first_chunk().ok_or(Malformed::Truncated)?;
                let place = place.try_into().map_err(|_other| Malformed::Invalid)?;
                let place = Hlc::from_bits(u64::from_be_bytes(place));
                Ok(Self::Stands(ConversationId(*conversation), place))
            }
            Some((&STANDS_NOWHERE, row)) => Ok(Self::Nowhere(wire::decode(row, ROW_MAX)?)),
            Some(_) => Err(Malformed::Invalid),
            None => Err(Malformed::Truncated),
        }
    }
}

/// The bytes of an index row, before sealing, of a message that stands nowhere, from its own.
pub(crate) fn nowhere(row: &[u8]) -> Vec<u8> {
    [[STANDS_NOWHERE].as_slice(), row].concat()
}

/// Name of the table of a conversation.
pub(crate) fn name(conversation: ConversationId) -> String {
    let mut name = format!("{}/", Table::Timeline.name());
    for byte in conversation.0 {
        // Writing into a string does not fail.
        write!(name, "{byte:02x}").unwrap_or_default();
    }
    name
}

/// How redb knows the table of this name.
pub(crate) const fn definition(name: &str) -> TableDefinition<'_, Bytes, Bytes> {
    TableDefinition::new(name)
}

/// Opens the table of a conversation; `None` if nothing was ever said there.
pub(crate) fn open(
    read: &ReadTransaction,
    conversation: ConversationId,
) -> Result<Option<Opened>, Trouble> {
    match read.open_table(definition(&name(conversation))) {
        Ok(opened) => Ok(Some(opened)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(trouble(HISTORY, error)),
    }
}

/// What the index says of a message, if it knows it.
pub(crate) fn whereabouts(
    index: &impl ReadableTable<Bytes, Bytes>,
    message: MessageRef,
    sealer: &Sealer,
) -> Result<Option<Whereabouts>, Trouble> {
    let key = tables::encode_key(&RowKey::Message(message));
    let found = index
        .get(key.as_slice())
        .map_err(|error| trouble(HISTORY, error))?;
    let Some(sealed) = found else { return Ok(None) };
    let place = Table::Index.place(&key);
    let plain = sealer.open(&place, sealed.value())?;
    let decoded = Whereabouts::decode(&plain);
    decoded
        .map(Some)
        .map_err(|malformed| place.corrupt(&malformed.to_string()).into())
}

/// The message that the index says is here.
pub(crate) fn standing(
    timeline: Option<&impl ReadableTable<Bytes, Bytes>>,
    spot: &Spot,
    sealer: &Sealer,
) -> Result<MessageRow, Trouble> {
    let key = spot.key();
    let found = match timeline {
        Some(timeline) => timeline.get(within(&key)),
        None => Ok(None),
    };
    let Some(sealed) = found.map_err(|error| trouble(HISTORY, error))? else {
        let place = Table::Timeline.place(&key);
        return Err(place.corrupt("a message is not in its place").into());
    };
    unseal(&key, sealed.value(), sealer)
}

/// The stored form of a message for its place.
pub(crate) fn seal(
    spot: &Spot,
    row: &MessageRow,
    sealer: &Sealer,
    random: &mut dyn Randomness,
) -> Result<Vec<u8>, StoreError> {
    let plain = Zeroizing::new(wire::encode(row));
    sealer.seal(&Table::Timeline.place(&spot.key()), &plain, random)
}

/// A message out of its stored form; `key` is what the seal covers.
pub(crate) fn unseal(key: &[u8], sealed: &[u8], sealer: &Sealer) -> Result<MessageRow, Trouble> {
    match load::unseal(Table::Timeline, key, sealed, sealer)? {
        Row::Message(row) => Ok(row),
        _ => Err(Table::Timeline.place(key).corrupt("another row").into()),
    }
}

/// A message by its name, wherever it stands.
pub(crate) fn message(
    read: &ReadTransaction,
    message: MessageRef,
    sealer: &Sealer,
) -> Result<Option<MessageRow>, Trouble> {
    let Some(index) = load::open(read, Table::Index)? else {
        return Ok(None);
    };
    match whereabouts(&index, message, sealer)? {
        None => Ok(None),
        Some(Whereabouts::Nowhere(row)) => Ok(Some(*row)),
        Some(Whereabouts::Stands(conversation, place)) => {
            let spot = Spot {
                conversation,
                position: (place, message),
            };
            let timeline = open(read, conversation)?;
            standing(timeline.as_ref(), &spot, sealer).map(Some)
        }
    }
}

/// Whether a message stands here.
pub(crate) fn stands(
    read: &ReadTransaction,
    spot: &Spot,
    sealer: &Sealer,
) -> Result<bool, Trouble> {
    let Some(timeline) = open(read, spot.conversation)? else {
        return Ok(false);
    };
    let key = spot.key();
    let found = timeline
        .get(within(&key))
        .map_err(|error| trouble(HISTORY, error))?;
    let Some(sealed) = found else {
        return Ok(false);
    };
    unseal(&key, sealed.value(), sealer).map(|_row| true)
}

#[cfg(test)]
mod tests;
