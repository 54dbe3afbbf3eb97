//! Pages of a conversation for the view.
//!
//! A page is a piece of the conversation's `timeline`. One damaged row costs itself, not the page: people get to read
//! what is left, and see that something is missing.

use std::collections::BTreeSet;
use std::ops::Bound;

use protocol::content::Mention;
use protocol::crypto::{Hash32, Label};
use protocol::identity::AccountId;
use protocol::limits;
use protocol::message::{ConversationId, Media, MessageRef};
use protocol::persist::{MarksRow, MessageContent, MessageRow, Row, RowKey};
use protocol::time::Hlc;
use protocol::turn::AttachmentView;
use redb::ReadTransaction;

use crate::engine::HISTORY;
use crate::guard::{Trouble, trouble};
use crate::load;
use crate::seal::Sealer;
use crate::tables::{self, Table};
use crate::timeline::{self, Spot, Whereabouts};

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
    /// Places that are damaged so that not even the message's name is certain.
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
    /// What happened to it in its channel beside that; `None` if nothing, or if that is damaged.
    pub marks: Option<Box<MarksRow>>,
}

/// Reads a page of at most `limit` (and [`PAGE_MAX`]) places.
pub(crate) fn page(
    read: &ReadTransaction,
    conversation: ConversationId,
    part: Part,
    limit: usize,
    sealer: &Sealer,
) -> Result<Page, Trouble> {
    let Some(timeline) = timeline::open(read, conversation)? else {
        return Ok(Page::default());
    };
    let attachments = Attachments::open(read)?;
    let marks = load::open(read, Table::Marks)?;
    let limit = limit.min(PAGE_MAX);
    let range = timeline.range::<&[u8]>(bounds(conversation, part).as_range());
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
        let (key, sealed) = place.map_err(|error| trouble(HISTORY, error))?;
        match entry(read, conversation, (key.value(), sealed.value()), sealer)? {
            Some((position, row)) => page.messages.push(PageEntry {
                position,
                row,
                attachment: attachments.view(conversation, position.1, sealer)?,
                marks: marks_of(marks.as_ref(), position.1, sealer)?,
            }),
            None => page.lost += 1,
        }
    }
    if !matches!(part, Part::After(_)) {
        page.messages.reverse();
    }
    Ok(page)
}

/// What stands at these places of a conversation.
pub(crate) fn entries(
    read: &ReadTransaction,
    conversation: ConversationId,
    places: &[Position],
    sealer: &Sealer,
) -> Result<Vec<PageEntry>, Trouble> {
    let timeline = timeline::open(read, conversation)?;
    let attachments = Attachments::open(read)?;
    let marks = load::open(read, Table::Marks)?;
    let entry = |position: &Position| {
        let spot = Spot {
            conversation,
            position: *position,
        };
        let row = match timeline::standing(timeline.as_ref(), &spot, sealer) {
            Ok(row) => Some(Box::new(row)),
            Err(Trouble::Damage(_)) => None,
            Err(other) => return Err(other),
        };
        Ok(PageEntry {
            position: *position,
            row,
            attachment: attachments.view(conversation, position.1, sealer)?,
            marks: marks_of(marks.as_ref(), position.1, sealer)?,
        })
    };
    places.iter().map(entry).collect()
}

/// A place and what stands there, unless it is damaged.
type Standing = (Position, Option<Box<MessageRow>>);

/// What stands at a place of a timeline. `None` if the row is damaged and the index does not say either that a message
/// of this name stands there: the name may be what is damaged.
fn entry(
    read: &ReadTransaction,
    conversation: ConversationId,
    (key, sealed): (&[u8], &[u8]),
    sealer: &Sealer,
) -> Result<Option<Standing>, Trouble> {
    let key = [conversation.0.as_slice(), key].concat();
    let Some(RowKey::Order(_, place, message)) = tables::decode_key(Table::Timeline, &key) else {
        return Ok(None);
    };
    let position = (place, message);
    match timeline::unseal(&key, sealed, sealer) {
        Ok(row) => return Ok(Some((position, Some(Box::new(row))))),
        Err(Trouble::Damage(_)) => {}
        Err(other) => return Err(other),
    }
    let Some(index) = load::open(read, Table::Index)? else {
        return Ok(None);
    };
    match timeline::whereabouts(&index, message, sealer) {
        Ok(Some(Whereabouts::Stands(of, at))) if (of, at) == (conversation, place) => {
            Ok(Some((position, None)))
        }
        Ok(_) | Err(Trouble::Damage(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// The marks of a message; also `None` if they are damaged: its text is not.
fn marks_of(
    opened: Option<&load::Opened>,
    message: MessageRef,
    sealer: &Sealer,
) -> Result<Option<Box<MarksRow>>, Trouble> {
    let Some(opened) = opened else {
        return Ok(None);
    };
    match load::row(opened, Table::Marks, &RowKey::Marks(message), sealer) {
        Ok(Some(Row::Marks(row))) => Ok(Some(Box::new(row))),
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
        conversation: ConversationId,
        message: MessageRef,
        sealer: &Sealer,
    ) -> Result<Option<AttachmentView>, Trouble> {
        let places = [
            (
                &self.unfinished,
                Table::Unfinished,
                RowKey::Unfinished(conversation.account(), message),
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

/// What others wrote behind a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Messages, up to [`limits::UNREAD_MAX`].
    pub messages: usize,
    /// Those of them that mention whom the person answers to.
    pub mentions: usize,
}

/// Counts what others than these wrote after a place (all of it without one), at most [`limits::UNREAD_MAX`], and how
/// much of that mentions one of these. Damaged messages do not count, and what was taken back is nothing to read.
pub(crate) fn unread(
    read: &ReadTransaction,
    (conversation, passed): (ConversationId, &BTreeSet<AccountId>),
    after: Option<Position>,
    named: &BTreeSet<Mention>,
    sealer: &Sealer,
) -> Result<Unread, Trouble> {
    let mut unread = Unread::default();
    let Some(timeline) = timeline::open(read, conversation)? else {
        return Ok(unread);
    };
    let part = after.map_or(Part::Latest, Part::After);
    let range = timeline.range::<&[u8]>(bounds(conversation, part).as_range());
    let range = range.map_err(|error| trouble(HISTORY, error))?;
    for place in range.take(limits::UNREAD_SCAN_MAX) {
        let (key, sealed) = place.map_err(|error| trouble(HISTORY, error))?;
        let key = [conversation.0.as_slice(), key.value()].concat();
        let row = match timeline::unseal(&key, sealed.value(), sealer) {
            Ok(row) => row,
            Err(Trouble::Damage(_)) => continue,
            Err(other) => return Err(other),
        };
        if passed.contains(&row.account) || !matches!(row.content, MessageContent::Text { .. }) {
            continue;
        }
        unread.messages += 1;
        unread.mentions += usize::from(mentions(read, &key, named, sealer)?);
        if unread.messages == limits::UNREAD_MAX {
            break;
        }
    }
    Ok(unread)
}

/// Whether the message at this key of a timeline mentions one of these.
fn mentions(
    read: &ReadTransaction,
    key: &[u8],
    named: &BTreeSet<Mention>,
    sealer: &Sealer,
) -> Result<bool, Trouble> {
    let place = tables::decode_key(Table::Timeline, key);
    let (false, Some(RowKey::Order(_, _, message))) = (named.is_empty(), place) else {
        return Ok(false);
    };
    match load::rows(read, &[RowKey::Marks(message)], sealer) {
        Ok(found) => Ok(found.into_iter().flatten().any(|row| {
            matches!(row, Row::Marks(marks) if marks.mentions.iter().any(|one| named.contains(one)))
        })),
        Err(Trouble::Damage(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Both ends of a part, as keys within a timeline.
struct Ends(Bound<Vec<u8>>, Bound<Vec<u8>>);

impl Ends {
    fn as_range(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        let Self(from, to) = self;
        (
            from.as_ref().map(Vec::as_slice),
            to.as_ref().map(Vec::as_slice),
        )
    }
}

fn bounds(conversation: ConversationId, part: Part) -> Ends {
    let excluded = |position| {
        let spot = Spot {
            conversation,
            position,
        };
        Bound::Excluded(timeline::within(&spot.key()).to_vec())
    };
    match part {
        Part::Latest => Ends(Bound::Unbounded, Bound::Unbounded),
        Part::Before(position) => Ends(Bound::Unbounded, excluded(position)),
        Part::After(position) => Ends(excluded(position), Bound::Unbounded),
    }
}
