//! Outputs of the turn, in order, and the batch that they wait for.
//!
//! This is where *store, then send* is kept: whatever is sent [`When::Durable`] carries the name of the batch
//! that holds everything written so far.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::core::Faults;
use crate::error::HangupReason;
use crate::limits;
use crate::link::LinkId;
use crate::persist::{Batch, BatchId, Row, RowKey};
use crate::turn::{Event, LoadId, Output};

/// Whether an output may overtake the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// It gives nothing away that a crash could take back: hello, presence, what is only shown.
    Now,
    /// Everything written so far must be durable first.
    Durable,
}

/// Collected outputs.
#[derive(Debug, Default)]
pub struct Out {
    batch: Batch,
    emitted: u64,
    durable: u64,
    queue: VecDeque<Output>,
    loads: u64,
    dials: u64,
    faults: Faults,
}

impl Out {
    pub(crate) fn new(faults: Faults) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }

    /// The newest batch that is durable.
    pub(crate) const fn durable(&self) -> BatchId {
        BatchId(self.durable)
    }

    /// The batch that everything written from now on will be part of.
    #[must_use]
    pub fn open_batch(&self) -> BatchId {
        BatchId(self.emitted.saturating_add(1))
    }

    /// Writes a row, or removes it.
    pub(crate) fn write(&mut self, key: RowKey, row: Option<Row>) {
        self.batch.writes.insert(key, row);
    }

    fn barrier(&self, when: When) -> Option<BatchId> {
        if when == When::Now {
            return None;
        }
        if !self.batch.is_empty() {
            Some(self.open_batch())
        } else if self.emitted > self.durable {
            Some(BatchId(self.emitted))
        } else {
            None
        }
    }

    /// Sends an encoded frame.
    pub(crate) fn send(&mut self, link: LinkId, bytes: Bytes, when: When) {
        let after = if self.faults.sends_early() {
            None
        } else {
            self.barrier(when)
        };
        self.queue.push_back(Output::Send { link, bytes, after });
    }

    /// Tells something.
    pub fn event(&mut self, event: Event, when: When) {
        let after = self.barrier(when);
        self.queue.push_back(Output::Event { event, after });
    }

    /// Closes a link.
    pub fn hangup(&mut self, link: LinkId, reason: HangupReason) {
        self.queue.push_back(Output::Hangup { link, reason });
    }

    /// Tries addresses.
    pub fn dial(&mut self, addresses: Vec<String>) {
        self.dials = self.dials.saturating_add(1);
        self.queue.push_back(Output::Dial {
            attempt: self.dials,
            addresses,
        });
    }

    /// Asks for rows.
    pub(crate) fn load(&mut self, keys: Vec<RowKey>) -> LoadId {
        self.loads = self.loads.saturating_add(1);
        let id = LoadId(self.loads);
        self.queue.push_back(Output::Load { id, keys });
        id
    }

    /// A batch, and all before it, is durable.
    pub(crate) fn committed(&mut self, id: BatchId) {
        self.durable = self.durable.max(id.0.min(self.emitted));
    }

    /// The next output, the batch first as long as fewer than two are in flight: writes made meanwhile
    /// gather in one batch, which is the group commit.
    pub(crate) fn poll(&mut self) -> Option<Output> {
        let in_flight = self.emitted.saturating_sub(self.durable);
        let room = usize::try_from(in_flight).is_ok_and(|n| n < limits::BATCHES_IN_FLIGHT_MAX);
        if room && !self.batch.is_empty() {
            let id = self.open_batch();
            self.emitted = id.0;
            return Some(Output::Persist {
                id,
                batch: std::mem::take(&mut self.batch),
            });
        }
        self.queue.pop_front()
    }

    /// Rows that wait for their batch to be handed out.
    #[must_use]
    pub fn waiting_writes(&self) -> usize {
        self.batch.writes.len()
    }
}
