//! A name of one's own for somebody: seen here only.

use egui::{Key, TextEdit, Ui};
use protocol::identity::AccountId;

use crate::ask::{Act, Answer, Ask};
use crate::context::Cx;
use crate::text::clean;
use crate::theme::space;
use crate::widgets::{self, primary_button, quiet_button};

/// What this dialog knows of itself.
#[derive(Clone, Debug, Default)]
pub struct PetnameState {
    /// What stands in the field; none before it is first drawn.
    field: Option<String>,
}

impl PetnameState {
    /// Something that was asked for ended.
    pub fn answered(&mut self, _answer: &Answer) {}
}

/// Draws the dialog.
pub fn petname_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut PetnameState) {
    let before = cx.model.petnames.get(&account).cloned().unwrap_or_default();
    let first = state.field.is_none();
    let field = state.field.get_or_insert_with(|| before.clone());
    super::title_ui(ui, cx, &cx.say("petname-title"));
    let given = cx
        .model
        .contact(account)
        .map(|contact| clean::name(contact.name.as_str()));
    let given = given.unwrap_or_default();
    ui.label(
        cx.text
            .fill("petname-how", [("name", given.clone().into())]),
    );
    ui.add_space(space::S);
    let hint = cx.say("petname-empty");
    let label = cx.say("petname-field");
    let response = widgets::labelled(ui, &label, Some((&hint, false)), |ui| {
        ui.add(
            TextEdit::singleline(field)
                .char_limit(clean::NAME_LETTERS_MAX)
                .hint_text(given)
                .margin(egui::Margin::symmetric(10, 7))
                .desired_width(f32::INFINITY),
        )
    });
    crate::panels::contacts::named(&response, &label);
    if first {
        response.request_focus();
    }
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    ui.add_space(space::M);
    ui.horizontal_wrapped(|ui| {
        if primary_button(ui, cx, &cx.say("petname-keep"), true).clicked() || entered {
            let chosen = clean::name(field);
            if chosen != before {
                cx.ask(Ask::Petname(account, chosen));
            }
            cx.act(Act::CloseDialog);
        }
        if quiet_button(ui, &cx.say("petname-cancel")).clicked() {
            cx.act(Act::CloseDialog);
        }
    });
}
