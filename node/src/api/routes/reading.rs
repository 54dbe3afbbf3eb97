//! What of the channels is unread, and how far they were read: of this device alone.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use protocol::community::{CommunityCommand, CommunityView};
use protocol::content::Mention;
use protocol::control::body::ChannelKind;
use protocol::control::{Bits, CommunityId};
use protocol::identity::AccountId;
use protocol::message::ConversationId;
use protocol::turn::Command;
use storage::Unread;

use super::communities::community;
use super::messages::reference;
use super::{Answer, Done, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, Payload};
use crate::api::model::{ChannelUnread, MarkRead};
use crate::api::problem::Problem;

/// Of each text channel that this account may view: how far it was read, and what others wrote since.
#[utoipa::path(
    get, path = "/v1/communities/{community}/unread", tag = "communities",
    params(("community" = String, Path, description = "Community id")),
    responses((status = 200, body = [ChannelUnread]), (status = 404, body = Problem))
)]
pub(in crate::api) async fn unread(
    State(api): State<ApiState>,
    InPath(id): InPath<String>,
) -> Answer<Vec<ChannelUnread>> {
    let id = community(&id)?;
    let (community, view) = (api.community(id)?, api.node.view());
    let own = view.me.bundle.account();
    let named = answers_to(&community, id, own);
    let mut all = Vec::new();
    for channel in community.channels.iter() {
        if channel.kind == ChannelKind::Category || !channel.uses.contains(Bits::VIEW) {
            continue;
        }
        let read = view.channel_read.get(&(id, channel.id)).copied();
        let unread = api.unread(channel.id.into(), read, named.clone()).await?;
        all.push(ChannelUnread::new(channel.id, read, unread));
    }
    Ok(Json(all))
}

/// Whom a message has to mention for this account to be meant.
fn answers_to(community: &CommunityView, id: CommunityId, own: AccountId) -> BTreeSet<Mention> {
    let members = community.members.iter();
    let roles = members
        .filter(|member| member.account == own)
        .flat_map(|member| &member.roles);
    let everyone = [
        Mention::Account(own),
        Mention::Role(id.founding()),
        Mention::Everyone,
    ];
    roles.copied().map(Mention::Role).chain(everyone).collect()
}

/// A channel was read up to this message. Marks only move forward, and nobody else hears of it.
#[utoipa::path(
    put, path = "/v1/channels/{channel}/read", tag = "channels", request_body = MarkRead,
    params(("channel" = String, Path, description = "Channel id")),
    responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn mark_read(
    State(api): State<ApiState>,
    InPath(channel): InPath<String>,
    Payload(body): Payload,
) -> Done {
    let mark: MarkRead = json(&body)?;
    let (community, channel) = api.channel(&channel)?;
    let command = CommunityCommand::MarkRead {
        community,
        channel,
        up_to: reference("up_to", &mark.up_to)?,
    };
    api.done(Command::Community(command)).await
}

impl ApiState {
    /// What others wrote in a conversation behind a place, and how much of it mentions one of these. What somebody wrote whom
    /// the person blocked is nothing that waits for them.
    pub(super) async fn unread(
        &self,
        conversation: ConversationId,
        after: Option<storage::Position>,
        named: BTreeSet<Mention>,
    ) -> Result<Unread, Problem> {
        let view = self.node.view();
        let own = view.me.bundle.account();
        let passed = view.blocked().chain([own]).collect();
        let reader = self.node.reader();
        Ok(reader.unread(conversation, passed, after, named).await?)
    }
}
