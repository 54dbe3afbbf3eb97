//! People: who asks, whom we asked, who is near, everybody we know; and what to do when there is nobody yet.

pub mod cards;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};

use egui::{RichText, ScrollArea, Ui, Vec2};
use lucide_icons::Icon;
use protocol::identity::AccountId;
use protocol::turn::{Command, ContactStanding};

use crate::ask::{Act, Answer, Ticket};
use crate::context::Cx;
use crate::route::{Dialog, Route, Section};
use crate::text::Sentence;
use crate::theme::{self, space};
use crate::widgets::{self, icon, primary_button, quiet_button};

/// Widest column of this screen, in points.
const COLUMN: f32 = 680.0;

/// Height of a line of the lists at the end, of which only those on screen are drawn.
const LINE: f32 = 50.0;

/// What this screen knows of itself.
#[derive(Clone, Debug, Default)]
pub struct PeopleState {
    /// What was asked for and not answered yet, and about whom.
    waiting: BTreeMap<Ticket, AccountId>,
    /// What went wrong last, by person.
    faults: BTreeMap<AccountId, Sentence>,
    /// Whose six words were said to agree, before the request is accepted.
    agree: BTreeSet<AccountId>,
}

impl PeopleState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        let Some(account) = self.waiting.remove(&answer.ticket) else {
            return;
        };
        match &answer.result {
            Ok(_) => drop(self.agree.remove(&account)),
            Err(fault) => drop(self.faults.insert(account, fault.clone())),
        }
    }

    /// Wants a command about somebody carried out; what comes of it is shown with them.
    pub fn wants(&mut self, cx: &Cx<'_>, account: AccountId, command: Command) {
        self.faults.remove(&account);
        let ticket = cx.command(command);
        self.waiting.insert(ticket, account);
    }

    /// What went wrong with somebody.
    #[must_use]
    pub fn fault(&self, account: AccountId) -> Option<&Sentence> {
        self.faults.get(&account)
    }

    /// Whether an answer about somebody is still to come.
    #[must_use]
    pub fn is_busy(&self, account: AccountId) -> bool {
        self.waiting.values().any(|waiting| *waiting == account)
    }
}

/// Draws the screen.
pub fn people_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut PeopleState) {
    let Some(view) = &cx.model.view else { return };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let side = ((ui.available_width() - COLUMN) / 2.0).max(if cx.narrow {
            space::L
        } else {
            space::XL
        });
        let margin = egui::Margin::symmetric(whole(side), 24);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            head_ui(ui, cx);
            if view.contacts.is_empty() && view.nearby.is_empty() {
                nobody_ui(ui, cx);
                return;
            }
            requests_ui(ui, cx, state);
            near_ui(ui, cx, state);
            known_ui(ui, cx, state);
        });
    });
}

/// Points as margins count them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the range of a margin"
)]
const fn whole(points: f32) -> i8 {
    points.clamp(0.0, 127.0) as i8
}

fn head_ui(ui: &mut Ui, cx: &Cx<'_>) {
    ui.horizontal_wrapped(|ui| {
        ui.heading(cx.say("rail-people"));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if quiet_button(ui, &cx.say("contacts-add")).clicked() {
                cx.act(Act::Show(Dialog::AddContact {
                    link: String::new(),
                }));
            }
        });
    });
    ui.add_space(space::S);
}

/// The title of a group.
fn group_ui(ui: &mut Ui, title: &str) {
    ui.add_space(space::M);
    ui.label(RichText::new(title).text_style(theme::title()));
}

fn requests_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut PeopleState) {
    let asks = cx
        .model
        .contacts(|standing| standing == ContactStanding::Asks);
    if !asks.is_empty() {
        group_ui(ui, &cx.say("people-they-ask"));
    }
    for contact in asks {
        cards::asks_ui(ui, cx, contact, state);
    }
    let asked = cx
        .model
        .contacts(|standing| matches!(standing, ContactStanding::Asked | ContactStanding::Asking));
    if !asked.is_empty() {
        group_ui(ui, &cx.say("people-you-asked"));
    }
    for contact in asked {
        cards::asked_ui(ui, cx, contact, state);
    }
}

fn near_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut PeopleState) {
    group_ui(ui, &cx.say("people-near"));
    visible_ui(ui, cx);
    let Some(view) = &cx.model.view else { return };
    let mut near: Vec<_> = view.nearby.keys().copied().collect();
    near.retain(|account| cx.model.contact(*account).is_none());
    near.sort_by_cached_key(|account| (cx.model.name(*account).to_lowercase(), *account));
    if near.is_empty() {
        ui.label(RichText::new(cx.say("people-near-none")).weak());
    }
    for account in near {
        cards::near_ui(ui, cx, account, state);
    }
}

/// Whether those near see us, and where to change that.
fn visible_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let Some(view) = &cx.model.view else { return };
    let seen = view.privacy.visible_nearby && cx.prefs.visible_nearby;
    let name = crate::text::clean::name(view.me.name.as_str());
    let (glyph, words) = if seen {
        (
            Icon::Eye,
            cx.text.fill("people-seen-as", [("name", name.into())]),
        )
    } else {
        (Icon::EyeOff, cx.say("people-unseen"))
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS + 2.0;
        widgets::decoration(ui, icon(glyph, 15.0).color(cx.palette().text_weak));
        ui.label(RichText::new(words).small().weak());
        let change = RichText::new(cx.say("people-seen-change")).small();
        let change = egui::Button::new(change.color(cx.palette().accent_text)).frame(false);
        if ui.add(change).clicked() {
            cx.act(Act::Go(Route::Settings(Section::Privacy)));
        }
    });
}

fn known_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut PeopleState) {
    let accepted = cx
        .model
        .contacts(|standing| standing == ContactStanding::Accepted);
    if !accepted.is_empty() {
        group_ui(
            ui,
            &cx.text
                .fill("people-contacts", [("count", accepted.len().into())]),
        );
    }
    for contact in accepted {
        line_ui(ui, cx, |ui| cards::contact_ui(ui, cx, contact.account));
    }
    let blocked = cx
        .model
        .contacts(|standing| standing == ContactStanding::Blocked);
    if !blocked.is_empty() {
        group_ui(ui, &cx.say("people-blocked"));
    }
    for contact in blocked {
        line_ui(ui, cx, |ui| {
            cards::blocked_ui(ui, cx, contact.account, state);
        });
    }
}

/// A line of a long list: room for it always, its contents only where it can be seen.
fn line_ui(ui: &mut Ui, cx: &Cx<'_>, add: impl FnOnce(&mut Ui)) {
    let height = if cx.narrow { LINE * 1.8 } else { LINE };
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), LINE));
    if ui.is_rect_visible(rect.expand(height)) {
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect), add);
    }
}

/// Nobody is known and nobody is near: the two ways to begin.
fn nobody_ui(ui: &mut Ui, cx: &Cx<'_>) {
    ui.label(cx.say("people-nobody"));
    ui.add_space(space::S);
    widgets::card(ui, |ui| {
        way_ui(ui, cx, Icon::Wifi, "people-way-near", "people-way-near-how");
        visible_ui(ui, cx);
    });
    widgets::card(ui, |ui| {
        way_ui(ui, cx, Icon::Link, "people-way-far", "people-way-far-how");
        ui.add_space(space::XS);
        ui.horizontal_wrapped(|ui| {
            let link = cx.model.own.as_ref().map(|own| own.link.clone());
            let copy = cx.say("people-copy-link");
            if primary_button(ui, cx, &copy, link.is_some()).clicked() {
                cx.act(Act::Copy(link.unwrap_or_default()));
            }
            if quiet_button(ui, &cx.say("people-have-link")).clicked() {
                cx.act(Act::Show(Dialog::AddContact {
                    link: String::new(),
                }));
            }
        });
    });
}

/// A way to begin: what, then how.
fn way_ui(ui: &mut Ui, cx: &Cx<'_>, glyph: Icon, what: &str, how: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::decoration(ui, icon(glyph, 18.0).color(cx.palette().accent_text));
        ui.add(egui::Label::new(RichText::new(cx.say(what)).text_style(theme::strong())).wrap());
    });
    ui.label(RichText::new(cx.say(how)).weak());
}

#[cfg(test)]
mod tests;
