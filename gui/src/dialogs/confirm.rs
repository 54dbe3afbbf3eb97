//! Blocking and removing somebody, said before it is done.

use egui::Ui;
use protocol::identity::AccountId;

use crate::context::Cx;

/// Draws the dialog.
pub fn confirm_ui(ui: &mut Ui, cx: &Cx<'_>, _account: AccountId, _block: bool) {
    ui.label(cx.say("not-yet"));
}
