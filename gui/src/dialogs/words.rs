//! The recovery words: shown, then typed back, then forgotten here.

use egui::Ui;

use crate::ask::Answer;
use crate::context::Cx;

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct WordsState {}

impl WordsState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// Draws the dialog.
pub fn words_ui(ui: &mut Ui, cx: &Cx<'_>, _state: &mut WordsState) {
    ui.label(cx.say("not-yet"));
}
