//! The line at the bottom: who is in reach, what waits, and what is wrong, in words.

use egui::text::LayoutJob;
use egui::{Align, Button, Color32, FontSelection, Label, RichText, TextWrapMode, Ui};
use lucide_icons::Icon;
use protocol::persist::Delivery;
use protocol::turn::ContactStanding;

use crate::ask::Act;
use crate::context::Cx;
use crate::model::{Chat, Line};
use crate::panels::contacts;
use crate::route::{Dialog, Route, Section};
use crate::state::State;
use crate::theme::radius;
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
        if link_ui(ui, cx, (Icon::Radio, colour), &words, p.text_weak) {
            cx.act(Act::Go(Route::Settings(Section::Network)));
        }
        let waiting = waiting(cx);
        if waiting > 0 {
            let words = cx.text.fill("status-waiting", [("count", waiting.into())]);
            words_ui(ui, (Icon::Clock, p.text_weak), &words, p.text_weak);
        }
        if own.store_fault.is_some() {
            let words = cx.say("status-not-stored");
            words_ui(ui, (Icon::HardDrive, p.bad), &words, p.bad);
        }
        if own.unprotected {
            let words = cx.say("status-unprotected");
            words_ui(ui, (Icon::LockOpen, p.warn), &words, p.text_weak);
        }
        if !own.words_confirmed {
            let words = cx.say("status-words");
            if link_ui(ui, cx, (Icon::KeyRound, p.warn), &words, p.accent_text) {
                cx.act(Act::Show(Dialog::Words));
            }
        }
    });
}

/// A sign and its words, which stay on one line as long as a line can hold them. Answers the layout and whether it can.
fn together(
    ui: &Ui,
    (glyph, colour): (Icon, Color32),
    words: &str,
    ink: Color32,
) -> (LayoutJob, TextWrapMode) {
    let mut job = LayoutJob::default();
    let (style, font) = (ui.style(), FontSelection::Default);
    icon(glyph, 14.0)
        .color(colour)
        .append_to(&mut job, style, font.clone(), Align::Center);
    RichText::new(format!("\u{a0}\u{a0}{words}"))
        .small()
        .color(ink)
        .append_to(&mut job, style, font, Align::Center);
    let width = ui.fonts_mut(|fonts| fonts.layout_job(job.clone())).size().x;
    let wrap = if width <= ui.max_rect().width() {
        TextWrapMode::Extend
    } else {
        TextWrapMode::Wrap
    };
    (job, wrap)
}

fn words_ui(ui: &mut Ui, sign: (Icon, Color32), words: &str, ink: Color32) {
    let (job, wrap) = together(ui, sign, words, ink);
    let label = ui.add(Label::new(job).wrap_mode(wrap));
    label
        .ctx
        .accesskit_node_builder(label.id, |node| node.set_value(words));
}

fn link_ui(ui: &mut Ui, cx: &Cx<'_>, sign: (Icon, Color32), words: &str, ink: Color32) -> bool {
    let (job, wrap) = together(ui, sign, words, ink);
    let button = ui.add(Button::new(job).frame(false).wrap_mode(wrap));
    contacts::named(&button, words);
    // Without a frame nothing else shows where the keyboard is.
    if button.has_focus() {
        let stroke = egui::Stroke::new(2.0, cx.palette().accent);
        let around = button.rect.expand(3.0);
        ui.painter()
            .rect_stroke(around, radius::S, stroke, egui::StrokeKind::Inside);
    }
    button.clicked()
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
