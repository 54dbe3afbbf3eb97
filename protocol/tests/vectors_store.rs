//! Golden file of the rows: a profile written by this version must open in every later one.
//!
//! `bytes` is postcard of `persist::Row`; `storage` writes what stands behind its first byte, sealed, into the table
//! of that name.

use protocol::fuzzing::samples;
use protocol::persist::{CommunityState, ContactState, MessageContent, Row};
use protocol::wire::{decode, encode};
use serde_json::json;

#[path = "vectors/support.rs"]
mod support;
use support::{golden, hex, unhex};

const ROW_MAX: usize = 64 * 1024;

/// The name of a variant. A new one does not compile until it stands here.
const fn kind(row: &Row) -> &'static str {
    match row {
        Row::Device(_) => "Device",
        Row::Own(_) => "Own",
        Row::Contact(row) => match row.state {
            ContactState::Outgoing { .. } => "Contact/Outgoing",
            ContactState::Incoming { .. } => "Contact/Incoming",
            ContactState::Accepted { .. } => "Contact/Accepted",
            ContactState::Blocked => "Contact/Blocked",
        },
        Row::Peer(_) => "Peer",
        Row::Session(_) => "Session",
        Row::Prekey(_) => "Prekey",
        Row::LastResortSeen(_) => "LastResortSeen",
        Row::Conversation(_) => "Conversation",
        Row::Message(row) => match row.content {
            MessageContent::Text { .. } => "Message/Text",
            MessageContent::Deleted => "Message/Deleted",
            MessageContent::Effect(_) => "Message/Effect",
            MessageContent::Step => "Message/Step",
        },
        Row::Order => "Order",
        Row::Outbox(_) => "Outbox",
        Row::Pending(_) => "Pending",
        Row::Privacy(_) => "Privacy",
        Row::Read(_) => "Read",
        Row::Attachment(_) => "Attachment",
        Row::Unfinished(_) => "Unfinished",
        Row::Part(_) => "Part",
        Row::Note(_) => "Note",
        Row::Community(row) => match row.state {
            CommunityState::Joining { .. } => "Community/Joining",
            CommunityState::In { .. } => "Community/In",
            CommunityState::Left => "Community/Left",
        },
        Row::Op(_) => "Op",
        Row::Secret(_) => "Secret",
        Row::Sending(_) => "Sending",
        Row::Told(_) => "Told",
        Row::Chain(_) => "Chain",
        Row::Log(_) => "Log",
        Row::Entry(_) => "Entry",
        Row::Held => "Held",
        Row::Marks(_) => "Marks",
        Row::Early(_) => "Early",
        Row::Gap(_) => "Gap",
        Row::Report(_) => "Report",
        Row::Pace(_) => "Pace",
        Row::Promise(_) => "Promise",
        Row::ChannelRead(_) => "ChannelRead",
    }
}

/// Every variant: the golden file must have each.
const KINDS: [&str; 42] = [
    "Device",
    "Own",
    "Contact/Outgoing",
    "Contact/Incoming",
    "Contact/Accepted",
    "Contact/Blocked",
    "Peer",
    "Session",
    "Prekey",
    "LastResortSeen",
    "Conversation",
    "Message/Text",
    "Message/Deleted",
    "Message/Effect",
    "Message/Step",
    "Order",
    "Outbox",
    "Pending",
    "Privacy",
    "Read",
    "Attachment",
    "Unfinished",
    "Part",
    "Note",
    "Community/Joining",
    "Community/In",
    "Community/Left",
    "Op",
    "Secret",
    "Sending",
    "Told",
    "Chain",
    "Log",
    "Entry",
    "Held",
    "Marks",
    "Early",
    "Gap",
    "Report",
    "Pace",
    "Promise",
    "ChannelRead",
];

#[test]
fn every_row_is_frozen() {
    let samples = samples::rows();
    let rows: Vec<_> = samples
        .iter()
        .map(|(name, row)| json!({ "name": name, "kind": kind(row), "bytes": hex(&encode(row)) }))
        .collect();
    let file = golden("store", &json!(rows));
    let rows = file.as_array().unwrap();
    for ((name, row), frozen) in samples.iter().zip(rows) {
        let bytes = unhex(&frozen["bytes"]);
        assert_eq!(decode::<Row>(&bytes, ROW_MAX).as_ref(), Ok(row), "{name}");
        assert_eq!(encode(row), bytes, "{name}");
    }
    for kind in KINDS {
        assert!(
            rows.iter().any(|row| row["kind"] == kind),
            "{kind} has no vector"
        );
    }
}

#[test]
fn every_cut_of_a_row_is_refused() {
    for (name, row) in samples::rows() {
        let bytes = encode(&row);
        for end in 0..bytes.len() {
            assert!(
                decode::<Row>(&bytes[..end], ROW_MAX).is_err(),
                "{name} cut at {end}"
            );
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(
            decode::<Row>(&longer, ROW_MAX).is_err(),
            "{name} with a byte behind it"
        );
    }
}
