//! Small files that come with messages: out of base64, and back as bytes.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use data_encoding::BASE64;
use protocol::message::{MEDIA_TYPES, Media};
use protocol::turn::Attachment;

use super::account;
use super::messages::reference;
use crate::api::ApiState;
use crate::api::extract::InPath;
use crate::api::model::NewAttachment;
use crate::api::problem::Problem;

/// Bytes of a request that writes a message: the largest attachment in base64, and the longest text beside it.
pub(in crate::api) const REQUEST_MAX: usize =
    protocol::limits::ATTACHMENT_BYTES_MAX / 3 * 4 + crate::api::BODY_MAX;

/// What is served of an attachment beside its bytes.
pub(super) type Headers = [(HeaderName, HeaderValue); 3];

/// The file that came with a message, once all of it is here and verified.
#[utoipa::path(
    get, path = "/v1/conversations/{account}/messages/{message}/attachment", tag = "messages",
    params(
        ("account" = String, Path, description = "The other account"),
        ("message" = String, Path, description = "Message id"),
    ),
    responses(
        (status = 200, body = [u8], content_type = "application/octet-stream"),
        (status = 400, body = Problem), (status = 404, body = Problem),
    )
)]
pub(in crate::api) async fn attachment(
    State(api): State<ApiState>,
    InPath((id, message)): InPath<(String, String)>,
) -> Result<(Headers, Vec<u8>), Problem> {
    let (_conversation, message) = (account(&id)?, reference("message", &message)?);
    let found = api.node.reader().attachment(message).await?;
    let (media, bytes) = found.ok_or_else(|| {
        let detail = "nothing is attached to this message, or not all of it is here yet";
        Problem::new(StatusCode::NOT_FOUND, "no-attachment", detail)
    })?;
    Ok((headers(media.as_str()), bytes))
}

/// The author chose both media type and bytes. What is none of the known types is bytes; no browser is to guess, or to
/// show it as if it were ours.
pub(super) fn headers(media: &str) -> Headers {
    let known = MEDIA_TYPES.into_iter().find(|known| *known == media);
    let media = known.unwrap_or("application/octet-stream");
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment"),
        ),
    ]
}

/// A file out of a request.
pub(super) fn decode(new: NewAttachment) -> Result<Attachment, Problem> {
    let media = Media::try_from(new.media)
        .map_err(|error| Problem::field("media", "media-type", error.to_string()))?;
    let bytes = BASE64
        .decode(new.base64.as_bytes())
        .map_err(|error| Problem::field("base64", "not-base64", error.to_string()))?;
    let bytes = bytes.into();
    Ok(Attachment { media, bytes })
}
