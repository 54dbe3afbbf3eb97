//! The API as the command line uses it: like any other client, by the token in the profile.

use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

use node::api::auth::{TOKEN_FILE, Token, address_of};
use node::api::problem::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Request, Response};
use ureq::{Agent, Body, SendBody};

use super::Failure;
use crate::text::Language;

/// How long the node may take to answer; a commit on a slow disk takes a fraction of it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of an answer that are read: more than the longest page has.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A client of one node.
pub(super) struct Client {
    agent: Agent,
    address: String,
    token: Token,
    language: Language,
}

impl Client {
    /// The client of the node that runs on this profile.
    pub(super) fn of_profile(profile: &Path, language: Language) -> Result<Self, Failure> {
        let no_node = |_| Failure::new(language.no_node());
        let address = address_of(profile).map_err(no_node)?;
        let token = Token::read(&profile.join(TOKEN_FILE)).map_err(no_node)?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        Ok(Self {
            agent,
            address,
            token,
            language,
        })
    }

    /// Asks and reads the answer.
    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.call("GET", path, None, None::<&()>)?
            .ok_or_else(|| self.odd())
    }

    /// Asks for something to be done; the answer, where there is one.
    pub(super) fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Result<Option<T>, Failure> {
        let mut request = self.request(method, path);
        if let Some(key) = key {
            request = request.header(node::api::IDEMPOTENCY_KEY, key);
        }
        let body = match body {
            Some(body) => serde_json::to_vec(body).map_err(|_error| self.odd())?,
            None => Vec::new(),
        };
        let request = request.body(body).map_err(|_error| self.odd())?;
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(ANSWER_TIMEOUT))
            .allow_non_standard_methods(true)
            .build();
        let answer = self
            .agent
            .run(request)
            .map_err(|error| self.unanswered(&error))?;
        let mut answer = self.accepted(answer)?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .read_to_vec()
            .map_err(|error| self.unanswered(&error))?;
        if text.is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|_error| self.odd())
    }

    /// Opens the event stream.
    pub(super) fn events(
        &self,
        after: Option<&str>,
    ) -> Result<BufReader<ureq::BodyReader<'static>>, Failure> {
        let mut request = self.request("GET", "/v1/events");
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let request = request
            .body(SendBody::none())
            .map_err(|_error| self.odd())?;
        let answer = self
            .agent
            .run(request)
            .map_err(|error| self.unanswered(&error))?;
        let body = self.accepted(answer)?.into_body();
        Ok(BufReader::new(
            body.into_with_config().limit(u64::MAX).reader(),
        ))
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("authorization", self.token.header().as_str())
            .header("content-type", "application/json")
    }

    /// Lets a success through; tells why it is none otherwise.
    fn accepted(&self, mut answer: Response<Body>) -> Result<Response<Body>, Failure> {
        if answer.status().is_success() {
            return Ok(answer);
        }
        let problem: Problem = answer.body_mut().read_json().map_err(|_error| self.odd())?;
        Err(Failure::new(self.language.refused(&problem)))
    }

    fn unanswered(&self, error: &ureq::Error) -> Failure {
        match error {
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Failure::new(self.language.no_node())
            }
            _ => Failure::new(self.language.node_gone()),
        }
    }

    /// An answer of another shape: the node is of another version, or no node.
    fn odd(&self) -> Failure {
        Failure::new(self.language.node_gone())
    }
}

/// Text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::new(), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
