//! The recovery words: what they are, then the words, then three of them typed back, then forgotten here (DECISIONS 16).
//!
//! They are fetched only when the person asks to see them, and never put on the clipboard, which others read.

use egui::{Align, Label, Layout, RichText, TextEdit, Ui, Vec2};
use lucide_icons::Icon;
use zeroize::{Zeroize as _, Zeroizing};

use super::title_ui;
use crate::ask::{Act, Answer, Ask, Ticket};
use crate::context::Cx;
use crate::screens::parts::{self, Field, Note};
use crate::text::Sentence;
use crate::theme::{self, radius, space};
use crate::widgets;

/// Words that are typed back, one of each third of the phrase.
const CHECKED: usize = 3;

/// Words of a third.
const THIRD: usize = 8;

/// Narrower than this, the words stand in two columns.
const TWO_COLUMNS: f32 = 400.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    /// What the words are.
    #[default]
    About,
    /// The words.
    Shown,
    /// Some of them are typed back.
    Check,
    /// They are gone from here.
    Done,
}

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct WordsState {
    step: Step,
    /// Places of the words to type back, from 0.
    places: [usize; CHECKED],
    typed: [Zeroizing<String>; CHECKED],
    /// Which of them is wrong.
    wrong: Option<usize>,
    focused: bool,
    ticket: Option<Ticket>,
    fault: Option<Sentence>,
}

impl WordsState {
    /// With the words on screen: for pictures.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn shown() -> Self {
        Self {
            step: Step::Shown,
            ..Self::default()
        }
    }

    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        if self.ticket != Some(answer.ticket) {
            return;
        }
        self.ticket = None;
        match &answer.result {
            Ok(_) => self.go(Step::Done),
            Err(fault) => self.fault = Some(fault.clone()),
        }
    }

    fn go(&mut self, step: Step) {
        self.step = step;
        self.focused = false;
        self.wrong = None;
        self.fault = None;
        self.typed.iter_mut().for_each(|word| word.zeroize());
    }

    /// Chooses the words to type back.
    fn choose(&mut self) {
        let mut dice = [0_u8; CHECKED];
        // Without randomness the first of each third is asked for: this is a reminder, no lock.
        if getrandom::fill(&mut dice).is_err() {
            tracing::warn!("the system gives no random bytes");
        }
        for (third, (place, die)) in self.places.iter_mut().zip(dice).enumerate() {
            *place = third * THIRD + usize::from(die) % THIRD;
        }
    }

    /// Whether to place the writing cursor now: once a step.
    const fn takes_focus(&mut self) -> bool {
        !std::mem::replace(&mut self.focused, true)
    }
}

/// Draws the dialog.
pub fn words_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut WordsState) {
    let confirmed = cx.model.own.as_ref().is_some_and(|own| own.words_confirmed);
    title_ui(ui, cx, &cx.say("words-title"));
    ui.add_space(space::S);
    ui.spacing_mut().item_spacing.y = space::M;
    if confirmed || state.step == Step::Done {
        return done_ui(ui, cx, state);
    }
    match (state.step, &cx.model.words) {
        (Step::About | Step::Done, _) => about_ui(ui, cx, state),
        (Step::Shown | Step::Check, None) => {
            ui.label(cx.say("words-moment"));
        }
        (Step::Shown, Some(words)) => shown_ui(ui, cx, state, words),
        (Step::Check, Some(words)) => check_ui(ui, cx, state, words),
    }
}

/// What the words are, before anybody can look over a shoulder.
fn about_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut WordsState) {
    let (calm, warns) = (cx.palette().accent_text, cx.palette().warn);
    for (glyph, colour, text) in [
        (Icon::KeyRound, calm, cx.say("words-what")),
        (Icon::NotebookPen, calm, cx.say("words-paper")),
        (Icon::TriangleAlert, warns, cx.say("words-thief")),
    ] {
        point_ui(ui, widgets::icon(glyph, 19.0).color(colour), &text);
    }
    let (next, later) = (cx.say("words-show"), cx.say("words-later"));
    let (next, later) = ends_ui(ui, cx, &next, &later);
    if state.takes_focus() {
        next.request_focus();
    }
    if next.clicked() {
        cx.ask(Ask::ShowWords);
        state.go(Step::Shown);
    }
    if later {
        cx.act(Act::CloseDialog);
    }
}

/// A sentence with an icon before it.
fn point_ui(ui: &mut Ui, icon: RichText, text: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        widgets::decoration(ui, icon);
        ui.add(Label::new(text).wrap());
    });
}

/// The button that goes on, at the right, and the one that does not. Answers the first, and whether the other was
/// clicked.
fn ends_ui(ui: &mut Ui, cx: &Cx<'_>, next: &str, other: &str) -> (egui::Response, bool) {
    ui.add_space(space::XS);
    let row = Layout::right_to_left(Align::Center).with_main_wrap(true);
    ui.allocate_ui_with_layout(
        Vec2::new(ui.available_width(), theme::size::TOUCH),
        row,
        |ui| {
            let next = widgets::primary_button(ui, cx, next, true);
            let other = widgets::quiet_button(ui, other).clicked();
            (next, other)
        },
    )
    .inner
}

/// The words, in their order.
fn shown_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut WordsState, words: &str) {
    ui.label(RichText::new(cx.say("words-order")).color(cx.palette().text_weak));
    grid_ui(ui, cx, words);
    let (next, later) = (cx.say("words-written"), cx.say("words-later"));
    let (next, later) = ends_ui(ui, cx, &next, &later);
    if state.takes_focus() {
        next.request_focus();
    }
    if next.clicked() {
        state.choose();
        state.go(Step::Check);
    }
    if later {
        cx.act(Act::CloseDialog);
    }
}

/// Four columns of six, or two of twelve, read downwards.
fn grid_ui(ui: &mut Ui, cx: &Cx<'_>, words: &str) {
    let p = cx.palette();
    let words: Vec<&str> = words.split(' ').collect();
    let columns = if ui.available_width() < TWO_COLUMNS {
        2
    } else {
        4
    };
    let rows = words.len().div_ceil(columns);
    egui::Frame::new()
        .fill(p.code)
        .corner_radius(radius::M + 2)
        .inner_margin(egui::Margin::symmetric(14, 12))
        .show(ui, |ui| {
            ui.style_mut().interaction.selectable_labels = false;
            ui.spacing_mut().item_spacing.y = space::S;
            ui.columns(columns, |uis| {
                for (column, ui) in uis.iter_mut().enumerate() {
                    let from = column * rows;
                    for (at, word) in words.iter().enumerate().skip(from).take(rows) {
                        ui.add(Label::new(numbered(ui, cx, at + 1, word)).extend());
                    }
                }
            });
        });
}

/// " 7 lamp", the number quieter than the word.
fn numbered(ui: &Ui, cx: &Cx<'_>, number: usize, word: &str) -> egui::text::LayoutJob {
    let p = cx.palette();
    let font = egui::TextStyle::Monospace.resolve(ui.style());
    let mut job = egui::text::LayoutJob::default();
    for (text, colour) in [
        (format!("{number:2} "), p.text_weak),
        (word.to_owned(), p.text),
    ] {
        let format = egui::TextFormat::simple(font.clone(), colour);
        job.append(&text, 0.0, format);
    }
    job
}

/// Three of them, typed back.
fn check_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut WordsState, words: &str) {
    ui.label(RichText::new(cx.say("words-check")).color(cx.palette().text_weak));
    let focus = state.takes_focus();
    let wrong = cx.say("words-wrong");
    let mut entered = None;
    for at in 0..CHECKED {
        let (Some(place), Some(typed)) = (state.places.get(at), state.typed.get_mut(at)) else {
            continue;
        };
        let label = cx.text.fill("words-nth", [("number", (place + 1).into())]);
        let field = Field {
            label: &label,
            note: if state.wrong == Some(at) {
                Note::Fault(&wrong)
            } else {
                Note::None
            },
            focus: (focus && at == 0) || entered == at.checked_sub(1) && entered.is_some(),
        };
        let edit = TextEdit::singleline(&mut **typed).char_limit(32);
        let response = parts::field(ui, cx, field, edit);
        if parts::entered(ui, &response) {
            entered = Some(at);
        }
    }
    if let Some(fault) = &state.fault {
        parts::note(ui, cx, Note::Fault(&cx.tell(fault)));
    }
    let (next, again) = (cx.say("words-confirm"), cx.say("words-again"));
    let (next, again) = ends_ui(ui, cx, &next, &again);
    if again {
        state.go(Step::Shown);
    } else if next.clicked() || entered == Some(CHECKED - 1) {
        state.wrong = first_wrong(words, &state.places, &state.typed);
        state.fault = None;
        if state.wrong.is_none() && state.ticket.is_none() {
            let ticket = cx.ticket();
            state.ticket = Some(ticket);
            cx.ask(Ask::ConfirmWords(ticket, Zeroizing::new(words.to_owned())));
        }
    }
}

/// Which of the typed words is not the one at its place.
fn first_wrong(words: &str, places: &[usize], typed: &[Zeroizing<String>]) -> Option<usize> {
    let words: Vec<&str> = words.split(' ').collect();
    let mut pairs = places.iter().zip(typed);
    pairs.position(|(place, typed)| {
        let word = words.get(*place).copied().unwrap_or_default();
        !typed.trim().eq_ignore_ascii_case(word)
    })
}

/// They are gone from here.
fn done_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut WordsState) {
    ui.vertical_centered(|ui| {
        ui.add_space(space::S);
        widgets::decoration(
            ui,
            widgets::icon(Icon::ShieldCheck, 44.0).color(cx.palette().good),
        );
        let said = ui.label(RichText::new(cx.say("words-gone")).text_style(theme::strong()));
        widgets::live(&said);
        ui.label(RichText::new(cx.say("words-gone-hint")).color(cx.palette().text_weak));
        ui.add_space(space::S);
        let close = widgets::primary_button(ui, cx, &cx.say("dialog-close"), true);
        if state.takes_focus() {
            close.request_focus();
        }
        if close.clicked() {
            cx.act(Act::CloseDialog);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_of_each_third_is_typed_back() {
        let mut state = WordsState::default();
        for _ in 0..50 {
            state.choose();
            for (third, place) in state.places.iter().enumerate() {
                assert_eq!(place / THIRD, third);
            }
        }
    }

    #[test]
    fn the_first_wrong_word_is_found() {
        let typed = |words: [&str; 3]| words.map(|word| Zeroizing::new(word.to_owned()));
        let right = typed(["a", " B ", "d"]);
        assert_eq!(first_wrong("a b c d", &[0, 1, 3], &right), None);
        let wrong = typed(["a", "x", ""]);
        assert_eq!(first_wrong("a b c d", &[0, 1, 3], &wrong), Some(1));
    }
}
