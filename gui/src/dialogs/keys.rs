//! The map of the keyboard.

use egui::Ui;

use crate::context::Cx;

/// Draws the dialog.
pub fn keys_ui(ui: &mut Ui, cx: &Cx<'_>) {
    ui.label(cx.say("not-yet"));
}
