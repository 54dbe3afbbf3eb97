//! The device list merges to the same everywhere, in any order, and a revocation wins for ever.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use protocol::crypto::Rng;
use protocol::identity::bundle::STALE_AFTER;
use protocol::identity::{
    AccountBundle, AccountKey, BundleFault, Capabilities, DeviceCert, DeviceRevoke, RevokeReason,
    UnverifiedBundle,
};
use protocol::time::{Instant, Now, Timestamp};
use protocol::{limits, wire};

#[path = "vectors/people.rs"]
mod people;
use people::{Device, at};

/// Everything that is ever said about five devices of one account, made once: signatures are slow.
struct Pool {
    account: AccountKey,
    devices: Vec<Device>,
    /// Two certificates and two freshness marks for each device.
    said: Vec<AccountBundle>,
    /// Two revocations for each device.
    revokes: Vec<DeviceRevoke>,
}

static POOL: LazyLock<Pool> = LazyLock::new(|| {
    let account = people::account(1);
    let devices: Vec<_> = (10..15)
        .map(|seed| people::device(&account, seed, u64::from(seed)))
        .collect();
    let mut rng = Rng::from_seed([3; 32]);
    let mut said = Vec::new();
    let mut revokes = Vec::new();
    for device in &devices {
        let again = DeviceCert::issue(
            &account,
            &device.signing,
            &device.signal,
            Capabilities::NONE,
            at(100),
            &mut rng,
        );
        for cert in [device.cert, again] {
            for seconds in [200, 300] {
                let bundle = AccountBundle::new(cert);
                said.push(bundle.refreshed(&device.signing, at(seconds)).unwrap());
            }
        }
        for (reason, seconds) in [(RevokeReason::LOST, 400), (RevokeReason::COMPROMISED, 500)] {
            revokes.push(DeviceRevoke::issue(
                &account,
                device.id(),
                reason,
                at(seconds),
            ));
        }
    }
    Pool {
        account,
        devices,
        said,
        revokes,
    }
});

fn build(said: &[usize], revokes: &[usize]) -> AccountBundle {
    let first = POOL.said[said[0]].clone();
    let all = said
        .iter()
        .fold(first, |all, i| all.merge(&POOL.said[*i]).unwrap());
    revokes
        .iter()
        .fold(all, |all, i| all.with_revoke(POOL.revokes[*i]).unwrap())
}

fn bundles() -> impl Strategy<Value = AccountBundle> {
    let said = prop::collection::vec(0_usize..20, 1..8);
    let revokes = prop::collection::vec(0_usize..10, 0..4);
    (said, revokes).prop_map(|(said, revokes)| build(&said, &revokes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn merging_is_commutative_associative_and_idempotent(a in bundles(), b in bundles(), c in bundles()) {
        let ab = a.merge(&b).unwrap();
        prop_assert_eq!(&ab, &b.merge(&a).unwrap());
        prop_assert_eq!(ab.merge(&c).unwrap(), a.merge(&b.merge(&c).unwrap()).unwrap());
        prop_assert_eq!(&ab.merge(&a).unwrap(), &ab);
    }

    #[test]
    fn a_revocation_wins_for_ever(a in bundles(), b in bundles()) {
        let both = a.merge(&b).unwrap();
        for device in &POOL.devices {
            let id = device.id();
            let revoked = a.is_revoked(&id) || b.is_revoked(&id);
            prop_assert_eq!(both.is_revoked(&id), revoked);
            let certified = a.device(&id).is_some() || b.device(&id).is_some();
            prop_assert_eq!(both.device(&id).is_some(), certified && !revoked);
        }
    }

    #[test]
    fn a_merged_list_is_canonical_on_the_wire(a in bundles(), b in bundles()) {
        let both = a.merge(&b).unwrap();
        let bytes = wire::encode(&both);
        let received: UnverifiedBundle = wire::decode(&bytes, limits::BUNDLE_BYTES_MAX).unwrap();
        prop_assert_eq!(&wire::encode(&received), &bytes);
        prop_assert_eq!(received.verify(Some(POOL.account.id())), Ok(both.clone()));
        prop_assert_eq!(wire::decode::<AccountBundle>(&bytes, limits::BUNDLE_BYTES_MAX), Ok(both));
    }
}

#[test]
fn the_newest_certificate_and_the_earliest_revocation_stay() {
    let all = build(&[0, 1, 2, 3], &[]);
    let id = POOL.devices[0].id();
    assert_eq!(all.device(&id).unwrap().created(), at(100));
    assert_eq!(all.device(&id).unwrap().capabilities(), Capabilities::NONE);
    let revoked = build(&[0, 4], &[1, 0]);
    assert_eq!(revoked.revokes().len(), 1);
    assert_eq!(revoked.revokes()[0].reason(), RevokeReason::LOST);
}

#[test]
fn lists_of_two_accounts_do_not_mix() {
    let stranger = people::account(9);
    let theirs = people::device(&stranger, 30, 20);
    let ours = build(&[0], &[]);
    assert_eq!(
        ours.merge(&people::bundle(&theirs, 30)),
        Err(BundleFault::WrongAccount)
    );
    assert_eq!(ours.with_cert(theirs.cert), Err(BundleFault::WrongAccount));
    let revoke = DeviceRevoke::issue(&stranger, POOL.devices[0].id(), RevokeReason::LOST, at(60));
    assert_eq!(ours.with_revoke(revoke), Err(BundleFault::WrongAccount));
    let received = ours.to_unverified();
    assert_eq!(
        received.clone().verify(Some(stranger.id())),
        Err(BundleFault::WrongAccount)
    );
    assert!(received.verify(Some(POOL.account.id())).is_ok());
}

/// The lists of a bundle as bytes, to put them together wrongly.
fn assemble(certs: &[&[u8]], revokes: &[&[u8]], fresh: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for list in [certs, revokes, fresh] {
        bytes.push(u8::try_from(list.len()).unwrap());
        bytes.extend(list.concat());
    }
    bytes
}

/// The freshness mark of a bundle of one device, which stands at its end.
fn mark_of(bundle: &AccountBundle) -> Vec<u8> {
    let bytes = wire::encode(bundle);
    let without = wire::encode(&AccountBundle::new(
        *bundle.active_devices().next().unwrap(),
    ));
    bytes[without.len()..].to_vec()
}

fn judge(bytes: &[u8]) -> Result<AccountBundle, BundleFault> {
    wire::decode::<UnverifiedBundle>(bytes, limits::BUNDLE_BYTES_MAX)
        .unwrap()
        .verify(None)
}

/// The first two devices of the pool in the order of a bundle, and their certificates as bytes.
fn first_two() -> ([&'static Device; 2], [Vec<u8>; 2]) {
    let mut devices: Vec<&Device> = POOL.devices.iter().take(2).collect();
    devices.sort_by_key(|device| device.id());
    let devices = [devices[0], devices[1]];
    (devices, devices.map(|device| wire::encode(&device.cert)))
}

/// A revocation of a device by the account of the pool, as bytes.
fn revocation(device: &Device) -> Vec<u8> {
    let revoke = DeviceRevoke::issue(&POOL.account, device.id(), RevokeReason::LOST, at(60));
    wire::encode(&revoke)
}

#[test]
fn each_fault_of_a_received_bundle_has_its_name() {
    let ([first, _], [a, b]) = first_two();
    let mark = mark_of(&people::bundle(first, 200));
    let older = mark_of(&people::bundle(first, 100));
    let revoke = revocation(first);
    let foreign = wire::encode(&people::device(&people::account(9), 30, 20).cert);
    // The same device key, certified by another account, vouches for that account's list.
    let elsewhere = DeviceCert::issue(
        &people::account(9),
        &first.signing,
        &first.signal,
        Capabilities::NONE,
        at(10),
        &mut Rng::from_seed([4; 32]),
    );
    let foreign_mark = mark_of(
        &AccountBundle::new(elsewhere)
            .refreshed(&first.signing, at(200))
            .unwrap(),
    );

    assert!(judge(&assemble(&[&a, &b], &[], &[&mark])).is_ok());
    let faults = [
        (assemble(&[], &[], &[]), BundleFault::Empty),
        (assemble(&[&b, &a], &[], &[]), BundleFault::NotCanonical),
        (assemble(&[&a, &a], &[], &[]), BundleFault::NotCanonical),
        (
            assemble(&[&a], &[], &[&older, &mark]),
            BundleFault::NotCanonical,
        ),
        (assemble(&[&a], &[&revoke], &[]), BundleFault::NotCanonical),
        (
            assemble(&[&a, &foreign], &[], &[]),
            BundleFault::WrongAccount,
        ),
        (assemble(&[&b], &[], &[&mark]), BundleFault::BadFreshness),
        (
            assemble(&[&a], &[], &[&foreign_mark]),
            BundleFault::BadFreshness,
        ),
    ];
    for (at, (bytes, fault)) in faults.into_iter().enumerate() {
        assert_eq!(judge(&bytes), Err(fault), "list {at}");
    }
}

#[test]
fn a_forged_element_of_a_bundle_is_named() {
    let ([first, _], [mut cert, _]) = first_two();
    *cert.last_mut().unwrap() ^= 1;
    assert!(matches!(
        judge(&assemble(&[&cert], &[], &[])),
        Err(BundleFault::Cert(_))
    ));
    let mut revoke = revocation(first);
    *revoke.last_mut().unwrap() ^= 1;
    assert!(matches!(
        judge(&assemble(&[], &[&revoke], &[])),
        Err(BundleFault::Revoke(_))
    ));
}

#[test]
fn a_received_bundle_is_judged_while_it_is_read() {
    let (_, [a, b]) = first_two();
    let unsorted = assemble(&[&b, &a], &[], &[]);
    assert!(
        wire::decode::<AccountBundle>(&unsorted, limits::BUNDLE_BYTES_MAX).is_err(),
        "deserializing verifies"
    );
    let nine = vec![a.as_slice(); 9];
    assert_eq!(
        wire::decode::<UnverifiedBundle>(&assemble(&nine, &[], &[]), limits::BUNDLE_BYTES_MAX),
        Err(wire::Malformed::Invalid),
        "refused before a single signature"
    );
}

#[test]
fn only_active_devices_vouch() {
    let [first, second] = [&POOL.devices[0], &POOL.devices[1]];
    let bundle = AccountBundle::new(first.cert);
    assert_eq!(
        bundle.refreshed(&second.signing, at(200)),
        Err(BundleFault::BadFreshness)
    );
    let vouched = bundle.refreshed(&first.signing, at(200)).unwrap();
    assert_eq!(vouched.fresh_at(now(300)), Some(at(200)));
    assert_eq!(
        vouched.refreshed(&first.signing, at(100)).unwrap(),
        vouched,
        "never older"
    );
}

fn now(seconds: u64) -> Now {
    Now {
        mono: Instant::default(),
        wall: Timestamp::from_millis(seconds * 1_000),
    }
}

#[test]
fn a_list_is_stale_after_thirty_days_without_a_mark() {
    let device = &POOL.devices[0];
    let bundle = people::bundle(device, 1_000);
    let days_30 = STALE_AFTER.as_secs();
    assert_eq!(STALE_AFTER, Duration::from_secs(2_592_000));
    assert!(!bundle.is_stale(now(1_000 + days_30)));
    assert!(bundle.is_stale(now(1_001 + days_30)));
    assert!(
        bundle.is_stale(now(0)),
        "a mark from the future says nothing"
    );
    let renewed = bundle
        .refreshed(&device.signing, at(2_000 + days_30))
        .unwrap();
    assert!(!renewed.is_stale(now(2_000 + days_30)));
}

#[test]
fn a_ninth_device_does_not_push_out_the_others_and_takes_a_freed_place() {
    let account = people::account(2);
    let devices: Vec<_> = (40..49)
        .map(|seed| people::device(&account, seed, u64::from(seed)))
        .collect();
    let eight = devices[1..8]
        .iter()
        .fold(people::bundle(&devices[0], 60), |all, device| {
            all.with_cert(device.cert).unwrap()
        });
    assert_eq!(eight.active_devices().len(), 8);
    assert_eq!(eight.with_cert(devices[8].cert).unwrap(), eight);
    let revoke = DeviceRevoke::issue(&account, devices[0].id(), RevokeReason::REPLACED, at(70));
    let nine = eight
        .with_revoke(revoke)
        .unwrap()
        .with_cert(devices[8].cert)
        .unwrap();
    let active: BTreeSet<_> = nine.active_devices().map(DeviceCert::device).collect();
    assert_eq!(active, devices[1..].iter().map(Device::id).collect());
}

#[test]
fn no_revocation_is_ever_forgotten_for_want_of_room() {
    let account = people::account(2);
    let start = people::bundle(&people::device(&account, 40, 40), 60);
    let revoke = |n: u8| {
        let device = people::device(&people::account(3), n, 1).id();
        DeviceRevoke::issue(&account, device, RevokeReason::UNSPECIFIED, at(70))
    };
    let full = (0..32).fold(start, |all, n| all.with_revoke(revoke(n)).unwrap());
    assert_eq!(
        full.with_revoke(revoke(32)),
        Err(BundleFault::TooManyRevokes)
    );
    assert_eq!(full.with_revoke(revoke(31)).unwrap(), full);
    assert!(wire::encode(&full).len() <= limits::BUNDLE_BYTES_MAX);
}
