//! `ctl`: what a person can ask of a running node, through its API and nothing else.

mod community;
mod furniture;
mod moderation;
mod saying;
mod verbs;

use std::path::PathBuf;

use clap::Args;
use node::api::model::{
    Community, Contact, ContactRequest, DialRequest, EditedMessage, HealthReport, Me, MeChange,
    MessagePage, Nearby, NewMessage, PetnameChange, PresenceChange, Settings, Written,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use verbs::Ctl;

use super::client::{Client, segment};
use super::show::{Names, Show};
use super::{Failure, Outcome, attach, say, watch};
use crate::text::Language;

#[derive(Debug, Args)]
pub(super) struct CtlArgs {
    /// Folder of the profile.
    #[arg(long, value_name = "DIR")]
    profile: PathBuf,
    /// Print what the API says, as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Ctl,
}

/// Carries a command out.
pub(super) fn ctl(args: CtlArgs, language: Language) -> Outcome {
    let client = Client::of_profile(&args.profile, language)?;
    let session = Session {
        client,
        show: Show::new(language),
        language,
        json: args.json,
    };
    session.carry_out(args.command)
}

/// One command's client and way of showing things.
struct Session {
    client: Client,
    show: Show,
    language: Language,
    json: bool,
}

impl Session {
    fn carry_out(&self, command: Ctl) -> Outcome {
        match command {
            Ctl::Me { name: None } => self.fetch("/v1/me", |show, me: &Me| show.me(me)),
            Ctl::Me { name: Some(name) } => self.ask("PATCH", "/v1/me", Some(&MeChange { name })),
            Ctl::Presence { presence: None } => self
                .fetch("/v1/settings", |show, settings: &Settings| {
                    show.settings(settings)
                }),
            Ctl::Presence {
                presence: Some(presence),
            } => self.ask("PUT", "/v1/presence", Some(&PresenceChange::from(presence))),
            Ctl::Health => self.fetch("/v1/health", |show, health: &HealthReport| {
                show.health(health)
            }),
            Ctl::Nearby => self.fetch("/v1/nearby", |show, all: &Vec<Nearby>| show.nearby(all)),
            Ctl::Contacts => self.fetch("/v1/contacts", |show, all: &Vec<Contact>| {
                show.contacts(all)
            }),
            Ctl::Contact { who } => {
                let path = format!("/v1/contacts/{}", self.account(&who)?);
                self.fetch(&path, |show, contact: &Contact| show.contact(contact))
            }
            Ctl::Request { whom } => self.request(whom),
            Ctl::Accept { who } => self.decide(&who, "accept"),
            Ctl::Verify { who } => self.decide(&who, "verify"),
            Ctl::Block { who } => self.decide(&who, "block"),
            Ctl::Unblock { who } => self.decide(&who, "unblock"),
            Ctl::Remove { who } => {
                let path = format!("/v1/contacts/{}", self.account(&who)?);
                self.ask("DELETE", &path, None::<&()>)
            }
            Ctl::Petname { who, name } => {
                let path = format!("/v1/contacts/{}/petname", self.account(&who)?);
                let name = name.unwrap_or_default();
                self.ask("PUT", &path, Some(&PetnameChange { name }))
            }
            Ctl::Dial { address } => self.ask("POST", "/v1/dial", Some(&DialRequest { address })),
            Ctl::Watch { after } => {
                let (names, after) = (self.names()?, after.as_deref());
                watch::watch(&self.client, &self.show, names, after, self.json)
            }
            Ctl::Communities => self.communities(),
            Ctl::Community(doing) => self.community(doing),
            conversation => self.converse(conversation),
        }
    }

    /// Carries out what happens in a conversation.
    fn converse(&self, command: Ctl) -> Outcome {
        match command {
            Ctl::Send { who, text, key } => {
                let message = NewMessage {
                    body: text,
                    ..NewMessage::default()
                };
                self.send(&who, &message, key.as_deref())
            }
            Ctl::Attach {
                who,
                file,
                text,
                key,
            } => {
                let message = attach::message(&file, text, self.language)?;
                self.send(&who, &message, key.as_deref())
            }
            Ctl::Reply {
                who,
                message,
                text,
                key,
            } => {
                let message = NewMessage {
                    body: text,
                    reply_to: Some(message),
                    ..NewMessage::default()
                };
                self.send(&who, &message, key.as_deref())
            }
            Ctl::Edit {
                who,
                message,
                text,
                key,
            } => {
                let path = self.message(&who, &message)?;
                self.write(
                    "PUT",
                    &path,
                    key.as_deref(),
                    Some(&EditedMessage { body: text }),
                )
            }
            Ctl::Delete { who, message, key } => {
                let path = self.message(&who, &message)?;
                self.write("DELETE", &path, key.as_deref(), None::<&()>)
            }
            Ctl::React {
                who,
                message,
                emoji,
                off,
                key,
            } => {
                let path = self.message(&who, &message)?;
                let path = format!("{path}/reactions/{}", segment(&emoji));
                let method = if off { "DELETE" } else { "PUT" };
                self.write(method, &path, key.as_deref(), None::<&()>)
            }
            Ctl::History { who, limit, before } => self.history(&who, limit, before.as_deref()),
            in_a_channel => self.converse_in_a_channel(in_a_channel),
        }
    }

    /// Writes a message.
    fn send(&self, who: &str, message: &NewMessage, key: Option<&str>) -> Outcome {
        self.write("POST", &self.messages(who)?, key, Some(message))
    }

    /// Shows a page.
    fn history(&self, who: &str, limit: usize, before: Option<&str>) -> Outcome {
        let before = before.map(|place| format!("&before={}", segment(place)));
        let path = format!(
            "{}?limit={limit}{}",
            self.messages(who)?,
            before.unwrap_or_default()
        );
        let names = self.names()?;
        self.fetch(&path, |show, page: &MessagePage| show.page(page, &names))
    }

    /// What people are called here.
    fn names(&self) -> Result<Names, Failure> {
        Ok(Names::new(
            self.client.get("/v1/me")?,
            self.client.get("/v1/contacts")?,
            self.client.get("/v1/notes")?,
            self.client.get("/v1/communities")?,
        ))
    }

    /// Asks somebody to become a contact.
    fn request(&self, whom: String) -> Outcome {
        let request = if whom.contains(':') {
            ContactRequest {
                link: Some(whom),
                account: None,
            }
        } else {
            ContactRequest {
                account: Some(self.account(&whom)?),
                link: None,
            }
        };
        self.ask("POST", "/v1/contacts", Some(&request))
    }

    fn decide(&self, who: &str, decision: &str) -> Outcome {
        let path = format!("/v1/contacts/{}/{decision}", self.account(who)?);
        self.ask("POST", &path, None::<&()>)
    }

    fn messages(&self, who: &str) -> Result<String, Failure> {
        Ok(format!("/v1/conversations/{}/messages", self.account(who)?))
    }

    fn message(&self, who: &str, message: &str) -> Result<String, Failure> {
        Ok(format!("{}/{}", self.messages(who)?, segment(message)))
    }

    /// Fetches something and shows it.
    fn fetch<T: DeserializeOwned + Serialize>(
        &self,
        path: &str,
        show: impl FnOnce(&Show, &T) -> Outcome,
    ) -> Outcome {
        let fetched: T = self.client.get(path)?;
        if self.json {
            self.say_json(&fetched)
        } else {
            show(&self.show, &fetched)
        }
    }

    /// Has something done that answers nothing.
    fn ask(&self, method: &str, path: &str, body: Option<&impl Serialize>) -> Outcome {
        let _nothing: Option<serde_json::Value> = self.client.call(method, path, None, body)?;
        if self.json {
            say("{}")
        } else {
            say(self.language.done())
        }
    }

    /// Has something written and shows its id.
    fn write(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Outcome {
        let written: Option<Written> = self.client.call(method, path, key, body)?;
        match written {
            Some(written) if self.json => self.say_json(&written),
            Some(written) => say(written.id),
            None => say(self.language.done()),
        }
    }

    fn say_json(&self, value: &impl Serialize) -> Outcome {
        let text = serde_json::to_string(value);
        say(text.map_err(|_error| Failure::new(self.language.node_gone()))?)
    }

    /// The account that a person means by an account, the beginning of one, or a name.
    fn account(&self, who: &str) -> Result<String, Failure> {
        if who.parse::<protocol::identity::AccountId>().is_ok() {
            return Ok(who.to_owned());
        }
        let contacts: Vec<Contact> = self.client.get("/v1/contacts")?;
        let nearby: Vec<Nearby> = self.client.get("/v1/nearby")?;
        let communities: Vec<Community> = self.client.get("/v1/communities")?;
        let members = communities.into_iter().flat_map(|one| one.members);
        let members = members.filter_map(|one| Some((one.account, one.nickname?)));
        let known = contacts
            .into_iter()
            .map(|contact| (contact.account, contact.name))
            .chain(members)
            .chain(
                nearby
                    .into_iter()
                    .map(|nearby| (nearby.account, nearby.name)),
            );
        let mut meant: Vec<_> = known
            .filter(|(account, name)| (who.len() >= 4 && account.starts_with(who)) || name == who)
            .map(|(account, _)| account)
            .collect();
        meant.sort();
        meant.dedup();
        match meant.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(Failure::new(self.language.nobody_called(who))),
            _ => Err(Failure::new(self.language.several_called(who))),
        }
    }
}
