//! Between the driver's words (text, bytes) and libp2p's (multiaddresses, peer ids).

use std::net::SocketAddr;

use libp2p::multiaddr::Protocol;
use libp2p::swarm::DialError;
use libp2p::{Multiaddr, PeerId};

use super::{ADDRESSES_MAX, DialFailure};

/// Reads dial addresses: multiaddresses, or `IP:PORT`, which stands for QUIC and TCP at that port.
/// What cannot be read is left out; at most [`ADDRESSES_MAX`] are answered.
pub(super) fn addresses(texts: &[String]) -> Vec<Multiaddr> {
    let mut out = Vec::new();
    for text in texts {
        if let Ok(address) = text.parse::<Multiaddr>() {
            out.push(address);
        } else if let Ok(socket) = text.parse::<SocketAddr>() {
            let base = Multiaddr::from(socket.ip());
            out.push(
                base.clone()
                    .with(Protocol::Udp(socket.port()))
                    .with(Protocol::QuicV1),
            );
            out.push(base.with(Protocol::Tcp(socket.port())));
        }
    }
    out.retain(is_dialable);
    out.truncate(ADDRESSES_MAX);
    out
}

/// Whether our transports can dial this address: an IP address, then TCP or QUIC, then at most
/// a peer id. IPv6 link-local addresses need a zone, which multiaddresses of libp2p do not carry.
pub(super) fn is_dialable(address: &Multiaddr) -> bool {
    let mut parts = address.iter();
    let reachable = match parts.next() {
        Some(Protocol::Ip4(ip)) => !ip.is_unspecified(),
        Some(Protocol::Ip6(ip)) => !ip.is_unspecified() && !ip.is_unicast_link_local(),
        _ => false,
    };
    let transport = match parts.next() {
        Some(Protocol::Tcp(port)) => port != 0,
        Some(Protocol::Udp(port)) => port != 0 && parts.next() == Some(Protocol::QuicV1),
        _ => false,
    };
    let end = matches!(parts.next(), None | Some(Protocol::P2p(_))) && parts.next().is_none();
    reachable && transport && end
}

/// The peer id that an address names, if any.
pub(super) fn named_peer(address: &Multiaddr) -> Option<PeerId> {
    address.iter().find_map(|part| match part {
        Protocol::P2p(peer) => Some(peer),
        _ => None,
    })
}

/// A dial's failure in our words.
pub(super) fn failure(error: &DialError) -> DialFailure {
    match error {
        // We dial nothing without an address; the swarm leaves out those that it listens at.
        DialError::LocalPeerId { .. } | DialError::NoAddresses => DialFailure::OwnAddress,
        DialError::DialPeerConditionFalse(_) => DialFailure::AlreadyLinked,
        DialError::WrongPeerId { .. } => DialFailure::WrongPeer,
        DialError::Denied { .. } => DialFailure::TooManyConnections,
        DialError::Aborted => DialFailure::Unreachable("the attempt was given up".to_owned()),
        DialError::Transport(errors) => {
            let last = errors
                .last()
                .map_or_else(String::new, |(_, error)| error.to_string());
            DialFailure::Unreachable(last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        addresses(&[text.to_owned()])
            .iter()
            .map(Multiaddr::to_string)
            .collect()
    }

    #[test]
    fn a_socket_address_stands_for_both_transports() {
        assert_eq!(
            read("192.0.2.7:4001"),
            ["/ip4/192.0.2.7/udp/4001/quic-v1", "/ip4/192.0.2.7/tcp/4001"]
        );
        assert_eq!(read("[2001:db8::1]:9")[1], "/ip6/2001:db8::1/tcp/9");
    }

    #[test]
    fn what_no_transport_can_dial_is_left_out() {
        for text in [
            "",
            "nonsense",
            "/ip4/192.0.2.1",
            "/ip4/192.0.2.1/udp/1",
            "/ip4/0.0.0.0/tcp/1",
            "/ip4/192.0.2.1/tcp/0",
            "/ip6/fe80::1/tcp/1",
            "/dns4/example.org/tcp/1",
            "/ip4/192.0.2.1/tcp/1/ws",
            "0.0.0.0:1",
            "/memory/5",
        ] {
            assert!(read(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn no_more_addresses_are_taken_than_allowed() {
        let many: Vec<_> = (1..100).map(|port| format!("192.0.2.1:{port}")).collect();
        assert_eq!(addresses(&many).len(), ADDRESSES_MAX);
    }
}
