//! Where to look first for whom a link is about: a few addresses or a host, in at most 28 bytes.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use super::LinkError;
use crate::wire::Text;

/// Bytes of all hints together.
pub const HINTS_MAX: usize = 28;
/// Bytes of a bootstrap host with its tag.
pub const HOST_MAX: usize = HINTS_MAX - 1;

/// Tags of hints, in the order in which they stand: IPv6 (address 16 ‖ port 2), IPv4 (address 4 ‖ port 2),
/// host (to the end). Numbers are big endian. An unknown tag ends the hints that this program reads.
const TAG_V6: u8 = 6;
const TAG_V4: u8 = 4;
const TAG_HOST: u8 = 1;

/// Where to look first. Only hints: the link is good without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hints {
    /// None: on this network, or by other means.
    #[default]
    None,
    /// Socket addresses, at least one.
    Addresses {
        /// An IPv6 address; flow and scope do not travel.
        v6: Option<SocketAddrV6>,
        /// An IPv4 address.
        v4: Option<SocketAddrV4>,
    },
    /// A bootstrap that is used there: `host` or `host:port`, lowercase letters, digits, `.`, `-`, `:`, `[`, `]`.
    Bootstrap(Text<HOST_MAX>),
}

/// Hints as they come out of a link again.
///
/// # Errors
/// [`LinkError::BadHints`] for an empty set of addresses or a host with other characters than allowed.
pub(crate) fn normalized(hints: Hints) -> Result<Hints, LinkError> {
    match hints {
        Hints::None => Ok(Hints::None),
        Hints::Addresses { v6: None, v4: None } => Err(LinkError::BadHints),
        Hints::Addresses { v6, v4 } => Ok(Hints::Addresses {
            v6: v6.map(|address| SocketAddrV6::new(*address.ip(), address.port(), 0, 0)),
            v4,
        }),
        Hints::Bootstrap(host) if is_host(&host) => Ok(Hints::Bootstrap(host)),
        Hints::Bootstrap(_) => Err(LinkError::BadHints),
    }
}

fn is_host(host: &str) -> bool {
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '-' | ':' | '[' | ']');
    !host.is_empty() && host.chars().all(allowed)
}

/// The bytes of hints that are normalized.
pub(super) fn encode(hints: &Hints) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HINTS_MAX);
    match hints {
        Hints::None => {}
        Hints::Addresses { v6, v4 } => {
            if let Some(address) = v6 {
                bytes.push(TAG_V6);
                bytes.extend(address.ip().octets());
                bytes.extend(address.port().to_be_bytes());
            }
            if let Some(address) = v4 {
                bytes.push(TAG_V4);
                bytes.extend(address.ip().octets());
                bytes.extend(address.port().to_be_bytes());
            }
        }
        Hints::Bootstrap(host) => {
            bytes.push(TAG_HOST);
            bytes.extend(host.as_bytes());
        }
    }
    bytes
}

/// # Errors
/// [`LinkError::BadHints`].
pub(super) fn decode(bytes: &[u8]) -> Result<Hints, LinkError> {
    let (v6, rest) = match bytes.split_first() {
        Some((&TAG_V6, rest)) => {
            let (ip, rest) = rest.split_first_chunk::<16>().ok_or(LinkError::BadHints)?;
            let (port, rest) = split_port(rest)?;
            (
                Some(SocketAddrV6::new(Ipv6Addr::from(*ip), port, 0, 0)),
                rest,
            )
        }
        _ => (None, bytes),
    };
    let v4 = match rest.split_first() {
        Some((&TAG_V4, rest)) => {
            let (ip, rest) = rest.split_first_chunk::<4>().ok_or(LinkError::BadHints)?;
            let (port, _) = split_port(rest)?;
            Some(SocketAddrV4::new(Ipv4Addr::from(*ip), port))
        }
        _ => None,
    };
    match bytes.split_first() {
        _ if v6.is_some() || v4.is_some() => Ok(Hints::Addresses { v6, v4 }),
        Some((&TAG_HOST, host)) => {
            let host = std::str::from_utf8(host).map_err(|_error| LinkError::BadHints)?;
            normalized(Hints::Bootstrap(
                Text::try_from(host).map_err(|_error| LinkError::BadHints)?,
            ))
        }
        _ => Ok(Hints::None),
    }
}

fn split_port(bytes: &[u8]) -> Result<(u16, &[u8]), LinkError> {
    let (port, rest) = bytes.split_first_chunk::<2>().ok_or(LinkError::BadHints)?;
    Ok((u16::from_be_bytes(*port), rest))
}
