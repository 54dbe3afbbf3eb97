//! Unlocking: one field, and one clear line when it does not open.

use egui::{RichText, Ui};
use zeroize::Zeroize as _;

use super::{StartState, head};
use crate::ask::Ask;
use crate::context::Cx;
use crate::screens::parts::{self, Field, Note};
use crate::text::Sentence;

/// Draws the lock.
pub(super) fn lock_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut StartState, fault: Option<&Sentence>) {
    head(ui, cx, 132.0, &cx.say("unlock-title"), None);
    let fault = if state.tried && state.passphrase.is_empty() {
        Some(cx.say("passphrase-empty"))
    } else {
        fault.map(|fault| cx.tell(fault))
    };
    // It speaks of what was typed before: silent once something new is being typed.
    let note = match &fault {
        Some(text) if state.passphrase.is_empty() => Note::Fault(text),
        _ => Note::None,
    };
    let label = cx.say("passphrase-label");
    let focus = state.takes_focus();
    let told = Field {
        label: &label,
        note,
        focus,
    };
    let response = parts::secret(ui, cx, told, &mut state.passphrase, &mut state.shown);
    parts::holds_secret(&mut state.typed_in, &response);
    let entered = parts::entered(ui, &response);
    if parts::wide_primary(ui, cx, &cx.say("unlock-open")).clicked() || entered {
        if state.passphrase.is_empty() {
            state.tried = true;
            response.request_focus();
        } else {
            state.tried = false;
            state.deriving = true;
            cx.ask(Ask::Unlock(state.passphrase.clone()));
            state.passphrase.zeroize();
            parts::forget_typed(ui.ctx(), response.id);
            state.shown = false;
            state.focused = false;
        }
    }
    if fault.is_some() {
        let hint = RichText::new(cx.say("unlock-forgotten")).small();
        ui.label(hint.color(cx.palette().text_weak));
    }
    super::broken::place_ui(ui, cx, state);
}
