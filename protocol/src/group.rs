//! Sender keys, with which a device seals the keys of its entries once for all of an audience, behind one pure and
//! synchronous door.
//!
//! Functions over the bytes of records, as in [`crate::session`]: randomness is an argument, libsignal is not named
//! outside, and a record changes as a whole or not at all. libsignal believes whatever distribution it is handed, so a
//! caller hands over only one that came inside the session of the very device whose chain it is.
//!
//! A chain is one list of at most [`crate::limits::SENDER_CHAIN_MESSAGES_MAX`] keys under one signature key, for ever:
//! libsignal would keep five such lists under one id, and replace one by another with its number. So no chain rolls back,
//! and no key that was skipped is ever dropped.

mod chain;
mod record;
mod slot;

use std::fmt;

pub use chain::{accept, create, distribution, inspect, open, position, seal};
use rand::CryptoRng;
pub use record::ChainRecord;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::{DISTRIBUTION_BYTES_MAX, SEALED_KEY_BYTES_MAX};
use crate::wire::Blob;

/// Bytes that a message of a chain carries: the key of an entry and the hash of its header.
pub const PLAINTEXT_BYTES: usize = 64;

/// Name of a sender chain: its distribution id toward libsignal. Drawn anew for each chain of a device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChainId(pub [u8; 16]);

impl ChainId {
    /// Draws a name that no chain has.
    #[must_use]
    pub fn draw(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

impl fmt::Debug for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "ChainId({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// Where a message stands: in which chain, under which of its numbers, at which place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyPosition {
    /// The chain.
    pub chain: ChainId,
    /// What libsignal calls the chain id: drawn with the keys of the chain.
    pub key_id: u32,
    /// Which message, from 0.
    pub iteration: u32,
}

/// What opens a chain from a place on. Secret: it travels inside sessions alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// The first message that it opens.
    pub position: KeyPosition,
    /// libsignal's serialization.
    pub bytes: Blob<DISTRIBUTION_BYTES_MAX>,
}

/// A sealed message of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// Where it stands.
    pub position: KeyPosition,
    /// libsignal's serialization.
    pub bytes: Blob<SEALED_KEY_BYTES_MAX>,
}

/// What a peer did wrong to a chain. Its record is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GroupFault {
    /// Not the one encoding of a distribution, not the bytes of a message, or not 64 bytes inside.
    #[error("malformed sender-key bytes")]
    Malformed,
    /// Longer than any honest one.
    #[error("sender-key bytes over the size limit")]
    TooLarge,
    /// Of another chain than was said.
    #[error("another chain than was said")]
    OtherChain,
    /// Other keys under the name of a chain that is known.
    #[error("other keys under the name of a known chain")]
    OtherKeys,
    /// A signature key of low order: anybody could sign for it.
    #[error("a signature key of low order")]
    LowOrder,
    /// Beyond the most messages that a chain may have.
    #[error("beyond the end of its chain")]
    TooFar,
    /// The signature of the chain does not verify.
    #[error("the chain's signature does not verify")]
    BadSignature,
    /// libsignal panicked on these bytes. What it had written was thrown away.
    #[error("libsignal panicked")]
    Panicked,
}

/// Why a chain was not made, told, accepted or sealed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GroupError {
    /// The peer is at fault.
    #[error(transparent)]
    Fault(#[from] GroupFault),
    /// The chain has had all its messages: make a new one.
    #[error("the chain is used up")]
    Exhausted,
    /// A stored chain does not decode, or is not of our own making where it has to be.
    #[error("a stored sender chain does not decode")]
    Corrupt,
}

/// Why a message was not opened. The record is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GroupOpenError {
    /// Signed by the chain, and its key was used or lies before what the distribution opens.
    #[error("its message key is gone")]
    Duplicate,
    /// Under a number that the chain does not have.
    #[error("no chain of this number")]
    UnknownChain,
    /// The peer is at fault.
    #[error(transparent)]
    Misbehaved(#[from] GroupFault),
    /// A stored chain does not decode.
    #[error("a stored sender chain does not decode")]
    Corrupt,
}
