//! Where messages are written. What stands here is kept until it is sent and stored.
//!
//! Parts: `field` (writing), `strip` (answering, changing), `files` (pictures and files), `outbox` (what is under
//! way, so that nothing is doubled or lost), `draft` (kept while writing), `completion` (`:smile`).

mod completion;
mod draft;
mod field;
mod files;
mod outbox;
mod strip;

use std::collections::BTreeMap;

use egui::{RichText, Ui};
use lucide_icons::Icon;
use protocol::identity::AccountId;
use protocol::limits::TEXT_CHARS_MAX;
use protocol::message::MessageRef;
use protocol::persist::{MessageContent, Trust};
use protocol::turn::{Command, ContactStanding};

use self::completion::Completion;
use self::draft::Draft;
use self::files::Files;
use self::outbox::{Outbox, Parcel};
use crate::ask::Answer;
use crate::context::Cx;
use crate::model::Model;
use crate::text::Sentence;
use crate::theme::{radius, space};
use crate::widgets;
use crate::widgets::emoji_picker::PickerState;

/// What a composer knows of itself.
#[derive(Debug, Default)]
pub struct ComposerState {
    /// What is being written.
    pub text: String,
    /// The message answered.
    pub reply_to: Option<MessageRef>,
    /// The own message being changed.
    pub editing: Option<MessageRef>,
    /// Whether the writing cursor is wanted here.
    pub wants_focus: bool,
    /// Another text stands here: the writing cursor belongs behind it.
    to_end: bool,
    /// Picking an emoji.
    picker: PickerState,
    completion: Completion,
    draft: Draft,
    files: Files,
    outbox: Outbox,
    /// What was written before a message began to be changed.
    aside: String,
    /// What went wrong.
    fault: Option<Sentence>,
    /// Send again once the answer is there: Enter was pressed meanwhile.
    send_next: bool,
    /// The last frame in which it was drawn.
    seen_in: Option<u64>,
}

impl ComposerState {
    /// Answers a message.
    pub fn reply(&mut self, message: MessageRef) {
        self.stop_editing();
        self.reply_to = Some(message);
        self.wants_focus = true;
    }

    /// Changes an own message.
    pub fn edit(&mut self, model: &Model, account: AccountId, message: MessageRef) {
        let Some(body) = body_of(model, account, message) else {
            return;
        };
        if self.editing.is_none() {
            self.aside = std::mem::take(&mut self.text);
        }
        self.text = body;
        self.to_end = true;
        self.editing = Some(message);
        self.reply_to = None;
        self.wants_focus = true;
    }

    /// Leaves a change; what was written before it comes back.
    fn stop_editing(&mut self) {
        if self.editing.take().is_some() {
            self.text = std::mem::take(&mut self.aside);
            self.to_end = true;
            self.fault = None;
        }
    }

    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        let Some(parcel) = self.outbox.answered(answer) else {
            return;
        };
        match &answer.result {
            Ok(_) => self.stored(&parcel),
            Err(why) => {
                self.fault = Some(why.clone());
                self.send_next = false;
            }
        }
    }

    /// A parcel is stored: only now what it was made of may go.
    fn stored(&mut self, parcel: &Parcel) {
        if let Some(file) = parcel.file {
            self.files.remove(file);
        }
        if parcel.editing.is_some() {
            if self.editing == parcel.editing {
                self.stop_editing();
            }
        } else if let Some(rest) = self.text.strip_prefix(&parcel.written) {
            // Written on meanwhile: that stays.
            self.text = rest.trim_start_matches('\n').to_owned();
        }
        if self.reply_to == parcel.reply_to {
            self.reply_to = None;
        }
        self.fault = None;
    }

    /// What is written for later: never the changed text of an old message.
    fn unsent(&self) -> &str {
        if self.editing.is_some() {
            &self.aside
        } else {
            &self.text
        }
    }
}

/// The text of an own message that can be changed.
fn body_of(model: &Model, account: AccountId, message: MessageRef) -> Option<String> {
    let chat = model.chats.get(&account)?;
    let line = chat.window.iter().find(|line| line.id() == message)?;
    match &line.row.as_ref()?.content {
        MessageContent::Text { versions, .. } => {
            versions.last().map(|last| last.body.as_str().to_owned())
        }
        _ => None,
    }
}

/// The last own message that can be changed.
fn last_own(model: &Model, account: AccountId) -> Option<MessageRef> {
    let (own, chat) = (model.own.as_ref()?, model.chats.get(&account)?);
    let is_own = |row: &protocol::persist::MessageRow| {
        row.account == own.account && matches!(row.content, MessageContent::Text { .. })
    };
    let newest_first = chat.window.iter().rev();
    let mut found = newest_first.filter(|line| line.row.as_deref().is_some_and(is_own));
    found.next().map(|line| line.id())
}

/// Why nothing can be written to somebody: the key of a sentence.
fn hindrance(model: &Model, account: AccountId) -> Option<&'static str> {
    let Some(contact) = model.contact(account) else {
        return Some("composer-stranger");
    };
    match (contact.standing, contact.trust) {
        (ContactStanding::Accepted, Trust::Changed) => Some("composer-changed"),
        (ContactStanding::Accepted, _) => None,
        (ContactStanding::Asks, _) => Some("composer-asks"),
        (ContactStanding::Asked | ContactStanding::Asking, _) => Some("composer-asked"),
        (ContactStanding::Blocked, _) => Some("composer-blocked"),
    }
}

/// Draws the composer.
pub fn composer_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut ComposerState) {
    let now = ui.ctx().cumulative_frame_nr();
    let last = state.seen_in.replace(now);
    if last.is_none_or(|last| now > last + 1) {
        // Whoever comes to a conversation wants to write in it.
        state.wants_focus = true;
    }
    state.to_end |= state.draft.restore(cx, account, &mut state.text);
    if let Some(why) = hindrance(cx.model, account) {
        hindered_ui(ui, cx, account, why);
        return;
    }
    state.files.take_in(ui, &mut state.fault);
    let before = state.text.len();
    strip::strip_ui(ui, cx, account, state);
    state.files.strip_ui(ui, cx);
    let wants_send = field::field_ui(ui, cx, account, state);
    below_ui(ui, cx, state);
    if wants_send || (state.send_next && !state.outbox.is_busy()) {
        send(cx, account, state);
    }
    if state.text.len() != before && state.editing.is_none() {
        typing(cx, account, state);
    }
    let unsent = state.unsent().to_owned();
    state.draft.follow(ui, cx, account, &unsent);
}

/// Keeps what is written in conversations that are left. `here`: the one that is on screen.
pub fn leave(
    cx: &Cx<'_>,
    composers: &mut BTreeMap<AccountId, ComposerState>,
    here: Option<AccountId>,
) {
    for (account, state) in composers {
        if here != Some(*account) && state.seen_in.is_some() {
            let unsent = state.unsent().to_owned();
            state.draft.keep(cx, *account, &unsent);
        }
    }
}

/// Tells that somebody writes, as far as they let others know. The core says it no oftener than it must.
fn typing(cx: &Cx<'_>, account: AccountId, state: &ComposerState) {
    let may = (cx.model.view.as_ref()).is_some_and(|view| view.privacy.send_typing);
    if may && !state.text.trim().is_empty() {
        let _unanswered = cx.command(Command::Typing { to: account });
    }
}

/// Why nobody can write here. The way out stands above the messages.
fn hindered_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, why: &str) {
    let p = cx.palette();
    egui::Frame::new()
        .fill(p.ground_list)
        .stroke(egui::Stroke::new(1.0, p.line))
        .corner_radius(radius::L)
        .inner_margin(egui::Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                let (glyph, colour) = if why == "composer-changed" {
                    (Icon::ShieldAlert, p.warn)
                } else {
                    (Icon::Lock, p.text_weak)
                };
                widgets::decoration(ui, widgets::icon(glyph, 18.0).color(colour));
                let name = cx.model.name(account);
                let says = cx.text.fill(why, [("name", name.into())]);
                let label = ui.add(egui::Label::new(says).wrap());
                widgets::live(&label);
            });
        });
}

/// What a message says when it is sent: no blank lines around it.
fn body(text: &str) -> &str {
    text.trim_end().trim_start_matches(['\n', '\r'])
}

/// Characters over the limit, or under it: `Err` says how many are too many.
fn room(text: &str) -> Result<usize, usize> {
    let count = body(text).chars().count();
    TEXT_CHARS_MAX
        .checked_sub(count)
        .ok_or_else(|| count.saturating_sub(TEXT_CHARS_MAX))
}

/// Under the field: what went wrong, and how much room is left once that matters.
fn below_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut ComposerState) {
    /// Characters left from which on they are counted.
    const COUNTED: usize = 400;
    let p = cx.palette();
    let counter = match room(&state.text) {
        Ok(left) if left <= COUNTED => {
            let text = cx.text.fill("composer-left", [("count", left.into())]);
            Some((text, p.text_weak))
        }
        Ok(_) => None,
        Err(over) => {
            let text = cx.text.fill("composer-over", [("count", over.into())]);
            Some((text, p.bad))
        }
    };
    if counter.is_none() && state.fault.is_none() {
        return;
    }
    ui.add_space(space::XS);
    if let Some((text, colour)) = counter {
        let label = ui.label(RichText::new(text).small().color(colour));
        if colour == p.bad {
            widgets::live(&label);
        }
    }
    if let Some(fault) = &state.fault {
        let text = Sentence::from("composer-fault").with("why", fault.clone());
        let label = ui.label(RichText::new(cx.tell(&text)).small().color(p.bad));
        widgets::live(&label);
    }
}

/// Sends what is written. Nothing of it goes away before the answer.
fn send(cx: &Cx<'_>, account: AccountId, state: &mut ComposerState) {
    if state.outbox.is_busy() {
        state.send_next = true;
        return;
    }
    state.send_next = false;
    if room(&state.text).is_err() || state.files.is_preparing() {
        return;
    }
    let said = body(&state.text);
    if let Some(target) = state.editing {
        if body_of(cx.model, account, target).is_some_and(|old| old == said) {
            state.stop_editing();
        } else if !said.trim().is_empty() {
            let parcel = Parcel {
                editing: Some(target),
                ..Parcel::new(said, &state.text)
            };
            state.outbox.send(cx, account, vec![(parcel, None)]);
        }
        return;
    }
    let mut parcels = Vec::new();
    for (id, name, ready) in state.files.ready() {
        // The first carries what is written, and what it answers; the others go by their names.
        let first = parcels.is_empty();
        let parcel = if first && !said.trim().is_empty() {
            Parcel::new(said, &state.text)
        } else {
            Parcel::new(name, "")
        };
        let reply_to = state.reply_to.filter(|_| first);
        let parcel = Parcel {
            file: Some(id),
            reply_to,
            ..parcel
        };
        parcels.push((parcel, Some(ready)));
    }
    if parcels.is_empty() && !said.trim().is_empty() {
        let parcel = Parcel {
            reply_to: state.reply_to,
            ..Parcel::new(said, &state.text)
        };
        parcels.push((parcel, None));
    }
    if !parcels.is_empty() {
        state.fault = None;
        state.outbox.send(cx, account, parcels);
    }
}

#[cfg(test)]
mod tests;
