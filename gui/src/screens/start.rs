//! Before the node runs: opening, first run, unlocking, and what to do when neither works.

use egui::Ui;

use crate::ask::{Answer, Ask, Lock};
use crate::context::Cx;
use crate::model::Stage;
use crate::widgets;

/// What these screens know of themselves.
#[derive(Clone, Debug, Default)]
pub struct StartState {
    /// The name to go by.
    pub name: String,
    /// The passphrase being typed.
    pub passphrase: zeroize::Zeroizing<String>,
}

impl StartState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// Draws the screen of the stage.
pub fn start_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut StartState) {
    match &cx.model.stage {
        Stage::Opening | Stage::Running => {
            ui.spinner();
        }
        Stage::FirstRun { .. } => {
            ui.text_edit_singleline(&mut state.name);
            if widgets::primary_button(ui, cx, &cx.say("start-begin"), true).clicked() {
                cx.ask(Ask::Create {
                    name: state.name.clone(),
                    lock: Lock::Unprotected,
                });
            }
        }
        Stage::Locked { .. } => {
            ui.text_edit_singleline(&mut *state.passphrase);
            if widgets::primary_button(ui, cx, &cx.say("unlock-open"), true).clicked() {
                cx.ask(Ask::Unlock(state.passphrase.clone()));
            }
        }
        Stage::Broken { fault } | Stage::Stopped { fault } => {
            ui.label(fault);
        }
    }
}
