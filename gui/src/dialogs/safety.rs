//! Being sure of somebody: six words, sixty digits, a code to scan.

use egui::Ui;
use protocol::identity::AccountId;

use crate::ask::Answer;
use crate::context::Cx;

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct SafetyState {}

impl SafetyState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// Draws the dialog.
pub fn safety_ui(ui: &mut Ui, cx: &Cx<'_>, _account: AccountId, _state: &mut SafetyState) {
    ui.label(cx.say("not-yet"));
}
