//! What a community is made of: invites, channels, roles.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::community::CommunityCommand;
use protocol::control::body::{Body, ChannelChange, NewChannel, Overwrite, RoleChange};
use protocol::control::{CommunityId, OpId, Position};
use protocol::turn::{Command, Reply};

use super::communities::{bits, community, list, name, op, role, short, some};
use super::{Answer, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, Payload};
use crate::api::model::{
    ChannelChanges, Invite, Made, MadeInvite, NewInvite, NewPlace, NewRole, OverwriteRule,
    RoleChanges,
};
use crate::api::problem::Problem;
use crate::api::reference::op_text;

/// What making something answers.
type Creation = Result<(StatusCode, Json<Made>), Problem>;

/// Make an invite. Its link is a secret: whoever has it may come in.
#[utoipa::path(
    post, path = "/v1/communities/{community}/invites", tag = "communities", request_body = NewInvite,
    params(("community" = String, Path, description = "Community id")),
    responses(
        (status = 201, body = MadeInvite), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem)
    )
)]
pub(in crate::api) async fn invite(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Result<(StatusCode, Json<MadeInvite>), Problem> {
    let (id, new): (_, NewInvite) = (community(&id)?, json(&body)?);
    let roles = new.roles.iter().map(|text| op("roles", text));
    let roles: Vec<_> = roles.collect::<Result<_, _>>()?;
    let uses = new.uses.unwrap_or(1);
    if uses == 0 {
        let detail = "somebody must be able to come by it";
        return Err(Problem::field("uses", "out-of-range", detail));
    }
    let command = CommunityCommand::Invite {
        community: id,
        uses,
        lasts: new.lasts_s.map(Duration::from_secs),
        roles: list("roles", roles)?,
        note: short("note", new.note)?,
    };
    let Reply::Op(_, made) = api.node.ask(Command::Community(command)).await? else {
        let detail = "an invite was made without a name";
        return Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "invite",
            detail,
        ));
    };
    // What the command changed was shown before it was answered.
    let (view, hints) = (api.community(id)?, api.node.view().hints.clone());
    let shown = view.invites.iter().find(|invite| invite.id == made);
    let made = MadeInvite {
        id: op_text(made),
        link: shown.and_then(|view| Invite::new(view, id, &hints).link),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// End an invite.
#[utoipa::path(
    delete, path = "/v1/communities/{community}/invites/{invite}", tag = "communities",
    params(
        ("community" = String, Path, description = "Community id"),
        ("invite" = String, Path, description = "Invite id"),
    ),
    responses((status = 200, body = Made), (status = 403, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn end_invite(
    State(api): State<ApiState>,
    InPath((id, invite)): InPath<(String, String)>,
) -> Answer<Made> {
    let invite = op("invite", &invite)?;
    api.act(community(&id)?, Body::RevokeInvite { invite })
        .await
}

/// Make a channel.
#[utoipa::path(
    post, path = "/v1/communities/{community}/channels", tag = "communities", request_body = NewPlace,
    params(("community" = String, Path, description = "Community id")),
    responses(
        (status = 201, body = Made), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem)
    )
)]
pub(in crate::api) async fn make_channel(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Creation {
    let (id, new): (_, NewPlace) = (community(&id)?, json(&body)?);
    let parent = new.parent.as_deref().map(|text| op("parent", text));
    let parent = parent.transpose()?;
    let channel = NewChannel {
        kind: new.kind.into(),
        name: name(new.name)?,
        parent,
        place: new.place.unwrap_or_else(|| api.last_place(id, parent)),
        scope: new.scope.into(),
        overwrites: list("overwrites", overwrites(&new.overwrites, id)?)?,
    };
    api.make(id, Body::CreateChannel(Box::new(channel))).await
}

impl ApiState {
    /// The place behind all that stand under the same category.
    fn last_place(&self, community: CommunityId, parent: Option<OpId>) -> u16 {
        let view = self.node.view();
        let known = view.communities.get(&community);
        let channels = known.into_iter().flat_map(|one| one.channels.iter());
        let siblings = channels.filter(|channel| channel.parent == parent);
        let last = siblings.map(|channel| channel.place).max();
        last.map_or(0, |last| last.saturating_add(1))
    }
}

/// In the order of their roles, each once: so ops are written.
fn overwrites(rules: &[OverwriteRule], community: CommunityId) -> Result<Vec<Overwrite>, Problem> {
    let overwrite = |rule: &OverwriteRule| {
        Ok(Overwrite {
            role: role("overwrites", &rule.role, community)?,
            allow: bits("overwrites", &rule.allow)?,
            deny: bits("overwrites", &rule.deny)?,
        })
    };
    let all: Result<Vec<_>, Problem> = rules.iter().map(overwrite).collect();
    let mut all = all?;
    all.sort_by_key(|overwrite| overwrite.role);
    let count = all.len();
    all.dedup_by_key(|overwrite| overwrite.role);
    if all.len() < count {
        let detail = "a role is named twice";
        return Err(Problem::field("overwrites", "repeated", detail));
    }
    Ok(all)
}

/// Change a channel.
#[utoipa::path(
    patch, path = "/v1/communities/{community}/channels/{channel}", tag = "communities",
    request_body = ChannelChanges,
    params(
        ("community" = String, Path, description = "Community id"),
        ("channel" = String, Path, description = "Channel id"),
    ),
    responses(
        (status = 200, body = Made), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem)
    )
)]
pub(in crate::api) async fn change_channel(
    State(api): State<ApiState>,
    InPath((id, channel)): InPath<(String, String)>,
    Payload(body): Payload,
) -> Answer<Made> {
    let (id, channel) = (community(&id)?, op("channel", &channel)?);
    let changes = some("body", channel_changes(json(&body)?, id)?)?;
    api.act(id, Body::UpdateChannel { channel, changes }).await
}

fn channel_changes(
    asked: ChannelChanges,
    community: CommunityId,
) -> Result<Vec<ChannelChange>, Problem> {
    let mut changes = Vec::new();
    if let Some(text) = asked.name {
        changes.push(ChannelChange::Name(name(text)?));
    }
    if let Some(topic) = asked.topic {
        changes.push(ChannelChange::Topic(short("topic", topic)?));
    }
    if let Some(parent) = asked.parent {
        let parent = parent.as_deref().map(|text| op("parent", text));
        changes.push(ChannelChange::Parent(parent.transpose()?));
    }
    changes.extend(asked.place.map(ChannelChange::Place));
    changes.extend(asked.scope.map(|scope| ChannelChange::Scope(scope.into())));
    let overwrites = overwrites(&asked.overwrites, community)?;
    changes.extend(overwrites.into_iter().map(ChannelChange::Overwrite));
    changes.extend(asked.slow_mode_s.map(ChannelChange::SlowMode));
    let history = asked.history.map(|rule| rule.map(Into::into));
    changes.extend(history.map(ChannelChange::History));
    Ok(changes)
}

/// Delete a channel. What was said there stays with those who have it.
#[utoipa::path(
    delete, path = "/v1/communities/{community}/channels/{channel}", tag = "communities",
    params(
        ("community" = String, Path, description = "Community id"),
        ("channel" = String, Path, description = "Channel id"),
    ),
    responses((status = 200, body = Made), (status = 403, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn delete_channel(
    State(api): State<ApiState>,
    InPath((id, channel)): InPath<(String, String)>,
) -> Answer<Made> {
    let channel = op("channel", &channel)?;
    api.act(community(&id)?, Body::DeleteChannel { channel })
        .await
}

/// Make a role. Its position and its power never change.
#[utoipa::path(
    post, path = "/v1/communities/{community}/roles", tag = "communities", request_body = NewRole,
    params(("community" = String, Path, description = "Community id")),
    responses(
        (status = 201, body = Made), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem)
    )
)]
pub(in crate::api) async fn make_role(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Creation {
    let (id, new): (_, NewRole) = (community(&id)?, json(&body)?);
    if !(1..=Position::MAX.0).contains(&new.position) {
        let detail = format!("a position is 1 to {}", Position::MAX.0);
        return Err(Problem::field("position", "out-of-range", detail));
    }
    let body = Body::CreateRole {
        name: name(new.name)?,
        colour: new.colour.map_or(Ok([0; 3]), |text| colour(&text))?,
        position: Position(new.position),
        bits: bits("bits", &new.bits)?,
    };
    api.make(id, body).await
}

fn colour(text: &str) -> Result<[u8; 3], Problem> {
    let parsed = text.strip_prefix('#').filter(|rest| rest.len() == 6);
    let parsed = parsed.and_then(|rest| u32::from_str_radix(rest, 16).ok());
    let [_, red, green, blue] = parsed
        .map(u32::to_be_bytes)
        .ok_or_else(|| Problem::field("colour", "not-a-colour", "a colour is written #rrggbb"))?;
    Ok([red, green, blue])
}

/// Change a role: its name, its colour, what use it allows.
#[utoipa::path(
    patch, path = "/v1/communities/{community}/roles/{role}", tag = "communities", request_body = RoleChanges,
    params(
        ("community" = String, Path, description = "Community id"),
        ("role" = String, Path, description = "Role id, or `everyone`"),
    ),
    responses(
        (status = 200, body = Made), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem)
    )
)]
pub(in crate::api) async fn change_role(
    State(api): State<ApiState>,
    InPath((id, changed)): InPath<(String, String)>,
    Payload(body): Payload,
) -> Answer<Made> {
    let (id, asked): (_, RoleChanges) = (community(&id)?, json(&body)?);
    let mut changes = Vec::new();
    if let Some(text) = asked.name {
        changes.push(RoleChange::Name(name(text)?));
    }
    if let Some(text) = asked.colour {
        changes.push(RoleChange::Colour(colour(&text)?));
    }
    if let Some(names) = asked.bits {
        changes.push(RoleChange::Uses(bits("bits", &names)?));
    }
    let (role, changes) = (role("role", &changed, id)?, some("body", changes)?);
    api.act(id, Body::UpdateRole { role, changes }).await
}

/// Delete a role.
#[utoipa::path(
    delete, path = "/v1/communities/{community}/roles/{role}", tag = "communities",
    params(
        ("community" = String, Path, description = "Community id"),
        ("role" = String, Path, description = "Role id"),
    ),
    responses((status = 200, body = Made), (status = 403, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn delete_role(
    State(api): State<ApiState>,
    InPath((id, role)): InPath<(String, String)>,
) -> Answer<Made> {
    let role = op("role", &role)?;
    api.act(community(&id)?, Body::DeleteRole { role }).await
}
