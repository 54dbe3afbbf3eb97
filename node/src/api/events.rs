//! The event stream: what happens, as it happens, and what happened while a client was away.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;

use super::ApiState;
use super::extract::InQuery;
use super::model::Happening;
use super::problem::Problem;
use crate::events::{EventId, Heard, Listener};
use crate::handle::NodeHandle;

/// Streams at once: windows, bots and tests of one person.
pub(super) const STREAMS_MAX: usize = 64;

/// A comment at least this often, so that both ends notice a dead connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where to take the stream up, for clients that cannot set headers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamQuery {
    after: Option<String>,
}

/// What happens, as server-sent events. With `Last-Event-ID` the stream goes on after that event;
/// if that is no longer known, or another start's, it begins with a `gap` event: fetch again.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event heard"),
        ("after" = Option<String>, Query, description = "The same, without a header"),
    ),
    responses(
        (status = 200, body = Happening, content_type = "text/event-stream"),
        (status = 400, body = Problem), (status = 429, body = Problem),
    )
)]
pub(super) async fn events(
    State(api): State<ApiState>,
    InQuery(query): InQuery<StreamQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, Problem> {
    let header = headers
        .get("last-event-id")
        .map(|value| value.to_str().unwrap_or_default());
    let after = header
        .or(query.after.as_deref())
        .map(str::parse::<EventId>)
        .transpose();
    let after = after
        .map_err(|error| Problem::field("Last-Event-ID", "not-an-event-id", error.to_string()))?;
    let permit = api.streams.clone().try_acquire_owned().map_err(|_error| {
        let detail = format!("at most {STREAMS_MAX} event streams are served at once");
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "streams", detail)
    })?;
    let listener = api.node.events().listen(after);
    let node = api.node.clone();
    let heard = stream::unfold(
        (node, listener, permit),
        |(node, mut listener, permit)| async {
            next(&node, &mut listener)
                .await
                .map(|event| (Ok(event), (node, listener, permit)))
        },
    );
    let heard = heard.take_until(api.cancel.cancelled_owned());
    Ok(Sse::new(heard).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// The next event that concerns those outside.
async fn next(node: &NodeHandle, listener: &mut Listener) -> Option<SseEvent> {
    loop {
        let (id, happening) = match listener.next().await? {
            Heard::Gap(id) => (id, Some(Happening::Gap)),
            Heard::Event(id, event) => (id, Happening::new(&event, &node.view())),
        };
        let Some(happening) = happening else { continue };
        let event = SseEvent::default()
            .id(id.to_string())
            .event(happening.name());
        match event.json_data(&happening) {
            Ok(event) => return Some(event),
            Err(error) => tracing::error!(%error, "an event could not be written as JSON"),
        }
    }
}
