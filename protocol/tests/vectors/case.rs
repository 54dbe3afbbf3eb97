//! A control log of bare facts in which a test says who knew what: the cases of the specification need no signatures.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::BTreeMap;

use protocol::control::histories::{account, device};
use protocol::control::{
    Act, Admission, Admit, Bits, ControlLog, Fact, Fate, OpId, Position, Rules, Standing,
};
use protocol::crypto::Hash32;
use protocol::time::{Hlc, Timestamp};

/// The founder.
pub const OWNER: u8 = 0;
/// Every power but that of administrators.
pub const POWER: Bits = Bits(((1 << 28) - 1) & !((1 << 20) - 1));

/// A log in which the test says what everybody knows.
pub struct Case {
    pub log: ControlLog,
    /// The newest op of each device, by person and number.
    pub last: BTreeMap<(u8, u8), (OpId, u64)>,
    /// Ops made so far; each is a second later than the one before.
    pub made: u8,
    /// Every op that came in, in that order.
    pub facts: Vec<Fact>,
}

impl Case {
    /// A community with the founder alone.
    pub fn new() -> Self {
        let mut case = Self {
            log: ControlLog::new(Rules::default()),
            last: BTreeMap::new(),
            made: 0,
            facts: Vec::new(),
        };
        case.by(
            OWNER,
            &[],
            Act::Found {
                everyone: Bits::EVERYONE.with(Bits::ADMIT),
                admit: Admit::Everyone,
            },
        );
        case
    }

    /// An op of the first device of a person, after these ops and the device's own last.
    pub fn by(&mut self, person: u8, after: &[OpId], act: Act) -> OpId {
        self.with(person, 0, after, act)
    }

    pub fn with(&mut self, person: u8, number: u8, after: &[OpId], act: Act) -> OpId {
        let fact = self.fact(person, number, after, act);
        let id = fact.id;
        assert_eq!(self.offer(person, number, fact), Admission::New);
        id
    }

    /// Offers an op; if it comes in, its device goes on from there.
    pub fn offer(&mut self, person: u8, number: u8, fact: Fact) -> Admission {
        let admission = self.log.admit(&fact);
        if admission == Admission::New {
            self.last.insert((person, number), (fact.id, fact.seq));
            self.facts.push(fact);
        }
        admission
    }

    pub fn fact(&mut self, person: u8, number: u8, after: &[OpId], act: Act) -> Fact {
        self.made += 1;
        let own = self.last.get(&(person, number)).copied();
        let seen =
            |one: &OpId, other: &OpId| self.log.dag().happened_before(one, other) == Some(true);
        let all: Vec<OpId> = after.iter().copied().chain(own.map(|(id, _)| id)).collect();
        let mut deps: Vec<OpId> = after
            .iter()
            .copied()
            .filter(|id| own.map(|(own, _)| own) != Some(*id))
            .filter(|id| !all.iter().any(|other| seen(id, other)))
            .collect();
        deps.sort();
        deps.dedup();
        deps.splice(0..0, own.map(|(id, _)| id));
        let certifies = match act {
            Act::Join { who, .. } => vec![device(who.0[0], 0), device(who.0[0], 1)],
            Act::Found { .. } => vec![device(OWNER, 0), device(OWNER, 1)],
            _ => Vec::new(),
        };
        Fact {
            id: OpId(Hash32([self.made; 32])),
            author: account(person),
            device: device(person, number),
            seq: own.map_or(0, |(_, seq)| seq + 1),
            deps,
            hlc: at(self.made.into()),
            certifies,
            act,
        }
    }

    /// A role with every power but that of administrators, given by the owner after these ops.
    pub fn promoted(&mut self, who: u8, position: u16, after: &[OpId]) -> OpId {
        let role = self.by(
            OWNER,
            after,
            Act::CreateRole {
                position: Position(position),
                bits: POWER,
            },
        );
        self.by(
            OWNER,
            &[role],
            Act::Assign {
                who: account(who),
                role,
            },
        )
    }

    /// The owner lets people in, one after the other.
    pub fn joined(&mut self, people: &[u8]) -> OpId {
        let joins = people.iter().map(|who| Act::Join {
            who: account(*who),
            invite: None,
        });
        let joins: Vec<Act> = joins.collect();
        joins
            .into_iter()
            .map(|act| self.by(OWNER, &[], act))
            .last()
            .unwrap()
    }

    pub fn fate(&self, id: OpId) -> Fate {
        self.log.now().fate(&id).unwrap()
    }

    pub fn standing(&self, who: u8) -> Standing {
        self.log.now().standing(&account(who))
    }
}

pub fn at(seconds: u64) -> Hlc {
    Hlc::from_wall(Timestamp::from_millis(1_000 * seconds))
}

pub fn kick(who: u8) -> Act {
    Act::Kick {
        who: account(who),
        invites: true,
    }
}

pub fn ban(who: u8) -> Act {
    Act::Ban {
        who: account(who),
        until: None,
        invites: true,
    }
}

pub fn join(who: u8, invite: Option<OpId>) -> Act {
    Act::Join {
        who: account(who),
        invite,
    }
}
