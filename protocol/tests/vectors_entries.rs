//! Golden files of content entries: every kind of event once, and some that must be refused.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use author::{Author, CHANNEL, list, name, reference};
use protocol::content::{
    Audience, ChannelEvent, ContentMessage, Entry, EntryFault, Mention, Sealed, UnverifiedEntry,
};
use protocol::control::OpId;
use protocol::crypto::Hash32;
use protocol::identity::AccountId;
use protocol::message::MessageRef;
use protocol::wire;
use serde_json::{Value, json};

#[path = "vectors/author.rs"]
mod author;
#[path = "vectors/support.rs"]
mod support;
use support::{golden, hex, unhex};

/// Every kind of event, with every shape of field.
fn events() -> Vec<ChannelEvent> {
    let target = reference(9);
    vec![
        ChannelEvent::Text {
            body: name("Salut à tous 🎉"),
            mentions: list(vec![
                Mention::Account(AccountId([10; 32])),
                Mention::Role(OpId(Hash32([11; 32]))),
                Mention::Everyone,
            ]),
            thread: None,
        },
        ChannelEvent::Reply {
            to: target,
            body: name("oui"),
            mentions: list(Vec::new()),
            thread: Some(reference(8)),
        },
        ChannelEvent::Edit {
            target,
            body: name("Salut à toutes et à tous"),
        },
        ChannelEvent::Delete { target },
        ChannelEvent::React {
            target,
            emoji: name("🍎"),
            on: true,
        },
        ChannelEvent::Redact {
            targets: list(vec![reference(7), reference(8)]),
            reason: name("assez"),
        },
        ChannelEvent::Pin { target, on: false },
        ChannelEvent::Thread {
            root: target,
            name: name("samedi"),
        },
        ChannelEvent::Chunk {
            target,
            index: 0,
            count: 300,
            whole: Hash32([12; 32]),
            media: name("image/png"),
            bytes: vec![13; 40].try_into().unwrap(),
        },
    ]
}

/// One log: each event in an entry of its own, every second one in a private channel.
fn log() -> (Author, Vec<(ContentMessage, Sealed)>) {
    let mut ana = Author::new(21);
    let mut entries = Vec::new();
    for (number, event) in events().into_iter().enumerate() {
        let private = number % 2 == 1;
        let audience = if private {
            Audience::Channel(CHANNEL)
        } else {
            Audience::Community
        };
        let message = ana.message(event);
        let mut place = ana.place(audience);
        place.lives = private.then_some(3_600);
        let mut sealed = ana.try_says(place, &message).unwrap();
        if number == 3 {
            sealed.entry = sealed.entry.without_key();
        }
        entries.push((message, sealed));
    }
    (ana, entries)
}

fn told_reference(reference: &MessageRef) -> Value {
    json!({ "author": hex(reference.author.as_bytes()), "id": hex(&reference.id.0) })
}

/// What a reader must find in an entry.
fn told(message: &ContentMessage, sealed: &Sealed) -> Value {
    let entry = sealed.entry.entry();
    let header = &entry.header;
    let (audience, channel) = match header.audience {
        Audience::Community => (0, None),
        Audience::Channel(channel) => (1, Some(hex(channel.0.as_bytes()))),
    };
    let plaintext = wire::encode_v1(message);
    // Behind the version, the id, the channel and what was seen.
    let event = 1 + 16 + 32 + 1 + 48 * message.seen.len();
    json!({
        "id": hex(entry.id().0.as_bytes()),
        "community": hex(header.community.0.as_bytes()),
        "device": hex(header.log.device.as_bytes()),
        "incarnation": header.log.incarnation,
        "seq": header.seq,
        "prev": header.prev.map(|prev| hex(prev.0.as_bytes())),
        "hlc": header.hlc.as_bits(),
        "heads": header.heads.iter().map(|head| hex(head.0.as_bytes())).collect::<Vec<_>>(),
        "audience": { "kind": audience, "channel": channel },
        "epoch": hex(header.epoch.0.as_bytes()),
        "chain": hex(&header.chain.0),
        "key_id": header.key_id,
        "iteration": header.iteration,
        "commit": hex(header.commit.as_bytes()),
        "content_hash": hex(header.content_hash.as_bytes()),
        "content_len": header.content_len,
        "lives": header.lives,
        "key_hash": hex(entry.key_hash.as_bytes()),
        "sig": hex(entry.sig.as_bytes()),
        "sealed_key": hex(&entry.key),
        "ek": hex(sealed.key.as_bytes()),
        "message": {
            "id": hex(&message.id.0),
            "channel": hex(message.channel.0.as_bytes()),
            "seen": message.seen.iter().map(told_reference).collect::<Vec<_>>(),
            "kind": plaintext[event],
            "event": hex(&plaintext[event..]),
        },
        "bytes": hex(&sealed.entry.encode()),
    })
}

#[test]
fn entries_are_frozen() {
    let (ana, entries) = log();
    let told: Vec<Value> = entries
        .iter()
        .map(|(message, sealed)| told(message, sealed))
        .collect();
    let file = golden(
        "entries",
        &json!({
            "dsk_pub": hex(ana.signing.verify_key().as_bytes()),
            "distribution": hex(&ana.told.bytes),
            "entries": told,
        }),
    );
    let mut record = ana.known();
    for (entry, (message, sealed)) in file["entries"].as_array().unwrap().iter().zip(&entries) {
        let bytes = unhex(&entry["bytes"]);
        let read = ana.verified(&bytes).unwrap();
        assert_eq!(read.encode(), bytes);
        assert_eq!(read.open(&sealed.key).as_ref(), Ok(message));
        if entry["sealed_key"] != json!("") {
            record = read.open_key(&record).unwrap().1;
        }
    }
}

/// Why it is refused, what is refused, and with which fault.
type Refused = (&'static str, Vec<u8>, &'static str);

/// An author and one good entry of its log.
fn good() -> (Author, Entry) {
    let mut ana = Author::new(22);
    ana.says("avant");
    let good = ana.says("bonjour").entry.entry().clone();
    (ana, good)
}

fn with_last_bit(mut bytes: Vec<u8>) -> Vec<u8> {
    *bytes.last_mut().unwrap() ^= 1;
    bytes
}

/// Bytes that are no entry, or whose parts do not fit each other.
fn refused_bytes() -> Vec<Refused> {
    let (_, good) = good();
    let bytes = good.encode();
    let version = [&[2], &bytes[1..]].concat();
    let cut = bytes[..bytes.len() - 1].to_vec();
    let longer = [&bytes[..], &[0]].concat();
    let mut length = good.clone();
    length.header.content_len += 1;
    let mut key = good;
    key.key = with_last_bit(key.key.to_vec()).try_into().unwrap();
    vec![
        (
            "a version that is not known",
            version,
            "UnknownVersion { found: 2 }",
        ),
        ("cut off", cut, "Truncated"),
        ("a byte behind its end", longer, "NotCanonical"),
        ("nothing", Vec::new(), "Truncated"),
        ("another length", length.encode(), "ContentLength"),
        ("another ciphertext", with_last_bit(bytes), "ContentHash"),
        ("another sealed key", key.encode(), "KeyHash"),
    ]
}

/// Entries that their own device signed as they are.
fn refused_headers() -> Vec<Refused> {
    type Change = fn(&mut Entry);
    let cases: [(&str, Change, &str); 8] = [
        (
            "no heads",
            |entry| entry.header.heads = list(Vec::new()),
            "Heads",
        ),
        (
            "heads that descend",
            |entry| {
                let heads = entry.header.heads.iter().rev().copied();
                entry.header.heads = list(heads.collect());
            },
            "Heads",
        ),
        (
            "a later entry without predecessor",
            |entry| entry.header.prev = None,
            "Previous",
        ),
        (
            "a first entry with a predecessor",
            |entry| entry.header.seq = 0,
            "Previous",
        ),
        (
            "beyond its chain",
            |entry| entry.header.iteration = 1_000,
            "ChainEnd",
        ),
        (
            "a sealed key that is none",
            |entry| entry.key = vec![0x33; 100].try_into().unwrap(),
            "SealedKey",
        ),
        (
            "another place in the chain",
            |entry| entry.header.iteration = 7,
            "KeyPosition",
        ),
        (
            "another chain",
            |entry| entry.header.chain.0 = [0; 16],
            "KeyPosition",
        ),
    ];
    let (ana, good) = good();
    let signed = cases.into_iter().map(|(why, change, verdict)| {
        let mut entry = good.clone();
        change(&mut entry);
        (why, ana.signs(entry), verdict)
    });
    signed.collect()
}

/// The name of a fault as the file states it.
fn verdict(fault: EntryFault) -> String {
    match fault {
        EntryFault::Malformed(malformed) => format!("{malformed:?}"),
        EntryFault::SealedKey(_) => "SealedKey".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn refused_entries_are_frozen() {
    let refused = [refused_bytes(), refused_headers()].concat();
    let said: Vec<Value> = refused
        .iter()
        .map(|(why, bytes, verdict)| json!({ "why": why, "bytes": hex(bytes), "verdict": verdict }))
        .collect();
    let file = golden("entries_refused", &json!({ "refused": said }));
    for entry in file["refused"].as_array().unwrap() {
        let fault = UnverifiedEntry::decode(&unhex(&entry["bytes"])).unwrap_err();
        assert_eq!(json!(verdict(fault)), entry["verdict"], "{}", entry["why"]);
    }
}
