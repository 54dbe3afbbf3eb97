//! What the model of the specification did not cover: invites, ranks by bit, revoked devices, ownership, epochs, refusals.

use super::*;

#[test]
fn revoking_an_invite_wins_over_a_join_that_did_not_see_it() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2]);
    let invite = case.by(
        1,
        &[start],
        Act::CreateInvite {
            uses: 5,
            expires: None,
            roles: Vec::new(),
        },
    );
    case.by(2, &[invite], join(3, Some(invite)));
    assert_eq!(case.standing(3), Standing::Member);
    case.by(1, &[invite], Act::RevokeInvite { invite });
    assert_eq!(case.standing(3), Standing::Suspended);
}

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
fn a_revoked_device_does_nothing_any_more_but_what_the_revocation_knew() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    let start = case.promoted(1, 8, &[]);
    let before = case.with(1, 1, &[start], Act::Channel);
    let revoked = case.by(
        1,
        &[before],
        Act::RevokeDevice {
            device: device(1, 1),
        },
    );
    let beside = case.with(1, 1, &[], kick(2));
    let after = case.with(1, 1, &[revoked], Act::Note);
    let fates = [before, revoked, beside, after].map(|op| case.fate(op));
    assert_eq!(fates, [Fate::Valid, Fate::Valid, Fate::Void, Fate::Void]);
    assert_eq!(case.standing(2), Standing::Member);
}

#[test]
fn a_device_that_signs_twice_is_not_heard_from_there_on() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    let start = case.promoted(1, 8, &[]);
    let before = case.by(1, &[start], Act::Channel);
    let (own, seq) = case.last[&(1, 0)];
    let one = case.by(1, &[], kick(2));
    assert_eq!(case.fate(one), Fate::Valid);
    case.last.insert((1, 0), (own, seq));
    let other = case.by(1, &[], Act::Note);
    assert_eq!(
        [before, one, other].map(|op| case.fate(op)),
        [Fate::Valid, Fate::Void, Fate::Void]
    );
    assert_eq!(case.standing(2), Standing::Member);
    assert_eq!(case.log.now().why(&one), Some(Why::Contradicts));
    // Another device of the same person is heard.
    let elsewhere = case.with(1, 1, &[start], kick(2));
    assert_eq!(case.fate(elsewhere), Fate::Valid);
}

#[test]
fn ownership_passes_by_offer_and_acceptance_and_ends_what_the_former_owner_did_unseen() {
    let mut case = Case::new();
    case.joined(&[1, 2]);
    let offer = case.by(OWNER, &[], Act::Transfer { to: account(1) });
    assert_eq!(case.log.now().owner(), Some(account(OWNER)));
    let taken = case.by(1, &[offer], Act::Accept { transfer: offer });
    let unseen = case.by(OWNER, &[offer], kick(1));
    assert_eq!(case.log.now().owner(), Some(account(1)));
    assert_eq!(
        [taken, unseen].map(|op| case.fate(op)),
        [Fate::Valid, Fate::Void]
    );
    let out = case.by(1, &[taken, unseen], kick(OWNER));
    assert_eq!(case.fate(out), Fate::Valid);
    assert_eq!(case.standing(OWNER), Standing::Outside);
}

#[test]
fn whoever_handed_a_community_on_may_leave_it_as_long_as_that_counts() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2]);
    let never = case.by(OWNER, &[start], Act::Leave);
    assert_eq!(case.fate(never), Fate::Void);
    let offer = case.by(OWNER, &[never], Act::Transfer { to: account(1) });
    let early = case.by(OWNER, &[offer], Act::Leave);
    let taken = case.by(1, &[offer], Act::Accept { transfer: offer });
    assert_eq!(case.fate(early), Fate::Void);
    let left = case.by(OWNER, &[early, taken], Act::Leave);
    assert_eq!(case.fate(left), Fate::Valid);
    assert_eq!(case.standing(OWNER), Standing::Outside);
    assert_eq!(case.log.now().owner(), Some(account(1)));
    // What they handed on they did not, as it turns out: so they have not gone either.
    case.with(OWNER, 1, &[start], Act::Transfer { to: account(2) });
    assert_eq!(case.fate(left), Fate::Void);
    assert_eq!(case.standing(OWNER), Standing::Owner);
}

#[test]
fn two_offers_that_do_not_know_each_other_end_each_other() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2]);
    let one = case.by(OWNER, &[start], Act::Transfer { to: account(1) });
    let other = case.with(OWNER, 1, &[start], Act::Transfer { to: account(2) });
    for (who, offer) in [(1, one), (2, other)] {
        let taken = case.by(who, &[offer], Act::Accept { transfer: offer });
        assert_ne!(case.fate(taken), Fate::Valid);
    }
    assert_eq!(case.log.now().owner(), Some(account(OWNER)));
    // An offer that knows both counts.
    let third = case.by(OWNER, &[one, other], Act::Transfer { to: account(2) });
    case.by(2, &[third], Act::Accept { transfer: third });
    assert_eq!(case.log.now().owner(), Some(account(2)));
}

#[test]
fn an_offer_can_be_taken_back() {
    let mut case = Case::new();
    case.joined(&[1]);
    let offer = case.by(OWNER, &[], Act::Transfer { to: account(1) });
    let back = case.by(OWNER, &[offer], Act::Transfer { to: account(OWNER) });
    let taken = case.by(1, &[back], Act::Accept { transfer: offer });
    assert_eq!(case.fate(taken), Fate::Void);
    assert_eq!(case.log.now().owner(), Some(account(OWNER)));
}

#[test]
fn an_epoch_serves_while_it_covers_every_removal_and_a_new_one_is_needed_after() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2, 3]);
    let rekey = |n, parents: &[OpId], covers: &[OpId]| Act::Rekey {
        n,
        parents: parents.to_vec(),
        covers: covers.to_vec(),
    };
    let first = case.by(1, &[start], rekey(0, &[], &[]));
    assert_eq!(case.log.now().epoch(), Some(first));
    let out = case.by(OWNER, &[first], kick(3));
    assert_eq!(case.log.now().epoch(), None);
    assert_eq!(case.log.now().to_cover(&[first]), vec![out]);
    let hollow = case.by(2, &[out], rekey(1, &[first], &[]));
    assert_eq!(case.fate(hollow), Fate::Void);
    let second = case.by(OWNER, &[out], rekey(1, &[first], &[out]));
    assert_eq!(case.log.now().epoch(), Some(second));
}

#[test]
fn partitions_that_both_removed_somebody_need_an_epoch_that_follows_both() {
    let mut case = Case::new();
    case.joined(&[1, 2, 3, 4]);
    let start = case.promoted(1, 8, &[]);
    let first = case.by(
        OWNER,
        &[start],
        Act::Rekey {
            n: 0,
            parents: Vec::new(),
            covers: Vec::new(),
        },
    );
    let side = |case: &mut Case, by, who| {
        let out = case.by(by, &[first], kick(who));
        let epoch = case.by(
            by,
            &[out],
            Act::Rekey {
                n: 1,
                parents: vec![first],
                covers: vec![out],
            },
        );
        (out, epoch)
    };
    let (_, ours) = side(&mut case, OWNER, 3);
    let (_, theirs) = side(&mut case, 1, 4);
    assert_eq!(case.log.now().epoch(), None);
    let mut parents = vec![ours, theirs];
    parents.sort();
    // Each covers what it knew: together nothing is left, but none of them alone may be sent under.
    let joined = case.by(
        2,
        &[ours, theirs],
        Act::Rekey {
            n: 2,
            parents,
            covers: Vec::new(),
        },
    );
    assert_eq!(case.fate(joined), Fate::Valid);
    assert_eq!(case.log.now().epoch(), Some(joined));
}

#[test]
fn an_op_that_does_not_fit_where_it_stands_is_refused_with_the_reason() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2]);
    let mut refused = |change: &dyn Fn(&mut Fact)| {
        let mut fact = case.fact(OWNER, 0, &[start], Act::Note);
        change(&mut fact);
        match case.log.admit(&fact) {
            Admission::Refused(fault) => fault,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&|fact| fact.seq += 1), OpFault::Sequence);
    assert_eq!(refused(&|fact| fact.hlc = at(0)), OpFault::Time);
    assert_eq!(
        refused(&|fact| fact.device = device(9, 0)),
        OpFault::Sequence
    );
    assert_eq!(
        refused(&|fact| {
            fact.seq = 0;
            fact.device = device(9, 0);
        }),
        OpFault::Device
    );
    assert_eq!(
        refused(&|fact| fact.deps = vec![start, start]),
        OpFault::DepsRedundant
    );
    assert_eq!(
        refused(&|fact| fact.act = Act::DeleteRole { role: start }),
        OpFault::Reference
    );
    assert_eq!(refused(&|fact| fact.deps.clear()), OpFault::Founding);
    let founds = Act::Found {
        everyone: Bits::NONE,
        admit: Admit::Everyone,
    };
    assert_eq!(
        refused(&|fact| fact.act = founds.clone()),
        OpFault::Founding
    );
    let place = Act::CreateRole {
        position: Position(0),
        bits: Bits::NONE,
    };
    assert_eq!(refused(&|fact| fact.act = place.clone()), OpFault::Power);
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

/// Owners have less authority than those before them, for what two of them do apart; but nobody else is left to lift such a ban.
#[test]
fn whoever_owns_a_community_lifts_the_bans_of_its_former_owners() {
    let mut case = Case::new();
    let start = case.joined(&[1, 2]);
    let banned = case.by(OWNER, &[start], ban(2));
    let offer = case.by(OWNER, &[banned], Act::Transfer { to: account(1) });
    let taken = case.by(1, &[offer], Act::Accept { transfer: offer });
    assert_eq!(case.standing(2), Standing::Banned);
    let who = account(2);
    let lifted = case.by(1, &[taken], Act::Unban { who });
    assert_eq!(case.standing(2), Standing::Outside);
    case.by(1, &[lifted], join(2, None));
    assert_eq!(case.standing(2), Standing::Member);
}
