//! The header of a content entry: all that its device says in the clear and signs.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::EntryFault;
use crate::control::body::LogId;
use crate::control::{CommunityId, OpId};
use crate::crypto::{Hash32, Label};
use crate::group::{ChainId, KeyPosition};
use crate::limits::{ENTRY_HEADS_MAX, SENDER_CHAIN_MESSAGES_MAX};
use crate::time::Hlc;
use crate::wire::{self, Bounded};

/// Name of an entry: hash of its header and of the hash of its sealed key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntryId(pub Hash32);

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = *self.0.as_bytes();
        write!(f, "EntryId({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// Whose chains seal an entry. The order of variants is the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Audience {
    /// All of the community.
    Community,
    /// Those who may view this private channel.
    Channel(OpId),
}

/// What a device says of an entry in the clear. Postcard, in this order; at most 551 bytes with its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryHeader {
    /// The community.
    pub community: CommunityId,
    /// The log, and with it the author's device.
    pub log: LogId,
    /// Which entry of the log, from 0.
    pub seq: u64,
    /// The entry before it in the log; none before the first.
    pub prev: Option<EntryId>,
    /// When, on the device's clock.
    pub hlc: Hlc,
    /// The heads of the control log that its author knew: at least one, ascending. By them it is judged.
    pub heads: Bounded<OpId, ENTRY_HEADS_MAX>,
    /// Whose chains seal it.
    pub audience: Audience,
    /// The epoch that it was sent in.
    pub epoch: OpId,
    /// The sender chain of its sealed key.
    pub chain: ChainId,
    /// libsignal's number of that chain.
    pub key_id: u32,
    /// The place in that chain.
    pub iteration: u32,
    /// What its key hashes to, so that one header has one text.
    pub commit: Hash32,
    /// Hash of the ciphertext.
    pub content_hash: Hash32,
    /// Bytes of the ciphertext.
    pub content_len: u32,
    /// Seconds after which it disappears, once it was shown.
    pub lives: Option<u32>,
}

impl EntryHeader {
    /// The name of an entry with this header and a sealed key of this hash.
    #[must_use]
    pub fn id(&self, key_hash: &Hash32) -> EntryId {
        EntryId(Hash32::of(Label::Entry, &self.signed(key_hash)))
    }

    /// What its device signs: version 1 ‖ header ‖ hash of the sealed key.
    #[must_use]
    pub fn signed(&self, key_hash: &Hash32) -> Vec<u8> {
        let mut bytes = wire::encode_v1(self);
        bytes.extend_from_slice(key_hash.as_bytes());
        bytes
    }

    /// What its sealed key repeats of it.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Hash32::of(Label::EntryHeader, &wire::encode_v1(self))
    }

    /// What its ciphertext is sealed for: the header with zeros where the hash of the ciphertext will stand.
    #[must_use]
    pub fn place(&self) -> Hash32 {
        let mut before = self.clone();
        before.content_hash = Hash32::MIN;
        Hash32::of(Label::EntryPlace, &wire::encode_v1(&before))
    }

    /// Where its sealed key stands.
    #[must_use]
    pub const fn position(&self) -> KeyPosition {
        KeyPosition {
            chain: self.chain,
            key_id: self.key_id,
            iteration: self.iteration,
        }
    }

    /// What holds of every header, whatever else is known.
    ///
    /// # Errors
    /// [`EntryFault::Heads`], [`EntryFault::Previous`], [`EntryFault::NoTime`], [`EntryFault::ChainEnd`].
    pub fn check(&self) -> Result<(), EntryFault> {
        if self.heads.is_empty() || !self.heads.is_sorted_by(|one, next| one < next) {
            return Err(EntryFault::Heads);
        }
        if self.prev.is_none() != (self.seq == 0) {
            return Err(EntryFault::Previous);
        }
        // By it a log is told from one that begins with what somebody said of it.
        if self.hlc == Hlc::ZERO {
            return Err(EntryFault::NoTime);
        }
        if self.iteration >= SENDER_CHAIN_MESSAGES_MAX {
            return Err(EntryFault::ChainEnd);
        }
        Ok(())
    }
}
