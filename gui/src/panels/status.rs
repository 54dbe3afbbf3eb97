//! The line at the bottom: who is in reach, what waits, and what is wrong, in words.

use egui::{RichText, Ui};
use lucide_icons::Icon;
use protocol::persist::Delivery;
use protocol::turn::ContactStanding;

use crate::ask::Act;
use crate::context::Cx;
use crate::model::{Chat, Line};
use crate::route::{Dialog, Route, Section};
use crate::state::State;
use crate::widgets::icon;

/// Draws the status line.
pub fn status_ui(ui: &mut Ui, cx: &Cx<'_>, _state: &State) {
    let p = cx.palette();
    let Some(own) = &cx.model.own else { return };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        let reached = cx
            .model
            .contacts(|standing| standing == ContactStanding::Accepted);
        let count = reached
            .iter()
            .filter(|contact| !contact.reachable.is_empty())
            .count();
        let (colour, words) = if count == 0 {
            (p.text_weak, cx.say("status-here-alone"))
        } else {
            (
                p.good,
                cx.text.fill("status-reached", [("count", count.into())]),
            )
        };
        ui.label(icon(Icon::Radio, 14.0).color(colour));
        let link = egui::Button::new(RichText::new(words).small().color(p.text_weak)).frame(false);
        if ui.add(link).clicked() {
            cx.act(Act::Go(Route::Settings(Section::Network)));
        }
        let waiting = waiting(cx);
        if waiting > 0 {
            let words = cx.text.fill("status-waiting", [("count", waiting.into())]);
            ui.label(icon(Icon::Clock, 14.0).color(p.text_weak));
            ui.label(RichText::new(words).small().color(p.text_weak));
        }
        if own.store_fault.is_some() {
            ui.label(icon(Icon::HardDrive, 14.0).color(p.bad));
            ui.label(
                RichText::new(cx.say("status-not-stored"))
                    .small()
                    .color(p.bad),
            );
        }
        if own.unprotected {
            ui.label(icon(Icon::LockOpen, 14.0).color(p.warn));
            ui.label(
                RichText::new(cx.say("status-unprotected"))
                    .small()
                    .color(p.text_weak),
            );
        }
        if !own.words_confirmed {
            ui.label(icon(Icon::KeyRound, 14.0).color(p.warn));
            let link = egui::Button::new(
                RichText::new(cx.say("status-words"))
                    .small()
                    .color(p.accent_text),
            )
            .frame(false);
            if ui.add(link).clicked() {
                cx.act(Act::Show(Dialog::Words));
            }
        }
    });
}

/// Own messages in memory that no device of theirs has yet.
fn waiting(cx: &Cx<'_>) -> usize {
    let waits = |line: &Line| {
        let delivery = line.row.as_ref().map(|row| &row.delivery[..]);
        let delivery = delivery.unwrap_or_default();
        let queued = delivery.iter().any(|(_, how)| *how == Delivery::Queued);
        queued && !delivery.iter().any(|(_, how)| *how == Delivery::Reached)
    };
    let in_chat = |chat: &Chat| {
        let last = chat.last.iter().filter(|_| chat.window.is_empty());
        let lines = chat.window.iter().chain(last);
        lines.filter(|line| waits(line)).count()
    };
    cx.model.chats.values().map(|chat| in_chat(chat)).sum()
}
