//! What members of a community tell each other through their sessions: its keys, and what only its moderators should hear.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::content::{Audience, EntryKey};
use crate::control::body::LogId;
use crate::control::{CommunityId, OpId};
use crate::group::ChainId;
use crate::identity::DeviceId;
use crate::limits::{DISTRIBUTION_BYTES_MAX, HANDED_CHAINS_MAX, KEYS_PER_MESSAGE_MAX};
use crate::message::{MessageId, Report};
use crate::wire::{Blob, Bounded};

/// The key of an entry: its log, its number, and the key.
pub type SharedKey = (LogId, u64, EntryKey);

/// The sender chain of a device, from the place on at which whoever hands it on has arrived.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedChain {
    /// Whose it is.
    pub device: DeviceId,
    /// Toward whom it goes.
    pub audience: Audience,
    /// Its name.
    pub chain: ChainId,
    /// libsignal's distribution message.
    pub distribution: Blob<DISTRIBUTION_BYTES_MAX>,
}

impl fmt::Debug for HandedChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandedChain")
            .field("device", &self.device)
            .field("audience", &self.audience)
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

/// A key of a community, or a report to a moderator, from one device to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommunityMessage {
    /// Names it in acknowledgements.
    pub id: MessageId,
    /// Of which community.
    pub community: CommunityId,
    /// The key.
    pub key: KeyMessage,
}

/// Which key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyMessage {
    /// 0: the secret of an epoch.
    Secret {
        /// The op that made the epoch, and says what hash the secret has.
        epoch: OpId,
        /// The secret.
        secret: [u8; 32],
    },
    /// 1: the sender chain of the device that says it, from its present place on.
    Chain {
        /// Toward whom it goes.
        audience: Audience,
        /// Its name.
        chain: ChainId,
        /// libsignal's distribution message.
        distribution: Blob<DISTRIBUTION_BYTES_MAX>,
    },
    /// 2: keys of entries whose sender chain the receiver lacks: as each commits to its key, nothing can be made up.
    Entries {
        /// Log, number of the entry, and its key.
        keys: Bounded<SharedKey, KEYS_PER_MESSAGE_MAX>,
        /// What opens the next ones of the same devices, where these had handed it to the receiver as well.
        chains: Bounded<HandedChain, HANDED_CHAINS_MAX>,
    },
    /// 3: messages that a member reports to a moderator, with the keys of their entries.
    Report(Box<Report>),
}

impl fmt::Debug for KeyMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret { epoch, .. } => f
                .debug_struct("Secret")
                .field("epoch", epoch)
                .finish_non_exhaustive(),
            Self::Entries { keys, chains } => {
                write!(f, "Entries({} keys, {} chains)", keys.len(), chains.len())
            }
            Self::Report(report) => report.fmt(f),
            Self::Chain {
                audience, chain, ..
            } => f
                .debug_struct("Chain")
                .field("audience", audience)
                .field("chain", chain)
                .finish_non_exhaustive(),
        }
    }
}
