//! What scripts do in a world about a community: a fault that a table of faults names is not left to chance.
//!
//! A script begins with people who are all in, and then says itself who cannot reach whom, whose clock is wrong, who is away,
//! and who speaks. Faults stay on until the script ends them or calls [`World::calm`].

use std::collections::BTreeSet;

use protocol::community::{CommunityCommand, CommunityView, StandingHere};
use protocol::control::CommunityId;
use protocol::control::body::Body;
use protocol::core::Faults;
use protocol::link::{CommunityFrame, Frame};
use protocol::message::MessageRef;
use protocol::persist::RowKey;
use protocol::turn::Command;

use super::{Happening, LOOK, World};
use crate::clock::Micros;
use crate::members;
use crate::network::WireId;
use crate::options::{CommunityOptions, Options};
use crate::people::{Fate, Kind, Op, OpId};

/// Time that the founding of a community and everybody's coming may take.
const FOUNDING: Micros = 900_000_000;
const SECOND: Micros = 1_000_000;

/// What members tell each other comes several times and in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storm {
    /// How often each comes.
    pub copies: u32,
    /// How much later one may come than another.
    pub scatter_ms: u64,
}

impl World {
    /// A community of so many, all of them in, in which nothing has gone wrong yet.
    #[must_use]
    pub fn of_members(seed: u64, members: usize, faults: Faults) -> Self {
        let mut options = Options::calm(members);
        options.network.latency_ms = (2, 20);
        options.disk.commit_ms = (1, 4);
        options.communities = Some(CommunityOptions {
            moderation: 0,
            moderators: 0,
            public: 1,
            private: 0,
            quarrels: 0,
            rejoin: 0,
            forgeries: 0,
            open_past: false,
            slow_channels: false,
            liars: 0,
            lies: 0,
        });
        let mut world = Self::new(seed, options, faults, false);
        while world.violation.is_none() && !world.all_are_in() {
            if world.now > FOUNDING {
                let why = world.unsettled().unwrap_or_default();
                world.fail("founding", why);
            }
            world.run_until(world.now + SECOND);
        }
        world
    }

    fn all_are_in(&self) -> bool {
        let is_in = |device| {
            let view = self.community_view(device);
            view.is_some_and(|view: &CommunityView| {
                view.standing == StandingHere::In && view.roles.len() >= members::ROLES.len()
            })
        };
        (0..self.devices.len()).all(is_in) && self.unsettled().is_none()
    }

    /// The community.
    #[must_use]
    pub const fn community(&self) -> Option<CommunityId> {
        self.gathering.id
    }

    /// How a device shows the community.
    #[must_use]
    pub fn shows(&self, device: usize) -> Option<&CommunityView> {
        self.community_view(device)
    }

    /// Somebody says something in the channel; nothing if they are silenced or not there.
    pub fn speaks(&mut self, device: usize, kind: Kind) -> Option<OpId> {
        let op = self.plan(Op::planned(device, kind));
        self.decides(op, device);
        if self.ops[op.0].command.is_none() || !self.devices[device].is_up() {
            self.ops[op.0].fate = Fate::Unknown;
            return None;
        }
        self.spoken.insert(op, self.now);
        self.ask(op);
        Some(op)
    }

    /// Somebody does something about people, roles or channels.
    pub fn acts(&mut self, device: usize, body: Body) -> Option<OpId> {
        let (community, body) = (self.gathering.id?, Box::new(body));
        let command = CommunityCommand::Act { community, body };
        Some(self.order(device, Command::Community(command)))
    }

    /// Stops frames from one device to another, or lets them through again.
    pub fn block(&mut self, from: usize, to: usize, on: bool) {
        self.network.block(from, to, on);
        if on {
            for wire in self.network.between(from, to).collect::<Vec<_>>() {
                let delay = self.chance.between(200, 6_000);
                self.after_ms(delay, Happening::Cut { wire });
            }
        }
    }

    /// Nobody of one side reaches anybody of another, or everybody does again.
    pub fn part(&mut self, sides: &[&[usize]], on: bool) {
        self.count("partition");
        for (number, side) in sides.iter().enumerate() {
            for (other, beyond) in sides.iter().enumerate() {
                for from in side.iter().filter(|_one| number != other) {
                    for to in *beyond {
                        self.block(*from, *to, on);
                    }
                }
            }
        }
    }

    /// Ends all links of a device's neighbourhood that lead between these two.
    pub fn cut_between(&mut self, a: usize, b: usize) {
        let wires: Vec<WireId> = self.network.between(a, b).collect();
        for wire in wires {
            self.cut(wire);
        }
    }

    /// A device ends, in the middle of whatever it does, and stays away.
    pub fn switch_off(&mut self, device: usize) {
        if self.devices[device].is_up() {
            self.trace
                .note(self.now, &format!("d{device} is switched off"));
            self.lose_core(device);
            self.devices[device].peer_id.clear();
        }
    }

    /// It starts again.
    pub fn switch_on(&mut self, device: usize) {
        self.boot(device);
    }

    /// A device's driver takes what waits for it, and is slow no more.
    pub fn takes_again(&mut self, device: usize) {
        self.devices[device].takes = None;
        let (now, wires) = (self.now, &mut self.network.wires);
        let mut toward = |wire: &WireId, side: usize| {
            let end = wires.get_mut(wire).map(|wire| &mut wire.ends[side]);
            // Of a link that is gone its frames come to nothing, now as well as later.
            end.is_none_or(|end| {
                let theirs = end.device == device;
                if theirs {
                    end.last_arrival = now;
                }
                theirs
            })
        };
        let waits = self
            .queue
            .iter()
            .filter_map(|(key, happening)| match happening {
                Happening::Frame { wire, side, .. } if toward(wire, *side) => Some(*key),
                _ => None,
            });
        for key in waits.collect::<Vec<_>>() {
            if let Some(frame) = self.queue.remove(&key) {
                self.at(now, frame);
            }
        }
    }

    /// All machines sleep: time passes, for their clocks too, and nothing happens. What was due then is due afterwards.
    pub fn sleep(&mut self, time: Micros) {
        let queue = std::mem::take(&mut self.queue);
        let later = queue.into_iter();
        self.queue = later
            .map(|((at, number), happening)| ((at + time, number), happening))
            .collect();
        for device in &mut self.devices {
            // The decision was for an earlier moment of the device's own clock; it stands, and is late.
            device.wake.0 = device.wake.0.map(|at| at + time);
            device.disk.sleeps(time);
        }
        for wire in self.network.wires.values_mut() {
            for end in &mut wire.ends {
                end.last_arrival += time;
            }
        }
        self.now += time;
    }

    /// Runs until all is quiet, for so long at most.
    pub fn settle_within(&mut self, promise: &'static str, limit: Micros) {
        let end = self.now + limit;
        while self.violation.is_none() {
            let Some(why) = self.unsettled().or_else(|| self.unheard()) else {
                return;
            };
            if self.now >= end {
                return self.fail(promise, why);
            }
            self.run_until(self.now + LOOK);
        }
    }

    /// Something that was said and that somebody does not have.
    #[must_use]
    pub fn unheard(&self) -> Option<String> {
        let all: Vec<usize> = (0..self.devices.len()).collect();
        self.unheard_among(&all)
    }

    /// Something that one of these said and another of them does not have.
    #[must_use]
    pub fn unheard_among(&self, devices: &[usize]) -> Option<String> {
        self.unheard_of(devices, devices)
    }

    /// Something that one of these authors said and that one of these devices does not have.
    #[must_use]
    pub fn unheard_of(&self, authors: &[usize], devices: &[usize]) -> Option<String> {
        let said: BTreeSet<MessageRef> = self
            .ops
            .iter()
            .filter(|op| authors.contains(&op.device) && op.kind.is_message())
            .filter_map(Op::made)
            .collect();
        let keys: Vec<RowKey> = said.iter().map(|name| RowKey::Message(*name)).collect();
        devices.iter().find_map(|device| {
            let rows = self.devices[*device].disk.medium.load(&keys).ok()?;
            let lacking = rows.iter().filter(|row| row.is_none()).count();
            (lacking > 0).then(|| format!("d{device} lacks {lacking} of {} messages", keys.len()))
        })
    }

    /// Whether a device shows a message.
    #[must_use]
    pub fn has(&self, device: usize, message: MessageRef) -> bool {
        let rows = self.devices[device]
            .disk
            .medium
            .load(&[RowKey::Message(message)]);
        matches!(rows.as_deref(), Ok([Some(_)]))
    }

    /// From now on [`World::delays`] are of what is said later.
    pub fn measures_from_now(&mut self) {
        self.spoken.clear();
    }

    /// How long after it was asked for each message of these was shown as new, to each of them but its author, the shortest
    /// first; and how many that never were.
    #[must_use]
    pub fn delays(&self, among: &[usize]) -> (Vec<Micros>, usize) {
        let (mut delays, mut never) = (Vec::new(), 0);
        for (op, asked) in &self.spoken {
            let op = &self.ops[op.0];
            let counts = op.kind.is_message() && among.contains(&op.device);
            let Some(message) = op.made().filter(|_made| counts) else {
                continue;
            };
            for device in among.iter().filter(|device| **device != op.device) {
                match self.shown.get(&(*device, message)) {
                    Some(shown) => delays.push(shown.saturating_sub(*asked)),
                    None => never += 1,
                }
            }
        }
        delays.sort_unstable();
        (delays, never)
    }

    /// How a storm takes hold of this frame, if it does: contents come several times, as if of several members, and what is asked
    /// for them at any time. How two devices prove each other is one step after the other, on a stream.
    pub(super) fn storm_over(&self, bytes: &[u8]) -> Option<Storm> {
        let storm = self.storm?;
        let copies = match Frame::decode(bytes) {
            Ok(Frame::Sealed { .. }) => storm.copies,
            Ok(Frame::Community(frame)) => match *frame {
                CommunityFrame::Entries { .. } | CommunityFrame::Ops { .. } => storm.copies,
                _ => 1,
            },
            _ => return None,
        };
        Some(Storm { copies, ..storm })
    }
}
