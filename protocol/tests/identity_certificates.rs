//! Certificates and revocations hold only with every key that they name.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::crypto::{Rng, SigningKey};
use protocol::identity::{
    AccountBundle, BundleFault, Capabilities, CertFault, DeviceCert, DeviceId, DeviceRevoke,
    RecoveryWords, RevokeFault, RevokeReason, UnverifiedCert, UnverifiedRevoke, device_uuid,
};
use protocol::session::LocalIdentity;
use protocol::wire;

#[path = "vectors/people.rs"]
mod people;

/// Places of the fields of a certificate whose variable fields come after them.
const ACCOUNT: usize = 1;
const DSK: usize = 65;
const SIK: usize = 97;
/// Places counted from the end: the signatures have fixed sizes.
const SIG_AK: usize = 192;
const POP_DSK: usize = 128;
const POP_SIK: usize = 64;

fn verify(bytes: &[u8]) -> Result<DeviceCert, CertFault> {
    wire::decode::<UnverifiedCert>(bytes, 512).unwrap().verify()
}

fn with(bytes: &[u8], place: usize, new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[place..place + new.len()].copy_from_slice(new);
    bytes
}

#[test]
fn a_certificate_carries_what_was_certified() {
    let account = people::account(1);
    let device = people::device(&account, 2, 50);
    let bytes = wire::encode(&device.cert);
    assert!(bytes.len() <= 512);
    let cert = verify(&bytes).unwrap();
    assert_eq!(cert, device.cert);
    assert_eq!(cert.account(), account.id());
    assert_eq!(cert.account_key(), account.public());
    assert_eq!(cert.device(), DeviceId::of(&device.signing.verify_key()));
    assert_eq!(cert.signing_key(), device.signing.verify_key());
    assert_eq!(cert.signal_identity(), device.signal.public());
    assert_eq!(cert.created(), people::at(50));
    assert!(cert.capabilities().contains(Capabilities::MANAGER));
    assert!(!cert.capabilities().contains(Capabilities::SFU));
    assert_eq!(wire::decode::<DeviceCert>(&bytes, 512), Ok(cert));
}

#[test]
fn each_fault_of_a_certificate_has_its_name() {
    let account = people::account(1);
    let good = wire::encode(&people::device(&account, 2, 50).cert);
    let other = wire::encode(&people::device(&account, 3, 50).cert);
    let stranger = wire::encode(&people::device(&people::account(9), 2, 50).cert);
    let from_end = |bytes: &[u8], place: usize| bytes[bytes.len() - place..][..64].to_vec();
    let end = good.len();

    assert_eq!(
        verify(&with(&good, 0, &[2])),
        Err(CertFault::UnknownVersion { found: 2 })
    );
    let foreign_id = &stranger[ACCOUNT..ACCOUNT + 32];
    assert_eq!(
        verify(&with(&good, ACCOUNT, foreign_id)),
        Err(CertFault::WrongAccount)
    );
    let foreign_account = &stranger[ACCOUNT..ACCOUNT + 64];
    assert_eq!(
        verify(&with(&good, ACCOUNT, foreign_account)),
        Err(CertFault::BadAccountSignature),
        "a device cannot be claimed by another account"
    );
    for (place, len) in [(DSK, 32), (SIK, 33)] {
        let swapped = with(&good, place, &other[place..place + len]);
        assert_eq!(verify(&swapped), Err(CertFault::BadAccountSignature));
    }
    let sig = with(&good, end - SIG_AK, &from_end(&other, SIG_AK));
    assert_eq!(verify(&sig), Err(CertFault::BadAccountSignature));
    let pop = with(&good, end - POP_DSK, &from_end(&other, POP_DSK));
    assert_eq!(verify(&pop), Err(CertFault::BadDevicePossession));
    let pop = with(&good, end - POP_SIK, &from_end(&other, POP_SIK));
    assert_eq!(verify(&pop), Err(CertFault::BadSignalPossession));
    assert!(
        wire::decode::<DeviceCert>(&pop, 512).is_err(),
        "deserializing verifies"
    );
}

#[test]
fn no_single_bit_of_a_certificate_can_change() {
    let good = wire::encode(&people::device(&people::account(1), 2, 50).cert);
    for byte in 0..good.len() {
        let mut bad = good.clone();
        bad[byte] ^= 1 << (byte % 8);
        let verdict = wire::decode::<UnverifiedCert>(&bad, 512).map(UnverifiedCert::verify);
        assert!(!matches!(verdict, Ok(Ok(_))), "byte {byte}");
    }
}

#[test]
fn a_device_cannot_be_certified_with_somebody_elses_signal_identity() {
    // The account and the device are the attacker's own; the Signal identity is the victim's, whose sessions
    // would then count as the attacker's. Only its secret could prove possession.
    let victim = people::device(&people::account(1), 2, 50);
    let attacker = people::device(&people::account(9), 8, 50);
    let mut claimed = wire::encode(&attacker.cert);
    claimed[SIK..SIK + 33].copy_from_slice(&victim.signal.public());
    assert_eq!(verify(&claimed), Err(CertFault::BadAccountSignature));
}

#[test]
fn each_fault_of_a_revocation_has_its_name() {
    let account = people::account(1);
    let device = people::device(&account, 2, 50).id();
    let good = wire::encode(&DeviceRevoke::issue(
        &account,
        device,
        RevokeReason::LOST,
        people::at(60),
    ));
    let other = wire::encode(&DeviceRevoke::issue(
        &people::account(9),
        device,
        RevokeReason::LOST,
        people::at(60),
    ));
    let verify = |bytes: &[u8]| {
        wire::decode::<UnverifiedRevoke>(bytes, 256)
            .unwrap()
            .verify()
    };
    let revoke = verify(&good).unwrap();
    assert_eq!((revoke.account(), revoke.device()), (account.id(), device));
    assert_eq!(
        (revoke.reason(), revoke.revoked_at()),
        (RevokeReason::LOST, people::at(60))
    );
    assert_eq!(
        verify(&with(&good, 0, &[0])),
        Err(RevokeFault::UnknownVersion { found: 0 })
    );
    assert_eq!(
        verify(&with(&good, 1, &other[1..33])),
        Err(RevokeFault::WrongAccount)
    );
    assert_eq!(
        verify(&with(&good, 1, &other[1..65])),
        Err(RevokeFault::BadAccountSignature),
        "a stranger cannot revoke"
    );
    for byte in 0..good.len() {
        let mut bad = good.clone();
        bad[byte] ^= 1 << (byte % 8);
        let verdict = wire::decode::<UnverifiedRevoke>(&bad, 256).map(UnverifiedRevoke::verify);
        assert!(!matches!(verdict, Ok(Ok(_))), "byte {byte}");
    }
}

/// DECISIONS 16: the thief has everything that an unlocked profile holds, but not the account key.
#[test]
fn a_copied_profile_makes_no_certificate_after_its_revocation() {
    let account = people::account(1);
    let copied = people::device(&account, 2, 50);
    let revoke = DeviceRevoke::issue(
        &account,
        copied.id(),
        RevokeReason::COMPROMISED,
        people::at(60),
    );
    let before = people::bundle(&copied, 55);
    let known = before.with_revoke(revoke).unwrap();
    assert_eq!(known.active_devices().len(), 0);

    // The old bundle once more, and a fresh mark of the revoked device.
    assert_eq!(known.merge(&before).unwrap(), known);
    assert_eq!(
        known.refreshed(&copied.signing, people::at(70)),
        Err(BundleFault::BadFreshness)
    );

    // A new device that the copied one certifies in the account's place.
    let mut rng = Rng::from_seed([7; 32]);
    let new = SigningKey::generate(&mut rng);
    let uuid = device_uuid(&DeviceId::of(&new.verify_key()));
    let signal = LocalIdentity::generate(uuid, &mut rng);
    let thiefs_account = RecoveryWords::generate(&mut rng).account_key();
    let forged = DeviceCert::issue(
        &thiefs_account,
        &new,
        &signal,
        Capabilities::NONE,
        people::at(70),
        &mut rng,
    );
    assert_eq!(known.with_cert(forged), Err(BundleFault::WrongAccount));
    let received = AccountBundle::new(forged).to_unverified();
    assert_eq!(
        received.verify(Some(account.id())),
        Err(BundleFault::WrongAccount)
    );
    let dressed = with(
        &wire::encode(&forged),
        ACCOUNT,
        &wire::encode(&copied.cert)[ACCOUNT..DSK],
    );
    assert_eq!(verify(&dressed), Err(CertFault::BadAccountSignature));
}
