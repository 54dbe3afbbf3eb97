//! The task that owns the libp2p swarm: one loop over commands, swarm events and ended links.
//!
//! It never waits for the driver. What the driver has not taken yet stands in `waiting`, and
//! while that is long the swarm is not asked for more; commands are taken all the time, so that
//! driver and task cannot wait for each other.

use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libp2p::futures::StreamExt as _;
use libp2p::identity::Keypair;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, mdns, ping};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::behaviour::{Behaviour, BehaviourEvent};
use super::dials::Dials;
use super::discovery::Discovery;
use super::links::Links;
use super::stream::{LinkEnd, Refused};
use super::{
    CLOSE_TIMEOUT, DialFailure, NetCommand, NetConfig, NetCounters, NetError, NetEvent,
    link_protocol, translate,
};

mod connections;
mod setup;

/// Events that may wait for the driver before the swarm is left alone.
const WAITING_MAX: usize = 64;

/// How long the transports may take to say goodbye after the links are closed, and the least that a peer gets to answer
/// the end of its link: several times what a busy machine takes.
const GOODBYE_TIMEOUT: Duration = Duration::from_millis(500);

/// Round trips that a peer gets to answer the end of its link. One is enough when nothing is lost; who needs more than
/// four is gone, which a transport over UDP learns of only after its own, much longer, patience.
const GOODBYE_ROUND_TRIPS: u32 = 4;

/// What we know of one connection.
#[derive(Debug)]
struct Connection {
    dialer: bool,
    address: Multiaddr,
    /// Whether it led to a link, or is refused as a double: then its end is no failed dial.
    settled: bool,
    /// The newest round trip, once one was measured: right after the connection stood, then at each ping.
    round_trip: Option<Duration>,
}

/// The swarm and everything that belongs to its connections.
pub(super) struct SwarmTask {
    swarm: Swarm<Behaviour>,
    commands: mpsc::Receiver<NetCommand>,
    events: mpsc::Sender<NetEvent>,
    /// Told to the driver when it has room.
    waiting: VecDeque<NetEvent>,
    counters: Arc<NetCounters>,
    connections: BTreeMap<ConnectionId, Connection>,
    links: Links,
    next_link: u64,
    dials: Dials,
    discovery: Discovery,
    tasks: TaskTracker,
    ended_tx: mpsc::Sender<Ended>,
    ended: mpsc::Receiver<Ended>,
    /// Listeners that still stand.
    listeners: usize,
}

/// A link's task is done.
struct Ended {
    link: u64,
    connection: ConnectionId,
    end: LinkEnd,
}

/// What the loop woke up for.
enum Wake {
    Command(Option<NetCommand>),
    Swarm(Box<SwarmEvent<BehaviourEvent>>),
    Ended(Ended),
    Room,
    NoDriver,
    Dial,
}

impl SwarmTask {
    /// Makes a fresh key, builds the swarm and listens.
    pub(super) fn start(
        config: &NetConfig,
        commands: mpsc::Receiver<NetCommand>,
        events: mpsc::Sender<NetEvent>,
        counters: Arc<NetCounters>,
    ) -> Result<Self, NetError> {
        let key = Keypair::generate_ed25519();
        let behaviour = Behaviour::new(&key, config.mdns)?;
        let mut swarm = setup::build(key, behaviour)?;
        let listeners = setup::listen(&mut swarm, &config.listen)?;
        let (ended_tx, ended) = mpsc::channel(16);
        let discovery = Discovery::new(*swarm.local_peer_id());
        Ok(Self {
            swarm,
            commands,
            events,
            waiting: VecDeque::new(),
            counters,
            connections: BTreeMap::new(),
            links: Links::default(),
            next_link: 1,
            dials: Dials::default(),
            discovery,
            tasks: TaskTracker::new(),
            ended_tx,
            ended,
            listeners,
        })
    }

    /// Our peer id of this start.
    pub(super) fn peer_id(&self) -> Vec<u8> {
        self.swarm.local_peer_id().to_bytes()
    }

    /// Works until told to stop, or until the driver is gone.
    pub(super) async fn run(mut self) -> Result<(), NetError> {
        loop {
            match self.wake().await {
                Wake::Command(Some(NetCommand::Shutdown) | None) | Wake::NoDriver => break,
                Wake::Command(Some(command)) => self.obey(command),
                Wake::Swarm(event) => self.swarm_event(*event)?,
                Wake::Ended(ended) => self.link_ended(&ended),
                Wake::Dial => self.dial_seen(),
                Wake::Room => {}
            }
        }
        self.shut_down().await;
        Ok(())
    }

    /// Waits for the next thing to do; hands one waiting event over where the driver has room.
    async fn wake(&mut self) -> Wake {
        let until = self
            .discovery
            .deadline()
            .map(tokio::time::Instant::from_std);
        let dial = pin!(async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        });
        tokio::select! {
            command = self.commands.recv() => Wake::Command(command),
            Some(ended) = self.ended.recv() => Wake::Ended(ended),
            permit = self.events.reserve(), if !self.waiting.is_empty() => match permit {
                Ok(permit) => {
                    if let Some(event) = self.waiting.pop_front() {
                        permit.send(event);
                    }
                    Wake::Room
                }
                Err(_) => Wake::NoDriver,
            },
            event = self.swarm.select_next_some(), if self.waiting.len() < WAITING_MAX => {
                Wake::Swarm(Box::new(event))
            }
            () = dial => Wake::Dial,
        }
    }

    fn obey(&mut self, command: NetCommand) {
        match command {
            NetCommand::Dial { attempt, addresses } => self.dial(attempt, &addresses),
            NetCommand::Send { link, bytes } => self.send(link, bytes),
            // The queue's sender goes, so the writer sends what is left and closes.
            NetCommand::Hangup { link } => drop(self.end_link(link)),
            NetCommand::Shutdown => {}
        }
    }

    fn send(&mut self, number: u64, bytes: bytes::Bytes) {
        let Some(link) = self.links.get(number) else {
            return;
        };
        match link.sender.try_send(bytes) {
            Ok(()) | Err(Refused::Ending) => {}
            Err(refused) => {
                tracing::info!(link = number, ?refused, "a link is cut");
                NetCounters::add(&self.counters.slow, 1);
                link.sender.cut();
            }
        }
    }

    fn dial(&mut self, attempt: u64, texts: &[String]) {
        let mut named: BTreeMap<PeerId, Vec<Multiaddr>> = BTreeMap::new();
        let mut dials = Vec::new();
        for address in translate::addresses(texts) {
            match translate::named_peer(&address) {
                Some(peer) => named.entry(peer).or_default().push(address),
                None => dials.push(DialOpts::unknown_peer_id().address(address).build()),
            }
        }
        dials.extend(
            named
                .into_iter()
                .map(|(peer, addresses)| dial_peer(peer, addresses)),
        );
        if dials.is_empty() {
            let reason = DialFailure::NoAddress;
            self.waiting
                .push_back(NetEvent::DialFailed { attempt, reason });
        }
        for dial in &dials {
            self.dials.begin(attempt, dial.connection_id());
        }
        for dial in dials {
            self.start_dial(dial);
        }
    }

    fn start_dial(&mut self, dial: DialOpts) {
        let connection = dial.connection_id();
        if let Err(error) = self.swarm.dial(dial) {
            self.dial_refused(connection, &error);
        }
    }

    /// A dial ends before there was a connection.
    fn dial_refused(&mut self, connection: ConnectionId, error: &DialError) {
        let reason = translate::failure(error);
        if reason != DialFailure::AlreadyLinked {
            NetCounters::add(&self.counters.dials_failed, 1);
        }
        self.dial_failed(connection, reason);
    }

    fn dial_failed(&mut self, connection: ConnectionId, reason: DialFailure) {
        if let Some((attempt, reason)) = self.dials.failed(connection, reason) {
            self.waiting
                .push_back(NetEvent::DialFailed { attempt, reason });
        }
    }

    fn dial_seen(&mut self) {
        for (peer, addresses) in self.discovery.due(Instant::now(), chance) {
            self.start_dial(dial_peer(peer, addresses));
        }
    }

    fn swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) -> Result<(), NetError> {
        match event {
            SwarmEvent::Behaviour(event) => self.behaviour_event(event)?,
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            } => {
                self.connected(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { connection_id, .. } => {
                self.disconnected(connection_id);
            }
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                error,
                ..
            } => {
                self.dial_refused(connection_id, &error);
            }
            SwarmEvent::IncomingConnectionError { error, .. } => {
                tracing::debug!(%error, "an incoming connection failed");
                NetCounters::add(&self.counters.refused, 1);
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                tracing::info!(%address, "listening");
                self.waiting.push_back(NetEvent::Listening {
                    address: address.to_string(),
                });
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                let reason = reason
                    .err()
                    .map_or_else(String::new, |error| error.to_string());
                tracing::warn!(reason, "a listener closed");
                self.listeners = self.listeners.saturating_sub(1);
                if self.listeners == 0 {
                    return Err(NetError::NoListener(reason));
                }
            }
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "a listener failed"),
            _ => {}
        }
        Ok(())
    }

    fn behaviour_event(&mut self, event: BehaviourEvent) -> Result<(), NetError> {
        match event {
            BehaviourEvent::Link(link_protocol::Event::Ready {
                connection,
                peer,
                stream,
            }) => {
                self.stream_ready(connection, peer, *stream);
            }
            BehaviourEvent::Link(link_protocol::Event::Failed { connection }) => {
                self.dial_failed(connection, DialFailure::NotALink);
                self.swarm.close_connection(connection);
            }
            BehaviourEvent::MdnsV4(event) | BehaviourEvent::MdnsV6(event) => {
                self.announced(event)?;
            }
            BehaviourEvent::Ping(ping::Event {
                connection,
                result: Err(failure),
                ..
            }) if !matches!(failure, ping::Failure::Unsupported) => {
                tracing::debug!(%failure, "a connection no longer answers");
                self.swarm.close_connection(connection);
            }
            BehaviourEvent::Ping(ping::Event {
                connection,
                result: Ok(round_trip),
                ..
            }) => {
                if let Some(connection) = self.connections.get_mut(&connection) {
                    connection.round_trip = Some(round_trip);
                }
            }
            BehaviourEvent::Ping(_) | BehaviourEvent::Identify(_) => {}
        }
        Ok(())
    }

    fn announced(&mut self, event: mdns::Event) -> Result<(), NetError> {
        let now = Instant::now();
        match event {
            mdns::Event::Discovered(records) => {
                let mut news = BTreeMap::new();
                for (peer, address) in records {
                    if !translate::is_dialable(&address) {
                        continue;
                    }
                    if let Some(addresses) = self.discovery.seen(now, peer, address) {
                        news.insert(peer, addresses);
                    }
                    if self.links.with_peer(&peer).is_some() {
                        self.discovery.linked(now, &peer);
                    }
                }
                self.waiting
                    .extend(news.into_iter().map(|(peer, addresses)| NetEvent::Seen {
                        peer: peer.to_bytes(),
                        addresses,
                    }));
                let local = *self.swarm.local_peer_id();
                if self.swarm.behaviour_mut().bound_discovery(local)? {
                    tracing::warn!("too many mDNS announcements: discovery starts afresh");
                }
            }
            mdns::Event::Expired(records) => {
                for (peer, address) in records {
                    if self.discovery.expired(&peer, &address) {
                        self.waiting.push_back(NetEvent::Expired {
                            peer: peer.to_bytes(),
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// Closes every link after what is queued, then every connection. Who died without a word is not waited for as long as
    /// who is still being sent something.
    async fn shut_down(mut self) {
        let patience = self.patience();
        let queues: Vec<_> = self.links.drain().map(|link| link.sender.end()).collect();
        self.tasks.close();
        self.wind_down(patience).await;
        if queues.iter().any(|queue| !queue.is_empty()) {
            self.wind_down(CLOSE_TIMEOUT.saturating_sub(patience)).await;
        }
        for connection in std::mem::take(&mut self.connections).into_keys() {
            self.swarm.close_connection(connection);
        }
        let goodbye = async {
            while self.swarm.network_info().num_peers() > 0 {
                self.swarm.select_next_some().await;
            }
        };
        if tokio::time::timeout(GOODBYE_TIMEOUT, goodbye)
            .await
            .is_err()
        {
            tracing::debug!("some connections did not close in time");
        }
    }

    /// How long the slowest peer may take to answer the end of its link.
    fn patience(&self) -> Duration {
        let answers = self.links.iter().map(|link| {
            let connection = self.connections.get(&link.connection);
            let round_trip = connection.and_then(|connection| connection.round_trip);
            round_trip.map_or(CLOSE_TIMEOUT, |round_trip| {
                round_trip.saturating_mul(GOODBYE_ROUND_TRIPS)
            })
        });
        let slowest = answers.max().unwrap_or_default();
        slowest.clamp(GOODBYE_TIMEOUT, CLOSE_TIMEOUT)
    }

    /// Works on until every link's task has ended, at most for so long.
    async fn wind_down(&mut self, limit: Duration) {
        let mut timeout = pin!(tokio::time::sleep(limit));
        loop {
            tokio::select! {
                () = self.tasks.wait() => break,
                () = &mut timeout => break,
                _ = self.swarm.select_next_some() => {}
                Some(ended) = self.ended.recv() => {
                    self.swarm.close_connection(ended.connection);
                }
            }
        }
    }
}

/// Dials a peer at these addresses unless a connection with it stands or is being made.
fn dial_peer(peer: PeerId, addresses: Vec<Multiaddr>) -> DialOpts {
    let condition = PeerCondition::DisconnectedAndNotDialing;
    DialOpts::peer_id(peer)
        .condition(condition)
        .addresses(addresses)
        .build()
}

/// A number uniform in 0.0 to 1.0; its middle should the system have no randomness to give.
fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |bits| f64::from(bits) / f64::from(u32::MAX))
}
