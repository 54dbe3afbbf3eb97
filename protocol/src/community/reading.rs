//! How far the person has read each channel: a mark that stays on this device and is told to nobody, for in a channel it would
//! tell many who was here, and when.
//!
//! A mark is a place and only moves forward. It outlives its channel, which may come back with the ops that a merge brings.

use crate::community::Halls;
use crate::control::{CommunityId, OpId};
use crate::conversation::marks;
use crate::error::Rejected;
use crate::message::MessageRef;
use crate::persist::{Row, RowKey};
use crate::turn::{Context, Event, Missing, Reply};

/// The person has read a channel up to this message.
///
/// # Errors
/// Outer: the message must be loaded first. Inner: there is no such community, channel or message; nothing was written.
pub(super) fn mark(
    cx: &mut Context<'_>,
    halls: &Halls,
    (community, channel): (CommunityId, OpId),
    up_to: MessageRef,
) -> Result<Result<Reply, Rejected>, Missing> {
    let known = cx.resident.community(community).is_some();
    let Some(hall) = halls.get(community).filter(|_hall| known) else {
        return Ok(Err(Rejected::UnknownCommunity));
    };
    if hall.control().now().channel(&channel).is_none() {
        return Ok(Err(Rejected::UnknownChannel));
    }
    let Some((up_to, _author)) = marks::shown(cx, channel.into(), up_to)? else {
        return Ok(Err(Rejected::UnknownMessage));
    };
    if cx.resident.channel_read(community, channel) < Some(up_to) {
        let key = RowKey::ChannelRead(community, channel);
        cx.put(key, Row::ChannelRead(up_to));
        cx.event(Event::ChannelRead {
            community,
            channel,
            up_to,
        });
    }
    Ok(Ok(Reply::Done))
}

/// Tells every mark at the start.
pub(super) fn introduce(cx: &mut Context<'_>) {
    for (community, channel, up_to) in cx.resident.channel_reads() {
        cx.event(Event::ChannelRead {
            community,
            channel,
            up_to,
        });
    }
}
