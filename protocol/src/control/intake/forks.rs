//! Proofs that a device contradicted itself: two ops where there may be one, or two entries of a content log.

use super::{Checked, Control, ControlFault};
use crate::content::{EntryHeader, EntryId, SignedEntry};
use crate::control::body::LogId;
use crate::control::{OpFault, SignedHeader};

/// Ops of a device whose log forked are judged as before: it is in its log that it contradicts itself.
const NO_OP: u64 = u64::MAX;

/// Where a content log ends for everybody: before an entry of which two were shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogEnding {
    /// The number of that entry.
    pub seq: u64,
    /// The name of the one before, by proofs of that number; where they differ, the least.
    pub prev: Option<EntryId>,
}

impl LogEnding {
    pub(super) const fn before(header: &EntryHeader) -> Self {
        Self {
            seq: header.seq,
            prev: header.prev,
        }
    }
}

impl Control {
    /// Both headers are of one device and one number, signed, and not the same.
    pub(super) fn check_fork(
        &self,
        one: &SignedHeader,
        other: &SignedHeader,
    ) -> Result<Checked, ControlFault> {
        let (first, second) = (&one.header, &other.header);
        let contradict = first.home() == self.community
            && second.home() == self.community
            && first.device == second.device
            && first.seq == second.seq
            && first.id() < second.id();
        if !contradict {
            return Err(ControlFault::NoContradiction);
        }
        let key = self.keys.get(&first.device).ok_or(OpFault::Device)?;
        one.verify(key)
            .and_then(|()| other.verify(key))
            .map_err(|_error| ControlFault::NoContradiction)?;
        Ok(Checked {
            device: Some((first.device, first.seq)),
            ..Checked::default()
        })
    }

    /// Both entries are of one place in one log, signed, and not the same.
    pub(super) fn check_forked_log(
        &self,
        one: &SignedEntry,
        other: &SignedEntry,
    ) -> Result<Checked, ControlFault> {
        let (first, second) = (&one.header, &other.header);
        let contradict = first.community == self.community
            && second.community == self.community
            && first.log == second.log
            && first.seq == second.seq
            && one.id() < other.id();
        if !contradict {
            return Err(ControlFault::NoContradiction);
        }
        let device = first.log.device;
        let key = self.keys.get(&device).ok_or(OpFault::Device)?;
        one.verify(key)
            .and_then(|()| other.verify(key))
            .map_err(|_error| ControlFault::NoContradiction)?;
        Ok(Checked {
            device: Some((device, NO_OP)),
            ..Checked::default()
        })
    }

    /// Where a content log ends for everybody, if two entries of it were shown at one place.
    #[must_use]
    pub fn ended_log(&self, log: &LogId) -> Option<LogEnding> {
        self.ended_logs.get(log).copied()
    }

    /// Whether a log ended at this number or before: whatever stands there counts for nobody.
    #[must_use]
    pub fn log_ended_at(&self, log: &LogId, seq: u64) -> bool {
        self.ended_log(log).is_some_and(|ended| ended.seq <= seq)
    }

    /// Such logs.
    pub fn ended_logs(&self) -> impl Iterator<Item = (&LogId, &LogEnding)> {
        self.ended_logs.iter()
    }
}
