//! How a node is doing, counted where it happens and read where it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use protocol::core::Sizes;

use crate::net::{NetCounters, NetCounts};

/// Counts and conditions of one start.
#[derive(Debug, Default)]
pub struct Health {
    net: Arc<NetCounters>,
    listening: Mutex<BTreeSet<String>>,
    links: AtomicU64,
    misbehaved: Mutex<BTreeMap<&'static str, u64>>,
    passed_over: Mutex<BTreeMap<&'static str, u64>>,
    commits: AtomicU64,
    batches: AtomicU64,
    restores: AtomicU64,
    commit_failures: AtomicU64,
    load_failures: AtomicU64,
    outbox: AtomicU64,
    cached_rows: AtomicU64,
    jobs: AtomicU64,
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
    /// Times that a peer misbehaved, by what it did.
    pub misbehaved: BTreeMap<&'static str, u64>,
    /// Times that something of a community was passed over, by why.
    pub passed_over: BTreeMap<&'static str, u64>,
    /// Commits that became durable.
    pub commits: u64,
    /// Batches in them.
    pub batches: u64,
    /// Times that the core was restored after the store failed.
    pub restores: u64,
    /// Times that a commit failed, and with it everything queued behind it.
    pub commit_failures: u64,
    /// Times that rows which the core needs could not be read.
    pub load_failures: u64,
    /// What devices of contacts have not acknowledged, as of the core's last turn.
    pub outbox: u64,
    /// Rows that the core holds beside those that it always does, as of its last turn.
    pub cached_rows: u64,
    /// Jobs of the core that wait, as of its last turn.
    pub jobs: u64,
    /// Why nothing can be stored at present, if so.
    pub store_fault: Option<String>,
}

/// One more of this kind. Kinds are the program's own words, so there are few.
fn count(counts: &Mutex<BTreeMap<&'static str, u64>>, kind: &'static str) {
    let mut counts = lock(counts);
    let count = counts.entry(kind).or_default();
    *count = count.saturating_add(1);
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
            misbehaved: lock(&self.misbehaved).clone(),
            passed_over: lock(&self.passed_over).clone(),
            commits: read(&self.commits),
            batches: read(&self.batches),
            restores: read(&self.restores),
            commit_failures: read(&self.commit_failures),
            load_failures: read(&self.load_failures),
            outbox: read(&self.outbox),
            cached_rows: read(&self.cached_rows),
            jobs: read(&self.jobs),
            store_fault: lock(&self.store_fault).clone(),
        }
    }

    /// Notes an address; gives all that are known now.
    pub(crate) fn listening(&self, address: String) -> Vec<String> {
        let mut listening = lock(&self.listening);
        listening.insert(address);
        listening.iter().cloned().collect()
    }

    pub(crate) fn links(&self, standing: usize) {
        set(&self.links, standing);
    }

    pub(crate) fn misbehaved(&self, kind: &'static str) {
        count(&self.misbehaved, kind);
    }

    pub(crate) fn passed_over(&self, kind: &'static str) {
        count(&self.passed_over, kind);
    }

    pub(crate) fn committed(&self, batches: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        let batches = u64::try_from(batches).unwrap_or(u64::MAX);
        self.batches.fetch_add(batches, Ordering::Relaxed);
    }

    pub(crate) fn commit_failed(&self) {
        self.commit_failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn load_failed(&self) {
        self.load_failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn core(&self, sizes: Sizes) {
        set(&self.outbox, sizes.outbox);
        set(&self.cached_rows, sizes.cached);
        set(&self.jobs, sizes.jobs);
    }

    pub(crate) fn restored(&self) {
        self.restores.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn store_fault(&self, fault: Option<String>) {
        *lock(&self.store_fault) = fault;
    }
}

fn set(gauge: &AtomicU64, value: usize) {
    gauge.store(u64::try_from(value).unwrap_or(u64::MAX), Ordering::Relaxed);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is inside is replaced whole, so a panic elsewhere cannot have left it half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
