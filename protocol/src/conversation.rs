//! Private conversations: what is said becomes rows, in an order that respects what each author had seen.

mod attachments;
pub mod compose;
pub mod effects;
pub mod marks;
pub mod receive;
pub(crate) mod sayable;

pub use compose::command;
pub(crate) use compose::is_repetition;
pub use receive::receive;

use crate::limits;
use crate::message::{ConversationId, MessageRef};
use crate::persist::{ConversationRow, MessageRow, Row, RowKey};
use crate::time::Hlc;
use crate::turn::{Context, Event, When};
use crate::wire::Bounded;

/// Stores a message at its place, and makes it a head of its conversation.
pub(crate) fn insert(cx: &mut Context<'_>, message: MessageRef, row: MessageRow, when: When) {
    let conversation = row.conversation;
    let before = cx.resident.conversation(conversation);
    let mut heads: Vec<_> = before
        .heads
        .into_iter()
        .filter(|(_, head)| !row.seen.contains(head))
        .collect();
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
    // A message that was not there has no whole attachment, unless it was written with one just now.
    cx.resident.absent(RowKey::Attachment(message));
    store(cx, message, row, true, when);
}

/// Stores a message that is new or has changed, and shows it.
pub(crate) fn store(
    cx: &mut Context<'_>,
    message: MessageRef,
    row: MessageRow,
    new: bool,
    when: When,
) {
    cx.put(RowKey::Message(message), Row::Message(row.clone()));
    tell(cx, message, row, new, when);
}

/// Shows a message with its attachment, whose row is in memory. Whoever hears that an attachment is whole reads it from the
/// store, so that is told when it can be found there.
pub(crate) fn tell(
    cx: &mut Context<'_>,
    message: MessageRef,
    row: MessageRow,
    new: bool,
    when: When,
) {
    let attachment = attachments::shown(cx, row.conversation.account(), message);
    let attachment = attachment.ok().flatten();
    let is_whole = attachment.as_ref().is_some_and(|view| view.complete);
    let when = if is_whole { When::Durable } else { when };
    let event = Event::Message {
        message,
        row: Box::new(row),
        new,
        attachment,
    };
    cx.out.event(event, when);
}

/// What an author of a new event here has seen: the heads.
pub(crate) fn seen_now(
    cx: &Context<'_>,
    conversation: ConversationId,
) -> Bounded<MessageRef, { limits::SEEN_MAX }> {
    let mut seen: Vec<_> = cx
        .resident
        .conversation(conversation)
        .heads
        .iter()
        .map(|(_, head)| *head)
        .collect();
    seen.sort_unstable();
    seen.try_into().unwrap_or_default()
}

/// The time of an own new event: later than everything in its conversation. So a message's time alone is its place,
/// after all that its author had seen, in whatever order messages come and whatever clocks say. A clock that is far
/// ahead moves the conversations that it takes part in, and no other: the device's own clock does not follow it.
pub(crate) fn next_time(cx: &mut Context<'_>, conversation: ConversationId) -> Hlc {
    let own = cx.tick();
    own.max(cx.resident.conversation(conversation).last.next())
}

/// What [`next_time`] would say, without giving it.
pub(crate) fn coming_time(cx: &Context<'_>, conversation: ConversationId) -> Hlc {
    let own = cx.next_tick();
    own.max(cx.resident.conversation(conversation).last.next())
}

/// Takes note of a time in a conversation: own events come after it.
pub(crate) fn advance(cx: &mut Context<'_>, conversation: ConversationId, time: Hlc) {
    let row = cx.resident.conversation(conversation);
    if row.last < time {
        let row = ConversationRow { last: time, ..row };
        cx.put(RowKey::Conversation(conversation), Row::Conversation(row));
    }
}
