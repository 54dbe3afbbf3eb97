//! Starting a node, watching its tasks, and stopping it in order.
//!
//! The first task to fail stops the rest: a node never runs on with half of itself. The store is
//! closed last, and marked clean only when everything before it ended in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use protocol::core::{Config as CoreConfig, Core};
use protocol::local::LocalDevice;
use protocol::persist::{Snapshot, Store as _};
use storage::{Continuity, Profile, StoreError, Writer};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::api::{Api, ApiError};
use crate::clock::Clock;
use crate::config::NodeConfig;
use crate::driver::{CoreMaker, Driver, DriverError, Outlets, Ports};
use crate::events::EventLog;
use crate::handle::{ASKS_MAX, Ask, Fixed, NodeHandle};
use crate::health::Health;
use crate::net::{self, NetError};
use crate::profile::{self, ProfileError, fresh_seed};
use crate::store_thread::{self, StoreReader, StoreThreads};
use crate::view::{MeView, View};
use crate::words::{self, WordsDesk};

/// Why a node could not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The network task.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The API.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The driver.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The system refuses a thread.
    #[error("the system refuses a thread: {0}")]
    Thread(std::io::Error),
    /// A task panicked: a bug of this program.
    #[error("the {0} panicked; this is a bug")]
    Panicked(&'static str),
}

impl From<StoreError> for NodeError {
    fn from(error: StoreError) -> Self {
        Self::Profile(error.into())
    }
}

/// A running node.
#[derive(Debug)]
pub struct Node {
    handle: NodeHandle,
    api: SocketAddr,
    cancel: CancellationToken,
    supervisor: JoinHandle<Result<(), NodeError>>,
}

/// One of a node's tasks, by name, and how it ended.
type Ended = (&'static str, Result<(), NodeError>);

impl Node {
    /// Opens the profile and starts every task.
    ///
    /// # Errors
    /// [`NodeError`] says what could not be started; nothing is left running then.
    pub async fn start(config: NodeConfig) -> Result<Self, NodeError> {
        let started = Instant::now();
        let (profile, mut local) = open(&config).await?;
        // From here on a failure drops the profile, which unlocks it.
        let (net_task, net_port) = net::start(&config.net)?;
        let api = Api::bind(&config.profile, config.api).await?;
        let address = api.address();
        let parts = assemble(&config, profile, &mut local, net_port, started).await?;
        let cancel = CancellationToken::new();

        let mut tasks: JoinSet<Ended> = JoinSet::new();
        let (handle, stop) = (parts.handle.clone(), cancel.clone());
        let driver = parts.driver;
        tasks.spawn(async move { ("driver", driver.run(stop).await.map_err(NodeError::from)) });
        tasks.spawn(async move {
            (
                "network task",
                net_task.run().await.map_err(NodeError::from),
            )
        });
        let (node, stop) = (handle.clone(), cancel.clone());
        tasks.spawn(async move { ("API", api.serve(node, stop).await.map_err(NodeError::from)) });
        let supervisor = tokio::spawn(supervise(tasks, cancel.clone(), parts.kept));
        dial_at_start(&handle, config.dial);
        #[cfg(feature = "mutants")]
        if config.danger_plaintext_on_the_wire {
            tokio::spawn(crate::mutant::shout(handle.clone()));
        }
        Ok(Self {
            handle,
            api: address,
            cancel,
            supervisor,
        })
    }

    /// The door into it.
    #[must_use]
    pub const fn handle(&self) -> &NodeHandle {
        &self.handle
    }

    /// Where its API listens.
    #[must_use]
    pub const fn api(&self) -> SocketAddr {
        self.api
    }

    /// Asks it to stop, from anywhere.
    #[must_use]
    pub fn stopper(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Waits until it has stopped, by itself or because it was asked to.
    ///
    /// # Errors
    /// What made it stop by itself.
    pub async fn stopped(self) -> Result<(), NodeError> {
        self.supervisor
            .await
            .unwrap_or(Err(NodeError::Panicked("supervisor")))
    }
}

/// Opens the profile on a thread that may wait for key derivation and disk.
async fn open(config: &NodeConfig) -> Result<(Profile, LocalDevice), NodeError> {
    let (path, protection) = (config.profile.clone(), config.protection.clone());
    let options = config.store.clone();
    let opened =
        tokio::task::spawn_blocking(move || profile::open(&path, &protection, options)).await;
    let (profile, local) =
        opened.map_err(|_error| NodeError::Panicked("opening of the profile"))??;
    let opening = profile.opening();
    tracing::info!(
        generation = opening.generation,
        clean = opening.was_clean,
        "profile open"
    );
    if let Some(healed) = &opening.healed {
        tracing::warn!(copy = healed.copy, "a copy of the identity was repaired");
    }
    Ok((profile, local))
}

/// Everything that runs or is held while the node runs.
struct Parts {
    driver: Driver,
    handle: NodeHandle,
    kept: Kept,
}

/// What is held until every task has ended.
struct Kept {
    threads: StoreThreads,
    profile: Profile,
    words: WordsDesk,
}

/// Builds the driver and its store threads.
async fn assemble(
    config: &NodeConfig,
    mut profile: Profile,
    local: &mut LocalDevice,
    net: net::NetPort,
    started: Instant,
) -> Result<Parts, NodeError> {
    let mut writer = profile.writer();
    let snapshot = where_we_left_off(&profile, &mut writer, start_name()?)?;
    let health = Arc::new(Health::new(Arc::clone(&net.counters)));
    let events = EventLog::new(start_name()?);
    let me = MeView {
        name: local.name.clone(),
        bundle: local.bundle.clone(),
    };
    let (view_tx, view) = watch::channel(Arc::new(View::new(me)));
    let (asks, asks_rx) = mpsc::channel::<Ask>(ASKS_MAX);
    let fixed = Arc::new(Fixed {
        account: local.account,
        device: local.device,
        started,
        unprotected: profile.identity().is_unprotected(),
        generation: profile.opening().generation,
    });
    let reader = StoreReader::new(profile.reader(), asks.clone());
    let (threads, store) = store_thread::spawn(writer).map_err(NodeError::Thread)?;
    // The core needs no recovery words, so it gets none: what is not in memory cannot be read there.
    let (words, words_desk) = words::port(local.unconfirmed.take().is_none());
    let make_core = core_maker(config.core, local.encode());
    let ports = Ports {
        net,
        store,
        asks: asks_rx,
    };
    let outlets = Outlets {
        view: view_tx,
        events: Arc::clone(&events),
        health: Arc::clone(&health),
    };
    let driver = Driver::start(Clock::start(), make_core, snapshot, ports, outlets).await?;
    let handle = NodeHandle {
        asks,
        view,
        events,
        reader,
        health,
        fixed,
        words,
    };
    let kept = Kept {
        threads,
        profile,
        words: words_desk,
    };
    Ok(Parts {
        driver,
        handle,
        kept,
    })
}

/// What the core starts from. If it is not what the last start left, sessions and prekeys of it are
/// dropped before anything else happens: going on in them would use keys twice (DECISIONS 41).
fn where_we_left_off(
    profile: &Profile,
    writer: &mut Writer,
    drawn: u64,
) -> Result<Snapshot, StoreError> {
    let snapshot = writer.snapshot()?;
    let Continuity::Broken(why) = &profile.opening().continuity else {
        return Ok(snapshot);
    };
    let batch = snapshot.new_incarnation(drawn);
    if batch.is_empty() {
        return Ok(snapshot);
    }
    tracing::warn!(
        ?why,
        "this start does not go on where the last one ended: new sessions"
    );
    writer.commit(&[batch])?;
    writer.snapshot()
}

/// Makes cores with this device's keys, each with a seed of its own (DECISIONS 41).
fn core_maker(config: CoreConfig, payload: Zeroizing<Vec<u8>>) -> CoreMaker {
    Box::new(move |snapshot| {
        let seed = fresh_seed().map_err(|error| DriverError::NoRandomness(error.to_string()))?;
        let local = LocalDevice::decode(&payload).map_err(DriverError::Identity)?;
        Ok(Core::restore(config, local, snapshot, seed))
    })
}

/// The random name of this start, for event ids.
fn start_name() -> Result<u64, NodeError> {
    let [a, b, c, d, e, f, g, h, ..] = fresh_seed()?;
    Ok(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

/// Dials what the starter named, beside everything else.
fn dial_at_start(handle: &NodeHandle, addresses: Vec<String>) {
    for address in addresses {
        let handle = handle.clone();
        tokio::spawn(async move {
            if let Err(reason) = handle.dial(vec![address.clone()]).await {
                tracing::warn!(address, %reason, "nobody answers there");
            }
        });
    }
}

/// Waits for the tasks; the first to end stops the others. Meanwhile answers for the recovery words, which only the
/// profile has. Then closes the store.
async fn supervise(
    mut tasks: JoinSet<Ended>,
    cancel: CancellationToken,
    kept: Kept,
) -> Result<(), NodeError> {
    let Kept {
        threads,
        profile,
        words: mut desk,
    } = kept;
    let mut profile = Some(profile);
    let mut outcome = Ok(());
    loop {
        let joined = tokio::select! {
            joined = tasks.join_next() => joined,
            Some(ask) = desk.asks.recv(), if profile.is_some() => {
                if let Some(held) = profile.take() {
                    profile = desk.carry_out(held, ask).await;
                }
                if profile.is_some() {
                    continue;
                }
                Some(Ok(("words", Err(NodeError::Panicked("keeper of the words")))))
            }
        };
        let Some(joined) = joined else { break };
        let (name, result) = joined.unwrap_or(("task", Err(NodeError::Panicked("task"))));
        if !cancel.is_cancelled() {
            tracing::error!(task = name, "a task ended by itself: stopping");
            cancel.cancel();
        }
        match (result, &outcome) {
            (Err(error), Ok(())) => outcome = Err(error),
            (Err(error), Err(_)) => tracing::error!(task = name, %error, "ended badly as well"),
            (Ok(()), _) => tracing::debug!(task = name, "ended"),
        }
    }
    let closed = tokio::task::spawn_blocking(move || {
        if !threads.join() {
            return Err(NodeError::Panicked("store thread"));
        }
        profile.map_or(Ok(()), |profile| profile.close().map_err(NodeError::from))
    });
    let closed = closed
        .await
        .unwrap_or(Err(NodeError::Panicked("closing of the profile")));
    outcome.and(closed)
}
