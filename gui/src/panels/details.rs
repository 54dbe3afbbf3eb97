//! The side panel of a conversation: who this is, how they are reached, how sure we are.

use egui::Ui;
use protocol::identity::AccountId;

use crate::context::Cx;

/// Draws the side panel.
pub fn details_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId) {
    ui.heading(cx.model.name(account));
}
