//! Conversations in memory: windows onto what the store holds. Pure, so that a test can hold them against a plain list.

use std::sync::Arc;

use node::store::{Page, Position};
use protocol::message::MessageRef;
use protocol::persist::{MessageContent, MessageRow};
use protocol::turn::AttachmentView;

use crate::ask::Edge;
use crate::model::{Chat, HEARD_MAX, Line, WINDOW_MAX};

/// Whether a row is something that people see.
pub(super) const fn is_shown(row: &MessageRow) -> bool {
    matches!(
        row.content,
        MessageContent::Text { .. } | MessageContent::Deleted
    )
}

/// A message that is new or has changed. Answers whether it is new in this chat's memory.
pub fn absorb(
    chat: &mut Chat,
    message: MessageRef,
    row: &MessageRow,
    attachment: Option<&AttachmentView>,
) -> bool {
    if !is_shown(row) {
        return false;
    }
    let line = Arc::new(Line {
        position: (row.place, message),
        row: Some(Box::new(row.clone())),
        attachment: attachment.cloned(),
    });
    hear(chat, &line);
    if chat
        .last
        .as_ref()
        .is_none_or(|last| last.position <= line.position)
    {
        chat.last = Some(Arc::clone(&line));
    }
    match chat
        .window
        .binary_search_by(|other| other.position.cmp(&line.position))
    {
        Ok(at) => {
            if let Some(slot) = chat.window.get_mut(at) {
                *slot = line;
            }
            false
        }
        Err(at) => {
            let before = at == 0 && (chat.more_before || chat.window.is_empty());
            let after = at == chat.window.len() && chat.more_after;
            // An empty window shows nothing yet: its first page will bring the message.
            if !before && !after {
                chat.window.insert(at, line);
                trim(chat, Edge::Before);
            }
            true
        }
    }
}

/// The newest page: the window begins anew with it.
pub(super) fn latest(chat: &mut Chat, page: Page) {
    chat.more_before = page.more;
    chat.more_after = false;
    chat.window = lines(page);
    add_heard(chat);
    if let Some(last) = chat.window.last() {
        chat.last = Some(Arc::clone(last));
    }
}

/// Remembers what was told of a message, in place of what was told of it before.
fn hear(chat: &mut Chat, line: &Arc<Line>) {
    chat.heard.retain(|known| known.id() != line.id());
    if chat.heard.len() >= HEARD_MAX {
        chat.heard.remove(0);
    }
    chat.heard.push(Arc::clone(line));
}

/// Puts what was told into a window that was just read, as far as it belongs there: the store may not have it yet.
fn add_heard(chat: &mut Chat) {
    let (first, last) = (chat.window.first(), chat.window.last());
    let (first, last) = (
        first.map(|line| line.position),
        last.map(|line| line.position),
    );
    for line in chat.heard.clone() {
        let place = line.position;
        let is_before = chat.more_before && first.is_none_or(|first| place < first);
        let is_after = chat.more_after && last.is_none_or(|last| place > last);
        match chat
            .window
            .binary_search_by(|other| other.position.cmp(&place))
        {
            Ok(at) => {
                if let Some(slot) = chat.window.get_mut(at) {
                    *slot = line;
                }
            }
            Err(at) if !is_before && !is_after => chat.window.insert(at, line),
            Err(_) => {}
        }
    }
}

/// A page that continues the window at one end.
pub(super) fn extend(chat: &mut Chat, edge: Edge, page: Page) {
    let more = page.more;
    let mut new = lines(page);
    match edge {
        Edge::Before => {
            chat.more_before = more;
            if let Some(first) = chat.window.first() {
                new.retain(|line| line.position < first.position);
            }
            new.append(&mut chat.window);
            chat.window = new;
            trim(chat, Edge::After);
        }
        Edge::After => {
            chat.more_after = more;
            if let Some(last) = chat.window.last() {
                new.retain(|line| line.position > last.position);
            }
            chat.window.append(&mut new);
            add_heard(chat);
            trim(chat, Edge::Before);
        }
    }
}

/// A window around a place where a jump lands: older messages, then newer ones.
pub(super) fn around(chat: &mut Chat, place: Position, before: Page, after: Page) {
    let number = chat.landed.map_or(1, |(number, _)| number + 1);
    chat.landed = Some((number, place));
    chat.more_before = before.more;
    chat.more_after = after.more;
    chat.window = lines(before);
    chat.window.extend(lines(after));
    add_heard(chat);
}

fn lines(page: Page) -> Vec<Arc<Line>> {
    let shown = page
        .messages
        .into_iter()
        .filter(|entry| entry.row.as_deref().is_none_or(is_shown));
    shown.map(|entry| Arc::new(Line::from(entry))).collect()
}

/// Drops what is too much, at this edge.
fn trim(chat: &mut Chat, edge: Edge) {
    let surplus = chat.window.len().saturating_sub(WINDOW_MAX);
    if surplus == 0 {
        return;
    }
    match edge {
        Edge::Before => {
            chat.window.drain(..surplus);
            chat.more_before = true;
        }
        Edge::After => {
            chat.window.truncate(WINDOW_MAX);
            chat.more_after = true;
        }
    }
}

#[cfg(test)]
mod tests;
