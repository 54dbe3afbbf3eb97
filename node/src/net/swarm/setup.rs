//! The transports and listeners of a swarm, with every window and count bounded.

use std::time::Duration;

use libp2p::identity::Keypair;
use libp2p::{Multiaddr, Swarm, SwarmBuilder, noise, tcp, yamux};

use crate::net::NetError;
use crate::net::behaviour::Behaviour;

/// How long a connection without a link may stay: the time to agree on the link protocol.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// Streams of one connection at once. A link needs one; ping and identify come and go.
const STREAMS_MAX: u32 = 16;

/// Bytes in flight that we take on one stream, and on one connection, before we have read them:
/// a burst of the largest frames; more would be memory in a stranger's hand.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;

/// The transports, QUIC first, and the behaviour, with every window and count bounded.
pub(super) fn build(key: Keypair, behaviour: Behaviour) -> Result<Swarm<Behaviour>, NetError> {
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
pub(super) fn listen(
    swarm: &mut Swarm<Behaviour>,
    addresses: &[String],
) -> Result<usize, NetError> {
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
