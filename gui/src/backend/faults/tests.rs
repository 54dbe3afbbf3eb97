//! Every reason has its sentence, in both languages, with every blank filled.

use node::net::NetError;
use protocol::control::ControlFault;
use protocol::identity::BundleFault;

use super::*;
use crate::text::{Language, Text};

/// Said in both languages, by sentences of the catalogue and with nothing left blank.
fn is_said(sentence: &Sentence, of: &dyn std::fmt::Debug) {
    let [english, french] = [Language::En, Language::Fr].map(Text::new);
    let (english, french) = (sentence.said(&english), sentence.said(&french));
    for said in [&english, &french] {
        assert!(!said.contains(['⟦', '{', '$']), "{of:?}: {said}");
    }
    assert_ne!(english, french, "{of:?}");
}

fn file() -> String {
    "history.redb".to_owned()
}

#[test]
fn every_refusal_of_the_core_is_said_in_both_languages() {
    let range = |actual, unit| Rejected::OutOfRange {
        field: "body",
        min: 1,
        max: 16_000,
        actual,
        unit,
    };
    let all = [
        Rejected::UnknownContact,
        Rejected::NotAccepted,
        Rejected::Blocked,
        Rejected::Changed,
        Rejected::NoRequest,
        Rejected::WordsIncomplete,
        Rejected::NotInReach,
        Rejected::Oneself,
        range(0, "bytes"),
        range(20_000, "bytes"),
        range(20_000, "characters"),
        Rejected::UnknownMessage,
        Rejected::NotTheAuthor,
        Rejected::Deleted,
        Rejected::KeyReused,
        Rejected::Full { what: "requests" },
        Rejected::MediaType,
        Rejected::Bundle(BundleFault::Empty),
        Rejected::DeviceRevoked,
        Rejected::UnknownCommunity,
        Rejected::NotMember,
        Rejected::NotPermitted,
        Rejected::NotPossible(ControlFault::NoConsent),
        Rejected::NoKeys,
        Rejected::UnknownChannel,
        Rejected::Silenced {
            left: Duration::from_secs(61),
        },
        Rejected::NotACategory,
        Rejected::NotByChannel,
        Rejected::OwnMessage,
        Rejected::PublicChannel,
        Rejected::Nothing,
        Rejected::NotAnEmoji,
        Rejected::TooSoon {
            wait: Duration::from_millis(4_200),
        },
        Rejected::Comparing,
        Rejected::NoModerator,
        Rejected::UnknownReport,
        Rejected::UnknownRole,
        Rejected::Leave,
        Rejected::UnknownMember,
        Rejected::Owner,
    ];
    for rejected in all {
        let error = AskError::Rejected(rejected);
        is_said(&asked(&error), &error);
    }
    for error in [
        AskError::NotStored(file()),
        AskError::Busy,
        AskError::Stopped,
    ] {
        is_said(&asked(&error), &error);
    }
}

#[test]
fn every_failure_of_the_node_is_said_in_both_languages() {
    for failure in [
        DialFailure::NoAddress,
        DialFailure::OwnAddress,
        DialFailure::AlreadyLinked,
        DialFailure::WrongPeer,
        DialFailure::TooManyConnections,
        DialFailure::Unreachable("timeout".to_owned()),
        DialFailure::NotALink,
    ] {
        is_said(&dialled(&failure), &failure);
    }
    for fault in [
        WordsFault::NotWords(WordsError::Count { found: 23 }),
        WordsFault::NotWords(WordsError::UnknownWord { position: 2 }),
        WordsFault::NotWords(WordsError::Checksum),
        WordsFault::OtherAccount,
        WordsFault::NotStored(file()),
        WordsFault::Busy,
        WordsFault::Stopped,
    ] {
        is_said(&words(&fault), &fault);
    }
    let io = || io::Error::other("strange");
    for error in [
        NodeError::Profile(ProfileError::NoRandomness(file())),
        NodeError::Net(NetError::Transport("strange".to_owned())),
        NodeError::Api(node::api::ApiError::Io(io())),
        NodeError::Driver(node::DriverError::Gone("store")),
        NodeError::Thread(io()),
        NodeError::Panicked("driver"),
        StoreError::io(file(), io()).into(),
        StoreError::io(file(), io::ErrorKind::PermissionDenied.into()).into(),
        StoreError::io(file(), io::ErrorKind::StorageFull.into()).into(),
        StoreError::corrupt(file(), "a hash").into(),
        StoreError::WrongKind { table: "own" }.into(),
        StoreError::Foreign { file: file() }.into(),
    ] {
        is_said(&node(&error), &error);
    }
}

/// What is not built above cannot lack its sentence either: every key that this file names is in the catalogue.
#[test]
fn every_key_is_in_the_catalogue() {
    let source = include_str!("../faults.rs");
    let mut keys: Vec<_> = source.split('"').skip(1).step_by(2).collect();
    keys.retain(|key| key.contains('-') && !key.contains(char::is_whitespace));
    assert!(keys.len() > 50, "{keys:?}");
    for language in [Language::En, Language::Fr] {
        let text = Text::new(language);
        for key in &keys {
            assert_ne!(text.say(key), format!("⟦{key}⟧"), "{language:?}");
        }
    }
}
