//! Another lock for the profile: what opens it now, then how it is to be locked, said with what that means.

use egui::{RichText, ScrollArea, Ui};
use zeroize::{Zeroize as _, Zeroizing};

use super::title_ui;
use crate::ask::{Act, Ask, Lock};
use crate::context::Cx;
use crate::model::Own;
use crate::screens::parts::{self, Field, Note};
use crate::screens::start::Choice;
use crate::screens::start::protect::{self, Twice};
use crate::theme::space;
use crate::widgets::{primary_button, quiet_button};

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct RelockState {
    /// What opens the profile now.
    current: Zeroizing<String>,
    passphrase: Zeroizing<String>,
    again: Zeroizing<String>,
    choice: Choice,
    shown: bool,
    /// Whether the person tried to go on: only then is it said what is missing.
    tried: bool,
    focused: bool,
    typed_in: Vec<egui::Id>,
}

impl RelockState {
    /// Wipes what was typed, also out of what egui keeps to undo: done, or thought better of.
    pub fn wipe(&mut self, ctx: &egui::Context) {
        if self.typed_in.is_empty() {
            return;
        }
        for secret in [&mut self.current, &mut self.passphrase, &mut self.again] {
            secret.zeroize();
        }
        for id in self.typed_in.drain(..) {
            parts::forget_typed(ctx, id);
        }
    }

    /// Whether nothing of what was typed is left.
    #[must_use]
    pub fn is_wiped(&self) -> bool {
        let mut secrets = [&self.current, &self.passphrase, &self.again].into_iter();
        secrets.all(|secret| secret.is_empty())
    }

    /// What is missing before the lock can be changed.
    fn missing(&self, own: &Own) -> Option<&'static str> {
        if is_typed(own) && self.current.is_empty() {
            return Some("relock-current-empty");
        }
        let missing = protect::missing(&self.passphrase, &self.again);
        missing.filter(|_| self.choice == Choice::Passphrase)
    }
}

/// Whether a passphrase that somebody types opens the profile now.
const fn is_typed(own: &Own) -> bool {
    !own.unprotected && !own.keyring
}

/// Draws the dialog.
pub fn relock_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut RelockState) {
    let Some(own) = &cx.model.own else { return };
    title_ui(ui, cx, &cx.say("relock-title"));
    let room = (ui.ctx().content_rect().height() - 200.0).max(120.0);
    let mut entered = false;
    ScrollArea::vertical().max_height(room).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::M;
        ui.label(RichText::new(cx.say("relock-how")).color(cx.palette().text_weak));
        if is_typed(own) {
            current_ui(ui, cx, state);
        }
        entered = choices_ui(ui, cx, own, state);
    });
    if state.tried
        && let Some(missing) = state.missing(own)
    {
        parts::note(ui, cx, Note::Fault(&cx.say(missing)));
    }
    ui.add_space(space::M);
    ui.horizontal_wrapped(|ui| {
        if primary_button(ui, cx, &cx.say("relock-do"), true).clicked() || entered {
            change(ui, cx, own, state);
        }
        if quiet_button(ui, &cx.say("confirm-keep")).clicked() {
            cx.act(Act::CloseDialog);
        }
    });
}

/// What opens the profile now: whoever finds the window open shall not lock its owner out.
fn current_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut RelockState) {
    let told = Field {
        label: &cx.say("relock-current"),
        note: Note::None,
        focus: !std::mem::replace(&mut state.focused, true),
    };
    let response = parts::secret(ui, cx, told, &mut state.current, &mut state.shown);
    parts::holds_secret(&mut state.typed_in, &response);
}

/// The locks that are not there yet. Answers whether Enter was pressed in the last field.
fn choices_ui(ui: &mut Ui, cx: &Cx<'_>, own: &Own, state: &mut RelockState) -> bool {
    let mut entered = false;
    for choice in [Choice::Passphrase, Choice::Keyring, Choice::Unprotected] {
        let is_there = match choice {
            // There is always another passphrase.
            Choice::Passphrase => false,
            Choice::Keyring => own.keyring || !cx.model.keyring,
            Choice::Unprotected => own.unprotected,
        };
        if is_there {
            continue;
        }
        let chosen = state.choice == choice;
        if protect::choice_ui(ui, cx, choice, chosen) {
            state.choice = choice;
            state.tried = false;
        }
        if chosen && choice == Choice::Passphrase {
            let twice = Twice {
                first: &mut state.passphrase,
                again: &mut state.again,
                shown: &mut state.shown,
                typed_in: &mut state.typed_in,
            };
            entered = twice.draw(ui, cx, false);
        }
        if chosen && choice == Choice::Unprotected {
            protect::warning(ui, cx, &cx.say("protect-none-means"));
        }
    }
    entered
}

fn change(ui: &Ui, cx: &Cx<'_>, own: &Own, state: &mut RelockState) {
    state.tried = true;
    if state.missing(own).is_some() {
        return;
    }
    let lock = match state.choice {
        Choice::Passphrase => Lock::Passphrase(state.passphrase.clone()),
        Choice::Keyring => Lock::Keyring,
        Choice::Unprotected => Lock::Unprotected,
    };
    cx.ask(Ask::Relock {
        current: state.current.clone(),
        lock,
    });
    state.wipe(ui.ctx());
    cx.act(Act::CloseDialog);
}
