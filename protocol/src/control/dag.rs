//! All control ops that are known and whole, and what happened before what.
//!
//! An op is admitted when everything that it was made after is here, and it fits there: its numbers follow, what it
//! names exists in its past. None of this depends on anything concurrent, so every device admits and refuses the same
//! ops for ever. Whether an op *counts* is `resolution`'s to say.
//!
//! Ops of one device form a lane; whoever signs two ops where there may be one opens another. The past of an op is
//! then a length for each lane, and whether one op happened before another is one comparison (Fidge and Mattern,
//! 1988; one entry for each chain of the order, not for each process).

use std::collections::{BTreeMap, BTreeSet};

mod admission;
mod reach;

pub use admission::{Admission, OpFault};
pub(super) use reach::Reach;

use super::fact::{Act, Fact, OpId};
use crate::identity::{AccountId, DeviceId};
use crate::time::Hlc;

macro_rules! number {
    ($(#[$doc:meta])+ $name:ident) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) struct $name(u32);

        impl $name {
            pub(super) fn at(self) -> usize {
                usize::try_from(self.0).unwrap_or(usize::MAX)
            }

            /// The next one of a list that has so many.
            fn after(len: usize) -> Self {
                Self(u32::try_from(len).unwrap_or(u32::MAX))
            }
        }
    };
}

number! {
    /// An op, by the order in which it was admitted here.
    Op
}
number! {
    /// An account, by the order in which it was first named here.
    Person
}
number! {
    /// A device, by the order in which it was first named here.
    Device
}

/// An act among admitted ops.
pub(super) type Deed = Act<Person, Device, Op>;

/// An admitted op.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) id: OpId,
    pub(super) author: Person,
    pub(super) device: Device,
    pub(super) seq: u64,
    pub(super) depth: u32,
    pub(super) hlc: Hlc,
    pub(super) deps: Box<[Op]>,
    pub(super) deed: Deed,
    lane: usize,
    /// Its place in its lane, counted from 1.
    place: u32,
    /// How much of each lane is in its past.
    past: Box<[u32]>,
}

/// Ops about one account, in the order of their admission.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) id: Option<AccountId>,
    pub(super) authored: Vec<Op>,
    /// Role assignments.
    pub(super) grants: Vec<Op>,
    /// Kicks, bans, leavings and roles taken away.
    pub(super) removals: Vec<Op>,
    /// Endings of bans.
    pub(super) unbans: Vec<Op>,
    /// Joins, and the founding for the founder.
    pub(super) joins: Vec<Op>,
    /// Confirmations, offers of the community to them, silencings.
    pub(super) others: Vec<Op>,
    /// Offers of the community by them.
    pub(super) offers: Vec<Op>,
    /// Their acceptances of such offers.
    pub(super) takings: Vec<Op>,
    /// Invites that they made.
    pub(super) invites: Vec<Op>,
    /// Devices that some op certifies for them.
    pub(super) devices: Vec<Device>,
}

/// Ops of and about one device.
#[derive(Clone, Debug, Default)]
pub(super) struct DeviceRecord {
    pub(super) id: Option<DeviceId>,
    pub(super) ops: Vec<Op>,
    pub(super) revocations: Vec<Op>,
    /// Which ops certify it, and for whom.
    pub(super) certified: Vec<(Op, Person)>,
}

/// The ops of one community.
#[derive(Clone, Debug, Default)]
pub struct Dag {
    nodes: Vec<Node>,
    by_id: BTreeMap<OpId, Op>,
    lanes: Vec<Vec<Op>>,
    heads: BTreeSet<Op>,
    people: Vec<Record>,
    person_of: BTreeMap<AccountId, Person>,
    devices: Vec<DeviceRecord>,
    device_of: BTreeMap<DeviceId, Device>,
    /// Ops that name an op: assignments of a role, joins by an invite.
    named_by: Vec<Vec<Op>>,
    policies: Vec<Op>,
    epochs: Vec<Op>,
    forks: BTreeMap<(Device, u64), Vec<Op>>,
}

impl Dag {
    /// How many ops there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no op, not even the founding one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether this op was admitted.
    #[must_use]
    pub fn contains(&self, id: &OpId) -> bool {
        self.by_id.contains_key(id)
    }

    /// Ops after which nothing was made yet, by id.
    #[must_use]
    pub fn heads(&self) -> Vec<OpId> {
        let mut heads: Vec<OpId> = self.heads.iter().map(|op| self.node(*op).id).collect();
        heads.sort();
        heads
    }

    /// Whether these are the heads, each once.
    pub(super) fn are_heads(&self, ids: &[OpId]) -> bool {
        let is_head = |id: &OpId| self.op(id).is_some_and(|op| self.heads.contains(&op));
        let once = ids.is_sorted_by(|one, other| one < other);
        ids.len() == self.heads.len() && once && ids.iter().all(is_head)
    }

    /// Whether `earlier` happened before `later`; `None` if one of them is not here.
    #[must_use]
    pub fn happened_before(&self, earlier: &OpId, later: &OpId) -> Option<bool> {
        Some(self.precedes(self.op(earlier)?, self.op(later)?))
    }

    /// The newest op of a device, and its number: the longest of its lines, if it has several.
    #[must_use]
    pub fn newest_of(&self, device: &DeviceId) -> Option<(u64, OpId)> {
        let device = self.device_of.get(device)?;
        let ops = self.device(*device).ops.iter();
        ops.map(|op| (self.node(*op).seq, self.node(*op).id)).max()
    }

    fn insert(&mut self, fact: &Fact, deps: Vec<Op>, past: Vec<u32>) {
        let op = Op::after(self.nodes.len());
        let author = self.intern_person(fact.author);
        let device = self.intern_device(fact.device);
        for account in accounts(&fact.act) {
            self.intern_person(account);
        }
        if let Act::RevokeDevice { device } | Act::Fork { device, .. } = &fact.act {
            self.intern_device(*device);
        }
        let deed = fact.act.rename(
            |account| self.person_of.get(account).copied().unwrap_or(author),
            |id| self.device_of.get(id).copied().unwrap_or(device),
            |id| self.op(id),
        );
        let Some(deed) = deed else { return };
        let deepest = deps.iter().map(|dep| self.node(*dep).depth).max();
        let (lane, place) = self.take_place(op, fact.seq, &deps);
        let node = Node {
            id: fact.id,
            author,
            device,
            seq: fact.seq,
            depth: deepest.map_or(0, |depth| depth.saturating_add(1)),
            hlc: fact.hlc,
            deps: deps.into_boxed_slice(),
            deed,
            lane,
            place,
            past: past.into_boxed_slice(),
        };
        for dep in &node.deps {
            self.heads.remove(dep);
        }
        self.heads.insert(op);
        self.by_id.insert(fact.id, op);
        self.nodes.push(node);
        self.named_by.push(Vec::new());
        self.index(op, &fact.certifies);
    }

    /// The lane of a new op and its place there.
    fn take_place(&mut self, op: Op, seq: u64, deps: &[Op]) -> (usize, u32) {
        let own = deps
            .first()
            .filter(|_own| seq > 0)
            .map(|own| (*own, self.node(*own).lane));
        let lane = own
            .filter(|(own, lane)| self.lanes.get(*lane).and_then(|ops| ops.last()) == Some(own))
            .map_or(self.lanes.len(), |(_, lane)| lane);
        if lane == self.lanes.len() {
            self.lanes.push(Vec::new());
        }
        let ops = self.lanes.get_mut(lane).map(|ops| {
            ops.push(op);
            ops.len()
        });
        let place = ops.and_then(|len| u32::try_from(len).ok());
        (lane, place.unwrap_or(u32::MAX))
    }

    /// Enters an op into the lists by which it is found.
    fn index(&mut self, op: Op, certifies: &[DeviceId]) {
        let Some(node) = self.nodes.get(op.at()).cloned() else {
            return;
        };
        let subject = match &node.deed {
            Act::Join { who, .. } => *who,
            _ => node.author,
        };
        for id in certifies {
            let device = self.intern_device(*id);
            self.device_mut(device, |record| record.certified.push((op, subject)));
            self.person_mut(subject, |record| {
                if !record.devices.contains(&device) {
                    record.devices.push(device);
                }
            });
        }
        self.device_mut(node.device, |record| record.ops.push(op));
        self.forks
            .entry((node.device, node.seq))
            .or_default()
            .push(op);
        self.person_mut(node.author, |record| record.authored.push(op));
        for named in node.deed.names() {
            if let Some(by) = self.named_by.get_mut(named.at()) {
                by.push(op);
            }
        }
        match &node.deed {
            Act::Transfer { .. } => self.person_mut(node.author, |record| record.offers.push(op)),
            Act::Accept { .. } => self.person_mut(node.author, |record| record.takings.push(op)),
            Act::CreateInvite { .. } => {
                self.person_mut(node.author, |record| record.invites.push(op));
            }
            _ => {}
        }
        match &node.deed {
            Act::Found { .. } => {
                self.policies.push(op);
                self.person_mut(node.author, |record| record.joins.push(op));
            }
            Act::Policy { .. } => self.policies.push(op),
            Act::Rekey { .. } => self.epochs.push(op),
            Act::Leave => self.person_mut(node.author, |record| record.removals.push(op)),
            Act::Join { who, .. } => self.person_mut(*who, |record| record.joins.push(op)),
            Act::Kick { who, .. } | Act::Ban { who, .. } | Act::Unassign { who, .. } => {
                self.person_mut(*who, |record| record.removals.push(op));
            }
            Act::Assign { who, .. } => self.person_mut(*who, |record| record.grants.push(op)),
            Act::Unban { who } => self.person_mut(*who, |record| record.unbans.push(op)),
            Act::Timeout { who } | Act::Transfer { to: who } => {
                self.person_mut(*who, |record| record.others.push(op));
            }
            Act::Confirm { who } => {
                for who in who {
                    self.person_mut(*who, |record| record.others.push(op));
                }
            }
            Act::RevokeDevice { device } => {
                self.device_mut(*device, |record| record.revocations.push(op));
            }
            _ => {}
        }
    }

    fn intern_person(&mut self, id: AccountId) -> Person {
        let next = Person::after(self.people.len());
        let person = *self.person_of.entry(id).or_insert(next);
        if person == next {
            self.people.push(Record {
                id: Some(id),
                ..Record::default()
            });
        }
        person
    }

    fn intern_device(&mut self, id: DeviceId) -> Device {
        let next = Device::after(self.devices.len());
        let device = *self.device_of.entry(id).or_insert(next);
        if device == next {
            self.devices.push(DeviceRecord {
                id: Some(id),
                ..DeviceRecord::default()
            });
        }
        device
    }

    fn person_mut(&mut self, person: Person, change: impl FnOnce(&mut Record)) {
        if let Some(record) = self.people.get_mut(person.at()) {
            change(record);
        }
    }

    fn device_mut(&mut self, device: Device, change: impl FnOnce(&mut DeviceRecord)) {
        if let Some(record) = self.devices.get_mut(device.at()) {
            change(record);
        }
    }

    /// How much of each lane is before an op that is made after these.
    fn past_of(&self, deps: &[Op]) -> Vec<u32> {
        let mut past: Vec<u32> = Vec::new();
        for dep in deps {
            let node = self.node(*dep);
            if past.len() < node.past.len().max(node.lane.saturating_add(1)) {
                past.resize(node.past.len().max(node.lane.saturating_add(1)), 0);
            }
            for (mine, theirs) in past.iter_mut().zip(node.past.iter()) {
                *mine = (*mine).max(*theirs);
            }
            if let Some(length) = past.get_mut(node.lane) {
                *length = (*length).max(node.place);
            }
        }
        past
    }

    fn in_past(&self, op: Op, past: &[u32]) -> bool {
        let node = self.node(op);
        past.get(node.lane).copied().unwrap_or(0) >= node.place
    }
}

/// What the resolver asks.
impl Dag {
    pub(super) fn op(&self, id: &OpId) -> Option<Op> {
        self.by_id.get(id).copied()
    }

    pub(super) fn person_named(&self, id: &AccountId) -> Option<Person> {
        self.person_of.get(id).copied()
    }

    pub(super) fn device_named(&self, id: &DeviceId) -> Option<Device> {
        self.device_of.get(id).copied()
    }

    /// An admitted op as it was handed in.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn fact(&self, id: &OpId) -> Option<Fact> {
        let op = self.op(id)?;
        let node = self.node(op);
        let account = |person: &Person| self.person(*person).id.unwrap_or(AccountId([0; 32]));
        let device = |device: &Device| self.device(*device).id.unwrap_or(DeviceId([0; 32]));
        let name = |op: &Op| self.node(*op).id;
        let certifies = |device: &&DeviceRecord| device.certified.iter().any(|(by, _)| *by == op);
        Some(Fact {
            id: node.id,
            author: account(&node.author),
            device: device(&node.device),
            seq: node.seq,
            deps: node.deps.iter().map(name).collect(),
            hlc: node.hlc,
            certifies: self
                .devices
                .iter()
                .filter(certifies)
                .filter_map(|device| device.id)
                .collect(),
            act: node.deed.rename(account, device, |op| Some(name(op)))?,
        })
    }

    #[expect(
        clippy::expect_used,
        reason = "numbers of ops are handed out by `insert` alone, for what it put there; nothing is ever taken out"
    )]
    pub(super) fn node(&self, op: Op) -> &Node {
        self.nodes.get(op.at()).expect("an op that was admitted")
    }

    #[expect(clippy::expect_used, reason = "as `node`, for `intern_person`")]
    pub(super) fn person(&self, person: Person) -> &Record {
        self.people
            .get(person.at())
            .expect("a person that was named")
    }

    #[expect(clippy::expect_used, reason = "as `node`, for `intern_device`")]
    pub(super) fn device(&self, device: Device) -> &DeviceRecord {
        self.devices
            .get(device.at())
            .expect("a device that was named")
    }

    pub(super) fn people(&self) -> impl Iterator<Item = Person> {
        (0..self.people.len()).map(Person::after)
    }

    pub(super) fn ops(&self) -> impl Iterator<Item = Op> {
        (0..self.nodes.len()).map(Op::after)
    }

    /// Revocations of devices.
    pub(super) fn device_revocations(&self) -> impl Iterator<Item = Op> {
        let devices = self.devices.iter();
        devices.flat_map(|device| device.revocations.iter().copied())
    }

    /// Everything that may remove somebody or a device, or did.
    pub(super) fn removals(&self) -> impl Iterator<Item = Op> {
        let people = self.people.iter();
        people
            .flat_map(|person| person.removals.iter().copied())
            .filter(|op| !matches!(self.node(*op).deed, Act::Unassign { .. }))
            .chain(self.device_revocations())
    }

    pub(super) fn naming(&self, op: Op) -> &[Op] {
        self.named_by.get(op.at()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn policies(&self) -> &[Op] {
        &self.policies
    }

    pub(super) fn epochs(&self) -> &[Op] {
        &self.epochs
    }

    /// Ops of one device with one number: more than one is a fork.
    pub(super) fn twins(&self, op: Op) -> &[Op] {
        let node = self.node(op);
        self.forks
            .get(&(node.device, node.seq))
            .map_or(&[], Vec::as_slice)
    }
}

fn accounts(act: &Act) -> Vec<AccountId> {
    match act {
        Act::Confirm { who } => who.clone(),
        other => other.who().copied().into_iter().collect(),
    }
}
