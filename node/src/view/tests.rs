//! What each event leaves in the view, and that the view before it stays as it was.

use protocol::crypto::Rng;
use protocol::local::LocalDevice;
use protocol::message::{MessageId, MessageRef};
use protocol::time::{Hlc, Now};

use super::*;

const BO: AccountId = AccountId([2; 32]);
const CEM: AccountId = AccountId([3; 32]);

fn view() -> View {
    let name = Name::try_from("Ana").unwrap();
    let (local, _words) = LocalDevice::create(name, Now::default(), &mut Rng::from_seed([1; 32]));
    let LocalDevice { name, bundle, .. } = local;
    View::new(MeView { name, bundle })
}

fn after(events: impl IntoIterator<Item = Event>) -> View {
    events.into_iter().fold(view(), |view, event| {
        let before = format!("{view:?}");
        let next = view.reduce(&event).expect("it changes the view");
        assert_eq!(format!("{view:?}"), before);
        next
    })
}

fn presence(account: AccountId, presence: Option<Presence>) -> Event {
    Event::Presence { account, presence }
}

fn place(n: u8) -> Place {
    let message = MessageRef {
        author: DeviceId([n; 32]),
        id: MessageId([n; 16]),
    };
    (Hlc::from_bits(n.into()), message)
}

#[test]
fn presence_is_what_was_said_last_and_nothing_is_nothing() {
    let view = after([
        presence(BO, Some(Presence::Online)),
        presence(CEM, Some(Presence::Online)),
        presence(CEM, Some(Presence::Away)),
        presence(BO, None),
    ]);
    assert_eq!(*view.presence, BTreeMap::from([(CEM, Presence::Away)]));
}

#[test]
fn who_writes_is_there_until_they_do_not() {
    let typing = |account, active| Event::Typing { account, active };
    let view = after([typing(BO, true), typing(CEM, true), typing(BO, false)]);
    assert_eq!(*view.typing, BTreeSet::from([CEM]));
}

#[test]
fn both_marks_of_a_conversation_stand_side_by_side() {
    let own = |n| Event::ReadMark {
        conversation: BO,
        up_to: place(n),
    };
    let theirs = |n| Event::ReadByPeer {
        account: BO,
        up_to: place(n),
    };
    let view = after([own(1), theirs(2), own(3)]);
    let marks = ReadRow {
        own: Some(place(3)),
        theirs: Some(place(2)),
    };
    assert_eq!(*view.read, BTreeMap::from([(BO, marks)]));
}

#[test]
fn a_note_stands_until_it_is_emptied() {
    let note = |key, text: &str| Event::Note {
        key,
        text: text.try_into().unwrap(),
    };
    let (draft, petname) = (NoteKey::Draft(BO), NoteKey::Petname(BO));
    let view = after([note(draft, "On"), note(petname, "Bob"), note(draft, "")]);
    let name = "Bob".try_into().unwrap();
    assert_eq!(*view.notes, BTreeMap::from([(petname, name)]));
}

#[test]
fn settings_replace_those_before() {
    let privacy = Privacy {
        send_read_marks: true,
        presence: Presence::Invisible,
        ..Privacy::default()
    };
    assert_eq!(view().privacy, Privacy::default());
    assert_eq!(after([Event::Privacy(privacy)]).privacy, privacy);
}

#[test]
fn after_its_farewells_nobody_is_there_any_more() {
    let view = after([
        presence(BO, Some(Presence::Away)),
        Event::Typing {
            account: CEM,
            active: true,
        },
    ]);
    let view = view.farewells().iter().fold(view, |view, event| {
        view.reduce(event).expect("it changes the view")
    });
    assert!(view.presence.is_empty() && view.typing.is_empty());
}

#[test]
fn what_is_not_in_the_view_leaves_it_alone() {
    let answer = Event::Unopened { account: BO };
    assert!(view().reduce(&answer).is_none());
}
