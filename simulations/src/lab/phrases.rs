//! What people say in a world: every sentence different, and known beforehand, so that it can be
//! looked for everywhere it should not be.

use std::sync::atomic::{AtomicUsize, Ordering};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

const WHO: &[&str] = &[
    "the heron",
    "my neighbour",
    "the old ferry",
    "le boulanger",
    "a small comet",
    "la marée",
    "the night train",
    "our cat",
    "le phare",
    "the choir",
    "a grey kite",
    "la bibliothécaire",
];
const DOES: &[&str] = &[
    "waits beside",
    "walked around",
    "sings to",
    "forgot about",
    "regarde",
    "dreams of",
    "borrowed",
    "a traversé",
    "keeps an eye on",
    "never liked",
    "follows",
    "answers",
];
const WHAT: &[&str] = &[
    "the weir",
    "eleven lanterns",
    "la grande écluse",
    "a letter from Brest",
    "the harbour wall",
    "the last apple",
    "un vieux vélo",
    "the north window",
    "a jar of honey",
    "les nuages",
    "the crossword",
    "two wet umbrellas",
];

/// Ends what will be taken back, so that nobody answers it.
pub(crate) const FLEETING: &str = " (oops)";

/// Emoji that people put on messages; each longer than eight bytes, so that a search for it is
/// free of chance.
pub(crate) const EMOJI: &[&str] = &["👩🏽‍🔬", "🙋🏿‍♀️", "👨‍👩‍👧‍👦", "🧑🏻‍🚀", "🏴‍☠️", "👍🏼👍🏼"];

/// Sentences for one world.
#[derive(Debug)]
pub(crate) struct Phrases {
    sentences: Vec<String>,
    next: AtomicUsize,
}

impl Phrases {
    /// So many different sentences.
    #[must_use]
    pub(crate) fn new(seed: u64, count: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let sentence = |number: usize| {
            let mut pick = |words: &[&str]| {
                words
                    .choose(&mut rng)
                    .copied()
                    .unwrap_or_default()
                    .to_owned()
            };
            let sentence = format!("{} {} {}", pick(WHO), pick(DOES), pick(WHAT));
            format!(
                "{sentence}, {number}-{:06x}",
                rng.random_range(0..0x0100_0000)
            )
        };
        Self {
            sentences: (0..count).map(sentence).collect(),
            next: AtomicUsize::new(0),
        }
    }

    /// A sentence that nobody said yet; `None` once all are said.
    #[must_use]
    pub(crate) fn next(&self) -> Option<&str> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.sentences.get(number).map(String::as_str)
    }

    /// Those said so far.
    pub(crate) fn said(&self) -> impl Iterator<Item = &str> {
        let said = self.next.load(Ordering::Relaxed).min(self.sentences.len());
        self.sentences.iter().take(said).map(String::as_str)
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.sentences.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::search::PATTERN_BYTES_MIN;
    use super::*;

    #[test]
    fn sentences_differ_and_all_that_is_said_can_be_searched() {
        let phrases = Phrases::new(1, 500);
        let different: BTreeSet<_> = phrases.all().collect();
        assert_eq!(different.len(), 500);
        assert!(
            phrases
                .all()
                .chain(EMOJI.iter().copied())
                .all(|s| s.len() >= PATTERN_BYTES_MIN)
        );
    }
}
