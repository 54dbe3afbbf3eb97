//! The frame that every screen lives in: rail, list, middle, side panel, status line; one column on a narrow window.

use egui::{CentralPanel, Frame, Margin, Panel, Ui};
use protocol::identity::AccountId;

use crate::app::shortcuts::shortcuts;
use crate::ask::{Act, Mood};
use crate::context::Cx;
use crate::model::Stage;
use crate::panels::{composer, contacts, details, people, rail, status, timeline};
use crate::route::{Dialog, Route};
use crate::state::State;
use crate::theme::{self, size, space};
use crate::{dialogs, screens, widgets};

/// Where toasts end, from the lower edge: above a composer of one line, so that they hide nothing that is written.
const TOASTS: f32 = -128.0;

/// Draws the whole window.
pub fn window_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut State) {
    match &cx.model.stage {
        Stage::Running => {
            screens::start::leave(ui.ctx(), cx, &mut state.start);
            running_ui(ui, cx, state);
        }
        _ => {
            let ground = Frame::new().fill(cx.palette().ground);
            CentralPanel::no_frame()
                .frame(ground)
                .show(ui, |ui| screens::start::start_ui(ui, cx, &mut state.start));
        }
    }
    if state.dialog != Some(Dialog::Relock) {
        state.dialog_state.relock.wipe(ui.ctx());
    }
    if let Some(dialog) = state.dialog.clone() {
        dialogs::dialog_ui(ui.ctx(), cx, &dialog, &mut state.dialog_state);
    }
    toasts_ui(ui, cx, state);
}

/// Whose conversation is on screen.
const fn here(route: &Route) -> Option<AccountId> {
    match route {
        Route::Chat(account) => Some(*account),
        _ => None,
    }
}

fn running_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut State) {
    shortcuts(ui, cx, state);
    composer::leave(cx, &mut state.composers, here(&state.route));
    let p = cx.palette();
    status_line(ui, cx, state);
    Panel::left("rail")
        .exact_size(size::RAIL)
        .resizable(false)
        .show_separator_line(false)
        .frame(
            Frame::new()
                .fill(p.ground_rail)
                .inner_margin(Margin::symmetric(0, 10)),
        )
        .show(ui, |ui| rail::rail_ui(ui, cx, state));
    if cx.narrow {
        if state.list_in_front {
            let ground = Frame::new().fill(p.ground_list);
            CentralPanel::no_frame()
                .frame(ground)
                .show(ui, |ui| contacts::contacts_ui(ui, cx, state));
        } else {
            middle(ui, cx, state);
        }
        return;
    }
    let list = Panel::left("list")
        .default_size(cx.prefs.list_width)
        .size_range(200.0..=420.0)
        .show_separator_line(false)
        .frame(Frame::new().fill(p.ground_list))
        .show(ui, |ui| contacts::contacts_ui(ui, cx, state));
    remember_width(ui, cx, list.response.rect.width());
    if cx.prefs.details_open
        && let Route::Chat(account) = state.route
    {
        Panel::right("details")
            .default_size(cx.prefs.details_width)
            .size_range(240.0..=420.0)
            .show_separator_line(false)
            .frame(
                Frame::new()
                    .fill(p.ground_list)
                    .inner_margin(Margin::same(16)),
            )
            .show(ui, |ui| details::details_ui(ui, cx, account));
    }
    middle(ui, cx, state);
}

/// Keeps the list as wide as the person made it, once the mouse is let go.
fn remember_width(ui: &Ui, cx: &Cx<'_>, width: f32) {
    let released = ui.input(|input| input.pointer.any_released());
    if released && (width - cx.prefs.list_width).abs() > 1.0 {
        let mut prefs = cx.prefs.clone();
        prefs.list_width = width;
        cx.act(Act::Prefs(Box::new(prefs)));
    }
}

fn status_line(ui: &mut Ui, cx: &Cx<'_>, state: &State) {
    Panel::bottom("status")
        .resizable(false)
        .show_separator_line(false)
        .frame(
            Frame::new()
                .fill(cx.palette().ground_rail)
                .inner_margin(Margin::symmetric(12, 4)),
        )
        .show(ui, |ui| status::status_ui(ui, cx, state));
}

fn middle(ui: &mut Ui, cx: &Cx<'_>, state: &mut State) {
    let ground = Frame::new().fill(cx.palette().ground);
    match state.route.clone() {
        Route::Chat(account) => {
            CentralPanel::no_frame().frame(ground).show(ui, |ui| {
                // Messages pass right under the line of the header, not under a strip of ground below it.
                let gap = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 0.0);
                timeline::header_ui(ui, cx, account);
                ui.spacing_mut().item_spacing.y = gap;
                let composer = Frame::new().inner_margin(Margin {
                    left: 16,
                    right: 16,
                    top: 4,
                    bottom: 12,
                });
                Panel::bottom("composer")
                    .resizable(false)
                    .show_separator_line(false)
                    .frame(composer)
                    .show(ui, |ui| {
                        composer::composer_ui(
                            ui,
                            cx,
                            account,
                            state.composers.entry(account).or_default(),
                        );
                    });
                timeline::timeline_ui(ui, cx, account, state.timelines.entry(account).or_default());
            });
        }
        Route::People => {
            CentralPanel::no_frame()
                .frame(ground)
                .show(ui, |ui| people::people_ui(ui, cx, &mut state.people));
        }
        Route::Settings(section) => {
            CentralPanel::no_frame().frame(ground).show(ui, |ui| {
                screens::settings::settings_ui(ui, cx, section, &mut state.settings);
            });
        }
    }
}

fn toasts_ui(ui: &Ui, cx: &Cx<'_>, state: &State) {
    if state.toasts.is_empty() {
        return;
    }
    egui::Area::new(egui::Id::unique("toasts"))
        .anchor(egui::Align2::CENTER_BOTTOM, [0.0, TOASTS])
        .order(egui::Order::Foreground)
        .interactable(false)
        .show(ui.ctx(), |ui| {
            for toast in &state.toasts {
                let colour = match toast.mood {
                    Mood::Good => cx.palette().good,
                    Mood::Bad => cx.palette().bad,
                };
                Frame::popup(ui.style())
                    .inner_margin(Margin::symmetric(14, 10))
                    .show(ui, |ui| {
                        let label = ui.label(
                            egui::RichText::new(&toast.text)
                                .color(colour)
                                .text_style(theme::strong()),
                        );
                        widgets::live(&label);
                    });
                ui.add_space(space::XS);
            }
        });
}
