//! What a person may say at all, whoever hears it: texts that say something, and reactions that are one picture.
//!
//! Only who says it is held to that. What others sent is shown as it came, within the bounds of its type.

use crate::content::ChannelEvent;
use crate::error::Rejected;
use crate::limits;
use crate::message::{Body, DirectEvent, Emoji};

/// Whether an event may be said to a contact.
///
/// # Errors
/// What about it is out of range.
pub(super) fn direct(event: &DirectEvent) -> Result<(), Rejected> {
    match event {
        DirectEvent::Text { body }
        | DirectEvent::Reply { body, .. }
        | DirectEvent::Edit { body, .. } => text(body),
        DirectEvent::React { emoji, on, .. } => reaction(emoji, *on),
        _ => Ok(()),
    }
}

/// Whether an event may be said in a channel, by its own form.
///
/// # Errors
/// What about it is out of range.
pub(crate) fn in_a_channel(event: &ChannelEvent) -> Result<(), Rejected> {
    match event {
        ChannelEvent::Text { body, .. }
        | ChannelEvent::Reply { body, .. }
        | ChannelEvent::Edit { body, .. } => text(body),
        ChannelEvent::React { emoji, on, .. } => reaction(emoji, *on),
        ChannelEvent::Thread { name: of_it, .. } => name(of_it),
        ChannelEvent::Chunk { .. } => Err(Rejected::NotPermitted),
        _ => Ok(()),
    }
}

/// The name of a person, a community, or of something in it: not of spaces alone.
///
/// # Errors
/// It is empty.
pub(crate) fn name(name: &str) -> Result<(), Rejected> {
    if is_blank(name) {
        return Err(out_of_range("name", limits::NAME_BYTES_MAX, 0, "bytes"));
    }
    Ok(())
}

/// Spaces alone say nothing.
fn text(body: &Body) -> Result<(), Rejected> {
    let actual = match body.as_str() {
        blank if is_blank(blank) => 0,
        text => text.chars().count(),
    };
    let max = limits::TEXT_CHARS_MAX;
    if (1..=max).contains(&actual) {
        return Ok(());
    }
    Err(out_of_range("body", max, actual, "characters"))
}

/// A reaction that some other program made of words may still be taken back.
fn reaction(emoji: &Emoji, on: bool) -> Result<(), Rejected> {
    if emoji.is_empty() {
        let max = limits::EMOJI_BYTES_MAX;
        return Err(out_of_range("emoji", max, 0, "bytes"));
    }
    if on && !is_a_picture(emoji) {
        return Err(Rejected::NotAnEmoji);
    }
    Ok(())
}

/// Whether a text shows nothing at all: spaces, marks that steer what stands beside them, letters that are blank by design.
fn is_blank(text: &str) -> bool {
    let unseen = |one: char| {
        matches!(one,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
    };
    text.chars()
        .all(|one| one.is_whitespace() || one.is_control() || unseen(one))
}

/// The mark that makes a key of a digit, `#` or `*`.
const KEYCAP: char = '\u{20e3}';

/// Pictures that Unicode counts among the letters: ℹ, Ⓜ, and from the first of the pictures on 🅰 and the like.
const LETTERS_SHOWN: [char; 2] = ['\u{2139}', '\u{24c2}'];
const PICTURES_FROM: char = '\u{1f000}';

/// Whether this looks like emoji, by what needs no table that ages: no letters, no spaces, no signs of ASCII but on keys.
fn is_a_picture(emoji: &str) -> bool {
    let key = emoji.contains(KEYCAP);
    let seen = !is_blank(emoji);
    seen && emoji.chars().all(|one| match one {
        '0'..='9' | '#' | '*' => key,
        one if one.is_ascii() || one.is_whitespace() || one.is_control() => false,
        one => !one.is_alphabetic() || one >= PICTURES_FROM || LETTERS_SHOWN.contains(&one),
    })
}

const fn out_of_range(
    field: &'static str,
    max: usize,
    actual: usize,
    unit: &'static str,
) -> Rejected {
    Rejected::OutOfRange {
        field,
        min: 1,
        max,
        actual,
        unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_every_kind_are_reactions_and_words_are_not() {
        for picture in [
            "👍",
            "❤️",
            "👨‍👩‍👧‍👦",
            "🇫🇷",
            "1️⃣",
            "#️⃣",
            "ℹ️",
            "Ⓜ️",
            "🅰️",
            "☺",
            "✔",
            "👋🏽",
        ] {
            let emoji = Emoji::try_from(picture.to_owned()).unwrap();
            assert_eq!(reaction(&emoji, true), Ok(()), "{picture}");
        }
        for words in [
            "ok", "été", "7", "!", " ", "👍 ok", "日本", "\u{7}", "\u{200d}", "\u{fe0f}",
        ] {
            let emoji = Emoji::try_from(words.to_owned()).unwrap();
            assert_eq!(reaction(&emoji, true), Err(Rejected::NotAnEmoji), "{words}");
            assert_eq!(reaction(&emoji, false), Ok(()), "{words} is taken back");
        }
        assert!(reaction(&Emoji::default(), true).is_err());
    }

    #[test]
    fn spaces_alone_are_no_text_and_no_name() {
        for blank in [
            "",
            " ",
            "\n\t",
            "\u{a0}",
            "\u{200b}",
            "\u{200d} \u{feff}",
            "\u{3164}",
        ] {
            assert!(text(&Body::try_from(blank.to_owned()).unwrap()).is_err());
            assert!(name(blank).is_err());
        }
        assert_eq!(text(&Body::try_from(" a ".to_owned()).unwrap()), Ok(()));
        assert_eq!(name(" a "), Ok(()));
    }
}
