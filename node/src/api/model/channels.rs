//! What is said in channels, beside what every message has: mentions, threads, pins, and what moderators took away.

use protocol::content::Mention as Mentioned;
use protocol::control::OpId;
use protocol::persist::{MarksRow, Place};
use serde::{Deserialize, Serialize};
use storage::Unread;
use utoipa::ToSchema;

use super::Mark;
use crate::api::reference::{message_text, op_text};

/// What happened to a message of a channel beside what its own row says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Marks {
    /// Whether it is pinned; what was taken away or deleted is not, whatever was said of it.
    pub pinned: bool,
    /// The name of the thread under it.
    pub thread_name: Option<String>,
    /// The message whose thread it is in.
    pub thread: Option<String>,
    /// Whom it mentions.
    pub mentions: Vec<Mention>,
    /// Who took it away, if somebody did.
    pub redacted: Option<Redacted>,
    /// Whether its author had been removed, did not know it, and was heard by who did not know it either: to be folded away.
    #[serde(default)]
    pub around_removal: bool,
}

/// Whom a message is to be noticed by: `{"account": …}`, `{"role": …}` or `"everyone"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mention {
    /// One member.
    Account(String),
    /// Everybody with a role.
    Role(String),
    /// Everybody.
    Everyone,
}

/// That a moderator took a message away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Redacted {
    /// Who.
    pub by: String,
    /// When, by their clock.
    pub at_ms: u64,
    /// Why.
    pub reason: String,
}

/// What of a channel is unread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelUnread {
    /// The channel.
    pub channel: String,
    /// How far the person has read.
    pub read: Option<Mark>,
    /// Messages of others behind that; 100 says 100 or more.
    pub unread: usize,
    /// Those of them that mention this account, a role of its, or everybody.
    pub mentions: usize,
}

impl ChannelUnread {
    /// What was counted behind a mark.
    #[must_use]
    pub fn new(channel: OpId, read: Option<Place>, unread: Unread) -> Self {
        Self {
            channel: op_text(channel),
            read: read.map(Into::into),
            unread: unread.messages,
            mentions: unread.mentions,
        }
    }
}

/// A new message in a channel.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChannelMessage {
    /// What it says, 1 to 4,000 characters.
    pub body: String,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The message whose thread it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Whom it mentions, 50 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
}

/// Whether a message is pinned.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// From now on.
    pub on: bool,
}

/// A name for the thread under a message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThreadName {
    /// 1 to 128 bytes of UTF-8.
    pub name: String,
}

/// Messages of others to take away.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// Which, 1 to 100.
    pub targets: Vec<String>,
    /// Why, for them and for the audit; at most 512 bytes.
    #[serde(default)]
    pub reason: String,
}

impl From<&MarksRow> for Marks {
    fn from(row: &MarksRow) -> Self {
        Self {
            pinned: row.redacted.is_none() && row.pinned.is_some_and(|(_, on)| on),
            thread_name: row.named.as_ref().map(|(_, name)| name.as_str().to_owned()),
            thread: row.thread.map(message_text),
            mentions: row.mentions.iter().map(Into::into).collect(),
            redacted: row.redacted.as_ref().map(|(at, by, reason)| Redacted {
                by: by.to_string(),
                at_ms: at.0.wall().as_millis(),
                reason: reason.as_str().to_owned(),
            }),
            around_removal: row.around,
        }
    }
}

impl From<&Mentioned> for Mention {
    fn from(mentioned: &Mentioned) -> Self {
        match mentioned {
            Mentioned::Account(account) => Self::Account(account.to_string()),
            Mentioned::Role(role) => Self::Role(op_text(*role)),
            Mentioned::Everyone => Self::Everyone,
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::identity::{AccountId, DeviceId};
    use protocol::message::{MessageId, MessageRef};
    use protocol::time::Hlc;
    use protocol::wire::Text;

    use super::*;

    /// Also where marks are told without the message.
    #[test]
    fn what_a_moderator_took_away_is_pinned_no_longer() {
        let by = MessageRef {
            author: DeviceId([2; 32]),
            id: MessageId([3; 16]),
        };
        let at = (Hlc::ZERO, by);
        let pinned = MarksRow {
            pinned: Some((at, true)),
            ..MarksRow::default()
        };
        let who = AccountId([1; 32]);
        let taken = MarksRow {
            redacted: Some((at, who, Text::default())),
            ..pinned.clone()
        };
        assert!(Marks::from(&pinned).pinned);
        assert!(!Marks::from(&taken).pinned);
    }
}
