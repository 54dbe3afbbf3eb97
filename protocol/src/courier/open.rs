//! Link to content: open a ciphertext, act on what it says, and store both together.
//!
//! The session's advance and the content's effects go into one batch. Whatever stops the job before, leaves no
//! trace: the same bytes can be opened again.

use crate::courier::{Desks, Stop, Waiting, certificate, peer_row, remote};
use crate::crypto::{Hash32, Label};
use crate::error::Misbehaved;
use crate::identity::{AccountId, DeviceCert, DeviceId};
use crate::link::LinkId;
use crate::message::{ContactStep, Content, DirectEvent, Envelope, MessageId, MessageRef};
use crate::persist::{ContactState, MessageRow, PrekeyKind, Row, RowKey, SessionRow};
use crate::session::{self, Kind, KyberRow, OpenError, Opened, PrekeyNeeds, PrekeyRows};
use crate::turn::Context;
use crate::{community, contact, conversation, prekeys, presence};

/// A ciphertext as it came.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// Over which link.
    pub link: LinkId,
    /// What its sender calls it.
    pub hint: MessageId,
    /// First or later message of a session.
    pub kind: Kind,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Opens a ciphertext and acts on it.
///
/// # Errors
/// When rows must be loaded first, or the peer is at fault.
pub fn open(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    incoming: Incoming<'_>,
) -> Result<(), Stop> {
    let Some((account, proved)) = desks.links.get(incoming.link).and_then(|link| link.peer) else {
        return Ok(()); // the link is gone; the sender repeats it
    };
    let contact = cx.resident.contact(account);
    let blocked = contact.is_some_and(|row| row.state == ContactState::Blocked);
    if proved != device || (blocked && cx.members.get(account).is_none()) {
        return Ok(());
    }
    if desks
        .courier
        .fails_too_often(device, incoming.kind, cx.now.mono)
    {
        return Ok(()); // it comes again; by then there is a session that opens it, or it costs us nothing
    }
    let Some(cert) = certificate(cx, desks.links, account, device) else {
        return Ok(());
    };
    let record = cx.resident.session(device)?.map(|row| row.record.clone());
    let hash = Hash32::of(Label::Ciphertext, incoming.bytes);
    if desks.courier.has_heard(device, &hash) {
        return Ok(()); // an acknowledgement again: its keys are gone, and nothing is wrong with the session
    }
    let waiting = desks.courier.opened.remove(&device);
    let result = match waiting.filter(|w| w.hash == hash && w.before == record) {
        Some(waiting) => Ok(waiting.opened),
        None => decrypt(cx, &cert, record.as_ref(), incoming)?,
    };
    match result {
        Ok(opened) => {
            let result = act(cx, desks, account, &cert, (&opened, hash));
            if matches!(result, Err(Stop::Missing(_))) {
                desks.courier.opened.insert(
                    device,
                    Waiting {
                        hash,
                        before: record,
                        opened,
                    },
                );
            }
            result
        }
        Err(OpenError::Duplicate) => repeated(cx, desks, device, incoming),
        Err(OpenError::Unopened | OpenError::MissingPrekey | OpenError::Corrupt(_)) => {
            // Sent again after its keys were dropped: libsignal keeps the last five receiving chains, and every
            // acknowledgement that crosses another one begins a chain. What is stored needs no opening.
            if stored(cx, device, incoming.hint)? {
                super::acks::owe(cx, desks.courier, device, incoming.hint);
                return Ok(());
            }
            // A stored record that does not decode opens nothing; sending removes it and makes a new one.
            desks.courier.failed(device, incoming.kind, cx.now.mono);
            super::reset::ask(
                cx,
                desks.links,
                desks.courier,
                incoming.link,
                incoming.bytes,
            );
            Ok(())
        }
        Err(OpenError::Misbehaved(fault)) => Err(fault.into()),
    }
}

fn decrypt(
    cx: &mut Context<'_>,
    cert: &DeviceCert,
    record: Option<&session::SessionRecord>,
    incoming: Incoming<'_>,
) -> Result<Result<Opened, OpenError>, Stop> {
    let needs = match incoming.kind {
        Kind::PreKey => Some(session::needs(incoming.bytes)?),
        Kind::Whisper => None,
    };
    let resident = &*cx.resident;
    let prekeys = needs
        .as_ref()
        .map_or_else(PrekeyRows::default, |needs| rows(resident, needs));
    Ok(session::decrypt(
        &cx.local.signal,
        &remote(cert),
        record,
        &prekeys,
        incoming.kind,
        incoming.bytes,
        cx.rng,
    ))
}

fn rows<'a>(resident: &'a crate::turn::Resident, needs: &PrekeyNeeds) -> PrekeyRows<'a> {
    let one_time = needs
        .one_time
        .and_then(|id| resident.prekey(PrekeyKind::OneTime, id));
    let kem = resident
        .prekey(PrekeyKind::OneTimeKem, needs.kyber)
        .map(|row| KyberRow {
            record: &row.record,
            last_resort: false,
        });
    let last_resort = resident
        .prekey(PrekeyKind::LastResortKem, needs.kyber)
        .filter(|_| !prekeys::last_resort_is_full(resident))
        .map(|row| KyberRow {
            record: &row.record,
            last_resort: true,
        });
    PrekeyRows {
        one_time: one_time.map(|row| row.record.as_slice()),
        signed: resident
            .prekey(PrekeyKind::Signed, needs.signed)
            .map(|row| row.record.as_slice()),
        kyber: kem.or(last_resort),
        kyber_seen: resident.contains(&prekeys::seen_key(needs)),
    }
}

/// Acts on an opened content. Lookups come first; nothing is written before all of them succeeded.
fn act(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    account: AccountId,
    cert: &DeviceCert,
    (opened, hash): (&Opened, Hash32),
) -> Result<(), Stop> {
    let device = cert.device();
    desks.courier.succeeded(device);
    let envelope = Envelope::decode(&opened.plaintext)?;
    if envelope.binding != cx.local.binding_from(cert) {
        return Err(Misbehaved::WrongBinding.into());
    }
    let request = matches!(
        envelope.content,
        Content::Contact {
            step: ContactStep::Request { .. },
            ..
        }
    );
    let key = matches!(envelope.content, Content::Community(_) | Content::Ack(_));
    let shares = cx.members.get(account).is_some();
    let contact = cx.resident.contact(account).map(|row| &row.state);
    let heard = match contact {
        Some(ContactState::Blocked) => key && shares,
        Some(_) => true,
        None => request || (key && shares),
    };
    if !heard {
        return Err(Stop::Ignored); // nothing else of a stranger is worth a row
    }
    let id = match envelope.content {
        Content::Ack(ids) => {
            super::on_ack(cx, desks.courier, device, &ids)?;
            None
        }
        Content::Direct(message) => {
            conversation::receive(cx, account, device, &message)?;
            if let DirectEvent::Text { .. } | DirectEvent::Reply { .. } = message.event {
                presence::typing_over(cx, desks.board, device);
            }
            Some(message.id)
        }
        Content::Contact { id, step } => {
            contact::on_step(cx, desks, (account, device), id, step)?;
            Some(id)
        }
        Content::Community(message) => {
            // A name that is taken already is answered, and what it is of stays as it is.
            if !stored(cx, device, message.id)? {
                community::receive(cx, desks, (account, device), &message)?;
                remember(cx, account, device, message.id);
            }
            Some(message.id)
        }
    };
    let row = SessionRow {
        record: opened.record.clone(),
    };
    cx.put(RowKey::Session(device), Row::Session(row));
    if cx.resident.peer(device).is_none() {
        // Who has a session has this row: by it a new incarnation finds the sessions that it must forget.
        cx.put(
            RowKey::Peer(device),
            Row::Peer(peer_row(cx, account, device)),
        );
    }
    if let Some(used) = &opened.used {
        prekeys::used(cx, used);
    }
    match id {
        Some(id) => super::acks::owe(cx, desks.courier, device, id),
        None => desks.courier.heard(device, hash),
    }
    // An answer may wait for nothing but this session.
    if cx.resident.outbox(device).next().is_some() {
        cx.lanes.flush(device);
    }
    Ok(())
}

/// Remembers that a key was here: its repetition is acknowledged, whether or not the session opens it.
fn remember(cx: &mut Context<'_>, account: AccountId, device: DeviceId, id: MessageId) {
    let name = MessageRef { author: device, id };
    let row = MessageRow::step(account, cx.now.wall);
    cx.put(RowKey::Message(name), Row::Message(row));
}

/// The session opened these bytes before. If what they said is stored, it is acknowledged again; if not, the session
/// of one side was rolled back, and only a new one helps.
fn repeated(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    incoming: Incoming<'_>,
) -> Result<(), Stop> {
    let Desks { links, courier, .. } = desks;
    if stored(cx, device, incoming.hint)? {
        super::acks::owe(cx, courier, device, incoming.hint);
    } else {
        super::reset::ask(cx, links, courier, incoming.link, incoming.bytes);
    }
    Ok(())
}

/// Whether what a device calls by this id is stored here.
fn stored(cx: &mut Context<'_>, device: DeviceId, id: MessageId) -> Result<bool, Stop> {
    let known = MessageRef { author: device, id };
    Ok(cx.resident.message(known)?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;
    use crate::persist::{PrekeyRow, SeenRow, Snapshot};
    use crate::time::Timestamp;

    #[test]
    fn a_last_resort_key_opens_nothing_when_its_uses_can_no_longer_be_remembered() {
        let needs = PrekeyNeeds {
            one_time: None,
            signed: 1,
            kyber: 2,
            base_key: [5; 33],
            identity: [6; 33],
            registration_id: 7,
        };
        for (uses, opens) in [
            (limits::LAST_RESORT_SEEN_MAX - 1, true),
            (limits::LAST_RESORT_SEEN_MAX, false),
        ] {
            let at = Timestamp::default();
            let mut snapshot = Snapshot::default();
            let (record, created) = (vec![1], at);
            let key = RowKey::Prekey(PrekeyKind::LastResortKem, needs.kyber);
            let row = Row::Prekey(PrekeyRow { record, created });
            snapshot.rows.insert(key, row);
            for n in 0..uses {
                let base = Hash32::of(Label::Prekeys, &n.to_le_bytes());
                let key = RowKey::LastResortSeen(needs.kyber, needs.signed, base);
                snapshot
                    .rows
                    .insert(key, Row::LastResortSeen(SeenRow { at }));
            }
            let resident = crate::turn::Resident::new(snapshot);
            assert_eq!(rows(&resident, &needs).kyber.is_some(), opens, "{uses}");
        }
    }
}
