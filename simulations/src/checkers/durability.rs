//! What was answered *done* is done: once in its author's history and in every recipient's, and every delivery reached.

use std::collections::{BTreeMap, BTreeSet};

use protocol::message::MessageRef;
use protocol::persist::{Delivery, MessageContent, MessageRow, Row, RowKey};
use protocol::turn::{Command, Reply};

use super::{Checker, End};
use crate::device::Device;
use crate::people::{Fate, Op};

/// Looks for everything that was acknowledged.
#[derive(Debug)]
pub struct Durability;

impl Checker for Durability {
    fn name(&self) -> &'static str {
        "durability"
    }

    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        for (number, op) in end.ops.iter().enumerate() {
            let Some(made) = op.made() else { continue };
            check_op(end, op, made)
                .map_err(|what| format!("op {number} at d{}: {what}", op.device))?;
        }
        nothing_else(end)
    }
}

fn check_op(end: &End<'_>, op: &Op, made: MessageRef) -> Result<(), String> {
    let author = &end.devices[op.device];
    let Some(to) = op.to else { return Ok(()) };
    let row = row(author, made)?;
    if op.kind.is_message() || op.has_key() {
        let row = row.as_ref().ok_or("its author no longer has it")?;
        for (device, delivery) in &row.delivery {
            if *delivery != Delivery::Reached {
                return Err(format!("{delivery:?} toward {device:?}"));
            }
        }
    }
    if !op.kind.is_message() {
        return effect_holds(author, op, made);
    }
    let row = row.ok_or("its author no longer has it")?;
    once(author, to, made).map_err(|count| format!("{count} times in its author's history"))?;
    says(&row, op, made)?;
    for (number, device) in end.devices.iter().enumerate() {
        if row
            .delivery
            .iter()
            .any(|(reached, _)| *reached == device.id)
        {
            once(device, author.account, made)
                .map_err(|count| format!("{count} times in the history of d{number}"))?;
        }
    }
    Ok(())
}

fn row(device: &Device, name: MessageRef) -> Result<Option<MessageRow>, String> {
    let rows = device
        .disk
        .medium
        .load(&[RowKey::Message(name)])
        .map_err(|fault| fault.what)?;
    Ok(rows.into_iter().flatten().find_map(|row| match row {
        Row::Message(row) => Some(row),
        _ => None,
    }))
}

/// How often it is there, if that is not once.
fn once(
    device: &Device,
    with: protocol::identity::AccountId,
    name: MessageRef,
) -> Result<(), usize> {
    let history = device.disk.medium.history(with.into()).unwrap_or_default();
    match history.iter().filter(|(other, _)| *other == name).count() {
        1 => Ok(()),
        count => Err(count),
    }
}

fn says(row: &MessageRow, op: &Op, made: MessageRef) -> Result<(), String> {
    let Some(Command::Send {
        body,
        reply_to: asked,
        ..
    }) = &op.command
    else {
        return Ok(());
    };
    match &row.content {
        MessageContent::Deleted => Ok(()),
        MessageContent::Text { reply_to, versions } => {
            let original = versions.iter().find(|version| version.stamp.1 == made);
            let same = original.is_none_or(|version| version.body == *body);
            if same && reply_to == asked {
                Ok(())
            } else {
                Err("it says something else".to_owned())
            }
        }
        other => Err(format!("it became {other:?}")),
    }
}

/// The effect is in its target as the author has it; convergence carries that to the others.
fn effect_holds(author: &Device, op: &Op, made: MessageRef) -> Result<(), String> {
    let target = match &op.command {
        Some(
            Command::Edit { target, .. }
            | Command::Delete { target, .. }
            | Command::React { target, .. },
        ) => *target,
        _ => return Ok(()),
    };
    let row = row(author, target)?.ok_or("its target is gone")?;
    let MessageContent::Text { versions, .. } = &row.content else {
        return Ok(());
    };
    match &op.command {
        Some(Command::Delete { .. }) => Err("a deleted message still stands".to_owned()),
        Some(Command::Edit { .. }) => {
            match versions.iter().any(|version| version.stamp.1 == made) {
                true => Ok(()),
                false => Err("an edit is gone".to_owned()),
            }
        }
        Some(Command::React { emoji, .. }) => {
            let decided = row
                .reactions
                .iter()
                .any(|reaction| reaction.account == author.account && reaction.emoji == *emoji);
            if decided {
                Ok(())
            } else {
                Err("a reaction is gone".to_owned())
            }
        }
        _ => Ok(()),
    }
}

/// A call repeated with its key made one message: nobody has own messages that nobody asked for.
fn nothing_else(end: &End<'_>) -> Result<(), String> {
    let mut asked: BTreeMap<usize, BTreeSet<MessageRef>> = BTreeMap::new();
    let mut unknown: BTreeMap<usize, usize> = BTreeMap::new();
    for op in end.ops.iter().filter(|op| op.kind.is_message()) {
        match &op.fate {
            Fate::Answered(Ok(Reply::Message(made))) => {
                asked.entry(op.device).or_default().insert(*made);
            }
            Fate::Unknown => *unknown.entry(op.device).or_default() += 1,
            _ => {}
        }
    }
    for (number, device) in end.devices.iter().enumerate() {
        let mut extra = 0;
        for account in device.screen.contacts.keys() {
            let history = device
                .disk
                .medium
                .history((*account).into())
                .map_err(|fault| fault.what)?;
            extra += history
                .iter()
                .filter(|(name, _)| name.author == device.id)
                .filter(|(name, _)| !asked.get(&number).is_some_and(|asked| asked.contains(name)))
                .count();
        }
        if extra > unknown.get(&number).copied().unwrap_or(0) {
            return Err(format!(
                "d{number} has {extra} messages that nobody asked for"
            ));
        }
    }
    Ok(())
}
