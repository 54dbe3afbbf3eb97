//! For random furniture, a fork looks as the community that it was forked from, under its own ids.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use proptest::prelude::*;
use protocol::community::{CommunityCommand, Taking};
use protocol::control::body::{
    Body, ChannelChange, ChannelKind, History, NewChannel, Overwrite, Scope,
};
use protocol::control::{Bits, OpId};
use protocol::error::Rejected;
use protocol::testing::Table;
use protocol::turn::Reply;

#[path = "community/house.rs"]
mod house;
#[path = "community/table.rs"]
mod table;
use house::{ANA, BEN, furniture, role};
use table::{SOON, ask, community_of, name, view};

/// One step of furnishing; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    Role(u16, u64),
    Channel(u8, Option<usize>, u16, Vec<(usize, u64, u64)>),
    Change(usize, Change),
    Delete(usize),
    Give(usize),
}

#[derive(Clone, Debug)]
enum Change {
    Topic(String),
    Slow(u32),
    Past(Option<u16>),
    Parent(Option<usize>),
    Place(u16),
    Differ(usize, u64, u64),
    Close(bool),
}

fn bits() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(1), 0_u64..4_096]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        "[a-zé ]{0,12}".prop_map(Change::Topic),
        (0_u32..600).prop_map(Change::Slow),
        proptest::option::of(0_u16..40).prop_map(Change::Past),
        proptest::option::of(any::<usize>()).prop_map(Change::Parent),
        (0_u16..4).prop_map(Change::Place),
        (any::<usize>(), bits(), bits())
            .prop_map(|(role, allow, deny)| { Change::Differ(role, allow, deny) }),
        any::<bool>().prop_map(Change::Close),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let overwrites = proptest::collection::vec((any::<usize>(), bits(), bits()), 0..4);
    let power = prop_oneof![Just(0_u64), Just(Bits::KICK.0), Just(Bits::ADMIN.0)];
    prop_oneof![
        (1_u16..500, bits(), power).prop_map(|(at, uses, power)| Step::Role(at, uses | power)),
        (
            0_u8..3,
            proptest::option::of(any::<usize>()),
            0_u16..4,
            overwrites
        )
            .prop_map(|(kind, parent, place, rest)| Step::Channel(kind, parent, place, rest)),
        (any::<usize>(), change()).prop_map(|(which, change)| Step::Change(which, change)),
        any::<usize>().prop_map(Step::Delete),
        any::<usize>().prop_map(Step::Give),
    ]
}

struct Furnishing {
    table: Table,
    id: protocol::control::CommunityId,
    roles: Vec<OpId>,
    channels: Vec<OpId>,
}

impl Furnishing {
    /// A role, or everyone's.
    fn role(&self, which: usize) -> OpId {
        let all = self.roles.len() + 1;
        let role = self.roles.get(which % all).copied();
        role.unwrap_or_else(|| self.id.founding())
    }

    fn channel(&self, which: usize) -> Option<OpId> {
        let which = which.checked_rem(self.channels.len())?;
        Some(self.channels[which])
    }

    fn overwrite(&self, (role, allow, deny): (usize, u64, u64)) -> Overwrite {
        Overwrite {
            role: self.role(role),
            allow: Bits(allow).both(Bits::IN_CHANNELS),
            deny: Bits(deny).both(Bits::IN_CHANNELS),
        }
    }

    fn take(&mut self, number: usize, step: Step) {
        let body = match step {
            Step::Role(position, bits) => role(&format!("r{number}"), position, Bits(bits)),
            Step::Channel(kind, parent, place, overwrites) => {
                let mut overwrites: Vec<Overwrite> = overwrites
                    .into_iter()
                    .map(|one| self.overwrite(one))
                    .collect();
                overwrites.sort_by_key(|one| one.role);
                overwrites.dedup_by_key(|one| one.role);
                let kinds = [ChannelKind::Category, ChannelKind::Text, ChannelKind::Voice];
                Body::CreateChannel(Box::new(NewChannel {
                    kind: kinds[usize::from(kind)],
                    name: name(&format!("c{number}")),
                    parent: parent.and_then(|which| self.channel(which)),
                    place,
                    scope: Scope::Public,
                    overwrites: overwrites.try_into().unwrap(),
                }))
            }
            Step::Change(which, change) => {
                let Some(channel) = self.channel(which) else {
                    return;
                };
                let changes = vec![self.change(change)].try_into().unwrap();
                Body::UpdateChannel { channel, changes }
            }
            Step::Delete(which) => match self.channel(which) {
                Some(channel) => Body::DeleteChannel { channel },
                None => return,
            },
            Step::Give(which) => match self.roles.get(which % self.roles.len().max(1)) {
                Some(role) => Body::Assign {
                    who: self.table.account(BEN),
                    role: *role,
                },
                None => return,
            },
        };
        let (makes_role, makes_channel) = (
            matches!(body, Body::CreateRole { .. }),
            matches!(body, Body::CreateChannel(_)),
        );
        let (community, body) = (self.id, Box::new(body));
        let command = CommunityCommand::Act { community, body };
        let op = match ask(&mut self.table, ANA, command) {
            Ok(Reply::Op(_, op)) => op,
            // Nor does a screen offer it.
            Err(Rejected::NotACategory | Rejected::PublicChannel | Rejected::UnknownChannel) => {
                return;
            }
            other => panic!("not done: {other:?}"),
        };
        if makes_role {
            self.roles.push(op);
        }
        if makes_channel {
            self.channels.push(op);
        }
    }

    fn change(&self, change: Change) -> ChannelChange {
        match change {
            Change::Topic(text) => ChannelChange::Topic(name(&text)),
            Change::Slow(seconds) => ChannelChange::SlowMode(seconds),
            Change::Past(days) => ChannelChange::History(days.map(History::Days)),
            Change::Parent(which) => {
                ChannelChange::Parent(which.and_then(|which| self.channel(which)))
            }
            Change::Place(place) => ChannelChange::Place(place),
            Change::Differ(role, allow, deny) => {
                ChannelChange::Overwrite(self.overwrite((role, allow, deny)))
            }
            Change::Close(closed) => ChannelChange::Scope(if closed {
                Scope::Private
            } else {
                Scope::Public
            }),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_fork_looks_as_what_its_forker_sees(steps in proptest::collection::vec(step(), 1..40)) {
        let (table, id, _) = community_of(&["Ana", "Ben"]);
        let mut made = Furnishing { table, id, roles: Vec::new(), channels: Vec::new() };
        for (number, step) in steps.into_iter().enumerate() {
            made.take(number, step);
        }
        let mut table = made.table;
        table.pass(SOON);
        for seat in [ANA, BEN] {
            let old = view(&table, seat, id);
            let account = table.account(seat);
            let hidden: Vec<String> = old
                .channels
                .iter()
                .filter(|channel| !channel.readers.contains(&account))
                .map(|channel| channel.name.clone())
                .collect();
            let hidden: Vec<&str> = hidden.iter().map(String::as_str).collect();
            let command = CommunityCommand::Fork {
                from: id,
                name: None,
                ask: Vec::new(),
                taking: Taking::default(),
                key: None,
            };
            let Ok(Reply::Op(fork, _)) = ask(&mut table, seat, command) else {
                panic!("not forked");
            };
            let new = view(&table, seat, fork);
            prop_assert_eq!(furniture(&new, &[]), furniture(&old, &hidden));
        }
    }
}
