//! The local API: HTTP and server-sent events on loopback, behind a bearer token.
//!
//! It is a product (DECISIONS 3): bots, tests and demos use it and nothing private. Handlers
//! parse, ask the node through its handle, and write JSON; they decide nothing.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{delete, get, patch, post, put};
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::handle::NodeHandle;

pub mod auth;
mod events;
mod extract;
mod metrics;
pub mod model;
pub mod openapi;
pub mod problem;
pub mod reference;
mod routes;

pub use routes::messages::IDEMPOTENCY_KEY;
use routes::{
    attachments, channels, communities, community, contacts, conversations, forks, icon, marked,
    members, messages, notes, reading, reports, settings,
};

/// Bytes of a request's body: the longest message with room for JSON's escapes.
const BODY_MAX: usize = 128 * 1024;

/// How long open requests may take when the node stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// Why the API could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Only this machine may reach the API.
    #[error("the API listens on loopback only, not at {0}")]
    NotLoopback(SocketAddr),
    /// The system refuses the address, a file, or a connection.
    #[error("the API cannot be served: {0}")]
    Io(#[from] std::io::Error),
}

/// What every handler sees.
#[derive(Clone, Debug)]
struct ApiState {
    node: NodeHandle,
    streams: Arc<Semaphore>,
    cancel: CancellationToken,
}

/// An API that listens, with its token and address written to the profile's folder.
#[derive(Debug)]
pub struct Api {
    listener: TcpListener,
    token: auth::Token,
    address: SocketAddr,
    _file: auth::AddressFile,
}

impl Api {
    /// Listens.
    ///
    /// # Errors
    /// [`ApiError`] says why it cannot.
    pub async fn bind(profile: &Path, address: SocketAddr) -> Result<Self, ApiError> {
        if !address.ip().is_loopback() {
            return Err(ApiError::NotLoopback(address));
        }
        let token = auth::Token::of_profile(profile)?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let file = auth::AddressFile::write(profile, address)?;
        Ok(Self {
            listener,
            token,
            address,
            _file: file,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until cancelled.
    ///
    /// # Errors
    /// What the system says.
    pub async fn serve(self, node: NodeHandle, cancel: CancellationToken) -> Result<(), ApiError> {
        let streams = Arc::new(Semaphore::new(events::STREAMS_MAX));
        let state = ApiState {
            node,
            streams,
            cancel: cancel.clone(),
        };
        let router = router(state, self.token.clone());
        let listener = self.listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "small answers may be late");
            }
        });
        let serving =
            axum::serve(listener, router).with_graceful_shutdown(cancel.clone().cancelled_owned());
        let overdue = async {
            cancel.cancelled().await;
            tokio::time::sleep(STOP_TIMEOUT).await;
        };
        tokio::select! {
            served = async { serving.await } => Ok(served?),
            () = overdue => Ok(()),
        }
    }
}

/// People.
fn contacts_router() -> Router<ApiState> {
    let one = "/v1/contacts/{account}";
    Router::new()
        .route("/v1/nearby", get(contacts::nearby))
        .route(
            "/v1/contacts",
            get(contacts::contacts).post(contacts::request),
        )
        .route(one, get(contacts::contact).delete(contacts::remove))
        .route(&format!("{one}/accept"), post(contacts::accept))
        .route(&format!("{one}/verify"), post(contacts::verify))
        .route(&format!("{one}/block"), post(contacts::block))
        .route(&format!("{one}/unblock"), post(contacts::unblock))
}

/// What the person keeps for themselves.
fn notes_router() -> Router<ApiState> {
    Router::new()
        .route("/v1/notes", get(notes::notes))
        .route("/v1/contacts/{account}/petname", put(notes::petname))
        .route("/v1/conversations/{account}/draft", put(notes::draft))
}

/// Communities: what they are made of, and who is in them.
fn communities_router() -> Router<ApiState> {
    let one = "/v1/communities/{community}";
    let under = |rest: &str| format!("{one}/{rest}");
    Router::new()
        .route(
            "/v1/communities",
            get(communities::communities).post(communities::found),
        )
        .route("/v1/groups", post(communities::gather))
        .route("/v1/communities/join", post(communities::join))
        .route(
            one,
            get(communities::show)
                .patch(communities::change)
                .delete(communities::leave),
        )
        .route(&under("nickname"), put(communities::nickname))
        .route(&under("icon"), get(icon::icon))
        .route(&under("audit"), get(communities::audit))
        .route(&under("invites"), post(community::invite))
        .route(&under("invites/{invite}"), delete(community::end_invite))
        .route(&under("channels"), post(community::make_channel))
        .route(
            &under("channels/{channel}"),
            patch(community::change_channel).delete(community::delete_channel),
        )
        .route(&under("roles"), post(community::make_role))
        .route(
            &under("roles/{role}"),
            patch(community::change_role).delete(community::delete_role),
        )
        .route(
            &under("members/{account}/roles/{role}"),
            put(members::assign).delete(members::unassign),
        )
        .route(&under("members/{account}/kick"), post(members::kick))
        .route(&under("members/{account}/ban"), post(members::ban))
        .route(&under("members/{account}/timeout"), post(members::timeout))
        .route(&under("bans/{account}"), delete(members::unban))
        .route(&under("confirm"), post(members::confirm))
        .route(&under("transfer"), post(members::transfer))
        .route(&under("accept"), post(members::accept))
        .route(&under("fork"), post(forks::fork))
        .route(&under("unread"), get(reading::unread))
        .route(&under("reports"), get(reports::reports))
        .route(&under("reports/{report}/resolve"), post(reports::resolve))
}

/// What is said in channels.
fn channels_router() -> Router<ApiState> {
    let message = "/v1/channels/{channel}/messages/{message}";
    Router::new()
        .route(
            "/v1/channels/{channel}/messages",
            get(channels::messages).post(channels::send),
        )
        .route("/v1/channels/{channel}/pins", get(marked::pins))
        .route(
            "/v1/channels/{channel}/threads/{message}",
            get(marked::thread),
        )
        .route("/v1/channels/{channel}/read", put(reading::mark_read))
        .route("/v1/channels/{channel}/redact", post(channels::redact))
        .route("/v1/channels/{channel}/reports", post(reports::report))
        .route(message, put(channels::edit).delete(channels::delete))
        .route(
            &format!("{message}/reactions/{{emoji}}"),
            put(channels::react).delete(channels::unreact),
        )
        .route(&format!("{message}/pin"), put(channels::pin))
        .route(&format!("{message}/thread"), put(channels::thread))
}

fn router(state: ApiState, token: auth::Token) -> Router {
    let message = "/v1/conversations/{account}/messages/{message}";
    Router::new()
        .route("/v1/me", get(routes::me).patch(routes::change_me))
        .route(
            "/v1/settings",
            get(settings::settings).put(settings::change_settings),
        )
        .route("/v1/presence", put(settings::set_presence))
        .route("/v1/health", get(routes::health))
        .route("/v1/dial", post(routes::dial))
        .route("/v1/words/confirm", post(routes::confirm_words))
        .merge(contacts_router())
        .merge(notes_router())
        .merge(communities_router())
        .merge(channels_router())
        .route("/v1/conversations", get(conversations::conversations))
        .route(
            "/v1/conversations/{account}",
            get(conversations::conversation),
        )
        .route(
            "/v1/conversations/{account}/read",
            put(conversations::mark_read),
        )
        .route(
            "/v1/conversations/{account}/typing",
            post(conversations::typing),
        )
        .route(
            "/v1/conversations/{account}/messages",
            get(messages::messages)
                .post(messages::send)
                .layer(DefaultBodyLimit::max(attachments::REQUEST_MAX)),
        )
        .route(
            &format!("{message}/attachment"),
            get(attachments::attachment),
        )
        .route(message, put(messages::edit).delete(messages::delete))
        .route(
            &format!("{message}/reactions/{{emoji}}"),
            put(messages::react).delete(messages::unreact),
        )
        .route("/v1/events", get(events::events))
        .route("/metrics", get(metrics::metrics))
        .route("/v1/openapi.json", get(openapi::openapi))
        .fallback(|| async {
            problem::Problem::new(
                StatusCode::NOT_FOUND,
                "no-such-path",
                "see /v1/openapi.json",
            )
        })
        .method_not_allowed_fallback(|| async {
            let detail = "this path takes other methods: see /v1/openapi.json";
            problem::Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail)
        })
        .layer(axum::middleware::from_fn_with_state(token, auth::require))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(state)
}
