//! The task that owns the libp2p swarm: one loop over commands, swarm events and ended links.
//!
//! It never waits for the driver. What the driver has not taken yet stands in `waiting`, and
//! while that is long the swarm is not asked for more; commands are taken all the time, so that
//! driver and task cannot wait for each other.

use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libp2p::core::ConnectedPoint;
use libp2p::futures::StreamExt as _;
use libp2p::identity::Keypair;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Stream, Swarm, SwarmBuilder, mdns, noise, ping, tcp, yamux};
use tokio::sync::mpsc;
use tokio_util::compat::FuturesAsyncReadCompatExt as _;
use tokio_util::task::TaskTracker;

use super::behaviour::{Behaviour, BehaviourEvent};
use super::dials::Dials;
use super::discovery::Discovery;
use super::links::{Keep, Link, Links, keep};
use super::stream::{LinkEnd, Refused, link};
use super::{
    CLOSE_TIMEOUT, DialFailure, NetCommand, NetConfig, NetCounters, NetError, NetEvent,
    link_protocol, translate,
};

/// How long a connection without a link may stay: the time to agree on the link protocol.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// Streams of one connection at once. A link needs one; ping and identify come and go.
const STREAMS_MAX: u32 = 16;

/// Bytes in flight that we take on one stream, and on one connection, before we have read them:
/// a burst of the largest frames; more would be memory in a stranger's hand.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;

/// Events that may wait for the driver before the swarm is left alone.
const WAITING_MAX: usize = 64;

/// How long the transports may take to say goodbye after the links are closed.
const GOODBYE_TIMEOUT: Duration = Duration::from_millis(500);

/// What we know of one connection.
#[derive(Debug)]
struct Connection {
    dialer: bool,
    address: Multiaddr,
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
        let mut swarm = build(key, behaviour)?;
        let listeners = listen(&mut swarm, &config.listen)?;
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
            self.dial_failed(connection, translate::failure(&error));
        }
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
                self.dial_failed(connection_id, translate::failure(&error));
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

    fn connected(&mut self, peer: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let dialer = endpoint.is_dialer();
        let address = endpoint.get_remote_address().clone();
        self.connections
            .insert(connection, Connection { dialer, address });
        if !dialer {
            return;
        }
        let local = *self.swarm.local_peer_id();
        let standing = self.links.with_peer(&peer);
        let wanted =
            standing.is_none_or(|(_, link)| keep(local, peer, link.dialer, true) == Keep::New);
        if wanted {
            self.swarm.behaviour_mut().link.open(peer, connection);
        } else {
            self.refuse_double(connection);
        }
    }

    fn refuse_double(&mut self, connection: ConnectionId) {
        self.dial_failed(connection, DialFailure::AlreadyLinked);
        NetCounters::add(&self.counters.refused, 1);
        self.swarm.close_connection(connection);
    }

    fn disconnected(&mut self, connection: ConnectionId) {
        self.connections.remove(&connection);
        // A connection that closes before its link stood is a dial that failed.
        self.dial_failed(connection, DialFailure::NotALink);
        if let Some(link) = self
            .links
            .on_connection(connection)
            .and_then(|n| self.links.get(n))
        {
            link.sender.cut();
        }
    }

    fn stream_ready(&mut self, connection: ConnectionId, peer: PeerId, stream: Stream) {
        let Some(Connection { dialer, address }) = self.connections.get(&connection) else {
            return;
        };
        let (dialer, address) = (*dialer, address.to_string());
        let local = *self.swarm.local_peer_id();
        if let Some((number, standing)) = self.links.with_peer(&peer) {
            if keep(local, peer, standing.dialer, dialer) == Keep::Standing {
                self.refuse_double(connection);
                return;
            }
            NetCounters::add(&self.counters.refused, 1);
            if let Some(replaced) = self.end_link(number) {
                replaced.sender.cut();
            }
        }
        let done = self.dials.succeeded(connection);
        self.waiting
            .extend(done.map(|attempt| NetEvent::DialDone { attempt }));
        self.discovery.linked(Instant::now(), &peer);
        NetCounters::add(&self.counters.links, 1);
        let number = self.next_link;
        self.next_link += 1;
        let (sender, task) = link(
            number,
            stream.compat(),
            self.events.clone(),
            Arc::clone(&self.counters),
        );
        self.links.insert(
            number,
            Link {
                peer,
                connection,
                dialer,
                sender,
            },
        );
        let (local, remote) = (local.to_bytes(), peer.to_bytes());
        let up = NetEvent::LinkUp {
            link: number,
            local,
            remote,
            dialer,
            address,
        };
        let (events, ended) = (self.events.clone(), self.ended_tx.clone());
        self.tasks.spawn(async move {
            let end = task.carry(up).await;
            // The loop first: it stops queueing for a link that is gone.
            let told = ended
                .send(Ended {
                    link: number,
                    connection,
                    end,
                })
                .await;
            let down = events.send(NetEvent::LinkDown { link: number }).await;
            if told.is_err() || down.is_err() {
                tracing::debug!(
                    link = number,
                    "a link outlived those who would hear of its end"
                );
            }
        });
    }

    fn link_ended(&mut self, ended: &Ended) {
        tracing::debug!(link = ended.link, end = %ended.end, "a link ended");
        if matches!(ended.end, LinkEnd::Length(_) | LinkEnd::Stalled) {
            NetCounters::add(&self.counters.malformed, 1);
        }
        drop(self.end_link(ended.link));
        self.swarm.close_connection(ended.connection);
    }

    /// Takes a link out of the books; its task still winds down by itself and then says so.
    fn end_link(&mut self, number: u64) -> Option<Link> {
        let link = self.links.remove(number)?;
        self.discovery
            .unlinked(Instant::now(), &link.peer, chance());
        Some(link)
    }

    /// Closes every link after what is queued, then every connection.
    async fn shut_down(mut self) {
        self.links.drain().for_each(drop);
        self.tasks.close();
        let mut timeout = pin!(tokio::time::sleep(CLOSE_TIMEOUT));
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

/// The transports, QUIC first, and the behaviour, with every window and count bounded.
fn build(key: Keypair, behaviour: Behaviour) -> Result<Swarm<Behaviour>, NetError> {
    let transport = |error: &dyn std::fmt::Display| NetError::Transport(error.to_string());
    let mut muxer = yamux::Config::default();
    muxer.set_max_num_streams(usize::try_from(STREAMS_MAX).unwrap_or(usize::MAX));
    let swarm = SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_tcp(
            tcp::Config::default().nodelay(true),
            noise::Config::new,
            || muxer,
        )
        .map_err(|error| transport(&error))?
        .with_quic_config(|mut config| {
            config.max_concurrent_stream_limit = STREAMS_MAX;
            config.max_stream_data = STREAM_WINDOW;
            config.max_connection_data = CONNECTION_WINDOW;
            config
        })
        .with_behaviour(|_| behaviour)
        .map_err(|error| transport(&error))?
        .with_swarm_config(|config| {
            config
                .with_idle_connection_timeout(IDLE_TIMEOUT)
                .with_max_negotiating_inbound_streams(
                    usize::try_from(STREAMS_MAX).unwrap_or(usize::MAX),
                )
                .with_smart_dial()
        })
        .build();
    Ok(swarm)
}

/// Listens where it can; answers at how many of the addresses.
fn listen(swarm: &mut Swarm<Behaviour>, addresses: &[String]) -> Result<usize, NetError> {
    let mut listeners = 0;
    let mut last = "no address was given".to_owned();
    for text in addresses {
        let address: Multiaddr =
            text.parse()
                .map_err(|error: libp2p::multiaddr::Error| NetError::ListenAddress {
                    address: text.clone(),
                    reason: error.to_string(),
                })?;
        match swarm.listen_on(address) {
            Ok(_) => listeners += 1,
            Err(error) => {
                tracing::warn!(address = text, %error, "cannot listen here");
                last = error.to_string();
            }
        }
    }
    if listeners == 0 {
        Err(NetError::NoListener(last))
    } else {
        Ok(listeners)
    }
}
