//! What members and those who want to be say about a community on a link, outside of sessions.

use serde::{Deserialize, Serialize};

use crate::content::EntryId;
use crate::control::body::{Joining, LogId};
use crate::control::{CommunityId, OpId};
use crate::crypto::Hash32;
use crate::limits;
use crate::persist::Refusal;
use crate::wire::{Blob, Bounded};

/// A control op as it travels.
pub type OpBytes = Blob<{ limits::CONTROL_OP_WITH_BUNDLE_BYTES_MAX }>;

/// Something about a community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommunityFrame {
    /// 0: "Do you know the invite that I hold?" Says nothing to anybody else.
    Knock {
        /// MAC under the invite's public key over both peer ids and nonces.
        tag: [u8; 16],
    },
    /// 1: "I do." From a member.
    Answer {
        /// MAC under the invite's public key over both peer ids and nonces, the other way round.
        tag: [u8; 16],
    },
    /// 2: "Let me in." On a link where both ends are proved.
    Ask {
        /// Into which community.
        community: CommunityId,
        /// What its op will say.
        joining: Box<Joining>,
    },
    /// 3: "No."
    Refused {
        /// Which community.
        community: CommunityId,
        /// Why.
        why: Refusal,
    },
    /// 4: "This is what I know of the control log."
    Heads {
        /// Of which community.
        community: CommunityId,
        /// Ops after which nothing was made yet, by id; with `wants` also the newest that both have for certain.
        heads: Bounded<OpId, { limits::CONTROL_HEADS_MAX }>,
        /// Digest of how far the content logs are known.
        contents: Hash32,
        /// Whether the sender lacks what the receiver has, and wants it.
        wants: bool,
    },
    /// 5: "You lack these." In an order in which each comes after all that it was made after.
    Ops {
        /// Of which community.
        community: CommunityId,
        /// The ops.
        ops: Bounded<OpBytes, { limits::OPS_PER_FRAME_MAX }>,
        /// Whether there are more; asked for by heads.
        more: bool,
    },
    /// 6: "I have no secret of this epoch." Answered through the session.
    SecretWanted {
        /// Of which community.
        community: CommunityId,
        /// The epoch.
        epoch: OpId,
    },
    /// 7: "This far I have the content logs."
    Logs {
        /// Of which community.
        community: CommunityId,
        /// Each log with the number of its next entry and the name of its newest, by log.
        logs: Bounded<LogEnd, { limits::LOGS_PER_FRAME_MAX }>,
        /// Whether the sender wants to hear the same from the receiver.
        wants: bool,
    },
    /// 8: "You lack these." Each log's in order, without a gap.
    Entries {
        /// Of which community.
        community: CommunityId,
        /// The entries.
        entries: Bounded<EntryBytes, { limits::ENTRIES_PER_FRAME_MAX }>,
        /// Whether there are more; asked for by logs.
        more: bool,
    },
    /// 9: "I have no keys of these entries." Answered through the session, to whom they were meant for.
    KeysWanted {
        /// Of which community.
        community: CommunityId,
        /// Log and number of each.
        entries: Bounded<(LogId, u64), { limits::KEYS_PER_MESSAGE_MAX }>,
    },
    /// 10: "I have long missed what comes here in a log. What have you of it, or after it?" Answered with entries, if any.
    Beyond {
        /// Of which community.
        community: CommunityId,
        /// Which log.
        log: LogId,
        /// The number of the first entry that is missed.
        from: u64,
    },
}

/// How far a content log is known: the log, the number of its next entry, the name of its newest.
pub type LogEnd = (LogId, u64, EntryId);
/// A content entry as it travels.
pub type EntryBytes = Blob<{ limits::ENTRY_BYTES_MAX }>;

impl CommunityFrame {
    /// Its name, for logs and faults.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Knock { .. } => "knock",
            Self::Answer { .. } => "answer",
            Self::Ask { .. } => "ask",
            Self::Refused { .. } => "refused",
            Self::Heads { .. } => "heads",
            Self::Ops { .. } => "ops",
            Self::SecretWanted { .. } => "secret-wanted",
            Self::Logs { .. } => "logs",
            Self::Entries { .. } => "entries",
            Self::KeysWanted { .. } => "keys-wanted",
            Self::Beyond { .. } => "beyond",
        }
    }
}
