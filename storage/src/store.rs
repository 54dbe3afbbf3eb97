//! The two handles to an open history: one that writes, any number that read.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::content::Mention;
use protocol::identity::AccountId;
use protocol::message::{ConversationId, Media, MessageRef};
use protocol::persist::{Batch, MessageRow, Row, RowKey, Snapshot, Store};
use protocol::time::Hlc;

use crate::engine::Engine;
use crate::error::StoreError;
use crate::history::{self, Page, PageEntry, Part, Position, Unread};
use crate::random::Randomness;
use crate::{apply, load, marked};

/// Reads the history as of the last commit, from any thread, also while a commit runs.
#[derive(Clone, Debug)]
pub struct Reader {
    engine: Arc<Engine>,
}

impl Reader {
    pub(crate) const fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }

    /// The rows of these keys, in the order of the keys, all as of one commit.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if one does not authenticate, also after an examination; [`StoreError::RolledBack`];
    /// what the disk says.
    pub fn load(&self, keys: &[RowKey]) -> Result<Vec<Option<Row>>, StoreError> {
        self.engine
            .read(|read| load::rows(read, keys, self.engine.sealer()))
    }

    /// Everything that is resident from the start.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.engine
            .read(|read| load::snapshot(read, self.engine.sealer()))
    }

    /// A page of a conversation, at most `limit` and [`history::PAGE_MAX`] messages. Damaged ones are shown as such.
    ///
    /// # Errors
    /// As [`Self::load`], other than for single damaged rows.
    pub fn page(
        &self,
        conversation: ConversationId,
        part: Part,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let sealer = self.engine.sealer();
        let look = || {
            self.engine
                .read(|read| history::page(read, conversation, part, limit, sealer))
        };
        let page = look()?;
        if page.is_intact() || !self.engine.examine_once()? {
            return Ok(page);
        }
        look()
    }

    /// How many messages of others than these accounts (the own, and those that the person blocked) stand after a place of a
    /// conversation (in all, without one), counted up to [`protocol::limits::UNREAD_MAX`], and how many of them mention whom
    /// the person answers to.
    ///
    /// # Errors
    /// As [`Self::load`], other than for damaged rows: they do not count.
    pub fn unread(
        &self,
        conversation: ConversationId,
        passed: &BTreeSet<AccountId>,
        after: Option<Position>,
        named: &BTreeSet<Mention>,
    ) -> Result<Unread, StoreError> {
        let of = (conversation, passed);
        self.engine
            .read(|read| history::unread(read, of, after, named, self.engine.sealer()))
    }

    /// What is pinned in a channel, the first pinned first, at most [`protocol::limits::PINS_MAX`]. It looks all marks through.
    ///
    /// # Errors
    /// As [`Self::load`], other than for damaged rows: they are shown as such, or single nothing out.
    pub fn pins(&self, conversation: ConversationId) -> Result<Vec<PageEntry>, StoreError> {
        self.engine
            .read(|read| marked::pins(read, conversation, self.engine.sealer()))
    }

    /// A page of a thread, oldest first, with the message that it is under: at most `limit` and [`history::PAGE_MAX`]. It looks
    /// all marks through.
    ///
    /// # Errors
    /// As [`Self::pins`].
    pub fn thread(
        &self,
        conversation: ConversationId,
        root: MessageRef,
        part: Part,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let of = (conversation, root);
        self.engine
            .read(|read| marked::thread(read, of, part, limit, self.engine.sealer()))
    }

    /// The whole attachment of a message, verified by its hash, and what its author calls it. `None` if the message has
    /// none, or not all of it is here.
    ///
    /// # Errors
    /// As [`Self::load`]; [`StoreError::Corrupt`] if the parts are not what was stored.
    pub fn attachment(&self, message: MessageRef) -> Result<Option<(Media, Vec<u8>)>, StoreError> {
        self.engine
            .read(|read| history::attachment(read, message, self.engine.sealer()))
    }

    /// Whether commits are refused for now because the disk takes none.
    #[must_use]
    pub fn is_reading_only(&self) -> bool {
        self.engine.is_reading_only()
    }
}

/// Writes the history. One thread owns it.
#[derive(Debug)]
pub struct Writer {
    reader: Reader,
    random: Box<dyn Randomness>,
}

impl Writer {
    pub(crate) fn new(engine: Arc<Engine>, random: Box<dyn Randomness>) -> Self {
        Self {
            reader: Reader::new(engine),
            random,
        }
    }

    /// A handle that reads what this one wrote.
    #[must_use]
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }
}

impl Store for Writer {
    type Error = StoreError;

    /// One transaction, one sync, for all batches.
    ///
    /// # Errors
    /// After [`StoreError::NoSpace`] and [`StoreError::Io`] reading goes on, and a later commit succeeds once the disk
    /// takes it. After [`StoreError::RolledBack`] the profile must be opened anew. Nothing of the batches is stored;
    /// only if the disk failed in the very last step and then took no more writes, they may be there after all, whole:
    /// a core that is restored from the store, as it must be after every error, agrees with it either way.
    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        if batches.iter().all(Batch::is_empty) {
            return Ok(());
        }
        let engine = &self.reader.engine;
        let sealer = engine.sealer();
        let random = &mut *self.random;
        engine.write(random, |write, random| {
            apply::apply(write, batches, sealer, random)
        })?;
        Ok(())
    }

    fn load(&self, keys: &[RowKey]) -> Result<Vec<Option<Row>>, StoreError> {
        self.reader.load(keys)
    }

    fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.reader.snapshot()
    }

    fn history(
        &self,
        conversation: ConversationId,
        before: Option<(Hlc, MessageRef)>,
        limit: usize,
    ) -> Result<Vec<(MessageRef, MessageRow)>, StoreError> {
        let part = before.map_or(Part::Latest, Part::Before);
        let page = self.reader.page(conversation, part, limit)?;
        let damaged = || StoreError::corrupt(self.reader.engine.file(), "a message is damaged");
        if page.lost > 0 {
            return Err(damaged());
        }
        let whole = |entry: PageEntry| {
            let row = entry.row.ok_or_else(damaged)?;
            Ok((entry.position.1, *row))
        };
        page.messages.into_iter().map(whole).collect()
    }
}
