//! Text as long and as accented as a language may be, so that what does not fit shows before anybody translates.

use std::borrow::Cow;

/// Of a hundred letters, how many are written twice.
const LONGER: u32 = 35;

/// The text with an accent on every vowel and about a third of its letters more, within its words: long words are what
/// breaks lines and buttons.
pub(super) fn stretched(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len() * 2);
    let mut owed = 0;
    for letter in text.chars() {
        let accented = accented(letter);
        out.push(accented);
        if letter.is_alphabetic() {
            owed += LONGER;
        }
        while owed >= 50 && is_vowel(letter) {
            out.push(accented);
            owed = owed.saturating_sub(100);
        }
    }
    Cow::Owned(out)
}

const fn accented(letter: char) -> char {
    match letter {
        'a' => 'å',
        'e' => 'ë',
        'i' => 'ï',
        'o' => 'ö',
        'u' => 'ü',
        'y' => 'ÿ',
        'A' | 'À' => 'Å',
        'E' | 'É' => 'Ë',
        other => other,
    }
}

const fn is_vowel(letter: char) -> bool {
    matches!(
        letter,
        'a' | 'e'
            | 'i'
            | 'o'
            | 'u'
            | 'y'
            | 'à'
            | 'â'
            | 'é'
            | 'è'
            | 'ê'
            | 'ë'
            | 'î'
            | 'ô'
            | 'û'
            | 'ù'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_about_a_third_longer_and_keeps_what_is_no_letter() {
        let before = "Saisissez d’abord une phrase de passe : quatre ou cinq mots (Ctrl+E) 24 %.";
        let after = stretched(before);
        let letters = |text: &str| text.chars().filter(|letter| letter.is_alphabetic()).count();
        let (short, long) = (letters(before), letters(&after));
        assert!((130..=140).contains(&(long * 100 / short)), "{after}");
        let others = |text: &str| text.replace(char::is_alphabetic, "");
        assert_eq!(others(before), others(&after));
    }
}
