//! Secrets of epochs: made with every removal, handed to every device that stays, asked for by those that miss one.
//!
//! `T` is 32 random bytes; the op that makes the epoch holds its hash, and under its control key those of its parents
//! (§2.5.1, A6, A7). Secrets travel in sessions, through the outbox.

use crate::community::Halls;
use crate::community::hall::Hall;
use crate::community::reach::{linked, other_devices};
use crate::control::body::{Body, NewEpoch};
use crate::control::{Bits, CommunityId, Fate, OpId};
use crate::courier::{Desks, Stop, enqueue_key};
use crate::crypto::{Hash32, Label, aead, kdf};
use crate::error::{Misbehaved, Rejected};
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::link::{CommunityFrame, Frame};
use crate::message::{CommunityMessage, KeyMessage, MessageId};
use crate::persist::{CommunityState, Row, RowKey, SecretRow};
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Context, Timer, When};
use crate::wire::Blob;

/// The hash by which an op names its epoch's secret.
#[must_use]
fn commitment(secret: &[u8; 32]) -> Hash32 {
    Hash32::of(Label::EpochSecret, secret)
}

/// The key of an epoch for control ops.
fn control_key(secret: &[u8; 32]) -> [u8; 32] {
    *kdf(Label::EpochControl, &[secret])
}

/// Epochs that count and that no other follows, the newest eight.
fn tips(hall: &Hall) -> Vec<OpId> {
    let control = hall.control();
    let now = control.log().now();
    let mut tips: Vec<(u32, OpId)> = Vec::new();
    let mut followed = Vec::new();
    for id in control.log().in_order() {
        let Some(Body::Rekey(epoch)) = control.op(&id).map(|op| &op.body) else {
            continue;
        };
        if now.fate(&id) == Some(Fate::Valid) {
            followed.extend(epoch.parents.iter().copied());
            tips.push((epoch.n, id));
        }
    }
    tips.retain(|(_, id)| !followed.contains(id));
    tips.sort_unstable_by_key(|(n, id)| (std::cmp::Reverse(*n), *id));
    let mut tips: Vec<OpId> = tips.into_iter().map(|(_, id)| id).collect();
    tips.truncate(limits::EPOCH_PARENTS_MAX);
    tips.sort();
    tips
}

/// The op of a new epoch as things stand, and its secret.
fn new_epoch(cx: &mut Context<'_>, hall: &Hall) -> (Body, [u8; 32]) {
    let control = hall.control();
    let secret: [u8; 32] = cx.rng.bytes();
    let parents = tips(hall);
    let number = |id: &OpId| match control.op(id).map(|op| &op.body) {
        Some(Body::Rekey(epoch)) => epoch.n.saturating_add(1),
        _ => 0,
    };
    let n = parents.iter().map(number).max().unwrap_or(0);
    let mut covers = control.log().now().to_cover(&parents);
    covers.truncate(limits::COVERS_MAX);
    let key = control_key(&secret);
    let wrapped: Vec<Blob<48>> = parents
        .iter()
        .enumerate()
        .map(|(index, parent)| {
            let held = cx.resident.secret(control.community(), *parent);
            let under = held.map(|row| control_key(&row.secret));
            let mut nonce = [0; 24];
            if let (Some(first), Ok(index)) = (nonce.first_mut(), u8::try_from(index)) {
                *first = index; // the key is used for these alone
            }
            let sealed = under.map(|under| aead::seal(&key, &nonce, &parent.0.0, &under));
            sealed
                .and_then(|sealed| Blob::try_from(sealed).ok())
                .unwrap_or_default()
        })
        .collect();
    let epoch = NewEpoch {
        n,
        parents: parents.try_into().unwrap_or_default(),
        commit: commitment(&secret),
        wrapped: wrapped.try_into().unwrap_or_default(),
        covers: covers.try_into().unwrap_or_default(),
    };
    (Body::Rekey(Box::new(epoch)), secret)
}

/// Makes a new epoch and hands its secret to every other device.
///
/// # Errors
/// When this account may not, or this device may not speak.
pub(super) fn rekey(cx: &mut Context<'_>, hall: &mut Hall) -> Result<OpId, Rejected> {
    let (body, secret) = new_epoch(cx, hall);
    let made = hall.author(cx, vec![body])?;
    let epoch = made.first().copied().ok_or(Rejected::NotPermitted)?;
    let id = hall.control().community();
    keep(cx, id, epoch, secret);
    for (account, device) in other_devices(cx, hall) {
        hand_over(cx, (account, device), id, epoch, secret);
    }
    Ok(epoch)
}

fn keep(cx: &mut Context<'_>, id: CommunityId, epoch: OpId, secret: [u8; 32]) {
    let since = cx.now.wall;
    cx.put(
        RowKey::Secret(id, epoch),
        Row::Secret(SecretRow { secret, since }),
    );
}

fn hand_over(
    cx: &mut Context<'_>,
    (account, device): (AccountId, DeviceId),
    community: CommunityId,
    epoch: OpId,
    secret: [u8; 32],
) {
    let id = MessageId(cx.rng.bytes());
    let message = CommunityMessage {
        id,
        community,
        key: KeyMessage::Secret { epoch, secret },
    };
    enqueue_key(cx, account, device, message);
}

/// Hands the secrets that a new member needs to its devices.
pub(super) fn welcome(cx: &mut Context<'_>, hall: &Hall, account: AccountId) {
    let id = hall.control().community();
    let now = hall.control().log().now();
    let Some(epoch) = now.epoch() else { return };
    let Some(secret) = cx.resident.secret(id, epoch).map(|row| row.secret) else {
        return; // they ask another member
    };
    for device in now.devices(&account) {
        hand_over(cx, (account, device), id, epoch, secret);
    }
}

/// Looks after the epoch: asks for the secret of one that is new, or sees to it that somebody makes one.
pub(super) fn look_after(cx: &mut Context<'_>, desks: &Desks<'_>, id: CommunityId) {
    let Some(hall) = takes_part(cx, desks.halls, id) else {
        return;
    };
    let now = hall.control().log().now();
    match now.epoch() {
        Some(epoch) => {
            cx.timers.stop(Timer::Rekey(id));
            if let Some(row) = cx.resident.secret(id, epoch) {
                let since = row.since;
                cx.timers.stop(Timer::Secret(id));
                if cx.now.wall.since(since) > limits::SECRET_LIFETIME {
                    forget_old(cx, hall);
                }
            } else if !cx.timers.runs(Timer::Secret(id)) {
                cx.timers
                    .set_in(Timer::Secret(id), cx.now.mono, limits::SECRET_WAIT);
            }
        }
        None if !cx.timers.runs(Timer::Rekey(id)) => {
            let [draw] = cx.rng.bytes();
            let spread = limits::REKEY_SPREAD.mul_f64(f64::from(draw).max(1.0) / 256.0);
            let wait = limits::REKEY_WAIT.saturating_add(spread);
            cx.timers.set_in(Timer::Rekey(id), cx.now.mono, wait);
        }
        None => {}
    }
}

/// Lets go of secrets of epochs that are no more. The present one has stood for so long that nobody needs those before it: whoever
/// was away meanwhile is handed the present one.
fn forget_old(cx: &mut Context<'_>, hall: &Hall) {
    let id = hall.control().community();
    let stay = tips(hall);
    let is_epoch = |op: &OpId| {
        let body = hall.control().op(op).map(|op| &op.body);
        matches!(body, Some(Body::Rekey(_)))
    };
    let held = cx.resident.secrets(id).into_iter().map(|(of, _)| of);
    let old: Vec<OpId> = held
        .filter(|of| is_epoch(of) && !stay.contains(of))
        .collect();
    for of in old {
        cx.remove(RowKey::Secret(id, of));
    }
}

fn takes_part<'a>(cx: &Context<'_>, halls: &'a Halls, id: CommunityId) -> Option<&'a Hall> {
    let row = cx.resident.community(id)?;
    let hall = halls.get(id)?;
    let member = hall.is_member(&cx.local.account);
    (member && matches!(row.state, CommunityState::In { .. })).then_some(hall)
}

/// Nobody has made the epoch that a removal calls for: this device does.
pub(super) fn rekey_overdue(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let may = takes_part(cx, desks.halls, id).is_some_and(|hall| {
        let now = hall.control().log().now();
        now.epoch().is_none() && now.uses(&cx.local.account).contains(Bits::REKEY)
    });
    if may
        && let Some(hall) = desks.halls.halls.get_mut(&id)
        && rekey(cx, hall).is_ok()
    {
        super::changed(cx, desks, id);
    }
}

/// Asks a member in reach for a secret that did not come by itself.
pub(super) fn ask_for_secret(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let epoch = takes_part(cx, desks.halls, id)
        .and_then(|hall| hall.control().log().now().epoch())
        .filter(|epoch| cx.resident.secret(id, *epoch).is_none());
    let Some(epoch) = epoch else { return };
    let linked = linked(cx, desks, id);
    let [draw] = cx.rng.bytes();
    let index = usize::from(draw).checked_rem(linked.len()).unwrap_or(0);
    if let Some((link, _, _)) = linked.get(index) {
        let frame = CommunityFrame::SecretWanted {
            community: id,
            epoch,
        };
        cx.send(*link, &Frame::Community(Box::new(frame)), When::Now);
    }
    cx.timers
        .set_in(Timer::Secret(id), cx.now.mono, limits::SECRET_WAIT);
}

/// A member has no secret of an epoch. It gets it if it is a member by all that is known here.
pub(super) fn on_wanted(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    (account, device): (AccountId, DeviceId),
    id: CommunityId,
    epoch: OpId,
) {
    let Some(hall) = takes_part(cx, desks.halls, id) else {
        return;
    };
    let now = hall.control().log().now();
    let entitled =
        hall.is_member(&account) && now.speaks(&account, &device) && now.epoch() == Some(epoch);
    let waiting = cx.resident.outbox(device).count();
    if !entitled || waiting > limits::ACK_IDS_MAX {
        return;
    }
    if let Some(secret) = cx.resident.secret(id, epoch).map(|row| row.secret) {
        hand_over(cx, (account, device), id, epoch, secret);
    }
}

/// A key, or a report, came through the session with a member's device.
///
/// # Errors
/// [`Stop::Early`] while the op that it belongs to is not here, [`Stop::Ignored`] while nothing of its community is.
pub fn receive(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    (account, device): (AccountId, DeviceId),
    message: &CommunityMessage,
) -> Result<(), Stop> {
    let id = message.community;
    let Some(hall) = desks.halls.get(id) else {
        return Err(Stop::Ignored);
    };
    match &message.key {
        KeyMessage::Secret { epoch, secret } => {
            let Some(Body::Rekey(made)) = hall.control().op(epoch).map(|op| &op.body) else {
                return Err(Stop::Early(id));
            };
            if made.commit != commitment(secret) {
                return Err(Misbehaved::NotAllowed {
                    frame: "epoch secret",
                }
                .into());
            }
            if cx.resident.secret(id, *epoch).is_none() {
                keep(cx, id, *epoch, *secret);
            }
            look_after(cx, desks, id);
            super::view::soon(cx, id);
            Ok(())
        }
        KeyMessage::Chain {
            audience,
            chain,
            distribution,
        } => {
            if !hall.control().now().moment().speaks(&account, &device) {
                return Err(Stop::Early(id)); // its op may still be on its way
            }
            super::chains::receive(cx, id, device, (*audience, *chain, distribution))
        }
        KeyMessage::Entries { keys, chains } => {
            // Held rows stay until they open, so what is lost of this is asked for again.
            let job = Job::Learn {
                community: id,
                keys: keys.to_vec(),
                chains: chains.to_vec(),
            };
            let _full = cx.lanes.push(LaneId::Peer(device), job);
            Ok(())
        }
        KeyMessage::Report(report) => {
            super::reports::receive(cx, desks, (account, device), (id, message.id), report)
        }
    }
}
