//! What can be typed behind `ctl`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Subcommand, ValueEnum};
use node::api::model::{HistoryRule, PresenceChange, PresenceState};

use super::furniture::{Admitting, Furniture};
use super::moderation::Moderation;
use super::saying::Saying;

/// People are named by their account, its beginning (4 characters or more), or their name.
#[derive(Debug, Subcommand)]
pub(super) enum Ctl {
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
    /// Communities.
    Communities,
    /// One community, or something in it.
    #[command(subcommand)]
    Community(Doing),
    /// Write a message in a channel.
    Say {
        /// In which: its id, the beginning of it, its name, or COMMUNITY/NAME.
        channel: String,
        /// What it says.
        text: String,
        /// The message that it answers.
        #[arg(long)]
        reply_to: Option<String>,
        /// The message under which it is said, in its thread.
        #[arg(long)]
        thread: Option<String>,
        /// Whom it is to be noticed by: a member, a role, or `everyone`; may be repeated.
        #[arg(long)]
        mention: Vec<String>,
        /// Idempotency key: the same again gives the same message.
        #[arg(long)]
        key: Option<String>,
    },
    /// A page of a channel, oldest first.
    Read {
        /// Which: its id, the beginning of it, its name, or COMMUNITY/NAME.
        channel: String,
        /// Messages at most, 1 to 200.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// A message's place (see --json): the page before it.
        #[arg(long)]
        before: Option<String>,
        /// Only the thread under this message, with it.
        #[arg(long)]
        thread: Option<String>,
    },
    /// What is pinned in a channel, the first pinned first.
    Pins {
        /// Which: its id, the beginning of it, its name, or COMMUNITY/NAME.
        channel: String,
    },
    /// Do something with a message of a channel.
    In {
        /// Which channel: its id, the beginning of it, its name, or COMMUNITY/NAME.
        channel: String,
        /// Idempotency key.
        #[arg(long)]
        key: Option<String>,
        #[command(subcommand)]
        what: Saying,
    },
    /// Say that a channel was read up to a message. It stays on this device.
    MarkRead {
        /// Which channel: its id, the beginning of it, its name, or COMMUNITY/NAME.
        channel: String,
        /// The newest message read.
        message: String,
    },
    /// Report messages of others to the moderators of a community, and to nobody else.
    Report {
        /// In which channel: its id, the beginning of it, its name, or COMMUNITY/NAME.
        channel: String,
        /// Which messages, 1 to 10.
        #[arg(required = true)]
        messages: Vec<String>,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Idempotency key: the same again gives the same report.
        #[arg(long)]
        key: Option<String>,
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
pub(super) enum Presence {
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

/// What new members may read, as typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Past(pub(super) HistoryRule);

impl FromStr for Past {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let days = || text.parse().map(HistoryRule::Days);
        match text {
            "since-join" => Ok(Self(HistoryRule::SinceJoin)),
            "full" => Ok(Self(HistoryRule::Full)),
            _ => days()
                .map(Self)
                .map_err(|_other| "`since-join`, a number of days up to 65535, or `full`"),
        }
    }
}

/// Communities, channels and roles are named by their id, the beginning of it (4 characters or more), or their name;
/// people by their account, its beginning, or their nickname there.
#[derive(Debug, Subcommand)]
pub(super) enum Doing {
    #[command(flatten)]
    Furnish(Furniture),
    #[command(flatten)]
    KeepOrder(Moderation),
    /// A community with its channels, members, roles and invites.
    Show {
        /// Which.
        community: String,
    },
    /// Found a community.
    Found {
        /// Its name.
        name: String,
        /// What new members may read: `since-join`, a number of days, or `full`.
        #[arg(long, default_value = "since-join")]
        past: Past,
        /// Who may let people in with an invite.
        #[arg(long, value_enum, default_value_t = Admitting::Everyone)]
        admit: Admitting,
    },
    /// Found a group of friends: a community with one channel. Each of them gets a private message with the way in.
    Group {
        /// Its name.
        name: String,
        /// Contacts to ask in, up to 24.
        #[arg(required = true)]
        people: Vec<String>,
    },
    /// Found a community from another as it stands here, whoever owns that; prints the link by which its members come over.
    Fork {
        /// Which, also one that this account left or was removed from.
        community: String,
        /// Another name than it has.
        #[arg(long)]
        name: Option<String>,
        /// Contacts to ask over by a private message each, up to 24.
        #[arg(long, num_args = 1..)]
        ask: Vec<String>,
        /// Give roles with power back as well, when their holders come.
        #[arg(long)]
        with_powers: bool,
        /// Leave out channels and roles beyond what a community may hold.
        #[arg(long)]
        trimmed: bool,
        /// Idempotency key: the same again gives the same fork.
        #[arg(long)]
        key: Option<String>,
    },
    /// What new members may read from now on. What was said before stays under the rule that it was said under.
    Past {
        /// In which community.
        community: String,
        /// `since-join`, a number of days, or `full`.
        rule: Past,
        /// In this channel only.
        #[arg(long)]
        channel: Option<String>,
    },
    /// Ask to be let into a community.
    Join {
        /// An invite link.
        link: String,
    },
    /// Leave a community, or ask no longer to be let in.
    Leave {
        /// Which.
        community: String,
    },
    /// Make an invite; prints its link. Whoever has it may come in.
    Invite {
        /// Into which community.
        community: String,
        /// How many may come by it.
        #[arg(long, default_value_t = 1)]
        uses: u16,
        /// For how many seconds; for ever unless given.
        #[arg(long)]
        lasts_s: Option<u64>,
        /// A role without power that comes with it; may be repeated.
        #[arg(long = "role")]
        roles: Vec<String>,
        /// What you want to remember about it. All members see it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Give somebody a role, or take it from them.
    Assign {
        /// In which community.
        community: String,
        /// Whom.
        who: String,
        /// Which role.
        role: String,
        /// Take it.
        #[arg(long)]
        off: bool,
    },
    /// Remove somebody.
    Kick {
        /// From which community.
        community: String,
        /// Whom.
        who: String,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
        /// Whom they invited may still come: the invites that they made do not end.
        #[arg(long)]
        keep_invites: bool,
    },
    /// Remove somebody and keep them out.
    Ban {
        /// From which community.
        community: String,
        /// Whom.
        who: String,
        /// For how many seconds; for ever unless given.
        #[arg(long)]
        lasts_s: Option<u64>,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
        /// Whom they invited may still come: the invites that they made do not end.
        #[arg(long)]
        keep_invites: bool,
    },
    /// What of its channels is unread.
    Unread {
        /// In which community.
        community: String,
    },
    /// What members reported to you as a moderator.
    Reports {
        /// In which community.
        community: String,
    },
    /// Say that a report was dealt with.
    Resolve {
        /// In which community.
        community: String,
        /// Which report.
        report: String,
    },
    /// End a ban.
    Unban {
        /// In which community.
        community: String,
        /// Whose.
        who: String,
    },
}
