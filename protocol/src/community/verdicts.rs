//! Whether an entry may stand: judged by the control heads that it names, so that everybody judges alike (§2.6 step 7, A14).

use crate::community::hall::Hall;
use crate::community::past;
use crate::content::{ChannelEvent, ContentMessage, EntryHeader, Mention};
use crate::control::{Authority, Bits, Channel, Community, OpId, PostFault, Writer};
use crate::identity::AccountId;
use crate::time::is_future;
use crate::turn::Context;

/// Whether the entry's author was a member with this device, and its epoch the one to send in, by the heads that it names.
pub(super) fn fits(
    cx: &Context<'_>,
    hall: &Hall,
    header: &EntryHeader,
    account: AccountId,
) -> bool {
    let Some(moment) = hall.control().log().at(&header.heads) else {
        return false;
    };
    let member = moment.standing(&account) >= crate::control::Standing::Member;
    let speaks = moment.speaks(&account, &header.log.device);
    let epoch = moment.epoch() == Some(header.epoch) || cx.faults.takes_old_epochs();
    member && speaks && epoch
}

/// Whether somebody who is silenced dates an entry after the end of that, and here the end has not come: it waits until then,
/// and no longer than the silence lasts, should this clock be the wrong one. Others whose clocks run ahead are heard; they
/// move nobody's own.
pub(super) fn dates_itself_free(
    cx: &Context<'_>,
    hall: &mut Hall,
    header: &EntryHeader,
    account: AccountId,
) -> bool {
    let Some(community) = hall.control().at(&header.heads) else {
        return false;
    };
    let Some(until) = community.silenced_until(&account) else {
        return false;
    };
    let long = community.silenced_for(&account).unwrap_or_default();
    let doubtful = header.hlc >= until && is_future(until, cx.now);
    doubtful && !hall.has_waited(header.log, (until, long), cx.now.mono)
}

/// The channel, if the author may say this there, by the heads that the entry names.
pub(super) fn may(
    community: &Community<'_>,
    header: &EntryHeader,
    account: AccountId,
    message: &ContentMessage,
) -> Option<Channel> {
    let writer = Writer {
        account,
        device: header.log.device,
        at: header.hlc,
    };
    let found = allowed(community, writer, &message.event, &message.channel);
    // What is sealed for all of the community is not said in a private channel, and the other way round.
    let found = found.ok();
    found.filter(|channel| past::audience_of(channel) == header.audience)
}

/// Whether somebody may say this in a channel.
pub(super) fn allowed(
    community: &Community<'_>,
    writer: Writer,
    event: &ChannelEvent,
    channel: &OpId,
) -> Result<Channel, PostFault> {
    let needed = match event {
        ChannelEvent::React { .. } => Bits::REACT,
        ChannelEvent::Chunk { .. } => Bits::ATTACH,
        _ => Bits::NONE,
    };
    // The role that all have is everyone by another name.
    let all = |one: &Mention| match one {
        Mention::Everyone => true,
        Mention::Role(role) => *role == community.everyone(),
        Mention::Account(_) => false,
    };
    let needed = if event.mentions().iter().any(all) {
        needed.with(Bits::MENTION_ALL)
    } else {
        needed
    };
    let found = community.may_write(writer, channel, needed)?;
    let moderates = matches!(
        event,
        ChannelEvent::Redact { .. } | ChannelEvent::Pin { .. }
    );
    let power = community
        .moment()
        .power(&writer.account, Bits::MANAGE_MESSAGES);
    if moderates && power == Authority::Void {
        return Err(PostFault::NotAllowed);
    }
    Ok(found)
}
