//! The loop around the core: inputs in, outputs performed, nothing decided.
//!
//! A turn takes what happened, lets the core handle it, drains the core, and performs what it
//! wants in order; what waits for a batch is held until that is durable ([`turn`]). A failed
//! commit ends the core: every command behind it is answered *not stored*, every link is hung up,
//! and a new core is restored from the disk with a fresh seed. There is never a core ahead of its
//! disk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::core::Core;
use protocol::link::LinkId;
use protocol::persist::Snapshot;
use protocol::turn::{Command, CommandId, Event, Input, Reply};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::events::EventLog;
use crate::handle::{Ask, AskError};
use crate::health::Health;
use crate::net::{self, DialFailure, NetCommand, NetEvent, NetPort};
use crate::store_thread::{StoreEvent, StoreFault, StorePort};
use crate::view::View;

mod recovery;
#[cfg(test)]
mod tests;
mod turn;

use turn::Held;

/// Inputs handled before one drain: enough to share a commit, few enough to stay prompt.
const TURN_INPUTS_MAX: usize = 64;

/// The first wait between two failures of the store, doubled up to the last.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// How long a stopping driver waits for commits under way, so that their commands are answered.
const FINISH_TIMEOUT: Duration = Duration::from_secs(2);

/// Attempt numbers from here on are the API's dials; the core counts its own from 1.
const OWN_DIALS: u64 = 1 << 63;

/// Makes a core from a snapshot: with this device's keys, the clock's time and a fresh seed.
pub(crate) type CoreMaker = Box<dyn Fn(Snapshot) -> Result<Core, DriverError> + Send>;

/// Why a driver cannot go on. The node stops.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The store failed in a way that does not pass by itself.
    #[error("{0}")]
    Store(#[from] StoreFault),
    /// A task that the driver needs is gone.
    #[error("the {0} ended")]
    Gone(&'static str),
    /// The system gives no random bytes, so no key could be made.
    #[error("{0}")]
    NoRandomness(String),
    /// The device's keys, good at the start, cannot be read any more.
    #[error("the identity cannot be used: {0}")]
    Identity(protocol::local::LocalFault),
}

/// Where the driver's news go.
#[derive(Debug)]
pub(crate) struct Outlets {
    pub(crate) view: watch::Sender<Arc<View>>,
    pub(crate) events: Arc<EventLog>,
    pub(crate) health: Arc<Health>,
}

/// Everything that the driver talks to.
#[derive(Debug)]
pub(crate) struct Ports {
    pub(crate) net: NetPort,
    pub(crate) store: StorePort,
    pub(crate) asks: mpsc::Receiver<Ask>,
}

/// The state of the store as the driver sees it.
#[derive(Debug)]
enum Standing {
    /// A core runs.
    Running,
    /// The core is gone; the store settles what was under way.
    Settling,
    /// The store was read; a core is made from it at that time, or, without a snapshot, it is
    /// read again.
    Resting {
        until: Instant,
        snapshot: Option<Snapshot>,
    },
}

/// A link that the core knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkState {
    /// Frames go both ways.
    Open,
    /// The core hung up: nothing goes over it any more, and the core waits for its end.
    Ending,
}

/// The loop's state.
pub(crate) struct Driver {
    clock: Clock,
    make_core: CoreMaker,
    core: Option<Core>,
    /// Number of the core that runs, or ran last.
    number: u64,
    standing: Standing,
    retry: Duration,
    wake: Option<Instant>,
    ports: Ports,
    outlets: Outlets,
    held: Held,
    /// Links that the core knows.
    links: BTreeMap<LinkId, LinkState>,
    next_command: u64,
    commands: BTreeMap<CommandId, oneshot::Sender<Result<Reply, AskError>>>,
    next_dial: u64,
    dials: BTreeMap<u64, oneshot::Sender<Result<(), DialFailure>>>,
}

/// What the loop woke up for.
enum Happened {
    Store(StoreEvent),
    Net(NetEvent),
    Asked(Ask),
    Deadline,
    Cancelled,
}

impl Driver {
    /// A driver that starts from this snapshot. What the core says of it, who we are and who the
    /// contacts are, is in the view before this returns.
    ///
    /// # Errors
    /// When no core can be made, or a task that it needs is gone.
    pub(crate) async fn start(
        clock: Clock,
        make_core: CoreMaker,
        snapshot: Snapshot,
        ports: Ports,
        outlets: Outlets,
    ) -> Result<Self, DriverError> {
        let core = make_core(snapshot)?;
        let mut driver = Self {
            clock,
            make_core,
            core: Some(core),
            number: 1,
            standing: Standing::Running,
            retry: RETRY_FIRST,
            wake: None,
            ports,
            outlets,
            held: Held::default(),
            links: BTreeMap::new(),
            next_command: 0,
            commands: BTreeMap::new(),
            next_dial: OWN_DIALS,
            dials: BTreeMap::new(),
        };
        driver.drain().await?;
        Ok(driver)
    }

    /// Works until cancelled.
    ///
    /// # Errors
    /// When the store or a task is beyond help.
    pub(crate) async fn run(mut self, cancel: CancellationToken) -> Result<(), DriverError> {
        loop {
            self.drain().await?;
            match self.next(&cancel).await? {
                Happened::Cancelled => break,
                first => self.happened(first).await?,
            }
            for _ in 1..TURN_INPUTS_MAX {
                let Some(more) = self.try_next() else { break };
                self.happened(more).await?;
            }
        }
        self.finish().await
    }

    async fn next(&mut self, cancel: &CancellationToken) -> Result<Happened, DriverError> {
        let deadline = match &self.standing {
            Standing::Running => self.wake,
            Standing::Settling => None,
            Standing::Resting { until, .. } => Some(*until),
        };
        Ok(tokio::select! {
            () = cancel.cancelled() => Happened::Cancelled,
            event = self.ports.store.events.recv() => {
                Happened::Store(event.ok_or(DriverError::Gone("store"))?)
            }
            event = self.ports.net.events.recv() => {
                Happened::Net(event.ok_or(DriverError::Gone("network task"))?)
            }
            Some(ask) = self.ports.asks.recv() => Happened::Asked(ask),
            () = reached(deadline) => Happened::Deadline,
        })
    }

    fn try_next(&mut self) -> Option<Happened> {
        let store = self.ports.store.events.try_recv().map(Happened::Store);
        store
            .or_else(|_| self.ports.net.events.try_recv().map(Happened::Net))
            .or_else(|_| self.ports.asks.try_recv().map(Happened::Asked))
            .ok()
    }

    async fn happened(&mut self, what: Happened) -> Result<(), DriverError> {
        match what {
            Happened::Store(event) => self.store_event(event).await?,
            Happened::Net(event) => self.net_event(event).await?,
            Happened::Asked(ask) => self.asked(ask).await?,
            Happened::Deadline => self.deadline().await?,
            Happened::Cancelled => {}
        }
        Ok(())
    }

    fn is_open(&self, link: LinkId) -> bool {
        self.links.get(&link) == Some(&LinkState::Open)
    }

    fn input(&mut self, input: Input) {
        if let Some(core) = &mut self.core {
            core.handle(self.clock.now(), input);
        }
    }

    async fn deadline(&mut self) -> Result<(), DriverError> {
        if let Standing::Resting { snapshot, .. } = &mut self.standing {
            match snapshot.take() {
                Some(snapshot) => self.begin(snapshot)?,
                None => self.ask_for_state().await?,
            }
        } else {
            self.wake = None;
            self.input(Input::Wake);
        }
        Ok(())
    }

    async fn net_event(&mut self, event: NetEvent) -> Result<(), DriverError> {
        match event {
            NetEvent::LinkUp {
                link,
                local,
                remote,
                dialer,
                ..
            } => {
                if self.core.is_none() {
                    return self.tell_net(NetCommand::Hangup { link }).await;
                }
                let link = LinkId(link);
                self.links.insert(link, LinkState::Open);
                let (local, remote) = (local.into(), remote.into());
                self.input(Input::LinkUp {
                    link,
                    local,
                    remote,
                    dialer,
                });
            }
            NetEvent::LinkDown { link } => {
                if self.links.remove(&LinkId(link)).is_some() {
                    self.input(Input::LinkDown { link: LinkId(link) });
                }
            }
            NetEvent::Received { link, bytes } => {
                if self.is_open(LinkId(link)) {
                    self.input(Input::Received {
                        link: LinkId(link),
                        bytes,
                    });
                }
            }
            NetEvent::DialFailed { attempt, reason } => match self.dials.remove(&attempt) {
                Some(answer) => drop(answer.send(Err(reason))),
                None if attempt < OWN_DIALS => self.input(Input::DialFailed { attempt }),
                None => {}
            },
            NetEvent::DialDone { attempt } => {
                if let Some(answer) = self.dials.remove(&attempt) {
                    drop(answer.send(Ok(())));
                }
            }
            NetEvent::Listening { address } => {
                let hints = net::hints(&self.outlets.health.listening(address));
                let view = View::clone(&self.outlets.view.borrow());
                let view = View { hints, ..view };
                self.outlets.view.send_replace(Arc::new(view));
            }
            NetEvent::Seen { .. } | NetEvent::Expired { .. } => {}
        }
        self.outlets.health.links(self.links.len());
        Ok(())
    }

    async fn asked(&mut self, ask: Ask) -> Result<(), DriverError> {
        match ask {
            Ask::Command { command, answer } => self.command(command, answer),
            Ask::Settle { answer } => self.held.settle(answer),
            Ask::Dial { addresses, answer } => {
                self.next_dial += 1;
                self.dials.insert(self.next_dial, answer);
                self.tell_net(NetCommand::Dial {
                    attempt: self.next_dial,
                    addresses,
                })
                .await?;
            }
        }
        Ok(())
    }

    fn command(&mut self, command: Command, answer: oneshot::Sender<Result<Reply, AskError>>) {
        if self.core.is_none() {
            drop(answer.send(Err(self.not_stored())));
            return;
        }
        self.next_command += 1;
        let id = CommandId(self.next_command);
        self.commands.insert(id, answer);
        self.input(Input::Command(id, command));
    }

    fn not_stored(&self) -> AskError {
        let fault = self.outlets.health.counts().store_fault;
        AskError::NotStored(fault.unwrap_or_else(|| "the store failed".to_owned()))
    }

    async fn store_event(&mut self, event: StoreEvent) -> Result<(), DriverError> {
        match event {
            StoreEvent::Committed { core, id, batches } if core == self.number => {
                self.outlets.health.committed(batches);
                self.retry = RETRY_FIRST;
                self.input(Input::Committed(id));
                self.release(id).await?;
            }
            event @ (StoreEvent::Loaded { .. } | StoreEvent::LoadFailed { .. }) => {
                self.held.load_answered();
                self.loaded(event).await?;
            }
            StoreEvent::Failed { core, fault } if core == self.number => {
                self.outlets.health.commit_failed();
                self.fail(fault).await?;
            }
            StoreEvent::Restored { core, snapshot } if core == self.number => {
                self.settled(snapshot)?;
            }
            // Of a core that is gone.
            _ => {}
        }
        Ok(())
    }

    async fn tell_net(&mut self, command: NetCommand) -> Result<(), DriverError> {
        let sent = self.ports.net.commands.send(command).await;
        sent.map_err(|_error| DriverError::Gone("network task"))
    }

    /// Tells an event that is true by now.
    fn tell(&mut self, event: Event) {
        match event {
            Event::Done { command, result } => {
                if let Some(answer) = self.commands.remove(&command) {
                    drop(answer.send(result.map_err(AskError::from)));
                }
            }
            Event::Misbehaved { link, fault } => {
                tracing::info!(link = link.0, %fault, "a peer misbehaved");
                self.outlets.health.misbehaved(fault.kind());
            }
            Event::PassedOver(why) => {
                tracing::debug!(%why, "something of a community was passed over");
                self.outlets.health.passed_over(why.kind());
            }
            event => {
                let next = self.outlets.view.borrow().reduce(&event);
                if let Some(next) = next {
                    self.outlets.view.send_replace(Arc::new(next));
                }
                self.outlets.events.push(event);
            }
        }
    }

    /// Answers what is under way, then lets the network say goodbye.
    async fn finish(mut self) -> Result<(), DriverError> {
        let under_way = async {
            self.settle();
            self.drain().await?;
            while self.core.is_some() && !self.held.is_settled() {
                let event = tokio::select! {
                    event = self.ports.store.events.recv() => event,
                    // A batch that gathers is handed out by a timer of the core.
                    () = reached(self.wake) => {
                        self.deadline().await?;
                        self.drain().await?;
                        continue;
                    }
                };
                let Some(event) = event else {
                    break;
                };
                self.store_event(event).await?;
                self.drain().await?;
            }
            Ok::<(), DriverError>(())
        };
        match tokio::time::timeout(FINISH_TIMEOUT, under_way).await {
            Ok(result) => result?,
            Err(_) => tracing::warn!("commits were under way for too long to wait for them"),
        }
        self.tell_net(NetCommand::Shutdown).await
    }
}

/// Waits until then; for ever without a time.
async fn reached(deadline: Option<Instant>) {
    match deadline {
        // What is due goes on behind other tasks, not after the millisecond that a timer takes at least.
        Some(at) if at <= Instant::now() => tokio::task::yield_now().await,
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
