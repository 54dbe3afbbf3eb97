//! A message is shown as new once: at most once in the life of a core.

use std::collections::BTreeSet;

use protocol::message::MessageRef;
use protocol::turn::Event;

use super::{Checker, Seen};

/// What each core has shown.
#[derive(Debug, Default)]
pub struct Display {
    shown: BTreeSet<(usize, MessageRef)>,
}

impl Checker for Display {
    fn name(&self) -> &'static str {
        "display"
    }

    fn see(&mut self, device: usize, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Booted => self.shown.retain(|(of, _)| *of != device),
            Seen::Told {
                event: Event::Message {
                    message, new: true, ..
                },
                ..
            } if !self.shown.insert((device, *message)) => {
                return Err(format!("{message:?} is new for the second time"));
            }
            _ => {}
        }
        Ok(())
    }
}
