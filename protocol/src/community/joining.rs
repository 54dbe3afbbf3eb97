//! Being let in by an invite, and letting in.
//!
//! Whoever holds an invite knocks on every link: with a tag that only those who know the invite recognise. A member answers
//! with another, introduces itself, and both prove their devices. Then the holder asks that one member, with a proof for
//! it alone; the member's op lets it in, wherever the founder is. One member is asked at a time: two would be two joinings.
//!
//! Whoever let it in may go before telling anybody. So who came in lately knocks on with that invite where nobody is known at the
//! other end: a member there does not know it yet either, and learns of it.

use crate::community::hall::Hall;
use crate::community::invites::invite_fate;
use crate::community::{changed, dialling, keys, logs, sync, view};
use crate::control::body::{Body, Joining, Via};
use crate::control::invite::JoinTerms;
use crate::control::{CommunityId, OpId, Standing};
use crate::courier::Desks;
use crate::crypto::{Label, SigningKey, VerifyKey};
use crate::error::{Misbehaved, Rejected};
use crate::identity::{AccountId, DeviceId};
use crate::link::{CommunityFrame, Frame, LinkId, Links};
use crate::persist::{CommunityRow, CommunityState, Refusal, Row, RowKey};
use crate::time::Hlc;
use crate::turn::{Context, Timer, When};
use crate::{contact, limits};

/// Communities that this device asks to be let into, with the key of each invite.
pub(super) fn sought(cx: &Context<'_>) -> Vec<(CommunityId, OpId, SigningKey)> {
    let rows = cx.resident.communities().into_iter();
    rows.filter_map(|(id, row)| match row.state {
        CommunityState::Joining { invite, secret, .. } => {
            Some((id, invite, SigningKey::from_seed(&secret)))
        }
        _ => None,
    })
    .collect()
}

/// Keys of the invites by which this device's account came in lately.
fn came_by(cx: &Context<'_>, desks: &Desks<'_>) -> Vec<VerifyKey> {
    let account = cx.local.account;
    let key = |hall: &Hall| {
        let control = hall.control();
        let joins = control.log().now().joins_of(&account);
        let last = joins.iter().filter_map(|join| control.op(join));
        let last = last.max_by_key(|op| op.head.header.hlc)?;
        let since = cx.now.wall.since(last.head.header.hlc.wall());
        match &last.body {
            Body::Join(joining) if since < limits::NEWCOMER_FOR => match joining.via {
                Via::Invite { invite, .. } => match &control.op(&invite)?.body {
                    Body::CreateInvite { key, .. } => Some(*key),
                    _ => None,
                },
                Via::Direct => None,
            },
            _ => None,
        }
    };
    let halls = desks.halls.iter().filter(|(id, hall)| {
        let row = cx.resident.community(*id);
        let takes_part = row.is_some_and(|row| matches!(row.state, CommunityState::In { .. }));
        takes_part && hall.is_member(&account)
    });
    let keys = halls.filter_map(|(_, hall)| key(hall));
    keys.take(limits::NEWCOMER_KNOCKS_MAX).collect()
}

/// Knocks on a link with every invite that is under way; where nobody is known, also with those that this account came in by.
pub(super) fn knock(cx: &mut Context<'_>, desks: &mut Desks<'_>, link: LinkId) {
    let sought = sought(cx);
    for (id, _, _) in &sought {
        view::soon(cx, *id); // whom it reaches is shown
    }
    let mut keys: Vec<VerifyKey> = sought.iter().map(|(_, _, key)| key.verify_key()).collect();
    if desks
        .links
        .get(link)
        .is_some_and(|state| state.peer.is_none())
    {
        keys.extend(came_by(cx, desks));
    }
    for public in keys {
        let state = desks.links.get(link);
        let tag = state.and_then(|state| state.invited(&public, Label::InviteKnock, true));
        if let Some(tag) = tag {
            let frame = CommunityFrame::Knock { tag };
            cx.send(link, &Frame::Community(Box::new(frame)), When::Now);
        }
    }
}

/// Links that are knocked on.
pub(super) fn knocked(links: &Links) -> impl Iterator<Item = LinkId> {
    let links = links.iter();
    let links = links.filter(|(_, state)| state.peer.is_some() || state.stranger);
    links.map(|(link, _)| link)
}

/// Knocks everywhere: an invite is new, or was of no use so far.
pub(super) fn knock_everywhere(cx: &mut Context<'_>, desks: &mut Desks<'_>) {
    let links: Vec<LinkId> = knocked(desks.links).collect();
    for link in links {
        knock(cx, desks, link);
    }
}

/// Somebody holds an invite of a community that this device is in, or of another.
///
/// # Errors
/// None yet: knocks beyond the bound are passed over.
pub(super) fn on_knock(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    link: LinkId,
    tag: &[u8; 16],
) -> Result<(), Misbehaved> {
    let Some(state) = desks.links.get_mut(link) else {
        return Ok(());
    };
    if !state.may_knock(cx.now.mono) {
        return Ok(());
    }
    let known = desks.halls.iter().find_map(|(id, hall)| {
        let takes_part = cx
            .resident
            .community(id)
            .is_some_and(|row| matches!(row.state, CommunityState::In { .. }));
        let member = takes_part && hall.is_member(&cx.local.account);
        let key = member.then(|| invite_of(hall, state, tag))??;
        Some((id, key))
    });
    let Some((id, key)) = known else {
        return Ok(());
    };
    let Some(tag) = state.invited(&key, Label::InviteAnswer, true) else {
        return Ok(());
    };
    state.recognised.insert(id);
    if state.peer.is_none() {
        contact::introduce(cx, desks.links, link);
    }
    let frame = CommunityFrame::Answer { tag };
    cx.send(link, &Frame::Community(Box::new(frame)), When::Now);
    Ok(())
}

/// The public key of the invite that a knock is for. Also of one that is over: who holds it is told so.
fn invite_of(hall: &Hall, link: &crate::link::Link, tag: &[u8; 16]) -> Option<VerifyKey> {
    let control = hall.control();
    control.log().in_order().find_map(|id| {
        let Some(Body::CreateInvite { key, .. }) = control.op(&id).map(|op| &op.body) else {
            return None;
        };
        let theirs = link.invited(key, Label::InviteKnock, false)?;
        (theirs == *tag).then_some(*key)
    })
}

/// A member knows the invite: show who we are, and have it show that.
pub(super) fn on_answer(cx: &mut Context<'_>, desks: &mut Desks<'_>, link: LinkId, tag: &[u8; 16]) {
    let answers = |public: &VerifyKey| {
        let state = desks.links.get(link);
        let ours = state.and_then(|state| state.invited(public, Label::InviteAnswer, false));
        ours == Some(*tag)
    };
    let found = sought(cx)
        .into_iter()
        .find(|(_, _, key)| answers(&key.verify_key()));
    if found.is_none() && !came_by(cx, desks).iter().any(answers) {
        return;
    }
    let Some(state) = desks.links.get_mut(link) else {
        return;
    };
    if let Some((id, _, _)) = found {
        state.answers.insert(id);
        if let Some(hall) = desks.halls.halls.get_mut(&id) {
            hall.dials = None; // should it go, it is looked for at once
        }
    }
    match state.peer {
        Some(peer) => on_known(cx, desks, link, peer),
        None => {
            contact::introduce(cx, desks.links, link);
            desks.links.prove_to_introduced(cx, link);
        }
    }
}

/// A device is proved: if it is a member's that answered, it may be asked.
pub(super) fn on_known(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    link: LinkId,
    (_, device): (AccountId, DeviceId),
) {
    let answers = desks.links.get(link).map(|state| state.answers.clone());
    for id in answers.unwrap_or_default() {
        if let Some(hall) = desks.halls.halls.get_mut(&id) {
            hall.answered.insert(device);
        }
        ask_next(cx, desks, id);
    }
}

/// Asks one member that answered, unless one is being asked.
fn ask_next(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let Some((_, invite, secret)) = sought(cx).into_iter().find(|(sought, _, _)| *sought == id)
    else {
        return;
    };
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    if hall.asked.is_some() {
        return;
    }
    let untried = hall.answered.difference(&hall.tried);
    let reachable = untried.filter_map(|device| {
        let link = desks.links.best(*device)?;
        Some((link, desks.links.get(link)?.peer?))
    });
    let Some((link, (admitter, device))) = reachable.into_iter().next() else {
        return;
    };
    hall.asked = Some((device, cx.now.mono));
    let bundle = cx.own_bundle();
    let nonce = cx.rng.bytes();
    let terms = JoinTerms::new(id, Some(invite), &bundle, admitter, nonce);
    let consent = terms.consent(&cx.local.signing);
    let proof = terms.prove(&secret);
    let joining = terms.joining(&bundle, cx.local.device, consent, Some(proof));
    let frame = CommunityFrame::Ask {
        community: id,
        joining: Box::new(joining),
    };
    cx.send(link, &Frame::Community(Box::new(frame)), When::Now);
    cx.timers
        .set_in(Timer::Ask(id), cx.now.mono, limits::ASK_TIMEOUT);
}

/// The member that was asked took too long, or there was none: try others, and the same again.
pub(super) fn ask_another(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    if !sought(cx).iter().any(|(sought, _, _)| *sought == id) {
        return;
    }
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    if let Some((device, _)) = hall.asked.take() {
        hall.tried.insert(device);
    }
    // Whoever answered and is out of reach now, or no member any more, is nobody to wait for.
    let mut untried = hall.answered.difference(&hall.tried);
    if !untried.any(|device| desks.links.best(*device).is_some()) {
        hall.tried.clear();
        dialling::dial(cx, desks, id);
        knock_everywhere(cx, desks);
    }
    ask_next(cx, desks, id);
    // Also sets the pace of the tries of addresses while they are frequent.
    cx.timers
        .set_in(Timer::Ask(id), cx.now.mono, limits::ASK_TIMEOUT);
    view::tell(cx, desks, id);
}

/// A member says no, and why.
pub(super) fn on_refused(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    device: DeviceId,
    id: CommunityId,
    why: Refusal,
) {
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    if hall.asked.map(|(asked, _)| asked) != Some(device) {
        return;
    }
    hall.asked = None;
    hall.tried.insert(device);
    let Some(row) = cx.resident.community(id).cloned() else {
        return;
    };
    if let CommunityState::Joining {
        invite,
        secret,
        hints,
        ..
    } = row.state
    {
        let state = CommunityState::Joining {
            invite,
            secret,
            hints,
            refused: Some(why),
        };
        cx.put(
            RowKey::Community(id),
            Row::Community(CommunityRow { state, ..row }),
        );
    }
    ask_next(cx, desks, id);
    view::tell(cx, desks, id);
}

/// Somebody asks to be let in.
pub(super) fn on_ask(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    link: LinkId,
    (account, device): (AccountId, DeviceId),
    (id, joining): (CommunityId, Joining),
) {
    let takes_part = cx
        .resident
        .community(id)
        .is_some_and(|row| matches!(row.state, CommunityState::In { .. }));
    // To try an admission is dear: as many as knocks are looked at.
    let Some(state) = desks.links.get_mut(link) else {
        return;
    };
    if !state.may_knock(cx.now.mono) {
        return;
    }
    // It knocked with an invite that this device knows, and of this community nothing is here: the two do not belong together.
    let elsewhere = !state.recognised.is_empty() && !state.recognised.contains(&id);
    if elsewhere && cx.resident.community(id).is_none() {
        return refuse(cx, link, id, Refusal::Elsewhere);
    }
    // Whoever was removed since it answered speaks for nobody: its word would hide what members say.
    let hall = desks.halls.halls.get_mut(&id);
    let member = hall.filter(|hall| takes_part && hall.is_member(&cx.local.account));
    let Some(hall) = member else { return };
    // Whoever is in already lost the answer: it gets the log again.
    if !hall.is_member(&account) {
        let result = admit(cx, hall, (account, device), joining);
        if let Err(why) = result {
            return refuse(cx, link, id, why);
        }
        keys::welcome(cx, hall, account);
        changed(cx, desks, id);
    }
    sync::send_from_start(cx, desks.halls, link, (account, device), id);
    // Where the contents stand now: the newcomer begins there.
    logs::say_logs(cx, desks.halls, id, link, false);
}

fn refuse(cx: &mut Context<'_>, link: LinkId, community: CommunityId, why: Refusal) {
    let frame = CommunityFrame::Refused { community, why };
    cx.send(link, &Frame::Community(Box::new(frame)), When::Now);
}

/// Lets somebody in.
fn admit(
    cx: &mut Context<'_>,
    hall: &mut Hall,
    (account, device): (AccountId, DeviceId),
    joining: Joining,
) -> Result<(), Refusal> {
    let Via::Invite { invite, .. } = joining.via else {
        return Err(Refusal::Unknown);
    };
    let control = hall.control();
    let now = control.log().now();
    if now.is_barred(&account, Hlc::from_wall(cx.now.wall)) {
        return Err(Refusal::Banned);
    }
    let members = now.people();
    let members = members.values().filter(|one| **one >= Standing::Member);
    if members.count() >= limits::MEMBERS_MAX {
        return Err(Refusal::Full);
    }
    // The device that asks is the one that agreed; whoever passes another's agreement on is not.
    if joining.device != device {
        return Err(Refusal::Unknown);
    }
    invite_fate(hall, invite, cx.now.wall)?;
    match hall.author(cx, vec![Body::Join(Box::new(joining))]) {
        Ok(_) => Ok(()),
        Err(Rejected::NotPermitted) => Err(Refusal::NotByMe),
        Err(Rejected::NotPossible(_)) => Err(Refusal::Unknown),
        Err(_) => Err(Refusal::NotNow),
    }
}

/// The log says that this account was let in: from now on it takes part.
pub(super) fn came_in(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let Some(row) = cx.resident.community(id).cloned() else {
        return;
    };
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    if !matches!(row.state, CommunityState::Joining { .. }) || !hall.is_member(&cx.local.account) {
        return;
    }
    let beginning = hall.beginning.take();
    hall.asked = None;
    hall.tried.clear();
    hall.answered.clear();
    cx.timers.stop(Timer::Ask(id));
    let state = CommunityState::In { compares: false };
    let row = CommunityRow { state, ..row };
    cx.put(RowKey::Community(id), Row::Community(row.clone()));
    let based = beginning.is_some();
    if let Some(logs) = beginning {
        logs::base(cx, hall, row, &logs);
    }
    let _silenced = super::naming::introduce(cx, hall);
    super::roster::refresh(cx, desks, id);
    super::asking::begin(cx, id); // what was closed when it left
    if !based {
        for (link, _, _) in super::reach::linked(cx, desks, id) {
            logs::say_logs(cx, desks.halls, id, link, true);
        }
    }
}

/// Somebody was let in who no longer wanted to be: the log says that they left, or all others would count on them.
pub(super) fn stays_out(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let row = cx.resident.community(id);
    let left = row.is_some_and(|row| row.state == CommunityState::Left);
    if let Some(hall) = desks.halls.halls.get_mut(&id)
        && left
        && hall.is_member(&cx.local.account)
    {
        let _suspended = hall.author(cx, vec![Body::Leave]);
    }
}
