//! The backend while a node runs: carries wishes out, follows events, keeps the model true.

mod attach;
mod reading;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use node::events::{Heard, Listener};
use node::store::Part;
use node::{Node, NodeError, NodeHandle};
use protocol::identity::{AccountId, ContactLink, Hints};
use protocol::turn::{Command, ContactStanding, Event};

use super::notes::{self, Notes};
use super::opening::{Ended, keyring_is_there};
use super::relock::Relock;
use super::{News, Port, Setup, chats, faults, pictures, save, scan};
use crate::ask::{Answer, Ask, Mood, Ticket};
use crate::desktop::notice::Arrival;
use crate::desktop::{entry, keyring};
use crate::model::{Chat, Details, Model, Own, Stage};
use crate::text::Sentence;

/// Events taken before the model is shown again: a burst repaints once.
const EVENTS_AT_ONCE: usize = 128;

/// How often what no event tells (addresses, the store's health) is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The backend while a node runs.
pub(super) struct Desk {
    pub(super) node: NodeHandle,
    pub(super) api: String,
    profile: PathBuf,
    keyring: bool,
    /// The model as it will be shown next.
    pub(super) model: Model,
    /// Chats on screen.
    open: BTreeSet<AccountId>,
    changed: bool,
    pictures: pictures::Pictures,
    notes: Notes,
}

/// Runs until the window closes, the node stops or the profile is to be locked otherwise.
pub(super) async fn run(node: Node, setup: &Setup, port: &mut Port) -> Ended {
    let (handle, stopper) = (node.handle().clone(), node.stopper());
    let api = format!("http://{}", node.api());
    let mut stopped = std::pin::pin!(node.stopped());
    let listener = handle.events().listen(None);
    let notes = Notes::start(handle.clone());
    let mut desk = Desk {
        node: handle,
        api,
        profile: setup.profile.clone(),
        keyring: keyring::noted(&setup.profile).is_some(),
        model: Model::default(),
        open: BTreeSet::new(),
        changed: true,
        pictures: pictures::Pictures::new(),
        notes,
    };
    desk.begin().await;
    let ended = desk.follow(setup, port, listener, stopped.as_mut()).await;
    if matches!(ended, Ended::Stopped(_)) {
        return ended;
    }
    desk.last_notes(port, &ended).await;
    stopper.cancel();
    if let Err(error) = stopped.await {
        tracing::error!(%error, "the node did not stop in order");
    }
    ended
}

/// Waits for a later start of the program on this profile.
async fn next_start(listener: Option<&tokio::net::UnixListener>) -> Option<Option<String>> {
    match listener {
        Some(listener) => crate::desktop::instance::next(listener).await,
        None => std::future::pending().await,
    }
}

impl Desk {
    /// Keeps the model true and carries wishes out, until something ends that.
    async fn follow(
        &mut self,
        setup: &Setup,
        port: &mut Port,
        mut listener: Listener,
        mut stopped: Pin<&mut impl Future<Output = Result<(), NodeError>>>,
    ) -> Ended {
        let mut look = tokio::time::interval(LOOK_EVERY);
        let later_starts = crate::desktop::instance::listen(&setup.profile);
        let mut probe = std::pin::pin!(keyring_is_there(setup));
        let mut probed = false;
        loop {
            if std::mem::take(&mut self.changed) {
                port.show(self.model.clone());
            }
            tokio::select! {
                () = port.cancel.cancelled() => return Ended::Closed,
                ended = &mut stopped => return Ended::Stopped(faults::ended(&ended)),
                heard = listener.next() => {
                    let Some(heard) = heard else { continue };
                    self.heard(heard, port).await;
                    self.hear_more(&mut listener, port).await;
                }
                ask = port.asks.recv() => match ask {
                    Some(Ask::Relock { current, lock }) => {
                        let unprotected = self.node.fixed().unprotected;
                        return Ended::Relock(Relock { current, lock, unprotected });
                    }
                    Some(ask) => self.carry_out(ask, port).await,
                    None => {}
                },
                raised = next_start(later_starts.as_ref()) => {
                    if let Some(link) = raised {
                        port.tell(News::Raised(link));
                    }
                }
                there = &mut probe, if !probed => {
                    probed = true;
                    self.model.keyring = there;
                    self.changed = true;
                }
                Some((message, picture)) = self.pictures.next() => self.decoded(message, picture),
                _ = look.tick() => self.look(),
            }
        }
    }

    /// Everything that is there from the start.
    async fn begin(&mut self) {
        self.model.stage = Stage::Running;
        self.look();
        self.follow_view();
        notes::follow(&mut self.model);
        let accounts: Vec<_> = self
            .model
            .contacts(|standing| standing == ContactStanding::Accepted);
        let accounts: Vec<_> = accounts
            .into_iter()
            .map(|contact| contact.account)
            .collect();
        for account in accounts {
            self.preview(account).await;
        }
    }

    /// What the node's own view says.
    fn follow_view(&mut self) {
        self.model.view = Some(self.node.view());
        self.changed = true;
    }

    /// What no event tells.
    fn look(&mut self) {
        let (fixed, health) = (self.node.fixed(), self.node.health().counts());
        let link = ContactLink::new(fixed.account, Hints::None).map(|link| link.to_string());
        let own = Own {
            account: fixed.account,
            device: fixed.device,
            link: link.unwrap_or_default(),
            unprotected: fixed.unprotected,
            keyring: self.keyring,
            words_confirmed: self.node.words_confirmed(),
            listening: health.listening,
            store_fault: health.store_fault,
            api: self.api.clone(),
        };
        let same = self.model.own.as_ref().is_some_and(|before| {
            before.listening == own.listening
                && before.store_fault == own.store_fault
                && before.words_confirmed == own.words_confirmed
        });
        if !same {
            self.model.own = Some(Arc::new(own));
            self.changed = true;
        }
    }

    pub(super) fn chat(&mut self, account: AccountId) -> &mut Chat {
        self.changed = true;
        Arc::make_mut(self.model.chats.entry(account).or_default())
    }

    /// The newest message of a conversation that is not on screen.
    async fn preview(&mut self, account: AccountId) {
        let newest = self.node.reader().page(account.into(), Part::Latest, 1);
        match newest.await {
            Ok(mut page) => {
                let last = page.messages.pop().map(|entry| Arc::new(entry.into()));
                self.chat(account).last = last;
            }
            Err(fault) => tracing::error!(%fault, "a conversation cannot be read"),
        }
    }

    async fn hear_more(&mut self, listener: &mut Listener, port: &Port) {
        for _ in 0..EVENTS_AT_ONCE {
            let Some(heard) = listener.try_next() else {
                break;
            };
            self.heard(heard, port).await;
        }
    }

    async fn heard(&mut self, heard: Heard, port: &Port) {
        let Heard::Event(_, event) = heard else {
            // Too much happened at once: everything is read anew.
            self.follow_view();
            notes::follow(&mut self.model);
            for account in self.model.chats.keys().copied().collect::<Vec<_>>() {
                self.chat(account).heard.clear();
                if self.open.contains(&account) {
                    self.latest(account).await;
                } else {
                    self.preview(account).await;
                }
            }
            return;
        };
        match &*event {
            Event::Message {
                message,
                row,
                new,
                attachment,
            } => {
                let channel = row.conversation.channel();
                if self.node.view().channels.contains_key(&channel) {
                    return; // the window has no place for channels yet
                }
                let (account, own) = (row.conversation.account(), self.node.fixed().account);
                let theirs = row.account != own;
                let on_screen = self.open.contains(&account);
                let chat = self.chat(account);
                let fresh = chats::absorb(chat, *message, row, attachment.as_ref());
                chat.unopened &= !theirs;
                let is_first = on_screen && chat.window.is_empty();
                if *new && fresh && theirs && chats::is_shown(row) {
                    if !on_screen {
                        chat.unread = chat.unread.saturating_add(1);
                    }
                    port.tell(News::Arrival(Arrival::message(account, row)));
                }
                if is_first {
                    self.latest(account).await;
                }
            }
            Event::Unopened { account } => self.chat(*account).unopened = true,
            Event::ContactRemoved(account) => {
                self.model.details.remove(account);
                self.follow_view();
            }
            Event::Contact(contact) => {
                let known = self
                    .model
                    .contact(contact.account)
                    .map(|known| known.standing);
                if contact.standing == ContactStanding::Asks && known != Some(ContactStanding::Asks)
                {
                    port.tell(News::Arrival(Arrival::request(contact.account)));
                }
                self.model.details.remove(&contact.account);
                self.follow_view();
                if contact.standing == ContactStanding::Accepted {
                    let _there = self.chat(contact.account);
                }
            }
            Event::Note { .. } => {
                self.follow_view();
                notes::follow(&mut self.model);
            }
            // The window has no place for communities yet.
            Event::Community(_) | Event::Marks { .. } | Event::Report { .. } => {}
            _ => self.follow_view(),
        }
    }

    /// What was written last is still kept. Where the window stays open, other wishes wait for the next node.
    async fn last_notes(self, port: &mut Port, ended: &Ended) {
        let closes = matches!(ended, Ended::Closed);
        while closes && let Ok(ask) = port.asks.try_recv() {
            if let Ask::Draft(account, text) = ask {
                self.notes.draft(account, &text);
            }
        }
        self.notes.finish().await;
    }

    async fn carry_out(&mut self, ask: Ask, port: &Port) {
        match ask {
            Ask::Do(ticket, command) => self.command(ticket, *command, port),
            Ask::Open(account) => {
                self.open.insert(account);
                self.latest(account).await;
                self.chat(account).unread = 0;
            }
            Ask::Close(account) => {
                self.open.remove(&account);
                let chat = self.chat(account);
                chat.window.clear();
                chat.new_after = None;
            }
            Ask::Read(account) => self.chat(account).unread = 0,
            Ask::Latest(account) => self.latest(account).await,
            Ask::More(account, edge) => self.more(account, edge).await,
            Ask::Jump(account, at_ms) => self.jump(account, at_ms).await,
            Ask::JumpTo(account, message) => self.jump_to(account, message).await,
            Ask::Picture(_, message) => self.picture(message),
            Ask::Details(account) => match self.node.safety_number(account).await {
                Ok(safety_number) => {
                    self.model
                        .details
                        .insert(account, Arc::new(Details { safety_number }));
                    self.changed = true;
                }
                Err(fault) => tracing::error!(%fault, "a safety number cannot be computed"),
            },
            Ask::Dial(ticket, address) => self.dial(ticket, address, port),
            Ask::Scan(ticket, from) => scan::start(port, ticket, from),
            Ask::Save(message, said) => save::start(port, self.node.clone(), message, said),
            Ask::TakeLinks => take_links(port, self.profile.clone()),
            other => self.keep(other, port).await,
        }
    }

    /// Wishes about what this device keeps beside conversations.
    async fn keep(&mut self, ask: Ask, port: &Port) {
        match ask {
            Ask::ShowWords => match self.node.recovery_words().await {
                Ok(words) => {
                    self.model.words = words.map(|words| Arc::new(words.phrase()));
                    self.changed = true;
                }
                Err(fault) => tracing::error!(%fault, "the recovery words cannot be shown"),
            },
            Ask::Draft(account, text) => self.notes.draft(account, &text),
            Ask::Petname(account, name) => self.notes.petname(account, &name),
            Ask::HideWords => {
                self.model.words = None;
                self.changed = true;
            }
            Ask::ConfirmWords(ticket, typed) => {
                let confirmed = self.node.confirm_words(typed).await;
                if confirmed.is_ok() {
                    self.model.words = None;
                    self.changed = true;
                    self.look();
                }
                let result = confirmed.map(|()| protocol::turn::Reply::Done);
                answer(port, ticket, result.map_err(|fault| faults::words(&fault)));
            }
            Ask::Attach {
                ticket,
                to,
                body,
                media,
                bytes,
                reply_to,
                key,
            } => {
                let file = attach::File {
                    to,
                    body,
                    media,
                    bytes,
                    reply_to,
                    key,
                };
                match attach::command(file) {
                    Ok(command) => self.command(ticket, command, port),
                    Err(fault) => answer(port, ticket, Err(fault)),
                }
            }
            _ => {}
        }
    }

    /// Carries a command out beside everything else: a commit may take its time.
    fn command(&self, ticket: Ticket, command: Command, port: &Port) {
        let (node, news, repaint) = (
            self.node.clone(),
            port.news.clone(),
            Arc::clone(&port.repaint),
        );
        tokio::spawn(async move {
            let result = node
                .ask(command)
                .await
                .map_err(|error| faults::asked(&error));
            drop(news.send(News::Answer(Answer { ticket, result })).await);
            repaint();
        });
    }

    fn dial(&self, ticket: Ticket, address: String, port: &Port) {
        let (node, news, repaint) = (
            self.node.clone(),
            port.news.clone(),
            Arc::clone(&port.repaint),
        );
        tokio::spawn(async move {
            let dialled = node.dial(vec![address]).await;
            let result = dialled
                .map(|()| protocol::turn::Reply::Done)
                .map_err(|failure| {
                    tracing::info!(%failure, "a call by hand came to nothing");
                    faults::dialled(&failure)
                });
            drop(news.send(News::Answer(Answer { ticket, result })).await);
            repaint();
        });
    }
}

/// Makes the desktop open contact links here; what came of it is told.
fn take_links(port: &Port, profile: PathBuf) {
    let (news, repaint) = (port.news.clone(), Arc::clone(&port.repaint));
    tokio::spawn(async move {
        let done = tokio::task::spawn_blocking(move || entry::install(&profile)).await;
        let told = match done.unwrap_or_else(|panicked| Err(std::io::Error::other(panicked))) {
            Ok(()) => News::Told(Mood::Good, "links-taken".into()),
            Err(error) => {
                let told = Sentence::from("links-not-taken");
                News::Told(Mood::Bad, told.with("what", faults::system(&error)))
            }
        };
        drop(news.send(told).await);
        repaint();
    });
}

fn answer(port: &Port, ticket: Ticket, result: Result<protocol::turn::Reply, Sentence>) {
    port.tell(News::Answer(Answer { ticket, result }));
}
