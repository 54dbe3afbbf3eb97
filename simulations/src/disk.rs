//! A disk under a core: batches become durable after a while, in order, whole; a crash loses the others.

use std::collections::VecDeque;

use protocol::persist::{Batch, BatchId};

use crate::clock::Micros;
use crate::medium::{Medium, MediumFault};

/// A disk and what it was asked to make durable.
#[derive(Debug)]
pub struct Disk {
    /// What is durable.
    pub medium: Box<dyn Medium>,
    waiting: VecDeque<(BatchId, Batch)>,
    last_done: Micros,
    /// Commits are refused as long as this is set.
    pub full: bool,
}

impl Disk {
    /// A disk over a medium.
    #[must_use]
    pub fn new(medium: Box<dyn Medium>) -> Self {
        Self {
            medium,
            waiting: VecDeque::new(),
            last_done: 0,
            full: false,
        }
    }

    /// Takes a batch, and says when it will be durable.
    pub fn take(&mut self, id: BatchId, batch: Batch, now: Micros, needs: Micros) -> Micros {
        self.waiting.push_back((id, batch));
        self.last_done = self.last_done.max(now) + needs;
        self.last_done
    }

    /// Whether a batch waits.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Commits every batch up to this one, and with `all` those behind it too. Gives the last that is durable now.
    ///
    /// # Errors
    /// When the disk is full, refuses, or dies.
    pub fn commit(&mut self, up_to: BatchId, all: bool) -> Result<Option<BatchId>, MediumFault> {
        let mut taken = Vec::new();
        let mut last = None;
        while let Some((id, batch)) = self.waiting.pop_front_if(|(id, _)| all || *id <= up_to) {
            last = Some(id);
            taken.push(batch);
        }
        if last.is_none() {
            return Ok(None);
        }
        if self.full {
            return Err(MediumFault {
                what: "the disk is full".to_owned(),
                died: false,
            });
        }
        self.medium.commit(taken)?;
        Ok(last)
    }

    /// The machine sleeps in the middle of it.
    pub const fn sleeps(&mut self, time: Micros) {
        self.last_done = self.last_done.saturating_add(time);
    }

    /// The core is gone: what is not durable is lost.
    pub fn lose(&mut self) {
        self.waiting.clear();
        self.last_done = 0;
    }
}
