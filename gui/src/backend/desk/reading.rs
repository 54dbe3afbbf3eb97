//! What the desk reads for the timeline: pages of history, places to jump to, pictures.

use node::store::{Part, Position};
use protocol::identity::{AccountId, DeviceId};
use protocol::message::{MessageId, MessageRef};
use protocol::time::{Hlc, Timestamp};

use super::Desk;
use crate::ask::Edge;
use crate::backend::chats;
use crate::model::Picture;

/// Messages of a page.
const PAGE: usize = 60;

impl Desk {
    /// The newest messages.
    pub(super) async fn latest(&mut self, account: AccountId) {
        match self
            .node
            .reader()
            .page(account.into(), Part::Latest, PAGE)
            .await
        {
            Ok(page) => chats::latest(self.chat(account), page),
            Err(fault) => tracing::error!(%fault, "a conversation cannot be read"),
        }
    }

    /// More at one end of the window.
    pub(super) async fn more(&mut self, account: AccountId, edge: Edge) {
        let chat = self.chat(account);
        let part = match edge {
            Edge::Before if chat.more_before => {
                chat.window.first().map(|line| Part::Before(line.position))
            }
            Edge::After if chat.more_after => {
                chat.window.last().map(|line| Part::After(line.position))
            }
            _ => None,
        };
        let Some(part) = part else { return };
        match self.node.reader().page(account.into(), part, PAGE).await {
            Ok(page) => chats::extend(self.chat(account), edge, page),
            Err(fault) => tracing::error!(%fault, "a conversation cannot be read"),
        }
    }

    /// The messages from this time on.
    pub(super) async fn jump(&mut self, account: AccountId, at_ms: u64) {
        let time = Hlc::from_wall(Timestamp::from_millis(at_ms));
        self.around(account, (time, first_of_all())).await;
    }

    /// The messages around one of them; nothing happens if it is not here any more.
    pub(super) async fn jump_to(&mut self, account: AccountId, message: MessageRef) {
        match self.node.reader().message(message).await {
            Ok(Some(row)) if row.conversation == account.into() => {
                self.around(account, (row.place, message)).await;
            }
            Ok(_) => {}
            Err(fault) => tracing::error!(%fault, "a message cannot be read"),
        }
    }

    /// A window around a place.
    async fn around(&mut self, account: AccountId, place: Position) {
        let reader = self.node.reader();
        // The place itself belongs to what comes after it: asked for by the first name that its time can have.
        let from: Position = (place.0, first_of_all());
        let before = reader.page(account.into(), Part::Before(from), PAGE).await;
        let after = reader.page(account.into(), Part::After(from), PAGE).await;
        match (before, after) {
            (Ok(before), Ok(after)) => chats::around(self.chat(account), place, before, after),
            (Err(fault), _) | (_, Err(fault)) => {
                tracing::error!(%fault, "a conversation cannot be read");
            }
        }
    }

    /// A picture is wanted.
    pub(super) fn picture(&mut self, message: MessageRef) {
        if self.model.pictures.contains_key(&message) {
            return;
        }
        self.decoded(message, Picture::Loading);
        self.pictures.read(self.node.clone(), message);
    }

    /// A picture is there, or will not be.
    pub(super) fn decoded(&mut self, message: MessageRef, picture: Picture) {
        let shown = &mut self.model.pictures;
        self.pictures.shelf.put(shown, message, picture);
        self.changed = true;
    }
}

/// The first name that a message can have.
const fn first_of_all() -> MessageRef {
    MessageRef {
        author: DeviceId([0; 32]),
        id: MessageId([0; 16]),
    }
}
