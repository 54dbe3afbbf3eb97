//! A command is answered once, and refused only for what can be true.

use protocol::error::Rejected;

use super::{Checker, Seen};
use crate::people::Kind;

/// Looks at every answer.
#[derive(Debug)]
pub struct Answers;

impl Checker for Answers {
    fn name(&self) -> &'static str {
        "answers"
    }

    fn see(&mut self, _device: usize, seen: &Seen<'_>) -> Result<(), String> {
        let Seen::Answered { op, result } = seen else { return Ok(()) };
        let Some(op) = op else {
            return Err(format!("answered what was not asked, or twice: {result:?}"));
        };
        match result {
            // The message was there when the person chose it, and may have been taken back since.
            Ok(_) | Err(Rejected::Deleted) => Ok(()),
            Err(_) if op.kind == Kind::Standing => Ok(()),
            Err(rejected) => Err(format!("{:?} was refused: {rejected}", op.command)),
        }
    }
}
