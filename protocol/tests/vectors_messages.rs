//! Golden file of all plaintexts: every content, event and step inside its envelope, and what is refused.
//!
//! `bytes` is the envelope before padding (version byte 1 ‖ postcard); the session encrypts it padded to `padded_len`.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::content::Audience;
use protocol::fuzzing::samples;
use protocol::limits;
use protocol::message::{
    CommunityMessage, ContactStep, Content, DirectEvent, DirectMessage, Envelope, Evidence,
    KeyMessage, MessageRef, Report,
};
use protocol::wire::padding::padded_len;
use protocol::wire::{Malformed, encode_v1, pad};
use serde_json::{Value, json};

#[path = "vectors/support.rs"]
mod support;
use support::{golden, hex, unhex};

fn reference(message: &MessageRef) -> Value {
    json!({ "author": hex(message.author.as_bytes()), "id": hex(&message.id.0) })
}

/// The name of a variant and its fields. A new variant does not compile until it stands here.
fn content(content: &Content) -> (&'static str, Value) {
    match content {
        Content::Contact { id, step } => {
            let (kind, fields) = step_fields(step);
            (kind, json!({ "id": hex(&id.0), "step": fields }))
        }
        Content::Direct(message) => {
            let DirectMessage {
                id,
                to,
                hlc,
                seen,
                event,
            } = message;
            let (kind, fields) = event_fields(event);
            let seen: Vec<_> = seen.iter().map(reference).collect();
            let (id, to) = (hex(&id.0), hex(to.as_bytes()));
            (
                kind,
                json!({ "id": id, "to": to, "hlc": hlc.as_bits(), "seen": seen, "event": fields }),
            )
        }
        Content::Ack(ids) => {
            let ids: Vec<_> = ids.iter().map(|id| hex(&id.0)).collect();
            ("Ack", json!({ "ids": ids }))
        }
        Content::Community(message) => {
            let CommunityMessage { id, community, key } = message;
            let (kind, fields) = key_fields(key);
            let community = hex(community.0.as_bytes());
            (
                kind,
                json!({ "id": hex(&id.0), "community": community, "key": fields }),
            )
        }
    }
}

fn key_fields(key: &KeyMessage) -> (&'static str, Value) {
    match key {
        KeyMessage::Secret { epoch, secret } => (
            "Community/Secret",
            json!({ "epoch": hex(epoch.0.as_bytes()), "secret": hex(secret) }),
        ),
        KeyMessage::Chain {
            audience,
            chain,
            distribution,
        } => {
            let audience = audience_field(*audience);
            let (chain, distribution) = (hex(&chain.0), hex(distribution));
            (
                "Community/Chain",
                json!({ "audience": audience, "chain": chain, "distribution": distribution }),
            )
        }
        KeyMessage::Entries { keys, chains } => {
            let keys = keys.iter().map(|(log, seq, key)| {
                let device = hex(log.device.as_bytes());
                let log = json!({ "device": device, "incarnation": log.incarnation });
                json!({ "log": log, "seq": seq, "ek": hex(key.as_bytes()) })
            });
            let keys: Vec<Value> = keys.collect();
            let chains = chains.iter().map(|one| {
                let device = hex(one.device.as_bytes());
                let audience = audience_field(one.audience);
                let (chain, told) = (hex(&one.chain.0), hex(&one.distribution));
                json!({ "device": device, "audience": audience, "chain": chain, "distribution": told })
            });
            let chains: Vec<Value> = chains.collect();
            (
                "Community/Entries",
                json!({ "keys": keys, "chains": chains }),
            )
        }
        KeyMessage::Report(report) => ("Community/Report", report_fields(report)),
    }
}

fn audience_field(audience: Audience) -> Value {
    match audience {
        Audience::Community => json!("community"),
        Audience::Channel(channel) => json!(hex(channel.0.as_bytes())),
    }
}

fn report_fields(report: &Report) -> Value {
    let heads = report.heads.iter().map(|head| hex(head.0.as_bytes()));
    let messages = report.messages.iter().map(|one| {
        let evidence = one.evidence.iter().map(|evidence| match evidence {
            Evidence::Whole { entry, key } => {
                json!({ "entry": hex(entry), "ek": hex(key.as_bytes()) })
            }
            Evidence::Named { log, seq, key } => {
                let device = hex(log.device.as_bytes());
                let log = json!({ "device": device, "incarnation": log.incarnation });
                json!({ "log": log, "seq": seq, "ek": hex(key.as_bytes()) })
            }
        });
        let evidence: Vec<_> = evidence.collect();
        json!({ "message": reference(&one.message), "evidence": evidence })
    });
    json!({
        "heads": heads.collect::<Vec<_>>(),
        "channel": hex(report.channel.0.as_bytes()),
        "reason": report.reason.as_str(),
        "messages": messages.collect::<Vec<_>>(),
    })
}

fn step_fields(step: &ContactStep) -> (&'static str, Value) {
    match step {
        ContactStep::Request {
            bundle,
            name,
            commitment,
        } => {
            let bundle = hex(&protocol::wire::encode(bundle));
            let commitment = hex(commitment.as_bytes());
            let name = name.as_str();
            (
                "Contact/Request",
                json!({ "bundle": bundle, "name": name, "commitment": commitment }),
            )
        }
        ContactStep::Nonce { nonce } => ("Contact/Nonce", json!({ "nonce": hex(nonce) })),
        ContactStep::Reveal { nonce } => ("Contact/Reveal", json!({ "nonce": hex(nonce) })),
        ContactStep::Accept { name } => ("Contact/Accept", json!({ "name": name.as_str() })),
    }
}

fn event_fields(event: &DirectEvent) -> (&'static str, Value) {
    match event {
        DirectEvent::Text { body } => ("Direct/Text", json!({ "body": body.as_str() })),
        DirectEvent::Reply { to, body } => (
            "Direct/Reply",
            json!({ "to": reference(to), "body": body.as_str() }),
        ),
        DirectEvent::Edit { target, body } => (
            "Direct/Edit",
            json!({ "target": reference(target), "body": body.as_str() }),
        ),
        DirectEvent::Delete { target } => ("Direct/Delete", json!({ "target": reference(target) })),
        DirectEvent::React { target, emoji, on } => {
            let target = reference(target);
            (
                "Direct/React",
                json!({ "target": target, "emoji": emoji.as_str(), "on": on }),
            )
        }
        DirectEvent::Read { up_to } => ("Direct/Read", json!({ "up_to": reference(up_to) })),
        DirectEvent::Chunk {
            target,
            index,
            count,
            whole,
            media,
            bytes,
        } => (
            "Direct/Chunk",
            json!({
                "target": reference(target),
                "index": index,
                "count": count,
                "whole": hex(whole.as_bytes()),
                "media": media.as_str(),
                "bytes": hex(bytes),
            }),
        ),
    }
}

/// Every variant: the golden file must have each.
const VARIANTS: [&str; 16] = [
    "Contact/Request",
    "Contact/Nonce",
    "Contact/Reveal",
    "Contact/Accept",
    "Direct/Text",
    "Direct/Reply",
    "Direct/Edit",
    "Direct/Delete",
    "Direct/React",
    "Direct/Read",
    "Direct/Chunk",
    "Ack",
    "Community/Secret",
    "Community/Chain",
    "Community/Entries",
    "Community/Report",
];

#[test]
fn every_content_is_frozen() {
    let samples = samples::envelopes();
    let rows: Vec<_> = samples
        .iter()
        .map(|(name, envelope)| {
            let (kind, fields) = content(&envelope.content);
            let bytes = encode_v1(envelope);
            json!({
                "name": name,
                "kind": kind,
                "binding": hex(envelope.binding.as_bytes()),
                "fields": fields,
                "bytes": hex(&bytes),
                "padded_len": padded_len(bytes.len()),
            })
        })
        .collect();
    let file = golden("messages", &json!(rows));
    let rows = file.as_array().unwrap();
    for ((name, envelope), row) in samples.iter().zip(rows) {
        let padded = pad(unhex(&row["bytes"]));
        assert_eq!(json!(padded.len()), row["padded_len"], "{name}");
        assert_eq!(Envelope::decode(&padded).as_ref(), Ok(envelope), "{name}");
        assert_eq!(envelope.encode(), padded, "{name}");
    }
    for variant in VARIANTS {
        assert!(
            rows.iter().any(|row| row["kind"] == variant),
            "{variant} has no vector"
        );
    }
}

/// The bytes of the sample of this name.
fn plain(name: &str) -> Vec<u8> {
    let samples = samples::envelopes();
    let (_, envelope) = samples.iter().find(|sample| sample.0 == name).unwrap();
    encode_v1(envelope)
}

/// Content starts behind the version byte and the binding.
const CONTENT: usize = 33;

/// Spellings that must be refused, each a small change of a frozen one.
fn refused() -> Vec<(&'static str, Vec<u8>)> {
    let (ack, text, react) = (plain("ack"), plain("text"), plain("react"));
    let mut cases = Vec::new();
    let mut case = |name, bytes| cases.push((name, bytes));
    case("no bytes", vec![]);
    case("version 0", [&[0], &ack[1..]].concat());
    case("version 2", [&[2], &ack[1..]].concat());
    case("a byte behind the end", [&ack[..], &[0]].concat());
    case("cut by one byte", ack[..ack.len() - 1].to_vec());
    case("no content", ack[..CONTENT].to_vec());
    case(
        "an unknown content",
        [&ack[..CONTENT], &[4], &ack[CONTENT + 1..]].concat(),
    );
    case(
        "a content in two bytes",
        [&ack[..CONTENT], &[0x82, 0], &ack[CONTENT + 1..]].concat(),
    );
    case(
        "a count in two bytes",
        [&ack[..=CONTENT], &[0x82, 0], &ack[CONTENT + 2..]].concat(),
    );
    let ids = [&ack[..=CONTENT], &[0x81, 2], &[7; 16 * 257]].concat();
    case("257 acknowledged ids", ids);
    let claimed = [&ack[..=CONTENT], &[0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
    case("4,294,967,295 ids claimed and none there", claimed);
    let seen = CONTENT + 1 + 16 + 32 + hlc_len(&text);
    assert_eq!(text[seen], 0, "the sample text has seen nothing");
    case(
        "five seen",
        [&text[..seen], &[5], &[9; 48 * 5], &text[seen + 1..]].concat(),
    );
    let broken = [&text[..text.len() - 1], &[0xff]].concat();
    case("text that is not UTF-8", broken);
    case(
        "on is neither yes nor no",
        [&react[..react.len() - 1], &[2]].concat(),
    );
    cases
}

/// The same of keys of communities.
fn refused_keys() -> Vec<(&'static str, Vec<u8>)> {
    let (chain, none) = (plain("key chain"), plain("key entries none"));
    // The last two bytes of this one: a message with an empty list of evidence; before it the message's name.
    let report = plain("key report of nothing shown");
    let reported = report.len() - 1 - 48 - 1;
    // Behind content, id and community: which key; then the audience, the chain, the length of the distribution.
    let key = CONTENT + 1 + 16 + 32;
    let told = key + 1 + 1 + 16;
    vec![
        (
            "a key of an unknown kind",
            [&none[..key], &[4], &none[key + 1..]].concat(),
        ),
        (
            "an unknown audience",
            [&chain[..=key], &[2], &chain[key + 2..]].concat(),
        ),
        (
            "a sender chain told in 98 bytes",
            [&chain[..told], &[98], &[9; 98]].concat(),
        ),
        (
            "65 keys of entries",
            [&none[..none.len() - 1], &[65], &[9; 65 * 66]].concat(),
        ),
        (
            "a report of 11 messages",
            [&report[..reported], &[11], &[0; 11 * 49]].concat(),
        ),
        (
            "a reported message with three entries",
            [&report[..report.len() - 1], &[3], &[1; 3 * 66]].concat(),
        ),
        (
            "evidence of an unknown kind",
            [&report[..report.len() - 1], &[1, 2], &[9; 66]].concat(),
        ),
    ]
}

/// Bytes of the logical time, which stands behind id and account.
fn hlc_len(direct: &[u8]) -> usize {
    direct[CONTENT + 1 + 16 + 32..]
        .iter()
        .position(|byte| byte & 0x80 == 0)
        .unwrap()
        + 1
}

#[test]
fn refused_plaintexts_are_frozen() {
    let cases = [refused(), refused_keys()].concat();
    let rows: Vec<_> = cases
        .iter()
        .map(|(name, bytes)| {
            let verdict = Envelope::decode(&pad(bytes.clone())).expect_err(name);
            json!({ "name": name, "bytes": hex(bytes), "verdict": format!("{verdict:?}") })
        })
        .collect();
    golden("messages_refused", &json!(rows));
}

#[test]
fn padding_that_pad_does_not_write_is_refused() {
    let padded = pad(plain("ack"));
    let last = padded.len() - 1;
    let mut marked = padded.clone();
    marked[last] = 1;
    assert_eq!(Envelope::decode(&marked), Err(Malformed::NotCanonical));
    let doubled = [padded.clone(), vec![0; padded.len()]].concat();
    assert_eq!(Envelope::decode(&doubled), Err(Malformed::NotCanonical));
    assert_eq!(
        Envelope::decode(&plain("ack")),
        Err(Malformed::NotCanonical)
    );
    let mut large = samples::envelopes()[0].1.clone();
    large.content = Content::Ack(
        vec![protocol::message::MessageId([1; 16]); limits::ACK_IDS_MAX]
            .try_into()
            .unwrap(),
    );
    assert_eq!(Envelope::decode(&large.encode()), Ok(large));
}
