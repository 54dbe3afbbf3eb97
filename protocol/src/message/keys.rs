//! What members of a community tell each other through their sessions: its keys.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::control::{CommunityId, OpId};
use crate::message::MessageId;

/// A key of a community, from one device to another.
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
}

impl fmt::Debug for KeyMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret { epoch, .. } => f
                .debug_struct("Secret")
                .field("epoch", epoch)
                .finish_non_exhaustive(),
        }
    }
}
