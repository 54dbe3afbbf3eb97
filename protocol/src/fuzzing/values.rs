//! Values: whatever decodes, encodes to the very same bytes, and nothing makes a decoder panic.

use serde::de::DeserializeOwned;

use super::{Target, Verdict, seeds};
use crate::content::{Entry, UnverifiedEntry};
use crate::control::UnverifiedOp;
use crate::crypto::{Hash32, Label};
use crate::limits;
use crate::link::Frame;
use crate::local::LocalDevice;
use crate::message::Envelope;
use crate::persist::Row;
use crate::wire::padding::BUCKETS;
use crate::wire::{self};

/// Bytes of one row: a contact with a full bundle, or a message with all its versions, is far below.
const ROW_MAX: usize = 1024 * 1024;

/// Frames: decode, then encode, gives the same bytes.
pub(super) const FRAME: Target = Target {
    name: "frame",
    run: |input| identical(input, Frame::decode(input).ok(), Frame::encode),
    planted: |input| {
        let body = input
            .strip_prefix(&[wire::VERSION_1])
            .filter(|_| input.len() <= limits::FRAME_MAX);
        identical(input, body.and_then(lenient::<Frame>), Frame::encode)
    },
    bug: "integers in any spelling and bytes behind the frame are accepted",
    seeds: seeds::frames,
};

/// Envelopes under their padding: decode, then encode, gives the same bytes.
pub(super) const ENVELOPE: Target = Target {
    name: "envelope",
    run: |input| identical(input, Envelope::decode(input).ok(), Envelope::encode),
    planted: |input| {
        let sized = BUCKETS.contains(&input.len());
        // Takes the first mark for the end: what stands behind it is not looked at.
        let marks = input
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == 0x80)
            .map(|(at, _)| at);
        let decoded = marks
            .filter(|_| sized)
            .find_map(|at| wire::decode_v1::<Envelope>(&input[..at], limits::FRAME_MAX).ok());
        identical(input, decoded, Envelope::encode)
    },
    bug: "padding may be anything behind its mark",
    seeds: seeds::envelopes,
};

/// Rows of the store: decode, then encode, gives the same bytes.
pub(super) const STORE_ROWS: Target = Target {
    name: "store_rows",
    run: |input| {
        identical(
            input,
            wire::decode::<Row>(input, ROW_MAX).ok(),
            wire::encode,
        )
    },
    planted: |input| identical(input, lenient::<Row>(input), wire::encode),
    bug: "integers in any spelling and bytes behind the row are accepted",
    seeds: seeds::rows,
};

/// Control ops: decode, then encode, gives the same bytes, and the header commits to the body.
pub(super) const CONTROL_OP: Target = Target {
    name: "control_op",
    run: |input| control_op(input, UnverifiedOp::decode(input).ok()),
    planted: |input| {
        let max = limits::CONTROL_OP_WITH_BUNDLE_BYTES_MAX;
        control_op(input, wire::decode_v1::<UnverifiedOp>(input, max).ok())
    },
    bug: "the hash of the body is not looked at",
    seeds: seeds::control_ops,
};

fn control_op(input: &[u8], decoded: Option<UnverifiedOp>) -> Verdict {
    if let Some(op) = &decoded {
        let committed = Hash32::of(Label::ControlBody, &wire::encode(&op.body));
        assert_eq!(op.head.header.body, committed, "a body that nobody signed");
    }
    identical(input, decoded, UnverifiedOp::encode)
}

/// Entries of content logs: decode, then encode, gives the same bytes, and the header names the ciphertext beside it.
pub(super) const CONTENT_ENTRY: Target = Target {
    name: "content_entry",
    run: |input| {
        let decoded = UnverifiedEntry::decode(input).ok();
        content_entry(input, decoded.map(|entry| entry.entry().clone()))
    },
    planted: |input| {
        let decoded = wire::decode_v1(input, limits::ENTRY_BYTES_MAX).ok();
        content_entry(input, decoded)
    },
    bug: "the hash of the ciphertext is not looked at",
    seeds: seeds::content_entries,
};

fn content_entry(input: &[u8], decoded: Option<Entry>) -> Verdict {
    if let Some(entry) = &decoded {
        let named = Hash32::of(Label::EntryContent, &entry.content);
        assert_eq!(
            entry.header.content_hash, named,
            "a ciphertext that nobody signed"
        );
    }
    identical(input, decoded, Entry::encode)
}

/// The payload of the identity file: decode, then encode, gives the same bytes, and keys fit their certificate.
pub(super) const IDENTITY_PAYLOAD: Target = Target {
    name: "identity_payload",
    run: |input| identity(input, LocalDevice::decode(input).ok()),
    planted: |input| {
        let cut = input.split_last().map_or(input, |(_, rest)| rest);
        identity(
            input,
            LocalDevice::decode(input)
                .or_else(|_| LocalDevice::decode(cut))
                .ok(),
        )
    },
    bug: "one byte behind the identity is accepted",
    seeds: seeds::identities,
};

fn identity(input: &[u8], decoded: Option<LocalDevice>) -> Verdict {
    if let Some(local) = &decoded {
        assert_eq!(
            local.account,
            local.bundle.account(),
            "a device of another account"
        );
        let certified = local.bundle.device(&local.device);
        let fits = certified.map(|cert| cert.signal_identity() == local.signal.public());
        assert!(
            fits.unwrap_or_else(|| local.bundle.is_revoked(&local.device)),
            "keys without a certificate"
        );
    }
    identical(input, decoded, |local| local.encode().to_vec())
}

fn identical<T>(input: &[u8], decoded: Option<T>, encode: fn(&T) -> Vec<u8>) -> Verdict {
    let Some(value) = decoded else {
        return Verdict::Refused;
    };
    assert_eq!(
        encode(&value),
        input,
        "another spelling of a value was accepted"
    );
    Verdict::Accepted
}

/// What postcard alone would accept.
fn lenient<T: DeserializeOwned>(input: &[u8]) -> Option<T> {
    postcard::take_from_bytes(input)
        .ok()
        .map(|(value, _)| value)
}
