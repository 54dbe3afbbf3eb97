//! The core: routes every input to the part that it concerns, and decides nothing itself.

mod faults;

use bytes::Bytes;
pub use faults::Faults;
#[cfg(feature = "mutants")]
pub use faults::Mutant;

use crate::community::Halls;
use crate::contact::{self, Desk};
use crate::courier::{self, Courier, Desks, Stop};
use crate::crypto::Rng;
use crate::error::{Misbehaved, Rejected};
use crate::link::{Frame, LinkId, Links};
use crate::local::LocalDevice;
use crate::persist::{BatchId, Snapshot};
use crate::presence::{self, Board};
use crate::time::{Instant, Now};
use crate::turn::lanes::{Job, LaneId, Lanes};
use crate::turn::{
    Command, CommandId, Context, Event, Input, Members, Missing, Out, Output, Resident, Timer,
    Timers, When,
};
use crate::{community, conversation, limits, notes, prekeys, privacy};

/// What a person may set.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Whether strangers on the same network may see name and account ("people nearby"), if the person lets them.
    pub visible: bool,
    /// Rows cached beside those that are always resident. Less only where eviction is to be tried.
    pub cached_rows_max: usize,
    /// Deliberate faults, if any.
    pub faults: Faults,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            visible: true,
            cached_rows_max: limits::RESIDENT_ROWS_MAX,
            faults: Faults::default(),
        }
    }
}

/// Sizes of what a core holds, for bounds checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Rows cached beside those that are always resident.
    pub cached: usize,
    /// Jobs that wait.
    pub jobs: usize,
    /// Outbox rows, but keys of communities.
    pub outbox: usize,
    /// Keys of communities in outboxes.
    pub keys: usize,
    /// Links.
    pub links: usize,
    /// Ciphertexts in flight.
    pub in_flight: usize,
    /// Acknowledgements owed.
    pub owed: usize,
    /// Rows written and not yet handed out.
    pub waiting_writes: usize,
    /// Devices whose presence is known, or who were told ours.
    pub shown: usize,
}

/// All of one device's protocol state: plain data, no lock, no channel, no future.
#[derive(Debug)]
pub struct Core {
    config: Config,
    local: LocalDevice,
    rng: Rng,
    out: Out,
    timers: Timers,
    resident: Resident,
    lanes: Lanes,
    links: Links,
    desk: Desk,
    courier: Courier,
    board: Board,
    members: Members,
    halls: Halls,
}

/// Borrows the parts of a core as a context and the desks beside it.
macro_rules! parts {
    ($core:ident, $now:expr) => {
        (
            Context {
                now: $now,
                rng: &mut $core.rng,
                out: &mut $core.out,
                timers: &mut $core.timers,
                resident: &mut $core.resident,
                lanes: &mut $core.lanes,
                members: &mut $core.members,
                local: &$core.local,
                faults: $core.config.faults,
            },
            Desks {
                links: &mut $core.links,
                desk: &mut $core.desk,
                courier: &mut $core.courier,
                board: &mut $core.board,
                halls: &mut $core.halls,
            },
        )
    };
}

mod frames;
mod jobs;

impl Core {
    /// A core as of what was committed. `seed` must be fresh: replaying an old random stream would use keys twice.
    #[must_use]
    pub fn restore(
        config: Config,
        local: LocalDevice,
        mut snapshot: Snapshot,
        seed: [u8; 32],
    ) -> Self {
        let halls = Halls::restore(snapshot.take_logs(), config.faults.rules());
        let mut core = Self {
            config,
            local,
            rng: Rng::from_seed(seed),
            out: Out::new(config.faults),
            timers: Timers::default(),
            resident: Resident::new(snapshot),
            lanes: Lanes::default(),
            links: Links::default(),
            desk: Desk::default(),
            courier: Courier::default(),
            board: Board::default(),
            members: Members::default(),
            halls,
        };
        core.timers.set(Timer::Prekeys, Instant::default());
        core.introduce();
        core
    }

    /// Tells what is there from the start, and starts what was under way.
    fn introduce(&mut self) {
        let (mut cx, mut desks) = parts!(self, Now::default());
        let (name, bundle) = (cx.own_name(), cx.own_bundle());
        cx.event(Event::Me { name, bundle });
        privacy::introduce(&mut cx);
        conversation::marks::introduce(&mut cx);
        notes::introduce(&mut cx);
        let accounts: Vec<_> = cx.resident.contacts().map(|(account, _)| account).collect();
        for account in accounts {
            contact::refresh(&mut cx, desks.links, account);
            cx.timers.set(Timer::Dial(account), Instant::default());
        }
        community::introduce(&mut cx, &mut desks);
        for device in cx.resident.outbox_devices() {
            if let Some(failure) = cx.out_of_reach(device) {
                courier::give_up_later(&mut cx, device, failure); // the last run ended before it did
            }
        }
    }

    /// Takes one input. Never fails, whatever a peer sent.
    pub fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::Command(id, command) => self.on_command(now, id, command),
            Input::LinkUp {
                link,
                local,
                remote,
                dialer,
            } => {
                let (mut cx, desks) = parts!(self, now);
                desks.links.up(&mut cx, link, local, remote, dialer);
            }
            Input::LinkDown { link } => self.on_link_down(now, link),
            Input::Received { link, bytes } => self.on_received(now, link, &bytes),
            Input::DialFailed { .. } => {}
            Input::Committed(id) => self.out.committed(id),
            Input::Loaded { id, rows } => {
                for (key, row) in rows {
                    self.resident.loaded(key, row);
                }
                self.lanes.loaded(id);
            }
            Input::Wake => {}
        }
        self.run_timers(now);
        self.run_jobs(now);
        if let Some(until) = self.out.turn_over(now.mono) {
            self.timers.set(Timer::Gather, until);
        }
    }

    /// The next output; [`Output::Wait`] when drained.
    pub fn poll_output(&mut self) -> Output {
        if let Some(output) = self.out.poll() {
            return output;
        }
        if self.lanes.has_ready() {
            // What was loaded for a job stays until it had its turn, at once.
            return Output::Wait(self.timers.next());
        }
        // A row written since a load was asked for must be here when its older version comes.
        let durable = self.out.durable();
        let durable = self
            .lanes
            .oldest_load()
            .map_or(durable, |oldest| oldest.min(durable));
        self.resident.evict(durable, self.config.cached_rows_max);
        Output::Wait(self.timers.next())
    }

    /// Somebody waits for all that was written so far, to read the store or to stop: it is handed out with the next outputs.
    /// Answers for which batch; `None`: all is durable.
    pub fn settle(&mut self) -> Option<BatchId> {
        self.out.settle()
    }

    /// What this core holds.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        Sizes {
            cached: self.resident.cached(),
            jobs: self.lanes.len(),
            outbox: self.resident.outbox_len(),
            keys: self.resident.keys_waiting(),
            links: self.links.len(),
            in_flight: self.courier.in_flight(),
            owed: self.courier.owed(),
            waiting_writes: self.out.waiting_writes(),
            shown: self.board.len(),
        }
    }

    /// The control log of a community, for checkers.
    #[must_use]
    pub fn control(&self, id: crate::control::CommunityId) -> Option<&crate::control::Control> {
        self.halls.get(id).map(community::Hall::control)
    }

    /// This device's keys.
    #[must_use]
    pub const fn local(&self) -> &LocalDevice {
        &self.local
    }

    fn on_command(&mut self, now: Now, id: CommandId, command: Command) {
        if !self.lanes.push(LaneId::Own, Job::Command(id, command)) {
            let (cx, _) = parts!(self, now);
            let result = Err(Rejected::Full { what: "commands" });
            cx.out.event(
                Event::Done {
                    command: id,
                    result,
                },
                When::Now,
            );
        }
    }

    fn on_link_down(&mut self, now: Now, link: LinkId) {
        let (mut cx, mut desks) = parts!(self, now);
        contact::stranger_gone(&mut cx, desks.desk, link);
        let peer = desks.links.get(link).and_then(|state| state.peer);
        let lost = desks.links.down(&mut cx, link);
        if let Some((account, device)) = peer {
            desks.courier.link_down(device, link);
            let known = cx.resident.contact(account).is_some();
            if lost.is_some() && !known && cx.members.get(account).is_none() {
                desks.courier.forget(device); // devices of strangers are without number
            }
            if desks.links.best(device).is_some() {
                cx.lanes.flush(device); // what it carried goes over the other one
                presence::announce_soon(&mut cx);
            }
        }
        if let Some((account, device)) = lost {
            presence::gone(&mut cx, desks.board, device);
            community::gone(&mut cx, &mut desks, device);
            cx.out.event(
                Event::Reach {
                    account,
                    device,
                    up: false,
                },
                When::Now,
            );
            contact::refresh(&mut cx, desks.links, account);
        }
    }

    fn on_received(&mut self, now: Now, link: LinkId, bytes: &Bytes) {
        let Some(state) = self.links.get_mut(link) else {
            return;
        };
        if !state.budget.charge(now.mono, bytes.len()) {
            self.fault(now, link, Misbehaved::OverBudget, true);
            return;
        }
        let result = match Frame::decode(bytes) {
            Ok(frame) => self.on_frame(now, link, frame),
            Err(malformed) => Err(malformed.into()),
        };
        if let Err(fault) = result {
            // A wrong step of authentication ends the link: nothing honest comes after it.
            let fatal = matches!(fault, Misbehaved::Auth(_));
            self.fault(now, link, fault, fatal);
        }
    }

    fn fault(&mut self, now: Now, link: LinkId, fault: Misbehaved, fatal: bool) {
        let (mut cx, desks) = parts!(self, now);
        let survives = desks
            .links
            .get_mut(link)
            .is_some_and(|state| state.budget.fault());
        cx.out.event(
            Event::Misbehaved {
                link,
                fault: fault.clone(),
            },
            When::Now,
        );
        if fatal || !survives {
            cx.hangup(link, fault);
        }
    }

    fn run_timers(&mut self, now: Now) {
        while let Some(timer) = self.timers.pop_due(now.mono) {
            let (mut cx, mut desks) = parts!(self, now);
            match timer {
                Timer::Continue | Timer::Gather => {}
                Timer::LinkAuth(link) => {
                    let unproved = desks
                        .links
                        .get(link)
                        .is_some_and(|state| state.peer.is_none());
                    if unproved {
                        cx.hangup(link, Misbehaved::TooSlow);
                    }
                }
                Timer::Ack(device) | Timer::Resend(device) | Timer::Fetch(device) => {
                    cx.lanes.flush(device);
                }
                Timer::Dial(account) => contact::dial(&mut cx, desks.desk, account),
                Timer::Prekeys => {
                    prekeys::maintain(&mut cx);
                    contact::freshen(&mut cx, desks.links);
                }
                Timer::Presence(device) => presence::presence_over(&mut cx, desks.board, device),
                Timer::Typing(device) => presence::typing_over(&mut cx, desks.board, device),
                Timer::Announce => presence::announce(&mut cx, desks.links, desks.board),
                Timer::Tell(_)
                | Timer::Rekey(_)
                | Timer::Secret(_)
                | Timer::Ask(_)
                | Timer::Keys(_)
                | Timer::Gaps(_)
                | Timer::Show(_) => {
                    community::on_timer(&mut cx, &mut desks, timer);
                }
            }
        }
    }

    /// Runs jobs until the turn's cost is spent; the rest goes on by a timer at now, behind live input.
    fn run_jobs(&mut self, now: Now) {
        let mut spent = 0_u32;
        while spent < limits::TURN_COST_MAX_US {
            // Neither keeps the other waiting: who knocks, and who is inside.
            let looked = self.look_on(now);
            spent = spent.saturating_add(looked.unwrap_or(0));
            match self.lanes.pop() {
                Some((lane, job)) => {
                    spent = spent.saturating_add(jobs::cost(&job));
                    self.run_job(now, lane, job);
                }
                None if looked.is_none() => return,
                None => {}
            }
        }
        if self.lanes.has_ready() || self.links.is_looking() {
            self.timers.set(Timer::Continue, now.mono);
        }
    }

    fn run_job(&mut self, now: Now, lane: LaneId, job: Job) {
        let result = match (lane, &job) {
            (_, Job::Command(id, command)) => self.run_command(now, *id, command),
            (LaneId::Peer(device), job) => self.run_peer_job(now, device, job),
            (LaneId::Own, _) => Ok(()),
        };
        match result {
            Ok(()) | Err(Stop::Ignored) => {}
            Err(Stop::Early(community)) => {
                if let LaneId::Peer(device) = lane {
                    self.halls.keep_early(community, device, job);
                }
            }
            Err(Stop::Missing(Missing(keys))) => {
                let load = self.out.load(self.lanes.missing(lane, keys));
                self.lanes.park(lane, job, load, self.out.durable());
                return;
            }
            Err(Stop::Misbehaved(fault)) => {
                if let Job::Open { link, .. }
                | Job::Offer { link, .. }
                | Job::Ops { link, .. }
                | Job::Entries { link, .. } = job
                {
                    self.fault(now, link, fault, false);
                }
            }
        }
        self.lanes.over(lane);
    }
}
