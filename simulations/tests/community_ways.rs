//! The ways that words take where not everybody is linked with everybody: whoever speaks, nobody is left to find out by heads.
#![allow(clippy::panic, reason = "a panic is how a test fails")]

use protocol::core::Faults;
use simulations::people::Kind;
use simulations::world::World;

const SECOND: u64 = 1_000_000;
const MEMBERS: usize = 14;

/// One member is linked with all; the others stand in a ring. The one in the middle, and three of the ring, talk at once, without
/// a pause in which heads would be told.
#[test]
fn whoever_speaks_is_heard_along_links_without_being_asked() {
    let mut world = World::of_members(5, MEMBERS, Faults::default());
    for speaker in 0..MEMBERS {
        let _said = world.speaks(speaker, Kind::Text); // hands out the keys: what follows waits for none
        world.run_until(world.now + SECOND);
    }
    let neighbours = |a: usize, b: usize| {
        let (low, high) = (a.min(b), a.max(b));
        low == 0 || high - low == 1 || (low == 1 && high == MEMBERS - 1)
    };
    for a in 0..MEMBERS {
        for b in (0..MEMBERS).filter(|b| a != *b && !neighbours(a, *b)) {
            world.block(a, b, true);
        }
    }
    world.run_until(world.now + 20 * SECOND);
    for round in 0..120 {
        // The first rounds find the ways, with many too many.
        if round == 40 {
            world.measures_from_now();
        }
        let speaker = [0, 4, 9, 12][round % 4];
        let _said = world.speaks(speaker, Kind::Text);
        world.run_until(world.now + SECOND / 4);
    }
    world.run_until(world.now + 5 * SECOND);
    if world.violation().is_some() {
        panic!("{}", world.report().story());
    }
    let everybody: Vec<usize> = (0..MEMBERS).collect();
    let (delays, never) = world.delays(&everybody);
    assert_eq!((delays.len(), never), (80 * (MEMBERS - 1), 0));
    let late = delays.iter().filter(|delay| **delay > SECOND).count();
    assert_eq!(late, 0, "of {}: they waited for heads", delays.len());
}
