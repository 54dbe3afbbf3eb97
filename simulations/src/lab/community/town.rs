//! One person of `world community`: a node, and what the world asks of its API.

use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::lab::api::Api;
use crate::lab::cast::lock;
use crate::lab::node::Node;

/// A person with a node.
#[derive(Debug)]
pub(in crate::lab) struct Person {
    node: Mutex<Node>,
    api: Api,
    account: String,
    name: String,
}

/// The id of what was made.
pub(in crate::lab) fn id(made: &Value) -> Result<String> {
    let id = made["id"].as_str().context("what is made has an id")?;
    Ok(id.to_owned())
}

/// First names, for a story.
pub(in crate::lab) fn names(who: &[usize]) -> String {
    let names = who.iter().filter_map(|one| super::NAMES.get(*one));
    let first = names.filter_map(|name| name.split(' ').next());
    first.collect::<Vec<_>>().join(", ")
}

impl Person {
    pub(in crate::lab) fn start(mut node: Node, name: &str) -> Result<Self> {
        let api = node.start()?;
        let account = api.me()?.account;
        Ok(Self {
            node: Mutex::new(node),
            api,
            account,
            name: name.to_owned(),
        })
    }

    pub(in crate::lab) fn restart(&mut self) -> Result<()> {
        self.api = lock(&self.node).start()?;
        Ok(())
    }

    pub(in crate::lab) fn stop(&self) -> Result<()> {
        lock(&self.node).stop()
    }

    pub(in crate::lab) fn profile(&self) -> PathBuf {
        lock(&self.node).profile().to_owned()
    }

    pub(in crate::lab) fn api(&self) -> &Api {
        &self.api
    }

    pub(in crate::lab) fn account(&self) -> &str {
        &self.account
    }

    pub(in crate::lab) fn name(&self) -> &str {
        &self.name
    }

    pub(in crate::lab) fn join(&self, link: &str) -> Result<()> {
        let request = json!({ "link": link });
        self.api
            .ask("POST", "/v1/communities/join", Some(request))
            .map(drop)
    }

    pub(in crate::lab) fn community(&self, id: &str) -> Result<Value> {
        self.api.ask("GET", &format!("/v1/communities/{id}"), None)
    }

    /// `Some` once this person is in.
    pub(in crate::lab) fn is_in(&self, id: &str) -> Result<Option<()>> {
        let view = self.community(id)?;
        Ok((view["standing"] == json!("in")).then_some(()))
    }

    pub(in crate::lab) fn standing_of(&self, id: &str, account: &str) -> Result<String> {
        let view = self.community(id)?;
        let members = view["members"].as_array().cloned().unwrap_or_default();
        let member = members.iter().find(|one| one["account"] == json!(account));
        let standing = member.and_then(|one| one["standing"].as_str());
        Ok(standing.unwrap_or("unknown").to_owned())
    }

    /// Writes in a channel; gives the message's id.
    pub(in crate::lab) fn say(&self, channel: &str, message: &Value) -> Result<String> {
        let path = format!("/v1/channels/{channel}/messages");
        let written = self.api.ask("POST", &path, Some(message.clone()))?;
        id(&written)
    }

    pub(in crate::lab) fn react(&self, channel: &str, message: &str, emoji: &str) -> Result<()> {
        let emoji: String = emoji.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/v1/channels/{channel}/messages/{message}/reactions/{emoji}");
        self.api.ask("PUT", &path, None).map(drop)
    }

    /// The newest page of a channel.
    pub(in crate::lab) fn messages(&self, channel: &str) -> Result<Vec<Value>> {
        let path = format!("/v1/channels/{channel}/messages?limit=200");
        let page = self.api.ask("GET", &path, None)?;
        Ok(page["messages"].as_array().cloned().unwrap_or_default())
    }

    /// What it says, in order.
    pub(in crate::lab) fn history(&self, channel: &str) -> Result<Vec<String>> {
        let messages = self.messages(channel)?;
        let text = |message: &Value| message["body"].as_str().unwrap_or("×").to_owned();
        Ok(messages.iter().map(text).collect())
    }
}
