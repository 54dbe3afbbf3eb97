//! A name of one's own for somebody.

use egui::Ui;
use protocol::identity::AccountId;

use crate::ask::Answer;
use crate::context::Cx;

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct PetnameState {}

impl PetnameState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// Draws the dialog.
pub fn petname_ui(ui: &mut Ui, cx: &Cx<'_>, _account: AccountId, _state: &mut PetnameState) {
    ui.label(cx.say("not-yet"));
}
