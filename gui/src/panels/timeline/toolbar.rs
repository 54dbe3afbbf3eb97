//! What can be done with a message: a small bar at its upper right, and the same and more in a menu.

use egui::{Popup, Rect, Response, SetOpenCommand, Stroke, Ui, UiBuilder, Vec2, pos2};
use lucide_icons::Icon;
use protocol::message::MessageRef;
use protocol::persist::{MessageContent, MessageRow};

use super::lines::Lines;
use super::marks;
use crate::ask::Act;
use crate::route::Dialog;
use crate::theme::{radius, size};
use crate::widgets::{emoji_picker, icon_button};

/// Which of these things can be done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Can {
    /// It has text.
    pub answer: bool,
    /// It is one's own.
    pub change: bool,
    /// It was changed before.
    pub history: bool,
}

impl Can {
    /// What can be done with this one.
    #[must_use]
    pub fn of(row: &MessageRow, own: protocol::identity::AccountId) -> Self {
        let versions = match &row.content {
            MessageContent::Text { versions, .. } => versions.len(),
            _ => 0,
        };
        Self {
            answer: versions > 0,
            change: versions > 0 && row.account == own,
            history: versions > 1,
        }
    }
}

/// Draws the bar. Answers whether the keyboard is in it, or something that it opened is open.
pub(super) fn toolbar_ui(
    ui: &mut Ui,
    lines: &mut Lines<'_>,
    row: &Response,
    message: MessageRef,
    of: &MessageRow,
) -> bool {
    let can = Can::of(of, lines.own);
    let count = 1.0 + f32::from(u8::from(can.answer)) * 2.0 + f32::from(u8::from(can.change));
    let bar = Vec2::new(count * size::TOUCH + 4.0, size::TOUCH + 2.0);
    let top = (row.rect.top() - 18.0).max(ui.clip_rect().top() + 2.0);
    let rect = Rect::from_min_size(pos2(row.rect.right() - bar.x - 14.0, top), bar);
    let p = lines.cx.palette();
    let stroke = Stroke::new(1.0, p.line);
    ui.painter()
        .rect(rect, radius::M, p.raised, stroke, egui::StrokeKind::Inside);
    let mut child = ui.new_child(
        UiBuilder::new()
            .scope_id(ui.scope_id().with("toolbar"))
            .max_rect(rect.shrink2(Vec2::new(2.0, 1.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    child.spacing_mut().item_spacing.x = 0.0;
    lines.memo.toolbar = Some((message, rect));
    buttons_ui(&mut child, lines, message, of, can)
}

fn buttons_ui(
    ui: &mut Ui,
    lines: &mut Lines<'_>,
    message: MessageRef,
    of: &MessageRow,
    can: Can,
) -> bool {
    let (cx, account) = (lines.cx, lines.account);
    let mut within = false;
    if can.answer {
        let react = icon_button(ui, cx, Icon::SmilePlus, &cx.say("message-react"));
        within |= react.has_focus();
        if react.clicked() {
            lines.memo.react_to(message);
        }
        within |= picker(ui, lines, message, of, &react);
        let reply = icon_button(ui, cx, Icon::Reply, &cx.say("message-reply"));
        within |= reply.has_focus();
        if reply.clicked() {
            cx.act(Act::Reply(account, message));
        }
    }
    if can.change {
        let edit = icon_button(ui, cx, Icon::Pencil, &cx.say("message-edit"));
        within |= edit.has_focus();
        if edit.clicked() {
            cx.act(Act::Edit(account, message));
        }
    }
    let more = icon_button(ui, cx, Icon::Ellipsis, &cx.say("message-more"));
    within |= more.has_focus();
    let menu = Popup::menu(&more);
    within |= menu.is_open();
    menu.show(|ui| menu_ui(ui, lines, message, of, can));
    within
}

/// The emoji picker of this message, if it is the one reacted to. Answers whether it is open.
fn picker(
    ui: &Ui,
    lines: &mut Lines<'_>,
    message: MessageRef,
    of: &MessageRow,
    anchor: &Response,
) -> bool {
    if lines.memo.reacting != Some(message) {
        return false;
    }
    let (cx, account) = (lines.cx, lines.account);
    if let Some(emoji) = emoji_picker::popup(ui, cx, anchor, &mut lines.memo.picker) {
        marks::toggle(cx, account, message, of, &emoji);
        // The picker took the writing cursor away.
        cx.act(Act::FocusComposer);
    }
    if !lines.memo.picker.open {
        lines.memo.reacting = None;
    }
    lines.memo.picker.open
}

/// The menu of a right click, at the pointer. Answers whether it is open.
pub(super) fn context_menu(
    lines: &mut Lines<'_>,
    row: &Response,
    message: MessageRef,
    of: &MessageRow,
) -> bool {
    let can = Can::of(of, lines.own);
    let (secondary, keyboard) = row.ctx.input(|input| {
        let entered = input.key_pressed(egui::Key::Enter) || input.key_pressed(egui::Key::Space);
        (input.pointer.secondary_clicked(), entered)
    });
    // Labels take clicks for selecting text: what counts is where the pointer is.
    let by_pointer = secondary && row.contains_pointer();
    let by_keyboard = keyboard && row.has_focus();
    let command = (by_pointer || by_keyboard).then_some(SetOpenCommand::Bool(true));
    if by_keyboard {
        lines.memo.menu_at = row.rect.left_bottom() + Vec2::new(64.0, 0.0);
    } else if by_pointer && let Some(at) = row.ctx.pointer_latest_pos() {
        lines.memo.menu_at = at;
    }
    let menu = Popup::menu(row)
        .open_memory(command)
        .at_position(lines.memo.menu_at);
    let open = menu.is_open() || command.is_some();
    menu.show(|ui| menu_ui(ui, lines, message, of, can));
    open
}

fn menu_ui(ui: &mut Ui, lines: &mut Lines<'_>, message: MessageRef, of: &MessageRow, can: Can) {
    let (cx, account) = (lines.cx, lines.account);
    let item = |ui: &mut Ui, glyph: Icon, key: &str| super::menu_item(ui, cx, glyph, &cx.say(key));
    if can.answer {
        if item(ui, Icon::Reply, "message-reply") {
            cx.act(Act::Reply(account, message));
        }
        if item(ui, Icon::SmilePlus, "message-react") {
            lines.memo.react_to(message);
        }
        if item(ui, Icon::Copy, "message-copy")
            && let MessageContent::Text { versions, .. } = &of.content
            && let Some(version) = versions.last()
        {
            cx.act(Act::Copy(version.body.as_str().to_owned()));
        }
    }
    if can.change && item(ui, Icon::Pencil, "message-edit") {
        cx.act(Act::Edit(account, message));
    }
    if can.history && item(ui, Icon::History, "message-history") {
        cx.act(Act::Show(Dialog::History(account, message)));
    }
    if item(ui, Icon::CalendarSearch, "header-date") {
        cx.act(Act::Show(Dialog::Date(account)));
    }
    if can.change {
        ui.separator();
        if super::danger_item(ui, cx, Icon::Trash2, &cx.say("message-delete")) {
            cx.act(Act::Show(Dialog::Delete(account, message)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{ADA, ME, row};

    #[test]
    fn only_own_messages_are_changed_and_nothing_is_done_with_what_was_taken_back() {
        let theirs = Can::of(&row(ADA, ADA, 1, "x"), ME);
        assert!(theirs.answer && !theirs.change && !theirs.history);
        let mut own = row(ADA, ME, 1, "x");
        assert!(Can::of(&own, ME).change);
        own.content = MessageContent::Deleted;
        let gone = Can::of(&own, ME);
        assert!(!gone.answer && !gone.change && !gone.history);
    }
}
