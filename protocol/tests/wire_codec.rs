//! One value, one encoding; limits before allocation; nothing of a peer's makes the decoder panic.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use proptest::prelude::*;
use protocol::wire::{Blob, Bounded, Fixed, Malformed, Text, decode, decode_v1, encode, encode_v1};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[path = "vectors/support.rs"]
mod support;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Sample {
    Nothing,
    Number(u64),
    Everything {
        text: Text<16>,
        blob: Blob<8>,
        list: Bounded<Option<u32>, 4>,
        fixed: Fixed<33>,
        yes: bool,
    },
}

fn sample() -> impl Strategy<Value = Sample> {
    let everything = (
        "[a-zé]{0,8}",
        prop::collection::vec(any::<u8>(), 0..=8),
        prop::collection::vec(any::<Option<u32>>(), 0..=4),
        prop::array::uniform32(any::<u8>()),
        any::<bool>(),
    )
        .prop_map(|(text, blob, list, start, yes)| {
            let mut fixed = [7; 33];
            fixed[..32].copy_from_slice(&start);
            Sample::Everything {
                text: Text::try_from(text).unwrap(),
                blob: Blob::try_from(blob).unwrap(),
                list: Bounded::try_from(list).unwrap(),
                fixed: Fixed(fixed),
                yes,
            }
        });
    prop_oneof![
        Just(Sample::Nothing),
        any::<u64>().prop_map(Sample::Number),
        everything
    ]
}

proptest! {
    #[test]
    fn every_value_survives_the_wire(value in sample()) {
        prop_assert_eq!(&decode::<Sample>(&encode(&value), 256).unwrap(), &value);
        prop_assert_eq!(decode_v1::<Sample>(&encode_v1(&value), 256).unwrap(), value);
    }

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(value) = decode::<Sample>(&bytes, 256) {
            prop_assert_eq!(encode(&value), bytes);
        }
    }

    #[test]
    fn a_prefix_never_decodes(value in sample(), cut in any::<prop::sample::Index>()) {
        let bytes = encode(&value);
        let end = cut.index(bytes.len());
        prop_assert!(decode::<Sample>(&bytes[..end], 256).is_err());
    }
}

fn fault<T: Serialize + serde::de::DeserializeOwned>(bytes: &[u8], max: usize) -> String {
    match decode::<T>(bytes, max) {
        Ok(_) => "accepted".to_owned(),
        Err(fault) => format!("{fault:?}"),
    }
}

#[test]
fn rejections_are_frozen() {
    type Judge = fn(&[u8]) -> String;
    let cases: [(&str, &str, Judge); 16] = [
        ("u32", "ff01", |b| fault::<u32>(b, 8)),
        ("u32", "8100", |b| fault::<u32>(b, 8)),
        ("u32", "0100", |b| fault::<u32>(b, 8)),
        ("u32", "80", |b| fault::<u32>(b, 8)),
        ("u32", "ffffffff7f", |b| fault::<u32>(b, 8)),
        ("u32, at most 2 bytes", "808001", |b| fault::<u32>(b, 2)),
        ("bool", "02", |b| fault::<bool>(b, 8)),
        ("option of u8", "0205", |b| fault::<Option<u8>>(b, 8)),
        ("at most 2 of u8", "020506", |b| {
            fault::<Bounded<u8, 2>>(b, 8)
        }),
        ("at most 2 of u8", "03050607", |b| {
            fault::<Bounded<u8, 2>>(b, 8)
        }),
        ("at most 2 of u8", "ffffffff0f", |b| {
            fault::<Bounded<u8, 2>>(b, 8)
        }),
        ("text of at most 2 bytes", "03616263", |b| {
            fault::<Text<2>>(b, 8)
        }),
        ("text of at most 2 bytes", "02c328", |b| {
            fault::<Text<2>>(b, 8)
        }),
        ("at most 2 bytes", "03010203", |b| fault::<Blob<2>>(b, 8)),
        ("exactly 33 bytes", "0102", |b| fault::<Fixed<33>>(b, 64)),
        ("version 1 of u8", "0205", |b| match decode_v1::<u8>(b, 8) {
            Ok(_) => "accepted".to_owned(),
            Err(fault) => format!("{fault:?}"),
        }),
    ];
    let rows: Vec<_> = cases
        .iter()
        .map(|(kind, hex, judge)| {
            let verdict = judge(&support::unhex(&json!(hex)));
            json!({ "type": kind, "bytes": hex, "verdict": verdict })
        })
        .collect();
    let file = support::golden("codec_rejections", &json!(rows));
    let accepted = file
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["verdict"] == "accepted");
    assert_eq!(
        accepted.count(),
        2,
        "the two canonical examples and nothing else"
    );
}

/// Counts what a decoder keeps: an element that reports when it is made.
#[derive(Debug, Serialize)]
struct Counted;

thread_local! {
    static MADE: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        MADE.set(MADE.get() + 1);
        <()>::deserialize(deserializer)?;
        Ok(Self)
    }
}

#[test]
fn a_claimed_length_over_the_limit_is_refused_before_the_first_element() {
    let mut bytes = encode(&5_u64);
    bytes.extend([0; 8]);
    assert_eq!(
        decode::<Bounded<Counted, 4>>(&bytes, 16).unwrap_err(),
        Malformed::Invalid
    );
    assert_eq!(MADE.get(), 0);
}

#[test]
fn elements_of_no_bytes_do_not_get_around_the_limit() {
    // The claim is all that the peer pays, and postcard does not pass on a claim that the bytes cannot hold.
    let claim = encode(&1_000_u64);
    assert_eq!(
        decode::<Bounded<Counted, 4>>(&claim, 16).unwrap_err(),
        Malformed::Invalid
    );
    assert!(
        MADE.get() <= 5,
        "{} elements were made on a peer's word",
        MADE.get()
    );
}

#[test]
fn input_over_its_limit_is_not_read_at_all() {
    let bytes = [0; 9];
    assert_eq!(
        decode::<Blob<64>>(&bytes, 8),
        Err(Malformed::TooLong { len: 9, max: 8 })
    );
    assert_eq!(
        decode_v1::<Blob<64>>(&bytes, 8),
        Err(Malformed::TooLong { len: 9, max: 8 })
    );
}

#[test]
fn the_version_byte_is_required() {
    assert_eq!(decode_v1::<u8>(&[], 8), Err(Malformed::Truncated));
    assert_eq!(
        decode_v1::<u8>(&[0, 5], 8),
        Err(Malformed::UnknownVersion { found: 0 })
    );
    assert_eq!(decode_v1::<u8>(&[1, 5], 8), Ok(5));
}

#[test]
fn text_and_blobs_do_not_show_in_debug_output() {
    let text = Text::<32>::try_from("a private sentence").unwrap();
    let blob = Blob::<32>::try_from(b"a private sentence".to_vec()).unwrap();
    let shown = format!("{text:?} {blob:?}");
    assert_eq!(shown, "Text(18 bytes) Blob(18 bytes)");
}

#[test]
fn limits_hold_for_our_own_values_too() {
    assert!(Text::<4>::try_from("é\u{301}x").is_err());
    assert!(Text::<4>::try_from("é\u{301}x".to_owned()).is_err());
    assert!(Bounded::<u8, 2>::try_from(vec![1, 2, 3]).is_err());
    assert!(Blob::<2>::try_from(vec![1, 2, 3]).is_err());
    assert_eq!(
        Text::<5>::try_from("é\u{301}x").unwrap().as_str(),
        "é\u{301}x"
    );
}
