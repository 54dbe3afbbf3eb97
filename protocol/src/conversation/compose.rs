//! What the person at this device says in a private conversation.

use crate::conversation::{
    advance, attachments, effects, insert, next_time, sayable, seen_now, store,
};
use crate::courier::enqueue;
use crate::error::Rejected;
use crate::identity::{AccountId, DeviceId};
use crate::message::{Body, Content, DirectEvent, DirectMessage, MessageId, MessageRef};
use crate::persist::{
    ContactState, Delivery, MessageContent, MessageRow, Row, RowKey, Trust, Version, idempotent_id,
};
use crate::time::Hlc;
use crate::turn::{Attachment, Command, Context, Missing, Reply, When};
use crate::wire::Bounded;
use crate::{limits, notes};

/// Carries out a command about a conversation.
///
/// # Errors
/// Outer: rows must be loaded first. Inner: the command is refused; nothing was written.
pub fn command(
    cx: &mut Context<'_>,
    command: &Command,
) -> Result<Result<Reply, Rejected>, Missing> {
    let (to, event, key) = match command {
        Command::Send {
            to,
            body,
            reply_to,
            key,
        }
        | Command::Attach {
            to,
            body,
            reply_to,
            key,
            ..
        } => (*to, new_message(body.clone(), *reply_to), key),
        Command::Edit {
            to,
            target,
            body,
            key,
        } => (
            *to,
            DirectEvent::Edit {
                target: *target,
                body: body.clone(),
            },
            key,
        ),
        Command::Delete { to, target, key } => (*to, DirectEvent::Delete { target: *target }, key),
        Command::React {
            to,
            target,
            emoji,
            on,
            key,
        } => (
            *to,
            DirectEvent::React {
                target: *target,
                emoji: emoji.clone(),
                on: *on,
            },
            key,
        ),
        _ => return Ok(Ok(Reply::Done)),
    };
    let attachment = match command {
        Command::Attach { attachment, .. } => Some(attachment),
        _ => None,
    };
    say(cx, (to, event), attachment, key.as_deref())
}

/// Writes a text to a contact, as part of another command.
///
/// # Errors
/// As [`command`].
pub(crate) fn tell(
    cx: &mut Context<'_>,
    to: AccountId,
    text: &str,
) -> Result<Result<Reply, Rejected>, Missing> {
    match Body::try_from(text) {
        Ok(body) => say(cx, (to, DirectEvent::Text { body }), None, None),
        Err(_long) => Ok(Err(Rejected::NotPermitted)),
    }
}

const fn new_message(body: Body, reply_to: Option<MessageRef>) -> DirectEvent {
    match reply_to {
        Some(to) => DirectEvent::Reply { to, body },
        None => DirectEvent::Text { body },
    }
}

fn say(
    cx: &mut Context<'_>,
    (to, event): (AccountId, DirectEvent),
    attachment: Option<&Attachment>,
    key: Option<&[u8]>,
) -> Result<Result<Reply, Rejected>, Missing> {
    let checked = recipients(cx, to).and_then(|devices| {
        sayable::direct(&event)?;
        attachment.map_or(Ok(()), attachments::check)?;
        Ok(devices)
    });
    let devices = match checked {
        Ok(devices) => devices,
        Err(rejected) => return Ok(Err(rejected)),
    };
    let id = match key {
        Some(key) => idempotent_id(&cx.local.idempotency_secret(), to.into(), key),
        None => MessageId(cx.rng.bytes()),
    };
    let name = MessageRef {
        author: cx.local.device,
        id,
    };
    if key.is_some() {
        cx.resident.require_messages([name])?;
    }
    if key.is_some()
        && let Some(row) = cx.resident.message(name)?.cloned()
    {
        let same =
            row.content == MessageContent::Deleted || attachments::is_same(cx, name, attachment);
        return Ok(if same && is_repetition(&row, name, &event) {
            Ok(Reply::Message(name))
        } else {
            Err(Rejected::KeyReused)
        });
    }
    if let Some(attachment) = attachment
        && let Err(rejected) = attachments::check_room(cx, attachment, devices.len())
    {
        return Ok(Err(rejected));
    }
    let target = event.target().or_else(|| replied_to(&event));
    cx.resident.require_messages(target)?;
    let target = match target {
        None => None,
        Some(target) => match cx.resident.message(target)?.cloned() {
            Some(row) if row.conversation == to.into() => Some((target, row)),
            _ => return Ok(Err(Rejected::UnknownMessage)),
        },
    };
    if let Some((_, row)) = &target
        && let Err(rejected) = allowed(cx, row, &event)
    {
        return Ok(Err(rejected));
    }
    let repeatable = key.is_some();
    Ok(Ok(write(
        cx,
        Accepted {
            to,
            devices,
            name,
            event,
            target,
            repeatable,
            attachment: attachment.cloned(),
        },
    )))
}

const fn replied_to(event: &DirectEvent) -> Option<MessageRef> {
    match event {
        DirectEvent::Reply { to, .. } => Some(*to),
        _ => None,
    }
}

/// Active devices of a contact that may be written to.
pub(crate) fn recipients(cx: &Context<'_>, to: AccountId) -> Result<Vec<DeviceId>, Rejected> {
    let contact = cx.resident.contact(to).ok_or(Rejected::UnknownContact)?;
    match contact.state {
        ContactState::Accepted { .. } => {}
        ContactState::Blocked => return Err(Rejected::Blocked),
        _ => return Err(Rejected::NotAccepted),
    }
    if contact.trust == Trust::Changed {
        return Err(Rejected::Changed);
    }
    if cx.own_bundle().is_revoked(&cx.local.device) {
        return Err(Rejected::DeviceRevoked);
    }
    let devices: Vec<_> = contact
        .bundle
        .iter()
        .flat_map(crate::identity::AccountBundle::active_devices)
        .map(crate::identity::DeviceCert::device)
        .collect();
    if cx.resident.outbox_len().saturating_add(devices.len()) > limits::OUTBOX_MAX {
        return Err(Rejected::Full { what: "messages" });
    }
    Ok(devices)
}

/// Whether the event that this row stands for is the one asked for again.
pub(crate) fn is_repetition(row: &MessageRow, name: MessageRef, event: &DirectEvent) -> bool {
    match (&row.content, event) {
        (MessageContent::Effect(before), event) => before == event,
        (MessageContent::Deleted, DirectEvent::Text { .. } | DirectEvent::Reply { .. }) => true,
        (MessageContent::Text { reply_to, versions }, event) => {
            let original = versions
                .iter()
                .find(|version| version.stamp == (row.hlc, name));
            let same = |body: &Body| original.is_none_or(|version| version.body == *body);
            match event {
                DirectEvent::Text { body } => reply_to.is_none() && same(body),
                DirectEvent::Reply { to, body } => *reply_to == Some(*to) && same(body),
                _ => false,
            }
        }
        _ => false,
    }
}

fn allowed(cx: &Context<'_>, target: &MessageRow, event: &DirectEvent) -> Result<(), Rejected> {
    match target.content {
        MessageContent::Text { .. } => {}
        MessageContent::Deleted => {
            // Taking back twice is no fault; answering or changing what is gone is.
            return match event {
                DirectEvent::Delete { .. } if target.account == cx.local.account => Ok(()),
                _ => Err(Rejected::Deleted),
            };
        }
        MessageContent::Effect(_) | MessageContent::Step => return Err(Rejected::UnknownMessage),
    }
    match event {
        DirectEvent::Edit { .. } | DirectEvent::Delete { .. }
            if target.account != cx.local.account =>
        {
            Err(Rejected::NotTheAuthor)
        }
        _ => Ok(()),
    }
}

/// What passed every check and is now said.
struct Accepted {
    to: AccountId,
    devices: Vec<DeviceId>,
    name: MessageRef,
    event: DirectEvent,
    /// The message that it is about.
    target: Option<(MessageRef, MessageRow)>,
    /// It has a key: the same command may come again and is then answered from its row.
    repeatable: bool,
    /// What comes with it.
    attachment: Option<Attachment>,
}

/// Nothing stops it from here on: rows, then the outbox of every device.
fn write(cx: &mut Context<'_>, accepted: Accepted) -> Reply {
    let Accepted {
        to,
        devices,
        name,
        event,
        target,
        repeatable,
        attachment,
    } = accepted;
    let hlc = next_time(cx, to.into());
    let seen = seen_now(cx, to.into());
    let message = DirectMessage {
        id: name.id,
        to,
        hlc,
        seen,
        event,
    };
    let is_message = message.event.target().is_none();
    if let DirectEvent::Text { body } | DirectEvent::Reply { body, .. } = &message.event {
        notes::said(cx, to, body);
    }
    if is_message {
        if let Some(attachment) = &attachment {
            attachments::keep(cx, name, attachment);
        }
        let row = own_row(cx, to, &devices, name, &message);
        insert(cx, name, row, When::Durable);
    } else {
        if let Some((target, mut row)) = target
            && effects::apply(&mut row, cx.local.account, (hlc, name), &message.event)
        {
            if row.content == MessageContent::Deleted {
                attachments::remove(cx, to, target);
            }
            store(cx, target, row, false, When::Durable);
        }
        advance(cx, to.into(), hlc);
        if repeatable {
            let row = own_row(cx, to, &devices, name, &message);
            cx.put(RowKey::Message(name), Row::Message(row));
        }
    }
    let shown = (is_message || repeatable).then_some(to);
    let content = Content::Direct(message);
    for device in &devices {
        if cx.faults.drops_outbox() {
            continue;
        }
        enqueue(cx, to, *device, name.id, shown, &content);
    }
    if attachment.is_some() {
        attachments::send(cx, to, &devices, name);
    }
    Reply::Message(name)
}

/// Says something about the conversation itself, to devices that may be written to.
pub(super) fn effect(
    cx: &mut Context<'_>,
    to: AccountId,
    devices: Vec<DeviceId>,
    event: DirectEvent,
) {
    let name = MessageRef {
        author: cx.local.device,
        id: MessageId(cx.rng.bytes()),
    };
    let _name = write(
        cx,
        Accepted {
            to,
            devices,
            name,
            event,
            target: None,
            repeatable: false,
            attachment: None,
        },
    );
}

fn own_row(
    cx: &Context<'_>,
    to: AccountId,
    devices: &[DeviceId],
    name: MessageRef,
    message: &DirectMessage,
) -> MessageRow {
    let text = |reply_to: Option<MessageRef>, body: &Body| {
        let version = Version {
            stamp: (message.hlc, name),
            body: body.clone(),
        };
        let versions = Bounded::try_from(vec![version]).unwrap_or_default();
        MessageContent::Text { reply_to, versions }
    };
    let (content, place) = match &message.event {
        DirectEvent::Text { body } => (text(None, body), message.hlc),
        DirectEvent::Reply { to: target, body } => (text(Some(*target), body), message.hlc),
        effect => (MessageContent::Effect(effect.clone()), Hlc::ZERO),
    };
    let delivery: Vec<_> = devices
        .iter()
        .map(|device| (*device, Delivery::Queued))
        .collect();
    MessageRow {
        conversation: to.into(),
        account: cx.local.account,
        hlc: message.hlc,
        place,
        arrived: cx.now.wall,
        seen: message.seen.clone(),
        content,
        reactions: Bounded::default(),
        delivery: delivery.try_into().unwrap_or_default(),
    }
}
