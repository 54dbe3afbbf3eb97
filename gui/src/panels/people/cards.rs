//! People as cards: those who ask, those who were asked, those who are near.

use egui::{Align, Layout, RichText, Ui};
use lucide_icons::Icon;
use protocol::identity::AccountId;
use protocol::persist::Trust;
use protocol::turn::{Command, ContactStanding, ContactView, Whom};

use super::PeopleState;
use super::words::words_ui;
use crate::ask::Act;
use crate::context::Cx;
use crate::route::{Dialog, Route};
use crate::theme::{self, size, space};
use crate::widgets::{self, avatar, icon, link_button, primary_button, quiet_button};

/// Below this width, what can be done stands under the person instead of beside.
const BESIDE: f32 = 320.0;

/// The beginning of an account, in groups: enough to tell two people of one name apart.
#[must_use]
pub fn short(account: AccountId) -> String {
    let text: Vec<char> = account.to_string().chars().take(12).collect();
    let groups: Vec<String> = text.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

/// A person: face, name, a line below, and what can be done.
pub fn person_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    account: AccountId,
    caption: &str,
    actions: impl FnOnce(&mut Ui),
) {
    let beside = ui.available_width() >= BESIDE;
    let texts = |ui: &mut Ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let name = RichText::new(cx.model.name(account)).text_style(theme::strong());
            ui.add(egui::Label::new(name).truncate());
            let caption = RichText::new(caption).small().color(cx.palette().text_weak);
            // A name may be as long as somebody likes; what we say of it is said whole.
            ui.add(egui::Label::new(caption).wrap());
        });
    };
    if beside {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            avatar(ui, cx, account, size::AVATAR);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                actions(ui);
                ui.with_layout(Layout::left_to_right(Align::Center), texts);
            });
        });
        return;
    }
    ui.horizontal(|ui| {
        avatar(ui, cx, account, size::AVATAR);
        texts(ui);
    });
    ui.horizontal_wrapped(actions);
}

/// What went wrong with somebody, where it belongs.
pub fn fault_ui(ui: &mut Ui, cx: &Cx<'_>, state: &PeopleState, account: AccountId) {
    if let Some(fault) = state.fault(account) {
        let label = ui.label(RichText::new(cx.tell(fault)).color(cx.palette().bad));
        widgets::live(&label);
    }
}

/// Somebody asks: the words, and yes or no.
pub fn asks_ui(ui: &mut Ui, cx: &Cx<'_>, contact: &ContactView, state: &mut PeopleState) {
    let account = contact.account;
    widgets::card(ui, |ui| {
        let id = short(account);
        let caption = cx
            .text
            .fill("people-asks-caption", [("account", id.into())]);
        person_ui(ui, cx, account, &caption, |_| {});
        ui.add_space(space::XS);
        let Some(words) = &contact.words else {
            ui.label(RichText::new(cx.say("people-words-coming")).weak());
            ui.horizontal_wrapped(|ui| no_ui(ui, cx, account, state));
            fault_ui(ui, cx, state, account);
            return;
        };
        ui.label(cx.say("people-words-same"));
        words_ui(ui, cx, words);
        let mut agree = state.agree.contains(&account);
        if tick_ui(ui, cx, &mut agree, cx.say("people-words-agree")) {
            if agree {
                state.agree.insert(account);
            } else {
                state.agree.remove(&account);
            }
        }
        ui.add_space(space::XS);
        ui.horizontal_wrapped(|ui| {
            let ready = !state.is_busy(account);
            if primary_button(ui, cx, &cx.say("people-accept"), ready).clicked() {
                state.wants(cx, account, Command::Accept(account));
                if agree {
                    state.wants(cx, account, Command::Verify(account));
                }
            }
            no_ui(ui, cx, account, state);
        });
        fault_ui(ui, cx, state, account);
    });
}

/// The two ways to say no.
fn no_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut PeopleState) {
    if quiet_button(ui, &cx.say("people-decline")).clicked() {
        state.wants(cx, account, Command::Remove(account));
    }
    if quiet_button(ui, &cx.say("people-block")).clicked() {
        cx.act(Act::Show(Dialog::Block(account)));
    }
}

/// Somebody was asked: how far it has come, and what is awaited of whom.
pub fn asked_ui(ui: &mut Ui, cx: &Cx<'_>, contact: &ContactView, state: &mut PeopleState) {
    let account = contact.account;
    widgets::card(ui, |ui| {
        let reached = contact.standing == ContactStanding::Asked;
        let caption = if reached {
            cx.say("request-answer-theirs")
        } else {
            cx.say("request-not-reached")
        };
        person_ui(ui, cx, account, &caption, |ui| {
            if quiet_button(ui, &cx.say("people-withdraw")).clicked() {
                state.wants(cx, account, Command::Remove(account));
            }
        });
        ui.add_space(space::XS);
        step_ui(ui, cx, true, &cx.say("people-step-asked"));
        step_ui(ui, cx, reached, &cx.say("people-step-reached"));
        step_ui(ui, cx, false, &cx.say("people-step-answer"));
        if let Some(words) = &contact.words {
            ui.add_space(space::XS);
            ui.label(cx.say("people-words-same"));
            words_ui(ui, cx, words);
            compared_ui(ui, cx, contact, state);
        }
        fault_ui(ui, cx, state, account);
    });
}

/// Whether who asked has compared the words. Nothing is left to press after it, so a tick counts at once; it cannot be
/// taken back, so then it is a step that is done.
fn compared_ui(ui: &mut Ui, cx: &Cx<'_>, contact: &ContactView, state: &mut PeopleState) {
    let account = contact.account;
    let label = cx.say("people-words-agree");
    if contact.trust == Trust::Verified {
        step_ui(ui, cx, true, &label);
        return;
    }
    let busy = state.is_busy(account);
    let mut agree = busy && state.agree.contains(&account);
    if tick_ui(ui, cx, &mut agree, label) && agree && !busy {
        state.agree.insert(account);
        state.wants(cx, account, Command::Verify(account));
    }
}

/// A step of a request: done, or awaited.
fn step_ui(ui: &mut Ui, cx: &Cx<'_>, done: bool, what: &str) {
    let p = cx.palette();
    let (glyph, colour) = if done {
        (Icon::CircleCheck, p.good)
    } else {
        (Icon::Circle, p.text_weak)
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::decoration(ui, icon(glyph, 16.0).color(colour));
        let colour = if done { p.text } else { p.text_weak };
        ui.add(egui::Label::new(RichText::new(what).color(colour)).wrap());
    });
}

/// A box to tick that stands out on a card.
fn tick_ui(ui: &mut Ui, cx: &Cx<'_>, ticked: &mut bool, label: String) -> bool {
    let p = cx.palette();
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for visuals in [&mut widgets.inactive, &mut widgets.hovered] {
            visuals.bg_fill = p.field;
            visuals.bg_stroke = egui::Stroke::new(1.5, p.text_weak);
            visuals.fg_stroke.color = p.text;
        }
        ui.checkbox(ticked, label).changed()
    })
    .inner
}

/// A stranger who shows itself.
pub fn near_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut PeopleState) {
    widgets::card(ui, |ui| {
        person_ui(ui, cx, account, &short(account), |ui| {
            let ready = !state.is_busy(account);
            let label = cx.say("people-ask");
            let name = cx.model.name(account);
            let button = primary_button(ui, cx, &label, ready);
            let spoken = cx.text.fill("people-ask-of", [("name", name.into())]);
            crate::panels::contacts::named(&button, &spoken);
            if button.clicked() {
                state.wants(cx, account, Command::Request(Whom::Account(account)));
            }
        });
        fault_ui(ui, cx, state, account);
    });
}

/// A contact: one line that opens the conversation.
pub fn contact_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId) {
    let reach = crate::panels::contacts::reach::Reach::of(cx.model, account);
    person_ui(ui, cx, account, &reach.word(cx), |ui| {
        let name = cx.model.name(account);
        let label = cx.text.fill("people-write-to", [("name", name.into())]);
        if widgets::icon_button(ui, cx, Icon::MessageCircle, &label).clicked() {
            cx.act(Act::Go(Route::Chat(account)));
            cx.act(Act::FocusComposer);
        }
    });
}

/// Somebody blocked.
pub fn blocked_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut PeopleState) {
    person_ui(ui, cx, account, &cx.say("people-blocked-caption"), |ui| {
        let label = cx.say("people-unblock");
        let button = link_button(ui, cx, &label);
        let name = cx.model.name(account);
        let spoken = cx.text.fill("people-unblock-of", [("name", name.into())]);
        crate::panels::contacts::named(&button, &spoken);
        if button.clicked() {
            state.wants(cx, account, Command::Unblock(account));
        }
    });
    fault_ui(ui, cx, state, account);
}
