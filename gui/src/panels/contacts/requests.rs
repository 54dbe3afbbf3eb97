//! Requests at the top of the list: who asks, whom we asked, and the one step that each waits for.

use std::sync::Arc;

use egui::{Id, Layout, Pos2, Rect, RichText, Role, Sense, Ui, Vec2, WidgetInfo};
use lucide_icons::Icon;
use protocol::turn::{Command, ContactStanding, ContactView};

use super::row;
use crate::ask::Act;
use crate::context::Cx;
use crate::panels::people::PeopleState;
use crate::route::Route;
use crate::theme::{self, family, radius, size, space};
use crate::widgets::{avatar, icon_button, link_button};

/// Requests shown in the list; the others are counted, and stand among people.
const SHOWN_MAX: usize = 3;

/// Those who ask first, then those who were asked.
#[must_use]
pub fn ordered<'a>(cx: &'a Cx<'_>) -> Vec<&'a Arc<ContactView>> {
    let mut all = cx
        .model
        .contacts(|standing| standing == ContactStanding::Asks);
    all.extend(
        cx.model.contacts(|standing| {
            matches!(standing, ContactStanding::Asked | ContactStanding::Asking)
        }),
    );
    all
}

/// What a request waits for, in a few words.
#[must_use]
pub fn waits_for(cx: &Cx<'_>, contact: &ContactView) -> String {
    match (contact.standing, contact.words.is_some()) {
        (ContactStanding::Asks, true) => cx.say("request-asks"),
        (ContactStanding::Asks, false) => cx.say("request-words-coming"),
        (ContactStanding::Asking, _) => cx.say("request-not-reached"),
        _ => cx.say("request-answer-theirs"),
    }
}

/// Draws the group; nothing where there is no request.
pub fn requests_ui(ui: &mut Ui, cx: &Cx<'_>, people: &mut PeopleState) {
    let all = ordered(cx);
    if all.is_empty() {
        return;
    }
    let margin = egui::Margin::symmetric(16, 0);
    egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        let title = RichText::new(cx.say("contacts-requests")).small();
        ui.label(title.color(cx.palette().text_weak));
    });
    for contact in all.iter().take(SHOWN_MAX) {
        request_ui(ui, cx, contact, people);
    }
    let more = all.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        let words = cx
            .text
            .fill("contacts-more-requests", [("count", more.into())]);
        ui.horizontal(|ui| {
            ui.add_space(space::L);
            if link_button(ui, cx, &words).clicked() {
                cx.act(Act::Go(Route::People));
            }
        });
    }
    ui.add_space(space::S);
}

fn request_ui(ui: &mut Ui, cx: &Cx<'_>, contact: &ContactView, people: &mut PeopleState) {
    let p = cx.palette();
    let account = contact.account;
    let theirs = contact.standing == ContactStanding::Asks;
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), row::HEIGHT));
    let inner = rect.shrink2(Vec2::new(space::S, 2.0));
    let buttons = if theirs { 2.0 } else { 1.0 } * (size::TOUCH + 2.0);
    let left = Rect::from_min_max(
        inner.min,
        Pos2::new(inner.right() - buttons, inner.bottom()),
    );
    let id = Id::unique("request").with(account.as_bytes());
    let response = ui.interact(left, id, Sense::click());
    let name = cx.model.name(account);
    let waits = people
        .fault(account)
        .map_or_else(|| waits_for(cx, contact), |fault| cx.tell(fault));
    let ground = if response.hovered() {
        p.hover
    } else {
        p.ground_list
    };
    ui.painter().rect_filled(inner, radius::M, ground);
    if response.has_focus() {
        let stroke = egui::Stroke::new(2.0, p.accent);
        ui.painter()
            .rect_stroke(inner, radius::M, stroke, egui::StrokeKind::Inside);
    }
    let face = Pos2::new(
        inner.left() + space::S + size::AVATAR / 2.0,
        inner.center().y,
    );
    avatar::paint(ui, cx, account, &name, face, size::AVATAR);
    let start = Pos2::new(face.x + size::AVATAR / 2.0 + space::M, inner.top() + 9.0);
    let width = left.right() - start.x - space::XS;
    let font = theme::font(family::STRONG, size::BODY);
    let title = row::fitted(ui, name.clone(), font, p.text, width);
    ui.painter().galley(start, title, p.text);
    let colour = match (people.fault(account).is_some(), theirs) {
        (true, _) => p.bad,
        (false, true) => p.accent_text,
        (false, false) => p.text_weak,
    };
    let font = egui::FontId::proportional(size::SMALL + 0.5);
    let line = row::fitted(ui, waits.clone(), font, colour, width);
    let at = Pos2::new(start.x, inner.bottom() - 9.0 - line.size().y);
    ui.painter().galley(at, line, colour);
    let spoken = format!("{name}, {waits}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    if response.on_hover_text(waits).clicked() {
        cx.act(Act::Go(Route::People));
    }
    let right = Rect::from_min_max(Pos2::new(left.right(), inner.top()), inner.max);
    let layout = Layout::right_to_left(egui::Align::Center);
    ui.scope_builder(
        egui::UiBuilder::new().max_rect(right).layout(layout),
        |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            buttons_ui(ui, cx, contact, people);
        },
    );
}

/// Say yes, say no; or take the own question back.
fn buttons_ui(ui: &mut Ui, cx: &Cx<'_>, contact: &ContactView, people: &mut PeopleState) {
    let account = contact.account;
    let name = cx.model.name(account);
    let named = |key| cx.text.fill(key, [("name", name.clone().into())]);
    if contact.standing != ContactStanding::Asks {
        let label = named("request-withdraw-of");
        if icon_button(ui, cx, Icon::X, &label).clicked() {
            people.wants(cx, account, Command::Remove(account));
        }
        return;
    }
    let label = named("request-decline-of");
    if icon_button(ui, cx, Icon::X, &label).clicked() {
        people.wants(cx, account, Command::Remove(account));
    }
    let label = named("request-accept-of");
    let ready = contact.words.is_some();
    ui.add_enabled_ui(ready, |ui| {
        if icon_button(ui, cx, Icon::Check, &label).clicked() {
            people.wants(cx, account, Command::Accept(account));
        }
    });
}
