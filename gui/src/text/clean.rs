//! Text of others made safe to draw: no control characters, no overrides of direction, no towers of marks.
//!
//! What is stored stays as it came; only what is drawn is cleaned, so nothing is lost and nobody is fooled (a name that
//! turns the line around, a message that covers its neighbours).

use unicode_segmentation::UnicodeSegmentation as _;

/// Combining marks kept on one letter: every living script gets by with these.
pub const MARKS_MAX: usize = 4;

/// Letters of a name as shown: longer ones end in an ellipsis.
pub const NAME_LETTERS_MAX: usize = 32;

/// Whether a character steers direction or layout without being seen: overrides, isolates, joiners of lines.
#[must_use]
pub const fn is_steering(letter: char) -> bool {
    matches!(letter,
        '\u{200e}' | '\u{200f}' | '\u{061c}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{00ad}' | '\u{180e}' | '\u{2060}'..='\u{2064}'
        | '\u{e0000}'..='\u{e001f}')
}

const fn is_mark(letter: char) -> bool {
    matches!(letter,
        '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}' | '\u{0e31}' | '\u{0e34}'..='\u{0e3a}'
        | '\u{0e47}'..='\u{0e4e}')
}

/// A message's text: lines stay lines, tabs become spaces, everything unseen that steers is gone.
#[must_use]
pub fn message(text: &str) -> String {
    cleaned(text, |letter, out| {
        if letter == '\n' {
            out.push('\n');
        } else if letter == '\t' {
            out.push_str("    ");
        }
    })
}

/// A name: one line, trimmed, at most [`NAME_LETTERS_MAX`] letters.
#[must_use]
pub fn name(text: &str) -> String {
    let line = cleaned(text, |_, out| out.push(' '));
    let words: Vec<_> = line.split_whitespace().collect();
    let joined = words.join(" ");
    let letters: Vec<_> = joined.graphemes(true).collect();
    if letters.len() <= NAME_LETTERS_MAX {
        return joined;
    }
    let mut short: String = letters.into_iter().take(NAME_LETTERS_MAX - 1).collect();
    short.push('…');
    short
}

/// One line of a message, for lists and quotes.
#[must_use]
pub fn line(text: &str) -> String {
    let line = cleaned(text, |_, out| out.push(' '));
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cleaned(text: &str, control: impl Fn(char, &mut String)) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for letter in text.chars() {
        if letter.is_control() {
            control(letter, &mut out);
            marks = 0;
        } else if is_steering(letter) {
        } else if is_mark(letter) {
            marks += 1;
            if marks <= MARKS_MAX {
                out.push(letter);
            }
        } else {
            marks = 0;
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_sanitize() {
        // Overrides of direction, which make a name end in another extension than it seems to.
        assert_eq!(message("photo\u{202e}gpj.exe"), "photogpj.exe");
        // Control characters, and what ends lines without saying so.
        assert_eq!(message("a\u{7}b\r\nc\u{2028}d\te"), "ab\ncd    e");
        // Zalgo: four marks are plenty.
        let zalgo = format!("Z{}a", "\u{0301}".repeat(60));
        assert_eq!(
            message(&zalgo).chars().filter(|c| is_mark(*c)).count(),
            MARKS_MAX
        );
        // Joined emoji stay joined; accents stay.
        assert_eq!(message("👩\u{200d}🚀 été é"), "👩\u{200d}🚀 été é");
        // Right-to-left text itself is left alone.
        assert_eq!(message("שלום"), "שלום");
    }

    #[test]
    fn names_are_one_short_line() {
        assert_eq!(name("  Ana\nBo\u{202e}  "), "Ana Bo");
        assert_eq!(
            name(&"x".repeat(100)).graphemes(true).count(),
            NAME_LETTERS_MAX
        );
        assert_eq!(name("\u{feff}\u{200e}"), "");
    }
}
