//! Forks: a community founded from another, by whoever is or was a member of it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use protocol::community::{CommunityCommand, Taking};
use protocol::turn::{Command, Reply};

use super::communities::{community, name};
use super::messages::key;
use super::{account, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, Payload};
use crate::api::model::{Invite, MadeFork, NewFork};
use crate::api::problem::Problem;
use crate::api::reference::{community_text, op_text};

/// Found a community from another as it stands here: its channels as far as this account sees them, its roles and rules,
/// with new keys and this account as its owner. The other one stays as it is, hears nothing of it and cannot prevent it.
#[utoipa::path(
    post, path = "/v1/communities/{community}/fork", tag = "communities", request_body = NewFork,
    params(
        ("community" = String, Path, description = "Id of the community to fork"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses(
        (status = 201, body = MadeFork), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem),
    )
)]
pub(in crate::api) async fn fork(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Result<(StatusCode, Json<MadeFork>), Problem> {
    let (from, new): (_, NewFork) = (community(&id)?, json(&body)?);
    let ask = new.ask.iter().map(|text| account(text));
    let command = CommunityCommand::Fork {
        from,
        name: new.name.map(name).transpose()?,
        ask: ask.collect::<Result<_, _>>()?,
        taking: Taking {
            with_powers: new.with_powers,
            trimmed: new.trimmed,
        },
        key: key(&headers)?,
    };
    let Reply::Op(made, invite) = api.node.ask(Command::Community(command)).await? else {
        let detail = "a community was forked without an invite";
        return Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "fork",
            detail,
        ));
    };
    // What the command changed was shown before it was answered.
    let (view, hints) = (api.community(made)?, api.node.view().hints.clone());
    let shown = view.invites.iter().find(|one| one.id == invite);
    let made = MadeFork {
        id: community_text(made),
        invite: op_text(invite),
        link: shown.and_then(|one| Invite::new(one, made, &hints).link),
    };
    Ok((StatusCode::CREATED, Json(made)))
}
