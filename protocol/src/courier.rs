//! Carries contents between two devices until the other end has them for good.
//!
//! Everything that is said goes through the outbox: encrypted when a session and a link are there, sent again with
//! identical bytes while the session lives, encrypted anew when the session had to be made anew, dropped when
//! acknowledged. An own message is never given up (DECISIONS 17, 37).

mod acks;
mod flush;
mod keys;
mod open;
mod parts;
mod reset;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::community::Halls;
use crate::contact::Desk;
use crate::control::CommunityId;
use crate::crypto::Hash32;
use crate::error::Misbehaved;
use crate::identity::{AccountId, BundleFault, DeviceCert, DeviceId, device_uuid};
use crate::link::{LinkId, Links};
use crate::message::{Content, MessageId};
use crate::persist::{Delivery, Failure, MessageRow, OutboxRow, PeerRow, Row, RowKey};
use crate::presence::Board;
use crate::session::{Kind, Opened, RemoteIdentity, SessionFault, SessionRecord};
use crate::time::Instant;
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Context, Missing, Timer, When};
use crate::wire::{self, Blob, Malformed};
use crate::{conversation, limits};

/// Why a job stops before it changed anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Rows must be loaded first; the job runs again then.
    Missing(Missing),
    /// The peer is at fault; the job is over.
    Misbehaved(Misbehaved),
    /// Nobody is at fault, and still nothing of it may count: not stored, not acknowledged, so that it comes
    /// again. What an account says before it is accepted here, or after we lost our rows of it.
    Ignored,
    /// The same, of a key whose op is not here yet: it is looked at again with the next ops of this community, long before it
    /// comes again.
    Early(CommunityId),
}

impl From<Missing> for Stop {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Misbehaved> for Stop {
    fn from(fault: Misbehaved) -> Self {
        Self::Misbehaved(fault)
    }
}

impl From<SessionFault> for Stop {
    fn from(fault: SessionFault) -> Self {
        Self::Misbehaved(fault.into())
    }
}

impl From<Malformed> for Stop {
    fn from(fault: Malformed) -> Self {
        Self::Misbehaved(fault.into())
    }
}

impl From<BundleFault> for Stop {
    fn from(fault: BundleFault) -> Self {
        Self::Misbehaved(fault.into())
    }
}

/// A ciphertext that was handed to a link.
#[derive(Clone, Copy, Debug)]
struct Flight {
    link: LinkId,
    sent: Instant,
    tries: u32,
}

/// What is owed to one device in acknowledgements.
#[derive(Debug, Default)]
struct Owed {
    ids: BTreeSet<MessageId>,
    last: Option<Instant>,
    /// Hashes of the acknowledgements sent last: a reset may name one of them.
    hashes: VecDeque<Hash32>,
}

/// An opened ciphertext whose content waits for rows: opening is the dear part, and is done once.
#[derive(Debug)]
struct Waiting {
    /// Hash of the ciphertext.
    hash: Hash32,
    /// The session's record before it was opened: if that changed meanwhile, it is opened again.
    before: Option<SessionRecord>,
    opened: Opened,
}

/// What the courier knows beyond its rows. Lost at a crash, without harm.
#[derive(Debug, Default)]
pub struct Courier {
    flights: BTreeMap<(DeviceId, u64), Flight>,
    owed: BTreeMap<DeviceId, Owed>,
    fetched: BTreeMap<DeviceId, Instant>,
    resets: BTreeMap<DeviceId, Instant>,
    /// What was opened and waits for rows, by device: a lane has one such job, and it runs again.
    opened: BTreeMap<DeviceId, Waiting>,
    /// Ciphertexts that nothing opened, by device and kind: how many since when.
    failures: BTreeMap<(DeviceId, Kind), (u32, Instant)>,
    /// Acknowledgements that were opened lately, by device: they leave no row by which a repetition would be known.
    heard: BTreeMap<DeviceId, VecDeque<Hash32>>,
}

impl Courier {
    /// A link to a device is gone: what it carried may be lost, and goes over the next one.
    pub fn link_down(&mut self, device: DeviceId, link: LinkId) {
        self.flights
            .retain(|(to, _), flight| *to != device || flight.link != link);
        self.fetched.remove(&device);
    }

    /// Notes that nothing opened a ciphertext: libsignal tries every chain of every session before it knows.
    fn failed(&mut self, device: DeviceId, kind: Kind, now: Instant) {
        let entry = self.failures.entry((device, kind)).or_insert((0, now));
        if now.since(entry.1) > limits::FAILURES_WINDOW {
            *entry = (0, now);
        }
        entry.0 = entry.0.saturating_add(1);
    }

    /// Whether so many failed lately that trying costs more than waiting for the repetition.
    fn fails_too_often(&self, device: DeviceId, kind: Kind, now: Instant) -> bool {
        self.failures
            .get(&(device, kind))
            .is_some_and(|(count, since)| {
                *count >= limits::FAILURES_MAX && now.since(*since) <= limits::FAILURES_WINDOW
            })
    }

    /// Something opened: what fails from now on is counted anew.
    fn succeeded(&mut self, device: DeviceId) {
        self.failures.remove(&(device, Kind::PreKey));
        self.failures.remove(&(device, Kind::Whisper));
    }

    /// An acknowledgement was opened.
    fn heard(&mut self, device: DeviceId, ciphertext: Hash32) {
        let heard = self.heard.entry(device).or_default();
        heard.push_back(ciphertext);
        if heard.len() > limits::ACKS_HEARD_KEPT {
            heard.pop_front();
        }
    }

    /// Whether this very acknowledgement was opened lately.
    fn has_heard(&self, device: DeviceId, ciphertext: &Hash32) -> bool {
        let heard = self.heard.get(&device);
        heard.is_some_and(|heard| heard.contains(ciphertext))
    }

    /// Forgets what is known of a device beyond its rows.
    pub fn forget(&mut self, device: DeviceId) {
        self.heard.remove(&device);
        self.owed.remove(&device);
        self.opened.remove(&device);
        self.succeeded(device);
    }

    /// Ciphertexts handed to links and not acknowledged.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Nothing is acknowledged any more to a device that takes nothing from this one.
    pub(crate) fn owe_nothing(&mut self, device: DeviceId) {
        if let Some(owed) = self.owed.get_mut(&device) {
            owed.ids.clear();
        }
    }

    /// Acknowledgements that wait for their interval.
    #[must_use]
    pub fn owed(&self) -> usize {
        self.owed.values().map(|owed| owed.ids.len()).sum()
    }
}

/// What jobs of a peer's lane work with.
#[derive(Debug)]
pub struct Desks<'a> {
    /// All links.
    pub links: &'a mut Links,
    /// Requests and strangers.
    pub desk: &'a mut Desk,
    /// Flights and acknowledgements.
    pub courier: &'a mut Courier,
    /// Who is there and who writes.
    pub board: &'a mut Board,
    /// Communities.
    pub halls: &'a mut Halls,
}

/// Puts a content into the outbox toward a device. `shown`: the conversation whose message row shows its delivery.
pub fn enqueue(
    cx: &mut Context<'_>,
    account: AccountId,
    device: DeviceId,
    id: MessageId,
    shown: Option<AccountId>,
    content: &Content,
) {
    let peer = peer_row(cx, account, device);
    let order = peer.next_order;
    let next = PeerRow {
        next_order: order.saturating_add(1),
        ..peer
    };
    cx.put(RowKey::Peer(device), Row::Peer(next));
    // Contents are bounded below a frame by their own limits.
    let Ok(content) = Blob::try_from(wire::encode(content)) else {
        return;
    };
    let row = OutboxRow {
        id,
        conversation: shown,
        content,
        sealed: None,
    };
    cx.put(RowKey::Outbox(device, order), Row::Outbox(row));
    cx.lanes.flush(device);
}

/// The row of a device, or how it begins.
pub(crate) fn peer_row(cx: &Context<'_>, account: AccountId, device: DeviceId) -> PeerRow {
    cx.resident.peer(device).cloned().unwrap_or(PeerRow {
        account,
        next_order: 0,
        session_number: 0,
    })
}

/// The certificate of a device: of a contact, or of the stranger that proved to be it on this link.
fn certificate(
    cx: &Context<'_>,
    links: &Links,
    account: AccountId,
    device: DeviceId,
) -> Option<DeviceCert> {
    let of_contact = cx
        .resident
        .contact(account)
        .and_then(|row| row.bundle.as_ref());
    let known = of_contact
        .and_then(|bundle| bundle.device(&device))
        .or_else(|| cx.members.certificate(account, device));
    if of_contact.is_some() || known.is_some() {
        return known.copied();
    }
    links
        .of(device)
        .into_iter()
        .filter_map(|link| {
            links
                .get(link)?
                .introduced
                .as_ref()?
                .device(&device)
                .copied()
        })
        .next()
}

/// A device as libsignal knows it.
fn remote(cert: &DeviceCert) -> RemoteIdentity {
    RemoteIdentity {
        sik: cert.signal_identity(),
        address: device_uuid(&cert.device()),
    }
}

/// Takes the steps of a contact request that wait for a device back: a newer exchange begins.
pub(crate) fn forget_steps(cx: &mut Context<'_>, courier: &mut Courier, device: DeviceId) {
    let steps = cx.resident.outbox(device).filter(|(_, row)| row.is_step());
    let steps: Vec<_> = steps.map(|(order, _)| order).collect();
    for order in steps {
        courier.flights.remove(&(device, order));
        cx.remove(RowKey::Outbox(device, order));
    }
}

/// Places of reports to a moderator of a community that wait for a device.
pub(crate) fn reports(
    cx: &Context<'_>,
    device: DeviceId,
    community: CommunityId,
) -> impl Iterator<Item = u64> {
    let rows = cx.resident.outbox(device);
    rows.filter(move |(_, row)| row.is_report(community))
        .map(|(order, _)| order)
}

/// Takes back reports to a moderator of a community that wait for a device.
pub(crate) fn forget_reports(
    cx: &mut Context<'_>,
    courier: &mut Courier,
    device: DeviceId,
    community: CommunityId,
) {
    let reports: Vec<_> = reports(cx, device, community).collect();
    for order in reports {
        courier.flights.remove(&(device, order));
        cx.remove(RowKey::Outbox(device, order));
    }
}

/// Gives up all that waits for a device now, and nothing that is said to it later.
pub(crate) fn give_up_later(cx: &mut Context<'_>, device: DeviceId, failure: Failure) {
    let Some(before) = cx.resident.peer(device).map(|peer| peer.next_order) else {
        return;
    };
    let _fits = cx
        .lanes
        .push(LaneId::Peer(device), Job::Drop { failure, before });
}

/// Gives up what waits for a device from before a place, some at a time. `true`: more is left.
///
/// # Errors
/// When message rows must be loaded first.
pub fn give_up(
    cx: &mut Context<'_>,
    courier: &mut Courier,
    device: DeviceId,
    failure: Failure,
    before: u64,
) -> Result<bool, Missing> {
    let rows: Vec<_> = cx
        .resident
        .outbox(device)
        .take_while(|(order, _)| *order < before)
        .take(limits::FLUSH_STEP)
        .map(|(order, row)| (order, row.id, row.conversation.is_some()))
        .collect();
    let own = cx.local.device;
    let shown = rows
        .iter()
        .filter(|row| row.2)
        .map(|row| own_ref(own, row.1));
    cx.resident.require_messages(shown)?;
    for (order, id, shown) in &rows {
        courier.flights.remove(&(device, *order));
        cx.remove(RowKey::Outbox(device, *order));
        if *shown {
            set_delivery(cx, *id, device, Delivery::Failed(failure));
        }
    }
    Ok(cx
        .resident
        .outbox(device)
        .next()
        .is_some_and(|(order, _)| order < before))
}

const fn own_ref(own: DeviceId, id: MessageId) -> crate::message::MessageRef {
    crate::message::MessageRef { author: own, id }
}

/// Notes how an own message fared with a device. Its row is in memory.
fn set_delivery(cx: &mut Context<'_>, id: MessageId, device: DeviceId, delivery: Delivery) {
    let message = own_ref(cx.local.device, id);
    let Ok(Some(row)) = cx.resident.message(message) else {
        return;
    };
    let mut list = row.delivery.to_vec();
    let Some(entry) = list.iter_mut().find(|entry| entry.0 == device) else {
        return;
    };
    if entry.1 == delivery {
        return;
    }
    entry.1 = delivery;
    let row = MessageRow {
        delivery: list.try_into().unwrap_or_default(),
        ..row.clone()
    };
    cx.put(RowKey::Message(message), Row::Message(row.clone()));
    if !matches!(row.content, crate::persist::MessageContent::Effect(_)) {
        conversation::tell(cx, message, row, false, When::Durable);
    }
}

/// A device is proved at the other end of a link: what waits for it may go.
pub fn reached(cx: &mut Context<'_>, courier: &mut Courier, device: DeviceId) {
    courier.fetched.remove(&device);
    cx.timers.stop(Timer::Fetch(device));
    cx.lanes.flush(device);
}

pub use acks::on_ack;
pub use flush::{flush, on_offer};
pub(crate) use keys::enqueue_key;
pub use open::{Incoming, open};
pub(crate) use parts::parts_waiting;
pub use reset::{on_reset, verify_reset};
