//! Conversations: pages of them, and what is said in them.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use protocol::message::{Body, ConversationId, Emoji, MessageRef};
use protocol::turn::{Command, Reply};
use serde::Deserialize;
use storage::{Page, Part};

use super::{Answer, account, attachments, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, InQuery, Payload};
use crate::api::model::{EditedMessage, Message, MessagePage, NewMessage, Written};
use crate::api::problem::Problem;
use crate::api::reference::{message_text, parse_message, parse_place};

/// Header under which a client names a command, so that repeating it does nothing twice.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Bytes of an idempotency key: room for any id that a client may use.
const IDEMPOTENCY_KEY_MAX: usize = 255;

/// Messages of a page, unless asked otherwise, and at most.
const PAGE_DEFAULT: usize = 50;
const PAGE_MAX: usize = 200;

/// Which part of a conversation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PageQuery {
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
pub(in crate::api) async fn messages(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    InQuery(query): InQuery<PageQuery>,
) -> Answer<MessagePage> {
    let conversation = ConversationId::from(account(&id)?);
    api.page(conversation, query).await.map(Json)
}

impl PageQuery {
    /// Whether it asks for the newest messages.
    pub(super) const fn is_newest(&self) -> bool {
        self.before.is_none() && self.after.is_none()
    }

    /// Which part, and how many messages of it.
    pub(super) fn part(&self) -> Result<(Part, usize), Problem> {
        let limit = self.limit.unwrap_or(PAGE_DEFAULT);
        if !(1..=PAGE_MAX).contains(&limit) {
            let detail = format!("limit must be 1 to {PAGE_MAX}");
            return Err(Problem::field("limit", "out-of-range", detail));
        }
        let place = |field: &str, text: &str| {
            let detail = "a cursor is the `place` of a message";
            parse_place(text).ok_or_else(|| Problem::field(field, "not-a-place", detail))
        };
        let part = match (&self.before, &self.after) {
            (None, None) => Part::Latest,
            (Some(text), None) => Part::Before(place("before", text)?),
            (None, Some(text)) => Part::After(place("after", text)?),
            (Some(_), Some(_)) => {
                let detail = "give either `before` or `after`";
                return Err(Problem::field("after", "one-of-two", detail));
            }
        };
        Ok((part, limit))
    }
}

impl ApiState {
    /// A page of a conversation.
    pub(super) async fn page(
        &self,
        conversation: ConversationId,
        query: PageQuery,
    ) -> Result<MessagePage, Problem> {
        let (part, limit) = query.part()?;
        let page = self.node.reader().page(conversation, part, limit).await?;
        Ok(self.shown(conversation, &page))
    }

    /// A page as the person is shown it.
    pub(super) fn shown(&self, conversation: ConversationId, page: &Page) -> MessagePage {
        let (view, messages) = (self.node.view(), page.messages.iter());
        let messages = messages.map(|entry| Message::of_page(conversation, entry).seen_with(&view));
        MessagePage {
            messages: messages.collect(),
            more: page.more,
            lost: page.lost,
        }
    }
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
pub(in crate::api) async fn send(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Result<(StatusCode, Json<Written>), Problem> {
    let message: NewMessage = json(&body)?;
    drop(body);
    let reply_to = message
        .reply_to
        .as_deref()
        .map(|text| reference("reply_to", text))
        .transpose()?;
    let (to, body, key) = (account(&id)?, text(message.body)?, key(&headers)?);
    let command = match message.attachment {
        None => Command::Send {
            to,
            body,
            reply_to,
            key,
        },
        Some(new) => Command::Attach {
            to,
            body,
            reply_to,
            attachment: attachments::decode(new)?,
            key,
        },
    };
    let written = api.written(command).await?;
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
pub(in crate::api) async fn edit(
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
pub(in crate::api) async fn delete(
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
pub(in crate::api) async fn react(
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
pub(in crate::api) async fn unreact(
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
    /// Carries out a command that writes a message.
    pub(super) async fn written(&self, command: Command) -> Result<Written, Problem> {
        match self.node.ask(command).await? {
            Reply::Message(message) => Ok(Written {
                id: message_text(message),
            }),
            Reply::Done | Reply::Community(_) | Reply::Op(..) | Reply::Audit(_) => {
                Ok(Written { id: String::new() })
            }
        }
    }
}

pub(super) fn reference(field: &str, text: &str) -> Result<MessageRef, Problem> {
    let detail = "a message id looks as the API gave it";
    parse_message(text).ok_or_else(|| Problem::field(field, "not-a-message-id", detail))
}

pub(super) fn text(body: String) -> Result<Body, Problem> {
    Body::try_from(body).map_err(|error| Problem::field("body", "out-of-range", error.to_string()))
}

/// The idempotency key of a request, if it has one.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    if value.is_empty() || value.len() > IDEMPOTENCY_KEY_MAX {
        let detail = format!("an idempotency key has 1 to {IDEMPOTENCY_KEY_MAX} bytes");
        return Err(Problem::field("Idempotency-Key", "out-of-range", detail));
    }
    Ok(Some(value.as_bytes().to_vec()))
}
