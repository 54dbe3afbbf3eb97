//! How a node is doing, counted where it happens and read where it is asked.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::net::{NetCounters, NetCounts};

/// Counts and conditions of one start.
#[derive(Debug, Default)]
pub struct Health {
    net: Arc<NetCounters>,
    listening: Mutex<BTreeSet<String>>,
    links: AtomicU64,
    misbehaved: AtomicU64,
    commits: AtomicU64,
    batches: AtomicU64,
    restores: AtomicU64,
    store_fault: Mutex<Option<String>>,
}

/// [`Health`] at one instant.
#[derive(Clone, Debug, Default)]
pub struct HealthCounts {
    /// Counts of the network task.
    pub net: NetCounts,
    /// Addresses at which this node can be reached.
    pub listening: Vec<String>,
    /// Links that stand.
    pub links: u64,
    /// Times that a peer misbehaved.
    pub misbehaved: u64,
    /// Commits that became durable.
    pub commits: u64,
    /// Batches in them.
    pub batches: u64,
    /// Times that the core was restored after a failed commit.
    pub restores: u64,
    /// Why nothing can be stored at present, if so.
    pub store_fault: Option<String>,
}

impl Health {
    /// Health of a node with this network task.
    #[must_use]
    pub fn new(net: Arc<NetCounters>) -> Self {
        Self {
            net,
            ..Self::default()
        }
    }

    /// All of it, as it is now.
    #[must_use]
    pub fn counts(&self) -> HealthCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        HealthCounts {
            net: self.net.counts(),
            listening: lock(&self.listening).iter().cloned().collect(),
            links: read(&self.links),
            misbehaved: read(&self.misbehaved),
            commits: read(&self.commits),
            batches: read(&self.batches),
            restores: read(&self.restores),
            store_fault: lock(&self.store_fault).clone(),
        }
    }

    pub(crate) fn listening(&self, address: String) {
        lock(&self.listening).insert(address);
    }

    pub(crate) fn links(&self, standing: usize) {
        self.links.store(
            u64::try_from(standing).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
    }

    pub(crate) fn misbehaved(&self) {
        self.misbehaved.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn committed(&self, batches: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        let batches = u64::try_from(batches).unwrap_or(u64::MAX);
        self.batches.fetch_add(batches, Ordering::Relaxed);
    }

    pub(crate) fn restored(&self) {
        self.restores.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn store_fault(&self, fault: Option<String>) {
        *lock(&self.store_fault) = fault;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is inside is replaced whole, so a panic elsewhere cannot have left it half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
