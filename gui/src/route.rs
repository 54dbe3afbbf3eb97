//! Where the person is: what fills the middle, and what lies over it.

use protocol::identity::AccountId;
use protocol::message::MessageRef;

/// What fills the middle of the window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// People: nearby, requests, all contacts.
    #[default]
    People,
    /// A private conversation.
    Chat(AccountId),
    /// Settings.
    Settings(Section),
}

/// A page of the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// Name, account, recovery words, contact link.
    #[default]
    Profile,
    /// Theme, language, text size, motion.
    Look,
    /// When to say that something came.
    Notifications,
    /// Who sees what.
    Privacy,
    /// Where this node listens, and whom it reaches.
    Network,
}

/// What lies over everything else until it is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Add somebody by link, picture or clipboard; show the own link.
    AddContact {
        /// What stands in the field already: a link that was clicked.
        link: String,
    },
    /// Six words, safety number, code to scan.
    Safety(AccountId),
    /// The recovery words, shown or to be confirmed.
    Words,
    /// Another lock for the profile.
    Relock,
    /// Jump to a conversation or person.
    Switcher,
    /// The map of the keyboard.
    Keys,
    /// A link is about to be opened.
    OpenLink(String),
    /// The same, of a link whose text names another place: where it goes, and what it says.
    OpenDisguised(String, String),
    /// Who somebody is and how they are reached, where a side panel has no room.
    Details(AccountId),
    /// A picture, large.
    Picture(AccountId, MessageRef),
    /// Earlier versions of a message.
    History(AccountId, MessageRef),
    /// Take a message back?
    Delete(AccountId, MessageRef),
    /// Jump to a date in a conversation.
    Date(AccountId),
    /// Block somebody?
    Block(AccountId),
    /// Remove somebody?
    Remove(AccountId),
    /// Give somebody a name of one's own.
    Petname(AccountId),
}
