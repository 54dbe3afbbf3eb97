//! A device is believed to be at the other end of a link only if it is: nobody who sits in between is taken for it.

use protocol::link::Frame;
use protocol::turn::Event;

use super::{Checker, Seen};
use crate::network::{EndState, Middle};

/// Compares what cores believe with who is there.
#[derive(Debug)]
pub struct Identity;

impl Checker for Identity {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn see(&mut self, device: usize, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Emitted {
                wire: Some(wire),
                bytes,
                ..
            } if wire.middle != Middle::Nobody => match Frame::decode(bytes) {
                Ok(Frame::Sealed { .. } | Frame::PrekeyFetch | Frame::Bundle { .. }) => {
                    Err("said to a stranger in the middle what only a contact may hear".to_owned())
                }
                _ => Ok(()),
            },
            Seen::Told {
                event:
                    Event::Reach {
                        device: reached,
                        up: true,
                        ..
                    },
                network,
                devices,
            } => {
                let there = network.wires.values().any(|wire| {
                    wire.middle == Middle::Nobody
                        && (0..2).any(|side| {
                            let (near, far) = (&wire.ends[side], &wire.ends[1 - side]);
                            near.device == device
                                && matches!(near.state, EndState::Up(_))
                                && devices[far.device].id == *reached
                        })
                });
                if there {
                    Ok(())
                } else {
                    Err(format!("takes somebody else for {reached:?}"))
                }
            }
            _ => Ok(()),
        }
    }
}
