//! What a message's neighbours make of it: whether a day begins, whether it is the first unread, whether it stands
//! under the name above. Pure.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use protocol::identity::AccountId;
use protocol::persist::{MessageContent, MessageRow};

use crate::model::{Chat, Line};
use crate::text::dates;

/// Messages of one person within this time stand under one name.
const TOGETHER_MS: u64 = 5 * 60_000;

/// What a message's neighbours make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Nothing was said before it.
    pub opens: bool,
    /// It is the first of this day.
    pub day: Option<Date>,
    /// It is the first that was not read when the chat was opened.
    pub new: bool,
    /// It begins with the name of its author.
    pub head: bool,
}

/// The message it answers.
#[must_use]
pub fn answers(row: &MessageRow) -> Option<protocol::message::MessageRef> {
    match &row.content {
        MessageContent::Text { reply_to, .. } => *reply_to,
        _ => None,
    }
}

/// What the neighbours of the message at this index make of it.
#[must_use]
pub fn of(chat: &Chat, index: usize, own: AccountId, zone: &TimeZone) -> Option<Place> {
    let line = chat.window.get(index)?;
    let before = index
        .checked_sub(1)
        .and_then(|before| chat.window.get(before));
    let day = dates::day(line.sent_ms(), zone);
    let begins = before.is_none_or(|before| dates::day(before.sent_ms(), zone) != day);
    let new = is_first_new(chat, index, own);
    Some(Place {
        opens: before.is_none() && !chat.more_before,
        day: begins.then_some(day),
        new,
        head: begins || new || before.is_none_or(|before| !goes_on(before, line)),
    })
}

/// Whether a message goes on from the one above it.
fn goes_on(before: &Line, line: &Line) -> bool {
    let (Some(above), Some(row)) = (&before.row, &line.row) else {
        return false;
    };
    let apart = line.sent_ms().saturating_sub(before.sent_ms());
    above.account == row.account
        && apart < TOGETHER_MS
        && answers(row).is_none()
        && matches!(above.content, MessageContent::Text { .. })
        && matches!(row.content, MessageContent::Text { .. })
}

/// Whether it is the first message of somebody else after the read mark.
fn is_first_new(chat: &Chat, index: usize, own: AccountId) -> bool {
    let Some(mark) = chat.new_after else {
        return false;
    };
    let theirs = |line: &Line| line.row.as_ref().is_some_and(|row| row.account != own);
    let Some((line, before)) = chat.window.get(..=index).and_then(<[_]>::split_last) else {
        return false;
    };
    if line.position <= mark || !theirs(line) {
        return false;
    }
    for line in before.iter().rev() {
        if line.position <= mark {
            return true;
        }
        if theirs(line) {
            return false;
        }
    }
    // The mark lies before what is in memory.
    !chat.more_before
}

/// The first unread message.
#[must_use]
pub fn first_new(chat: &Chat, own: AccountId) -> Option<usize> {
    let mark = chat.new_after?;
    let begin = chat.window.partition_point(|line| line.position <= mark);
    (begin..chat.window.len()).find(|index| is_first_new(chat, *index, own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{ADA, ME, line, row};

    fn chat(said: &[(AccountId, u64)]) -> Chat {
        let lines = said.iter().zip(0_u16..);
        let window = lines.map(|((who, minutes), number)| line(number, row(ADA, *who, *minutes, "x")));
        Chat {
            window: window.collect(),
            ..Chat::default()
        }
    }

    fn heads(chat: &Chat) -> Vec<bool> {
        (0..chat.window.len())
            .map(|index| of(chat, index, ME, &TimeZone::UTC).unwrap().head)
            .collect()
    }

    #[test]
    fn messages_of_one_person_within_five_minutes_stand_together() {
        let chat = chat(&[(ADA, 30), (ADA, 27), (ADA, 20), (ME, 19), (ME, 18)]);
        assert_eq!(heads(&chat), [true, false, true, true, false]);
    }

    #[test]
    fn a_day_begins_once_and_where_the_person_lives() {
        let minutes = 60 * 20 + 15;
        let chat = chat(&[(ADA, minutes + 2), (ADA, minutes + 1), (ADA, minutes - 1)]);
        let days = |zone: &TimeZone| -> Vec<bool> {
            let day = |index| of(&chat, index, ME, zone).unwrap().day.is_some();
            (0..3).map(day).collect()
        };
        assert_eq!(days(&TimeZone::UTC), [true, false, true]);
        let paris = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(days(&paris), [true, false, false]);
    }

    #[test]
    fn the_new_line_stands_before_the_first_message_of_others_after_the_mark() {
        let mut chat = chat(&[(ADA, 9), (ADA, 8), (ME, 7), (ADA, 6), (ADA, 5)]);
        chat.new_after = Some(chat.window[1].position);
        let new = |chat: &Chat| -> Vec<usize> {
            let is_new = |index: &usize| of(chat, *index, ME, &TimeZone::UTC).unwrap().new;
            (0..chat.window.len()).filter(is_new).collect()
        };
        assert_eq!(new(&chat), [3]);
        assert_eq!(first_new(&chat, ME), Some(3));
        // What is unread begins before the window: no line in its midst, nor at its edge.
        chat.window.remove(0);
        chat.window.remove(0);
        chat.more_before = true;
        assert_eq!(new(&chat), Vec::<usize>::new());
        chat.more_before = false;
        assert_eq!(new(&chat), [1]);
    }
}
