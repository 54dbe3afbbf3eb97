//! An invite link survives what people do to text, says what is wrong when it does not, and keeps its secret to itself.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::net::{SocketAddrV4, SocketAddrV6};

use proptest::prelude::*;
use protocol::control::join_link::{LINK_CHARS_MAX, PREFIX};
use protocol::control::{CommunityId, JoinLink, JoinLinkError, OpId};
use protocol::crypto::{Hash32, SigningKey};
use protocol::identity::{AccountId, ContactLink, Hints, LinkError, LinkKind, Lost};
use protocol::wire::Text;
use serde_json::json;

#[path = "vectors/support.rs"]
mod support;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

fn made(seed: [u8; 32], hints: Hints) -> JoinLink {
    let [community, invite] = [7, 9].map(|by| {
        Hash32(std::array::from_fn(|index| {
            seed[index].wrapping_mul(by).wrapping_add(by)
        }))
    });
    let key = SigningKey::from_seed(&seed);
    JoinLink::new(CommunityId(community), OpId(invite), &key, hints).unwrap()
}

fn seed() -> [u8; 32] {
    std::array::from_fn(|index| u8::try_from(index * 5 + 3).unwrap())
}

fn host() -> Hints {
    Hints::Bootstrap(Text::try_from("a-bootstrap.example.org:443").unwrap())
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

fn fault(text: &str) -> LinkError {
    text.parse::<JoinLink>().unwrap_err().0
}

proptest! {
    #[test]
    fn invites_survive_text(seed in any::<[u8; 32]>(), hints in hints()) {
        let link = made(seed, hints);
        let text = link.to_string();
        prop_assert!(text.len() <= LINK_CHARS_MAX);
        let read = text.parse::<JoinLink>().unwrap();
        prop_assert_eq!(&read, &link);
        prop_assert_eq!(read.key().verify_key(), SigningKey::from_seed(&seed).verify_key());
        let wrapped: String = text.chars().flat_map(|c| [c, '\n', ' ']).collect();
        prop_assert_eq!(wrapped.to_uppercase().parse::<JoinLink>().unwrap(), link);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", tail in "[a-z2-7é]{0,230}") {
        drop(text.parse::<JoinLink>());
        drop(format!("{PREFIX}{tail}").parse::<JoinLink>());
    }
}

#[test]
fn every_cut_is_called_a_cut() {
    for hints in [Hints::None, both_addresses(), host()] {
        let text = made(seed(), hints).to_string();
        for end in 0..text.len() {
            match fault(&text[..end]) {
                LinkError::Empty => assert_eq!(end, 0),
                LinkError::Truncated { missing, lost } => {
                    let whole = (end.saturating_sub(PREFIX.len())) * 5 / 8;
                    let expected = match (end, whole) {
                        (..17, _) => Lost::Everything,
                        (_, ..97) => Lost::Identity,
                        (_, ..101) => Lost::Checksum,
                        _ => Lost::Hints,
                    };
                    assert_eq!(lost, expected, "cut at {end}");
                    assert!(end + missing <= text.len());
                    assert!(lost == Lost::Everything || end + missing == text.len());
                }
                other => panic!("cut at {end}: {other:?}"),
            }
        }
    }
}

#[test]
fn each_wrong_character_is_noticed() {
    let text = made(seed(), both_addresses()).to_string();
    for at in PREFIX.len()..text.len() {
        let old = ALPHABET
            .iter()
            .position(|c| *c == text.as_bytes()[at])
            .unwrap();
        for by in 1..32 {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = ALPHABET[(old + by) % 32];
            let wrong = String::from_utf8(wrong).unwrap();
            let fault = fault(&wrong);
            // Of the length there are other lengths that a link can have.
            let mistyped = matches!(fault, LinkError::Checksum)
                || at < PREFIX.len() + 2
                    && matches!(
                        fault,
                        LinkError::Truncated { .. } | LinkError::TooLong { .. }
                    );
            assert!(mistyped, "character {at}: {fault:?}");
        }
    }
    let with_zero = format!("{}0{}", &text[..20], &text[21..]);
    let bad = LinkError::BadCharacter {
        position: 21,
        character: '0',
    };
    assert_eq!(fault(&with_zero), bad);
    assert_eq!(fault(&format!("{text}aa")), LinkError::TooLong { extra: 2 });
}

#[test]
fn a_link_to_a_contact_and_an_invite_are_told_apart_both_ways() {
    let invite = made(seed(), both_addresses()).to_string();
    let contact = ContactLink::new(AccountId([9; 32]), both_addresses())
        .unwrap()
        .to_string();
    for end in ["lescopains:c".len(), 13, 14, 15, 40, contact.len()] {
        let found = LinkKind::Contact;
        assert_eq!(fault(&contact[..end]), LinkError::Mistaken { found });
        let found = LinkKind::Invite;
        let error = invite[..end].parse::<ContactLink>().unwrap_err();
        assert_eq!(error, LinkError::Mistaken { found });
    }
    assert_eq!(
        contact
            .to_uppercase()
            .parse::<JoinLink>()
            .unwrap_err()
            .to_string(),
        "this is a link to a contact, not an invite into a community"
    );
    assert_eq!(
        invite.parse::<ContactLink>().unwrap_err().to_string(),
        "this is an invite into a community, not a link to a contact"
    );
    // The bytes of one behind the prefix of the other are neither.
    let swapped = invite.replacen(":j/", ":c/", 1);
    assert_eq!(swapped.parse::<ContactLink>(), Err(LinkError::Checksum));
    assert_eq!(
        fault(&contact.replacen(":c/", ":j/", 1)),
        LinkError::Checksum
    );
}

#[test]
fn what_is_no_invite_says_so_in_words_about_invites() {
    let said = |text: &str| text.parse::<JoinLink>().unwrap_err().to_string();
    let text = made(seed(), both_addresses()).to_string();
    assert_eq!(fault(" \n"), LinkError::Empty);
    assert_eq!(
        said("https://example.org/j/1/abc"),
        "this is not a LesCopains link: it does not begin with “lescopains:”"
    );
    assert_eq!(
        said("lescopains:g/1/abc"),
        "this is a LesCopains link, but not an invite into a community"
    );
    let found = "2".into();
    assert_eq!(
        fault("lescopains:j/2/abc"),
        LinkError::UnknownVersion { found }
    );
    assert_eq!(
        said(&text[text.len() / 2..]),
        "the beginning of the link is missing: it has to start with “lescopains:j/1/”"
    );
    assert_eq!(fault(&text[4..]), LinkError::MissingStart);
    assert_eq!(
        said(&text[..text.len() / 2]),
        "the link is cut off: 110 more characters belong at its end, a part of the invite is missing"
    );
    assert_eq!(
        said("lescopains:j/1/"),
        "the link is cut off: 162 more characters belong at its end, the whole invite is missing"
    );
    let key = SigningKey::from_seed(&[1; 32]);
    let empty = Hints::Addresses { v6: None, v4: None };
    let (community, invite) = (CommunityId(Hash32([1; 32])), OpId(Hash32([2; 32])));
    assert_eq!(
        JoinLink::new(community, invite, &key, empty),
        Err(JoinLinkError(LinkError::BadHints))
    );
}

#[test]
fn what_is_logged_of_an_invite_does_not_hold_its_secret() {
    let link = made([0xab; 32], host());
    let shown = format!("{link:?} {link:#?}").to_lowercase();
    let text = link.to_string();
    let secrets = ["abab", "171", "0xab", &text[PREFIX.len() + 104..][..16]];
    for secret in secrets {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("communityid("), "{shown}");
    assert_eq!(made(seed(), host()).to_string().len(), LINK_CHARS_MAX);
}

#[test]
fn invite_links_are_frozen() {
    let cases = [
        ("no hints", made(seed(), Hints::None)),
        ("both addresses", made(seed(), both_addresses())),
        ("bootstrap", made(seed(), host())),
    ];
    let rows: Vec<_> = cases
        .iter()
        .map(|(name, link)| {
            json!({
                "name": name,
                "community": support::hex(link.community().0.as_bytes()),
                "invite": support::hex(link.invite().0.as_bytes()),
                "secret": support::hex(link.key().seed().as_slice()),
                "key": support::hex(link.key().verify_key().as_bytes()),
                "hints": format!("{:?}", link.hints()),
                "link": link.to_string(),
            })
        })
        .collect();
    let file = support::golden("join_link", &json!(rows));
    for ((_, link), row) in cases.iter().zip(file.as_array().unwrap()) {
        let text = row["link"].as_str().unwrap();
        assert_eq!(&text.parse::<JoinLink>().unwrap(), link);
    }
}
