//! What each request does. A 2xx says that it is durable.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use protocol::error::Rejected;
use protocol::identity::{AccountId, ContactLink, Hints, IdError, LinkError};
use protocol::message::{Body, Emoji, MessageRef, Name};
use protocol::turn::{Command, Reply, Whom};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use storage::Part;

use super::ApiState;
use super::extract::{InPath, InQuery, Payload};
use super::model::{
    Contact, ContactRequest, DialRequest, EditedMessage, HealthReport, HealthStatus, Me, MeChange,
    Message, MessagePage, Nearby, NewMessage, Written, devices,
};
use super::problem::Problem;
use super::reference::{message_text, parse_message, parse_place};

/// Header under which a client names a command, so that repeating it does nothing twice.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Bytes of an idempotency key: room for any id that a client may use.
const IDEMPOTENCY_KEY_MAX: usize = 255;

/// Messages of a page, unless asked otherwise, and at most.
const PAGE_DEFAULT: usize = 50;
const PAGE_MAX: usize = 200;

type Answer<T> = Result<Json<T>, Problem>;
type Done = Result<StatusCode, Problem>;

/// The own account and this device.
#[utoipa::path(get, path = "/v1/me", tag = "me", responses((status = 200, body = Me)))]
pub(super) async fn me(State(api): State<ApiState>) -> Answer<Me> {
    let (fixed, me) = (api.node.fixed(), api.node.view().me.clone());
    let link = ContactLink::new(fixed.account, Hints::None).map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "link", error.to_string())
    })?;
    Ok(Json(Me {
        account: fixed.account.to_string(),
        device: fixed.device.to_string(),
        name: me.name.as_str().to_owned(),
        devices: devices(&me),
        link: link.to_string(),
    }))
}

/// Change the own name.
#[utoipa::path(
    patch, path = "/v1/me", tag = "me", request_body = MeChange,
    responses((status = 204), (status = 400, body = Problem))
)]
pub(super) async fn change_me(State(api): State<ApiState>, Payload(body): Payload) -> Done {
    let change: MeChange = json(&body)?;
    let name = Name::try_from(change.name)
        .map_err(|error| Problem::field("name", "out-of-range", error.to_string()))?;
    api.done(Command::SetName(name)).await
}

/// How the node is doing.
#[utoipa::path(get, path = "/v1/health", tag = "node", responses((status = 200, body = HealthReport)))]
pub(super) async fn health(State(api): State<ApiState>) -> Json<HealthReport> {
    let (fixed, counts) = (api.node.fixed(), api.node.health().counts());
    let storing = counts.store_fault.is_none();
    Json(HealthReport {
        status: if storing {
            HealthStatus::Ok
        } else {
            HealthStatus::NotStoring
        },
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_s: fixed.started.elapsed().as_secs(),
        generation: fixed.generation,
        unprotected: fixed.unprotected,
        recovery_words_confirmed: fixed.words_confirmed,
        listening: counts.listening,
        links: counts.links,
        misbehaved: counts.misbehaved,
        commits: counts.commits,
        batches: counts.batches,
        restores: counts.restores,
        store_fault: counts.store_fault,
        net: counts.net.into(),
    })
}

/// Strangers in reach that show themselves.
#[utoipa::path(get, path = "/v1/nearby", tag = "contacts", responses((status = 200, body = [Nearby])))]
pub(super) async fn nearby(State(api): State<ApiState>) -> Json<Vec<Nearby>> {
    Json(
        api.node
            .view()
            .nearby
            .values()
            .map(|view| Nearby::from(&**view))
            .collect(),
    )
}

/// Dial an address by hand; answers once a link stands.
#[utoipa::path(
    post, path = "/v1/dial", tag = "node", request_body = DialRequest,
    responses((status = 204), (status = 400, body = Problem), (status = 502, body = Problem))
)]
pub(super) async fn dial(State(api): State<ApiState>, Payload(body): Payload) -> Done {
    let request: DialRequest = json(&body)?;
    api.node.dial(vec![request.address]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Contacts, requests in either direction, and blocks.
#[utoipa::path(get, path = "/v1/contacts", tag = "contacts", responses((status = 200, body = [Contact])))]
pub(super) async fn contacts(State(api): State<ApiState>) -> Json<Vec<Contact>> {
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
pub(super) async fn request(State(api): State<ApiState>, Payload(body): Payload) -> Done {
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
pub(super) async fn contact(
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
pub(super) async fn remove(State(api): State<ApiState>, InPath(id): InPath<String>) -> Done {
    api.done(Command::Remove(account(&id)?)).await
}

/// Say yes to a request.
#[utoipa::path(
    post, path = "/v1/contacts/{account}/accept", tag = "contacts",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem))
)]
pub(super) async fn accept(State(api): State<ApiState>, InPath(id): InPath<String>) -> Done {
    api.done(Command::Accept(account(&id)?)).await
}

/// The six words or the safety number were compared and agree.
#[utoipa::path(
    post, path = "/v1/contacts/{account}/verify", tag = "contacts",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(super) async fn verify(State(api): State<ApiState>, InPath(id): InPath<String>) -> Done {
    api.done(Command::Verify(account(&id)?)).await
}

/// Read nothing of this account any more.
#[utoipa::path(
    post, path = "/v1/contacts/{account}/block", tag = "contacts",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 204))
)]
pub(super) async fn block(State(api): State<ApiState>, InPath(id): InPath<String>) -> Done {
    api.done(Command::Block(account(&id)?)).await
}

/// Undo a block; the contact starts anew with a request.
#[utoipa::path(
    post, path = "/v1/contacts/{account}/unblock", tag = "contacts",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(super) async fn unblock(State(api): State<ApiState>, InPath(id): InPath<String>) -> Done {
    api.done(Command::Unblock(account(&id)?)).await
}

/// Which part of a conversation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    before: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// A page of a conversation, oldest first: the newest messages unless a place is given.
#[utoipa::path(
    get, path = "/v1/conversations/{account}/messages", tag = "messages",
    params(
        ("account" = String, Path, description = "The other account"),
        ("before" = Option<String>, Query, description = "A message's `place`: those before it"),
        ("after" = Option<String>, Query, description = "A message's `place`: those after it"),
        ("limit" = Option<usize>, Query, description = "1 to 200, 50 unless given"),
    ),
    responses((status = 200, body = MessagePage), (status = 400, body = Problem))
)]
pub(super) async fn messages(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    InQuery(query): InQuery<PageQuery>,
) -> Answer<MessagePage> {
    let conversation = account(&id)?;
    let limit = query.limit.unwrap_or(PAGE_DEFAULT);
    if !(1..=PAGE_MAX).contains(&limit) {
        let detail = format!("limit must be 1 to {PAGE_MAX}");
        return Err(Problem::field("limit", "out-of-range", detail));
    }
    let place = |field: &str, text: &str| {
        let detail = "a cursor is the `place` of a message";
        parse_place(text).ok_or_else(|| Problem::field(field, "not-a-place", detail))
    };
    let part = match (&query.before, &query.after) {
        (None, None) => Part::Latest,
        (Some(text), None) => Part::Before(place("before", text)?),
        (None, Some(text)) => Part::After(place("after", text)?),
        (Some(_), Some(_)) => {
            let detail = "give either `before` or `after`";
            return Err(Problem::field("after", "one-of-two", detail));
        }
    };
    let page = api.node.reader().page(conversation, part, limit).await?;
    let messages = page
        .messages
        .iter()
        .map(|entry| Message::of_page(conversation, entry));
    Ok(Json(MessagePage {
        messages: messages.collect(),
        more: page.more,
        lost: page.lost,
    }))
}

/// Write a message. The same `Idempotency-Key` again gives the same message.
#[utoipa::path(
    post, path = "/v1/conversations/{account}/messages", tag = "messages",
    request_body = NewMessage,
    params(
        ("account" = String, Path, description = "The other account"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses(
        (status = 201, body = Written), (status = 400, body = Problem),
        (status = 409, body = Problem), (status = 507, body = Problem),
    )
)]
pub(super) async fn send(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Result<(StatusCode, Json<Written>), Problem> {
    let message: NewMessage = json(&body)?;
    let reply_to = message
        .reply_to
        .as_deref()
        .map(|text| reference("reply_to", text))
        .transpose()?;
    let (to, body, key) = (account(&id)?, text(message.body)?, key(&headers)?);
    let written = api
        .written(Command::Send {
            to,
            body,
            reply_to,
            key,
        })
        .await?;
    Ok((StatusCode::CREATED, Json(written)))
}

/// Replace the body of an own message.
#[utoipa::path(
    put, path = "/v1/conversations/{account}/messages/{message}", tag = "messages",
    request_body = EditedMessage,
    params(
        ("account" = String, Path, description = "The other account"),
        ("message" = String, Path, description = "Message id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses((status = 200, body = Written), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(super) async fn edit(
    State(api): State<ApiState>,
    InPath((id, message)): InPath<(String, String)>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Answer<Written> {
    let edited: EditedMessage = json(&body)?;
    let (to, target) = (account(&id)?, reference("message", &message)?);
    let (body, key) = (text(edited.body)?, key(&headers)?);
    api.written(Command::Edit {
        to,
        target,
        body,
        key,
    })
    .await
    .map(Json)
}

/// Take an own message back.
#[utoipa::path(
    delete, path = "/v1/conversations/{account}/messages/{message}", tag = "messages",
    params(
        ("account" = String, Path, description = "The other account"),
        ("message" = String, Path, description = "Message id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses((status = 200, body = Written), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(super) async fn delete(
    State(api): State<ApiState>,
    InPath((id, message)): InPath<(String, String)>,
    headers: HeaderMap,
) -> Answer<Written> {
    let (to, target) = (account(&id)?, reference("message", &message)?);
    api.written(Command::Delete {
        to,
        target,
        key: key(&headers)?,
    })
    .await
    .map(Json)
}

/// Put an emoji on a message.
#[utoipa::path(
    put, path = "/v1/conversations/{account}/messages/{message}/reactions/{emoji}", tag = "messages",
    params(
        ("account" = String, Path, description = "The other account"),
        ("message" = String, Path, description = "Message id"),
        ("emoji" = String, Path, description = "1 to 64 bytes of UTF-8"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses((status = 200, body = Written), (status = 404, body = Problem))
)]
pub(super) async fn react(
    State(api): State<ApiState>,
    InPath(path): InPath<(String, String, String)>,
    headers: HeaderMap,
) -> Answer<Written> {
    reaction(&api, path, &headers, true).await
}

/// Take an emoji off a message.
#[utoipa::path(
    delete, path = "/v1/conversations/{account}/messages/{message}/reactions/{emoji}",
    tag = "messages",
    params(
        ("account" = String, Path, description = "The other account"),
        ("message" = String, Path, description = "Message id"),
        ("emoji" = String, Path, description = "1 to 64 bytes of UTF-8"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses((status = 200, body = Written), (status = 404, body = Problem))
)]
pub(super) async fn unreact(
    State(api): State<ApiState>,
    InPath(path): InPath<(String, String, String)>,
    headers: HeaderMap,
) -> Answer<Written> {
    reaction(&api, path, &headers, false).await
}

async fn reaction(
    api: &ApiState,
    (id, message, emoji): (String, String, String),
    headers: &HeaderMap,
    on: bool,
) -> Answer<Written> {
    let (to, target) = (account(&id)?, reference("message", &message)?);
    let emoji = Emoji::try_from(emoji)
        .map_err(|error| Problem::field("emoji", "out-of-range", error.to_string()))?;
    let key = key(headers)?;
    api.written(Command::React {
        to,
        target,
        emoji,
        on,
        key,
    })
    .await
    .map(Json)
}

impl ApiState {
    /// Carries out a command that gives nothing back.
    async fn done(&self, command: Command) -> Done {
        self.node.ask(command).await?;
        Ok(StatusCode::NO_CONTENT)
    }

    /// Carries out a command that writes a message.
    async fn written(&self, command: Command) -> Result<Written, Problem> {
        match self.node.ask(command).await? {
            Reply::Message(message) => Ok(Written {
                id: message_text(message),
            }),
            Reply::Done => Ok(Written { id: String::new() }),
        }
    }
}

/// Reads a JSON body; what is wrong with it names the field where serde does.
fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let detail = error.to_string();
        let field = detail.split('`').nth(1).unwrap_or("body").to_owned();
        Problem::field(&field, "not-the-expected-json", detail)
    })
}

fn account(text: &str) -> Result<AccountId, Problem> {
    text.parse()
        .map_err(|error: IdError| Problem::field("account", "not-an-account-id", error.to_string()))
}

fn reference(field: &str, text: &str) -> Result<MessageRef, Problem> {
    let detail = "a message id looks as the API gave it";
    parse_message(text).ok_or_else(|| Problem::field(field, "not-a-message-id", detail))
}

fn text(body: String) -> Result<Body, Problem> {
    Body::try_from(body).map_err(|error| Problem::field("body", "out-of-range", error.to_string()))
}

/// The idempotency key of a request, if it has one.
fn key(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    if value.is_empty() || value.len() > IDEMPOTENCY_KEY_MAX {
        let detail = format!("an idempotency key has 1 to {IDEMPOTENCY_KEY_MAX} bytes");
        return Err(Problem::field("Idempotency-Key", "out-of-range", detail));
    }
    Ok(Some(value.as_bytes().to_vec()))
}
