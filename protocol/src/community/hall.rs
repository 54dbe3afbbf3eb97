//! One community in memory: its control log, how far its content logs are here, and what is kept until that changes.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::community::asking::Asking;
use crate::community::budget::Budgets;
use crate::community::comparing::{self, Comparing};
use crate::community::early::Early;
use crate::community::gaps::Gaps;
use crate::community::reach::KeptLinks;
use crate::community::reports::ReportView;
use crate::community::roster::Roster;
use crate::community::ways::Ways;
use crate::community::{CommunityView, MemberView};
use crate::content::{
    ContentMessage, EntryFault, EntryId, EntryKey, UnverifiedEntry, VerifiedEntry,
};
use crate::control::body::LogId;
use crate::control::{Control, OpId, Standing};
use crate::crypto::{Hash32, VerifyKey};
use crate::group::ChainRecord;
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::link::frame::{EntryBytes, LogEnd};
use crate::persist::LogRow;
use crate::time::{Hlc, Instant};

/// One community in memory.
#[derive(Debug)]
pub struct Hall {
    pub(super) control: Control,
    /// How many ops are stored.
    pub(super) ops: u32,
    /// What devices in reach said last that they know.
    pub(super) knows: BTreeMap<DeviceId, Known>,
    /// The newest ops that a device in reach has for certain and this one as well: what came from it, or what it told of.
    common: BTreeMap<DeviceId, BTreeSet<OpId>>,
    /// The member that was asked to let us in, and when.
    pub(super) asked: Option<(DeviceId, Instant)>,
    /// Members that answered a knock.
    pub(super) answered: BTreeSet<DeviceId>,
    /// Members that refused, or did not answer in time.
    pub(super) tried: BTreeSet<DeviceId>,
    /// How often the addresses of the invite were tried since a member answered, and when last.
    pub(super) dials: Option<(u32, Instant)>,
    /// How far each content log is here.
    pub(super) logs: BTreeMap<LogId, LogRow>,
    /// Their digest, once it was asked for since they changed.
    contents: OnceCell<Hash32>,
    /// Where the contents stood when a member let us in.
    pub(super) beginning: Option<Vec<LogEnd>>,
    /// When a device was last asked for what something that it sent waits for.
    asked_again: BTreeMap<DeviceId, Instant>,
    /// Logs that somebody has differently: what comes of them is compared with what is here.
    pub(super) differing: BTreeSet<LogId>,
    /// With whom logs are compared, and what is on its way.
    pub(super) comparing: Comparing,
    /// Since when entries of somebody wait for the end of their silence, and which that is.
    doubted: BTreeMap<LogId, (Hlc, Instant)>,
    /// What of them is not here.
    pub(super) gaps: Gaps,
    /// What is taken of whom.
    pub(super) budgets: Budgets,
    /// Logs of which somebody has more, how far they were here then, and since when.
    pub(super) behind: BTreeMap<LogId, (u64, Instant)>,
    /// Keys that are asked for.
    pub(super) asking: Asking,
    /// The ways that words take through those in reach.
    pub(super) ways: Ways,
    /// Who is in reach, since that changed last.
    pub(super) linked: KeptLinks,
    /// Who was a member when the directory of co-members was told last.
    pub(super) roster: Option<Roster>,
    /// Removals for which the logs of whoever was removed were looked through, and that counted then.
    pub(super) around: BTreeSet<OpId>,
    /// Keys that came before their ops.
    pub(super) early: Early,
    /// Entries whose signatures were checked last: each is looked at again when its rows were loaded, and comes from several.
    checked: VecDeque<(EntryBytes, Arc<VerifiedEntry>)>,
    /// Entries whose keys were taken out of a chain, and that wait for rows before anything may be written.
    pub(super) half_open: BTreeMap<EntryId, HalfOpen>,
    /// What members reported to this account, the newest first.
    pub(super) reports: Arc<Vec<ReportView>>,
    /// Reports since the start for which there was no room.
    pub(super) reports_dropped: u64,
    /// Members as they were shown last, and what that followed from.
    pub(super) members: RefCell<Option<ShownMembers>>,
    /// As it was shown last.
    pub(super) shown: Option<Box<CommunityView>>,
}

/// What a chain gave for an entry: as good as new while the chain stands where it stood.
#[derive(Debug)]
pub(super) struct HalfOpen {
    /// The chain before.
    pub before: ChainRecord,
    /// The entry's key, and the chain after.
    pub opened: (EntryKey, ChainRecord),
    /// What it says, if it can be read.
    pub said: Option<ContentMessage>,
}

/// Members as they were shown, and the state of people that this follows from.
pub(super) type ShownMembers = ((u64, usize), Arc<Vec<MemberView>>);

/// What a device said that it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Heads of its control log.
    pub heads: Vec<OpId>,
    /// Digest of its content logs.
    pub contents: Hash32,
}

impl Hall {
    /// A community as of these ops.
    #[must_use]
    pub fn new(control: Control, ops: u32) -> Self {
        Self {
            control,
            ops,
            knows: BTreeMap::new(),
            common: BTreeMap::new(),
            asked: None,
            answered: BTreeSet::new(),
            tried: BTreeSet::new(),
            dials: None,
            logs: BTreeMap::new(),
            contents: OnceCell::new(),
            beginning: None,
            asked_again: BTreeMap::new(),
            differing: BTreeSet::new(),
            comparing: Comparing::default(),
            doubted: BTreeMap::new(),
            gaps: Gaps::new(),
            budgets: Budgets::default(),
            behind: BTreeMap::new(),
            asking: Asking::default(),
            ways: Ways::default(),
            around: BTreeSet::new(),
            linked: KeptLinks::default(),
            roster: None,
            early: Early::default(),
            checked: VecDeque::new(),
            half_open: BTreeMap::new(),
            reports: Arc::default(),
            reports_dropped: 0,
            members: RefCell::new(None),
            shown: None,
        }
    }

    /// Its control log.
    #[must_use]
    pub const fn control(&self) -> &Control {
        &self.control
    }

    /// What this device knows, as it tells it.
    pub(super) fn own_knowledge(&self) -> Known {
        Known {
            heads: self.control.log().dag().heads(),
            contents: self.contents(),
        }
    }

    /// Whether a device may be asked now for what something that it sent waits for: not again and again.
    pub(super) fn may_ask_again(&mut self, device: DeviceId, now: Instant) -> bool {
        let last = self.asked_again.get(&device);
        let may = last.is_none_or(|last| now.since(*last) >= limits::ASK_AGAIN);
        if may {
            self.asked_again.insert(device, now);
        }
        may
    }

    /// Whether these were the contents here before the last words.
    pub(super) fn was_lately(&self, contents: &Hash32, now: Instant) -> bool {
        let ends = self.logs.iter();
        let ends = ends.map(|(log, end)| (*log, (end.next, end.head)));
        self.comparing.was_lately(contents, ends.collect(), now)
    }

    /// As [`Comparing::may_compare`], of the logs as they are.
    pub(super) fn may_compare(&mut self, device: DeviceId, now: Instant) -> bool {
        let contents = self.contents();
        self.comparing.may_compare(device, contents, now)
    }

    /// As [`Comparing::just_told`], of the logs as they are.
    pub(super) fn just_told(&mut self, device: DeviceId, now: Instant) -> bool {
        let contents = self.contents();
        self.comparing.just_told(device, contents, now)
    }

    /// Whether entries of a log have waited here for so long since the first that had to, for the end of the same silence.
    pub(super) fn has_waited(
        &mut self,
        log: LogId,
        (until, long): (Hlc, Duration),
        now: Instant,
    ) -> bool {
        let doubted = self.doubted.entry(log).or_insert((until, now));
        if doubted.0 != until {
            *doubted = (until, now);
        }
        now.since(doubted.1) >= long
    }

    /// Whether another content log may begin: of a device that lost its rows a few times, and no more than are told of
    /// in one frame.
    pub(super) fn has_room_for(&self, log: &LogId) -> bool {
        let of_device = self.logs.keys().filter(|known| known.device == log.device);
        of_device.count() < limits::LOGS_PER_DEVICE_MAX
            && self.logs.len() < limits::LOGS_PER_FRAME_MAX
    }

    /// A device has this op: if it is here too, neither needs it of the other again, nor what was before it.
    pub(super) fn note_common(&mut self, device: DeviceId, op: OpId) {
        let dag = self.control.log().dag();
        let within = |one: &OpId, other: &OpId| {
            one == other || dag.happened_before(one, other) == Some(true)
        };
        let common = self.common.entry(device).or_default();
        if !dag.contains(&op) || common.iter().any(|newer| within(&op, newer)) {
            return;
        }
        common.retain(|older| !within(older, &op));
        if common.len() < limits::CONTROL_HEADS_MAX {
            common.insert(op);
        }
    }

    /// The newest ops that a device has for certain and this one as well.
    pub(super) fn common(&self, device: &DeviceId) -> impl Iterator<Item = OpId> {
        self.common.get(device).into_iter().flatten().copied()
    }

    /// A device is out of reach: what it knows is asked anew.
    pub(super) fn forget_device(&mut self, device: &DeviceId) -> bool {
        self.common.remove(device);
        self.comparing.forget(device);
        self.ways.forget(device);
        self.early.forget(device);
        self.knows.remove(device).is_some()
    }

    /// The entry of these bytes, if it was believed lately: they are read, and their signature is checked, once.
    pub(super) fn believed(&self, bytes: &EntryBytes) -> Option<Arc<VerifiedEntry>> {
        let mut checked = self.checked.iter();
        let found = checked.find(|(known, _)| known == bytes);
        found.map(|(_, entry)| Arc::clone(entry))
    }

    /// Believes the entry of these bytes if its device signed it.
    ///
    /// # Errors
    /// As [`UnverifiedEntry::verify`].
    pub(super) fn believe(
        &mut self,
        bytes: &EntryBytes,
        entry: UnverifiedEntry,
        key: &VerifyKey,
    ) -> Result<Arc<VerifiedEntry>, EntryFault> {
        let verified = Arc::new(entry.verify(key)?);
        self.checked
            .truncate(limits::ENTRIES_CHECKED_MAX.saturating_sub(1));
        self.checked
            .push_front((bytes.clone(), Arc::clone(&verified)));
        Ok(verified)
    }

    /// Keeps what a chain gave for an entry until its rows are here.
    pub(super) fn keep_half_open(&mut self, entry: EntryId, half: HalfOpen) {
        if self.half_open.len() >= limits::ENTRIES_CHECKED_MAX {
            self.half_open.clear(); // what is still wanted is opened again
        }
        self.half_open.insert(entry, half);
    }

    /// Notes how far a content log is here.
    pub(super) fn set_log(&mut self, log: LogId, end: LogRow) {
        self.logs.insert(log, end);
        self.contents = OnceCell::new();
    }

    /// Notes how far all content logs are here, at the start.
    pub(super) fn set_logs(&mut self, logs: impl IntoIterator<Item = (LogId, LogRow)>) {
        self.logs = logs.into_iter().collect();
        self.contents = OnceCell::new();
    }

    /// Digest of how far the content logs are here: equal where the same is known.
    fn contents(&self) -> Hash32 {
        *self.contents.get_or_init(|| {
            let ends = self.logs.iter();
            comparing::digest(ends.map(|(log, end)| (*log, end.next, end.head)))
        })
    }

    /// Whether nobody else is a member, or waits to be confirmed as one: then nothing is left to whom an owner could leave it.
    pub(super) fn is_alone(&self, account: &AccountId) -> bool {
        let people = self.control.log().now().people();
        let mut others = people.iter().filter(|(one, _)| *one != account);
        !others.any(|(_, standing)| *standing >= Standing::Suspended)
    }

    /// Whether an account is a member now.
    pub(super) fn is_member(&self, account: &AccountId) -> bool {
        self.control.log().now().standing(account) >= Standing::Member
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::CommunityId;
    use crate::core::Faults;

    /// Entries that wait for the end of a silence were said in it, all of them: they come together, not one after the other.
    #[test]
    fn what_waits_for_the_end_of_a_silence_waits_as_long_as_it_lasts_and_no_longer() {
        let id = CommunityId(Hash32([1; 32]));
        let mut hall = Hall::new(Control::new(id, Faults::default().rules()), 0);
        let log = LogId {
            device: DeviceId([2; 32]),
            incarnation: 3,
        };
        let begin = Instant::from_micros(1_000_000);
        let (until, long) = (Hlc::from_bits(1 << 40), Duration::from_secs(60));
        assert!(!hall.has_waited(log, (until, long), begin));
        assert!(!hall.has_waited(log, (until, long), begin.after(long / 2)));
        let over = begin.after(long);
        for _entry in 0..3 {
            assert!(hall.has_waited(log, (until, long), over));
        }
        let next = Hlc::from_bits(1 << 41);
        assert!(!hall.has_waited(log, (next, long), over), "another silence");
    }
}
