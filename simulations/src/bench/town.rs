//! Real nodes on this machine's loopback that are in one community, for benches.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::dm::free_port;
use super::process::processor_time;
use crate::lab::api::Api;
use crate::lab::node::{Build, Node, Place};
use crate::lab::tell::until;

/// How long it may take that somebody is let in, or that all know the same.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody in it.
#[derive(Debug)]
pub(super) struct Citizen {
    /// The node.
    pub node: Node,
    /// Its API.
    pub api: Api,
    /// Whose it is.
    pub account: String,
    /// Where it listens.
    pub address: String,
}

/// Nodes, a community, a channel.
#[derive(Debug)]
pub(super) struct Town {
    build: Build,
    folder: PathBuf,
    /// Who is there.
    pub citizens: Vec<Citizen>,
    /// The community's id.
    pub community: String,
    /// The channel's.
    pub channel: String,
    link: String,
}

impl Town {
    /// The first node, and what it founds.
    ///
    /// # Errors
    /// When a node does not start, or refuses.
    pub(super) fn found(build: Build, folder: &Path) -> Result<Self> {
        let mut town = Self {
            build,
            folder: folder.to_owned(),
            citizens: Vec::new(),
            community: String::new(),
            channel: String::new(),
            link: String::new(),
        };
        town.start(0)?;
        let founding = json!({ "name": "Les copains", "history": "since-join" });
        let founder = &town.citizens[0].api;
        town.community = text(
            &founder.ask("POST", "/v1/communities", Some(founding))?,
            "id",
        )?;
        let channel = json!({ "name": "general" });
        town.channel = text(&town.post(0, "channels", channel)?, "id")?;
        town.link = text(&town.post(0, "invites", json!({ "uses": 200 }))?, "link")?;
        Ok(town)
    }

    fn start(&mut self, number: usize) -> Result<()> {
        let place = Place::Loopback {
            api: free_port()?,
            listen: "/ip4/127.0.0.1/udp/0/quic-v1".to_owned(),
        };
        let name = format!("Citizen {number}");
        let mut node = Node::create(&self.build, place, &name, &self.folder)?;
        let api = node.start()?;
        let (account, address) = (api.me()?.account, address(&api)?);
        self.citizens.push(Citizen {
            node,
            api,
            account,
            address,
        });
        Ok(())
    }

    /// One more, who is let in by the founder.
    ///
    /// # Errors
    /// When that does not happen.
    pub(super) fn arrive(&mut self) -> Result<usize> {
        let number = self.citizens.len();
        self.start(number)?;
        self.dial(number, 0)?;
        let api = &self.citizens[number].api;
        let request = json!({ "link": self.link });
        api.ask("POST", "/v1/communities/join", Some(request))?;
        until("somebody to be let in", PATIENCE, || {
            let view = self.view(number)?;
            let held = view["epoch"]["held"] == json!(true);
            Ok((view["standing"] == json!("in") && held).then_some(()))
        })?;
        Ok(number)
    }

    /// One dials the other.
    ///
    /// # Errors
    /// When its node refuses.
    pub(super) fn dial(&self, from: usize, to: usize) -> Result<()> {
        self.citizens[from].api.dial(&self.citizens[to].address)
    }

    /// Starts one again that was stopped.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn restart(&mut self, who: usize) -> Result<()> {
        let citizen = &mut self.citizens[who];
        citizen.api = citizen.node.start()?;
        Ok(())
    }

    /// How somebody sees the community.
    ///
    /// # Errors
    /// When the node does not answer.
    pub(super) fn view(&self, who: usize) -> Result<Value> {
        let path = format!("/v1/communities/{}", self.community);
        self.citizens[who].api.ask("GET", &path, None)
    }

    /// Asks for something in the community.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) fn post(&self, who: usize, path: &str, body: Value) -> Result<Value> {
        let path = format!("/v1/communities/{}/{path}", self.community);
        self.citizens[who].api.ask("POST", &path, Some(body))
    }

    /// Writes in the channel.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) fn say(&self, who: usize, body: &str) -> Result<()> {
        let path = format!("/v1/channels/{}/messages", self.channel);
        let body = json!({ "body": body });
        self.citizens[who]
            .api
            .ask("POST", &path, Some(body))
            .map(drop)
    }

    /// Waits until this one knows what so many others know, as far as it is in reach of them.
    ///
    /// # Errors
    /// When it takes too long.
    pub(super) fn in_sync(&self, who: usize, with: u64, patience: Duration) -> Result<()> {
        until("all to know the same", patience, || {
            let view = self.view(who)?;
            let in_sync = view["sync"]["in_sync"].as_u64().unwrap_or(0);
            Ok((in_sync >= with).then_some(()))
        })
    }

    /// Messages of the channel that one can read, of all pages.
    ///
    /// # Errors
    /// When the node does not answer.
    pub(super) fn read(&self, who: usize) -> Result<usize> {
        let (mut count, mut before) = (0, String::new());
        loop {
            let path = format!("/v1/channels/{}/messages?limit=200{before}", self.channel);
            let page = self.citizens[who].api.ask("GET", &path, None)?;
            let messages = page["messages"].as_array().cloned().unwrap_or_default();
            let Some(oldest) = messages.first() else {
                return Ok(count);
            };
            count += messages
                .iter()
                .filter(|one| one["body"].is_string())
                .count();
            before = format!("&before={}", text(oldest, "place")?);
        }
    }

    /// Time on processors of all nodes that run.
    ///
    /// # Errors
    /// When one is gone.
    pub(super) fn processor_time(&self) -> Result<Duration> {
        let pids = self.citizens.iter().filter_map(|one| one.node.pid());
        pids.map(processor_time).sum()
    }

    /// Ends all nodes.
    ///
    /// # Errors
    /// When one does not end in order.
    pub(super) fn close(&mut self) -> Result<()> {
        self.citizens
            .iter_mut()
            .try_for_each(|citizen| citizen.node.stop())
    }
}

fn address(api: &Api) -> Result<String> {
    until("an address to dial", PATIENCE, || {
        let health = api.health()?;
        Ok(health["listening"][0].as_str().map(str::to_owned))
    })
}

fn text(value: &Value, field: &str) -> Result<String> {
    let found = value[field].as_str();
    let found = found.with_context(|| format!("an answer has no {field}"))?;
    Ok(found.to_owned())
}
