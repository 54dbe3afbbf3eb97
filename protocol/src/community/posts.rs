//! What the person at this device says in a channel.

use crate::community::channel::{self, Heard};
use crate::community::gaps::Place;
use crate::community::{Halls, chains, entries, pace, past, repeated, verdicts, view, ways};
use crate::content::{self, ChannelEvent, ContentMessage, EntryHeader, EntryPlace, Mention};
use crate::control::body::LogId;
use crate::control::{Channel, Community, CommunityId, OpId, PostFault, Standing, Writer};
use crate::courier::Desks;
use crate::error::Rejected;
use crate::identity::AccountId;
use crate::link::frame::EntryBytes;
use crate::message::{ConversationId, MessageId, MessageRef};
use crate::persist::{MessageContent, MessageRow, Row, RowKey, idempotent_id};
use crate::time::Hlc;
use crate::turn::{Context, Missing, Reply, Timer, When};
use crate::{conversation, limits};

/// Says something in a channel.
///
/// # Errors
/// Outer: rows must be loaded first. Inner: why it is refused; nothing was written.
pub(super) fn say(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    (channel, event): (OpId, &ChannelEvent),
    key: Option<&[u8]>,
) -> Result<Result<Reply, Rejected>, Missing> {
    let conversation = ConversationId::from(channel);
    let message_id = match key {
        Some(key) => id_of_key(cx, conversation, key, event),
        None => MessageId(cx.rng.bytes()),
    };
    let message = ContentMessage {
        id: message_id,
        channel,
        seen: conversation::seen_now(cx, conversation),
        event: event.clone(),
    };
    let name = MessageRef {
        author: cx.local.device,
        id: message_id,
    };
    let heard = Heard {
        community: id,
        account: cx.local.account,
        device: cx.local.device,
        hlc: Hlc::ZERO,
        message: &message,
        around: false,
    };
    if key.is_none() {
        // Just drawn: there is nothing of that name, and the next try draws another.
        for row in channel::rows_of(name) {
            cx.resident.absent(row);
        }
    }
    channel::require(cx, &heard)?;
    if let Some(row) = cx.resident.message(name)? {
        let same = row.conversation == conversation;
        return Ok(if same && repeated::is_repetition(row, name, event) {
            Ok(Reply::Message(name))
        } else {
            Err(Rejected::KeyReused)
        });
    }
    if let ChannelEvent::Reply { to, .. } = event {
        let _loaded = cx.resident.message(*to)?;
    }
    // A root that is not here may be from before this account came, or in a gap; one that is elsewhere is a mistake.
    if let Some(root) = event.thread()
        && let Some(row) = cx.resident.message(root)?
        && !(row.conversation == conversation && is_said(row))
    {
        return Ok(Err(Rejected::UnknownMessage));
    }
    if let Err(rejected) = check(cx, desks.halls, id, &heard) {
        return Ok(Err(rejected));
    }
    let earliest = match in_time(cx, desks.halls, id, &message)? {
        Ok(earliest) => earliest,
        Err(rejected) => return Ok(Err(rejected)),
    };
    let written = write(cx, desks, id, (&message, earliest));
    if written.is_ok() && key.is_some() {
        repeated::remember_asked(cx, name, event)?;
    }
    Ok(written.map(|()| Reply::Message(name)))
}

/// The id of what is said under a key. Of pins, names of threads and what is taken away no row keeps what they said: their keys count
/// for these very ones.
fn id_of_key(
    cx: &Context<'_>,
    conversation: ConversationId,
    key: &[u8],
    event: &ChannelEvent,
) -> MessageId {
    let secret = cx.local.idempotency_secret();
    if repeated::is_kept(event) {
        return idempotent_id(&secret, conversation, key);
    }
    let key = [key, b"\0", &crate::wire::encode(event)].concat();
    idempotent_id(&secret, conversation, &key)
}

/// Whether something can hang under this: a text, or what is left of one.
const fn is_said(row: &MessageRow) -> bool {
    matches!(
        row.content,
        MessageContent::Text { .. } | MessageContent::Deleted
    )
}

/// Whether slow mode lets this be said by now, and the first time that it may have. Nothing is written.
///
/// # Errors
/// Outer: rows must be loaded first. Inner: it comes too soon.
fn in_time(
    cx: &mut Context<'_>,
    halls: &Halls,
    id: CommunityId,
    message: &ContentMessage,
) -> Result<Result<Hlc, Rejected>, Missing> {
    let hall = halls.get(id);
    let found = hall.and_then(|hall| Some((hall, hall.control().now().channel(&message.channel)?)));
    let Some((hall, channel)) = found else {
        return Ok(Err(Rejected::UnknownChannel));
    };
    let own = pace::own(cx, hall, &channel, &message.event)?;
    let coming = conversation::coming_time(cx, message.channel.into());
    let wait = own.wait(coming, cx.now.wall);
    if wait.is_zero() {
        Ok(Ok(own.earliest()))
    } else {
        Ok(Err(Rejected::TooSoon { wait }))
    }
}

/// Whether this may be said. Nothing is written.
fn check(
    cx: &mut Context<'_>,
    halls: &Halls,
    id: CommunityId,
    heard: &Heard<'_>,
) -> Result<(), Rejected> {
    let hall = super::commands::own_hall_ref(cx, halls, id)?;
    let event = &heard.message.event;
    let writer = Writer {
        account: cx.local.account,
        device: cx.local.device,
        at: Hlc::from_wall(cx.now.wall),
    };
    let community = hall.control().now();
    verdicts::allowed(&community, writer, event, &heard.message.channel).map_err(|fault| {
        match fault {
            PostFault::NotMember | PostFault::Device => Rejected::NotMember,
            PostFault::NoChannel => Rejected::UnknownChannel,
            PostFault::NotAllowed => Rejected::NotPermitted,
            PostFault::Silenced { until } => Rejected::Silenced {
                left: until.wall().since(cx.now.wall),
            },
        }
    })?;
    conversation::sayable::in_a_channel(event)?;
    check_mentions(&community, event)?;
    let targets: Vec<MessageRef> = match event {
        ChannelEvent::Redact { targets, .. } => targets.to_vec(),
        ChannelEvent::Reply { to, .. } => vec![*to],
        event => event.target().into_iter().collect(),
    };
    for target in targets {
        let taken_away = is_taken_away(cx, target);
        let Ok(Some(row)) = cx.resident.message(target) else {
            return Err(Rejected::UnknownMessage);
        };
        if row.conversation != heard.message.channel.into() {
            return Err(Rejected::UnknownMessage);
        }
        let own = row.account == cx.local.account;
        let redacts = matches!(event, ChannelEvent::Redact { .. });
        let gone = row.content == MessageContent::Deleted;
        if redacts && gone && !taken_away {
            return Err(Rejected::Deleted); // by who wrote it, and that stays so
        }
        if redacts && !channel::outranks(hall, &community, cx.local.account, &target) {
            return Err(Rejected::NotPermitted);
        }
        match (&row.content, event) {
            (
                MessageContent::Text { .. },
                ChannelEvent::Edit { .. } | ChannelEvent::Delete { .. },
            ) if !own => {
                return Err(Rejected::NotTheAuthor);
            }
            (MessageContent::Text { .. }, _)
            | (
                MessageContent::Deleted,
                ChannelEvent::Delete { .. } | ChannelEvent::Redact { .. },
            ) => {}
            (MessageContent::Deleted, _) => return Err(Rejected::Deleted),
            _ => return Err(Rejected::UnknownMessage),
        }
    }
    Ok(())
}

/// Whether a moderator took a message away.
fn is_taken_away(cx: &mut Context<'_>, message: MessageRef) -> bool {
    let marks = cx.resident.marks(message);
    marks.is_ok_and(|marks| marks.is_some_and(|marks| marks.redacted.is_some()))
}

/// Whom a text mentions is somebody: or its author would believe them told.
fn check_mentions(community: &Community<'_>, event: &ChannelEvent) -> Result<(), Rejected> {
    let mut mentions = event.mentions().iter();
    mentions.try_for_each(|mention| match mention {
        Mention::Account(who) if community.moment().standing(who) < Standing::Suspended => {
            Err(Rejected::UnknownMember)
        }
        Mention::Role(role) if *role != community.everyone() && community.role(role).is_none() => {
            Err(Rejected::UnknownRole)
        }
        _ => Ok(()),
    })
}

/// Nothing but keys stops it from here on: an entry at the end of the own log, and rows.
fn write(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    (message, earliest): (&ContentMessage, Hlc),
) -> Result<(), Rejected> {
    let incarnation = cx
        .resident
        .community(id)
        .map(|row| row.incarnation)
        .ok_or(Rejected::UnknownCommunity)?;
    let hall = super::commands::own_hall(cx, desks, id)?;
    hall.author(cx, Vec::new())?; // joins heads, if they are many
    let channel = hall.control().now().channel(&message.channel);
    let channel = channel.ok_or(Rejected::UnknownChannel)?;
    let audience = past::audience_of(&channel);
    let ready = chains::ready(cx, hall, audience)?;
    let hlc = conversation::next_time(cx, message.channel.into()).max(earliest);
    let log = LogId {
        device: cx.local.device,
        incarnation,
    };
    let end = hall.logs.get(&log).copied();
    let epoch = hall.control().log().now().epoch();
    let heads = hall.control().log().dag().heads();
    let place = EntryPlace {
        community: id,
        log,
        seq: end.map_or(0, |end| end.next),
        prev: end.map(|end| end.head),
        hlc,
        heads: heads.try_into().map_err(|_many| Rejected::NoKeys)?,
        audience,
        epoch: epoch.ok_or(Rejected::NoKeys)?,
        lives: None,
    };
    let sealed = content::seal(
        place,
        ready.at,
        &ready.row.record,
        message,
        &cx.local.signing,
        cx.rng,
    )
    .map_err(|_error| Rejected::NoKeys)?;
    let bytes = EntryBytes::try_from(sealed.entry.encode()).map_err(|_large| Rejected::NoKeys)?;
    let row = crate::persist::SendingRow {
        record: sealed.record,
        ..ready.row
    };
    cx.put(RowKey::Sending(id, audience), Row::Sending(row));
    entries::keep(
        cx,
        hall,
        (&sealed.entry, &bytes),
        (Some(&sealed.key), Place::Newest),
    );
    let heard = Heard {
        community: id,
        account: cx.local.account,
        device: cx.local.device,
        hlc,
        message,
        around: false,
    };
    // All that it touches is in memory: that was made sure of before.
    let community = hall.control().now();
    let author = (&cx.local.account, &message.event);
    let header = sealed.entry.header();
    keep_pace(cx, (&community, &channel), header, author);
    let _in_memory = channel::hear(cx, (hall, &community), &heard, When::Durable);
    tell(cx, desks, id, &bytes);
    Ok(())
}

/// Notes when this was said, for slow mode.
fn keep_pace(
    cx: &mut Context<'_>,
    place: (&Community<'_>, &Channel),
    header: &EntryHeader,
    author: (&AccountId, &ChannelEvent),
) {
    let verdict = pace::judge(cx, place, header, author);
    debug_assert!(
        verdict.as_ref().is_ok_and(|verdict| verdict.shown),
        "no honest device breaks its own pace"
    );
    if let Ok(verdict) = verdict {
        verdict.note(cx);
    }
}

/// Tells members in reach at once of what was said here.
fn tell(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId, bytes: &EntryBytes) {
    let own = cx.local.device;
    let affordable = limits::TOLD_DIRECTLY_BYTES.checked_div(bytes.len());
    let most = affordable.map_or(limits::TOLD_DIRECTLY, |most| {
        most.clamp(limits::TOLD_DIRECTLY, limits::TOLD_DIRECTLY_MAX)
    });
    ways::pass_on(cx, desks, id, (own, own, bytes), most);
    let later = cx.now.mono.after(limits::TELL_ENTRIES_DELAY);
    cx.timers.set_sooner(Timer::Tell(id), later);
    view::soon(cx, id);
}
