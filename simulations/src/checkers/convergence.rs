//! Two contacts remember the same conversation: the same messages saying the same, each after everything that its
//! author had seen.

use std::collections::{BTreeMap, BTreeSet};

use protocol::identity::{AccountId, DeviceId};
use protocol::message::MessageRef;
use protocol::persist::{MessageContent, MessageRow, Reaction};

use super::{Checker, End, device_pairs};
use crate::device::Device;

/// Compares histories.
#[derive(Debug)]
pub struct Convergence;

type Said = (
    AccountId,
    protocol::time::Hlc,
    Vec<MessageRef>,
    MessageContent,
    Vec<Reaction>,
);

impl Checker for Convergence {
    fn name(&self) -> &'static str {
        "convergence"
    }

    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        for (i, first, j, second) in device_pairs(end) {
            let (ours, theirs) = (history(first, second)?, history(second, first)?);
            causal(&ours).map_err(|what| format!("at d{i}: {what}"))?;
            causal(&theirs).map_err(|what| format!("at d{j}: {what}"))?;
            let single = single_device_accounts(end);
            let common = |history, (near, far): (DeviceId, DeviceId), theirs: &[_]| {
                said(history, near, far, theirs, &single)
            };
            let here = common(&ours, (first.id, second.id), &theirs);
            let there = common(&theirs, (second.id, first.id), &ours);
            same(&here, &there).map_err(|what| format!("d{i} and d{j}: {what}"))?;
        }
        Ok(())
    }
}

fn history(device: &Device, with: &Device) -> Result<Vec<(MessageRef, MessageRow)>, String> {
    device
        .disk
        .medium
        .history(with.account.into())
        .map_err(|fault| fault.what)
}

/// Each message once, and after all that its author had seen.
fn causal(history: &[(MessageRef, MessageRow)]) -> Result<(), String> {
    let mut before = BTreeSet::new();
    let all: BTreeSet<_> = history.iter().map(|(name, _)| *name).collect();
    for (name, row) in history {
        if !before.insert(*name) {
            return Err(format!("{name:?} twice"));
        }
        if let Some(late) = row
            .seen
            .iter()
            .find(|seen| all.contains(seen) && !before.contains(seen))
        {
            return Err(format!(
                "{name:?} stands before {late:?}, which its author had seen"
            ));
        }
    }
    Ok(())
}

fn single_device_accounts(end: &End<'_>) -> BTreeSet<AccountId> {
    let mut counts: BTreeMap<AccountId, usize> = BTreeMap::new();
    for device in end.devices {
        *counts.entry(device.account).or_default() += 1;
    }
    counts
        .into_iter()
        .filter(|(_, count)| *count == 1)
        .map(|(account, _)| account)
        .collect()
}

/// What two devices said to each other, as one of them has it. A device that was linked later has what was said
/// since: a message names the devices that it went to. What a person does at one device, their other devices do not
/// learn yet, so reactions of people with two devices are not compared.
fn said(
    history: &[(MessageRef, MessageRow)],
    near: DeviceId,
    far: DeviceId,
    theirs: &[(MessageRef, MessageRow)],
    single: &BTreeSet<AccountId>,
) -> BTreeMap<MessageRef, Said> {
    let went =
        |row: &MessageRow, to: DeviceId| row.delivery.iter().any(|(device, _)| *device == to);
    let counts = |name: &MessageRef, row: &MessageRow| {
        if name.author == near {
            return went(row, far);
        }
        name.author == far
            && theirs
                .iter()
                .find(|(other, _)| other == name)
                .is_none_or(|(_, row)| went(row, near))
    };
    history
        .iter()
        .filter(|(name, row)| counts(name, row))
        .map(|(name, row)| {
            let reactions = row.reactions.iter();
            let reactions = reactions
                .filter(|reaction| single.contains(&reaction.account))
                .cloned()
                .collect();
            let said = (
                row.account,
                row.hlc,
                row.seen.to_vec(),
                row.content.clone(),
                reactions,
            );
            (*name, said)
        })
        .collect()
}

fn same(
    here: &BTreeMap<MessageRef, Said>,
    there: &BTreeMap<MessageRef, Said>,
) -> Result<(), String> {
    for (name, said) in here {
        match there.get(name) {
            None => return Err(format!("only the first has {name:?}")),
            Some(other) if other != said => {
                return Err(format!("{name:?} differs: {said:?} and {other:?}"));
            }
            Some(_) => {}
        }
    }
    match there.keys().find(|name| !here.contains_key(name)) {
        Some(name) => Err(format!("only the second has {name:?}")),
        None => Ok(()),
    }
}
