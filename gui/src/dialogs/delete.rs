//! Taking a message back: what that does and what it cannot do.

use egui::{Frame, Label, Margin, RichText, Ui};
use protocol::identity::AccountId;
use protocol::message::MessageRef;
use protocol::persist::MessageContent;
use protocol::turn::Command;

use super::history::row;
use crate::ask::Act;
use crate::context::Cx;
use crate::text::clean;
use crate::theme::{radius, space};
use crate::widgets::{danger_button, quiet_button};

/// Letters of the message that are shown, to know which it is.
const SHOWN_MAX: usize = 160;

/// Draws the dialog.
pub fn delete_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, message: MessageRef) {
    super::title_ui(ui, cx, &cx.say("delete-title"));
    let p = cx.palette();
    if let Some(MessageContent::Text { versions, .. }) =
        row(cx, account, message).map(|row| &row.content)
        && let Some(version) = versions.last()
    {
        let line = clean::line(version.body.as_str());
        let mut shown: String = line.chars().take(SHOWN_MAX).collect();
        if shown.len() < line.len() {
            shown.push('…');
        }
        Frame::new()
            .fill(p.code)
            .corner_radius(radius::M)
            .inner_margin(Margin::same(12))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.add(Label::new(shown).wrap());
            });
    }
    ui.add_space(space::XS);
    let name = cx.model.name(account);
    let words = cx.text.fill("delete-what-happens", [("name", name.into())]);
    ui.add(Label::new(words).wrap());
    let limits = RichText::new(cx.say("delete-limits")).color(p.text_weak);
    ui.add(Label::new(limits).wrap());
    ui.add_space(space::M);
    ui.horizontal_wrapped(|ui| {
        if danger_button(ui, cx, &cx.say("delete-do")).clicked() {
            let _ticket = cx.command(Command::Delete {
                to: account,
                target: message,
                key: None,
            });
            cx.act(Act::CloseDialog);
        }
        if quiet_button(ui, &cx.say("delete-keep")).clicked() {
            cx.act(Act::CloseDialog);
        }
    });
}
