//! Where a link says that this node is found first: of all addresses that it listens at, one of each family.
//!
//! A link has room for no more ([`Hints`]), and whoever opens it tries both transports at each. So the choice has to be good:
//! what the whole Internet reaches comes first, then the local network, and what leads nowhere but to this computer only
//! if there is nothing else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use protocol::identity::Hints;

use super::translate::is_dialable;

/// How far an address is likely to be reached from; the order is that of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Everywhere.
    Internet,
    /// The local network.
    Near,
    /// Most often a container's bridge or a tunnel, which others are not on.
    Bridge,
    /// One cable, without a router.
    Cable,
    /// This computer.
    Own,
}

/// The addresses of links that this node makes while it listens at these multiaddresses.
#[must_use]
pub fn hints(listening: &[String]) -> Hints {
    let addresses = listening.iter().filter_map(|text| socket(text));
    // QUIC before TCP where both are there at different ports, then by number: the same whenever it is asked.
    let mut ranked: Vec<_> = addresses
        .map(|(ip, port, tcp)| (reach(ip), tcp, ip, port))
        .collect();
    ranked.sort();
    let elsewhere = ranked.iter().any(|(reach, ..)| *reach < Reach::Own);
    ranked.retain(|(reach, ..)| !elsewhere || *reach < Reach::Own);
    let v6 = ranked.iter().find_map(|(_, _, ip, port)| match ip {
        IpAddr::V6(ip) => Some(SocketAddrV6::new(*ip, *port, 0, 0)),
        IpAddr::V4(_) => None,
    });
    let v4 = ranked.iter().find_map(|(_, _, ip, port)| match ip {
        IpAddr::V4(ip) => Some(SocketAddrV4::new(*ip, *port)),
        IpAddr::V6(_) => None,
    });
    match (v6, v4) {
        (None, None) => Hints::None,
        (v6, v4) => Hints::Addresses { v6, v4 },
    }
}

/// The address and port of a multiaddress that can be dialled, and whether it is for TCP.
fn socket(text: &str) -> Option<(IpAddr, u16, bool)> {
    let address: Multiaddr = text.parse().ok()?;
    if !is_dialable(&address) {
        return None;
    }
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => IpAddr::V4(ip),
        Protocol::Ip6(ip) => IpAddr::V6(ip),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Udp(port) => Some((ip, port, false)),
        Protocol::Tcp(port) => Some((ip, port, true)),
        _ => None,
    }
}

fn reach(ip: IpAddr) -> Reach {
    match ip {
        ip if ip.is_loopback() => Reach::Own,
        IpAddr::V4(ip) => reach_v4(ip),
        IpAddr::V6(ip) => reach_v6(ip),
    }
}

fn reach_v4(ip: Ipv4Addr) -> Reach {
    match ip.octets() {
        _ if ip.is_link_local() => Reach::Cable,
        // 172.16.0.0/12 is what container programs take; 100.64.0.0/10 is shared by customers of one provider, and tunnels'.
        [172, 16..=31, ..] | [100, 64..=127, ..] => Reach::Bridge,
        _ if ip.is_private() => Reach::Near,
        _ => Reach::Internet,
    }
}

fn reach_v6(ip: Ipv6Addr) -> Reach {
    if ip.is_unique_local() {
        Reach::Near
    } else {
        Reach::Internet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(listening: &[&str]) -> Vec<String> {
        let listening: Vec<String> = listening.iter().map(|one| (*one).to_owned()).collect();
        match hints(&listening) {
            Hints::Addresses { v6, v4 } => {
                let v6 = v6.map(|address| address.to_string());
                v6.into_iter().chain(v4.map(|v4| v4.to_string())).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn what_is_reached_from_farthest_is_named_one_of_each_family() {
        let all = of(&[
            "/ip4/127.0.0.1/udp/1/quic-v1",
            "/ip4/172.17.0.1/udp/1/quic-v1",
            "/ip4/192.168.1.5/udp/1/quic-v1",
            "/ip4/169.254.3.3/udp/1/quic-v1",
            "/ip6/::1/udp/2/quic-v1",
            "/ip6/fe80::1/udp/2/quic-v1",
            "/ip6/fd00::7/udp/2/quic-v1",
            "/ip6/2001:db8::1/udp/2/quic-v1",
        ]);
        assert_eq!(all, ["[2001:db8::1]:2", "192.168.1.5:1"]);
        let all = of(&[
            "/ip4/10.0.0.5/udp/1/quic-v1",
            "/ip4/100.64.0.1/udp/1/quic-v1",
            "/ip4/203.0.113.9/tcp/1",
        ]);
        assert_eq!(all, ["203.0.113.9:1"]);
    }

    #[test]
    fn of_two_ports_that_of_the_first_transport_is_named() {
        let both = of(&["/ip4/10.0.0.5/tcp/3", "/ip4/10.0.0.5/udp/4/quic-v1"]);
        assert_eq!(both, ["10.0.0.5:4"]);
    }

    #[test]
    fn this_computer_alone_is_named_only_where_nothing_else_is() {
        assert_eq!(of(&["/ip4/127.0.0.1/tcp/3"]), ["127.0.0.1:3"]);
        let beside = of(&["/ip4/10.0.0.5/tcp/3", "/ip6/::1/tcp/3"]);
        assert_eq!(beside, ["10.0.0.5:3"]);
        assert!(of(&[]).is_empty());
        assert!(of(&["/ip4/0.0.0.0/tcp/3", "/ip6/fe80::1/tcp/3", "x"]).is_empty());
    }
}
