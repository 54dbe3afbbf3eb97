//! The libp2p protocols of a node, composed, with their limits.
//!
//! Nothing here may name a person: peer ids are fresh at each start, and identify says only
//! which program and which version of it speaks.

use std::time::Duration;

use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::identity::Keypair;
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{PeerId, identify, mdns, ping};

use super::{
    CONNECTIONS_INCOMING_MAX, CONNECTIONS_MAX, CONNECTIONS_PENDING_MAX, CONNECTIONS_PER_PEER_MAX,
    NetError, link_protocol,
};

/// How long others may believe an mDNS record of ours, and we one of theirs. A device that was
/// switched off disappears within this time.
const MDNS_TTL: Duration = Duration::from_secs(120);

/// Interval of mDNS queries: below half of [`MDNS_TTL`], so that one lost packet does no harm.
const MDNS_QUERY_INTERVAL: Duration = Duration::from_secs(45);

/// Interval and patience of the transport's ping, which finds connections that died silently.
const PING_INTERVAL: Duration = Duration::from_secs(15);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Records that one mDNS instance may hold before it is started afresh: whoever announces
/// more than this on a local network does it to fill memories.
pub(super) const MDNS_RECORDS_MAX: usize = 2_048;

/// All protocols of one node.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    /// First, so that a refused connection costs the others nothing.
    pub(super) limits: connection_limits::Behaviour,
    pub(super) link: link_protocol::Behaviour,
    pub(super) mdns_v4: Toggle<mdns::tokio::Behaviour>,
    pub(super) mdns_v6: Toggle<mdns::tokio::Behaviour>,
    pub(super) identify: identify::Behaviour,
    pub(super) ping: ping::Behaviour,
}

impl Behaviour {
    /// Composes the protocols for this key.
    pub(super) fn new(key: &Keypair, with_mdns: bool) -> Result<Self, NetError> {
        let peer = key.public().to_peer_id();
        let limits = ConnectionLimits::default()
            .with_max_established(Some(CONNECTIONS_MAX))
            .with_max_established_incoming(Some(CONNECTIONS_INCOMING_MAX))
            .with_max_established_per_peer(Some(CONNECTIONS_PER_PEER_MAX))
            .with_max_pending_incoming(Some(CONNECTIONS_PENDING_MAX))
            .with_max_pending_outgoing(Some(CONNECTIONS_PENDING_MAX));
        let identity = identify::Config::new("lescopains/1".to_owned(), key.public())
            .with_agent_version("lescopains".to_owned())
            .with_cache_size(0);
        let (v4, v6) = if with_mdns {
            (Some(discovery(peer, false)?), Some(discovery(peer, true)?))
        } else {
            (None, None)
        };
        Ok(Self {
            limits: connection_limits::Behaviour::new(limits),
            link: link_protocol::Behaviour::default(),
            mdns_v4: v4.into(),
            mdns_v6: v6.into(),
            identify: identify::Behaviour::new(identity),
            ping: ping::Behaviour::new(
                ping::Config::new()
                    .with_interval(PING_INTERVAL)
                    .with_timeout(PING_TIMEOUT),
            ),
        })
    }

    /// Starts discovery afresh where it holds too many records; answers whether it did.
    pub(super) fn bound_discovery(&mut self, peer: PeerId) -> Result<bool, NetError> {
        let mut restarted = false;
        for (instance, v6) in [(&mut self.mdns_v4, false), (&mut self.mdns_v6, true)] {
            let records = instance
                .as_ref()
                .map_or(0, |mdns| mdns.discovered_nodes().len());
            if records > MDNS_RECORDS_MAX {
                *instance = Some(discovery(peer, v6)?).into();
                restarted = true;
            }
        }
        Ok(restarted)
    }
}

/// One mDNS instance; libp2p's speaks one address family only, so a node runs two.
fn discovery(peer: PeerId, enable_ipv6: bool) -> Result<mdns::tokio::Behaviour, NetError> {
    let config = mdns::Config {
        ttl: MDNS_TTL,
        query_interval: MDNS_QUERY_INTERVAL,
        enable_ipv6,
    };
    mdns::tokio::Behaviour::new(config, peer).map_err(NetError::Mdns)
}
