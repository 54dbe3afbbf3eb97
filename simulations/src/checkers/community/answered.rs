//! What a command was answered for is there at the end, where it was asked: ops, events of channels, communities.

use protocol::persist::RowKey;
use protocol::turn::{Command, Reply};

use super::control;
use crate::checkers::{Checker, End};
use crate::people::{Fate, Op};

/// Looks for everything that was acknowledged. That members agree carries it to the others.
#[derive(Debug)]
pub struct Answered;

impl Checker for Answered {
    fn name(&self) -> &'static str {
        "community_answered"
    }

    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        let honest = |op: &Op| !end.devices[op.device].lies;
        for (number, op) in end.ops.iter().enumerate().filter(|(_, op)| honest(op)) {
            holds(end, op).map_err(|what| format!("op {number} at d{}: {what}", op.device))?;
        }
        Ok(())
    }
}

fn holds(end: &End<'_>, op: &Op) -> Result<(), String> {
    let (Some(Command::Community(_)), Fate::Answered(Ok(reply))) = (&op.command, &op.fate) else {
        return Ok(());
    };
    let device = &end.devices[op.device];
    let row = |key| {
        let rows = device
            .disk
            .medium
            .load(&[key])
            .map_err(|fault| fault.what)?;
        Ok::<bool, String>(rows.iter().any(Option::is_some))
    };
    let there = match reply {
        Reply::Op(id, op) => control(device, *id).is_some_and(|control| control.op(op).is_some()),
        Reply::Message(message) => row(RowKey::Message(*message))?,
        Reply::Community(id) => row(RowKey::Community(*id))?,
        Reply::Done | Reply::Audit(_) => true,
    };
    match there {
        true => Ok(()),
        false => Err(format!("answered {reply:?}, and it is gone")),
    }
}
