//! Jump to a date.

use egui::Ui;
use protocol::identity::AccountId;

use crate::ask::Answer;
use crate::context::Cx;

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct DateState {}

impl DateState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// Draws the dialog.
pub fn date_ui(ui: &mut Ui, cx: &Cx<'_>, _account: AccountId, _state: &mut DateState) {
    ui.label(cx.say("not-yet"));
}
