//! What others sign: whatever verifies has one spelling and holds nothing but what was really issued.
//!
//! A fuzzer cannot sign. So every certificate, revocation, freshness mark or prekey of an accepted input must be one
//! of those in [`samples`], and any other is a forgery.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::samples::{self, NOW_MS};
use super::{Target, Verdict, seeds};
use crate::crypto::Rng;
use crate::identity::{
    AccountBundle, Fresh, UnverifiedBundle, UnverifiedCert, UnverifiedRevoke, device_uuid,
};
use crate::limits;
use crate::session::{self, KEY_BYTES, PrekeyOffer, RemoteIdentity};
use crate::wire::{self, Bounded};

/// Account bundles: what verifies is canonical, merges with itself to itself, and holds nothing forged.
pub(super) const BUNDLE: Target = Target {
    name: "bundle",
    run: |input| {
        bundle(input, |bytes| {
            verified(bytes).map(|whole| wire::encode(&whole))
        })
    },
    planted: |input| {
        bundle(input, |bytes| {
            let (certs, revokes, _): Parts = wire::decode(bytes, limits::BUNDLE_BYTES_MAX).ok()?;
            let unmarked: Parts = (certs, revokes, Bounded::default());
            verified(&wire::encode(&unmarked)).map(|_| bytes.to_vec())
        })
    },
    bug: "signatures of freshness marks are not looked at",
    seeds: seeds::bundles,
};

/// Prekey offers: what verifies is canonical, makes a session that seals, and offers no key but the device's.
pub(super) const PREKEY_OFFER: Target = Target {
    name: "prekey_offer",
    run: |input| prekey_offer(input, |offer, sik| offer.verify(sik).is_ok()),
    planted: |input| {
        prekey_offer(input, |offer, sik| {
            let genuine = &samples::offers()[0];
            let mut repaired = offer.clone();
            repaired.kyber_public = genuine.kyber_public;
            repaired.kyber_sig = genuine.kyber_sig;
            repaired.verify(sik).is_ok()
        })
    },
    bug: "the signature of the ML-KEM key is not looked at",
    seeds: seeds::offers,
};

/// The lists of a bundle, as they stand on the wire.
type Parts = (
    Bounded<UnverifiedCert, { limits::DEVICES_PER_ACCOUNT_MAX }>,
    Bounded<UnverifiedRevoke, { limits::REVOKES_PER_ACCOUNT_MAX }>,
    Bounded<Fresh, { limits::DEVICES_PER_ACCOUNT_MAX }>,
);

fn verified(bytes: &[u8]) -> Option<AccountBundle> {
    let bundle: UnverifiedBundle = wire::decode(bytes, limits::BUNDLE_BYTES_MAX).ok()?;
    let whole = bundle.clone().verify(None).ok()?;
    assert_eq!(
        whole.to_unverified(),
        bundle,
        "verification changed a bundle"
    );
    assert_eq!(
        whole.merge(&whole),
        Ok(whole.clone()),
        "merging is not idempotent"
    );
    Some(whole)
}

fn bundle(input: &[u8], accept: fn(&[u8]) -> Option<Vec<u8>>) -> Verdict {
    static ISSUED: LazyLock<BTreeSet<Vec<u8>>> = LazyLock::new(|| {
        samples::bundles()
            .iter()
            .flat_map(|(_, bundle)| items(&wire::encode(bundle)))
            .collect()
    });
    let Some(bytes) = accept(input) else {
        return Verdict::Refused;
    };
    assert_eq!(bytes, input, "another spelling of a bundle was accepted");
    for item in items(input) {
        assert!(ISSUED.contains(&item), "nobody signed this");
    }
    Verdict::Accepted
}

fn items(bundle: &[u8]) -> Vec<Vec<u8>> {
    let parts = wire::decode::<Parts>(bundle, limits::BUNDLE_BYTES_MAX);
    let (certs, revokes, fresh) = parts.expect("an accepted bundle has the layout of a bundle");
    let certs = certs.iter().map(wire::encode);
    certs
        .chain(revokes.iter().map(wire::encode))
        .chain(fresh.iter().map(wire::encode))
        .collect()
}

fn prekey_offer(input: &[u8], verify: fn(&PrekeyOffer, &[u8; KEY_BYTES]) -> bool) -> Verdict {
    static GENUINE: LazyLock<Vec<PrekeyOffer>> = LazyLock::new(|| samples::offers().into());
    let Ok(offer) = wire::decode::<PrekeyOffer>(input, limits::FRAME_MAX) else {
        return Verdict::Refused;
    };
    assert_eq!(
        wire::encode(&offer),
        input,
        "another spelling of an offer was accepted"
    );
    let (ana, bo) = (samples::ana(), samples::bo());
    let remote = RemoteIdentity {
        sik: bo.signal.public(),
        address: device_uuid(&bo.device),
    };
    if !verify(&offer, &remote.sik) {
        return Verdict::Refused;
    }
    assert!(
        GENUINE
            .iter()
            .any(|one| one.signed_public == offer.signed_public),
        "a forged curve key"
    );
    assert!(
        GENUINE
            .iter()
            .any(|one| one.kyber_public == offer.kyber_public),
        "a forged ML-KEM key"
    );
    let mut rng = Rng::from_seed([9; 32]);
    let made = session::establish(&ana.signal, &remote, &offer, None, NOW_MS, &mut rng);
    let record = made.expect("a verified offer makes a session");
    let sealed = session::encrypt(&ana.signal, &remote, &record, b"first", NOW_MS, &mut rng);
    assert!(sealed.is_ok(), "a new session seals");
    Verdict::Accepted
}
