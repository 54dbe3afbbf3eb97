//! F24: what somebody said and nobody in reach has is waited for, for a day; then the log goes on where it can, people see that
//! something is missing, and whoever has it later brings it to its place.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use protocol::community::{GapView, StandingHere};
use protocol::control::body::Body;
use protocol::core::Faults;
use protocol::message::MessageRef;
use protocol::wire::Bounded;
use simulations::members;
use simulations::people::Kind;
use simulations::world::World;

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// The founder, who goes away with what was said; who said it; who also heard it, and comes back at last; who was outside
/// meanwhile; and who was away.
const FOUNDER: usize = 0;
const AUTHOR: usize = 1;
const WITNESS: usize = 2;
const OUTSIDE: usize = 3;
const AWAY: usize = 4;

fn fine(world: World, what: &str) -> World {
    if world.violation().is_some() {
        panic!("{what}:\n{}", world.report().story());
    }
    world
}

fn pass(world: &mut World, time: u64) {
    world.run_until(world.now + time);
}

/// The author says so many things, one after the other.
fn says(world: &mut World, count: usize) -> Vec<MessageRef> {
    let mut made = Vec::new();
    for _ in 0..count {
        let op = world.speaks(AUTHOR, Kind::Text).unwrap();
        pass(world, 3 * SECOND);
        made.push(world.ops[op.0].made().unwrap());
    }
    made
}

fn gaps(world: &World, device: usize) -> Vec<GapView> {
    world.shows(device).unwrap().gaps.clone()
}

/// The only one.
fn gap(world: &World) -> GapView {
    let [gap] = gaps(world, AWAY).try_into().unwrap();
    gap
}

/// Three things are said while one member is outside and one is away; two more when the first is back in. Then all who heard
/// the three go. Gives both.
fn a_gap(world: &mut World) -> (Vec<MessageRef>, Vec<MessageRef>) {
    says(world, 2);
    world.switch_off(AWAY);
    let who = world.devices[OUTSIDE].account;
    let _op = world.acts(
        FOUNDER,
        Body::Kick {
            who,
            cut: Bounded::default(),
            invites: false,
            reason: members::text("for a while"),
        },
    );
    pass(world, 10 * SECOND);
    let missing = says(world, 3);
    world.options.communities.as_mut().unwrap().rejoin = 1_000;
    while world.shows(OUTSIDE).unwrap().standing != StandingHere::In {
        pass(world, SECOND);
    }
    pass(world, 5 * SECOND);
    let later = says(world, 2);
    assert!(later.iter().all(|said| world.has(OUTSIDE, *said)));
    assert!(!missing.iter().any(|said| world.has(OUTSIDE, *said)));
    for device in [FOUNDER, AUTHOR, WITNESS] {
        world.switch_off(device);
    }
    world.switch_on(AWAY);
    (missing, later)
}

#[test]
fn permanent_gap() {
    let mut world = World::of_members(24, 5, Faults::default());
    let (missing, later) = a_gap(&mut world);
    let has = |world: &World, said: &[MessageRef]| {
        said.iter().filter(|said| world.has(AWAY, **said)).count()
    };

    pass(&mut world, 2 * MINUTE);
    let waited = gap(&world);
    assert_eq!(waited.account, Some(world.devices[AUTHOR].account));
    assert_eq!((waited.missing, waited.before), (None, None));
    assert_eq!(has(&world, &later), 0, "out of order before its time");

    world.sleep(23 * HOUR);
    pass(&mut world, 3 * MINUTE);
    assert_eq!(has(&world, &later), 0, "a day is not over");
    // A restart forgets nothing of it.
    world.switch_off(AWAY);
    world.sleep(HOUR);
    world.switch_on(AWAY);
    pass(&mut world, 3 * MINUTE);
    assert_eq!(has(&world, &later), 2, "what comes after is shown");
    assert_eq!(has(&world, &missing), 0);
    let gap = gap(&world);
    assert_eq!(gap.missing, Some(3));
    assert!(gap.after < gap.before.unwrap());
    assert_eq!(gap.noticed, waited.noticed);
    // Whoever never had it does not miss it.
    assert_eq!(gaps(&world, OUTSIDE), []);
    let world = fine(world, "a gap");

    healed(world, &missing);
}

/// Somebody who has it comes back: it is put where it belongs, and all is as if nothing had been.
fn healed(mut world: World, missing: &[MessageRef]) {
    world.switch_on(WITNESS);
    pass(&mut world, MINUTE);
    assert!(missing.iter().all(|said| world.has(AWAY, *said)));
    assert_eq!(gaps(&world, AWAY), []);
    let channel = world.shows(AWAY).unwrap().channels.first().unwrap().id;
    let order = |device: usize| -> Vec<MessageRef> {
        let medium = &world.devices[device].disk.medium;
        let history = medium.history(channel.into()).unwrap();
        history.into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(order(AWAY), order(WITNESS));
    for device in [FOUNDER, AUTHOR] {
        world.switch_on(device);
    }
    world.probe();
    pass(&mut world, MINUTE);
    let all_but_outside = [FOUNDER, AUTHOR, WITNESS, AWAY];
    assert_eq!(world.unheard_among(&all_but_outside), None);
    world.finish();
    let _world = fine(world, "healed");
}
