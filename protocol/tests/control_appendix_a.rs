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
        if a == 0 { INF } else { self.pw.get(&a).copied().unwrap_or(0) }
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
        let rem: Vec<usize> = valid.iter().copied().filter(|o| self.ops[*o].kind.removes()).collect();
        let mut pw: BTreeMap<u8, i32> = BTreeMap::new();
        for a in valid {
            let op = &self.ops[*a];
            let gone = |d: &usize| {
                let d_op = &self.ops[*d];
                d_op.t == op.t && !self.lt(*d, *a) && (d_op.kind != Kind::Unassign || d_op.p == op.p)
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
        let bans = valid.iter().filter(|b| self.ops[**b].kind == Kind::Ban && !lifted(**b));
        let out = |j: usize| {
            rem.iter().any(|d| {
                let op = &self.ops[*d];
                op.t == self.ops[j].t
                    && matches!(op.kind, Kind::Kick | Kind::Ban)
                    && !self.lt(*d, j)
            })
        };
        let joins = valid.iter().filter(|j| self.ops[**j].kind == Kind::Add && !out(**j));
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
            return if v.member(x.author) && !v.ban.contains(&x.t) { 0 } else { -1 };
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
        let mut turns: Vec<usize> = set.iter().copied().filter(|o| self.claimed[o] >= 0).collect();
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
fn generate(seed: u64) -> Model {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut model = Model::default();
    let mut known: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); usize::from(PEOPLE)];
    let mut last: BTreeMap<u8, usize> = BTreeMap::new();
    let mut push = |model: &mut Model, known: &mut Vec<BTreeSet<usize>>, kind, author: u8, t, p, past: BTreeSet<usize>| {
        let depth = past.iter().map(|o| model.ops[*o].depth + 1).max().unwrap_or(0);
        let id = model.ops.len();
        model.ops.push(Op { kind, author, t, p, depth, past });
        known[usize::from(author)].insert(id);
        last.insert(author, id);
        last.clone()
    };
    let mut own = BTreeMap::new();
    for t in 1..PEOPLE {
        let past = known[0].clone();
        push(&mut model, &mut known, Kind::Add, 0, t, 0, past);
        let past = known[0].clone();
        let p = rng.random_range(1..RANKS);
        own = push(&mut model, &mut known, Kind::Assign, 0, t, p, past);
    }
    let all = known[0].clone();
    known.fill(all);
    for _ in 0..rng.random_range(15..40) {
        for _ in 0..rng.random_range(0..2) {
            let (from, to) = (rng.random_range(0..7), rng.random_range(0..7));
            let heard: BTreeSet<usize> = known[from].clone();
            known[to].extend(heard);
        }
        let author = rng.random_range(0..PEOPLE);
        let mut past = known[usize::from(author)].clone();
        if rng.random_ratio(1, 5) {
            let some: Vec<usize> = past.iter().copied().collect();
            let one = some[rng.random_range(0..some.len())];
            past = model.ops[one].past.clone();
            past.insert(one);
            // Here a device is certified by its person's join, which nobody can leave out.
            if author > 0 {
                let join = 2 * (usize::from(author) - 1);
                past.extend(model.ops[join].past.iter());
                past.insert(join);
            }
            if let Some(own) = own.get(&author) {
                past.extend(model.ops[*own].past.iter());
                past.insert(*own);
            }
        }
        let kind = match rng.random_range(0..9) {
            0 => Kind::Add,
            1 | 2 => Kind::Kick,
            3 => Kind::Ban,
            4 => Kind::Unban,
            5..8 => Kind::Assign,
            _ => Kind::Unassign,
        };
        let (t, p) = (rng.random_range(0..PEOPLE), rng.random_range(1..RANKS));
        own = push(&mut model, &mut known, kind, author, t, p, past);
    }
    model
}

/// The same history as facts: first the founding with a role for each rank, in everybody's past.
fn facts(model: &Model) -> Vec<Fact> {
    let name = |number: usize| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
        OpId(Hash32(id))
    };
    let setup = usize::try_from(RANKS).unwrap();
    let at = |number: usize| {
        Hlc::from_wall(Timestamp::from_millis(u64::try_from(number).unwrap()))
    };
    let mut facts = vec![];
    let mut own: BTreeMap<u8, (OpId, u64)> = BTreeMap::new();
    for rank in 0..setup {
        let act = if rank == 0 {
            Act::Found {
                everyone: Bits::EVERYONE.with(Bits::ADMIT),
                admit: Admit::Everyone,
            }
        } else {
            let position = Position(u16::try_from(rank).unwrap());
            Act::CreateRole { position, bits: ALL }
        };
        // Everybody's device is certified from the start: the model knows no devices.
        let certifies = if rank == 0 { vec![device(0, 0)] } else { Vec::new() };
        let id = name(rank);
        facts.push(Fact {
            id,
            author: account(0),
            device: device(0, 0),
            seq: u64::try_from(rank).unwrap(),
            deps: own.get(&0).map(|(own, _)| *own).into_iter().collect(),
            hlc: at(rank + 1),
            certifies,
            act,
        });
        own.insert(0, (id, u64::try_from(rank).unwrap()));
    }
    for (number, op) in model.ops.iter().enumerate() {
        let id = name(setup + number);
        let heads = |o: &&usize| !op.past.iter().any(|other| model.ops[*other].past.contains(o));
        let previous = own.get(&op.author).copied();
        let mut deps: Vec<OpId> = op.past.iter().filter(heads).map(|o| name(setup + o)).collect();
        if deps.is_empty() {
            deps.push(name(setup - 1));
        }
        deps.retain(|dep| previous.map(|(own, _)| own) != Some(*dep));
        deps.sort();
        deps.splice(0..0, previous.map(|(own, _)| own));
        let who = account(op.t);
        let role = name(usize::try_from(op.p).unwrap());
        let seq = previous.map_or(0, |(_, seq)| seq + 1);
        let joins = op.kind == Kind::Add;
        facts.push(Fact {
            id,
            author: account(op.author),
            device: device(op.author, 0),
            seq,
            deps,
            hlc: at(setup + number + 1),
            certifies: if joins { vec![device(op.t, 0)] } else { Vec::new() },
            act: match op.kind {
                Kind::Add => Act::Join { who, invite: None },
                Kind::Kick => Act::Kick { who, invites: false },
                Kind::Ban => Act::Ban { who, until: None, invites: false },
                Kind::Unban => Act::Unban { who },
                Kind::Assign => Act::Assign { who, role },
                Kind::Unassign => Act::Unassign { who, role },
            },
        });
        own.insert(op.author, (id, seq));
    }
    facts
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
            let fate = log.fate(&facts[setup + number].id).unwrap();
            assert_eq!(fate == Fate::Valid, valid.contains(&number), "seed {seed}: {:?}", model.ops[number]);
        }
        ops += model.ops.len();
        voided += model.ops.len() - valid.len();
    }
    assert!(ops > 10_000 && voided > 1_000, "{ops} ops, {voided} void");
}
