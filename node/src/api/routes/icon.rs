//! The pictures of communities: out of base64, and back as bytes.

use axum::extract::State;
use axum::http::StatusCode;
use data_encoding::BASE64;
use protocol::control::icon::{Icon, IconFault};

use super::attachments::{Headers, headers};
use super::communities::community;
use crate::api::ApiState;
use crate::api::extract::InPath;
use crate::api::problem::Problem;

/// The picture of a community.
#[utoipa::path(
    get, path = "/v1/communities/{community}/icon", tag = "communities",
    params(("community" = String, Path, description = "Community id")),
    responses(
        (status = 200, body = [u8], content_type = "image/png"),
        (status = 400, body = Problem), (status = 404, body = Problem),
    )
)]
pub(in crate::api) async fn icon(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Result<(Headers, Vec<u8>), Problem> {
    let view = api.community(community(&id)?)?;
    let icon = view.icon.as_deref().ok_or_else(|| {
        let detail = "this community has no picture";
        Problem::new(StatusCode::NOT_FOUND, "no-icon", detail)
    })?;
    Ok((headers(icon.kind().media()), icon.bytes().to_vec()))
}

/// A picture out of a request.
pub(super) fn decode(base64: &str) -> Result<Icon, Problem> {
    let bytes = BASE64
        .decode(base64.as_bytes())
        .map_err(|error| Problem::field("icon", "not-base64", error.to_string()))?;
    Icon::new(bytes).map_err(|fault| {
        let reason = match fault {
            IconFault::Kind => "not-a-picture",
            IconFault::TooLarge { .. } => "out-of-range",
        };
        Problem::field("icon", reason, fault.to_string())
    })
}
