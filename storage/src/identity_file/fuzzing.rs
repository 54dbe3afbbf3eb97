//! The fuzz target of one copy of the identity: see `crate::fuzzing`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fixture: a panic is how a finding is reported"
)]

use protocol::fuzzing::{Target, Verdict};

use super::key::{KdfCost, Protection};
use super::layout::{self, FILE_MAX, Fixed, Mark, Parsed, Standing};
use crate::random::SeededRandom;
use crate::seal::{DataKey, NONCE};

/// Copies of the identity: what is read is written again as the same bytes, and gives the key that was locked in.
pub(crate) const IDENTITY_COPY: Target = Target {
    name: "identity_copy",
    run: |input| copy(input, |bytes| layout::parse(bytes).ok()),
    planted: |input| {
        copy(input, |bytes| {
            let length = bytes.get(LENGTH..)?.first_chunk::<4>()?;
            let end = OVERHEAD - CHECKSUM + usize::try_from(u32::from_le_bytes(*length)).ok()?;
            layout::parse(with_checksum(bytes.get(..end)?)).ok()
        })
    },
    bug: "bytes behind the payload are accepted",
    seeds,
};

// From the table in `layout`, once more: a reader that shares its numbers with the writer proves nothing.
const NONCE_AT: usize = 184;
const LENGTH: usize = 208;
const CHECKSUM: usize = 32;
const OVERHEAD: usize = 212 + 16 + CHECKSUM;

/// The key in every seed.
const KEY: [u8; 32] = [0x5e; 32];

/// Input: a copy without its checksum, which the harness makes; a fuzzer guesses no hash. Whole copies are read too.
fn copy(input: &[u8], parse: fn(Vec<u8>) -> Option<Parsed>) -> Verdict {
    let whole = with_checksum(input);
    let verdicts = [input, &whole].map(|bytes| {
        let parsed = parse(bytes.to_vec());
        parsed.map_or(Verdict::Refused, |parsed| check(bytes, &parsed))
    });
    Verdict::of(verdicts.contains(&Verdict::Accepted))
}

fn check(bytes: &[u8], parsed: &Parsed) -> Verdict {
    assert_eq!(parsed.bytes, bytes, "other bytes than were read");
    assert!(bytes.len() <= FILE_MAX, "a copy over its limit");
    assert_eq!(bytes[8..10], [1, 0], "another version");
    assert_eq!(bytes[11], 0, "a reserved byte is in use");
    assert!(
        !parsed.fixed.is_unprotected() || bytes[12..24] == [0; 12],
        "the cost of no passphrase"
    );
    let nonce: &[u8; NONCE] = bytes[NONCE_AT..].first_chunk().unwrap();
    let key = DataKey::from_bytes(KEY);
    let write = |payload: &[u8]| {
        layout::encode(&parsed.fixed, &parsed.standing, &key, nonce, payload).unwrap()
    };
    assert_eq!(
        write(&[])[..LENGTH],
        bytes[..LENGTH],
        "another spelling of a header was accepted"
    );
    let length = u32::from_le_bytes(*bytes[LENGTH..].first_chunk().unwrap());
    assert_eq!(
        usize::try_from(length).unwrap() + OVERHEAD,
        bytes.len(),
        "another length than it says"
    );
    // Nobody but us locks keys, and a passphrase takes too long for a fuzzer.
    if parsed.fixed.is_unprotected()
        && let Ok(Some(unlocked)) = parsed.fixed.unwrap(&Protection::Unprotected)
    {
        assert_eq!(*unlocked.as_bytes(), KEY, "another key than was locked in");
    }
    let Some(payload) = parsed.payload(&key) else {
        return Verdict::Refused;
    };
    assert_eq!(write(&payload), bytes, "another payload than was sealed");
    Verdict::Accepted
}

fn with_checksum(body: &[u8]) -> Vec<u8> {
    [body, blake3::hash(body).as_bytes()].concat()
}

/// Both protections, every mark, an empty payload, one copy whole and some that are none.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let passphrase = Protection::passphrase("correct horse");
    let unprotected = made(
        &Protection::Unprotected,
        Mark::Clean,
        b"what protocol encodes",
    );
    let body = |whole: &[u8]| whole[..whole.len() - CHECKSUM].to_vec();
    let changed = |at: usize, to: u8| {
        let mut changed = body(&unprotected);
        changed[at] = to;
        changed
    };
    let all = [
        ("unprotected", body(&unprotected)),
        (
            "passphrase",
            body(&made(&passphrase, Mark::Running, b"what protocol encodes")),
        ),
        (
            "starting",
            body(&made(
                &Protection::Unprotected,
                Mark::Starting,
                b"once more",
            )),
        ),
        (
            "empty",
            body(&made(&Protection::Unprotected, Mark::Clean, &[])),
        ),
        ("whole", unprotected.clone()),
        ("cut", unprotected[..200].to_vec()),
        ("too-new", changed(8, 2)),
        ("version-zero", changed(8, 0)),
        ("unknown-protection", changed(10, 3)),
        ("wrapped-key-changed", changed(130, 0)),
        ("long-payload", changed(LENGTH + 3, 0xff)),
    ];
    all.map(|(name, bytes)| (name.to_owned(), bytes)).into()
}

fn made(protection: &Protection, mark: Mark, payload: &[u8]) -> Vec<u8> {
    // The least that is accepted: nobody attacks this one.
    let cost = KdfCost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    let (key, mut random) = (DataKey::from_bytes(KEY), SeededRandom::new(3, 0));
    let fixed = Fixed::wrap(protection, cost, &key, &mut random).unwrap();
    let standing = Standing {
        mark,
        revision: 5,
        generation: 3,
        history_commit: 1_000,
    };
    layout::encode(&fixed, &standing, &key, &[0x24; NONCE], payload).unwrap()
}
