//! What a world asks of a node, typed as far as the world looks: through the local API and nothing
//! else.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::agent::Agent;
use super::http::{Answer, Happening, Http, Request, Unanswered};

/// Messages asked for at once.
const PAGE: usize = 200;

/// The way to an API.
#[derive(Debug)]
pub(crate) enum Door {
    /// It listens in this network namespace.
    Here(Http),
    /// It listens in another, where an agent is.
    There(Agent),
}

impl Door {
    fn call(&self, request: &Request) -> Result<Answer, Unanswered> {
        match self {
            Self::Here(http) => http.call(request),
            Self::There(agent) => agent.call(request),
        }
    }
}

/// The API of one node, with its token.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    door: Arc<Door>,
    token: String,
}

/// `GET /v1/me`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Me {
    /// The own account.
    pub(crate) account: String,
    /// This device.
    pub(crate) device: String,
    /// The own name.
    pub(crate) name: String,
}

/// An entry of `GET /v1/nearby`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Nearby {
    /// Who it says it is.
    pub(crate) account: String,
    /// The name it goes by.
    pub(crate) name: String,
}

/// An entry of `GET /v1/contacts`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Contact {
    /// Who.
    pub(crate) account: String,
    /// `asking`, `asked`, `asks`, `accepted` or `blocked`.
    pub(crate) standing: String,
    /// `unverified`, `verified` or `changed`.
    pub(crate) trust: String,
    /// The six words, once both sides have them.
    pub(crate) words: Option<Vec<String>>,
    /// Devices with a proved link now.
    pub(crate) reachable: Vec<String>,
}

/// A message as a history shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Message {
    /// Its id.
    pub(crate) id: String,
    /// The account that wrote it.
    pub(crate) author: String,
    /// What it says now.
    pub(crate) body: Option<String>,
    /// Whether it was taken back.
    pub(crate) deleted: bool,
    /// Whether it was changed.
    pub(crate) edited: bool,
    /// The message that it answers.
    pub(crate) reply_to: Option<String>,
    /// Who put which emoji on it.
    pub(crate) reactions: BTreeSet<Reaction>,
    /// For own messages, how they fared.
    pub(crate) delivery: Option<Delivery>,
    /// Cursor for the page before it.
    pub(crate) place: String,
}

/// An emoji on a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Reaction {
    /// Who put it there.
    pub(crate) account: String,
    /// Which.
    pub(crate) emoji: String,
}

/// How an own message fared.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Delivery {
    /// `queued`, `reached` or `failed`.
    pub(crate) state: String,
    /// Devices that have it.
    pub(crate) reached: usize,
    /// Devices that it is for.
    pub(crate) devices: usize,
}

/// What a person does in a conversation; one call, under one idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Writes a message, perhaps in answer to another.
    Write {
        /// What it says.
        body: String,
        /// The message answered.
        reply_to: Option<String>,
    },
    /// Changes an own message.
    Edit {
        /// Which.
        target: String,
        /// What it says from now on.
        body: String,
    },
    /// Takes an own message back.
    Delete {
        /// Which.
        target: String,
    },
    /// Puts an emoji on a message, or takes it off.
    React {
        /// Which message.
        target: String,
        /// Which emoji.
        emoji: String,
        /// On or off.
        on: bool,
    },
}

impl Api {
    /// The API behind this door.
    #[must_use]
    pub(crate) fn new(door: Arc<Door>, token: String) -> Self {
        Self { door, token }
    }

    /// One call, whatever comes of it.
    ///
    /// # Errors
    /// [`Unanswered`] when no answer came.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Result<Answer, Unanswered> {
        self.door.call(&Request {
            method: method.to_owned(),
            path: path.to_owned(),
            token: self.token.clone(),
            key: key.map(str::to_owned),
            body,
        })
    }

    /// One call that must succeed.
    ///
    /// # Errors
    /// When it is refused or not answered.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
        let answer = self.call(method, path, None, body);
        let answer = answer.map_err(|Unanswered(why)| anyhow::anyhow!("{method} {path}: {why}"))?;
        if !answer.is_success() {
            bail!("{method} {path}: {} {}", answer.status, answer.body);
        }
        Ok(answer.body)
    }

    fn fetch<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let body = self.ask("GET", path, None)?;
        serde_json::from_value(body).with_context(|| format!("GET {path} has another shape"))
    }

    /// Who this node is.
    ///
    /// # Errors
    /// When there is no such answer.
    pub(crate) fn me(&self) -> Result<Me> {
        self.fetch("/v1/me")
    }

    /// How this node is doing.
    ///
    /// # Errors
    /// When there is no such answer.
    pub(crate) fn health(&self) -> Result<Value> {
        self.ask("GET", "/v1/health", None)
    }

    /// Strangers in reach.
    ///
    /// # Errors
    /// When there is no such answer.
    pub(crate) fn nearby(&self) -> Result<Vec<Nearby>> {
        self.fetch("/v1/nearby")
    }

    /// One contact or request; `None` if there is none.
    ///
    /// # Errors
    /// When there is no such answer.
    pub(crate) fn contact(&self, account: &str) -> Result<Option<Contact>> {
        let contacts: Vec<Contact> = self.fetch("/v1/contacts")?;
        Ok(contacts
            .into_iter()
            .find(|contact| contact.account == account))
    }

    /// Asks somebody nearby to become a contact.
    ///
    /// # Errors
    /// When it is refused or not answered.
    pub(crate) fn request(&self, account: &str) -> Result<()> {
        self.ask("POST", "/v1/contacts", Some(json!({ "account": account })))
            .map(drop)
    }

    /// Says yes to a request.
    ///
    /// # Errors
    /// When it is refused or not answered.
    pub(crate) fn accept(&self, account: &str) -> Result<()> {
        self.ask("POST", &format!("/v1/contacts/{account}/accept"), None)
            .map(drop)
    }

    /// Says that the six words agree.
    ///
    /// # Errors
    /// When it is refused or not answered.
    pub(crate) fn verify(&self, account: &str) -> Result<()> {
        self.ask("POST", &format!("/v1/contacts/{account}/verify"), None)
            .map(drop)
    }

    /// Opens a link to an address.
    ///
    /// # Errors
    /// When none came about.
    pub(crate) fn dial(&self, address: &str) -> Result<()> {
        self.ask("POST", "/v1/dial", Some(json!({ "address": address })))
            .map(drop)
    }

    /// Does something in the conversation with an account.
    ///
    /// # Errors
    /// [`Unanswered`] when nobody knows whether it was done: do it again under the same key.
    pub(crate) fn perform(&self, with: &str, deed: &Deed, key: &str) -> Result<Answer, Unanswered> {
        let messages = format!("/v1/conversations/{with}/messages");
        let (method, path, body) = match deed {
            Deed::Write { body, reply_to } => (
                "POST",
                messages,
                Some(json!({ "body": body, "reply_to": reply_to })),
            ),
            Deed::Edit { target, body } => (
                "PUT",
                format!("{messages}/{target}"),
                Some(json!({ "body": body })),
            ),
            Deed::Delete { target } => ("DELETE", format!("{messages}/{target}"), None),
            Deed::React { target, emoji, on } => {
                let path = format!("{messages}/{target}/reactions/{}", percent(emoji));
                (if *on { "PUT" } else { "DELETE" }, path, None)
            }
        };
        self.call(method, &path, Some(key), body)
    }

    /// The whole conversation with an account, oldest first, page by page.
    ///
    /// # Errors
    /// When a page does not come.
    pub(crate) fn history(&self, with: &str) -> Result<Vec<Message>> {
        #[derive(Deserialize)]
        struct Page {
            messages: Vec<Message>,
            more: bool,
        }
        let mut pages = Vec::new();
        let mut before = String::new();
        loop {
            let path = format!("/v1/conversations/{with}/messages?limit={PAGE}{before}");
            let Page { messages, more } = self.fetch(&path)?;
            if let Some(first) = messages.first() {
                before = format!("&before={}", first.place);
            }
            let end = !more || messages.is_empty();
            pages.push(messages);
            if end {
                return Ok(pages.into_iter().rev().flatten().collect());
            }
        }
    }

    /// Listens to the event stream; returns once the node listens too. The channel ends with the
    /// stream. `at` is when the event was read.
    ///
    /// # Errors
    /// When the stream does not open.
    pub(crate) fn listen(&self) -> Result<Receiver<(Instant, Happening)>> {
        match &*self.door {
            Door::There(agent) => agent
                .listen(&self.token)
                .map_err(|Unanswered(why)| anyhow::anyhow!(why)),
            Door::Here(http) => {
                let (http, token) = (http.clone(), self.token.clone());
                let (opened, is_open) = std::sync::mpsc::channel();
                let (heard, hear) = std::sync::mpsc::channel();
                std::thread::spawn(move || {
                    let open = || {
                        let _unheard = opened.send(());
                    };
                    http.listen(&token, open, |happening| {
                        heard.send((Instant::now(), happening)).is_ok()
                    })
                });
                is_open.recv().context("the event stream did not open")?;
                Ok(hear)
            }
        }
    }
}

/// Text inside one segment of a path.
fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
