//! The cut and what heals it, and coming back after the keys have changed three times.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::town::names;
use super::{ADA, ALAN, EMMY, GRACE, HEDY, KATHERINE, MARY, Play, SOPHIE, STEP};
use crate::lab::tell::until;

/// Who is on the other side of the cut.
const APART: [usize; 4] = [EMMY, ALAN, HEDY, MARY];

/// How long both halves may take to agree once they meet. Links that died in the cut are noticed late.
const HEAL: Duration = Duration::from_secs(120);

/// How long the network stays cut once both halves have done what they do.
const CUT: Duration = Duration::from_secs(5);

/// How long somebody who was away may take from the start of the program until they read and write again.
const RETURN: Duration = Duration::from_secs(40);

impl Play<'_> {
    /// The network splits; both halves talk and moderate; it heals.
    pub(super) fn split_and_heal(&mut self) -> Result<()> {
        self.lan.split(&APART)?;
        self.tell.say(
            &format!("Le réseau se coupe : {} sont à part.", names(&APART)),
            &format!("The network splits: {} are apart.", names(&APART)),
        );
        // Here: Grace (10) removes Emmy (5), and the channel gets a topic.
        self.act_on(GRACE, EMMY, "kick")?;
        self.say(ADA, &self.general, "de ce côté")?;
        // There: Emmy (5) removes Alan, bans Sophie and makes new keys; Mary writes under them (A7); Hedy renames.
        self.act_on(EMMY, ALAN, "kick")?;
        self.act_on(EMMY, SOPHIE, "ban")?;
        let sophie = self.person(SOPHIE)?.account().to_owned();
        let mary = self.person(MARY)?;
        until("Emmy's bans to reach Mary", STEP, || {
            let banned = mary.standing_of(&self.community, &sophie)? == "banned";
            Ok(banned.then_some(()))
        })?;
        self.say(MARY, &self.general, "sous les clés d'Emmy")?;
        self.say(HEDY, &self.general, "de l'autre côté")?;
        // Neither of two of one rank is above the other: such a removal is never authorised.
        let refused = self.act_on(KATHERINE, HEDY, "kick").is_err();
        let fault = (!refused).then(|| "Katherine (8) removed Hedy (8)".to_owned());
        self.verdict.check(
            "equals_do_not_remove_each_other",
            fault.into_iter().collect(),
        );
        for (who, name) in [(KATHERINE, "ici"), (HEDY, "là-bas")] {
            let path = format!(
                "/v1/communities/{}/channels/{}",
                self.community, self.general
            );
            let renamed = json!({ "name": name });
            self.person(who)?.api().ask("PATCH", &path, Some(renamed))?;
        }
        self.stay_apart()?;
        self.lan.heal(&APART)?;
        self.tell.say(
            "Des deux côtés on a parlé et modéré ; le réseau se répare.",
            "Both sides have talked and moderated; the network heals.",
        );
        let staying = [ADA, GRACE, KATHERINE, HEDY, ALAN];
        self.agree("both_halves_agree", &staying, HEAL)?;
        self.check_standing(
            "what_the_removed_did_beside_their_removal_is_void",
            &[
                (EMMY, ADA, "outside"),
                (ALAN, ADA, "member"),
                (SOPHIE, ADA, "member"),
                (ALAN, HEDY, "member"),
                (SOPHIE, MARY, "member"),
            ],
        )?;
        self.check_posts_of_both_halves(&staying)?;
        let removed = until("Emmy to learn of it", STEP, || {
            let view = self.person(EMMY)?.community(&self.community)?;
            Ok((view["standing"] == json!("removed")).then_some(()))
        });
        let fault = removed.err().map(|error| error.to_string());
        self.verdict
            .check("the_removed_learn_of_it", fault.into_iter().collect());
        Ok(())
    }

    fn check_posts_of_both_halves(&mut self, staying: &[usize]) -> Result<()> {
        let mut faults = Vec::new();
        for who in staying {
            let person = self.person(*who)?;
            let texts = person.history(&self.general)?;
            for wanted in ["de ce côté", "sous les clés d'Emmy", "de l'autre côté"] {
                if !texts.iter().any(|text| text == wanted) {
                    faults.push(format!("{} does not read \"{wanted}\"", person.name()));
                }
            }
        }
        self.verdict.check("posts_of_both_halves_are_read", faults);
        Ok(())
    }

    /// The cut is one: for a while nothing crosses it, and the halves see two different states.
    fn stay_apart(&mut self) -> Result<()> {
        std::thread::sleep(CUT);
        let here = self.person(ADA)?.community(&self.community)?;
        let there = self.person(MARY)?.community(&self.community)?;
        let same = here["state_hash"] == there["state_hash"];
        let fault = same.then(|| "both halves see one state".to_owned());
        self.verdict
            .check("halves_differ_while_apart", fault.into_iter().collect());
        Ok(())
    }

    /// Mary is away while three people are removed, one after the other; she comes back with no server to help.
    pub(super) fn be_away_over_rotations(&mut self) -> Result<()> {
        self.person(MARY)?.stop()?;
        for (round, whom) in [ALAN, KATHERINE, HEDY].into_iter().enumerate() {
            self.act_on(ADA, whom, "kick")?;
            self.say(ADA, &self.general, &format!("tour {round}"))?;
            self.say(GRACE, &self.general, &format!("réponse {round}"))?;
        }
        let here = [ADA, GRACE, SOPHIE];
        self.agree("three_rotations_pass", &here, STEP)?;
        let began = std::time::Instant::now();
        self.person_mut(MARY)?.restart()?;
        let mary = self.person(MARY)?;
        let read = until("Mary to read what was said meanwhile", RETURN, || {
            let texts = mary.history(&self.general)?;
            Ok(texts.iter().any(|text| text == "réponse 2").then_some(()))
        });
        let wrote = self.say(MARY, &self.general, "me revoilà");
        let took = began.elapsed().as_secs_f32();
        self.verdict.figure("returned_s", took);
        let faults = [read.err(), wrote.err()].into_iter().flatten();
        let faults = faults.map(|error| error.to_string()).collect();
        self.verdict.check("returns_after_rotation", faults);
        self.tell.say(
            &format!("Mary revient après trois rotations, lit et écrit en {took:.1} s."),
            &format!("Mary returns after three rotations, reads and writes within {took:.1} s."),
        );
        self.say(ADA, &self.general, "après tout cela")?;
        let staying = [ADA, GRACE, SOPHIE];
        self.agree("those_who_stay_agree", &staying, HEAL)
    }
}
