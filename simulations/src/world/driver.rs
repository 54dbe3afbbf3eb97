//! The driver's rules, as the node has them: drain, store, then send; what failed to commit ends the core.

use protocol::persist::{BatchId, Row, RowKey};
use protocol::turn::{Event, Input, LoadId, Output};

use super::{Happening, Phase, World};
use crate::checkers::Seen;
use crate::device::{Doom, Panicked};
use crate::medium::MediumFault;

/// How long a driver waits before it restores a core from a disk that refused.
const RETRY_MS: u64 = 300;

impl World {
    /// Hands an input to a core and performs what it wants.
    pub(super) fn input(&mut self, device: usize, input: Input) {
        if self.violation.is_some() || !self.devices[device].is_up() {
            return;
        }
        self.trace.input(self.now, device, &input);
        if self.devices[device].handle(self.now, input).is_err() {
            self.panicked(device);
            return;
        }
        let lazy = self.phase == Phase::Safety && self.chance.permille(self.options.lazy_drain);
        if lazy {
            let boot = self.devices[device].boot;
            self.devices[device].undrained = true;
            self.at(self.now, Happening::Drain { device, boot });
        } else {
            self.drain(device);
        }
    }

    fn panicked(&mut self, device: usize) {
        self.fail("no panic", format!("the core of d{device} panicked"));
    }

    pub(super) fn late_drain(&mut self, device: usize, boot: u32) {
        let this = &self.devices[device];
        if this.boot == boot && this.undrained {
            self.drain(device);
        }
    }

    fn drain(&mut self, device: usize) {
        self.devices[device].undrained = false;
        let Ok(outputs) = self.devices[device].drain() else {
            return self.panicked(device);
        };
        for output in outputs {
            self.trace.output(self.now, device, &output);
            self.output(device, output);
        }
        if let Some(sizes) = self.devices[device].sizes() {
            self.see(device, &Seen::Holds(sizes));
        }
    }

    fn output(&mut self, device: usize, output: Output) {
        let boot = self.devices[device].boot;
        match output {
            Output::Persist { id, batch } => {
                let own = self.devices[device].commit_ms;
                let (from, to) = own.unwrap_or(self.options.disk.commit_ms);
                let needs = self.chance.between(from * 1_000, to * 1_000);
                let done = self.devices[device].disk.take(id, batch, self.now, needs);
                self.at(
                    done,
                    Happening::Durable {
                        device,
                        boot,
                        batch: id,
                    },
                );
            }
            Output::Load { id, keys } => {
                let (from, to) = self.options.disk.read_ms;
                let delay = self.chance.between(from, to);
                self.after_ms(
                    delay,
                    Happening::Read {
                        device,
                        boot,
                        id,
                        keys,
                    },
                );
            }
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
            Output::Hangup { link, reason: _ } => {
                self.count("hangup");
                self.hang_up(device, link);
            }
            // Addresses lead nowhere here: who can reach whom meets by discovery.
            Output::Dial { attempt, .. } => {
                let _never_taken = attempt;
            }
            Output::Wait(until) => self.wait(device, until),
        }
    }

    fn wait(&mut self, device: usize, until: Option<protocol::time::Instant>) {
        let this = &mut self.devices[device];
        let at = until.map(|until| this.clock.world_time(until));
        if this.wake.0 == at {
            return;
        }
        this.wake = (at, this.wake.1 + 1);
        let number = this.wake.1;
        if let Some(at) = at {
            self.at(at, Happening::Wake { device, number });
        }
    }

    pub(super) fn wake(&mut self, device: usize, number: u64) {
        let this = &mut self.devices[device];
        if this.wake.1 == number {
            this.wake.0 = None;
            self.input(device, Input::Wake);
        }
    }

    fn tell(&mut self, device: usize, event: Event) {
        self.devices[device].show(&event);
        if let Event::Misbehaved { fault, .. } = &event {
            let what = format!("d{device} charges somebody with: {fault}");
            self.trace.note(self.now, &what);
            self.count("misbehaved");
        }
        if let Event::Unopened { .. } = event {
            self.count("reset");
        }
        if let Event::Done { command, result } = event {
            let op = self.devices[device].commands.remove(&command);
            let known = op.and_then(|op| self.ops.get(op.0));
            let answered = self.checkers.see(
                device,
                &Seen::Answered {
                    op: known,
                    result: &result,
                },
            );
            if let Err(violation) = answered {
                return self.found(violation);
            }
            if let Some(op) = op {
                self.answered(op, result);
            }
            return;
        }
        if let Event::Message {
            message, new: true, ..
        } = event
        {
            self.shown.entry((device, message)).or_insert(self.now);
        }
        let (network, devices) = (&self.network, self.devices.as_slice());
        let seen = self.checkers.see(
            device,
            &Seen::Told {
                event: &event,
                network,
                devices,
            },
        );
        if let Err(violation) = seen {
            self.found(violation);
        }
    }

    pub(super) fn read(&mut self, device: usize, boot: u32, id: LoadId, keys: Vec<RowKey>) {
        if self.devices[device].boot != boot || !self.devices[device].is_up() {
            return;
        }
        let rows = match self.devices[device].disk.medium.load(&keys) {
            Ok(rows) => keys.into_iter().zip(rows).collect(),
            Err(fault) => return self.medium_failed(device, &fault),
        };
        // Rows as of this commit; they may arrive after later ones, and after later commits.
        let late =
            self.phase == Phase::Safety && self.chance.permille(self.options.disk.late_reads);
        if late {
            self.count("late_load");
        }
        let delay = if late {
            self.chance.between(100, 1_500)
        } else {
            0
        };
        self.after_ms(
            delay,
            Happening::Loaded {
                device,
                boot,
                id,
                rows,
            },
        );
    }

    pub(super) fn loaded(
        &mut self,
        device: usize,
        boot: u32,
        id: LoadId,
        rows: Vec<(RowKey, Option<Row>)>,
    ) {
        if self.devices[device].boot == boot {
            self.count("load");
            self.input(device, Input::Loaded { id, rows });
        }
    }

    pub(super) fn durable(&mut self, device: usize, boot: u32, batch: BatchId) {
        let this = &mut self.devices[device];
        if this.boot != boot || !this.is_up() || this.durable >= batch {
            return;
        }
        if this.doomed == Some(Doom::BeforeCommit) {
            return self.crash(device);
        }
        let all = self.chance.permille(self.options.disk.merged);
        let this = &mut self.devices[device];
        let durable = match this.disk.commit(batch, all) {
            Ok(Some(durable)) => durable,
            Ok(None) => return,
            Err(fault) => return self.medium_failed(device, &fault),
        };
        if this.doomed == Some(Doom::AfterCommit) {
            return self.crash(device);
        }
        this.durable = durable;
        let ready = this.held.partition_point(|(after, _)| *after <= durable);
        let ready: Vec<_> = this.held.drain(..ready).map(|(_, output)| output).collect();
        for output in ready {
            self.output(device, output);
        }
        self.count("commit");
        self.input(device, Input::Committed(durable));
    }

    fn medium_failed(&mut self, device: usize, fault: &MediumFault) {
        self.trace
            .note(self.now, &format!("d{device} disk: {}", fault.what));
        if fault.died {
            self.crash(device);
        } else {
            self.count("not_stored");
            self.lose_core(device);
            self.after_ms(RETRY_MS, Happening::Boot { device });
        }
    }

    /// The process ends between two instructions.
    pub(super) fn crash(&mut self, device: usize) {
        if !self.devices[device].is_up() {
            return;
        }
        self.count("crash");
        self.trace.note(self.now, &format!("d{device} crashes"));
        self.lose_core(device);
        self.devices[device].peer_id.clear();
        let (from, to) = self.options.down_ms;
        let down = self.chance.between(from, to);
        self.after_ms(down, Happening::Boot { device });
    }

    /// The core and all that waited behind it are gone; its links close, its callers get no answer.
    pub(super) fn lose_core(&mut self, device: usize) {
        let links = self.devices[device].drop_core();
        for (wire, side) in links {
            self.close_end(wire, side);
        }
        for (_, op) in std::mem::take(&mut self.devices[device].commands) {
            self.ops[op.0].unanswered();
        }
    }

    /// A core starts from what is durable.
    pub(super) fn boot(&mut self, device: usize) {
        if self.devices[device].is_up() {
            return;
        }
        self.trace.note(self.now, &format!("d{device} starts"));
        if self.devices[device].peer_id.is_empty() {
            if let Err(fault) = self.devices[device].disk.medium.reopen() {
                return self.start_failed(device, &fault);
            }
            let incarnations = self.options.disk.incarnations;
            if self.devices[device].boot > 0
                && !self.is_alone_in_community(device)
                && self.strikes(incarnations)
            {
                self.new_incarnation(device);
            }
            let peer_id = self.chance.bytes32().to_vec();
            let this = &mut self.devices[device];
            this.peer_id = peer_id.into();
            this.process += 1;
            this.clock.start(self.now);
        }
        let seed = self.chance.bytes32();
        match self.devices[device].restore(seed) {
            Err(Panicked) => self.panicked(device),
            Ok(Err(fault)) => self.start_failed(device, &fault),
            Ok(Ok(())) => {
                self.see(device, &Seen::Booted);
                self.input(device, Input::Wake);
            }
        }
    }

    /// This start does not go on where the last one ended: sessions and prekeys are dropped (DECISIONS 41).
    pub fn new_incarnation(&mut self, device: usize) {
        self.count("incarnation");
        if self.options.communities.is_some() {
            self.see(device, &Seen::Forgot);
        }
        let medium = &mut self.devices[device].disk.medium;
        let done = medium
            .snapshot()
            .and_then(|rows| medium.commit(vec![rows.new_incarnation(1)]));
        if let Err(fault) = done {
            self.trace.note(
                self.now,
                &format!("d{device} does not forget: {}", fault.what),
            );
        }
    }

    fn start_failed(&mut self, device: usize, fault: &MediumFault) {
        self.count("failed_start");
        self.trace.note(
            self.now,
            &format!("d{device} does not start: {}", fault.what),
        );
        self.devices[device].peer_id.clear();
        self.after_ms(RETRY_MS, Happening::Boot { device });
    }

    /// The next barrier is a crash.
    pub(super) fn doom(&mut self, device: usize) {
        let before = self.chance.permille(600);
        self.devices[device].doomed = Some(if before {
            Doom::BeforeCommit
        } else {
            Doom::AfterCommit
        });
    }
}
