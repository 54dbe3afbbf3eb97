//! The ops that furnish a fork: what stood in the old community, with every name of an op replaced by the new one's.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Plan;
use crate::community::founding::Draft;
use crate::control::body::{Body, ChannelChange, NewChannel, Overwrite, PolicyChange};
use crate::control::icon::Icon;
use crate::control::{Channel, CommunityId, OpId};
use crate::error::Rejected;
use crate::limits::{CHANGES_MAX, OVERWRITES_MAX};
use crate::turn::Context;
use crate::wire::{Bounded, Text};

/// What has which name in the fork.
pub(super) type Names = BTreeMap<OpId, OpId>;

/// Furnishes a fork. Answers what each role and channel is called there.
///
/// # Errors
/// Why an op is refused: then the draft is of no use.
pub(super) fn furnish(
    cx: &mut Context<'_>,
    draft: &mut Draft,
    (from, plan): (CommunityId, &Plan),
) -> Result<Names, Rejected> {
    let mut names = Names::from([(from.founding(), draft.community().founding())]);
    draft.say(cx, policy(from, plan))?;
    for role in &plan.roles {
        let body = Body::CreateRole {
            name: text(&role.name),
            colour: role.colour,
            position: role.position,
            bits: role.bits,
        };
        names.insert(role.id, draft.say(cx, body)?);
    }
    let mut later = BTreeSet::new(); // those whose category is not there yet
    for channel in &plan.channels {
        let parent = channel
            .parent
            .and_then(|parent| names.get(&parent).copied());
        if parent.is_none() && channel.parent.is_some() {
            later.insert(channel.id);
        }
        let made = new_channel(channel, parent, &names);
        let id = draft.say(cx, Body::CreateChannel(Box::new(made)))?;
        names.insert(channel.id, id);
    }
    for channel in &plan.channels {
        for body in changes(channel, later.contains(&channel.id), &names) {
            draft.say(cx, body)?;
        }
    }
    for (who, role) in &plan.given {
        if let Some(role) = names.get(role).copied() {
            draft.say(cx, Body::Assign { who: *who, role })?;
        }
    }
    Ok(names)
}

/// A text that was of this length before.
fn text<const N: usize>(text: &str) -> Text<N> {
    Text::try_from(text).unwrap_or_default()
}

fn policy(from: CommunityId, plan: &Plan) -> Body {
    let mut changes = vec![PolicyChange::ForkedFrom(from)];
    if !plan.policy.topic.is_empty() {
        changes.push(PolicyChange::Topic(text(&plan.policy.topic)));
    }
    if let Some(icon) = &plan.policy.icon {
        changes.push(PolicyChange::Icon(Some(Icon::clone(icon))));
    }
    let changes = changes.try_into().unwrap_or_default();
    Body::Policy { changes }
}

/// For which roles a channel differs, by the roles' new names.
fn overwrites(channel: &Channel, names: &Names) -> Vec<Overwrite> {
    let all = channel.overwrites.iter().filter_map(|one| {
        let role = *names.get(&one.role)?;
        Some(Overwrite { role, ..*one })
    });
    let mut all: Vec<Overwrite> = all.collect();
    all.sort_by_key(|one| one.role);
    all
}

fn new_channel(channel: &Channel, parent: Option<OpId>, names: &Names) -> NewChannel {
    let mut overwrites = overwrites(channel, names);
    overwrites.truncate(OVERWRITES_MAX);
    NewChannel {
        kind: channel.kind,
        name: text(&channel.name),
        parent,
        place: channel.place,
        scope: channel.scope,
        overwrites: overwrites.try_into().unwrap_or_default(),
    }
}

/// What a new channel does not say by itself, in as few ops as hold it.
fn changes(channel: &Channel, comes_later: bool, names: &Names) -> Vec<Body> {
    let mut changes = Vec::new();
    if !channel.topic.is_empty() {
        changes.push(ChannelChange::Topic(text(&channel.topic)));
    }
    if comes_later {
        let parent = channel
            .parent
            .and_then(|parent| names.get(&parent).copied());
        changes.push(ChannelChange::Parent(parent));
    }
    if channel.slow_mode > 0 {
        changes.push(ChannelChange::SlowMode(channel.slow_mode));
    }
    if channel.history.is_some() {
        changes.push(ChannelChange::History(channel.history));
    }
    let more = overwrites(channel, names).into_iter().skip(OVERWRITES_MAX);
    changes.extend(more.map(ChannelChange::Overwrite));
    let Some(id) = names.get(&channel.id) else {
        return Vec::new();
    };
    let parts = changes.chunks(CHANGES_MAX);
    parts
        .map(|part| Body::UpdateChannel {
            channel: *id,
            changes: Bounded::try_from(part.to_vec()).unwrap_or_default(),
        })
        .collect()
}
