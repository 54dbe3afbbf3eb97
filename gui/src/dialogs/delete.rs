//! Taking a message back: what that does and what it cannot do.

use egui::Ui;
use protocol::identity::AccountId;
use protocol::message::MessageRef;

use crate::context::Cx;

/// Draws the dialog.
pub fn delete_ui(ui: &mut Ui, cx: &Cx<'_>, _account: AccountId, _message: MessageRef) {
    ui.label(cx.say("not-yet"));
}
