//! What is being written, kept a moment after each change and when the conversation is left: a program that dies loses
//! less than a second of it.

use egui::Ui;
use protocol::identity::AccountId;

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
        let restores = text.is_empty() && !chat.draft.is_empty();
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
