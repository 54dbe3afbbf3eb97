//! Drafts and petnames: kept on this device, told to nobody.

use axum::Json;
use axum::extract::State;
use protocol::message::Name;
use protocol::persist::NoteText;
use protocol::turn::Command;

use super::{Done, account, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, Payload};
use crate::api::model::{DraftChange, Note, PetnameChange};
use crate::api::problem::Problem;

/// Every draft and petname.
#[utoipa::path(get, path = "/v1/notes", tag = "notes", responses((status = 200, body = [Note])))]
pub(in crate::api) async fn notes(State(api): State<ApiState>) -> Json<Vec<Note>> {
    let view = api.node.view();
    let all = view.notes.iter();
    Json(
        all.map(|(key, text)| Note::new(*key, text.as_str()))
            .collect(),
    )
}

/// What is being written to somebody, kept over a crash.
#[utoipa::path(
    put, path = "/v1/conversations/{account}/draft", tag = "notes", request_body = DraftChange,
    params(("account" = String, Path, description = "The other account")),
    responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn draft(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Done {
    let change: DraftChange = json(&body)?;
    let text = NoteText::try_from(change.text)
        .map_err(|error| Problem::field("text", "out-of-range", error.to_string()))?;
    let conversation = account(&id)?;
    api.done(Command::Draft { conversation, text }).await
}

/// What somebody is called on this device.
#[utoipa::path(
    put, path = "/v1/contacts/{account}/petname", tag = "notes", request_body = PetnameChange,
    params(("account" = String, Path, description = "Account id")),
    responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn petname(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Done {
    let change: PetnameChange = json(&body)?;
    let name = Name::try_from(change.name)
        .map_err(|error| Problem::field("name", "out-of-range", error.to_string()))?;
    let account = account(&id)?;
    api.done(Command::Petname { account, name }).await
}
