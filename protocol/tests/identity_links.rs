//! A contact link survives what people do to text, and says what is wrong when it does not.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::net::{SocketAddrV4, SocketAddrV6};

use proptest::prelude::*;
use protocol::identity::link::{LINK_CHARS_MAX, Lost, PREFIX};
use protocol::identity::{AccountId, ContactLink, Hints, LinkError};
use protocol::wire::Text;
use serde_json::json;

#[path = "vectors/support.rs"]
mod support;

fn account() -> AccountId {
    AccountId(std::array::from_fn(|index| {
        u8::try_from(index * 7 + 1).unwrap()
    }))
}

fn longest() -> ContactLink {
    let host = Text::try_from("a-bootstrap.example.org:443").unwrap();
    ContactLink::new(account(), Hints::Bootstrap(host)).unwrap()
}

fn both_addresses() -> Hints {
    Hints::Addresses {
        v6: Some(SocketAddrV6::new(
            "2001:db8::7".parse().unwrap(),
            4_001,
            0,
            0,
        )),
        v4: Some(SocketAddrV4::new("192.0.2.7".parse().unwrap(), 4_002)),
    }
}

fn hints() -> impl Strategy<Value = Hints> {
    let v6 = prop::option::of(any::<([u8; 16], u16)>());
    let v4 = prop::option::of(any::<([u8; 4], u16)>());
    let addresses = (v6, v4).prop_map(|(v6, v4)| {
        let v6 = v6.map(|(ip, port)| SocketAddrV6::new(ip.into(), port, 0, 0));
        let v4 = v4.map(|(ip, port)| SocketAddrV4::new(ip.into(), port));
        if v6.is_none() && v4.is_none() {
            Hints::None
        } else {
            Hints::Addresses { v6, v4 }
        }
    });
    let host = "[a-z0-9.:-]{1,27}".prop_map(|host| Hints::Bootstrap(Text::try_from(host).unwrap()));
    prop_oneof![addresses, host]
}

proptest! {
    #[test]
    fn links_survive_text(id in any::<[u8; 32]>(), hints in hints()) {
        let link = ContactLink::new(AccountId(id), hints).unwrap();
        let text = link.to_string();
        prop_assert!(text.len() <= LINK_CHARS_MAX);
        prop_assert_eq!(&text.parse::<ContactLink>().unwrap(), &link);
        let wrapped: String = text.chars().flat_map(|c| [c, '\n', ' ']).collect();
        prop_assert_eq!(wrapped.to_uppercase().parse::<ContactLink>().unwrap(), link);
    }

    #[test]
    fn every_cut_is_called_a_cut(id in any::<[u8; 32]>(), hints in hints(), cut in any::<prop::sample::Index>()) {
        let text = ContactLink::new(AccountId(id), hints).unwrap().to_string();
        let end = cut.index(text.len());
        match text[..end].parse::<ContactLink>().unwrap_err() {
            LinkError::Empty => prop_assert_eq!(end, 0),
            LinkError::Truncated { missing, lost: Lost::Everything } => {
                prop_assert!(end + missing <= text.len());
            }
            LinkError::Truncated { missing, .. } => prop_assert_eq!(end + missing, text.len()),
            other => prop_assert!(false, "cut at {}: {:?}", end, other),
        }
    }

    #[test]
    fn one_wrong_character_is_noticed(id in any::<[u8; 32]>(), hints in hints(), at in any::<prop::sample::Index>(), by in 1_u8..32) {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let mut text = ContactLink::new(AccountId(id), hints).unwrap().to_string().into_bytes();
        let at = PREFIX.len() + at.index(text.len() - PREFIX.len());
        let old = ALPHABET.iter().position(|c| *c == text[at]).unwrap();
        text[at] = ALPHABET[(old + usize::from(by)) % 32];
        prop_assert!(String::from_utf8(text).unwrap().parse::<ContactLink>().is_err());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", tail in "[a-z2-7é]{0,130}") {
        drop(text.parse::<ContactLink>());
        drop(format!("{PREFIX}{tail}").parse::<ContactLink>());
    }
}

#[test]
fn the_longest_link_fits_a_line() {
    let text = longest().to_string();
    assert_eq!(text.len(), LINK_CHARS_MAX);
    assert!(text.len() <= 120);
}

#[test]
fn half_a_link_says_what_is_missing() {
    let text = ContactLink::new(account(), both_addresses())
        .unwrap()
        .to_string();
    let lost = |end: usize| text[..end].parse::<ContactLink>().unwrap_err();
    let missing = text.len() - text.len() / 2;
    assert_eq!(
        lost(text.len() / 2),
        LinkError::Truncated {
            missing,
            lost: Lost::Identity
        }
    );
    assert_eq!(
        lost(text.len() / 2).to_string(),
        "the link is cut off: 58 more characters belong at its end, a part of the identity is missing"
    );
    assert!(matches!(
        lost(9),
        LinkError::Truncated {
            lost: Lost::Everything,
            ..
        }
    ));
    assert!(matches!(
        lost(16),
        LinkError::Truncated {
            lost: Lost::Everything,
            ..
        }
    ));
    assert!(matches!(
        lost(PREFIX.len() + 54),
        LinkError::Truncated {
            lost: Lost::Checksum,
            ..
        }
    ));
    assert!(matches!(
        lost(text.len() - 1),
        LinkError::Truncated {
            missing: 1,
            lost: Lost::Hints
        }
    ));
    let second_half = text[text.len() / 2..].parse::<ContactLink>();
    assert_eq!(second_half, Err(LinkError::MissingStart));
    assert_eq!(
        text[4..].parse::<ContactLink>(),
        Err(LinkError::MissingStart)
    );
}

#[test]
fn what_is_no_contact_link_is_told_apart() {
    let parse = |text: &str| text.parse::<ContactLink>().unwrap_err();
    let text = longest().to_string();
    assert_eq!(parse(" \n"), LinkError::Empty);
    assert_eq!(
        parse("https://example.org/c/1/abc"),
        LinkError::ForeignScheme
    );
    assert_eq!(parse("hello"), LinkError::ForeignScheme);
    assert_eq!(parse("lescopains:i/1/abcdef"), LinkError::OtherKind);
    assert_eq!(
        parse("lescopains:c/2/abcdef"),
        LinkError::UnknownVersion { found: "2".into() }
    );
    assert_eq!(parse(&format!("{text}aa")), LinkError::TooLong { extra: 2 });
    let with_zero = format!("{}0{}", &text[..20], &text[21..]);
    assert_eq!(
        parse(&with_zero),
        LinkError::BadCharacter {
            position: 21,
            character: '0'
        }
    );
}

#[test]
fn links_without_meaning_cannot_be_made() {
    let make = |hints| ContactLink::new(account(), hints);
    assert_eq!(
        make(Hints::Addresses { v6: None, v4: None }),
        Err(LinkError::BadHints)
    );
    for host in ["", "Host.example", "a b", "x/y"] {
        let host = Hints::Bootstrap(Text::try_from(host).unwrap());
        assert_eq!(make(host), Err(LinkError::BadHints));
    }
}

#[test]
fn contact_links_are_frozen() {
    let cases = [
        (
            "no hints",
            ContactLink::new(account(), Hints::None).unwrap(),
        ),
        (
            "both addresses",
            ContactLink::new(account(), both_addresses()).unwrap(),
        ),
        ("bootstrap", longest()),
    ];
    let rows: Vec<_> = cases
        .iter()
        .map(|(name, link)| {
            json!({
                "name": name,
                "account": support::hex(account().as_bytes()),
                "hints": format!("{:?}", link.hints()),
                "link": link.to_string(),
            })
        })
        .collect();
    let file = support::golden("contact_link", &json!(rows));
    for ((_, link), row) in cases.iter().zip(file.as_array().unwrap()) {
        assert_eq!(
            &row["link"]
                .as_str()
                .unwrap()
                .parse::<ContactLink>()
                .unwrap(),
            link
        );
    }
}
