//! A whole core and whatever may happen to it: an honest contact, attackers, lost and altered frames, a slow store,
//! time, crashes. It never panics, never spins, stays within its bounds, and never uses a message key twice.
//!
//! Input: a sequence of steps, each a byte (mod 17) and its arguments.
//!
//! | step | what | arguments |
//! |---|---|---|
//! | 0 | a link to the contact | who dials u8 |
//! | 1 | a link to an attacker | who dials u8 |
//! | 2 | any bytes arrive | link u8 ‖ length u16 ‖ bytes |
//! | 3 | a sample frame arrives, altered | link u8 ‖ sample u8 ‖ offset u16 ‖ XOR u8 |
//! | 4 to 7 | the contact's next frame arrives; altered; twice; not at all | 5: offset u16 ‖ XOR u8 |
//! | 8 | our next frame reaches the contact | |
//! | 9 | everything that can happen happens | |
//! | 10 | time passes | 2ⁿ ms, n u8 mod 24 |
//! | 11 | a link is cut | link u8 |
//! | 12, 13 | we, the contact: a command | see [`commands`] |
//! | 14 | one commit, or one load | side and which u8 |
//! | 15 | a crash; what is not durable is gone | side u8 |
//! | 16 | the contact says what it likes, inside the session | link u8 ‖ see [`hostile`] |

mod commands;
mod hostile;
mod side;

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;

use self::commands::command;
use self::side::Side;
use super::{Reader, Target, Verdict, samples, seeds};
use crate::crypto::Rng;
use crate::identity::{AccountBundle, AccountId, DeviceRevoke, RevokeReason, UnverifiedBundle};
use crate::link::LinkId;
use crate::local::LocalDevice;
use crate::message::{MessageRef, Name};
use crate::testing::{MemoryStore, Table};
use crate::time::{Instant, Now, Timestamp};
use crate::turn::{CommandId, Input};

/// Sequences of inputs into a real core.
pub(super) const CORE_INPUTS: Target = Target {
    name: "core_inputs",
    run: |input| core_inputs(input, true),
    planted: |input| core_inputs(input, false),
    bug: "the driver sends without waiting for the store",
    seeds: seeds::inputs,
};

/// Steps that settle everything, in one input: each may be a hundred ratchet steps.
const SETTLES_MAX: usize = 24;
/// Frames and commits in one settling; a correspondence that does not end is a finding.
const ROUNDS_MAX: usize = 5_000;
/// Links up at a time: a choice by u8 reaches all of them.
const LINKS_MAX: usize = 100;

/// What was before the input: two contacts who have talked.
struct Before {
    identities: [LocalDevice; 2],
    stores: [MemoryStore; 2],
    accounts: [AccountId; 2],
    messages: Vec<MessageRef>,
    /// What each account may certify: its device again, a second one, a revocation; and the other's devices.
    bundles: [Vec<UnverifiedBundle>; 2],
    micros: u64,
}

static BEFORE: LazyLock<Before> = LazyLock::new(|| {
    let mut table = Table::friends();
    let ours = table.send(0, 1, "salut");
    table.pass(Duration::from_secs(1));
    let theirs = table.send(1, 0, "ça va ?");
    table.pass(Duration::from_secs(1));
    let decoded = |seat: usize| LocalDevice::decode(&table.seats[seat].identity).unwrap();
    let identities = [0, 1].map(decoded);
    let bundles = [0, 1].map(|own: usize| bundles(&identities[own], &identities[1 - own]));
    Before {
        identities,
        bundles,
        stores: [0, 1].map(|seat: usize| table.seats[seat].store.clone()),
        accounts: [table.account(0), table.account(1)],
        messages: vec![ours, theirs, samples::message(9)],
        micros: u64::try_from(table.now.as_micros()).unwrap(),
    }
});

fn bundles(own: &LocalDevice, other: &LocalDevice) -> Vec<UnverifiedBundle> {
    let words = own
        .unconfirmed
        .as_ref()
        .expect("nobody confirmed the words of a test's account");
    let account = words.account_key();
    let now = Now::default();
    let second = LocalDevice::certify(
        &account,
        Name::default(),
        now,
        &mut Rng::from_seed([55; 32]),
    );
    let revoke = DeviceRevoke::issue(&account, own.device, RevokeReason::LOST, samples::at(0));
    let revoked = own.bundle.with_revoke(revoke).unwrap();
    [&own.bundle, &second.bundle, &revoked, &other.bundle]
        .map(AccountBundle::to_unverified)
        .into()
}

/// A path and who is at its other end.
struct Path {
    link: LinkId,
    honest: bool,
}

struct Run {
    sides: [Side; 2],
    paths: Vec<Path>,
    micros: u64,
    next_link: u64,
    commands: u64,
    settles: usize,
}

fn core_inputs(input: &[u8], waits: bool) -> Verdict {
    let before = &*BEFORE;
    let side =
        |n: usize, seed| Side::new(&before.identities[n], before.stores[n].clone(), seed, waits);
    let mut run = Run {
        sides: [side(0, 1), side(1, 101)],
        paths: Vec::new(),
        micros: before.micros,
        next_link: 0,
        commands: 0,
        settles: 0,
    };
    let now = run.now();
    run.sides.iter_mut().for_each(|side| side.drain(now));
    let mut reader = Reader(input);
    while !reader.is_empty() {
        run.step(&mut reader);
        run.hang_up();
    }
    run.sides.iter().for_each(Side::check_history);
    Verdict::of(run.sides[0].received > 0)
}

impl Run {
    fn now(&self) -> Now {
        Now {
            mono: Instant::from_micros(self.micros),
            wall: Timestamp::from_millis(1_700_000_000_000 + self.micros / 1_000),
        }
    }

    fn step(&mut self, reader: &mut Reader<'_>) {
        match reader.u8() % 17 {
            0 => self.link(true, reader.u8() & 1 == 0),
            1 => self.link(false, reader.u8() & 1 == 0),
            2 => {
                let (link, length) = (self.pick_link(reader), usize::from(reader.u16()));
                self.arrive(link, reader.take(length).to_vec());
            }
            3 => {
                let link = self.pick_link(reader);
                let mut bytes = sample(reader.u8());
                reader.patch(&mut bytes);
                self.arrive(link, bytes);
            }
            how @ 4..=7 => self.deliver_altered(how, reader),
            8 => {
                self.deliver(0);
            }
            9 => self.settle(),
            10 => self.pass(1_000 << (reader.u8() % 24)),
            11 => {
                if let Some(link) = self.pick_link(reader) {
                    self.cut(link);
                }
            }
            side @ (12 | 13) => {
                let index = usize::from(side - 12);
                let command = command(index, reader);
                self.commands += 1;
                self.input(index, Input::Command(CommandId(self.commands), command));
            }
            14 => {
                let choice = reader.u8();
                let (index, now) = (usize::from(choice & 1), self.now());
                if choice & 2 == 0 {
                    self.sides[index].commit(now);
                } else {
                    self.sides[index].load(now);
                }
            }
            15 => self.crash(usize::from(reader.u8() & 1)),
            _ => {
                let link = self.pick_link(reader);
                let [ours, theirs] = &mut self.sides;
                let about = &BEFORE.messages;
                if let Some(bytes) =
                    hostile::says(reader, theirs.keys_and_rows(), ours.local(), about)
                {
                    self.arrive(link, bytes);
                }
            }
        }
    }

    fn input(&mut self, index: usize, input: Input) {
        let now = self.now();
        self.sides[index].input(now, input);
    }

    fn link(&mut self, honest: bool, we_dial: bool) {
        if self.paths.len() >= LINKS_MAX {
            return;
        }
        let link = LinkId(self.next_link);
        self.next_link += 1;
        self.paths.push(Path { link, honest });
        let [ours, other] =
            [b'a', if honest { b'b' } else { b'x' }].map(|who| Bytes::from(vec![who]));
        let (local, remote) = (ours.clone(), other.clone());
        self.input(
            0,
            Input::LinkUp {
                link,
                local,
                remote,
                dialer: we_dial,
            },
        );
        if honest {
            self.input(
                1,
                Input::LinkUp {
                    link,
                    local: other,
                    remote: ours,
                    dialer: !we_dial,
                },
            );
        }
    }

    fn pick_link(&self, reader: &mut Reader<'_>) -> Option<LinkId> {
        let choice = usize::from(reader.u8());
        choice
            .checked_rem(self.paths.len())
            .map(|index| self.paths[index].link)
    }

    fn arrive(&mut self, link: Option<LinkId>, bytes: Vec<u8>) {
        if let Some(link) = link {
            self.input(
                0,
                Input::Received {
                    link,
                    bytes: Bytes::from(bytes),
                },
            );
        }
    }

    fn deliver_altered(&mut self, how: u8, reader: &mut Reader<'_>) {
        let Some((link, bytes)) = self.sides[1].sent.pop_front() else {
            return;
        };
        if !self.paths.iter().any(|path| path.link == link) {
            return;
        }
        match how {
            4 => self.arrive(Some(link), bytes.to_vec()),
            5 => {
                let mut bytes = bytes.to_vec();
                reader.patch(&mut bytes);
                self.arrive(Some(link), bytes);
            }
            6 => {
                self.arrive(Some(link), bytes.to_vec());
                self.arrive(Some(link), bytes.to_vec());
            }
            _ => {}
        }
    }

    /// Brings the next frame of one side to the other. `false`: there is none.
    fn deliver(&mut self, from: usize) -> bool {
        let Some((link, bytes)) = self.sides[from].sent.pop_front() else {
            return false;
        };
        let honest = self
            .paths
            .iter()
            .any(|path| path.link == link && path.honest);
        if honest {
            self.input(1 - from, Input::Received { link, bytes });
        }
        true
    }

    fn settle(&mut self) {
        self.settles += 1;
        if self.settles > SETTLES_MAX {
            return;
        }
        for _ in 0..ROUNDS_MAX {
            let now = self.now();
            let mut moved = self.deliver(0) | self.deliver(1);
            for side in &mut self.sides {
                moved |= side.commit(now) | side.load(now);
            }
            self.hang_up();
            if !moved {
                return;
            }
        }
        panic!("two devices do not come to rest");
    }

    fn pass(&mut self, micros: u64) {
        self.micros = self.micros.saturating_add(micros);
        self.input(0, Input::Wake);
        self.input(1, Input::Wake);
    }

    fn hang_up(&mut self) {
        while let Some(link) = self.sides.iter_mut().find_map(|side| side.hangups.pop()) {
            self.cut(link);
        }
    }

    fn cut(&mut self, link: LinkId) {
        let Some(index) = self.paths.iter().position(|path| path.link == link) else {
            return;
        };
        let path = self.paths.remove(index);
        self.input(0, Input::LinkDown { link });
        if path.honest {
            self.input(1, Input::LinkDown { link });
        }
    }

    fn crash(&mut self, index: usize) {
        let now = self.now();
        self.sides[index].crash(now);
        let gone = |path: &Path| index == 0 || path.honest;
        let links: Vec<_> = self
            .paths
            .iter()
            .filter(|path| gone(path))
            .map(|path| path.link)
            .collect();
        self.paths.retain(|path| !gone(path));
        for link in links {
            self.input(1 - index, Input::LinkDown { link });
        }
    }
}

fn sample(choice: u8) -> Vec<u8> {
    static FRAMES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        samples::frames()
            .iter()
            .map(crate::link::Frame::encode)
            .collect()
    });
    FRAMES[usize::from(choice) % FRAMES.len()].clone()
}
