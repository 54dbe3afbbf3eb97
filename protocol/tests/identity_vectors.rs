//! Golden files of identities: another implementation must give these bytes, and read them.

use protocol::identity::{
    AccountId, DeviceId, DeviceRevoke, RecoveryWords, RevokeReason, SafetyNumber, UnverifiedBundle,
    UnverifiedCert, UnverifiedRevoke, commit, device_uuid, six_words,
};
use protocol::{limits, wire};
use serde_json::json;

#[path = "vectors/people.rs"]
mod people;
#[path = "vectors/support.rs"]
mod support;
use people::at;
use support::{golden, hex, unhex};

#[test]
fn ids_are_frozen() {
    let words = RecoveryWords::from_entropy(&[1; 32]);
    let account = words.account_key();
    let device = people::device(&account, 2, 50);
    let dsk = device.signing.verify_key();
    let file = golden(
        "account_id",
        &json!({
            "entropy": hex(words.entropy()),
            "phrase": *words.phrase(),
            "ak_pub": hex(account.public().as_bytes()),
            "account": hex(account.id().as_bytes()),
            "account_text": account.id().to_string(),
            "dsk_pub": hex(dsk.as_bytes()),
            "device": hex(device.id().as_bytes()),
            "device_text": device.id().to_string(),
            "device_uuid": device_uuid(&device.id()).to_string(),
        }),
    );
    let phrase = file["phrase"].as_str().unwrap();
    let id = RecoveryWords::parse(phrase).unwrap().account_key().id();
    assert_eq!(file["account_text"].as_str().unwrap().parse(), Ok(id));
    assert_eq!(
        file["device_text"].as_str().unwrap().parse(),
        Ok(DeviceId::of(&dsk))
    );
}

#[test]
fn certificates_are_frozen() {
    let cert = people::device(&people::account(1), 2, 50).cert;
    let file = golden(
        "device_cert",
        &json!({
            "account": hex(cert.account().as_bytes()),
            "ak_pub": hex(cert.account_key().as_bytes()),
            "dsk_pub": hex(cert.signing_key().as_bytes()),
            "sik_pub": hex(&cert.signal_identity()),
            "caps": cert.capabilities().0,
            "created": cert.created().as_bits(),
            "serial": cert.serial(),
            "bytes": hex(&wire::encode(&cert)),
        }),
    );
    let read: UnverifiedCert = wire::decode(&unhex(&file["bytes"]), 512).unwrap();
    assert_eq!(read.verify(), Ok(cert));
}

#[test]
fn revocations_are_frozen() {
    let account = people::account(1);
    let device = people::device(&account, 2, 50).id();
    let revoke = DeviceRevoke::issue(&account, device, RevokeReason::LOST, at(60));
    let file = golden(
        "device_revoke",
        &json!({
            "account": hex(revoke.account().as_bytes()),
            "ak_pub": hex(revoke.account_key().as_bytes()),
            "device": hex(revoke.device().as_bytes()),
            "reason": revoke.reason().0,
            "hlc": revoke.revoked_at().as_bits(),
            "bytes": hex(&wire::encode(&revoke)),
        }),
    );
    let read: UnverifiedRevoke = wire::decode(&unhex(&file["bytes"]), 256).unwrap();
    assert_eq!(read.verify(), Ok(revoke));
}

#[test]
fn bundles_are_frozen() {
    let account = people::account(1);
    let [first, second, gone] = [2, 3, 4].map(|seed| people::device(&account, seed, 50));
    let revoke = DeviceRevoke::issue(&account, gone.id(), RevokeReason::LOST, at(60));
    let bundle = people::bundle(&first, 70)
        .merge(&people::bundle(&second, 80))
        .and_then(|bundle| bundle.merge(&people::bundle(&gone, 55)))
        .and_then(|bundle| bundle.with_revoke(revoke))
        .unwrap();
    let active: Vec<_> = bundle
        .active_devices()
        .map(|cert| hex(cert.device().as_bytes()))
        .collect();
    let file = golden(
        "bundle",
        &json!({
            "account": hex(bundle.account().as_bytes()),
            "active": active,
            "revoked": [hex(gone.id().as_bytes())],
            "bytes": hex(&wire::encode(&bundle)),
        }),
    );
    let read: UnverifiedBundle =
        wire::decode(&unhex(&file["bytes"]), limits::BUNDLE_BYTES_MAX).unwrap();
    assert_eq!(read.verify(Some(account.id())), Ok(bundle));
}

#[test]
fn six_words_are_frozen() {
    let [requester, accepter] = [AccountId([1; 32]), AccountId([2; 32])];
    let (nonce_r, nonce_a) = ([3; 32], [4; 32]);
    golden(
        "six_words",
        &json!({
            "requester": hex(requester.as_bytes()),
            "accepter": hex(accepter.as_bytes()),
            "nonce_r": hex(&nonce_r),
            "nonce_a": hex(&nonce_a),
            "commitment": hex(commit(&nonce_r, &requester).as_bytes()),
            "words": six_words(&requester, &accepter, &nonce_r, &nonce_a).join(" "),
        }),
    );
}

#[test]
fn safety_numbers_are_frozen() {
    let [ours, theirs] = [1, 2].map(|seed| people::account(seed).public());
    let number = SafetyNumber::new(&ours, &theirs);
    golden(
        "safety_number",
        &json!({
            "ours": hex(ours.as_bytes()),
            "theirs": hex(theirs.as_bytes()),
            "digits": number.to_string(),
            "scannable": hex(&number.scannable()),
        }),
    );
}
