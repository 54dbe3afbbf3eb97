//! Texts that people paste or type: whatever is read has one spelling.

use bip39::Language;
use data_encoding::BASE32_NOPAD_NOCASE;

use super::{Target, Verdict, seeds};
use crate::control::{JoinLink, join_link};
use crate::identity::link::LINK_CHARS_MAX;
use crate::identity::{ContactLink, RecoveryWords, WordsError};

/// Contact links: what is read writes itself as a link that reads the same, and names the account whose bytes
/// stand in the text.
pub(super) const CONTACT_LINK: Target = Target {
    name: "contact_link",
    run: |input| contact_link(input, |text| text.parse().ok()),
    planted: |input| contact_link(input, |text| text.replace('-', "").parse().ok()),
    bug: "hyphens anywhere in a link are forgiven",
    seeds: seeds::links,
};

/// Invite links: the same of community, invite and secret.
pub(super) const JOIN_LINK: Target = Target {
    name: "join_link",
    run: |input| join_link(input, |text| text.parse().ok()),
    planted: |input| join_link(input, |text| text.replace('-', "").parse().ok()),
    bug: "hyphens anywhere in an invite link are forgiven",
    seeds: seeds::join_links,
};

/// Recovery phrases: what is read is, in lowercase and single spaces, what was typed.
pub(super) const WORDS: Target = Target {
    name: "words",
    run: |input| words(input, RecoveryWords::parse),
    planted: |input| words(input, guessing),
    bug: "a phrase with a wrong last word is read as the one that it might have been",
    seeds: seeds::phrases,
};

fn contact_link(input: &[u8], parse: fn(&str) -> Option<ContactLink>) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else {
        return Verdict::Refused;
    };
    let Some(link) = parse(text) else {
        return Verdict::Refused;
    };
    let canonical = link.to_string();
    assert!(canonical.len() <= LINK_CHARS_MAX, "a link over its limit");
    assert_eq!(
        canonical.parse(),
        Ok(link.clone()),
        "a link that does not read itself"
    );
    let bytes = bytes_of(text);
    assert_eq!(
        bytes[1..33],
        *link.account().as_bytes(),
        "a link to another account"
    );
    Verdict::Accepted
}

fn join_link(input: &[u8], parse: fn(&str) -> Option<JoinLink>) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else {
        return Verdict::Refused;
    };
    let Some(link) = parse(text) else {
        return Verdict::Refused;
    };
    let canonical = link.to_string();
    assert!(
        canonical.len() <= join_link::LINK_CHARS_MAX,
        "an invite link over its limit"
    );
    assert_eq!(
        canonical.parse(),
        Ok(link.clone()),
        "an invite link that does not read itself"
    );
    let bytes = bytes_of(text);
    let said = [link.community().0.0, link.invite().0.0, *link.key().seed()];
    assert_eq!(bytes[1..97], said.concat(), "another invite");
    Verdict::Accepted
}

/// What stands behind the prefix of a link that was read.
fn bytes_of(text: &str) -> Vec<u8> {
    let typed: String = text.split_whitespace().collect::<String>().to_lowercase();
    let payload = typed.rsplit('/').next().unwrap_or_default();
    let bytes = BASE32_NOPAD_NOCASE.decode(payload.as_bytes());
    let bytes = bytes.expect("a link that is not base32 behind its prefix");
    assert_eq!(
        usize::from(bytes[0]) + 1,
        bytes.len(),
        "a link of another length than it says"
    );
    bytes
}

fn words(input: &[u8], parse: fn(&str) -> Result<RecoveryWords, WordsError>) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else {
        return Verdict::Refused;
    };
    let Ok(read) = parse(text) else {
        return Verdict::Refused;
    };
    let typed = text
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert_eq!(*read.phrase(), typed, "another phrase than typed");
    assert_eq!(
        RecoveryWords::parse(&typed),
        Ok(read),
        "a phrase that does not read itself"
    );
    Verdict::Accepted
}

fn guessing(text: &str) -> Result<RecoveryWords, WordsError> {
    let read = RecoveryWords::parse(text);
    if read != Err(WordsError::Checksum) {
        return read;
    }
    let (start, _) = text
        .trim_end()
        .rsplit_once(char::is_whitespace)
        .unwrap_or((text, ""));
    let mut guesses = Language::English
        .word_list()
        .iter()
        .map(|last| format!("{start} {last}"));
    guesses
        .find_map(|guess| RecoveryWords::parse(&guess).ok())
        .ok_or(WordsError::Checksum)
}
