//! What emoji are called, in both languages, and finding them by that.
//!
//! Order, groups, skin tones and shortcodes come from the crate `emojis`; names and other words from Unicode's CLDR
//! (`assets/emoji`). What the bundled font cannot draw is not offered.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use emojis::{Emoji, EmojiVersion, Group, SkinTone};

use crate::text::Language;
use crate::text::fold::fold;

/// The newest emoji that the bundled font draws.
const NEWEST: EmojiVersion = EmojiVersion::new(15, 0);

const ENGLISH: &str = include_str!("../../../assets/emoji/en.txt");
const FRENCH: &str = include_str!("../../../assets/emoji/fr.txt");

/// An emoji with what it is called in one language.
#[derive(Debug)]
pub struct Named {
    /// The emoji, without a skin tone.
    pub emoji: &'static Emoji,
    /// Its name.
    pub name: &'static str,
    /// The name as it is looked for.
    folded: String,
    /// Its shortcodes, the same way.
    codes: Vec<String>,
    /// Other words, the same way.
    words: Vec<String>,
}

/// Every emoji in the order that people know, by group.
#[must_use]
pub fn all(language: Language) -> &'static [Named] {
    static ALL: [OnceLock<Vec<Named>>; 2] = [OnceLock::new(), OnceLock::new()];
    let [english, french] = &ALL;
    match language {
        Language::En => english.get_or_init(|| read(ENGLISH)),
        Language::Fr => french.get_or_init(|| read(FRENCH)),
        #[cfg(any(test, feature = "testing"))]
        Language::Pseudo => french.get_or_init(|| read(FRENCH)),
    }
}

fn read(source: &'static str) -> Vec<Named> {
    let lines: BTreeMap<&str, (&str, &str)> = source
        .lines()
        .filter_map(|line| {
            let (emoji, rest) = line.split_once('\t')?;
            Some((emoji, rest.split_once('\t')?))
        })
        .collect();
    emojis::iter()
        .filter(|emoji| emoji.emoji_version() <= NEWEST)
        .map(|emoji| {
            let plain = emoji.as_str().replace('\u{fe0f}', "");
            let (name, others) = lines
                .get(&*plain)
                .copied()
                .unwrap_or_else(|| (emoji.name(), ""));
            let words = others.split('|').filter(|word| !word.is_empty());
            Named {
                emoji,
                name,
                folded: fold(name),
                codes: emoji.shortcodes().map(fold).collect(),
                words: words.map(fold).collect(),
            }
        })
        .collect()
}

/// What people write most, after the Unicode Consortium's count of 2021: of equal fits, these come first.
const POPULAR: [&str; 50] = [
    "😂", "❤️", "🤣", "👍", "😭", "🙏", "😘", "🥰", "😍", "😊", "🎉", "😁", "💕", "🥺", "😅", "🔥",
    "☺️", "🤦", "♥️", "🤷", "🙄", "😆", "🤗", "😉", "🎂", "🤔", "👏", "🙂", "😳", "🥳", "😎", "👌",
    "💜", "😔", "💪", "✨", "💖", "👀", "😋", "😏", "😢", "👉", "💗", "😩", "💯", "🌹", "💞", "🎈",
    "💙", "😃",
];

/// What somebody typed, best fits first.
#[must_use]
pub fn search(language: Language, typed: &str) -> Vec<&'static Named> {
    let typed = fold(typed.trim().trim_matches(':'));
    let mut found: Vec<_> = all(language)
        .iter()
        .filter_map(|named| Some(((named.rank(&typed)?, named.place(&typed)), named)))
        .collect();
    // A stable sort: equal fits that nobody writes much stay in the order that people know.
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, named)| named).collect()
}

impl Named {
    /// How well it fits; smaller is better.
    fn rank(&self, typed: &str) -> Option<u8> {
        let begins = |text: &str| text.split_whitespace().any(|word| word.starts_with(typed));
        if self.codes.iter().any(|code| code == typed) {
            return Some(0);
        }
        if self.folded.starts_with(typed) || self.codes.iter().any(|code| code.starts_with(typed)) {
            return Some(1);
        }
        if begins(&self.folded) || self.all_words().any(begins) {
            return Some(2);
        }
        // Several words in any order: each must be somewhere.
        let found = typed.split_whitespace().all(|part| {
            self.folded.contains(part) || self.all_words().any(|word| word.contains(part))
        });
        found.then_some(3)
    }

    /// Its place among equal fits: what people write most, a whole name before its beginning, then what only has the
    /// name. "Cœur" is the red heart, though the organ is called just that.
    fn place(&self, typed: &str) -> usize {
        let whole = self.folded == typed;
        let popular = POPULAR
            .iter()
            .position(|popular| *popular == self.emoji.as_str());
        match (popular, whole) {
            (Some(_), true) => 0,
            (Some(place), false) => 1 + place,
            (None, true) => 1 + POPULAR.len(),
            (None, false) => 2 + POPULAR.len(),
        }
    }

    fn all_words(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().chain(&self.words).map(String::as_str)
    }

    /// This emoji in a skin tone, where it has any.
    #[must_use]
    pub fn toned(&self, tone: u8) -> &'static str {
        toned(self.emoji, tone)
    }
}

/// An emoji in a skin tone from 1 (light) to 5 (dark); 0, and emoji without tones, stay as they are.
#[must_use]
pub fn toned(emoji: &'static Emoji, tone: u8) -> &'static str {
    let tone = match tone {
        1 => SkinTone::Light,
        2 => SkinTone::MediumLight,
        3 => SkinTone::Medium,
        4 => SkinTone::MediumDark,
        5 => SkinTone::Dark,
        _ => SkinTone::Default,
    };
    emoji.with_skin_tone(tone).unwrap_or(emoji).as_str()
}

/// What an emoji is called, whatever its skin tone; empty when we do not know it.
#[must_use]
pub fn name(language: Language, emoji: &str) -> &'static str {
    let Some(known) = emojis::get(emoji) else {
        return "";
    };
    let plain = known.with_skin_tone(SkinTone::Default).unwrap_or(known);
    all(language)
        .iter()
        .find(|named| named.emoji == plain)
        .map_or_else(|| known.name(), |named| named.name)
}

/// The groups, in order.
pub const GROUPS: [Group; 9] = [
    Group::SmileysAndEmotion,
    Group::PeopleAndBody,
    Group::AnimalsAndNature,
    Group::FoodAndDrink,
    Group::TravelAndPlaces,
    Group::Activities,
    Group::Objects,
    Group::Symbols,
    Group::Flags,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn first(language: Language, typed: &str) -> &'static str {
        search(language, typed)
            .first()
            .map_or("", |named| named.emoji.as_str())
    }

    #[test]
    fn emoji_are_found_in_both_languages_and_by_shortcode() {
        assert_eq!(first(Language::Fr, "cœur rouge"), "❤️");
        assert_eq!(first(Language::Fr, "coeur rouge"), "❤️");
        assert_eq!(first(Language::En, "red heart"), "❤️");
        assert_eq!(first(Language::Fr, ":tada:"), "🎉");
        assert_eq!(first(Language::En, "tada"), "🎉");
        assert_eq!(first(Language::Fr, "crepe"), "🥞");
        assert_eq!(first(Language::Fr, "méduse"), "🪼");
        assert!(search(Language::En, "no such thing at all").is_empty());
    }

    #[test]
    fn of_equal_fits_what_people_write_most_comes_first() {
        for typed in ["coeur", "cœur", "Cœur"] {
            assert_eq!(first(Language::Fr, typed), "❤️", "{typed}");
        }
        assert_eq!(first(Language::En, "heart"), "❤️");
        // A shortcode that is spelled out means what it means, whatever else begins so.
        assert_eq!(first(Language::En, "smile"), "😄");
        // The whole name of something rare still comes before what only begins so.
        let hearts = search(Language::Fr, "coeur");
        let at = |emoji: &str| (hearts.iter()).position(|named| named.emoji.as_str() == emoji);
        assert!(at("🫀").unwrap() < at("🖤").unwrap());
    }

    #[test]
    fn everything_popular_is_known_and_stands_there_once() {
        for (place, emoji) in POPULAR.iter().enumerate() {
            let known = all(Language::En)
                .iter()
                .any(|named| named.emoji.as_str() == *emoji);
            assert!(known, "{emoji}");
            assert!(!POPULAR[..place].contains(emoji), "{emoji} twice");
        }
    }

    #[test]
    fn every_emoji_has_a_name_in_french_of_its_own() {
        let french = all(Language::Fr);
        assert!(french.len() > 1_800);
        let foreign: Vec<_> = french
            .iter()
            .zip(all(Language::En))
            .filter(|(named, _)| !FRENCH.contains(&format!("\t{}\t", named.name)))
            .map(|(named, _)| named.name)
            .collect();
        assert!(foreign.is_empty(), "{foreign:?}");
    }

    #[test]
    fn tones_are_given_to_those_who_have_them() {
        let thumb = emojis::get("👍").unwrap();
        assert_eq!(toned(thumb, 5), "👍🏿");
        assert_eq!(toned(thumb, 0), "👍");
        assert_eq!(toned(emojis::get("🎉").unwrap(), 3), "🎉");
        assert_eq!(name(Language::Fr, "👍🏿"), "pouce vers le haut");
    }
}
