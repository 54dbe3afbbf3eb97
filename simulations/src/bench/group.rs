//! `bench group`: what one message to ten and to fifty people costs, between real nodes on loopback, beside its primitives.
//!
//! The founder speaks and is linked with everybody; each of the others has a link to the next, so that there is a way around
//! the founder as there is in life. The time of a message is from its author's call until the last reader's event stream has it.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use protocol::turn::Command;
use serde_json::{Value, json};

use super::crowd::{Crowd, SECOND};
use super::figures::{Figures, Samples, Target};
use super::floor::Primitives;
use super::founding::said;
use super::town::Town;
use crate::lab::http::Happening;

/// Messages that are measured at a pace, unless told otherwise.
const MESSAGES: usize = 100;

/// Messages a second of those.
const RATE: u32 = 5;

/// Messages that nobody measures.
const WARM_UP: usize = 10;

/// Messages at once, and calls under way, where messages a second are counted.
const FLOOD: usize = 960;
const IN_FLIGHT: usize = 32;

/// Bytes of a message.
const BYTES: usize = 200;

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Times the floor that a delivery may cost (issue 4).
const FLOORS: f64 = 1.5;

/// Longest turn, in microseconds (issue 4).
const TURN_MAX_US: f64 = 2_000.0;

type Heard = Vec<Receiver<(Instant, Happening)>>;

/// What a round of messages came to.
struct Round {
    last: Samples,
    cpu: Duration,
    took: Duration,
}

/// Runs it.
///
/// # Errors
/// When something breaks; a missed target is no error.
pub(super) fn run(options: &super::Options) -> Result<Figures> {
    let messages = options.messages.unwrap_or(MESSAGES);
    let few = 10;
    let many = options.members.unwrap_or(50);
    let ground = options.ground()?;
    let floor = Primitives::measure(ground.path())?;
    let small = measure(options, &ground.path().join("few"), few, messages, true)?;
    let large = measure(options, &ground.path().join("many"), many, messages, false)?;
    let turns = turns(many + 1, messages)?;

    let params = json!({
        "receivers": [few, many], "messages": messages, "rate": RATE, "bytes": BYTES, "flood": FLOOD, "in_flight": IN_FLIGHT,
        "links": "the speaker with all, the others in a ring", "nodes": "real, loopback",
        "gossipsub": "not measured: libp2p-gossipsub is not at hand offline", "release": !cfg!(debug_assertions),
    });
    let mut figures = Figures::new("group", params);
    let deliveries = messages * many;
    let each = us(large.0.cpu) / deliveries as f64;
    let target = Some(Target::AtMost(FLOORS * us(floor.sum())));
    figures.add("cpu_us_per_delivery_50", each, "us", deliveries, target);
    let n = turns.len();
    let target = Some(Target::AtMost(TURN_MAX_US));
    figures.add("turn_p99_us", turns.percentile_us(99), "us", n, target);
    let mut add = |metric, value, unit, n| figures.add(metric, value, unit, n, None);
    add("turn_max_us", turns.percentile_us(100), "us", n);
    let each = us(small.0.cpu) / (messages * few) as f64;
    add("cpu_us_per_delivery_10", each, "us", messages * few);
    add("floor_us", us(floor.sum()), "us", 1);
    add("floor_verify_us", us(floor.verify), "us", 1);
    add("floor_chain_us", us(floor.chain), "us", 1);
    add("floor_open_us", us(floor.open), "us", 1);
    add("floor_commit_us", us(floor.commit), "us", 1);
    add("floor_stream_us", us(floor.stream), "us", 1);
    let (near, far) = (&small.0.last, &large.0.last);
    add("last_p50_us_50", far.percentile_us(50), "us", messages);
    add("last_p99_us_50", far.percentile_us(99), "us", messages);
    add("last_p50_us_10", near.percentile_us(50), "us", messages);
    if let Some(flood) = small.1 {
        let rate = FLOOD as f64 / flood.took.as_secs_f64();
        add("messages_per_s_10", rate, "1/s", FLOOD);
        let each = us(flood.cpu) / (FLOOD * few) as f64;
        add("flood_cpu_us_per_delivery_10", each, "us", FLOOD * few);
    }
    Ok(figures)
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn measure(
    options: &super::Options,
    folder: &std::path::Path,
    receivers: usize,
    messages: usize,
    flood: bool,
) -> Result<(Round, Option<Round>)> {
    std::fs::create_dir_all(folder)?;
    let mut town = Town::found(options.build()?, folder)?;
    for _ in 0..receivers {
        town.arrive()?;
    }
    for one in 1..=receivers {
        town.dial(one, 1 + one % receivers)?;
    }
    town.in_sync(0, receivers as u64, PATIENCE)?;
    let heard: Result<Heard> = (1..=receivers)
        .map(|one| town.citizens[one].api.listen())
        .collect();
    let heard = heard?;
    paced(&town, &heard, WARM_UP)?;
    std::thread::sleep(Duration::from_secs(5));
    let round = paced(&town, &heard, messages)?;
    let flood = flood.then(|| flooded(&town, &heard)).transpose()?;
    town.close()?;
    Ok((round, flood))
}

/// Messages at a pace, each until the last has it.
fn paced(town: &Town, heard: &Heard, count: usize) -> Result<Round> {
    let (before, began) = (town.processor_time()?, Instant::now());
    let interval = Duration::from_secs(1) / RATE;
    let mut last = Samples::default();
    for number in 0..u32::try_from(count)? {
        let due = began + interval * number;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let said = Instant::now();
        let body = body(number);
        town.say(0, &body)?;
        let mut latest = Duration::ZERO;
        for one in heard {
            let at = hear(one, |text| text == body)?;
            latest = latest.max(at.saturating_duration_since(said));
        }
        last.push(latest);
    }
    Ok(Round {
        last,
        cpu: town.processor_time()?.saturating_sub(before),
        took: began.elapsed(),
    })
}

/// As many as go, until all have all.
fn flooded(town: &Town, heard: &Heard) -> Result<Round> {
    let (before, began) = (town.processor_time()?, Instant::now());
    std::thread::scope(|scope| {
        let lane = || (0..FLOOD / IN_FLIGHT).try_for_each(|_| town.say(0, &body(0)));
        let lanes: Vec<_> = (0..IN_FLIGHT).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().try_for_each(|lane| {
            let ended = lane.join();
            ended.map_err(|_panic| anyhow!("a lane broke off"))?
        })
    })?;
    for one in heard {
        for _ in 0..FLOOD {
            hear(one, |_| true)?;
        }
    }
    Ok(Round {
        last: Samples::default(),
        cpu: town.processor_time()?.saturating_sub(before),
        took: began.elapsed(),
    })
}

/// When a new message like this was heard.
fn hear(events: &Receiver<(Instant, Happening)>, wanted: impl Fn(&str) -> bool) -> Result<Instant> {
    loop {
        let (at, happening) = events
            .recv_timeout(PATIENCE)
            .context("a message was not heard in time")?;
        let new = happening.kind == "message" && happening.data["new"] == Value::Bool(true);
        let body = happening.data["message"]["body"].as_str();
        if new && body.is_some_and(&wanted) {
            return Ok(at);
        }
    }
}

fn body(number: u32) -> String {
    let mut body = format!("{number}-{:032x} ", rand::random::<u128>());
    while body.len() < BYTES {
        body.push('.');
    }
    body
}

/// Turns of all cores of such a group in virtual time: inside a node nobody can look at them.
fn turns(members: usize, messages: usize) -> Result<Samples> {
    let mut crowd = Crowd::new(5);
    for _ in 0..members {
        crowd.arrive()?;
    }
    let (community, channel) = crowd.found()?;
    let mut ring = BTreeMap::new();
    for one in 1..members {
        crowd.link(one, 0);
        ring.insert(one, 1 + one % (members - 1));
    }
    for (one, next) in ring {
        if one != next {
            crowd.link(one, next);
        }
    }
    crowd.run_until(crowd.now + 30 * SECOND)?;
    let mut turns = Samples::default();
    for number in 0..messages + WARM_UP {
        if number == WARM_UP {
            crowd.run_until(crowd.now + 5 * SECOND)?;
            crowd.turns = Some(Vec::new());
        }
        let command = said(community, channel, number);
        crowd.ask(0, Command::Community(command))?;
        crowd.run_until(crowd.now + SECOND / u64::from(RATE))?;
    }
    for turn in crowd.turns.take().unwrap_or_default() {
        turns.push(turn);
    }
    Ok(turns)
}
