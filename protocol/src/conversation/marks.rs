//! How far a conversation was read: by the person here, and by the other one as far as they say so.
//!
//! A mark is a place and only moves forward, so marks may come late, twice or in any order.

use crate::conversation::compose;
use crate::error::Rejected;
use crate::identity::AccountId;
use crate::message::{ConversationId, DirectEvent, MessageRef};
use crate::persist::{MessageContent, Place, ReadRow, Row, RowKey};
use crate::turn::{Context, Event, Missing, Reply, When};

/// The person has read a conversation up to this message.
///
/// # Errors
/// Outer: the message must be loaded first. Inner: there is no such message; nothing was written.
pub fn mark_read(
    cx: &mut Context<'_>,
    conversation: AccountId,
    up_to: MessageRef,
) -> Result<Result<Reply, Rejected>, Missing> {
    let Some((mark, author)) = shown(cx, conversation.into(), up_to)? else {
        return Ok(Err(Rejected::UnknownMessage));
    };
    let before = cx.resident.read(conversation);
    if before.own >= Some(mark) {
        return Ok(Ok(Reply::Done));
    }
    let row = ReadRow {
        own: Some(mark),
        ..before
    };
    cx.put(RowKey::Read(conversation), Row::Read(row));
    let up_to = mark;
    cx.event(Event::ReadMark {
        conversation,
        up_to,
    });
    // That one has read one's own words goes without saying.
    if author == conversation && cx.resident.privacy().send_read_marks {
        tell(cx, conversation, mark.1);
    }
    Ok(Ok(Reply::Done))
}

/// Where a message of a conversation is shown, and whose it is.
///
/// # Errors
/// When the message must be loaded first.
pub(crate) fn shown(
    cx: &mut Context<'_>,
    conversation: ConversationId,
    message: MessageRef,
) -> Result<Option<(Place, AccountId)>, Missing> {
    let row = cx.resident.message(message)?.filter(|row| {
        let shown = matches!(
            row.content,
            MessageContent::Text { .. } | MessageContent::Deleted
        );
        shown && row.conversation == conversation
    });
    Ok(row.map(|row| ((row.place, message), row.account)))
}

/// Tells the other side. A contact that cannot be written to now is not told: the mark is the person's first of all.
fn tell(cx: &mut Context<'_>, to: AccountId, up_to: MessageRef) {
    if let Ok(devices) = compose::recipients(cx, to) {
        compose::effect(cx, to, devices, DirectEvent::Read { up_to });
    }
}

/// The other side says that it has read up to this message, which stands at this place.
pub(super) fn on_read(cx: &mut Context<'_>, account: AccountId, up_to: Place) {
    let before = cx.resident.read(account);
    if before.theirs >= Some(up_to) {
        return;
    }
    let row = ReadRow {
        theirs: Some(up_to),
        ..before
    };
    cx.put(RowKey::Read(account), Row::Read(row));
    cx.out
        .event(Event::ReadByPeer { account, up_to }, When::Now);
}

/// Tells every mark at the start.
pub fn introduce(cx: &mut Context<'_>) {
    for (account, row) in cx.resident.reads() {
        let conversation = account;
        if let Some(up_to) = row.own {
            cx.event(Event::ReadMark {
                conversation,
                up_to,
            });
        }
        if let Some(up_to) = row.theirs {
            cx.event(Event::ReadByPeer { account, up_to });
        }
    }
}
