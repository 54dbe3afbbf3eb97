//! Our store: a real profile, written as the core writes it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use protocol::identity::AccountId;
use protocol::message::MessageRef;
use protocol::persist::{Batch, ConversationRow, Row, RowKey, Store as _};
use storage::{DiskFolder, Folder, Options, Part, Profile, Protection, Writer};

use super::Side;
use super::talk::{Message, Person};

/// An open profile.
#[derive(Debug)]
pub(super) struct Ours {
    profile: Profile,
    writer: Writer,
}

/// Opens the profile in this folder, or makes one, and reads what a core starts from.
pub(super) fn open(folder: &Path, _people: &[Person]) -> Result<Box<dyn Side>> {
    let is_new = !folder.exists();
    let disk: Arc<dyn Folder> = Arc::new(DiskFolder::create(folder)?);
    let (protection, options) = (Protection::Unprotected, Options::default());
    let mut profile = match is_new {
        true => Profile::create(disk, &protection, b"bench", options)?,
        false => Profile::open(disk, &protection, options)?,
    };
    let writer = profile.writer();
    writer.snapshot()?;
    Ok(Box::new(Ours { profile, writer }))
}

impl Side for Ours {
    fn insert(&mut self, messages: &[Message]) -> Result<Duration> {
        let mut batch = Batch::default();
        for (name, row) in messages {
            let (account, place) = (row.conversation, row.place);
            let newest = ConversationRow {
                heads: vec![(place, *name)].try_into()?,
                last: place,
            };
            batch.put(RowKey::Conversation(account), Row::Conversation(newest));
            batch.put(RowKey::Order(account, place, *name), Row::Order);
            batch.put(RowKey::Message(*name), Row::Message(row.clone()));
        }
        let begun = Instant::now();
        self.writer.commit(&[batch])?;
        Ok(begun.elapsed())
    }

    fn latest(&mut self, conversation: AccountId, limit: usize) -> Result<Vec<Message>> {
        let reader = self.writer.reader();
        let page = reader.page(conversation.into(), Part::Latest, limit)?;
        let whole = page.messages.into_iter().map(|entry| {
            let row = entry.row.context("a message is damaged")?;
            Ok((entry.position.1, *row))
        });
        whole.collect()
    }

    fn holds(&mut self, name: MessageRef) -> Result<bool> {
        let rows = self.writer.load(&[RowKey::Message(name)])?;
        Ok(rows.iter().any(Option::is_some))
    }

    fn close(self: Box<Self>) -> Result<()> {
        Ok(self.profile.close()?)
    }
}
