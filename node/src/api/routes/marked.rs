//! Messages of a channel that are looked up by what was said of them: pins, and threads.

use axum::extract::State;
use protocol::control::OpId;
use protocol::error::Rejected;
use protocol::limits;
use protocol::message::{ConversationId, MessageRef};
use storage::Page;

use super::Answer;
use super::messages::{PageQuery, reference};
use crate::api::ApiState;
use crate::api::extract::{InPath, InQuery};
use crate::api::model::MessagePage;
use crate::api::problem::Problem;

/// What is pinned in a channel, the first pinned first: 100 at most, whatever others' programs pinned beyond.
#[utoipa::path(
    get, path = "/v1/channels/{channel}/pins", tag = "channels",
    params(("channel" = String, Path, description = "Channel id")),
    responses((status = 200, body = MessagePage), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn pins(
    State(api): State<ApiState>,
    InPath(channel): InPath<String>,
) -> Answer<MessagePage> {
    let place = api.channel(&channel)?;
    let conversation = ConversationId::from(place.1);
    let page = Page {
        messages: api.node.reader().pins(conversation).await?,
        ..Page::default()
    };
    api.of_channel(place, api.shown(conversation, &page), true)
}

/// A page of a thread, oldest first, with the message that it is under: the newest messages unless a place is given.
#[utoipa::path(
    get, path = "/v1/channels/{channel}/threads/{message}", tag = "channels",
    params(
        ("channel" = String, Path, description = "Channel id"),
        ("message" = String, Path, description = "Id of the message that the thread is under"),
        ("before" = Option<String>, Query, description = "A message's `place`: those before it"),
        ("after" = Option<String>, Query, description = "A message's `place`: those after it"),
        ("limit" = Option<usize>, Query, description = "1 to 200, 50 unless given"),
    ),
    responses((status = 200, body = MessagePage), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::api) async fn thread(
    State(api): State<ApiState>,
    InPath((channel, message)): InPath<(String, String)>,
    InQuery(query): InQuery<PageQuery>,
) -> Answer<MessagePage> {
    let (place, root) = (api.channel(&channel)?, reference("message", &message)?);
    let (part, limit) = query.part()?;
    let conversation = ConversationId::from(place.1);
    let page = api.node.reader().thread(conversation, root, part, limit);
    let page = api.shown(conversation, &page.await?);
    api.of_channel(place, page, query.is_newest())
}

impl ApiState {
    /// Whether one more message may be pinned, or this one is already. The core holds no rows of history and so no pins: it is
    /// the store that counts them.
    ///
    /// # Errors
    /// [`Rejected::Full`] with as many as there may be.
    pub(super) async fn room_for_pin(
        &self,
        channel: OpId,
        message: MessageRef,
    ) -> Result<(), Problem> {
        let pins = self.node.reader().pins(channel.into()).await?;
        let known = pins.iter().any(|entry| entry.position.1 == message);
        if pins.len() >= limits::PINS_MAX && !known {
            return Err(Rejected::Full { what: "pins" }.into());
        }
        Ok(())
    }
}
