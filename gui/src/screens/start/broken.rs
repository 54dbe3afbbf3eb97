//! When the profile cannot be opened, or the node stopped: what happened, what to do, and where everything lies.

use egui::{RichText, Ui};
use lucide_icons::Icon;

use super::StartState;
use crate::ask::{Act, Ask};
use crate::context::Cx;
use crate::screens::parts;
use crate::text::Sentence;
use crate::theme::{self, space};
use crate::widgets;

/// Draws what is broken.
pub(super) fn broken_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &mut StartState,
    fault: &Sentence,
    stopped: bool,
) {
    let p = cx.palette();
    ui.vertical_centered(|ui| {
        widgets::decoration(ui, widgets::icon(Icon::CloudAlert, 44.0).color(p.warn));
        ui.add_space(space::XS);
        let title = if stopped {
            cx.say("stopped-title")
        } else {
            cx.say("broken-title")
        };
        ui.label(RichText::new(title).text_style(egui::TextStyle::Heading));
    });
    ui.add_space(space::XS);
    let said = cx.tell(fault);
    widgets::live(&ui.label(RichText::new(said).text_style(theme::strong())));
    let advice = if stopped {
        cx.say("stopped-advice")
    } else {
        cx.say("broken-advice")
    };
    ui.label(RichText::new(advice).color(p.text_weak));
    ui.add_space(space::XS);
    let response = parts::wide_primary(ui, cx, &cx.say("broken-retry"));
    if state.takes_focus() {
        response.request_focus();
    }
    if response.clicked() {
        cx.ask(Ask::Retry);
    }
    place_ui(ui, cx, state);
}

/// Where the profile lies, to be copied.
pub(super) fn place_ui(ui: &mut Ui, cx: &Cx<'_>, state: &StartState) {
    if state.profile.is_empty() {
        return;
    }
    let p = cx.palette();
    ui.separator();
    ui.horizontal(|ui| {
        widgets::decoration(ui, widgets::icon(Icon::Folder, 15.0).color(p.text_weak));
        let room = ui.available_width() - theme::size::TOUCH - space::S;
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        ui.allocate_ui_with_layout(egui::Vec2::new(room, theme::size::TOUCH), layout, |ui| {
            ui.set_width(room);
            let path = RichText::new(&state.profile).small().color(p.text_weak);
            ui.add(egui::Label::new(path).wrap());
        });
        let label = cx.say("profile-copy-path");
        if widgets::icon_button(ui, cx, Icon::Copy, &label).clicked() {
            cx.act(Act::Copy(state.profile.clone()));
        }
    });
}
