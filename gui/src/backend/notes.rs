//! Drafts and petnames: kept by the core in order, shown as the view has them.
//!
//! A draft must not overtake its successor, so one task carries them out one after the other, beside everything else.

use std::sync::Arc;
use std::time::Duration;

use node::NodeHandle;
use protocol::identity::AccountId;
use protocol::limits;
use protocol::message::Name;
use protocol::persist::{NoteKey, NoteText};
use protocol::turn::Command;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::Model;

/// Notes that may wait for the disk; newer ones come with the next stroke.
const WAITING_MAX: usize = 64;

/// How long the end of the program waits for the last draft.
const LAST: Duration = Duration::from_secs(2);

/// What carries notes to the core.
pub(super) struct Notes {
    commands: mpsc::Sender<Command>,
    worker: JoinHandle<()>,
}

impl Notes {
    /// Begins to carry notes.
    pub(super) fn start(node: NodeHandle) -> Self {
        let (commands, mut waiting) = mpsc::channel(WAITING_MAX);
        let worker = tokio::spawn(async move {
            while let Some(command) = waiting.recv().await {
                if let Err(error) = node.ask(command).await {
                    tracing::warn!(%error, "a note was not kept");
                }
            }
        });
        Self { commands, worker }
    }

    /// Keeps what is being written.
    pub(super) fn draft(&self, conversation: AccountId, text: &str) {
        let text = NoteText::try_from(fitting(text, limits::NOTE_BYTES_MAX)).unwrap_or_default();
        self.keep(Command::Draft { conversation, text });
    }

    /// Keeps a name for somebody.
    pub(super) fn petname(&self, account: AccountId, name: &str) {
        let name = Name::try_from(fitting(name, limits::NAME_BYTES_MAX)).unwrap_or_default();
        self.keep(Command::Petname { account, name });
    }

    fn keep(&self, command: Command) {
        if self.commands.try_send(command).is_err() {
            tracing::warn!("the disk is slow: a note was not kept");
        }
    }

    /// Waits until the last note is kept, but not for ever.
    pub(super) async fn finish(self) {
        drop(self.commands);
        if tokio::time::timeout(LAST, self.worker).await.is_err() {
            tracing::warn!("the last notes were not kept in time");
        }
    }
}

/// The beginning of a text that fits, whole letters only.
fn fitting(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let ends = text.grapheme_indices(true).map(|(at, _)| at);
    let end = ends.take_while(|at| *at <= bytes).last().unwrap_or(0);
    text.get(..end).unwrap_or("")
}

/// Puts the notes of the view where the window looks for them.
pub(super) fn follow(model: &mut Model) {
    let Some(notes) = model.view.as_ref().map(|view| Arc::clone(&view.notes)) else {
        return;
    };
    model.petnames.clear();
    for (key, text) in &*notes {
        if let NoteKey::Petname(account) = key {
            let name = crate::text::clean::name(text);
            if !name.is_empty() {
                model.petnames.insert(*account, name);
            }
        }
    }
    for (account, chat) in &mut model.chats {
        if !chat.draft.is_empty() && !notes.contains_key(&NoteKey::Draft(*account)) {
            Arc::make_mut(chat).draft.clear();
        }
    }
    for (key, text) in &*notes {
        if let NoteKey::Draft(account) = key {
            let chat = model.chats.entry(*account).or_default();
            if chat.draft != text.as_str() {
                text.as_str().clone_into(&mut Arc::make_mut(chat).draft);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, ADA, EMMY};

    fn with(notes: &[(NoteKey, &str)]) -> Model {
        let mut model = fixtures::model();
        let view = Arc::make_mut(model.view.as_mut().unwrap());
        view.notes = Arc::new(
            notes
                .iter()
                .map(|(key, text)| (*key, NoteText::try_from(*text).unwrap()))
                .collect(),
        );
        model
    }

    #[test]
    fn notes_are_where_the_window_looks_for_them() {
        let mut model = with(&[
            (NoteKey::Draft(EMMY), "On my way"),
            (NoteKey::Petname(ADA), " The\u{202e} boss "),
        ]);
        follow(&mut model);
        assert_eq!(model.chats[&EMMY].draft, "On my way");
        assert_eq!(model.name(ADA), "The boss");
        model.view = with(&[]).view;
        follow(&mut model);
        assert_eq!(model.chats[&EMMY].draft, "");
        assert_eq!(model.name(ADA), "Ada Lovelace");
    }

    #[test]
    fn what_is_too_long_ends_at_a_whole_letter() {
        assert_eq!(fitting("abc", 3), "abc");
        assert_eq!(fitting("abcd", 3), "abc");
        assert_eq!(fitting("ab👩\u{200d}🚀", 6), "ab");
        assert_eq!(fitting("👩\u{200d}🚀", 3), "");
    }
}
