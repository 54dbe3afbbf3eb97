//! What checkers of communities have in common: who is in at the end, and every entry that anybody keeps.

pub mod answered;
pub mod audience;
pub mod contents;
pub mod once;
pub mod rules;
pub mod state;

use std::collections::{BTreeMap, BTreeSet};

use protocol::content::{Audience, EntryHeader, EntryKey, UnverifiedEntry, VerifiedEntry};
use protocol::control::body::LogId;
use protocol::control::{Community, CommunityId, Control, OpId, Standing};
use protocol::identity::{AccountId, DeviceId};
use protocol::persist::{EntryRow, LogRow, Row, RowKey};

use super::End;
use crate::device::Device;

/// Names an entry: its log, and its number there.
pub(super) type Name = (LogId, u64);

/// What one device keeps of an entry.
#[derive(Debug)]
pub(super) struct Kept {
    /// The entry, checked.
    pub entry: VerifiedEntry,
    /// Its key, if the device opened it.
    pub key: Option<EntryKey>,
}

impl Kept {
    /// What it says in the clear.
    pub(super) fn header(&self) -> &EntryHeader {
        self.entry.header()
    }
}

/// A community as all devices have it at the end.
#[derive(Debug)]
pub(super) struct Gathered<'a> {
    /// Which.
    pub id: CommunityId,
    /// Devices whose program is ours, of whomever.
    pub honest: Vec<usize>,
    /// Those of them that are members', by the log of the first of them that is one by its own log.
    pub members: Vec<usize>,
    /// The control log of that one.
    pub control: &'a Control,
    /// For each device, how far its content logs are.
    pub logs: Vec<BTreeMap<LogId, LogRow>>,
    /// For each device, the entries that it keeps.
    pub entries: Vec<BTreeMap<Name, Kept>>,
}

/// The control log of a device, if it has any.
pub(super) fn control(device: &Device, id: CommunityId) -> Option<&Control> {
    device.core.as_ref()?.control(id)
}

impl<'a> Gathered<'a> {
    /// What there is at the end; nothing in a world that is about something else.
    ///
    /// # Errors
    /// What a device keeps that no device may.
    pub(super) fn of(end: &'a End<'_>) -> Result<Option<Self>, String> {
        let Some(id) = end.community else {
            return Ok(None);
        };
        let owns = |device: &&Device| {
            let owner = control(device, id).and_then(|control| control.log().now().owner());
            !device.lies && owner == Some(device.account)
        };
        let owner = end.devices.iter().find(owns).ok_or("nobody owns it")?;
        let control = control(owner, id).ok_or("its owner does not know it")?;
        let now = control.log().now();
        let devices = end.devices.iter().enumerate();
        let honest: Vec<usize> = devices
            .clone()
            .filter(|(_, device)| !device.lies)
            .map(|(number, _)| number)
            .collect();
        let members = devices
            .filter(|(_, device)| !device.lies)
            .filter(|(_, device)| now.standing(&device.account) >= Standing::Member)
            .map(|(number, _)| number)
            .collect();
        let mut gathered = Self {
            id,
            honest,
            members,
            control,
            logs: Vec::new(),
            entries: Vec::new(),
        };
        for (number, device) in end.devices.iter().enumerate() {
            // A liar may be down when all others are settled; nobody promised what it keeps.
            let (logs, entries) = match device.lies && device.core.is_none() {
                true => All::default(),
                false => read(device, id).map_err(|what| format!("d{number}: {what}"))?,
            };
            gathered.logs.push(logs);
            gathered.entries.push(entries);
        }
        Ok(Some(gathered))
    }
}

type All = (BTreeMap<LogId, LogRow>, BTreeMap<Name, Kept>);

/// Everything that a device keeps of the content logs.
fn read(device: &Device, id: CommunityId) -> Result<All, String> {
    let medium = &device.disk.medium;
    let snapshot = medium.snapshot().map_err(|fault| fault.what)?;
    let mut logs = BTreeMap::new();
    for (key, row) in &snapshot.rows {
        if let (RowKey::Log(of, log), Row::Log(end)) = (key, row)
            && *of == id
        {
            logs.insert(*log, *end);
        }
    }
    let names: Vec<Name> = logs
        .iter()
        .flat_map(|(log, end)| (0..end.next).map(move |seq| (*log, seq)))
        .collect();
    let keys: Vec<RowKey> = names
        .iter()
        .map(|(log, seq)| RowKey::Entry(id, *log, *seq))
        .collect();
    let rows = medium.load(&keys).map_err(|fault| fault.what)?;
    let mut entries = BTreeMap::new();
    for (name, row) in names.into_iter().zip(rows) {
        if let Some(Row::Entry(row)) = row {
            entries.insert(name, kept(device, id, name, &row)?);
        }
    }
    Ok((logs, entries))
}

fn kept(device: &Device, id: CommunityId, name: Name, row: &EntryRow) -> Result<Kept, String> {
    let control = control(device, id).ok_or("it keeps entries without a control log")?;
    let author = name.0.device;
    let key = control.key(&author);
    let key = key.ok_or_else(|| format!("an entry of {author:?}, which nobody certified"))?;
    let entry = UnverifiedEntry::decode(&row.bytes)
        .and_then(|entry| entry.verify(key))
        .map_err(|fault| format!("entry {name:?}: {fault}"))?;
    Ok(Kept {
        entry,
        key: row.key.map(EntryKey::from_bytes),
    })
}

/// Who an entry was meant for, by the control heads that it names.
#[derive(Debug, Default)]
pub(super) struct Audiences {
    known: BTreeMap<(Vec<OpId>, Audience), BTreeSet<AccountId>>,
}

impl Audiences {
    /// The accounts; none if some head is unknown to this log.
    pub(super) fn of(&mut self, control: &Control, header: &EntryHeader) -> &BTreeSet<AccountId> {
        let place = (header.heads.to_vec(), header.audience);
        self.known
            .entry(place)
            .or_insert_with(|| audience(control, header))
    }
}

fn audience(control: &Control, header: &EntryHeader) -> BTreeSet<AccountId> {
    let community = control.at(&header.heads);
    community.map_or_else(BTreeSet::new, |community| audience_in(&community, header))
}

/// Who reads an entry, if it were written with what is known in this view.
pub(crate) fn audience_in(community: &Community<'_>, header: &EntryHeader) -> BTreeSet<AccountId> {
    match header.audience {
        Audience::Community => {
            let people = community.moment().people().into_iter();
            people
                .filter(|(_, standing)| *standing >= Standing::Member)
                .map(|(account, _)| account)
                .collect()
        }
        Audience::Channel(channel) => community
            .channel(&channel)
            .map(|channel| community.audience(&channel))
            .unwrap_or_default(),
    }
}

/// The row of another device's sender chain at this one.
pub(super) fn chain(
    device: &Device,
    id: CommunityId,
    author: DeviceId,
    header: &EntryHeader,
) -> Result<Option<protocol::persist::ChainRow>, String> {
    let key = RowKey::Chain(id, author, header.chain);
    let rows = device.disk.medium.load(&[key]);
    let rows = rows.map_err(|fault| fault.what)?;
    Ok(rows.into_iter().flatten().find_map(|row| match row {
        Row::Chain(row) => Some(row),
        _ => None,
    }))
}
