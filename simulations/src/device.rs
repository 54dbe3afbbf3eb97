//! A device: a core, its disk, its clocks, and what its driver keeps between the two.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use protocol::community::{CommunityView, StandingHere};
use protocol::control::CommunityId;
use protocol::core::{Config, Core, Sizes};
use protocol::identity::{AccountId, DeviceId};
use protocol::link::LinkId;
use protocol::local::LocalDevice;
use protocol::persist::{BatchId, RowKey};
use protocol::turn::{CommandId, ContactView, Event, Input, Output};

use crate::clock::{Clock, Micros};
use crate::disk::Disk;
use crate::medium::Medium;
use crate::network::WireId;
use crate::options::Range;
use crate::people::OpId;

/// What the person at a device sees: gone with every restart, told anew by the core.
#[derive(Debug, Default)]
pub struct Screen {
    /// Contacts and requests.
    pub contacts: BTreeMap<AccountId, ContactView>,
    /// Strangers that show themselves.
    pub nearby: BTreeSet<AccountId>,
    /// Communities.
    pub communities: BTreeMap<CommunityId, CommunityView>,
}

/// A device.
#[derive(Debug)]
pub struct Device {
    /// Whose it is.
    pub account: AccountId,
    /// Which it is.
    pub id: DeviceId,
    /// Number of the person in the world.
    pub person: usize,
    /// Whether its program is not ours, and does beside all else what no honest one does.
    pub lies: bool,
    /// The payload of its `identity` file.
    identity: Vec<u8>,
    config: Config,
    /// The core, while it is up.
    pub core: Option<Core>,
    /// Cores so far.
    pub boot: u32,
    /// Processes so far: a core can be restored within one.
    pub process: u32,
    /// Peer id of this process.
    pub peer_id: Bytes,
    /// Its disk.
    pub disk: Disk,
    /// Its clocks.
    pub clock: Clock,
    /// Outputs that wait for a batch.
    pub held: VecDeque<(BatchId, Output)>,
    /// The newest durable batch of this core.
    pub durable: BatchId,
    /// Links that this core knows.
    pub links: BTreeMap<LinkId, (WireId, usize)>,
    next_link: u64,
    next_command: u64,
    /// Commands that are not answered.
    pub commands: BTreeMap<CommandId, OpId>,
    /// When to wake the core, and the number of that decision.
    pub wake: (Option<Micros>, u64),
    /// Whether a drain is due.
    pub undrained: bool,
    /// The next barrier is a crash: before the commit, or right after it.
    pub doomed: Option<Doom>,
    /// What the person sees.
    pub screen: Screen,
    /// Bytes a second that its driver takes from each link, if it is slower than what comes; with 0 it takes none.
    pub takes: Option<u64>,
    /// Time that a commit takes here, if another than elsewhere.
    pub commit_ms: Option<Range>,
}

/// At which side of a barrier a device crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doom {
    /// The batch is lost.
    BeforeCommit,
    /// The batch is durable, nobody was told.
    AfterCommit,
}

/// A core panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

impl Device {
    /// A device that is down.
    #[must_use]
    pub fn new(
        local: &LocalDevice,
        person: usize,
        config: Config,
        medium: Box<dyn Medium>,
        clock: Clock,
    ) -> Self {
        Self {
            account: local.account,
            id: local.device,
            person,
            lies: false,
            identity: local.encode().to_vec(),
            config,
            core: None,
            boot: 0,
            process: 0,
            peer_id: Bytes::new(),
            disk: Disk::new(medium),
            clock,
            held: VecDeque::new(),
            durable: BatchId(0),
            links: BTreeMap::new(),
            next_link: 0,
            next_command: 0,
            commands: BTreeMap::new(),
            wake: (None, 0),
            undrained: false,
            doomed: None,
            screen: Screen::default(),
            takes: None,
            commit_ms: None,
        }
    }

    /// Its keys, out of the identity file.
    ///
    /// # Panics
    /// Never: [`Self::new`] wrote that file.
    #[must_use]
    #[allow(clippy::expect_used, reason = "the file was written by Device::new")]
    pub fn local(&self) -> LocalDevice {
        LocalDevice::decode(&self.identity).expect("written by Device::new")
    }

    /// Whether it shows itself to strangers.
    #[must_use]
    pub const fn is_visible(&self) -> bool {
        self.config.visible
    }

    /// Whether its core runs.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.core.is_some()
    }

    /// A name for a link, never used before.
    pub fn name_link(&mut self) -> LinkId {
        self.next_link += 1;
        LinkId(self.next_link)
    }

    /// A name for a command, never used before.
    pub fn name_command(&mut self) -> CommandId {
        self.next_command += 1;
        CommandId(self.next_command)
    }

    /// Restores a core from what is durable, with a fresh seed.
    ///
    /// # Errors
    /// Outer: the core panicked. Inner: what the medium says.
    pub fn restore(
        &mut self,
        seed: [u8; 32],
    ) -> Result<Result<(), crate::medium::MediumFault>, Panicked> {
        let snapshot = match self.disk.medium.snapshot() {
            Ok(snapshot) => snapshot,
            Err(fault) => return Ok(Err(fault)),
        };
        let (config, local) = (self.config, self.local());
        let restored = catch_unwind(AssertUnwindSafe(|| {
            Core::restore(config, local, snapshot, seed)
        }));
        self.core = Some(restored.map_err(|_error| Panicked)?);
        self.boot += 1;
        self.durable = BatchId(0);
        Ok(Ok(()))
    }

    /// The core is gone, with everything that its driver kept for it. Gives the links that it knew.
    pub fn drop_core(&mut self) -> Vec<(WireId, usize)> {
        self.core = None;
        self.held.clear();
        self.disk.lose();
        self.wake = (None, self.wake.1 + 1);
        self.undrained = false;
        self.doomed = None;
        self.screen = Screen::default();
        std::mem::take(&mut self.links).into_values().collect()
    }

    /// Hands an input to the core.
    ///
    /// # Errors
    /// When the core panicked.
    pub fn handle(&mut self, at: Micros, input: Input) -> Result<(), Panicked> {
        let now = self.clock.now(at);
        let Some(core) = self.core.as_mut() else {
            return Ok(());
        };
        catch_unwind(AssertUnwindSafe(|| core.handle(now, input))).map_err(|_error| Panicked)
    }

    /// Drains the core. Gives its outputs in order; the last says when to wake it.
    ///
    /// # Errors
    /// When the core panicked.
    pub fn drain(&mut self) -> Result<Vec<Output>, Panicked> {
        let Some(core) = self.core.as_mut() else {
            return Ok(Vec::new());
        };
        catch_unwind(AssertUnwindSafe(|| {
            let mut outputs = Vec::new();
            loop {
                let output = core.poll_output();
                let drained = matches!(output, Output::Wait(_));
                outputs.push(output);
                if drained {
                    return outputs;
                }
            }
        }))
        .map_err(|_error| Panicked)
    }

    /// What its core holds.
    #[must_use]
    pub fn sizes(&self) -> Option<Sizes> {
        self.core.as_ref().map(Core::sizes)
    }

    /// Notes what the person sees.
    pub fn show(&mut self, event: &Event) {
        match event {
            Event::Contact(view) => {
                self.screen
                    .contacts
                    .insert(view.account, view.as_ref().clone());
            }
            Event::ContactRemoved(account) => {
                self.screen.contacts.remove(account);
            }
            Event::Nearby(view) => {
                self.screen.nearby.insert(view.account);
            }
            Event::Community(view) => {
                self.screen
                    .communities
                    .insert(view.id, view.as_ref().clone());
            }
            Event::NearbyGone(account) => {
                self.screen.nearby.remove(account);
            }
            _ => {}
        }
    }

    /// Whether nothing is under way: not in the core, not in its driver, not on its disk.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let nothing = |sizes: Sizes| sizes.outbox == 0 && sizes.in_flight == 0;
        self.is_idle() && self.sizes().is_some_and(nothing)
    }

    /// The same, but for what waits for these devices.
    #[must_use]
    pub fn is_quiet_but_toward(&self, others: &BTreeSet<DeviceId>) -> bool {
        let waits = |key: &RowKey| matches!(key, RowKey::Outbox(to, _) if !others.contains(to));
        let rows = self.disk.medium.snapshot().map(|snapshot| snapshot.rows);
        self.is_idle() && rows.is_ok_and(|rows| !rows.keys().any(waits))
    }

    /// Whether its account waits in some community for somebody to confirm it.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        let mut communities = self.screen.communities.values();
        communities.any(|view| view.standing == StandingHere::Suspended)
    }

    /// The same, but for what waits for others who may not be there.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let idle = self
            .sizes()
            .is_some_and(|sizes| sizes.jobs == 0 && sizes.owed == 0 && sizes.waiting_writes == 0);
        idle && self.held.is_empty()
            && !self.disk.is_busy()
            && self.commands.is_empty()
            && !self.undrained
    }

    /// What is under way, for people.
    #[must_use]
    pub fn burden(&self, number: usize) -> String {
        let Some(sizes) = self.sizes() else {
            return format!("d{number} is down");
        };
        format!(
            "d{number}: outbox {}, in flight {}, owed {}, jobs {}, links {}, held {}, commands {}{}",
            sizes.outbox,
            sizes.in_flight,
            sizes.owed,
            sizes.jobs,
            sizes.links,
            self.held.len(),
            self.commands.len(),
            if self.disk.is_busy() {
                ", disk busy"
            } else {
                ""
            },
        )
    }
}
