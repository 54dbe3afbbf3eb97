//! What two honest devices may expect of their sessions, whatever the network does in between.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::session::{
    self, ARCHIVED_SESSIONS_MAX, Ciphertext, Kind, OpenError, PrekeyOffer, SKIPPED_MESSAGES_MAX,
    SessionError, SessionFault, SessionRecord,
};
use support::{DAY_MS, Device, NOW_MS, Proto, Value, acquainted, pair};

#[path = "../src/session/fixture.rs"]
mod support;

#[test]
fn a_session_leaves_the_prekey_form_with_the_first_answer() {
    let (mut alice, mut bob) = pair(1, true);
    for text in [b"one".as_slice(), b"two"] {
        let sealed = alice.send(&bob.remote(), text);
        assert_eq!(sealed.kind, Kind::PreKey);
        assert_eq!(bob.receive(&alice.remote(), &sealed).unwrap(), text);
    }
    assert!(
        bob.one_time.is_empty() && bob.kyber.is_empty(),
        "one-time keys are gone"
    );
    let answer = bob.send(&alice.remote(), b"yes");
    assert_eq!(answer.kind, Kind::Whisper);
    assert_eq!(alice.receive(&bob.remote(), &answer).unwrap(), b"yes");
    assert_eq!(alice.send(&bob.remote(), b"three").kind, Kind::Whisper);
}

#[test]
fn messages_open_in_any_order() {
    let (mut alice, mut bob) = pair(2, true);
    let sealed: Vec<Ciphertext> = (0..100_u8)
        .map(|i| alice.send(&bob.remote(), &[i]))
        .collect();
    for i in (0..100_u8).rev() {
        assert_eq!(
            bob.receive(&alice.remote(), &sealed[usize::from(i)])
                .unwrap(),
            [i]
        );
    }
    let (mut alice, mut bob) = acquainted(3);
    let sealed: Vec<Ciphertext> = (0..9_u8).map(|i| alice.send(&bob.remote(), &[i])).collect();
    for i in [4, 0, 8, 1, 7, 2, 6, 3, 5_u8] {
        assert_eq!(
            bob.receive(&alice.remote(), &sealed[usize::from(i)])
                .unwrap(),
            [i]
        );
    }
}

#[test]
fn a_duplicate_is_told_apart_and_changes_nothing() {
    for (mut alice, mut bob) in [pair(4, true), pair(4, false), acquainted(5)] {
        let sealed = alice.send(&bob.remote(), b"once");
        bob.receive(&alice.remote(), &sealed).unwrap();
        let before = bob.record.clone();
        assert_eq!(
            bob.receive(&alice.remote(), &sealed),
            Err(OpenError::Duplicate)
        );
        assert_eq!(bob.record, before);
    }
}

#[test]
fn a_lost_record_opens_nothing_and_a_new_session_repairs_it() {
    let (mut alice, mut bob) = acquainted(6);
    bob.record = None;
    let lost = alice.send(&bob.remote(), b"lost");
    assert_eq!(
        bob.receive(&alice.remote(), &lost),
        Err(OpenError::Unopened)
    );
    // The reset arrives: archive, fresh offer, encrypt again.
    let archived = session::archive(alice.record.as_ref().unwrap()).unwrap();
    assert!(!session::usable(&archived, NOW_MS));
    alice.record = Some(archived);
    let offer = bob.offer(true);
    alice.start(&bob.remote(), &offer).unwrap();
    let again = alice.send(&bob.remote(), b"lost");
    assert_eq!(bob.receive(&alice.remote(), &again).unwrap(), b"lost");
}

#[test]
fn a_rolled_back_record_opens_nothing_and_a_new_session_repairs_it() {
    let (mut alice, mut bob) = acquainted(7);
    let backup = bob.record.clone();
    for round in 0..3_u8 {
        let there = alice.send(&bob.remote(), &[round]);
        bob.receive(&alice.remote(), &there).unwrap();
        let back = bob.send(&alice.remote(), &[round]);
        alice.receive(&bob.remote(), &back).unwrap();
    }
    bob.record = backup;
    let lost = alice.send(&bob.remote(), b"lost");
    assert_eq!(
        bob.receive(&alice.remote(), &lost),
        Err(OpenError::Unopened)
    );
    let offer = bob.offer(true);
    alice.start(&bob.remote(), &offer).unwrap();
    let again = alice.send(&bob.remote(), b"lost");
    assert_eq!(bob.receive(&alice.remote(), &again).unwrap(), b"lost");
}

#[test]
fn a_first_message_whose_prekeys_are_gone_says_so() {
    let (mut alice, mut bob) = pair(8, true);
    let sealed = alice.send(&bob.remote(), b"hello");
    let (one_time, signed, kyber) = (bob.one_time.clone(), bob.signed.clone(), bob.kyber.clone());
    bob.one_time.clear();
    assert_eq!(
        bob.receive(&alice.remote(), &sealed),
        Err(OpenError::MissingPrekey)
    );
    bob.one_time = one_time;
    bob.signed.clear();
    assert_eq!(
        bob.receive(&alice.remote(), &sealed),
        Err(OpenError::MissingPrekey)
    );
    bob.signed = signed;
    bob.kyber.clear();
    assert_eq!(
        bob.receive(&alice.remote(), &sealed),
        Err(OpenError::MissingPrekey)
    );
    bob.kyber = kyber;
    assert_eq!(bob.receive(&alice.remote(), &sealed).unwrap(), b"hello");
}

#[test]
fn when_both_initiate_everything_opens_and_one_session_remains() {
    let (mut alice, mut bob) = (Device::new(11), Device::new(12));
    let (from_alice, from_bob) = (alice.offer(true), bob.offer(true));
    alice.start(&bob.remote(), &from_bob).unwrap();
    bob.start(&alice.remote(), &from_alice).unwrap();
    let crossing: Vec<_> = (0..3_u8)
        .map(|i| {
            (
                alice.send(&bob.remote(), &[i]),
                bob.send(&alice.remote(), &[i]),
            )
        })
        .collect();
    for (i, (there, back)) in (0..3_u8).zip(&crossing) {
        assert_eq!(bob.receive(&alice.remote(), there).unwrap(), [i]);
        assert_eq!(alice.receive(&bob.remote(), back).unwrap(), [i]);
    }
    for round in 0..4_u8 {
        let there = alice.send(&bob.remote(), &[round]);
        assert_eq!(bob.receive(&alice.remote(), &there).unwrap(), [round]);
        let back = bob.send(&alice.remote(), &[round]);
        assert_eq!(alice.receive(&bob.remote(), &back).unwrap(), [round]);
        assert_eq!((there.kind, back.kind), (Kind::Whisper, Kind::Whisper));
    }
    let current = |device: &Device| {
        let record = device.record.as_ref().unwrap();
        assert_eq!(record.sessions(), 2);
        // SessionStructure's base key names the session.
        Proto::read(Proto::read(record.as_bytes()).bytes(1))
            .bytes(13)
            .to_vec()
    };
    assert_eq!(
        current(&alice),
        current(&bob),
        "both send in the same session"
    );
}

#[test]
fn late_messages_of_an_archived_session_still_open() {
    let (mut alice, mut bob) = acquainted(13);
    let late = [
        alice.send(&bob.remote(), b"late 0"),
        alice.send(&bob.remote(), b"late 1"),
    ];
    alice.record = Some(session::archive(alice.record.as_ref().unwrap()).unwrap());
    let offer = bob.offer(false);
    alice.start(&bob.remote(), &offer).unwrap();
    let fresh = alice.send(&bob.remote(), b"fresh");
    assert_eq!(fresh.kind, Kind::PreKey);
    assert_eq!(bob.receive(&alice.remote(), &fresh).unwrap(), b"fresh");
    assert_eq!(bob.receive(&alice.remote(), &late[1]).unwrap(), b"late 1");
    assert_eq!(bob.receive(&alice.remote(), &late[0]).unwrap(), b"late 0");
    let after = alice.send(&bob.remote(), b"after");
    assert_eq!(bob.receive(&alice.remote(), &after).unwrap(), b"after");
}

#[test]
fn a_late_message_does_not_bring_a_dead_session_back() {
    // Bob started the session, so that one of the late messages is a first message.
    let (mut bob, mut alice) = pair(20, true);
    let older = [
        bob.send(&alice.remote(), b"older 0"),
        bob.send(&alice.remote(), b"older 1"),
    ];
    alice.receive(&bob.remote(), &older[0]).unwrap();
    let offer = alice.offer(true);
    bob.start(&alice.remote(), &offer).unwrap();
    let first = bob.send(&alice.remote(), b"first");
    let late_first = bob.send(&alice.remote(), b"late first");
    alice.receive(&bob.remote(), &first).unwrap();
    let answer = alice.send(&bob.remote(), b"answer");
    bob.receive(&alice.remote(), &answer).unwrap();
    let late = [
        bob.send(&alice.remote(), b"late 0"),
        bob.send(&alice.remote(), b"late 1"),
    ];
    bob.record = None;

    // Bob's reset came: nothing to send in, whatever arrives late.
    alice.record = Some(session::archive(alice.record.as_ref().unwrap()).unwrap());
    assert_eq!(alice.receive(&bob.remote(), &late[0]).unwrap(), b"late 0");
    assert!(!session::usable(alice.record.as_ref().unwrap(), NOW_MS));
    // A new session was made: it stays the one to send in.
    let offer = bob.offer(true);
    alice.start(&bob.remote(), &offer).unwrap();
    assert_eq!(alice.receive(&bob.remote(), &late[1]).unwrap(), b"late 1");
    assert_eq!(
        alice.receive(&bob.remote(), &late_first).unwrap(),
        b"late first"
    );
    assert_eq!(alice.receive(&bob.remote(), &older[1]).unwrap(), b"older 1");
    assert_eq!(
        alice.receive(&bob.remote(), &late[1]),
        Err(OpenError::Duplicate)
    );
    assert_eq!(alice.record.as_ref().unwrap().sessions(), 3);
    let fresh = alice.send(&bob.remote(), b"fresh");
    assert_eq!(bob.receive(&alice.remote(), &fresh).unwrap(), b"fresh");
    let back = bob.send(&alice.remote(), b"back");
    assert_eq!(alice.receive(&bob.remote(), &back).unwrap(), b"back");
}

#[test]
fn archived_sessions_are_bounded() {
    let (mut alice, mut bob) = pair(14, false);
    let offer = bob.offer(false);
    for _ in 0..ARCHIVED_SESSIONS_MAX + 4 {
        alice.start(&bob.remote(), &offer).unwrap();
        let sealed = alice.send(&bob.remote(), b"again");
        bob.receive(&alice.remote(), &sealed).unwrap();
    }
    for device in [&alice, &bob] {
        assert_eq!(
            device.record.as_ref().unwrap().sessions(),
            ARCHIVED_SESSIONS_MAX + 1
        );
    }
    let back = bob.send(&alice.remote(), b"still fine");
    assert_eq!(alice.receive(&bob.remote(), &back).unwrap(), b"still fine");
}

#[test]
fn a_gap_within_the_bound_opens_and_one_beyond_asks_for_a_reset() {
    let (mut alice, mut bob) = acquainted(15);
    let sealed: Vec<Ciphertext> = (0..=2 * SKIPPED_MESSAGES_MAX + 1)
        .map(|_| alice.send(&bob.remote(), b"x"))
        .collect();
    let within = usize::try_from(SKIPPED_MESSAGES_MAX).unwrap();
    assert_eq!(
        bob.receive(&alice.remote(), &sealed[within + 1]),
        Err(OpenError::Unopened)
    );
    bob.receive(&alice.remote(), &sealed[within]).unwrap();
    bob.receive(&alice.remote(), &sealed[2 * within + 1])
        .unwrap();
    bob.receive(&alice.remote(), &sealed[within + 1]).unwrap();
}

#[test]
fn a_message_behind_more_than_libsignal_keeps_looks_like_a_duplicate() {
    let (mut alice, mut bob) = acquainted(19);
    let sealed: Vec<Ciphertext> = (0..=2_505)
        .map(|_| alice.send(&bob.remote(), b"x"))
        .collect();
    for arrived in sealed.iter().skip(501).step_by(501) {
        bob.receive(&alice.remote(), arrived).unwrap();
    }
    assert_eq!(
        bob.receive(&alice.remote(), &sealed[0]),
        Err(OpenError::Duplicate)
    );
    bob.receive(&alice.remote(), &sealed[2_000]).unwrap();
}

#[test]
fn a_stale_unanswered_session_may_not_send() {
    let (mut alice, bob) = pair(16, true);
    alice.send(&bob.remote(), b"anybody?");
    assert!(session::usable(
        alice.record.as_ref().unwrap(),
        NOW_MS + 30 * DAY_MS
    ));
    let later = NOW_MS + 31 * DAY_MS;
    assert!(!session::usable(alice.record.as_ref().unwrap(), later));
    let before = alice.record.clone();
    assert_eq!(
        alice.try_send(&bob.remote(), b"x", later),
        Err(SessionError::Unusable)
    );
    assert_eq!(alice.record, before);
}

/// The record with a field of its current session replaced by nothing or a number.
fn doctored(record: &SessionRecord, field: u64, number: Option<u64>) -> SessionRecord {
    let whole = Proto::read(record.as_bytes());
    let mut current = Proto::read(whole.bytes(1));
    current.0.retain(|(number, _)| *number != field);
    current
        .0
        .extend(number.map(|number| (field, Value::Number(number))));
    SessionRecord::from_bytes(whole.set(1, &current.write()).write())
}

#[test]
fn a_session_without_spqr_or_pqxdh_may_not_send() {
    let (mut alice, bob) = acquainted(17);
    let whole = alice.record.clone().unwrap();
    assert!(session::usable(&whole, NOW_MS));
    let (version, pq_state) = (1, 15);
    for record in [
        doctored(&whole, pq_state, None),
        doctored(&whole, version, Some(3)),
    ] {
        assert!(!session::usable(&record, NOW_MS));
        alice.record = Some(record);
        assert_eq!(
            alice.try_send(&bob.remote(), b"x", NOW_MS),
            Err(SessionError::Unusable)
        );
    }
}

#[test]
fn plaintext_over_a_frame_is_refused() {
    let (mut alice, mut bob) = pair(18, true);
    let most = protocol::limits::FRAME_MAX - 2_048;
    let refused = alice.try_send(&bob.remote(), &vec![7; most + 1], NOW_MS);
    assert_eq!(refused, Err(SessionError::TooLong));
    let sealed = alice.send(&bob.remote(), &vec![7; most]);
    assert!(
        sealed.bytes.len() <= protocol::limits::FRAME_MAX,
        "{}",
        sealed.bytes.len()
    );
    assert_eq!(bob.receive(&alice.remote(), &sealed).unwrap().len(), most);
}

#[test]
fn swapped_prekey_offer_is_refused() {
    let (mut alice, mut bob, mut mallory) = (Device::new(21), Device::new(22), Device::new(23));
    let (honest, forged) = (bob.offer(true), mallory.offer(true));
    assert_eq!(honest.verify(&bob.remote().sik), Ok(()));
    let swaps: [fn(&mut PrekeyOffer, &PrekeyOffer); 7] = [
        |offer, other| *offer = other.clone(),
        |offer, other| offer.signed_public = other.signed_public,
        |offer, other| offer.signed_sig = other.signed_sig,
        |offer, other| {
            (offer.signed_public, offer.signed_sig) = (other.signed_public, other.signed_sig);
        },
        |offer, other| offer.kyber_public = other.kyber_public,
        |offer, other| offer.kyber_sig = other.kyber_sig,
        |offer, other| {
            (offer.kyber_public, offer.kyber_sig) = (other.kyber_public, other.kyber_sig);
        },
    ];
    for swap in swaps {
        let mut offer = honest.clone();
        swap(&mut offer, &forged);
        assert_eq!(
            offer.verify(&bob.remote().sik),
            Err(SessionFault::BadSignature)
        );
        let refused = alice.start(&bob.remote(), &offer);
        assert_eq!(refused, Err(SessionFault::BadSignature.into()));
        assert!(alice.record.is_none());
    }
    // A swapped one-time key is not signed: whoever swapped it opens nothing, and neither does Bob.
    let mut offer = honest;
    offer.one_time = forged.one_time;
    alice.start(&bob.remote(), &offer).unwrap();
    let sealed = alice.send(&bob.remote(), b"for bob");
    assert_eq!(
        bob.receive(&alice.remote(), &sealed),
        Err(OpenError::Unopened)
    );
    assert!(mallory.receive(&alice.remote(), &sealed).is_err());
}

#[test]
fn an_offer_has_one_encoding_of_its_exact_size() {
    let mut bob = Device::new(24);
    let offer = bob.offer(true);
    let bytes = postcard::to_allocvec(&offer).unwrap();
    assert!(bytes.len() <= 1_785, "{}", bytes.len());
    assert_eq!(postcard::from_bytes::<PrekeyOffer>(&bytes).unwrap(), offer);
    assert!(postcard::from_bytes::<PrekeyOffer>(&bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn identities_agree_and_prove_possession() {
    let (mut alice, bob) = (Device::new(25), Device::new(26));
    let (a, b) = (alice.identity.public(), bob.identity.public());
    assert_eq!(
        alice.identity.agree(&b).unwrap(),
        bob.identity.agree(&a).unwrap()
    );
    assert_eq!(alice.identity.agree(&a), Err(SessionFault::Oneself));
    let signature = alice.identity.sign(b"this device", &mut alice.rng);
    assert!(session::LocalIdentity::verify(
        &a,
        b"this device",
        &signature
    ));
    assert!(!session::LocalIdentity::verify(
        &b,
        b"this device",
        &signature
    ));
    assert!(!session::LocalIdentity::verify(
        &a,
        b"that device",
        &signature
    ));
    // Not usable as a prekey signature: another context.
    let mut offer = alice.offer(false);
    offer.signed_sig = alice.identity.sign(&offer.signed_public, &mut alice.rng);
    assert_eq!(offer.verify(&a), Err(SessionFault::BadSignature));
    let id = alice.identity.registration_id();
    let address = alice.identity.address();
    let again =
        session::LocalIdentity::from_parts(&alice.identity.secret_bytes(), id, address).unwrap();
    assert_eq!(again.public(), a);
    assert!(session::LocalIdentity::from_parts(&[1; 32], 0x4000, address).is_err());
}

#[test]
fn debug_output_shows_no_secret() {
    let (alice, _) = pair(27, true);
    let shown = format!("{:?} {:?}", alice.identity, alice.record);
    let secret = alice.identity.secret_bytes();
    assert!(
        !shown.contains(
            &format!("{:?}", &secret[..4])
                .trim_matches(['[', ']'])
                .to_owned()
        )
    );
    assert!(shown.len() < 200, "{shown}");
}

/// Everything that two devices emit and store while they talk.
fn transcript(seed: u64) -> Vec<Vec<u8>> {
    let (mut alice, mut bob) = pair(seed, true);
    let mut all = Vec::new();
    let mut answers = Vec::new();
    for turn in 0..300_u32 {
        let text = turn.to_le_bytes();
        let there = alice.send(&bob.remote(), &text);
        assert_eq!(bob.receive(&alice.remote(), &there).unwrap(), text);
        answers.push(bob.send(&alice.remote(), &text));
        all.push(there.bytes);
        // Answers pile up, so that ratchets turn at other moments than sendings, and arrive reversed.
        if turn % 7 == 0 {
            for answer in answers.drain(..).rev() {
                alice.receive(&bob.remote(), &answer).unwrap();
                all.push(answer.bytes);
            }
        }
        let records = [&alice, &bob].map(|device| device.record.clone().unwrap());
        all.extend(records.map(|record| record.as_bytes().to_vec()));
    }
    all
}

#[test]
fn one_seed_one_transcript() {
    assert!(
        transcript(31) == transcript(31),
        "the same seed gave other bytes"
    );
    assert!(
        transcript(31) != transcript(32),
        "another seed gave the same bytes"
    );
}
