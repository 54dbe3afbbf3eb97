//! What becomes of what was said in channels when an administrator removes a moderator as if they had not seen what that one did
//! (T25): the cases of `retro_void`, between real cores, with words and not marks alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::control::body::{Body, Scope};
use protocol::control::{
    Bits, CommunityId, Control, ControlFault, OpId, Place, Position, Standing, UnverifiedOp,
};
use protocol::core::Config;
use protocol::error::Misbehaved;
use protocol::link::{CommunityFrame, Frame};
use protocol::local::LocalDevice;
use protocol::testing::Table;
use protocol::time::{Hlc, Timestamp};
use protocol::turn::Event;
use protocol::wire::Bounded;

#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, community_of, invite, join, name, say, standing, text, text_channel, texts, view,
};

/// Owner; an administrator; a moderator whom the administrator may remove; whom the moderator let in.
const ANA: usize = 0;
const BEN: usize = 1;
const CLEO: usize = 2;
const GUESTS: [usize; 2] = [3, 4];
const SAID: [&str; 3] = ["welcome", "thank you", "me too"];

/// What the moderator has done since everybody knew `start`, and what was said since then.
struct Deeds {
    table: Table,
    id: CommunityId,
    channel: OpId,
    start: OpId,
}

impl Deeds {
    fn done() -> Self {
        let (mut table, id, _links) = community_of(&["Ana", "Ben", "Cleo"]);
        let channel = act(&mut table, ANA, id, text_channel("général", Scope::Public));
        let mut start = channel;
        let power = Bits::KICK.with(Bits::MANAGE_INVITES);
        for (seat, position) in [(BEN, 8), (CLEO, 5)] {
            let role = Body::CreateRole {
                name: name("mods"),
                colour: [1, 2, 3],
                position: Position(position),
                bits: power,
            };
            let role = act(&mut table, ANA, id, role);
            let who = table.account(seat);
            start = act(&mut table, ANA, id, Body::Assign { who, role });
        }
        table.pass(SOON);
        let made = invite(&mut table, CLEO, id, 5);
        say(&mut table, CLEO, (id, channel), text(SAID[0])).unwrap();
        for (guest, words) in GUESTS.into_iter().zip(&SAID[1..]) {
            let _words = table.sit("guest", Config::default());
            let _link = table.link(guest, CLEO);
            join(&mut table, guest, CLEO, id, made);
            table.pass(SOON);
            for other in 0..guest {
                let _link = (other != CLEO).then(|| table.link(guest, other));
            }
            table.pass(SOON);
            say(&mut table, guest, (id, channel), text(words)).unwrap();
        }
        table.pass(SOON);
        let deeds = Self {
            table,
            id,
            channel,
            start,
        };
        deeds.assert_nothing_is_undone();
        deeds
    }

    fn control(&self) -> &Control {
        self.table.seats[ANA].core.control(self.id).unwrap()
    }

    /// How the administrator's device stands in the owner's log: its place there, and its last op.
    fn newest(&self) -> (u64, OpId) {
        let newest = self
            .control()
            .log()
            .dag()
            .newest_of(&self.table.device(BEN));
        newest.expect("it let the moderator in")
    }

    /// The administrator, whose program is not ours, tells the owner of a removal of the moderator in this place.
    fn backdates(&mut self, seq: u64, deps: &[OpId]) -> OpId {
        let local = LocalDevice::decode(&self.table.seats[BEN].identity).unwrap();
        let millis = 1_700_000_000_000 + u64::try_from(self.table.now.as_millis()).unwrap();
        let place = Place {
            community: self.id,
            author: local.account,
            seq,
            deps: deps.to_vec().try_into().unwrap(),
            seen: Bounded::default(),
            hlc: Hlc::from_wall(Timestamp::from_millis(millis)),
        };
        let body = Body::Kick {
            who: self.table.account(CLEO),
            cut: Bounded::default(),
            invites: false,
            reason: name(""),
        };
        let op = UnverifiedOp::sign(place, body, &local.signing);
        let frame = CommunityFrame::Ops {
            community: self.id,
            ops: vec![op.encode().try_into().unwrap()].try_into().unwrap(),
            more: false,
        };
        let frame = Frame::Community(Box::new(frame));
        self.table.receive_from(ANA, BEN, &frame);
        self.table.pass(Duration::from_secs(60));
        op.id()
    }

    fn others() -> impl Iterator<Item = usize> {
        [ANA, CLEO].into_iter().chain(GUESTS)
    }

    fn assert_nothing_is_undone(&self) {
        for seat in Self::others() {
            for whom in [CLEO].into_iter().chain(GUESTS) {
                let standing = standing(&self.table, seat, self.id, whom);
                assert_eq!(standing, Standing::Member, "{whom} for {seat}");
            }
            let said = texts(&self.table, seat, self.channel);
            assert!(
                said.len() >= SAID.len() - (seat.max(2) - 2),
                "{seat}: {said:?}"
            );
        }
        let said = texts(&self.table, ANA, self.channel);
        assert!(said.starts_with(&SAID.map(str::to_owned)), "{said:?}");
    }

    fn faults_of(&self, seat: usize) -> Vec<Misbehaved> {
        let events = self.table.seats[seat].events.iter();
        let faults = events.filter_map(|event| match event {
            Event::Misbehaved { fault, .. } => Some(fault.clone()),
            _ => None,
        });
        faults.collect()
    }
}

#[test]
fn what_was_said_outlives_a_removal_by_a_silent_device_and_one_word_restores_who_was_let_in() {
    let mut deeds = Deeds::done();
    let ((seq, last), start) = (deeds.newest(), deeds.start);
    let silent = deeds.control().log().dag().happened_before(&last, &start);
    assert_eq!(
        silent,
        Some(true),
        "the administrator has done nothing since"
    );
    deeds.backdates(seq + 1, &[last, start]);
    let Deeds {
        mut table,
        id,
        channel,
        ..
    } = deeds;
    assert_eq!(standing(&table, ANA, id, CLEO), Standing::Outside);
    for guest in GUESTS {
        assert_eq!(standing(&table, ANA, id, guest), Standing::Suspended);
    }
    assert_eq!(texts(&table, ANA, channel), SAID);
    assert_eq!(texts(&table, BEN, channel), SAID);
    let who: Vec<_> = GUESTS.iter().map(|guest| table.account(*guest)).collect();
    let who = who.try_into().unwrap();
    act(&mut table, ANA, id, Body::Confirm { who });
    table.pass(Duration::from_secs(60));
    for guest in GUESTS {
        assert_eq!(standing(&table, ANA, id, guest), Standing::Member);
        let still = format!("still here, says {guest}");
        say(&mut table, guest, (id, channel), text(&still)).unwrap();
        table.pass(SOON);
        for seat in [ANA, BEN].into_iter().chain(GUESTS) {
            assert_eq!(texts(&table, seat, channel).last(), Some(&still), "{seat}");
        }
    }
    assert_eq!(standing(&table, ANA, id, CLEO), Standing::Outside);
}

#[test]
fn whoever_has_spoken_since_cannot_remove_as_if_they_had_said_nothing() {
    let mut deeds = Deeds::done();
    let (id, channel) = (deeds.id, deeds.channel);
    say(&mut deeds.table, BEN, (id, channel), text("I am here")).unwrap();
    let nickname = Body::Nickname {
        name: Some(name("B")),
    };
    act(&mut deeds.table, BEN, id, nickname);
    deeds.table.pass(SOON);
    let (seq, last) = deeds.newest();
    // Behind what it signed last, and as if its log were empty.
    let op = deeds.backdates(seq + 1, &[last]);
    assert!(deeds.control().op(&op).is_none());
    let faults = deeds.faults_of(ANA);
    let seen_less = Misbehaved::Control(ControlFault::SeenLess);
    assert!(faults.contains(&seen_less), "{faults:?}");
    deeds.assert_nothing_is_undone();
}

#[test]
fn whoever_signs_again_where_they_signed_undoes_nothing_that_was_said_and_is_heard_no_more() {
    let mut deeds = Deeds::done();
    let (id, channel) = (deeds.id, deeds.channel);
    say(&mut deeds.table, BEN, (id, channel), text("I am here")).unwrap();
    let nickname = Body::Nickname {
        name: Some(name("B")),
    };
    act(&mut deeds.table, BEN, id, nickname);
    deeds.table.pass(SOON);
    let ((seq, last), start) = (deeds.newest(), deeds.start);
    let shown = deeds.control().op(&last).unwrap();
    let before = shown.head.header.deps[0];
    deeds.backdates(seq, &[before, start]);
    deeds.assert_nothing_is_undone();
    let members = view(&deeds.table, ANA, id).members;
    let ben = deeds.table.account(BEN);
    let ben = members.iter().find(|member| member.account == ben).unwrap();
    assert!(ben.devices.is_empty(), "nobody hears the device any more");
    for guest in GUESTS {
        say(&mut deeds.table, guest, (id, channel), text("and on we go")).unwrap();
        deeds.table.pass(SOON);
    }
    for seat in Deeds::others() {
        let said = texts(&deeds.table, seat, channel);
        assert!(said.ends_with(&["and on we go".to_owned(), "and on we go".to_owned()]));
    }
}
