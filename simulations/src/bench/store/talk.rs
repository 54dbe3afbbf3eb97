//! What is written: many people's conversations, drawn from a seed one message at a time, so that a million cost no
//! memory and a second process can draw the very same ones.

use anyhow::Result;
use protocol::identity::{AccountId, DeviceId};
use protocol::message::{MessageId, MessageRef};
use protocol::persist::{Delivery, MessageContent, MessageRow, Version};
use protocol::time::{Hlc, Timestamp};
use protocol::wire::Bounded;

use crate::chance::Chance;

/// Conversations: the people whom somebody writes with over years.
pub(super) const CONVERSATIONS: usize = 40;

/// Bytes of a text, each length as likely as any other: half of the messages have a hundred or less.
const LENGTHS: [usize; 12] = [3, 9, 20, 38, 60, 90, 105, 130, 170, 230, 380, 900];

/// Letters from which texts are cut.
const LETTERS: usize = 1 << 16;

/// Most milliseconds between two messages: a million of them make half a year.
const PAUSE_MS_MAX: u64 = 30_000;

/// 1 January 2026.
const BEGIN_MS: u64 = 1_767_225_600_000;

/// People are the same in every stream.
const PEOPLE: u64 = 0;

/// A message as it is stored.
pub(super) type Message = (MessageRef, MessageRow);

/// Somebody with one device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
}

/// An endless talk.
#[derive(Debug)]
pub(super) struct Talk {
    chance: Chance,
    letters: String,
    own: Person,
    others: Vec<Other>,
    millis: u64,
}

/// Somebody we write with, and the newest message of that conversation.
#[derive(Debug)]
struct Other {
    person: Person,
    newest: Option<MessageRef>,
}

impl Talk {
    /// The talk of this stream; it begins so many milliseconds after the first of the year.
    pub(super) fn new(stream: u64, after_ms: u64) -> Self {
        let mut chance = Chance::new(PEOPLE, 0);
        let mut person = || Person {
            account: AccountId(chance.bytes32()),
            device: DeviceId(chance.bytes32()),
        };
        let own = person();
        let others = (0..CONVERSATIONS).map(|_| Other {
            person: person(),
            newest: None,
        });
        let others = others.collect();
        let mut chance = Chance::new(PEOPLE, stream);
        let letters = (0..LETTERS).map(|_| *chance.pick(b"etaoin shrdlu ").unwrap_or(&b' '));
        Self {
            letters: letters.map(char::from).collect(),
            own,
            others,
            millis: BEGIN_MS + after_ms,
            chance,
        }
    }

    /// Everybody: oneself first.
    pub(super) fn people(&self) -> Vec<Person> {
        let others = self.others.iter().map(|other| other.person);
        std::iter::once(self.own).chain(others).collect()
    }

    /// The next messages.
    ///
    /// # Errors
    /// None: texts are shorter than the limit.
    pub(super) fn next(&mut self, count: usize) -> Result<Vec<Message>> {
        (0..count).map(|_| self.message()).collect()
    }

    fn message(&mut self) -> Result<Message> {
        let chance = &mut self.chance;
        self.millis += chance.between(1, PAUSE_MS_MAX);
        let length = chance.pick(&LENGTHS).copied().unwrap_or_default();
        let from = chance.index(LETTERS - length);
        let body = self.letters.get(from..from + length).unwrap_or_default();
        // Drawn twice: with a few people most is said, as it is.
        let most = chance.index(self.others.len()) + 1;
        let at = chance.index(most);
        let (is_own, bytes) = (chance.permille(500), chance.bytes32());
        let other = &mut self.others[at];
        let (author, account) = match is_own {
            true => (self.own.device, self.own.account),
            false => (other.person.device, other.person.account),
        };
        let [id, _] = bytes.as_chunks::<16>().0 else {
            unreachable!("32 bytes are twice 16")
        };
        let name = MessageRef {
            author,
            id: MessageId(*id),
        };
        let hlc = Hlc::from_wall(Timestamp::from_millis(self.millis));
        let seen: Vec<_> = other.newest.replace(name).into_iter().collect();
        let version = Version {
            stamp: (hlc, name),
            body: body.to_owned().try_into()?,
        };
        let reached = is_own.then_some((other.person.device, Delivery::Reached));
        let row = MessageRow {
            conversation: other.person.account.into(),
            account,
            hlc,
            place: hlc,
            arrived: Timestamp::from_millis(self.millis),
            seen: seen.try_into()?,
            content: MessageContent::Text {
                reply_to: None,
                versions: vec![version].try_into()?,
            },
            reactions: Bounded::default(),
            delivery: reached.into_iter().collect::<Vec<_>>().try_into()?,
        };
        Ok((name, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_texts_are_short_and_everybody_says_something() {
        let mut talk = Talk::new(1, 0);
        let said = talk.next(40_000).unwrap();
        let length = |(_, row): &Message| match &row.content {
            MessageContent::Text { versions, .. } => versions[0].body.as_str().len(),
            other => panic!("{other:?}"),
        };
        let mut lengths: Vec<_> = said.iter().map(length).collect();
        lengths.sort_unstable();
        assert!((90..=105).contains(&lengths[20_000]), "{}", lengths[20_000]);
        for person in talk.people() {
            assert!(said.iter().any(|(name, _)| name.author == person.device));
        }
        assert_eq!(said, Talk::new(1, 0).next(40_000).unwrap());
        assert_ne!(said[..9], Talk::new(2, 0).next(9).unwrap());
    }
}
