//! Back with 24 words: read as people write them, with the first wrong one named.

use egui::{FontSelection, TextEdit, TextStyle, Ui};
use protocol::identity::{RecoveryWords, WordsError};
use zeroize::Zeroizing;

use super::{StartState, Step, head, way_ui};
use crate::context::Cx;
use crate::screens::parts::{self, Field, Note};

/// Words of a phrase.
const WORD_COUNT: usize = 24;

/// Letters that the field takes: 24 words of at most 8, with numbers and whatever stands between them.
const LETTERS_MAX: usize = 1_024;

/// A word of the list, to fill up with.
const FILLER: &str = "abandon";

/// What was typed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// This many words, all of the list.
    Words(usize),
    /// A word that is not on the list, and its place from 1.
    Unknown(usize, String),
    /// More words than a phrase has.
    TooMany(usize),
    /// All 24 are words of the list, but not of one phrase.
    Mismatch,
    /// A phrase.
    Good,
}

/// The words alone: lower case, single spaces, without numbers, commas and whatever else stands between them.
#[must_use]
pub fn joined(typed: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(typed.len()));
    let words = typed.split(|letter: char| !letter.is_alphabetic());
    for word in words.filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

/// What was typed so far. A word that is still being written is not judged.
#[must_use]
pub fn look(typed: &str) -> Typed {
    let words = joined(typed);
    let count = words.split(' ').filter(|word| !word.is_empty()).count();
    if count > WORD_COUNT {
        return Typed::TooMany(count);
    }
    let writing = count < WORD_COUNT && typed.ends_with(char::is_alphabetic);
    let judged = count.saturating_sub(usize::from(writing));
    let mut phrase = Zeroizing::new(String::with_capacity(LETTERS_MAX));
    let fillers = std::iter::repeat_n(FILLER, WORD_COUNT.saturating_sub(judged));
    for word in words.split(' ').take(judged).chain(fillers) {
        phrase.push_str(word);
        phrase.push(' ');
    }
    match RecoveryWords::parse(&phrase) {
        Err(WordsError::UnknownWord { position }) => {
            let word = words.split(' ').nth(position.saturating_sub(1));
            Typed::Unknown(position, word.unwrap_or_default().to_owned())
        }
        Ok(_) if count == WORD_COUNT => Typed::Good,
        Err(WordsError::Checksum) if count == WORD_COUNT => Typed::Mismatch,
        _ => Typed::Words(count),
    }
}

/// The sentence for it, and whether it is a fault.
#[must_use]
pub fn sentence(cx: &Cx<'_>, typed: &Typed) -> (String, bool) {
    match typed {
        Typed::Words(count) => {
            let text = cx.text.fill("words-count", [("count", (*count).into())]);
            (text, false)
        }
        Typed::Unknown(position, word) => {
            // One word of 24 is shown in its own field's neighbourhood only, and never kept.
            let blanks = [
                ("position", (*position).into()),
                ("word", word.as_str().into()),
            ];
            (cx.text.fill("words-unknown", blanks), true)
        }
        Typed::TooMany(count) => {
            let text = cx.text.fill("words-too-many", [("count", (*count).into())]);
            (text, true)
        }
        Typed::Mismatch => (cx.say("words-mismatch"), true),
        Typed::Good => (cx.say("words-good"), false),
    }
}

/// Draws the step that asks for the words.
pub(super) fn words_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut StartState) {
    if way_ui(ui, cx, state, Step::Name, (1, 3)) {
        // Back on the first page, it is a new account again.
        state.restoring = false;
        return;
    }
    head(
        ui,
        cx,
        96.0,
        &cx.say("restore-title"),
        Some(&cx.say("restore-hint")),
    );
    if state.words.is_empty() && state.words.capacity() < LETTERS_MAX {
        state.words.reserve(LETTERS_MAX * 2);
    }
    let typed = look(&state.words);
    let (text, is_fault) = sentence(cx, &typed);
    let missing = state.tried && matches!(typed, Typed::Words(_));
    let note = if is_fault || missing {
        Note::Fault(&text)
    } else {
        Note::Hint(&text)
    };
    let label = cx.say("restore-label");
    let focus = state.takes_focus();
    let field = Field {
        label: &label,
        note,
        focus,
    };
    let edit = TextEdit::multiline(&mut *state.words)
        .font(FontSelection::Style(TextStyle::Monospace))
        .desired_rows(5)
        .char_limit(LETTERS_MAX)
        // Enter goes on; words that are pasted keep their lines.
        .return_key(None);
    let response = parts::field(ui, cx, field, edit);
    parts::holds_secret(&mut state.typed_in, &response);
    let enter = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let clicked = parts::wide_primary(ui, cx, &cx.say("start-continue")).clicked();
    if enter || clicked {
        if look(&state.words) == Typed::Good {
            state.go(Step::Name);
        } else {
            state.tried = true;
            response.request_focus();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase() -> String {
        RecoveryWords::from_entropy(&[7; 32]).phrase().to_string()
    }

    #[test]
    fn words_are_read_as_people_write_them() {
        let phrase = phrase();
        let numbered: String = phrase
            .split(' ')
            .enumerate()
            .map(|(at, word)| format!("{:2}. {}\r\n", at + 1, word.to_uppercase()))
            .collect();
        assert_eq!(look(&numbered), Typed::Good);
        assert_eq!(*joined(&numbered), phrase);
        assert_eq!(look(&phrase.replace(' ', ",  ")), Typed::Good);
    }

    #[test]
    fn the_first_wrong_word_is_named_once_it_is_written() {
        assert_eq!(look(""), Typed::Words(0));
        assert_eq!(look("abandon zeb"), Typed::Words(2));
        let wrong = Typed::Unknown(2, "zebbra".to_owned());
        assert_eq!(look("abandon zebbra "), wrong);
        assert_eq!(look("abandon zebbra xyz zoo"), wrong);
        let phrase = phrase();
        assert_eq!(look(&format!("{phrase} zoo")), Typed::TooMany(25));
        let swapped: Vec<_> = phrase.split(' ').rev().collect();
        assert_eq!(look(&swapped.join(" ")), Typed::Mismatch);
    }
}
