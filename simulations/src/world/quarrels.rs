//! Quarrels: what divides a community moves its people to act. While a partition lasts, somebody's power is taken by those who
//! cannot reach them, they raise an ally meanwhile, and the ally uses what was given. Nothing is as deep as that by chance.

use protocol::community::{CommunityCommand, CommunityView, MemberView};
use protocol::control::body::Body;
use protocol::control::{OpId, Standing};
use protocol::identity::AccountId;
use protocol::time::{Hlc, Timestamp};
use protocol::turn::Command;
use protocol::wire::Bounded;

use super::{Happening, World};
use crate::members;
use crate::people::{Kind, Op};

/// What somebody does in a quarrel, if their screen offers it when it comes to it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Whoever can takes the power of this device's person.
    Strip(usize),
    /// This device's person gives power to somebody who has none.
    Raise(usize),
    /// This device's person does what they now may.
    Use(usize),
    /// The first device's person throws the second's out.
    ShutOut(usize, usize),
    /// Whoever can, and stands above the first device's person, lifts the second's as high as they may.
    Lift(usize, usize),
}

impl World {
    /// Draws the quarrels of a partition that lasts so many milliseconds.
    pub(super) fn quarrel(&mut self, length_ms: u64) {
        let options = self.options.communities.as_ref();
        for _ in 0..options.map_or(0, |options| options.quarrels) {
            let lifts = self.chance.permille(250);
            let all = 0..self.devices.len();
            let rivals: Vec<_> = all
                .filter(|device| !self.rivals_of(*device).is_empty())
                .filter(|device| lifts || self.gift(*device).is_some())
                .collect();
            let Some(rival) = self.chance.pick(&rivals).copied() else {
                continue;
            };
            let half = length_ms / 2;
            let steps = match self.subject(rival).filter(|_one| lifts) {
                Some(subject) => [Step::ShutOut(rival, subject), Step::Lift(rival, subject)],
                None => [Step::Strip(rival), Step::Raise(rival)],
            };
            for step in steps {
                let delay = self.chance.between(0, half);
                self.after_ms(delay, Happening::Quarrel(step));
            }
        }
    }

    /// Whether nothing goes from either to the other: what goes one way only would tell of the quarrel.
    fn apart(&self, a: usize, b: usize) -> bool {
        self.network.is_blocked(a, b) && self.network.is_blocked(b, a)
    }

    /// Whose people may take the power of this device's person, and cannot be reached by it.
    fn rivals_of(&self, device: usize) -> Vec<usize> {
        let who = self.devices[device].account;
        let able = (0..self.devices.len()).filter(|other| {
            let Some(view) = self.community_view(*other) else {
                return false;
            };
            let rank = |who| member(view, who).map_or(0, |member| members::rank(view, member));
            let power = rank(who);
            power > LOWEST
                && rank(self.devices[*other].account) > power
                && self.apart(device, *other)
        });
        able.collect()
    }

    pub(super) fn quarrels(&mut self, step: Step) {
        match step {
            Step::Strip(rival) => self.strips(rival),
            Step::Raise(rival) => self.raises(rival),
            Step::ShutOut(rival, subject) => self.shuts_out(rival, subject),
            Step::Lift(rival, subject) => self.lifts(rival, subject),
            Step::Use(ally) => self.uses(ally),
        }
    }

    /// Somebody whom this device's person may throw out.
    pub(super) fn subject(&mut self, rival: usize) -> Option<usize> {
        let view = self.community_view(rival)?;
        let height = members::rank(view, member(view, self.devices[rival].account)?);
        let below = (0..self.devices.len()).filter(|device| {
            let one = member(view, self.devices[*device].account);
            one.is_some_and(|one| {
                one.standing == Standing::Member && members::rank(view, one) < height
            })
        });
        let below: Vec<_> = below.filter(|device| *device != rival).collect();
        self.chance.pick(&below).copied()
    }

    /// Silences somebody below, or does whatever else they may.
    fn uses(&mut self, ally: usize) {
        match self.subject(ally).filter(|_one| self.chance.permille(600)) {
            Some(subject) => {
                let who = self.devices[subject].account;
                let now = self.devices[ally].clock.now(self.now).wall;
                let until = Timestamp::from_millis(now.as_millis().saturating_add(3_000));
                let until = Hlc::from_wall(until);
                let reason = members::text("a quarrel");
                self.does(ally, Body::Timeout { who, until, reason });
            }
            None => {
                let op = self.plan(Op::planned(ally, Kind::Standing));
                self.act_in_community(op);
            }
        }
    }

    fn shuts_out(&mut self, rival: usize, subject: usize) {
        let who = self.devices[subject].account;
        self.does(rival, shut_out(who));
    }

    fn lifts(&mut self, rival: usize, subject: usize) {
        let above = self.rivals_of(rival);
        let Some(device) = self.chance.pick(&above).copied() else {
            return;
        };
        let (who, own) = (self.devices[subject].account, self.devices[device].account);
        let Some(view) = self.community_view(device) else {
            return;
        };
        let height = member(view, own).map_or(0, |own| members::rank(view, own));
        let roles = view.roles.iter();
        let rival = member(view, self.devices[rival].account);
        let level = rival.map_or(0, |rival| members::rank(view, rival));
        // No higher than it takes: who is level with all above quarrels no more.
        let roles = roles.filter(|role| (level..height).contains(&role.position.0));
        if let Some(role) = roles.min_by_key(|role| role.position).map(|role| role.id) {
            self.does(device, Body::Assign { who, role });
        }
    }

    fn strips(&mut self, rival: usize) {
        let who = self.devices[rival].account;
        let able = self.rivals_of(rival);
        let Some(device) = self.chance.pick(&able).copied() else {
            return;
        };
        let Some(view) = self.community_view(device) else {
            return;
        };
        let held = member(view, who).map_or(&[][..], |member| &member.roles);
        let roles = view.roles.iter();
        let powers = roles.filter(|role| held.contains(&role.id) && !role.bits.power().is_empty());
        let highest = powers.max_by_key(|role| role.position);
        let role = highest.map(|role| role.id);
        let body = match role.filter(|_role| self.chance.permille(600)) {
            Some(role) => Body::Unassign { who, role },
            None => shut_out(who),
        };
        self.does(device, body);
    }

    fn raises(&mut self, rival: usize) {
        let Some((role, near)) = self.gift(rival) else {
            return;
        };
        let Some(ally) = self.chance.pick(&near).copied() else {
            return;
        };
        let who = self.devices[ally].account;
        self.does(rival, Body::Assign { who, role });
        for delay in [800, 1_600, 2_400] {
            self.after_ms(delay, Happening::Quarrel(Step::Use(ally)));
        }
    }

    /// The highest power that this device's person may give, and the devices in reach of it whose people would have more by it.
    fn gift(&self, device: usize) -> Option<(OpId, Vec<usize>)> {
        let view = self.community_view(device)?;
        let own = member(view, self.devices[device].account)?;
        let height = members::rank(view, own);
        let roles = view.roles.iter();
        let given = roles.filter(|role| role.position.0 < height && !role.bits.power().is_empty());
        let role = given.max_by_key(|role| role.position)?;
        let near = (0..self.devices.len()).filter(|other| {
            let who = self.devices[*other].account;
            member(view, who).is_some_and(|member| {
                member.standing == Standing::Member
                    && members::rank(view, member) < role.position.0
                    && !self.apart(device, *other)
            })
        });
        let near: Vec<_> = near.collect();
        (!near.is_empty()).then_some((role.id, near))
    }

    fn does(&mut self, device: usize, body: Body) {
        let Some(community) = self.gathering.id else {
            return;
        };
        let mut op = Op::planned(device, Kind::Standing);
        let body = Box::new(body);
        op.command = Some(Command::Community(CommunityCommand::Act {
            community,
            body,
        }));
        let op = self.plan(op);
        self.count("quarrelled");
        self.act_in_community(op);
    }
}

/// The position of the lowest role that gives power: whoever has no higher one raises nobody.
const LOWEST: u16 = 10;

pub(super) fn shut_out(who: AccountId) -> Body {
    Body::Kick {
        who,
        cut: Bounded::default(),
        invites: false,
        reason: members::text("a quarrel"),
    }
}

fn member(view: &CommunityView, who: AccountId) -> Option<&MemberView> {
    view.members.iter().find(|member| member.account == who)
}
