//! A contact link: who somebody is, in a line that fits a chat, a card or a QR code.
//!
//! `lescopains:c/1/` ‖ base32 of: length of the rest (1) ‖ account id (32) ‖ checksum (4) ‖ hints (≤ 28).
//! At most 119 characters. The length stands first, so that a link cut in half can say what is missing;
//! the checksum covers account and hints. A link is a name, not a secret: whoever holds it may ask.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use thiserror::Error;

use super::AccountId;
use crate::crypto::{Hash32, Label};
use crate::wire::Text;

/// What every contact link starts with: scheme, kind, version.
pub const PREFIX: &str = "lescopains:c/1/";
const SCHEME: &str = "lescopains:";
/// Scheme and kind, before the version.
const CONTACT: &str = "lescopains:c/";
const CHECKSUM_LEN: usize = 4;
/// Account id and checksum: what every link has behind its length.
const BODY_MIN: usize = 32 + CHECKSUM_LEN;
/// Bytes of all hints together.
pub const HINTS_MAX: usize = 28;
/// Bytes of a bootstrap host with its tag.
pub const HOST_MAX: usize = HINTS_MAX - 1;
/// Characters of the longest link: the prefix and 65 bytes in base32.
pub const LINK_CHARS_MAX: usize = PREFIX.len() + 104;
/// Characters of the shortest link: the prefix and 37 bytes in base32.
const LINK_CHARS_MIN: usize = PREFIX.len() + 60;
/// Characters from which a text of base32 alone is taken for the end of a link.
const TAIL_CHARS_MIN: usize = 16;

/// Tags of hints, in the order in which they stand: IPv6 (address 16 ‖ port 2), IPv4 (address 4 ‖ port 2),
/// host (to the end). Numbers are big endian. An unknown tag ends the hints that this program reads.
const TAG_V6: u8 = 6;
const TAG_V4: u8 = 4;
const TAG_HOST: u8 = 1;

/// Where to look for the account first. Only hints: the link is good without.
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
    /// A bootstrap that the account uses: `host` or `host:port`, lowercase letters, digits, `.`, `-`, `:`, `[`, `]`.
    Bootstrap(Text<HOST_MAX>),
}

/// Why a text is not a contact link. The sentences are for people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// There is no text.
    #[error("there is no link here")]
    Empty,
    /// It begins as something else.
    #[error("this is not a LesCopains link: it does not begin with “{SCHEME}”")]
    ForeignScheme,
    /// It looks like the end of a link.
    #[error("the beginning of the link is missing: it has to start with “{PREFIX}”")]
    MissingStart,
    /// A link of ours to something else than a person.
    #[error("this is a LesCopains link, but not to a contact")]
    OtherKind,
    /// A link of a later generation.
    #[error("this link has version {found}; this program knows version 1: a newer one can read it")]
    UnknownVersion {
        /// The version found.
        found: String,
    },
    /// The end is missing.
    #[error("the link is cut off: {missing} more characters belong at its end, {lost} missing")]
    Truncated {
        /// How many characters are missing, at least as many where the length itself is missing.
        missing: usize,
        /// What they carry.
        lost: Lost,
    },
    /// Characters behind the end.
    #[error("{extra} characters too many stand at the end of the link")]
    TooLong {
        /// How many.
        extra: usize,
    },
    /// A character that no link has.
    #[error("“{character}” (character {position}) does not belong in a link")]
    BadCharacter {
        /// Which character of the link, counted from 1, spaces left out.
        position: usize,
        /// The character.
        character: char,
    },
    /// All characters are there, but one is not right.
    #[error("the link has a typing mistake: its check does not fit")]
    Checksum,
    /// The hints are not of a known form although the checksum fits.
    #[error("the link carries hints that this program cannot read")]
    BadHints,
}

/// What the missing end of a link carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Everything behind the first characters.
    Everything,
    /// A part of the identity, the check and any addresses.
    Identity,
    /// The check and any addresses.
    Checksum,
    /// Addresses only; the link is not used without its check over them.
    Hints,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everything => "the whole identity is",
            Self::Identity => "a part of the identity is",
            Self::Checksum => "its check is",
            Self::Hints => "the addresses are",
        })
    }
}

/// A person as a line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactLink {
    account: AccountId,
    hints: Hints,
}

impl ContactLink {
    /// A link to an account.
    ///
    /// # Errors
    /// [`LinkError::BadHints`] for an empty set of addresses or a host with other characters than allowed.
    pub fn new(account: AccountId, hints: Hints) -> Result<Self, LinkError> {
        let hints = normalized(hints)?;
        Ok(Self { account, hints })
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Where to look first.
    #[must_use]
    pub const fn hints(&self) -> &Hints {
        &self.hints
    }
}

impl fmt::Display for ContactLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hints = encode_hints(&self.hints);
        let len = u8::try_from(BODY_MIN.saturating_add(hints.len())).unwrap_or(u8::MAX);
        let checksum = checksum(&self.account, &hints);
        let bytes = [[len].as_slice(), self.account.as_bytes(), &checksum, &hints].concat();
        let text = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
        write!(f, "{PREFIX}{text}")
    }
}

impl FromStr for ContactLink {
    type Err = LinkError;

    /// Reads a link as people paste it: any case, spaces and line breaks anywhere.
    fn from_str(text: &str) -> Result<Self, LinkError> {
        let link: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect();
        let bytes = payload_bytes(payload(&link)?)?;
        let rest = bytes.get(1..).ok_or(LinkError::Checksum)?;
        let (account, rest) = rest.split_first_chunk::<32>().ok_or(LinkError::Checksum)?;
        let (check, hints) = rest
            .split_first_chunk::<CHECKSUM_LEN>()
            .ok_or(LinkError::Checksum)?;
        let account = AccountId(*account);
        if *check != checksum(&account, hints) {
            return Err(LinkError::Checksum);
        }
        let hints = decode_hints(hints)?;
        Ok(Self { account, hints })
    }
}

/// What follows the prefix, once the prefix is as it should be.
fn payload(link: &str) -> Result<&str, LinkError> {
    if let Some(payload) = link.strip_prefix(PREFIX) {
        return Ok(payload);
    }
    if link.is_empty() {
        return Err(LinkError::Empty);
    }
    if PREFIX.starts_with(link) {
        return Err(cut_before_length(link.len()));
    }
    if let Some(rest) = link.strip_prefix(CONTACT) {
        let found = rest
            .split('/')
            .next()
            .unwrap_or_default()
            .chars()
            .take(8)
            .collect();
        return Err(LinkError::UnknownVersion { found });
    }
    if link.starts_with(SCHEME) {
        return Err(LinkError::OtherKind);
    }
    let is_tail = (1..=PREFIX.len()).any(|cut| {
        let tail = PREFIX.get(cut..).and_then(|rest| link.strip_prefix(rest));
        tail.is_some_and(|tail| tail.len() >= TAIL_CHARS_MIN && tail.chars().all(is_base32))
    });
    Err(if is_tail {
        LinkError::MissingStart
    } else {
        LinkError::ForeignScheme
    })
}

/// The bytes of a payload that has exactly the length that it announces.
fn payload_bytes(payload: &str) -> Result<Vec<u8>, LinkError> {
    if let Some((index, character)) = payload.chars().enumerate().find(|(_, c)| !is_base32(*c)) {
        let position = PREFIX.len().saturating_add(index).saturating_add(1);
        return Err(LinkError::BadCharacter {
            position,
            character,
        });
    }
    let have = payload.len();
    let upper = payload.to_ascii_uppercase();
    // Two characters carry ten bits: the announced length and two bits of the account.
    let Some(announced) = upper.get(..2) else {
        return Err(cut_before_length(PREFIX.len().saturating_add(have)));
    };
    let announced = usize::from(first_byte(announced.as_bytes()));
    if !(BODY_MIN..=BODY_MIN + HINTS_MAX).contains(&announced) {
        return Err(LinkError::Checksum);
    }
    let expected = announced.saturating_add(1).saturating_mul(8).div_ceil(5);
    if have < expected {
        let missing = expected.saturating_sub(have);
        return Err(LinkError::Truncated {
            missing,
            lost: lost(have),
        });
    }
    if have > expected {
        return Err(LinkError::TooLong {
            extra: have.saturating_sub(expected),
        });
    }
    BASE32_NOPAD
        .decode(upper.as_bytes())
        .map_err(|_error| LinkError::Checksum)
}

/// The byte that two characters of base32 begin with.
fn first_byte(two: &[u8]) -> u8 {
    let value = |character: u8| match character {
        b'A'..=b'Z' => character.saturating_sub(b'A'),
        digit => digit.saturating_sub(b'2').saturating_add(26),
    };
    match two {
        [high, low] => value(*high) << 3 | value(*low) >> 2,
        _ => 0,
    }
}

fn is_base32(character: char) -> bool {
    matches!(character, 'a'..='z' | '2'..='7')
}

fn cut_before_length(have: usize) -> LinkError {
    LinkError::Truncated {
        missing: LINK_CHARS_MIN.saturating_sub(have),
        lost: Lost::Everything,
    }
}

/// What is not wholly there in a payload of so many characters, behind its length.
fn lost(have: usize) -> Lost {
    let whole_bytes = have.saturating_mul(5) / 8;
    if whole_bytes < 1 + 32 {
        Lost::Identity
    } else if whole_bytes < 1 + BODY_MIN {
        Lost::Checksum
    } else {
        Lost::Hints
    }
}

fn checksum(account: &AccountId, hints: &[u8]) -> [u8; CHECKSUM_LEN] {
    let hash = Hash32::of(
        Label::ContactLink,
        &[account.as_bytes().as_slice(), hints].concat(),
    );
    let [a, b, c, d, ..] = hash.0;
    [a, b, c, d]
}

fn normalized(hints: Hints) -> Result<Hints, LinkError> {
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

fn encode_hints(hints: &Hints) -> Vec<u8> {
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

fn decode_hints(bytes: &[u8]) -> Result<Hints, LinkError> {
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
