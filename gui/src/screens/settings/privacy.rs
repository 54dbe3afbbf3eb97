//! Who sees what. The core keeps these, so they hold for every program that runs this profile.

use egui::Ui;
use protocol::privacy::{Presence, Privacy};
use protocol::turn::Command;

use super::{card, parts};
use crate::ask::{Answer, Ticket};
use crate::context::Cx;
use crate::screens::parts::Note;
use crate::text::Sentence;

/// What this page knows of itself.
#[derive(Clone, Debug, Default)]
pub struct PrivacyState {
    ticket: Option<Ticket>,
    fault: Option<Sentence>,
}

impl PrivacyState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        if self.ticket == Some(answer.ticket) {
            self.ticket = None;
            self.fault = answer.result.as_ref().err().cloned();
        }
    }
}

/// Draws the page.
pub fn privacy_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut PrivacyState) {
    let Some(view) = &cx.model.view else { return };
    let now = view.privacy;
    let mut next = now;
    if let Some(fault) = &state.fault {
        parts::note(ui, cx, Note::Fault(&cx.tell(fault)));
    }
    card(
        ui,
        cx,
        &cx.say("privacy-presence"),
        &cx.say("privacy-presence-hint"),
        |ui| {
            let choices = [
                (Presence::Online, cx.say("privacy-online")),
                (Presence::Away, cx.say("privacy-away")),
                (Presence::Invisible, cx.say("privacy-invisible")),
            ];
            if let Some(presence) = parts::segmented(ui, cx, now.presence, &choices) {
                next.presence = presence;
            }
        },
    );
    card(ui, cx, "", "", |ui| {
        for (words, on) in [
            (
                (cx.say("privacy-typing"), cx.say("privacy-typing-hint")),
                &mut next.send_typing,
            ),
            (
                (cx.say("privacy-read"), cx.say("privacy-read-hint")),
                &mut next.send_read_marks,
            ),
            (
                (cx.say("privacy-nearby"), cx.say("privacy-nearby-hint")),
                &mut next.visible_nearby,
            ),
        ] {
            parts::switch(ui, cx, (&words.0, &words.1), on);
        }
    });
    if next != now {
        state.fault = None;
        state.ticket = Some(cx.command(command(now, next)));
    }
}

/// Presence alone is a command of its own; the rest is told as a whole.
fn command(now: Privacy, next: Privacy) -> Command {
    if now.presence == next.presence {
        Command::SetPrivacy(next)
    } else {
        Command::SetPresence(next.presence)
    }
}
