//! How hard a passphrase is to guess, in words. An estimate by its parts, not a promise; it refuses nothing.

/// Bits that a run of letters adds at most: a word of a list of some eight thousand.
const WORD_BITS: u32 = 13;

/// Bits of a letter or sign that nothing before it foretells.
const LETTER_BITS: u32 = 5;

/// How hard a passphrase is to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Found within minutes by whoever has the disk.
    Weak,
    /// Holds for a while.
    Fair,
    /// Holds for years.
    Good,
    /// Holds.
    Strong,
}

impl Strength {
    /// Of a passphrase.
    #[must_use]
    pub fn of(passphrase: &str) -> Self {
        match bits(passphrase) {
            0..=29 => Self::Weak,
            30..=41 => Self::Fair,
            42..=54 => Self::Good,
            _ => Self::Strong,
        }
    }

    /// Its sentence in the catalogue.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Weak => "strength-weak",
            Self::Fair => "strength-fair",
            Self::Good => "strength-good",
            Self::Strong => "strength-strong",
        }
    }

    /// Of four parts, how many are full.
    #[must_use]
    pub const fn parts(self) -> u16 {
        match self {
            Self::Weak => 1,
            Self::Fair => 2,
            Self::Good => 3,
            Self::Strong => 4,
        }
    }
}

/// About how many yes-or-no questions find it. Words count as words, whatever their length; a letter like the one
/// before it, or the next in the row, counts next to nothing, and so does a word that was there already.
fn bits(passphrase: &str) -> u32 {
    let mut bits = 0_u32;
    let mut words: Vec<&str> = Vec::new();
    let parts = passphrase.split_inclusive(|letter: char| !letter.is_alphabetic());
    for part in parts {
        let word = part.trim_end_matches(|letter: char| !letter.is_alphabetic());
        if word.is_empty() {
            continue;
        }
        if words.contains(&word) {
            bits = bits.saturating_add(1);
        } else {
            bits = bits.saturating_add((fresh(word) * LETTER_BITS).min(WORD_BITS));
            words.push(word);
        }
    }
    let others: String = passphrase
        .chars()
        .filter(|letter| !letter.is_alphabetic() && !letter.is_whitespace())
        .collect();
    bits.saturating_add(fresh(&others) * LETTER_BITS)
}

/// Letters that are neither the one before them nor its neighbour.
fn fresh(text: &str) -> u32 {
    let mut before = None;
    let mut count = 0_u32;
    for letter in text.chars().map(u32::from) {
        if before.is_none_or(|before: u32| before.abs_diff(letter) > 1) {
            count = count.saturating_add(1);
        }
        before = Some(letter);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_strong_and_tricks_are_not() {
        for weak in [
            "",
            "abc",
            "password1",
            "aaaaaaaaaaaaaaaaaaaa",
            "12345678901234567890",
            "chat chat chat chat",
        ] {
            assert_eq!(Strength::of(weak), Strength::Weak, "{weak}");
        }
        assert!(Strength::of("une lampe verte") >= Strength::Fair);
        assert!(Strength::of("lampe orage velours gare") >= Strength::Good);
        assert_eq!(
            Strength::of("correct horse battery staple lamp"),
            Strength::Strong
        );
        assert!(Strength::of("k7#mQ2!xV9") >= Strength::Good);
    }
}
