//! Golden file of everything that two devices compute without sending it: link authentication, the MAC of a session
//! reset, the binding of an envelope, the id of an idempotent command.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::crypto::{Hash32, Label, mac};
use protocol::fuzzing::samples::{self, cert};
use protocol::identity::DeviceId;
use protocol::link::Frame;
use protocol::link::auth::{Ends, LinkKey, link_key};
use protocol::link::frame::TagPage;
use protocol::message::ConversationId;
use protocol::persist::{RowKey, idempotent_id};
use protocol::testing::Table;
use serde_json::json;

#[path = "vectors/support.rs"]
mod support;
use support::{golden, hex, unhex};

/// The page of the vector: the real tag among counting ones.
fn page(tag: [u8; 8], index: u8) -> TagPage {
    let mut tags: Vec<_> = (0..64).map(|n| [n; 8]).collect();
    tags[usize::from(index)] = tag;
    tags.try_into().unwrap()
}

#[test]
fn link_authentication_is_frozen() {
    let (ana, bo) = (samples::ana(), samples::bo());
    let key = link_key(&ana.signal, &bo.signal.public()).unwrap();
    assert_eq!(
        key,
        link_key(&bo.signal, &ana.signal.public()).unwrap(),
        "both compute one key"
    );
    let (prover_nonce, verifier_nonce) = ([0x11; 32], [0x12; 32]);
    let ends = Ends {
        prover: b"peer id of ana",
        verifier: b"peer id of bo",
        prover_nonce: &prover_nonce,
        verifier_nonce: &verifier_nonce,
    };
    let index = 42;
    let page = page(ends.tag(&key), index);
    let file = golden(
        "link_auth",
        &json!({
            "prover": {
                "signal_secret": hex(&*ana.signal.secret_bytes()),
                "signal_public": hex(&ana.signal.public()),
                "peer": hex(ends.prover),
                "nonce": hex(&prover_nonce),
            },
            "verifier": {
                "account": hex(bo.account.as_bytes()),
                "signal_secret": hex(&*bo.signal.secret_bytes()),
                "signal_public": hex(&bo.signal.public()),
                "peer": hex(ends.verifier),
                "nonce": hex(&verifier_nonce),
            },
            "key": hex(&*key),
            "transcript": hex(&ends.transcript()),
            "tag": hex(&ends.tag(&key)),
            "index": index,
            "page": hex(&page.concat()),
            "match_mac": hex(&ends.round_mac(&key, Label::LinkMatch, &page, index)),
            "proof_mac": hex(&ends.round_mac(&key, Label::LinkProof, &page, index)),
            "seek_tag": hex(&ends.seek(bo.account)),
        }),
    );
    let claimed = |field: &str| <[u8; 32]>::try_from(unhex(&file[field])).unwrap();
    for (label, field) in [
        (Label::LinkMatch, "match_mac"),
        (Label::LinkProof, "proof_mac"),
    ] {
        assert!(ends.check(&key, label, &page, index, &claimed(field)));
        assert!(
            !ends.check(&key, label, &page, index + 1, &claimed(field)),
            "another tag"
        );
        let turned = Ends {
            prover: ends.verifier,
            verifier: ends.prover,
            ..ends
        };
        assert!(
            !turned.check(&key, label, &page, index, &claimed(field)),
            "another direction"
        );
    }
    assert!(
        !ends.check(&key, Label::LinkProof, &page, index, &claimed("match_mac")),
        "reflected"
    );
}

/// MAC(link key, "session reset", sender ‖ receiver ‖ hash of the ciphertext), each behind its length.
fn reset_mac(key: &LinkKey, from: DeviceId, to: DeviceId, hash: &Hash32) -> [u8; 32] {
    mac(
        key,
        Label::SessionReset,
        &[from.as_bytes(), to.as_bytes(), hash.as_bytes()],
    )
}

#[test]
fn the_mac_of_a_session_reset_is_frozen() {
    let (ana, bo) = (samples::ana(), samples::bo());
    let key = link_key(&ana.signal, &bo.signal.public()).unwrap();
    let ciphertext = b"what no session opens";
    let hash = Hash32::of(Label::Ciphertext, ciphertext);
    golden(
        "link_auth_session_reset",
        &json!({
            "key": hex(&*key),
            "from": hex(bo.device.as_bytes()),
            "to": hex(ana.device.as_bytes()),
            "ciphertext": hex(ciphertext),
            "hash": hex(hash.as_bytes()),
            "mac": hex(&reset_mac(&key, bo.device, ana.device, &hash)),
        }),
    );
}

#[test]
fn a_device_that_lost_its_session_sends_the_frozen_mac() {
    let mut table = Table::friends();
    let (ana, bo) = (table.device(0), table.device(1));
    table.seats[1].store.rows.remove(&RowKey::Session(ana));
    table.crash(1);
    table.link(0, 1);
    table.send(0, 1, "anybody?");
    table.pass(Duration::from_secs(10));
    let sent = table.seats[1]
        .frames
        .iter()
        .find_map(|bytes| match Frame::decode(bytes) {
            Ok(Frame::SessionReset { hash, mac }) => Some((hash, mac)),
            _ => None,
        });
    let (hash, mac) = sent.expect("a reset was sent");
    let (ours, theirs) = (table.seats[0].core.local(), table.seats[1].core.local());
    let key = link_key(&ours.signal, &theirs.signal.public()).unwrap();
    assert_eq!(mac, reset_mac(&key, bo, ana, &hash));
    assert_eq!(table.texts(1, 0), ["anybody?"], "and it helped");
}

#[test]
fn the_binding_of_an_envelope_is_frozen() {
    let (ana, bo) = (samples::ana(), samples::bo());
    let binding = ana.binding(&cert(&bo));
    golden(
        "messages_binding",
        &json!({
            "from_device": hex(ana.device.as_bytes()),
            "from_signal_public": hex(&ana.signal.public()),
            "to_device": hex(bo.device.as_bytes()),
            "to_signal_public": hex(&bo.signal.public()),
            "binding": hex(binding.as_bytes()),
        }),
    );
    assert_eq!(
        binding,
        bo.binding_from(&cert(&ana)),
        "the receiver expects what the sender writes"
    );
    assert_ne!(
        binding,
        bo.binding(&cert(&ana)),
        "the other direction is another binding"
    );
    let other = samples::device(2, 22, "Bo");
    assert_ne!(
        binding,
        ana.binding(&cert(&other)),
        "another device of the account is another binding"
    );
}

#[test]
fn the_id_of_an_idempotent_command_is_frozen() {
    let secret = *samples::ana().idempotency_secret();
    let conversation = ConversationId::from(samples::bo().account);
    let key = b"6f1c0f0e-retry";
    let id = idempotent_id(&secret, conversation, key);
    golden(
        "store_idempotent_id",
        &json!({
            "signing_seed": hex(&*samples::ana().signing.seed()),
            "secret": hex(&secret),
            "conversation": hex(&conversation.0),
            "key": hex(key),
            "id": hex(&id.0),
        }),
    );
    assert_ne!(
        id,
        idempotent_id(&secret, ConversationId([0; 32]), key),
        "another conversation"
    );
    assert_ne!(id, idempotent_id(&secret, conversation, b"another key"));
    assert_ne!(
        id,
        idempotent_id(&[0; 32], conversation, key),
        "another device"
    );
}
