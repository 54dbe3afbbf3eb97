//! Add somebody: by their link, a picture of their code, or the clipboard; and show the own link.

use egui::Ui;

use crate::ask::Answer;
use crate::context::Cx;

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct AddContactState {}

impl AddContactState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// Draws the dialog.
pub fn add_contact_ui(ui: &mut Ui, cx: &Cx<'_>, _state: &mut AddContactState) {
    ui.label(cx.say("not-yet"));
}
