//! Pages of a conversation for the view.
//!
//! A page is read from places (`order`) to messages. One damaged row costs itself, not the page: people get to read
//! what is left, and see that something is missing.

use protocol::crypto::{Hash32, Label};
use protocol::identity::AccountId;
use protocol::limits;
use protocol::message::{Media, MessageId, MessageRef};
use protocol::persist::{MessageContent, MessageRow, Row, RowKey};
use protocol::time::Hlc;
use protocol::turn::AttachmentView;
use redb::ReadTransaction;

use crate::engine::HISTORY;
use crate::guard::{Trouble, trouble};
use crate::load;
use crate::seal::Sealer;
use crate::tables::{self, Table};

/// Messages of one page at most: the view asks again.
pub const PAGE_MAX: usize = 500;

/// A message's place in its conversation.
pub type Position = (Hlc, MessageRef);

/// Which part of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The newest messages.
    Latest,
    /// Those directly before a place.
    Before(Position),
    /// Those directly after a place.
    After(Position),
}

/// Some consecutive messages of a conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Oldest first.
    pub messages: Vec<PageEntry>,
    /// Whether there is more in the direction asked for (older ones for the latest page).
    pub more: bool,
    /// Places whose own row is damaged, so that not even the message's name is known.
    pub lost: usize,
}

impl Page {
    /// Whether no row of it is damaged.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.lost == 0 && self.messages.iter().all(|entry| entry.row.is_some())
    }
}

/// One place of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct PageEntry {
    /// Where it stands.
    pub position: Position,
    /// What stands there; `None` if the row is damaged.
    pub row: Option<Box<MessageRow>>,
    /// What is attached to it, as far as it is here and known.
    pub attachment: Option<AttachmentView>,
}

/// Reads a page of at most `limit` (and [`PAGE_MAX`]) places.
pub(crate) fn page(
    read: &ReadTransaction,
    conversation: AccountId,
    part: Part,
    limit: usize,
    sealer: &Sealer,
) -> Result<Page, Trouble> {
    let (Some(order), Some(messages)) = (
        load::open(read, Table::Order)?,
        load::open(read, Table::Message)?,
    ) else {
        return Ok(Page::default());
    };
    let attachments = Attachments::open(read)?;
    let limit = limit.min(PAGE_MAX);
    let (from, to) = bounds(conversation, part);
    let range = order.range::<&[u8]>((from.as_bound(), to.as_bound()));
    let range = range.map_err(|error| trouble(HISTORY, error))?;
    let places: Vec<_> = match part {
        Part::After(_) => range.take(limit + 1).collect(),
        Part::Latest | Part::Before(_) => range.rev().take(limit + 1).collect(),
    };
    let mut page = Page {
        more: places.len() > limit,
        ..Page::default()
    };
    for place in places.into_iter().take(limit) {
        let (key, mark) = place.map_err(|error| trouble(HISTORY, error))?;
        let intact = load::unseal(Table::Order, key.value(), mark.value(), sealer);
        match (intact, tables::decode_key(Table::Order, key.value())) {
            (Ok(_), Some(RowKey::Order(_, place, message))) => {
                let row = message_row(&messages, message, sealer)?;
                page.messages.push(PageEntry {
                    position: (place, message),
                    row,
                    attachment: attachments.view(conversation, message, sealer)?,
                });
            }
            _ => page.lost += 1,
        }
    }
    if !matches!(part, Part::After(_)) {
        page.messages.reverse();
    }
    Ok(page)
}

/// The message at a place; `None` if it is damaged or gone.
fn message_row(
    messages: &load::Opened,
    message: MessageRef,
    sealer: &Sealer,
) -> Result<Option<Box<MessageRow>>, Trouble> {
    match load::row(messages, Table::Message, &RowKey::Message(message), sealer) {
        Ok(Some(Row::Message(row))) => Ok(Some(Box::new(row))),
        Ok(_) | Err(Trouble::Damage(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// The tables that say what is attached to which message.
struct Attachments {
    whole: Option<load::Opened>,
    unfinished: Option<load::Opened>,
}

impl Attachments {
    fn open(read: &ReadTransaction) -> Result<Self, Trouble> {
        Ok(Self {
            whole: load::open(read, Table::Attachment)?,
            unfinished: load::open(read, Table::Unfinished)?,
        })
    }

    /// What is attached to a message; also `None` if that is damaged: its text is not.
    fn view(
        &self,
        conversation: AccountId,
        message: MessageRef,
        sealer: &Sealer,
    ) -> Result<Option<AttachmentView>, Trouble> {
        let places = [
            (
                &self.unfinished,
                Table::Unfinished,
                RowKey::Unfinished(conversation, message),
            ),
            (&self.whole, Table::Attachment, RowKey::Attachment(message)),
        ];
        for (opened, table, key) in places {
            let Some(opened) = opened else { continue };
            match load::row(opened, table, &key, sealer) {
                Ok(Some(Row::Unfinished(row))) => return Ok(Some(row.view())),
                Ok(Some(Row::Attachment(row))) => return Ok(Some(row.view())),
                Ok(_) | Err(Trouble::Damage(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(None)
    }
}

/// The whole attachment of a message, as its author called it; `None` if there is none, or not all of it.
pub(crate) fn attachment(
    read: &ReadTransaction,
    message: MessageRef,
    sealer: &Sealer,
) -> Result<Option<(Media, Vec<u8>)>, Trouble> {
    let found = load::rows(read, &[RowKey::Attachment(message)], sealer)?;
    let Some(Row::Attachment(row)) = found.into_iter().flatten().next() else {
        return Ok(None);
    };
    let keys: Vec<_> = (0..row.count)
        .map(|index| RowKey::Part(message, index))
        .collect();
    let mut bytes = Vec::with_capacity(limits::ATTACHMENT_BYTES_MAX);
    for part in load::rows(read, &keys, sealer)? {
        if let Some(Row::Part(part)) = part {
            bytes.extend_from_slice(&part.bytes);
        }
    }
    if Hash32::of(Label::Attachment, &bytes) == row.whole {
        return Ok(Some((row.media, bytes)));
    }
    let key = tables::encode_key(&RowKey::Attachment(message));
    let what = "the parts of an attachment are not what they were";
    Err(Table::Attachment.place(&key).corrupt(what).into())
}

/// Counts messages of the other account after a place (all of them without one), at most
/// [`limits::UNREAD_MAX`]. Damaged ones do not count, and what was taken back is nothing to read.
pub(crate) fn unread(
    read: &ReadTransaction,
    conversation: AccountId,
    after: Option<Position>,
    sealer: &Sealer,
) -> Result<usize, Trouble> {
    let (Some(order), Some(messages)) = (
        load::open(read, Table::Order)?,
        load::open(read, Table::Message)?,
    ) else {
        return Ok(0);
    };
    let (from, to) = bounds(conversation, after.map_or(Part::Latest, Part::After));
    let range = order.range::<&[u8]>((from.as_bound(), to.as_bound()));
    let range = range.map_err(|error| trouble(HISTORY, error))?;
    let mut count = 0;
    for place in range.take(limits::UNREAD_SCAN_MAX) {
        let (key, _) = place.map_err(|error| trouble(HISTORY, error))?;
        let Some(RowKey::Order(_, _, message)) = tables::decode_key(Table::Order, key.value())
        else {
            continue;
        };
        let row = message_row(&messages, message, sealer)?;
        let counts = row.is_some_and(|row| {
            row.account == conversation && matches!(row.content, MessageContent::Text { .. })
        });
        count += usize::from(counts);
        if count == limits::UNREAD_MAX {
            break;
        }
    }
    Ok(count)
}

/// One end of a range of keys.
enum End {
    Included(Vec<u8>),
    Excluded(Vec<u8>),
}

impl End {
    fn as_bound(&self) -> std::ops::Bound<&[u8]> {
        match self {
            Self::Included(key) => std::ops::Bound::Included(key),
            Self::Excluded(key) => std::ops::Bound::Excluded(key),
        }
    }
}

fn bounds(conversation: AccountId, part: Part) -> (End, End) {
    let key = |(place, message)| tables::encode_key(&RowKey::Order(conversation, place, message));
    let edge = |byte| MessageRef {
        author: protocol::identity::DeviceId([byte; 32]),
        id: MessageId([byte; 16]),
    };
    let first = End::Included(key((Hlc::ZERO, edge(0))));
    let last = End::Included(key((Hlc::from_bits(u64::MAX), edge(u8::MAX))));
    match part {
        Part::Latest => (first, last),
        Part::Before(position) => (first, End::Excluded(key(position))),
        Part::After(position) => (End::Excluded(key(position)), last),
    }
}
