//! What every part is handed: time, chance, rows, and where to put what it wants.

use bytes::Bytes;

use crate::control::CommunityId;
use crate::crypto::Rng;
use crate::error::{HangupReason, PassedOver};
use crate::identity::{AccountBundle, DeviceId};
use crate::link::{Frame, LinkId};
use crate::local::LocalDevice;
use crate::message::Name;
use crate::persist::{ContactState, DeviceRow, Failure, Row, RowKey};
use crate::time::{Hlc, HlcClock, Now};
use crate::turn::lanes::Lanes;
use crate::turn::{Event, Members, Out, Resident, Timers, When};

/// What every part is handed.
#[derive(Debug)]
pub struct Context<'a> {
    /// Both clocks.
    pub now: Now,
    /// The only source of chance.
    pub rng: &'a mut Rng,
    /// Where outputs go.
    pub out: &'a mut Out,
    /// Deadlines.
    pub timers: &'a mut Timers,
    /// Rows in memory.
    pub resident: &'a mut Resident,
    /// Work that takes its turn.
    pub lanes: &'a mut Lanes,
    /// Everybody with whom a community is shared.
    pub members: &'a mut Members,
    /// This device's keys.
    pub local: &'a LocalDevice,
    /// Deliberate faults, if any.
    pub faults: crate::core::Faults,
}

impl Context<'_> {
    /// Stores a row with the batch of this turn, and keeps it in memory.
    pub fn put(&mut self, key: RowKey, row: Row) {
        self.resident
            .put(key, Some(row.clone()), self.out.open_batch());
        self.out.write(key, Some(row));
    }

    /// Removes a row with the batch of this turn.
    pub fn remove(&mut self, key: RowKey) {
        self.resident.put(key, None, self.out.open_batch());
        self.out.write(key, None);
    }

    /// Sends a frame.
    pub fn send(&mut self, link: LinkId, frame: &Frame, when: When) {
        self.out.send(link, Bytes::from(frame.encode()), when);
    }

    /// Sends the same frame over several links.
    pub fn send_all(&mut self, links: &[LinkId], frame: &Frame, when: When) {
        let bytes = Bytes::from(frame.encode());
        for link in links {
            self.out.send(*link, bytes.clone(), when);
        }
    }

    /// Closes a link.
    pub fn hangup(&mut self, link: LinkId, reason: impl Into<HangupReason>) {
        self.out.hangup(link, reason.into());
    }

    /// Counts something of a community that was not taken in.
    pub(crate) fn passed_over(&mut self, why: PassedOver) {
        self.out.event(Event::PassedOver(why), When::Now);
    }

    /// Tells something once everything written so far is durable.
    pub fn event(&mut self, event: Event) {
        self.out.event(event, When::Durable);
    }

    /// The own logical time that [`Self::tick`] would give.
    #[must_use]
    pub fn next_tick(&self) -> Hlc {
        HlcClock::resume(self.resident.device().clock).tick(self.now)
    }

    /// A new own logical time, stored with this turn.
    pub fn tick(&mut self) -> Hlc {
        let row = self.resident.device();
        let mut clock = HlcClock::resume(row.clock);
        let time = clock.tick(self.now);
        self.put(
            RowKey::Device,
            Row::Device(DeviceRow { clock: time, ..row }),
        );
        time
    }

    /// Learns a peer's logical time, stored with this turn.
    pub fn observe(&mut self, theirs: Hlc) {
        let row = self.resident.device();
        let mut clock = HlcClock::resume(row.clock);
        clock.observe(theirs, self.now);
        if clock.last() != row.clock {
            self.put(
                RowKey::Device,
                Row::Device(DeviceRow {
                    clock: clock.last(),
                    ..row
                }),
            );
        }
    }

    /// The own name.
    #[must_use]
    pub fn own_name(&self) -> Name {
        self.resident
            .own()
            .map_or_else(|| self.local.name.clone(), |own| own.name.clone())
    }

    /// The own certificates and revocations.
    #[must_use]
    pub fn own_bundle(&self) -> AccountBundle {
        self.resident
            .own()
            .map_or_else(|| self.local.bundle.clone(), |own| own.bundle.clone())
    }

    /// Whether a device is one of somebody with whom a community is shared.
    fn shares_device(&self, device: DeviceId) -> bool {
        let peer = self.resident.peer(device);
        peer.is_some_and(|peer| self.members.certificate(peer.account, device).is_some())
    }

    /// Whether nothing but this community, if even that, makes its account somebody to talk to.
    #[must_use]
    pub fn is_known_only_by(&self, device: DeviceId, community: CommunityId) -> bool {
        let Some(peer) = self.resident.peer(device) else {
            return true;
        };
        let contact = self.resident.contact(peer.account);
        let shared = self.members.get(peer.account);
        contact.is_none()
            && shared.is_none_or(|shared| shared.communities.iter().all(|id| *id == community))
    }

    /// Why nothing may wait for a device any more, if so.
    #[must_use]
    pub fn out_of_reach(&self, device: DeviceId) -> Option<Failure> {
        let contact = self
            .resident
            .peer(device)
            .and_then(|peer| self.resident.contact(peer.account));
        match contact.filter(|contact| contact.state != ContactState::Blocked) {
            None if self.shares_device(device) => None,
            None => Some(Failure::Withdrawn),
            Some(contact) => {
                let certified = contact
                    .bundle
                    .as_ref()
                    .and_then(|bundle| bundle.device(&device));
                let gone = certified.is_none() && !self.shares_device(device);
                gone.then_some(Failure::Revoked)
            }
        }
    }
}
