//! What is said in channels: as in conversations of two, and what only channels have.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use protocol::community::{CommunityCommand, StandingHere};
use protocol::content::{ChannelEvent, Mention as Mentioned};
use protocol::control::{Bits, CommunityId, OpId};
use protocol::error::Rejected;
use protocol::limits;
use protocol::message::{ConversationId, Emoji};
use protocol::turn::Command;
use protocol::wire::Bounded;

use super::communities::{list, name, op, reason, role, some};
use super::messages::{PageQuery, key, reference, text};
use super::{Answer, json};
use crate::api::ApiState;
use crate::api::extract::{InPath, InQuery, Payload};
use crate::api::model::{
    EditedMessage, Mention, MessagePage, NewChannelMessage, Pinned, Redaction, ThreadName, Written,
};
use crate::api::problem::Problem;

/// Whom a message mentions.
type Mentions = Bounded<Mentioned, { limits::MENTIONS_MAX }>;

/// A page of a channel, oldest first: the newest messages unless a place is given.
#[utoipa::path(
    get, path = "/v1/channels/{channel}/messages", tag = "channels",
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("before" = Option<String>, Query, description = "A message's `place`: those before it"),
        ("after" = Option<String>, Query, description = "A message's `place`: those after it"),
        ("limit" = Option<usize>, Query, description = "1 to 200, 50 unless given"),
    ),
    responses((status = 200, body = MessagePage), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn messages(
    State(api): State<ApiState>,
    InPath(channel): InPath<String>,
    InQuery(query): InQuery<PageQuery>,
) -> Answer<MessagePage> {
    let (community, channel) = api.channel(&channel)?;
    let whole = query.is_newest();
    let page = api.page(ConversationId::from(channel), query).await?;
    api.of_channel((community, channel), page, whole)
}

/// Write a message in a channel. The same `Idempotency-Key` again gives the same message.
#[utoipa::path(
    post, path = "/v1/channels/{channel}/messages", tag = "channels", request_body = NewChannelMessage,
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses(
        (status = 201, body = Written), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem),
        (status = 507, body = Problem),
    )
)]
pub(in crate::api) async fn send(
    State(api): State<ApiState>,
    InPath(channel): InPath<String>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Result<(StatusCode, Json<Written>), Problem> {
    let message: NewChannelMessage = json(&body)?;
    let place = api.channel(&channel)?;
    let refer = |field: &str, text: Option<String>| {
        let text = text.as_deref();
        text.map(|text| reference(field, text)).transpose()
    };
    let (to, thread) = (
        refer("reply_to", message.reply_to)?,
        refer("thread", message.thread)?,
    );
    let (mentions, body) = (mentions(&message.mentions, place.0)?, text(message.body)?);
    let event = match to {
        Some(to) => ChannelEvent::Reply {
            to,
            body,
            mentions,
            thread,
        },
        None => ChannelEvent::Text {
            body,
            mentions,
            thread,
        },
    };
    let written = api.say(place, event, &headers).await?;
    Ok((StatusCode::CREATED, written))
}

/// Each once, in order: so messages are written.
fn mentions(all: &[Mention], community: CommunityId) -> Result<Mentions, Problem> {
    let mention = |mention: &Mention| {
        let known = match mention {
            Mention::Account(text) => text.parse().ok().map(Mentioned::Account),
            Mention::Role(text) => role("mentions", text, community).ok().map(Mentioned::Role),
            Mention::Everyone => Some(Mentioned::Everyone),
        };
        let detail = "a mention names an account, a role, or everyone";
        known.ok_or_else(|| Problem::field("mentions", "not-a-mention", detail))
    };
    let all: Result<Vec<_>, Problem> = all.iter().map(mention).collect();
    let mut all = all?;
    all.sort();
    all.dedup();
    list("mentions", all)
}

/// Replace the body of an own message.
#[utoipa::path(
    put, path = "/v1/channels/{channel}/messages/{message}", tag = "channels", request_body = EditedMessage,
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("message" = String, Path, description = "Message id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses((status = 200, body = Written), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn edit(
    State(api): State<ApiState>,
    InPath((channel, message)): InPath<(String, String)>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Answer<Written> {
    let edited: EditedMessage = json(&body)?;
    let event = ChannelEvent::Edit {
        target: reference("message", &message)?,
        body: text(edited.body)?,
    };
    api.say(api.channel(&channel)?, event, &headers).await
}

/// Take an own message back.
#[utoipa::path(
    delete, path = "/v1/channels/{channel}/messages/{message}", tag = "channels",
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("message" = String, Path, description = "Message id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses((status = 200, body = Written), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn delete(
    State(api): State<ApiState>,
    InPath((channel, message)): InPath<(String, String)>,
    headers: HeaderMap,
) -> Answer<Written> {
    let target = reference("message", &message)?;
    let event = ChannelEvent::Delete { target };
    api.say(api.channel(&channel)?, event, &headers).await
}

/// Put an emoji on a message.
#[utoipa::path(
    put, path = "/v1/channels/{channel}/messages/{message}/reactions/{emoji}", tag = "channels",
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("message" = String, Path, description = "Message id"),
        ("emoji" = String, Path, description = "1 to 64 bytes of UTF-8"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses((status = 200, body = Written), (status = 403, body = Problem), (status = 404, body = Problem))
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
    delete, path = "/v1/channels/{channel}/messages/{message}/reactions/{emoji}", tag = "channels",
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("message" = String, Path, description = "Message id"),
        ("emoji" = String, Path, description = "1 to 64 bytes of UTF-8"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses((status = 200, body = Written), (status = 403, body = Problem), (status = 404, body = Problem))
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
    (channel, message, emoji): (String, String, String),
    headers: &HeaderMap,
    on: bool,
) -> Answer<Written> {
    let target = reference("message", &message)?;
    let emoji = Emoji::try_from(emoji)
        .map_err(|error| Problem::field("emoji", "out-of-range", error.to_string()))?;
    let event = ChannelEvent::React { target, emoji, on };
    api.say(api.channel(&channel)?, event, headers).await
}

/// Pin a message, or unpin it. A channel has at most 100 pins.
#[utoipa::path(
    put, path = "/v1/channels/{channel}/messages/{message}/pin", tag = "channels", request_body = Pinned,
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("message" = String, Path, description = "Message id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses(
        (status = 200, body = Written), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem),
    )
)]
pub(in crate::api) async fn pin(
    State(api): State<ApiState>,
    InPath((channel, message)): InPath<(String, String)>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Answer<Written> {
    let (target, Pinned { on }) = (reference("message", &message)?, json(&body)?);
    let place = api.channel(&channel)?;
    if on {
        api.room_for_pin(place.1, target).await?;
    }
    let event = ChannelEvent::Pin { target, on };
    api.say(place, event, &headers).await
}

/// Open a thread with a name under a message, or give it another.
#[utoipa::path(
    put, path = "/v1/channels/{channel}/messages/{message}/thread", tag = "channels", request_body = ThreadName,
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("message" = String, Path, description = "Message id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses((status = 200, body = Written), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn thread(
    State(api): State<ApiState>,
    InPath((channel, message)): InPath<(String, String)>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Answer<Written> {
    let asked: ThreadName = json(&body)?;
    let event = ChannelEvent::Thread {
        root: reference("message", &message)?,
        name: name(asked.name)?,
    };
    api.say(api.channel(&channel)?, event, &headers).await
}

/// Take messages of others away, for everybody.
#[utoipa::path(
    post, path = "/v1/channels/{channel}/redact", tag = "channels", request_body = Redaction,
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes"),
    ),
    responses((status = 200, body = Written), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn redact(
    State(api): State<ApiState>,
    InPath(channel): InPath<String>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Answer<Written> {
    let asked: Redaction = json(&body)?;
    let targets = asked.targets.iter().map(|text| reference("targets", text));
    let targets: Result<Vec<_>, Problem> = targets.collect();
    let mut targets = targets?;
    targets.sort();
    targets.dedup();
    let event = ChannelEvent::Redact {
        targets: some("targets", targets)?,
        reason: reason(asked.reason)?,
    };
    api.say(api.channel(&channel)?, event, &headers).await
}

impl ApiState {
    /// A channel that is or was known, with its community.
    pub(super) fn channel(&self, text: &str) -> Result<(CommunityId, OpId), Problem> {
        let channel = op("channel", text)?;
        let view = self.node.view();
        let community = view.channels.get(&channel).copied();
        let community = community.ok_or_else(|| Problem::from(Rejected::UnknownChannel))?;
        Ok((community, channel))
    }

    /// A page of a channel, unless there is nothing of it because the channel is closed to this account.
    pub(super) fn of_channel(
        &self,
        (community, channel): (CommunityId, OpId),
        page: MessagePage,
        whole: bool,
    ) -> Answer<MessagePage> {
        if whole && page.messages.is_empty() && self.is_closed(community, channel) {
            let detail = "this channel is not open to you";
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "not-open-to-you",
                detail,
            ));
        }
        let messages = page.messages.into_iter();
        Ok(Json(MessagePage {
            messages: messages.map(|one| one.within(Some(community))).collect(),
            ..page
        }))
    }

    /// Whether this account is a member and does not view this channel. What it has of it from before it may read all the same.
    fn is_closed(&self, community: CommunityId, channel: OpId) -> bool {
        let view = self.node.view();
        let community = view.communities.get(&community);
        let community = community.filter(|one| one.standing == StandingHere::In);
        let channel =
            community.and_then(|one| one.channels.iter().find(|known| known.id == channel));
        channel.is_some_and(|channel| !channel.uses.contains(Bits::VIEW))
    }

    /// Says something in a channel.
    async fn say(
        &self,
        (community, channel): (CommunityId, OpId),
        event: ChannelEvent,
        headers: &HeaderMap,
    ) -> Answer<Written> {
        let command = CommunityCommand::Say {
            community,
            channel,
            event: Box::new(event),
            key: key(headers)?,
        };
        self.written(Command::Community(command)).await.map(Json)
    }
}
