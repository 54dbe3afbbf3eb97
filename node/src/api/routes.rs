//! What each request does. A 2xx says that it is durable.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::identity::{AccountId, ContactLink, Hints, IdError};
use protocol::message::Name;
use protocol::turn::Command;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::ApiState;
use super::extract::Payload;
use super::model::{
    DialRequest, HealthReport, HealthStatus, Me, MeChange, WordsConfirmed, devices,
};
use super::problem::Problem;

pub(super) mod attachments;
pub(super) mod channels;
pub(super) mod communities;
pub(super) mod community;
pub(super) mod contacts;
pub(super) mod conversations;
pub(super) mod forks;
pub(super) mod icon;
pub(super) mod marked;
pub(super) mod members;
pub(super) mod messages;
pub(super) mod notes;
pub(super) mod reading;
pub(super) mod reports;
pub(super) mod settings;

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
        recovery_words_confirmed: api.node.words_confirmed(),
        listening: counts.listening,
        links: counts.links,
        misbehaved: counts.misbehaved.values().sum(),
        commits: counts.commits,
        batches: counts.batches,
        restores: counts.restores,
        store_fault: counts.store_fault,
        net: counts.net.into(),
    })
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

/// Say that the recovery words are written down: they are compared with the account and wiped from this device.
///
/// No path gives the words: a bot's token would become the account itself.
#[utoipa::path(
    post, path = "/v1/words/confirm", tag = "node", request_body = WordsConfirmed,
    responses(
        (status = 204), (status = 400, body = Problem), (status = 409, body = Problem),
        (status = 507, body = Problem)
    )
)]
pub(super) async fn confirm_words(State(api): State<ApiState>, Payload(body): Payload) -> Done {
    let body: WordsConfirmed = json(&body)?;
    api.node.confirm_words(Zeroizing::new(body.words)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl ApiState {
    /// Carries out a command that gives nothing back.
    async fn done(&self, command: Command) -> Done {
        self.node.ask(command).await?;
        Ok(StatusCode::NO_CONTENT)
    }
}

/// Reads a JSON body: an object, for serde takes a list of its fields as well. What is wrong with it names the field by its path.
fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let refused =
        |field: &str, detail: String| Err(Problem::field(field, "not-the-expected-json", detail));
    if body.trim_ascii_start().first() != Some(&b'{') {
        return refused("body", "the body must be a JSON object".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize(&mut reader) {
        Ok(read) => match reader.end() {
            Ok(()) => Ok(read),
            Err(error) => refused("body", error.to_string()),
        },
        Err(error) => {
            let path = error.path().to_string();
            let detail = error.into_inner().to_string();
            // A field that is missing has no path of its own.
            let missing = detail.strip_prefix("missing field `");
            let missing = missing.and_then(|rest| rest.split('`').next());
            let field = match (path.as_str(), missing) {
                (_, Some(missing)) => missing.to_owned(),
                (".", None) => "body".to_owned(),
                (path, None) => path.to_owned(),
            };
            refused(&field, detail)
        }
    }
}

fn account(text: &str) -> Result<AccountId, Problem> {
    text.parse()
        .map_err(|error: IdError| Problem::field("account", "not-an-account-id", error.to_string()))
}
