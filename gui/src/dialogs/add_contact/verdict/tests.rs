//! Every way in which a link can be wrong, said in words of both languages.

use jiff::tz::TimeZone;
use protocol::identity::Hints;

use super::*;
use crate::context::Wishes;
use crate::fixtures::{self, ADA, GRACE, ME, SOPHIE};
use crate::prefs::Prefs;
use crate::text::{Language, Text};
use crate::theme::Scheme;

fn link(account: AccountId) -> String {
    ContactLink::new(account, Hints::None).unwrap().to_string()
}

fn said(language: Language, text: &str) -> (String, bool) {
    let (model, prefs, text_of, wishes) = (
        fixtures::model(),
        Prefs::default(),
        Text::new(language),
        Wishes::default(),
    );
    let cx = Cx {
        model: &model,
        prefs: &prefs,
        text: &text_of,
        scheme: Scheme::Dark,
        now_ms: fixtures::NOW_MS,
        zone: &TimeZone::UTC,
        narrow: false,
        wishes: &wishes,
    };
    Verdict::of(&model, text).sentence(&cx)
}

#[test]
fn every_fault_of_a_link_has_its_own_sentence() {
    let good = link(AccountId([0x99; 32]));
    let (half, _) = good.split_at(good.len() / 2);
    let mistyped = {
        let mut letters: Vec<char> = good.chars().collect();
        letters[40] = if letters[40] == 'a' { 'b' } else { 'a' };
        letters.into_iter().collect::<String>()
    };
    let cases = [
        ("https://example.org/x".to_owned(), "no LesCopains link"),
        (half.to_owned(), "The end is missing"),
        ("lescopains:c/1/".to_owned(), "all of the identity"),
        (good[5..].to_owned(), "The beginning is missing"),
        ("lescopains:g/1/abc".to_owned(), "not to a person"),
        (
            "lescopains:j/1/abc".to_owned(),
            "an invite into a community",
        ),
        ("lescopains:c/7/abc".to_owned(), "version 7"),
        (format!("{good}aa"), "2 characters too many"),
        (good.replacen('a', "1", 1), ""),
        (
            format!("{}!", &good[..good.len() - 1]),
            "“!” does not belong",
        ),
        (mistyped, "the check does not fit"),
        (link(ME), "your own link"),
        (link(ADA), "Ada Lovelace is among your contacts"),
        (link(GRACE), "You asked Grace Hopper already"),
    ];
    for (text, wanted) in cases {
        let (sentence, is_fault) = said(Language::En, &text);
        assert!(is_fault && sentence.contains(wanted), "{text}: {sentence}");
        let (other, _) = said(Language::Fr, &text);
        assert!(!other.contains('⟦') && other != sentence, "{other}");
    }
}

#[test]
fn the_missing_characters_are_counted() {
    let good = link(AccountId([0x99; 32]));
    let (sentence, _) = said(Language::En, &good[..good.len() - 7]);
    assert!(sentence.contains("7 more characters"), "{sentence}");
    assert!(sentence.contains("the check"), "{sentence}");
}

#[test]
fn a_good_link_is_good_as_people_paste_it() {
    let good = link(AccountId([0x99; 32]));
    let pasted = format!("  {}\n {} ", &good[..50], good[50..].to_uppercase());
    assert!(matches!(
        Verdict::of(&fixtures::model(), &pasted),
        Verdict::Good(_)
    ));
    // Asking somebody who asks is a yes.
    assert!(matches!(
        Verdict::of(&fixtures::model(), &link(SOPHIE)),
        Verdict::Good(_)
    ));
    assert!(!said(Language::En, "").1);
}
