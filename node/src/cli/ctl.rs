//! `ctl`: what a person can ask of a running node, through its API and nothing else.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use node::api::model::{
    Contact, ContactRequest, DialRequest, EditedMessage, HealthReport, Me, MeChange, MessagePage,
    Nearby, NewMessage, PetnameChange, PresenceChange, PresenceState, Settings, Written,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::client::{Client, segment};
use super::show::Show;
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

/// People are named by their account, its beginning (4 characters or more), or their name.
#[derive(Debug, Subcommand)]
enum Ctl {
    /// Who this is; with --name, change the name.
    Me {
        /// The new name.
        #[arg(long)]
        name: Option<String>,
    },
    /// What others are let know; with a presence (online, away, invisible), be that from now on.
    Presence {
        /// The new presence.
        #[arg(value_enum)]
        presence: Option<Presence>,
    },
    /// How the node is doing.
    Health,
    /// Strangers in reach that show themselves.
    Nearby,
    /// Contacts and requests.
    Contacts,
    /// One contact, with its safety number.
    Contact {
        /// Whom.
        who: String,
    },
    /// Ask somebody nearby, or the owner of a contact link, to become a contact.
    Request {
        /// An account or a contact link.
        whom: String,
    },
    /// Say yes to a request.
    Accept {
        /// Whose.
        who: String,
    },
    /// Say that the six words, or the safety number, were compared and agree.
    Verify {
        /// Whose.
        who: String,
    },
    /// Read nothing of somebody any more.
    Block {
        /// Whom.
        who: String,
    },
    /// Undo a block.
    Unblock {
        /// Whom.
        who: String,
    },
    /// Drop a contact or a request.
    Remove {
        /// Whom.
        who: String,
    },
    /// Call somebody by a name of your own, seen on this device only; without one, as they call themselves.
    Petname {
        /// Whom.
        who: String,
        /// How.
        name: Option<String>,
    },
    /// Dial an address.
    Dial {
        /// A multiaddress or IP:PORT.
        address: String,
    },
    /// Write a message.
    Send {
        /// To whom.
        who: String,
        /// What it says.
        text: String,
        /// Idempotency key: the same again gives the same message.
        #[arg(long)]
        key: Option<String>,
    },
    /// Send a small file (a mebibyte at most).
    Attach {
        /// To whom.
        who: String,
        /// Which file.
        file: PathBuf,
        /// What the message says; the name of the file, unless given.
        #[arg(long)]
        text: Option<String>,
        /// Idempotency key.
        #[arg(long)]
        key: Option<String>,
    },
    /// Answer a message.
    Reply {
        /// To whom.
        who: String,
        /// Which message.
        message: String,
        /// What the answer says.
        text: String,
        /// Idempotency key.
        #[arg(long)]
        key: Option<String>,
    },
    /// Replace the text of an own message.
    Edit {
        /// In the conversation with whom.
        who: String,
        /// Which message.
        message: String,
        /// What it says from now on.
        text: String,
        /// Idempotency key.
        #[arg(long)]
        key: Option<String>,
    },
    /// Take an own message back.
    Delete {
        /// In the conversation with whom.
        who: String,
        /// Which message.
        message: String,
        /// Idempotency key.
        #[arg(long)]
        key: Option<String>,
    },
    /// Put an emoji on a message, or take it off.
    React {
        /// In the conversation with whom.
        who: String,
        /// Which message.
        message: String,
        /// Which emoji.
        emoji: String,
        /// Take it off.
        #[arg(long)]
        off: bool,
        /// Idempotency key.
        #[arg(long)]
        key: Option<String>,
    },
    /// A page of a conversation, oldest first.
    History {
        /// With whom.
        who: String,
        /// Messages at most, 1 to 200.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// A message's place (see --json): the page before it.
        #[arg(long)]
        before: Option<String>,
    },
    /// What happens, as it happens, until Ctrl-C.
    Watch {
        /// Id of the last event heard: go on after it.
        #[arg(long)]
        after: Option<String>,
    },
}

/// A presence, as typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Presence {
    Online,
    Away,
    Invisible,
}

impl From<Presence> for PresenceChange {
    fn from(presence: Presence) -> Self {
        let presence = match presence {
            Presence::Online => PresenceState::Online,
            Presence::Away => PresenceState::Away,
            Presence::Invisible => PresenceState::Invisible,
        };
        Self { presence }
    }
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
                watch::watch(&self.client, &self.show, after.as_deref(), self.json)
            }
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
            _ => Ok(()),
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
        let names: Vec<Contact> = self.client.get("/v1/contacts")?;
        self.fetch(&path, |show, page: &MessagePage| show.page(page, &names))
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
        let known = contacts
            .into_iter()
            .map(|contact| (contact.account, contact.name))
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
