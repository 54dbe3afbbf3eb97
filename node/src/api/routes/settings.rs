//! What the person lets others know.

use axum::Json;
use axum::extract::State;
use protocol::turn::Command;

use super::{Done, json};
use crate::api::ApiState;
use crate::api::extract::Payload;
use crate::api::model::{PresenceChange, Settings};
use crate::api::problem::Problem;

/// The settings.
#[utoipa::path(get, path = "/v1/settings", tag = "me", responses((status = 200, body = Settings)))]
pub(in crate::api) async fn settings(State(api): State<ApiState>) -> Json<Settings> {
    Json(api.node.view().privacy.into())
}

/// Change the settings: all of them are given.
#[utoipa::path(
    put, path = "/v1/settings", tag = "me", request_body = Settings,
    responses((status = 204), (status = 400, body = Problem))
)]
pub(in crate::api) async fn change_settings(
    State(api): State<ApiState>,
    Payload(body): Payload,
) -> Done {
    let settings: Settings = json(&body)?;
    api.done(Command::SetPrivacy(settings.into())).await
}

/// Be there, away, or unseen; the other settings stay.
#[utoipa::path(
    put, path = "/v1/presence", tag = "me", request_body = PresenceChange,
    responses((status = 204), (status = 400, body = Problem))
)]
pub(in crate::api) async fn set_presence(
    State(api): State<ApiState>,
    Payload(body): Payload,
) -> Done {
    let change: PresenceChange = json(&body)?;
    api.done(Command::SetPresence(change.presence.into())).await
}
