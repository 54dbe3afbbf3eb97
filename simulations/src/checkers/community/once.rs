//! Nothing is said twice in one place, and honest members take nothing that they pass on for a fault: over all bytes that
//! ever left, also before crashes.

use std::collections::BTreeMap;

use protocol::content::{EntryId, UnverifiedEntry};
use protocol::control::body::LogId;
use protocol::error::Misbehaved;
use protocol::group::ChainId;
use protocol::identity::DeviceId;
use protocol::link::{CommunityFrame, Frame};
use protocol::turn::Event;

use crate::checkers::{Checker, Seen};

/// Every place of every log and chain, with what stood there.
#[derive(Debug, Default)]
pub struct Once {
    logs: BTreeMap<(LogId, u64), EntryId>,
    chains: BTreeMap<(DeviceId, ChainId, u32), EntryId>,
}

impl Checker for Once {
    fn name(&self) -> &'static str {
        "community_once"
    }

    fn see(&mut self, _device: usize, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Emitted { bytes, .. } => self.emitted(bytes),
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
    fn emitted(&mut self, bytes: &[u8]) -> Result<(), String> {
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
