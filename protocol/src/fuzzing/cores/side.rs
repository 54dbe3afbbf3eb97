//! One core with its driver, as slow and as mortal as the input wants, and what is checked after each of its turns.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;

use crate::core::{Config, Core};
use crate::crypto::SigningKey;
use crate::identity::RecoveryWords;
use crate::link::{Frame, LinkId};
use crate::local::LocalDevice;
use crate::persist::{Batch, BatchId, MessageContent, Row, RowKey, Store as _};
use crate::testing::{MemoryStore, ratchet_use};
use crate::time::Now;
use crate::turn::{Event, Input, LoadId, Output};
use crate::{limits, wire};

/// Outputs of one drain; more is a core that spins.
const OUTPUTS_MAX: usize = 50_000;
/// Turns that a core may want at the same instant.
const TURNS_MAX: usize = 2_000;
/// Devices that a core here can know: itself, the contact, and the samples.
const PEERS_MAX: usize = 8;

/// Bytes of one row. A message with twenty versions of the longest text is the largest.
const ROW_BYTES_MAX: usize = 512 * 1024;

/// A device.
pub(super) struct Side {
    core: Core,
    store: MemoryStore,
    identity: &'static LocalDevice,
    /// Whether outputs wait for what they name: what a driver must do.
    waits: bool,
    seed: u8,
    batches: VecDeque<(BatchId, Batch)>,
    loads: VecDeque<(LoadId, Vec<RowKey>)>,
    held: VecDeque<(BatchId, Output)>,
    emitted: BatchId,
    durable: BatchId,
    positions: BTreeMap<([u8; 33], u32), Vec<u8>>,
    /// Frames that left.
    pub(super) sent: VecDeque<(LinkId, Bytes)>,
    /// Links that it closed.
    pub(super) hangups: Vec<LinkId>,
    /// Messages of others shown.
    pub(super) received: usize,
}

impl Side {
    pub(super) fn new(
        identity: &'static LocalDevice,
        store: MemoryStore,
        seed: u8,
        waits: bool,
    ) -> Self {
        Self {
            core: start(identity, &store, seed),
            store,
            identity,
            waits,
            seed,
            batches: VecDeque::new(),
            loads: VecDeque::new(),
            held: VecDeque::new(),
            emitted: BatchId(0),
            durable: BatchId(0),
            positions: BTreeMap::new(),
            sent: VecDeque::new(),
            hangups: Vec::new(),
            received: 0,
        }
    }

    /// Hands in an input and takes every output.
    pub(super) fn input(&mut self, now: Now, input: Input) {
        self.core.handle(now, input);
        self.drain(now);
    }

    /// Takes outputs until there are none and nothing is due.
    pub(super) fn drain(&mut self, now: Now) {
        let mut turns = 0;
        for _ in 0..OUTPUTS_MAX {
            match self.core.poll_output() {
                Output::Wait(Some(at)) if at <= now.mono => {
                    turns += 1;
                    assert!(turns < TURNS_MAX, "a core that wants another turn for ever");
                    self.core.handle(now, Input::Wake);
                }
                Output::Wait(_) => return self.check(),
                output => self.take(output),
            }
        }
        panic!("a core with outputs without end");
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Persist { id, batch } => {
                assert_eq!(id.0, self.emitted.0 + 1, "batches out of order");
                self.emitted = id;
                self.batches.push_back((id, batch));
                let most = limits::BATCHES_IN_FLIGHT_MAX;
                assert!(
                    self.batches.len() <= most,
                    "more batches in flight than the store takes"
                );
            }
            Output::Load { id, keys } => self.loads.push_back((id, keys)),
            output => match after(&output) {
                Some(batch) if batch > self.durable && self.waits => {
                    self.held.push_back((batch, output));
                }
                _ => self.perform(output),
            },
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Send { link, bytes, .. } => {
                assert!(bytes.len() <= limits::FRAME_MAX, "a frame over its limit");
                assert!(
                    Frame::decode(&bytes).is_ok(),
                    "a frame that nobody can read"
                );
                if let Some((position, sealed)) = ratchet_use(&bytes) {
                    let known = self
                        .positions
                        .entry(position)
                        .or_insert_with(|| sealed.clone());
                    assert!(*known == sealed, "a message key used twice");
                }
                self.sent.push_back((link, bytes));
            }
            Output::Event {
                event: Event::Message {
                    message, new: true, ..
                },
                ..
            } => {
                self.received += usize::from(message.author != self.core.local().device);
            }
            Output::Hangup { link, .. } => self.hangups.push(link),
            _ => {}
        }
    }

    /// Its keys.
    pub(super) const fn local(&self) -> &LocalDevice {
        self.core.local()
    }

    /// Its keys and its rows, for one who stole them.
    pub(super) const fn keys_and_rows(&mut self) -> (&LocalDevice, &mut MemoryStore) {
        (self.core.local(), &mut self.store)
    }

    /// Makes the oldest batch durable. `false`: there is none.
    pub(super) fn commit(&mut self, now: Now) -> bool {
        let Some((id, batch)) = self.batches.pop_front() else {
            return false;
        };
        for row in batch.writes.values().flatten() {
            let read = wire::decode::<Row>(&wire::encode(row), ROW_BYTES_MAX);
            assert_eq!(read.as_ref(), Ok(row), "a row that cannot be read again");
        }
        self.store
            .commit(&[batch])
            .expect("memory takes every batch");
        self.durable = id;
        while self.held.front().is_some_and(|(after, _)| *after <= id) {
            let (_, output) = self.held.pop_front().expect("just looked at");
            self.perform(output);
        }
        self.input(now, Input::Committed(id));
        true
    }

    /// Answers the newest request for rows: loads come out of order. `false`: there is none.
    pub(super) fn load(&mut self, now: Now) -> bool {
        let Some((id, keys)) = self.loads.pop_back() else {
            return false;
        };
        let rows = self.store.load(&keys).expect("memory gives every row");
        self.input(
            now,
            Input::Loaded {
                id,
                rows: keys.into_iter().zip(rows).collect(),
            },
        );
        true
    }

    /// Ends the core and starts it from what is durable.
    pub(super) fn crash(&mut self, now: Now) {
        // A seed serves one core: the old random stream again would be a fault of the driver.
        self.seed = self.seed.wrapping_add(1);
        self.core = start(self.identity, &self.store, self.seed);
        self.batches.clear();
        self.loads.clear();
        self.held.clear();
        self.sent.clear();
        self.hangups.clear();
        (self.emitted, self.durable) = (BatchId(0), BatchId(0));
        self.drain(now);
    }

    /// Checks that every place in a conversation holds one message, and every message has one place: also of a
    /// device that uses an id twice.
    pub(super) fn check_history(&self) {
        let mut placed = BTreeSet::new();
        let rows = self.store.rows.iter();
        for (key, _) in rows.clone() {
            let RowKey::Order(conversation, place, message) = key else {
                continue;
            };
            let Some(Row::Message(row)) = self.store.rows.get(&RowKey::Message(*message)) else {
                panic!("a place without its message");
            };
            assert_eq!(row.conversation, *conversation, "in another conversation");
            let once = placed.insert(message) && row.place == *place;
            assert!(once, "a message in two places");
        }
        for (key, row) in rows {
            if let (RowKey::Message(message), Row::Message(row)) = (key, row) {
                let shown = matches!(
                    row.content,
                    MessageContent::Text { .. } | MessageContent::Deleted
                );
                let agrees = shown == placed.contains(message);
                assert!(agrees, "a message without a place");
            }
        }
    }

    fn check(&self) {
        let sizes = self.core.sizes();
        let in_flight = PEERS_MAX * limits::IN_FLIGHT_PER_DEVICE_MAX;
        let jobs = limits::COMMANDS_WAITING_MAX + PEERS_MAX * (limits::LANE_JOBS_MAX + 2);
        assert!(sizes.links <= limits::LINKS_MAX, "{sizes:?}");
        assert!(sizes.jobs <= jobs, "{sizes:?}");
        assert!(sizes.outbox <= limits::OUTBOX_MAX, "{sizes:?}");
        assert!(sizes.keys <= limits::KEYS_WAITING_MAX, "{sizes:?}");
        assert!(sizes.in_flight <= in_flight, "{sizes:?}");
        assert!(
            sizes.owed <= PEERS_MAX * 4 * limits::ACK_IDS_MAX,
            "{sizes:?}"
        );
        assert!(sizes.cached <= 2 * limits::RESIDENT_ROWS_MAX, "{sizes:?}");
    }
}

fn after(output: &Output) -> Option<BatchId> {
    match output {
        Output::Send { after, .. } | Output::Event { after, .. } => *after,
        _ => None,
    }
}

fn start(identity: &LocalDevice, store: &MemoryStore, seed: u8) -> Core {
    let rows = store.snapshot().expect("memory gives every row");
    Core::restore(Config::default(), copy(identity), rows, [seed; 32])
}

/// The same keys again. Decoding them would be most of what a short input costs.
fn copy(local: &LocalDevice) -> LocalDevice {
    let words = local.unconfirmed.as_ref();
    LocalDevice {
        account: local.account,
        device: local.device,
        signing: SigningKey::from_seed(&local.signing.seed()),
        signal: local.signal.clone(),
        bundle: local.bundle.clone(),
        name: local.name.clone(),
        unconfirmed: words.map(|words| RecoveryWords::from_entropy(words.entropy())),
    }
}
