//! Channels that are not for everybody: who reads them, and who may open them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::BTreeSet;

use protocol::community::CommunityCommand;
use protocol::control::body::{Body, ChannelChange, ChannelKind, NewChannel, Overwrite, Scope};
use protocol::control::{Bits, CommunityId, OpId, Position};
use protocol::crypto::Hash32;
use protocol::error::Rejected;
use protocol::testing::Table;

#[path = "community/table.rs"]
mod table;
use table::{SOON, act, ask, community_of, name, private_channel, text_channel, view};

const ANA: usize = 0;
const BEN: usize = 1;
const CLEO: usize = 2;

/// Ana owns it, Ben keeps channels in order and nothing else, Cleo holds a role without power.
struct World {
    table: Table,
    id: CommunityId,
    role: OpId,
}

fn world() -> World {
    let (mut table, id, _) = community_of(&["Ana", "Ben", "Cleo"]);
    let mut give = |position, bits, seat| {
        let role = Body::CreateRole {
            name: name("role"),
            colour: [0; 3],
            position: Position(position),
            bits,
        };
        let role = act(&mut table, ANA, id, role);
        let who = table.account(seat);
        act(&mut table, ANA, id, Body::Assign { who, role });
        role
    };
    give(50, Bits::MANAGE_CHANNELS, BEN);
    let role = give(3, Bits::NONE, CLEO);
    table.pass(SOON);
    World { table, id, role }
}

impl World {
    fn everyone(&self, allow: Bits, deny: Bits) -> Overwrite {
        let role = self.id.founding();
        Overwrite { role, allow, deny }
    }

    fn for_role(&self, allow: Bits) -> Overwrite {
        let (role, deny) = (self.role, Bits::NONE);
        Overwrite { role, allow, deny }
    }

    fn make(&mut self, scope: Scope, overwrites: Vec<Overwrite>) -> OpId {
        self.make_as(ChannelKind::Text, None, scope, overwrites)
    }

    fn make_as(
        &mut self,
        kind: ChannelKind,
        parent: Option<OpId>,
        scope: Scope,
        mut overwrites: Vec<Overwrite>,
    ) -> OpId {
        overwrites.sort_by_key(|one| one.role);
        let made = NewChannel {
            kind,
            name: name("salon"),
            parent,
            place: 0,
            scope,
            overwrites: overwrites.try_into().unwrap(),
        };
        let made = act(
            &mut self.table,
            ANA,
            self.id,
            Body::CreateChannel(Box::new(made)),
        );
        self.table.pass(SOON);
        made
    }

    fn try_by(&mut self, seat: usize, body: Body) -> Result<(), Rejected> {
        let (community, body) = (self.id, Box::new(body));
        let answer = ask(
            &mut self.table,
            seat,
            CommunityCommand::Act { community, body },
        );
        self.table.pass(SOON);
        answer.map(drop)
    }

    fn change(
        &mut self,
        seat: usize,
        channel: OpId,
        changes: Vec<ChannelChange>,
    ) -> Result<(), Rejected> {
        let changes = changes.try_into().unwrap();
        self.try_by(seat, Body::UpdateChannel { channel, changes })
    }

    /// Who reads it, as everybody sees it.
    fn readers(&self, channel: OpId) -> BTreeSet<usize> {
        let readers = |seat: usize| {
            let channels = view(&self.table, seat, self.id).channels;
            let shown = channels.iter().find(|one| one.id == channel).unwrap();
            let reads = |one: &usize| shown.readers.contains(&self.table.account(*one));
            (ANA..=CLEO).filter(reads).collect::<BTreeSet<usize>>()
        };
        assert_eq!(readers(ANA), readers(CLEO));
        readers(ANA)
    }
}

#[test]
fn a_private_channel_is_closed_to_all_whom_it_does_not_name() {
    let mut world = world();
    let bare = world.make(Scope::Private, Vec::new());
    assert_eq!(world.readers(bare), BTreeSet::from([ANA]));
    let named = vec![world.for_role(Bits::VIEW)];
    let named = world.make(Scope::Private, named);
    assert_eq!(world.readers(named), BTreeSet::from([ANA, CLEO]));
    // Who says that everyone views it means that.
    let open = vec![world.everyone(Bits::VIEW, Bits::NONE)];
    let open = world.make(Scope::Private, open);
    assert_eq!(world.readers(open), BTreeSet::from([ANA, BEN, CLEO]));
}

#[test]
fn a_channel_that_everyone_may_not_view_is_private() {
    let mut world = world();
    let hidden = vec![world.everyone(Bits::NONE, Bits::VIEW)];
    let hidden = world.make(Scope::Public, hidden);
    assert_eq!(world.readers(hidden), BTreeSet::from([ANA]));
    let later = act(
        &mut world.table,
        ANA,
        world.id,
        text_channel("open", Scope::Public),
    );
    let deny = world.everyone(Bits::NONE, Bits::VIEW);
    world
        .change(ANA, later, vec![ChannelChange::Overwrite(deny)])
        .unwrap();
    assert_eq!(world.readers(later), BTreeSet::from([ANA]));
    // Opened again, nothing is left of that.
    world
        .change(ANA, later, vec![ChannelChange::Scope(Scope::Public)])
        .unwrap();
    assert_eq!(world.readers(later), BTreeSet::from([ANA, BEN, CLEO]));
    let channels = view(&world.table, BEN, world.id).channels;
    let shown = channels.iter().find(|one| one.id == later).unwrap();
    assert!(shown.uses.contains(Bits::VIEW.with(Bits::SEND)));
    world
        .change(ANA, later, vec![ChannelChange::Scope(Scope::Private)])
        .unwrap();
    assert_eq!(world.readers(later), BTreeSet::from([ANA]));
}

/// Whoever says something else of everyone did not say who views it.
#[test]
fn a_private_channel_stays_closed_whatever_else_is_said_of_everyone() {
    let mut world = world();
    let overwrites = vec![world.for_role(Bits::VIEW)];
    let channel = world.make(Scope::Private, overwrites);
    let readers = world.readers(channel);
    assert!(!readers.contains(&BEN));
    let quiet = ChannelChange::Overwrite(world.everyone(Bits::NONE, Bits::REACT));
    world.change(ANA, channel, vec![quiet]).unwrap();
    assert_eq!(world.readers(channel), readers);
    let open = ChannelChange::Overwrite(world.everyone(Bits::VIEW, Bits::NONE));
    world.change(ANA, channel, vec![open]).unwrap();
    assert!(world.readers(channel).contains(&BEN));
}

#[test]
fn a_channel_under_a_private_category_is_for_whom_the_category_is() {
    let mut world = world();
    let overwrites = vec![world.for_role(Bits::VIEW)];
    let category = world.make_as(ChannelKind::Category, None, Scope::Private, overwrites);
    let within = world.make_as(ChannelKind::Text, Some(category), Scope::Public, Vec::new());
    assert_eq!(world.readers(within), BTreeSet::from([ANA, CLEO]));
    // Unless it says for whom it is.
    let open = vec![world.everyone(Bits::VIEW, Bits::NONE)];
    let open = world.make_as(ChannelKind::Text, Some(category), Scope::Public, open);
    assert_eq!(world.readers(open), BTreeSet::from([ANA, BEN, CLEO]));
}

/// What a role says of itself there says nothing of everyone.
#[test]
fn a_channel_under_a_private_category_with_a_role_of_its_own_is_private_too() {
    let mut world = world();
    let overwrites = vec![world.for_role(Bits::VIEW)];
    let category = world.make_as(ChannelKind::Category, None, Scope::Private, overwrites);
    let own = vec![world.for_role(Bits::MENTION_ALL)];
    let within = world.make_as(ChannelKind::Text, Some(category), Scope::Public, own);
    assert_eq!(world.readers(within), BTreeSet::from([ANA]));
}

#[test]
fn who_closes_a_channel_closes_it_whatever_stood_there() {
    let mut world = world();
    let overwrites = vec![
        world.for_role(Bits::VIEW),
        world.everyone(Bits::VIEW, Bits::NONE),
    ];
    let channel = world.make(Scope::Private, overwrites);
    assert!(world.readers(channel).contains(&BEN));
    let close = vec![ChannelChange::Scope(Scope::Private)];
    world.change(ANA, channel, close).unwrap();
    assert_eq!(world.readers(channel), BTreeSet::from([ANA, CLEO]));
}

/// Keys of what is public are everybody's: no screen hides it from anybody.
#[test]
fn what_is_opened_is_hidden_from_no_role() {
    let mut world = world();
    let hidden = Overwrite {
        role: world.role,
        allow: Bits::NONE,
        deny: Bits::VIEW.with(Bits::REACT),
    };
    let channel = world.make(Scope::Private, vec![hidden]);
    let open = vec![ChannelChange::Scope(Scope::Public)];
    world.change(ANA, channel, open).unwrap();
    let shown = view(&world.table, CLEO, world.id).channels;
    let shown = shown.iter().find(|one| one.id == channel).unwrap();
    assert!(shown.uses.contains(Bits::VIEW));
    assert!(!shown.uses.contains(Bits::REACT));
    assert_eq!(world.readers(channel), BTreeSet::from([ANA, BEN, CLEO]));
}

#[test]
fn what_has_no_room_to_be_closed_is_not_left_open() {
    let mut world = world();
    let channel = world.make(Scope::Public, Vec::new());
    let role = |place: u16| {
        let role = OpId(Hash32([u8::try_from(place).unwrap(); 32]));
        let (allow, deny) = (Bits::REACT, Bits::NONE);
        Overwrite { role, allow, deny }
    };
    let mut close: Vec<ChannelChange> = (0..15).map(role).map(ChannelChange::Overwrite).collect();
    close.push(ChannelChange::Scope(Scope::Private));
    let refused = world.change(ANA, channel, close);
    assert!(matches!(refused, Err(Rejected::Full { .. })), "{refused:?}");
    let made = NewChannel {
        kind: ChannelKind::Text,
        name: name("salon"),
        parent: None,
        place: 0,
        scope: Scope::Private,
        overwrites: (0..32).map(role).collect::<Vec<_>>().try_into().unwrap(),
    };
    let refused = world.try_by(ANA, Body::CreateChannel(Box::new(made)));
    assert!(matches!(refused, Err(Rejected::Full { .. })), "{refused:?}");
}

#[test]
fn who_keeps_channels_in_order_opens_none_that_they_do_not_see() {
    let mut world = world();
    let body = private_channel("cercle", world.id, world.role);
    let circle = act(&mut world.table, ANA, world.id, body);
    let open = act(
        &mut world.table,
        ANA,
        world.id,
        text_channel("open", Scope::Public),
    );
    world.table.pass(SOON);
    let view_it = world.everyone(Bits::VIEW, Bits::NONE);
    for change in [
        ChannelChange::Scope(Scope::Public),
        ChannelChange::Overwrite(view_it),
        ChannelChange::Name(name("mine")),
    ] {
        let refused = world.change(BEN, circle, vec![change]);
        assert_eq!(refused, Err(Rejected::NotPermitted));
    }
    let refused = world.try_by(BEN, Body::DeleteChannel { channel: circle });
    assert_eq!(refused, Err(Rejected::NotPermitted));
    assert_eq!(world.readers(circle), BTreeSet::from([ANA, CLEO]));
    world
        .change(BEN, open, vec![ChannelChange::Name(name("autre"))])
        .unwrap();
    // Let in, they keep it in order as well.
    let who = world.table.account(BEN);
    let role = world.role;
    act(&mut world.table, ANA, world.id, Body::Assign { who, role });
    world.table.pass(SOON);
    world
        .change(BEN, circle, vec![ChannelChange::Name(name("cercles"))])
        .unwrap();
}
