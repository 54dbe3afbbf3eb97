//! What the person writes for themselves alone: a message not sent yet, a name of their own for somebody.
//!
//! Rows like any other, so that they lie sealed on the disk and outlive a crash; no frame carries them.

use crate::error::Rejected;
use crate::identity::AccountId;
use crate::message::Body;
use crate::persist::{NoteKey, NoteRow, NoteText, Row, RowKey};
use crate::turn::{Command, Context, Event, Reply};

/// Carries out a command about notes.
///
/// # Errors
/// [`Rejected::UnknownContact`]: notes are kept about people of the list only, which bounds them.
pub fn command(cx: &mut Context<'_>, command: &Command) -> Result<Reply, Rejected> {
    let (key, text) = match command {
        Command::Draft { conversation, text } => (NoteKey::Draft(*conversation), text.clone()),
        Command::Petname { account, name } => {
            // A name fits a note many times over.
            let text = NoteText::try_from(name.as_str()).unwrap_or_default();
            (NoteKey::Petname(*account), text)
        }
        _ => return Ok(Reply::Done),
    };
    if !text.is_empty() && cx.resident.contact(key.account()).is_none() {
        return Err(Rejected::UnknownContact);
    }
    keep(cx, key, text);
    Ok(Reply::Done)
}

/// Stores a note and tells it, unless nothing changes.
fn keep(cx: &mut Context<'_>, key: NoteKey, text: NoteText) {
    let before = cx.resident.note(key);
    if before.map_or("", NoteText::as_str) == text.as_str() {
        return;
    }
    if text.is_empty() {
        cx.remove(RowKey::Note(key));
    } else {
        let text = text.clone();
        cx.put(RowKey::Note(key), Row::Note(NoteRow { text }));
    }
    cx.event(Event::Note { key, text });
}

/// Something was said: the draft of it is done, in the batch that stores the message. A program that dies between the two
/// would offer it again, and it would be said twice. A draft is kept now and then while it is written, so it may be the
/// beginning of what was said; any other is not touched.
pub fn said(cx: &mut Context<'_>, to: AccountId, body: &Body) {
    let key = NoteKey::Draft(to);
    let draft = cx.resident.note(key).map(|draft| draft.as_str().trim());
    if draft.is_some_and(|draft| body.as_str().trim().starts_with(draft)) {
        keep(cx, key, NoteText::default());
    }
}

/// Forgets every note about somebody who leaves the list.
pub fn forget(cx: &mut Context<'_>, account: AccountId) {
    for key in [NoteKey::Draft(account), NoteKey::Petname(account)] {
        keep(cx, key, NoteText::default());
    }
}

/// Tells every note at the start.
pub fn introduce(cx: &mut Context<'_>) {
    for (key, text) in cx.resident.notes() {
        cx.event(Event::Note { key, text });
    }
}
