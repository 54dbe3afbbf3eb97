//! `world loss`: five people of a community whose network drops three packets of ten, each way (F12, `netem_loss30`).
//!
//! The kernel of our machines has no `netem`; the loss is made by `nft` at every member's door. Jitter is the simulator's.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::community::NAMES;
use super::community::town::{Person, id};
use super::netns::Lan;
use super::node::{Build, Node, Place};
use super::tell::{Tell, Verdict, until};

/// People of the world.
pub(crate) const PEOPLE: usize = 5;

/// What each of them says.
const MESSAGES: usize = 10;

/// Between two things that are said.
const PAUSE: Duration = Duration::from_millis(250);

/// Packets that are dropped, of a hundred.
const LOSS_PERCENT: u32 = 30;

/// When everything must have come (F12).
const ALL_WITHIN: Duration = Duration::from_secs(60);

/// When nineteen of twenty must have come (F12).
const MOST_WITHIN: Duration = Duration::from_secs(5);

/// How long a step before the loss may take.
const STEP: Duration = Duration::from_secs(60);

/// Plays the world inside a sandbox whose network is raised; profiles lie under `folder`.
///
/// # Errors
/// When something goes so wrong that there is nothing to judge.
pub(crate) fn play(build: &Build, lan: &Lan, folder: &Path, tell: &Tell) -> Result<Verdict> {
    let mut people = Vec::new();
    for (number, name) in NAMES.iter().enumerate().take(PEOPLE) {
        let node = Node::create(build, Place::Member(number), name, folder)?;
        people.push(Person::start(node, name)?);
    }
    let (community, channel) = found(&people)?;
    tell.say(
        "Cinq personnes fondent « Les copains » ; puis le réseau perd trois paquets sur dix.",
        "Five people found \"Les copains\"; then the network drops three packets of ten.",
    );
    lan.lose(LOSS_PERCENT)?;
    let heard = talk(&people, &channel)?;
    let lost = lan.lost()?;
    lan.lose(0)?;
    let mut verdict = Verdict::default();
    verdict.figure("packets_lost", lost);
    let none = (lost == 0).then(|| "nothing was lost: this proves nothing".to_owned());
    verdict.check("packets_were_lost", none.into_iter().collect());
    judge(&mut verdict, &heard);
    let agreed = until("all to agree", STEP, || {
        let mut states = Vec::new();
        for person in &people {
            states.push(person.community(&community)?["state_hash"].clone());
        }
        states.dedup();
        Ok((states.len() == 1).then_some(()))
    });
    let faults = agreed.err().map(|fault| fault.to_string());
    verdict.check("one_state", faults.into_iter().collect());
    Ok(verdict)
}

/// The first founds, the others come in.
fn found(people: &[Person]) -> Result<(String, String)> {
    let (founder, others) = people.split_first().context("nobody is there")?;
    let founding = json!({ "name": "Les copains" });
    let made = founder
        .api()
        .ask("POST", "/v1/communities", Some(founding))?;
    let community = id(&made)?;
    let path = |what: &str| format!("/v1/communities/{community}/{what}");
    let named = json!({ "name": "général" });
    let channel = founder.api().ask("POST", &path("channels"), Some(named))?;
    let channel = id(&channel)?;
    let uses = json!({ "uses": PEOPLE });
    let invite = founder.api().ask("POST", &path("invites"), Some(uses))?;
    let link = invite["link"].as_str().context("an invite has a link")?;
    for person in others {
        person.join(link)?;
    }
    for person in others {
        until("somebody to be let in", STEP, || person.is_in(&community))?;
    }
    until("everybody to be in sync", STEP, || {
        for person in people {
            let view = person.community(&community)?;
            let in_sync = view["sync"]["in_sync"].as_u64().unwrap_or(0);
            if usize::try_from(in_sync).unwrap_or(0) + 1 < people.len() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })?;
    Ok((community, channel))
}

/// Who has heard what, and how long after it was said; `None`: not in time.
type Heard = BTreeMap<(usize, String), Option<Duration>>;

/// Everybody says their part, in turns; and it is noted when each of the others shows it.
fn talk(people: &[Person], channel: &str) -> Result<Heard> {
    let mut said: BTreeMap<String, (usize, Instant)> = BTreeMap::new();
    let mut heard = Heard::new();
    for round in 0..MESSAGES {
        for (who, person) in people.iter().enumerate() {
            let text = format!("{who}.{round}");
            said.insert(text.clone(), (who, Instant::now()));
            person.say(channel, &json!({ "body": text }))?;
            listen(people, channel, &said, &mut heard)?;
            std::thread::sleep(PAUSE / 5);
        }
    }
    let all = said.len() * people.len().saturating_sub(1);
    let begun = Instant::now();
    while heard.len() < all && begun.elapsed() < ALL_WITHIN {
        listen(people, channel, &said, &mut heard)?;
        std::thread::sleep(Duration::from_millis(30));
    }
    for (text, (author, _)) in &said {
        for who in (0..people.len()).filter(|who| who != author) {
            heard.entry((who, text.clone())).or_insert(None);
        }
    }
    Ok(heard)
}

/// Looks once at what everybody shows.
fn listen(
    people: &[Person],
    channel: &str,
    said: &BTreeMap<String, (usize, Instant)>,
    heard: &mut Heard,
) -> Result<()> {
    for (who, person) in people.iter().enumerate() {
        for text in person.history(channel)? {
            if let Some((author, at)) = said.get(&text)
                && *author != who
            {
                let place = heard.entry((who, text));
                place.or_insert_with(|| Some(at.elapsed()));
            }
        }
    }
    Ok(())
}

fn judge(verdict: &mut Verdict, heard: &Heard) {
    let missing = heard.iter().filter(|(_, after)| after.is_none());
    let missing: Vec<String> = missing
        .map(|((who, text), _)| format!("{who} has not heard {text}"))
        .collect();
    let mut took: Vec<Duration> = heard.values().copied().flatten().collect();
    took.sort_unstable();
    let place = took.len() * 95 / 100;
    let most = took.get(place).copied().unwrap_or(ALL_WITHIN);
    let last = took.last().copied().unwrap_or(ALL_WITHIN);
    verdict.figure("deliveries", took.len());
    verdict.figure(
        "p95_ms",
        u64::try_from(most.as_millis()).unwrap_or(u64::MAX),
    );
    verdict.figure(
        "last_ms",
        u64::try_from(last.as_millis()).unwrap_or(u64::MAX),
    );
    verdict.check("netem_loss30", missing);
    let late = (last > ALL_WITHIN).then(|| format!("the last came after {last:?}"));
    verdict.check("all_within_a_minute", late.into_iter().collect());
    let slow = (most > MOST_WITHIN).then(|| format!("p95 is {most:?}"));
    verdict.check("most_within_five_seconds", slow.into_iter().collect());
}
