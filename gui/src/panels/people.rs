//! People: who is near, who asks, whom we asked.

use egui::Ui;
use protocol::turn::{Command, ContactStanding, Whom};

use crate::ask::Answer;
use crate::context::Cx;

/// What this screen knows of itself.
#[derive(Clone, Debug, Default)]
pub struct PeopleState {}

impl PeopleState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// Draws the screen.
pub fn people_ui(ui: &mut Ui, cx: &Cx<'_>, _state: &mut PeopleState) {
    let Some(view) = &cx.model.view else { return };
    for nearby in view.nearby.values() {
        if ui.button(cx.model.name(nearby.account)).clicked() {
            let _ticket = cx.command(Command::Request(Whom::Account(nearby.account)));
        }
    }
    for contact in cx
        .model
        .contacts(|standing| standing == ContactStanding::Asks)
    {
        if ui.button(cx.model.name(contact.account)).clicked() {
            let _ticket = cx.command(Command::Accept(contact.account));
        }
    }
}
