//! Golden file of all frames, and what is refused. `bytes` is what stands on the link: version byte 1 ‖ postcard.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::control::OpId;
use protocol::control::body::LogId;
use protocol::fuzzing::samples;
use protocol::limits;
use protocol::link::{CommunityFrame, Frame};
use protocol::session::PrekeyOffer;
use protocol::wire::{Malformed, encode};
use serde_json::{Value, json};

#[path = "vectors/support.rs"]
mod support;
use support::{golden, hex, unhex};

/// The fields of a frame. A new variant does not compile until it stands here.
fn fields(frame: &Frame) -> Value {
    match frame {
        Frame::Hello {
            version,
            role,
            nonce,
        } => {
            json!({ "version": version, "role": format!("{role:?}"), "nonce": hex(nonce) })
        }
        Frame::Tags { last, tags } => {
            let tags: Vec<_> = tags.iter().map(|tag| hex(tag)).collect();
            json!({ "last": last, "tags": tags })
        }
        Frame::Match { index, mac } => json!({ "index": index, "mac": hex(mac) }),
        Frame::NoMatch { padding, more } => json!({ "padding": hex(padding), "more": more }),
        Frame::Proof { mac } => json!({ "mac": hex(mac) }),
        Frame::Card { name, bundle } => {
            json!({ "name": name.as_str(), "bundle": hex(&encode(bundle)) })
        }
        Frame::Seek { tag } => json!({ "tag": hex(tag) }),
        Frame::Introduce { bundle } | Frame::Bundle { bundle } => {
            json!({ "bundle": hex(&encode(bundle)) })
        }
        Frame::PrekeyFetch => json!({}),
        Frame::Prekeys { offer } => offer_fields(offer),
        Frame::Sealed { hint, kind, bytes } => {
            json!({ "hint": hex(&hint.0), "kind": format!("{kind:?}"), "bytes": hex(bytes) })
        }
        Frame::SessionReset { hash, mac } => {
            json!({ "hash": hex(hash.as_bytes()), "mac": hex(mac) })
        }
        Frame::Presence { state } => json!({ "state": state }),
        Frame::Typing { on } => json!({ "on": on }),
        Frame::Community(frame) => community_fields(frame),
    }
}

fn community_fields(frame: &CommunityFrame) -> Value {
    let op = |id: &OpId| hex(id.0.as_bytes());
    match frame {
        CommunityFrame::Knock { tag } | CommunityFrame::Answer { tag } => {
            json!({ "tag": hex(tag) })
        }
        CommunityFrame::Ask { community, joining } => {
            let joining = hex(&encode(joining));
            json!({ "community": hex(community.0.as_bytes()), "joining": joining })
        }
        CommunityFrame::Refused { community, why } => {
            json!({ "community": hex(community.0.as_bytes()), "why": format!("{why:?}") })
        }
        CommunityFrame::Heads {
            community,
            heads,
            contents,
            wants,
        } => json!({
            "community": hex(community.0.as_bytes()),
            "heads": heads.iter().map(op).collect::<Vec<_>>(),
            "contents": hex(contents.as_bytes()),
            "wants": wants,
        }),
        CommunityFrame::Ops {
            community,
            ops,
            more,
        } => json!({
            "community": hex(community.0.as_bytes()),
            "ops": ops.iter().map(|op| hex(op)).collect::<Vec<_>>(),
            "more": more,
        }),
        CommunityFrame::SecretWanted { community, epoch } => {
            json!({ "community": hex(community.0.as_bytes()), "epoch": op(epoch) })
        }
        frame => contents_fields(frame),
    }
}

/// The same of frames about content logs.
fn contents_fields(frame: &CommunityFrame) -> Value {
    match frame {
        CommunityFrame::Logs {
            community,
            logs,
            wants,
        } => {
            let logs = logs.iter().map(|(log, next, head)| {
                let (log, head) = (log_fields(log), hex(head.0.as_bytes()));
                json!({ "log": log, "next": next, "head": head })
            });
            json!({
                "community": hex(community.0.as_bytes()),
                "logs": logs.collect::<Vec<_>>(),
                "wants": wants,
            })
        }
        CommunityFrame::Entries {
            community,
            entries,
            more,
        } => json!({
            "community": hex(community.0.as_bytes()),
            "entries": entries.iter().map(|entry| hex(entry)).collect::<Vec<_>>(),
            "more": more,
        }),
        CommunityFrame::KeysWanted { community, entries } => {
            let entries = entries.iter();
            let entries = entries.map(|(log, seq)| json!({ "log": log_fields(log), "seq": seq }));
            json!({
                "community": hex(community.0.as_bytes()),
                "entries": entries.collect::<Vec<_>>(),
            })
        }
        CommunityFrame::Beyond {
            community,
            log,
            from,
        } => json!({
            "community": hex(community.0.as_bytes()),
            "log": log_fields(log),
            "from": from,
        }),
        _ => Value::Null,
    }
}

fn log_fields(log: &LogId) -> Value {
    json!({ "device": hex(log.device.as_bytes()), "incarnation": log.incarnation })
}

fn offer_fields(offer: &PrekeyOffer) -> Value {
    let one_time = offer.one_time.as_ref();
    json!({
        "registration_id": offer.registration_id,
        "signed_id": offer.signed_id,
        "signed_public": hex(&offer.signed_public),
        "signed_sig": hex(&offer.signed_sig),
        "kyber_id": offer.kyber_id,
        "kyber_public": hex(&offer.kyber_public),
        "kyber_sig": hex(&offer.kyber_sig),
        "one_time": one_time.map(|key| json!({ "id": key.id, "public": hex(&key.public) })),
    })
}

/// Every variant: the golden file must have each.
const VARIANTS: [&str; 25] = [
    "hello",
    "tags",
    "match",
    "no-match",
    "proof",
    "card",
    "seek",
    "introduce",
    "prekey-fetch",
    "prekeys",
    "sealed",
    "session-reset",
    "bundle",
    "presence",
    "typing",
    "knock",
    "answer",
    "ask",
    "refused",
    "heads",
    "ops",
    "secret-wanted",
    "logs",
    "entries",
    "keys-wanted",
];

#[test]
fn every_frame_is_frozen() {
    let samples = samples::frames();
    let rows: Vec<_> = samples
        .iter()
        .map(|frame| {
            json!({ "frame": frame.name(), "fields": fields(frame), "bytes": hex(&frame.encode()) })
        })
        .collect();
    let file = golden("frames", &json!(rows));
    let rows = file.as_array().unwrap();
    for (frame, row) in samples.iter().zip(rows) {
        let bytes = unhex(&row["bytes"]);
        assert_eq!(
            Frame::decode(&bytes).as_ref(),
            Ok(frame),
            "{}",
            frame.name()
        );
        assert_eq!(frame.encode(), bytes, "{}", frame.name());
    }
    for variant in VARIANTS {
        assert!(
            rows.iter().any(|row| row["frame"] == variant),
            "{variant} has no vector"
        );
    }
}

#[test]
fn a_match_and_its_absence_have_one_size() {
    let length = |name| {
        let frames = samples::frames();
        frames
            .iter()
            .find(|frame| frame.name() == name)
            .unwrap()
            .encode()
            .len()
    };
    assert_eq!(length("match"), length("no-match"));
}

/// The bytes of the first sample of this name.
fn of(name: &str) -> Vec<u8> {
    let frames = samples::frames();
    let frame = frames.iter().find(|frame| frame.name() == name);
    frame.unwrap().encode()
}

/// Spellings that must be refused, each a small change of a frozen one.
fn refused() -> Vec<(&'static str, Vec<u8>)> {
    let (hello, tags, card) = (of("hello"), of("tags"), of("card"));
    let (typing, sealed, offer) = (of("typing"), of("sealed"), of("prekeys"));
    // version, variant, hint of 16 bytes, kind: then the length of the ciphertext.
    let sealed_len = 1 + 1 + 16 + 1;
    vec![
        ("no bytes", vec![]),
        ("version 0", [&[0], &typing[1..]].concat()),
        ("version 2", [&[2], &typing[1..]].concat()),
        ("a byte behind the end", [&typing[..], &[0]].concat()),
        ("cut by one byte", typing[..typing.len() - 1].to_vec()),
        ("an unknown frame", vec![1, 16]),
        (
            "a variant in two bytes",
            [&[1, typing[1] | 0x80, 0], &typing[2..]].concat(),
        ),
        ("an unknown role", [&hello[..3], &[1], &hello[4..]].concat()),
        (
            "typing is neither yes nor no",
            [&typing[..typing.len() - 1], &[2]].concat(),
        ),
        ("65 tags", [&tags[..3], &[65], &[9; 65 * 8]].concat()),
        (
            "more tags claimed than there are",
            [&tags[..3], &[64], &[9; 63 * 8]].concat(),
        ),
        (
            "a count in two bytes",
            [&tags[..3], &[0xc0, 0], &tags[4..]].concat(),
        ),
        (
            "a name of 129 bytes",
            [&card[..2], &[0x81, 1], &[b'a'; 129], &card[6..]].concat(),
        ),
        (
            "a name that is not UTF-8",
            [&card[..3], &[0xff], &card[4..]].concat(),
        ),
        (
            "4 GiB of ciphertext claimed",
            [&sealed[..sealed_len], &[0xff, 0xff, 0xff, 0xff, 0x0f]].concat(),
        ),
        ("a one-time key that is neither there nor not", {
            let at = offer.len() - 1 - 1 - 33;
            assert_eq!(
                offer[at], 1,
                "the sample offer has a one-time key with an id of one byte"
            );
            [&offer[..at], &[2], &offer[at + 1..]].concat()
        }),
    ]
}

/// The same of frames about a community.
fn refused_communities() -> Vec<(&'static str, Vec<u8>)> {
    let (refused, heads) = (of("refused"), of("heads"));
    let (ops, logs, entries) = (of("ops"), of("logs"), of("entries"));
    let keys = of("keys-wanted");
    // version, frame, variant, community: then the length of the list.
    let list = 1 + 1 + 1 + 32;
    let claims = |frame: &[u8], count: &[u8], bytes: usize| {
        let values = vec![0; bytes];
        [&frame[..list], count, &values].concat()
    };
    vec![
        ("an unknown frame about a community", vec![1, 15, 10]),
        (
            "a reason to refuse that is not known",
            [&refused[..list], &[9]].concat(),
        ),
        ("65 heads", claims(&heads, &[65], 65 * 32 + 33)),
        (
            "heads that are neither asked for nor not",
            [&heads[..heads.len() - 1], &[2]].concat(),
        ),
        ("129 ops", claims(&ops, &[0x81, 1], 129 + 1)),
        ("601 logs", claims(&logs, &[0xd9, 4], 601)),
        ("257 entries", claims(&entries, &[0x81, 2], 257 + 1)),
        ("65 wanted keys", claims(&keys, &[65], 65 * 34)),
        ("a list cut off", keys[..keys.len() - 1].to_vec()),
    ]
}

#[test]
fn refused_frames_are_frozen() {
    let cases = [refused(), refused_communities()].concat();
    let rows: Vec<_> = cases
        .iter()
        .map(|(name, bytes)| {
            let verdict = Frame::decode(bytes).expect_err(name);
            json!({ "name": name, "bytes": hex(bytes), "verdict": format!("{verdict:?}") })
        })
        .collect();
    golden("frames_refused", &json!(rows));
}

#[test]
fn a_frame_over_its_limit_is_not_read() {
    let long = vec![1; limits::FRAME_MAX + 1];
    let refused = Malformed::TooLong {
        len: long.len(),
        max: limits::FRAME_MAX,
    };
    assert_eq!(Frame::decode(&long), Err(refused));
}
