//! The list of conversations, newest first, under a search field and the requests that wait.

pub mod reach;
pub mod requests;
pub mod row;

use std::sync::Arc;

use egui::{EventFilter, Key, Layout, Modifiers, Response, RichText, ScrollArea, TextEdit, Ui};
use lucide_icons::Icon;
use protocol::identity::AccountId;
use protocol::turn::{ContactStanding, ContactView};

use crate::ask::Act;
use crate::context::Cx;
use crate::model::Model;
use crate::route::{Dialog, Route};
use crate::state::State;
use crate::theme::{self, space};
use crate::widgets::{self, icon, icon_button};

/// What the list knows of itself.
#[derive(Clone, Debug, Default)]
pub struct ContactsState {
    /// What is searched for.
    pub search: String,
    /// Where the list stood when it was last drawn: offset and height.
    view: (f32, f32),
    /// The offset that the keyboard wants next.
    scroll_to: Option<f32>,
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

/// Those of them whose name, given or own, holds what is searched for.
#[must_use]
pub fn found<'a>(model: &'a Model, search: &str) -> Vec<&'a Arc<ContactView>> {
    let wanted = search.trim().to_lowercase();
    let mut all = ordered(model);
    if !wanted.is_empty() {
        all.retain(|contact| {
            let given = contact.name.as_str().to_lowercase();
            given.contains(&wanted) || model.name(contact.account).to_lowercase().contains(&wanted)
        });
    }
    all
}

/// Draws the list.
pub fn contacts_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut State) {
    ui.spacing_mut().item_spacing.y = 0.0;
    header_ui(ui, cx);
    let all = ordered(cx.model);
    let search = search_ui(ui, cx, &mut state.contacts, !all.is_empty());
    requests::requests_ui(ui, cx, &mut state.people);
    let shown = found(cx.model, &state.contacts.search);
    if shown.is_empty() {
        empty_ui(ui, cx, !all.is_empty());
        // Where people stand beside the list already, a button that leads there would do nothing.
        if all.is_empty() && (cx.narrow || state.route != Route::People) {
            find_ui(ui, cx);
        }
        return;
    }
    if let Some(search) = search {
        from_search(ui, cx, &search, &shown);
    }
    list_ui(ui, cx, state, &shown);
}

fn header_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let margin = egui::Margin {
        left: 16,
        right: 8,
        top: 10,
        bottom: 6,
    };
    egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.horizontal(|ui| {
            let title = RichText::new(cx.say("rail-conversations")).text_style(theme::title());
            ui.label(title);
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let label = cx.say("contacts-add");
                if icon_button(ui, cx, Icon::UserPlus, &label).clicked() {
                    cx.act(Act::Show(Dialog::AddContact {
                        link: String::new(),
                    }));
                }
            });
        });
    });
}

/// The search field, where there is something to search.
fn search_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut ContactsState, any: bool) -> Option<Response> {
    if !any {
        return None;
    }
    let margin = egui::Margin {
        left: 12,
        right: 12,
        top: 0,
        bottom: 8,
    };
    let field = egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        let glass = icon(Icon::Search, 15.0).color(cx.palette().text_weak);
        let field = ui.add(
            TextEdit::singleline(&mut state.search)
                .id(search_id())
                .prefix(glass)
                .hint_text(cx.say("contacts-search"))
                .margin(egui::Margin::symmetric(10, 7))
                .desired_width(f32::INFINITY),
        );
        named(&field, &cx.say("contacts-search"));
        field
    });
    Some(field.inner)
}

/// The field to search in, for the key that goes there.
#[must_use]
pub fn search_id() -> egui::Id {
    egui::Id::unique("contacts search")
}

/// Gives a field its name for those who hear it; what it holds stays its value.
pub fn named(field: &Response, name: &str) {
    field
        .ctx
        .accesskit_node_builder(field.id, |node| node.set_label(name));
}

/// From the field, Enter opens the first conversation and the arrow goes into the list.
fn from_search(ui: &Ui, cx: &Cx<'_>, field: &Response, shown: &[&Arc<ContactView>]) {
    let Some(first) = shown.first() else { return };
    if field.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowDown))
    {
        ui.memory_mut(|memory| memory.request_focus(row::id(first.account)));
    }
    if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        open(cx, first.account);
    }
}

fn open(cx: &Cx<'_>, account: AccountId) {
    cx.act(Act::Go(Route::Chat(account)));
    cx.act(Act::FocusComposer);
}

fn list_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut State, shown: &[&Arc<ContactView>]) {
    let mut area = ScrollArea::vertical().auto_shrink(false);
    if let Some(offset) = state.contacts.scroll_to.take() {
        area = area.vertical_scroll_offset(offset);
    }
    let output = area.show_rows(ui, row::HEIGHT, shown.len(), |ui, rows| {
        let first = rows.start;
        for (number, contact) in shown.iter().enumerate().skip(first).take(rows.len()) {
            let account = contact.account;
            let here = state.route == Route::Chat(account);
            let draft = draft(cx, state, account, here);
            let response = row::row_ui(ui, cx, account, here, draft);
            if response.has_focus() {
                walk(ui, &mut state.contacts, shown, number);
            }
            if response.clicked() {
                open(cx, account);
            }
            response.context_menu(|ui| menu_ui(ui, cx, account));
        }
    });
    state.contacts.view = (output.state.clamped_offset().y, output.inner_rect.height());
}

/// What is being written to somebody, where it is not before the person's eyes anyway.
fn draft<'a>(cx: &'a Cx<'_>, state: &'a State, account: AccountId, here: bool) -> &'a str {
    if here {
        return "";
    }
    let kept = cx
        .model
        .chats
        .get(&account)
        .map_or("", |chat| chat.draft.as_str());
    let composer = state.composers.get(&account);
    composer.map_or(kept, |composer| composer.text.as_str())
}

/// The arrows walk from row to row, and the list follows.
fn walk(ui: &Ui, state: &mut ContactsState, shown: &[&Arc<ContactView>], from: usize) {
    let Some(here) = shown.get(from) else { return };
    let arrows = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(row::id(here.account), arrows));
    let last = shown.len().saturating_sub(1);
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let to = if pressed(Key::ArrowDown) {
        from.saturating_add(1).min(last)
    } else if pressed(Key::ArrowUp) {
        from.saturating_sub(1)
    } else if pressed(Key::Home) {
        0
    } else if pressed(Key::End) {
        last
    } else {
        return;
    };
    let Some(there) = shown.get(to) else { return };
    ui.memory_mut(|memory| memory.request_focus(row::id(there.account)));
    let top = f32::from(u16::try_from(to).unwrap_or(u16::MAX)) * row::HEIGHT;
    let (offset, height) = state.view;
    if top < offset {
        state.scroll_to = Some(top);
    } else if top + row::HEIGHT > offset + height {
        state.scroll_to = Some(top + row::HEIGHT - height);
    }
}

/// What can be done with a conversation.
fn menu_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId) {
    let entry = |ui: &mut Ui, label: String| ui.button(label).clicked();
    if entry(ui, cx.say("contact-open")) {
        open(cx, account);
    }
    if entry(ui, cx.say("contact-petname")) {
        cx.act(Act::Show(Dialog::Petname(account)));
    }
    if entry(ui, cx.say("contact-safety")) {
        cx.act(Act::Show(Dialog::Safety(account)));
    }
    ui.separator();
    let bad = cx.palette().bad;
    if ui
        .button(RichText::new(cx.say("contact-block")).color(bad))
        .clicked()
    {
        cx.act(Act::Show(Dialog::Block(account)));
    }
    if ui
        .button(RichText::new(cx.say("contact-remove")).color(bad))
        .clicked()
    {
        cx.act(Act::Show(Dialog::Remove(account)));
    }
}

/// Nothing to show: nobody is called that, or nobody is there yet.
fn empty_ui(ui: &mut Ui, cx: &Cx<'_>, searched: bool) {
    let margin = egui::Margin::symmetric(20, 0);
    egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        if searched {
            widgets::empty(
                ui,
                Icon::SearchX,
                &cx.say("contacts-none-found"),
                &cx.say("contacts-none-found-hint"),
            );
            return;
        }
        widgets::empty(
            ui,
            Icon::MessagesSquare,
            &cx.say("contacts-empty"),
            &cx.say("contacts-empty-hint"),
        );
    });
}

/// The one step from an empty list.
fn find_ui(ui: &mut Ui, cx: &Cx<'_>) {
    ui.add_space(space::M);
    ui.vertical_centered(|ui| {
        if widgets::primary_button(ui, cx, &cx.say("contacts-empty-step"), true).clicked() {
            cx.act(Act::Go(Route::People));
        }
    });
}

#[cfg(test)]
mod tests;
