//! What entries say, as rows of messages: a set of events gives one history, in whatever order they come.
//!
//! Texts, edits, deletions and reactions are as in private conversations ([`crate::conversation::effects`]); pins, names of
//! threads and what moderators take away lie in a row of marks beside the message. What comes before its message waits for
//! it, by channel: nothing that is said in one channel touches a message of another.

use crate::community::hall::Hall;
use crate::content::{ChannelEvent, ContentMessage};
use crate::control::body::Reason;
use crate::control::{Community, CommunityId};
use crate::conversation::{self, effects};
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::message::{Body, ConversationId, DirectEvent, MessageRef};
use crate::persist::{EarlyRow, MarksRow, MessageContent, MessageRow, Row, RowKey, Stamp, Version};
use crate::time::Hlc;
use crate::turn::{Context, Event, Missing, When};
use crate::wire::Bounded;

/// An opened entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard<'a> {
    pub(super) community: CommunityId,
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
    pub(super) hlc: Hlc,
    pub(super) message: &'a ContentMessage,
    /// Whether it was sent around a removal of its author.
    pub(super) around: bool,
}

impl Heard<'_> {
    pub(super) fn name(&self) -> MessageRef {
        MessageRef {
            author: self.device,
            id: self.message.id,
        }
    }

    fn stamp(&self) -> Stamp {
        (self.hlc, self.name())
    }

    fn conversation(&self) -> ConversationId {
        self.message.channel.into()
    }
}

/// The same event as in a private conversation, if there is one.
pub(super) fn direct(event: &ChannelEvent) -> Option<DirectEvent> {
    Some(match event {
        ChannelEvent::Text { body, .. } => DirectEvent::Text { body: body.clone() },
        ChannelEvent::Reply { to, body, .. } => DirectEvent::Reply {
            to: *to,
            body: body.clone(),
        },
        ChannelEvent::Edit { target, body } => DirectEvent::Edit {
            target: *target,
            body: body.clone(),
        },
        ChannelEvent::Delete { target } => DirectEvent::Delete { target: *target },
        ChannelEvent::React { target, emoji, on } => DirectEvent::React {
            target: *target,
            emoji: emoji.clone(),
            on: *on,
        },
        _ => return None,
    })
}

/// Makes sure that everything that an event touches is in memory.
///
/// # Errors
/// [`Missing`] with what is not.
pub(super) fn require(cx: &mut Context<'_>, heard: &Heard<'_>) -> Result<(), Missing> {
    let own = heard.name();
    let targets: Vec<MessageRef> = match &heard.message.event {
        ChannelEvent::Redact { targets, .. } => targets.to_vec(),
        event => event.target().into_iter().collect(),
    };
    let all: Vec<MessageRef> = targets.into_iter().chain([own]).collect();
    cx.resident.require(all.into_iter().flat_map(rows_of))
}

/// All that there may be of a message.
pub(super) fn rows_of(message: MessageRef) -> [RowKey; 3] {
    [
        RowKey::Message(message),
        RowKey::Marks(message),
        RowKey::Attachment(message),
    ]
}

/// Acts on what an entry says. Everything is looked up before the first write.
///
/// # Errors
/// When rows must be loaded first.
pub(super) fn hear(
    cx: &mut Context<'_>,
    (hall, community): (&Hall, &Community<'_>),
    heard: &Heard<'_>,
    when: When,
) -> Result<(), Missing> {
    require(cx, heard)?;
    let name = heard.name();
    if cx.resident.message(name)?.is_some() {
        return heard_again(cx, heard, when);
    }
    if !is_honest(&heard.message.event) {
        return Ok(()); // no honest device says that
    }
    match &heard.message.event {
        ChannelEvent::Text {
            body,
            mentions,
            thread,
        } => new_message(cx, heard, (None, body), (mentions, *thread), when)?,
        ChannelEvent::Reply {
            to,
            body,
            mentions,
            thread,
        } => new_message(cx, heard, (Some(*to), body), (mentions, *thread), when)?,
        ChannelEvent::Edit { target, .. }
        | ChannelEvent::Delete { target }
        | ChannelEvent::React { target, .. } => effect(cx, heard, *target, when)?,
        ChannelEvent::Redact { targets, reason } => {
            for target in targets.iter() {
                if outranks(hall, community, heard.account, target) {
                    redact(cx, heard, *target, reason, when)?;
                }
            }
        }
        event @ (ChannelEvent::Pin { target, .. } | ChannelEvent::Thread { root: target, .. }) => {
            mark(cx, heard, *target, event.clone(), when)?;
        }
        ChannelEvent::Chunk { .. } => return Ok(()), // attachments in channels are blobs
    }
    if !matches!(
        heard.message.event,
        ChannelEvent::Text { .. } | ChannelEvent::Reply { .. }
    ) {
        remember(cx, heard);
    }
    cx.observe(heard.hlc);
    Ok(())
}

/// An entry that was here comes again, as where a log begins anew for whoever was let in again: only what counts of removals may
/// be different now. Or it is another one under the same name, and says nothing.
fn heard_again(cx: &mut Context<'_>, heard: &Heard<'_>, when: When) -> Result<(), Missing> {
    let row = cx.resident.message(heard.name())?;
    let same = row.is_some_and(|row| row.hlc == heard.hlc && !is_effect(&row.content));
    if same {
        mark_around(cx, (heard.conversation(), heard.name()), heard.around, when)?;
    }
    Ok(())
}

/// Whether it stands for something that is no message.
const fn is_effect(content: &MessageContent) -> bool {
    matches!(content, MessageContent::Step | MessageContent::Effect(_))
}

/// Marks a message as sent around a removal of its author, or as not.
///
/// # Errors
/// When rows must be loaded first.
pub(super) fn mark_around(
    cx: &mut Context<'_>,
    (conversation, message): (ConversationId, MessageRef),
    around: bool,
    when: When,
) -> Result<(), Missing> {
    let mut marks = cx.resident.marks(message)?.cloned().unwrap_or_default();
    if marks.around != around {
        marks.around = around;
        put_marks(cx, (conversation, message), marks, when);
    }
    Ok(())
}

/// What an honest device lets its person say.
fn is_honest(event: &ChannelEvent) -> bool {
    match event {
        ChannelEvent::Text { body, .. }
        | ChannelEvent::Reply { body, .. }
        | ChannelEvent::Edit { body, .. } => {
            let characters = body.as_str().chars().count();
            (1..=limits::TEXT_CHARS_MAX).contains(&characters)
        }
        ChannelEvent::React { emoji, .. } => !emoji.is_empty(),
        _ => true,
    }
}

/// A moderator takes away only what somebody below them wrote, or they themselves.
pub(super) fn outranks(
    hall: &Hall,
    community: &Community<'_>,
    moderator: AccountId,
    target: &MessageRef,
) -> bool {
    let Some(author) = hall.control().owner_of(&target.author) else {
        return false;
    };
    let now = community.moment();
    author == moderator || now.rank(&moderator) > now.rank(&author)
}

fn new_message(
    cx: &mut Context<'_>,
    heard: &Heard<'_>,
    (reply_to, body): (Option<MessageRef>, &Body),
    (mentions, thread): (&crate::content::message::Mentions, Option<MessageRef>),
    when: When,
) -> Result<(), Missing> {
    let name = heard.name();
    let version = Version {
        stamp: heard.stamp(),
        body: body.clone(),
    };
    let mut row = MessageRow {
        conversation: heard.conversation(),
        account: heard.account,
        hlc: heard.hlc,
        place: heard.hlc.min(conversation::receive::PLACE_MAX),
        arrived: cx.now.wall,
        seen: heard.message.seen.clone(),
        content: MessageContent::Text {
            reply_to,
            versions: Bounded::try_from(vec![version]).unwrap_or_default(),
        },
        reactions: Bounded::default(),
        delivery: Bounded::default(),
    };
    let mut marks = MarksRow {
        mentions: mentions.clone(),
        thread,
        around: heard.around,
        ..MarksRow::default()
    };
    for (effect, early) in cx.resident.early(name) {
        if early.channel == heard.message.channel {
            let stamp = (early.hlc, effect);
            if let Some(event) = direct(&early.event) {
                let _changed = effects::apply(&mut row, early.account, stamp, &event);
            }
            note(&mut marks, early.account, stamp, &early.event);
        }
        cx.remove(RowKey::Early(name, effect));
    }
    if marks.redacted.is_some() {
        row.content = MessageContent::Deleted;
        row.reactions = Bounded::default();
    }
    if marks != MarksRow::default() {
        put_marks(cx, (heard.conversation(), name), marks, when);
    }
    conversation::insert(cx, name, row, when);
    Ok(())
}

fn effect(
    cx: &mut Context<'_>,
    heard: &Heard<'_>,
    target: MessageRef,
    when: When,
) -> Result<(), Missing> {
    let Some(event) = direct(&heard.message.event) else {
        return Ok(());
    };
    let found = cx.resident.message(target)?.cloned();
    match found.filter(|row| row.conversation == heard.conversation()) {
        Some(mut row) => {
            if effects::apply(&mut row, heard.account, heard.stamp(), &event) {
                conversation::store(cx, target, row, false, when);
            }
        }
        None => wait(cx, heard, target, heard.message.event.clone()),
    }
    Ok(())
}

fn wait(cx: &mut Context<'_>, heard: &Heard<'_>, target: MessageRef, event: ChannelEvent) {
    let (all, theirs) = cx.resident.early_counts(heard.account);
    let for_target = cx.resident.early(target);
    let for_target = for_target
        .iter()
        .filter(|(_, row)| row.account == heard.account)
        .count();
    let full = all >= limits::EARLY_MAX
        || theirs >= limits::EARLY_PER_ACCOUNT_MAX
        || for_target >= limits::EARLY_PER_TARGET_MAX;
    if full {
        return; // effects on messages that never come are a member's junk, not ours to keep
    }
    let row = EarlyRow {
        community: heard.community,
        channel: heard.message.channel,
        account: heard.account,
        hlc: heard.hlc,
        event,
    };
    cx.put(RowKey::Early(target, heard.name()), Row::Early(row));
}

fn redact(
    cx: &mut Context<'_>,
    heard: &Heard<'_>,
    target: MessageRef,
    reason: &Reason,
    when: When,
) -> Result<(), Missing> {
    let event = ChannelEvent::Redact {
        targets: Bounded::try_from(vec![target]).unwrap_or_default(),
        reason: reason.clone(),
    };
    mark(cx, heard, target, event, when)?;
    let found = cx.resident.message(target)?.cloned();
    if let Some(mut row) = found.filter(|row| row.conversation == heard.conversation())
        && matches!(row.content, MessageContent::Text { .. })
    {
        row.content = MessageContent::Deleted;
        row.reactions = Bounded::default();
        conversation::store(cx, target, row, false, when);
    }
    Ok(())
}

/// Notes an event among the marks of a message: of pins and names the latest, of removals the first.
fn note(marks: &mut MarksRow, account: AccountId, stamp: Stamp, event: &ChannelEvent) {
    match event {
        ChannelEvent::Pin { on, .. } if marks.pinned.is_none_or(|old| old.0 < stamp) => {
            marks.pinned = Some((stamp, *on));
        }
        ChannelEvent::Thread { name, .. }
            if marks.named.as_ref().is_none_or(|old| old.0 < stamp) =>
        {
            marks.named = Some((stamp, name.clone()));
        }
        ChannelEvent::Redact { reason, .. }
            if marks.redacted.as_ref().is_none_or(|old| stamp < old.0) =>
        {
            marks.redacted = Some((stamp, account, reason.clone()));
        }
        _ => {}
    }
}

/// Changes the marks of a message; if it is not here yet, the event waits for it.
fn mark(
    cx: &mut Context<'_>,
    heard: &Heard<'_>,
    target: MessageRef,
    event: ChannelEvent,
    when: When,
) -> Result<(), Missing> {
    match cx.resident.message(target)?.map(|row| row.conversation) {
        Some(conversation) if conversation == heard.conversation() => {}
        Some(_) => return Ok(()),
        None => {
            wait(cx, heard, target, event);
            return Ok(());
        }
    }
    let before = cx.resident.marks(target)?.cloned().unwrap_or_default();
    let mut after = before.clone();
    note(&mut after, heard.account, heard.stamp(), &event);
    if after != before {
        put_marks(cx, (heard.conversation(), target), after, when);
    }
    Ok(())
}

/// Takes back what an event did to a message, as far as nothing later did more.
pub(super) fn unmark(
    cx: &mut Context<'_>,
    heard: &Heard<'_>,
    target: MessageRef,
) -> Result<(), Missing> {
    let stamp = heard.stamp();
    if let Some(mut row) = cx.resident.message(target)?.cloned() {
        let before = row.clone();
        let reactions = row.reactions.iter().filter(|one| one.decided != stamp);
        row.reactions =
            Bounded::try_from(reactions.cloned().collect::<Vec<_>>()).unwrap_or_default();
        if let MessageContent::Text { versions, .. } = &mut row.content {
            let kept = versions.iter().filter(|version| version.stamp != stamp);
            *versions = Bounded::try_from(kept.cloned().collect::<Vec<_>>()).unwrap_or_default();
        }
        if row != before {
            conversation::store(cx, target, row, false, When::Now);
        }
    }
    let before = cx.resident.marks(target)?.cloned().unwrap_or_default();
    let after = MarksRow {
        pinned: before.pinned.filter(|(at, _)| *at != stamp),
        named: before.named.clone().filter(|(at, _)| *at != stamp),
        ..before.clone()
    };
    if after != before {
        put_marks(cx, (heard.conversation(), target), after, When::Now);
    }
    Ok(())
}

fn put_marks(
    cx: &mut Context<'_>,
    (conversation, message): (ConversationId, MessageRef),
    marks: MarksRow,
    when: When,
) {
    cx.put(RowKey::Marks(message), Row::Marks(marks.clone()));
    let event = Event::Marks {
        conversation,
        message,
        marks: Box::new(marks),
    };
    cx.out.event(event, when);
}

/// Remembers that an event which is no message was here.
fn remember(cx: &mut Context<'_>, heard: &Heard<'_>) {
    conversation::advance(cx, heard.conversation(), heard.hlc);
    let row = MessageRow {
        conversation: heard.conversation(),
        hlc: heard.hlc,
        ..MessageRow::step(heard.account, cx.now.wall)
    };
    cx.put(RowKey::Message(heard.name()), Row::Message(row));
}
