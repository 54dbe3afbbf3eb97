//! What another device said in a private conversation.

use crate::conversation::attachments::Chunk;
use crate::conversation::{advance, attachments, effects, insert, marks, store};
use crate::courier::Stop;
use crate::error::Misbehaved;
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::message::{DirectEvent, DirectMessage, MessageRef};
use crate::persist::{
    ContactState, MessageContent, MessageRow, PendingRow, Row, RowKey, Stamp, Version,
};
use crate::time::Hlc;
use crate::turn::{Context, When};
use crate::wire::Bounded;

/// The last place that a peer's time can name, in the year 6429: half of what 48 bits hold, so that there is always
/// a next one.
pub(crate) const PLACE_MAX: Hlc = Hlc::from_bits(1 << 63);

/// Acts on an event of a contact's device. Everything that can stop it is looked up before the first write.
///
/// # Errors
/// When rows must be loaded first, or the account may not say this.
pub fn receive(
    cx: &mut Context<'_>,
    account: AccountId,
    device: DeviceId,
    message: &DirectMessage,
) -> Result<(), Stop> {
    let accepted = cx
        .resident
        .contact(account)
        .is_some_and(|row| matches!(row.state, ContactState::Accepted { .. }));
    if message.to != cx.local.account {
        return Err(Misbehaved::NotAllowed {
            frame: "direct message",
        }
        .into());
    }
    if !accepted {
        return Err(Stop::Ignored);
    }
    let name = MessageRef {
        author: device,
        id: message.id,
    };
    // Looked up for every message: a device that uses an id twice must not rewrite what it said.
    if cx.resident.message(name)?.is_some() && !cx.faults.forgets_duplicates() {
        return Ok(());
    }
    check(&message.event)?;
    let chunk = Chunk::of(&message.event).transpose()?;
    match message.event.target() {
        None => new_message(cx, account, name, message)?,
        Some(target) => {
            match chunk {
                Some(chunk) => part(cx, account, name, target, chunk)?,
                None => effect(cx, account, name, message, target)?,
            }
            remember(cx, account, name, message);
        }
    }
    cx.observe(message.hlc);
    Ok(())
}

/// What an honest device never sends. It is neither stored nor acknowledged, as if it had not come.
fn check(event: &DirectEvent) -> Result<(), Misbehaved> {
    let (empty, characters) = match event {
        DirectEvent::Text { body }
        | DirectEvent::Reply { body, .. }
        | DirectEvent::Edit { body, .. } => (body.is_empty(), body.as_str().chars().count()),
        DirectEvent::React { emoji, .. } => (emoji.is_empty(), 0),
        _ => (false, 0),
    };
    if empty {
        return Err(Misbehaved::NotAllowed {
            frame: "empty message",
        });
    }
    if characters > limits::TEXT_CHARS_MAX {
        return Err(Misbehaved::LongText { characters });
    }
    Ok(())
}

fn new_message(
    cx: &mut Context<'_>,
    account: AccountId,
    name: MessageRef,
    message: &DirectMessage,
) -> Result<(), Stop> {
    let (reply_to, body) = match &message.event {
        DirectEvent::Reply { to, body } => (Some(*to), body),
        DirectEvent::Text { body } => (None, body),
        _ => return Ok(()),
    };
    let place = place(message);
    let version = Version {
        stamp: (message.hlc, name),
        body: body.clone(),
    };
    let mut row = MessageRow {
        conversation: account.into(),
        account,
        hlc: message.hlc,
        place,
        arrived: cx.now.wall,
        seen: message.seen.clone(),
        content: MessageContent::Text {
            reply_to,
            versions: Bounded::try_from(vec![version]).unwrap_or_default(),
        },
        reactions: Bounded::default(),
        delivery: Bounded::default(),
    };
    let early = attachments::early(cx, account, name)?;
    // What others said of it, in conversations with them, is not part of this one.
    let waiting = cx
        .resident
        .pending(name)
        .filter(|(_, row)| row.conversation == account);
    let waiting: Vec<_> = waiting.map(|(effect, row)| (effect, row.clone())).collect();
    for (effect, pending) in waiting {
        let stamp = (pending.hlc, effect);
        if let DirectEvent::Read { .. } = pending.event {
            marks::on_read(cx, pending.account, (place, name));
        }
        let _changed = effects::apply(&mut row, pending.account, stamp, &pending.event);
        cx.remove(RowKey::Pending(name, effect));
    }
    if let Some(early) = early {
        let stands = matches!(row.content, MessageContent::Text { .. });
        attachments::claim(cx, account, name, early, stands);
    }
    insert(cx, name, row, When::Now);
    Ok(())
}

/// A part of the attachment of a message, known or not.
fn part(
    cx: &mut Context<'_>,
    account: AccountId,
    name: MessageRef,
    target: MessageRef,
    chunk: Chunk<'_>,
) -> Result<(), Stop> {
    cx.resident.require_messages([target])?;
    let found = cx.resident.message(target)?.cloned();
    if found
        .as_ref()
        .is_some_and(|row| row.conversation != account.into())
    {
        return Ok(());
    }
    attachments::on_chunk(cx, account, (name.author, target), chunk, found)
}

/// A time as far as it is followed. What is said next in this conversation comes after it, so there must be a next one.
fn place(message: &DirectMessage) -> Hlc {
    message.hlc.min(PLACE_MAX)
}

fn effect(
    cx: &mut Context<'_>,
    account: AccountId,
    name: MessageRef,
    message: &DirectMessage,
    target: MessageRef,
) -> Result<(), Stop> {
    let stamp: Stamp = (message.hlc, name);
    cx.resident.require_messages([target])?;
    let found = cx.resident.message(target)?.cloned();
    // A message of another conversation is as unknown as one that never was.
    match found.filter(|row| row.conversation == account.into()) {
        Some(row) if matches!(message.event, DirectEvent::Read { .. }) => {
            if row.place > Hlc::ZERO {
                marks::on_read(cx, account, (row.place, target)); // what has no place is not read
            }
        }
        Some(mut row) => {
            if effects::apply(&mut row, account, stamp, &message.event) {
                let mut when = When::Now;
                if row.content == MessageContent::Deleted {
                    // That an attachment was whole may still wait for the disk: this must not overtake it.
                    if let Ok(Some(_)) = attachments::shown(cx, account, target) {
                        when = When::Durable;
                    }
                    attachments::remove(cx, account, target);
                }
                store(cx, target, row, false, when);
            }
        }
        None => wait_for_target(cx, account, name, message, target),
    }
    Ok(())
}

/// Remembers that an event which is no message was here: a repetition is answered and not acted upon.
fn remember(cx: &mut Context<'_>, account: AccountId, name: MessageRef, message: &DirectMessage) {
    advance(cx, account.into(), place(message));
    let row = MessageRow {
        conversation: account.into(),
        account,
        hlc: message.hlc,
        place: Hlc::ZERO,
        arrived: cx.now.wall,
        seen: Bounded::default(),
        // What the effect was is in its target; here only that it is known.
        content: MessageContent::Step,
        reactions: Bounded::default(),
        delivery: Bounded::default(),
    };
    cx.put(RowKey::Message(name), Row::Message(row));
}

fn wait_for_target(
    cx: &mut Context<'_>,
    account: AccountId,
    name: MessageRef,
    message: &DirectMessage,
    target: MessageRef,
) {
    let for_target = cx.resident.pending(target);
    let for_target = for_target.filter(|(_, row)| row.account == account).count();
    let (all, theirs) = cx.resident.pending_counts(account);
    let full = for_target >= limits::PENDING_PER_TARGET_MAX
        || theirs >= limits::PENDING_PER_CONTACT_MAX
        || all >= limits::PENDING_EFFECTS_MAX;
    if full {
        return; // effects on messages that never come are a peer's junk, not ours to keep
    }
    let row = PendingRow {
        account,
        conversation: account,
        hlc: message.hlc,
        event: message.event.clone(),
    };
    cx.put(RowKey::Pending(target, name), Row::Pending(row));
}
