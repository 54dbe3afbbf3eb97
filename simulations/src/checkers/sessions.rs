//! Dead sessions at quiescence: 0. Whoever says one more thing when all is well is heard, and no session is reset.

use std::collections::{BTreeMap, BTreeSet};

use protocol::link::Frame;

use super::{Checker, End, Seen};
use crate::device::Device;
use crate::network::Wire;

/// Counts resets once everything should be well.
#[derive(Debug, Default)]
pub struct Sessions {
    probing: bool,
    /// Devices that lost their sessions in a community, and those with whom each has found it out since everything was
    /// delivered: it may once.
    forgot: BTreeMap<usize, BTreeSet<usize>>,
}

impl Sessions {
    /// Whether a device that lost its sessions finds that out about this one now, for the first time.
    fn finds_out(&mut self, device: usize, wire: Option<&Wire>) -> bool {
        let (Some(found), Some(wire)) = (self.forgot.get_mut(&device), wire) else {
            return false;
        };
        let mut ends = wire.ends.iter().map(|end| end.device);
        ends.find(|end| *end != device)
            .is_some_and(|other| found.insert(other))
    }
}

impl Checker for Sessions {
    fn name(&self) -> &'static str {
        "sessions"
    }

    fn see(&mut self, device: usize, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Probing => self.probing = true,
            Seen::Forgot => {
                self.forgot.entry(device).or_default();
            }
            Seen::Emitted {
                bytes,
                wire,
                devices,
            } if self.probing => {
                let lies = |wire: &&Wire| wire.ends.iter().any(|end| devices[end.device].lies);
                if let Ok(Frame::SessionReset { .. }) = Frame::decode(bytes)
                    && !wire.as_ref().is_some_and(lies)
                    && !self.finds_out(device, *wire)
                {
                    return Err("a session was dead when everything was delivered".to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        // Whoever was suspended in a community waits for members who take nothing from them yet.
        let liars = end.liars();
        let waits = |device: &Device| match end.community {
            Some(_) if device.is_suspended() => !device.is_idle(),
            _ if liars.is_empty() => !device.is_quiet(),
            _ => !device.lies && !device.is_quiet_but_toward(&liars),
        };
        match end.devices.iter().position(waits) {
            Some(device) => Err(format!(
                "d{device} still waits: {:?}",
                end.devices[device].sizes()
            )),
            None => Ok(()),
        }
    }
}
