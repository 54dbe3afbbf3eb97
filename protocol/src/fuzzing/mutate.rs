//! A small fuzzer without coverage: seeded, so that a test can say how soon a planted bug is found.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Verdict;
use crate::crypto::Rng;

/// Longest input made here.
const INPUT_MAX: usize = 8 * 1024;
/// Bytes that break decoders more often than others: ends of ranges, varint and padding marks, separators.
const INTERESTING: [u8; 16] = [
    0, 1, 2, 4, 0x40, 0x7f, 0x80, 0x81, 0xfe, 0xff, b' ', b'-', b'/', b'a', b'1', b'\n',
];

/// An input that breaks a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// After how many executions, counted from 1.
    pub executions: usize,
    /// The input.
    pub input: Vec<u8>,
}

/// Runs the corpus, then mutations of it, until something breaks or `executions` are spent.
///
/// # Panics
/// If the corpus is empty.
pub fn hunt(
    run: fn(&[u8]) -> Verdict,
    corpus: &[Vec<u8>],
    seed: [u8; 32],
    executions: usize,
) -> Option<Finding> {
    let mut rng = Rng::from_seed(seed);
    (0..executions).find_map(|turn| {
        let input = match corpus.get(turn) {
            Some(input) => input.clone(),
            None => mutated(corpus, &mut rng),
        };
        let broke = catch_unwind(AssertUnwindSafe(|| run(&input))).is_err();
        broke.then(|| Finding {
            executions: turn + 1,
            input,
        })
    })
}

fn mutated(corpus: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut input = corpus[below(rng, corpus.len())].clone();
    for _ in 0..=below(rng, 3) {
        mutate(&mut input, corpus, rng);
    }
    input.truncate(INPUT_MAX);
    input
}

fn mutate(input: &mut Vec<u8>, corpus: &[Vec<u8>], rng: &mut Rng) {
    let at = below(rng, input.len() + 1);
    let byte = match below(rng, 2) {
        0 => INTERESTING[below(rng, INTERESTING.len())],
        _ => rng.bytes::<1>()[0],
    };
    match below(rng, 8) {
        0 | 1 => {
            if let Some(target) = input.get_mut(at) {
                *target ^= 1 << below(rng, 8);
            }
        }
        2 | 3 => {
            if let Some(target) = input.get_mut(at) {
                *target = byte;
            }
        }
        4 => input.insert(at, byte),
        5 => {
            let end = (at + 1 + below(rng, 8)).min(input.len());
            input.drain(at..end);
        }
        6 => input.truncate(at),
        _ => {
            let other = &corpus[below(rng, corpus.len())];
            let from = below(rng, other.len() + 1);
            let length = below(rng, 64).min(other.len() - from);
            input.splice(at..at, other[from..from + length].iter().copied());
        }
    }
}

/// A number below `bound`, which is not zero. The bias of the remainder does not matter here.
fn below(rng: &mut Rng, bound: usize) -> usize {
    usize::from(u16::from_le_bytes(rng.bytes())) % bound
}
