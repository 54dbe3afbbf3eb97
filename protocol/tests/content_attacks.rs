//! What members try with entries of others, and what an author tries with its readers: threats T16, T18 and T29.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use author::{Author, said};
use protocol::content::{Audience, Entry, EntryFault, EntryKey};
use protocol::control::body::LogId;
use protocol::crypto::{Rng, aead};
use protocol::group::{self, ChainRecord, Distribution, GroupFault, GroupOpenError};
use protocol::wire;

#[path = "vectors/author.rs"]
mod author;

/// Seals a key for the header of `entry` with the next message of this chain, whatever is right.
fn wrap(by: &mut Author, entry: &mut Entry, key: &EntryKey) {
    let at = by.at();
    let header = &mut entry.header;
    (header.chain, header.key_id, header.iteration) = (at.chain, at.key_id, at.iteration);
    let mut both = [0; 64];
    both[..32].copy_from_slice(key.as_bytes());
    both[32..].copy_from_slice(header.hash().as_bytes());
    let device = by.log.device;
    let (record, sealed) = group::seal(device, by.chain, &by.record, &both, &mut by.rng).unwrap();
    by.record = record;
    entry.key = sealed.bytes;
}

/// T16: a member puts words into another's mouth, or another's words into its own.
#[test]
fn impersonation() {
    let (mut ana, mut mallory, second) = (Author::new(1), Author::new(2), Author::new(3));
    let sealed = ana.says("de moi, Ana");
    let (entry, good) = (sealed.entry.entry().clone(), sealed.entry.encode());
    let (read, after) = ana.read(&good, &ana.known()).unwrap();
    assert_eq!(read.event, said("de moi, Ana"));

    // Signs her entry, or one of his own in her log.
    for of_her_log in [&entry, &changed(&entry, |entry| entry.header.seq = 0)] {
        let bytes = mallory.signs(of_her_log.clone());
        assert_eq!(ana.verified(&bytes).err(), Some(EntryFault::Signature));
        assert_eq!(mallory.verified(&bytes).err(), Some(EntryFault::Signature));
    }
    // Says that another device wrote it.
    assert_eq!(second.verified(&good).err(), Some(EntryFault::Signature));
    let moved = changed(&entry, |entry| entry.header.log.device = second.log.device);
    assert_eq!(
        second.verified(&moved.encode()).err(),
        Some(EntryFault::Signature)
    );

    // Puts her sealed key into an entry of his own, and has told everybody her chain as his.
    let log = mallory.log;
    let mut stolen = changed(&entry, |entry| {
        entry.header.log = log;
        entry.header.commit = sealed.key.commit(log, 0);
    });
    let hers = group::accept(log.device, None, ana.chain, &ana.told.bytes).unwrap();
    let bytes = mallory.signs(stolen.clone());
    assert_eq!(
        mallory.read(&bytes, &hers).err(),
        Some(EntryFault::OtherHeader)
    );

    // Wraps her key anew, for his header: her ciphertext is not of it.
    wrap(&mut mallory, &mut stolen, &sealed.key);
    let bytes = mallory.signs(stolen.clone());
    let read = mallory.read(&bytes, &mallory.known());
    assert_eq!(read.err(), Some(EntryFault::NotAuthentic));
    // With her commitment, which is of her log.
    stolen.header.commit = entry.header.commit;
    wrap(&mut mallory, &mut stolen, &sealed.key);
    let bytes = mallory.signs(stolen);
    let read = mallory.read(&bytes, &mallory.known());
    assert_eq!(read.err(), Some(EntryFault::Commitment));

    // Sends her entry again: as it is, as a later one, in another log of hers.
    let again = ana.read(&good, &after).err();
    assert_eq!(again, Some(EntryFault::Chain(GroupOpenError::Duplicate)));
    let id = sealed.entry.id();
    let later = changed(&entry, |entry| {
        (entry.header.seq, entry.header.prev) = (1, Some(id));
    });
    let elsewhere = changed(&entry, |entry| entry.header.log.incarnation += 1);
    for moved in [later, elsewhere] {
        let fault = ana.verified(&moved.encode()).err();
        assert_eq!(fault, Some(EntryFault::Signature));
        // Not even she can: the sealed key is of one header.
        let fault = ana.read(&ana.signs(moved), &ana.known()).err();
        assert_eq!(fault, Some(EntryFault::OtherHeader));
    }
}

fn changed(entry: &Entry, change: impl FnOnce(&mut Entry)) -> Entry {
    let mut entry = entry.clone();
    change(&mut entry);
    entry
}

/// A second chain with the name and the number of the first, as only a dishonest device makes one.
fn twin_of(first: &Author) -> (ChainRecord, Distribution) {
    let mut rng = Rng::from_seed([99; 32]);
    let (record, told) = group::create(first.log.device, first.chain, &mut rng).unwrap();
    let (number, twins) = (first.told.position.key_id, told.position.key_id);
    let renumbered = |bytes: &[u8]| {
        let (new, old) = (wire::encode(&number), wire::encode(&twins));
        assert_eq!(new.len(), old.len(), "choose another seed");
        let at = bytes
            .windows(old.len())
            .position(|window| window == old)
            .unwrap();
        [&bytes[..at], &new, &bytes[at + old.len()..]].concat()
    };
    let record = ChainRecord::from_bytes(renumbered(record.as_bytes()));
    let position = group::position(first.chain, &record).unwrap();
    assert_eq!(position, first.told.position);
    let bytes = renumbered(&told.bytes).try_into().unwrap();
    (record, Distribution { position, bytes })
}

/// T18: an author tells different members different chains, to show them different texts under one header.
#[test]
fn ek_equivocation() {
    for text_under_committed in [true, false] {
        let mut ana = Author::new(1);
        let (twin, twin_told) = twin_of(&ana);
        let for_ben = ana.known();
        let for_chloe = group::accept(ana.log.device, None, ana.chain, &twin_told.bytes).unwrap();

        let start = ana.record.clone();
        let message = ana.message(said("bonjour"));
        let place = ana.place(Audience::Community);
        let sealed = ana.try_says(place, &message).unwrap();
        let other = EntryKey::from_bytes([6; 32]);
        let mut bens = sealed.entry.entry().clone();
        if !text_under_committed {
            let place = bens.header.place();
            let (padded, nonce) = (message.encode(), [0; aead::NONCE_LEN]);
            let content = aead::seal(other.as_bytes(), &nonce, place.as_bytes(), &padded);
            bens.content = content.try_into().unwrap();
        }
        // Settles the hash of the text; then the one header is sealed in both chains, with two keys.
        bens.header.content_hash = header_of(&ana, &bens);
        let mut chloes = bens.clone();
        ana.record = start;
        wrap(&mut ana, &mut bens, &sealed.key);
        ana.record = twin;
        wrap(&mut ana, &mut chloes, &other);
        assert_eq!(bens.header, chloes.header);
        let (bens, chloes) = (ana.signs(bens), ana.signs(chloes));

        let read = ana.read(&bens, &for_ben);
        if text_under_committed {
            assert_eq!(read.unwrap().0, message);
        } else {
            assert_eq!(read.err(), Some(EntryFault::NotAuthentic));
        }
        let fault = ana.read(&chloes, &for_chloe).err();
        assert_eq!(fault, Some(EntryFault::Commitment));
        let fault = ana.read_with(&chloes, &other).err();
        assert_eq!(fault, Some(EntryFault::Commitment), "nor by a shared key");
        // Each chain alone opens the other's entry no more than a stranger's.
        let bad_signature = EntryFault::Chain(GroupFault::BadSignature.into());
        let crossed = [ana.read(&bens, &for_chloe), ana.read(&chloes, &for_ben)];
        for read in crossed {
            assert_eq!(read.err(), Some(bad_signature));
        }
        // Both are signed, at one place of one log, under two names: proof that she contradicts herself.
        let (one, two) = (ana.verified(&bens).unwrap(), ana.verified(&chloes).unwrap());
        assert_eq!(one.header(), two.header());
        assert_ne!(one.id(), two.id());
    }
}

/// The hash of its text as a signed entry would have it.
fn header_of(author: &Author, entry: &Entry) -> protocol::crypto::Hash32 {
    let mut bare = entry.clone();
    bare.key = Default::default();
    let entry = author.verified(&author.signs(bare)).unwrap();
    entry.header().content_hash
}

/// T18 with one signature key: whoever got another chain key reads nothing, and knows it.
#[test]
fn a_chain_key_for_one_reader_alone_is_noticed() {
    let mut ana = Author::new(1);
    let mut told = ana.told.bytes.to_vec();
    let chain_key = 1 + 18 + 6 + 2 + 2;
    told[chain_key] ^= 1;
    let known = group::accept(ana.log.device, None, ana.chain, &told).unwrap();
    let bytes = ana.says("bonjour").entry.encode();
    let fault = ana.read(&bytes, &known).err();
    assert!(
        matches!(
            fault,
            Some(
                EntryFault::OtherHeader
                    | EntryFault::Chain(GroupOpenError::Misbehaved(GroupFault::Malformed))
            )
        ),
        "{fault:?}"
    );
}

/// T29: whoever shares history alters the text, the entry or the key.
#[test]
fn history_tamper() {
    let mut ana = Author::new(1);
    let before = ana.says("avant");
    let sealed = ana.says("j'étais là");
    let entry = sealed.entry.clone().without_key();
    let shared = entry.encode();
    let text = ana.read_with(&shared, &sealed.key).unwrap();
    assert_eq!(text.event, said("j'étais là"));

    // The key, in any bit, or another entry's.
    for bit in 0..32 * 8 {
        let mut altered = *sealed.key.as_bytes();
        altered[bit / 8] ^= 1 << (bit % 8);
        let fault = ana.read_with(&shared, &EntryKey::from_bytes(altered)).err();
        assert_eq!(fault, Some(EntryFault::Commitment), "bit {bit}");
    }
    let fault = ana.read_with(&shared, &before.key).err();
    assert_eq!(fault, Some(EntryFault::Commitment));

    // The entry, in any bit: refused before anything is decrypted.
    let content = shared.len() - entry.entry().content.len();
    for bit in 0..shared.len() * 8 {
        let mut altered = shared.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let fault = ana.verified(&altered).err();
        if bit / 8 >= content {
            assert_eq!(fault, Some(EntryFault::ContentHash), "bit {bit}");
        } else {
            assert!(fault.is_some(), "bit {bit}");
        }
    }

    // Another text, under the same key and for the same place, with its hash in the header.
    let mut forged = entry.entry().clone();
    let mut message = text;
    message.event = said("je n'étais pas là");
    let (padded, nonce) = (message.encode(), [0; aead::NONCE_LEN]);
    let place = forged.header.place();
    let other = aead::seal(sealed.key.as_bytes(), &nonce, place.as_bytes(), &padded);
    forged.content = other.try_into().unwrap();
    let fault = ana.verified(&forged.encode()).err();
    assert_eq!(fault, Some(EntryFault::ContentHash));
    forged.header.content_hash = header_of(&ana, &forged);
    let fault = ana.verified(&forged.encode()).err();
    assert_eq!(fault, Some(EntryFault::Signature));
    // The text of another entry of hers.
    let mut mixed = entry.entry().clone();
    mixed.content = before.entry.entry().content.clone();
    let fault = ana.verified(&mixed.encode()).err();
    assert_eq!(fault, Some(EntryFault::ContentHash));
    // The place of another log.
    let mut moved = entry.entry().clone();
    moved.header.log = LogId {
        incarnation: 1,
        ..moved.header.log
    };
    let fault = ana.verified(&moved.encode()).err();
    assert_eq!(fault, Some(EntryFault::Signature));
}
