//! Links between devices: ordered streams, as long as nothing is drawn that breaks them.

use std::collections::BTreeMap;

use bytes::Bytes;
use protocol::link::LinkId;

use crate::clock::Micros;

/// Bytes that wait on a link at most before it is cut: `node::net::QUEUE_BYTES_MAX`.
pub const QUEUE_BYTES_MAX: usize = 1024 * 1024;

/// Names a link in the world; each end has its own [`LinkId`] for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WireId(pub u64);

/// What sits in the middle of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Middle {
    /// Nobody.
    Nobody,
    /// A stranger with one link to each end, who passes every frame on.
    Passes,
    /// The same, but who answers pages of tags itself, by guessing.
    Guesses,
}

/// Where an end of a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndState {
    /// Its device does not know of it yet.
    Coming,
    /// Its device uses it under this name.
    Up(LinkId),
    /// Its device has closed it or was told.
    Gone,
}

/// One end of a link.
#[derive(Clone, Debug)]
pub struct End {
    /// Which device.
    pub device: usize,
    /// The process of that device: another one knows nothing of this link.
    pub process: u32,
    /// Own peer id, as the other end's transport proved it.
    pub local: Bytes,
    /// The other end's peer id, as its transport proved it.
    pub remote: Bytes,
    /// Where it stands.
    pub state: EndState,
    /// When the last frame toward it arrives: streams keep their order.
    pub last_arrival: Micros,
    /// Bytes that wait for its device to take them.
    pub queued: usize,
}

/// A link.
#[derive(Clone, Debug)]
pub struct Wire {
    /// Dialer, then listener.
    pub ends: [End; 2],
    /// Who sits in between.
    pub middle: Middle,
    /// It carries nothing more.
    pub cut: bool,
    /// It lost, doubled or swapped frames, which a real stream does not survive: it is cut when faults end.
    pub damaged: bool,
}

impl Wire {
    /// The side at which a device sits.
    #[must_use]
    pub fn other(&self, side: usize) -> Option<&End> {
        self.ends.get(1_usize.saturating_sub(side))
    }
}

/// All links, and who cannot reach whom.
#[derive(Debug, Default)]
pub struct Network {
    /// Links by name.
    pub wires: BTreeMap<WireId, Wire>,
    next: u64,
    /// How many partitions stop frames from one device to another.
    blocked: BTreeMap<(usize, usize), u32>,
    /// Frames on their way.
    pub in_transit: usize,
}

impl Network {
    /// Adds a link that neither end knows yet.
    pub fn add(&mut self, wire: Wire) -> WireId {
        let id = WireId(self.next);
        self.next += 1;
        self.wires.insert(id, wire);
        id
    }

    /// Stops, or lets through again, frames from one device to another.
    pub fn block(&mut self, from: usize, to: usize, on: bool) {
        let count = self.blocked.entry((from, to)).or_default();
        *count = if on {
            *count + 1
        } else {
            count.saturating_sub(1)
        };
    }

    /// Ends all partitions.
    pub fn unblock_all(&mut self) {
        self.blocked.clear();
    }

    /// Whether frames from one device to another are stopped.
    #[must_use]
    pub fn is_blocked(&self, from: usize, to: usize) -> bool {
        self.blocked
            .get(&(from, to))
            .is_some_and(|count| *count > 0)
    }

    /// Whether a device believes to have a link to another, or is about to have one.
    #[must_use]
    pub fn believes_linked(&self, device: usize, other: usize) -> bool {
        self.wires.values().any(|wire| {
            (0..2).any(|side| {
                wire.ends[side].device == device
                    && wire.ends[1 - side].device == other
                    && match wire.ends[side].state {
                        EndState::Up(_) => true,
                        EndState::Coming => !wire.cut,
                        EndState::Gone => false,
                    }
            })
        })
    }

    /// Links between these two devices, in either direction.
    pub fn between(&self, a: usize, b: usize) -> impl Iterator<Item = WireId> {
        self.wires
            .iter()
            .filter(move |(_, wire)| {
                let pair = (wire.ends[0].device, wire.ends[1].device);
                pair == (a, b) || pair == (b, a)
            })
            .map(|(id, _)| *id)
    }

    /// Forgets links that neither end knows any more.
    pub fn sweep(&mut self) {
        self.wires
            .retain(|_, wire| wire.ends.iter().any(|end| end.state != EndState::Gone));
    }
}
