//! What is asked for under a key, and again under the same: the very same is done once, and another is refused.

use crate::community::channel::direct;
use crate::content::ChannelEvent;
use crate::conversation;
use crate::message::MessageRef;
use crate::persist::{MessageContent, MessageRow, Row, RowKey};
use crate::turn::{Context, Missing};

/// Whether a row keeps what an event says, so that it is known again.
pub(super) fn is_kept(event: &ChannelEvent) -> bool {
    direct(event).is_some()
}

/// Whether this row, which bears the name of what is asked for under a key, stands for the very same.
pub(super) fn is_repetition(row: &MessageRow, name: MessageRef, event: &ChannelEvent) -> bool {
    direct(event).is_none_or(|event| conversation::is_repetition(row, name, &event))
}

/// Keeps what an own edit, deletion or reaction said that was asked for under a key.
///
/// # Errors
/// Never: its row was just written.
pub(super) fn remember_asked(
    cx: &mut Context<'_>,
    name: MessageRef,
    event: &ChannelEvent,
) -> Result<(), Missing> {
    let row = cx.resident.message(name)?.cloned();
    let row = row.filter(|row| row.content == MessageContent::Step);
    if let (Some(row), Some(event)) = (row, direct(event)) {
        let content = MessageContent::Effect(event);
        cx.put(
            RowKey::Message(name),
            Row::Message(MessageRow { content, ..row }),
        );
    }
    Ok(())
}
