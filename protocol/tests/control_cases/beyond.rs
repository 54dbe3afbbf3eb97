//! What the model of the specification did not cover: invites, revoked devices, ownership, epochs, refusals.

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
