//! Where this node listens, whom it reaches and how, and a way to dial by hand.

use egui::{RichText, TextEdit, Ui};
use lucide_icons::Icon;
use protocol::turn::{ContactStanding, ContactView};

use super::{card, copied, parts};
use crate::ask::{Answer, Ask, Ticket};
use crate::context::Cx;
use crate::screens::parts::{Field, Note};
use crate::text::Sentence;
use crate::theme::{self, space};
use crate::widgets;

/// What this page knows of itself.
#[derive(Clone, Debug, Default)]
pub struct NetworkState {
    /// The address being typed.
    address: String,
    ticket: Option<Ticket>,
    /// How the last call ended.
    ended: Option<Result<(), Sentence>>,
}

impl NetworkState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        if self.ticket == Some(answer.ticket) {
            self.ticket = None;
            self.ended = Some(answer.result.clone().map(drop));
        }
    }
}

/// Draws the page.
pub fn network_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut NetworkState) {
    let Some(own) = &cx.model.own else { return };
    let p = cx.palette();
    if let Some(fault) = &own.store_fault {
        let hint = cx.say("network-store-hint");
        card(ui, cx, &cx.say("network-store"), &hint, |ui| {
            // The store knows more than a sentence for each case: its own words, as a quotation.
            let said = (cx.text).fill("network-store-says", [("what", fault.as_str().into())]);
            widgets::live(&ui.label(RichText::new(said).color(p.bad)));
        });
    }
    reach_ui(ui, cx);
    card(
        ui,
        cx,
        &cx.say("network-listening"),
        &cx.say("network-listening-hint"),
        |ui| {
            if own.listening.is_empty() {
                ui.label(RichText::new(cx.say("network-nowhere")).color(p.warn));
            }
            for address in dialable(&own.listening) {
                copied(ui, cx, address, &cx.say("network-copy"));
            }
        },
    );
    card(ui, cx, "", "", |ui| dial_ui(ui, cx, state));
    card(
        ui,
        cx,
        &cx.say("network-api"),
        &cx.say("network-api-hint"),
        |ui| copied(ui, cx, &own.api, &cx.say("network-copy")),
    );
}

/// What others may dial: without what only this machine can, unless there is nothing else.
fn dialable(listening: &[String]) -> Vec<&String> {
    let is_here = |address: &&String| {
        ["/ip4/127.", "/ip6/::1/", "/ip6/fe80:"]
            .iter()
            .any(|start| address.starts_with(start))
    };
    let (here, mut there): (Vec<_>, Vec<_>) = listening.iter().partition(is_here);
    if there.is_empty() {
        there = here;
    }
    there
}

/// Each contact, and how they are reached, in words.
fn reach_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let contacts = cx
        .model
        .contacts(|standing| standing == ContactStanding::Accepted);
    card(ui, cx, &cx.say("network-reach"), "", |ui| {
        if contacts.is_empty() {
            let none = RichText::new(cx.say("network-no-contacts"));
            ui.label(none.color(cx.palette().text_weak));
        }
        for contact in contacts {
            contact_ui(ui, cx, contact);
        }
    });
}

fn contact_ui(ui: &mut Ui, cx: &Cx<'_>, contact: &ContactView) {
    let p = cx.palette();
    let (up, all) = (contact.reachable.len(), contact.devices.len());
    let words = if up == 0 {
        cx.say("network-out-of-reach")
    } else {
        let blanks = [("up", up.into()), ("all", all.max(up).into())];
        cx.text.fill("network-in-reach", blanks)
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        let avatar = widgets::avatar(ui, cx, contact.account, 32.0);
        widgets::avatar::reach_dot(ui, cx, avatar.rect, up > 0, p.raised);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let name = cx.model.name(contact.account);
            ui.label(RichText::new(name).text_style(theme::strong()));
            ui.label(RichText::new(words).small().color(p.text_weak));
        });
    });
}

/// An address, and how the call ended.
fn dial_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut NetworkState) {
    let (label, hint) = (cx.say("network-dial"), cx.say("network-dial-hint"));
    let said = match (&state.ticket, &state.ended) {
        (Some(_), _) => Some((cx.say("network-dialling"), false)),
        (None, Some(Ok(()))) => Some((cx.say("network-dialled"), false)),
        (None, Some(Err(fault))) => Some((cx.tell(fault), true)),
        (None, None) => None,
    };
    let note = match &said {
        Some((text, true)) => Note::Fault(text),
        Some((text, false)) => Note::Hint(text),
        None => Note::Hint(&hint),
    };
    let field = Field {
        label: &label,
        note,
        focus: false,
    };
    let edit = TextEdit::singleline(&mut state.address).char_limit(512);
    let response = parts::field(ui, cx, field, edit);
    if response.changed() {
        state.ended = None;
    }
    let entered = parts::entered(ui, &response);
    let ready = state.ticket.is_none() && !state.address.trim().is_empty();
    let clicked = ui
        .horizontal(|ui| {
            let clicked = widgets::primary_button(ui, cx, &cx.say("network-call"), ready).clicked();
            if matches!(state.ended, Some(Ok(()))) && state.ticket.is_none() {
                widgets::decoration(
                    ui,
                    widgets::icon(Icon::Check, 18.0).color(cx.palette().good),
                );
            }
            clicked
        })
        .inner;
    if (clicked || entered) && ready {
        let ticket = cx.ticket();
        state.ticket = Some(ticket);
        cx.ask(Ask::Dial(ticket, state.address.trim().to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_machine_can_dial_is_not_offered() {
        let listening = [
            "/ip4/127.0.0.1/tcp/1",
            "/ip4/192.168.1.2/tcp/1",
            "/ip6/fe80::1/tcp/1",
        ];
        let listening = listening.map(str::to_owned);
        assert_eq!(dialable(&listening), [&listening[1]]);
        assert_eq!(dialable(&listening[..1]), [&listening[0]]);
    }
}
