//! What the window draws: one immutable value, replaced by the backend when something changed. Parts are shared, so a
//! new message replaces one chat and the path to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use node::store::{PageEntry, Position};
use node::view::View;
use protocol::identity::{AccountId, DeviceId};
use protocol::message::MessageRef;
use protocol::persist::MessageRow;
use protocol::turn::{AttachmentView, ContactStanding, ContactView};

use crate::text::Sentence;

/// Messages of a conversation in memory at most; farther ones are asked for while scrolling.
pub const WINDOW_MAX: usize = 600;

/// Messages of a conversation that are remembered as they were told: more than can be on their way to the disk while a
/// page is read.
pub const HEARD_MAX: usize = 64;

/// How far the program is.
#[derive(Clone, Debug, Default)]
pub enum Stage {
    /// It looks at the profile.
    #[default]
    Opening,
    /// There is no profile yet.
    FirstRun {
        /// Why the last try to make one failed.
        fault: Option<Sentence>,
    },
    /// The profile wants its passphrase.
    Locked {
        /// Why the last one did not open it.
        fault: Option<Sentence>,
    },
    /// The profile cannot be opened, for a reason that typing does not mend.
    Broken {
        /// Why, and what to do.
        fault: Sentence,
    },
    /// The node runs.
    Running,
    /// The node stopped by itself.
    Stopped {
        /// Why.
        fault: Sentence,
    },
}

/// What does not change while the node runs, and how it stands.
#[derive(Clone, Debug)]
pub struct Own {
    /// The own account.
    pub account: AccountId,
    /// This device.
    pub device: DeviceId,
    /// The own contact link.
    pub link: String,
    /// Whether the profile opens without a passphrase.
    pub unprotected: bool,
    /// Whether the desktop's keyring has the passphrase.
    pub keyring: bool,
    /// Whether the recovery words were confirmed.
    pub words_confirmed: bool,
    /// Where the node listens.
    pub listening: Vec<String>,
    /// Why nothing can be stored right now, if so.
    pub store_fault: Option<String>,
    /// Where the local API answers.
    pub api: String,
}

/// A message as shown: its place, and its row unless that is damaged.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Place in its conversation.
    pub position: Position,
    /// What stands there.
    pub row: Option<Box<MessageRow>>,
    /// What is attached to it, as far as it is here.
    pub attachment: Option<AttachmentView>,
}

impl Line {
    /// Its name.
    #[must_use]
    pub const fn id(&self) -> MessageRef {
        self.position.1
    }

    /// When it was written, in milliseconds since 1970, as its author's clock said.
    #[must_use]
    pub fn sent_ms(&self) -> u64 {
        self.row
            .as_ref()
            .map_or(self.position.0, |row| row.hlc)
            .wall()
            .as_millis()
    }
}

impl From<PageEntry> for Line {
    fn from(entry: PageEntry) -> Self {
        Self {
            position: entry.position,
            row: entry.row,
            attachment: entry.attachment,
        }
    }
}

/// A conversation as far as it is in memory.
#[derive(Clone, Debug, Default)]
pub struct Chat {
    /// Consecutive messages, oldest first; at most [`WINDOW_MAX`].
    pub window: Vec<Arc<Line>>,
    /// Whether there is more before the window.
    pub more_before: bool,
    /// Whether there is more after it: the window does not show the newest.
    pub more_after: bool,
    /// The newest message of the conversation, for lists.
    pub last: Option<Arc<Line>>,
    /// What was told of late, as it was told last; at most [`HEARD_MAX`]. A message is told before it is durable, so a page
    /// read from the store in that moment lacks it.
    pub heard: Vec<Arc<Line>>,
    /// Messages of others after the read mark, counted to 100.
    pub unread: usize,
    /// The read mark when the chat was opened: the line "new" stands after it.
    pub new_after: Option<Position>,
    /// Where the last jump landed, and its number: each is followed once.
    pub landed: Option<(u64, Position)>,
    /// What was being written when the program last ended.
    pub draft: String,
    /// A message of theirs could not be opened and was asked for again.
    pub unopened: bool,
}

/// What a contact's page shows beside the contact itself.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// Sixty digits, once their keys are known.
    pub safety_number: Option<String>,
}

/// What the window draws.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// How far the program is.
    pub stage: Stage,
    /// Whether there is a keyring that could have the passphrase of a new profile.
    pub keyring: bool,
    /// Who is there. `None` until the node runs.
    pub view: Option<Arc<View>>,
    /// Who we are. `None` until the node runs.
    pub own: Option<Arc<Own>>,
    /// Conversations by the other account.
    pub chats: BTreeMap<AccountId, Arc<Chat>>,
    /// Asked-for details by account.
    pub details: BTreeMap<AccountId, Arc<Details>>,
    /// Names that the person gave to others.
    pub petnames: BTreeMap<AccountId, String>,
    /// The recovery words, while they are to be shown.
    pub words: Option<Arc<zeroize::Zeroizing<String>>>,
    /// Decoded pictures by message; `Err` says why there is none.
    pub pictures: BTreeMap<MessageRef, Picture>,
}

/// A picture of a message.
#[derive(Clone, Debug)]
pub enum Picture {
    /// It is being read.
    Loading,
    /// Its pixels, small enough for a texture.
    Ready(Arc<egui::ColorImage>),
    /// It cannot be shown, for the reason of this key.
    Broken(&'static str),
}

impl Model {
    /// A contact.
    #[must_use]
    pub fn contact(&self, account: AccountId) -> Option<&Arc<ContactView>> {
        self.view.as_ref()?.contacts.get(&account)
    }

    /// All contacts of a standing, by name.
    #[must_use]
    pub fn contacts(&self, wanted: impl Fn(ContactStanding) -> bool) -> Vec<&Arc<ContactView>> {
        let Some(view) = &self.view else {
            return Vec::new();
        };
        let mut found: Vec<_> = view
            .contacts
            .values()
            .filter(|contact| wanted(contact.standing))
            .collect();
        found.sort_by_cached_key(|contact| {
            (self.name(contact.account).to_lowercase(), contact.account)
        });
        found
    }

    /// What somebody is called here: the petname, else the name they give themselves, cleaned, else a piece of the
    /// account.
    #[must_use]
    pub fn name(&self, account: AccountId) -> String {
        if let Some(petname) = self.petnames.get(&account) {
            return petname.clone();
        }
        let view = self.view.as_ref();
        let given = view.and_then(|view| {
            if self.own.as_ref().is_some_and(|own| own.account == account) {
                return Some(view.me.name.as_str());
            }
            let contact = view
                .contacts
                .get(&account)
                .map(|contact| contact.name.as_str());
            contact.or_else(|| view.nearby.get(&account).map(|nearby| nearby.name.as_str()))
        });
        let shown = crate::text::clean::name(given.unwrap_or_default());
        if shown.is_empty() {
            account.to_string().chars().take(8).collect()
        } else {
            shown
        }
    }

    /// Unread messages of all conversations.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.chats.values().map(|chat| chat.unread).sum()
    }
}
