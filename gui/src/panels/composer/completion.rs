//! `:smile` while writing: what fits is shown above the field, Tab or Enter takes it; `:smile:` becomes the emoji.

use std::ops::Range;

use egui::{Id, Key, Popup, PopupCloseBehavior, RectAlign, Response, Role, Sense, Ui, Vec2};

use super::ComposerState;
use super::field::{put, take};
use crate::context::Cx;
use crate::theme::{self, radius, space};
use crate::widgets::emoji_picker::names;

/// Letters after the colon from which on something is offered.
const LETTERS_MIN: usize = 2;

/// Emoji offered at once.
const OFFERED: usize = 6;

/// What is being completed.
#[derive(Clone, Debug, Default)]
pub(super) struct Completion {
    /// The colon and what follows it, in characters, and the letters.
    word: Option<(Range<usize>, String)>,
    chosen: usize,
}

impl Completion {
    /// Whether something is offered.
    pub(super) const fn is_open(&self) -> bool {
        self.word.is_some()
    }

    /// The text changed; the cursor stands there.
    pub(super) fn follow(&mut self, text: &str, cursor: Option<usize>) {
        self.word = cursor.and_then(|cursor| word_before(text, cursor));
        self.chosen = 0;
    }

    fn offers(&self, cx: &Cx<'_>) -> Vec<&'static names::Named> {
        let Some((_, letters)) = &self.word else {
            return Vec::new();
        };
        let mut found = names::search(cx.text.language(), letters);
        found.truncate(OFFERED);
        found
    }
}

/// The word before the cursor, if it begins with a colon and could become an emoji.
fn word_before(text: &str, cursor: usize) -> Option<(Range<usize>, String)> {
    let before: Vec<char> = text.chars().take(cursor).collect();
    let colon = before.iter().rposition(|letter| *letter == ':')?;
    let letters = before.get(colon + 1..)?;
    let begins = colon == 0 || before.get(colon - 1)?.is_whitespace();
    let all =
        (letters.iter()).all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'));
    let fits = begins && all && letters.len() >= LETTERS_MIN;
    fits.then(|| (colon..cursor, letters.iter().collect()))
}

/// A shortcode whose closing colon stands just before the cursor, with the emoji that it means.
pub(super) fn spelled_out(text: &str, cursor: usize) -> Option<(Range<usize>, &'static str)> {
    let last = cursor.checked_sub(1)?;
    if text.chars().nth(last) != Some(':') {
        return None;
    }
    let (range, letters) = word_before(text, last)?;
    let emoji = emojis::get_by_shortcode(&letters)?;
    Some((range.start..cursor, emoji.as_str()))
}

/// Keys while something is offered. Answers whether one was taken.
pub(super) fn steer(ui: &Ui, cx: &Cx<'_>, state: &mut ComposerState, id: Id) -> bool {
    if !state.completion.is_open() {
        return false;
    }
    let offers = state.completion.offers(cx);
    let Some(last) = offers.len().checked_sub(1) else {
        return false;
    };
    if take(ui, Key::Escape) {
        state.completion = Completion::default();
        return true;
    }
    let chosen = &mut state.completion.chosen;
    if take(ui, Key::ArrowDown) {
        *chosen = if *chosen >= last { 0 } else { *chosen + 1 };
    }
    if take(ui, Key::ArrowUp) {
        *chosen = chosen.checked_sub(1).unwrap_or(last);
    }
    let chosen = *chosen;
    if (take(ui, Key::Tab) || take(ui, Key::Enter))
        && let Some(named) = offers.get(chosen)
    {
        accept(ui, cx, state, id, named);
        return true;
    }
    false
}

fn accept(ui: &Ui, cx: &Cx<'_>, state: &mut ComposerState, id: Id, named: &names::Named) {
    if let Some((range, _)) = state.completion.word.take() {
        let emoji = format!("{} ", named.toned(cx.prefs.skin_tone));
        put(ui, id, &mut state.text, range, &emoji);
    }
}

/// Shows what fits, above the field.
pub(super) fn popup(ui: &Ui, cx: &Cx<'_>, field: &Response, state: &mut ComposerState, id: Id) {
    let offers = state.completion.offers(cx);
    if offers.is_empty() || !ui.memory(|memory| memory.has_focus(id)) {
        return;
    }
    let shown = Popup::from_response(field)
        .id(id.with("completion"))
        .open(true)
        .align(RectAlign::TOP_START)
        .close_behavior(PopupCloseBehavior::IgnoreClicks)
        .accessible_name(cx.say("emoji-title"))
        .show(|ui| {
            ui.set_width(280.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            let mut clicked = None;
            for (at, named) in offers.iter().enumerate() {
                if offer_ui(ui, cx, named, at == state.completion.chosen) {
                    clicked = Some(*named);
                }
            }
            clicked
        });
    if let Some(named) = shown.and_then(|shown| shown.inner) {
        accept(ui, cx, state, id, named);
        state.wants_focus = true;
    }
}

fn offer_ui(ui: &mut Ui, cx: &Cx<'_>, named: &names::Named, chosen: bool) -> bool {
    let p = cx.palette();
    let size = Vec2::new(ui.available_width(), 32.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::CLICK);
    if chosen || response.hovered() {
        let ground = if chosen { p.chosen } else { p.hover };
        ui.painter().rect_filled(rect, radius::S, ground);
    }
    let left = egui::Align2::LEFT_CENTER;
    let at = rect.left_center() + Vec2::new(space::S, 0.0);
    let emoji = named.toned(cx.prefs.skin_tone);
    ui.painter().text(
        at,
        left,
        emoji,
        theme::font(theme::family::EMOJI, 19.0),
        p.text,
    );
    let at = at + Vec2::new(32.0, 0.0);
    let font = egui::TextStyle::Body.resolve(ui.style());
    let clip = ui.painter().with_clip_rect(rect.shrink(space::XS));
    clip.text(at, left, named.name, font, p.text);
    response
        .widget_info(|| egui::WidgetInfo::selected(Role::ListBoxOption, true, chosen, named.name));
    response.clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_and_two_letters_begin_an_emoji() {
        assert_eq!(word_before("oui :ta", 7), Some((4..7, "ta".to_owned())));
        assert_eq!(word_before(":ét", 3), Some((0..3, "ét".to_owned())));
        for (text, cursor) in [("10:30", 5), ("oui :t", 6), ("http://ab", 9), ("a: bc", 5)] {
            assert_eq!(word_before(text, cursor), None, "{text}");
        }
    }

    #[test]
    fn a_closed_shortcode_is_its_emoji() {
        assert_eq!(spelled_out("bien :tada:", 11), Some((5..11, "🎉")));
        assert_eq!(spelled_out(":no_such_thing:", 15), None);
        assert_eq!(spelled_out("a:", 2), None);
    }
}
