//! Above the field: which message is answered or changed, and the way back.

use egui::{RichText, Ui};
use lucide_icons::Icon;
use protocol::identity::AccountId;
use protocol::message::MessageRef;

use super::{ComposerState, body_of};
use crate::context::Cx;
use crate::theme::{radius, space};
use crate::widgets::{self, markdown};

/// Draws it, when there is something to say.
pub(super) fn strip_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut ComposerState) {
    let leave = if let Some(message) = state.editing {
        let quote = body_of(cx.model, account, message).unwrap_or_default();
        let leave = cx.say("composer-leave-edit");
        row(
            ui,
            cx,
            Icon::Pencil,
            [&cx.say("composer-editing"), &quote, &leave],
        )
    } else if let Some(message) = state.reply_to {
        let quote = body_of(cx.model, account, message).unwrap_or_default();
        let name = author(cx, account, message);
        let says = cx.text.fill("composer-replying", [("name", name.into())]);
        let leave = cx.say("composer-leave-reply");
        row(ui, cx, Icon::Reply, [&says, &quote, &leave])
    } else {
        return;
    };
    if leave {
        leave_strip(state);
        state.wants_focus = true;
    }
}

/// Back to plain writing. Answers whether there was something to leave.
pub(super) fn leave_strip(state: &mut ComposerState) -> bool {
    if state.editing.is_some() {
        state.stop_editing();
        true
    } else {
        state.reply_to.take().is_some()
    }
}

fn author(cx: &Cx<'_>, account: AccountId, message: MessageRef) -> String {
    let chat = cx.model.chats.get(&account);
    let line = chat.and_then(|chat| chat.window.iter().find(|line| line.id() == message));
    let row = line.and_then(|line| line.row.as_ref());
    let author = row.map_or(account, |row| row.account);
    if cx
        .model
        .own
        .as_ref()
        .is_some_and(|own| own.account == author)
    {
        cx.say("composer-yourself")
    } else {
        cx.model.name(author)
    }
}

/// One line: what is going on, the message it is about, a cross. Answers whether the cross was clicked.
fn row(ui: &mut Ui, cx: &Cx<'_>, glyph: Icon, [says, quote, leave]: [&str; 3]) -> bool {
    let p = cx.palette();
    let frame = egui::Frame::new()
        .fill(p.ground_list)
        .corner_radius(radius::M)
        .inner_margin(egui::Margin {
            left: 12,
            right: 4,
            top: 2,
            bottom: 2,
        });
    let clicked = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            widgets::decoration(ui, widgets::icon(glyph, 15.0).color(p.accent_text));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let clicked = widgets::icon_button(ui, cx, Icon::X, leave).clicked();
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let says = RichText::new(says).small().color(p.accent_text).strong();
                    ui.add(egui::Label::new(says).selectable(false));
                    let quote = RichText::new(markdown::line(quote)).small().weak();
                    ui.add(egui::Label::new(quote).selectable(false).truncate());
                });
                clicked
            })
            .inner
        })
        .inner
    });
    ui.add_space(space::XS);
    clicked.inner
}
