//! What proves a reported message: entries that its author signed, each with the key that it commits to.
//!
//! The reporter's device looks for them in its own rows. No row leads from a message to its entry, so they are looked for by
//! their time: that rises along a log, but for devices that write in several channels of which one is ahead of the clock, or
//! that want it otherwise. Of those the newest entries are looked at. What is not found is reported all the same: whoever
//! heard the message need not be shown it.
//!
//! A moderator's device believes an entry by its signature and its key by the entry's commitment, whatever the reporter says.

use crate::community::gaps;
use crate::community::hall::Hall;
use crate::content::{ChannelEvent, ContentMessage, EntryKey, UnverifiedEntry, VerifiedEntry};
use crate::control::OpId;
use crate::control::body::LogId;
use crate::courier::Stop;
use crate::error::Misbehaved;
use crate::identity::DeviceId;
use crate::limits;
use crate::message::{Body, Evidence, MessageRef, Reported};
use crate::persist::{
    EntryRow, MessageContent, MessageRow, Quote, ReportedRow, RowKey, SaidRow, Stamp,
};
use crate::time::Hlc;
use crate::turn::{Context, Missing};
use crate::wire::Blob;

/// An entry that proves something, as it lies here.
pub(super) struct Proof {
    log: LogId,
    seq: u64,
    entry: VerifiedEntry,
    key: EntryKey,
}

/// What a message says by an entry: its own words, or those that its author put in their place.
fn words<'a>(
    hall: &Hall,
    (by, said): (DeviceId, &'a ContentMessage),
    channel: OpId,
    message: MessageRef,
) -> Option<&'a Body> {
    let name = MessageRef {
        author: by,
        id: said.id,
    };
    let owner = |device| hall.control().owner_of(device);
    match &said.event {
        _ if said.channel != channel => None,
        ChannelEvent::Text { body, .. } | ChannelEvent::Reply { body, .. } if name == message => {
            Some(body)
        }
        ChannelEvent::Edit { target, body }
            if *target == message
                && owner(&by).is_some()
                && owner(&by) == owner(&message.author) =>
        {
            Some(body)
        }
        _ => None,
    }
}

/// What proves a message: as it was said first, and as it was changed last. The words of one that was taken back are proved
/// as they were said, or taking back would be a way out.
///
/// # Errors
/// When entries must be loaded first.
pub(super) fn gather(
    cx: &mut Context<'_>,
    hall: &Hall,
    message: MessageRef,
    row: &MessageRow,
) -> Result<Vec<Proof>, Missing> {
    let first = (row.hlc, message);
    let last = match &row.content {
        MessageContent::Text { versions, .. } => versions.last().map(|version| version.stamp),
        _ => None,
    };
    let stamps = [Some(first), last.filter(|stamp| *stamp != first)];
    let mut found = Vec::new();
    for stamp in stamps.into_iter().flatten() {
        found.extend(find(
            cx,
            hall,
            stamp,
            (row.conversation.channel(), message),
        )?);
    }
    Ok(found)
}

/// The entry of that time and name, if it is here and says something of the message.
fn find(
    cx: &mut Context<'_>,
    hall: &Hall,
    (hlc, name): Stamp,
    (channel, message): (OpId, MessageRef),
) -> Result<Option<Proof>, Missing> {
    let of_device = hall
        .logs
        .iter()
        .filter(|(log, _)| log.device == name.author);
    let logs: Vec<(LogId, u64)> = of_device.map(|(log, end)| (*log, end.next)).collect();
    for (log, next) in logs {
        let proves = |proof: &Proof| {
            let said = proof.entry.open(&proof.key);
            let of = |said: &ContentMessage| {
                said.id == name.id && words(hall, (log.device, said), channel, message).is_some()
            };
            proof.entry.header().hlc == hlc && said.is_ok_and(|said| of(&said))
        };
        let led = led_to(cx, hall, (log, next), hlc)?;
        if let Some(proof) = led.filter(proves) {
            return Ok(Some(proof));
        }
        let newest = next.saturating_sub(limits::REPORT_LOOKED_MAX)..next;
        let id = hall.control().community();
        let rows = newest.clone().map(|seq| RowKey::Entry(id, log, seq));
        cx.resident.require(rows)?;
        for seq in newest.rev() {
            if let Some(proof) = opened(cx, hall, log, seq)?.filter(proves) {
                return Ok(Some(proof));
            }
        }
    }
    Ok(None)
}

/// The entry of a log to which a time leads, if times rise along it.
fn led_to(
    cx: &mut Context<'_>,
    hall: &Hall,
    (log, next): (LogId, u64),
    hlc: Hlc,
) -> Result<Option<Proof>, Missing> {
    let id = hall.control().community();
    let (mut low, mut high) = (0, next);
    while low < high {
        let middle = low.midpoint(high);
        let here = gaps::beyond(hall, log, middle);
        if here >= high {
            high = middle;
            continue;
        }
        let row = cx.resident.entry(id, log, here)?.cloned();
        let entry = row.and_then(|row| VerifiedEntry::kept(&row.bytes).ok());
        match entry.map(|entry| entry.header().hlc.cmp(&hlc)) {
            Some(std::cmp::Ordering::Less) => low = here.saturating_add(1),
            Some(std::cmp::Ordering::Greater) => high = middle,
            Some(std::cmp::Ordering::Equal) => return opened(cx, hall, log, here),
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// An entry that is here and was opened.
fn opened(
    cx: &mut Context<'_>,
    hall: &Hall,
    log: LogId,
    seq: u64,
) -> Result<Option<Proof>, Missing> {
    let row = cx
        .resident
        .entry(hall.control().community(), log, seq)?
        .cloned();
    let Some(EntryRow {
        bytes,
        key: Some(key),
    }) = row
    else {
        return Ok(None);
    };
    let entry = VerifiedEntry::kept(&bytes).ok();
    Ok(entry.map(|entry| Proof {
        log,
        seq,
        entry,
        key: EntryKey::from_bytes(key),
    }))
}

/// Proofs as they travel: whole while there is room, then by name.
pub(super) fn pack(all: Vec<(MessageRef, Vec<Proof>)>) -> Vec<Reported> {
    let mut room = limits::REPORT_ENTRIES_BYTES_MAX;
    let mut one = |proof: Proof| {
        let Proof {
            log,
            seq,
            entry,
            key,
        } = proof;
        let bytes = entry.without_key().encode();
        if bytes.len() > room {
            return Evidence::Named { log, seq, key };
        }
        room = room.saturating_sub(bytes.len());
        match Blob::try_from(bytes) {
            Ok(entry) => Evidence::Whole { entry, key },
            Err(_) => Evidence::Named { log, seq, key },
        }
    };
    let all = all.into_iter();
    all.map(|(message, proofs)| {
        let evidence: Vec<Evidence> = proofs.into_iter().map(&mut one).collect();
        Reported {
            message,
            evidence: evidence.try_into().unwrap_or_default(),
        }
    })
    .collect()
}

/// Judges what somebody reported of a message. Nothing is written.
///
/// # Errors
/// When rows must be loaded first; or evidence is false: no honest device sends what its author did not sign, a key that is
/// another's, or what says nothing of the message.
pub(super) fn judge(
    cx: &mut Context<'_>,
    hall: &Hall,
    channel: OpId,
    reported: &Reported,
) -> Result<ReportedRow, Stop> {
    let message = reported.message;
    let heard = cx.resident.message(message)?;
    let heard = heard.is_some_and(|row| {
        let is_message = matches!(
            row.content,
            MessageContent::Text { .. } | MessageContent::Deleted
        );
        is_message && row.conversation == channel.into()
    });
    let mut said = Vec::new();
    for evidence in reported.evidence.iter() {
        let Some((entry, key)) = believed(cx, hall, evidence)? else {
            continue;
        };
        let content = entry.open(key).map_err(Misbehaved::Entry)?;
        let by = entry.header().log.device;
        let words = words(hall, (by, &content), channel, message);
        let words = words.ok_or(Misbehaved::NotAllowed { frame: "report" })?;
        said.push(SaidRow {
            at: entry.header().hlc,
            text: quote(words),
        });
    }
    Ok(ReportedRow {
        message,
        author: hall.control().owner_of(&message.author),
        verified: heard || !said.is_empty(),
        said: said.try_into().unwrap_or_default(),
    })
}

/// The entry of a piece of evidence, if it is for certain its device's own: signed by it, or kept here. `None` where that
/// cannot be known.
fn believed<'a>(
    cx: &mut Context<'_>,
    hall: &Hall,
    evidence: &'a Evidence,
) -> Result<Option<(VerifiedEntry, &'a EntryKey)>, Stop> {
    let id = hall.control().community();
    match evidence {
        Evidence::Whole { entry, key } => {
            let entry = UnverifiedEntry::decode(entry).map_err(Misbehaved::Entry)?;
            if entry.entry().header.community != id {
                return Err(Misbehaved::NotAllowed { frame: "report" }.into());
            }
            let Some(signer) = hall.control().key(&entry.device()) else {
                return Ok(None);
            };
            let entry = entry.verify(signer).map_err(Misbehaved::Entry)?;
            Ok(Some((entry, key)))
        }
        Evidence::Named { log, seq, key } => {
            let row = cx.resident.entry(id, *log, *seq)?;
            let entry = row.and_then(|row| VerifiedEntry::kept(&row.bytes).ok());
            Ok(entry.map(|entry| (entry, key)))
        }
    }
}

/// The beginning of what somebody said, whole characters of it.
fn quote(words: &Body) -> Quote {
    let words = words.as_str();
    let end = words.floor_char_boundary(limits::QUOTE_BYTES_MAX);
    let beginning = words.get(..end).unwrap_or_default();
    Quote::try_from(beginning).unwrap_or_default()
}
