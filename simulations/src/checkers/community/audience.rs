//! Who reads what: nobody opens an entry that was not meant for them, and everybody who stays opens all that was.
//!
//! Meant for whom, is what the control heads say that the entry itself names. Every device is looked at, also of those who
//! were removed: with all its keys, and with every entry that anybody keeps, as if it had recorded them (T22).

use std::collections::{BTreeMap, BTreeSet};

use protocol::content::{Audience, EntryHeader};
use protocol::control::body::{Body, History};
use protocol::control::{Community, Control, Fate, OpId, Standing};
use protocol::identity::AccountId;

use super::{Audiences, Gathered, Name, audience_in, chain, control};
use crate::checkers::{Checker, End};

/// Opens what should stay closed, and looks for what stayed closed.
#[derive(Debug)]
pub struct Readers;

impl Checker for Readers {
    fn name(&self) -> &'static str {
        "audience"
    }

    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        let Some(gathered) = Gathered::of(end)? else {
            return Ok(());
        };
        let mut audiences = Audiences::default();
        let mut holders: BTreeMap<Name, usize> = BTreeMap::new();
        for number in &gathered.honest {
            for name in gathered.entries[*number].keys() {
                holders.entry(*name).or_insert(*number);
            }
        }
        for (name, holder) in &holders {
            let kept = &gathered.entries[*holder][name];
            let log = control(&end.devices[*holder], gathered.id).ok_or("no log")?;
            fits(log, kept.header()).map_err(|what| format!("d{holder}: {name:?} {what}"))?;
            let meant = audiences.of(log, kept.header());
            for number in 0..end.devices.len() {
                let account = &end.devices[number].account;
                let theirs = name.0.device == end.devices[number].id
                    || meant.contains(account)
                    || kept_out_in_vain(log, kept.header(), account)
                    || past_was_open(end, &gathered, kept.header(), account);
                if !theirs {
                    stays_closed(end, &gathered, (name, *holder), number)?;
                }
            }
        }
        for number in &gathered.members {
            reads_all(end, &gathered, *number, &mut audiences)?;
        }
        Ok(())
    }
}

/// Nobody keeps what its author could not have said by the heads that it names.
fn fits(control: &Control, header: &EntryHeader) -> Result<(), String> {
    let moment = control
        .log()
        .at(&header.heads)
        .ok_or("names unknown heads")?;
    if moment.epoch() != Some(header.epoch) {
        return Err("was sent under an epoch that was over".to_owned());
    }
    let owner = control.owner_of(&header.log.device);
    match owner.is_some_and(|owner| moment.devices(&owner).contains(&header.log.device)) {
        true => Ok(()),
        false => Err("is of a device that did not speak for a member".to_owned()),
    }
}

/// Whether somebody was outside for the author only by removals that do not count: a later share of keys may reach them (A7).
fn kept_out_in_vain(control: &Control, header: &EntryHeader, account: &AccountId) -> bool {
    let (Some(then), now) = (control.at(&header.heads), control.now()) else {
        return false;
    };
    let removed = then.moment().removals_of(account);
    let undone = |op: &OpId| now.moment().fate(op) != Some(Fate::Valid);
    let outside = then.moment().standing(account) < Standing::Member;
    let reads = |community: &Community<'_>| audience_in(community, header).contains(account);
    // They may have been shut out once more after that.
    let read_before = |op: &OpId| {
        let before = control.op(op).map(|op| op.head.header.deps.to_vec());
        before.is_some_and(|before| control.at(&before).is_some_and(|then| reads(&then)))
    };
    outside
        && !removed.is_empty()
        && removed.iter().all(undone)
        && (reads(&now)
            || removed.iter().all(read_before)
            // What made it theirs may have come from elsewhere, together with what undid the removal.
            || now.moment().removals_of(account).iter().any(read_before))
}

/// Whether some device, at some moment since it knew what an entry's author knew, had an account in its audience: where the
/// past is open, it may have shared the entry's key with them then, whatever became of them since.
fn past_was_open(
    end: &End<'_>,
    gathered: &Gathered<'_>,
    header: &EntryHeader,
    account: &AccountId,
) -> bool {
    let mut logs = end
        .devices
        .iter()
        .filter_map(|device| control(device, gathered.id));
    is_open(gathered.control) && logs.any(|log| once_read(log, header, account))
}

/// The same of one device, whose log keeps ops in the order in which they came.
fn once_read(log: &Control, header: &EntryHeader, account: &AccountId) -> bool {
    let mut lacking: BTreeSet<OpId> = header.heads.iter().copied().collect();
    let mut heads: BTreeSet<OpId> = BTreeSet::new();
    log.log().in_order().any(|id| {
        let deps = log.op(&id).map(|op| op.head.header.deps.to_vec());
        for dep in deps.unwrap_or_default() {
            heads.remove(&dep);
        }
        heads.insert(id);
        lacking.remove(&id);
        let known: Vec<OpId> = heads.iter().copied().collect();
        let reads = |then: Community<'_>| audience_in(&then, header).contains(account);
        lacking.is_empty() && log.at(&known).is_some_and(reads)
    })
}

/// Whether new members may read everything. No world changes that.
fn is_open(control: &Control) -> bool {
    let policy = control.now().policy();
    policy.is_some_and(|policy| policy.history == History::Full)
}

/// Whether an op lets an account in.
fn joins(control: &Control, id: &OpId, account: &AccountId) -> bool {
    match control.op(id).map(|op| &op.body) {
        Some(Body::Join(joining)) => {
            let bundle = joining.bundle.clone().verify(None);
            bundle.is_ok_and(|bundle| bundle.account() == *account)
        }
        _ => false,
    }
}

/// A device outside of the audience has neither opened it nor can.
fn stays_closed(
    end: &End<'_>,
    gathered: &Gathered<'_>,
    (name, holder): (&Name, usize),
    number: usize,
) -> Result<(), String> {
    let device = &end.devices[number];
    if let Some(own) = gathered.entries[number].get(name)
        && own.key.is_some()
    {
        return Err(format!("d{number} has opened {name:?}, not meant for it"));
    }
    let kept = &gathered.entries[holder][name];
    let row = chain(device, gathered.id, name.0.device, kept.header())?;
    match row.is_some_and(|row| kept.entry.open_key(&row.record).is_ok()) {
        true => Err(format!("d{number} can open {name:?}, not meant for it")),
        false => Ok(()),
    }
}

/// The last time that an account came in.
fn came_in(control: &Control, account: &AccountId) -> Option<OpId> {
    let now = control.log().now();
    let founded = control.community().founding();
    let founder = control.op(&founded).map(|op| op.head.header.author);
    if founder == Some(*account) {
        return Some(founded);
    }
    let joined = control.log().in_order();
    let joined =
        joined.filter(|id| joins(control, id, account) && now.fate(id) != Some(Fate::Void));
    joined.last()
}

/// A member has opened everything that was meant for it since it came in last, as far as members have it; and all that was ever
/// said to everybody, where the past is open. Of somebody who was removed there may be entries whose keys reached nobody before.
fn reads_all(
    end: &End<'_>,
    gathered: &Gathered<'_>,
    number: usize,
    audiences: &mut Audiences,
) -> Result<(), String> {
    let device = &end.devices[number];
    let since = came_in(gathered.control, &device.account);
    let since = since.ok_or_else(|| format!("d{number} is a member and never came in"))?;
    let dag = gathered.control.log().dag();
    let after = |head: &OpId| *head == since || dag.happened_before(&since, head) == Some(true);
    let open = is_open(gathered.control);
    for holder in &gathered.members {
        for (name, kept) in &gathered.entries[*holder] {
            let header = kept.header();
            let past = open && header.audience == Audience::Community;
            if kept.key.is_none() || !(past || header.heads.iter().any(after)) {
                continue;
            }
            let meant = audiences.of(gathered.control, header);
            if !past && !meant.contains(&device.account) {
                continue;
            }
            match gathered.entries[number].get(name) {
                // From before the place where whoever let it in stood then (`entries::base`), or behind a gap that nobody
                // can fill: `contents` looks at both.
                None => {}
                Some(kept) if kept.key.is_none() => {
                    return Err(format!("d{number} cannot read {name:?}, as d{holder} can"));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}
