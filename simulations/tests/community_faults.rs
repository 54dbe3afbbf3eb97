//! Faults of clocks, of the network and of whoever is slow, each in a community of real cores under virtual time: what the
//! table of faults promises of each (groups-and-security.md §3.2), beside everything that the checkers look at in any world.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, which say how much they tried: a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use protocol::content::UnverifiedEntry;
use protocol::control::body::Body;
use protocol::control::{OpId, UnverifiedOp};
use protocol::core::Faults;
use protocol::link::{CommunityFrame, Frame};
use protocol::message::MessageRef;
use protocol::persist::{Row, RowKey};
use protocol::time::{Hlc, Timestamp};
use simulations::clock::Clock;
use simulations::members;
use simulations::people::Kind;
use simulations::world::{Storm, World};

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const HOUR_MS: i64 = 3_600_000;
const YEAR_MS: i64 = 365 * 24 * HOUR_MS;

/// Members of each community: enough for every pair to have others between them.
const MEMBERS: usize = 5;
const EVERYBODY: [usize; MEMBERS] = [0, 1, 2, 3, 4];

fn community(seed: u64) -> World {
    let world = World::of_members(seed, MEMBERS, Faults::default());
    fine(world, "founding")
}

/// Nothing was found so far.
fn fine(world: World, what: &str) -> World {
    if world.violation().is_some() {
        panic!("{what}:\n{}", world.report().story());
    }
    world
}

/// Everybody speaks once more, everything is quiet within a minute, and the checkers find nothing.
fn ends_well(mut world: World, what: &str) -> World {
    world.probe();
    world.settle_within("what is said last", MINUTE);
    world.finish();
    fine(world, what)
}

fn pass(world: &mut World, time: u64) {
    world.run_until(world.now + time);
}

/// Each of these says something, one after the other.
fn talk(world: &mut World, devices: &[usize], kind: Kind, between: u64) {
    for device in devices {
        let _said = world.speaks(*device, kind);
        pass(world, between);
    }
}

fn percentile(sorted: &[u64], of_100: usize) -> u64 {
    sorted[(sorted.len() - 1) * of_100 / 100]
}

/// The wall clocks of a community, and how far each is off.
struct Clocks([i64; MEMBERS]);

impl Clocks {
    fn set(&mut self, world: &mut World, device: usize, off_ms: i64) {
        world.devices[device].clock.jump(off_ms - self.0[device]);
        self.0[device] = off_ms;
    }
}

/// How far the logical clock of a device is ahead of the time that it is, in milliseconds.
fn ahead_ms(world: &World, device: usize) -> u64 {
    let snapshot = world.devices[device].disk.medium.snapshot().unwrap();
    let Some(Row::Device(row)) = snapshot.rows.get(&RowKey::Device) else {
        panic!("d{device} has no clock")
    };
    let really = Clock::new(0, 0).now(world.now).wall;
    let ahead = row.clock.wall().since(really);
    u64::try_from(ahead.as_millis()).unwrap()
}

/// At each device, each message once, and after all that its author had seen.
fn in_causal_order(world: &World, device: usize) {
    for channel in world.shows(device).unwrap().channels.iter() {
        let history = world.devices[device].disk.medium.history(channel.id.into());
        let history = history.unwrap();
        let all: BTreeSet<_> = history.iter().map(|(name, _)| *name).collect();
        assert_eq!(all.len(), history.len(), "d{device} shows one twice");
        let mut before = BTreeSet::new();
        for (name, row) in history {
            let late = |seen: &&MessageRef| all.contains(seen) && !before.contains(*seen);
            assert_eq!(
                row.seen.iter().find(late),
                None,
                "d{device}: {name:?} too early"
            );
            before.insert(name);
        }
    }
}

const TOLERANCE_MS: u64 = 300_000;
const HOUR_AHEAD_MS: u64 = 3_600_000;
/// Whose clock is ten years ahead, whose ten years behind, and who is silenced.
const AHEAD: usize = 1;
const BEHIND: usize = 2;
const SILENCED: usize = 3;

/// People talk while two clocks are ten years off and two jump.
fn talk_in_chaos(world: &mut World, clocks: &mut Clocks) {
    clocks.set(world, AHEAD, 10 * YEAR_MS);
    clocks.set(world, BEHIND, -10 * YEAR_MS);
    for round in 0..90 {
        let device = 3 + round / 8 % 2;
        match round % 16 {
            0 | 8 => clocks.set(world, device, HOUR_MS),
            4 | 12 => clocks.set(world, device, -HOUR_MS),
            _ => {}
        }
        let kinds = [Kind::Reply, Kind::Text];
        let _op = world.speaks(round % MEMBERS, kinds[round % 2]);
        pass(world, SECOND);
    }
}

/// Somebody is silenced for half an hour, and sets their clock so that it is over: it is for them alone. Gives what they say.
fn speaks_too_early(world: &mut World, clocks: &mut Clocks) -> MessageRef {
    let really = Clock::new(0, 0).now(world.now).wall;
    let until = Timestamp::from_millis(really.as_millis() + 30 * 60_000);
    let silence = Body::Timeout {
        who: world.devices[SILENCED].account,
        until: Hlc::from_wall(until),
        reason: members::text("calm down"),
    };
    let _op = world.acts(0, silence);
    pass(world, 5 * SECOND);
    for device in [SILENCED, 4] {
        clocks.set(world, device, 0);
    }
    let refused = world.speaks(SILENCED, Kind::Text);
    assert!(refused.is_none_or(|op| world.ops[op.0].made().is_none()));
    clocks.set(world, SILENCED, HOUR_MS);
    let early = world.speaks(SILENCED, Kind::Text).unwrap();
    pass(world, MINUTE);
    let early = world.ops[early.0].made();
    early.unwrap() // by its own clock the silence is over
}

/// F9: one clock is ten years ahead, one ten years behind, two jump by an hour either way. Everybody's order is causal; nobody's
/// logical clock follows a wrong one by more than the five minutes that clocks may differ; who was silenced is not heard sooner by
/// setting a clock. Everything else is heard at once, whatever it is dated.
#[test]
fn clock_chaos() {
    let mut world = community(9);
    let mut clocks = Clocks([0; MEMBERS]);
    talk(&mut world, &EVERYBODY, Kind::Text, SECOND);
    talk_in_chaos(&mut world, &mut clocks);
    let early = speaks_too_early(&mut world, &mut clocks);
    for device in EVERYBODY {
        // An hour is as far as the clocks of the last two ever were; all others know their own alone.
        let own = u64::try_from(clocks.0[device].max(0)).unwrap();
        let most = if device >= 3 { HOUR_AHEAD_MS } else { own };
        let ahead = ahead_ms(&world, device);
        assert!(ahead <= most + TOLERANCE_MS, "d{device} follows another");
        in_causal_order(&world, device);
    }
    let heard = |world: &World| [0, 4].iter().any(|device| world.has(*device, early));
    assert!(!heard(&world), "heard before its time");
    let others = world.unheard_of(&[0, AHEAD, BEHIND, 4], &EVERYBODY);
    assert_eq!(others, None, "whatever it is dated");
    for device in EVERYBODY {
        clocks.set(&mut world, device, 0);
    }
    world.sleep(20 * MINUTE);
    pass(&mut world, MINUTE);
    assert!(!heard(&world), "heard before the silence was over");
    world.sleep(2 * HOUR);
    pass(&mut world, MINUTE);
    let late = world.unheard_of(&[0, BEHIND, SILENCED, 4], &EVERYBODY);
    assert_eq!(late, None, "two hours later");
    world.settle_within("its time has come", 2 * MINUTE);
    let world = fine(world, "clocks");
    for device in EVERYBODY {
        in_causal_order(&world, device);
    }
    ends_well(world, "clocks");
}

/// F10: partitions of two and three parts, from a second to a week. Each part goes on by itself; within a minute of the end
/// all know the same and have every message.
#[test]
fn partition_heal() {
    let two: &[&[usize]] = &[&[0, 1], &[2, 3, 4]];
    let three: &[&[usize]] = &[&[0, 4], &[1], &[2, 3]];
    for (seed, sides, lasts) in [
        (1, two, SECOND),
        (2, three, MINUTE),
        (3, two, HOUR),
        (4, three, 7 * DAY),
    ] {
        let mut world = community(seed);
        talk(&mut world, &[0, 1, 2, 3, 4], Kind::Text, SECOND);
        let begins = world.now;
        world.part(sides, true);
        let short = lasts < 30 * SECOND;
        pass(&mut world, if short { 0 } else { 10 * SECOND });
        for n in 0..2 {
            for device in 0..MEMBERS {
                let name = Some(members::text(&format!("{n} of {device}")));
                let _op = world.acts(device, Body::Nickname { name });
                let _op = world.speaks(device, Kind::Reply);
            }
            let channel = members::new_channel(world.community().unwrap(), None, "apart");
            let _op = world.acts(n, channel); // the second is not allowed to
            if !short {
                pass(&mut world, 15 * SECOND);
                each_part_works(&world, sides, &format!("{lasts} µs"));
            }
            let passed = world.now - begins;
            match n {
                0 if lasts > HOUR => world.sleep(lasts - passed - 20 * SECOND),
                0 if lasts > MINUTE => world.run_until(begins + lasts - 20 * SECOND),
                _ => {}
            }
        }
        world.run_until(begins + lasts);
        world.part(sides, false);
        let healed = world.now;
        world.settle_within("heals within a minute", MINUTE);
        println!(
            "apart for {} s: together again after {} s",
            lasts / SECOND,
            (world.now - healed) / SECOND
        );
        ends_well(world, &format!("partition {seed}"));
    }
}

/// What was said in a part is heard in it, and not beyond.
fn each_part_works(world: &World, sides: &[&[usize]], what: &str) {
    for side in sides {
        assert_eq!(world.unheard_among(side), None, "{what}");
    }
    assert!(world.unheard().is_some(), "{what}");
}

/// Bytes that went over links, by what they were for.
#[derive(Debug, Default)]
struct Traffic {
    /// Frames about the community: contents, ops, and what is asked for them.
    community: usize,
    /// Bytes of entries and ops that were made in this time, once for each of the others.
    useful: usize,
    /// By kind of frame.
    kinds: BTreeMap<&'static str, (usize, usize)>,
}

impl Traffic {
    /// `old`: ops that all had before.
    fn of(world: &World, old: &BTreeSet<OpId>) -> Self {
        let mut traffic = Self::default();
        let mut new: BTreeMap<[u8; 32], usize> = BTreeMap::new();
        for (_, bytes) in world.arrived.as_ref().unwrap() {
            let Ok(Frame::Community(frame)) = Frame::decode(bytes) else {
                let (count, sum) = traffic.kinds.entry("other").or_default();
                (*count, *sum) = (*count + 1, *sum + bytes.len());
                continue;
            };
            traffic.community += bytes.len();
            let (count, sum) = traffic.kinds.entry(frame.name()).or_default();
            (*count, *sum) = (*count + 1, *sum + bytes.len());
            match *frame {
                CommunityFrame::Entries { entries, .. } => {
                    for bytes in entries.iter() {
                        let entry = UnverifiedEntry::decode(bytes).unwrap();
                        new.insert(*entry.entry().id().0.as_bytes(), bytes.len());
                    }
                }
                CommunityFrame::Ops { ops, .. } => {
                    for bytes in ops.iter() {
                        let op = UnverifiedOp::decode(bytes).unwrap().id();
                        if !old.contains(&op) {
                            new.insert(*op.0.as_bytes(), bytes.len());
                        }
                    }
                }
                _ => {}
            }
        }
        traffic.useful = new.values().sum::<usize>() * (MEMBERS - 1);
        traffic
    }
}

fn ops(world: &World) -> BTreeSet<OpId> {
    let core = world.devices[0].core.as_ref().unwrap();
    let control = core.control(world.community().unwrap()).unwrap();
    control.log().in_order().collect()
}

/// F11: links that live for a second, and directions in which nothing comes through. It ends, and what it took to bring
/// everything together is bounded by what there was to bring.
#[test]
fn asym_flap() {
    let mut world = community(11);
    let old = ops(&world);
    world.arrived = Some(Vec::new());
    let one_way = [(0, 1), (2, 3), (4, 0)];
    for round in 0..60 {
        let speaker = round % MEMBERS;
        let _op = world.speaks(
            speaker,
            if round % 3 == 0 {
                Kind::Reply
            } else {
                Kind::Text
            },
        );
        if round % 7 == 0 {
            let name = Some(members::text(&format!("n{round}")));
            let _op = world.acts(speaker, Body::Nickname { name });
        }
        let (from, to) = one_way[round / 20];
        match round % 20 {
            5 => world.block(from, to, true),
            18 => world.block(from, to, false),
            _ => {}
        }
        pass(&mut world, SECOND);
        for a in 0..MEMBERS {
            for b in 0..a {
                if (a + b + round) % 2 == 0 {
                    world.cut_between(a, b);
                }
            }
        }
    }
    let ended = world.now;
    world.settle_within("no livelock", MINUTE);
    let world = fine(world, "flapping");
    let traffic = Traffic::of(&world, &old);
    println!(
        "quiet after {} s; {traffic:?}",
        (world.now - ended) / SECOND
    );
    let repair = traffic.community - traffic.useful;
    assert!(
        repair <= 2 * traffic.useful,
        "{repair} bytes beside {} useful ones",
        traffic.useful
    );
    ends_well(world, "flapping");
}

/// F12: three of ten frames are lost and the others take up to 200 ms. All is delivered within a minute, 95 of 100 within 5 s.
#[test]
fn loss30() {
    let mut world = community(12);
    world.options.network.loss = 300;
    world.options.network.latency_ms = (1, 200);
    for round in 0..80 {
        let _op = world.speaks(round * 3 % MEMBERS, Kind::Text);
        pass(&mut world, SECOND / 2);
    }
    pass(&mut world, MINUTE);
    let world = fine(world, "loss");
    let (delays, never) = world.delays(&EVERYBODY);
    let (p50, p95) = (percentile(&delays, 50), percentile(&delays, 95));
    println!(
        "{} deliveries, {} frames lost: half within {} ms, 95 of 100 within {} ms, all within {} ms",
        delays.len(),
        world.counted("frame_lost"),
        p50 / 1_000,
        p95 / 1_000,
        delays.last().unwrap() / 1_000
    );
    assert_eq!(never, 0, "not within a minute of the last");
    assert!(*delays.last().unwrap() <= MINUTE);
    assert!(p95 < 5 * SECOND);
    assert!(delays.len() == 80 * (MEMBERS - 1));
    let mut world = world;
    world.calm();
    world.settle_within("after the loss", MINUTE);
    ends_well(world, "loss");
}

/// F13: every frame of a proved link comes five times, in any order. Each message is shown once, and nobody complains.
#[test]
fn dup_reorder() {
    let mut world = community(13);
    world.storm = Some(Storm {
        copies: 5,
        scatter_ms: 2_000,
    });
    let kinds = [Kind::Text, Kind::Reply, Kind::React, Kind::Edit, Kind::Text];
    for round in 0..100 {
        let _op = world.speaks(round * 2 % MEMBERS, kinds[round % kinds.len()]);
        pass(&mut world, SECOND / 3);
    }
    world.settle_within("in the storm", MINUTE);
    world.storm = None;
    let world = fine(world, "duplicates");
    let scattered = world.counted("frame_scattered");
    println!("{scattered} frames, {} links", world.counted("link"));
    assert!(scattered > 5_000);
    assert_eq!(world.counted("misbehaved"), 0);
    assert_eq!(
        world.counted("reset"),
        0,
        "a duplicate looked like a dead session"
    );
    assert_eq!(world.counted("hangup"), 0);
    for device in EVERYBODY {
        in_causal_order(&world, device);
    }
    ends_well(world, "duplicates");
}

/// How somebody is slow.
#[derive(Clone, Copy, Debug)]
enum Slow {
    /// Takes so many bytes a second from each link.
    Takes(u64),
    /// Each commit takes three seconds.
    Disk,
}

/// F25: somebody takes little, or nothing at all, or stores so slowly that all it hears waits. What waits for them is bounded,
/// the others do not notice, and within a minute of its end they have caught up.
#[test]
fn slow_peer() {
    for (seed, how) in [
        (25, Slow::Takes(400)),
        (26, Slow::Takes(0)),
        (27, Slow::Disk),
    ] {
        let mut world = community(seed);
        world.queue_bytes_max = 64 * 1024;
        let slow = MEMBERS - 1;
        match how {
            Slow::Takes(bytes) => world.devices[slow].takes = Some(bytes),
            Slow::Disk => world.devices[slow].commit_ms = Some((3_000, 3_000)),
        }
        world.arrived = Some(Vec::new());
        let links = world.counted("link");
        for round in 0..400 {
            let _op = world.speaks(round % slow, Kind::Text);
            pass(&mut world, SECOND / 4);
        }
        pass(&mut world, 10 * SECOND);
        let mut world = fine(world, "slow");
        let others: Vec<usize> = (0..slow).collect();
        let (delays, never) = world.delays(&others);
        let came = world.shown.keys().filter(|(device, _)| *device == slow);
        println!(
            "{how:?}: others have all within {} ms, {} messages came; {} stalls, {} links, {} frames",
            delays.last().unwrap() / 1_000,
            came.count(),
            world.counted("link_stalled"),
            world.counted("link") - links,
            world.arrived.take().unwrap().len()
        );
        assert_eq!(never, 0, "{how:?}");
        assert!(percentile(&delays, 95) < SECOND, "{how:?}");
        world.devices[slow].commit_ms = None;
        world.takes_again(slow);
        world.calm();
        world.settle_within("whoever was slow catches up", MINUTE);
        ends_well(world, "slow");
    }
}
