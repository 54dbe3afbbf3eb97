//! The worked cases of the specification (groups-and-security.md §2.3.4), and those that its model did not cover.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

#[path = "control_cases/beyond.rs"]
mod beyond;
#[path = "control_cases/roles.rs"]
mod roles;

use protocol::control::histories::{account, device};
use protocol::control::{
    Act, Admission, Admit, Authority, Bits, Fact, Fate, OpFault, OpId, Position, Standing, Why,
};

#[path = "vectors/case.rs"]
mod case;
use case::{Case, OWNER, POWER, at, ban, join, kick};

#[test]
fn resolver_case_moderator_kicks_x_while_x_kicks_y() {
    let mut case = Case::new();
    case.joined(&[1, 2, 3]);
    case.promoted(1, 10, &[]);
    let start = case.promoted(2, 5, &[]);
    let theirs = case.by(1, &[start], kick(2));
    let ours = case.by(2, &[start], kick(3));
    assert_eq!(
        (case.fate(theirs), case.fate(ours)),
        (Fate::Valid, Fate::Void)
    );
    assert_eq!(case.log.now().why(&ours), Some(Why::Removed(theirs)));
    assert_eq!(case.log.now().why(&theirs), None);
    assert_eq!(case.standing(2), Standing::Outside);
    assert_eq!(case.standing(3), Standing::Member);
}

#[test]
fn resolver_case_two_of_one_rank_kick_each_other() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    case.promoted(1, 8, &[]);
    let start = case.promoted(2, 8, &[]);
    let ops = [case.by(1, &[start], kick(2)), case.by(2, &[start], kick(1))];
    assert!(
        ops.iter()
            .all(|op| case.log.authority(op) == Some(Authority::Void))
    );
    assert!(
        [1, 2]
            .iter()
            .all(|who| case.standing(*who) == Standing::Member)
    );
}

#[test]
fn resolver_case_a_promotion_protects_from_a_kick_that_did_not_see_it() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    case.promoted(1, 8, &[]);
    let start = case.promoted(2, 7, &[]);
    let kicked = case.by(1, &[start], kick(2));
    let promoted = case.promoted(2, 9, &[]);
    assert_eq!(case.log.now().why(&kicked), Some(Why::Outranked(promoted)));
    let back = case.by(2, &[promoted], kick(1));
    assert_eq!(case.fate(kicked), Fate::Void);
    assert_eq!(case.log.now().why(&kicked), Some(Why::Removed(back)));
    assert_eq!(
        case.log.authority(&back),
        Some(Authority::Power(Position(9)))
    );
    assert_eq!(case.fate(back), Fate::Valid);
    assert_eq!(
        (case.standing(1), case.standing(2)),
        (Standing::Outside, Standing::Member)
    );
}

#[test]
fn resolver_case_readmitted_by_anybody_and_promoted_by_the_owner_counts_in_full() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2, 3]);
    let out = case.by(OWNER, &[start], kick(1));
    let again = case.by(2, &[out], join(1, None));
    let promoted = case.promoted(1, 6, &[again]);
    let acts = case.by(1, &[promoted], kick(3));
    assert!(
        [out, again, promoted, acts]
            .iter()
            .all(|op| case.fate(*op) == Fate::Valid)
    );
}

#[test]
fn resolver_case_a_low_unban_does_not_lift_a_high_ban() {
    let mut case = Case::new();
    case.joined(&[1, 2, 3]);
    case.promoted(1, 8, &[]);
    let start = case.promoted(2, 3, &[]);
    let out = case.by(1, &[start], ban(3));
    let freed = case.by(2, &[out], Act::Unban { who: account(3) });
    let again = case.by(2, &[freed], join(3, None));
    assert_eq!(case.fate(again), Fate::Void);
    assert_eq!(case.standing(3), Standing::Banned);
}

#[test]
fn resolver_case_a_kick_wins_over_a_join_that_did_not_see_it() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    let start = case.promoted(1, 8, &[]);
    let out = case.by(1, &[start], kick(2));
    case.by(OWNER, &[start], join(2, None));
    assert_eq!(case.standing(2), Standing::Outside);
    case.by(OWNER, &[out], join(2, None));
    assert_eq!(case.standing(2), Standing::Member);
}

#[test]
fn resolver_case_a_ban_wins_over_an_unban_that_did_not_see_it() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    let start = case.promoted(1, 8, &[]);
    let out = case.by(1, &[start], ban(2));
    case.by(OWNER, &[start], Act::Unban { who: account(2) });
    assert_eq!(case.standing(2), Standing::Banned);
    case.by(OWNER, &[out], Act::Unban { who: account(2) });
    assert_eq!(case.standing(2), Standing::Outside);
}

#[test]
fn resolver_case_what_a_removed_granter_gave_is_void_and_its_holder_stays() {
    let mut case = Case::new();
    case.joined(&[1, 2, 3]);
    let start = case.promoted(1, 8, &[]);
    let role = case.by(
        1,
        &[start],
        Act::CreateRole {
            position: Position(3),
            bits: POWER,
        },
    );
    let start = case.by(OWNER, &[role], Act::Note);
    let given = case.by(
        1,
        &[role],
        Act::Assign {
            who: account(2),
            role,
        },
    );
    let acts = case.by(2, &[given], kick(3));
    assert_eq!(case.fate(acts), Fate::Valid);
    case.by(OWNER, &[start], kick(1));
    assert_eq!(
        (case.fate(given), case.fate(acts)),
        (Fate::Void, Fate::Void)
    );
    assert_eq!(case.log.now().why(&acts), Some(Why::AuthorityUndone));
    assert_eq!(case.standing(2), Standing::Member);
    assert_eq!(case.standing(3), Standing::Member);
}

#[test]
fn resolver_case_one_join_too_many_by_an_invite_is_suspended_until_confirmed() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2]);
    let invite = case.by(
        1,
        &[start],
        Act::CreateInvite {
            uses: 1,
            expires: None,
            roles: Vec::new(),
        },
    );
    let first = case.by(1, &[invite], join(3, Some(invite)));
    let second = case.by(2, &[invite], join(4, Some(invite)));
    let mut fates = [case.fate(first), case.fate(second)];
    fates.sort_by_key(|fate| *fate == Fate::Weak);
    assert_eq!(fates, [Fate::Valid, Fate::Weak]);
    let late = if case.fate(first) == Fate::Weak { 3 } else { 4 };
    assert_eq!(case.standing(late), Standing::Suspended);
    let surplus = if late == 3 { first } else { second };
    assert_eq!(case.log.now().why(&surplus), Some(Why::InviteUsedUp));
    case.by(
        OWNER,
        &[first, second],
        Act::Confirm {
            who: vec![account(late)],
        },
    );
    assert_eq!(case.standing(late), Standing::Member);
}

#[test]
fn resolver_case_whom_a_removed_admin_admitted_is_suspended_not_removed() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    let start = case.promoted(1, 8, &[]);
    let admitted = case.by(1, &[start], join(5, None));
    assert_eq!(case.standing(5), Standing::Member);
    case.by(OWNER, &[start], kick(1));
    assert_eq!(case.fate(admitted), Fate::Weak);
    assert_eq!(case.standing(5), Standing::Suspended);
}
