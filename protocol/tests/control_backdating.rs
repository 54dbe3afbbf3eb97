//! What becomes of people who pretend not to have seen: silent and active administrators (T25), forks (T19), epochs of
//! halves (A7).

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::BTreeMap;

use protocol::control::body::{Body, ChannelKind, LogId, LogMark, NewChannel, Scope};
use protocol::control::histories::{account, device};
use protocol::control::{
    Act, Admission, Authority, Bits, Control, ControlFault, Fate, OpFault, OpId, Position,
    SignedHeader, Standing, UnverifiedOp, Why,
};
use protocol::crypto::Hash32;
use protocol::identity::DeviceId;
use protocol::wire::Bounded;

#[path = "vectors/case.rs"]
mod case;
#[path = "vectors/community.rs"]
mod community;
use case::{Case, OWNER, ban, join, kick};
use community::{Person, admit, founded, joining, name};

/// An administrator above a moderator, who has let people in, given power and made things since `start`.
struct Deeds {
    case: Case,
    start: OpId,
    joins: Vec<OpId>,
    others: Vec<OpId>,
}

const ADMIN: u8 = 1;
const MODERATOR: u8 = 2;
/// Whom the moderator let in, and the last of them somebody else.
const GUESTS: [u8; 4] = [5, 6, 7, 8];

impl Deeds {
    fn done() -> Self {
        let mut case = Case::new();
        case.joined(&[ADMIN, MODERATOR]);
        case.promoted(ADMIN, 8, &[]);
        let start = case.promoted(MODERATOR, 5, &[]);
        let mut joins: Vec<OpId> = [5, 6, 7]
            .iter()
            .map(|who| case.by(MODERATOR, &[start], join(*who, None)))
            .collect();
        let role = case.by(
            MODERATOR,
            &[],
            Act::CreateRole {
                position: Position(3),
                bits: Bits::MUTE,
            },
        );
        let who = account(5);
        let given = case.by(MODERATOR, &[], Act::Assign { who, role });
        joins.push(case.by(6, &[given], join(8, None)));
        let made = case.by(MODERATOR, &[], Act::Channel);
        Self {
            case,
            start,
            joins,
            others: vec![role, given, made],
        }
    }

    fn fates(&self) -> [Vec<Fate>; 2] {
        [&self.joins, &self.others].map(|ops| ops.iter().map(|op| self.case.fate(*op)).collect())
    }

    fn guests(&self) -> [Standing; 4] {
        GUESTS.map(|who| self.case.standing(who))
    }

    fn assert_nothing_is_undone(&self) {
        let [joins, others] = self.fates();
        assert_eq!(joins, [Fate::Valid; 4]);
        assert_eq!(others, [Fate::Valid; 3]);
        assert_eq!(self.guests(), [Standing::Member; 4]);
    }
}

#[test]
fn retro_void() {
    // A device that was silent since `start` can say that it knew no more.
    let mut deeds = Deeds::done();
    deeds.assert_nothing_is_undone();
    let kicked = deeds.case.by(ADMIN, &[deeds.start], kick(MODERATOR));
    assert_eq!(deeds.case.fate(kicked), Fate::Valid);
    assert_eq!(deeds.case.standing(MODERATOR), Standing::Outside);
    let [joins, others] = deeds.fates();
    assert_eq!(others, [Fate::Void; 3]);
    assert_eq!(joins, [Fate::Weak; 4]);
    assert!(deeds.case.log.now().roles(&account(5)).is_empty());
    // Nobody whom the moderator let in is thrown out, and one word restores all of them.
    assert_eq!(deeds.guests(), [Standing::Suspended; 4]);
    let heads = deeds.case.log.dag().heads();
    let who = GUESTS.map(account).to_vec();
    deeds.case.by(OWNER, &heads, Act::Confirm { who });
    assert_eq!(deeds.guests(), [Standing::Member; 4]);
    assert_eq!(deeds.case.standing(MODERATOR), Standing::Outside);
}

#[test]
fn retro_void_by_a_device_that_has_shown_what_it_knew() {
    let shown = || {
        let mut deeds = Deeds::done();
        let heads = deeds.case.log.dag().heads();
        let seen = deeds.case.by(ADMIN, &heads, Act::Note);
        (deeds, seen)
    };
    // After what it signed last, it has seen everything: its removal undoes nothing.
    let (mut deeds, _) = shown();
    let kicked = deeds.case.by(ADMIN, &[deeds.start], kick(MODERATOR));
    assert_eq!(deeds.case.fate(kicked), Fate::Valid);
    deeds.assert_nothing_is_undone();

    // It cannot leave out what it signed last,
    let (mut deeds, seen) = shown();
    let mut fact = deeds.case.fact(ADMIN, 0, &[], kick(MODERATOR));
    fact.deps = vec![deeds.start];
    let refused = Admission::Refused(OpFault::Sequence);
    assert_eq!(deeds.case.log.admit(&fact), refused);

    // but by signing in the same place again, which two ops show; it is not heard any more.
    fact.seq = 0;
    assert_eq!(deeds.case.log.admit(&fact), Admission::New);
    assert_eq!(deeds.case.fate(fact.id), Fate::Void);
    assert_eq!(deeds.case.log.now().why(&fact.id), Some(Why::Contradicts));
    assert_eq!(deeds.case.log.now().why(&seen), Some(Why::Contradicts));
    let devices = deeds.case.log.now().devices(&account(ADMIN));
    assert_eq!(devices, [device(ADMIN, 1)]);
    assert_eq!(deeds.case.standing(MODERATOR), Standing::Member);
    deeds.assert_nothing_is_undone();
}

#[test]
fn retro_void_by_a_device_that_has_shown_what_it_wrote() {
    let (mut ana, mut ben) = (Person::new(1), Person::new(2));
    let (mut control, _) = founded(&mut ana);
    let op = joining(&control, &mut ana, &ben, None, |_| {});
    let start = admit(&mut control, &op);
    let log = |incarnation| LogId {
        device: ben.device.id(),
        incarnation,
    };
    let logs = [1, 2, 3, 4, 5, 6].map(log);
    let mark = |log: usize, seq, hash| LogMark {
        log: logs[log],
        seq,
        hash: Hash32([hash; 32]),
    };
    let community = control.community();
    let first = vec![mark(0, 10, 1), mark(1, 3, 2)];
    let op = ben.sign_seen(community, &[start], first, Body::Merge);
    admit(&mut control, &op);
    let mut next = |seen: Vec<LogMark>| {
        let (seq, last) = (ben.seq, ben.last);
        let op = ben.sign_seen(community, &[], seen, Body::Leave);
        (ben.seq, ben.last) = (seq, last);
        control.clone().offer(&op.encode()).map(drop)
    };
    let backdated = [
        vec![],
        vec![mark(0, 9, 1), mark(1, 3, 2)],
        vec![mark(0, 10, 7), mark(1, 3, 2)],
        vec![mark(0, 11, 3)],
        vec![mark(2, 1, 1), mark(3, 1, 1)],
    ];
    for seen in backdated {
        assert_eq!(next(seen.clone()), Err(ControlFault::SeenLess), "{seen:?}");
    }
    let honest = [
        vec![mark(0, 10, 1), mark(1, 3, 2)],
        vec![mark(0, 12, 9), mark(1, 3, 2), mark(2, 0, 4)],
        // The oldest of more than four make room.
        (2..6).map(|log| mark(log, 0, 4)).collect(),
    ];
    for seen in honest {
        assert_eq!(next(seen.clone()), Ok(()), "{seen:?}");
    }
}

/// A community of four whose second device signs twice; two halves hear one each.
struct Halves {
    people: [Person; 4],
    base: Control,
    one: UnverifiedOp,
    other: UnverifiedOp,
}

fn channel(text: &str) -> Body {
    Body::CreateChannel(Box::new(NewChannel {
        kind: ChannelKind::Text,
        name: name(text),
        parent: None,
        place: 0,
        scope: Scope::Public,
        overwrites: Bounded::default(),
    }))
}

impl Halves {
    fn new() -> Self {
        let mut people = [1, 2, 3, 4].map(Person::new);
        let [ana, ben, cleo, dora] = &mut people;
        let (mut base, _) = founded(ana);
        for joiner in [&*ben, cleo, dora] {
            let op = joining(&base, ana, joiner, None, |_| {});
            admit(&mut base, &op);
        }
        let community = base.community();
        let role = Body::CreateRole {
            name: name("admin"),
            colour: [1, 2, 3],
            position: Position(5),
            bits: Bits::ADMIN,
        };
        let role = admit(&mut base, &ana.sign(community, &[], role));
        let who = ben.account();
        let start = admit(
            &mut base,
            &ana.sign(community, &[], Body::Assign { who, role }),
        );
        admit(&mut base, &ben.sign(community, &[start], channel("before")));
        let heads = base.log().dag().heads();
        let (seq, last) = (ben.seq, ben.last);
        let other = ben.sign(community, &heads, removal(cleo));
        (ben.seq, ben.last) = (seq, last);
        let one = ben.sign(community, &heads, channel("after"));
        Self {
            people,
            base,
            one,
            other,
        }
    }
}

fn removal(who: &Person) -> Body {
    Body::Kick {
        who: who.account(),
        cut: Bounded::default(),
        invites: true,
        reason: name(""),
    }
}

/// Everything that a log comes to, as text; and every op that contradicts another of its device.
fn come_to(control: &Control) -> (String, Vec<SignedHeader>) {
    let now = control.log().now();
    let ids: Vec<OpId> = control.log().in_order().collect();
    let fates: BTreeMap<OpId, Option<Fate>> = ids.iter().map(|id| (*id, now.fate(id))).collect();
    let people: Vec<_> = now
        .people()
        .into_iter()
        .map(|(who, standing)| {
            let uses = [now.uses(&who), Bits::ADMIN];
            let power = now.power(&who, Bits::KICK);
            (
                who,
                standing,
                now.devices(&who),
                now.roles(&who),
                uses,
                power,
            )
        })
        .collect();
    let channels: BTreeMap<OpId, _> = ids
        .iter()
        .map(|id| (*id, control.now().channel(id)))
        .collect();
    let heads = control.log().dag().heads();
    let rest = (now.owner(), now.effective_removals(), now.epoch(), heads);
    let mut places: BTreeMap<(DeviceId, u64), Vec<SignedHeader>> = BTreeMap::new();
    for id in &ids {
        let head = &control.op(id).unwrap().head;
        let place = (head.header.device, head.header.seq);
        places.entry(place).or_default().push(head.clone());
    }
    let mut twins: Vec<SignedHeader> = places
        .into_values()
        .filter(|ops| ops.len() > 1)
        .flatten()
        .collect();
    twins.sort_by_key(|head| head.header.id());
    (format!("{fates:?} {people:?} {channels:?} {rest:?}"), twins)
}

/// Sends every op of one log to another, the newest first.
fn tell(from: &Control, to: &mut Control) {
    let ids: Vec<OpId> = from.log().in_order().collect();
    for id in ids.iter().rev() {
        to.offer(&from.op(id).unwrap().encode()).unwrap();
    }
    assert_eq!(to.waiting(), 0);
}

#[test]
fn fork_detected_control() {
    let Halves {
        people: [mut ana, mut ben, mut cleo, mut dora],
        base,
        one,
        other,
    } = Halves::new();
    let community = base.community();
    let [mut left, mut right] = [base.clone(), base.clone()];
    let mark = admit(&mut left, &one);
    admit(&mut left, &cleo.sign(community, &[mark], Body::Merge));
    let went_on = ben.sign(community, &[mark], removal(&dora));
    admit(&mut left, &went_on);
    let mark = admit(&mut right, &other);
    admit(&mut right, &ana.sign(community, &[mark], Body::Merge));
    let third = left.clone();
    let standing = |half: &Control, who: &Person| half.log().now().standing(&who.account());
    assert_eq!(standing(&left, &dora), Standing::Outside);
    assert_eq!(standing(&right, &cleo), Standing::Outside);

    tell(&left.clone(), &mut right);
    tell(&right.clone(), &mut left);
    let (ours, proof) = come_to(&left);
    assert_eq!(come_to(&right), (ours, proof.clone()));
    let mut contradict = [one.head.clone(), other.head.clone()];
    contradict.sort_by_key(|head| head.header.id());
    assert_eq!(proof, contradict, "both halves hold the same proof");
    for half in [&left, &right] {
        for op in [&one, &other, &went_on] {
            assert_eq!(half.log().now().fate(&op.id()), Some(Fate::Void));
        }
        assert!(half.log().now().devices(&ben.account()).is_empty());
        assert_eq!(standing(half, &dora), Standing::Member);
        assert_eq!(standing(half, &cleo), Standing::Member);
        assert_eq!(standing(half, &ben), Standing::Member);
    }

    // Whoever knows one of the two only learns it by the proof, which anybody may pass on.
    let [first, second] = contradict.map(Box::new);
    let shown = Body::Fork {
        one: first,
        other: second,
    };
    let mut third = third;
    let heads = base.log().dag().heads();
    admit(&mut third, &dora.sign(community, &heads, shown));
    for op in [&one, &went_on] {
        assert_eq!(third.log().now().fate(&op.id()), Some(Fate::Void));
    }
    assert!(third.log().now().devices(&ben.account()).is_empty());
    assert_eq!(standing(&third, &dora), Standing::Member);
}

#[test]
fn epoch_case_a7() {
    const T: u8 = 1;
    const X: u8 = 2;
    const B: u8 = 3;
    let rekey = |n, parents: &[OpId], covers: &[OpId]| Act::Rekey {
        n,
        parents: parents.to_vec(),
        covers: covers.to_vec(),
    };
    let mut case = Case::new();
    case.joined(&[T, X, B]);
    let start = case.promoted(T, 8, &[]);
    let first = case.by(OWNER, &[start], rekey(0, &[], &[]));
    let kicked = case.by(OWNER, &[first], kick(T));
    let banned = case.by(T, &[first], ban(X));
    let theirs = case.by(T, &[banned], rekey(1, &[first], &[banned]));
    // B knows T's half alone, and posts there.
    let post = case.by(B, &[theirs], Act::Note);

    let after_heal = |case: &Case, epoch: Option<OpId>| {
        let then = case.log.at(&[post]).unwrap();
        assert_eq!(then.epoch(), Some(theirs), "judged at what B knew");
        assert_eq!(then.fate(&theirs), Some(Fate::Valid));
        assert_eq!(then.to_cover(&[theirs]), Vec::new());
        assert_eq!(then.standing(&account(X)), Standing::Banned);
        assert_eq!(then.standing(&account(T)), Standing::Member);
        let now = case.log.now();
        assert_eq!(now.epoch(), epoch);
        assert_eq!(now.fate(&banned), Some(Fate::Void));
        assert_eq!(now.fate(&theirs), Some(Fate::Void));
        assert_eq!(now.why(&theirs), Some(Why::Removed(kicked)));
        // It fits where it stands, whatever counts now: its secret is kept, for what was written under it.
        assert_eq!(case.log.authority(&theirs), Some(Authority::Use));
        assert_eq!(now.standing(&account(X)), Standing::Member);
        assert_eq!(now.standing(&account(T)), Standing::Outside);
    };
    after_heal(&case, None);
    let ours = case.by(OWNER, &[kicked], rekey(1, &[first], &[kicked]));
    after_heal(&case, Some(ours));
    assert_eq!(case.log.now().to_cover(&[theirs]), vec![kicked]);
    // Another may follow both, so that whoever has the one secret reads on.
    let mut parents = vec![ours, theirs];
    parents.sort();
    let joined = case.by(B, &[ours, post], rekey(2, &parents, &[]));
    after_heal(&case, Some(joined));
    let then = case.log.at(&[theirs, kicked]).unwrap();
    assert_eq!(
        then.epoch(),
        None,
        "whoever knows of the kick does not send under it"
    );
}
