//! `bench dm`: a private message between two real nodes on loopback, beside what the machine can
//! do at best, measured in turns in the same run.
//!
//! The time of a message is from the client's call at one node to the event at the client of the
//! other: HTTP, encryption, one durable commit, the link, decryption, the event stream.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::Options;
use super::figures::{Figures, Samples, Target};
use super::process::processor_time;
use super::yardsticks::{Commit, Echo, PAYLOAD, Udp, paced};
use crate::lab::api::{Api, Deed, Me};
use crate::lab::cast::{Party, acquaint};
use crate::lab::http::{Happening, Unanswered};
use crate::lab::node::{Node, Place};
use crate::lab::tell::until;

/// Turns between messages and yardsticks: enough that a bad second of the machine hits both.
const TURNS: usize = 5;

/// Messages that are measured, unless told otherwise.
const MESSAGES: usize = 1_000;

/// Messages that nobody measures: the first ones make the session and warm the caches.
const WARM_UP: usize = 50;

/// Calls that may be under way at the paced rate, so that a slow commit delays no other message.
const LANES: usize = 8;

/// Calls under way when commits are counted (issue 2).
const IN_FLIGHT: usize = 64;

/// Messages written while commits are counted.
const FLOOD: usize = 3_200;

/// How long a message may take, or the nodes to find each other.
const PATIENCE: Duration = Duration::from_secs(30);

/// Messages a commit should carry at [`IN_FLIGHT`] (issue 2).
const PER_COMMIT_MIN: f64 = 24.0;

/// Two nodes that know each other.
struct Pair {
    nodes: [Node; 2],
    apis: [Api; 2],
    them: Me,
}

/// Runs it.
///
/// # Errors
/// When something breaks; a missed target is no error.
pub(super) fn run(options: &Options) -> Result<Figures> {
    let ground = options.ground()?;
    let mut pair = Pair::start(options, ground.path())?;
    let heard = pair.apis[1].listen()?;
    pair.exchange(WARM_UP, options.rate, &heard, &mut Samples::default())?;

    let mut udp = Udp::start()?;
    let mut echo = Echo::start()?;
    let mut commit = Commit::start(&ground.path().join("yardstick"))?;
    let interval = Duration::from_secs(1) / options.rate.max(1);
    let (mut messages, mut streams, mut datagrams) =
        (Samples::default(), Samples::default(), Samples::default());
    let (mut commits, mut busy_commits) = (Samples::default(), Samples::default());
    let mut spent = Duration::ZERO;
    for _ in 0..TURNS {
        let before = pair.processor_time()?;
        let share = options.messages.unwrap_or(MESSAGES).div_ceil(TURNS);
        pair.exchange(share, options.rate, &heard, &mut messages)?;
        spent += pair.processor_time()?.saturating_sub(before);
        let share = share.div_ceil(2);
        paced(&mut streams, share, interval, || Ok(echo.measure()? / 2))?;
        paced(&mut commits, share, interval, || commit.measure())?;
        paced(&mut busy_commits, share, Duration::ZERO, || {
            commit.measure()
        })?;
        paced(&mut datagrams, share, interval, || udp.measure())?;
    }
    commit.finish()?;
    let flood = pair.flood(&heard)?;
    pair.nodes.iter_mut().try_for_each(Node::stop)?;

    let params = json!({
        "bytes": PAYLOAD, "rate": options.rate, "messages": messages.len(),
        "release": !cfg!(debug_assertions),
    });
    let mut figures = Figures::new("dm", params);
    let (stream, durable) = (streams.percentile_us(50), commits.percentile_us(50));
    let target = Target::AtMost(3.0 * stream + 1.5 * durable);
    let n = messages.len();
    figures.add(
        "dm_p50_us",
        messages.percentile_us(50),
        "us",
        n,
        Some(target),
    );
    figures.add("dm_p99_us", messages.percentile_us(99), "us", n, None);
    figures.add("stream_p50_us", stream, "us", streams.len(), None);
    figures.add("commit_p50_us", durable, "us", commits.len(), None);
    // Without a pause between them: the disk and the processor stay awake.
    let busy = busy_commits.percentile_us(50);
    figures.add("commit_busy_p50_us", busy, "us", busy_commits.len(), None);
    figures.add(
        "commit_p99_us",
        commits.percentile_us(99),
        "us",
        commits.len(),
        None,
    );
    figures.add(
        "udp_rtt_p50_us",
        datagrams.percentile_us(50),
        "us",
        datagrams.len(),
        None,
    );
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let each = spent.as_secs_f64() * 1e6 / n as f64;
    figures.add("cpu_us_per_message", each, "us", n, None);
    let least = Some(Target::AtLeast(PER_COMMIT_MIN));
    figures.add("messages_per_commit", flood.per_commit, "", FLOOD, least);
    figures.add("messages_per_second", flood.per_second, "1/s", FLOOD, None);
    figures.add("flood_cpu_us_per_message", flood.cpu_us, "us", FLOOD, None);
    Ok(figures)
}

/// What came of many messages at once.
struct Flood {
    per_commit: f64,
    per_second: f64,
    /// Of both nodes, for each message.
    cpu_us: f64,
}

impl Pair {
    /// Starts both, lets one dial the other, and makes them contacts.
    fn start(options: &Options, folder: &std::path::Path) -> Result<Self> {
        let build = options.build()?;
        let create = |name: &str| {
            let listen = "/ip4/127.0.0.1/udp/0/quic-v1".to_owned();
            Node::create(
                &build,
                Place::Loopback {
                    api: free_port()?,
                    listen,
                },
                name,
                folder,
            )
        };
        let mut nodes = [create("Bench One")?, create("Bench Two")?];
        let [one, two] = &mut nodes;
        let apis = [one.start()?, two.start()?];
        let address = until("an address to dial", PATIENCE, || {
            let health = apis[1].health()?;
            Ok(health["listening"][0].as_str().map(str::to_owned))
        })?;
        apis[0].dial(&address)?;
        let (us, them) = (apis[0].me()?, apis[1].me()?);
        let party = |at: usize| Party {
            api: &apis[at],
            me: if at == 0 { &us } else { &them },
        };
        acquaint(party(0), party(1))?;
        Ok(Self { nodes, apis, them })
    }

    fn processor_time(&self) -> Result<Duration> {
        let times = self
            .nodes
            .iter()
            .map(|node| processor_time(node.pid().context("not up")?));
        times.sum()
    }

    /// Sends so many messages at this rate and waits until all are heard at the other end.
    fn exchange(
        &self,
        count: usize,
        rate: u32,
        heard: &Receiver<(Instant, Happening)>,
        samples: &mut Samples,
    ) -> Result<()> {
        let interval = Duration::from_secs(1) / rate.max(1);
        let sent = Mutex::new(BTreeMap::new());
        let (orders, taken) = mpsc::channel();
        let taken = Mutex::new(taken);
        std::thread::scope(|scope| {
            let lanes: Vec<_> = (0..LANES)
                .map(|_| scope.spawn(|| self.lane(&taken, &sent)))
                .collect();
            let begun = Instant::now();
            for number in 0..u32::try_from(count)? {
                let due = begun + interval * number;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                orders.send(body(number))?;
            }
            drop(orders);
            for lane in lanes {
                lane.join()
                    .map_err(|_panic| anyhow::anyhow!("a lane broke off"))??;
            }
            anyhow::Ok(())
        })?;
        let sent = sent.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = sent.len();
        while waiting > 0 {
            let (at, happening) = heard
                .recv_timeout(PATIENCE)
                .context("a message was not heard in time")?;
            let Some(body) = new_message(&happening) else {
                continue;
            };
            if let Some(begun) = sent.get(body) {
                samples.push(at.saturating_duration_since(*begun));
                waiting -= 1;
            }
        }
        Ok(())
    }

    fn lane(
        &self,
        orders: &Mutex<Receiver<String>>,
        sent: &Mutex<BTreeMap<String, Instant>>,
    ) -> Result<()> {
        loop {
            let order = orders.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(body) = order else { return Ok(()) };
            let mut begun = sent.lock().unwrap_or_else(PoisonError::into_inner);
            begun.insert(body.clone(), Instant::now());
            drop(begun);
            self.write(body)?;
        }
    }

    fn write(&self, body: String) -> Result<()> {
        let deed = Deed::Write {
            body,
            reply_to: None,
        };
        let key = format!("{:032x}", rand::random::<u128>());
        match self.apis[0].perform(&self.them.account, &deed, &key) {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) => bail!("a message was refused: {} {}", answer.status, answer.body),
            Err(Unanswered(why)) => bail!("a message was not answered: {why}"),
        }
    }

    /// As many messages as the nodes take, [`IN_FLIGHT`] at a time.
    fn flood(&self, heard: &Receiver<(Instant, Happening)>) -> Result<Flood> {
        let commits = || -> Result<u64> {
            self.apis[0].health()?["commits"]
                .as_u64()
                .context("no count of commits")
        };
        let (before, spent) = (commits()?, self.processor_time()?);
        let begun = Instant::now();
        std::thread::scope(|scope| {
            let lane = || (0..FLOOD / IN_FLIGHT).try_for_each(|_| self.write(body(0)));
            let lanes: Vec<_> = (0..IN_FLIGHT).map(|_| scope.spawn(lane)).collect();
            for lane in lanes {
                lane.join()
                    .map_err(|_panic| anyhow::anyhow!("a lane broke off"))??;
            }
            anyhow::Ok(())
        })?;
        let (took, commits) = (begun.elapsed(), commits()? - before);
        let mut waiting = FLOOD;
        while waiting > 0 {
            let (_, happening) = heard
                .recv_timeout(PATIENCE)
                .context("a message was not heard in time")?;
            waiting -= usize::from(new_message(&happening).is_some());
        }
        let spent = self.processor_time()?.saturating_sub(spent);
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let (messages, commits) = (FLOOD as f64, commits as f64);
        Ok(Flood {
            per_commit: messages / commits,
            per_second: messages / took.as_secs_f64(),
            cpu_us: spent.as_secs_f64() * 1e6 / messages,
        })
    }
}

/// The body of a message that is heard for the first time.
fn new_message(happening: &Happening) -> Option<&str> {
    let fresh = happening.kind == "message" && happening.data["new"] == Value::Bool(true);
    if fresh {
        happening.data["message"]["body"].as_str()
    } else {
        None
    }
}

/// A message of [`PAYLOAD`] bytes that differs from every other.
fn body(number: u32) -> String {
    let mut body = format!("{number}-{:032x} ", rand::random::<u128>());
    while body.len() < PAYLOAD {
        body.push('.');
    }
    body
}

/// A port that is free now. Somebody else may take it first; then the node says so.
pub(super) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
