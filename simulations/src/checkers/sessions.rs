//! Dead sessions at quiescence: 0. Whoever says one more thing when all is well is heard, and no session is reset.

use protocol::link::Frame;

use super::{Checker, End, Seen};
use crate::device::Device;

/// Counts resets once everything should be well.
#[derive(Debug, Default)]
pub struct Sessions {
    probing: bool,
}

impl Checker for Sessions {
    fn name(&self) -> &'static str {
        "sessions"
    }

    fn see(&mut self, _device: usize, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Probing => self.probing = true,
            Seen::Emitted { bytes, .. } if self.probing => {
                if let Ok(Frame::SessionReset { .. }) = Frame::decode(bytes) {
                    return Err("a session was dead when everything was delivered".to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        // Whoever was suspended in a community waits for members who take nothing from them yet.
        let waits = |device: &Device| match end.community {
            Some(_) if device.is_suspended() => !device.is_idle(),
            _ => !device.is_quiet(),
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
