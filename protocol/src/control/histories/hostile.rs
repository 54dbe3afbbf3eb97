//! A history that is made to cost: one device contradicts itself thousands of times, in a community that goes on (T39).
//!
//! Somebody with power signs a line of their own, then another op in each of its places, from the last to the first and often
//! in one and the same: each shows a contradiction that begins earlier, or one more of them, and throws somebody out as of a time
//! long ago. Sixty others act meanwhile, and hear each other seldom.

use super::{Act, Admit, Bits, Fact, Hash32, Hlc, OpId, Position, Timestamp, account};
use crate::control::dag::{Admission, Dag};
use crate::identity::DeviceId;

/// People: as many heads as the specification names.
const PEOPLE: u8 = 64;
/// Who attacks: next to the founder, above all others.
const ATTACKER: u8 = 1;

/// The history, in an order in which it may be admitted; and how many of its first ops are honest.
#[must_use]
pub fn hostile(ops: usize) -> (Vec<Fact>, usize) {
    let mut made = Made::default();
    made.found();
    let base = made.facts.len();
    let honest = base + (ops - base) / 2;
    while made.facts.len() < honest {
        made.go_on();
    }
    let line = (ops - honest) / 4;
    let root = made.facts[base - 1].id;
    let mut own: Vec<OpId> = Vec::new();
    for seq in 0..line {
        let deps = own.last().map_or_else(|| vec![root], |own| vec![*own]);
        own.extend(made.sign(ATTACKER, (seq as u64, deps), Act::Note));
    }
    let mut place = own.len() - 1;
    while made.facts.len() < ops {
        place = if made.facts.len() % 3 == 0 {
            place.saturating_sub(1).max(1)
        } else {
            place
        };
        let who = account(2 + made.draw(PEOPLE - 2));
        let act = Act::Kick { who, invites: true };
        made.sign(ATTACKER, (place as u64, vec![own[place - 1]]), act);
    }
    (made.facts, honest)
}

/// Ops as they are made.
#[derive(Default)]
struct Made {
    dag: Dag,
    facts: Vec<Fact>,
    /// The newest op of each person, and its number.
    last: Vec<Option<(OpId, u64)>>,
    draws: u64,
}

impl Made {
    /// A number below `end`, one after the other as a multiplicative generator gives them.
    fn draw(&mut self, end: u8) -> u8 {
        self.draws = self
            .draws
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.draws >> 33) % u64::from(end)) as u8
    }

    fn sign(&mut self, person: u8, (seq, deps): (u64, Vec<OpId>), act: Act) -> Option<OpId> {
        let count = self.facts.len() as u64;
        let mut name = [person; 32];
        name[..8].copy_from_slice(&count.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        let id = OpId(Hash32(name));
        let certifies = match &act {
            Act::Found { .. } => vec![DeviceId(account(0).0)],
            Act::Join { who, .. } => vec![DeviceId(who.0)],
            _ => Vec::new(),
        };
        let fact = Fact {
            id,
            author: account(person),
            device: DeviceId(account(person).0),
            seq,
            deps,
            hlc: Hlc::from_wall(Timestamp::from_millis(count + 1)),
            certifies,
            act,
        };
        let new = self.dag.admit(&fact) == Admission::New;
        new.then(|| {
            self.facts.push(fact);
            id
        })
    }

    fn next(&mut self, person: u8, others: &[OpId], act: Act) -> Option<OpId> {
        let own = self.last[usize::from(person)];
        let own_id = own.map(|(id, _)| id);
        let others = others
            .iter()
            .copied()
            .filter(|other| Some(*other) != own_id);
        let deps = own_id.into_iter().chain(others).collect();
        let seq = own.map_or(0, |(_, seq)| seq + 1);
        let made = self.sign(person, (seq, deps), act)?;
        self.last[usize::from(person)] = Some((made, seq));
        Some(made)
    }

    /// Everybody stands below who came before them.
    fn found(&mut self) {
        self.last = vec![None; usize::from(PEOPLE)];
        let everyone = Bits::EVERYONE.with(Bits::ADMIT);
        let admit = Admit::Everyone;
        self.next(0, &[], Act::Found { everyone, admit });
        for person in 1..PEOPLE {
            let (position, bits) = (Position(u16::from(PEOPLE - person)), Bits::ADMIN);
            let role = self.next(0, &[], Act::CreateRole { position, bits });
            let who = account(person);
            self.next(0, &[], Act::Join { who, invite: None });
            if let Some(role) = role {
                self.next(0, &[], Act::Assign { who, role });
            }
        }
    }

    /// Somebody acts who never hears of the attacker, and now and then of somebody else.
    fn go_on(&mut self) {
        let person = 2 + self.draw(PEOPLE - 2);
        let other = 2 + self.draw(PEOPLE - 2);
        let root = self.last[0].map(|(id, _)| id);
        let heard = if self.last[usize::from(person)].is_none() {
            root
        } else {
            None
        };
        let heard = heard.or_else(|| self.last[usize::from(other)].map(|(id, _)| id));
        let heard =
            heard.filter(|_| self.last[usize::from(person)].is_none() || self.draw_is_low());
        let heard: Vec<OpId> = heard.into_iter().collect();
        let who = account(PEOPLE - 1);
        let act = match self.draw(8) {
            0 => Act::Timeout { who },
            1 => Act::Note,
            _ => Act::Channel,
        };
        if self.next(person, &heard, act.clone()).is_none() {
            self.next(person, &[], act); // what it would hear is nothing new
        }
    }

    fn draw_is_low(&mut self) -> bool {
        self.draw(4) == 0
    }
}
