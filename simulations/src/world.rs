//! The world: one thread, virtual time, one queue of happenings ordered by (time, sequence), real cores.
//!
//! First safety: with faults, nothing bad happens. Then liveness: faults end, and within bounded time everything that
//! anybody said has arrived everywhere. Then everybody says one more thing, so that a dead session is heard.

mod byzantine;
mod driver;
mod faults;
mod forger;
mod founding;
mod links;
mod members;
mod persons;
mod quarrels;
mod quiet;
mod script;

use std::collections::BTreeMap;

use bytes::Bytes;
pub use byzantine::LIES;
use protocol::core::{Config, Faults};
use protocol::crypto::Rng;
use protocol::identity::RecoveryWords;
use protocol::link::LinkId;
use protocol::local::LocalDevice;
use protocol::message::{MessageRef, Name};
use protocol::persist::{BatchId, Row, RowKey};
use protocol::turn::LoadId;
pub use script::Storm;

use crate::chance::Chance;
use crate::checkers::{Checkers, End, Seen};
use crate::clock::{Clock, Micros};
use crate::device::Device;
use crate::medium::{Medium, MemoryMedium};
use crate::network::{Network, WireId};
use crate::options::Options;
use crate::people::{Op, OpId};
use crate::report::{Report, Violation};
use crate::trace::Trace;

/// Time that everything may take to arrive once faults have ended: several of the longest waits of the protocol.
const LIVENESS: Micros = 600_000_000;
/// How often the world looks whether all is quiet.
const LOOK: Micros = 100_000;

/// Something that happens at a moment.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Boot {
        device: usize,
    },
    Crash {
        device: usize,
    },
    Doom {
        device: usize,
    },
    Up {
        wire: WireId,
        side: usize,
    },
    Down {
        wire: WireId,
        side: usize,
    },
    Frame {
        wire: WireId,
        side: usize,
        bytes: Bytes,
    },
    Cut {
        wire: WireId,
    },
    CutAny,
    Flap {
        until: Micros,
    },
    Durable {
        device: usize,
        boot: u32,
        batch: BatchId,
    },
    Read {
        device: usize,
        boot: u32,
        id: LoadId,
        keys: Vec<RowKey>,
    },
    Loaded {
        device: usize,
        boot: u32,
        id: LoadId,
        rows: Vec<(RowKey, Option<Row>)>,
    },
    Wake {
        device: usize,
        number: u64,
    },
    Drain {
        device: usize,
        boot: u32,
    },
    Meet {
        pair: usize,
    },
    Partition,
    Quarrel(quarrels::Step),
    PartitionEnds {
        stopped: Vec<(usize, usize)>,
    },
    Jump {
        device: usize,
    },
    Full {
        device: usize,
        on: bool,
    },
    Act {
        op: OpId,
    },
    Person {
        device: usize,
    },
    Forge {
        device: usize,
    },
    Lie {
        device: usize,
    },
}

/// What the world is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Faults happen.
    Safety,
    /// No faults, and everything arrives.
    Liveness,
    /// Everybody says one more thing.
    Probe,
}

/// What a world begins with.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Seed of everything that happens.
    pub seed: u64,
    /// Seed of who there is: worlds with the same people can go on from each other's disks, each with fresh chance.
    pub people: u64,
    /// What can happen.
    pub options: Options,
    /// Deliberate faults of the cores, if any.
    pub faults: Faults,
    /// Print every input and output.
    pub loud: bool,
}

/// Two devices that could have a link.
#[derive(Clone, Copy, Debug)]
struct Pair {
    devices: (usize, usize),
    wait: Micros,
}

/// The world.
#[derive(Debug)]
pub struct World {
    seed: u64,
    /// What can happen.
    pub options: Options,
    /// Time since the beginning.
    pub now: Micros,
    queue: BTreeMap<(Micros, u64), Happening>,
    sequence: u64,
    chance: Chance,
    /// All devices.
    pub devices: Vec<Device>,
    /// All links.
    pub network: Network,
    /// All acts.
    pub ops: Vec<Op>,
    /// Pairs of persons that want to be contacts: who asks, who is asked, and whether both ask.
    pub wanted: Vec<(usize, usize, bool)>,
    pairs: Vec<Pair>,
    /// Links that exist although faults have not drawn them are made by this alone; scripts turn it off.
    pub discovery: bool,
    second: Option<Second>,
    phase: Phase,
    checkers: Checkers,
    trace: Trace,
    counts: BTreeMap<&'static str, u64>,
    violation: Option<Violation>,
    gathering: members::Gathering,
    /// Frames that went to or from devices whose program is not ours.
    overheard: byzantine::Overheard,
    /// Frames emitted so far, for scripts that look into them.
    pub emitted: Option<Vec<(usize, Bytes)>>,
    /// Frames that came to a device that used their link.
    pub arrived: Option<Vec<(usize, Bytes)>>,
    /// Bytes that may wait on a link.
    pub queue_bytes_max: usize,
    /// When each device showed each message as new, in any of its lives.
    pub shown: BTreeMap<(usize, MessageRef), Micros>,
    /// When scripts made somebody speak.
    spoken: BTreeMap<OpId, Micros>,
    /// What scripts let happen to frames.
    pub storm: Option<Storm>,
}

/// The second device of the first person, until it is linked.
#[derive(Debug)]
struct Second {
    device: usize,
    bundle: protocol::identity::AccountBundle,
}

impl World {
    /// A world as its options say, each device on rows in memory.
    #[must_use]
    pub fn new(seed: u64, options: Options, faults: Faults, loud: bool) -> Self {
        let stage = Stage {
            seed,
            people: seed,
            options,
            faults,
            loud,
        };
        Self::on(stage, &mut |_| Box::<MemoryMedium>::default())
    }

    /// The same, each device on what this makes for it.
    #[must_use]
    pub fn on(stage: Stage, medium: &mut dyn FnMut(usize) -> Box<dyn Medium>) -> Self {
        let Stage {
            seed,
            people,
            options,
            faults,
            loud,
        } = stage;
        let mut world = Self {
            seed,
            now: 0,
            queue: BTreeMap::new(),
            sequence: 0,
            chance: Chance::new(seed, 2),
            devices: Vec::new(),
            network: Network::default(),
            ops: Vec::new(),
            wanted: Vec::new(),
            pairs: Vec::new(),
            discovery: true,
            second: None,
            phase: Phase::Safety,
            checkers: Checkers::new(&options),
            trace: Trace::new(loud),
            counts: BTreeMap::new(),
            violation: None,
            gathering: members::Gathering::default(),
            overheard: byzantine::Overheard::default(),
            emitted: None,
            arrived: None,
            queue_bytes_max: crate::network::QUEUE_BYTES_MAX,
            shown: BTreeMap::new(),
            spoken: BTreeMap::new(),
            storm: None,
            options,
        };
        world.people(people, faults, medium);
        world.faults();
        world.plans();
        world
    }

    const fn config(&self, visible: bool, faults: Faults) -> Config {
        Config {
            visible,
            cached_rows_max: self.options.cached_rows,
            faults,
        }
    }

    fn at(&mut self, time: Micros, happening: Happening) {
        self.sequence += 1;
        self.queue
            .insert((time.max(self.now), self.sequence), happening);
    }

    fn after_ms(&mut self, delay: u64, happening: Happening) {
        self.at(self.now + delay * 1_000, happening);
    }

    fn count(&mut self, kind: &'static str) {
        *self.counts.entry(kind).or_default() += 1;
    }

    fn fail(&mut self, checker: &'static str, what: impl Into<String>) {
        self.found(Violation {
            checker,
            what: what.into(),
        });
    }

    fn found(&mut self, violation: Violation) {
        if self.violation.is_none() {
            self.trace.note(self.now, &format!("VIOLATION {violation}"));
            self.violation = Some(violation);
        }
    }

    /// How often something has happened.
    #[must_use]
    pub fn counted(&self, kind: &str) -> u64 {
        self.counts.get(kind).copied().unwrap_or(0)
    }

    /// What was found so far.
    #[must_use]
    pub const fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    fn see(&mut self, device: usize, seen: &Seen<'_>) {
        if let Err(violation) = self.checkers.see(device, seen) {
            self.found(violation);
        }
    }

    /// Runs all phases and says what came of it.
    #[must_use]
    pub fn run(mut self) -> Report {
        self.play();
        self.report()
    }

    /// Runs all phases.
    pub fn play(&mut self) {
        let safety = self.options.safety_ms * 1_000;
        self.run_until(safety);
        self.calm();
        self.settle("liveness");
        if self.counts.contains_key("incarnation") {
            // Who dropped its sessions is found out when somebody speaks to it, and then is well.
            self.everybody_speaks();
            self.settle("liveness after a new incarnation");
        }
        self.probe();
        self.settle("liveness of the probe");
        self.finish();
    }

    /// Lets time pass.
    pub fn run_until(&mut self, end: Micros) {
        while self.violation.is_none() {
            let Some(entry) = self.queue.first_entry() else {
                break;
            };
            if entry.key().0 > end {
                break;
            }
            let ((time, _), happening) = entry.remove_entry();
            self.now = time;
            self.happen(happening);
        }
        self.now = self.now.max(end);
    }

    /// Runs until all is quiet.
    pub fn settle(&mut self, promise: &'static str) {
        let end = self.now + LIVENESS;
        while self.violation.is_none() {
            if let Some(why) = self.unsettled() {
                if self.now >= end {
                    self.fail(promise, why);
                }
            } else {
                return;
            }
            self.run_until(self.now + LOOK);
        }
    }

    /// The checkers look at the end.
    pub fn finish(&mut self) {
        if self.violation.is_some() {
            return;
        }
        let pairs: Vec<_> = self.wanted.iter().map(|(a, b, _)| (*a, *b)).collect();
        let end = End {
            devices: &self.devices,
            ops: &self.ops,
            pairs: &pairs,
            community: self.gathering.id,
            now: self.now,
        };
        if let Err(violation) = self.checkers.finish(&end) {
            self.found(violation);
        }
    }

    /// What came of it.
    #[must_use]
    pub fn report(self) -> Report {
        let sent = |op: &&Op| op.kind.is_message() && op.made().is_some();
        let messages = self.ops.iter().filter(sent).count();
        Report {
            seed: self.seed,
            options: self.options,
            violation: self.violation,
            inputs: self.trace.inputs(),
            messages: u64::try_from(messages).unwrap_or(u64::MAX),
            counts: self.counts,
            virtual_ms: self.now / 1_000,
            hash: self.trace.hash(),
            last_lines: self.trace.last_lines(),
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Boot { device } => self.boot(device),
            Happening::Crash { device } => self.crash(device),
            Happening::Doom { device } => self.doom(device),
            Happening::Up { wire, side } => self.up(wire, side),
            Happening::Down { wire, side } => self.down(wire, side),
            Happening::Frame { wire, side, bytes } => self.frame(wire, side, bytes),
            Happening::Cut { wire } => self.cut(wire),
            Happening::CutAny => self.cut_any(),
            Happening::Flap { until } => self.flap(until),
            Happening::Durable {
                device,
                boot,
                batch,
            } => self.durable(device, boot, batch),
            Happening::Read {
                device,
                boot,
                id,
                keys,
            } => self.read(device, boot, id, keys),
            Happening::Loaded {
                device,
                boot,
                id,
                rows,
            } => self.loaded(device, boot, id, rows),
            Happening::Wake { device, number } => self.wake(device, number),
            Happening::Drain { device, boot } => self.late_drain(device, boot),
            Happening::Meet { pair } => self.meet(pair),
            Happening::Partition => self.partition(),
            Happening::Quarrel(step) => self.quarrels(step),
            Happening::PartitionEnds { stopped } => self.partition_ends(&stopped),
            Happening::Jump { device } => self.jump(device),
            Happening::Full { device, on } => self.full(device, on),
            Happening::Act { op } => self.act(op),
            Happening::Person { device } => self.person_looks(device),
            Happening::Forge { device } => self.forge(device),
            Happening::Lie { device } => self.lies(device),
        }
    }

    /// The link of an end, if its device uses it.
    fn link_of(&self, wire: WireId, side: usize) -> Option<LinkId> {
        match self.network.wires.get(&wire)?.ends.get(side)?.state {
            crate::network::EndState::Up(link) => Some(link),
            _ => None,
        }
    }
}
