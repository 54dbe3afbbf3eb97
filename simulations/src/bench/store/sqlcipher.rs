//! The yardstick: the same messages in SQLCipher, as somebody who knows SQLite would store them.
//!
//! People are small numbers, what follows from other columns is not stored, and what we keep in a row of its own (the
//! place in a conversation) is an index. Durability and memory are ours: a commit is on the disk when it returns (WAL
//! with `synchronous = FULL`), and the page cache has the size of our store's. The key is given raw, so that no
//! derivation is measured; cipher and page size are SQLCipher's own choice.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use protocol::identity::{AccountId, DeviceId};
use protocol::message::{MessageId, MessageRef};
use protocol::persist::{Delivery, MessageContent, MessageRow, Version};
use protocol::time::{Hlc, Timestamp};
use protocol::wire::Bounded;
use rusqlite::{Connection, Row, params};

use super::Side;
use super::talk::{Message, Person};

/// Cache in KiB: that of `storage`'s engine.
const CACHE_KIB: u32 = 16 * 1024;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS conversation (
        person INTEGER PRIMARY KEY, last INTEGER NOT NULL, heads BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS message (
        number INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, author INTEGER NOT NULL, id BLOB NOT NULL,
        hlc INTEGER NOT NULL, place INTEGER NOT NULL, arrived INTEGER NOT NULL, seen BLOB NOT NULL,
        body TEXT NOT NULL, reached INTEGER NOT NULL,
        UNIQUE (author, id)
    );
    CREATE INDEX IF NOT EXISTS place ON message (conversation, place);";

const INSERT: &str = "
    INSERT INTO message (conversation, author, id, hlc, place, arrived, seen, body, reached)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

const ADVANCE: &str = "INSERT OR REPLACE INTO conversation (person, last, heads) VALUES (?, ?, ?)";

const LATEST: &str = "
    SELECT author, id, hlc, place, arrived, seen, body, reached FROM message
    WHERE conversation = ? ORDER BY place DESC LIMIT ?";

/// An open database.
#[derive(Debug)]
pub(super) struct SqlCipher {
    database: Connection,
    people: Vec<Person>,
    numbers: BTreeMap<DeviceId, i64>,
}

/// Opens the database in this folder, or makes one.
pub(super) fn open(folder: &Path, people: &[Person]) -> Result<Box<dyn Side>> {
    std::fs::create_dir_all(folder)?;
    let database = Connection::open(folder.join("messages.db"))?;
    database.execute_batch(&format!("PRAGMA key = \"x'{}'\";", "5a".repeat(32)))?;
    database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    database.execute_batch(&format!("PRAGMA cache_size = -{CACHE_KIB};"))?;
    database.execute_batch(SCHEMA)?;
    let cipher: Option<String> =
        database.query_row("PRAGMA cipher_version", [], |row| row.get(0))?;
    if cipher.is_none_or(|version| version.is_empty()) {
        bail!("this is SQLite without a cipher: no yardstick for us");
    }
    let numbered = people.iter().zip(0..);
    let numbers = numbered
        .map(|(person, number)| (person.device, number))
        .collect();
    Ok(Box::new(SqlCipher {
        database,
        people: people.to_vec(),
        numbers,
    }))
}

impl SqlCipher {
    fn number(&self, device: DeviceId) -> Result<i64> {
        let number = self.numbers.get(&device).copied();
        number.context("a message of a stranger")
    }

    /// The number of the conversation with this account.
    fn conversation(&self, account: AccountId) -> Result<i64> {
        let person = self.people.iter().find(|person| person.account == account);
        self.number(person.context("a conversation with a stranger")?.device)
    }

    fn message(&self, account: AccountId, row: &Row<'_>) -> Result<Message> {
        let person = |number: i64| {
            let person = self.people.get(usize::try_from(number)?);
            person.copied().context("a person of another number")
        };
        let (author, other) = (person(row.get(0)?)?, self.conversation(account)?);
        let name = MessageRef {
            author: author.device,
            id: MessageId(row.get(1)?),
        };
        let hlc = Hlc::from_bits(u64::try_from(row.get::<_, i64>(2)?)?);
        let place = Hlc::from_bits(u64::try_from(row.get::<_, i64>(3)?)?);
        let seen: Vec<u8> = row.get(5)?;
        let seen: Option<Vec<_>> = seen.chunks(48).map(reference).collect();
        let body: String = row.get(6)?;
        let version = Version {
            stamp: (hlc, name),
            body: body.try_into()?,
        };
        let other = person(other)?;
        let reached = row
            .get::<_, bool>(7)?
            .then_some((other.device, Delivery::Reached));
        let row = MessageRow {
            conversation: account.into(),
            account: author.account,
            hlc,
            place,
            arrived: Timestamp::from_millis(u64::try_from(row.get::<_, i64>(4)?)?),
            seen: seen.context("half a reference")?.try_into()?,
            content: MessageContent::Text {
                reply_to: None,
                versions: vec![version].try_into()?,
            },
            reactions: Bounded::default(),
            delivery: reached.into_iter().collect::<Vec<_>>().try_into()?,
        };
        Ok((name, row))
    }
}

/// Author and id, one after the other.
fn reference(bytes: &[u8]) -> Option<MessageRef> {
    let (author, id) = bytes.split_first_chunk::<32>()?;
    Some(MessageRef {
        author: DeviceId(*author),
        id: MessageId(id.try_into().ok()?),
    })
}

fn reference_bytes(name: MessageRef) -> Vec<u8> {
    [name.author.0.as_slice(), &name.id.0].concat()
}

impl Side for SqlCipher {
    fn insert(&mut self, messages: &[Message]) -> Result<Duration> {
        let numbered = messages.iter().map(|(name, row)| {
            let numbers = (
                self.conversation(row.conversation.account())?,
                self.number(name.author)?,
            );
            Ok((name, row, numbers))
        });
        let numbered = numbered.collect::<Result<Vec<_>>>()?;
        let begun = Instant::now();
        let change = self.database.transaction()?;
        let mut insert = change.prepare_cached(INSERT)?;
        let mut newest = BTreeMap::new();
        for (name, row, (conversation, author)) in numbered {
            let MessageContent::Text { versions, .. } = &row.content else {
                bail!("not a text");
            };
            let body = versions.last().map(|version| version.body.as_str());
            let seen: Vec<u8> = row.seen.iter().copied().flat_map(reference_bytes).collect();
            let place = row.place.as_bits().cast_signed();
            insert.execute(params![
                conversation,
                author,
                name.id.0,
                row.hlc.as_bits().cast_signed(),
                place,
                row.arrived.as_millis().cast_signed(),
                seen,
                body,
                !row.delivery.is_empty(),
            ])?;
            newest.insert(conversation, (place, *name));
        }
        let mut advance = change.prepare_cached(ADVANCE)?;
        for (conversation, (place, name)) in newest {
            advance.execute(params![conversation, place, reference_bytes(name)])?;
        }
        drop((insert, advance));
        change.commit()?;
        Ok(begun.elapsed())
    }

    fn latest(&mut self, conversation: AccountId, limit: usize) -> Result<Vec<Message>> {
        let mut select = self.database.prepare_cached(LATEST)?;
        let mut rows = select.query(params![
            self.conversation(conversation)?,
            i64::try_from(limit)?
        ])?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            page.push(self.message(conversation, row)?);
        }
        page.reverse();
        Ok(page)
    }

    fn holds(&mut self, name: MessageRef) -> Result<bool> {
        let author = self.number(name.author)?;
        let find = "SELECT EXISTS (SELECT 1 FROM message WHERE author = ? AND id = ?)";
        let found = self
            .database
            .query_row(find, params![author, name.id.0], |row| row.get(0));
        Ok(found?)
    }

    fn close(self: Box<Self>) -> Result<()> {
        self.database.close().map_err(|(_, error)| error.into())
    }
}
