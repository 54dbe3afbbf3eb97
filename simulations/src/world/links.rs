//! Who meets whom, what frames do on their way, and how links end.

use bytes::Bytes;
use protocol::link::{Frame, LinkId};
use protocol::turn::Input;

use super::{Happening, Phase, Storm, World};
use crate::checkers::Seen;
use crate::clock::Micros;
use crate::network::{End, EndState, Middle, Wire, WireId};

/// How often two devices look for each other, at first and after many failures.
const MEET_MS: u64 = 400;
const MEET_MAX_MS: u64 = 8_000;

impl World {
    /// Whether a fault with this share happens now.
    pub(super) fn strikes(&mut self, share: u32) -> bool {
        self.phase == Phase::Safety && self.chance.permille(share)
    }

    fn latency(&mut self) -> Micros {
        let (from, to) = self.options.network.latency_ms;
        let slow = self.options.network.slow;
        let latency = self.chance.between(from * 1_000, to * 1_000);
        if self.strikes(slow) {
            latency * 10
        } else {
            latency
        }
    }

    /// Two devices look for each other, as mDNS lets them. The one with the smaller peer id dials.
    pub(super) fn meet(&mut self, index: usize) {
        let pair = self.pairs[index];
        let (a, b) = pair.devices;
        let (smaller, larger) = if self.devices[a].peer_id < self.devices[b].peer_id {
            (a, b)
        } else {
            (b, a)
        };
        let possible = self.discovery
            && self.devices[a].is_up()
            && self.devices[b].is_up()
            && !self.network.is_blocked(a, b)
            && !self.network.is_blocked(b, a);
        let wait = if !possible || self.network.believes_linked(smaller, larger) {
            MEET_MS
        } else {
            self.connect(smaller, larger);
            // A link that is there at the next look makes the wait short again.
            (pair.wait * 2).clamp(MEET_MS, MEET_MAX_MS)
        };
        self.pairs[index].wait = wait;
        let jitter = self.chance.between(wait * 1_000 / 2, wait * 1_500);
        self.at(self.now + jitter, Happening::Meet { pair: index });
    }

    /// Makes a link, perhaps through somebody in the middle.
    pub fn connect(&mut self, dialer: usize, listener: usize) -> WireId {
        let relayed = self.options.network.relayed;
        let middle = match (self.strikes(relayed), relayed) {
            (true, _) if self.chance.permille(700) => Middle::Guesses,
            (true, _) => Middle::Passes,
            _ => Middle::Nobody,
        };
        self.connect_through(dialer, listener, middle)
    }

    /// Makes a link through this middle.
    pub fn connect_through(&mut self, dialer: usize, listener: usize, middle: Middle) -> WireId {
        let (first, second) = (
            self.devices[dialer].peer_id.clone(),
            self.devices[listener].peer_id.clone(),
        );
        // Who sits in the middle has its own keys toward both.
        let (seen_by_dialer, seen_by_listener) = if middle == Middle::Nobody {
            (second.clone(), first.clone())
        } else {
            self.count("relayed");
            (self.stranger_id(), self.stranger_id())
        };
        let end = |device: usize, process, local: Bytes, remote: Bytes| End {
            device,
            process,
            local,
            remote,
            state: EndState::Coming,
            last_arrival: 0,
            queued: 0,
        };
        let ends = [
            end(dialer, self.devices[dialer].process, first, seen_by_dialer),
            end(
                listener,
                self.devices[listener].process,
                second,
                seen_by_listener,
            ),
        ];
        let wire = self.network.add(Wire {
            ends,
            middle,
            cut: false,
            damaged: false,
        });
        self.count("link");
        for side in 0..2 {
            let at = self.now + self.latency();
            self.at(at, Happening::Up { wire, side });
        }
        wire
    }

    fn stranger_id(&mut self) -> Bytes {
        Bytes::from(self.chance.bytes32().to_vec())
    }

    pub(super) fn up(&mut self, wire: WireId, side: usize) {
        let Some(state) = self.network.wires.get(&wire) else {
            return;
        };
        let end = state.ends[side].clone();
        let alive = self.devices[end.device].is_up()
            && self.devices[end.device].process == end.process
            && end.state == EndState::Coming
            && !state.cut;
        if !alive {
            self.set_state(wire, side, EndState::Gone);
            self.cut(wire);
            return;
        }
        let link = self.devices[end.device].name_link();
        self.devices[end.device].links.insert(link, (wire, side));
        self.set_state(wire, side, EndState::Up(link));
        let input = Input::LinkUp {
            link,
            local: end.local,
            remote: end.remote,
            dialer: side == 0,
        };
        self.input(end.device, input);
    }

    fn set_state(&mut self, wire: WireId, side: usize, state: EndState) {
        if let Some(wire) = self.network.wires.get_mut(&wire) {
            wire.ends[side].state = state;
        }
    }

    /// A frame leaves a device for good.
    pub(super) fn send(&mut self, device: usize, link: LinkId, bytes: Bytes) {
        let place = self.devices[device].links.get(&link).copied();
        let wire = place.and_then(|(wire, _)| self.network.wires.get(&wire));
        if let Some(emitted) = &mut self.emitted {
            emitted.push((device, bytes.clone()));
        }
        if let Err(violation) = self.checkers.see(
            device,
            &Seen::Emitted {
                wire,
                bytes: &bytes,
                devices: &self.devices,
            },
        ) {
            return self.found(violation);
        }
        let (Some((wire, side)), Some(state)) = (place, wire) else {
            return;
        };
        let middle = state.middle;
        let to = state.ends[1 - side].device;
        if state.cut || self.withholds(device, to, &bytes) {
            return;
        }
        if middle == Middle::Guesses && matches!(Frame::decode(&bytes), Ok(Frame::Tags { .. })) {
            return self.guess(wire, side);
        }
        let network = &self.options.network;
        let (loss, duplicate) = (network.loss, network.duplicate);
        if self.network.is_blocked(device, to) || self.strikes(loss) {
            self.count("frame_lost");
            return self.damage(wire);
        }
        if let Some(storm) = self.storm_over(&bytes) {
            return self.scatter(wire, 1 - side, &bytes, storm);
        }
        self.transmit(wire, 1 - side, bytes.clone());
        if self.strikes(duplicate) {
            self.count("frame_doubled");
            self.damage(wire);
            self.transmit(wire, 1 - side, bytes);
        }
    }

    /// The stranger in the middle picks a tag and hopes that nobody looks at its MAC.
    fn guess(&mut self, wire: WireId, side: usize) {
        self.count("guess");
        let index = u8::try_from(self.chance.between(0, 63)).unwrap_or(0);
        let mac = self.chance.bytes32();
        self.transmit(wire, side, Frame::Match { index, mac }.encode().into());
    }

    fn damage(&mut self, wire: WireId) {
        if let Some(wire) = self.network.wires.get_mut(&wire) {
            wire.damaged = true;
        }
    }

    /// Copies of a frame come in any order, also among others.
    fn scatter(&mut self, wire: WireId, side: usize, bytes: &Bytes, storm: Storm) {
        for _ in 0..storm.copies {
            self.count("frame_scattered");
            let scatter = self.chance.between(0, storm.scatter_ms * 1_000);
            let after = self.network.wires.get(&wire);
            let after = after.map_or(0, |wire| wire.ends[side].last_arrival);
            let at = after.max(self.now + self.latency()) + scatter;
            let bytes = bytes.clone();
            self.network.in_transit += 1;
            self.at(at, Happening::Frame { wire, side, bytes });
        }
    }

    /// A frame toward a device that takes its time. What waits for it is bounded: beyond that the link is cut, as nodes do.
    fn trickle(&mut self, wire: WireId, side: usize, bytes: Bytes, rate: u64) {
        let arrives = self.now + self.latency();
        let Some(state) = self.network.wires.get_mut(&wire) else {
            return;
        };
        let end = &mut state.ends[side];
        if end.queued + bytes.len() > self.queue_bytes_max {
            self.count("link_stalled");
            return self.cut(wire);
        }
        end.queued += bytes.len();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let Some(needs) = (length * 1_000_000).checked_div(rate) else {
            state.damaged = true;
            return;
        };
        end.last_arrival = end.last_arrival.max(arrives) + needs;
        let at = end.last_arrival;
        self.network.in_transit += 1;
        self.at(at, Happening::Frame { wire, side, bytes });
    }

    pub(super) fn transmit(&mut self, wire: WireId, side: usize, bytes: Bytes) {
        let to = self
            .network
            .wires
            .get(&wire)
            .map(|wire| wire.ends[side].device);
        if let Some(rate) = to.and_then(|to| self.devices[to].takes) {
            return self.trickle(wire, side, bytes, rate);
        }
        let mut at = self.now + self.latency();
        let reorder = self.options.network.reorder;
        if self.strikes(reorder) {
            self.count("frame_swapped");
            self.damage(wire);
            at += self.chance.between(0, 200_000);
        } else if let Some(wire) = self.network.wires.get_mut(&wire) {
            at = at.max(wire.ends[side].last_arrival);
            wire.ends[side].last_arrival = at;
        }
        self.network.in_transit += 1;
        self.at(at, Happening::Frame { wire, side, bytes });
    }

    pub(super) fn frame(&mut self, wire: WireId, side: usize, bytes: Bytes) {
        self.network.in_transit -= 1;
        if let Some(state) = self.network.wires.get_mut(&wire) {
            let end = &mut state.ends[side];
            end.queued = end.queued.saturating_sub(bytes.len());
        }
        match self
            .network
            .wires
            .get(&wire)
            .map(|state| state.ends[side].state)
        {
            Some(EndState::Up(link)) => {
                let device = self.network.wires[&wire].ends[side].device;
                self.overhears(device, &bytes);
                if let Some(arrived) = &mut self.arrived {
                    arrived.push((device, bytes.clone()));
                }
                self.input(device, Input::Received { link, bytes });
            }
            // A stream is not read before its end is up.
            Some(EndState::Coming) => {
                self.network.in_transit += 1;
                self.after_ms(1, Happening::Frame { wire, side, bytes });
            }
            _ => {}
        }
    }

    /// A link ends; each side notices in its own time.
    pub fn cut(&mut self, wire: WireId) {
        let Some(state) = self.network.wires.get_mut(&wire) else {
            return;
        };
        if state.cut {
            return;
        }
        state.cut = true;
        for side in 0..2 {
            let notice = if self.phase == Phase::Safety {
                5_000
            } else {
                200
            };
            let delay = self.chance.between(0, notice);
            self.after_ms(delay, Happening::Down { wire, side });
        }
    }

    /// One end is gone at once, the other notices.
    pub(super) fn close_end(&mut self, wire: WireId, side: usize) {
        self.set_state(wire, side, EndState::Gone);
        self.cut(wire);
    }

    pub(super) fn hang_up(&mut self, device: usize, link: LinkId) {
        let Some((wire, side)) = self.devices[device].links.get(&link).copied() else {
            return;
        };
        self.at(self.now, Happening::Down { wire, side });
        self.cut(wire);
    }

    pub(super) fn down(&mut self, wire: WireId, side: usize) {
        let Some(link) = self.link_of(wire, side) else {
            self.set_state(wire, side, EndState::Gone);
            return self.network.sweep();
        };
        let device = self.network.wires[&wire].ends[side].device;
        self.set_state(wire, side, EndState::Gone);
        self.network.sweep();
        self.devices[device].links.remove(&link);
        self.input(device, Input::LinkDown { link });
    }

    /// Makes the first look of every pair due.
    pub(super) fn first_meetings(&mut self) {
        for pair in 0..self.pairs.len() {
            let delay = self.chance.between(100, 2_000);
            self.after_ms(delay, Happening::Meet { pair });
        }
    }
}
