//! `world lan`: people on one network, without any server, with real nodes, killed at will.
//!
//! Two people meet and talk while their nodes are killed; then they are five. At the end every
//! history must hold what was answered, once and in causal order; and neither what crossed the
//! network nor what lay on the disks may show a word of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::burst::{self, Burst, Stage};
use super::capture::Capture;
use super::cast::{Member, acquaint};
use super::ledger::Ledger;
use super::netns::Lan;
use super::node::Build;
use super::phrases::{EMOJI, Phrases};
use super::search::{Finding, Search, Secret};
use super::tell::{Tell, Verdict, until};

mod ending;

/// Who is there. Long enough to be searched for.
const NAMES: [&str; 5] = [
    "Ada Lovelace",
    "Grace Hopper",
    "Emmy Noether",
    "Sophie Germain",
    "Alan Turing",
];

/// How long a killed node may stay without links once it is back. mDNS tells of it at once.
const LINK_TIMEOUT: Duration = Duration::from_secs(30);

/// What unlocks every profile. It is in none of them.
const PASSPHRASE: &str = "quatre copains sous un parapluie";

/// How large a world is.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// People in the second act; 2 for no second act.
    pub(crate) people: usize,
    /// Messages from each to each of the first two, at least.
    pub(crate) messages: usize,
    /// Messages from each to each in the second act, at least.
    pub(crate) messages_five: usize,
    /// Kills in all.
    pub(crate) kills: usize,
    /// For every choice.
    pub(crate) seed: u64,
    /// The node.
    pub(crate) build: Build,
}

impl Plan {
    /// The plan of issue 2.
    #[must_use]
    pub(crate) fn full(build: Build, seed: u64) -> Self {
        Self {
            people: 5,
            messages: 100,
            messages_five: 100,
            kills: 20,
            seed,
            build,
        }
    }

    /// Just enough for the mutants of encryption to show.
    #[must_use]
    pub(crate) fn short(build: Build, seed: u64) -> Self {
        Self {
            people: 2,
            messages: 500,
            messages_five: 0,
            kills: 1,
            seed,
            build,
        }
    }
}

/// Plays the plan inside a sandbox whose network is [`Lan::raise`]d; profiles lie under `folder`.
///
/// # Errors
/// When something goes so wrong that there is nothing to judge.
pub(crate) fn play(plan: &Plan, lan: &Lan, folder: &Path, tell: &Tell) -> Result<Verdict> {
    if !(2..=NAMES.len()).contains(&plan.people) || plan.people > lan.members() {
        bail!("{} people do not fit this world", plan.people);
    }
    // Both counts lie inside the capture. Outside it the kernel still speaks: hosts repeat that
    // they join and leave multicast groups for seconds, and closing a packet socket takes as long
    // as the kernel needs to forget it. Counted there, such frames would pass for lost ones.
    let capture = Capture::start()?;
    let before = lan.frames()?;
    let mut play = Play::begin(plan, folder, tell)?;
    play.first_act()?;
    if plan.people > 2 {
        play.second_act()?;
    }
    play.settle()?;
    play.stop()?;
    let counted = lan.frames()?.saturating_sub(before);
    let frames = capture.finish()?;
    play.search_wire(&frames, counted);
    play.search_disk()?;
    play.sum_up();
    Ok(play.verdict)
}

struct Play<'a> {
    plan: &'a Plan,
    folder: &'a Path,
    tell: &'a Tell,
    rng: StdRng,
    cast: Vec<Member>,
    pairs: Vec<(usize, usize)>,
    ledger: Ledger,
    phrases: Phrases,
    search: Search,
    kills: usize,
    links_took: Duration,
    found_on_disk: Vec<Finding>,
    verdict: Verdict,
}

impl<'a> Play<'a> {
    fn begin(plan: &'a Plan, folder: &'a Path, tell: &'a Tell) -> Result<Self> {
        tell.say(
            "Un petit réseau local est monté : un commutateur, pas d'internet, aucun serveur.",
            "A small local network stands: a switch, no internet, no server.",
        );
        // Each message may be edited once, and a few bursts more than planned may be needed.
        let pairs = plan.people * (plan.people - 1) / 2;
        let sentences = 4 * (2 * plan.messages + 2 * pairs * plan.messages_five) + 1_000;
        let mut play = Self {
            plan,
            folder,
            tell,
            rng: StdRng::seed_from_u64(plan.seed),
            cast: Vec::new(),
            pairs: Vec::new(),
            ledger: Ledger::default(),
            phrases: Phrases::new(plan.seed, sentences),
            search: Search::new([]),
            kills: 0,
            links_took: Duration::ZERO,
            found_on_disk: Vec::new(),
            verdict: Verdict::default(),
        };
        std::fs::write(play.passphrase(), PASSPHRASE)?;
        play.arrive(2)?;
        Ok(play)
    }

    fn passphrase(&self) -> PathBuf {
        self.folder.join("passphrase")
    }

    /// Starts nodes until so many people are there.
    fn arrive(&mut self, people: usize) -> Result<()> {
        let build = Build {
            passphrase: Some(self.passphrase()),
            ..self.plan.build.clone()
        };
        for number in self.cast.len()..people {
            let name = NAMES
                .get(number)
                .copied()
                .context("nobody else is invited")?;
            self.cast
                .push(Member::arrive(&build, number, name, self.folder)?);
            self.tell
                .say(&format!("{name} arrive."), &format!("{name} arrives."));
        }
        self.search = Search::new(secrets(&self.cast, &self.phrases)?);
        Ok(())
    }

    /// Everybody who is there and does not know each other yet gets to.
    fn acquaint_all(&mut self) -> Result<()> {
        let mut faults = Vec::new();
        for other in 1..self.cast.len() {
            for one in 0..other {
                if self.pairs.contains(&(one, other)) {
                    continue;
                }
                let (Some(a), Some(b)) = (self.cast.get(one), self.cast.get(other)) else {
                    continue;
                };
                let [ours, theirs] = acquaint(a.party(), b.party())?;
                let words = ours.join(" ");
                if ours != theirs || ours.len() != 6 {
                    faults.push(format!("{words} against {}", theirs.join(" ")));
                }
                let (a, b) = (a.name(), b.name());
                self.tell.say(
                    &format!(
                        "{a} et {b} se trouvent, lisent tous deux « {words} », et se vérifient."
                    ),
                    &format!("{a} and {b} meet, both read \"{words}\", and verify each other."),
                );
                self.pairs.push((one, other));
            }
        }
        self.verdict.check("same_six_words", faults);
        Ok(())
    }

    fn first_act(&mut self) -> Result<()> {
        self.acquaint_all()?;
        let kills = if self.plan.people > 2 {
            self.plan.kills * 3 / 5
        } else {
            self.plan.kills
        };
        self.tell.say(
            "Ils s'écrivent par rafales ; au milieu de chacune, un nœud meurt par kill -9.",
            "They write in bursts; in the middle of each, one node dies by kill -9.",
        );
        self.bursts(&[(0, 1)], self.plan.messages, 4, kills)
    }

    fn second_act(&mut self) -> Result<()> {
        self.arrive(self.plan.people)?;
        self.acquaint_all()?;
        self.tell.say(
            "À cinq, tous s'écrivent à la fois.",
            "Now they are five, and all write at once.",
        );
        let pairs = self.pairs.clone();
        self.bursts(
            &pairs,
            self.plan.messages_five,
            1,
            self.plan.kills - self.kills,
        )
    }

    /// Bursts until so many messages were written each way and so many nodes were killed inside.
    fn bursts(
        &mut self,
        pairs: &[(usize, usize)],
        each_way: usize,
        lanes: usize,
        kills: usize,
    ) -> Result<()> {
        let share = each_way.div_ceil(kills.max(1));
        let enough = self.kills + kills;
        let (mut done, mut tries) = (0, 0);
        while done < each_way || self.kills < enough {
            tries += 1;
            if tries > 3 * kills.max(1) {
                bail!(
                    "{} of {enough} kills hit a burst: messages are written too fast",
                    self.kills
                );
            }
            // One burst in three begins while links are still being made.
            if self.rng.random_ratio(2, 3) {
                self.links_back(pairs)?;
            }
            let victim = (self.kills < enough).then(|| self.rng.random_range(0..self.cast.len()));
            let burst = Burst {
                pairs,
                each_way: share,
                lanes,
                victim,
                seed: self.rng.random(),
            };
            let stage = Stage {
                cast: &self.cast,
                ledger: &self.ledger,
                phrases: &self.phrases,
                search: &self.search,
            };
            let outcome = burst::run(&stage, &burst)?;
            done += share;
            self.found_on_disk.extend(outcome.found_on_disk);
            if let (Some(victim), true) = (victim, outcome.killed_inside) {
                self.kills += 1;
                let name = self.cast.get(victim).map_or("", Member::name);
                let (kill, all) = (self.kills, self.plan.kills);
                self.tell.say(
                    &format!("Le nœud de {name} est tué ({kill}/{all}) et revient."),
                    &format!("{name}'s node is killed ({kill}/{all}) and comes back."),
                );
            }
        }
        Ok(())
    }

    /// Waits until all of these have a proved link again.
    fn links_back(&mut self, pairs: &[(usize, usize)]) -> Result<()> {
        let began = self.tell.elapsed();
        for (one, other) in pairs {
            let Some([a, b]) = self.pair(*one, *other) else {
                continue;
            };
            for (member, other) in [(a, b), (b, a)] {
                let what = format!("{} to be linked with {}", member.name(), other.name());
                until(&what, LINK_TIMEOUT, || {
                    let contact = member.api().contact(&other.me().account)?;
                    Ok(contact.filter(|contact| !contact.reachable.is_empty()))
                })?;
            }
        }
        self.links_took = self.links_took.max(self.tell.elapsed() - began);
        Ok(())
    }

    fn pair(&self, one: usize, other: usize) -> Option<[&Member; 2]> {
        Some([self.cast.get(one)?, self.cast.get(other)?])
    }
}

/// Everything that nobody else may read: what is said, names, and ids as text and as bytes.
fn secrets(cast: &[Member], phrases: &Phrases) -> Result<Vec<Secret>> {
    let mut secrets: Vec<Secret> = phrases
        .all()
        .map(|body| Secret::text(format!("`{body}`"), body))
        .collect();
    secrets.push(Secret::text("the passphrase", PASSPHRASE));
    secrets.extend(
        EMOJI
            .iter()
            .map(|emoji| Secret::text(format!("`{emoji}`"), emoji)),
    );
    for member in cast {
        let (me, name) = (member.me(), member.name());
        secrets.push(Secret::text(format!("the name {name}"), name));
        for (what, text) in [("account", &me.account), ("device", &me.device)] {
            let what = format!("the {what} id of {name}");
            secrets.push(Secret::text(format!("{what}, as text"), text));
            let id: protocol::identity::AccountId = text
                .parse()
                .with_context(|| format!("{what} is not as expected: {text}"))?;
            secrets.push(Secret::bytes(what, id.as_bytes()));
        }
    }
    Ok(secrets)
}
