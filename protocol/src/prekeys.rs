//! Own prekeys: made in time, offered to who asks over a live link, forgotten when used or old.
//!
//! A live offer has a one-time X25519 and a one-time ML-KEM key. Who asks too often, or when too many are out,
//! gets the last-resort offer instead: weaker against a later theft of this device, replayable but for the set of
//! uses that is kept with it (groups-and-security.md T6).

use crate::limits;
use crate::link::{Frame, LinkId, Links};
use crate::persist::{DeviceRow, PrekeyKind, PrekeyRow, Row, RowKey, SeenRow};
use crate::session::{self, KyberRow, PrekeyNeeds, PrekeyOffer, UsedPrekeys};
use crate::time::Timestamp;
use crate::turn::{Context, Resident, Timer, When};

/// Makes what is missing, replaces what is a week old, forgets what is a month old. Last-resort keys whose uses crowd the
/// memory are replaced and forgotten at once: who still holds an offer of them is told to fetch another.
pub fn maintain(cx: &mut Context<'_>) {
    let crowded =
        cx.resident.last_resort_seen().count() >= limits::LAST_RESORT_SEEN_MAX.div_ceil(2);
    let device = cx.resident.device();
    let age = cx.now.wall.since(device.signed_at);
    // A wall clock that fell back leaves `signed_at` in the future; then a new pair is due as well.
    let future = device.signed_at > cx.now.wall;
    if device.signed == 0 || age >= limits::SIGNED_PREKEY_ROTATION || future || crowded {
        let signed = make(cx, PrekeyKind::Signed);
        let last_resort = make(cx, PrekeyKind::LastResortKem);
        let row = cx.resident.device();
        let row = DeviceRow {
            signed,
            last_resort,
            signed_at: cx.now.wall,
            ..row
        };
        cx.put(RowKey::Device, Row::Device(row));
    }
    expire(cx, crowded);
    cx.timers.set_in(
        Timer::Prekeys,
        cx.now.mono,
        std::time::Duration::from_secs(3_600),
    );
}

fn make(cx: &mut Context<'_>, kind: PrekeyKind) -> u32 {
    let row = cx.resident.device();
    let id = row.next_prekey.max(1);
    // libsignal's ids are 24 bits in places; after 16 million keys the numbers begin anew.
    let next_prekey = if id >= 0x00ff_ffff {
        1
    } else {
        id.saturating_add(1)
    };
    cx.put(
        RowKey::Device,
        Row::Device(DeviceRow { next_prekey, ..row }),
    );
    let local = &cx.local.signal;
    let now = cx.now.wall.as_millis();
    let record = match kind {
        PrekeyKind::OneTime => session::generate_one_time(id, cx.rng),
        PrekeyKind::Signed => session::generate_signed(local, id, now, cx.rng),
        PrekeyKind::OneTimeKem | PrekeyKind::LastResortKem => {
            session::generate_kyber(local, id, now, cx.rng)
        }
    };
    // Making a key from good randomness cannot fail; were it to, the row would be absent and the offer not made.
    if let Ok(record) = record {
        let row = PrekeyRow {
            record,
            created: cx.now.wall,
        };
        cx.put(RowKey::Prekey(kind, id), Row::Prekey(row));
    }
    id
}

fn expire(cx: &mut Context<'_>, crowded: bool) {
    let now = cx.now.wall;
    let current = cx.resident.device();
    let old = |kind: PrekeyKind, id: u32, created: Timestamp| match kind {
        PrekeyKind::OneTime | PrekeyKind::OneTimeKem => {
            now.since(created) > limits::ONE_TIME_LIFETIME
        }
        PrekeyKind::Signed => {
            id != current.signed && now.since(created) > limits::SIGNED_PREKEY_LIFETIME
        }
        PrekeyKind::LastResortKem => {
            let aged = now.since(created) > limits::SIGNED_PREKEY_LIFETIME;
            id != current.last_resort && (aged || crowded)
        }
    };
    let gone: Vec<_> = cx
        .resident
        .prekeys()
        .filter(|(kind, id, row)| old(*kind, *id, row.created))
        .map(|(kind, id, _)| RowKey::Prekey(kind, id))
        .collect();
    for key in gone {
        cx.remove(key);
    }
    // The set of uses lives exactly as long as the last-resort keys that it protects.
    let orphans: Vec<_> = cx
        .resident
        .last_resort_seen()
        .filter(|(key, _)| match key {
            RowKey::LastResortSeen(kem, ..) => cx
                .resident
                .prekey(PrekeyKind::LastResortKem, *kem)
                .is_none(),
            _ => false,
        })
        .map(|(key, _)| key)
        .collect();
    for key in orphans {
        cx.remove(key);
    }
}

/// Answers a fetch. The keys are durable before they leave: a first message on a key that a crash took back
/// would never open.
pub fn serve(cx: &mut Context<'_>, links: &mut Links, link: LinkId) {
    let Some(state) = links.get_mut(link) else {
        return;
    };
    if state
        .offered
        .is_some_and(|last| last.after(limits::OFFER_INTERVAL) > cx.now.mono)
    {
        return; // two bytes must not buy a thousand; who needs one asks again
    }
    state.offered = Some(cx.now.mono);
    state.offers = state.offers.saturating_add(1);
    let outstanding = cx
        .resident
        .prekeys()
        .filter(|(kind, ..)| *kind == PrekeyKind::OneTime)
        .count();
    let one_time = state.offers <= limits::OFFERS_PER_LINK_MAX
        && outstanding < limits::ONE_TIME_OUTSTANDING_MAX;
    if cx.resident.device().signed == 0 {
        maintain(cx);
    }
    let (curve, kem, last_resort) = if one_time {
        let curve = make(cx, PrekeyKind::OneTime);
        (Some(curve), make(cx, PrekeyKind::OneTimeKem), false)
    } else {
        (None, cx.resident.device().last_resort, true)
    };
    let kind = if last_resort {
        PrekeyKind::LastResortKem
    } else {
        PrekeyKind::OneTimeKem
    };
    let signed = cx
        .resident
        .prekey(PrekeyKind::Signed, cx.resident.device().signed);
    let kem = cx.resident.prekey(kind, kem);
    let (Some(signed), Some(kem)) = (signed, kem) else {
        return;
    };
    let curve = curve.and_then(|id| cx.resident.prekey(PrekeyKind::OneTime, id));
    let kyber = KyberRow {
        record: &kem.record,
        last_resort,
    };
    let curve = curve.map(|row| row.record.as_slice());
    let offer = PrekeyOffer::from_rows(&cx.local.signal, &signed.record, kyber, curve);
    if let Ok(offer) = offer {
        cx.send(
            link,
            &Frame::Prekeys {
                offer: Box::new(offer),
            },
            When::Durable,
        );
    }
}

/// Whether no more uses of last-resort keys can be remembered: then none is used, for its replay would not be known.
#[must_use]
pub fn last_resort_is_full(resident: &Resident) -> bool {
    resident.last_resort_seen().count() >= limits::LAST_RESORT_SEEN_MAX
}

/// The key under which the use of a last-resort key is remembered.
#[must_use]
pub fn seen_key(needs: &PrekeyNeeds) -> RowKey {
    seen(needs.kyber, needs.signed, &needs.base_key)
}

fn seen(kem: u32, signed: u32, base: &[u8; 33]) -> RowKey {
    let base = crate::crypto::Hash32::of(crate::crypto::Label::Prekeys, base);
    RowKey::LastResortSeen(kem, signed, base)
}

/// Stores that these prekeys were used, with the session that they made.
pub fn used(cx: &mut Context<'_>, used: &UsedPrekeys) {
    if let Some(id) = used.one_time {
        cx.remove(RowKey::Prekey(PrekeyKind::OneTime, id));
    }
    if let Some(id) = used.kyber {
        cx.remove(RowKey::Prekey(PrekeyKind::OneTimeKem, id));
    }
    if let Some((kem, signed, base)) = &used.last_resort_seen {
        let row = SeenRow { at: cx.now.wall };
        cx.put(seen(*kem, *signed, base), Row::LastResortSeen(row));
    }
}
