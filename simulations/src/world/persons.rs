//! What people do: they look at their screens once a second and act on what they see.

use protocol::error::Rejected;
use protocol::identity::{ContactLink, Hints};
use protocol::persist::{Batch, ContactState, Row, RowKey, Trust};
use protocol::turn::{Command, ContactStanding, Input, Reply, Whom};

use super::{Happening, Phase, World};
use crate::checkers::Seen;
use crate::people::{self, Fate, Kind, Op, OpId};

/// How often a person looks.
const LOOK_MS: u64 = 1_000;

impl World {
    /// Draws who wants to know whom, and what is said when.
    pub(super) fn plans(&mut self) {
        if let Some(options) = self.options.communities.clone() {
            return self.community_plans(&options);
        }
        let count = self.options.accounts;
        let mut wanted: Vec<(usize, usize)> =
            (1..count).map(|person| (person - 1, person)).collect();
        for _ in 0..self.options.extra_pairs {
            let (a, b) = (self.chance.index(count), self.chance.index(count));
            let pair = (a.min(b), a.max(b));
            if a != b && !wanted.contains(&pair) {
                wanted.push(pair);
            }
        }
        for (a, b) in wanted {
            let both = self.chance.permille(self.options.mutual);
            let turned = self.chance.permille(500);
            self.wanted
                .push(if turned { (b, a, both) } else { (a, b, both) });
        }
        for device in 0..self.devices.len() {
            let delay = self.chance.between(500, 3_000);
            self.after_ms(delay, Happening::Person { device });
        }
        let end = self.options.safety_ms;
        let mut at = 4_000;
        for _ in 0..self.options.acts {
            if !self.chance.permille(self.options.bursts) {
                at = self.chance.between(4_000, end.max(4_000));
            }
            let device = self.chance.index(self.devices.len());
            let kind = people::draw_kind(&mut self.chance);
            let op = self.plan(Op::planned(device, kind));
            self.at(at * 1_000, Happening::Act { op });
        }
    }

    pub(super) fn plan(&mut self, op: Op) -> OpId {
        self.ops.push(op);
        OpId(self.ops.len() - 1)
    }

    /// Contacts that a person may write to now.
    fn friends(&self, device: usize) -> Vec<protocol::identity::AccountId> {
        let contacts = self.devices[device].screen.contacts.values();
        contacts
            .filter(|view| view.standing == ContactStanding::Accepted)
            .filter(|view| view.trust != Trust::Changed)
            .map(|view| view.account)
            .collect()
    }

    /// Somebody does something, as soon as there is a device and a friend to do it with.
    pub(super) fn act(&mut self, op: OpId) {
        let device = self.ops[op.0].device;
        if self.ops[op.0].fate != Fate::Planned {
            return;
        }
        if self.options.communities.is_some() {
            return self.act_in_community(op);
        }
        if self.ops[op.0].command.is_none() {
            let friends = self.friends(device);
            let Some(to) = self.chance.pick(&friends).copied() else {
                let delay = self.chance.between(500, 2_000);
                return self.after_ms(delay, Happening::Act { op });
            };
            let history = self.devices[device]
                .disk
                .medium
                .history(to.into())
                .unwrap_or_default();
            let own = self.devices[device].account;
            people::decide(
                &mut self.ops[op.0],
                op.0,
                to,
                own,
                &history,
                &mut self.chance,
            );
        }
        self.ask(op);
    }

    /// Asks, if the device is up. What gets no answer is asked again by [`Self::person_looks`].
    pub(super) fn ask(&mut self, op: OpId) {
        let device = self.ops[op.0].device;
        let Some(command) = self.ops[op.0].command.clone() else {
            return;
        };
        if !self.devices[device].is_up() {
            return;
        }
        if self.ops[op.0].asked > 0 {
            self.count("asked_again");
        }
        self.ops[op.0].fate = Fate::Asked;
        self.ops[op.0].asked += 1;
        let id = self.devices[device].name_command();
        self.devices[device].commands.insert(id, op);
        self.input(device, Input::Command(id, command));
    }

    pub(super) fn answered(&mut self, op: OpId, result: Result<Reply, Rejected>) {
        if self.ops[op.0].kind != Kind::Standing {
            self.count(match result {
                Ok(_) => "done",
                Err(Rejected::TooSoon { .. }) => "slowed",
                Err(_) => "refused",
            });
        }
        self.ops[op.0].fate = Fate::Answered(result);
    }

    /// Asks for something that the screen will show.
    pub fn order(&mut self, device: usize, command: Command) -> OpId {
        let mut op = Op::planned(device, Kind::Standing);
        op.command = Some(command);
        let op = self.plan(op);
        self.ask(op);
        op
    }

    /// A person looks at the screen.
    pub(super) fn person_looks(&mut self, device: usize) {
        let delay = self.chance.between(LOOK_MS / 2, LOOK_MS * 3 / 2);
        self.after_ms(delay, Happening::Person { device });
        if !self.devices[device].is_up() || !self.devices[device].commands.is_empty() {
            return;
        }
        for op in (0..self.ops.len()).map(OpId) {
            let this = &self.ops[op.0];
            if this.device == device && this.fate == Fate::Planned && this.command.is_some() {
                self.ask(op);
            }
        }
        if self.options.communities.is_some() {
            return self.looks_at_community(device);
        }
        let person = self.devices[device].person;
        if person == device {
            self.want_contacts(device);
            self.answer_requests(device);
        }
        if device == 0 {
            self.link_second();
        }
    }

    fn want_contacts(&mut self, device: usize) {
        let person = device;
        for (asks, asked, both) in self.wanted.clone() {
            let other = match (asks == person, asked == person && both) {
                (true, _) => asked,
                (_, true) => asks,
                _ => continue,
            };
            let account = self.devices[other].account;
            let screen = &self.devices[device].screen;
            if screen.contacts.contains_key(&account) {
                continue;
            }
            let whom = match ContactLink::new(account, Hints::None) {
                Ok(link) if !self.devices[other].is_visible() => Whom::Link(link),
                _ if screen.nearby.contains(&account) => Whom::Account(account),
                _ => continue,
            };
            self.order(device, Command::Request(whom));
        }
    }

    fn answer_requests(&mut self, device: usize) {
        for view in self.devices[device].screen.contacts.clone().into_values() {
            let known = self
                .devices
                .iter()
                .find(|other| other.account == view.account);
            let wanted = known.is_some_and(|other| {
                let pair = (other.person, device);
                self.wanted
                    .iter()
                    .any(|(a, b, _)| (*a, *b) == pair || (*b, *a) == pair)
            });
            match view.standing {
                ContactStanding::Asks if wanted && view.words.is_some() => {
                    self.order(device, Command::Accept(view.account));
                }
                ContactStanding::Accepted
                    if view.trust == Trust::Unverified && self.chance.permille(300) =>
                {
                    self.order(device, Command::Verify(view.account));
                }
                _ => {}
            }
        }
    }

    /// The first person links a second device: it gets the contacts, and they get its certificate.
    fn link_second(&mut self) {
        let wanted = self
            .wanted
            .iter()
            .filter(|(a, b, _)| *a == 0 || *b == 0)
            .count();
        if self.second.is_none() || self.friends(0).len() < wanted {
            return;
        }
        let Some(second) = self.second.take() else {
            return;
        };
        let Ok(snapshot) = self.devices[0].disk.medium.snapshot() else {
            return;
        };
        let accepted = |row: &Row| match row {
            Row::Contact(row) => matches!(row.state, ContactState::Accepted { .. }),
            _ => false,
        };
        let mut batch = Batch::default();
        for (key, row) in snapshot.rows.into_iter().filter(|(_, row)| accepted(row)) {
            batch.put(key, row);
        }
        // The own bundle, too: it may have grown since the certificate was made.
        if batch
            .writes
            .keys()
            .filter(|key| matches!(key, RowKey::Contact(_)))
            .count()
            < wanted
        {
            self.second = Some(second);
            return;
        }
        self.count("device_linked");
        let device = second.device;
        if self.devices[device].disk.medium.commit(vec![batch]).is_ok() {
            self.order(0, Command::Certify(second.bundle.to_unverified()));
            self.at(self.now, Happening::Boot { device });
        }
    }

    /// Why not all is quiet, if so.
    pub(super) fn unsettled(&self) -> Option<String> {
        let waiting = self.devices.iter().enumerate().filter(|(number, device)| {
            !device.is_quiet()
                && !self.is_quiet_in_community(*number)
                && !self.waits_for_liars(*number)
        });
        let community = self.options.communities.is_some();
        let waiting: Vec<_> = waiting
            .map(|(number, device)| match community {
                true => self.burden_in_community(number),
                false => device.burden(number),
            })
            .collect();
        if !waiting.is_empty() {
            return Some(waiting.join("; "));
        }
        if self.network.in_transit > 0 {
            return Some(format!("{} frames on their way", self.network.in_transit));
        }
        if let Some(op) = self.ops.iter().position(|op| {
            op.kind != Kind::Standing && !op.is_over() && !self.devices[op.device].lies
        }) {
            return Some(format!(
                "op {op} of d{} is not answered",
                self.ops[op].device
            ));
        }
        for (a, b, _) in &self.wanted {
            for (near, far) in [(*a, *b), (*b, *a)] {
                let far = self.devices[far].account;
                let near = self
                    .devices
                    .iter()
                    .enumerate()
                    .filter(|(_, d)| d.person == near);
                for (number, device) in near {
                    let standing = device.screen.contacts.get(&far).map(|view| view.standing);
                    if standing != Some(ContactStanding::Accepted) {
                        return Some(format!("d{number} sees {standing:?} of a contact"));
                    }
                }
            }
        }
        if self.options.communities.is_some() {
            return self.unsettled_community();
        }
        self.second
            .as_ref()
            .map(|_| "the second device is not linked".to_owned())
    }

    /// Everybody says one more thing to everybody they know, and from now on no session may be dead.
    pub fn probe(&mut self) {
        self.phase = Phase::Probe;
        self.see(0, &Seen::Probing);
        self.everybody_speaks();
    }

    /// Everybody says one more thing to everybody they know.
    pub(super) fn everybody_speaks(&mut self) {
        if self.options.communities.is_some() {
            return self.everybody_speaks_in_community();
        }
        for device in 0..self.devices.len() {
            for to in self.friends(device) {
                let op = self.plan(Op::planned(device, Kind::Text));
                let own = self.devices[device].account;
                people::decide(&mut self.ops[op.0], op.0, to, own, &[], &mut self.chance);
                self.ask(op);
            }
        }
    }

    /// What became of an act.
    #[must_use]
    pub fn fate(&self, op: OpId) -> &Fate {
        &self.ops[op.0].fate
    }
}
