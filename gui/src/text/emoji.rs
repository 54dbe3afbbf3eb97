//! Emoji among words: egui takes the first font that has a character, so a heart that is asked for in colour (U+FE0F
//! behind it) would come out in the black of the text font.

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, TextStyle, Ui};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::theme::{self, family};

/// Says of what follows that it is meant in colour.
const IN_COLOUR: char = '\u{fe0f}';

/// Text in pieces: each as long as it can be, with whether it is an emoji that must be asked for in colour.
pub fn pieces(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut from = 0;
    let mut rest = text.graphemes(true).peekable();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let coloured = first.contains(IN_COLOUR);
        let mut to = from + first.len();
        while let Some(next) = rest.next_if(|next| next.contains(IN_COLOUR) == coloured) {
            to += next.len();
        }
        let piece = text.get(from..to)?;
        from = to;
        Some((piece, coloured))
    })
}

/// Body text with its emoji in colour.
#[must_use]
pub fn job(ui: &Ui, text: &str, colour: Color32, width: f32) -> LayoutJob {
    let body = TextStyle::Body.resolve(ui.style());
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    // Most text has none; then it is one piece without looking for more.
    if text.contains(IN_COLOUR) {
        for (piece, coloured) in pieces(text) {
            let font = if coloured {
                theme::font(family::EMOJI, body.size)
            } else {
                body.clone()
            };
            job.append(piece, 0.0, TextFormat::simple(font, colour));
        }
    } else {
        job.append(text, 0.0, TextFormat::simple(body, colour));
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_in_colour_stands_apart() {
        let found: Vec<_> = pieces("je t'❤️❤️ 😀 ❤").collect();
        assert_eq!(found, [("je t'", false), ("❤️❤️", true), (" 😀 ❤", false)]);
        assert_eq!(pieces("").count(), 0);
    }
}
