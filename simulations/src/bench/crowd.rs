//! A crowd for benches: the simulator's devices and disks, driven as the node drives them, and nobody who watches.
//!
//! The worlds hash and print every input and show every output to fifteen checkers, which costs more than the cores do. Here
//! only cores, disks and links are left, so that a figure is one of the cores; what came of it all is looked at in the end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use protocol::community::{CommunityCommand, CommunityView, StandingHere};
use protocol::control::{CommunityId, OpId};
use protocol::core::Config;
use protocol::crypto::Rng;
use protocol::error::Rejected;
use protocol::link::{Frame, LinkId};
use protocol::local::LocalDevice;
use protocol::message::Name;
use protocol::persist::{BatchId, Row, RowKey};
use protocol::turn::{Command, CommandId, Event, Input, LoadId, Output, Reply};

use super::process::thread_time;
use crate::chance::Chance;
use crate::clock::{Clock, Micros};
use crate::device::Device;
use crate::medium::MemoryMedium;

/// A second of virtual time.
pub(super) const SECOND: Micros = 1_000_000;

/// Time that a commit takes: a good disk.
const COMMIT: Micros = 2_000;

/// Time that a frame takes, from and to; each link has its own.
const LATENCY: (Micros, Micros) = (5_000, 40_000);

/// Something that happens at a moment.
#[derive(Debug)]
enum Happening {
    Input(usize, Input),
    Durable(usize, BatchId),
    Wake(usize, u64),
}

/// The other end of a link, and how long a frame takes.
#[derive(Clone, Copy, Debug)]
struct End {
    device: usize,
    link: LinkId,
    latency: Micros,
    last: Micros,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Inputs that cores handled.
    pub inputs: u64,
    /// Of these, frames.
    pub frames: u64,
    /// Bytes of all frames sent.
    pub bytes: u64,
    /// Time in cores, by the wall clock.
    pub busy: Duration,
    /// The longest turn: one input, until the core is drained.
    pub longest: Duration,
}

/// Devices, links and virtual time.
#[derive(Debug)]
pub(super) struct Crowd {
    /// Virtual time.
    pub now: Micros,
    /// All devices.
    pub devices: Vec<Device>,
    /// How each device last saw its community.
    pub views: Vec<Option<Box<CommunityView>>>,
    /// What was counted so far.
    pub tally: Tally,
    /// The one whose own time on a processor and whose bytes are counted.
    pub watched: Option<usize>,
    /// Its time.
    pub spent: Duration,
    /// Bytes of its frames, by their names.
    pub sent: BTreeMap<&'static str, u64>,
    /// Turns, if somebody wants each of them.
    pub turns: Option<Vec<Duration>>,
    queue: BTreeMap<(Micros, u64), Happening>,
    sequence: u64,
    chance: Chance,
    ends: BTreeMap<(usize, LinkId), End>,
    answers: BTreeMap<(usize, CommandId), Result<Reply, Rejected>>,
}

impl Crowd {
    /// Nobody yet.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            now: 0,
            devices: Vec::new(),
            views: Vec::new(),
            tally: Tally::default(),
            watched: None,
            spent: Duration::ZERO,
            sent: BTreeMap::new(),
            turns: None,
            queue: BTreeMap::new(),
            sequence: 0,
            chance: Chance::new(seed, 9),
            ends: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.chance.index(end)
    }

    /// Random bytes of its own, for keys.
    pub(super) fn rng(&mut self) -> Rng {
        Rng::from_seed(self.chance.bytes32())
    }

    /// A new account with one device, up and running. Gives its number.
    ///
    /// # Errors
    /// When its core does not start.
    pub(super) fn arrive(&mut self) -> Result<usize> {
        let mut rng = self.rng();
        let name = Name::try_from(format!("Guest {}", self.devices.len())).unwrap_or_default();
        let (local, _words) = LocalDevice::create(name, Clock::default().now(self.now), &mut rng);
        self.seat(&local, MemoryMedium::default())
    }

    /// A device with these keys and rows, up and running.
    ///
    /// # Errors
    /// When its core does not start.
    pub(super) fn seat(&mut self, local: &LocalDevice, medium: MemoryMedium) -> Result<usize> {
        let number = self.devices.len();
        let (config, clock) = (Config::default(), Clock::default());
        let device = Device::new(local, number, config, Box::new(medium), clock);
        self.devices.push(device);
        self.views.push(None);
        let seed = self.chance.bytes32();
        let peer = self.chance.bytes32();
        let device = &mut self.devices[number];
        device.peer_id = Bytes::from(peer.to_vec());
        let restored = device.restore(seed);
        ensure!(matches!(restored, Ok(Ok(()))), "a core does not start");
        self.input(number, Input::Wake)?;
        Ok(number)
    }

    fn at(&mut self, time: Micros, happening: Happening) {
        self.sequence += 1;
        self.queue.insert((time, self.sequence), happening);
    }

    /// Makes a link; the first dials.
    pub(super) fn link(&mut self, dialer: usize, listener: usize) {
        let latency = self.chance.between(LATENCY.0, LATENCY.1);
        let devices = [dialer, listener];
        let names = devices.map(|device| self.devices[device].name_link());
        for side in 0..2 {
            let (here, there) = (devices[side], devices[1 - side]);
            let end = End {
                device: there,
                link: names[1 - side],
                latency,
                last: 0,
            };
            self.ends.insert((here, names[side]), end);
            let up = Input::LinkUp {
                link: names[side],
                local: self.devices[here].peer_id.clone(),
                remote: self.devices[there].peer_id.clone(),
                dialer: side == 0,
            };
            self.at(self.now + latency, Happening::Input(here, up));
        }
    }

    /// Ends all links between devices of which this says so. Gives the pairs that had one.
    pub(super) fn cut(&mut self, apart: &dyn Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
        let ends = self.ends.iter();
        let cut: Vec<(usize, LinkId, usize)> = ends
            .filter(|((here, _), end)| apart(*here, end.device))
            .map(|((here, link), end)| (*here, *link, end.device))
            .collect();
        let mut pairs = Vec::new();
        for (here, link, there) in cut {
            self.ends.remove(&(here, link));
            self.at(self.now, Happening::Input(here, Input::LinkDown { link }));
            if here < there {
                pairs.push((here, there));
            }
        }
        pairs
    }

    /// Asks a core for something.
    ///
    /// # Errors
    /// When it panics.
    pub(super) fn ask(&mut self, device: usize, command: Command) -> Result<CommandId> {
        let id = self.devices[device].name_command();
        self.input(device, Input::Command(id, command))?;
        Ok(id)
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// When it is refused, or there is none within ten virtual seconds.
    pub(super) fn obtain(&mut self, device: usize, command: CommunityCommand) -> Result<Reply> {
        let id = self.ask(device, Command::Community(command))?;
        for _ in 0..1_000 {
            if let Some(answer) = self.answers.remove(&(device, id)) {
                return answer.map_err(|why| anyhow::anyhow!("refused: {why:?}"));
            }
            self.run_until(self.now + SECOND / 100)?;
        }
        bail!("no answer")
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// When a core panics.
    pub(super) fn run_until(&mut self, end: Micros) -> Result<()> {
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > end {
                break;
            }
            let ((time, _), happening) = entry.remove_entry();
            self.now = self.now.max(time);
            match happening {
                Happening::Input(device, input) => self.receive(device, input)?,
                Happening::Durable(device, batch) => self.durable(device, batch)?,
                Happening::Wake(device, number) => {
                    let this = &mut self.devices[device];
                    if this.wake.1 == number {
                        this.wake.0 = None;
                        self.input(device, Input::Wake)?;
                    }
                }
            }
        }
        self.now = self.now.max(end);
        Ok(())
    }

    fn receive(&mut self, device: usize, input: Input) -> Result<()> {
        if let Input::Received { link, .. } = &input {
            if !self.ends.contains_key(&(device, *link)) {
                return Ok(()); // lost with its link
            }
            self.tally.frames += 1;
        }
        self.input(device, input)
    }

    /// Hands an input to a core and performs what it wants.
    fn input(&mut self, device: usize, input: Input) -> Result<()> {
        let watched = self.watched == Some(device);
        let before = watched.then(thread_time).transpose()?;
        let began = Instant::now();
        let this = &mut self.devices[device];
        let outputs = match this.handle(self.now, input) {
            Ok(()) => this.drain(),
            Err(panicked) => Err(panicked),
        };
        let took = began.elapsed();
        if let Some(before) = before {
            self.spent += thread_time()?.saturating_sub(before);
        }
        self.tally.inputs += 1;
        self.tally.busy += took;
        self.tally.longest = self.tally.longest.max(took);
        if let Some(turns) = &mut self.turns {
            turns.push(took);
        }
        let outputs = outputs.ok().context("a core panicked")?;
        outputs
            .into_iter()
            .try_for_each(|output| self.output(device, output))
    }

    fn output(&mut self, device: usize, output: Output) -> Result<()> {
        match output {
            Output::Persist { id, batch } => {
                let disk = &mut self.devices[device].disk;
                let done = disk.take(id, batch, self.now, COMMIT);
                self.at(done, Happening::Durable(device, id));
            }
            Output::Load { id, keys } => self.load(device, id, keys)?,
            Output::Send {
                after: Some(batch), ..
            }
            | Output::Event {
                after: Some(batch), ..
            } if batch > self.devices[device].durable => {
                self.devices[device].held.push_back((batch, output));
            }
            Output::Send { link, bytes, .. } => self.send(device, link, bytes),
            Output::Event { event, .. } => self.tell(device, event),
            Output::Hangup { link, reason } => {
                bail!("device {device} hangs up link {}: {reason:?}", link.0)
            }
            Output::Dial { .. } => {}
            Output::Wait(until) => {
                let this = &mut self.devices[device];
                let at = until.map(|until| this.clock.world_time(until));
                if this.wake.0 != at {
                    this.wake = (at, this.wake.1 + 1);
                    let number = this.wake.1;
                    if let Some(at) = at {
                        self.at(at.max(self.now), Happening::Wake(device, number));
                    }
                }
            }
        }
        Ok(())
    }

    fn load(&mut self, device: usize, id: LoadId, keys: Vec<RowKey>) -> Result<()> {
        let rows = self.devices[device].disk.medium.load(&keys);
        let rows = rows.map_err(|fault| anyhow::anyhow!("{}", fault.what))?;
        let rows: Vec<(RowKey, Option<Row>)> = keys.into_iter().zip(rows).collect();
        let input = Input::Loaded { id, rows };
        self.at(self.now + COMMIT / 4, Happening::Input(device, input));
        Ok(())
    }

    fn send(&mut self, device: usize, link: LinkId, bytes: Bytes) {
        self.tally.bytes += bytes.len() as u64;
        if self.watched == Some(device) {
            let name = Frame::decode(&bytes).map_or("?", |frame| frame.name());
            *self.sent.entry(name).or_default() += bytes.len() as u64;
        }
        let Some(end) = self.ends.get_mut(&(device, link)) else {
            return;
        };
        end.last = end.last.max(self.now + end.latency); // a stream keeps its order
        let (at, to, link) = (end.last, end.device, end.link);
        self.at(at, Happening::Input(to, Input::Received { link, bytes }));
    }

    fn tell(&mut self, device: usize, event: Event) {
        match event {
            Event::Community(view) => self.views[device] = Some(view),
            Event::Done { command, result } => {
                self.answers.insert((device, command), result);
            }
            _ => {}
        }
    }

    fn durable(&mut self, device: usize, batch: BatchId) -> Result<()> {
        let this = &mut self.devices[device];
        let durable = this.disk.commit(batch, false);
        let durable = durable.map_err(|fault| anyhow::anyhow!("{}", fault.what))?;
        let Some(durable) = durable else {
            return Ok(());
        };
        this.durable = durable;
        let ready = this.held.partition_point(|(after, _)| *after <= durable);
        let ready: Vec<_> = this.held.drain(..ready).collect();
        ready
            .into_iter()
            .try_for_each(|(_, output)| self.output(device, output))?;
        self.input(device, Input::Committed(durable))
    }

    /// Lets the first device found a community with one channel and let in all others, each over a link that ends then.
    ///
    /// # Errors
    /// When somebody is not let in.
    pub(super) fn found(&mut self) -> Result<(CommunityId, OpId)> {
        let (community, channel, invite, secret) = super::founding::found(self)?;
        for guest in 1..self.devices.len() {
            self.link(guest, 0);
            let join = CommunityCommand::Join {
                community,
                invite,
                secret,
                hints: Default::default(),
            };
            self.ask(guest, Command::Community(join))?;
            for _ in 0..300 {
                if self.is_in(guest) {
                    break;
                }
                self.run_until(self.now + SECOND / 10)?;
            }
            ensure!(self.is_in(guest), "guest {guest} is not let in");
            self.run_until(self.now + SECOND)?;
            self.cut(&|here, there| here == guest || there == guest);
            self.run_until(self.now)?;
        }
        Ok((community, channel))
    }

    fn is_in(&self, device: usize) -> bool {
        let view = self.views[device].as_ref();
        view.is_some_and(|view| {
            view.standing == StandingHere::In && view.epoch.is_some_and(|(_, held)| held)
        })
    }
}
