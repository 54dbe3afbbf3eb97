//! The people of a world: each with a node, and with a record of what its API has shown when.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::api::{Api, Contact, Me};
use super::node::{Build, Node, Place};
use super::phrases::FLEETING;
use super::search::{Finding, Search};
use super::tell::until;

/// How long mDNS, a handshake or a step of a request may take. On a quiet machine each is under a
/// second; the last resort of a lost step is a resend.
const STEP_TIMEOUT: Duration = Duration::from_secs(45);

/// How long somebody whose node was killed may be away.
const AWAY_TIMEOUT: Duration = Duration::from_secs(60);

/// A message that somebody's API has shown.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// When it was shown, or answered with 2xx.
    pub(crate) at: Instant,
    /// The other account of the conversation.
    pub(crate) conversation: String,
    /// Whether others may answer and react: it will not be taken back.
    pub(crate) lasting: bool,
    /// Whether it is of the node's own making, and so durable since it was answered.
    pub(crate) own: bool,
}

#[derive(Debug, Default)]
struct Memory {
    /// Counts starts: what an earlier start showed comes from a stream that is over.
    start: u64,
    up: bool,
    known: BTreeMap<String, Known>,
}

/// One person.
#[derive(Debug)]
pub(crate) struct Member {
    node: Mutex<Node>,
    api: Api,
    me: Me,
    name: String,
    memory: Arc<Mutex<Memory>>,
    back: Condvar,
}

impl Member {
    /// Makes a profile and starts its node.
    ///
    /// # Errors
    /// When either fails.
    pub(crate) fn arrive(build: &Build, member: usize, name: &str, folder: &Path) -> Result<Self> {
        let mut node = Node::create(build, Place::Member(member), name, folder)?;
        let api = node.start()?;
        let me = api.me()?;
        if me.name != name {
            bail!("{name} calls itself {}", me.name);
        }
        let member = Self {
            node: Mutex::new(node),
            api,
            me,
            name: name.to_owned(),
            memory: Arc::default(),
            back: Condvar::new(),
        };
        member.watch()?;
        Ok(member)
    }

    /// Who.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Account and device.
    #[must_use]
    pub(crate) fn me(&self) -> &Me {
        &self.me
    }

    /// The node's API. Answers while the node is up.
    #[must_use]
    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    /// For introductions.
    #[must_use]
    pub(crate) fn party(&self) -> Party<'_> {
        Party {
            api: &self.api,
            me: &self.me,
        }
    }

    /// Runs something with the node itself.
    pub(crate) fn with_node<T>(&self, work: impl FnOnce(&mut Node) -> T) -> T {
        work(&mut lock(&self.node))
    }

    /// Listens to what the API shows from now on, and lets those go on who wait for this member.
    fn watch(&self) -> Result<()> {
        let heard = self.api.listen()?;
        let start = {
            let mut memory = lock(&self.memory);
            memory.up = true;
            memory.start
        };
        self.back.notify_all();
        let memory = Arc::clone(&self.memory);
        std::thread::spawn(move || {
            for (at, happening) in heard {
                let message = &happening.data["message"];
                let text = |field: &str| message[field].as_str().map(str::to_owned);
                let (Some(id), Some(conversation)) = (text("id"), text("conversation")) else {
                    continue;
                };
                let lasting = text("body").is_some_and(|body| !body.ends_with(FLEETING));
                let mut memory = lock(&memory);
                if memory.start != start {
                    return;
                }
                let known = Known {
                    at,
                    conversation,
                    lasting,
                    own: false,
                };
                memory.known.entry(id).or_insert(known);
            }
        });
        Ok(())
    }

    /// Remembers an own message that was answered with 2xx.
    pub(crate) fn wrote(&self, id: &str, conversation: &str, lasting: bool) {
        let (at, conversation) = (Instant::now(), conversation.to_owned());
        let known = Known {
            at,
            conversation,
            lasting,
            own: true,
        };
        lock(&self.memory).known.insert(id.to_owned(), known);
    }

    /// What the API has shown so far.
    #[must_use]
    pub(crate) fn known(&self) -> BTreeMap<String, Known> {
        lock(&self.memory).known.clone()
    }

    /// A message of this conversation that may be answered: the `choice`-th, counted around.
    #[must_use]
    pub(crate) fn lasting(&self, conversation: &str, choice: usize) -> Option<String> {
        let memory = lock(&self.memory);
        let fits = |known: &Known| known.lasting && known.conversation == conversation;
        let count = memory.known.values().filter(|known| fits(known)).count();
        let mut fitting = memory.known.iter().filter(|(_, known)| fits(known));
        fitting
            .nth(choice.checked_rem(count)?)
            .map(|(id, _)| id.clone())
    }

    /// Waits until the node is up.
    ///
    /// # Errors
    /// When it stays away.
    pub(crate) fn wait_until_up(&self) -> Result<()> {
        let memory = lock(&self.memory);
        let waited = self
            .back
            .wait_timeout_while(memory, AWAY_TIMEOUT, |memory| !memory.up);
        let (memory, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if memory.up {
            Ok(())
        } else {
            bail!("{} did not come back", self.name)
        }
    }

    /// Kills the node with -9, searches what it left on the disk, and starts it again.
    ///
    /// # Errors
    /// When it cannot be started again.
    pub(crate) fn crash(&self, search: &Search, with: &[&str]) -> Result<Vec<Finding>> {
        let mut node = lock(&self.node);
        node.kill()?;
        {
            let mut memory = lock(&self.memory);
            memory.up = false;
            memory.start += 1;
        }
        let findings = search_folder(search, node.profile())?;
        node.start()?;
        // What was shown but not yet durable is gone, and comes again: it is not known any more.
        let mut durable = Vec::new();
        for account in with {
            durable.extend(
                self.api
                    .history(account)?
                    .into_iter()
                    .map(|message| message.id),
            );
        }
        lock(&self.memory)
            .known
            .retain(|id, known| known.own || durable.contains(id));
        drop(node);
        self.watch()?;
        Ok(findings)
    }
}

/// Somebody who can be introduced: an API and who is behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party<'a> {
    /// The API.
    pub(crate) api: &'a Api,
    /// Who.
    pub(crate) me: &'a Me,
}

/// Two people get to know each other: they see each other nearby, one asks, both read the same
/// six words, the other accepts, both say that the words agree. Returns the words as both saw
/// them.
///
/// # Errors
/// When a step does not happen in time.
pub(crate) fn acquaint(asker: Party<'_>, asked: Party<'_>) -> Result<[Vec<String>; 2]> {
    let (ours, theirs) = (&asker.me.account, &asked.me.account);
    let names = format!("{} and {}", asker.me.name, asked.me.name);
    for (one, other) in [(asker, asked), (asked, asker)] {
        until(&format!("{names}: to see each other"), STEP_TIMEOUT, || {
            let nearby = one.api.nearby()?.into_iter();
            let mut seen = nearby.filter(|nearby| nearby.account == other.me.account);
            Ok(seen.find(|seen| seen.name == other.me.name))
        })?;
    }
    asker.api.request(theirs).with_context(|| names.clone())?;
    let words = |one: &Api, account: &str| {
        until(&format!("{names}: the six words"), STEP_TIMEOUT, || {
            Ok(one.contact(account)?.and_then(|contact| contact.words))
        })
    };
    let both = [words(asker.api, theirs)?, words(asked.api, ours)?];
    asked.api.accept(ours).with_context(|| names.clone())?;
    for (one, account) in [(asker.api, theirs), (asked.api, ours)] {
        let stands = |wanted: fn(&Contact) -> bool| {
            until(&format!("{names}: to be contacts"), STEP_TIMEOUT, || {
                Ok(one.contact(account)?.filter(wanted))
            })
        };
        stands(|contact| contact.standing == "accepted")?;
        one.verify(account).with_context(|| names.clone())?;
        stands(|contact| contact.trust == "verified")?;
    }
    Ok(both)
}

/// Searches every file under a folder: its contents and its name.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn search_folder(search: &Search, folder: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let entries = std::fs::read_dir(folder);
    for entry in entries.with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            findings.extend(search_folder(search, &path)?);
            continue;
        }
        let name = path
            .file_name()
            .unwrap_or_default()
            .as_encoded_bytes()
            .to_vec();
        let contents = match std::fs::read(&path) {
            Ok(contents) => contents,
            // A file written anew may be gone between the listing and the reading.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).context("a file of a profile cannot be read"),
        };
        findings.extend(
            [name, contents]
                .iter()
                .filter_map(|bytes| search.find(bytes)),
        );
    }
    Ok(findings)
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside is valid after every statement, so a panic elsewhere cannot have broken it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
