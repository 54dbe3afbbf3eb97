//! People: strangers in reach, requests, contacts, blocks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::error::Rejected;
use protocol::identity::LinkError;
use protocol::turn::{Command, Whom};

use super::{Answer, Done, account, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, Payload};
use crate::api::model::{Contact, ContactRequest, Nearby};
use crate::api::problem::Problem;

/// Strangers in reach that show themselves.
#[utoipa::path(get, path = "/v1/nearby", tag = "contacts", responses((status = 200, body = [Nearby])))]
pub(in crate::api) async fn nearby(State(api): State<ApiState>) -> Json<Vec<Nearby>> {
    Json(
        api.node
            .view()
            .nearby
            .values()
            .map(|view| Nearby::from(&**view))
            .collect(),
    )
}

/// Contacts, requests in either direction, and blocks.
#[utoipa::path(get, path = "/v1/contacts", tag = "contacts", responses((status = 200, body = [Contact])))]
pub(in crate::api) async fn contacts(State(api): State<ApiState>) -> Json<Vec<Contact>> {
    Json(
        api.node
            .view()
            .contacts
            .values()
            .map(|view| Contact::from(&**view))
            .collect(),
    )
}

/// Ask somebody to become a contact. Asking again changes nothing.
#[utoipa::path(
    post, path = "/v1/contacts", tag = "contacts", request_body = ContactRequest,
    responses((status = 201), (status = 400, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn request(State(api): State<ApiState>, Payload(body): Payload) -> Done {
    let request: ContactRequest = json(&body)?;
    let whom = match (request.account, request.link) {
        (Some(text), None) => Whom::Account(account(&text)?),
        (None, Some(text)) => Whom::Link(text.trim().parse().map_err(|error: LinkError| {
            Problem::field("link", "not-a-contact-link", error.to_string())
        })?),
        _ => {
            let detail = "give either `account` or `link`";
            return Err(Problem::field("account", "one-of-two", detail));
        }
    };
    api.done(Command::Request(whom)).await?;
    Ok(StatusCode::CREATED)
}

/// One contact, with its safety number.
#[utoipa::path(
    get, path = "/v1/contacts/{account}", tag = "contacts",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 200, body = Contact), (status = 404, body = Problem))
)]
pub(in crate::api) async fn contact(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Answer<Contact> {
    let (id, view) = (account(&id)?, api.node.view());
    let contact = view.contacts.get(&id);
    let contact = contact.ok_or_else(|| Problem::from(Rejected::UnknownContact))?;
    let mut contact = Contact::from(&**contact);
    contact.safety_number = api.node.safety_number(id).await?;
    Ok(Json(contact))
}

/// Drop a contact, or a request in either direction.
#[utoipa::path(
    delete, path = "/v1/contacts/{account}", tag = "contacts",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(in crate::api) async fn remove(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Done {
    api.done(Command::Remove(account(&id)?)).await
}

/// Say yes to a request.
#[utoipa::path(
    post, path = "/v1/contacts/{account}/accept", tag = "contacts",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn accept(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Done {
    api.done(Command::Accept(account(&id)?)).await
}

/// The six words or the safety number were compared and agree.
#[utoipa::path(
    post, path = "/v1/contacts/{account}/verify", tag = "contacts",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(in crate::api) async fn verify(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Done {
    api.done(Command::Verify(account(&id)?)).await
}

/// Read nothing of this account any more.
#[utoipa::path(
    post, path = "/v1/contacts/{account}/block", tag = "contacts",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 204))
)]
pub(in crate::api) async fn block(State(api): State<ApiState>, InPath(id): InPath<String>) -> Done {
    api.done(Command::Block(account(&id)?)).await
}

/// Undo a block; the contact starts anew with a request.
#[utoipa::path(
    post, path = "/v1/contacts/{account}/unblock", tag = "contacts",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(in crate::api) async fn unblock(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Done {
    api.done(Command::Unblock(account(&id)?)).await
}
