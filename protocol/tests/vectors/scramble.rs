//! Random histories of one kind of deed: a few people with two devices each, who hear of each other late and hide a part of
//! what they know. For questions that `control::histories` asks too rarely.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::control::histories::account;
use protocol::control::reference::Reference;
use protocol::control::{Act, Admission, Bits, OpId, Position};
use protocol::crypto::Hash32;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::case::{Case, OWNER, POWER};

pub const PEOPLE: u8 = 5;

/// A history while it is drawn, and afterwards.
pub struct Scramble {
    pub case: Case,
    pub rng: ChaCha8Rng,
    /// The heads that each person knows.
    known: Vec<Vec<OpId>>,
    /// Part of deeds that are rare in some histories and frequent in others, in hundredths.
    often: u32,
}

impl Scramble {
    /// Everybody is in; the first two have power, the second less.
    fn begun(seed: u64) -> Self {
        let mut case = Case::new();
        case.joined(&[1, 2, 3, 4]);
        case.promoted(1, 9, &[]);
        let role = case.by(
            OWNER,
            &[],
            Act::CreateRole {
                position: Position(5),
                bits: Bits::MANAGE_ROLES.with(Bits::KICK),
            },
        );
        let who = account(2);
        let start = case.by(OWNER, &[], Act::Assign { who, role });
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Self {
            case,
            often: rng.random_range(0..12),
            rng,
            known: vec![vec![start]; usize::from(PEOPLE)],
        }
    }

    /// A history of so many attempts, each by somebody of whom `draw` says what they try.
    pub fn draw(seed: u64, attempts: u8, draw: impl Fn(&mut Self, u8) -> Act) -> Self {
        let mut drawn = Self::begun(seed);
        for _ in 0..attempts {
            for _ in 0..drawn.rng.random_range(0..5) {
                let from = drawn.rng.random_range(0..usize::from(PEOPLE));
                let to = drawn.rng.random_range(0..usize::from(PEOPLE));
                let heard = drawn.known[from].clone();
                drawn.hear(to, heard);
            }
            let person = drawn.somebody();
            let act = draw(&mut drawn, person);
            drawn.attempt(person, act);
        }
        drawn
    }

    /// Whoever owns the community does a little more than others.
    fn somebody(&mut self) -> u8 {
        let owner = self.case.log.now().owner().unwrap();
        if self.rng.random_bool(0.1) {
            owner.0[0]
        } else {
            self.rng.random_range(0..PEOPLE)
        }
    }

    pub fn anybody(&mut self) -> protocol::identity::AccountId {
        account(self.rng.random_range(0..PEOPLE))
    }

    /// One of the ops so far that are like this.
    pub fn one(&mut self, fits: impl Fn(&Act) -> bool) -> Option<OpId> {
        let facts = self.case.facts.iter();
        let all: Vec<OpId> = facts
            .filter(|fact| fits(&fact.act))
            .map(|fact| fact.id)
            .collect();
        all.choose(&mut self.rng).copied()
    }

    fn attempt(&mut self, person: u8, act: Act) {
        let number = u8::from(self.rng.random_ratio(1, 6));
        let mut after = self.known[usize::from(person)].clone();
        if self.rng.random_ratio(1, 5) {
            let of_old = self.one(|_act| true).unwrap();
            let knew = |head: &OpId| {
                *head == of_old || self.case.log.dag().happened_before(&of_old, head) == Some(true)
            };
            if after.iter().any(knew) {
                after = vec![of_old];
            }
        }
        let mut fact = self.case.fact(person, number, &after, act);
        fact.id = OpId(Hash32(self.rng.random()));
        let id = fact.id;
        // Whoever names what they do not show, or has a device that nothing shown certifies, is refused: no matter.
        if self.case.offer(person, number, fact) == Admission::New {
            self.hear(usize::from(person), vec![id]);
        }
    }

    fn hear(&mut self, person: usize, mut heads: Vec<OpId>) {
        heads.extend(&self.known[person]);
        heads.sort();
        heads.dedup();
        let dag = self.case.log.dag();
        let over = |one: &OpId| {
            heads
                .iter()
                .any(|other| dag.happened_before(one, other) == Some(true))
        };
        self.known[person] = heads.iter().copied().filter(|one| !over(one)).collect();
    }

    /// The specification's view of the same.
    pub fn reference(&self) -> Reference {
        let mut reference = Reference::default();
        for fact in &self.case.facts {
            reference.add(fact.clone());
        }
        reference
    }
}

/// Somebody makes, gives and takes power.
pub fn struggle(drawn: &mut Scramble, _person: u8) -> Act {
    let who = drawn.anybody();
    let role = drawn
        .one(|act| matches!(act, Act::CreateRole { .. }))
        .unwrap();
    match drawn.rng.random_range(0..100) {
        0..34 => {
            let [one, other, third] = drawn.rng.random::<[u64; 3]>();
            let drawn_bits = Bits(one & other & third);
            let bits = if drawn.rng.random_ratio(1, 8) {
                Bits::ADMIN
            } else {
                drawn_bits.both(POWER.with(Bits::USE))
            };
            Act::CreateRole {
                position: Position(drawn.rng.random_range(1..10)),
                bits,
            }
        }
        34..80 => Act::Assign { who, role },
        80..84 => Act::Unassign { who, role },
        84..88 => Act::Kick {
            who,
            invites: false,
        },
        88..90 => Act::DeleteRole { role },
        _ => Act::Note,
    }
}

/// Owners offer the community, some again and again, and everybody takes what they are offered.
pub fn succession(drawn: &mut Scramble, person: u8) -> Act {
    let who = drawn.anybody();
    let mine = account(person);
    let moment = drawn.case.log.at(&drawn.known[usize::from(person)]);
    let owns = moment.unwrap().owner() == Some(mine);
    let offered =
        drawn.case.facts.iter().any(|fact| {
            fact.author == mine && matches!(fact.act, Act::Transfer { to } if to != mine)
        });
    let often = if owns && !offered { 60 } else { drawn.often };
    if drawn.rng.random_ratio(often, 100) {
        return Act::Transfer { to: who };
    }
    match drawn.rng.random_range(0..100) {
        0..60 => {
            let offer = drawn.one(|act| matches!(act, Act::Transfer { to } if *to == mine));
            offer.map_or(Act::Note, |transfer| Act::Accept { transfer })
        }
        60..70 => Act::Kick {
            who,
            invites: false,
        },
        70..72 => Act::Leave,
        72..82 => {
            let role = drawn.one(|act| matches!(act, Act::CreateRole { .. }));
            role.map_or(Act::Note, |role| Act::Assign { who, role })
        }
        _ => Act::Note,
    }
}
