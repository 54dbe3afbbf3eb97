//! Control ops with real signatures: what is admitted, what is refused and why, and what waits.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::control::body::{Body, ChannelKind, NewChannel, Scope};
use protocol::control::invite::JoinTerms;
use protocol::control::op::OpBytesFault;
use protocol::control::{
    Bits, CommunityId, ControlFault, Fate, Offered, OpFault, OpId, Position, Standing, UnverifiedOp,
};
use protocol::crypto::{Signature, SigningKey};
use protocol::identity::{AccountId, DeviceRevoke, RevokeReason};
use protocol::limits;
use protocol::wire::{Bounded, Fixed, Malformed};

#[path = "vectors/community.rs"]
mod community;
use community::people::at;
use community::{Person, admit, founded, invite, joining, name};

#[test]
fn a_community_is_founded_and_lets_people_in_by_an_invite_without_its_founder() {
    let (mut ana, mut ben, cleo) = (Person::new(1), Person::new(2), Person::new(3));
    let (mut control, _) = founded(&mut ana);
    let direct = joining(&control, &mut ana, &ben, None, |_| {});
    admit(&mut control, &direct);
    let secret = SigningKey::from_seed(&[9; 32]);
    let link = invite(&mut ana, &mut control, &secret, 5);
    let came = joining(&control, &mut ben, &cleo, Some((link, &secret)), |_| {});
    let came = admit(&mut control, &came);
    assert_eq!(control.log().now().fate(&came), Some(Fate::Valid));
    assert_eq!(
        control.log().now().standing(&cleo.account()),
        Standing::Member
    );
    assert_eq!(control.log().now().owner(), Some(ana.account()));
}

#[test]
fn nobody_is_let_in_without_their_consent_or_by_an_invite_that_is_not_theirs() {
    let (mut ana, ben) = (Person::new(1), Person::new(2));
    let (mut control, _) = founded(&mut ana);
    let secret = SigningKey::from_seed(&[9; 32]);
    let link = invite(&mut ana, &mut control, &secret, 5);
    let (seq, last) = (ana.seq, ana.last);
    let mut refused = |by: Option<&SigningKey>, spoil: &dyn Fn(&mut JoinTerms)| {
        (ana.seq, ana.last) = (seq, last);
        let by = by.map(|secret| (link, secret));
        let op = joining(&control, &mut ana, &ben, by, spoil);
        control.offer(&op.encode()).unwrap_err()
    };
    let stolen = SigningKey::from_seed(&[8; 32]);
    assert_eq!(refused(Some(&stolen), &|_| {}), ControlFault::NoProof);
    assert_eq!(
        refused(None, &|terms| terms.nonce = Fixed([4; 16])),
        ControlFault::NoConsent
    );
    let elsewhere = CommunityId(protocol::crypto::Hash32([5; 32]));
    assert_eq!(
        refused(None, &|terms| terms.community = elsewhere),
        ControlFault::NoConsent
    );
    assert_eq!(
        refused(None, &|terms| terms.admitter = AccountId([1; 32])),
        ControlFault::NoConsent
    );
}

#[test]
fn an_op_that_anybody_touched_is_refused() {
    let mut ana = Person::new(1);
    let (mut control, _) = founded(&mut ana);
    let op = ana.sign(control.community(), &[], Body::Merge);
    let bytes = op.encode();
    for index in 0..bytes.len() {
        let mut touched = bytes.clone();
        touched[index] ^= 1;
        let answer = control.clone().offer(&touched);
        // A dependency that nobody has is waited for; it never comes in.
        assert!(
            matches!(answer, Err(_) | Ok(Offered::Waits(_))),
            "byte {index}: {answer:?}"
        );
    }
    let mut swapped = op.clone();
    swapped.body = Body::Leave;
    let fault = ControlFault::Bytes(OpBytesFault::WrongBody);
    assert_eq!(control.offer(&swapped.encode()), Err(fault));
    let mut forged = op.clone();
    forged.head.sig = Signature::from([0; 64]);
    assert_eq!(
        control.offer(&forged.encode()),
        Err(ControlFault::BadSignature)
    );
    assert_eq!(
        control
            .offer(&[bytes.as_slice(), &[0]].concat())
            .map_err(drop),
        Err(())
    );
    admit(&mut control, &op);
    assert_eq!(control.offer(&bytes), Ok(Offered::Known));
}

#[test]
fn a_stranger_and_another_community_are_refused() {
    let (mut ana, mut mallory) = (Person::new(1), Person::new(6));
    let (mut control, founding) = founded(&mut ana);
    let op = mallory.sign(control.community(), &[founding.id()], Body::Leave);
    assert_eq!(control.offer(&op.encode()), Err(OpFault::Device.into()));
    let (other, _) = founded(&mut Person::new(7));
    let op = ana.sign(other.community(), &[founding.id()], Body::Merge);
    assert_eq!(
        control.offer(&op.encode()),
        Err(ControlFault::OtherCommunity)
    );
}

#[test]
fn ops_come_in_in_whatever_order_they_arrive() {
    let mut ana = Person::new(1);
    let (mut control, _) = founded(&mut ana);
    let community = control.community();
    let mut ops = Vec::new();
    for number in 0..5 {
        let body = Body::CreateChannel(Box::new(NewChannel {
            kind: ChannelKind::Text,
            name: name("général"),
            parent: None,
            place: number,
            scope: Scope::Public,
            overwrites: Bounded::default(),
        }));
        ops.push(ana.sign(community, &[], body));
    }
    let first = ops.remove(0);
    for op in ops.iter().rev() {
        assert!(matches!(control.offer(&op.encode()), Ok(Offered::Waits(_))));
    }
    assert_eq!(control.waiting(), 4);
    let all: Vec<OpId> = [first.id()]
        .into_iter()
        .chain(ops.iter().map(UnverifiedOp::id))
        .collect();
    assert_eq!(control.offer(&first.encode()), Ok(Offered::New(all)));
    assert_eq!(control.waiting(), 0);
}

#[test]
fn what_waits_is_bounded_and_the_oldest_goes_first() {
    let mut ana = Person::new(1);
    let (mut control, _) = founded(&mut ana);
    let community = control.community();
    ana.sign(community, &[], Body::Merge);
    for _ in 0..limits::CONTROL_PARKED_MAX + 10 {
        let op = ana.sign(community, &[], Body::Merge);
        assert!(matches!(control.offer(&op.encode()), Ok(Offered::Waits(_))));
    }
    assert_eq!(control.waiting(), limits::CONTROL_PARKED_MAX);
}

#[test]
fn a_device_that_signs_twice_is_shown_by_two_headers() {
    let (mut ana, mut ben) = (Person::new(1), Person::new(2));
    let (mut control, _) = founded(&mut ana);
    let join = joining(&control, &mut ana, &ben, None, |_| {});
    let join = admit(&mut control, &join);
    let one = ben.sign(control.community(), &[join], Body::Merge);
    (ben.seq, ben.last) = (0, None);
    let other = ben.sign(control.community(), &[join], Body::Leave);
    let proof = |one: &UnverifiedOp, other: &UnverifiedOp| Body::Fork {
        one: Box::new(one.head.clone()),
        other: Box::new(other.head.clone()),
    };
    let (first, second) = if one.id() < other.id() {
        (&one, &other)
    } else {
        (&other, &one)
    };
    let community = control.community();
    let (seq, last) = (ana.seq, ana.last);
    for (a, b) in [(second, first), (first, first)] {
        let op = ana.sign(community, &[join], proof(a, b));
        assert_eq!(
            control.offer(&op.encode()),
            Err(ControlFault::NoContradiction)
        );
        (ana.seq, ana.last) = (seq, last);
    }
    admit(&mut control, &one);
    assert_eq!(control.log().now().fate(&one.id()), Some(Fate::Valid));
    let op = ana.sign(community, &[join], proof(first, second));
    admit(&mut control, &op);
    assert_eq!(control.log().now().fate(&one.id()), Some(Fate::Void));
}

#[test]
fn a_revocation_counts_whoever_passes_it_on() {
    let (mut ana, mut ben, cleo) = (Person::new(1), Person::new(2), Person::new(3));
    let (mut control, _) = founded(&mut ana);
    for joiner in [&ben, &cleo] {
        let op = joining(&control, &mut ana, joiner, None, |_| {});
        admit(&mut control, &op);
    }
    let revoke = DeviceRevoke::issue(&cleo.key, cleo.device.id(), RevokeReason::LOST, at(500));
    let heads = control.log().dag().heads();
    let body = Body::RevokeDevice {
        revoke: Box::new(*revoke.as_unverified()),
    };
    let told = ben.sign(control.community(), &heads, body);
    admit(&mut control, &told);
    assert_eq!(control.log().now().effective_removals(), vec![told.id()]);
}

#[test]
fn nothing_is_larger_than_it_may_be() {
    let mut ana = Person::new(1);
    let (mut control, _) = founded(&mut ana);
    let long = vec![0; limits::CONTROL_OP_WITH_BUNDLE_BYTES_MAX + 1];
    let too_long = |answer| {
        matches!(
            answer,
            Err(ControlFault::Bytes(OpBytesFault::Malformed(
                Malformed::TooLong { .. }
            )))
        )
    };
    assert!(too_long(control.offer(&long)));
    // The longest of every kind but joins and foundings fits its smaller bound.
    let body = Body::CreateRole {
        name: name(&"é".repeat(64)),
        colour: [255; 3],
        position: Position::MAX,
        bits: Bits(u64::MAX),
    };
    let op = ana.sign(control.community(), &[], body);
    assert!(op.encode().len() < limits::CONTROL_OP_BYTES_MAX);
    admit(&mut control, &op);
}
