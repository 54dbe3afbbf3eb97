//! The network task: the only place of the program that knows libp2p.
//!
//! It turns connections into *links*: one long-lived, ordered, bounded stream of frames with
//! whoever answers at the other end. A link proves two transport peer ids, fresh at each start,
//! and nothing else; who stands behind them is the core's business. The driver speaks to this
//! task through [`NetCommand`] and hears from it through [`NetEvent`], both over bounded
//! channels, so a slow driver slows the peers down and never fills the memory.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

mod behaviour;
mod dials;
pub mod discovery;
mod hints;
mod link_protocol;
mod links;
mod stream;
mod swarm;
mod translate;

pub use hints::hints;
use protocol::limits;
pub use protocol::limits::FRAME_MAX;

/// Frames that may wait for one link to take them: four times what the core lets be in flight to a device, which after a
/// reconnect it sends at once, before the link's task had a turn, with room for all else that it says. A healthy link
/// empties its queue within milliseconds; one that lets this many wait is slower than its traffic.
pub const QUEUE_FRAMES_MAX: usize = 4 * limits::IN_FLIGHT_PER_DEVICE_MAX;

/// Bytes that may wait for one link to take them: four times what the core lets be in flight to
/// a device ([`limits::IN_FLIGHT_BYTES_PER_DEVICE`]), with room for all else that it says.
pub const QUEUE_BYTES_MAX: usize = 1024 * 1024;

/// Bytes a second that one link may bring in the long run. What comes faster is read later; the
/// core, which drops links that exceed its own budgets, never sees a contact exceed this one.
pub const IN_BYTES_PER_SECOND: u64 = limits::CONTACT_BYTES_PER_S;

/// Bytes that one link may bring at once, for the same reason.
pub const IN_BURST_BYTES: u64 = limits::CONTACT_BYTES_BURST;

/// Connections of all kinds at once, as many as the core keeps links ([`limits::LINKS_MAX`]): 64
/// from others, and room left for those that we want.
pub const CONNECTIONS_MAX: u32 = 96;

/// Connections opened by others at once, so that strangers cannot use up [`CONNECTIONS_MAX`].
pub const CONNECTIONS_INCOMING_MAX: u32 = 64;

/// Handshakes under way, each direction. Each costs a few milliseconds of processor time.
pub const CONNECTIONS_PENDING_MAX: u32 = 32;

/// Connections with one peer id: simultaneous dials and hole punching make two, a change of
/// network doubles them.
pub const CONNECTIONS_PER_PEER_MAX: u32 = 4;

/// Addresses taken from one dial or one announcement. A peer has a few interfaces, each with
/// two transports; more is somebody filling our memory.
pub const ADDRESSES_MAX: usize = 16;

/// Capacity of the channel to the driver, in events: at most 15 MiB of frames wait there.
pub const EVENTS_MAX: usize = 256;

/// Capacity of the channel from the driver, in commands.
pub const COMMANDS_MAX: usize = 256;

/// What the driver asks of the network.
pub enum NetCommand {
    /// Open a link to whoever answers at one of these multiaddresses (`/ip4/…/udp/…/quic-v1`,
    /// `/ip4/…/tcp/…`, with or without `/p2p/…`). At most [`ADDRESSES_MAX`] are tried. Ends, once,
    /// in [`NetEvent::DialDone`] or [`NetEvent::DialFailed`] with the same `attempt`.
    Dial {
        /// Chosen by the driver, echoed in the failure.
        attempt: u64,
        /// Multiaddresses as text.
        addresses: Vec<String>,
    },
    /// Put one frame of 1 to [`FRAME_MAX`] bytes on a link. A link that is gone ignores it.
    Send {
        /// The link.
        link: u64,
        /// The frame's body.
        bytes: Bytes,
    },
    /// Send what is queued, then close the link.
    Hangup {
        /// The link.
        link: u64,
    },
    /// Close every link in an orderly way and end the task.
    Shutdown,
}

impl fmt::Debug for NetCommand {
    /// Shows kinds and sizes, never bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dial { attempt, addresses } => {
                write!(
                    f,
                    "Dial {{ attempt: {attempt}, addresses: {} }}",
                    addresses.len()
                )
            }
            Self::Send { link, bytes } => {
                write!(f, "Send {{ link: {link}, bytes: {} }}", bytes.len())
            }
            Self::Hangup { link } => write!(f, "Hangup {{ link: {link} }}"),
            Self::Shutdown => f.write_str("Shutdown"),
        }
    }
}

/// What the driver learns from the network.
#[derive(Clone)]
pub enum NetEvent {
    /// We can be reached at this multiaddress (without our peer id).
    Listening {
        /// Multiaddress as text.
        address: String,
    },
    /// A link stands. Its frames follow, then exactly one [`NetEvent::LinkDown`].
    LinkUp {
        /// Never used twice by one task.
        link: u64,
        /// Our peer id as the transport proved it to the other end.
        local: Vec<u8>,
        /// The other end's peer id as the transport proved it to us.
        remote: Vec<u8>,
        /// Whether we opened it.
        dialer: bool,
        /// Where the other end is.
        address: String,
    },
    /// The link is gone; frames sent on it may or may not have arrived.
    LinkDown {
        /// The link.
        link: u64,
    },
    /// A whole frame of 1 to [`FRAME_MAX`] bytes arrived.
    Received {
        /// The link.
        link: u64,
        /// The frame's body.
        bytes: Bytes,
    },
    /// The local network announces this peer at these addresses (at most [`ADDRESSES_MAX`]).
    Seen {
        /// Peer id.
        peer: Vec<u8>,
        /// Multiaddresses as text.
        addresses: Vec<String>,
    },
    /// The local network no longer announces this peer.
    Expired {
        /// Peer id.
        peer: Vec<u8>,
    },
    /// A dial led to a link, which was, or is about to be, told of.
    DialDone {
        /// The driver's number.
        attempt: u64,
    },
    /// A dial came to nothing.
    DialFailed {
        /// The driver's number.
        attempt: u64,
        /// Why.
        reason: DialFailure,
    },
}

impl fmt::Debug for NetEvent {
    /// Shows kinds and sizes, never bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening { address } => write!(f, "Listening {{ address: {address} }}"),
            Self::LinkUp {
                link,
                dialer,
                address,
                ..
            } => {
                write!(
                    f,
                    "LinkUp {{ link: {link}, dialer: {dialer}, address: {address} }}"
                )
            }
            Self::LinkDown { link } => write!(f, "LinkDown {{ link: {link} }}"),
            Self::Received { link, bytes } => {
                write!(f, "Received {{ link: {link}, bytes: {} }}", bytes.len())
            }
            Self::Seen { addresses, .. } => write!(f, "Seen {{ addresses: {addresses:?} }}"),
            Self::Expired { .. } => f.write_str("Expired"),
            Self::DialDone { attempt } => write!(f, "DialDone {{ attempt: {attempt} }}"),
            Self::DialFailed { attempt, reason } => {
                write!(f, "DialFailed {{ attempt: {attempt}, reason: {reason} }}")
            }
        }
    }
}

/// Why a dial came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialFailure {
    /// None of the addresses is a multiaddress that we can dial.
    #[error("none of the addresses can be dialled")]
    NoAddress,
    /// The address leads back to this node.
    #[error("this address is our own")]
    OwnAddress,
    /// A link with that peer stands already, or is being made.
    #[error("a link with that peer stands or is being made")]
    AlreadyLinked,
    /// Somebody else answered than the address names.
    #[error("somebody else answered at that address")]
    WrongPeer,
    /// As many connections as we allow ourselves are open or being opened.
    #[error("too many connections are open")]
    TooManyConnections,
    /// Nobody answered, or the handshake failed; the transport's own words.
    #[error("nobody could be reached: {0}")]
    Unreachable(String),
    /// Somebody answered who does not speak our protocol.
    #[error("whoever answered does not speak the link protocol")]
    NotALink,
}

/// How the network task listens and looks around.
#[derive(Clone, Debug)]
pub struct NetConfig {
    /// Multiaddresses to listen at. Those that cannot be had are left out with a warning.
    pub listen: Vec<String>,
    /// Whether to announce ourselves and look for others on the local network, over IPv4 and
    /// IPv6 multicast.
    pub mdns: bool,
}

impl Default for NetConfig {
    /// Every interface, both address families, both transports, any free port, mDNS on.
    fn default() -> Self {
        Self {
            listen: [
                "/ip4/0.0.0.0/udp/0/quic-v1",
                "/ip6/::/udp/0/quic-v1",
                "/ip4/0.0.0.0/tcp/0",
                "/ip6/::/tcp/0",
            ]
            .map(str::to_owned)
            .to_vec(),
            mdns: true,
        }
    }
}

/// Why the network task could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// A listening address is not a multiaddress.
    #[error("`{address}` is not an address to listen at: {reason}")]
    ListenAddress {
        /// As it was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// None of the listening addresses could be had.
    #[error("no listening address could be had; the last failure was: {0}")]
    NoListener(String),
    /// The transports could not be built.
    #[error("the transports could not be built: {0}")]
    Transport(String),
    /// Multicast discovery could not be started.
    #[error("mDNS could not be started: {0}")]
    Mdns(std::io::Error),
}

/// Counts of one network task since its start, for health pages and tests.
#[derive(Debug, Default)]
pub struct NetCounters {
    frames_in: AtomicU64,
    frames_out: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    links: AtomicU64,
    malformed: AtomicU64,
    slow: AtomicU64,
    refused: AtomicU64,
    dials_ok: AtomicU64,
    dials_failed: AtomicU64,
}

/// [`NetCounters`] at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct NetCounts {
    /// Frames received whole.
    pub frames_in: u64,
    /// Frames handed to a transport.
    pub frames_out: u64,
    /// Bytes of the frames received, headers included.
    pub bytes_in: u64,
    /// Bytes of the frames sent, headers included.
    pub bytes_out: u64,
    /// Links that ever stood.
    pub links: u64,
    /// Links dropped for a frame that was empty, too long or never completed.
    pub malformed: u64,
    /// Links dropped because the other end took our frames too slowly.
    pub slow: u64,
    /// Connections refused or closed for a limit or as a double.
    pub refused: u64,
    /// Connections that we opened and that became links.
    pub dials_ok: u64,
    /// Connections that we tried to open in vain. A double, closed because a link stands, is neither.
    pub dials_failed: u64,
}

impl NetCounters {
    /// The counts as they are now. They are read one by one, so they may be a frame apart.
    pub fn counts(&self) -> NetCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        NetCounts {
            frames_in: read(&self.frames_in),
            frames_out: read(&self.frames_out),
            bytes_in: read(&self.bytes_in),
            bytes_out: read(&self.bytes_out),
            links: read(&self.links),
            malformed: read(&self.malformed),
            slow: read(&self.slow),
            refused: read(&self.refused),
            dials_ok: read(&self.dials_ok),
            dials_failed: read(&self.dials_failed),
        }
    }

    /// Adds to one counter.
    fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }
}

/// The driver's ends of a network task that is ready to run.
#[derive(Debug)]
pub struct NetPort {
    /// Commands to the task. Sending never waits for the network: the task always takes them.
    pub commands: mpsc::Sender<NetCommand>,
    /// Events from the task. While nobody takes them, links stop reading.
    pub events: mpsc::Receiver<NetEvent>,
    /// Shared with the task.
    pub counters: Arc<NetCounters>,
    /// Our peer id of this start.
    pub peer_id: Vec<u8>,
}

/// A network task that listens and waits to be [run](NetTask::run).
pub struct NetTask(swarm::SwarmTask);

impl fmt::Debug for NetTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetTask")
    }
}

/// How long an orderly end of a link, or of the task, may take before it is cut.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Makes a fresh peer id and starts to listen. Must be called within a tokio runtime.
///
/// # Errors
/// When an address is malformed, none can be had, or discovery cannot start.
pub fn start(config: &NetConfig) -> Result<(NetTask, NetPort), NetError> {
    let (commands, commands_rx) = mpsc::channel(COMMANDS_MAX);
    let (events_tx, events) = mpsc::channel(EVENTS_MAX);
    let counters = Arc::new(NetCounters::default());
    let task = swarm::SwarmTask::start(config, commands_rx, events_tx, Arc::clone(&counters))?;
    let peer_id = task.peer_id();
    Ok((
        NetTask(task),
        NetPort {
            commands,
            events,
            counters,
            peer_id,
        },
    ))
}

impl NetTask {
    /// Runs until [`NetCommand::Shutdown`], or until the driver drops its ends.
    ///
    /// # Errors
    /// When no listening address is left.
    pub async fn run(self) -> Result<(), NetError> {
        Box::pin(self.0.run()).await
    }
}
