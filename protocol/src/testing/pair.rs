//! A few devices on one virtual table: real cores, a store in memory each, links that deliver at once unless told
//! otherwise. For scripted tests; the simulator has chance and faults.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fixture"
)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use crate::core::{Config, Core};
use crate::crypto::Rng;
use crate::error::{HangupReason, Rejected};
use crate::identity::{AccountId, DeviceId, RecoveryWords};
use crate::link::{Frame, LinkId};
use crate::local::LocalDevice;
use crate::message::{Body, MessageRef, Name};
use crate::persist::{Batch, BatchId, MessageRow, Store as _};
use crate::testing::MemoryStore;
use crate::time::{Instant, Now, Timestamp};
use crate::turn::{Command, CommandId, Event, Input, Output, Reply, Whom};

/// One device at the table.
#[derive(Debug)]
pub struct Seat {
    /// The core.
    pub core: Core,
    /// What is durable.
    pub store: MemoryStore,
    /// The identity file's payload.
    pub identity: Vec<u8>,
    /// Events so far, in order.
    pub events: Vec<Event>,
    /// Frames sent so far, in order.
    pub frames: Vec<Bytes>,
    /// Links closed by this core, and why.
    pub hangups: Vec<HangupReason>,
    /// Addresses that this core had dialled so far, by attempt.
    pub dials: Vec<Vec<String>>,
    /// Commits are kept back while set.
    pub stalled: bool,
    config: Config,
    batches: VecDeque<(BatchId, Batch)>,
    held: VecDeque<(BatchId, Output)>,
    durable: BatchId,
    wake: Option<Instant>,
    starts: u8,
}

/// The two ends of a link.
#[derive(Clone, Copy, Debug)]
struct Wire {
    seats: (usize, usize),
}

/// Whether a frame arrives. Arguments: from, to, bytes.
pub type Lossy = fn(usize, usize, &[u8]) -> bool;

/// Devices at one table.
#[derive(Debug)]
pub struct Table {
    /// The devices.
    pub seats: Vec<Seat>,
    /// Time passed since the start.
    pub now: Duration,
    /// Frames for which this says `false` are lost.
    pub lossy: Option<Lossy>,
    /// How long a frame takes. Without it a whole talk happens at one moment, and no link's budget allows a long one.
    pub flight: Duration,
    flying: BTreeMap<(Duration, u64), (usize, Input)>,
    flights: u64,
    wires: BTreeMap<LinkId, Wire>,
    gone: BTreeSet<LinkId>,
    queue: VecDeque<(usize, Input)>,
    next_link: u64,
    next_command: u64,
}

impl Table {
    /// Accounts with one device each, by name.
    #[must_use]
    pub fn new(names: &[&str]) -> Self {
        let mut table = Self {
            seats: Vec::new(),
            now: Duration::from_secs(1),
            lossy: None,
            flight: Duration::ZERO,
            flying: BTreeMap::new(),
            flights: 0,
            wires: BTreeMap::new(),
            gone: BTreeSet::new(),
            queue: VecDeque::new(),
            next_link: 0,
            next_command: 0,
        };
        for name in names {
            let _words = table.sit(name, Config::default());
        }
        table
    }

    /// One more account. Gives its recovery words.
    pub fn sit(&mut self, name: &str, config: Config) -> RecoveryWords {
        let seed = [u8::try_from(self.seats.len()).unwrap() + 1; 32];
        let mut rng = Rng::from_seed(seed);
        let name = Name::try_from(name.to_owned()).unwrap();
        let (local, words) = LocalDevice::create(name, self.clock(), &mut rng);
        self.seat(local, MemoryStore::default(), config);
        words
    }

    /// A device with these keys and rows.
    pub fn seat(&mut self, local: LocalDevice, store: MemoryStore, config: Config) -> usize {
        let index = self.seats.len();
        let identity = local.encode().to_vec();
        let seed = [u8::try_from(index).unwrap() + 101; 32];
        let core = Core::restore(config, local, store.snapshot().unwrap(), seed);
        self.seats.push(Seat {
            core,
            store,
            identity,
            events: Vec::new(),
            frames: Vec::new(),
            hangups: Vec::new(),
            dials: Vec::new(),
            stalled: false,
            config,
            batches: VecDeque::new(),
            held: VecDeque::new(),
            durable: BatchId(0),
            wake: Some(Instant::default()),
            starts: 0,
        });
        self.drain(index);
        self.run();
        index
    }

    fn clock(&self) -> Now {
        let micros = u64::try_from(self.now.as_micros()).unwrap();
        Now {
            mono: Instant::from_micros(micros),
            wall: Timestamp::from_millis(1_700_000_000_000 + micros / 1_000),
        }
    }

    /// Its account.
    #[must_use]
    pub fn account(&self, seat: usize) -> AccountId {
        self.seats[seat].core.local().account
    }

    /// Its device.
    #[must_use]
    pub fn device(&self, seat: usize) -> DeviceId {
        self.seats[seat].core.local().device
    }

    /// A link between two seats; the first dials.
    pub fn link(&mut self, from: usize, to: usize) -> LinkId {
        let link = LinkId(self.next_link);
        self.next_link += 1;
        self.wires.insert(link, Wire { seats: (from, to) });
        let (dialer, listener) = (self.peer_id(from), self.peer_id(to));
        let up = |local: &Bytes, remote: &Bytes, dialer| Input::LinkUp {
            link,
            local: local.clone(),
            remote: remote.clone(),
            dialer,
        };
        self.queue.push_back((from, up(&dialer, &listener, true)));
        self.queue.push_back((to, up(&listener, &dialer, false)));
        self.run();
        link
    }

    fn peer_id(&self, seat: usize) -> Bytes {
        Bytes::from(vec![u8::try_from(seat).unwrap(), self.seats[seat].starts])
    }

    /// Cuts a link.
    pub fn cut(&mut self, link: LinkId) {
        if let Some(wire) = self.wires.remove(&link) {
            self.gone.insert(link);
            self.queue
                .push_back((wire.seats.0, Input::LinkDown { link }));
            self.queue
                .push_back((wire.seats.1, Input::LinkDown { link }));
        }
        self.run();
    }

    /// Ends a device between two instructions: what is not durable is gone, and it starts anew.
    pub fn crash(&mut self, index: usize) {
        let links = self.wires.iter();
        let links = links.filter(|(_, w)| w.seats.0 == index || w.seats.1 == index);
        let links: Vec<_> = links.map(|(link, _)| *link).collect();
        let seat = &mut self.seats[index];
        seat.starts += 1;
        // Fresh for every device and start: equal seeds would give equal nonces.
        let mut seed = [seat.starts; 32];
        seed[0] = u8::try_from(index).unwrap() + 1;
        let local = LocalDevice::decode(&seat.identity).unwrap();
        seat.core = Core::restore(seat.config, local, seat.store.snapshot().unwrap(), seed);
        seat.batches.clear();
        seat.held.clear();
        seat.durable = BatchId(0);
        seat.stalled = false;
        self.queue.retain(|(to, _)| *to != index);
        for link in links {
            let wire = self.wires.remove(&link).unwrap();
            let other = if wire.seats.0 == index {
                wire.seats.1
            } else {
                wire.seats.0
            };
            self.queue.push_back((other, Input::LinkDown { link }));
        }
        self.drain(index);
        self.run();
    }

    /// Puts an old state of a device's rows in the place of what it has, and starts it anew, as its driver does then.
    pub fn put_back(&mut self, index: usize, rows: MemoryStore) {
        let seat = &mut self.seats[index];
        seat.store = rows;
        let fresh = seat.store.snapshot().unwrap().new_incarnation(1);
        seat.store.commit(&[fresh]).unwrap();
        self.crash(index);
    }

    /// Hands a frame to a seat as if another had sent it on the newest link between them.
    pub fn receive_from(&mut self, to: usize, from: usize, frame: &Frame) {
        let between = |wire: &Wire| wire.seats == (from, to) || wire.seats == (to, from);
        let link = self.wires.iter().rev().find(|(_, wire)| between(wire));
        let link = *link.unwrap().0;
        let bytes = Bytes::from(frame.encode());
        self.queue.push_back((to, Input::Received { link, bytes }));
        self.run();
    }

    fn fly(&mut self, to: usize, input: Input) {
        if self.flight.is_zero() && self.flying.is_empty() {
            return self.queue.push_back((to, input));
        }
        self.flights += 1;
        let place = (self.now + self.flight, self.flights);
        self.flying.insert(place, (to, input));
    }

    fn land(&mut self) {
        while let Some(flight) = self.flying.first_entry()
            && flight.key().0 <= self.now
        {
            self.queue.push_back(flight.remove());
        }
    }

    /// Lets everything that is due happen.
    pub fn run(&mut self) {
        for _ in 0..100_000 {
            self.land();
            if let Some((to, input)) = self.queue.pop_front() {
                self.input(to, input);
                continue;
            }
            let mut progressed = false;
            for index in 0..self.seats.len() {
                progressed |= self.commit(index);
                let now = self.clock();
                if self.seats[index].wake.is_some_and(|at| at <= now.mono) {
                    self.input(index, Input::Wake);
                    progressed = true;
                }
            }
            if !progressed && self.queue.is_empty() {
                return;
            }
        }
        panic!("the table does not come to rest");
    }

    /// Lets time pass, deadline by deadline.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.run();
            let next = self.seats.iter().filter_map(|seat| seat.wake).min();
            let next = next.map(|at| Duration::from_micros(at.as_micros()));
            let landing = self.flying.keys().next().map(|(at, _)| *at);
            match next.into_iter().chain(landing).min() {
                Some(at) if at <= end => self.now = at.max(self.now),
                _ => break,
            }
        }
        self.now = end;
        self.run();
    }

    /// Hands one input to a core and performs what it wants.
    pub fn input(&mut self, index: usize, input: Input) {
        let now = self.clock();
        self.seats[index].core.handle(now, input);
        self.drain(index);
    }

    fn drain(&mut self, index: usize) {
        loop {
            let seat = &mut self.seats[index];
            match seat.core.poll_output() {
                Output::Wait(wake) => {
                    seat.wake = wake;
                    return;
                }
                Output::Persist { id, batch } => seat.batches.push_back((id, batch)),
                Output::Load { id, keys } => {
                    let rows = seat.store.load(&keys).unwrap();
                    let rows = keys.into_iter().zip(rows).collect();
                    self.queue.push_back((index, Input::Loaded { id, rows }));
                }
                output => {
                    let after = match &output {
                        Output::Send { after, .. } | Output::Event { after, .. } => *after,
                        _ => None,
                    };
                    match after {
                        Some(batch) if batch > seat.durable => seat.held.push_back((batch, output)),
                        _ => self.perform(index, output),
                    }
                }
            }
        }
    }

    fn commit(&mut self, index: usize) -> bool {
        let seat = &mut self.seats[index];
        if seat.stalled {
            return false;
        }
        let Some((id, batch)) = seat.batches.pop_front() else {
            return false;
        };
        seat.store.commit(&[batch]).unwrap();
        seat.durable = id;
        let mut ready = Vec::new();
        while seat.held.front().is_some_and(|(after, _)| *after <= id) {
            ready.push(seat.held.pop_front().unwrap().1);
        }
        for output in ready {
            self.perform(index, output);
        }
        self.input(index, Input::Committed(id));
        true
    }

    fn perform(&mut self, index: usize, output: Output) {
        match output {
            Output::Send { link, bytes, .. } => {
                self.seats[index].frames.push(bytes.clone());
                let Some(wire) = self.wires.get(&link) else {
                    return;
                };
                let to = if wire.seats.0 == index {
                    wire.seats.1
                } else {
                    wire.seats.0
                };
                if self.lossy.is_none_or(|keeps| keeps(index, to, &bytes)) {
                    self.fly(to, Input::Received { link, bytes });
                }
            }
            Output::Event { event, .. } => self.seats[index].events.push(event),
            Output::Hangup { link, reason } => {
                self.seats[index].hangups.push(reason);
                if let Some(wire) = self.wires.remove(&link) {
                    self.queue
                        .push_back((wire.seats.0, Input::LinkDown { link }));
                    self.queue
                        .push_back((wire.seats.1, Input::LinkDown { link }));
                }
            }
            Output::Dial { addresses, .. } => self.seats[index].dials.push(addresses),
            _ => {}
        }
    }

    /// Asks a core for something, and gives its answer if one came.
    pub fn ask(&mut self, seat: usize, command: Command) -> Option<Result<Reply, Rejected>> {
        self.next_command += 1;
        let id = CommandId(self.next_command);
        self.queue.push_back((seat, Input::Command(id, command)));
        self.run();
        self.seats[seat]
            .events
            .iter()
            .find_map(|event| match event {
                Event::Done { command, result } if *command == id => Some(result.clone()),
                _ => None,
            })
    }

    /// Makes two linked seats contacts.
    pub fn befriend(&mut self, asker: usize, asked: usize) {
        let (a, b) = (self.account(asker), self.account(asked));
        assert_eq!(
            self.ask(asker, Command::Request(Whom::Account(b))),
            Some(Ok(Reply::Done))
        );
        self.pass(Duration::from_secs(2));
        assert_eq!(self.ask(asked, Command::Accept(a)), Some(Ok(Reply::Done)));
        self.pass(Duration::from_secs(2));
    }

    /// Two contacts with a link between them.
    #[must_use]
    pub fn friends() -> Self {
        let mut table = Self::new(&["Ana", "Bo"]);
        let _link = table.link(0, 1);
        table.befriend(0, 1);
        table
    }

    /// Sends a text, and gives its name.
    pub fn send(&mut self, from: usize, to: usize, text: &str) -> MessageRef {
        let to = self.account(to);
        let body = Body::try_from(text.to_owned()).unwrap();
        match self.ask(
            from,
            Command::Send {
                to,
                body,
                reply_to: None,
                key: None,
            },
        ) {
            Some(Ok(Reply::Message(message))) => message,
            other => panic!("not sent: {other:?}"),
        }
    }

    /// What a seat's store knows of its conversation with another.
    #[must_use]
    pub fn history(&self, seat: usize, with: usize) -> Vec<(MessageRef, MessageRow)> {
        self.seats[seat]
            .store
            .history(self.account(with).into(), None, 10_000)
            .unwrap()
    }

    /// The shown texts of that.
    #[must_use]
    pub fn texts(&self, seat: usize, with: usize) -> Vec<String> {
        use crate::persist::MessageContent;
        let shown = |row: &MessageRow| match &row.content {
            MessageContent::Text { versions, .. } => {
                versions.last().unwrap().body.as_str().to_owned()
            }
            MessageContent::Deleted => "(deleted)".to_owned(),
            _ => "(not a message)".to_owned(),
        };
        self.history(seat, with)
            .iter()
            .map(|(_, row)| shown(row))
            .collect()
    }
}
