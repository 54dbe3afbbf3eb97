//! Who one is: name, contact link, account, recovery words, lock.

use egui::{RichText, TextEdit, Ui};
use lucide_icons::Icon;
use protocol::turn::Command;

use super::{card, copied, parts};
use crate::ask::{Act, Answer, Ask, Ticket};
use crate::context::Cx;
use crate::desktop::entry;
use crate::model::Own;
use crate::route::Dialog;
use crate::screens::parts::{Field, Note};
use crate::screens::start::welcome;
use crate::text::Sentence;
use crate::widgets;

/// What this page knows of itself.
#[derive(Clone, Debug, Default)]
pub struct ProfileState {
    /// The name while it is being changed.
    name: Option<String>,
    ticket: Option<Ticket>,
    fault: Option<Sentence>,
}

impl ProfileState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        if self.ticket != Some(answer.ticket) {
            return;
        }
        self.ticket = None;
        match &answer.result {
            Ok(_) => self.name = None,
            Err(fault) => self.fault = Some(fault.clone()),
        }
    }
}

/// Draws the page.
pub fn profile_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut ProfileState) {
    let Some(own) = &cx.model.own else { return };
    card(ui, cx, "", "", |ui| name_ui(ui, cx, state));
    card(
        ui,
        cx,
        &cx.say("profile-link"),
        &cx.say("profile-link-hint"),
        |ui| {
            copied(ui, cx, &own.link, &cx.say("profile-copy-link"));
            if entry::is_possible() {
                ui.horizontal(|ui| {
                    if widgets::quiet_button(ui, &cx.say("profile-take-links")).clicked() {
                        cx.ask(Ask::TakeLinks);
                    }
                });
            }
        },
    );
    card(
        ui,
        cx,
        &cx.say("profile-account"),
        &cx.say("profile-account-hint"),
        |ui| {
            copied(
                ui,
                cx,
                &own.account.to_string(),
                &cx.say("profile-copy-account"),
            );
        },
    );
    words_ui(ui, cx, own);
    let (title, hint) = if own.unprotected {
        (cx.say("profile-open"), cx.say("protect-none-means"))
    } else if own.keyring {
        (cx.say("profile-keyring"), cx.say("profile-keyring-hint"))
    } else {
        (cx.say("profile-locked"), cx.say("profile-locked-hint"))
    };
    card(ui, cx, &title, &hint, |ui| {
        ui.horizontal(|ui| {
            if widgets::quiet_button(ui, &cx.say("relock-title")).clicked() {
                cx.act(Act::Show(Dialog::Relock));
            }
        });
    });
}

/// The own name, and a button once it differs.
fn name_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut ProfileState) {
    let Some(view) = &cx.model.view else { return };
    let now = view.me.name.as_str();
    let mut typed = state.name.clone().unwrap_or_else(|| now.to_owned());
    let checked = welcome::checked(&typed);
    let fault = match (&state.fault, &checked) {
        (_, Err(fault)) => Some(cx.say(fault.key())),
        (Some(fault), Ok(_)) => Some(cx.tell(fault)),
        _ => None,
    };
    let (label, hint) = (cx.say("profile-name"), cx.say("profile-name-hint"));
    let field = Field {
        label: &label,
        note: fault.as_deref().map_or(Note::Hint(&hint), Note::Fault),
        focus: false,
    };
    let edit = TextEdit::singleline(&mut typed).char_limit(256);
    let response = parts::field(ui, cx, field, edit);
    if response.changed() {
        state.name = Some(typed.clone());
        state.fault = None;
    }
    let entered = parts::entered(ui, &response);
    if typed.trim() == now {
        return;
    }
    ui.horizontal(|ui| {
        let idle = state.ticket.is_none();
        let label = cx.say("profile-rename");
        let go = widgets::primary_button(ui, cx, &label, idle).clicked() || entered;
        if widgets::quiet_button(ui, &cx.say("profile-keep")).clicked() {
            state.name = None;
            state.fault = None;
        } else if let (true, true, Ok(name)) = (go, idle, checked) {
            state.ticket = Some(cx.command(Command::SetName(name)));
        }
    });
}

/// The recovery words: to be written down, or done.
fn words_ui(ui: &mut Ui, cx: &Cx<'_>, own: &Own) {
    let hint = if own.words_confirmed {
        cx.say("profile-words-done")
    } else {
        cx.say("profile-words-open")
    };
    card(ui, cx, &cx.say("words-title"), &hint, |ui| {
        if own.words_confirmed {
            let done = widgets::icon(Icon::ShieldCheck, 20.0);
            ui.label(done.color(cx.palette().good));
        } else {
            let label = cx.say("profile-words-see");
            let row = ui.horizontal(|ui| widgets::primary_button(ui, cx, &label, true));
            if row.inner.clicked() {
                cx.act(Act::Show(Dialog::Words));
            }
        }
    });
    if !own.words_confirmed && own.unprotected {
        let warning = RichText::new(cx.say("profile-words-unprotected")).small();
        ui.label(warning.color(cx.palette().warn));
    }
}
