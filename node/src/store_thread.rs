//! The store's two threads: one writes, one reads what the core asks for.
//!
//! Commits wait for the disk, so they happen beside the driver, never in it. Batches that wait
//! together become one commit. After a failed commit everything that was queued behind it is
//! refused until the driver asks for a fresh snapshot: a later batch must never be durable
//! without an earlier one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use protocol::content::Mention;
use protocol::identity::AccountId;
use protocol::limits;
use protocol::message::{ConversationId, Media, MessageRef};
use protocol::persist::{Batch, BatchId, ContactRow, Row, RowKey, Snapshot, Store as _};
use protocol::turn::LoadId;
use storage::{Page, PageEntry, Part, Position, Reader, StoreError, Unread, Writer};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::handle::Ask;

/// Loads handed to the reader thread and not yet answered; further ones wait in the driver.
pub(crate) const LOADS_MAX: usize = 256;

/// Requests to the writer: every batch that may be in flight, and a restore behind them.
const WRITES_MAX: usize = 2 * limits::BATCHES_IN_FLIGHT_MAX + 2;

/// Pages read at the same time for the API and the window.
const PAGES_MAX: usize = 4;

/// Why the store failed, in words, and whether it may work again by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StoreFault {
    /// For people.
    pub message: String,
    /// A full disk, say: the same call may succeed later. Otherwise the node has to stop.
    pub passing: bool,
}

impl From<StoreError> for StoreFault {
    fn from(error: StoreError) -> Self {
        Self {
            message: error.to_string(),
            passing: error.is_passing(),
        }
    }
}

/// What the driver asks of the writer. `core` numbers the cores of one start: answers meant for
/// one that is gone are recognised by it.
#[derive(Debug)]
pub(crate) enum WriteRequest {
    /// Make this durable.
    Commit {
        core: u64,
        id: BatchId,
        batch: Batch,
    },
    /// A commit failed; everything before this request is settled. Read the state afresh.
    Restore { core: u64 },
}

/// What the driver asks of the reader.
#[derive(Debug)]
pub(crate) struct ReadRequest {
    pub(crate) core: u64,
    pub(crate) id: LoadId,
    pub(crate) keys: Vec<RowKey>,
}

impl ReadRequest {
    /// Reads.
    pub(crate) fn answer(self, store: &Reader) -> StoreEvent {
        let Self { core, id, keys } = self;
        match store.load(&keys) {
            Ok(rows) => StoreEvent::Loaded {
                core,
                id,
                rows: keys.into_iter().zip(rows).collect(),
            },
            Err(error) => StoreEvent::LoadFailed {
                core,
                fault: error.into(),
            },
        }
    }
}

/// What the threads tell the driver.
#[derive(Debug)]
pub(crate) enum StoreEvent {
    /// This batch, and all before it, is durable; it took `batches` of them in one commit.
    Committed {
        core: u64,
        id: BatchId,
        batches: usize,
    },
    /// Nothing more of this core becomes durable.
    Failed { core: u64, fault: StoreFault },
    /// A load could not be answered: this core cannot go on.
    LoadFailed { core: u64, fault: StoreFault },
    /// The rows of a load, in the order of its keys.
    Loaded {
        core: u64,
        id: LoadId,
        rows: Vec<(RowKey, Option<Row>)>,
    },
    /// The state for a new core.
    Restored {
        core: u64,
        snapshot: Result<Snapshot, StoreFault>,
    },
}

/// The driver's ends.
#[derive(Debug)]
pub(crate) struct StorePort {
    pub(crate) writes: mpsc::Sender<WriteRequest>,
    pub(crate) reads: mpsc::Sender<ReadRequest>,
    pub(crate) events: mpsc::Receiver<StoreEvent>,
    /// For what is quicker read than asked for. None where a test plays the store.
    pub(crate) reader: Option<Reader>,
}

/// The threads of one start; they end when the driver drops its ends.
#[derive(Debug)]
pub(crate) struct StoreThreads {
    writer: thread::JoinHandle<()>,
    reader: thread::JoinHandle<()>,
}

impl StoreThreads {
    /// Waits for both to end. Answers whether they did so in order.
    pub(crate) fn join(self) -> bool {
        let (writer, reader) = (self.writer.join(), self.reader.join());
        writer.is_ok() && reader.is_ok()
    }
}

/// Room for the answer to everything that can be asked at once, so that the threads never wait: the driver may wait for them.
pub(crate) const fn answers(loads: usize, writes: usize) -> usize {
    loads + 2 * writes
}

/// Starts both threads.
///
/// # Errors
/// When the system refuses a thread.
pub(crate) fn spawn(writer: Writer) -> std::io::Result<(StoreThreads, StorePort)> {
    let (writes, writes_rx) = mpsc::channel(WRITES_MAX);
    let (reads, reads_rx) = mpsc::channel(LOADS_MAX);
    let (events_tx, events) = mpsc::channel(answers(LOADS_MAX, WRITES_MAX));
    let store = writer.reader().clone();
    let here = store.clone();
    let reader_events = events_tx.clone();
    let reader = thread::Builder::new()
        .name("store-reader".to_owned())
        .spawn(move || read(&store, reads_rx, &reader_events))?;
    let writer = thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || write(writer, writes_rx, &events_tx))?;
    Ok((
        StoreThreads { writer, reader },
        StorePort {
            writes,
            reads,
            events,
            reader: Some(here),
        },
    ))
}

/// Commits until the driver is gone.
fn write(
    mut store: Writer,
    mut requests: mpsc::Receiver<WriteRequest>,
    events: &mpsc::Sender<StoreEvent>,
) {
    // The core whose commits are refused, because an earlier one of it failed.
    let mut failed = None;
    let mut waiting = None;
    while let Some(request) = waiting.take().or_else(|| requests.blocking_recv()) {
        let event = match request {
            WriteRequest::Restore { core } => {
                failed = None;
                StoreEvent::Restored {
                    core,
                    snapshot: store.snapshot().map_err(Into::into),
                }
            }
            WriteRequest::Commit { core, .. } if failed == Some(core) => continue,
            WriteRequest::Commit { core, id, batch } => {
                let (id, batches, next) = gather(core, id, batch, &mut requests);
                waiting = next;
                match store.commit(&batches) {
                    Ok(()) => StoreEvent::Committed {
                        core,
                        id,
                        batches: batches.len(),
                    },
                    Err(error) => {
                        failed = Some(core);
                        StoreEvent::Failed {
                            core,
                            fault: error.into(),
                        }
                    }
                }
            }
        };
        if events.blocking_send(event).is_err() {
            break;
        }
    }
}

/// Takes all batches that wait already. Answers the last one's id, the batches, and what came
/// instead of another batch of that core.
fn gather(
    core: u64,
    mut id: BatchId,
    batch: Batch,
    requests: &mut mpsc::Receiver<WriteRequest>,
) -> (BatchId, Vec<Batch>, Option<WriteRequest>) {
    let mut batches = vec![batch];
    loop {
        match requests.try_recv() {
            Ok(WriteRequest::Commit {
                core: same,
                id: next,
                batch,
            }) if same == core => {
                id = next;
                batches.push(batch);
            }
            Ok(other) => return (id, batches, Some(other)),
            Err(_) => return (id, batches, None),
        }
    }
}

/// Loads until the driver is gone.
fn read(
    store: &Reader,
    mut requests: mpsc::Receiver<ReadRequest>,
    events: &mpsc::Sender<StoreEvent>,
) {
    while let Some(request) = requests.blocking_recv() {
        if events.blocking_send(request.answer(store)).is_err() {
            break;
        }
    }
}

/// Reads pages of history beside the core, none of which lacks what was told before. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StoreReader {
    store: Reader,
    asks: mpsc::Sender<Ask>,
    permits: Arc<Semaphore>,
}

impl StoreReader {
    /// Pages of this store, which the driver behind `asks` writes.
    #[must_use]
    pub(crate) fn new(store: Reader, asks: mpsc::Sender<Ask>) -> Self {
        Self {
            store,
            asks,
            permits: Arc::new(Semaphore::new(PAGES_MAX)),
        }
    }

    /// At most `limit` messages of a part of a conversation.
    ///
    /// # Errors
    /// What the store says.
    pub async fn page(
        &self,
        conversation: ConversationId,
        part: Part,
        limit: usize,
    ) -> Result<Page, StoreFault> {
        self.read(move |store| store.page(conversation, part, limit))
            .await
    }

    /// How many messages of others than these accounts stand behind a place of a conversation (in all, without one), counted up
    /// to [`limits::UNREAD_MAX`], and how many of them mention whom the person answers to.
    ///
    /// # Errors
    /// What the store says.
    pub async fn unread(
        &self,
        conversation: ConversationId,
        passed: BTreeSet<AccountId>,
        after: Option<Position>,
        named: BTreeSet<Mention>,
    ) -> Result<Unread, StoreFault> {
        self.read(move |store| store.unread(conversation, &passed, after, &named))
            .await
    }

    /// What is pinned in a channel, the first pinned first, at most [`limits::PINS_MAX`].
    ///
    /// # Errors
    /// What the store says.
    pub async fn pins(&self, conversation: ConversationId) -> Result<Vec<PageEntry>, StoreFault> {
        self.read(move |store| store.pins(conversation)).await
    }

    /// At most `limit` messages of a part of a thread, with the message that it is under.
    ///
    /// # Errors
    /// What the store says.
    pub async fn thread(
        &self,
        conversation: ConversationId,
        root: MessageRef,
        part: Part,
        limit: usize,
    ) -> Result<Page, StoreFault> {
        self.read(move |store| store.thread(conversation, root, part, limit))
            .await
    }

    /// The whole attachment of a message, verified, and what its author calls it; `None` if it is not all here.
    ///
    /// # Errors
    /// What the store says.
    pub async fn attachment(
        &self,
        message: MessageRef,
    ) -> Result<Option<(Media, Vec<u8>)>, StoreFault> {
        self.read(move |store| store.attachment(message)).await
    }

    /// The row of a contact.
    ///
    /// # Errors
    /// What the store says.
    pub async fn contact(&self, account: AccountId) -> Result<Option<ContactRow>, StoreFault> {
        let mut rows = self
            .read(move |store| store.load(&[RowKey::Contact(account)]))
            .await?;
        Ok(rows.pop().flatten().and_then(|row| match row {
            Row::Contact(contact) => Some(contact),
            _ => None,
        }))
    }

    /// The row of a message; `None` if it is not here, or damaged.
    ///
    /// # Errors
    /// What the store says.
    pub async fn message(
        &self,
        message: MessageRef,
    ) -> Result<Option<protocol::persist::MessageRow>, StoreFault> {
        let mut rows = self
            .read(move |store| store.load(&[RowKey::Message(message)]))
            .await?;
        Ok(rows.pop().flatten().and_then(|row| match row {
            Row::Message(row) => Some(row),
            _ => None,
        }))
    }

    /// Waits until all is durable that was told so far. What never becomes so, and a driver that stops, is not waited for.
    async fn settled(&self) {
        let (answer, answered) = oneshot::channel();
        if self.asks.send(Ask::Settle { answer }).await.is_ok() {
            let _gone = answered.await;
        }
    }

    /// Reads on a thread that may wait for the disk, a few at a time.
    async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let stopping = || StoreFault {
            message: "the node is stopping".to_owned(),
            passing: true,
        };
        self.settled().await;
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(|_error| stopping())?;
        let store = self.store.clone();
        let read = tokio::task::spawn_blocking(move || {
            let read = look(&store);
            drop(permit);
            read
        });
        match read.await {
            Ok(read) => read.map_err(StoreFault::from),
            Err(_) => Err(stopping()),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::persist::DeviceRow;
    use storage::faults::{Failure, FaultDisk};
    use storage::{Options, Profile, Protection};

    use super::*;

    fn batch(signed: u32) -> Batch {
        let mut batch = Batch::default();
        let row = DeviceRow {
            signed,
            ..DeviceRow::default()
        };
        batch.put(RowKey::Device, Row::Device(row));
        batch
    }

    async fn next(port: &mut StorePort) -> StoreEvent {
        let event = tokio::time::timeout(std::time::Duration::from_secs(20), port.events.recv());
        event.await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn nothing_behind_a_failed_commit_becomes_durable() {
        let disk = FaultDisk::new(1);
        let folder = Arc::new(disk.clone());
        let mut profile = Profile::create(
            folder,
            &Protection::Unprotected,
            b"keys",
            Options::default(),
        )
        .unwrap();
        let (_threads, mut port) = spawn(profile.writer()).unwrap();
        let commit = |core, id, signed| WriteRequest::Commit {
            core,
            id: BatchId(id),
            batch: batch(signed),
        };
        port.writes.send(commit(1, 1, 1)).await.unwrap();
        assert!(matches!(
            next(&mut port).await,
            StoreEvent::Committed { core: 1, .. }
        ));

        disk.fail_at(
            disk.ops() + 1,
            Failure::From(std::io::ErrorKind::StorageFull),
        );
        port.writes.send(commit(1, 2, 2)).await.unwrap();
        let event = next(&mut port).await;
        assert!(
            matches!(&event, StoreEvent::Failed { core: 1, fault } if fault.passing),
            "{event:?}"
        );
        disk.heal();
        port.writes.send(commit(1, 3, 3)).await.unwrap();
        port.writes
            .send(WriteRequest::Restore { core: 1 })
            .await
            .unwrap();
        let StoreEvent::Restored {
            snapshot: Ok(snapshot),
            ..
        } = next(&mut port).await
        else {
            panic!("a refused batch was answered")
        };
        let Some(Row::Device(device)) = snapshot.rows.get(&RowKey::Device) else {
            panic!()
        };
        assert_eq!(device.signed, 1);

        port.writes.send(commit(2, 1, 4)).await.unwrap();
        assert!(matches!(
            next(&mut port).await,
            StoreEvent::Committed { core: 2, .. }
        ));
    }

    #[tokio::test]
    async fn batches_that_wait_together_are_one_commit() {
        let (requests, mut waiting) = mpsc::channel(8);
        for id in 2..5 {
            let request = WriteRequest::Commit {
                core: 1,
                id: BatchId(id),
                batch: batch(1),
            };
            requests.send(request).await.unwrap();
        }
        requests
            .send(WriteRequest::Restore { core: 1 })
            .await
            .unwrap();
        let (id, batches, next) = gather(1, BatchId(1), batch(1), &mut waiting);
        assert_eq!((id, batches.len()), (BatchId(4), 4));
        assert!(matches!(next, Some(WriteRequest::Restore { core: 1 })));
    }
}
