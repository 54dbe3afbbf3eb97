//! What a peer can send to break a session, and what becomes of it.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use proptest::prelude::{
    ProptestConfig, Strategy as _, any, prop_assert, prop_assert_eq, proptest,
};
use proptest::sample::Index;
use protocol::session::{
    self, Ciphertext, Kind, OpenError, PrekeyOffer, RemoteIdentity, SessionFault, SessionRecord,
};
use support::{
    Device, SPQR_EPOCH_ZERO, SPQR_INDEX_OUT_OF_BOUNDS, SPQR_LONG_VARINT, ZERO_KEY, acquainted,
    field, forge, forge_outer, pair,
};

#[path = "../src/session/fixture.rs"]
mod support;

/// Asserts that Bob refuses the bytes for this reason, changes nothing, and still opens the honest message.
fn refuses(bob: &mut Device, from: &RemoteIdentity, forged: &Ciphertext, reason: SessionFault) {
    let before = bob.record.clone();
    assert_eq!(
        bob.receive(from, forged),
        Err(OpenError::Misbehaved(reason))
    );
    assert_eq!(bob.record, before);
}

fn refuses_header(header: &[u8], reason: SessionFault) {
    for (mut alice, mut bob) in [pair(41, true), acquainted(42)] {
        let sealed = alice.send(&bob.remote(), b"real");
        refuses(
            &mut bob,
            &alice.remote(),
            &forge(&sealed, field::PQ_RATCHET, header),
            reason,
        );
        assert_eq!(bob.receive(&alice.remote(), &sealed).unwrap(), b"real");
    }
}

#[test]
fn spqr_header_index_out_of_bounds() {
    refuses_header(SPQR_INDEX_OUT_OF_BOUNDS, SessionFault::BadSpqrHeader);
}

#[test]
fn spqr_header_epoch_zero() {
    refuses_header(SPQR_EPOCH_ZERO, SessionFault::BadSpqrHeader);
}

#[test]
fn spqr_header_long_varint() {
    refuses_header(SPQR_LONG_VARINT, SessionFault::BadSpqrHeader);
    // The same trap a field later, which the index check alone does not close: the number of a chunk.
    let chunk = [&[1, 1, 1, 1], SPQR_LONG_VARINT, &[0; 32]].concat();
    refuses_header(&chunk, SessionFault::BadSpqrHeader);
}

#[test]
fn spqr_downgrade_is_refused() {
    refuses_header(&[], SessionFault::NoSpqr);
    refuses_header(&[0, 1, 1, 0], SessionFault::BadSpqrHeader);
    refuses_header(&[2, 1, 1, 0], SessionFault::BadSpqrHeader);
}

#[test]
fn all_zero_key_is_refused() {
    const ZERO: SessionFault = SessionFault::ZeroAgreement;
    let (mut alice, mut bob) = pair(43, true);
    let first = alice.send(&bob.remote(), b"real");
    let from = alice.remote();
    refuses(
        &mut bob,
        &from,
        &forge(&first, field::RATCHET_KEY, &ZERO_KEY),
        ZERO,
    );
    refuses(
        &mut bob,
        &from,
        &forge_outer(&first, field::BASE_KEY, &ZERO_KEY),
        ZERO,
    );
    refuses(
        &mut bob,
        &from,
        &forge_outer(&first, field::IDENTITY_KEY, &ZERO_KEY),
        ZERO,
    );
    let forged = forge_outer(&first, field::BASE_KEY, &ZERO_KEY);
    assert_eq!(session::needs(&forged.bytes), Err(ZERO));
    assert_eq!(bob.receive(&from, &first).unwrap(), b"real");

    let (mut alice, mut bob) = acquainted(44);
    let later = alice.send(&bob.remote(), b"real");
    let from = alice.remote();
    refuses(
        &mut bob,
        &from,
        &forge(&later, field::RATCHET_KEY, &ZERO_KEY),
        ZERO,
    );

    // As an identity: of a remote device, in an agreement, in a signature.
    assert_eq!(alice.identity.agree(&ZERO_KEY), Err(ZERO));
    let nobody = RemoteIdentity {
        sik: ZERO_KEY,
        ..bob.remote()
    };
    assert_eq!(alice.receive(&nobody, &later), Err(ZERO.into()));
    assert!(!session::LocalIdentity::verify(&ZERO_KEY, b"", &[0; 64]));

    // In an offer, signed by its own owner.
    let offer = bob.offer(true);
    let zeroes: [fn(&mut PrekeyOffer); 2] = [
        |offer| offer.signed_public = ZERO_KEY,
        |offer| offer.one_time.as_mut().unwrap().public = ZERO_KEY,
    ];
    for zero in zeroes {
        let mut offer = offer.clone();
        zero(&mut offer);
        assert_eq!(offer.verify(&bob.remote().sik), Err(ZERO));
        assert_eq!(alice.start(&bob.remote(), &offer), Err(ZERO.into()));
    }
    assert_eq!(offer.verify(&ZERO_KEY), Err(ZERO));
}

#[test]
fn every_key_of_low_order_is_refused() {
    let alice = Device::new(45);
    // The u-coordinates of the points of order 1, 2, 4 and 8, and their other encodings.
    let mut low = vec![[0_u8; 32], [0; 32], [0xff; 32], [0xff; 32], [0xff; 32]];
    low[1][0] = 1;
    for (key, last) in low[2..].iter_mut().zip([0xec, 0xed, 0xee]) {
        (key[0], key[31]) = (last, 0x7f);
    }
    for hex in [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ] {
        low.push(
            data_encoding::HEXLOWER
                .decode(hex.as_bytes())
                .unwrap()
                .try_into()
                .unwrap(),
        );
    }
    for key in low {
        for high_bit in [0, 0x80] {
            let mut encoded = [5; 33];
            encoded[1..].copy_from_slice(&key);
            encoded[32] |= high_bit;
            let refused = alice.identity.agree(&encoded);
            assert_eq!(refused, Err(SessionFault::ZeroAgreement), "{encoded:?}");
        }
    }
}

#[test]
fn kyber_last_resort_replay() {
    let (mut alice, mut bob) = pair(46, false);
    let first = alice.send(&bob.remote(), b"once");
    assert_eq!(bob.receive(&alice.remote(), &first).unwrap(), b"once");
    assert_eq!(
        (bob.seen.len(), bob.kyber.len()),
        (1, 1),
        "seen, and the key stays"
    );
    let sessions = bob.record.as_ref().map(SessionRecord::sessions);
    assert_eq!(
        bob.receive(&alice.remote(), &first),
        Err(OpenError::Duplicate)
    );
    assert_eq!(bob.record.as_ref().map(SessionRecord::sessions), sessions);

    // The session is gone (restored profile, archive overflow): only the replay set still knows.
    bob.record = None;
    refuses(
        &mut bob,
        &alice.remote(),
        &first,
        SessionFault::ReplayedLastResort,
    );
    // Later messages of that session, replayed first, are refused too.
    let second = alice.send(&bob.remote(), b"twice");
    refuses(
        &mut bob,
        &alice.remote(),
        &second,
        SessionFault::ReplayedLastResort,
    );
    // A different session on the same last-resort key is none of it.
    let (mut carol, offer) = (Device::new(47), bob.offer(false));
    carol.start(&bob.remote(), &offer).unwrap();
    let hello = carol.send(&bob.remote(), b"new");
    assert_eq!(bob.receive(&carol.remote(), &hello).unwrap(), b"new");
}

#[test]
fn another_encoding_of_the_base_key_does_not_pass_the_replay_set() {
    let (mut alice, mut bob) = pair(48, false);
    let first = alice.send(&bob.remote(), b"once");
    bob.receive(&alice.remote(), &first).unwrap();
    bob.record = None;
    // X25519 ignores the highest bit: the same secrets under another name.
    let mut base_key = session::needs(&first.bytes).unwrap().base_key;
    base_key[32] |= 0x80;
    let forged = forge_outer(&first, field::BASE_KEY, &base_key);
    refuses(
        &mut bob,
        &alice.remote(),
        &forged,
        SessionFault::NotCanonical,
    );
}

#[test]
fn an_uncertified_identity_is_refused() {
    let (mut alice, mut bob) = pair(49, true);
    let mallory = Device::new(50);
    let first = alice.send(&bob.remote(), b"real");
    refuses(
        &mut bob,
        &mallory.remote(),
        &first,
        SessionFault::IdentityMismatch,
    );
    let forged = forge_outer(&first, field::IDENTITY_KEY, &mallory.identity.public());
    refuses(
        &mut bob,
        &alice.remote(),
        &forged,
        SessionFault::IdentityMismatch,
    );
    // Claiming the identity without its secret opens no session either.
    assert_eq!(
        bob.receive(&mallory.remote(), &forged),
        Err(OpenError::Unopened)
    );
    assert_eq!(bob.record, None);
    assert_eq!(bob.receive(&alice.remote(), &first).unwrap(), b"real");
    // Nor does a session of Alice speak for Mallory.
    let answer = bob.send(&alice.remote(), b"answer");
    alice.receive(&bob.remote(), &answer).unwrap();
    let later = alice.send(&bob.remote(), b"later");
    refuses(
        &mut bob,
        &mallory.remote(),
        &later,
        SessionFault::IdentityMismatch,
    );
    let refused = bob.try_send(&mallory.remote(), b"to whom?", support::NOW_MS);
    assert_eq!(refused, Err(SessionFault::IdentityMismatch.into()));
}

#[test]
fn our_own_identity_is_refused() {
    let mut alice = Device::new(51);
    let offer = alice.offer(true);
    assert_eq!(
        alice.start(&alice.remote(), &offer),
        Err(SessionFault::Oneself.into())
    );
}

#[test]
fn older_versions_and_oversized_bytes_are_refused() {
    let (mut alice, mut bob) = acquainted(52);
    let mut sealed = alice.send(&bob.remote(), b"real");
    let from = alice.remote();
    sealed.bytes[0] = 0x34;
    refuses(&mut bob, &from, &sealed, SessionFault::OldVersion);
    sealed.bytes[0] = 0x24;
    refuses(&mut bob, &from, &sealed, SessionFault::Malformed);
    for kind in [Kind::PreKey, Kind::Whisper] {
        let long = Ciphertext {
            kind,
            bytes: vec![0x44; protocol::limits::FRAME_MAX + 1],
        };
        refuses(&mut bob, &from, &long, SessionFault::TooLarge);
        refuses(
            &mut bob,
            &from,
            &Ciphertext {
                kind,
                bytes: vec![],
            },
            SessionFault::Malformed,
        );
    }
}

#[test]
fn the_position_of_a_ciphertext_is_its_ratchet_key_and_counter() {
    let (mut alice, mut bob) = acquainted(53);
    let sealed = [
        alice.send(&bob.remote(), b"0"),
        alice.send(&bob.remote(), b"1"),
    ];
    let position = |sealed: &Ciphertext| session::ratchet_position(sealed.kind, &sealed.bytes);
    let [(key, 0), (same, 1)] = sealed.each_ref().map(|sealed| position(sealed).unwrap()) else {
        panic!("counters");
    };
    assert_eq!(key, same);
    bob.receive(&alice.remote(), &sealed[0]).unwrap();
    let back = bob.send(&alice.remote(), b"back");
    alice.receive(&bob.remote(), &back).unwrap();
    let (turned, counter) = position(&alice.send(&bob.remote(), b"2")).unwrap();
    assert!(turned != key && counter == 0);
    assert_eq!(session::ratchet_position(Kind::Whisper, b"nonsense"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Flipped, cut, extended, of the wrong kind: an error that changes nothing, or the very message.
    #[test]
    fn mangled_bytes_never_panic_and_never_change_a_record(
        first in any::<bool>(),
        swap_kind in any::<u8>().prop_map(|byte| byte < 16),
        flips in proptest::collection::vec((any::<Index>(), 1_u8..), 0..4),
        cut in any::<Option<Index>>(),
        tail in proptest::collection::vec(any::<u8>(), 0..4),
    ) {
        let (mut alice, mut bob) = if first { pair(61, true) } else { acquainted(62) };
        let honest = alice.send(&bob.remote(), b"honest");
        let mut mangled = honest.clone();
        for (index, mask) in flips {
            *index.get_mut(&mut mangled.bytes) ^= mask;
        }
        if let Some(index) = cut {
            mangled.bytes.truncate(index.index(mangled.bytes.len()));
        }
        mangled.bytes.extend(tail);
        if swap_kind {
            mangled.kind = if first { Kind::Whisper } else { Kind::PreKey };
        }
        let before = bob.record.clone();
        match bob.receive(&alice.remote(), &mangled) {
            // No MAC covers the outside of a first message (its registration id, say), so not only the
            // identical bytes open; what opens is what was said.
            Ok(plaintext) => prop_assert_eq!(plaintext, b"honest"),
            Err(error) => {
                prop_assert!(error != OpenError::Misbehaved(SessionFault::Panicked), "{:?}", mangled);
                prop_assert_eq!(&bob.record, &before);
                prop_assert_eq!(bob.receive(&alice.remote(), &honest).unwrap(), b"honest");
            }
        }
    }

    /// Any bytes as an SPQR header: refused by the guard, or harmless.
    #[test]
    fn any_spqr_header_is_refused_or_harmless(header in proptest::collection::vec(any::<u8>(), 0..48)) {
        let (mut alice, mut bob) = acquainted(63);
        let sealed = alice.send(&bob.remote(), b"honest");
        let mut headers = vec![header.clone()];
        // Mostly valid beginnings, to get past the version byte.
        headers.push([&[1, 1], header.as_slice()].concat());
        headers.push([&[1, 1, 1, 1], header.as_slice()].concat());
        for header in headers {
            let forged = forge(&sealed, field::PQ_RATCHET, &header);
            let result = bob.receive(&alice.remote(), &forged);
            let fine = matches!(
                result,
                Err(OpenError::Unopened | OpenError::Duplicate | OpenError::Misbehaved(
                    SessionFault::BadSpqrHeader | SessionFault::NoSpqr
                ))
            );
            prop_assert!(fine, "{:?} {:?}", header, result);
        }
        prop_assert_eq!(bob.receive(&alice.remote(), &sealed).unwrap(), b"honest");
    }
}
