//! Conversations as wholes: unread messages, read marks, who writes.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use protocol::error::Rejected;
use protocol::identity::AccountId;
use protocol::turn::{Command, ContactStanding};

use super::messages::reference;
use super::{Answer, Done, account, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, Payload};
use crate::api::model::{Conversation, MarkRead};
use crate::api::problem::Problem;
use crate::view::View;

/// Every conversation that there is or could be: contacts that both said yes, and what was read of former ones.
#[utoipa::path(
    get, path = "/v1/conversations", tag = "conversations",
    responses((status = 200, body = [Conversation]))
)]
pub(in crate::api) async fn conversations(
    State(api): State<ApiState>,
) -> Answer<Vec<Conversation>> {
    let view = api.node.view();
    let mut all = Vec::new();
    for account in accounts(&view) {
        all.push(api.conversation(account, &view).await?);
    }
    Ok(Json(all))
}

/// One conversation.
#[utoipa::path(
    get, path = "/v1/conversations/{account}", tag = "conversations",
    params(("account" = String, Path, description = "The other account")),
    responses((status = 200, body = Conversation), (status = 404, body = Problem))
)]
pub(in crate::api) async fn conversation(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Answer<Conversation> {
    let (id, view) = (account(&id)?, api.node.view());
    if !accounts(&view).contains(&id) {
        return Err(Rejected::UnknownContact.into());
    }
    api.conversation(id, &view).await.map(Json)
}

/// The conversation was read up to this message. Marks only move forward. The other side is told only where the
/// settings say so.
#[utoipa::path(
    put, path = "/v1/conversations/{account}/read", tag = "conversations", request_body = MarkRead,
    params(("account" = String, Path, description = "The other account")),
    responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn mark_read(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
    Payload(body): Payload,
) -> Done {
    let mark: MarkRead = json(&body)?;
    let (conversation, up_to) = (account(&id)?, reference("up_to", &mark.up_to)?);
    api.done(Command::MarkRead {
        conversation,
        up_to,
    })
    .await
}

/// The person writes to this contact. Ask at each stroke: it is told only as often as it must be, and only where the
/// settings say so. Nothing is stored.
#[utoipa::path(
    post, path = "/v1/conversations/{account}/typing", tag = "conversations",
    params(("account" = String, Path, description = "The other account")),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem))
)]
pub(in crate::api) async fn typing(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Done {
    let to = account(&id)?;
    api.done(Command::Typing { to }).await
}

fn accounts(view: &View) -> BTreeSet<AccountId> {
    let contacts = view.contacts.values();
    contacts
        .filter(|contact| contact.standing == ContactStanding::Accepted)
        .map(|contact| contact.account)
        .chain(view.read.keys().copied())
        .collect()
}

impl ApiState {
    /// A conversation, with its unread messages counted.
    async fn conversation(&self, account: AccountId, view: &View) -> Result<Conversation, Problem> {
        let after = view.read.get(&account).and_then(|read| read.own);
        let unread = self.unread(account.into(), after, BTreeSet::new()).await?;
        Ok(Conversation::new(account, view, unread.messages))
    }
}
