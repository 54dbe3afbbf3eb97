//! Bringing control logs together: heads are told, what is lacking is sent, in pages.
//!
//! Each side says what its log ends with. Whoever sees that the other lacks something sends it unasked; whoever sees heads
//! that it does not know asks, once. So one round brings both up to date, whoever begins, and two that know the same
//! exchange nothing but heads (§2.9). Heads alone say nothing to whoever does not know them: whoever asks also says what
//! both have for certain, or two large logs that went apart would send each other their first page for ever.

use std::collections::BTreeSet;

use crate::community::hall::{Hall, Known};
use crate::community::reach::linked;
use crate::community::removed::{self, Share};
use crate::community::{Halls, devices, gaps, joining, keys, learned, logs, view};
use crate::control::{CommunityId, Offered, OpId, UnverifiedOp};
use crate::courier::{Desks, Stop};
use crate::crypto::Hash32;
use crate::error::{Misbehaved, PassedOver};
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::link::frame::OpBytes;
use crate::link::{CommunityFrame, Frame, LinkId};
use crate::persist::{CommunityRow, CommunityState, Row, RowKey};
use crate::turn::lanes::{Job, LaneId};
use crate::turn::{Context, Timer, When};

/// A frame about a community, on a link where both ends are proved; a knock and its answer also come from strangers.
///
/// # Errors
/// What the peer did wrong.
pub fn on_frame(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    link: LinkId,
    frame: CommunityFrame,
) -> Result<(), Misbehaved> {
    let name = frame.name();
    let peer = desks.links.get(link).and_then(|state| state.peer);
    match (frame, peer) {
        (CommunityFrame::Knock { tag }, _) => joining::on_knock(cx, desks, link, &tag)?,
        (CommunityFrame::Answer { tag }, _) => joining::on_answer(cx, desks, link, &tag),
        (frame, Some(peer)) => on_peer_frame(cx, desks, link, peer, frame),
        (_, None) => return Err(Misbehaved::NotAllowed { frame: name }),
    }
    Ok(())
}

/// A frame of a proved device. What takes time takes its turn; a full lane drops it, and it is asked for again.
fn on_peer_frame(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    link: LinkId,
    peer: (AccountId, DeviceId),
    frame: CommunityFrame,
) {
    let job = match frame {
        CommunityFrame::Knock { .. } | CommunityFrame::Answer { .. } => return,
        CommunityFrame::Ask { community, joining } => {
            return joining::on_ask(cx, desks, link, peer, (community, *joining));
        }
        CommunityFrame::Refused { community, why } => {
            return joining::on_refused(cx, desks, peer.1, community, why);
        }
        CommunityFrame::Heads {
            community,
            heads,
            contents,
            wants,
        } => {
            let heads = heads.into_vec();
            let known = Known { heads, contents };
            return on_heads(cx, desks, link, peer, (community, known, wants));
        }
        CommunityFrame::Logs {
            community,
            logs,
            wants,
        } => return logs::on_logs(cx, desks, link, peer, (community, logs.into_vec(), wants)),
        CommunityFrame::SecretWanted { community, epoch } => {
            return keys::on_wanted(cx, desks, peer, community, epoch);
        }
        CommunityFrame::Ops {
            community,
            ops,
            more,
        } => Job::Ops {
            link,
            community,
            ops: ops.into_vec(),
            more,
        },
        CommunityFrame::Entries {
            community,
            entries,
            more,
        } => Job::Entries {
            link,
            community,
            entries: entries.into_vec(),
            more,
        },
        CommunityFrame::Beyond {
            community,
            log,
            from,
        } => return gaps::on_beyond(cx, (link, peer.0, peer.1), community, (log, from)),
        CommunityFrame::KeysWanted { community, entries } => Job::Share {
            community,
            entries: entries.into_vec(),
        },
    };
    let _full = cx.lanes.push(LaneId::Peer(peer.1), job);
}

/// Tells all members in reach what this device knows, and those who were removed that they were.
pub(super) fn tell_all(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    devices::tell_all(cx, desks, id);
    for (link, _, _) in linked(cx, desks, id) {
        tell_one(cx, desks.halls, id, link);
    }
    removed::tell(cx, desks, id);
    let takes_part = cx
        .resident
        .community(id)
        .is_some_and(|row| matches!(row.state, CommunityState::In { .. }));
    if takes_part {
        super::authoring::join_heads(cx, desks, id);
        let [draw] = cx.rng.bytes();
        let spread = limits::TELL_INTERVAL.mul_f64(f64::from(draw) / 512.0);
        let wait = limits::TELL_INTERVAL.saturating_add(spread);
        cx.timers.set_in(Timer::Tell(id), cx.now.mono, wait);
    }
}

/// Tells one member what this device knows.
pub(super) fn tell_one(cx: &mut Context<'_>, halls: &Halls, id: CommunityId, link: LinkId) {
    if let Some(hall) = halls.get(id) {
        let Known { heads, contents } = hall.own_knowledge();
        say(cx, id, link, (heads, contents, false));
    }
}

/// Asks a device for what is lacking here: says what this device knows, and what both have for certain.
pub(super) fn ask(
    cx: &mut Context<'_>,
    halls: &Halls,
    id: CommunityId,
    (link, device): (LinkId, DeviceId),
) {
    let Some(hall) = halls.get(id) else { return };
    let Known {
        mut heads,
        contents,
    } = hall.own_knowledge();
    heads.truncate(limits::CONTROL_HEADS_MAX / 2);
    let own: BTreeSet<OpId> = heads.iter().copied().collect();
    heads.extend(hall.common(&device).filter(|op| !own.contains(op)));
    heads.extend(landmarks(hall));
    heads.truncate(limits::CONTROL_HEADS_MAX);
    heads.sort();
    heads.dedup();
    say(cx, id, link, (heads, contents, true));
}

/// Older ops, each twice as far back as the one before: whoever parted from here a while ago knows one of them, and sends what
/// came since and not the log from its start.
fn landmarks(hall: &Hall) -> Vec<OpId> {
    let order: Vec<OpId> = hall.control().log().in_order().collect();
    let back = (0..usize::BITS).map_while(|power| 1_usize.checked_shl(power));
    back.map_while(|back| order.len().checked_sub(back))
        .filter_map(|place| order.get(place).copied())
        .collect()
}

/// Says heads.
pub(super) fn say(
    cx: &mut Context<'_>,
    community: CommunityId,
    link: LinkId,
    (mut heads, contents, wants): (Vec<OpId>, Hash32, bool),
) {
    heads.truncate(limits::CONTROL_HEADS_MAX);
    let frame = CommunityFrame::Heads {
        community,
        heads: heads.try_into().unwrap_or_default(),
        contents,
        wants,
    };
    cx.send(link, &Frame::Community(Box::new(frame)), When::Durable);
}

fn on_heads(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    link: LinkId,
    (account, device): (AccountId, DeviceId),
    (id, known, wants): (CommunityId, Known, bool),
) {
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return; // nothing is said about communities that this device is not in
    };
    let dag = hall.control().log().dag();
    let lacks = known.heads.iter().any(|head| !dag.contains(head));
    let news = hall.knows.get(&device) != Some(&known);
    let own = hall.own_knowledge();
    let agrees = known == own;
    let member = hall.is_member(&account);
    if wants {
        hall.knows.entry(device).or_insert_with(|| known.clone()); // more than heads: see `ask`
    } else {
        hall.knows.insert(device, known.clone());
    }
    for head in &known.heads {
        hall.note_common(device, *head);
    }
    // Heads say nothing to who may not have the log; what a new member brings, comes by those who know it.
    let asks = lacks && !wants && member;
    let strange = asks
        && !known
            .heads
            .iter()
            .any(|head| hall.control().log().dag().contains(head));
    // Of whom nothing is known yet, is asked first: to push would be to send the whole log, at each new link.
    if !strange || hall.common(&device).next().is_some() {
        send_lacking(cx, desks.halls, link, (account, device), (id, &known.heads));
    }
    if asks {
        ask(cx, desks.halls, id, (link, device));
    } else if lacks && !wants {
        removed::ask(cx, desks, id, (link, account, device), known.contents);
    }
    if member && !lacks && known.contents != own.contents {
        differs(cx, desks, link, device, (id, &known.contents, news));
    }
    if agrees && member {
        compared(cx, id);
    }
    if news {
        view::later(cx, id);
    }
}

/// Somebody has other contents: the logs are compared, unless they are only where this device was a moment ago.
fn differs(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    link: LinkId,
    device: DeviceId,
    (id, contents, news): (CommunityId, &Hash32, bool),
) {
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    let now = cx.now.mono;
    if news && hall.was_lately(contents, now) {
        return;
    }
    if hall.may_compare(device, now) {
        logs::say_logs(cx, desks.halls, id, link, true);
    } else {
        // Who still differs then, says so.
        let later = now.after(limits::COMPARED_APART.saturating_mul(2));
        cx.timers.set_sooner(Timer::Tell(id), later);
    }
}

/// This device knows what a member knows: if its rows had been older than its words, it may speak again.
pub(super) fn compared(cx: &mut Context<'_>, id: CommunityId) {
    if let Some(row) = cx.resident.community(id).cloned()
        && row.state == (CommunityState::In { compares: true })
    {
        let state = CommunityState::In { compares: false };
        cx.put(
            RowKey::Community(id),
            Row::Community(CommunityRow { state, ..row }),
        );
        view::later(cx, id);
    }
}

/// Sends a page of what somebody with these heads lacks and may have.
pub(super) fn send_lacking(
    cx: &mut Context<'_>,
    halls: &Halls,
    link: LinkId,
    (account, device): (AccountId, DeviceId),
    (id, heads): (CommunityId, &[OpId]),
) {
    let Some(hall) = halls.get(id) else { return };
    let control = hall.control();
    let dag = control.log().dag();
    let mut share = removed::share(hall, &account);
    let own = dag.heads();
    if own.iter().all(|head| heads.contains(head)) || matches!(share, Share::Nothing) {
        return;
    }
    let told = heads.iter().copied().filter(|id| dag.contains(id));
    let known: Vec<OpId> = told.chain(hall.common(&device)).collect();
    if let Share::UpTo(removals) = share {
        share = Share::UpTo(removed::ends(control, &account, removals, &known));
    }
    let within = match &share {
        Share::UpTo(removals) => Some(removals.as_slice()),
        Share::All | Share::Nothing => None,
    };
    let mut page: Vec<OpBytes> = Vec::new();
    let (mut bytes, mut more) = (0_usize, false);
    for op in control.log().beyond(&known, within) {
        let Some(encoded) = control.op(&op).map(|op| op.encode()) else {
            continue;
        };
        bytes = bytes.saturating_add(encoded.len());
        let full = page.len() >= limits::OPS_PER_FRAME_MAX || bytes > limits::OPS_FRAME_BYTES_MAX;
        if full && !page.is_empty() {
            more = true;
            break;
        }
        page.extend(OpBytes::try_from(encoded).ok());
    }
    if page.is_empty() {
        return;
    }
    let frame = CommunityFrame::Ops {
        community: id,
        ops: page.try_into().unwrap_or_default(),
        more,
    };
    cx.send(link, &Frame::Community(Box::new(frame)), When::Durable);
}

/// Sends the log to somebody who has nothing of it.
pub(super) fn send_from_start(
    cx: &mut Context<'_>,
    halls: &Halls,
    link: LinkId,
    peer: (AccountId, DeviceId),
    id: CommunityId,
) {
    send_lacking(cx, halls, link, peer, (id, &[]));
}

/// Asks whoever sent ops for more of them.
fn go_on(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId, link: LinkId) {
    let peer = desks.links.get(link).and_then(|state| state.peer);
    let (Some((account, device)), Some(hall)) = (peer, desks.halls.get(id)) else {
        return;
    };
    let own = cx.local.account;
    // Who is not in yet, or not any more, asks whom it was told to ask.
    if hall.is_member(&account) || !hall.is_member(&own) {
        ask(cx, desks.halls, id, (link, device));
    } else {
        let said = hall.knows.get(&device);
        let contents = said.map_or(Hash32::MIN, |said| said.contents);
        removed::ask_now(cx, desks, id, (link, account, device), contents);
    }
}

/// Whether whoever sent ops is asked for more at once: if they brought something new. What they send again and again, for its past
/// is not theirs to give, would be asked for as fast as the link goes.
fn may_go_on(
    cx: &Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    device: DeviceId,
    moved: bool,
) -> bool {
    let now = cx.now.mono;
    let hall = desks.halls.halls.get_mut(&id);
    let endlessly = moved || cx.faults.asks_endlessly();
    endlessly || hall.is_some_and(|hall| hall.may_ask_again(device, now))
}

/// Takes ops in that a peer sent: some now, the rest in its next turn.
///
/// # Errors
/// What is wrong with one of them: whoever sends an op has checked it.
pub(super) fn run_ops(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    (link, id): (LinkId, CommunityId),
    (ops, more): (&[OpBytes], bool),
) -> Result<(), Stop> {
    // Also of one that was left: somebody may have let this account in meanwhile (`joining::stays_out`).
    let wanted = cx.resident.community(id).is_some();
    let Some(hall) = desks.halls.halls.get_mut(&id).filter(|_hall| wanted) else {
        return Ok(());
    };
    let (now, later) = ops.split_at(ops.len().min(limits::OPS_STEP));
    // Who is in takes less of who is not: they were removed, and sign on.
    let from = hall.control().owner_of(&device);
    let member = !hall.is_member(&cx.local.account) || from.is_some_and(|it| hall.is_member(&it));
    let from = from.unwrap_or(AccountId([0; 32]));
    let mut new = BTreeSet::new();
    let (mut waits, mut over) = (false, false);
    let mut fault = None;
    for bytes in now {
        if !hall.budgets.takes_op(&from, member, cx.now.mono) {
            cx.passed_over(PassedOver::OpBalance);
            over = true; // it stays where it is, and comes with the next heads that are told
            break;
        }
        let taken = hall.take_in(cx, bytes);
        if let Ok(op) = UnverifiedOp::decode(bytes) {
            hall.note_common(device, op.id());
        }
        match taken {
            Ok(Offered::New(ids)) => {
                let count = ids.len();
                hall.budgets.charge_ops(from, member, count, cx.now.mono);
                new.extend(ids);
            }
            Ok(Offered::Known) => {}
            Ok(Offered::Waits(_)) => waits = true,
            Err(refused) => fault = Some(refused),
        }
    }
    let moved = !new.is_empty();
    if moved {
        learned(cx, desks, id);
    }
    if let Some(fault) = fault {
        return Err(Misbehaved::Control(fault).into());
    }
    if over {
        return Ok(());
    }
    if !later.is_empty() {
        let job = Job::Ops {
            link,
            community: id,
            ops: later.to_vec(),
            more,
        };
        let _full = cx.lanes.push(LaneId::Peer(device), job);
    } else if (more || waits) && may_go_on(cx, desks, id, device, moved) {
        go_on(cx, desks, id, link);
    }
    Ok(())
}
