//! Entries of content logs: one encoding, every part bound to every other, and one typed reason for each refusal.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use author::{Author, CHANNEL, list, name, reference, said};
use proptest::prelude::*;
use protocol::content::{
    Audience, ChannelEvent, ContentMessage, Entry, EntryFault, EntryId, EntryPlace, Mention,
    SealError, UnverifiedEntry,
};
use protocol::control::OpId;
use protocol::crypto::{Hash32, aead};
use protocol::group::{GroupFault, GroupOpenError};
use protocol::identity::AccountId;
use protocol::limits;
use protocol::message::{MessageId, MessageRef};
use protocol::wire::{self, Blob, Malformed, Text};

#[path = "vectors/author.rs"]
mod author;

fn references(most: usize) -> impl Strategy<Value = Vec<MessageRef>> {
    prop::collection::btree_set(any::<u8>().prop_map(reference), 0..=most)
        .prop_map(|set| set.into_iter().collect())
}

fn mention() -> impl Strategy<Value = Mention> {
    prop_oneof![
        any::<[u8; 32]>().prop_map(|id| Mention::Account(AccountId(id))),
        any::<[u8; 32]>().prop_map(|id| Mention::Role(OpId(Hash32(id)))),
        Just(Mention::Everyone),
    ]
}

fn event() -> impl Strategy<Value = ChannelEvent> {
    let target = || any::<u8>().prop_map(reference);
    let body = || ".{0,40}".prop_map(|text| name(&text));
    let mentions = || prop::collection::vec(mention(), 0..4).prop_map(list);
    let thread = || prop::option::of(target());
    let bytes = prop::collection::vec(any::<u8>(), 0..600);
    prop_oneof![
        (body(), mentions(), thread()).prop_map(|(body, mentions, thread)| ChannelEvent::Text {
            body,
            mentions,
            thread
        }),
        (target(), body(), mentions(), thread()).prop_map(|(to, body, mentions, thread)| {
            ChannelEvent::Reply {
                to,
                body,
                mentions,
                thread,
            }
        }),
        (target(), body()).prop_map(|(target, body)| ChannelEvent::Edit { target, body }),
        target().prop_map(|target| ChannelEvent::Delete { target }),
        (target(), any::<bool>()).prop_map(|(target, on)| ChannelEvent::React {
            target,
            emoji: name("🍎"),
            on
        }),
        references(9).prop_map(|targets| ChannelEvent::Redact {
            targets: list(targets),
            reason: name("assez")
        }),
        (target(), any::<bool>()).prop_map(|(target, on)| ChannelEvent::Pin { target, on }),
        target().prop_map(|root| ChannelEvent::Thread {
            root,
            name: name("samedi")
        }),
        (target(), any::<u16>(), any::<u16>(), bytes).prop_map(|(target, index, count, bytes)| {
            ChannelEvent::Chunk {
                target,
                index,
                count,
                whole: Hash32([5; 32]),
                media: name("image/png"),
                bytes: bytes.try_into().unwrap(),
            }
        }),
    ]
}

fn message() -> impl Strategy<Value = ContentMessage> {
    (any::<[u8; 16]>(), references(limits::SEEN_MAX), event()).prop_map(|(id, seen, event)| {
        ContentMessage {
            id: MessageId(id),
            channel: CHANNEL,
            seen: list(seen),
            event,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_message_survives_its_entry(message in message(), seed in any::<u8>(), private in any::<bool>()) {
        let mut ana = Author::new(seed);
        let audience = if private { Audience::Channel(CHANNEL) } else { Audience::Community };
        let sealed = ana.try_says(ana.place(audience), &message).unwrap();
        let bytes = sealed.entry.encode();
        let entry = UnverifiedEntry::decode(&bytes).unwrap();
        prop_assert_eq!(entry.entry(), sealed.entry.entry());
        prop_assert_eq!(&entry.entry().encode(), &bytes);
        let (read, _) = ana.read(&bytes, &ana.known()).unwrap();
        prop_assert_eq!(&read, &message);
        prop_assert_eq!(&ContentMessage::decode(&message.encode()).unwrap(), &message);
        let bare = sealed.entry.without_key().encode();
        prop_assert_eq!(ana.read_with(&bare, &sealed.key).unwrap(), message);
    }
}

#[test]
fn the_entries_of_a_log_open_in_any_order_and_once() {
    let mut ana = Author::new(1);
    let sealed: Vec<_> = (0..20).map(|n| ana.says(&format!("{n}"))).collect();
    let mut record = ana.known();
    for one in sealed.iter().rev() {
        let (message, after) = ana.read(&one.entry.encode(), &record).unwrap();
        record = after;
        let again = one.entry.open_key(&record).err();
        assert_eq!(again, Some(EntryFault::Chain(GroupOpenError::Duplicate)));
        assert_eq!(one.entry.open(&one.key), Ok(message));
    }
    let links = sealed.windows(2);
    for pair in links {
        assert_eq!(pair[1].entry.header().prev, Some(pair[0].entry.id()));
    }
}

#[test]
fn the_name_and_the_signature_stay_without_the_sealed_key() {
    let mut ana = Author::new(2);
    let sealed = ana.says("bonjour");
    let id = sealed.entry.id();
    let bare = sealed.entry.without_key();
    assert_eq!(bare.id(), id);
    let read = ana.verified(&bare.encode()).unwrap();
    assert_eq!(read.open_key(&ana.known()).err(), Some(EntryFault::NoKey));
    assert!(read.open(&sealed.key).is_ok());
}

/// Every bit of an entry, with its key and without, by chain and by shared key.
#[test]
fn no_entry_opens_with_any_bit_changed() {
    let mut ana = Author::new(3);
    ana.says("first");
    let sealed = ana.does(Audience::Channel(CHANNEL), said("second"));
    let whole = sealed.entry.encode();
    let bare = sealed.entry.clone().without_key().encode();
    let record = ana.known();
    for (bytes, kept) in [(&whole, true), (&bare, false)] {
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            if kept {
                let fault = ana.read(&altered, &record).err();
                assert!(fault.is_some(), "bit {bit} of {}", bytes.len());
            }
            let fault = ana.read_with(&altered, &sealed.key).err();
            assert!(fault.is_some(), "bit {bit} of {}", bytes.len());
        }
    }
    assert!(ana.read(&whole, &record).is_ok());
    assert!(ana.read_with(&bare, &sealed.key).is_ok());
}

/// Whatever is changed and signed anew by its own author.
fn spoilt(change: impl FnOnce(&mut Entry)) -> Option<EntryFault> {
    let mut ana = Author::new(4);
    ana.says("first");
    let sealed = ana.says("second");
    let mut entry = sealed.entry.entry().clone();
    change(&mut entry);
    ana.verified(&ana.signs(entry)).err()
}

#[test]
fn each_part_of_a_header_that_cannot_be_has_its_fault() {
    let head = |byte| OpId(Hash32([byte; 32]));
    assert_eq!(spoilt(|_entry| ()), None);
    let heads = [vec![], vec![head(2), head(1)], vec![head(1), head(1)]];
    for wrong in heads {
        let fault = spoilt(|entry| entry.header.heads = list(wrong));
        assert_eq!(fault, Some(EntryFault::Heads));
    }
    let fault = spoilt(|entry| entry.header.prev = None);
    assert_eq!(fault, Some(EntryFault::Previous));
    let fault = spoilt(|entry| entry.header.seq = 0);
    assert_eq!(fault, Some(EntryFault::Previous));
    let fault = spoilt(|entry| entry.header.hlc = protocol::time::Hlc::ZERO);
    assert_eq!(fault, Some(EntryFault::NoTime));
    let fault = spoilt(|entry| entry.header.iteration = limits::SENDER_CHAIN_MESSAGES_MAX);
    assert_eq!(fault, Some(EntryFault::ChainEnd));
    let elsewhere: [fn(&mut Entry); 3] = [
        |entry| entry.header.iteration += 1,
        |entry| entry.header.key_id ^= 1,
        |entry| entry.header.chain.0[0] ^= 1,
    ];
    for change in elsewhere {
        assert_eq!(spoilt(change), Some(EntryFault::KeyPosition));
    }
    let fault = spoilt(|entry| entry.key = vec![0x33; 100].try_into().unwrap());
    assert_eq!(fault, Some(EntryFault::SealedKey(GroupFault::Malformed)));
    let fault = spoilt(|entry| entry.header.log.incarnation += 1);
    assert_eq!(
        fault, None,
        "another log of the same device is another entry"
    );
}

#[test]
fn what_was_not_signed_has_its_fault() {
    let mut ana = Author::new(5);
    let good = ana.says("bonjour").entry.entry().clone();
    let refused = |change: fn(&mut Entry)| {
        let mut entry = good.clone();
        change(&mut entry);
        ana.verified(&entry.encode()).err()
    };
    let shorter: fn(&mut Entry) = |entry| {
        entry.content = Blob::try_from(&entry.content[1..]).unwrap();
    };
    assert_eq!(refused(shorter), Some(EntryFault::ContentLength));
    let other: fn(&mut Entry) = |entry| {
        let mut bytes = entry.content.to_vec();
        bytes[0] ^= 1;
        entry.content = bytes.try_into().unwrap();
    };
    assert_eq!(refused(other), Some(EntryFault::ContentHash));
    let other: fn(&mut Entry) = |entry| {
        let mut bytes = entry.key.to_vec();
        bytes[30] ^= 1;
        entry.key = bytes.try_into().unwrap();
    };
    assert_eq!(refused(other), Some(EntryFault::KeyHash));
    let other: fn(&mut Entry) = |entry| entry.header.lives = Some(5);
    assert_eq!(refused(other), Some(EntryFault::Signature));

    let bytes = good.encode();
    let version = [&[2], &bytes[1..]].concat();
    assert_eq!(
        ana.verified(&version).err(),
        Some(EntryFault::Malformed(Malformed::UnknownVersion {
            found: 2
        }))
    );
    let long = vec![1; limits::ENTRY_BYTES_MAX + 1];
    assert!(matches!(
        ana.verified(&long).err(),
        Some(EntryFault::Malformed(Malformed::TooLong { .. }))
    ));
}

#[test]
fn a_message_that_everybody_would_refuse_is_not_sealed() {
    let mut ana = Author::new(6);
    let mut unsorted = ana.message(said("bonjour"));
    unsorted.seen = list(vec![reference(4), reference(3)]);
    let twice = ana.message(ChannelEvent::Redact {
        targets: list(vec![reference(1), reference(1)]),
        reason: Text::default(),
    });
    for wrong in [&unsorted, &twice] {
        let place = ana.place(Audience::Community);
        let refused = ana.try_says(place, wrong).err();
        assert_eq!(refused, Some(SealError::Message));
        // And nobody reads it.
        let read = ContentMessage::decode(&wrong.encode());
        assert_eq!(read, Err(Malformed::NotCanonical));
    }
    let elsewhere = OpId(Hash32([9; 32]));
    let message = ana.message(said("bonjour"));
    let place = ana.place(Audience::Channel(elsewhere));
    let refused = ana.try_says(place, &message).err();
    assert_eq!(refused, Some(SealError::Message));

    type Spoilt = (fn(&mut EntryPlace), SealError);
    let spoilt: [Spoilt; 3] = [
        (
            |place| place.prev = Some(EntryId(Hash32::MIN)),
            EntryFault::Previous.into(),
        ),
        (
            |place| place.heads = list(Vec::new()),
            EntryFault::Heads.into(),
        ),
        (|place| place.log.device.0[0] ^= 1, SealError::OtherDevice),
    ];
    for (change, expected) in spoilt {
        let mut place = ana.place(Audience::Community);
        change(&mut place);
        assert_eq!(ana.try_says(place, &message).err(), Some(expected));
    }
    let mut at = ana.at();
    at.iteration += 1;
    let refused = protocol::content::seal(
        ana.place(Audience::Community),
        at,
        &ana.record,
        &message,
        &ana.signing,
        &mut ana.rng,
    );
    assert_eq!(refused.err(), Some(SealError::Position));
}

#[test]
fn what_its_author_should_not_have_sealed_has_its_fault() {
    let mut ana = Author::new(9);
    let sealed = ana.says("bonjour");
    let message = sealed.entry.open(&sealed.key).unwrap();
    let (key, bare) = (sealed.key, sealed.entry.without_key());
    let read = |audience, padded: &[u8]| {
        let mut entry = bare.entry().clone();
        entry.header.audience = audience;
        // The length is part of what the text is sealed for.
        entry.header.content_len = u32::try_from(padded.len() + aead::TAG_LEN).unwrap();
        let place = entry.header.place();
        let content = aead::seal(key.as_bytes(), &[0; 24], place.as_bytes(), padded);
        entry.content = content.try_into().unwrap();
        ana.read_with(&ana.signs(entry), &key)
    };
    let padded = message.encode();
    let (all, here) = (Audience::Community, Audience::Channel(CHANNEL));
    assert_eq!(read(all, &padded).as_ref(), Ok(&message));
    assert_eq!(read(here, &padded).as_ref(), Ok(&message));
    let elsewhere = Audience::Channel(OpId(Hash32([9; 32])));
    assert_eq!(read(elsewhere, &padded), Err(EntryFault::OtherChannel));
    let none = [Vec::new(), vec![0; 256], wire::encode_v1(&message)];
    for other in none {
        let fault = EntryFault::Message(Malformed::NotCanonical);
        assert_eq!(read(all, &other), Err(fault));
    }
}

#[test]
fn the_largest_messages_fit() {
    let mut ana = Author::new(7);
    let target = reference(u8::MAX);
    let chunk = ChannelEvent::Chunk {
        target,
        index: u16::MAX,
        count: u16::MAX,
        whole: Hash32([5; 32]),
        media: name(&"m".repeat(limits::MEDIA_BYTES_MAX)),
        bytes: vec![1; limits::CHUNK_BYTES_MAX].try_into().unwrap(),
    };
    let mentions = vec![Mention::Account(AccountId::MAX); limits::MENTIONS_MAX];
    let reply = ChannelEvent::Reply {
        to: target,
        body: name(&"t".repeat(limits::TEXT_BYTES_MAX)),
        mentions: list(mentions),
        thread: Some(target),
    };
    for event in [chunk, reply] {
        let mut message = ana.message(event);
        message.seen = list((1..5).map(reference).collect());
        let mut place = ana.place(Audience::Channel(CHANNEL));
        place.heads = list((1..9).map(|byte| OpId(Hash32([byte; 32]))).collect());
        let bytes = ana.try_says(place, &message).unwrap().entry.encode();
        let content = wire::padding::BUCKETS[7] + 16;
        assert_eq!(content, limits::ENTRY_CONTENT_BYTES_MAX);
        assert!((content..limits::ENTRY_BYTES_MAX).contains(&bytes.len()));
        assert!(ana.read(&bytes, &ana.known()).is_ok());
    }
}

#[test]
fn keys_and_texts_stay_out_of_debug_output() {
    let mut ana = Author::new(8);
    let sealed = ana.says("bonjour");
    let shown = format!("{sealed:?}");
    assert!(!shown.contains("bonjour"), "{shown}");
    assert!(shown.contains("EntryKey(secret)"), "{shown}");
}
