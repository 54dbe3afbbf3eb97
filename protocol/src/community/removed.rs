//! Those outside: what of a control log somebody who was removed may still have, and how they learn that they were removed; and
//! what somebody is asked for who says to be a member and is none as far as is known here. Nothing is said to them of what they
//! may not have.

use crate::community::hall::Hall;
use crate::community::sync;
use crate::control::body::Body;
use crate::control::{CommunityId, Control, Fate, OpId, Standing};
use crate::courier::Desks;
use crate::crypto::Hash32;
use crate::identity::{AccountId, DeviceId};
use crate::link::LinkId;
use crate::turn::Context;

/// What of a control log somebody may have.
pub(super) enum Share {
    /// All of it.
    All,
    /// What was before they were removed, and that they were.
    UpTo(Vec<OpId>),
    /// Nothing.
    Nothing,
}

/// What of it somebody may have, by how they stand.
pub(super) fn share(hall: &Hall, account: &AccountId) -> Share {
    let now = hall.control().log().now();
    if now.standing(account) >= Standing::Suspended {
        return Share::All;
    }
    let removals = now.removals_of(account);
    if removals.is_empty() {
        Share::Nothing
    } else {
        Share::UpTo(removals)
    }
}

/// Somebody is in reach who was removed. They say what they know if they still take this account for a member; but they may
/// have removed it as well, and then each would wait for the other's word: so each asks, by nothing but what both know.
pub(super) fn meet(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    peer: (LinkId, AccountId, DeviceId),
) {
    let hall = desks.halls.get(id);
    if hall.is_some_and(|hall| matches!(share(hall, &peer.1), Share::UpTo(_))) {
        ask_now(cx, desks, id, peer, Hash32::MIN);
    }
}

/// Who was removed learns it from whoever is at the other end of a link, and nothing beyond it.
pub(super) fn tell(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let Some(hall) = desks.halls.halls.get(&id) else {
        return;
    };
    let mut removed = Vec::new();
    for (link, state) in desks.links.iter() {
        if let Some((account, device)) = state.peer
            && let Some(known) = hall.knows.get(&device)
            && let Share::UpTo(_) = share(hall, &account)
        {
            removed.push((link, account, device, known.heads.clone()));
        }
    }
    for (link, account, device, heads) in removed {
        sync::send_lacking(cx, desks.halls, link, (account, device), (id, &heads));
    }
}

/// Asks somebody outside for what they know, by nothing but what they know: who was removed may have, from somebody who is gone,
/// what undoes their removal; and a stranger may have been let in by somebody who went before telling anybody. Or they would be
/// a member for themselves, and for nobody else, for good. A stranger learns that this device is in a community whose id they
/// know already: from its members, or from an invite.
pub(super) fn ask(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    (link, account, device): (LinkId, AccountId, DeviceId),
    contents: Hash32,
) {
    let now = cx.now.mono;
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    if hall.may_ask_again(device, now) {
        ask_now(cx, desks, id, (link, account, device), contents);
    }
}

/// The same, for more of what they are sending.
pub(super) fn ask_now(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    (link, account, device): (LinkId, AccountId, DeviceId),
    contents: Hash32,
) {
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return;
    };
    let removals = hall.control().log().now().removals_of(&account);
    let known = removals.into_iter().chain(hall.common(&device));
    let mut heads: Vec<OpId> = known.chain([id.founding()]).collect();
    heads.sort();
    heads.dedup();
    sync::say(cx, id, link, (heads, contents, true));
}

/// Ends of the log up to which somebody sees that these removals of theirs count, who has what they know already. No more than
/// has to be: the removals alone; where one counts because its own undoing does not, everything that takes something from
/// somebody as well; and where two sides removed each other and who was let in again decides, all that decides anything.
pub(super) fn ends(
    control: &Control,
    account: &AccountId,
    removals: Vec<OpId>,
    known: &[OpId],
) -> Vec<OpId> {
    if convinces(control, account, &removals, known) {
        return removals;
    }
    let taken = latest(control, restricts);
    if convinces(control, account, &taken, known) {
        return taken;
    }
    latest(control, decides)
}

/// Whether somebody who has these removals of theirs, and what they know already, sees that they were removed.
fn convinces(control: &Control, account: &AccountId, removals: &[OpId], known: &[OpId]) -> bool {
    let both: Vec<OpId> = removals.iter().chain(known).copied().collect();
    let then = control.log().at(&both);
    then.is_none_or(|then| then.standing(account) < Standing::Suspended)
}

/// The last of the ops that count and are like that: all others of them were before one of these.
fn latest(control: &Control, like_that: impl Fn(&Body) -> bool) -> Vec<OpId> {
    let (now, dag) = (control.log().now(), control.log().dag());
    let counts = |id: &OpId| {
        let body = control.op(id).map(|op| &op.body);
        body.is_some_and(&like_that) && now.fate(id) == Some(Fate::Valid)
    };
    let mut order: Vec<OpId> = control.log().in_order().collect();
    order.reverse();
    let mut last: Vec<OpId> = Vec::new();
    for id in order {
        let covered = |end: &OpId| dag.happened_before(&id, end) == Some(true);
        if counts(&id) && !last.iter().any(covered) {
            last.push(id);
        }
    }
    last
}

/// Whether something takes anything from anybody.
fn restricts(body: &Body) -> bool {
    matches!(
        body,
        Body::Kick { .. }
            | Body::Ban { .. }
            | Body::Leave
            | Body::Unassign { .. }
            | Body::DeleteRole { .. }
            | Body::RevokeDevice { .. }
            | Body::Fork { .. }
    )
}

/// Whether something may matter to who stands how: all but furniture, names and keys.
fn decides(body: &Body) -> bool {
    !matches!(
        body,
        Body::CreateChannel(_)
            | Body::UpdateChannel { .. }
            | Body::DeleteChannel { .. }
            | Body::Nickname { .. }
            | Body::Rekey(_)
            | Body::Merge
    )
}
