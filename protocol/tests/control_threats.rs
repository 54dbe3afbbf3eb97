//! Nobody gives what they do not have (T20), and there is one owner (T26): over random histories, by counting again.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use protocol::control::histories::{Plan, account, device, draw, hostile};
use protocol::control::reference::{Reference, Verdict};
use protocol::control::{
    Act, Admission, Authority, Bits, ControlLog, Fact, Fate, Lineage, OpId, Position, Rules,
    Standing, Why,
};
use protocol::identity::AccountId;
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

#[path = "vectors/case.rs"]
mod case;
#[path = "vectors/scramble.rs"]
mod scramble;
use case::{Case, OWNER};
use scramble::{Scramble, struggle, succession};

/// Attempts in one history of [`scramble`].
const ATTEMPTS: u8 = 80;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_escalation(seed in any::<u64>()) {
        for (what, escalation) in escalations(seed) {
            prop_assert!(escalation.wrong.is_empty(), "{} {}: {:?}", what, seed, escalation.wrong);
        }
    }

    #[test]
    fn owner_unique(seed in any::<u64>()) {
        let drawn = Scramble::draw(seed, ATTEMPTS, succession);
        let wrong = succession_faults(&mut drawn.reference(), &drawn.case.facts, &drawn.case.log, seed);
        prop_assert!(wrong.is_empty(), "succession {}: {:?}", seed, wrong);
        let mut history = draw(seed, Plan::of(seed & !1));
        let log = fed(&history.facts);
        let wrong = succession_faults(&mut history.reference, &history.facts, &log, seed);
        prop_assert!(wrong.is_empty(), "history {}: {:?}", seed, wrong);
    }
}

#[test]
fn histories_hold_grants_of_others_and_owners_in_line() {
    let grants: usize = (0..24)
        .flat_map(escalations)
        .map(|(_, escalation)| escalation.by_others)
        .sum();
    let accepted: usize = (0..24)
        .map(|seed| {
            let drawn = Scramble::draw(seed, ATTEMPTS, succession);
            let now = drawn.case.log.now();
            let facts = drawn.case.facts.iter();
            let counted = facts.filter(|fact| {
                matches!(fact.act, Act::Accept { .. }) && now.fate(&fact.id) == Some(Fate::Valid)
            });
            counted.count()
        })
        .sum();
    println!("{grants} grants by others than owners, {accepted} acceptances");
    assert!(grants > 100 && accepted > 30);
}

fn fed<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> ControlLog {
    let mut log = ControlLog::new(Rules::default());
    let mut waiting: Vec<&Fact> = facts.into_iter().collect();
    while !waiting.is_empty() {
        waiting.retain(|fact| matches!(log.admit(fact), Admission::Missing(_)));
    }
    log
}

fn escalations(seed: u64) -> [(&'static str, Escalation); 2] {
    let plan = Plan {
        tries: 2,
        ..Plan::of(seed)
    };
    let mut history = draw(seed, plan);
    let log = fed(&history.facts);
    let drawn = Scramble::draw(seed, ATTEMPTS, struggle);
    [
        ("history", Escalation::sought(&mut history.reference, &log)),
        (
            "struggle",
            Escalation::sought(&mut drawn.reference(), &drawn.case.log),
        ),
    ]
}

/// What was found about powers.
#[derive(Default)]
struct Escalation {
    wrong: BTreeSet<String>,
    /// Grants that count and that no owner made.
    by_others: usize,
}

impl Escalation {
    fn sought(all: &mut Reference, log: &ControlLog) -> Self {
        let mut found = Self::default();
        let ids: Vec<OpId> = log.in_order().collect();
        let counts = |id: &OpId| log.now().fate(id) == Some(Fate::Valid);
        let valid: BTreeSet<OpId> = ids.iter().copied().filter(counts).collect();
        let everything = all.all();
        all.resolve(&everything);
        for id in &valid {
            if Grant::of(all, id).is_none() {
                continue;
            }
            let past = all.past(id);
            let own_view = all.resolve(&past);
            if !may_grant(all, &own_view, id) {
                let act = &all.fact(id).act;
                found
                    .wrong
                    .insert(format!("{id:?} was made without the power: {act:?}"));
            }
            let counted = counted_before(all, &valid, id);
            if !may_grant(all, &counted, id) {
                found
                    .wrong
                    .insert(format!("{id:?} counts without the power for it"));
            }
            found.by_others += usize::from(all.owner(&counted) != Some(all.fact(id).author));
        }
        let mut chains = Chains {
            all: &*all,
            valid,
            known: BTreeMap::new(),
        };
        for who in log.now().people().keys() {
            if log.now().owner() != Some(*who) {
                found.wrong.extend(chains.unexplained(log, who));
            }
        }
        found
    }
}

/// A role that is made or given.
struct Grant {
    position: Position,
    needed: Bits,
    to: Option<AccountId>,
}

impl Grant {
    fn of(all: &Reference, id: &OpId) -> Option<Self> {
        let (role, to) = match &all.fact(id).act {
            Act::CreateRole { .. } => (*id, None),
            Act::Assign { who, role } => (*role, Some(*who)),
            _ => return None,
        };
        let (position, bits) = role_of(all, &role)?;
        Some(Self {
            position,
            needed: bits.power().with(Bits::MANAGE_ROLES),
            to,
        })
    }
}

fn role_of(all: &Reference, role: &OpId) -> Option<(Position, Bits)> {
    match all.fact(role).act {
        Act::CreateRole { position, bits } => Some((position, bits)),
        _ => None,
    }
}

/// What counts of the past of an op.
fn counted_before(all: &Reference, valid: &BTreeSet<OpId>, id: &OpId) -> Verdict {
    Verdict {
        valid: valid.intersection(&all.past(id)).copied().collect(),
        ..Verdict::default()
    }
}

/// Whether the author of a grant owned the community, or held every bit of it above its place and above whom it is for.
fn may_grant(all: &Reference, view: &Verdict, id: &OpId) -> bool {
    let grant = Grant::of(all, id).unwrap();
    let author = all.fact(id).author;
    if all.owner(view) == Some(author) {
        return true;
    }
    let held = |who: &AccountId| -> Vec<(Position, Bits)> {
        let roles = all.power_roles(view, who);
        roles.iter().filter_map(|role| role_of(all, role)).collect()
    };
    let own = held(&author);
    let rank = |bit: Bits| {
        let giving = own.iter().filter(|(_, bits)| bits.gives(bit));
        giving.map(|(position, _)| *position).max()
    };
    let reach = grant.needed.each().map(rank).min().flatten();
    let target = grant.to.and_then(|to| {
        let theirs = held(&to);
        theirs.iter().map(|(position, _)| *position).max()
    });
    let owns = |to: AccountId| all.owner(view) == Some(to);
    reach > Some(grant.position) && reach > target && !grant.to.is_some_and(owns)
}

/// From whom power came, back to an owner.
struct Chains<'a> {
    all: &'a Reference,
    valid: BTreeSet<OpId>,
    known: BTreeMap<OpId, bool>,
}

impl Chains<'_> {
    /// Whether a grant goes back to an owner by grants that count, each from strictly above.
    fn goes_back(&mut self, id: &OpId) -> bool {
        if let Some(known) = self.known.get(id) {
            return *known;
        }
        let explained = self.valid.contains(id) && self.author_had(id);
        self.known.insert(*id, explained);
        explained
    }

    fn author_had(&mut self, id: &OpId) -> bool {
        let all = self.all;
        let author = all.fact(id).author;
        let before = counted_before(all, &self.valid, id);
        if all.owner(&before) == Some(author) {
            return true;
        }
        let grant = Grant::of(all, id).unwrap();
        let held = all.power_roles(&before, &author);
        grant.needed.each().all(|bit| {
            held.iter().any(|role| {
                let fits = role_of(all, role)
                    .is_some_and(|(position, bits)| position > grant.position && bits.gives(bit));
                fits && self.was_given(&before.valid, &author, role)
            })
        })
    }

    /// Whether one of these ops gave somebody a role, and that and the role go back to an owner.
    fn was_given(&mut self, among: &BTreeSet<OpId>, who: &AccountId, role: &OpId) -> bool {
        let all = self.all;
        self.goes_back(role)
            && among.iter().any(|op| {
                let act = &all.fact(op).act;
                matches!(act, Act::Assign { who: to, role: given } if to == who && given == role)
                    && self.goes_back(op)
            })
    }

    /// Powers of somebody that nobody above them gave.
    fn unexplained(&mut self, log: &ControlLog, who: &AccountId) -> Vec<String> {
        let (all, now) = (self.all, log.now());
        let among = self.valid.clone();
        let mut given = Vec::new();
        let mut wrong = Vec::new();
        for role in now.roles(who) {
            let Some((position, bits)) = role_of(all, &role) else {
                wrong.push(format!("{who:?} holds no role: {role:?}"));
                continue;
            };
            if bits.power().is_empty() {
                continue;
            }
            if self.was_given(&among, who, &role) {
                given.push((position, bits));
            } else {
                wrong.push(format!("{who:?} holds {role:?} from nobody"));
            }
        }
        for (name, bit) in Bits::NAMED {
            let explained = given.iter().filter(|(_, bits)| bits.gives(*bit));
            let highest = explained.map(|(position, _)| *position).max();
            let said = match now.power(who, bit.power()) {
                Authority::Void => None,
                Authority::Power(position) => Some(position),
                other => {
                    wrong.push(format!("{who:?} has {other:?} for {name}"));
                    continue;
                }
            };
            if !bit.power().is_empty() && said > highest {
                wrong.push(format!("{who:?} has {name} at {said:?}, given {highest:?}"));
            }
        }
        wrong
    }
}

/// What is wrong about who owns a community.
fn succession_faults(
    all: &mut Reference,
    facts: &[Fact],
    log: &ControlLog,
    seed: u64,
) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    let moments = facts.iter().map(|fact| log.at(&[fact.id]).unwrap());
    for moment in moments.chain([log.now()]) {
        let people = moment.people();
        let owners: Vec<&AccountId> = people
            .iter()
            .filter(|(_, standing)| **standing == Standing::Owner)
            .map(|(who, _)| who)
            .collect();
        if owners.len() != 1 || owners.first().copied() != moment.owner().as_ref() {
            wrong.insert(format!("owners: {owners:?}"));
        }
    }
    let counted = |fact: &&Fact| log.now().fate(&fact.id) == Some(Fate::Valid);
    let of_ownership: Vec<&Fact> = facts
        .iter()
        .filter(|fact| matches!(fact.act, Act::Transfer { .. } | Act::Accept { .. }))
        .filter(counted)
        .collect();
    for one in &of_ownership {
        for other in &of_ownership {
            let same = log.authority(&one.id) == log.authority(&other.id);
            match (&one.act, &other.act) {
                // Two devices of the heir may both take the same offer.
                (Act::Accept { .. }, Act::Accept { .. }) if same && one.author != other.author => {
                    wrong.insert("two heirs of one owner count".to_owned());
                }
                (Act::Transfer { .. }, Act::Transfer { .. }) if same && one.id != other.id => {
                    wrong.insert("two offers of one owner count".to_owned());
                }
                _ => {}
            }
        }
    }
    let (mut owner, mut lineage) = (facts[0].author, Lineage::FOUNDER);
    while let Some(heir) = of_ownership.iter().find(|fact| {
        matches!(fact.act, Act::Accept { transfer } if all.fact(&transfer).author == owner)
            && log.authority(&fact.id) == Some(Authority::Handover(lineage))
    }) {
        (owner, lineage) = (heir.author, lineage.heir());
    }
    let everything = all.all();
    let verdict = all.resolve(&everything);
    let mut shuffled: Vec<&Fact> = facts.iter().collect();
    shuffled.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let elsewhere = fed(shuffled);
    let said = [
        log.now().owner(),
        all.owner(&verdict),
        elsewhere.now().owner(),
    ];
    if said != [Some(owner); 3] || elsewhere.now().people() != log.now().people() {
        wrong.insert(format!("{said:?} own what is {owner:?}'s"));
    }
    wrong
}

/// Two offers by one owner, each accepted by whom it was made to; and what the two heirs did then as if they owned it.
fn two_offers(case: &mut Case, offers: [OpId; 2]) -> [Option<Why>; 2] {
    for (who, transfer) in [1, 2].into_iter().zip(offers) {
        let taken = case.by(who, &[transfer], Act::Accept { transfer });
        let kicks = Act::Kick {
            who: account(3),
            invites: true,
        };
        let acts = case.by(who, &[taken], kicks);
        if who == 1 {
            assert_eq!(case.fate(acts), Fate::Void, "both offers are known already");
        }
    }
    let now = case.log.now();
    for fact in &case.facts {
        if matches!(
            fact.act,
            Act::Transfer { .. } | Act::Accept { .. } | Act::Kick { .. }
        ) {
            assert_eq!(now.fate(&fact.id), Some(Fate::Void), "{fact:?}");
        }
    }
    let owners = now.people().into_values();
    assert_eq!(owners.filter(|s| *s == Standing::Owner).count(), 1);
    assert_eq!(now.owner(), Some(account(OWNER)));
    assert_eq!(case.standing(3), Standing::Member);
    offers.map(|offer| now.why(&offer))
}

#[test]
fn owner_unique_of_two_offers_by_one_owner_both_accepted() {
    // By two devices of the owner: each ends the other.
    let mut case = Case::new();
    let start = case.joined(&[1, 2, 3]);
    let one = case.by(OWNER, &[start], Act::Transfer { to: account(1) });
    let other = case.with(OWNER, 1, &[start], Act::Transfer { to: account(2) });
    let why = two_offers(&mut case, [one, other]);
    assert_eq!(
        why,
        [Some(Why::OtherOffer(other)), Some(Why::OtherOffer(one))]
    );

    // By one device: it contradicts itself, and is not heard from there on; the owner's other device is.
    let mut case = Case::new();
    let start = case.joined(&[1, 2, 3]);
    let before = case.last[&(OWNER, 0)];
    let one = case.by(OWNER, &[start], Act::Transfer { to: account(1) });
    case.last.insert((OWNER, 0), before);
    let other = case.by(OWNER, &[start], Act::Transfer { to: account(2) });
    let why = two_offers(&mut case, [one, other]);
    assert_eq!(why, [Some(Why::Contradicts); 2]);
    let devices = case.log.now().devices(&account(OWNER));
    assert_eq!(devices, [device(OWNER, 1)]);
    let heads = case.log.dag().heads();
    let again = case.with(OWNER, 1, &heads, Act::Transfer { to: account(2) });
    case.by(2, &[again], Act::Accept { transfer: again });
    assert_eq!(case.log.now().owner(), Some(account(2)));
}

/// T39: whoever signs thousands of contradictions pays for each with one signature, and so does everybody else, with a few
/// dozen decisions at most; honest people lose nothing by it.
#[test]
fn resolver_adversarial_10k() {
    let (facts, honest) = hostile(10_000);
    assert_eq!(facts.len(), 10_000);
    let mut log = ControlLog::new(Rules::default());
    for fact in &facts[..honest] {
        assert_eq!(log.admit(fact), Admission::New);
    }
    let before: Vec<_> = facts[..honest]
        .iter()
        .map(|fact| log.now().fate(&fact.id))
        .collect();
    let paid = log.decisions();
    for fact in &facts[honest..] {
        assert_eq!(log.admit(fact), Admission::New);
    }
    let attacks = u64::try_from(facts.len() - honest).unwrap();
    let each = (log.decisions() - paid) / attacks;
    assert!(each <= 40, "{each} decisions for each op of an attack");
    let after = facts[..honest].iter().map(|fact| log.now().fate(&fact.id));
    assert!(after.eq(before), "what honest people did counts as it did");
    assert!(log.dag().heads().len() > 64);
}
