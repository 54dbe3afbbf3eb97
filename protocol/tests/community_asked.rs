//! What a person asks of a community and cannot mean, or may not ask for now: refused before anything is written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::community::CommunityCommand;
use protocol::content::ChannelEvent;
use protocol::control::body::{
    Body, ChannelChange, ChannelKind, NewChannel, Overwrite, PolicyChange, RoleChange, Scope,
};
use protocol::control::{Bits, CommunityId, OpId, Position};
use protocol::error::Rejected;
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{SOON, act, ask, community_of, name, say, text, text_channel, view};

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
    let role = Body::CreateRole {
        name: name("builders"),
        colour: [0; 3],
        position: Position(5),
        bits: Bits::MANAGE_CHANNELS,
    };
    let role = act(&mut table, ANA, id, role);
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
    let role = Body::CreateRole {
        name: name("builders"),
        colour: [0; 3],
        position: Position(5),
        bits: Bits::NONE,
    };
    let role = act(&mut table, ANA, id, role);
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
