//! Blocking and removing somebody, said before it is done: what goes, what stays, who hears of it.

use egui::{RichText, Ui};
use lucide_icons::Icon;
use protocol::identity::AccountId;
use protocol::turn::Command;

use crate::ask::{Act, Answer, Mood, Ticket};
use crate::context::Cx;
use crate::route::Route;
use crate::text::Sentence;
use crate::theme::space;
use crate::widgets::{self, danger_button, icon, quiet_button};

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct ConfirmState {
    waiting: Option<Ticket>,
    done: bool,
    fault: Option<Sentence>,
}

impl ConfirmState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        if self.waiting != Some(answer.ticket) {
            return;
        }
        self.waiting = None;
        match &answer.result {
            Ok(_) => self.done = true,
            Err(fault) => self.fault = Some(fault.clone()),
        }
    }
}

/// Draws the dialog.
pub fn confirm_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    account: AccountId,
    block: bool,
    state: &mut ConfirmState,
) {
    let name = cx.model.name(account);
    let named = |key: &str| cx.text.fill(key, [("name", name.clone().into())]);
    if state.done {
        let said = if block {
            "confirm-blocked"
        } else {
            "confirm-removed"
        };
        // Whatever showed this person shows people now.
        cx.act(Act::Go(Route::People));
        cx.act(Act::Toast(Mood::Good, named(said)));
        return;
    }
    let (title, verb, command, facts) = if block {
        let facts = [
            (Icon::EyeOff, "confirm-block-reads"),
            (Icon::Mail, "confirm-waiting"),
            (Icon::BellOff, "confirm-block-untold"),
            (Icon::Undo2, "confirm-block-undo"),
        ];
        (
            "confirm-block-title",
            "contact-block",
            Command::Block(account),
            facts,
        )
    } else {
        let facts = [
            (Icon::UserMinus, "confirm-remove-list"),
            (Icon::Mail, "confirm-waiting"),
            (Icon::MessagesSquare, "confirm-remove-stays"),
            (Icon::Undo2, "confirm-remove-undo"),
        ];
        (
            "confirm-remove-title",
            "contact-remove",
            Command::Remove(account),
            facts,
        )
    };
    super::title_ui(ui, cx, &named(title));
    for (glyph, fact) in facts {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            widgets::decoration(ui, icon(glyph, 17.0).color(cx.palette().text_weak));
            ui.add(egui::Label::new(named(fact)).wrap());
        });
    }
    ui.add_space(space::M);
    ui.horizontal_wrapped(|ui| {
        if danger_button(ui, cx, &cx.say(verb)).clicked() && state.waiting.is_none() {
            state.fault = None;
            state.waiting = Some(cx.command(command));
        }
        if quiet_button(ui, &cx.say("confirm-keep")).clicked() {
            cx.act(Act::CloseDialog);
        }
    });
    if let Some(fault) = &state.fault {
        let label = ui.label(RichText::new(cx.tell(fault)).color(cx.palette().bad));
        widgets::live(&label);
    }
}
