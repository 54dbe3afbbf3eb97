//! Lengths are hidden in nine sizes, and a padded plaintext has one form.

use proptest::prelude::*;
use protocol::wire::padding::{BUCKETS, padded_len};
use protocol::wire::{Malformed, pad, unpad};
use serde_json::json;

#[path = "vectors/support.rs"]
mod support;

proptest! {
    #[test]
    fn padding_comes_off_again(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
        let padded = pad(bytes.clone());
        prop_assert!(BUCKETS.contains(&padded.len()));
        prop_assert_eq!(unpad(&padded).unwrap(), &bytes[..]);
    }

    #[test]
    fn what_unpads_pads_to_the_same(
        mut bytes in prop::collection::vec(any::<u8>(), 0..600),
        zeros in 0_usize..600,
    ) {
        bytes.resize(bytes.len() + zeros, 0);
        if let Ok(content) = unpad(&bytes) {
            prop_assert_eq!(pad(content.to_vec()), bytes);
        }
    }
}

#[test]
fn each_bucket_is_filled_to_its_last_byte() {
    for bucket in BUCKETS {
        assert_eq!(pad(vec![1; bucket - 1]).len(), bucket);
        assert!(pad(vec![1; bucket]).len() > bucket);
        assert_eq!(unpad(&pad(vec![1; bucket])).unwrap().len(), bucket);
    }
    assert_eq!(padded_len(usize::MAX), usize::MAX, "saturates, never wraps");
}

#[test]
fn wrong_padding_is_refused() {
    let mut no_mark = vec![0; 256];
    assert_eq!(unpad(&no_mark), Err(Malformed::NotCanonical));
    no_mark[3] = 0x81;
    assert_eq!(unpad(&no_mark), Err(Malformed::NotCanonical));
    assert_eq!(unpad(&[]), Err(Malformed::NotCanonical));
    assert_eq!(
        unpad(&[0x80]),
        Err(Malformed::NotCanonical),
        "one byte is no bucket"
    );
    let mut larger_than_needed = vec![0; 512];
    larger_than_needed[3] = 0x80;
    assert_eq!(unpad(&larger_than_needed), Err(Malformed::NotCanonical));
}

#[test]
fn padding_is_frozen() {
    let rows: Vec<_> = [0, 1, 255, 256, 4_096, 61_439]
        .map(|len: usize| {
            let padded = pad(vec![0xab; len]);
            json!({
                "content": format!("{len} bytes of ab"),
                "padded_len": padded.len(),
                "around_the_mark": support::hex(&padded[len.saturating_sub(2)..(len + 3).min(padded.len())]),
                "buckets": BUCKETS,
            })
        })
        .into();
    support::golden("padding", &json!(rows));
}
