//! Random histories of a community under partitions, some of whose members hide what they have seen.
//!
//! A few people share a community. Each acts on what they know, people tell each other now and then, one op in five
//! pretends to be older than it is, and sometimes a device signs two ops where there may be one (groups-and-security.md
//! §2.3.5). Most ops are drawn until their author may do them in their own view; the rest are attempts.

#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "for tests: small numbers that this file makes itself; a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

mod draws;
mod hostile;

pub use hostile::hostile;

use super::fact::{Act, Admit, Fact, OpId};
use super::log::ControlLog;
use super::permission::{Authority, Bits, Position};
use super::reference::Reference;
use crate::crypto::Hash32;
use crate::identity::{AccountId, DeviceId};
use crate::time::{Hlc, Timestamp};

/// What a history is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// People, the founder among them.
    pub people: u8,
    /// Ops after the founding.
    pub ops: usize,
    /// Draws of an op until its author may do it; the last is taken as it is.
    pub tries: usize,
    /// Part of ops that hide what their author knows, in hundredths.
    pub backdated: u32,
    /// Part of ops that are made twice, in hundredths.
    pub forked: u32,
    /// Whether people do nothing but remove and promote each other, as in the specification's own model.
    pub struggle: bool,
    /// Whether somebody below the founder makes some of the roles that all others go on to give, change and delete.
    pub delegates: bool,
}

impl Plan {
    /// The plan for a seed: every other one is a struggle for power; of the rest, every other one has roles of somebody who stands
    /// below others.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        Self {
            struggle: seed % 2 == 1,
            delegates: seed % 4 == 2,
            ..Self::default()
        }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            people: 7,
            ops: 40,
            tries: 4,
            backdated: 20,
            forked: 1,
            struggle: false,
            delegates: false,
        }
    }
}

/// A history, in an order in which it may be admitted.
#[derive(Debug)]
pub struct History {
    /// The ops.
    pub facts: Vec<Fact>,
    /// The same, with what they come to.
    pub reference: Reference,
}

impl History {
    /// What really happened, as of a log.
    #[must_use]
    pub fn of(log: &ControlLog) -> Self {
        let facts: Vec<Fact> = log
            .in_order()
            .filter_map(|id| log.dag().fact(&id))
            .collect();
        let mut reference = Reference::default();
        for fact in &facts {
            reference.add(fact.clone());
        }
        Self { facts, reference }
    }
}

/// What is about to be signed, and how honestly.
struct Draft {
    act: Act,
    certifies: Vec<DeviceId>,
    hides: bool,
    forks: bool,
}

/// A history while it is drawn.
struct Drawing {
    rng: ChaCha8Rng,
    reference: Reference,
    facts: Vec<Fact>,
    /// What each person knows.
    known: Vec<BTreeSet<OpId>>,
    /// The newest op of each device on the line that it continues.
    last: BTreeMap<DeviceId, OpId>,
}

/// The account of a person.
#[must_use]
pub const fn account(person: u8) -> AccountId {
    AccountId([person; 32])
}

/// A device of a person.
#[must_use]
pub const fn device(person: u8, number: u8) -> DeviceId {
    let mut id = [person; 32];
    id[1] = 100 + number;
    DeviceId(id)
}

/// The history of a seed.
#[must_use]
pub fn draw(seed: u64, plan: Plan) -> History {
    let mut drawing = Drawing {
        rng: ChaCha8Rng::seed_from_u64(seed),
        reference: Reference::default(),
        facts: Vec::new(),
        known: vec![BTreeSet::new(); usize::from(plan.people)],
        last: BTreeMap::new(),
    };
    drawing.found(plan);
    for _ in 0..plan.ops {
        drawing.gossip(plan);
        drawing.step(plan);
    }
    History {
        facts: drawing.facts,
        reference: drawing.reference,
    }
}

impl Drawing {
    /// The founder makes roles at three heights, lets everybody in and promotes two.
    fn found(&mut self, plan: Plan) {
        let admit = if self.rng.random_bool(0.8) {
            Admit::Everyone
        } else {
            Admit::Chosen
        };
        let everyone = if self.rng.random_bool(0.5) {
            Bits::EVERYONE.with(Bits::ADMIT)
        } else {
            Bits::EVERYONE
        };
        let mut certifies = vec![device(0, 0), device(0, 1)];
        certifies.sort();
        self.sign(0, 0, Act::Found { everyone, admit }, certifies);
        let all = Bits(u64::MAX).power().without(Bits::ADMIN);
        for (position, bits) in [
            (9, all),
            (7, all.without(Bits::BAN)),
            (4, Bits::KICK.with(Bits::MANAGE_ROLES)),
            (2, Bits::MUTE.with(Bits::KICK)),
            (5, Bits::USE),
        ] {
            let position = Position(position);
            self.sign(0, 0, Act::CreateRole { position, bits }, Vec::new());
        }
        let mut heirs = Vec::new();
        for person in 1..plan.people {
            let who = account(person);
            let certifies = vec![device(person, 0), device(person, 1)];
            if plan.struggle || self.rng.random_bool(0.4) {
                self.sign(0, 0, Act::Join { who, invite: None }, certifies);
                heirs.push(person);
            }
        }
        let promoted = if plan.struggle { plan.people } else { 3 };
        for person in 1..promoted {
            let role = self.roles()[(usize::from(person) - 1) % 4];
            self.sign(
                0,
                0,
                Act::Assign {
                    who: account(person),
                    role,
                },
                Vec::new(),
            );
        }
        if !plan.struggle && self.rng.random_bool(0.2) {
            self.hand_on(&heirs);
        }
        let all = self.known[0].clone();
        self.known.fill(all);
        if plan.delegates {
            self.delegate();
        }
    }

    /// The highest below the founder makes roles, before anybody does anything else.
    fn delegate(&mut self) {
        let all = Bits(u64::MAX).power().without(Bits::ADMIN);
        for (position, bits) in [(8, all), (3, Bits::KICK), (6, Bits::USE)] {
            let position = Position(position);
            self.sign(1, 0, Act::CreateRole { position, bits }, Vec::new());
        }
        let all = self.known[1].clone();
        self.known.fill(all);
    }

    /// Some people hear what others know.
    fn gossip(&mut self, plan: Plan) {
        for _ in 0..self.rng.random_range(0..2) {
            let from = self.rng.random_range(0..usize::from(plan.people));
            let to = self.rng.random_range(0..usize::from(plan.people));
            let heard = self.known[from].clone();
            self.known[to].extend(heard);
        }
    }

    /// Somebody does something.
    fn step(&mut self, plan: Plan) {
        let person = self.rng.random_range(0..plan.people);
        let number = u8::from(self.rng.random_ratio(1, 6));
        let forks = self.rng.random_ratio(plan.forked, 100);
        let hides = self.rng.random_ratio(plan.backdated, 100);
        for tried in 1..=plan.tries {
            let act = self.draw_act(person, plan);
            let certifies = match act {
                Act::Join { who, .. } => vec![device(who.0[0], 0), device(who.0[0], 1)],
                _ => Vec::new(),
            };
            let draft = Draft {
                act,
                certifies,
                hides,
                forks,
            };
            let Some(fact) = self.fact(person, number, draft) else {
                return;
            };
            let id = fact.id;
            let fits = |op: &&OpId| !self.reference.closure_has(&fact.deps, op);
            if fact.act.names().iter().any(fits) {
                continue;
            }
            self.reference.add(fact.clone());
            if self.reference.claim(&id) > Authority::Void || tried == plan.tries {
                self.enter(person, fact);
                return;
            }
            self.reference.forget(&id);
        }
    }

    /// Makes and enters an op of the founding, by somebody who hides nothing.
    fn sign(&mut self, person: u8, number: u8, act: Act, certifies: Vec<DeviceId>) {
        let draft = Draft {
            act,
            certifies,
            hides: false,
            forks: false,
        };
        if let Some(fact) = self.fact(person, number, draft) {
            self.reference.add(fact.clone());
            self.enter(person, fact);
        }
    }

    fn enter(&mut self, person: u8, fact: Fact) {
        self.last.insert(fact.device, fact.id);
        self.known[usize::from(person)].insert(fact.id);
        self.facts.push(fact);
    }

    /// An op of this person; `None` if their device is certified by nothing that they show.
    fn fact(&mut self, person: u8, number: u8, draft: Draft) -> Option<Fact> {
        let Draft {
            act,
            certifies,
            hides,
            forks,
        } = draft;
        let device = device(person, number);
        let mut own = self.last.get(&device).copied();
        let mut shown = self.known[usize::from(person)].clone();
        if forks {
            // Signs again where it had signed already, as if that had not been.
            let again = own?;
            own = self.reference.previous_own(&again);
            shown = self.reference.past(&again);
        } else if hides {
            let known: Vec<OpId> = shown.iter().copied().collect();
            let one = known.choose(&mut self.rng)?;
            shown = self.reference.closure(one);
            if let Some(own) = own {
                shown.extend(self.reference.closure(&own));
            }
        }
        let founds = matches!(act, Act::Found { .. });
        let certified = |id: &OpId| {
            let fact = self.reference.fact(id);
            fact.certifies.contains(&device)
        };
        if !founds && !shown.iter().any(certified) {
            return None;
        }
        let later = |id: &&OpId| {
            let fact = self.reference.fact(id);
            let next = own.map_or(0, |own| self.reference.fact(&own).seq + 1);
            fact.device == device && fact.seq >= next
        };
        if shown.iter().any(|id| later(&id)) {
            return None;
        }
        let mut deps: Vec<OpId> = self.reference.heads(&shown);
        let seq = match own {
            None => 0,
            Some(own) => {
                deps.retain(|dep| *dep != own);
                deps.insert(0, own);
                self.reference.fact(&own).seq + 1
            }
        };
        deps.truncate(crate::limits::CONTROL_DEPS_MAX);
        let millis = 1_000_000 + 1_000 * self.facts.len() as u64;
        Some(Fact {
            id: OpId(Hash32(self.rng.random())),
            author: account(person),
            device,
            seq,
            deps,
            hlc: Hlc::from_wall(Timestamp::from_millis(millis)),
            certifies,
            act,
        })
    }

    fn made(&self, fits: impl Fn(&Act) -> bool) -> Vec<OpId> {
        let fits = |fact: &&Fact| fits(&fact.act);
        self.facts.iter().filter(fits).map(|fact| fact.id).collect()
    }

    fn roles(&self) -> Vec<OpId> {
        self.made(|act| matches!(act, Act::CreateRole { .. }))
    }

    fn draw_act(&mut self, person: u8, plan: Plan) -> Act {
        // Rare otherwise, and decided in an order of its own.
        if self.has_handed_on(person) && self.rng.random_bool(0.2) {
            return Act::Leave;
        }
        let who = account(self.rng.random_range(0..plan.people));
        let roles = self.roles();
        let role = roles[self.rng.random_range(0..roles.len())];
        let kinds = if plan.struggle { 0..46 } else { 0..100 };
        match self.rng.random_range(kinds) {
            0..12 => Act::Kick {
                who,
                invites: self.rng.random(),
            },
            12..17 => Act::Ban {
                who,
                until: self.draw_until(),
                invites: self.rng.random(),
            },
            17..21 => Act::Unban { who },
            21..38 => Act::Assign { who, role },
            38..46 => Act::Unassign { who, role },
            46..65 => Act::Join {
                who,
                invite: self.draw_invite(),
            },
            65..69 => Act::CreateInvite {
                uses: self.rng.random_range(1..3),
                expires: self.draw_until(),
                roles: self.draw_harmless(),
            },
            69..72 => match self.draw_invite() {
                Some(invite) => Act::RevokeInvite { invite },
                None => Act::Note,
            },
            72..75 => Act::Leave,
            75..78 => Act::Confirm { who: vec![who] },
            78..80 => Act::CreateRole {
                position: Position(self.rng.random_range(1..10)),
                bits: Bits(self.rng.random::<u64>() & self.rng.random::<u64>())
                    .without(Bits::ADMIN),
            },
            80..81 => Act::DeleteRole { role },
            81..84 => Act::UpdateRole {
                role,
                bits: Some(Bits(self.rng.random::<u64>()).both(Bits::USE)),
            },
            84..86 => Act::Policy {
                admit: Some(if self.rng.random() {
                    Admit::Chosen
                } else {
                    Admit::Everyone
                }),
            },
            86..88 => Act::RevokeDevice {
                device: device(person, 1),
            },
            88..90 => Act::Transfer { to: who },
            90..93 => match self
                .made(|act| matches!(act, Act::Transfer { to } if *to == account(person)))
                .last()
            {
                Some(transfer) => Act::Accept {
                    transfer: *transfer,
                },
                None => Act::Channel,
            },
            93..97 => self.draw_epoch(person),
            97 => Act::Timeout { who },
            98 => Act::Channel,
            _ => Act::Note,
        }
    }
}
