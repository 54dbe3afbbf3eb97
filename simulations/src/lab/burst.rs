//! Bursts of messages with a kill in the middle.
//!
//! Everybody writes at once, along several lanes; a call that is not answered is repeated under
//! its idempotency key until it is. Somewhere in the middle one node gets `kill -9`, is searched,
//! and starts again while the others go on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::api::Deed;
use super::cast::Member;
use super::http::Unanswered;
use super::ledger::{Entry, Ledger};
use super::phrases::{EMOJI, FLEETING, Phrases};
use super::search::{Finding, Search};

/// How long one deed may stay undone, with its node killed and started again in between.
const DEED_TIMEOUT: Duration = Duration::from_secs(60);

/// Pause before a call that found the node away or busy is repeated.
const REPEAT_PAUSE: Duration = Duration::from_millis(20);

/// Longest time between the message that triggers a kill and the kill, in microseconds: about
/// what a message takes, so that every instant of its way is hit.
const KILL_JITTER_US: u64 = 6_000;

/// What the bursts of one world share.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    /// The people.
    pub(crate) cast: &'a [Member],
    /// What is done and answered.
    pub(crate) ledger: &'a Ledger,
    /// What is said.
    pub(crate) phrases: &'a Phrases,
    /// Looks for it where it should not be.
    pub(crate) search: &'a Search,
}

/// One burst.
#[derive(Debug)]
pub(crate) struct Burst<'a> {
    /// Who writes to each other, as places in the cast.
    pub(crate) pairs: &'a [(usize, usize)],
    /// Messages from each to each.
    pub(crate) each_way: usize,
    /// Lanes that these are spread over.
    pub(crate) lanes: usize,
    /// Who is killed, if anybody.
    pub(crate) victim: Option<usize>,
    /// For every choice that is made.
    pub(crate) seed: u64,
}

/// What came of a burst.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Whether somebody was killed while messages were still being written.
    pub(crate) killed_inside: bool,
    /// What the victim had left readable on its disk.
    pub(crate) found_on_disk: Vec<Finding>,
}

/// One lane of one direction.
struct Lane<'a> {
    stage: &'a Stage<'a>,
    from: &'a Member,
    to: &'a Member,
    number: usize,
    messages: usize,
    rng: StdRng,
    written: &'a AtomicUsize,
}

/// Runs a burst until every call is answered.
///
/// # Errors
/// When a deed stays undone, or a killed node does not come back.
pub(crate) fn run(stage: &Stage<'_>, burst: &Burst<'_>) -> Result<Outcome> {
    let mut rng = StdRng::seed_from_u64(burst.seed);
    let written = AtomicUsize::new(0);
    let lanes = lanes(stage, burst, &written, &mut rng)?;
    let total = lanes.iter().map(|lane| lane.messages).sum::<usize>();
    let trigger = rng.random_range(0..=total * 2 / 3);
    let jitter = Duration::from_micros(rng.random_range(0..KILL_JITTER_US));
    std::thread::scope(|scope| {
        let lanes: Vec<_> = lanes
            .into_iter()
            .map(|lane| scope.spawn(|| lane.run()))
            .collect();
        let outcome = match burst.victim {
            None => Outcome::default(),
            Some(victim) => {
                while written.load(Ordering::Relaxed) < trigger
                    && !lanes.iter().all(std::thread::ScopedJoinHandle::is_finished)
                {
                    std::thread::sleep(Duration::from_micros(200));
                }
                std::thread::sleep(jitter);
                let killed_inside = written.load(Ordering::Relaxed) < total;
                let victim = stage.cast.get(victim).context("the victim is no member")?;
                let others = stage.cast.iter().map(|member| member.me().account.as_str());
                let others: Vec<_> = others.filter(|id| *id != victim.me().account).collect();
                let found_on_disk = victim.crash(stage.search, &others)?;
                Outcome {
                    killed_inside,
                    found_on_disk,
                }
            }
        };
        for lane in lanes {
            match lane.join() {
                Ok(result) => result?,
                Err(_panic) => bail!("a lane broke off"),
            }
        }
        Ok(outcome)
    })
}

fn lanes<'a>(
    stage: &'a Stage<'a>,
    burst: &Burst<'_>,
    written: &'a AtomicUsize,
    rng: &mut StdRng,
) -> Result<Vec<Lane<'a>>> {
    let mut lanes = Vec::new();
    for (one, other) in burst.pairs {
        for (from, to) in [(one, other), (other, one)] {
            let member = |place: usize| stage.cast.get(place).context("no such member");
            for number in 0..burst.lanes {
                // The first lanes take what does not divide.
                let extra = usize::from(number < burst.each_way % burst.lanes);
                lanes.push(Lane {
                    stage,
                    from: member(*from)?,
                    to: member(*to)?,
                    number,
                    messages: burst.each_way / burst.lanes + extra,
                    rng: StdRng::seed_from_u64(rng.random()),
                    written,
                });
            }
        }
    }
    Ok(lanes)
}

impl Lane<'_> {
    fn run(mut self) -> Result<()> {
        for _ in 0..self.messages {
            self.write()?;
            self.written.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// One message, and perhaps something that is done with it or with another.
    fn write(&mut self) -> Result<()> {
        let fleeting = self.rng.random_ratio(1, 10);
        let reply_to = if self.rng.random_ratio(1, 4) {
            self.lasting()
        } else {
            None
        };
        let mut body = self.sentence()?;
        if fleeting {
            body.push_str(FLEETING);
        }
        let id = self.perform(Deed::Write { body, reply_to })?;
        self.from.wrote(&id, &self.to.me().account, !fleeting);
        if self.rng.random_ratio(1, 6) {
            let body = self.sentence()?;
            let body = if fleeting { body + FLEETING } else { body };
            self.perform(Deed::Edit {
                target: id.clone(),
                body,
            })?;
        }
        if fleeting {
            self.perform(Deed::Delete { target: id })?;
        }
        if self.rng.random_ratio(1, 5)
            && let Some(target) = self.lasting()
        {
            // One emoji a lane: what one lane puts on, no other takes off.
            let emoji = EMOJI
                .get(self.number % EMOJI.len())
                .copied()
                .unwrap_or_default();
            let emoji = emoji.to_owned();
            let on = Deed::React {
                target: target.clone(),
                emoji: emoji.clone(),
                on: true,
            };
            self.perform(on)?;
            if self.rng.random_ratio(1, 3) {
                self.perform(Deed::React {
                    target,
                    emoji,
                    on: false,
                })?;
            }
        }
        Ok(())
    }

    fn sentence(&self) -> Result<String> {
        self.stage
            .phrases
            .next()
            .map(str::to_owned)
            .context("there is nothing left to say")
    }

    fn lasting(&mut self) -> Option<String> {
        self.from
            .lasting(&self.to.me().account, self.rng.random_range(0..1_000_000))
    }

    /// Does it, as often as needed, under one key; gives the id that the answer gave.
    fn perform(&mut self, deed: Deed) -> Result<String> {
        let key = format!("{:032x}", self.rng.random::<u128>());
        let (from, to) = (&self.from.me().account, &self.to.me().account);
        let begun = Instant::now();
        let mut unanswered = 0;
        loop {
            if begun.elapsed() > DEED_TIMEOUT {
                bail!(
                    "{} could not do {deed:?} in {DEED_TIMEOUT:?}",
                    self.from.name()
                );
            }
            match self.from.api().perform(to, &deed, &key) {
                Ok(answer) if answer.is_success() => {
                    let id = answer.body["id"].as_str().unwrap_or_default().to_owned();
                    self.stage.ledger.done(Entry {
                        from: from.clone(),
                        to: to.clone(),
                        deed,
                        begun,
                        calls: unanswered + 1,
                        id: id.clone(),
                    });
                    return Ok(id);
                }
                // Shown, answered, and lost with the crash before it was durable: it comes again.
                Ok(answer) if answer.status == 404 && refers(&deed) => {}
                // Busy or stopping: the answer says to come again.
                Ok(answer) if matches!(answer.status, 429 | 503) => {}
                Ok(answer) => {
                    let (status, body) = (answer.status, &answer.body);
                    let what = format!("{} got {status} {body} for {deed:?}", self.from.name());
                    self.stage.ledger.refused(what.clone());
                    bail!(what);
                }
                Err(Unanswered(_)) => {
                    unanswered += 1;
                    self.from.wait_until_up()?;
                }
            }
            std::thread::sleep(REPEAT_PAUSE);
        }
    }
}

/// Whether a deed refers to a message that the other side may have written.
fn refers(deed: &Deed) -> bool {
    matches!(
        deed,
        Deed::Write {
            reply_to: Some(_),
            ..
        } | Deed::React { .. }
    )
}
