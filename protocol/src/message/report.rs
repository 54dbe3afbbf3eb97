//! What a member tells the moderators of a community about messages of a channel (groups-and-security.md §2.4.2).
//!
//! It goes in sessions alone, and into no log: whoever reports somebody tells those who can do something about it, and nobody
//! else. What was said comes with it, as its author signed it, and with its key: so a moderator knows it even of a channel
//! that they cannot see, and whoever reports can neither alter it nor make it up.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::content::EntryKey;
use crate::control::OpId;
use crate::control::body::{LogId, Reason};
use crate::limits::{ENTRY_BYTES_MAX, ENTRY_HEADS_MAX, REPORT_EVIDENCE_MAX, REPORTED_MAX};
use crate::message::MessageRef;
use crate::wire::{Blob, Bounded};

/// What a member tells the moderators.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The heads of the control log that the reporter knew, ascending: by them, and by nothing else, it went to a moderator.
    pub heads: Bounded<OpId, ENTRY_HEADS_MAX>,
    /// The channel that it is about.
    pub channel: OpId,
    /// Why.
    pub reason: Reason,
    /// The messages, ascending, each once.
    pub messages: Bounded<Reported, REPORTED_MAX>,
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Report({} messages)", self.messages.len())
    }
}

/// A message that is reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// Which.
    pub message: MessageRef,
    /// What proves its words: as it was said first, and as it was changed last.
    pub evidence: Bounded<Evidence, REPORT_EVIDENCE_MAX>,
}

/// An entry with its key. The order of variants is the format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// 0: the entry itself, for whoever has it not.
    Whole {
        /// The canonical entry, without its sealed key.
        entry: Blob<ENTRY_BYTES_MAX>,
        /// Its key.
        key: EntryKey,
    },
    /// 1: an entry for which there was no room; whoever has it can look.
    Named {
        /// Its log.
        log: LogId,
        /// Its number.
        seq: u64,
        /// Its key.
        key: EntryKey,
    },
}
