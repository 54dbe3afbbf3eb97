//! What is being written, kept a moment after each change and when the conversation is left: a program that dies loses
//! less than a second of it.

use egui::Ui;
use protocol::identity::AccountId;
use protocol::persist::MessageContent;

use super::body;
use crate::ask::Ask;
use crate::context::Cx;

/// Seconds from the last change until it is kept.
const PAUSE: f64 = 0.7;

/// What is known of the draft.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    restored: bool,
    /// As the backend has it.
    kept: String,
    /// As it was when it last changed, and when it is to be kept.
    pending: Option<(String, f64)>,
}

impl Draft {
    /// Puts back what was written when the program last ended, once. Answers whether it did.
    pub(super) fn restore(&mut self, cx: &Cx<'_>, account: AccountId, text: &mut String) -> bool {
        if self.restored {
            return false;
        }
        let Some(chat) = cx.model.chats.get(&account) else {
            return false;
        };
        self.restored = true;
        self.kept.clone_from(&chat.draft);
        let restores =
            text.is_empty() && !chat.draft.is_empty() && !was_sent(cx, account, &chat.draft);
        if restores {
            text.clone_from(&chat.draft);
        }
        restores
    }

    /// Keeps it a moment after its last change.
    pub(super) fn follow(&mut self, ui: &Ui, cx: &Cx<'_>, account: AccountId, text: &str) {
        if text == self.kept {
            self.pending = None;
            return;
        }
        let now = ui.input(|input| input.time);
        let due = match &self.pending {
            Some((same, due)) if same == text => *due,
            _ if text.is_empty() => now,
            _ => now + PAUSE,
        };
        if now >= due {
            self.keep(cx, account, text);
        } else {
            self.pending = Some((text.to_owned(), due));
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_secs_f64(due - now));
        }
    }

    /// Keeps it now, if it changed.
    pub(super) fn keep(&mut self, cx: &Cx<'_>, account: AccountId, text: &str) {
        self.pending = None;
        if text != self.kept {
            self.kept = text.to_owned();
            cx.ask(Ask::Draft(account, text.to_owned()));
        }
    }
}

/// Whether the last own message says this already: a program that was killed between storing a message and noting that
/// its draft is done would offer it again, and it would be said twice.
fn was_sent(cx: &Cx<'_>, account: AccountId, draft: &str) -> bool {
    let (Some(own), Some(chat)) = (&cx.model.own, cx.model.chats.get(&account)) else {
        return false;
    };
    // Until the conversation is read, its newest message is all there is.
    let newest = chat.last.iter().filter(|_| chat.window.is_empty());
    let mut lines = chat.window.iter().rev().chain(newest);
    let said = lines.find_map(|line| {
        let row = line.row.as_deref()?;
        match &row.content {
            MessageContent::Text { versions, .. } if row.account == own.account => {
                versions.last().map(|version| version.body.as_str())
            }
            _ => None,
        }
    });
    said == Some(body(draft))
}
