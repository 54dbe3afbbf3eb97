//! A community with furniture, and what of it is seen: for tests that compare two.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

use std::collections::BTreeMap;

use protocol::community::{ChannelView, CommunityView};
use protocol::control::body::{
    Body, ChannelChange, ChannelKind, History, NewChannel, Overwrite, PolicyChange, RoleChange,
    Scope,
};
use protocol::control::icon::Icon;
use protocol::control::{Bits, CommunityId, OpId, Position};
use protocol::testing::Table;
use protocol::wire::Bounded;

use super::table::{SOON, act, community_of, name, private_channel};

/// Owner; a member without power, who forks; a moderator; another member.
pub const ANA: usize = 0;
pub const BEN: usize = 1;
pub const CLEO: usize = 2;
pub const DORA: usize = 3;

/// What a channel is, said without ids but names.
pub type Shown = (
    Option<String>,
    ChannelKind,
    String,
    String,
    Scope,
    u32,
    Option<History>,
    BTreeMap<String, (Bits, Bits)>,
);

/// What people see of a community's furniture: its rules, roles from the highest, channels by category in their order.
#[derive(Debug, PartialEq, Eq)]
pub struct Furniture {
    pub rules: (String, Bits, String, String, Option<Vec<u8>>),
    pub roles: Vec<(String, [u8; 3], Position, Bits)>,
    pub channels: BTreeMap<Option<String>, Vec<Shown>>,
}

fn role_name(view: &CommunityView, role: OpId) -> String {
    let role = view.roles.iter().find(|one| one.id == role);
    role.map_or_else(|| "everyone".to_owned(), |role| role.name.clone())
}

fn channel_name(view: &CommunityView, id: OpId) -> Option<String> {
    let channel = view.channels.iter().find(|one| one.id == id);
    channel.map(|channel| channel.name.clone())
}

fn shown(view: &CommunityView, channel: &ChannelView) -> Shown {
    let overwrites = channel.overwrites.iter();
    let overwrites = overwrites.map(|one| (role_name(view, one.role), (one.allow, one.deny)));
    (
        channel.parent.and_then(|id| channel_name(view, id)),
        channel.kind,
        channel.name.clone(),
        channel.topic.clone(),
        channel.scope,
        channel.slow_mode,
        channel.history,
        overwrites.collect(),
    )
}

/// The furniture of a community, without the channels of these names: what stands under them stands under nothing.
pub fn furniture(view: &CommunityView, without: &[&str]) -> Furniture {
    let mut left: Vec<ChannelView> = view.channels.iter().cloned().collect();
    left.retain(|channel| !without.contains(&channel.name.as_str()));
    for channel in &mut left {
        let parent = channel.parent.and_then(|id| channel_name(view, id));
        let hidden = parent.is_some_and(|parent| without.contains(&parent.as_str()));
        channel.parent = channel.parent.filter(|_parent| !hidden);
    }
    left.sort_by_key(|channel| (channel.parent, channel.place, channel.id));
    let mut channels: BTreeMap<_, Vec<Shown>> = BTreeMap::new();
    for channel in &left {
        let shown = shown(view, channel);
        channels.entry(shown.0.clone()).or_default().push(shown);
    }
    let mut roles: Vec<_> = view
        .roles
        .iter()
        .map(|role| (role.name.clone(), role.colour, role.position, role.bits))
        .collect();
    // Those at one position have no order.
    roles.sort_by_key(|(name, _, position, _)| (std::cmp::Reverse(*position), name.clone()));
    let rules = (
        view.name.clone(),
        view.everyone,
        view.topic.clone(),
        format!("{:?} {:?}", view.admit, view.history),
        view.icon.as_ref().map(|icon| icon.bytes().to_vec()),
    );
    Furniture {
        rules,
        roles,
        channels,
    }
}

pub fn role(title: &str, position: u16, bits: Bits) -> Body {
    let [colour, ..] = title.as_bytes() else {
        return Body::Merge;
    };
    Body::CreateRole {
        name: name(title),
        colour: [*colour, 7, 9],
        position: Position(position),
        bits,
    }
}

pub fn channel(title: &str, kind: ChannelKind, parent: Option<OpId>, place: u16) -> Body {
    Body::CreateChannel(Box::new(NewChannel {
        kind,
        name: name(title),
        parent,
        place,
        scope: Scope::Public,
        overwrites: Bounded::default(),
    }))
}

pub fn change(table: &mut Table, id: CommunityId, channel: OpId, changes: Vec<ChannelChange>) {
    let changes = changes.try_into().unwrap();
    act(table, ANA, id, Body::UpdateChannel { channel, changes });
}

/// A furnished community of four, with its roles: moderators, cooks.
pub struct House {
    pub table: Table,
    pub id: CommunityId,
    pub mods: OpId,
    pub cooks: OpId,
}

/// Cleo moderates and is alone in *conseil* with Ana; Ben and Dora cook, in *cuisine*.
pub fn house() -> House {
    let (mut table, id, _) = community_of(&["Ana", "Ben", "Cleo", "Dora"]);
    let power = Bits::KICK.with(Bits::BAN).with(Bits::MANAGE_ROLES);
    let mods = act(&mut table, ANA, id, role("mods", 300, power));
    let cooks = act(&mut table, ANA, id, role("cooks", 20, Bits::MENTION_ALL));
    let reds = act(&mut table, ANA, id, role("reds", 10, Bits::NONE));
    for (seat, role) in [(CLEO, mods), (CLEO, reds), (BEN, cooks), (DORA, cooks)] {
        let who = table.account(seat);
        act(&mut table, ANA, id, Body::Assign { who, role });
    }
    rules(&mut table, id, cooks);
    let make = |table: &mut Table, title, kind, parent, place| {
        act(table, ANA, id, channel(title, kind, parent, place))
    };
    let salon = make(&mut table, "Salon", ChannelKind::Category, None, 3);
    let early = make(&mut table, "Accueil", ChannelKind::Category, None, 1);
    // Four at one place: their order is that of their ids, and must not be drawn anew.
    for title in ["général", "photos", "musique", "liens"] {
        make(&mut table, title, ChannelKind::Text, Some(salon), 4);
    }
    make(&mut table, "vocal", ChannelKind::Voice, Some(salon), 9);
    let rules = make(&mut table, "règles", ChannelKind::Text, Some(early), 0);
    let deny = Overwrite {
        role: id.founding(),
        allow: Bits::REACT,
        deny: Bits::SEND,
    };
    let changes = vec![
        ChannelChange::Topic(name("à lire")),
        ChannelChange::SlowMode(30),
        ChannelChange::History(Some(History::Full)),
        ChannelChange::Overwrite(deny),
    ];
    change(&mut table, id, rules, changes);
    act(&mut table, ANA, id, private_channel("conseil", id, mods));
    act(&mut table, ANA, id, private_channel("cuisine", id, cooks));
    table.pass(SOON);
    House {
        table,
        id,
        mods,
        cooks,
    }
}

/// What a picture begins like.
const ICON: &[u8] = b"\x89PNG\r\n\x1a\n of friends";

fn rules(table: &mut Table, id: CommunityId, cooks: OpId) {
    let changes = vec![
        PolicyChange::Topic(name("entre nous")),
        PolicyChange::History(History::Days(7)),
        PolicyChange::Icon(Some(Icon::new(ICON.to_vec()).unwrap())),
    ];
    let changes = changes.try_into().unwrap();
    act(table, ANA, id, Body::Policy { changes });
    let uses = Bits::EVERYONE.without(Bits::STREAM);
    for (role, changes) in [
        (id.founding(), vec![RoleChange::Uses(uses)]),
        (cooks, vec![RoleChange::Colour([1, 2, 3])]),
    ] {
        let changes = changes.try_into().unwrap();
        act(table, ANA, id, Body::UpdateRole { role, changes });
    }
}
