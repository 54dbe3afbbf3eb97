//! The line above a timeline: who this is, how they are reached, how sure we are.

use egui::{Align, Frame, Layout, Margin, Response, RichText, Role, Sense, Ui, Vec2, WidgetInfo};
use lucide_icons::Icon;
use protocol::identity::AccountId;
use protocol::persist::Trust;

use crate::ask::Act;
use crate::context::Cx;
use crate::panels::contacts::reach::Reach;
use crate::route::Dialog;
use crate::theme::{self, radius, size};
use crate::widgets::{avatar, icon, icon_button};

/// Draws the line.
pub fn header_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId) {
    let p = cx.palette();
    let margin = Margin::symmetric(if cx.narrow { 8 } else { 16 }, 8);
    let frame = Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.horizontal(|ui| {
            if cx.narrow && icon_button(ui, cx, Icon::ArrowLeft, &cx.say("header-back")).clicked() {
                cx.act(Act::ShowList);
            }
            let reach = Reach::of(cx.model, account);
            let face = avatar(ui, cx, account, size::AVATAR);
            reach.dot(ui, cx, face.rect, p.ground);
            // From the right: what stays whole; the name takes what is left and is shortened.
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                buttons_ui(ui, cx, account);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    names_ui(ui, cx, account, reach);
                });
            });
        });
    });
    let edge = frame.response.rect;
    ui.painter().hline(
        edge.x_range(),
        edge.bottom(),
        egui::Stroke::new(1.0, p.line),
    );
}

fn names_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, reach: Reach) {
    let room = ui.available_width();
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.spacing_mut().interact_size.y = 22.0;
        ui.set_max_width(room);
        ui.horizontal(|ui| {
            let mark = if cx.narrow { 30.0 } else { 120.0 };
            ui.scope(|ui| {
                ui.set_max_width((ui.available_width() - mark).max(40.0));
                let name = RichText::new(cx.model.name(account)).text_style(theme::title());
                ui.add(egui::Label::new(name).truncate());
            });
            trust_ui(ui, cx, account);
        });
        let words = RichText::new(reach_words(cx, account, reach))
            .small()
            .color(cx.palette().text_weak);
        ui.add(egui::Label::new(words).truncate());
    });
}

/// How they are reached, in one line.
fn reach_words(cx: &Cx<'_>, account: AccountId, reach: Reach) -> String {
    let devices = cx
        .model
        .contact(account)
        .map_or(0, |contact| contact.reachable.len());
    let key = match reach {
        Reach::Here => "header-here",
        Reach::Away => "header-away",
        Reach::Linked => "header-linked",
        // A narrow line has no room for what follows from it.
        Reach::Out if cx.narrow => return cx.say("reach-out"),
        Reach::Out => return cx.say("header-out"),
    };
    cx.text.fill(key, [("count", devices.into())])
}

/// Whether keys were compared; a click shows them.
fn trust_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId) {
    let p = cx.palette();
    let Some(contact) = cx.model.contact(account) else {
        return;
    };
    let (glyph, colour, word) = match contact.trust {
        Trust::Verified => (Icon::ShieldCheck, p.good, cx.say("header-verified")),
        Trust::Unverified => (
            Icon::ShieldQuestionMark,
            p.text_weak,
            cx.say("header-unverified"),
        ),
        Trust::Changed => (Icon::ShieldAlert, p.bad, cx.say("header-changed")),
    };
    let response = mark(ui, cx, (glyph, colour), &word);
    if response.on_hover_text(cx.say("header-compare")).clicked() {
        cx.act(Act::Show(Dialog::Safety(account)));
    }
}

/// A glyph and, where there is room, a word: together one button.
fn mark(ui: &mut Ui, cx: &Cx<'_>, (glyph, colour): (Icon, egui::Color32), word: &str) -> Response {
    let glyph = icon(glyph, 15.0).color(colour);
    let mut job = egui::text::LayoutJob::default();
    let style = ui.style();
    glyph.append_to(&mut job, style, egui::FontSelection::Default, Align::Center);
    if !cx.narrow {
        RichText::new(format!(" {word}"))
            .small()
            .color(colour)
            .append_to(&mut job, style, egui::FontSelection::Default, Align::Center);
    }
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let size = galley.size() + Vec2::new(12.0, 6.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let p = cx.palette();
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, radius::S, p.hover);
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(2.0, p.accent);
        ui.painter()
            .rect_stroke(rect, radius::S, stroke, egui::StrokeKind::Inside);
    }
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, colour);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, word));
    response
}

/// Buttons at the right edge, from the right.
fn buttons_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId) {
    ui.spacing_mut().item_spacing.x = 2.0;
    let word = if cx.prefs.details_open && !cx.narrow {
        cx.say("header-hide-details")
    } else {
        cx.say("header-show-details")
    };
    if icon_button(ui, cx, Icon::PanelRight, &word).clicked() {
        if cx.narrow {
            // Where there is no room beside the messages, they come over them.
            cx.act(Act::Show(Dialog::Details(account)));
        } else {
            let mut prefs = cx.prefs.clone();
            prefs.details_open = !prefs.details_open;
            cx.act(Act::Prefs(Box::new(prefs)));
        }
    }
    if icon_button(ui, cx, Icon::CalendarSearch, &cx.say("header-date")).clicked() {
        cx.act(Act::Show(Dialog::Date(account)));
    }
}
