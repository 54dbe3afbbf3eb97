//! The list of conversations, newest first.

use std::sync::Arc;

use egui::{RichText, ScrollArea, Ui};
use protocol::turn::{ContactStanding, ContactView};

use crate::ask::Act;
use crate::context::Cx;
use crate::model::Model;
use crate::route::Route;
use crate::state::State;

/// What the list knows of itself.
#[derive(Clone, Debug, Default)]
pub struct ContactsState {
    /// What is searched for.
    pub search: String,
}

/// Accepted contacts, those with the newest message first.
#[must_use]
pub fn ordered(model: &Model) -> Vec<&Arc<ContactView>> {
    let mut all = model.contacts(|standing| standing == ContactStanding::Accepted);
    all.sort_by_key(|contact| {
        let chat = model.chats.get(&contact.account);
        let last = chat
            .and_then(|chat| chat.last.as_ref())
            .map(|line| line.position);
        std::cmp::Reverse(last)
    });
    all
}

/// Draws the list.
pub fn contacts_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut State) {
    ScrollArea::vertical().show(ui, |ui| {
        for contact in ordered(cx.model) {
            let here = state.route == Route::Chat(contact.account);
            let name = RichText::new(cx.model.name(contact.account));
            if ui.selectable_label(here, name).clicked() {
                cx.act(Act::Go(Route::Chat(contact.account)));
            }
        }
    });
}
