//! The rows of a timeline: what the list asks of them, and what is remembered of them between frames.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use egui::{Rect, Ui};
use protocol::identity::AccountId;
use protocol::message::MessageRef;
use protocol::persist::{MessageContent, MessageRow, Stamp};
use node::store::Position;

use super::{marks, place, row};
use crate::context::Cx;
use crate::model::{Chat, Picture};
use crate::widgets::emoji_picker::PickerState;
use crate::widgets::markdown::{self, Doc};
use crate::widgets::timeline_list::Rows;

/// Read messages that are remembered; some windows full.
const DOCS_MAX: usize = 2_000;

/// What is remembered of rows between frames.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    docs: BTreeMap<MessageRef, (Stamp, Arc<Doc>)>,
    /// The message that the person wants to see.
    pub(super) wanted: Option<MessageRef>,
    /// The message that was jumped to, and until when it is lit.
    pub(super) lit: Option<(MessageRef, f64)>,
    /// The bar of the message that the pointer or the keyboard is on.
    pub(super) toolbar: Option<(MessageRef, Rect)>,
    /// The message that the keyboard, or an open menu, is in.
    pub(super) within: Option<MessageRef>,
    /// The message that an emoji is picked for.
    pub(super) reacting: Option<MessageRef>,
    pub(super) picker: PickerState,
    /// Where the menu was opened.
    pub(super) menu_at: egui::Pos2,
    /// Pictures asked for and not there yet.
    pub(super) asked: BTreeSet<MessageRef>,
}

impl Memo {
    /// Opens the emoji picker for this message.
    pub(super) fn react_to(&mut self, message: MessageRef) {
        self.reacting = Some(message);
        self.picker = PickerState::default();
        self.picker.toggle();
    }

    /// The text of a message, read once a version.
    pub(super) fn doc(&mut self, message: MessageRef, row: &MessageRow) -> Option<Arc<Doc>> {
        let MessageContent::Text { versions, .. } = &row.content else {
            return None;
        };
        let version = versions.last()?;
        if let Some((of, doc)) = self.docs.get(&message)
            && *of == version.stamp
        {
            return Some(Arc::clone(doc));
        }
        if self.docs.len() >= DOCS_MAX {
            self.docs.clear();
        }
        let doc = Arc::new(markdown::read(version.body.as_str()));
        self.docs
            .insert(message, (version.stamp, Arc::clone(&doc)));
        Some(doc)
    }
}

/// The rows of a timeline, for one frame.
#[derive(Debug)]
pub struct Lines<'a> {
    /// The window's context.
    pub(super) cx: &'a Cx<'a>,
    /// With whom.
    pub(super) account: AccountId,
    /// What is in memory.
    pub(super) chat: &'a Chat,
    /// The own account.
    pub(super) own: AccountId,
    /// The newest own message, which says how it fares even when all is well.
    pub(super) last_own: Option<Position>,
    /// What is remembered.
    pub(super) memo: &'a mut Memo,
}

impl<'a> Lines<'a> {
    /// The rows of this conversation.
    #[must_use]
    pub fn new(cx: &'a Cx<'a>, account: AccountId, chat: &'a Chat, memo: &'a mut Memo) -> Self {
        let own = cx
            .model
            .own
            .as_ref()
            .map_or(AccountId([0; 32]), |own| own.account);
        let is_own = |row: &MessageRow| {
            row.account == own && matches!(row.content, MessageContent::Text { .. })
        };
        let last_own = chat
            .window
            .iter()
            .rev()
            .find(|line| line.row.as_deref().is_some_and(is_own))
            .map(|line| line.position);
        Self {
            cx,
            account,
            chat,
            own,
            last_own,
            memo,
        }
    }

    /// A number that is another when a picture takes other room.
    fn picture_stamp(&self, message: MessageRef) -> u8 {
        match self.cx.model.pictures.get(&message) {
            None => 0,
            Some(Picture::Loading) => 1,
            Some(Picture::Ready(_)) => 2,
            Some(Picture::Broken(_)) => 3,
        }
    }
}

impl Rows for Lines<'_> {
    fn len(&self) -> usize {
        self.chat.window.len()
    }

    fn key(&self, index: usize) -> Option<Position> {
        self.chat.window.get(index).map(|line| line.position)
    }

    fn find(&self, place: Position) -> Result<usize, usize> {
        self.chat
            .window
            .binary_search_by(|line| line.position.cmp(&place))
    }

    fn stamp(&self, index: usize) -> u64 {
        let mut hasher = DefaultHasher::new();
        let Some(line) = self.chat.window.get(index) else {
            return 0;
        };
        // A changed message is another line: the model shares what did not change.
        Arc::as_ptr(line).addr().hash(&mut hasher);
        place::of(self.chat, index, self.own, self.cx.zone).hash(&mut hasher);
        self.picture_stamp(line.id()).hash(&mut hasher);
        if let Some(row) = &line.row {
            marks::fate(self, line.position, row).hash(&mut hasher);
        }
        (self.cx.text.language() as u8).hash(&mut hasher);
        self.cx.narrow.hash(&mut hasher);
        hasher.finish()
    }

    fn draw(&mut self, ui: &mut Ui, index: usize) -> bool {
        row::row_ui(ui, self, index, true)
    }

    fn measure(&mut self, ui: &mut Ui, index: usize) {
        let _within = row::row_ui(ui, self, index, false);
    }
}
