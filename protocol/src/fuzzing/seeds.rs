//! The corpus as far as it is made from real objects: `UPDATE_CORPUS=1 cargo test -p lescopains-protocol --test
//! fuzz_corpus` writes it.

mod logs;

pub(super) use logs::{content_entries, control_ops};

use super::samples;
use super::sessions::WORLD;
use crate::identity::{DeviceRevoke, RecoveryWords, RevokeReason};
use crate::link::Frame;
use crate::wire;

type Seeds = Vec<(String, Vec<u8>)>;

fn named(seeds: impl IntoIterator<Item = (&'static str, Vec<u8>)>) -> Seeds {
    seeds
        .into_iter()
        .map(|(name, bytes)| (name.replace(' ', "-"), bytes))
        .collect()
}

/// Every kind of frame.
pub(super) fn frames() -> Seeds {
    let frames = samples::frames();
    let numbered = frames.iter().enumerate();
    numbered
        .map(|(n, frame)| (format!("{n:02}-{}", frame.name()), Frame::encode(frame)))
        .collect()
}

/// Every kind of content.
pub(super) fn envelopes() -> Seeds {
    named(
        samples::envelopes()
            .into_iter()
            .map(|(name, envelope)| (name, envelope.encode())),
    )
}

/// Every kind of row.
pub(super) fn rows() -> Seeds {
    named(
        samples::rows()
            .into_iter()
            .map(|(name, row)| (name, wire::encode(&row))),
    )
}

/// Identities: confirmed, not confirmed, revoked.
pub(super) fn identities() -> Seeds {
    let confirmed = samples::ana();
    let mut fresh = samples::bo();
    fresh.unconfirmed = Some(RecoveryWords::from_entropy(&[2; 32]));
    let mut revoked = samples::ana();
    let account = samples::account(1);
    let revoke = DeviceRevoke::issue(
        &account,
        revoked.device,
        RevokeReason::LOST,
        samples::at(60),
    );
    revoked.bundle = revoked.bundle.with_revoke(revoke).unwrap();
    let all = [
        ("confirmed", confirmed),
        ("not confirmed", fresh),
        ("revoked", revoked),
    ];
    named(all.map(|(name, local)| (name, local.encode().to_vec())))
}

/// Bundles of every shape.
pub(super) fn bundles() -> Seeds {
    named(
        samples::bundles()
            .into_iter()
            .map(|(name, bundle)| (name, wire::encode(&bundle))),
    )
}

/// Both kinds of offer.
pub(super) fn offers() -> Seeds {
    let [live, last_resort] = samples::offers().map(|offer| wire::encode(&offer));
    named([("live", live), ("last resort", last_resort)])
}

/// Links with every form of hints, as made and as pasted, whole and cut.
pub(super) fn links() -> Seeds {
    pasted(&samples::links())
}

/// The same of invites.
pub(super) fn join_links() -> Seeds {
    pasted(&samples::join_links())
}

fn pasted(links: &[impl ToString]) -> Seeds {
    let texts: Vec<_> = links.iter().map(ToString::to_string).collect();
    let whole = texts
        .iter()
        .enumerate()
        .map(|(n, text)| (format!("whole-{n}"), text.clone()));
    let mut seeds: Vec<_> = whole.collect();
    let (first, middle) = (&texts[3], texts[3].len() / 2);
    seeds.push((
        "pasted".to_owned(),
        format!(" {}\n {} ", &first[..middle], &first[middle..]),
    ));
    seeds.push(("shouted".to_owned(), first.to_uppercase()));
    seeds.push(("cut".to_owned(), first[..middle].to_owned()));
    seeds.push(("end-only".to_owned(), first[15..].to_owned()));
    seeds.push(("other-version".to_owned(), first.replace("/1/", "/2/")));
    seeds
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect()
}

/// Phrases as made and as typed, and two that are none.
pub(super) fn phrases() -> Seeds {
    let phrase = |entropy| RecoveryWords::from_entropy(&entropy).phrase().to_string();
    let zeros = phrase([0; 32]);
    let typed = phrase([0xa7; 32]).replace(' ', "\n ").to_uppercase();
    let short = zeros.rsplit_once(' ').unwrap().0.to_owned();
    let swapped = zeros.replacen("abandon", "zoo", 1);
    let all = [
        ("zeros", zeros),
        ("typed", typed),
        ("short", short),
        ("one wrong", swapped),
    ];
    named(all.map(|(name, text)| (name, text.into_bytes())))
}

/// Real ciphertexts as they are, with other headers, with other fields, and the bytes of some.
pub(super) fn session_messages() -> Seeds {
    let names = [
        "next",
        "after next",
        "repeated",
        "last resort",
        "live",
        "first",
        "of another",
    ];
    let whole = (1..).zip(names).map(|(base, name)| (name, vec![base, 0]));
    let mut seeds: Vec<_> = whole.collect();
    let chunk = [vec![1, 1, 1, 1, 0], vec![0xff; 32]].concat();
    let headers: [(&str, &[u8]); 6] = [
        ("header plain", &[1, 1, 0, 0]),
        ("header chunk", &chunk),
        ("header short", &[1, 1, 0]),
        ("header empty", &[]),
        ("header v0", &[0]),
        (
            "header long varint",
            &[
                1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 0, 0,
            ],
        ),
    ];
    seeds.extend(headers.map(|(name, header)| (name, [&[1, 1], header].concat())));
    seeds.push(("first header plain", vec![4, 1, 1, 1, 0, 0]));
    let zero_key = [&[5], [0; 32].as_slice()].concat();
    seeds.push((
        "zero ratchet key",
        [&[1, 2, 1], zero_key.as_slice()].concat(),
    ));
    seeds.push(("zero base key", [&[4, 3, 2], zero_key.as_slice()].concat()));
    seeds.push(("zero identity", [&[5, 3, 3], zero_key.as_slice()].concat()));
    seeds.push(("one bit", vec![1, 0, 40, 0, 1]));
    seeds.push((
        "raw later",
        [&[0, 0], WORLD.sealed[0].bytes.as_slice()].concat(),
    ));
    seeds.push((
        "raw first",
        [&[0, 1], WORLD.sealed[3].bytes.as_slice()].concat(),
    ));
    named(seeds)
}

// Sequences for two cores: see `cores` for what the numbers are.
const MEET: [u8; 3] = [0, 0, 9];
const SEND: [u8; 3] = [12, 0, 0];
const THEY_SEND: [u8; 3] = [13, 0, 0];

/// Both meet, and each says something.
fn talk() -> Vec<u8> {
    [&MEET[..], &SEND, &[9], &THEY_SEND, &[9]].concat()
}

/// Sequences of what happens to two cores.
pub(super) fn inputs() -> Seeds {
    let all = sayings()
        .into_iter()
        .chain(deliveries())
        .chain(crashes())
        .chain(devices())
        .chain(hostilities());
    named(all)
}

/// What two persons do with each other.
fn sayings() -> [(&'static str, Vec<u8>); 6] {
    let talk = talk();
    let strangers = [1, 0, 3, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0, 0, 3, 0, 5, 0, 0, 0].as_slice();
    let effects: Vec<u8> = (3..6).flat_map(|kind| [12, kind, 0, 0, 0, 9]).collect();
    let people: Vec<u8> = (6..15)
        .flat_map(|kind| [12, kind, 0, 0])
        .chain([9])
        .collect();
    let requests = [
        &[1, 0][..],
        &[12, 9, 0, 13, 9, 0, 9],
        &MEET,
        &[12, 6, 0, 9, 13, 8, 0, 9],
    ]
    .concat();
    [
        ("talk", talk.clone()),
        ("strangers", [strangers, &talk].concat()),
        ("every effect", [&talk[..], &effects].concat()),
        (
            "long pause",
            [&talk[..], &[10, 23, 9], &SEND, &[9]].concat(),
        ),
        ("people", [&talk[..], &people].concat()),
        ("from the start", requests),
    ]
}

/// What a network does to frames.
fn deliveries() -> [(&'static str, Vec<u8>); 6] {
    let deliver_all = [4, 4, 4, 4, 4, 8, 8, 8, 8, 8].repeat(2);
    let garbage = [1, 1, 2, 0, 4, 0, 1, 0, 1, 0, 2, 0, 3, 0, 2, 9, 9].as_slice();
    [
        (
            "step by step",
            [&[0, 1][..], &deliver_all, &THEY_SEND, &[14, 1, 4, 9]].concat(),
        ),
        ("garbage", [garbage, &talk()].concat()),
        (
            "lost and late",
            [&MEET[..], &THEY_SEND, &[14, 1, 7, 10, 12, 9, 10, 16, 9]].concat(),
        ),
        (
            "altered",
            [&MEET[..], &THEY_SEND, &[14, 1, 5, 60, 0, 1, 10, 12, 9]].concat(),
        ),
        ("twice", [&MEET[..], &THEY_SEND, &[14, 1, 6, 9]].concat()),
        (
            "cut and again",
            [&talk()[..], &[11, 0], &THEY_SEND, &MEET].concat(),
        ),
    ]
}

/// Devices that die and come back.
fn crashes() -> [(&'static str, Vec<u8>); 3] {
    let crash = [&MEET[..], &SEND, &[14, 2, 8, 15, 0], &MEET, &SEND, &[9]].concat();
    // Both batches that carry a ciphertext are still open when the device dies.
    let unsynced = [
        &MEET[..],
        &SEND,
        &[8, 14, 2, 15, 0],
        &MEET,
        &SEND,
        &[14, 2, 9],
    ]
    .concat();
    [
        ("crash", [&crash[..], &THEY_SEND, &[9]].concat()),
        ("crash unsynced", [&unsynced[..], &THEY_SEND, &[9]].concat()),
        (
            "they crash",
            [&talk()[..], &THEY_SEND, &[15, 1], &MEET, &[10, 12, 9]].concat(),
        ),
    ]
}

/// Accounts whose devices change.
fn devices() -> [(&'static str, Vec<u8>); 2] {
    let talk = talk();
    [
        (
            "second device",
            [&talk[..], &[13, 13, 0, 1, 9], &SEND, &[9], &THEY_SEND, &[9]].concat(),
        ),
        (
            "revoked",
            [
                &talk[..],
                &SEND,
                &[13, 13, 0, 2, 9],
                &SEND,
                &MEET,
                &[13, 13, 0, 3, 9],
            ]
            .concat(),
        ),
    ]
}

/// What a contact with its own program sends.
fn hostilities() -> [(&'static str, Vec<u8>); 4] {
    let talk = talk();
    [
        (
            "hostile contents",
            [&talk[..], &every_content(), &[9], &THEY_SEND, &[9]].concat(),
        ),
        (
            "hostile times",
            [
                &talk[..],
                &[16, 0, 5, 1, 1, 0, 0, 0, 0, 5, 9],
                &THEY_SEND,
                &SEND,
                &[9],
            ]
            .concat(),
        ),
        (
            "hostile bytes",
            [
                &talk[..],
                &[16, 0, 0, 4, 0, 2, 0, 0, 0, 9],
                &THEY_SEND,
                &[9],
            ]
            .concat(),
        ),
        (
            "hostile twice",
            [
                &talk[..],
                &[
                    16, 0, 5, 9, 57, 0, 0, 0, 0, 9, 9, 16, 0, 5, 9, 58, 0, 0, 0, 0, 10, 9,
                ],
            ]
            .concat(),
        ),
    ]
}

/// Every content, about every message, as the contact may say it.
fn every_content() -> Vec<u8> {
    let contents = 1..=u8::try_from(samples::envelopes().len()).unwrap_or(u8::MAX);
    contents
        .flat_map(|n| [16, 0, n, 100 + n, 0, n % 3, 0, 0, 0, 100 + n])
        .collect()
}
