//! The executable model of the specification (groups-and-security.md, appendix A), ported word for word, as the oracle
//! of the resolver on the ops that it knows: joins, kicks, bans, unbans, roles given and taken, one rank.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use protocol::control::histories::{account, device};
use protocol::control::{
    Act, Admission, Admit, Bits, ControlLog, Fact, Fate, OpId, Position, Rules,
};
use protocol::crypto::Hash32;
use protocol::identity::DeviceId;
use protocol::time::{Hlc, Timestamp};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const PEOPLE: u8 = 7;
const RANKS: i32 = 10;
const INF: i32 = i32::MAX;
/// Every power at once, so that one rank is all there is.
const ALL: Bits = Bits(((1 << 28) - 1) & !((1 << 20) - 1));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Add,
    Kick,
    Ban,
    Unban,
    Assign,
    Unassign,
}

impl Kind {
    fn removes(self) -> bool {
        matches!(self, Self::Kick | Self::Ban | Self::Unassign)
    }
}

#[derive(Clone, Debug)]
struct Op {
    kind: Kind,
    author: u8,
    t: u8,
    p: i32,
    depth: usize,
    past: BTreeSet<usize>,
}

#[derive(Default)]
struct Model {
    ops: Vec<Op>,
    claimed: BTreeMap<usize, i32>,
    memo: BTreeMap<BTreeSet<usize>, BTreeSet<usize>>,
}

struct View {
    pw: BTreeMap<u8, i32>,
    ban: BTreeSet<u8>,
    join: BTreeSet<u8>,
}

impl View {
    fn power(&self, a: u8) -> i32 {
        if a == 0 {
            INF
        } else {
            self.pw.get(&a).copied().unwrap_or(0)
        }
    }

    fn member(&self, a: u8) -> bool {
        let in_by = self.pw.get(&a).copied().unwrap_or(0) > 0 || self.join.contains(&a);
        a == 0 || (!self.ban.contains(&a) && in_by)
    }
}

impl Model {
    fn lt(&self, a: usize, b: usize) -> bool {
        self.ops[b].past.contains(&a)
    }

    fn conc(&self, a: usize, b: usize) -> bool {
        a != b && !self.lt(a, b) && !self.lt(b, a)
    }

    fn view(&self, valid: &BTreeSet<usize>) -> View {
        let rem: Vec<usize> = valid
            .iter()
            .copied()
            .filter(|o| self.ops[*o].kind.removes())
            .collect();
        let mut pw: BTreeMap<u8, i32> = BTreeMap::new();
        for a in valid {
            let op = &self.ops[*a];
            let gone = |d: &usize| {
                let d_op = &self.ops[*d];
                d_op.t == op.t
                    && !self.lt(*d, *a)
                    && (d_op.kind != Kind::Unassign || d_op.p == op.p)
            };
            if op.kind == Kind::Assign && !rem.iter().any(gone) {
                let power = pw.entry(op.t).or_default();
                *power = op.p.max(*power);
            }
        }
        let lifted = |b: usize| {
            valid.iter().any(|u| {
                let op = &self.ops[*u];
                self.lt(b, *u)
                    && op.t == self.ops[b].t
                    && ((op.kind == Kind::Unban && self.claimed[u] >= self.claimed[&b])
                        || (op.kind == Kind::Assign && self.claimed[u] > self.claimed[&b]))
            })
        };
        let bans = valid
            .iter()
            .filter(|b| self.ops[**b].kind == Kind::Ban && !lifted(**b));
        let out = |j: usize| {
            rem.iter().any(|d| {
                let op = &self.ops[*d];
                op.t == self.ops[j].t
                    && matches!(op.kind, Kind::Kick | Kind::Ban)
                    && !self.lt(*d, j)
            })
        };
        let joins = valid
            .iter()
            .filter(|j| self.ops[**j].kind == Kind::Add && !out(**j));
        View {
            ban: bans.map(|b| self.ops[*b].t).collect(),
            join: joins.map(|j| self.ops[*j].t).collect(),
            pw,
        }
    }

    fn k_of(&self, o: usize, v: &View) -> i32 {
        let x = &self.ops[o];
        let pa = v.power(x.author);
        if x.kind == Kind::Add {
            return if v.member(x.author) && !v.ban.contains(&x.t) {
                0
            } else {
                -1
            };
        }
        if x.t == 0 || pa < 1 {
            return -1;
        }
        let pt = v.power(x.t);
        match x.kind {
            Kind::Kick | Kind::Ban => return if pa > pt { pa } else { -1 },
            Kind::Unban => return pa,
            _ => {}
        }
        let outranked = x.past.iter().all(|b| {
            self.ops[*b].kind != Kind::Ban || self.ops[*b].t != x.t || self.claimed[b] < pa
        });
        if x.kind == Kind::Assign && v.ban.contains(&x.t) && !outranked {
            return -1;
        }
        if pa > x.p && pa > pt { pa } else { -1 }
    }

    fn resolve(&mut self, set: &BTreeSet<usize>) -> BTreeSet<usize> {
        if let Some(valid) = self.memo.get(set) {
            return valid.clone();
        }
        let mut by_depth: Vec<usize> = set.iter().copied().collect();
        by_depth.sort_by_key(|o| (self.ops[*o].depth, *o));
        for o in by_depth {
            if !self.claimed.contains_key(&o) {
                let past = self.ops[o].past.clone();
                let view = self.resolve(&past);
                let k = self.k_of(o, &self.view(&view));
                self.claimed.insert(o, k);
            }
        }
        let mut turns: Vec<usize> = set
            .iter()
            .copied()
            .filter(|o| self.claimed[o] >= 0)
            .collect();
        turns.sort_by_key(|o| (-i64::from(self.claimed[o]), self.ops[*o].depth, *o));
        let mut valid: BTreeSet<usize> = BTreeSet::new();
        for o in turns {
            let x = self.ops[o].clone();
            let r1 = |r: &usize| {
                self.ops[*r].kind.removes() && self.ops[*r].t == x.author && self.conc(*r, o)
            };
            let r2 = |g: &usize| {
                let grant = &self.ops[*g];
                grant.kind == Kind::Assign
                    && grant.t == x.t
                    && self.conc(*g, o)
                    && self.claimed[g] > self.claimed[&o]
                    && grant.p >= self.claimed[&o]
            };
            if valid.iter().any(r1) || (x.kind.removes() && valid.iter().any(r2)) {
                continue;
            }
            let past: BTreeSet<usize> = valid.intersection(&x.past).copied().collect();
            if self.k_of(o, &self.view(&past)) < self.claimed[&o] {
                continue;
            }
            valid.insert(o);
        }
        self.memo.insert(set.clone(), valid.clone());
        valid
    }
}

/// The generator of the appendix: the owner adds and promotes six accounts, then each acts on what they know, one op in
/// five on a random part of it.
struct Generator {
    rng: ChaCha8Rng,
    model: Model,
    known: Vec<BTreeSet<usize>>,
    last: BTreeMap<u8, usize>,
}

impl Generator {
    fn push(&mut self, kind: Kind, author: u8, t: u8, p: i32, past: BTreeSet<usize>) {
        let depths = past.iter().map(|o| self.model.ops[*o].depth + 1);
        let depth = depths.max().unwrap_or(0);
        let id = self.model.ops.len();
        self.model.ops.push(Op {
            kind,
            author,
            t,
            p,
            depth,
            past,
        });
        self.known[usize::from(author)].insert(id);
        self.last.insert(author, id);
    }

    fn found(&mut self) {
        for t in 1..PEOPLE {
            self.push(Kind::Add, 0, t, 0, self.known[0].clone());
            let p = self.rng.random_range(1..RANKS);
            self.push(Kind::Assign, 0, t, p, self.known[0].clone());
        }
        let all = self.known[0].clone();
        self.known.fill(all);
    }

    /// A random part of what somebody knows that they can sign on: with their own last op, and the join that certifies
    /// their device here.
    fn hidden(&mut self, author: u8) -> BTreeSet<usize> {
        let known: Vec<usize> = self.known[usize::from(author)].iter().copied().collect();
        let one = known[self.rng.random_range(0..known.len())];
        let join = (author > 0).then(|| 2 * (usize::from(author) - 1));
        let own = self.last.get(&author).copied();
        let mut past = BTreeSet::new();
        for op in [Some(one), join, own].into_iter().flatten() {
            past.extend(self.model.ops[op].past.iter());
            past.insert(op);
        }
        past
    }

    fn step(&mut self) {
        for _ in 0..self.rng.random_range(0..2) {
            let (from, to) = (self.rng.random_range(0..7), self.rng.random_range(0..7));
            let heard: BTreeSet<usize> = self.known[from].clone();
            self.known[to].extend(heard);
        }
        let author = self.rng.random_range(0..PEOPLE);
        let past = if self.rng.random_ratio(1, 5) {
            self.hidden(author)
        } else {
            self.known[usize::from(author)].clone()
        };
        let kind = match self.rng.random_range(0..9) {
            0 => Kind::Add,
            1 | 2 => Kind::Kick,
            3 => Kind::Ban,
            4 => Kind::Unban,
            5..8 => Kind::Assign,
            _ => Kind::Unassign,
        };
        let (t, p) = (
            self.rng.random_range(0..PEOPLE),
            self.rng.random_range(1..RANKS),
        );
        self.push(kind, author, t, p, past);
    }
}

fn generate(seed: u64) -> Model {
    let mut generator = Generator {
        rng: ChaCha8Rng::seed_from_u64(seed),
        model: Model::default(),
        known: vec![BTreeSet::new(); usize::from(PEOPLE)],
        last: BTreeMap::new(),
    };
    generator.found();
    for _ in 0..generator.rng.random_range(15..40) {
        generator.step();
    }
    generator.model
}

/// Ops before those of the model: the founding, and a role for each rank.
const SETUP: usize = 10;

fn id_of(number: usize) -> OpId {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    OpId(Hash32(id))
}

/// The same history as facts.
struct Facts {
    facts: Vec<Fact>,
    own: BTreeMap<u8, (OpId, u64)>,
}

impl Facts {
    fn push(&mut self, author: u8, after: &[OpId], certifies: Vec<DeviceId>, act: Act) {
        let number = self.facts.len();
        let previous = self.own.get(&author).copied();
        let mut deps: Vec<OpId> = after.to_vec();
        deps.retain(|dep| previous.map(|(own, _)| own) != Some(*dep));
        deps.sort();
        deps.splice(0..0, previous.map(|(own, _)| own));
        let seq = previous.map_or(0, |(_, seq)| seq + 1);
        let millis = u64::try_from(number + 1).unwrap();
        self.facts.push(Fact {
            id: id_of(number),
            author: account(author),
            device: device(author, 0),
            seq,
            deps,
            hlc: Hlc::from_wall(Timestamp::from_millis(millis)),
            certifies,
            act,
        });
        self.own.insert(author, (id_of(number), seq));
    }

    fn found(&mut self) {
        let founding = Act::Found {
            everyone: Bits::EVERYONE.with(Bits::ADMIT),
            admit: Admit::Everyone,
        };
        self.push(0, &[], vec![device(0, 0)], founding);
        for rank in 1..SETUP {
            let position = Position(u16::try_from(rank).unwrap());
            self.push(
                0,
                &[],
                Vec::new(),
                Act::CreateRole {
                    position,
                    bits: ALL,
                },
            );
        }
    }
}

fn facts(model: &Model) -> Vec<Fact> {
    let mut facts = Facts {
        facts: Vec::new(),
        own: BTreeMap::new(),
    };
    facts.found();
    for op in &model.ops {
        let is_head = |o: &&usize| {
            !op.past
                .iter()
                .any(|other| model.ops[*other].past.contains(o))
        };
        let heads = op.past.iter().filter(is_head);
        let mut after: Vec<OpId> = heads.map(|o| id_of(SETUP + o)).collect();
        if after.is_empty() {
            after.push(id_of(SETUP - 1));
        }
        let who = account(op.t);
        let role = id_of(usize::try_from(op.p).unwrap());
        let invites = false;
        let (certifies, act) = match op.kind {
            Kind::Add => (vec![device(op.t, 0)], Act::Join { who, invite: None }),
            Kind::Kick => (Vec::new(), Act::Kick { who, invites }),
            Kind::Ban => (
                Vec::new(),
                Act::Ban {
                    who,
                    until: None,
                    invites,
                },
            ),
            Kind::Unban => (Vec::new(), Act::Unban { who }),
            Kind::Assign => (Vec::new(), Act::Assign { who, role }),
            Kind::Unassign => (Vec::new(), Act::Unassign { who, role }),
        };
        facts.push(op.author, &after, certifies, act);
    }
    facts.facts
}

#[test]
fn the_resolver_agrees_with_the_model_of_the_specification() {
    let (mut ops, mut voided) = (0, 0);
    for seed in 0..400 {
        let mut model = generate(seed);
        let all: BTreeSet<usize> = (0..model.ops.len()).collect();
        let valid = model.resolve(&all);
        let mut log = ControlLog::new(Rules::default());
        let facts = facts(&model);
        for fact in &facts {
            assert_eq!(log.admit(fact), Admission::New, "seed {seed}: {fact:?}");
        }
        let setup = facts.len() - model.ops.len();
        for number in 0..model.ops.len() {
            let fate = log.now().fate(&facts[setup + number].id).unwrap();
            assert_eq!(
                fate == Fate::Valid,
                valid.contains(&number),
                "seed {seed}: {:?}",
                model.ops[number]
            );
        }
        ops += model.ops.len();
        voided += model.ops.len() - valid.len();
    }
    assert!(ops > 10_000 && voided > 1_000, "{ops} ops, {voided} void");
}
