//! Work that takes its turn: one lane for commands, one for each peer device.
//!
//! A job that needs rows from the store stops its own lane and no other. A lane keeps its order, because a
//! session's messages have one. Everything is bounded: a peer's jobs beyond the bound come again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;

use crate::control::body::LogId;
use crate::control::{CommunityId, OpId};
use crate::crypto::Hash32;
use crate::group::ChainId;
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::link::LinkId;
use crate::link::frame::{EntryBytes, LogEnd, OpBytes};
use crate::message::{HandedChain, MessageId, SharedKey};
use crate::persist::{BatchId, Failure, RowKey};
use crate::session::{Kind, PrekeyOffer};
use crate::turn::{Command, CommandId, LoadId};

/// Whose turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaneId {
    /// Commands.
    Own,
    /// Everything about the session with one device.
    Peer(DeviceId),
}

/// Something to do that may need rows, or costs more than routing.
#[derive(Clone, Debug)]
pub enum Job {
    /// Carry a command out.
    Command(CommandId, Command),
    /// Open a ciphertext.
    Open {
        /// Link it came over.
        link: LinkId,
        /// What the sender calls it.
        hint: MessageId,
        /// First or later message of a session.
        kind: Kind,
        /// The ciphertext.
        bytes: Bytes,
    },
    /// Make a session from an offer.
    Offer {
        /// Link it came over.
        link: LinkId,
        /// The offer.
        offer: Box<PrekeyOffer>,
    },
    /// Encrypt and send what waits for this device.
    Flush,
    /// The peer could not open the ciphertext with this hash.
    Reset(Hash32),
    /// Take control ops in.
    Ops {
        /// Link they came over.
        link: LinkId,
        /// Of which community.
        community: CommunityId,
        /// The ops.
        ops: Vec<OpBytes>,
        /// Whether the sender has more.
        more: bool,
    },
    /// Take content entries in.
    Entries {
        /// Link they came over.
        link: LinkId,
        /// Of which community.
        community: CommunityId,
        /// The entries.
        entries: Vec<EntryBytes>,
        /// Whether the sender has more.
        more: bool,
    },
    /// Send content entries that the device at the other end of a link lacks.
    Serve {
        /// Over which link.
        link: LinkId,
        /// Of which community.
        community: CommunityId,
        /// How far it has the logs.
        logs: Vec<LogEnd>,
    },
    /// Open what waited for a sender chain of this device.
    Unlock {
        /// In which community.
        community: CommunityId,
        /// The chain.
        chain: ChainId,
    },
    /// Take the newest entry of a log away that forked before it.
    Cut {
        /// Of which community.
        community: CommunityId,
        /// The log.
        log: LogId,
    },
    /// Look through what somebody said beyond what a removal of theirs knew.
    Around {
        /// Of which community.
        community: CommunityId,
        /// The removal.
        removal: OpId,
        /// Of which log.
        log: LogId,
        /// The number of the first entry to look at.
        from: u64,
    },
    /// Send what is here beyond a gap of somebody's.
    Beyond {
        /// To whom.
        link: LinkId,
        /// Who asks.
        account: AccountId,
        /// Of which community.
        community: CommunityId,
        /// Of which log.
        log: LogId,
        /// The number of the first entry that is missed there.
        from: u64,
    },
    /// Look whether entries still wait for keys that were meant for this account.
    Release {
        /// In which community.
        community: CommunityId,
        /// Log and number of each.
        entries: Vec<(LogId, u64)>,
    },
    /// Ask this device for keys of those of these entries that are this account's to read.
    Seek {
        /// On this link.
        link: LinkId,
        /// In which community.
        community: CommunityId,
        /// Log and number of each.
        entries: Vec<(LogId, u64)>,
    },
    /// Share the keys of entries that this device asks for.
    Share {
        /// In which community.
        community: CommunityId,
        /// Log and number of each.
        entries: Vec<(LogId, u64)>,
    },
    /// Open entries with keys that this device shared.
    Learn {
        /// In which community.
        community: CommunityId,
        /// The keys.
        keys: Vec<SharedKey>,
        /// Sender chains that it handed on.
        chains: Vec<HandedChain>,
    },
    /// Give up what waits for this device.
    Drop {
        /// Why.
        failure: Failure,
        /// The first place in the outbox that is of later days, and stays.
        before: u64,
    },
}

#[derive(Debug, Default)]
struct Lane {
    jobs: VecDeque<Job>,
    waits: Option<LoadId>,
    queued: bool,
    /// Rows that the job at the head has missed so far.
    missed: BTreeSet<RowKey>,
}

/// All lanes that have work.
#[derive(Debug, Default)]
pub struct Lanes {
    lanes: BTreeMap<LaneId, Lane>,
    ready: VecDeque<LaneId>,
    /// Who waits for what was asked, and what was durable then.
    loads: BTreeMap<LoadId, (LaneId, BatchId)>,
}

impl Lanes {
    /// Adds a job at the end of its lane. `false`: the lane is full and the job was dropped.
    #[must_use]
    pub fn push(&mut self, id: LaneId, job: Job) -> bool {
        let max = match id {
            LaneId::Own => limits::COMMANDS_WAITING_MAX,
            LaneId::Peer(_) => limits::LANE_JOBS_MAX,
        };
        let lane = self.lanes.entry(id).or_default();
        if matches!(job, Job::Flush) && lane.jobs.iter().any(|job| matches!(job, Job::Flush)) {
            return true; // one flush sends all that waits
        }
        // Giving up is the person's or the account's own doing: rare, and never to be lost.
        if lane.jobs.len() >= max && !matches!(job, Job::Drop { .. }) {
            return false;
        }
        lane.jobs.push_back(job);
        self.enqueue(id);
        true
    }

    /// Asks for a flush toward a device. Always fits: there is at most one.
    pub fn flush(&mut self, device: DeviceId) {
        let lane = self.lanes.entry(LaneId::Peer(device)).or_default();
        if !lane.jobs.iter().any(|job| matches!(job, Job::Flush)) {
            lane.jobs.push_back(Job::Flush);
        }
        self.enqueue(LaneId::Peer(device));
    }

    fn enqueue(&mut self, id: LaneId) {
        if let Some(lane) = self.lanes.get_mut(&id)
            && lane.waits.is_none()
            && !lane.queued
        {
            lane.queued = true;
            self.ready.push_back(id);
        }
    }

    /// The next job, lanes taking turns.
    pub(crate) fn pop(&mut self) -> Option<(LaneId, Job)> {
        while let Some(id) = self.ready.pop_front() {
            let Some(lane) = self.lanes.get_mut(&id) else {
                continue;
            };
            lane.queued = false;
            if lane.waits.is_some() {
                continue;
            }
            if let Some(job) = lane.jobs.pop_front() {
                self.enqueue(id);
                return Some((id, job));
            }
            self.lanes.remove(&id);
        }
        None
    }

    /// Rows to load for the job of a lane that has just missed these: together with all that it missed before, or many
    /// lanes that want more rows than memory holds would take them from one another for ever.
    pub(crate) fn missing(&mut self, id: LaneId, keys: Vec<RowKey>) -> Vec<RowKey> {
        let lane = self.lanes.entry(id).or_default();
        lane.missed.extend(keys);
        lane.missed.iter().copied().collect()
    }

    /// The job of a lane is over.
    pub(crate) fn over(&mut self, id: LaneId) {
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.missed.clear();
        }
    }

    /// Puts a job back at the head of its lane until these rows are loaded, as of `durable` or later.
    pub(crate) fn park(&mut self, id: LaneId, job: Job, load: LoadId, durable: BatchId) {
        let lane = self.lanes.entry(id).or_default();
        lane.jobs.push_front(job);
        lane.waits = Some(load);
        self.loads.insert(load, (id, durable));
    }

    /// Rows came: their lane goes on.
    pub(crate) fn loaded(&mut self, load: LoadId) {
        if let Some((id, _)) = self.loads.remove(&load) {
            if let Some(lane) = self.lanes.get_mut(&id) {
                lane.waits = None;
            }
            self.enqueue(id);
        }
    }

    /// The oldest state that rows on their way may be of.
    pub(crate) fn oldest_load(&self) -> Option<BatchId> {
        self.loads
            .first_key_value()
            .map(|(_, (_, durable))| *durable)
    }

    /// Whether a job could run now.
    #[must_use]
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Jobs that wait, all lanes together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lanes.values().map(|lane| lane.jobs.len()).sum()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persist::{Row, SessionRow};
    use crate::session::SessionRecord;
    use crate::turn::Resident;

    fn session(n: usize) -> (RowKey, Row) {
        let mut device = [0; 32];
        device
            .iter_mut()
            .zip(n.to_le_bytes())
            .for_each(|(to, from)| *to = from);
        let record = SessionRecord::from_bytes(Vec::new());
        (
            RowKey::Session(DeviceId(device)),
            Row::Session(SessionRow { record }),
        )
    }

    #[test]
    fn an_old_row_that_comes_late_takes_no_newer_ones_place() {
        let (mut lanes, mut resident) = (Lanes::default(), Resident::default());
        // A load is asked for when batch 4 is durable; batch 5 writes the row, and is durable before it comes.
        lanes.park(LaneId::Own, Job::Flush, LoadId(1), BatchId(4));
        for n in 0..=limits::RESIDENT_ROWS_MAX {
            let (key, row) = session(n);
            resident.put(key, Some(row), BatchId(5));
        }
        resident.evict(lanes.oldest_load().unwrap(), limits::RESIDENT_ROWS_MAX);
        let (key, _) = session(0);
        resident.loaded(key, None);
        assert!(matches!(resident.session(DeviceId([0; 32])), Ok(Some(_))));
        lanes.loaded(LoadId(1));
        assert_eq!(lanes.oldest_load(), None);
    }
}
