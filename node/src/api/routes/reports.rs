//! Reports: a member tells the moderators of a community about messages, and nobody else hears of it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use protocol::community::CommunityCommand;
use protocol::control::Bits;
use protocol::error::Rejected;
use protocol::turn::Command;

use super::communities::{community, list, reason};
use super::messages::{key, reference};
use super::{Answer, Done, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, Payload};
use crate::api::model::{NewReport, ReportPage, Written};
use crate::api::problem::Problem;

/// Report messages of others to the moderators: to each of their devices, but to whom the messages are of. It is in no log.
#[utoipa::path(
    post, path = "/v1/channels/{channel}/reports", tag = "channels", request_body = NewReport,
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses(
        (status = 201, body = Written), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem),
    )
)]
pub(in crate::api) async fn report(
    State(api): State<ApiState>,
    InPath(channel): InPath<String>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Result<(StatusCode, Json<Written>), Problem> {
    let asked: NewReport = json(&body)?;
    let (community, channel) = api.channel(&channel)?;
    let messages = asked.messages.iter();
    let messages: Result<Vec<_>, Problem> =
        messages.map(|text| reference("messages", text)).collect();
    let command = CommunityCommand::Report {
        community,
        channel,
        messages: list("messages", messages?)?,
        reason: reason(asked.reason)?,
        key: key(&headers)?,
    };
    let written = api.written(Command::Community(command)).await?;
    Ok((StatusCode::CREATED, Json(written)))
}

/// What was reported to this account as a moderator, the newest first.
#[utoipa::path(
    get, path = "/v1/communities/{community}/reports", tag = "communities",
    params(("community" = String, Path, description = "Community id")),
    responses((status = 200, body = ReportPage), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn reports(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Answer<ReportPage> {
    let id = community(&id)?;
    let view = api.community(id)?;
    if !view.power.contains(Bits::MANAGE_MESSAGES) {
        return Err(Rejected::NotPermitted.into());
    }
    Ok(Json(ReportPage::new(
        id,
        &view.reports,
        view.reports_dropped,
    )))
}

/// Say that a report was dealt with. This device alone remembers it.
#[utoipa::path(
    post, path = "/v1/communities/{community}/reports/{report}/resolve", tag = "communities",
    params(
        ("community" = String, Path, description = "Community id"),
        ("report" = String, Path, description = "Report id"),
    ),
    responses((status = 204), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn resolve(
    State(api): State<ApiState>,
    InPath((id, report)): InPath<(String, String)>,
) -> Done {
    let command = CommunityCommand::Resolve {
        community: community(&id)?,
        report: reference("report", &report)?,
    };
    api.done(Command::Community(command)).await
}
