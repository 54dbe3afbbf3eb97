//! Roles: what they give, to whom, by whom, and what becomes of that when their makers fall.

use super::*;

#[test]
fn an_invite_gives_no_power() {
    let mut case = Case::new();
    let role = case.by(
        OWNER,
        &[],
        Act::CreateRole {
            position: Position(3),
            bits: Bits::KICK,
        },
    );
    let fact = case.fact(
        OWNER,
        0,
        &[role],
        Act::CreateInvite {
            uses: 1,
            expires: None,
            roles: vec![role],
        },
    );
    assert_eq!(case.log.admit(&fact), Admission::Refused(OpFault::Power));
}

/// A role without power may open private channels: whoever invites with it gives it.
#[test]
fn an_invite_gives_no_role_that_its_maker_could_not_give() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    let start = case.promoted(1, 8, &[]);
    let mut became = Vec::new();
    for position in [7, 8] {
        let (position, bits) = (Position(position), Bits::STREAM);
        let role = case.by(OWNER, &[start], Act::CreateRole { position, bits });
        for maker in [OWNER, 1, 2] {
            let invite = Act::CreateInvite {
                uses: 1,
                expires: None,
                roles: vec![role],
            };
            let invite = case.by(maker, &[role], invite);
            became.push((position.0, maker, case.fate(invite)));
        }
    }
    let (valid, void) = (Fate::Valid, Fate::Void);
    let lower = [(7, OWNER, valid), (7, 1, valid), (7, 2, void)];
    let equal = [(8, OWNER, valid), (8, 1, void), (8, 2, void)];
    assert_eq!(became, [lower, equal].concat());
}

#[test]
fn ranks_count_by_bit_and_not_by_the_highest_role() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    let high = case.by(
        OWNER,
        &[],
        Act::CreateRole {
            position: Position(9),
            bits: Bits::MUTE,
        },
    );
    let low = case.by(
        OWNER,
        &[],
        Act::CreateRole {
            position: Position(2),
            bits: Bits::KICK,
        },
    );
    case.by(
        OWNER,
        &[],
        Act::Assign {
            who: account(1),
            role: high,
        },
    );
    case.by(
        OWNER,
        &[],
        Act::Assign {
            who: account(1),
            role: low,
        },
    );
    let start = case.promoted(2, 5, &[]);
    let kicks = case.by(1, &[start], kick(2));
    let mutes = case.by(1, &[start], Act::Timeout { who: account(2) });
    assert_eq!(case.log.authority(&kicks), Some(Authority::Void));
    assert_eq!(
        case.log.authority(&mutes),
        Some(Authority::Power(Position(9)))
    );
}

#[test]
fn nobody_gives_a_power_that_they_do_not_hold_above_the_role() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    let manager = case.by(
        OWNER,
        &[],
        Act::CreateRole {
            position: Position(7),
            bits: Bits::MANAGE_ROLES.with(Bits::KICK),
        },
    );
    let start = case.by(
        OWNER,
        &[],
        Act::Assign {
            who: account(1),
            role: manager,
        },
    );
    let made = |case: &mut Case, position, bits| {
        let op = case.by(
            1,
            &[start],
            Act::CreateRole {
                position: Position(position),
                bits,
            },
        );
        case.log.authority(&op).unwrap()
    };
    assert_eq!(
        made(&mut case, 3, Bits::KICK),
        Authority::Power(Position(7))
    );
    assert_eq!(made(&mut case, 3, Bits::BAN), Authority::Void);
    assert_eq!(made(&mut case, 7, Bits::KICK), Authority::Void);
    assert_eq!(made(&mut case, 3, Bits::ADMIN), Authority::Void);
}

#[test]
fn what_allows_or_forbids_costs_nothing_but_itself_as_long_as_nothing_comes_after_it() {
    let mut case = Case::new();
    case.joined(&[1, 2, 3, 4, 5]);
    let role = Act::CreateRole {
        position: Position(3),
        bits: Bits::NONE,
    };
    let role = case.by(OWNER, &[], role);
    assert_eq!(case.log.decided_with_the_last(), 1);
    let bits = Some(Bits::SEND);
    case.by(OWNER, &[], Act::UpdateRole { role, bits });
    assert_eq!(case.log.decided_with_the_last(), 1);
    let admit = Some(Admit::Chosen);
    case.by(OWNER, &[], Act::Policy { admit });
    assert_eq!(case.log.decided_with_the_last(), 1);
}

#[test]
fn a_deleted_role_takes_its_power_from_what_did_not_see_it_though_that_came_first() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    let bits = POWER;
    let position = Position(5);
    let role = case.by(OWNER, &[], Act::CreateRole { position, bits });
    let who = account(1);
    let start = case.by(OWNER, &[role], Act::Assign { who, role });
    let kicked = case.by(1, &[start], kick(2));
    assert_eq!(case.fate(kicked), Fate::Valid);
    case.by(OWNER, &[], Act::DeleteRole { role });
    assert_eq!(case.fate(kicked), Fate::Void);
}

/// Whoever stands above the maker of a role is decided before it, and may give, change and take it all the same.
#[test]
fn a_role_that_somebody_lower_made_is_there_for_whoever_stands_above_them() {
    for bits in [Bits::SEND, POWER] {
        let mut case = Case::new();
        case.joined(&[1, 2, 3]);
        let start = case.promoted(1, 10, &[]);
        let position = Position(5);
        let role = case.by(1, &[start], Act::CreateRole { position, bits });
        let who = account(2);
        let given = case.by(OWNER, &[role], Act::Assign { who, role });
        assert_eq!(case.log.now().roles(&who), [role]);
        let theirs = case.by(2, &[given], kick(3));
        let allowed = bits == POWER;
        assert_eq!(case.fate(theirs) == Fate::Valid, allowed, "{bits:?}");
        let uses = Act::UpdateRole {
            role,
            bits: Some(Bits::SEND),
        };
        let changed = case.by(OWNER, &[given], uses);
        let taken = case.by(OWNER, &[changed], Act::Unassign { who, role });
        assert!(case.log.now().roles(&who).is_empty());
        let gone = case.by(OWNER, &[taken], Act::DeleteRole { role });
        for op in [role, given, changed, taken, gone] {
            assert_eq!(case.log.now().why(&op), None, "{bits:?}");
        }
        let late = case.by(OWNER, &[gone], Act::Assign { who, role });
        assert_eq!(case.log.now().why(&late), Some(Why::NotAllowed));
    }
}

/// Who gave it above its maker gave it for nothing; who gave it below did not have it to give.
#[test]
fn a_role_that_falls_with_its_maker_gives_nothing_to_whoever_was_given_it_by_somebody_higher() {
    const LOWER: u8 = 4;
    for (giver, became) in [(OWNER, Fate::Valid), (LOWER, Fate::Void)] {
        let mut case = Case::new();
        case.joined(&[1, 2, 3, LOWER]);
        let lower = case.promoted(LOWER, 8, &[]);
        let start = case.promoted(1, 10, &[lower]);
        let (position, bits) = (Position(5), POWER);
        let role = case.by(1, &[start], Act::CreateRole { position, bits });
        let who = account(2);
        let given = case.by(giver, &[role], Act::Assign { who, role });
        let theirs = case.by(2, &[given], kick(3));
        assert_eq!(case.fate(theirs), Fate::Valid);
        let taken = case.by(OWNER, &[theirs], Act::Unassign { who, role });
        assert_eq!(case.log.now().removals_of(&who), [taken]);
        // The owner's other device saw nothing of the role.
        case.with(OWNER, 1, &[start], kick(1));
        let fates = [role, given, theirs].map(|op| case.fate(op));
        assert_eq!(fates, [Fate::Void, became, Fate::Void]);
        assert!(case.log.now().removals_of(&who).is_empty());
        assert!(case.log.now().roles(&who).is_empty());
        assert_eq!(case.standing(3), Standing::Member);
    }
}

/// As a promotion protects (R2), but by a role that is none.
#[test]
fn a_role_that_falls_with_its_maker_protects_nobody_from_a_kick() {
    let mut case = Case::new();
    case.joined(&[1, 2, 3]);
    case.promoted(3, 4, &[]);
    let start = case.promoted(1, 10, &[]);
    let (position, bits) = (Position(5), POWER);
    let role = case.by(1, &[start], Act::CreateRole { position, bits });
    let who = account(2);
    case.by(OWNER, &[role], Act::Assign { who, role });
    let kicked = case.by(3, &[start], kick(2));
    assert_eq!(case.fate(kicked), Fate::Void);
    case.with(OWNER, 1, &[start], kick(1));
    assert_eq!(case.fate(kicked), Fate::Valid);
    assert_eq!(case.standing(2), Standing::Outside);
}
