//! One node's API over HTTP: calls that end in an answer or in silence, and the event stream.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long each part of a call may take. A node answers within milliseconds, or after its disk does.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Connections kept open to one node: as many as a burst has calls under way.
const CONNECTIONS_KEPT: usize = 80;

/// A call to the API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub(crate) method: String,
    /// From `/v1` on.
    pub(crate) path: String,
    /// The profile's bearer token.
    pub(crate) token: String,
    /// `Idempotency-Key`, where the call creates something.
    pub(crate) key: Option<String>,
    /// JSON.
    pub(crate) body: Option<Value>,
}

/// What came back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// JSON; null where there was none.
    pub(crate) body: Value,
}

impl Answer {
    /// Whether the node says that it is done, and durable.
    #[must_use]
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Nobody knows whether the call was carried out: no whole answer came back.
#[derive(Clone, Debug)]
pub(crate) struct Unanswered(pub String);

/// One event of the stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Happening {
    /// Its name, such as `message` or `gap`.
    pub(crate) kind: String,
    /// JSON.
    pub(crate) data: Value,
}

/// The way to one API that listens in this network namespace.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    agent: ureq::Agent,
    base: String,
}

impl Http {
    /// The API at `http://ADDR:PORT`.
    #[must_use]
    pub(crate) fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections(CONNECTIONS_KEPT)
            .max_idle_connections_per_host(CONNECTIONS_KEPT)
            .proxy(None)
            .build();
        Self {
            agent: config.new_agent(),
            base: base.to_owned(),
        }
    }

    /// Calls and waits for the answer.
    ///
    /// # Errors
    /// [`Unanswered`] when none came.
    pub(crate) fn call(&self, request: &Request) -> Result<Answer, Unanswered> {
        self.try_call(request)
            .map_err(|error| Unanswered(format!("{error:#}")))
    }

    fn try_call(&self, request: &Request) -> Result<Answer> {
        let mut call = ureq::http::Request::builder()
            .method(request.method.as_str())
            .uri(format!("{}{}", self.base, request.path))
            .header("Authorization", format!("Bearer {}", request.token))
            .header("Content-Type", "application/json");
        if let Some(key) = &request.key {
            call = call.header("Idempotency-Key", key);
        }
        let body = request.body.as_ref().map(serde_json::to_vec).transpose()?;
        let call = call.body(body.unwrap_or_default())?;
        // Not one for the whole call: for that, ureq starts a thread each time, to look the address up in.
        let timed = self
            .agent
            .configure_request(call)
            .timeout_connect(Some(CALL_TIMEOUT))
            .timeout_send_body(Some(CALL_TIMEOUT))
            .timeout_recv_response(Some(CALL_TIMEOUT))
            .timeout_recv_body(Some(CALL_TIMEOUT))
            .build();
        let mut response = self.agent.run(timed)?;
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string()?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)?
        };
        Ok(Answer { status, body })
    }

    /// Listens to the event stream until it ends, or `each` says that it has heard enough.
    /// `open` is called once the node listens too: what happens from then on is heard.
    ///
    /// # Errors
    /// When the stream cannot be opened.
    pub(crate) fn listen(
        &self,
        token: &str,
        open: impl FnOnce(),
        mut each: impl FnMut(Happening) -> bool,
    ) -> Result<()> {
        let call = self.agent.get(format!("{}/v1/events", self.base));
        let response = call
            .header("Authorization", format!("Bearer {token}"))
            .call()?;
        if !response.status().is_success() {
            bail!("the event stream was refused: {}", response.status());
        }
        open();
        let mut lines = BufReader::new(response.into_body().into_reader());
        let (mut kind, mut line) = (String::new(), String::new());
        while lines.read_line(&mut line).is_ok_and(|taken| taken > 0) {
            if let Some(name) = line.trim_end().strip_prefix("event:") {
                name.trim_start().clone_into(&mut kind);
            } else if let Some(data) = line.trim_end().strip_prefix("data:") {
                let data = serde_json::from_str(data).context("an event is not JSON")?;
                if !each(Happening {
                    kind: std::mem::take(&mut kind),
                    data,
                }) {
                    break;
                }
            }
            line.clear();
        }
        Ok(())
    }
}
