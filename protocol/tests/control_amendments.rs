//! Cases of the resolver that came with the amendments A5 to A12, beside those in `control_cases` (A12), `control_registers`
//! (A8) and `control_backdating` (A7, A10); and those rows of §2.3.4 that the others leave open.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::control::histories::account;
use protocol::control::{
    Act, Admission, Authority, Bits, Fate, OpFault, OpId, Position, Standing, Why,
};
use protocol::limits::CONTROL_DEPS_MAX;

#[path = "vectors/case.rs"]
mod case;
use case::{Case, OWNER, POWER, ban, join, kick};

fn rekey(n: u32, parents: &[OpId], covers: &[OpId]) -> Act {
    Act::Rekey {
        n,
        parents: parents.to_vec(),
        covers: covers.to_vec(),
    }
}

fn invite(uses: u16) -> Act {
    Act::CreateInvite {
        uses,
        expires: None,
        roles: Vec::new(),
    }
}

#[test]
fn resolver_case_a5_a_role_keeps_its_power_and_place_for_ever() {
    let mut case = Case::new();
    case.joined(&[1]);
    case.promoted(1, 8, &[]);
    let role = case.log.now().roles(&account(1))[0];
    for bits in [Bits::ADMIN, Bits::KICK, Bits(1 << 40)] {
        let bits = Some(bits.with(Bits::SEND));
        let fact = case.fact(OWNER, 0, &[], Act::UpdateRole { role, bits });
        assert_eq!(case.log.admit(&fact), Admission::Refused(OpFault::Power));
    }
    let bits = Some(Bits::ADMIT);
    case.by(OWNER, &[], Act::UpdateRole { role, bits });
    let now = case.log.now();
    assert!(now.uses(&account(1)).contains(Bits::ADMIT));
    let eight = Authority::Power(Position(8));
    assert_eq!(now.power(&account(1), POWER), eight);
    assert_eq!(now.power(&account(1), Bits::ADMIN), Authority::Void);
}

#[test]
fn resolver_case_a5_deleting_a_role_takes_it_from_everybody_and_undoes_what_they_did_beside() {
    let mut case = Case::new();
    case.joined(&[1, 2, 3]);
    let start = case.promoted(1, 8, &[]);
    let role = case.log.now().roles(&account(1))[0];
    let unseen = case.by(1, &[start], kick(2));
    assert_eq!(case.standing(2), Standing::Outside);
    // A smaller role in its place, in one batch.
    let gone = case.by(OWNER, &[start], Act::DeleteRole { role });
    let smaller = case.promoted(1, 4, &[]);
    assert_eq!(case.log.now().why(&unseen), Some(Why::Removed(gone)));
    assert_eq!(case.standing(2), Standing::Member);
    let four = Authority::Power(Position(4));
    assert_eq!(case.log.now().power(&account(1), Bits::KICK), four);
    let kicked = case.by(1, &[smaller], kick(3));
    assert_eq!(case.log.authority(&kicked), Some(four));
    assert_eq!(case.fate(kicked), Fate::Valid);
    // Nobody is given a role that is gone.
    let who = account(2);
    let given = case.by(OWNER, &[], Act::Assign { who, role });
    assert_eq!(case.fate(given), Fate::Void);
}

#[test]
fn resolver_case_a6_anybody_makes_an_epoch_whose_number_and_covers_are_right() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2, 3]);
    let first = case.by(1, &[start], rekey(0, &[], &[]));
    let fact = case.fact(2, 0, &[first], rekey(2, &[first], &[]));
    let refused = Admission::Refused(OpFault::Reference);
    assert_eq!(case.log.admit(&fact), refused);
    let out = case.by(OWNER, &[first], kick(3));
    // Nothing that is to cover left out, nothing else in.
    for covers in [vec![], vec![out, out], vec![start]] {
        let wrong = case.by(1, &[out], rekey(1, &[first], &covers));
        assert_eq!(case.log.authority(&wrong), Some(Authority::Void));
    }
    // Of two the greater number, then the smaller id; how much they cover is nothing.
    let one = case.by(1, &[out], rekey(1, &[first], &[out]));
    let other = case.by(2, &[out], rekey(1, &[first], &[out]));
    assert!(one < other);
    assert_eq!(case.log.now().epoch(), Some(one));
    let third = case.by(2, &[other], rekey(2, &[other], &[]));
    assert_eq!(case.log.now().epoch(), Some(third));
    // Whoever may not is refused: everyone's bit can be taken away.
    let role = case.facts[0].id;
    let bits = Some(Bits::EVERYONE.without(Bits::REKEY));
    let changed = case.by(OWNER, &[third], Act::UpdateRole { role, bits });
    let wrong = case.by(1, &[changed], rekey(3, &[third], &[]));
    assert_eq!(case.log.authority(&wrong), Some(Authority::Void));
}

#[test]
fn resolver_case_a9_more_heads_than_an_op_names_are_joined_by_ops_that_do_nothing() {
    let mut case = Case::new();
    let people: Vec<u8> = (1..=17).collect();
    let start = case.joined(&people);
    let heads: Vec<OpId> = people
        .iter()
        .map(|who| case.by(*who, &[start], Act::Note))
        .collect();
    let fact = case.fact(OWNER, 0, &heads, Act::Note);
    let refused = Admission::Refused(OpFault::TooManyDeps(CONTROL_DEPS_MAX + 2));
    assert_eq!(case.log.admit(&fact), refused);
    // Its own previous op and 15 heads.
    let fact = case.fact(OWNER, 0, &heads[..15], Act::Note);
    assert_eq!(fact.deps.first(), Some(&start));
    assert_eq!(fact.deps.len(), CONTROL_DEPS_MAX);
    let mut unsorted = fact.clone();
    unsorted.deps.swap(1, 2);
    let refused = Admission::Refused(OpFault::DepsOrder);
    assert_eq!(case.log.admit(&unsorted), refused);
    let before = case.log.now().people();
    assert_eq!(case.offer(OWNER, 0, fact), Admission::New);
    assert_eq!(case.log.dag().heads().len(), 3);
    assert_eq!(case.log.now().people(), before);
    // A merge stands whatever becomes of its author: others built on it.
    let merged = case.by(1, &[], Act::Note);
    case.by(OWNER, &[], kick(1));
    assert_eq!(case.standing(1), Standing::Outside);
    assert_eq!(case.fate(merged), Fate::Valid);
}

#[test]
fn resolver_case_a11_a_ban_is_for_one_account_and_not_for_whom_it_had_let_in() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2]);
    let link = case.by(1, &[start], invite(5));
    let came = case.by(2, &[link], join(5, Some(link)));
    let by_them = case.by(1, &[came], join(6, None));
    let banned = case.by(OWNER, &[by_them], ban(1));
    assert_eq!(case.standing(1), Standing::Banned);
    let guests = [5, 6].map(|who| case.standing(who));
    assert_eq!(guests, [Standing::Member; 2]);
    // Its invites end, for whoever comes later.
    let late = case.by(2, &[banned], join(7, Some(link)));
    assert_eq!(case.fate(late), Fate::Void);
    assert_eq!(case.standing(7), Standing::Outside);
}

#[test]
fn resolver_case_a_kick_wins_over_a_join_by_a_fresh_invite_that_did_not_see_it() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2]);
    let link = case.by(1, &[start], invite(5));
    let out = case.by(OWNER, &[link], kick(2));
    let fresh = case.by(1, &[link], invite(5));
    let again = case.by(1, &[fresh], join(2, Some(fresh)));
    assert_eq!(case.fate(again), Fate::Valid);
    assert_eq!(case.standing(2), Standing::Outside);
    case.by(1, &[out], join(2, Some(fresh)));
    assert_eq!(case.standing(2), Standing::Member);
}
