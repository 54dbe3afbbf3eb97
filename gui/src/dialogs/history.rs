//! Earlier versions of a message.

use egui::{Label, RichText, ScrollArea, Ui};
use protocol::identity::AccountId;
use protocol::message::MessageRef;
use protocol::persist::{MessageContent, MessageRow};

use crate::context::Cx;
use crate::text::dates;
use crate::theme::{self, family, size, space};
use crate::widgets::markdown;
use crate::widgets::message::message_ui;

/// Draws the dialog.
pub fn history_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, message: MessageRef) {
    super::title_ui(ui, cx, &cx.say("history-title"));
    let Some(row) = row(cx, account, message) else {
        ui.label(RichText::new(cx.say("message-not-here")).weak());
        return;
    };
    let MessageContent::Text { versions, .. } = &row.content else {
        ui.label(RichText::new(cx.say("message-taken-back")).weak());
        return;
    };
    let hint = RichText::new(cx.say("history-hint")).color(cx.palette().text_weak);
    ui.add(Label::new(hint).wrap());
    ui.add_space(space::S);
    let height = (ui.ctx().content_rect().height() - 260.0).max(120.0);
    ScrollArea::vertical().max_height(height).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let count = versions.len();
        // The newest first, as it is shown in the conversation.
        for (number, version) in versions.iter().enumerate().rev() {
            let at_ms = version.stamp.0.wall().as_millis();
            let day = dates::day(at_ms, cx.zone);
            let day = dates::day_name(cx.text, day, cx.today());
            let which = match number {
                _ if number + 1 == count => cx.say("history-now"),
                0 => cx.say("history-first"),
                _ => cx.say("history-between"),
            };
            let line = format!("{which} · {day}, {}", cx.time(at_ms));
            let font = theme::font(family::MEDIUM, size::SMALL);
            ui.label(RichText::new(line).font(font).color(cx.palette().text_weak));
            ui.push_id(number, |ui| {
                message_ui(ui, cx, &markdown::read(version.body.as_str()));
            });
            ui.add_space(space::M);
        }
    });
}

/// A message that is in memory.
pub(super) fn row<'a>(
    cx: &'a Cx<'_>,
    account: AccountId,
    message: MessageRef,
) -> Option<&'a MessageRow> {
    let chat = cx.model.chats.get(&account)?;
    let line = chat.window.iter().find(|line| line.id() == message)?;
    line.row.as_deref()
}
