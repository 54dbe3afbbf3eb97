//! A fork: a community founded from another as it stands here, by any member of it, also by one who was put out.
//!
//! It is a new founding. It has a name, secrets and an owner of its own, and nothing of the old one's keys; of that one it has
//! only what its forker could read in the control log. So nobody is asked for leave, and nobody can refuse. (A *fork* of a
//! log, where a device says two things at one place, is another matter: `forks`.)
//!
//! Whoever follows comes in by invite, as everywhere. Roles without power are given back at once, to who had them: they count
//! for nothing before that person comes. Roles with power are given back by this device when the person comes, and only if
//! the forker said so: whoever holds power is a member by it (§9.3), and nobody is made a member unasked.

mod furniture;
mod plan;
mod promises;

use furniture::Names;
use plan::Plan;
pub(super) use promises::keep_promises;

use crate::community::founding::{Beginning, Draft};
use crate::community::{Halls, changed, groups, invites};
use crate::control::CommunityId;
use crate::control::body::{Body, Name};
use crate::conversation::compose;
use crate::courier::Desks;
use crate::crypto::Hash32;
use crate::error::Rejected;
use crate::identity::AccountId;
use crate::message::{ConversationId, MessageRef};
use crate::persist::{MessageRow, Row, RowKey, idempotent_id};
use crate::turn::{Context, Missing, Reply};

/// How a community is forked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taking {
    /// Whoever held roles with power gets them back on coming in; otherwise the forker alone has power.
    pub with_powers: bool,
    /// What is more than a community may hold is left out; otherwise forking is refused. So nobody keeps others from going
    /// by making channels.
    pub trimmed: bool,
}

/// What is to be forked, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Forking<'a> {
    /// Which community.
    pub from: CommunityId,
    /// Another name than the old one's.
    pub name: Option<&'a Name>,
    /// Contacts who are asked over by a private message each.
    pub ask: &'a [AccountId],
    /// How.
    pub taking: Taking,
    /// Idempotency key.
    pub key: Option<&'a [u8]>,
}

/// Founds a community from another. Answers its invite, which has room for every member of the old one.
///
/// # Errors
/// Outer: rows must be loaded first. Inner: why it is refused; nothing was written.
pub(super) fn fork(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    forking: Forking<'_>,
) -> Result<Result<Reply, Rejected>, Missing> {
    let key = forking.key.map(|key| name_of_key(cx, key));
    if let Some(key) = key
        && let Some(row) = cx.resident.message(key)?
    {
        let made = CommunityId(Hash32(row.conversation.0));
        return Ok(made_before(desks.halls, made, forking.from));
    }
    let made = prepare(cx, desks, forking).and_then(|(draft, plan, names)| {
        let id = draft.settle(cx, desks)?;
        promises::promise(cx, id, &plan, &names);
        Ok((
            id,
            invites::for_people(cx, desks, id, plan.others.max(forking.ask.len()))?,
        ))
    });
    let (id, invite) = match made {
        Ok(made) => made,
        Err(rejected) => return Ok(Err(rejected)),
    };
    if let Some(link) = groups::link(cx, id, invite) {
        for person in forking.ask {
            if let Err(rejected) = compose::tell(cx, *person, &link)? {
                return Ok(Err(rejected)); // each was looked at before
            }
        }
    }
    if let Some(key) = key {
        let row = MessageRow {
            conversation: ConversationId(id.0.0),
            ..MessageRow::step(cx.local.account, cx.now.wall)
        };
        cx.put(RowKey::Message(key), Row::Message(row));
    }
    changed(cx, desks, id);
    Ok(Ok(Reply::Op(id, invite)))
}

/// The name under which it is known that this key was used: in the conversation with oneself, where nothing else is.
fn name_of_key(cx: &Context<'_>, key: &[u8]) -> MessageRef {
    let place = ConversationId::from(cx.local.account);
    MessageRef {
        author: cx.local.device,
        id: idempotent_id(&cx.local.idempotency_secret(), place, key),
    }
}

/// What was answered when this was asked for first.
fn made_before(halls: &Halls, made: CommunityId, from: CommunityId) -> Result<Reply, Rejected> {
    let control = halls.get(made).map(|hall| hall.control());
    let control = control.ok_or(Rejected::KeyReused)?;
    if control.now().forked_from() != Some(from) {
        return Err(Rejected::KeyReused);
    }
    let mut ops = control.log().in_order();
    let invite = ops.find(|id| {
        let body = control.op(id).map(|op| &op.body);
        matches!(body, Some(Body::CreateInvite { .. }))
    });
    let invite = invite.ok_or(Rejected::KeyReused)?;
    Ok(Reply::Op(made, invite))
}

/// All ops of the fork, each of which counts. Nothing of it is stored.
fn prepare(
    cx: &mut Context<'_>,
    desks: &Desks<'_>,
    forking: Forking<'_>,
) -> Result<(Draft, Plan, Names), Rejected> {
    let from = forking.from;
    let old = desks.halls.get(from).ok_or(Rejected::UnknownCommunity)?;
    if !forking.ask.is_empty() {
        groups::check(cx, forking.ask)?;
    }
    let plan = Plan::of(old.control(), &cx.local.account, forking.taking)?;
    let name = Name::try_from(plan.policy.name.as_str()).unwrap_or_default();
    let begins = Beginning {
        name: forking.name.unwrap_or(&name),
        everyone: plan.everyone,
        admit: plan.policy.admit,
        history: plan.policy.history,
    };
    let mut draft = Draft::begin(cx, &begins)?;
    let names = furniture::furnish(cx, &mut draft, (from, &plan))?;
    Ok((draft, plan, names))
}
