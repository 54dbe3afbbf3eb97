//! People in a community: their roles, who is silenced, removed or let back in, and whose it is.

use axum::extract::State;
use protocol::control::body::{Body, Cut};

use super::communities::{after, community, op, reason, some};
use super::{Answer, account, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, Payload};
use crate::api::model::{
    BanRequest, ConfirmRequest, KickRequest, Made, TakeRequest, TimeoutRequest, TransferRequest,
};
use crate::api::problem::Problem;

/// Give somebody a role.
#[utoipa::path(
    put, path = "/v1/communities/{community}/members/{account}/roles/{role}", tag = "communities",
    params(
        ("community" = String, Path, description = "Community id"),
        ("account" = String, Path, description = "Account id"),
        ("role" = String, Path, description = "Role id"),
    ),
    responses((status = 200, body = Made), (status = 403, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn assign(
    State(api): State<ApiState>,
    InPath((id, who, role)): InPath<(String, String, String)>,
) -> Answer<Made> {
    let (who, role) = (account(&who)?, op("role", &role)?);
    api.act(community(&id)?, Body::Assign { who, role }).await
}

/// Take a role from somebody.
#[utoipa::path(
    delete, path = "/v1/communities/{community}/members/{account}/roles/{role}", tag = "communities",
    params(
        ("community" = String, Path, description = "Community id"),
        ("account" = String, Path, description = "Account id"),
        ("role" = String, Path, description = "Role id"),
    ),
    responses((status = 200, body = Made), (status = 403, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn unassign(
    State(api): State<ApiState>,
    InPath((id, who, role)): InPath<(String, String, String)>,
) -> Answer<Made> {
    let (who, role) = (account(&who)?, op("role", &role)?);
    api.act(community(&id)?, Body::Unassign { who, role }).await
}

/// Remove somebody. With an invite they may come again.
#[utoipa::path(
    post, path = "/v1/communities/{community}/members/{account}/kick", tag = "communities",
    request_body = KickRequest,
    params(
        ("community" = String, Path, description = "Community id"),
        ("account" = String, Path, description = "Account id"),
    ),
    responses((status = 200, body = Made), (status = 403, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn kick(
    State(api): State<ApiState>,
    InPath((id, who)): InPath<(String, String)>,
    Payload(body): Payload,
) -> Answer<Made> {
    let (id, who, asked): (_, _, KickRequest) = (community(&id)?, account(&who)?, json(&body)?);
    let body = Body::Kick {
        who,
        cut: Cut::default(),
        invites: asked.invites,
        reason: reason(asked.reason)?,
    };
    api.act(id, body).await
}

/// Remove somebody and keep them out.
#[utoipa::path(
    post, path = "/v1/communities/{community}/members/{account}/ban", tag = "communities",
    request_body = BanRequest,
    params(
        ("community" = String, Path, description = "Community id"),
        ("account" = String, Path, description = "Account id"),
    ),
    responses((status = 200, body = Made), (status = 403, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn ban(
    State(api): State<ApiState>,
    InPath((id, who)): InPath<(String, String)>,
    Payload(body): Payload,
) -> Answer<Made> {
    let (id, who, asked): (_, _, BanRequest) = (community(&id)?, account(&who)?, json(&body)?);
    let body = Body::Ban {
        who,
        until: asked.lasts_s.map(after),
        cut: Cut::default(),
        invites: asked.invites,
        reason: reason(asked.reason)?,
    };
    api.act(id, body).await
}

/// Silence somebody for a time.
#[utoipa::path(
    post, path = "/v1/communities/{community}/members/{account}/timeout", tag = "communities",
    request_body = TimeoutRequest,
    params(
        ("community" = String, Path, description = "Community id"),
        ("account" = String, Path, description = "Account id"),
    ),
    responses((status = 200, body = Made), (status = 403, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn timeout(
    State(api): State<ApiState>,
    InPath((id, who)): InPath<(String, String)>,
    Payload(body): Payload,
) -> Answer<Made> {
    let (id, who, asked): (_, _, TimeoutRequest) = (community(&id)?, account(&who)?, json(&body)?);
    let body = Body::Timeout {
        who,
        until: after(asked.lasts_s),
        reason: reason(asked.reason)?,
    };
    api.act(id, body).await
}

/// End a ban.
#[utoipa::path(
    delete, path = "/v1/communities/{community}/bans/{account}", tag = "communities",
    params(
        ("community" = String, Path, description = "Community id"),
        ("account" = String, Path, description = "Account id"),
    ),
    responses((status = 200, body = Made), (status = 403, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn unban(
    State(api): State<ApiState>,
    InPath((id, who)): InPath<(String, String)>,
) -> Answer<Made> {
    let who = account(&who)?;
    api.act(community(&id)?, Body::Unban { who }).await
}

/// Let people stay whose admission was undone.
#[utoipa::path(
    post, path = "/v1/communities/{community}/confirm", tag = "communities", request_body = ConfirmRequest,
    params(("community" = String, Path, description = "Community id")),
    responses((status = 200, body = Made), (status = 400, body = Problem), (status = 403, body = Problem))
)]
pub(in crate::api) async fn confirm(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Answer<Made> {
    let (id, asked): (_, ConfirmRequest) = (community(&id)?, json(&body)?);
    let who: Result<Vec<_>, Problem> = asked.accounts.iter().map(|text| account(text)).collect();
    // Each once, in order: so ops are written.
    let mut who = who?;
    who.sort();
    who.dedup();
    let who = some("accounts", who)?;
    api.act(id, Body::Confirm { who }).await
}

/// Offer the community to somebody; it is theirs once they take it. To oneself: take the offer back.
#[utoipa::path(
    post, path = "/v1/communities/{community}/transfer", tag = "communities", request_body = TransferRequest,
    params(("community" = String, Path, description = "Community id")),
    responses((status = 200, body = Made), (status = 400, body = Problem), (status = 403, body = Problem))
)]
pub(in crate::api) async fn transfer(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Answer<Made> {
    let (id, asked): (_, TransferRequest) = (community(&id)?, json(&body)?);
    let to = account(&asked.to)?;
    api.act(id, Body::Transfer { to }).await
}

/// Take a community that was offered.
#[utoipa::path(
    post, path = "/v1/communities/{community}/accept", tag = "communities", request_body = TakeRequest,
    params(("community" = String, Path, description = "Community id")),
    responses((status = 200, body = Made), (status = 400, body = Problem), (status = 403, body = Problem))
)]
pub(in crate::api) async fn accept(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Answer<Made> {
    let (id, asked): (_, TakeRequest) = (community(&id)?, json(&body)?);
    let transfer = op("transfer", &asked.transfer)?;
    api.act(id, Body::Accept { transfer }).await
}
