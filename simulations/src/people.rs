//! What people want: to become contacts, and then to talk. An act is decided once and repeated, with its idempotency
//! key, until it is answered.

use protocol::community::CommunityCommand;
use protocol::error::Rejected;
use protocol::identity::AccountId;
use protocol::message::{Body, Emoji, MessageRef};
use protocol::persist::{MessageContent, MessageRow};
use protocol::turn::{Command, Reply};

use crate::chance::Chance;

/// Names an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpId(pub usize);

/// What kind of thing a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ask, accept, verify, certify: driven by what the screen shows, never repeated as such.
    Standing,
    /// Write.
    Text,
    /// Answer something.
    Reply,
    /// Change an own message.
    Edit,
    /// Take an own message back.
    Delete,
    /// Put an emoji on something, or take it off.
    React,
    /// In a channel: pin something, or no longer.
    Pin,
    /// In a channel: take others' messages away.
    Redact,
    /// In a channel: name a thread.
    Thread,
}

impl Kind {
    /// Whether it makes a message, rather than changing one.
    #[must_use]
    pub const fn is_message(self) -> bool {
        matches!(self, Self::Text | Self::Reply)
    }
}

/// How an act fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Not decided yet, or not asked.
    Planned,
    /// Asked, perhaps of a core that crashed since.
    Asked,
    /// Answered.
    Answered(Result<Reply, Rejected>),
    /// Asked without a key of a core that crashed: nobody knows.
    Unknown,
}

/// One act.
#[derive(Clone, Debug)]
pub struct Op {
    /// At which device.
    pub device: usize,
    /// What kind.
    pub kind: Kind,
    /// The very command, once decided.
    pub command: Option<Command>,
    /// In which conversation.
    pub to: Option<AccountId>,
    /// How it fared.
    pub fate: Fate,
    /// Times asked.
    pub asked: u32,
}

impl Op {
    /// A plan.
    #[must_use]
    pub const fn planned(device: usize, kind: Kind) -> Self {
        Self {
            device,
            kind,
            command: None,
            to: None,
            fate: Fate::Planned,
            asked: 0,
        }
    }

    /// Whether its command has an idempotency key.
    #[must_use]
    pub fn has_key(&self) -> bool {
        matches!(
            &self.command,
            Some(
                Command::Send { key: Some(_), .. }
                    | Command::Edit { key: Some(_), .. }
                    | Command::Delete { key: Some(_), .. }
                    | Command::React { key: Some(_), .. }
                    | Command::Community(CommunityCommand::Say { key: Some(_), .. })
            )
        )
    }

    /// Whether it is something said in a community.
    #[must_use]
    pub const fn is_in_community(&self) -> bool {
        matches!(
            &self.command,
            Some(Command::Community(CommunityCommand::Say { .. }))
        )
    }

    /// Name of the message or effect that it made.
    #[must_use]
    pub const fn made(&self) -> Option<MessageRef> {
        match &self.fate {
            Fate::Answered(Ok(Reply::Message(message))) => Some(*message),
            _ => None,
        }
    }

    /// Whether nothing more is to come of it.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.fate, Fate::Answered(_) | Fate::Unknown)
    }

    /// The person whose call got no answer: asks again if that is safe.
    pub fn unanswered(&mut self) {
        if self.fate == Fate::Asked {
            let repeatable = self.has_key();
            self.fate = if repeatable {
                Fate::Planned
            } else {
                Fate::Unknown
            };
        }
    }
}

pub(crate) const EMOJIS: [&str; 4] = ["👍", "❤", "😂", "👩‍👩‍👧‍👦"];

/// Draws what somebody does next.
pub fn draw_kind(chance: &mut Chance) -> Kind {
    match chance.between(0, 99) {
        0..=63 => Kind::Text,
        64..=73 => Kind::Reply,
        74..=83 => Kind::Edit,
        84..=87 => Kind::Delete,
        _ => Kind::React,
    }
}

/// Decides an act to the letter. What needs a message and finds none becomes a text.
pub fn decide(
    op: &mut Op,
    number: usize,
    to: AccountId,
    own: AccountId,
    history: &[(MessageRef, MessageRow)],
    chance: &mut Chance,
) {
    let standing = |row: &MessageRow| matches!(row.content, MessageContent::Text { .. });
    let recent = &history[history.len().saturating_sub(12)..];
    let wanted: Vec<_> = recent
        .iter()
        .filter(|(_, row)| standing(row))
        .filter(|(_, row)| match op.kind {
            Kind::Edit | Kind::Delete => row.account == own,
            _ => true,
        })
        .map(|(name, _)| *name)
        .collect();
    let target = chance.pick(&wanted).copied();
    // A key is any bytes; one in ten calls has none and cannot be repeated.
    let key = (!chance.permille(100)).then(|| format!("op {number}").into_bytes());
    let body = || body(number, chance_size(number));
    op.to = Some(to);
    op.command = Some(match (op.kind, target) {
        (Kind::Edit, Some(target)) => Command::Edit {
            to,
            target,
            body: body(),
            key,
        },
        (Kind::Delete, Some(target)) => Command::Delete { to, target, key },
        (Kind::React, Some(target)) => {
            let emoji = chance.pick(&EMOJIS).copied().unwrap_or("👍");
            let emoji = Emoji::try_from(emoji.to_owned()).unwrap_or_default();
            Command::React {
                to,
                target,
                emoji,
                on: !chance.permille(250),
                key,
            }
        }
        (Kind::Reply, Some(target)) => Command::Send {
            to,
            body: body(),
            reply_to: Some(target),
            key,
        },
        _ => {
            op.kind = Kind::Text;
            Command::Send {
                to,
                body: body(),
                reply_to: None,
                key,
            }
        }
    });
}

/// Most texts are short; every tenth is long.
pub(crate) const fn chance_size(number: usize) -> usize {
    if number % 10 == 9 { 3_000 } else { number % 90 }
}

/// A text that no other act has.
pub(crate) fn body(number: usize, padding: usize) -> Body {
    let text = format!("what {number} said{}", " bla".repeat(padding / 4));
    Body::try_from(text).unwrap_or_default()
}
