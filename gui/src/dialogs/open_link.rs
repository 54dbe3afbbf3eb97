//! Before a link is opened: where it really goes.

use egui::Ui;

use crate::context::Cx;

/// Draws the dialog.
pub fn open_link_ui(ui: &mut Ui, cx: &Cx<'_>, _url: &str) {
    ui.label(cx.say("not-yet"));
}
