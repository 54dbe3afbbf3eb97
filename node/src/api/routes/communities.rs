//! Communities as wholes: founded, joined, changed, left; and what every request about one takes apart.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::community::{CommunityCommand, CommunityView};
use protocol::control::body::{Body, Name, PolicyChange, Reason};
use protocol::control::join_link::{JoinLink, JoinLinkError};
use protocol::control::{Bits, CommunityId, OpId};
use protocol::error::Rejected;
use protocol::identity::Hints;
use protocol::time::{Hlc, Timestamp};
use protocol::turn::{Command, Reply};
use protocol::wire::{Bounded, Text};
use serde::Deserialize;

use super::{Answer, Done, account, icon, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, InQuery, Payload};
use crate::api::model::{
    AuditLine, Community, CommunityChanges, JoinRequest, Made, NewCommunity, NewGroup,
    NicknameChange, bit_name,
};
use crate::api::problem::Problem;
use crate::api::reference::{community_text, op_text, parse_community, parse_op};
use crate::clock::Clock;

/// Communities that this device has to do with, also those that it left or asks to be let into.
#[utoipa::path(
    get, path = "/v1/communities", tag = "communities",
    responses((status = 200, body = [Community]))
)]
pub(in crate::api) async fn communities(State(api): State<ApiState>) -> Json<Vec<Community>> {
    let view = api.node.view();
    let all = view.communities.values();
    let shown = all.map(|one| Community::new(one, &view.hints).seen_with(&view));
    Json(shown.collect())
}

/// Found a community.
#[utoipa::path(
    post, path = "/v1/communities", tag = "communities", request_body = NewCommunity,
    responses((status = 201, body = Made), (status = 400, body = Problem), (status = 429, body = Problem))
)]
pub(in crate::api) async fn found(
    State(api): State<ApiState>,
    Payload(body): Payload,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let new: NewCommunity = json(&body)?;
    let command = CommunityCommand::Found {
        name: name(new.name)?,
        admit: new.admit.into(),
        history: new.history.into(),
    };
    api.made(command).await
}

/// Found a group of friends: a community with one channel, into which contacts are asked by a private message each.
#[utoipa::path(
    post, path = "/v1/groups", tag = "communities", request_body = NewGroup,
    responses(
        (status = 201, body = Made), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 429, body = Problem),
    )
)]
pub(in crate::api) async fn gather(
    State(api): State<ApiState>,
    Payload(body): Payload,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let new: NewGroup = json(&body)?;
    let people = new.people.iter().map(|text| account(text));
    let command = CommunityCommand::Gather {
        name: name(new.name)?,
        people: people.collect::<Result<_, _>>()?,
    };
    api.made(command).await
}

/// Ask to be let into a community by an invite: whichever member is met may let in. Asking again changes nothing.
#[utoipa::path(
    post, path = "/v1/communities/join", tag = "communities", request_body = JoinRequest,
    responses((status = 201, body = Made), (status = 400, body = Problem), (status = 429, body = Problem))
)]
pub(in crate::api) async fn join(
    State(api): State<ApiState>,
    Payload(body): Payload,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let request: JoinRequest = json(&body)?;
    let link = request.link.trim().parse::<JoinLink>();
    let link = link.map_err(|error: JoinLinkError| {
        Problem::field("link", "not-an-invite-link", error.to_string())
    })?;
    let command = CommunityCommand::Join {
        community: link.community(),
        invite: link.invite(),
        secret: *link.key().seed(),
        hints: addresses(link.hints()),
    };
    api.made(command).await
}

fn addresses(hints: &Hints) -> Bounded<Text<64>, 2> {
    let texts = match hints {
        Hints::None => Vec::new(),
        Hints::Addresses { v6, v4 } => {
            let v6 = v6.map(|address| address.to_string());
            let v4 = v4.map(|address| address.to_string());
            v6.into_iter().chain(v4).collect()
        }
        Hints::Bootstrap(host) => vec![host.as_str().to_owned()],
    };
    let texts = texts.into_iter().map(Text::try_from);
    let texts: Vec<_> = texts.filter_map(Result::ok).collect();
    texts.try_into().unwrap_or_default()
}

/// One community, with its channels, roles, members and invites.
#[utoipa::path(
    get, path = "/v1/communities/{community}", tag = "communities",
    params(("community" = String, Path, description = "Community id")),
    responses((status = 200, body = Community), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn show(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Answer<Community> {
    let (one, view) = (api.community(community(&id)?)?, api.node.view());
    Ok(Json(Community::new(&one, &view.hints).seen_with(&view)))
}

/// Leave a community, or ask no longer to be let in.
#[utoipa::path(
    delete, path = "/v1/communities/{community}", tag = "communities",
    params(("community" = String, Path, description = "Community id")),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(in crate::api) async fn leave(State(api): State<ApiState>, InPath(id): InPath<String>) -> Done {
    let command = CommunityCommand::Leave(community(&id)?);
    api.done(Command::Community(command)).await
}

/// Change a community's name, topic or rules.
#[utoipa::path(
    patch, path = "/v1/communities/{community}", tag = "communities", request_body = CommunityChanges,
    params(("community" = String, Path, description = "Community id")),
    responses(
        (status = 200, body = Made), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)
    )
)]
pub(in crate::api) async fn change(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Answer<Made> {
    let (id, asked): (_, CommunityChanges) = (community(&id)?, json(&body)?);
    let mut changes = Vec::new();
    if let Some(text) = asked.name {
        changes.push(PolicyChange::Name(name(text)?));
    }
    if let Some(topic) = asked.topic {
        changes.push(PolicyChange::Topic(short("topic", topic)?));
    }
    if let Some(admit) = asked.admit {
        changes.push(PolicyChange::Admit(admit.into()));
    }
    if let Some(history) = asked.history {
        changes.push(PolicyChange::History(history.into()));
    }
    if let Some(picture) = asked.icon {
        let picture = picture.as_deref().map(icon::decode).transpose()?;
        changes.push(PolicyChange::Icon(picture));
    }
    let changes = some("body", changes)?;
    api.act(id, Body::Policy { changes }).await
}

/// Be called so in a community; an empty name goes back to the own one.
#[utoipa::path(
    put, path = "/v1/communities/{community}/nickname", tag = "communities", request_body = NicknameChange,
    params(("community" = String, Path, description = "Community id")),
    responses((status = 200, body = Made), (status = 400, body = Problem), (status = 403, body = Problem))
)]
pub(in crate::api) async fn nickname(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Answer<Made> {
    let (id, change): (_, NicknameChange) = (community(&id)?, json(&body)?);
    let name = Some(change.name).filter(|name| !name.trim().is_empty());
    let name = name.map(name_of).transpose()?;
    api.act(id, Body::Nickname { name }).await
}

/// Which part of the audit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct AuditQuery {
    before: Option<String>,
}

/// What was done in a community, newest first: the last 200 ops, also those that count for nothing; or the last 200 before one.
#[utoipa::path(
    get, path = "/v1/communities/{community}/audit", tag = "communities",
    params(
        ("community" = String, Path, description = "Community id"),
        ("before" = Option<String>, Query, description = "Id of an op: what was done before it"),
    ),
    responses((status = 200, body = [AuditLine]), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn audit(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    InQuery(query): InQuery<AuditQuery>,
) -> Answer<Vec<AuditLine>> {
    let community = community(&id)?;
    let Some(before) = query.before else {
        let view = api.community(community)?;
        return Ok(Json(view.audit.iter().map(AuditLine::from).collect()));
    };
    let before = op("before", &before)?;
    let command = CommunityCommand::Audit { community, before };
    let lines = match api.node.ask(Command::Community(command)).await? {
        Reply::Audit(older) => older.iter().map(AuditLine::from).collect(),
        _ => Vec::new(),
    };
    Ok(Json(lines))
}

impl ApiState {
    /// A community as it stands.
    pub(super) fn community(
        &self,
        id: CommunityId,
    ) -> Result<std::sync::Arc<CommunityView>, Problem> {
        let view = self.node.view();
        let known = view.communities.get(&id).cloned();
        known.ok_or_else(|| Rejected::UnknownCommunity.into())
    }

    /// Carries out what makes something in a community, or a community.
    pub(super) async fn made(
        &self,
        command: CommunityCommand,
    ) -> Result<(StatusCode, Json<Made>), Problem> {
        let id = match self.node.ask(Command::Community(command)).await? {
            Reply::Community(id) => community_text(id),
            Reply::Op(_, op) => op_text(op),
            Reply::Done | Reply::Message(_) | Reply::Audit(_) => String::new(),
        };
        Ok((StatusCode::CREATED, Json(Made { id })))
    }

    /// Does what one op says.
    pub(super) async fn act(&self, community: CommunityId, body: Body) -> Answer<Made> {
        let body = Box::new(body);
        let (_, made) = self.made(CommunityCommand::Act { community, body }).await?;
        Ok(made)
    }

    /// Makes what one op makes.
    pub(super) async fn make(
        &self,
        community: CommunityId,
        body: Body,
    ) -> Result<(StatusCode, Json<Made>), Problem> {
        let body = Box::new(body);
        self.made(CommunityCommand::Act { community, body }).await
    }
}

pub(super) fn community(text: &str) -> Result<CommunityId, Problem> {
    let detail = "a community id looks as the API gave it";
    parse_community(text).ok_or_else(|| Problem::field("community", "not-a-community-id", detail))
}

/// A channel, role, invite or offer.
pub(super) fn op(field: &str, text: &str) -> Result<OpId, Problem> {
    let detail = "the id of a channel, role or invite looks as the API gave it";
    parse_op(text).ok_or_else(|| Problem::field(field, "not-an-op-id", detail))
}

/// A role; `everyone` stands for the one that all have.
pub(super) fn role(field: &str, text: &str, community: CommunityId) -> Result<OpId, Problem> {
    match text {
        "everyone" => Ok(community.founding()),
        text => op(field, text),
    }
}

/// A text of so many bytes.
pub(super) fn short<const N: usize>(field: &str, text: String) -> Result<Text<N>, Problem> {
    Text::try_from(text).map_err(|error| Problem::field(field, "out-of-range", error.to_string()))
}

/// A name that says something.
pub(super) fn name(text: String) -> Result<Name, Problem> {
    if text.trim().is_empty() {
        let detail = "a name has 1 to 128 bytes of UTF-8";
        return Err(Problem::field("name", "out-of-range", detail));
    }
    short("name", text)
}

fn name_of(text: String) -> Result<Name, Problem> {
    short("name", text)
}

pub(super) fn reason(text: String) -> Result<Reason, Problem> {
    short("reason", text)
}

/// A list of at most so many.
pub(super) fn list<T, const N: usize>(
    field: &str,
    items: Vec<T>,
) -> Result<Bounded<T, N>, Problem> {
    let detail = format!("at most {N} are taken, not {}", items.len());
    Bounded::try_from(items).map_err(|_error| Problem::field(field, "out-of-range", detail))
}

/// A list of at least one.
pub(super) fn some<T, const N: usize>(
    field: &str,
    items: Vec<T>,
) -> Result<Bounded<T, N>, Problem> {
    if items.is_empty() {
        let detail = "nothing is given that could change";
        return Err(Problem::field(field, "nothing-to-change", detail));
    }
    list(field, items)
}

/// Permissions by their names.
pub(super) fn bits(field: &str, names: &[String]) -> Result<Bits, Problem> {
    names.iter().try_fold(Bits::NONE, |all, name| {
        let known = Bits::NAMED
            .iter()
            .find(|(known, _)| bit_name(known) == *name);
        let detail = || format!("there is no permission `{name}`");
        let (_, bit) = known.ok_or_else(|| Problem::field(field, "not-a-permission", detail()))?;
        Ok(all.with(*bit))
    })
}

/// The time in so many seconds, as ops say it.
pub(super) fn after(seconds: u64) -> Hlc {
    let now = Clock::start().now().wall.as_millis();
    let then = now.saturating_add(seconds.saturating_mul(1_000));
    Hlc::from_wall(Timestamp::from_millis(then))
}
