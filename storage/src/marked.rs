//! Messages that their marks single out: what is pinned in a channel, and what is said in one thread.
//!
//! Marks lie by message, and only a message that has any has a row of them. Both listings look all of them through: a person asks
//! for one now and then, and an index of their own would be one more row to keep true with every mark.

use protocol::limits;
use protocol::message::{ConversationId, MessageRef};
use protocol::persist::{MarksRow, MessageContent, Row, RowKey};
use redb::{ReadTransaction, ReadableTable as _};

use crate::engine::HISTORY;
use crate::guard::{Trouble, trouble};
use crate::history::{self, PAGE_MAX, Page, PageEntry, Part, Position};
use crate::seal::Sealer;
use crate::tables::{self, Table};
use crate::{load, timeline};

/// What is pinned in a channel, as it was pinned, the first [`limits::PINS_MAX`]: all who know the same see the same, and
/// whoever's program pins beyond pushes nobody's pin out. What was taken away or deleted is not pinned.
pub(crate) fn pins(
    read: &ReadTransaction,
    conversation: ConversationId,
    sealer: &Sealer,
) -> Result<Vec<PageEntry>, Trouble> {
    let pinned = |row: &MarksRow| {
        let on = row.pinned.filter(|(_, on)| *on && row.redacted.is_none());
        on.map(|(stamp, _)| stamp)
    };
    let mut found = Vec::new();
    for (position, row) in marked(read, conversation, |row| pinned(row).is_some(), sealer)? {
        found.extend(pinned(&row).map(|stamp| (stamp, position)));
    }
    found.sort_unstable();
    let mut shown = Vec::new();
    for (_, position) in found {
        let entry = history::entries(read, conversation, &[position], sealer)?;
        let deleted = |entry: &PageEntry| {
            let row = entry.row.as_deref();
            row.is_some_and(|row| matches!(row.content, MessageContent::Deleted))
        };
        shown.extend(entry.into_iter().filter(|entry| !deleted(entry)));
        if shown.len() >= limits::PINS_MAX {
            break;
        }
    }
    Ok(shown)
}

/// A page of a thread: the message that it is under, if that is here, and what is said in it.
pub(crate) fn thread(
    read: &ReadTransaction,
    (conversation, root): (ConversationId, MessageRef),
    part: Part,
    limit: usize,
    sealer: &Sealer,
) -> Result<Page, Trouble> {
    let within = |row: &MarksRow| row.thread == Some(root);
    let found = marked(read, conversation, within, sealer)?;
    let mut places: Vec<Position> = found.into_iter().map(|(position, _)| position).collect();
    if let Some(index) = load::open(read, Table::Index)? {
        places.extend(place(&index, conversation, root, sealer)?);
    }
    places.sort_unstable();
    places.retain(|place| match part {
        Part::Latest => true,
        Part::Before(end) => *place < end,
        Part::After(start) => *place > start,
    });
    let limit = limit.min(PAGE_MAX);
    let surplus = places.len().saturating_sub(limit);
    if matches!(part, Part::After(_)) {
        places.truncate(limit);
    } else {
        places.drain(..surplus);
    }
    Ok(Page {
        messages: history::entries(read, conversation, &places, sealer)?,
        more: surplus > 0,
        lost: 0,
    })
}

/// Where the messages of a conversation stand whose marks are wanted, and these. Damaged marks single nothing out.
fn marked(
    read: &ReadTransaction,
    conversation: ConversationId,
    wanted: impl Fn(&MarksRow) -> bool,
    sealer: &Sealer,
) -> Result<Vec<(Position, MarksRow)>, Trouble> {
    let tables = (
        load::open(read, Table::Marks)?,
        load::open(read, Table::Index)?,
    );
    let (Some(marks), Some(index)) = tables else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in marks.iter().map_err(|error| trouble(HISTORY, error))? {
        let (key, sealed) = entry.map_err(|error| trouble(HISTORY, error))?;
        let Some(RowKey::Marks(message)) = tables::decode_key(Table::Marks, key.value()) else {
            continue;
        };
        let row = match load::unseal(Table::Marks, key.value(), sealed.value(), sealer) {
            Ok(Row::Marks(row)) if wanted(&row) => row,
            Ok(_) | Err(Trouble::Damage(_)) => continue,
            Err(other) => return Err(other),
        };
        let place = place(&index, conversation, message, sealer)?;
        found.extend(place.map(|place| (place, row)));
    }
    Ok(found)
}

/// Where a message stands, if that is in this conversation and not damaged.
fn place(
    index: &load::Opened,
    conversation: ConversationId,
    message: MessageRef,
    sealer: &Sealer,
) -> Result<Option<Position>, Trouble> {
    match timeline::whereabouts(index, message, sealer) {
        Ok(known) => {
            let spot = known.and_then(|known| known.spot(message));
            let here = spot.filter(|spot| spot.conversation == conversation);
            Ok(here.map(|spot| spot.position))
        }
        Err(Trouble::Damage(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
