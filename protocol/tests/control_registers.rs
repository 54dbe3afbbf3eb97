//! Channels, roles and rules when two people write without seeing each other.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::control::body::{
    Body, ChannelChange, ChannelKind, History, NewChannel, Overwrite, PolicyChange, RoleChange,
    Scope,
};
use protocol::control::icon::Icon;
use protocol::control::{
    Admit, Bits, Channel, CommunityId, Control, Fate, OpId, Position, PostFault, Writer,
};
use protocol::crypto::Hash32;
use protocol::identity::{DeviceRevoke, RevokeReason};
use protocol::wire::Bounded;

#[path = "vectors/community.rs"]
mod community;
use community::people::at;
use community::{Person, admit, founded, joining, name};

const ADMIN: Bits = Bits::ADMIN;

/// A founder, an administrator, and a member, with one channel.
struct House {
    control: Control,
    ana: Person,
    ben: Person,
    cleo: Person,
    admin: OpId,
    channel: OpId,
}

impl House {
    fn new() -> Self {
        let (mut ana, ben, cleo) = (Person::new(1), Person::new(2), Person::new(3));
        let (mut control, _) = founded(&mut ana);
        for joiner in [&ben, &cleo] {
            let op = joining(&control, &mut ana, joiner, None, |_| {});
            admit(&mut control, &op);
        }
        let mut does = |body: Body| {
            let op = ana.sign(control.community(), &[], body);
            admit(&mut control, &op)
        };
        let admin = does(Body::CreateRole {
            name: name("admin"),
            colour: [1, 2, 3],
            position: Position(5),
            bits: ADMIN,
        });
        does(Body::Assign {
            who: ben.account(),
            role: admin,
        });
        let channel = does(new_channel("général", Scope::Public, Vec::new()));
        Self {
            control,
            ana,
            ben,
            cleo,
            admin,
            channel,
        }
    }

    /// The founder and the administrator write at once, the founder earlier by the clock.
    fn both(&mut self, founders: Body, admins: Body) -> [OpId; 2] {
        let heads = self.control.log().dag().heads();
        let community = self.control.community();
        self.ben.seconds = self.ana.seconds + 10;
        let one = self.ana.sign(community, &heads, founders);
        let other = self.ben.sign(community, &heads, admins);
        [
            admit(&mut self.control, &one),
            admit(&mut self.control, &other),
        ]
    }

    fn after(&mut self, body: Body) -> OpId {
        let heads = self.control.log().dag().heads();
        self.ana.seconds += 100;
        let op = self.ana.sign(self.control.community(), &heads, body);
        admit(&mut self.control, &op)
    }

    fn channel(&self) -> Channel {
        self.control.now().channel(&self.channel).unwrap()
    }

    fn change(&self, changes: Vec<ChannelChange>) -> Body {
        Body::UpdateChannel {
            channel: self.channel,
            changes: changes.try_into().unwrap(),
        }
    }
}

fn new_channel(text: &str, scope: Scope, overwrites: Vec<Overwrite>) -> Body {
    Body::CreateChannel(Box::new(NewChannel {
        kind: ChannelKind::Text,
        name: name(text),
        parent: None,
        place: 0,
        scope,
        overwrites: overwrites.try_into().unwrap(),
    }))
}

#[test]
fn resolver_case_of_two_channel_names_the_later_stays_and_whoever_saw_both_decides() {
    let mut house = House::new();
    let named = |text| ChannelChange::Name(name(text));
    let founders = house.change(vec![named("salon")]);
    let admins = house.change(vec![named("lobby")]);
    house.both(founders, admins);
    assert_eq!(house.channel().name, "lobby");
    let decided = house.change(vec![named("accueil")]);
    house.after(decided);
    assert_eq!(house.channel().name, "accueil");
}

#[test]
fn resolver_case_two_channel_names_of_one_moment_fall_to_the_greater_id() {
    let mut house = House::new();
    let heads = house.control.log().dag().heads();
    let community = house.control.community();
    house.ben.seconds = house.ana.seconds;
    let salon = house.change(vec![ChannelChange::Name(name("salon"))]);
    let lobby = house.change(vec![ChannelChange::Name(name("lobby"))]);
    let one = house.ana.sign(community, &heads, salon);
    let other = house.ben.sign(community, &heads, lobby);
    assert_eq!(one.head.header.hlc, other.head.header.hlc);
    let ids = [&one, &other].map(|op| admit(&mut house.control, op));
    let wins = if ids[0] > ids[1] { "salon" } else { "lobby" };
    assert_eq!(house.channel().name, wins);
}

#[test]
fn fields_are_written_apart() {
    let mut house = House::new();
    let founders = house.change(vec![
        ChannelChange::Topic(name("de tout")),
        ChannelChange::Place(3),
    ]);
    let admins = house.change(vec![ChannelChange::Name(name("lobby"))]);
    house.both(founders, admins);
    let channel = house.channel();
    assert_eq!(
        (channel.name.as_str(), channel.topic.as_str(), channel.place),
        ("lobby", "de tout", 3)
    );
}

#[test]
fn where_access_is_at_stake_the_stricter_wins_whatever_the_clocks_say() {
    let mut house = House::new();
    let everyone = house.control.community().founding();
    let deny = Overwrite {
        role: everyone,
        allow: Bits::NONE,
        deny: Bits::VIEW,
    };
    let allow = Overwrite {
        role: everyone,
        allow: Bits::VIEW,
        deny: Bits::NONE,
    };
    let founders = house.change(vec![
        ChannelChange::Scope(Scope::Private),
        ChannelChange::Overwrite(deny),
        ChannelChange::SlowMode(30),
    ]);
    let admins = house.change(vec![
        ChannelChange::Scope(Scope::Public),
        ChannelChange::Overwrite(allow),
        ChannelChange::SlowMode(5),
    ]);
    house.both(founders, admins);
    let channel = house.channel();
    assert_eq!((channel.scope, channel.slow_mode), (Scope::Private, 30));
    assert_eq!(channel.overwrites, vec![deny]);
    assert!(
        !house
            .control
            .now()
            .audience(&channel)
            .contains(&house.cleo.account())
    );
}

#[test]
fn a_private_channel_is_for_whom_its_roles_let_in_and_for_administrators() {
    let mut house = House::new();
    let everyone = house.control.community().founding();
    let friends = house.after(Body::CreateRole {
        name: name("amis"),
        colour: [0; 3],
        position: Position(1),
        bits: Bits::NONE,
    });
    let overwrites = vec![
        Overwrite {
            role: everyone,
            allow: Bits::NONE,
            deny: Bits::VIEW,
        },
        Overwrite {
            role: friends,
            allow: Bits::VIEW,
            deny: Bits::NONE,
        },
    ];
    let channel = house.after(new_channel("secret", Scope::Private, overwrites));
    let readers = |house: &House| {
        let channel = house.control.now().channel(&channel).unwrap();
        let readers = house.control.now().audience(&channel);
        [&house.ana, &house.ben, &house.cleo].map(|person| readers.contains(&person.account()))
    };
    assert_eq!(readers(&house), [true, true, false]);
    let who = house.cleo.account();
    house.after(Body::Assign { who, role: friends });
    assert_eq!(readers(&house), [true, true, true]);
    house.after(Body::Unassign { who, role: friends });
    assert_eq!(readers(&house), [true, true, false]);
}

#[test]
fn an_invariant_nobody_is_in_an_audience_that_some_op_that_counts_excludes_them_from() {
    let mut house = House::new();
    let everyone = house.control.community().founding();
    let who = house.cleo.account();
    let friends = house.after(Body::CreateRole {
        name: name("amis"),
        colour: [0; 3],
        position: Position(1),
        bits: Bits::VIEW,
    });
    house.after(Body::Assign { who, role: friends });
    // One makes the channel private; the other, who did not see it, gives everyone a view again.
    let founders = house.change(vec![
        ChannelChange::Scope(Scope::Private),
        ChannelChange::Overwrite(Overwrite {
            role: friends,
            allow: Bits::NONE,
            deny: Bits::VIEW,
        }),
    ]);
    let admins = house.change(vec![
        ChannelChange::Overwrite(Overwrite {
            role: everyone,
            allow: Bits::VIEW,
            deny: Bits::NONE,
        }),
        ChannelChange::Overwrite(Overwrite {
            role: friends,
            allow: Bits::VIEW,
            deny: Bits::NONE,
        }),
    ]);
    house.both(founders, admins);
    assert!(
        !house
            .control
            .now()
            .audience(&house.channel())
            .contains(&who)
    );
}

#[test]
fn whoever_deletes_wins_over_whoever_changes() {
    let mut house = House::new();
    let admins = house.change(vec![ChannelChange::Name(name("lobby"))]);
    let channel = house.channel;
    house.both(Body::DeleteChannel { channel }, admins);
    assert_eq!(house.control.now().channel(&channel), None);
    assert!(house.control.now().channels().is_empty());
}

#[test]
fn what_a_removed_administrator_wrote_elsewhere_disappears() {
    let mut house = House::new();
    let who = house.ben.account();
    let kick = Body::Kick {
        who,
        cut: Bounded::default(),
        invites: true,
        reason: name(""),
    };
    let admins = house.change(vec![ChannelChange::Name(name("lobby"))]);
    house.both(kick, admins);
    assert_eq!(house.channel().name, "général");
}

/// Nobody could lift it.
#[test]
fn whoever_comes_to_own_a_community_is_silenced_no_longer() {
    let mut house = House::new();
    let who = house.cleo.account();
    let until = at(9_000);
    let silence = Body::Timeout {
        who,
        until,
        reason: name("assez"),
    };
    house.after(silence);
    let silenced = |house: &House| {
        let now = house.control.now();
        [now.silenced_until(&who), now.person(&who).1]
    };
    assert_eq!(silenced(&house), [Some(until); 2]);
    let transfer = house.after(Body::Transfer { to: who });
    assert_eq!(silenced(&house), [Some(until); 2]);
    let heads = house.control.log().dag().heads();
    house.cleo.seconds += 1_000;
    let community = house.control.community();
    let taken = house
        .cleo
        .sign(community, &heads, Body::Accept { transfer });
    admit(&mut house.control, &taken);
    assert_eq!(house.control.log().now().owner(), Some(who));
    assert_eq!(silenced(&house), [None; 2]);
    let writer = Writer {
        account: who,
        device: house.cleo.device.id(),
        at: at(5_000),
    };
    let now = house.control.now();
    assert!(now.may_write(writer, &house.channel, Bits::NONE).is_ok());
}

#[test]
fn the_later_picture_of_a_community_stands_and_goes() {
    let mut house = House::new();
    let icon = |text: &str| {
        let bytes = [b"\x89PNG\r\n\x1a\n", text.as_bytes()].concat();
        Icon::new(bytes).unwrap()
    };
    let to = |icon| Body::Policy {
        changes: vec![PolicyChange::Icon(icon)].try_into().unwrap(),
    };
    let shown = |house: &House| {
        let icon = house.control.now().policy().unwrap().icon;
        icon.map(|icon| Icon::clone(&icon))
    };
    assert_eq!(shown(&house), None);
    house.after(to(Some(icon("one"))));
    assert_eq!(shown(&house), Some(icon("one")));
    house.after(to(Some(icon("two"))));
    assert_eq!(shown(&house), Some(icon("two")));
    house.after(to(None));
    assert_eq!(shown(&house), None);
}

#[test]
fn rules_and_roles_follow_the_stricter_and_the_longer_silence_holds() {
    let mut house = House::new();
    let rules = |admit, history| Body::Policy {
        changes: vec![PolicyChange::Admit(admit), PolicyChange::History(history)]
            .try_into()
            .unwrap(),
    };
    house.both(
        rules(Admit::Chosen, History::Full),
        rules(Admit::Everyone, History::SinceJoin),
    );
    let policy = house.control.now().policy().unwrap();
    assert_eq!(
        (policy.admit, policy.history),
        (Admit::Chosen, History::SinceJoin)
    );

    let who = house.cleo.account();
    let silence = |seconds| Body::Timeout {
        who,
        until: at(seconds),
        reason: name(""),
    };
    house.both(silence(9_000), silence(5_000));
    assert_eq!(house.control.now().silenced_until(&who), Some(at(9_000)));
    house.after(silence(1));
    assert_eq!(house.control.now().silenced_until(&who), Some(at(1)));

    let role = house.admin;
    house.after(Body::UpdateRole {
        role,
        changes: vec![
            RoleChange::Name(name("chefs")),
            RoleChange::Uses(Bits(u64::MAX).both(Bits::USE)),
        ]
        .try_into()
        .unwrap(),
    });
    let role = house.control.now().role(&role).unwrap();
    assert_eq!(
        (role.name.as_str(), role.bits),
        ("chefs", Bits::USE.with(ADMIN))
    );
}

#[test]
fn everybody_names_themselves() {
    let mut house = House::new();
    let heads = house.control.log().dag().heads();
    let community = house.control.community();
    let op = house.cleo.sign(
        community,
        &heads,
        Body::Nickname {
            name: Some(name("Clé")),
        },
    );
    admit(&mut house.control, &op);
    assert_eq!(
        house
            .control
            .now()
            .nickname(&house.cleo.account())
            .as_deref(),
        Some("Clé")
    );
    let heads = house.control.log().dag().heads();
    let op = house
        .cleo
        .sign(community, &heads, Body::Nickname { name: None });
    admit(&mut house.control, &op);
    assert_eq!(house.control.now().nickname(&house.cleo.account()), None);
}

#[test]
fn whoever_wrote_before_they_knew_of_it_may_have_written() {
    let mut house = House::new();
    let channel = house.channel;
    let who = house.cleo.account();
    let writer = |seconds| Writer {
        account: who,
        device: house.cleo.device.id(),
        at: at(seconds),
    };
    let (early, late) = (writer(2_000), writer(9_000));
    let before = house.control.log().dag().heads();
    let may = |house: &House, heads: &[OpId], writer: Writer| {
        let then = house.control.at(heads).unwrap();
        then.may_write(writer, &channel, Bits::NONE)
            .map(|channel| channel.id)
    };
    assert_eq!(may(&house, &before, early), Ok(channel));

    let until = at(5_000);
    house.after(Body::Timeout {
        who,
        until,
        reason: name("assez"),
    });
    let silenced = house.control.log().dag().heads();
    assert_eq!(
        may(&house, &silenced, early),
        Err(PostFault::Silenced { until })
    );
    assert_eq!(may(&house, &silenced, late), Ok(channel));
    assert_eq!(may(&house, &before, early), Ok(channel));

    let everyone = house.control.community().founding();
    let deny = Overwrite {
        role: everyone,
        allow: Bits::NONE,
        deny: Bits::SEND,
    };
    let changes = house.change(vec![ChannelChange::Overwrite(deny)]);
    house.after(changes);
    let denied = house.control.log().dag().heads();
    assert_eq!(may(&house, &denied, late), Err(PostFault::NotAllowed));

    house.after(Body::Kick {
        who,
        cut: Bounded::default(),
        invites: true,
        reason: name(""),
    });
    let kicked = house.control.log().dag().heads();
    assert_eq!(may(&house, &kicked, late), Err(PostFault::NotMember));
    assert_eq!(may(&house, &before, early), Ok(channel));
}

#[test]
fn a_device_that_was_taken_back_and_one_of_somebody_else_do_not_speak() {
    let mut house = House::new();
    let channel = house.channel;
    let mut writer = Writer {
        account: house.cleo.account(),
        device: house.ben.device.id(),
        at: at(2_000),
    };
    let may = |house: &House, writer: Writer| {
        let now = house.control.now();
        now.may_write(writer, &channel, Bits::NONE)
            .map(|channel| channel.id)
    };
    assert_eq!(may(&house, writer), Err(PostFault::Device));
    writer.device = house.cleo.device.id();
    assert_eq!(may(&house, writer), Ok(channel));
    let revoke = DeviceRevoke::issue(&house.cleo.key, writer.device, RevokeReason::LOST, at(500));
    house.after(Body::RevokeDevice {
        revoke: Box::new(*revoke.as_unverified()),
    });
    assert_eq!(may(&house, writer), Err(PostFault::Device));
}

#[test]
fn where_a_community_was_forked_from_is_its_founders_word_alone() {
    let mut house = House::new();
    assert_eq!(house.control.now().forked_from(), None);
    let [said, made_up] = [7, 8].map(|tint| CommunityId(Hash32([tint; 32])));
    let whence = |from| Body::Policy {
        changes: vec![PolicyChange::ForkedFrom(from)].try_into().unwrap(),
    };
    // An administrator, who may change every rule, says it before, beside and after.
    let [_, other] = house.both(Body::Merge, whence(made_up));
    assert!(house.control.log().now().fate(&other) == Some(Fate::Valid));
    assert_eq!(house.control.now().forked_from(), None);
    house.after(whence(said));
    let heads = house.control.log().dag().heads();
    house.ben.seconds += 1_000;
    let community = house.control.community();
    let again = house.ben.sign(community, &heads, whence(made_up));
    admit(&mut house.control, &again);
    assert_eq!(house.control.now().forked_from(), Some(said));
}

/// What an honest device does not ask for, a changed one may sign: it changes nothing, whatever comes later.
#[test]
fn a_change_of_a_private_channel_by_whoever_does_not_see_it_is_none() {
    let mut house = House::new();
    let keeper = Body::CreateRole {
        name: name("keeper"),
        colour: [0; 3],
        position: Position(3),
        bits: Bits::MANAGE_CHANNELS,
    };
    let role = house.after(keeper);
    let who = house.cleo.account();
    house.after(Body::Assign { who, role });
    let everyone = Overwrite {
        role: house.control.community().founding(),
        allow: Bits::NONE,
        deny: Bits::VIEW,
    };
    let hidden = house.after(new_channel("hidden", Scope::Private, vec![everyone]));
    let mut heads = house.control.log().dag().heads();
    let community = house.control.community();
    let open = Body::UpdateChannel {
        channel: hidden,
        changes: vec![ChannelChange::Scope(Scope::Public)]
            .try_into()
            .unwrap(),
    };
    house.cleo.seconds = house.ana.seconds + 10;
    let gone = Body::DeleteChannel { channel: hidden };
    for body in [open, gone] {
        let op = house.cleo.sign(community, &heads, body);
        let op = admit(&mut house.control, &op);
        heads.clear();
        assert_eq!(house.control.log().now().fate(&op), Some(Fate::Valid));
        let stands = house.control.now().channel(&hidden).unwrap();
        assert_eq!(stands.scope, Scope::Private);
    }
}
