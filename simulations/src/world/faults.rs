//! What goes wrong, and when: drawn at the beginning, ended by [`World::calm`].

use super::{Happening, Phase, World};
use crate::clock::Micros;
use crate::network::Middle;

impl World {
    /// Draws when what goes wrong.
    pub(super) fn faults(&mut self) {
        let options = self.options.clone();
        let first = self.chance.between(0, 1_000);
        for device in 0..self.devices.len() {
            if self
                .second
                .as_ref()
                .is_none_or(|second| second.device != device)
            {
                let delay = self.chance.between(0, first);
                self.after_ms(delay, Happening::Boot { device });
            }
        }
        self.first_meetings();
        for _ in 0..options.crashes {
            let device = self.chance.index(self.devices.len());
            let at = self.fault_time();
            let at_barrier = self.chance.permille(700);
            self.at(
                at,
                if at_barrier {
                    Happening::Doom { device }
                } else {
                    Happening::Crash { device }
                },
            );
        }
        let quarrels = options.communities.as_ref();
        let quarrels = quarrels.is_some_and(|options| options.quarrels > 0);
        for _ in 0..options.network.partitions {
            let mut at = self.fault_time();
            if quarrels {
                at = at.max(self.fault_time()); // power is there to quarrel about by then
            }
            self.at(at, Happening::Partition);
        }
        for _ in 0..options.network.cuts {
            let at = self.fault_time();
            self.at(at, Happening::CutAny);
        }
        for _ in 0..options.network.flapping {
            let at = self.fault_time();
            let until = at + self.chance.between(3_000_000, 15_000_000);
            self.at(at, Happening::Flap { until });
        }
        for _ in 0..options.clocks.jumps {
            let device = self.chance.index(self.devices.len());
            let at = self.fault_time();
            self.at(at, Happening::Jump { device });
        }
        for _ in 0..options.disk.full {
            let device = self.chance.index(self.devices.len());
            let at = self.fault_time();
            let (from, to) = options.disk.full_ms;
            let end = at + self.chance.between(from, to) * 1_000;
            self.at(at, Happening::Full { device, on: true });
            self.at(end, Happening::Full { device, on: false });
        }
    }

    /// A moment at which people are already there.
    fn fault_time(&mut self) -> Micros {
        let end = self.options.safety_ms.saturating_sub(3_000).max(2_000);
        self.chance.between(2_000_000, end * 1_000)
    }

    pub(super) fn partition(&mut self) {
        if self.phase != Phase::Safety {
            return;
        }
        self.count("partition");
        let one_way = self.chance.permille(self.options.network.asymmetric);
        if one_way {
            self.count("one_way_partition");
        }
        // At least one device on each side.
        let count = self.devices.len();
        let lonely = self.chance.index(count);
        let sides: Vec<bool> = (0..count)
            .map(|device| device == lonely || self.chance.permille(400))
            .collect();
        let crowd = (lonely + 1) % count;
        let here = |device: usize| sides[device] && device != crowd;
        let mut stopped = Vec::new();
        for from in 0..count {
            for to in 0..count {
                if here(from) && !here(to) {
                    stopped.push((from, to));
                    if !one_way {
                        stopped.push((to, from));
                    }
                }
            }
        }
        for (from, to) in &stopped {
            self.network.block(*from, *to, true);
            // A stream that cannot go on dies of it sooner or later.
            for wire in self.network.between(*from, *to).collect::<Vec<_>>() {
                let delay = self.chance.between(200, 6_000);
                self.after_ms(delay, Happening::Cut { wire });
            }
        }
        let (from, to) = self.options.network.partition_ms;
        let length = self.chance.between(from, to);
        self.after_ms(length, Happening::PartitionEnds { stopped });
        self.quarrel(length);
    }

    pub(super) fn partition_ends(&mut self, stopped: &[(usize, usize)]) {
        if self.phase == Phase::Safety {
            for (from, to) in stopped {
                self.network.block(*from, *to, false);
            }
        }
    }

    pub(super) fn cut_any(&mut self) {
        let wires: Vec<_> = self.network.wires.keys().copied().collect();
        if self.phase == Phase::Safety
            && let Some(wire) = self.chance.pick(&wires).copied()
        {
            self.count("cut");
            self.cut(wire);
        }
    }

    pub(super) fn flap(&mut self, until: Micros) {
        if self.phase != Phase::Safety || self.now > until {
            return;
        }
        self.count("flap");
        let wires: Vec<_> = self.network.wires.keys().copied().collect();
        for wire in wires {
            self.cut(wire);
        }
        let delay = self.chance.between(500, 1_500);
        self.after_ms(delay, Happening::Flap { until });
    }

    pub(super) fn jump(&mut self, device: usize) {
        if self.phase == Phase::Safety {
            self.count("clock_jump");
            let by = self.chance.around(self.options.clocks.jump_ms);
            self.trace.note(
                self.now,
                &format!("the clock of d{device} is set by {by} ms"),
            );
            self.devices[device].clock.jump(by);
        }
    }

    pub(super) fn full(&mut self, device: usize, on: bool) {
        if self.phase == Phase::Safety || !on {
            if on {
                self.count("disk_full");
            }
            self.devices[device].disk.full = on;
        }
    }

    /// Faults end. Wrong clocks stay wrong, slow disks stay slow.
    pub fn calm(&mut self) {
        self.phase = Phase::Liveness;
        self.trace.note(self.now, "faults end");
        self.network.unblock_all();
        for device in 0..self.devices.len() {
            self.devices[device].disk.full = false;
            self.devices[device].doomed = None;
        }
        let broken: Vec<_> = self
            .network
            .wires
            .iter()
            .filter(|(_, wire)| wire.damaged || wire.middle != Middle::Nobody)
            .map(|(id, _)| *id)
            .collect();
        for wire in broken {
            self.cut(wire);
        }
    }
}
