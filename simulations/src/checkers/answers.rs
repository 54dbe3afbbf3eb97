//! A command is answered once, and refused only for what can be true.

use protocol::error::Rejected;

use super::{Checker, Seen};
use crate::members;
use crate::people::Kind;

/// Looks at every answer.
#[derive(Debug)]
pub struct Answers;

impl Checker for Answers {
    fn name(&self) -> &'static str {
        "answers"
    }

    fn see(&mut self, _device: usize, seen: &Seen<'_>) -> Result<(), String> {
        let Seen::Answered { op, result } = seen else {
            return Ok(());
        };
        let Some(op) = op else {
            return Err(format!("answered what was not asked, or twice: {result:?}"));
        };
        match result {
            // The message was there when the person chose it, and may have been taken back since.
            Ok(_) | Err(Rejected::Deleted) => Ok(()),
            Err(_) if op.kind == Kind::Standing => Ok(()),
            Err(rejected) if op.is_in_community() && members::may_be_refused(rejected) => Ok(()),
            Err(rejected) => Err(format!("{:?} was refused: {rejected}", op.command)),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::turn::Reply;

    use super::*;
    use crate::people::Op;

    #[test]
    fn a_second_answer_is_noticed() {
        let seen = Seen::Answered {
            op: None,
            result: &Ok(Reply::Done),
        };
        assert!(Answers.see(0, &seen).is_err());
    }

    #[test]
    fn a_refusal_that_cannot_be_true_is_noticed() {
        let op = Op::planned(0, Kind::Text);
        let see = |rejected| {
            Answers.see(
                0,
                &Seen::Answered {
                    op: Some(&op),
                    result: &Err(rejected),
                },
            )
        };
        assert!(see(Rejected::KeyReused).is_err());
        assert!(see(Rejected::Deleted).is_ok());
    }
}
