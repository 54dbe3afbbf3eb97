//! Settings: one page a subject, each change applied and kept at once.

pub mod look;
pub mod network;
pub mod notifications;
pub mod privacy;
pub mod profile;

use egui::{Align, Layout, Margin, RichText, Ui, Vec2};
use lucide_icons::Icon;

use super::parts;
use crate::ask::{Act, Answer};
use crate::context::Cx;
use crate::prefs::Prefs;
use crate::route::{Route, Section};
use crate::theme::{self, size, space};
use crate::widgets;

/// Width of a page where there is room.
const PAGE: f32 = 600.0;

/// Width of the list of pages.
const PAGES: f32 = 190.0;

/// Narrower than this, the pages stand as tabs above.
const TABS_BELOW: f32 = 640.0;

/// What the settings know of themselves.
#[derive(Clone, Debug, Default)]
pub struct SettingsState {
    /// See [`profile`].
    pub profile: profile::ProfileState,
    /// See [`look`].
    pub look: look::LookState,
    /// See [`privacy`].
    pub privacy: privacy::PrivacyState,
    /// See [`network`].
    pub network: network::NetworkState,
}

impl SettingsState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        self.profile.answered(answer);
        self.privacy.answered(answer);
        self.network.answered(answer);
    }
}

/// Draws a page of the settings.
pub fn settings_ui(ui: &mut Ui, cx: &Cx<'_>, section: Section, state: &mut SettingsState) {
    if ui.available_width() < TABS_BELOW {
        egui::Frame::new()
            .inner_margin(Margin::same(12))
            .show(ui, |ui| {
                ui.horizontal_wrapped(|ui| pages_ui(ui, cx, section, true));
            });
        page_ui(ui, cx, section, state);
        return;
    }
    ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
        let height = ui.available_height();
        let column = Layout::top_down_justified(Align::Min);
        ui.allocate_ui_with_layout(Vec2::new(PAGES, height), column, |ui| {
            egui::Frame::new()
                .inner_margin(Margin {
                    left: 16,
                    right: 0,
                    top: 24,
                    bottom: 16,
                })
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = space::XS;
                    pages_ui(ui, cx, section, false);
                });
        });
        ui.vertical(|ui| page_ui(ui, cx, section, state));
    });
}

/// The list of pages, or the tabs.
fn pages_ui(ui: &mut Ui, cx: &Cx<'_>, here: Section, tabs: bool) {
    let p = cx.palette();
    ui.spacing_mut().icon_spacing = space::S;
    for (section, glyph, label) in [
        (
            Section::Profile,
            Icon::CircleUserRound,
            cx.say("settings-profile"),
        ),
        (Section::Look, Icon::Palette, cx.say("settings-look")),
        (
            Section::Notifications,
            Icon::Bell,
            cx.say("settings-notifications"),
        ),
        (Section::Privacy, Icon::EyeOff, cx.say("settings-privacy")),
        (Section::Network, Icon::Network, cx.say("settings-network")),
    ] {
        let chosen = section == here;
        let colour = if chosen { p.text } else { p.text_weak };
        let fill = if chosen { p.chosen } else { p.ground };
        let text = RichText::new(&label).color(colour);
        let button = egui::Button::new((widgets::icon(glyph, 16.0).color(colour), text))
            .fill(fill)
            .stroke(egui::Stroke::NONE)
            .min_size(Vec2::new(0.0, if tabs { 32.0 } else { size::TOUCH + 2.0 }));
        let response = if tabs {
            ui.add(button)
        } else {
            ui.add(button.right_text(""))
        };
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Tab, true, chosen, &label));
        if response.has_focus() {
            let stroke = egui::Stroke::new(2.0, p.accent);
            ui.painter().rect_stroke(
                response.rect,
                theme::radius::M,
                stroke,
                egui::StrokeKind::Inside,
            );
        }
        if response.clicked() {
            cx.act(Act::Go(Route::Settings(section)));
        }
    }
}

fn page_ui(ui: &mut Ui, cx: &Cx<'_>, section: Section, state: &mut SettingsState) {
    egui::ScrollArea::vertical()
        .id_salt(section_title(section))
        .auto_shrink(false)
        .show(ui, |ui| {
            let side = if cx.narrow { 12 } else { 24 };
            egui::Frame::new()
                .inner_margin(Margin::symmetric(side, if cx.narrow { 4 } else { 20 }))
                .show(ui, |ui| {
                    ui.set_width(ui.available_width().min(PAGE));
                    ui.spacing_mut().item_spacing.y = space::M;
                    ui.heading(cx.say(section_title(section)));
                    match section {
                        Section::Profile => profile::profile_ui(ui, cx, &mut state.profile),
                        Section::Look => look::look_ui(ui, cx, &mut state.look),
                        Section::Notifications => notifications::notifications_ui(ui, cx),
                        Section::Privacy => privacy::privacy_ui(ui, cx, &mut state.privacy),
                        Section::Network => network::network_ui(ui, cx, &mut state.network),
                    }
                    ui.add_space(space::XL);
                });
        });
}

const fn section_title(section: Section) -> &'static str {
    match section {
        Section::Profile => "settings-profile",
        Section::Look => "settings-look",
        Section::Notifications => "settings-notifications",
        Section::Privacy => "settings-privacy",
        Section::Network => "settings-network",
    }
}

/// Uses and keeps a choice of the window.
fn choose(cx: &Cx<'_>, change: impl FnOnce(&mut Prefs)) {
    let mut prefs = cx.prefs.clone();
    change(&mut prefs);
    cx.act(Act::Prefs(Box::new(prefs)));
}

/// A card with a title, and a word below it.
fn card(ui: &mut Ui, cx: &Cx<'_>, title: &str, hint: &str, add: impl FnOnce(&mut Ui)) {
    widgets::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        if !title.is_empty() {
            ui.label(RichText::new(title).text_style(theme::strong()));
        }
        if !hint.is_empty() {
            ui.label(RichText::new(hint).small().color(cx.palette().text_weak));
        }
        add(ui);
    });
}

/// A text of the machine that can be copied.
fn copied(ui: &mut Ui, cx: &Cx<'_>, text: &str, label: &str) {
    let p = cx.palette();
    egui::Frame::new()
        .fill(p.code)
        .corner_radius(theme::radius::M)
        .inner_margin(Margin {
            left: 12,
            right: 4,
            top: 2,
            bottom: 2,
        })
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                let room = ui.available_width() - size::TOUCH - space::S;
                let layout = Layout::left_to_right(Align::Center);
                ui.allocate_ui_with_layout(Vec2::new(room, size::TOUCH), layout, |ui| {
                    ui.set_width(room);
                    let font = egui::TextStyle::Monospace.resolve(ui.style());
                    let mut job =
                        egui::text::LayoutJob::simple(text.to_owned(), font, p.text, room);
                    job.wrap.break_anywhere = true;
                    ui.add(egui::Label::new(job).wrap());
                });
                if widgets::icon_button(ui, cx, Icon::Copy, label).clicked() {
                    cx.act(Act::Copy(text.to_owned()));
                }
            });
        });
}
