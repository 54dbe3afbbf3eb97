//! `world community`: eight people found a community and run it without any host.
//!
//! The founder makes channels and roles and goes away; another member's invite lets the eighth in. The network splits, both
//! halves talk and moderate, it heals, and all agree. Somebody is away over three rotations of the keys and comes back
//! with no server to help. What the removed can read ends with their removal.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::netns::Lan;
use super::node::{Build, Node, Place};
use super::tell::{Tell, Verdict, until};

mod apart;
mod proof;
mod table;
pub(super) mod town;

use town::Person;

/// Who is there, in the order in which they come.
pub(super) const NAMES: [&str; 8] = [
    "Ada Lovelace",
    "Grace Hopper",
    "Emmy Noether",
    "Sophie Germain",
    "Alan Turing",
    "Katherine Johnson",
    "Hedy Lamarr",
    "Mary Somerville",
];

const ADA: usize = 0;
const GRACE: usize = 1;
const EMMY: usize = 2;
const SOPHIE: usize = 3;
const ALAN: usize = 4;
const KATHERINE: usize = 5;
const HEDY: usize = 6;
const MARY: usize = 7;

/// How long a step may take: joining asks one member after the other, ten seconds each; what is lost with a link is sent
/// again after up to a minute.
const STEP: Duration = Duration::from_secs(60);

/// People that the world needs.
pub(crate) const PEOPLE: usize = NAMES.len();

/// Plays the world inside a sandbox whose network is raised; profiles lie under `folder`.
///
/// # Errors
/// When something goes so wrong that there is nothing to judge.
pub(crate) fn play(build: &Build, lan: &Lan, folder: &Path, tell: &Tell) -> Result<Verdict> {
    let mut play = Play {
        build,
        lan,
        folder,
        tell,
        people: Vec::new(),
        community: String::new(),
        general: String::new(),
        inner: String::new(),
        verdict: Verdict::default(),
    };
    play.found()?;
    play.talk()?;
    play.go_away_and_let_in()?;
    play.split_and_heal()?;
    play.hold_the_table()?;
    play.be_away_over_rotations()?;
    play.judge_what_the_removed_can_read()?;
    Ok(play.verdict)
}

struct Play<'a> {
    build: &'a Build,
    lan: &'a Lan,
    folder: &'a Path,
    tell: &'a Tell,
    people: Vec<Person>,
    community: String,
    general: String,
    inner: String,
    verdict: Verdict,
}

impl Play<'_> {
    fn person(&self, who: usize) -> Result<&Person> {
        self.people.get(who).context("nobody of that number")
    }

    fn arrive(&mut self) -> Result<()> {
        let number = self.people.len();
        let name = NAMES.get(number).copied().context("nobody else comes")?;
        let node = Node::create(self.build, Place::Member(number), name, self.folder)?;
        self.people.push(Person::start(node, name)?);
        Ok(())
    }

    fn post(&self, who: usize, path: &str, body: Value) -> Result<Value> {
        let path = format!("/v1/communities/{}/{path}", self.community);
        self.person(who)?.api().ask("POST", &path, Some(body))
    }

    fn say(&self, who: usize, channel: &str, body: &str) -> Result<String> {
        self.person(who)?.say(channel, &json!({ "body": body }))
    }

    /// Waits until all of these agree: one state, everybody in sync with everybody, one history of every channel that
    /// they read.
    fn agree(&mut self, name: &'static str, who: &[usize], timeout: Duration) -> Result<()> {
        let mut last = Vec::new();
        let agreed = until(name, timeout, || {
            last = self.differences(who)?;
            Ok(last.is_empty().then_some(()))
        });
        if agreed.is_ok() {
            last.clear();
        }
        self.verdict.check(name, last);
        Ok(())
    }

    fn differences(&self, who: &[usize]) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        let mut first: Option<(String, Vec<String>)> = None;
        for one in who {
            let person = self.person(*one)?;
            let view = person.community(&self.community)?;
            let state = view["state_hash"].as_str().unwrap_or_default().to_owned();
            let history = person.history(&self.general)?;
            let in_sync = view["sync"]["in_sync"].as_u64().unwrap_or(0);
            let others = u64::try_from(who.len().saturating_sub(1)).unwrap_or(u64::MAX);
            if in_sync < others {
                faults.push(format!(
                    "{} is in sync with {in_sync} of {others}",
                    person.name()
                ));
            }
            if view["epoch"]["held"] != json!(true) {
                faults.push(format!("{} has no secret of its epoch", person.name()));
            }
            match &first {
                None => first = Some((state, history)),
                Some((expected, texts)) => {
                    if *expected != state {
                        faults.push(format!("{} sees another state", person.name()));
                    }
                    if *texts != history {
                        let (here, there) = (history.len(), texts.len());
                        faults.push(format!("{} reads {here} of {there}", person.name()));
                    }
                }
            }
        }
        Ok(faults)
    }

    fn standing(&self, of: usize, by: usize) -> Result<String> {
        let account = self.person(of)?.account().to_owned();
        self.person(by)?.standing_of(&self.community, &account)
    }

    fn check_standing(&mut self, name: &'static str, cases: &[(usize, usize, &str)]) -> Result<()> {
        let mut faults = Vec::new();
        for (of, by, expected) in cases {
            let found = self.standing(*of, *by)?;
            if found != *expected {
                let (of, by) = (self.person(*of)?.name(), self.person(*by)?.name());
                faults.push(format!("{of} is {found} for {by}, not {expected}"));
            }
        }
        self.verdict.check(name, faults);
        Ok(())
    }

    /// The founder makes the community, and six come by one invite.
    fn found(&mut self) -> Result<()> {
        self.tell.say(
            "Huit personnes, un commutateur, pas d'internet, aucun serveur.",
            "Eight people, a switch, no internet, no server.",
        );
        for _ in 0..7 {
            self.arrive()?;
        }
        let ada = self.person(ADA)?;
        let founding = json!({ "name": "Les copains", "history": "since-join" });
        let made = ada.api().ask("POST", "/v1/communities", Some(founding))?;
        self.community = town::id(&made)?;
        let channel = self.post(ADA, "channels", json!({ "name": "général" }))?;
        self.general = town::id(&channel)?;
        let invite = self.post(ADA, "invites", json!({ "uses": 6 }))?;
        let link = invite["link"].as_str().context("an invite has a link")?;
        for who in GRACE..=HEDY {
            self.person(who)?.join(link)?;
        }
        for who in GRACE..=HEDY {
            let person = self.person(who)?;
            let what = format!("{} to be let in", person.name());
            until(&what, STEP, || person.is_in(&self.community))?;
        }
        self.tell.say(
            "Ada fonde « Les copains » ; six amis entrent par son invitation.",
            "Ada founds \"Les copains\"; six friends come in by her invite.",
        );
        self.agree("all_see_one_community", &[0, 1, 2, 3, 4, 5, 6], STEP)
    }

    /// Roles, a private channel, threads, pins, reactions.
    fn talk(&mut self) -> Result<()> {
        let role = |name: &str, position: u16, bits: &[&str]| -> Result<String> {
            let role = json!({ "name": name, "position": position, "bits": bits });
            town::id(&self.post(ADA, "roles", role)?)
        };
        let power = ["kick", "ban", "manage-channels", "manage-messages"];
        let high = role("captain", 10, &power)?;
        let eight = role("mate", 8, &["kick", "manage-channels"])?;
        let five = role("steward", 5, &["kick", "ban"])?;
        let inner = role("inner", 1, &[])?;
        let given = [
            (GRACE, &high),
            (KATHERINE, &eight),
            (HEDY, &eight),
            (EMMY, &five),
            (GRACE, &inner),
            (EMMY, &inner),
        ];
        for (who, role) in given {
            let account = self.person(who)?.account();
            let path = format!(
                "/v1/communities/{}/members/{account}/roles/{role}",
                self.community
            );
            self.person(ADA)?.api().ask("PUT", &path, None)?;
        }
        let private = json!({
            "name": "inner", "scope": "private",
            "overwrites": [
                { "role": "everyone", "deny": ["view"] },
                { "role": inner, "allow": ["view"] },
            ],
        });
        self.inner = town::id(&self.post(ADA, "channels", private)?)?;
        self.agree("all_see_the_roles", &[0, 1, 2, 3, 4, 5, 6], STEP)?;
        let first = self.say(ADA, &self.general, "Bienvenue à bord")?;
        for who in GRACE..=HEDY {
            let name = self.person(who)?.name();
            self.say(who, &self.general, &format!("Salut de {name}"))?;
        }
        self.agree("greetings_reach_all", &[0, 1, 2, 3, 4, 5, 6], STEP)?;
        let sophie = self.person(SOPHIE)?;
        sophie.react(&self.general, &first, "⚓")?;
        let thread = json!({ "body": "une cabine de plus ?", "thread": first });
        sophie.say(&self.general, &thread)?;
        let message = format!("/v1/channels/{}/messages/{first}", self.general);
        let grace = self.person(GRACE)?;
        grace.api().ask(
            "PUT",
            &format!("{message}/pin"),
            Some(json!({ "on": true })),
        )?;
        let name = json!({ "name": "cabines" });
        grace
            .api()
            .ask("PUT", &format!("{message}/thread"), Some(name))?;
        self.say(GRACE, &self.inner, "entre nous")?;
        self.say(EMMY, &self.inner, "bien reçu")?;
        self.agree(
            "reactions_threads_and_pins_reach_all",
            &[0, 1, 2, 3, 4, 5, 6],
            STEP,
        )?;
        self.check_talk(&first)?;
        self.tell.say(
            "Rôles, salons, un fil, une épingle, une réaction, un salon privé.",
            "Roles, channels, a thread, a pin, a reaction, a private channel.",
        );
        Ok(())
    }

    fn check_talk(&mut self, first: &str) -> Result<()> {
        let mut faults = Vec::new();
        let mut private = Vec::new();
        for who in ADA..=HEDY {
            let person = self.person(who)?;
            let messages = person.messages(&self.general)?;
            let shown = messages.iter().find(|one| one["id"] == json!(first));
            let shown = shown.cloned().unwrap_or_default();
            let marks = &shown["marks"];
            let right = marks["pinned"] == json!(true)
                && marks["thread_name"] == json!("cabines")
                && shown["reactions"]
                    .as_array()
                    .is_some_and(|all| all.len() == 1);
            if !right {
                faults.push(format!("{} sees {shown}", person.name()));
            }
            let expected = if [ADA, GRACE, EMMY].contains(&who) {
                2
            } else {
                0
            };
            let read = person.history(&self.inner).map_or(0, |texts| texts.len());
            if read != expected {
                private.push(format!("{} reads {read} of {expected}", person.name()));
            }
        }
        self.verdict.check("marks_are_shown", faults);
        self.verdict
            .check("private_channel_is_read_by_its_readers", private);
        Ok(())
    }

    /// The founder goes; Grace's invite lets Mary in, whoever answers her.
    fn go_away_and_let_in(&mut self) -> Result<()> {
        self.person(ADA)?.stop()?;
        let invite = self.post(GRACE, "invites", json!({ "uses": 1 }))?;
        let link = invite["link"]
            .as_str()
            .context("an invite has a link")?
            .to_owned();
        self.arrive()?;
        let mary = self.person(MARY)?;
        mary.join(&link)?;
        until("Mary to be let in", STEP, || mary.is_in(&self.community))?;
        self.tell.say(
            "Ada s'absente ; l'invitation de Grace fait entrer Mary.",
            "Ada is away; Grace's invite lets Mary in.",
        );
        self.say(MARY, &self.general, "Merci pour l'accueil")?;
        self.say(GRACE, &self.general, "Te voilà")?;
        let mary = self.person(MARY)?;
        let read = until("Mary to read from now on", STEP, || {
            let texts = mary.history(&self.general)?;
            Ok((texts.len() >= 2).then_some(texts))
        })?;
        let early = read.iter().any(|text| text.contains("Bienvenue"));
        let fault = early.then(|| "Mary reads what was said before she came".to_owned());
        self.verdict
            .check("newcomers_read_from_then_on", fault.into_iter().collect());
        self.person_mut(ADA)?.restart()?;
        self.agree("the_founder_comes_back", &[0, 1, 2, 3, 4, 5, 6], STEP)
    }

    fn person_mut(&mut self, who: usize) -> Result<&mut Person> {
        self.people.get_mut(who).context("nobody of that number")
    }

    fn act_on(&self, who: usize, whom: usize, what: &str) -> Result<()> {
        let account = self.person(whom)?.account();
        let path = format!("members/{account}/{what}");
        self.post(who, &path, json!({ "reason": "" })).map(drop)
    }

    /// T22, with the profiles themselves: what was kept by the removed opens nothing of later.
    fn judge_what_the_removed_can_read(&mut self) -> Result<()> {
        for person in &self.people {
            person.stop()?;
        }
        let ada = self.person(ADA)?.profile();
        let mut faults = Vec::new();
        let mut tried = 0;
        for who in [EMMY, ALAN, KATHERINE, HEDY] {
            let person = self.person(who)?;
            let found = proof::opened_after_removal(&ada, &person.profile(), person.account())?;
            tried += found.tried;
            faults.extend(
                found
                    .opened
                    .into_iter()
                    .map(|entry| format!("{}: {entry}", person.name())),
            );
        }
        if tried < 4 {
            faults.push(format!(
                "{tried} entries from after a removal prove nothing"
            ));
        }
        self.verdict.figure("entries_after_removals", tried);
        self.verdict.check("kicked_cannot_read", faults);
        Ok(())
    }
}
