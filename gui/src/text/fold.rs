//! Text as people look for it: without capitals, accents and the difference between a dash and a space.

/// Folded text. Two texts that somebody would call "the same letters" fold to the same.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' => out.push('a'),
            'ç' => out.push('c'),
            'è' | 'é' | 'ê' | 'ë' => out.push('e'),
            'ì' | 'í' | 'î' | 'ï' => out.push('i'),
            'ñ' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'ö' | 'õ' | 'ø' => out.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            'ß' => out.push_str("ss"),
            // Accents that stand apart from their letter.
            '\u{0300}'..='\u{036f}' => {}
            '-' | '_' | '\'' | '’' | '\u{a0}' | '\u{202f}' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// How well letters typed in a hurry fit a text, both folded; smaller is better. `None`: they do not.
///
/// A text that begins so comes before one with a word that begins so, before one that holds it, before one that holds
/// its letters in order.
#[must_use]
pub fn rank(text: &str, typed: &str) -> Option<u32> {
    if typed.is_empty() {
        return Some(0);
    }
    if text == typed {
        return Some(0);
    }
    if text.starts_with(typed) {
        return Some(1);
    }
    if text.split_whitespace().any(|word| word.starts_with(typed)) {
        return Some(2);
    }
    if text.contains(typed) {
        return Some(3);
    }
    let mut letters = text.chars();
    let mut skipped = 0_u32;
    for wanted in typed.chars() {
        skipped += u32::try_from(letters.by_ref().position(|letter| letter == wanted)?).ok()?;
    }
    Some(4 + skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_capitals_and_dashes_make_no_difference() {
        assert_eq!(fold("Cœur Étoilé"), "coeur etoile");
        assert_eq!(fold("e\u{301}te\u{301}"), "ete");
        assert_eq!(fold("arc-en-ciel"), fold("Arc en ciel"));
    }

    #[test]
    fn the_closer_fit_ranks_first() {
        let ranks: Vec<_> = ["ada", "ada lovelace", "la ada", "canada", "a dia"]
            .map(|text| rank(text, "ada"))
            .into();
        assert!(ranks.is_sorted(), "{ranks:?}");
        assert_eq!(rank("emmy", "ada"), None);
    }
}
