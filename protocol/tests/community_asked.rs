//! What a person asks of a community and cannot mean, or may not ask for now: refused before anything is written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::community::{CommunityCommand, StandingHere};
use protocol::content::{ChannelEvent, Mention};
use protocol::control::body::{
    Body, ChannelChange, ChannelKind, NewChannel, Overwrite, PolicyChange, RoleChange, Scope,
};
use protocol::control::{Bits, CommunityId, OpId, Position, Standing};
use protocol::error::Rejected;
use protocol::identity::AccountId;
use protocol::message::{MessageId, MessageRef};
use protocol::persist::Refusal;
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::turn::{Command, Reply};
use protocol::wire::Bounded;

#[path = "community/pen.rs"]
mod pen;
#[path = "community/table.rs"]
mod table;
use pen::{Pen, show};
use table::{
    SOON, act, ask, community_of, invite, join, name, say, text, text_channel, texts, view,
};

const ANA: usize = 0;
const BEN: usize = 1;
const CLEO: usize = 2;
const HOUR: Duration = Duration::from_secs(3_600);

fn try_to(table: &mut Table, seat: usize, community: CommunityId, body: Body) -> Option<Rejected> {
    let body = Box::new(body);
    ask(table, seat, CommunityCommand::Act { community, body }).err()
}

fn invite_for(
    table: &mut Table,
    seat: usize,
    community: CommunityId,
    lasts: Option<Duration>,
) -> Option<Rejected> {
    let command = CommunityCommand::Invite {
        community,
        uses: 1,
        lasts,
        roles: Bounded::default(),
        note: name(""),
    };
    ask(table, seat, command).err()
}

fn builders(bits: Bits) -> Body {
    Body::CreateRole {
        name: name("builders"),
        colour: [0; 3],
        position: Position(5),
        bits,
    }
}

fn placed(kind: ChannelKind, parent: Option<OpId>) -> Body {
    Body::CreateChannel(Box::new(NewChannel {
        kind,
        name: name("salon"),
        parent,
        place: 0,
        scope: Scope::Public,
        overwrites: Bounded::default(),
    }))
}

fn changed(channel: OpId, change: ChannelChange) -> Body {
    let changes = vec![change].try_into().unwrap();
    Body::UpdateChannel { channel, changes }
}

/// In an invite's note, a name or a topic as in a message. What others rely on goes on: they report, and they leave.
#[test]
fn whoever_is_silenced_says_nothing_in_any_other_way() {
    let (mut table, id, _) = community_of(&["Ana", "Ben", "Cleo"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    let role = act(&mut table, ANA, id, builders(Bits::MANAGE_CHANNELS));
    let who = table.account(BEN);
    act(&mut table, ANA, id, Body::Assign { who, role });
    let said = say(&mut table, CLEO, (id, channel), text("hello")).unwrap();
    table.pass(SOON);
    let nickname = || Body::Nickname {
        name: Some(name("Benoît")),
    };
    let topic = || changed(channel, ChannelChange::Topic(name("shouting")));
    assert_eq!(try_to(&mut table, BEN, id, topic()), None);
    let now = 1_700_000_000_000 + u64::try_from(table.now.as_millis()).unwrap();
    let hour = u64::try_from(HOUR.as_millis()).unwrap();
    let until = Timestamp::from_millis(now + hour);
    let silence = Body::Timeout {
        who,
        until: Hlc::from_wall(until),
        reason: name(""),
    };
    act(&mut table, ANA, id, silence);
    table.pass(SOON);
    let left = HOUR - SOON;
    let silenced = Some(Rejected::Silenced { left });
    assert_eq!(invite_for(&mut table, BEN, id, None), silenced);
    assert_eq!(try_to(&mut table, BEN, id, nickname()), silenced);
    assert_eq!(try_to(&mut table, BEN, id, topic()), silenced);
    let spoken = say(&mut table, BEN, (id, channel), text("but")).err();
    assert_eq!(spoken, silenced);
    let report = CommunityCommand::Report {
        community: id,
        channel,
        messages: vec![said].try_into().unwrap(),
        reason: name("rude"),
        key: None,
    };
    assert!(ask(&mut table, BEN, report).is_ok());
    table.pass(left);
    assert_eq!(invite_for(&mut table, BEN, id, None), None);
    assert_eq!(try_to(&mut table, BEN, id, nickname()), None);
    assert_eq!(try_to(&mut table, BEN, id, topic()), None);
}

#[test]
fn channels_stand_under_categories_and_nothing_under_itself() {
    let (mut table, id, _) = community_of(&["Ana"]);
    let heading = act(&mut table, ANA, id, placed(ChannelKind::Category, None));
    let under = placed(ChannelKind::Voice, Some(heading));
    let channel = act(&mut table, ANA, id, under);
    let refused = Some(Rejected::NotACategory);
    let inner = act(
        &mut table,
        ANA,
        id,
        placed(ChannelKind::Category, Some(heading)),
    );
    let wrong = [
        changed(heading, ChannelChange::Parent(Some(inner))),
        placed(ChannelKind::Text, Some(channel)),
        changed(channel, ChannelChange::Parent(Some(channel))),
        changed(heading, ChannelChange::Parent(Some(heading))),
    ];
    for body in wrong {
        assert_eq!(try_to(&mut table, ANA, id, body), refused);
    }
    let out = changed(channel, ChannelChange::Parent(None));
    assert_eq!(try_to(&mut table, ANA, id, out), None);
    let again = changed(channel, ChannelChange::Parent(Some(heading)));
    assert_eq!(try_to(&mut table, ANA, id, again), None);
    let shown = view(&table, ANA, id);
    let shown = shown.channels.iter().find(|one| one.id == channel);
    assert_eq!(shown.unwrap().parent, Some(heading));
}

#[test]
fn a_channel_gives_and_takes_only_what_is_done_in_channels() {
    let (mut table, id, _) = community_of(&["Ana"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    let overwrite = |allow, deny| {
        let role = id.founding();
        changed(
            channel,
            ChannelChange::Overwrite(Overwrite { role, allow, deny }),
        )
    };
    for bit in [Bits::ADMIN, Bits::KICK, Bits::CREATE_INVITE, Bits(1 << 40)] {
        for body in [overwrite(bit, Bits::NONE), overwrite(Bits::NONE, bit)] {
            let refused = try_to(&mut table, ANA, id, body);
            assert_eq!(refused, Some(Rejected::NotByChannel), "{bit:?}");
        }
    }
    let mut made = text_channel("salon", Scope::Public);
    if let Body::CreateChannel(made) = &mut made {
        let (role, allow, deny) = (id.founding(), Bits::ADMIN, Bits::NONE);
        made.overwrites = vec![Overwrite { role, allow, deny }].try_into().unwrap();
    }
    let refused = try_to(&mut table, ANA, id, made);
    assert_eq!(refused, Some(Rejected::NotByChannel));
    let quiet = overwrite(Bits::REACT, Bits::SEND);
    assert_eq!(try_to(&mut table, ANA, id, quiet), None);
}

#[test]
fn an_invite_lasts_a_while_or_for_ever() {
    let (mut table, id, _) = community_of(&["Ana"]);
    let year = Duration::from_secs(366 * 24 * 3_600);
    for (lasts, taken) in [
        (None, true),
        (Some(Duration::ZERO), false),
        (Some(Duration::from_secs(1)), true),
        (Some(year), true),
        (Some(year + Duration::from_secs(1)), false),
    ] {
        let refused = invite_for(&mut table, ANA, id, lasts);
        assert_eq!(refused.is_none(), taken, "{lasts:?} {refused:?}");
    }
}

#[test]
fn names_and_texts_of_spaces_alone_are_refused() {
    let (mut table, id, _) = community_of(&["Ana"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    let role = act(&mut table, ANA, id, builders(Bits::NONE));
    let of_role = vec![RoleChange::Name(name(" "))].try_into().unwrap();
    let of_all = vec![PolicyChange::Name(name(" "))].try_into().unwrap();
    let wrong = [
        changed(channel, ChannelChange::Name(name(" "))),
        text_channel(" ", Scope::Public),
        Body::UpdateRole {
            role,
            changes: of_role,
        },
        Body::Policy { changes: of_all },
        Body::Nickname {
            name: Some(name(" ")),
        },
    ];
    for body in wrong {
        let refused = try_to(&mut table, ANA, id, body);
        assert!(matches!(
            refused,
            Some(Rejected::OutOfRange { actual: 0, .. })
        ));
    }
    let said = say(&mut table, ANA, (id, channel), text(" \n"));
    assert!(matches!(said, Err(Rejected::OutOfRange { actual: 0, .. })));
    let root = say(&mut table, ANA, (id, channel), text("hello")).unwrap();
    let thread = ChannelEvent::Thread {
        root,
        name: name(" "),
    };
    assert!(say(&mut table, ANA, (id, channel), thread).is_err());
    let words = ChannelEvent::React {
        target: root,
        emoji: name("ok"),
        on: true,
    };
    let refused = say(&mut table, ANA, (id, channel), words);
    assert_eq!(refused, Err(Rejected::NotAnEmoji));
}

fn ban(who: AccountId, until: Option<Hlc>) -> Body {
    Body::Ban {
        who,
        cut: Bounded::default(),
        until,
        invites: false,
        reason: name(""),
    }
}

/// By this table's clock, from now.
fn after(table: &Table, time: Duration) -> Hlc {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
    let now = 1_700_000_000_000 + millis(table.now);
    Hlc::from_wall(Timestamp::from_millis(now + millis(time)))
}

#[test]
fn a_ban_that_ended_keeps_nobody_out() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let who = table.account(BEN);
    let until = after(&table, HOUR);
    act(&mut table, ANA, id, ban(who, Some(until)));
    table.pass(SOON);
    let shown = |table: &Table| {
        let members = view(table, ANA, id).members;
        let ben = members.iter().find(|one| one.account == who).unwrap();
        (ben.standing, ben.banned_until)
    };
    assert_eq!(shown(&table), (Standing::Banned, Some(until)));
    let made = invite(&mut table, ANA, id, 5);
    table.pass(SOON);
    join(&mut table, BEN, ANA, id, made);
    table.pass(SOON);
    assert!(matches!(
        view(&table, BEN, id).standing,
        StandingHere::Joining {
            refused: Some(Refusal::Banned),
            ..
        }
    ));
    table.pass(HOUR);
    table.pass(Duration::from_secs(60));
    assert_eq!(view(&table, BEN, id).standing, StandingHere::In);
    assert_eq!(shown(&table), (Standing::Member, None));
    // For ever is for ever, whatever ends beside it.
    act(&mut table, ANA, id, ban(who, None));
    let until = after(&table, HOUR);
    act(&mut table, ANA, id, ban(who, Some(until)));
    table.pass(SOON);
    assert_eq!(shown(&table), (Standing::Banned, None));
}

#[test]
fn what_is_done_to_people_can_be_done_to_them() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let role = act(&mut table, ANA, id, builders(Bits::NONE));
    let who = table.account(BEN);
    let year = Duration::from_secs(366 * 24 * 3_600);
    let kick = Body::Kick {
        who,
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    };
    let silence = |until| Body::Timeout {
        who,
        until,
        reason: name(""),
    };
    let (soon, late) = (after(&table, HOUR), after(&table, 2 * year));
    let past = Hlc::from_wall(Timestamp::from_millis(1));
    let of_members = [kick.clone(), silence(soon), Body::Transfer { to: who }];
    let out_of_range = |refused: Option<Rejected>| {
        matches!(
            refused,
            Some(Rejected::OutOfRange {
                field: "lasts_s",
                ..
            })
        )
    };
    for body in [silence(late), ban(who, Some(late)), ban(who, Some(past))] {
        assert!(out_of_range(try_to(&mut table, ANA, id, body)));
    }
    let nothing = [
        Body::Unassign { who, role },
        Body::Confirm {
            who: vec![who].try_into().unwrap(),
        },
    ];
    for body in nothing {
        let refused = try_to(&mut table, ANA, id, body);
        assert_eq!(refused, Some(Rejected::Nothing));
    }
    // A silence is ended by one that is over.
    let second = after(&table, Duration::from_millis(999));
    for body in [silence(soon), silence(past), kick, ban(who, Some(second))] {
        assert_eq!(try_to(&mut table, ANA, id, body), None);
    }
    for body in of_members {
        let refused = try_to(&mut table, ANA, id, body);
        assert_eq!(refused, Some(Rejected::UnknownMember));
    }
    let to = table.account(ANA);
    assert_eq!(try_to(&mut table, ANA, id, Body::Transfer { to }), None);
}

/// Keys of public channels are everybody's: who believes that somebody does not read them believes what is not so.
#[test]
fn what_is_public_is_hidden_from_nobody() {
    let (mut table, id, _) = community_of(&["Ana"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    let role = act(&mut table, ANA, id, builders(Bits::NONE));
    let hides = ChannelChange::Overwrite(Overwrite {
        role,
        allow: Bits::NONE,
        deny: Bits::VIEW,
    });
    let blind = vec![RoleChange::Uses(Bits::SEND)].try_into().unwrap();
    let blind = Body::UpdateRole {
        role: id.founding(),
        changes: blind,
    };
    for body in [changed(channel, hides.clone()), blind] {
        let refused = try_to(&mut table, ANA, id, body);
        assert_eq!(refused, Some(Rejected::PublicChannel));
    }
    let close = vec![ChannelChange::Scope(Scope::Private), hides];
    let changes = close.try_into().unwrap();
    let close = Body::UpdateChannel { channel, changes };
    assert_eq!(try_to(&mut table, ANA, id, close), None);
}

#[test]
fn a_thread_hangs_under_a_message_of_its_channel() {
    let (mut table, id, _) = community_of(&["Ana"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    let other = act(&mut table, ANA, id, text_channel("other", Scope::Public));
    let root = say(&mut table, ANA, (id, channel), text("root")).unwrap();
    let within = ChannelEvent::Text {
        body: "within".try_into().unwrap(),
        mentions: Bounded::default(),
        thread: Some(root),
    };
    let refused = say(&mut table, ANA, (id, other), within.clone());
    assert_eq!(refused, Err(Rejected::UnknownMessage));
    // It may have begun before this account came.
    let before = MessageRef {
        author: table.device(ANA),
        id: MessageId([9; 16]),
    };
    let of_before = ChannelEvent::Text {
        body: "within".try_into().unwrap(),
        mentions: Bounded::default(),
        thread: Some(before),
    };
    assert!(say(&mut table, ANA, (id, channel), of_before).is_ok());
    assert!(say(&mut table, ANA, (id, channel), within.clone()).is_ok());
    // Nothing hangs under what is no text.
    let reaction = ChannelEvent::React {
        target: root,
        emoji: name("👍"),
        on: true,
    };
    let reaction = say(&mut table, ANA, (id, channel), reaction).unwrap();
    let under_it = ChannelEvent::Text {
        body: "within".try_into().unwrap(),
        mentions: Bounded::default(),
        thread: Some(reaction),
    };
    let refused = say(&mut table, ANA, (id, channel), under_it);
    assert_eq!(refused, Err(Rejected::UnknownMessage));
    // What was begun goes on, also when its root is gone.
    let delete = ChannelEvent::Delete { target: root };
    say(&mut table, ANA, (id, channel), delete).unwrap();
    assert!(say(&mut table, ANA, (id, channel), within).is_ok());
}

/// Their own name is a word as well; taking what one is offered is none.
#[test]
fn whoever_is_silenced_keeps_their_name_and_takes_what_they_are_offered() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let to = table.account(BEN);
    let transfer = act(&mut table, ANA, id, Body::Transfer { to });
    let until = after(&table, HOUR);
    let silence = Body::Timeout {
        who: to,
        until,
        reason: name(""),
    };
    act(&mut table, ANA, id, silence);
    table.pass(SOON);
    let renamed = table.ask(BEN, Command::SetName(name("Benoît")));
    assert_eq!(renamed, Some(Ok(Reply::Done)));
    table.pass(SOON);
    let members = view(&table, ANA, id).members;
    let ben = members.iter().find(|one| one.account == to).unwrap();
    assert_eq!(ben.nickname.as_deref(), Some("Ben"));
    let take = Body::Accept { transfer };
    assert_eq!(try_to(&mut table, BEN, id, take), None);
    table.pass(SOON);
    assert_eq!(view(&table, ANA, id).owner, Some(to));
}

/// What is gone, or never was, is not changed: it would be written, and everybody would wonder.
#[test]
fn what_does_not_exist_is_neither_changed_nor_given_nor_called() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    let role = act(&mut table, ANA, id, builders(Bits::NONE));
    act(&mut table, ANA, id, Body::DeleteRole { role });
    table.pass(SOON);
    let topic = ChannelChange::Topic(name("none"));
    for nothing in [role, id.founding()] {
        let gone = Some(Rejected::UnknownChannel);
        assert_eq!(
            try_to(&mut table, ANA, id, changed(nothing, topic.clone())),
            gone
        );
        let deleted = Body::DeleteChannel { channel: nothing };
        assert_eq!(try_to(&mut table, ANA, id, deleted), gone);
    }
    let (own, who) = (table.account(ANA), table.account(BEN));
    let changes: Bounded<_, _> = vec![RoleChange::Name(name("x"))].try_into().unwrap();
    for (body, why) in [
        (Body::DeleteRole { role }, Rejected::UnknownRole),
        (Body::Assign { who, role }, Rejected::UnknownRole),
        (Body::UpdateRole { role, changes }, Rejected::UnknownRole),
        (Body::Unban { who }, Rejected::Nothing),
        (kick(own), Rejected::Leave),
    ] {
        assert_eq!(try_to(&mut table, ANA, id, body), Some(why));
    }
    let stranger = AccountId([9; 32]);
    for (mention, why) in [
        (Mention::Role(role), Rejected::UnknownRole),
        (Mention::Role(channel), Rejected::UnknownRole),
        (Mention::Account(stranger), Rejected::UnknownMember),
    ] {
        let said = say(&mut table, ANA, (id, channel), calling(mention));
        assert_eq!(said.err(), Some(why));
    }
    for mention in [
        Mention::Account(who),
        Mention::Role(id.founding()),
        Mention::Everyone,
    ] {
        say(&mut table, ANA, (id, channel), calling(mention)).unwrap();
    }
    act(&mut table, ANA, id, Body::DeleteChannel { channel });
    let gone = Some(Rejected::UnknownChannel);
    assert_eq!(try_to(&mut table, ANA, id, changed(channel, topic)), gone);
}

fn kick(who: AccountId) -> Body {
    Body::Kick {
        who,
        cut: Bounded::default(),
        invites: false,
        reason: name(""),
    }
}

fn calling(mention: Mention) -> ChannelEvent {
    ChannelEvent::Text {
        body: name("hey"),
        mentions: vec![mention].try_into().unwrap(),
        thread: None,
    }
}

/// The role that all have is everyone by another name: also from a program that does not ask.
#[test]
fn whoever_may_not_call_everyone_does_not_call_them_by_their_role() {
    let (mut table, id, links) = community_of(&["Ana", "Ben"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    say(&mut table, BEN, (id, channel), text("hello")).unwrap();
    table.pass(SOON);
    let mut pen = Pen::of(&table, BEN, id, channel);
    for mention in [Mention::Everyone, Mention::Role(id.founding())] {
        let said = say(&mut table, BEN, (id, channel), calling(mention));
        assert_eq!(said.err(), Some(Rejected::NotPermitted));
        let written = pen.write(calling(mention), 5);
        show(&mut table, ANA, links[0], id, &[written]);
    }
    let plain = pen.write(text("unseen by nobody"), 5);
    show(&mut table, ANA, links[0], id, &[plain]);
    table.pass(SOON);
    assert_eq!(texts(&table, ANA, channel), ["hello", "unseen by nobody"]);
}

/// What its author took back stays so; what a moderator took away may be taken away again.
#[test]
fn a_moderator_takes_nothing_away_that_its_author_deleted() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    let first = say(&mut table, BEN, (id, channel), text("one")).unwrap();
    let second = say(&mut table, BEN, (id, channel), text("two")).unwrap();
    say(
        &mut table,
        BEN,
        (id, channel),
        ChannelEvent::Delete { target: first },
    )
    .unwrap();
    table.pass(SOON);
    let take = |target: MessageRef| ChannelEvent::Redact {
        targets: vec![target].try_into().unwrap(),
        reason: name("spam"),
    };
    let refused = say(&mut table, ANA, (id, channel), take(first));
    assert_eq!(refused.err(), Some(Rejected::Deleted));
    for _time in 0..2 {
        say(&mut table, ANA, (id, channel), take(second)).unwrap();
    }
}

/// A key is for one thing: another under the same one would be taken for done.
#[test]
fn a_key_that_was_used_for_something_else_is_refused() {
    let (mut table, id, _) = community_of(&["Ana", "Ben"]);
    let channel = act(&mut table, ANA, id, text_channel("general", Scope::Public));
    table.pass(SOON);
    let keyed = |table: &mut Table, key: &[u8], event: ChannelEvent| {
        let command = CommunityCommand::Say {
            community: id,
            channel,
            event: Box::new(event),
            key: Some(key.into()),
        };
        match ask(table, ANA, command) {
            Ok(Reply::Message(message)) => Ok(message),
            Ok(other) => panic!("{other:?}"),
            Err(why) => Err(why),
        }
    };
    let said = keyed(&mut table, b"k", text("first")).unwrap();
    assert_eq!(keyed(&mut table, b"k", text("first")), Ok(said));
    let edit = |body: &str| ChannelEvent::Edit {
        target: said,
        body: name(body),
    };
    let delete = ChannelEvent::Delete { target: said };
    for other in [text("second"), edit("third"), delete.clone()] {
        assert_eq!(keyed(&mut table, b"k", other), Err(Rejected::KeyReused));
    }
    let edited = keyed(&mut table, b"e", edit("third")).unwrap();
    assert_eq!(keyed(&mut table, b"e", edit("third")), Ok(edited));
    for other in [text("third"), edit("fourth"), delete] {
        assert_eq!(keyed(&mut table, b"e", other), Err(Rejected::KeyReused));
    }
    // Of a pin nothing is kept: its key is its own.
    let pin = |on| ChannelEvent::Pin { target: said, on };
    let pinned = keyed(&mut table, b"p", pin(true)).unwrap();
    assert_eq!(keyed(&mut table, b"p", pin(true)), Ok(pinned));
    assert_ne!(keyed(&mut table, b"p", pin(false)), Ok(pinned));
    assert_eq!(texts(&table, ANA, channel), ["third"]);
}
