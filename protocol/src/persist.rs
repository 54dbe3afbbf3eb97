//! What the core remembers: typed rows, batches of writes, and the one trait behind which they lie.
//!
//! The core decides *what* is stored together; `storage` decides *how* bytes lie on the disk. Only drivers
//! call a [`Store`].

mod attachments;
mod communities;
mod messages;
mod people;
mod reports;
mod rows;
mod snapshot;

use std::collections::BTreeMap;

pub use attachments::{AttachmentRow, PartRow, UnfinishedRow};
pub use communities::{
    ChainRow, ChainSource, CommunityRow, CommunityState, EarlyRow, EntryRow, GapRow, LogRow,
    MarksRow, OpRow, PaceRow, PromiseRow, Refusal, SecretRow, SendingRow, ToldRow,
};
pub use messages::{
    ConversationRow, Delivery, Failure, MessageContent, MessageRow, OutboxRow, PendingRow, Place,
    Reaction, ReadRow, SealedRow, Stamp, Version,
};
pub use people::{
    ContactRow, ContactState, DeviceRow, NoteRow, NoteText, OwnRow, PeerRow, PrekeyRow, PrivacyRow,
    SeenRow, SessionRow, Trust,
};
pub use reports::{Quote, ReportRow, ReportedRow, SaidRow};
pub use rows::{NoteKey, PrekeyKind, Row, RowKey};
pub use snapshot::Snapshot;

use crate::message::{ConversationId, MessageId, MessageRef};
use crate::time::Hlc;

/// Names a batch. They are durable in this order, each with all before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchId(pub u64);

/// Rows that become durable together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// New contents by key; `None` removes the row.
    pub writes: BTreeMap<RowKey, Option<Row>>,
}

impl Batch {
    /// Whether there is nothing to store.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Stores a row, over what this batch said of it before.
    pub fn put(&mut self, key: RowKey, row: Row) {
        self.writes.insert(key, Some(row));
    }

    /// Removes a row.
    pub fn remove(&mut self, key: RowKey) {
        self.writes.insert(key, None);
    }
}

/// Where rows lie. Implemented by `storage` over redb and by [`crate::testing::MemoryStore`]; both pass
/// [`crate::testing::store_conformance`].
pub trait Store {
    /// Why storing or reading failed.
    type Error: std::error::Error;

    /// Makes these batches durable, in order, in one transaction: all of them or none.
    ///
    /// # Errors
    /// Nothing of them is stored then, and earlier rows can still be read.
    fn commit(&mut self, batches: &[Batch]) -> Result<(), Self::Error>;

    /// Reads rows as of the last commit, in the order of the keys.
    ///
    /// # Errors
    /// When the store cannot be read or a row does not authenticate.
    fn load(&self, keys: &[RowKey]) -> Result<Vec<Option<Row>>, Self::Error>;

    /// Reads everything that is resident from the start.
    ///
    /// # Errors
    /// As [`Self::load`].
    fn snapshot(&self) -> Result<Snapshot, Self::Error>;

    /// Reads one page of a conversation: at most `limit` messages before `before` (exclusive; `None` for the
    /// newest), oldest first.
    ///
    /// # Errors
    /// As [`Self::load`].
    fn history(
        &self,
        conversation: ConversationId,
        before: Option<(Hlc, MessageRef)>,
        limit: usize,
    ) -> Result<Vec<(MessageRef, MessageRow)>, Self::Error>;
}

/// The id under which an own command with this idempotency key is known: random to everybody else.
#[must_use]
pub fn idempotent_id(secret: &[u8; 32], conversation: ConversationId, key: &[u8]) -> MessageId {
    let digest = crate::crypto::mac(
        secret,
        crate::crypto::Label::IdempotentId,
        &[&conversation.0, key],
    );
    let mut id = [0; 16];
    id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    MessageId(id)
}
