//! Performing what a core wants: in order, and nothing before the batch that it waits for.
//!
//! This is the driver's half of *store, then send*: a ratchet step that was sent but not stored
//! is a message key used twice after a crash.

use std::collections::VecDeque;

use bytes::Bytes;
use protocol::core::Core;
use protocol::link::LinkId;
use protocol::persist::BatchId;
use protocol::turn::{Event, Input, Output};
use tokio::sync::oneshot;

use super::{Driver, DriverError, LinkState};
use crate::net::NetCommand;
use crate::store_thread::{LOADS_MAX, ReadRequest, StoreEvent, WriteRequest};

/// Rows that the driver reads itself: the few that a lone message needs.
const LOAD_HERE_MAX: usize = 4;

/// Times that it does so in one drain: a page of words that came at once, and no more, for a long lane of commands must not keep
/// the driver from what else happens.
const LOADS_HERE_MAX: usize = 16;

/// What waits for a batch.
#[derive(Debug)]
enum Waiting {
    Send(LinkId, Bytes),
    Event(Box<Event>),
    Settled(oneshot::Sender<()>),
}

/// What the core wanted and cannot have yet. Bounded by the core, which stops taking work in
/// while its outbox, lanes and commands are full.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// By batch, in the order in which the core said it; batches become durable in order.
    waiting: VecDeque<(BatchId, Waiting)>,
    /// Batches for the store, until everything else of this drain is performed; and whether some of that is on its way
    /// to people.
    batches: VecDeque<WriteRequest>,
    shown: bool,
    /// The newest batch meant for the store, and the newest durable one.
    handed: BatchId,
    durable: BatchId,
    /// Loads that the reader has not been asked for yet, and how many it works on.
    loads: VecDeque<ReadRequest>,
    loading: usize,
    /// Who waits for all that was told so far.
    settling: Vec<oneshot::Sender<()>>,
}

impl Held {
    /// Whether nothing waits for the store.
    pub(super) fn is_settled(&self) -> bool {
        self.waiting.is_empty() && self.handed == self.durable
    }

    /// The core is gone, and its links with it; events of what becomes durable stay true.
    pub(super) fn drop_sends(&mut self) {
        self.waiting
            .retain(|(_, waiting)| !matches!(waiting, Waiting::Send(..)));
        self.loads.clear();
    }

    /// Nothing of the last core is left but loads that the reader still works on.
    pub(super) fn reset(&mut self) {
        *self = Self {
            loading: self.loading,
            ..Self::default()
        };
    }

    /// Somebody waits until all is durable that was told so far.
    pub(super) fn settle(&mut self, answer: oneshot::Sender<()>) {
        self.settling.push(answer);
    }

    /// The reader is done with one load.
    pub(super) fn load_answered(&mut self) {
        self.loading = self.loading.saturating_sub(1);
    }
}

impl Driver {
    /// Drains the core and performs what it wants.
    pub(super) async fn drain(&mut self) -> Result<(), DriverError> {
        self.drain_core().await?;
        for _ in 0..LOADS_HERE_MAX {
            if !self.load_here().await? {
                break;
            }
            self.drain_core().await?;
        }
        if !self.held.settling.is_empty() {
            self.settle();
            self.drain_core().await?;
        }
        self.load_more().await
    }

    /// Whoever waits for the store hears when all is durable that the core has written so far. What it wanted so far is
    /// performed, so nothing of an earlier batch comes to stand behind this.
    pub(super) fn settle(&mut self) {
        let batch = self.core.as_mut().and_then(Core::settle);
        for answer in std::mem::take(&mut self.held.settling) {
            match self.not_yet(batch) {
                Some(batch) => {
                    let waiting = Waiting::Settled(answer);
                    self.held.waiting.push_back((batch, waiting));
                }
                None => drop(answer.send(())),
            }
        }
    }

    async fn drain_core(&mut self) -> Result<(), DriverError> {
        while let Some(core) = &mut self.core {
            match core.poll_output() {
                Output::Wait(until) => {
                    self.outlets.health.core(core.sizes());
                    self.wake = until.map(|until| self.clock.to_system(until));
                    break;
                }
                output => self.perform(output).await?,
            }
        }
        self.hand_over().await
    }

    /// Hands the batches of this drain to the store.
    async fn hand_over(&mut self) -> Result<(), DriverError> {
        let shown = std::mem::take(&mut self.held.shown);
        if shown && !self.held.batches.is_empty() {
            // The writer, once awake, may take the processor from this thread until it waits for the disk: those who
            // show what just happened go first.
            tokio::task::yield_now().await;
        }
        while let Some(request) = self.held.batches.pop_front() {
            let sent = self.ports.store.writes.send(request).await;
            sent.map_err(|_error| DriverError::Gone("store"))?;
        }
        Ok(())
    }

    pub(super) async fn perform(&mut self, output: Output) -> Result<(), DriverError> {
        match output {
            Output::Persist { id, batch } => {
                self.held.handed = id;
                self.held.batches.push_back(WriteRequest::Commit {
                    core: self.number,
                    id,
                    batch,
                });
            }
            Output::Load { id, keys } => {
                self.held.loads.push_back(ReadRequest {
                    core: self.number,
                    id,
                    keys,
                });
            }
            Output::Send { link, bytes, after } => match self.not_yet(after) {
                Some(batch) => self
                    .held
                    .waiting
                    .push_back((batch, Waiting::Send(link, bytes))),
                None => self.send(link, bytes).await?,
            },
            Output::Event { event, after } => match self.not_yet(after) {
                Some(batch) => {
                    self.held
                        .waiting
                        .push_back((batch, Waiting::Event(Box::new(event))));
                }
                None => {
                    self.held.shown = true;
                    self.tell(event);
                }
            },
            Output::Dial { attempt, addresses } => {
                self.tell_net(NetCommand::Dial { attempt, addresses })
                    .await?;
            }
            Output::Hangup { link, reason } => {
                tracing::info!(link = link.0, %reason, "hanging up");
                if let Some(state) = self.links.get_mut(&link) {
                    *state = LinkState::Ending;
                }
                self.tell_net(NetCommand::Hangup { link: link.0 }).await?;
            }
            Output::Wait(_) => {}
        }
        Ok(())
    }

    /// The batch that has to be waited for, if it is not durable.
    fn not_yet(&self, after: Option<BatchId>) -> Option<BatchId> {
        after.filter(|batch| *batch > self.held.durable)
    }

    pub(super) async fn send(&mut self, link: LinkId, bytes: Bytes) -> Result<(), DriverError> {
        if self.is_open(link) {
            self.tell_net(NetCommand::Send {
                link: link.0,
                bytes,
            })
            .await?;
        }
        Ok(())
    }

    /// This batch, and every one before it, is durable: performs what waited for them.
    pub(super) async fn release(&mut self, durable: BatchId) -> Result<(), DriverError> {
        self.held.durable = self.held.durable.max(durable);
        while let Some((_, waiting)) = self
            .held
            .waiting
            .pop_front_if(|(batch, _)| *batch <= durable)
        {
            match waiting {
                Waiting::Send(link, bytes) => self.send(link, bytes).await?,
                Waiting::Event(event) => self.tell(*event),
                // Whoever asked may have gone meanwhile.
                Waiting::Settled(answer) => drop(answer.send(())),
            }
        }
        Ok(())
    }

    /// A load came to its end.
    pub(super) async fn loaded(&mut self, event: StoreEvent) -> Result<(), DriverError> {
        match event {
            StoreEvent::Loaded { core, id, rows } if core == self.number => {
                self.input(Input::Loaded { id, rows });
            }
            StoreEvent::LoadFailed { core, fault } if core == self.number => {
                self.outlets.health.load_failed();
                self.fail(fault).await?;
            }
            // Of a core that is gone.
            _ => {}
        }
        Ok(())
    }

    /// Looks a few rows up here while the reader has nothing to do: two threads that wake each other take longer than
    /// the look itself, which finds its pages in memory as a rule. Answers whether it did.
    async fn load_here(&mut self) -> Result<bool, DriverError> {
        let Some(reader) = &self.ports.store.reader else {
            return Ok(false);
        };
        if self.held.loading > 0 || self.held.loads.len() > 1 {
            return Ok(false);
        }
        let is_short = |request: &mut ReadRequest| request.keys.len() <= LOAD_HERE_MAX;
        let Some(request) = self.held.loads.pop_front_if(is_short) else {
            return Ok(false);
        };
        let event = request.answer(reader);
        self.loaded(event).await?;
        Ok(true)
    }

    /// Hands loads to the reader as far as it may have them.
    async fn load_more(&mut self) -> Result<(), DriverError> {
        while self.held.loading < LOADS_MAX {
            let Some(request) = self.held.loads.pop_front() else {
                break;
            };
            self.held.loading += 1;
            let sent = self.ports.store.reads.send(request).await;
            sent.map_err(|_error| DriverError::Gone("store"))?;
        }
        Ok(())
    }
}
