//! Members keep the same content logs, and show the same messages where they could read the same.

use std::collections::{BTreeMap, BTreeSet};

use protocol::content::{ChannelEvent, EntryId};
use protocol::message::MessageRef;
use protocol::persist::{MarksRow, MessageRow, Row, RowKey};

use super::{Gathered, Name};
use crate::checkers::{Checker, End};
use crate::device::Device;

/// Compares logs and rows of messages.
#[derive(Debug)]
pub struct Contents;

impl Checker for Contents {
    fn name(&self) -> &'static str {
        "community_contents"
    }

    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        let Some(gathered) = Gathered::of(end)? else {
            return Ok(());
        };
        for number in gathered.honest.iter().copied() {
            whole_own_logs(&gathered, number, &end.devices[number])?;
        }
        same_logs(&gathered)?;
        let said = Said::of(&gathered);
        let mut shown: BTreeMap<MessageRef, (usize, Shown)> = BTreeMap::new();
        for number in &gathered.members {
            for message in said.whole_at(&gathered, *number) {
                let now = show(&end.devices[*number], message)?;
                let now = now.ok_or_else(|| format!("d{number} does not show {message:?}"))?;
                let (first, before) = shown
                    .entry(message)
                    .or_insert_with(|| (*number, now.clone()));
                if *before != now {
                    return Err(format!(
                        "{message:?} differs: d{first} shows {before:?}, d{number} {now:?}"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// A device has every entry of its own logs.
fn whole_own_logs(gathered: &Gathered<'_>, number: usize, device: &Device) -> Result<(), String> {
    for (log, end) in &gathered.logs[number] {
        let own = log.device == device.id;
        let missing =
            (0..end.next).find(|seq| !gathered.entries[number].contains_key(&(*log, *seq)));
        if let Some(seq) = missing
            && own
        {
            return Err(format!("d{number} lacks entry {seq} of its own log"));
        }
    }
    Ok(())
}

/// Members keep the same logs; one ends earlier only where no member has what comes next.
fn same_logs(gathered: &Gathered<'_>) -> Result<(), String> {
    let mut heads: BTreeMap<Name, EntryId> = BTreeMap::new();
    for number in &gathered.members {
        for (log, last) in gathered.logs[*number]
            .iter()
            .filter(|(_, last)| last.next > 0)
        {
            if *heads.entry((*log, last.next)).or_insert(last.head) != last.head {
                return Err(format!(
                    "d{number} keeps another {log:?} than somebody else"
                ));
            }
        }
        for other in &gathered.members {
            for (log, seq) in gathered.entries[*other].keys() {
                let next = gathered.logs[*number].get(log).map_or(0, |end| end.next);
                if next == *seq {
                    return Err(format!(
                        "d{number} lacks {seq} of {log:?}, which d{other} has"
                    ));
                }
            }
        }
    }
    Ok(())
}

/// What a message looks like, but for when it came.
type Shown = (MessageRow, Option<MarksRow>);

fn show(device: &Device, message: MessageRef) -> Result<Option<Shown>, String> {
    let keys = [RowKey::Message(message), RowKey::Marks(message)];
    let rows = device.disk.medium.load(&keys).map_err(|fault| fault.what)?;
    let (mut shown, mut marks) = (None, None);
    for row in rows.into_iter().flatten() {
        match row {
            Row::Message(row) => {
                shown = Some(MessageRow {
                    arrived: protocol::time::Timestamp::default(),
                    delivery: Default::default(),
                    ..row
                });
            }
            Row::Marks(row) => marks = Some(row),
            _ => {}
        }
    }
    let plain = MarksRow::default();
    Ok(shown.map(|shown| (shown, marks.filter(|marks| *marks != plain))))
}

/// Which entries made and changed each message.
#[derive(Debug, Default)]
struct Said {
    /// The entry that made it.
    made: BTreeMap<MessageRef, Name>,
    /// Those that changed it.
    changed: BTreeMap<MessageRef, BTreeSet<Name>>,
}

impl Said {
    /// By every entry that anybody opened.
    fn of(gathered: &Gathered<'_>) -> Self {
        let mut said = Self::default();
        let honest = gathered.honest.iter();
        for (name, kept) in honest.flat_map(|number| &gathered.entries[*number]) {
            let Some(message) = kept.key.as_ref().and_then(|key| kept.entry.open(key).ok()) else {
                continue;
            };
            let targets: Vec<MessageRef> = match &message.event {
                ChannelEvent::Redact { targets, .. } => targets.to_vec(),
                event => event.target().into_iter().collect(),
            };
            let own = MessageRef {
                author: name.0.device,
                id: message.id,
            };
            if matches!(
                message.event,
                ChannelEvent::Text { .. } | ChannelEvent::Reply { .. }
            ) {
                said.made.insert(own, *name);
            }
            for target in targets {
                said.changed.entry(target).or_default().insert(*name);
            }
        }
        said
    }

    /// Messages of which a device has read all that there is.
    fn whole_at(&self, gathered: &Gathered<'_>, number: usize) -> Vec<MessageRef> {
        let read = |name: &Name| {
            let kept = gathered.entries[number].get(name);
            kept.is_some_and(|kept| kept.key.is_some())
        };
        let changes = |message: &MessageRef| {
            let changed = self.changed.get(message);
            changed.is_none_or(|changed| changed.iter().all(read))
        };
        self.made
            .iter()
            .filter(|(message, name)| read(name) && changes(message))
            .map(|(message, _)| *message)
            .collect()
    }
}
