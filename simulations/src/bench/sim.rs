//! `bench sim`: ten minutes of a community of 250 people in virtual time, on one thread, with real cryptography.
//!
//! Nobody is linked with everybody: each has a few links, as a community has that is larger than what a node keeps. Twenty
//! speak, rules change, three times the network falls into two halves. In the end everybody must know the same and have read
//! every message, or there is no figure.

use std::time::Instant;

use anyhow::{Result, ensure};
use protocol::control::body::Body;
use protocol::control::{Bits, CommunityId, OpId, Position};
use protocol::turn::Command;
use serde_json::json;

use super::crowd::{Crowd, SECOND, Tally};
use super::figures::{Figures, Target};
use super::founding::{act, new_channel, said};
use super::process::{processor_time, resident_bytes};
use crate::clock::Micros;
use crate::members::text;

/// Members, unless told otherwise (issue 4).
const MEMBERS: usize = 250;

/// Of these, how many speak (issue 4).
const SPEAKERS: usize = 20;

/// How often each of them does (issue 4).
const INTERVAL: Micros = 10 * SECOND;

/// How long it goes (issue 4).
const LENGTH: Micros = 600 * SECOND;

/// Control ops meanwhile (issue 4).
const OPS: usize = 50;

/// Of these, removals: each is a new epoch, and new chains of all who speak.
const REMOVALS: usize = 4;

/// When the network falls into two halves, and for how long (issue 4: three times).
const PARTITIONS: [(Micros, Micros); 3] = [
    (60 * SECOND, 60 * SECOND),
    (220 * SECOND, 60 * SECOND),
    (400 * SECOND, 60 * SECOND),
];

/// Links of each, at the least: with the neighbours in a ring, and with others anywhere.
const LINKS: usize = 6;

/// Most time by the wall clock (issue 4).
const WALL_MAX_S: f64 = 120.0;

/// What happens when.
#[derive(Clone, Copy, Debug)]
enum Plan {
    Say(usize),
    Op(usize),
    Split,
    Heal,
}

/// Runs it.
///
/// # Errors
/// When not everybody knows the same in the end.
pub(super) fn run(options: &super::Options) -> Result<Figures> {
    let members = options
        .members
        .unwrap_or(MEMBERS)
        .max(SPEAKERS + REMOVALS + 2);
    let began = Instant::now();
    let mut crowd = Crowd::new(2);
    for _ in 0..members {
        crowd.arrive()?;
    }
    let (community, channel) = crowd.found()?;
    let founding = (began.elapsed().as_secs_f64(), crowd.tally.inputs);
    let began = Instant::now();
    connect(&mut crowd);
    crowd.run_until(crowd.now + 60 * SECOND)?;
    let meeting = began.elapsed().as_secs_f64();

    let (began, before) = (Instant::now(), processor_time(std::process::id())?);
    crowd.tally = Tally::default();
    play(&mut crowd, (community, channel))?;
    let wall = began.elapsed().as_secs_f64();
    let spent = processor_time(std::process::id())?.saturating_sub(before);
    let resident = resident_bytes(std::process::id())?;
    let tally = crowd.tally;
    let settled = settle(&mut crowd, community, channel, members - REMOVALS)?;

    let messages = SPEAKERS * usize::try_from(LENGTH / INTERVAL)?;
    let params = json!({
        "members": members, "speakers": SPEAKERS, "interval_s": INTERVAL / SECOND, "virtual_s": LENGTH / SECOND,
        "ops": OPS, "removals": REMOVALS, "partitions": PARTITIONS.len(), "links_each": LINKS,
        "messages": messages, "threads": 1, "release": !cfg!(debug_assertions),
    });
    let n = usize::try_from(tally.inputs)?;
    let mut figures = Figures::new("sim", params);
    let mut add = |metric, value, unit, n| figures.add(metric, value, unit, n, None);
    let cpu = spent.as_secs_f64();
    let deliveries = messages * (members - 1);
    add("cpu_s", cpu, "s", 1);
    add("inputs", tally.inputs as f64, "", 1);
    add("inputs_per_s", tally.inputs as f64 / cpu, "1/s", n);
    add(
        "cpu_us_per_delivery",
        cpu * 1e6 / deliveries as f64,
        "us",
        deliveries,
    );
    let bytes = tally.bytes as f64 / deliveries as f64;
    add("bytes_per_delivery", bytes, "B", deliveries);
    add(
        "longest_turn_ms",
        tally.longest.as_secs_f64() * 1e3,
        "ms",
        n,
    );
    add("rss_mb", resident as f64 / 1e6, "MB", 1);
    add("founding_wall_s", founding.0, "s", 1);
    add("founding_inputs", founding.1 as f64, "", 1);
    add("meeting_wall_s", meeting, "s", 1);
    add("settled_virtual_s", settled as f64 / SECOND as f64, "s", 1);
    let target = (members >= MEMBERS).then_some(Target::AtMost(WALL_MAX_S));
    figures.add("wall_s", wall, "s", 1, target);
    Ok(figures)
}

/// The ten minutes.
fn play(crowd: &mut Crowd, (community, channel): (CommunityId, OpId)) -> Result<()> {
    let start = crowd.now;
    let half = crowd.devices.len() / 2;
    let mut parted = Vec::new();
    for (number, (at, plan)) in plans().into_iter().enumerate() {
        crowd.run_until(start + at)?;
        match plan {
            Plan::Say(speaker) => {
                let command = said(community, channel, number);
                crowd.ask(1 + speaker, Command::Community(command))?;
            }
            Plan::Op(op) => change(crowd, community, op)?,
            Plan::Split => parted = crowd.cut(&|here, there| (here < half) != (there < half)),
            Plan::Heal => {
                for (one, other) in parted.drain(..) {
                    crowd.link(one, other);
                }
            }
        }
    }
    crowd.run_until(start + LENGTH)
}

/// Links: a ring, and chords anywhere.
fn connect(crowd: &mut Crowd) {
    let members = crowd.devices.len();
    for one in 0..members {
        crowd.link(one, (one + 1) % members);
        for _ in 0..LINKS / 2 - 1 {
            let other = crowd.below(members);
            if other != one {
                crowd.link(one, other);
            }
        }
    }
}

/// All that happens, in order.
fn plans() -> Vec<(Micros, Plan)> {
    let mut plans = Vec::new();
    for round in 0..LENGTH / INTERVAL {
        for speaker in 0..SPEAKERS {
            let share = INTERVAL * speaker as Micros / SPEAKERS as Micros;
            plans.push((round * INTERVAL + share, Plan::Say(speaker)));
        }
    }
    for op in 0..OPS {
        let at = LENGTH * (op as Micros) / (OPS as Micros) + SECOND / 3;
        plans.push((at, Plan::Op(op)));
    }
    for (from, length) in PARTITIONS {
        plans.push((from, Plan::Split));
        plans.push((from + length, Plan::Heal));
    }
    plans.sort_by_key(|(at, _)| *at);
    plans
}

/// One of the ops: the founder's, mostly about channels and roles, sometimes a removal of one of the last to come.
fn change(crowd: &mut Crowd, community: CommunityId, op: usize) -> Result<()> {
    let members = crowd.devices.len();
    let every = OPS / REMOVALS;
    let body = if op % every == every / 2 {
        let who = crowd.devices[members - 1 - op / every].account;
        Body::Kick {
            who,
            invites: false,
            cut: Default::default(),
            reason: text(""),
        }
    } else {
        match op % 3 {
            0 => new_channel(&format!("channel {op}")),
            1 => Body::Nickname {
                name: Some(text(&format!("Chief {op}"))),
            },
            _ => role(op),
        }
    };
    act(crowd, 0, community, body).map(drop)
}

fn role(op: usize) -> Body {
    Body::CreateRole {
        name: text(&format!("role {op}")),
        colour: [7; 3],
        position: Position(1),
        bits: Bits::NONE,
    }
}

/// Runs on until all that are left know the same and have read all there is. Gives the virtual time that it took.
fn settle(crowd: &mut Crowd, community: CommunityId, channel: OpId, left: usize) -> Result<Micros> {
    let messages = SPEAKERS * usize::try_from(LENGTH / INTERVAL)?;
    let from = crowd.now;
    loop {
        let lacking = lacking(crowd, community, channel, (left, messages));
        let passed = crowd.now - from;
        match lacking {
            None => return Ok(passed),
            Some(lacking) => ensure!(passed < LENGTH, "after the end, {lacking}"),
        }
        crowd.run_until(crowd.now + 5 * SECOND)?;
    }
}

/// What somebody lacks.
fn lacking(
    crowd: &Crowd,
    community: CommunityId,
    channel: OpId,
    (left, messages): (usize, usize),
) -> Option<String> {
    let heads = |device: usize| {
        let core = crowd.devices[device].core.as_ref()?;
        Some(core.control(community)?.log().dag().heads())
    };
    let all = heads(0)?;
    (0..left).find_map(|device| {
        if heads(device)? != all {
            return Some(format!("device {device} does not know all ops"));
        }
        let history = crowd.devices[device].disk.medium.history(channel.into());
        let read = history.map_or(0, |history| history.len());
        (read != messages).then(|| format!("device {device} has {read} of {messages} messages"))
    })
}
