//! Outbox to link: encrypt what is new, repeat what is late, acknowledge what came.

use crate::courier::{Courier, Desks, Flight, certificate, peer_row, remote};
use crate::crypto::{Hash32, Label};
use crate::identity::{DeviceCert, DeviceId};
use crate::link::{Frame, LinkId, Links};
use crate::message::{Content, Envelope, MessageId};
use crate::persist::{
    ContactRow, ContactState, OutboxRow, PeerRow, Row, RowKey, SealedRow, SessionRow, Trust,
};
use crate::session::{self, PrekeyOffer, SessionError, SessionRecord};
use crate::turn::{Context, Missing, Timer, When};
use crate::{limits, wire};

/// Sends what waits for a device, as far as a link and a session are there.
///
/// # Errors
/// When the session, or a part of an attachment, must be loaded first.
pub fn flush(cx: &mut Context<'_>, desks: &mut Desks<'_>, device: DeviceId) -> Result<(), Missing> {
    let Some(link) = desks.links.best(device) else {
        return Ok(());
    };
    let Some((account, _)) = desks.links.get(link).and_then(|link| link.peer) else {
        return Ok(());
    };
    let contact = cx.resident.contact(account);
    let shares = cx.members.get(account).is_some();
    let closed = contact
        .is_some_and(|row| row.state == ContactState::Blocked || row.trust == Trust::Changed);
    if closed && !shares {
        return Ok(());
    }
    let may = May {
        steps: !closed,
        keys: shares,
        messages: !closed && accepts(contact),
    };
    let Some(cert) = certificate(cx, desks.links, account, device) else {
        return Ok(());
    };
    let acks = super::acks::due(cx, desks.courier, device);
    let mut work = plan(cx, desks.courier, device, link, may);
    if acks.is_empty() && work.is_empty() {
        schedule_resend(cx, desks.courier, device);
        return Ok(());
    }
    let record = cx.resident.session(device)?.map(|row| row.record.clone());
    let now = cx.now.wall.as_millis();
    let Some(record) = record.filter(|record| session::usable(record, now)) else {
        // Also for acknowledgements alone: the other end repeats itself until it has them.
        fetch(cx, desks.courier, device, link);
        return Ok(());
    };
    let more = work.len() > limits::FLUSH_STEP;
    work.truncate(limits::FLUSH_STEP);
    let session = peer_row(cx, account, device).session_number;
    let planned = work.len();
    let work = super::parts::ready(cx, desks.courier, device, work, session)?;
    // Places that were freed let others into the window, and nobody will acknowledge them.
    let more = more || work.len() < planned;
    let mut sender = Sender {
        device,
        link,
        cert,
        record,
    };
    for order in work {
        sender.send_row(cx, desks.courier, order);
    }
    if !acks.is_empty() {
        sender.send_acks(cx, desks.courier, acks);
    }
    if more {
        cx.lanes.flush(device);
    }
    schedule_resend(cx, desks.courier, device);
    Ok(())
}

/// What may be said to an account now.
#[derive(Clone, Copy, Debug)]
struct May {
    /// Steps of a contact request.
    steps: bool,
    /// Keys of a community that is shared.
    keys: bool,
    /// Messages.
    messages: bool,
}

fn accepts(contact: Option<&ContactRow>) -> bool {
    contact.is_some_and(|row| matches!(row.state, ContactState::Accepted { .. }))
}

/// Places in the outbox that are to be sent now: within the window, those not in flight on this link, and those
/// that are late. Keys and steps of a contact request go first: the other end passes messages over until both have accepted,
/// and a window full of them would keep the very step away that they wait for.
fn plan(cx: &Context<'_>, courier: &Courier, device: DeviceId, link: LinkId, may: May) -> Vec<u64> {
    let mut window = limits::IN_FLIGHT_BYTES_PER_DEVICE;
    let first =
        |row: &OutboxRow| (may.steps && row.is_step()) || (may.keys && row.is_of_community());
    let steps = cx.resident.outbox(device).filter(|(_, row)| first(row));
    let others = cx
        .resident
        .outbox(device)
        .filter(|(_, row)| may.messages && !row.is_step() && !row.is_of_community());
    steps
        .chain(others)
        .take(limits::IN_FLIGHT_PER_DEVICE_MAX)
        .take_while(|(_, row)| {
            let open = window > 0; // one is always allowed, however large
            window = window.saturating_sub(super::parts::weight(row));
            open
        })
        .filter(|(order, _)| match courier.flights.get(&(device, *order)) {
            None => true,
            Some(flight) => flight.link != link || due_at(flight) <= cx.now.mono,
        })
        .map(|(order, _)| order)
        .collect()
}

fn due_at(flight: &Flight) -> crate::time::Instant {
    let factor = 1_u32
        .checked_shl(flight.tries.saturating_sub(1).min(10))
        .unwrap_or(u32::MAX);
    flight.sent.after(
        limits::RESEND_FIRST
            .saturating_mul(factor)
            .min(limits::RESEND_MAX),
    )
}

fn schedule_resend(cx: &mut Context<'_>, courier: &Courier, device: DeviceId) {
    let flights = courier.flights.range((device, 0)..=(device, u64::MAX));
    match flights.map(|(_, flight)| due_at(flight)).min() {
        // What is late already and still did not go is not tried again at once, for ever.
        Some(at) if at <= cx.now.mono => {
            cx.timers
                .set_in(Timer::Resend(device), cx.now.mono, limits::RESEND_FIRST);
        }
        Some(at) => cx.timers.set(Timer::Resend(device), at),
        None => cx.timers.stop(Timer::Resend(device)),
    }
}

/// Asks the device for keys, unless that was just done.
fn fetch(cx: &mut Context<'_>, courier: &mut Courier, device: DeviceId, link: LinkId) {
    let next = courier
        .fetched
        .get(&device)
        .map(|last| last.after(limits::FETCH_INTERVAL));
    let at = match next {
        Some(at) if at > cx.now.mono => at,
        _ => {
            courier.fetched.insert(device, cx.now.mono);
            cx.send(link, &Frame::PrekeyFetch, When::Now);
            cx.now.mono.after(limits::FETCH_INTERVAL)
        }
    };
    // Asked again until an offer comes: it, or the link, may have been lost.
    cx.timers.set(Timer::Fetch(device), at);
}

/// One device, one link, one session, for the length of a flush.
struct Sender {
    device: DeviceId,
    link: LinkId,
    cert: DeviceCert,
    record: SessionRecord,
}

impl Sender {
    fn send_row(&mut self, cx: &mut Context<'_>, courier: &mut Courier, order: u64) {
        let key = RowKey::Outbox(self.device, order);
        let Some(row) = cx.resident.outbox_row(self.device, order).cloned() else {
            return;
        };
        let session = peer_row(cx, self.cert.account(), self.device).session_number;
        let sealed = match row
            .sealed
            .clone()
            .filter(|sealed| sealed.session == session)
        {
            Some(sealed) => sealed,
            None => {
                let Some(sealed) = self.seal_row(cx, &row, session) else {
                    return;
                };
                let row = OutboxRow {
                    sealed: Some(sealed.clone()),
                    ..row.clone()
                };
                cx.put(key, Row::Outbox(row));
                sealed
            }
        };
        let tries = courier
            .flights
            .get(&(self.device, order))
            .map_or(0, |flight| flight.tries);
        let flight = Flight {
            link: self.link,
            sent: cx.now.mono,
            tries: tries.saturating_add(1),
        };
        courier.flights.insert((self.device, order), flight);
        let frame = Frame::Sealed {
            hint: row.id,
            kind: sealed.kind,
            bytes: sealed.bytes,
        };
        cx.send(self.link, &frame, When::Durable);
    }

    fn seal_row(
        &mut self,
        cx: &mut Context<'_>,
        row: &OutboxRow,
        session: u32,
    ) -> Option<SealedRow> {
        let content: Content = wire::decode(&row.content, limits::FRAME_MAX).ok()?;
        let content = super::parts::filled(cx, content)?;
        let sealed = self.seal(cx, content)?;
        let bytes = sealed.bytes.try_into().ok()?;
        Some(SealedRow {
            session,
            kind: sealed.kind,
            bytes,
        })
    }

    /// Encrypts, and stores the advanced session with this turn.
    fn seal(&mut self, cx: &mut Context<'_>, content: Content) -> Option<session::Ciphertext> {
        let plaintext = Envelope {
            binding: cx.local.binding(&self.cert),
            content,
        }
        .encode();
        let now = cx.now.wall.as_millis();
        let remote = remote(&self.cert);
        let local = &cx.local.signal;
        match session::encrypt(local, &remote, &self.record, &plaintext, now, cx.rng) {
            Ok((record, ciphertext)) => {
                self.record = record;
                let row = SessionRow {
                    record: self.record.clone(),
                };
                cx.put(RowKey::Session(self.device), Row::Session(row));
                Some(ciphertext)
            }
            Err(SessionError::TooLong) => None,
            Err(_) => {
                // A session that cannot send, with other keys or one that does not decode, makes room for a new one.
                cx.remove(RowKey::Session(self.device));
                cx.lanes.flush(self.device);
                None
            }
        }
    }

    fn send_acks(&mut self, cx: &mut Context<'_>, courier: &mut Courier, ids: Vec<MessageId>) {
        let Ok(ids) = ids.try_into() else { return };
        let Some(sealed) = self.seal(cx, Content::Ack(ids)) else {
            return;
        };
        let hash = Hash32::of(Label::Ciphertext, &sealed.bytes);
        super::acks::sent(cx, courier, self.device, hash);
        let Ok(bytes) = sealed.bytes.try_into() else {
            return;
        };
        let frame = Frame::Sealed {
            hint: MessageId([0; 16]),
            kind: sealed.kind,
            bytes,
        };
        let when = if cx.faults.acks_early() {
            When::Now
        } else {
            When::Durable
        };
        cx.send(self.link, &frame, when);
    }
}

/// Makes a session from an offer that we asked for.
///
/// # Errors
/// When the session must be loaded first, or the offer does not verify.
pub fn on_offer(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    offer: &PrekeyOffer,
) -> Result<(), super::Stop> {
    let Some(account) = peer_account(desks.links, device) else {
        return Ok(());
    };
    let Some(cert) = certificate(cx, desks.links, account, device) else {
        return Ok(());
    };
    if !desks.courier.fetched.contains_key(&device) {
        return Ok(()); // a repeated answer
    }
    let existing = cx.resident.session(device)?.map(|row| row.record.clone());
    let now = cx.now.wall.as_millis();
    if existing
        .as_ref()
        .is_some_and(|record| session::usable(record, now))
    {
        cx.lanes.flush(device);
        return Ok(());
    }
    let local = &cx.local.signal;
    let made = session::establish(local, &remote(&cert), offer, existing.as_ref(), now, cx.rng);
    let record = match made {
        Ok(record) => record,
        Err(SessionError::Fault(fault)) => return Err(fault.into()),
        Err(_) => {
            cx.remove(RowKey::Session(device));
            return Ok(());
        }
    };
    desks.courier.fetched.remove(&device);
    cx.timers.stop(Timer::Fetch(device));
    let peer = peer_row(cx, account, device);
    let number = peer.session_number.saturating_add(1);
    cx.put(
        RowKey::Peer(device),
        Row::Peer(PeerRow {
            session_number: number,
            ..peer
        }),
    );
    cx.put(RowKey::Session(device), Row::Session(SessionRow { record }));
    // Everything in flight was sealed in a session that is no more: it goes again, in this one.
    desks.courier.flights.retain(|(to, _), _| *to != device);
    cx.lanes.flush(device);
    Ok(())
}

fn peer_account(links: &Links, device: DeviceId) -> Option<crate::identity::AccountId> {
    links.get(links.best(device)?)?.peer.map(|peer| peer.0)
}
