//! What lies under a simulated device: rows in memory for many seeds, or the real store over a disk that fails.

mod profile;

pub use profile::ProfileMedium;
use protocol::message::{ConversationId, MessageRef};
use protocol::persist::{Batch, MessageRow, Row, RowKey, Snapshot, Store as _};
use protocol::testing::MemoryStore;
use protocol::time::Hlc;

/// Something did not work; the driver's rule follows from [`Self::died`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediumFault {
    /// What, for the trace.
    pub what: String,
    /// Whether the process died with it (killed, power gone). Otherwise it was a refusal.
    pub died: bool,
}

/// Durable rows of one device.
pub trait Medium: std::fmt::Debug {
    /// Makes batches durable in one transaction.
    ///
    /// # Errors
    /// When it refused, or the process died in the middle.
    fn commit(&mut self, batches: Vec<Batch>) -> Result<(), MediumFault>;

    /// Reads rows.
    ///
    /// # Errors
    /// As [`Self::commit`].
    fn load(&self, keys: &[RowKey]) -> Result<Vec<Option<Row>>, MediumFault>;

    /// Reads what a core is restored from.
    ///
    /// # Errors
    /// As [`Self::commit`].
    fn snapshot(&self) -> Result<Snapshot, MediumFault>;

    /// All messages of a conversation, in its order.
    ///
    /// # Errors
    /// As [`Self::commit`].
    fn history(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<(MessageRef, MessageRow)>, MediumFault>;

    /// The process starts again on what survived.
    ///
    /// # Errors
    /// When the start itself dies or is refused.
    fn reopen(&mut self) -> Result<(), MediumFault>;
}

/// Messages asked for at once.
const PAGE: usize = 256;

/// Walks all pages of a store's history.
///
/// # Errors
/// What the store says.
pub fn whole_history<S: protocol::persist::Store>(
    store: &S,
    conversation: ConversationId,
) -> Result<Vec<(MessageRef, MessageRow)>, S::Error> {
    let mut all = Vec::new();
    let mut before: Option<(Hlc, MessageRef)> = None;
    loop {
        let mut page = store.history(conversation, before, PAGE)?;
        let Some((first, row)) = page.first() else {
            return Ok(all);
        };
        before = Some((row.place, *first));
        page.append(&mut all);
        all = page;
    }
}

/// Rows in memory: every commit is whole, nothing is ever damaged.
#[derive(Debug, Default)]
pub struct MemoryMedium(pub MemoryStore);

impl Medium for MemoryMedium {
    fn commit(&mut self, batches: Vec<Batch>) -> Result<(), MediumFault> {
        self.0.take(batches);
        Ok(())
    }

    fn load(&self, keys: &[RowKey]) -> Result<Vec<Option<Row>>, MediumFault> {
        let Ok(rows) = self.0.load(keys);
        Ok(rows)
    }

    fn snapshot(&self) -> Result<Snapshot, MediumFault> {
        let Ok(snapshot) = self.0.snapshot();
        Ok(snapshot)
    }

    fn history(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<(MessageRef, MessageRow)>, MediumFault> {
        let Ok(all) = whole_history(&self.0, conversation);
        Ok(all)
    }

    fn reopen(&mut self) -> Result<(), MediumFault> {
        Ok(())
    }
}
