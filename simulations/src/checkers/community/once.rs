//! Nothing is said twice in one place, and honest members take nothing that they pass on for a fault: over all bytes that
//! ever left, also before crashes.

use std::collections::BTreeMap;

use protocol::content::{EntryId, UnverifiedEntry};
use protocol::control::body::LogId;
use protocol::error::Misbehaved;
use protocol::group::ChainId;
use protocol::identity::DeviceId;
use protocol::link::{CommunityFrame, Frame, LinkId};
use protocol::turn::Event;

use crate::checkers::{Checker, Seen};
use crate::device::Device;
use crate::network::{Network, Wire};

/// Every place of every log and chain of honest devices, with what stood there.
#[derive(Debug, Default)]
pub struct Once {
    logs: BTreeMap<(LogId, u64), EntryId>,
    chains: BTreeMap<(DeviceId, ChainId, u32), EntryId>,
}

impl Checker for Once {
    fn name(&self) -> &'static str {
        "community_once"
    }

    fn see(&mut self, device: usize, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Emitted { devices, .. } if devices[device].lies => Ok(()),
            Seen::Emitted {
                bytes,
                wire,
                devices,
            } => {
                let lies = |wire: &&Wire| wire.ends.iter().any(|end| devices[end.device].lies);
                self.emitted(bytes, devices, wire.as_ref().is_some_and(lies))
            }
            Seen::Told {
                event: Event::Misbehaved { link, .. },
                network,
                devices,
            } if devices[device].lies || may_lie(*link, (device, devices), network) => Ok(()),
            Seen::Told {
                event: Event::Misbehaved { fault, .. },
                ..
            } => match fault {
                Misbehaved::Entry(_) | Misbehaved::Group(_) | Misbehaved::Control(_) => {
                    Err(format!("an honest member is charged with: {fault}"))
                }
                Misbehaved::NotAllowed { frame }
                    if matches!(
                        *frame,
                        "forked entries" | "sender chain" | "epoch secret" | "report"
                    ) =>
                {
                    Err(format!("an honest member is charged with: {fault}"))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

impl Once {
    /// What somebody made up comes back to them when they bring it, unread (`ways::heard_again`): toward a liar only what its
    /// author signed counts.
    fn emitted(&mut self, bytes: &[u8], devices: &[Device], to_a_liar: bool) -> Result<(), String> {
        let lies = |author: &DeviceId| {
            let mut all = devices.iter();
            all.any(|device| device.lies && device.id == *author)
        };
        let Ok(Frame::Community(frame)) = Frame::decode(bytes) else {
            return Ok(());
        };
        let CommunityFrame::Entries { entries, .. } = *frame else {
            return Ok(());
        };
        for bytes in entries.iter() {
            let Ok(entry) = UnverifiedEntry::decode(bytes) else {
                return Err("an entry left that nobody can read".to_owned());
            };
            let entry = entry.entry();
            let (header, id) = (&entry.header, entry.id());
            if lies(&header.log.device) || (to_a_liar && !is_signed(bytes, devices)) {
                continue; // of a log of theirs anybody may have either half
            }
            let place = (header.log, header.seq);
            if *self.logs.entry(place).or_insert(id) != id {
                return Err(format!("two entries at {place:?}"));
            }
            let place = (header.log.device, header.chain, header.iteration);
            if *self.chains.entry(place).or_insert(id) != id {
                return Err(format!("two entries under one key of a chain: {place:?}"));
            }
        }
        Ok(())
    }
}

/// Whether the device in whose log an entry stands signed it.
fn is_signed(bytes: &[u8], devices: &[Device]) -> bool {
    let Ok(entry) = UnverifiedEntry::decode(bytes) else {
        return false;
    };
    let author = entry.entry().header.log.device;
    let author = devices.iter().find(|device| device.id == author);
    author.is_some_and(|author| entry.verify(&author.local().signing.verify_key()).is_ok())
}

/// Whether a link leads to a device whose program is not ours; of one that is gone nobody knows.
fn may_lie(link: LinkId, (device, devices): (usize, &[Device]), network: &Network) -> bool {
    let place = devices[device].links.get(&link);
    let wire = place.and_then(|(wire, side)| Some((network.wires.get(wire)?, side)));
    match wire.and_then(|(wire, side)| wire.other(*side)) {
        Some(end) => devices[end.device].lies,
        None => devices.iter().any(|device| device.lies),
    }
}
