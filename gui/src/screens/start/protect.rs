//! How the profile is locked: chosen by the person, each choice with what it means.

use egui::{RichText, Ui, Vec2};
use lucide_icons::Icon;
use zeroize::Zeroizing;

use super::strength::Strength;
use super::{Choice, StartState, Step, head, way_ui};
use crate::ask::{Ask, Lock};
use crate::context::Cx;
use crate::screens::parts::{self, Field, Note};
use crate::text::Sentence;
use crate::theme::space;
use crate::widgets;

/// Draws the step that asks how the profile is locked.
pub(super) fn protect_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &mut StartState,
    fault: Option<&Sentence>,
) {
    let steps = if state.restoring { (3, 3) } else { (2, 2) };
    if way_ui(ui, cx, state, Step::Name, steps) {
        return;
    }
    // With three ways to choose from, the mark would push the last button below a window of the usual height.
    let mark = if cx.model.keyring { 0.0 } else { 72.0 };
    head(
        ui,
        cx,
        mark,
        &cx.say("protect-title"),
        Some(&cx.say("protect-hint")),
    );
    if state.choice.is_none() {
        state.choice = Some(Choice::Passphrase);
    }
    let mut go_on = false;
    for choice in [Choice::Passphrase, Choice::Keyring, Choice::Unprotected] {
        if choice == Choice::Keyring && !cx.model.keyring {
            continue;
        }
        let chosen = state.choice == Some(choice);
        if choice_ui(ui, cx, choice, chosen) {
            state.choice = Some(choice);
            state.tried = false;
        }
        if chosen && choice == Choice::Passphrase {
            let focus = state.takes_focus();
            let twice = Twice {
                first: &mut state.passphrase,
                again: &mut state.again,
                shown: &mut state.shown,
                typed_in: &mut state.typed_in,
            };
            go_on |= twice.draw(ui, cx, focus);
        }
    }
    let none = state.choice == Some(Choice::Unprotected);
    let mut said = None;
    if none {
        warning(ui, cx, &cx.say("protect-none-means"));
    } else if state.tried && state.choice == Some(Choice::Passphrase) {
        said = missing(&state.passphrase, &state.again).map(|key| cx.say(key));
    }
    let said = said.or_else(|| fault.map(|fault| cx.tell(fault)));
    if let Some(said) = &said {
        parts::note(ui, cx, Note::Fault(said));
    }
    let label = match (none, state.restoring) {
        (true, _) => cx.say("protect-finish-none"),
        (false, false) => cx.say("protect-finish"),
        (false, true) => cx.say("protect-finish-restore"),
    };
    go_on |= parts::wide_primary(ui, cx, &label).clicked();
    if go_on {
        finish(cx, state);
    }
}

/// A way to lock a profile, with what it means. Answers whether it was chosen now.
pub(crate) fn choice_ui(ui: &mut Ui, cx: &Cx<'_>, choice: Choice, chosen: bool) -> bool {
    let (glyph, title, hint) = match choice {
        Choice::Passphrase => (
            Icon::LockKeyhole,
            cx.say("protect-passphrase"),
            cx.say("protect-passphrase-hint"),
        ),
        Choice::Keyring => (
            Icon::KeyRound,
            cx.say("protect-keyring"),
            cx.say("protect-keyring-hint"),
        ),
        Choice::Unprotected => (
            Icon::LockKeyholeOpen,
            cx.say("protect-none"),
            cx.say("protect-none-hint"),
        ),
    };
    parts::choice(ui, cx, glyph, (&title, &hint), chosen) && !chosen
}

/// A new passphrase, typed twice.
#[derive(Debug)]
pub(crate) struct Twice<'a> {
    pub(crate) first: &'a mut Zeroizing<String>,
    pub(crate) again: &'a mut Zeroizing<String>,
    pub(crate) shown: &'a mut bool,
    /// Fields that egui keeps earlier texts of.
    pub(crate) typed_in: &'a mut Vec<egui::Id>,
}

impl Twice<'_> {
    /// Draws both fields. Answers whether Enter was pressed in the second.
    pub(crate) fn draw(self, ui: &mut Ui, cx: &Cx<'_>, focus: bool) -> bool {
        let (first, second) = (cx.say("passphrase-label"), cx.say("passphrase-again"));
        let told = Field {
            label: &first,
            note: Note::None,
            focus,
        };
        let response = parts::secret(ui, cx, told, self.first, self.shown);
        parts::holds_secret(self.typed_in, &response);
        let next = parts::entered(ui, &response);
        strength_ui(ui, cx, self.first);
        let differs = cx.say("passphrase-differs");
        // Said as soon as it is certain: the second can no longer become the first.
        let is_wrong = !self.first.starts_with(self.again.as_str());
        let told = Field {
            label: &second,
            note: if is_wrong {
                Note::Fault(&differs)
            } else {
                Note::None
            },
            focus: next,
        };
        let response = parts::secret(ui, cx, told, self.again, self.shown);
        parts::holds_secret(self.typed_in, &response);
        parts::entered(ui, &response)
    }
}

/// Four small bars and a word.
fn strength_ui(ui: &mut Ui, cx: &Cx<'_>, passphrase: &str) {
    let p = cx.palette();
    if passphrase.is_empty() {
        parts::note(ui, cx, Note::Hint(&cx.say("strength-hint")));
        return;
    }
    let strength = Strength::of(passphrase);
    let colour = match strength {
        Strength::Weak => p.bad,
        Strength::Fair => p.warn,
        Strength::Good | Strength::Strong => p.good,
    };
    let gap = ui.spacing().item_spacing.y;
    ui.add_space(space::XS - gap);
    // The row is as high as its text, not as what can be clicked.
    let height = std::mem::replace(&mut ui.spacing_mut().interact_size.y, 16.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for part in 0..4 {
            let (rect, _space) = ui.allocate_exact_size(Vec2::new(22.0, 5.0), egui::Sense::hover());
            let full = part < strength.parts();
            ui.painter()
                .rect_filled(rect, 2.5, if full { colour } else { p.chosen });
        }
        ui.add_space(space::XS);
        let text = RichText::new(cx.say(strength.key())).small();
        ui.label(text.color(p.text_weak));
    });
    ui.spacing_mut().interact_size.y = height;
}

/// What a choice means, on ground of its own.
pub(crate) fn warning(ui: &mut Ui, cx: &Cx<'_>, text: &str) {
    let p = cx.palette();
    egui::Frame::new()
        .fill(p.code)
        .corner_radius(crate::theme::radius::M)
        .inner_margin(egui::Margin::symmetric(14, 10))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                widgets::decoration(ui, widgets::icon(Icon::TriangleAlert, 16.0).color(p.warn));
                ui.add(egui::Label::new(RichText::new(text).small()).wrap());
            });
        });
}

/// What is missing before a passphrase can be used.
pub(crate) fn missing(first: &str, again: &str) -> Option<&'static str> {
    if first.is_empty() {
        Some("passphrase-empty")
    } else if first != again {
        Some("passphrase-differs")
    } else {
        None
    }
}

/// Asks for the profile.
fn finish(cx: &Cx<'_>, state: &mut StartState) {
    let lock = match state.choice {
        Some(Choice::Unprotected) => Lock::Unprotected,
        Some(Choice::Keyring) => Lock::Keyring,
        Some(Choice::Passphrase) | None => {
            if missing(&state.passphrase, &state.again).is_some() {
                state.tried = true;
                return;
            }
            state.deriving = true;
            Lock::Passphrase(state.passphrase.clone())
        }
    };
    let Ok(name) = super::welcome::checked(&state.name) else {
        state.go(Step::Name);
        return;
    };
    let name = name.as_str().to_owned();
    cx.ask(if state.restoring {
        Ask::Restore {
            words: super::restore::joined(&state.words),
            name,
            lock,
        }
    } else {
        Ask::Create { name, lock }
    });
}
