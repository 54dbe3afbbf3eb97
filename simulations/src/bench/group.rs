//! `bench group`: what one message to ten and to fifty people costs, between real nodes on loopback, beside its primitives
//! and beside signed gossipsub.
//!
//! The founder speaks and is linked with everybody; each of the others has a link to the next, so that there is a way around
//! the founder as there is in life. The time of a message is from its author's call until the last reader's event stream has it.
//! gossipsub's nodes take our nodes' place in the same rounds, right after them; a call is a line to one of these, an event a
//! line from it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use protocol::turn::Command;
use serde_json::{Value, json};

use super::crowd::{Crowd, SECOND};
use super::figures::{Figures, Samples, Target};
use super::floor::{self, Primitives};
use super::founding::said;
use super::gossip::{self, Gossipsub};
use super::town::Town;
use crate::lab::http::Happening;

/// Messages that are measured at a pace, unless told otherwise.
const MESSAGES: usize = 100;

/// Messages a second of those.
const RATE: u32 = 5;

/// Messages that nobody measures.
const WARM_UP: usize = 10;

/// Messages at once, and calls under way, where messages a second are counted.
pub(super) const FLOOD: usize = 960;
const IN_FLIGHT: usize = 32;

/// Bytes of a message.
const BYTES: usize = 200;

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Times the floor that a delivery may cost (issue 4).
const FLOORS: f64 = 1.5;

/// Longest turn, in microseconds (issue 4).
const TURN_MAX_US: f64 = 2_000.0;

/// Percent of gossipsub's processor time that a delivery may cost, times its last reader's wait that ours may have, and times its
/// messages a second that ours have to be (issue 4).
const GOSSIPSUB_CPU_PERCENT: f64 = 60.0;
const GOSSIPSUB_LASTS: f64 = 0.5;
const GOSSIPSUB_RATES: f64 = 2.0;

/// Who speaks and who hears, whatever they run.
pub(super) trait Group {
    /// One says this to all.
    ///
    /// # Errors
    /// When its node refuses.
    fn say(&self, body: &str) -> Result<()>;

    /// When the last of the others heard it.
    ///
    /// # Errors
    /// When one does not hear it in time.
    fn last_heard(&self, body: &str) -> Result<Instant>;

    /// One says [`FLOOD`] messages, as fast as they are taken.
    ///
    /// # Errors
    /// When its node refuses.
    fn flood(&self) -> Result<()>;

    /// Waits until each of the others heard so many.
    ///
    /// # Errors
    /// When one does not hear them in time.
    fn all_heard(&self, count: usize) -> Result<()>;

    /// Time on processors of all nodes.
    ///
    /// # Errors
    /// When one is gone.
    fn processor_time(&self) -> Result<Duration>;
}

/// Our nodes, and their readers' event streams.
struct Ours {
    town: Town,
    heard: Vec<Receiver<(Instant, Happening)>>,
}

impl Group for Ours {
    fn say(&self, body: &str) -> Result<()> {
        self.town.say(0, body)
    }

    fn last_heard(&self, body: &str) -> Result<Instant> {
        let mut last = None;
        for one in &self.heard {
            last = last.max(Some(hear(one, |text| text == body)?));
        }
        last.context("nobody is there to hear")
    }

    fn flood(&self) -> Result<()> {
        let town = &self.town;
        std::thread::scope(|scope| {
            let lane = || (0..FLOOD / IN_FLIGHT).try_for_each(|_| town.say(0, &body(0)));
            let lanes: Vec<_> = (0..IN_FLIGHT).map(|_| scope.spawn(lane)).collect();
            lanes.into_iter().try_for_each(|lane| {
                let ended = lane.join();
                ended.map_err(|_panic| anyhow!("a lane broke off"))?
            })
        })
    }

    fn all_heard(&self, count: usize) -> Result<()> {
        let mut all = self.heard.iter();
        all.try_for_each(|one| (0..count).try_for_each(|_| hear(one, |_| true).map(drop)))
    }

    fn processor_time(&self) -> Result<Duration> {
        self.town.processor_time()
    }
}

/// What a round of messages came to.
struct Round {
    last: Samples,
    cpu: Duration,
    took: Duration,
}

/// What the primitives of a message cost: at the pace of the group, and one right after the other, as in a flood.
struct Floors {
    paced: Duration,
    hot: Primitives,
}

impl Floors {
    fn add(&self, figures: &mut Figures) {
        let mut add = |metric, value| figures.add(metric, us(value), "us", 1, None);
        let Self { paced, hot } = self;
        add("floor_us", hot.sum());
        add("floor_verify_us", hot.verify);
        add("floor_chain_us", hot.chain);
        add("floor_open_us", hot.open);
        add("floor_commit_us", hot.commit);
        add("floor_stream_us", hot.stream);
        add("floor_paced_us", *paced);
    }
}

/// What a size of group came to.
struct Measured {
    receivers: usize,
    ours: Round,
    flood: Option<Round>,
    gossipsub: Option<Round>,
    gossipsub_flood: Option<Round>,
}

impl Measured {
    /// Processor time of all nodes for each message that one heard, in microseconds.
    fn each_us(&self, round: &Round) -> f64 {
        us(round.cpu) / (round.last.len() * self.receivers) as f64
    }
}

/// Runs it.
///
/// # Errors
/// When something breaks; a missed target is no error.
pub(super) fn run(options: &super::Options) -> Result<Figures> {
    let messages = options.messages.unwrap_or(MESSAGES);
    let few = 10;
    let many = options.members.unwrap_or(50);
    let gossipsub = gossip::program(options.gossipsub.as_ref())?;
    let ground = options.ground()?;
    let floors = Floors {
        paced: floor::at_a_pace(ground.path(), Duration::from_secs(1) / RATE)?,
        hot: Primitives::measure(ground.path())?,
    };
    let mut small = measure(options, &ground.path().join("few"), few, messages, true)?;
    beside(gossipsub, &mut small, messages)?;
    let mut large = measure(options, &ground.path().join("many"), many, messages, false)?;
    beside(gossipsub, &mut large, messages)?;
    let turns = turns(many + 1, messages)?;

    let params = json!({
        "receivers": [few, many], "messages": messages, "rate": RATE, "bytes": BYTES, "flood": FLOOD, "in_flight": IN_FLIGHT,
        "links": "the speaker with all, the others in a ring", "nodes": "real, loopback",
        "gossipsub": if gossipsub.is_some() { "0.50, signed, strict, else its defaults; one thread each" } else { "not measured" },
        "release": !cfg!(debug_assertions),
    });
    let mut figures = Figures::new("group", params);
    let deliveries = messages * many;
    let target = Some(Target::AtMost(FLOORS * us(floors.hot.sum())));
    let each = large.each_us(&large.ours);
    figures.add("cpu_us_per_delivery_50", each, "us", deliveries, target);
    let n = turns.len();
    let target = Some(Target::AtMost(TURN_MAX_US));
    figures.add("turn_p99_us", turns.percentile_us(99), "us", n, target);
    figures.add("turn_max_us", turns.percentile_us(100), "us", n, None);
    let (each, n) = (small.each_us(&small.ours), messages * few);
    figures.add("cpu_us_per_delivery_10", each, "us", n, None);
    floors.add(&mut figures);
    floods(&mut figures, &small, &floors);
    waits(&mut figures, &small, &large);
    judge(&mut figures, &small, &large);
    Ok(figures)
}

/// Messages a second, as many as go, and what each costs then.
fn floods(figures: &mut Figures, small: &Measured, floors: &Floors) {
    let rate = |flood: &Round| FLOOD as f64 / flood.took.as_secs_f64();
    let each = |flood: &Round| us(flood.cpu) / (FLOOD * small.receivers) as f64;
    let n = FLOOD * small.receivers;
    let theirs = small.gossipsub_flood.as_ref();
    if let Some(ours) = &small.flood {
        let target = theirs.map(|theirs| Target::AtLeast(GOSSIPSUB_RATES * rate(theirs)));
        figures.add("messages_per_s_10", rate(ours), "1/s", FLOOD, target);
        let target = Some(Target::AtMost(FLOORS * us(floors.hot.sum())));
        figures.add("flood_cpu_us_per_delivery_10", each(ours), "us", n, target);
    }
    if let Some(theirs) = theirs {
        let metric = "gossipsub_messages_per_s_10";
        figures.add(metric, rate(theirs), "1/s", FLOOD, None);
        let metric = "gossipsub_flood_cpu_us_per_delivery_10";
        figures.add(metric, each(theirs), "us", n, None);
    }
}

/// How long the last reader waited: at fifty half as long as gossipsub's at most.
fn waits(figures: &mut Figures, small: &Measured, large: &Measured) {
    let (near, far) = (&small.ours.last, &large.ours.last);
    let theirs = large.gossipsub.as_ref();
    let target = theirs.map(|round| Target::AtMost(GOSSIPSUB_LASTS * round.last.percentile_us(50)));
    let n = far.len();
    figures.add("last_p50_us_50", far.percentile_us(50), "us", n, target);
    figures.add("last_p99_us_50", far.percentile_us(99), "us", n, None);
    let n = near.len();
    figures.add("last_p50_us_10", near.percentile_us(50), "us", n, None);
}

/// gossipsub's figures, and what ours come to beside them.
fn judge(figures: &mut Figures, small: &Measured, large: &Measured) {
    let (Some(near), Some(far)) = (&small.gossipsub, &large.gossipsub) else {
        eprintln!(
            "gossipsub was not measured, so no target beside it is judged. Build it:\n  {}\nand say where it is:\n  --gossipsub {}",
            gossip::BUILD,
            gossip::BUILT
        );
        return;
    };
    let (ours, theirs) = (large.each_us(&large.ours), large.each_us(far));
    let n = far.last.len() * large.receivers;
    let target = Some(Target::AtMost(GOSSIPSUB_CPU_PERCENT));
    let percent = 100.0 * ours / theirs;
    figures.add("cpu_percent_of_gossipsub_50", percent, "%", n, target);
    let mut add = |metric, value, n| figures.add(metric, value, "us", n, None);
    add("gossipsub_cpu_us_per_delivery_50", theirs, n);
    let (each, n) = (small.each_us(near), near.last.len() * small.receivers);
    add("gossipsub_cpu_us_per_delivery_10", each, n);
    let (near, far) = (&near.last, &far.last);
    add("gossipsub_last_p50_us_50", far.percentile_us(50), far.len());
    add("gossipsub_last_p99_us_50", far.percentile_us(99), far.len());
    add(
        "gossipsub_last_p50_us_10",
        near.percentile_us(50),
        near.len(),
    );
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn measure(
    options: &super::Options,
    folder: &Path,
    receivers: usize,
    messages: usize,
    flood: bool,
) -> Result<Measured> {
    std::fs::create_dir_all(folder)?;
    let mut town = Town::found(options.build()?, folder)?;
    for _ in 0..receivers {
        town.arrive()?;
    }
    for one in 1..=receivers {
        town.dial(one, 1 + one % receivers)?;
    }
    town.in_sync(0, receivers as u64, PATIENCE)?;
    let heard: Result<Vec<_>> = (1..=receivers)
        .map(|one| town.citizens[one].api.listen())
        .collect();
    let heard = heard?;
    let mut ours = Ours { town, heard };
    let round = warm(&ours, messages)?;
    let flood = flood.then(|| flooded(&ours)).transpose()?;
    ours.town.close()?;
    Ok(Measured {
        receivers,
        ours: round,
        flood,
        gossipsub: None,
        gossipsub_flood: None,
    })
}

/// The same rounds of gossipsub's nodes, if they are there.
fn beside(program: Option<&Path>, measured: &mut Measured, messages: usize) -> Result<()> {
    let Some(program) = program else {
        return Ok(());
    };
    let group = Gossipsub::start(program, measured.receivers)?;
    measured.gossipsub = Some(warm(&group, messages)?);
    if measured.flood.is_some() {
        measured.gossipsub_flood = Some(flooded(&group)?);
    }
    Ok(())
}

/// A round that is measured, after some messages that are not and a pause.
fn warm(group: &impl Group, messages: usize) -> Result<Round> {
    paced(group, WARM_UP)?;
    std::thread::sleep(Duration::from_secs(5));
    paced(group, messages)
}

/// Messages at a pace, each until the last has it.
fn paced(group: &impl Group, count: usize) -> Result<Round> {
    let (before, began) = (group.processor_time()?, Instant::now());
    let interval = Duration::from_secs(1) / RATE;
    let mut last = Samples::default();
    for number in 0..u32::try_from(count)? {
        let due = began + interval * number;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let said = Instant::now();
        let body = body(number);
        group.say(&body)?;
        let at = group.last_heard(&body)?;
        last.push(at.saturating_duration_since(said));
    }
    Ok(Round {
        last,
        cpu: group.processor_time()?.saturating_sub(before),
        took: began.elapsed(),
    })
}

/// As many as go, until all have all.
fn flooded(group: &impl Group) -> Result<Round> {
    let (before, began) = (group.processor_time()?, Instant::now());
    group.flood()?;
    group.all_heard(FLOOD)?;
    Ok(Round {
        last: Samples::default(),
        cpu: group.processor_time()?.saturating_sub(before),
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

/// A message, unlike all others.
pub(super) fn body(number: u32) -> String {
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
