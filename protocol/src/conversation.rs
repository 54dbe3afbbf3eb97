//! Private conversations: what is said becomes rows, in an order that respects what each author had seen.

pub mod compose;
pub mod effects;
pub mod receive;

pub use compose::command;
pub use receive::receive;

use crate::{
    identity::AccountId,
    limits,
    message::MessageRef,
    persist::{ConversationRow, MessageRow, Row, RowKey},
    time::Hlc,
    turn::{Context, Event, When},
    wire::Bounded,
};

/// Stores a message at its place, and makes it a head of its conversation.
fn insert(cx: &mut Context<'_>, message: MessageRef, row: MessageRow, when: When) {
    let conversation = row.conversation;
    let before = cx.resident.conversation(conversation);
    let mut heads: Vec<_> =
        before.heads.into_iter().filter(|(_, head)| !row.seen.contains(head)).collect();
    heads.push((row.place, message));
    heads.sort_unstable();
    let surplus = heads.len().saturating_sub(limits::SEEN_MAX);
    heads.drain(..surplus);
    let after = ConversationRow {
        heads: Bounded::try_from(heads).unwrap_or_default(),
        last: before.last.max(row.place),
    };
    cx.put(RowKey::Conversation(conversation), Row::Conversation(after));
    cx.put(RowKey::Order(conversation, row.place, message), Row::Order);
    store(cx, message, row, true, when);
}

/// Stores a message that is new or has changed, and shows it.
fn store(cx: &mut Context<'_>, message: MessageRef, row: MessageRow, new: bool, when: When) {
    cx.put(RowKey::Message(message), Row::Message(row.clone()));
    cx.out.event(Event::Message { message, row: Box::new(row), new }, when);
}

/// What an author of a new event here has seen: the heads.
fn seen_now(cx: &Context<'_>, conversation: AccountId) -> Bounded<MessageRef, { limits::SEEN_MAX }> {
    let mut seen: Vec<_> =
        cx.resident.conversation(conversation).heads.iter().map(|(_, head)| *head).collect();
    seen.sort_unstable();
    seen.try_into().unwrap_or_default()
}

/// The place of an own new message: the end.
fn place_at_end(cx: &Context<'_>, conversation: AccountId, hlc: Hlc) -> Hlc {
    hlc.max(cx.resident.last_place(conversation).next())
}
