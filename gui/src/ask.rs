//! What the window wants: of the backend ([`Ask`]) and of itself ([`Act`]). Panels return these and change nothing.

use protocol::identity::AccountId;
use protocol::message::MessageRef;
use protocol::turn::{Command, Reply};
use zeroize::Zeroizing;

use crate::prefs::Prefs;
use crate::route::{Dialog, Route};
use crate::text::Sentence;

/// Matches an answer with what asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// How a profile is locked from now on.
#[derive(Clone, Debug)]
pub enum Lock {
    /// By a passphrase.
    Passphrase(Zeroizing<String>),
    /// By a key in the desktop's keyring.
    Keyring,
    /// Not at all, chosen explicitly.
    Unprotected,
}

/// Which end of a chat's window to extend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Older messages.
    Before,
    /// Newer messages.
    After,
}

/// Where a picture with a code is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scan {
    /// In a file.
    File(std::path::PathBuf),
    /// On the clipboard.
    Clipboard,
}

/// What the window wants of the backend. None of these is waited for.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Make a profile and start.
    Create {
        /// The name to go by.
        name: String,
        /// How it is locked.
        lock: Lock,
    },
    /// Make a profile for an account that exists, from its words, and start.
    Restore {
        /// The 24 words, as typed.
        words: Zeroizing<String>,
        /// The name to go by.
        name: String,
        /// How it is locked.
        lock: Lock,
    },
    /// Open the profile with this passphrase, and start.
    Unlock(Zeroizing<String>),
    /// Lock the open profile in another way.
    Relock {
        /// The passphrase that opens it now, as typed; empty where none does.
        current: Zeroizing<String>,
        /// How it is locked from now on.
        lock: Lock,
    },
    /// Look at the profile again: after [`crate::model::Stage::Broken`] or `Stopped`.
    Retry,
    /// Carry a command out; the answer comes under this ticket.
    Do(Ticket, Box<Command>),
    /// A chat is on screen: load its newest messages; what is there is read.
    Open(AccountId),
    /// A chat is no longer on screen.
    Close(AccountId),
    /// Load more at one end of a chat's window.
    More(AccountId, Edge),
    /// Show the newest messages again.
    Latest(AccountId),
    /// Show the messages from this time on, in milliseconds since 1970.
    Jump(AccountId, u64),
    /// Show the messages around one of them.
    JumpTo(AccountId, MessageRef),
    /// Everything up to the newest message on screen was read.
    Read(AccountId),
    /// Load details of a contact: its safety number.
    Details(AccountId),
    /// Keep what is being written.
    Draft(AccountId, String),
    /// Call somebody by this name; empty takes it back.
    Petname(AccountId, String),
    /// Show the recovery words, while this device still has them.
    ShowWords,
    /// Stop showing them.
    HideWords,
    /// These are the recovery words: check and forget them here.
    ConfirmWords(Ticket, Zeroizing<String>),
    /// Dial an address.
    Dial(Ticket, String),
    /// Send a message with a file of at most 1 MiB.
    Attach {
        /// Matches the answer.
        ticket: Ticket,
        /// To whom.
        to: AccountId,
        /// Text beside it, or its name.
        body: String,
        /// Media type, such as `image/png`.
        media: String,
        /// Its bytes.
        bytes: bytes::Bytes,
        /// The message answered.
        reply_to: Option<MessageRef>,
        /// Idempotency key.
        key: Option<Vec<u8>>,
    },
    /// Look for a code in a picture; what it says comes as [`crate::backend::News::Scanned`].
    Scan(Ticket, Scan),
    /// Put the file of a message into the downloads folder, under a name made of what the message says.
    Save(MessageRef, String),
    /// Make the desktop open contact links here.
    TakeLinks,
    /// Decode the picture of a message.
    Picture(AccountId, MessageRef),
}

impl Ask {
    /// The ticket under which its answer comes, if it has one.
    #[must_use]
    pub const fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Do(ticket, _) | Self::ConfirmWords(ticket, _) | Self::Dial(ticket, _) => {
                Some(*ticket)
            }
            Self::Attach { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }
}

/// How an [`Ask`] with a ticket ended.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which.
    pub ticket: Ticket,
    /// What came of it, or why nothing did.
    pub result: Result<Reply, Sentence>,
}

/// How a toast looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Something was done.
    Good,
    /// Something failed.
    Bad,
}

/// What the window wants of itself.
#[derive(Clone, Debug)]
pub enum Act {
    /// Show something else in the middle.
    Go(Route),
    /// Lay a dialog over everything.
    Show(Dialog),
    /// Close the dialog.
    CloseDialog,
    /// Say something for a few seconds.
    Toast(Mood, String),
    /// Put text on the clipboard.
    Copy(String),
    /// Open a link in the browser: only after [`Dialog::OpenLink`] was answered.
    OpenUrl(String),
    /// Use and keep these choices.
    Prefs(Box<Prefs>),
    /// Answer this message.
    Reply(AccountId, MessageRef),
    /// Change this message.
    Edit(AccountId, MessageRef),
    /// Put the writing cursor into the composer.
    FocusComposer,
    /// On a narrow window: show the list again.
    ShowList,
}
