//! Jump to a conversation or a person by a few letters.

use egui::Ui;

use crate::ask::Answer;
use crate::context::Cx;

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct SwitcherState {}

impl SwitcherState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// Draws the dialog.
pub fn switcher_ui(ui: &mut Ui, cx: &Cx<'_>, _state: &mut SwitcherState) {
    ui.label(cx.say("not-yet"));
}
