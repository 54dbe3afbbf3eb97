//! What was said in a conversation.

use egui::Ui;
use protocol::identity::AccountId;
use protocol::persist::MessageContent;

use crate::context::Cx;

/// What a timeline knows of itself.
#[derive(Clone, Debug, Default)]
pub struct TimelineState {}

/// The line above the timeline: who this is, and what can be done.
pub fn header_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId) {
    ui.heading(cx.model.name(account));
}

/// Draws the messages.
pub fn timeline_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, _state: &mut TimelineState) {
    let Some(chat) = cx.model.chats.get(&account) else {
        return;
    };
    for line in &chat.window {
        if let Some(row) = &line.row
            && let MessageContent::Text { versions, .. } = &row.content
            && let Some(version) = versions.last()
        {
            ui.label(version.body.as_str());
        }
    }
}
