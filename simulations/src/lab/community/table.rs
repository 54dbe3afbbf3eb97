//! The table of worked cases of the design (§2.3.4), on real nodes: one community a case, one cut for all.
//!
//! Two more of its rows, a removal beside a removal and equals who remove each other, are played in [`super::apart`].

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{ADA, ALAN, EMMY, GRACE, HEDY, KATHERINE, MARY, Play, SOPHIE, STEP, town};
use crate::lab::tell::until;

/// Who is on the other side of the cut.
const APART: [usize; 4] = [EMMY, ALAN, HEDY, MARY];

/// How long all cases may take to agree once the halves meet. Links that died in the cut are noticed late.
const HEAL: Duration = Duration::from_secs(120);

/// A community of one case: who founds it, is Ada.
struct Case {
    id: String,
    people: Vec<usize>,
}

/// What each case is about once the cut is over.
struct Cases {
    protected: Case,
    lifted: Case,
    fresh: Case,
    banned: Case,
    granted: Case,
    surplus: Case,
}

impl Play<'_> {
    /// Plays every row that [`super::apart`] does not.
    pub(super) fn hold_the_table(&mut self) -> Result<()> {
        self.readmit()?;
        let cases = Cases {
            protected: self.case("protégée", &[GRACE, HEDY])?,
            lifted: self.case("levée", &[GRACE, HEDY, MARY])?,
            fresh: self.case("fraîche", &[EMMY, ALAN])?,
            banned: self.case("bannie", &[HEDY, MARY, GRACE])?,
            granted: self.case("accordée", &[HEDY, ALAN, EMMY])?,
            surplus: self.case("surnuméraire", &[EMMY])?,
        };
        self.act_apart(&cases)?;
        self.tell.say(
            "Une coupure de plus : six communautés jouent les cas du tableau des conflits.",
            "One more cut: six communities play the cases of the table of conflicts.",
        );
        self.judge_the_table(&cases)
    }

    /// Asks for something in a community.
    fn ask(&self, case: &Case, by: usize, what: (&str, &str), body: Value) -> Result<Value> {
        let (method, rest) = what;
        let path = format!("/v1/communities/{}/{rest}", case.id);
        let body = (!body.is_null()).then_some(body);
        self.person(by)?.api().ask(method, &path, body)
    }

    fn on(&self, case: &Case, by: usize, whom: usize, act: &str) -> Result<()> {
        let rest = format!("members/{}/{act}", self.person(whom)?.account());
        self.ask(case, by, ("POST", &rest), json!({})).map(drop)
    }

    fn unban(&self, case: &Case, by: usize, whom: usize) -> Result<()> {
        let rest = format!("bans/{}", self.person(whom)?.account());
        self.ask(case, by, ("DELETE", &rest), Value::Null).map(drop)
    }

    /// Ada makes a role.
    fn role(&self, case: &Case, position: u16, bits: &[&str]) -> Result<String> {
        let role = json!({ "name": format!("r{position}"), "position": position, "bits": bits });
        town::id(&self.ask(case, ADA, ("POST", "roles"), role)?)
    }

    fn give(&self, case: &Case, by: usize, whom: usize, role: &str) -> Result<()> {
        let rest = format!("members/{}/roles/{role}", self.person(whom)?.account());
        self.ask(case, by, ("PUT", &rest), Value::Null).map(drop)
    }

    fn invite(&self, case: &Case, by: usize, uses: u16) -> Result<String> {
        let made = self.ask(case, by, ("POST", "invites"), json!({ "uses": uses }))?;
        let link = made["link"].as_str().context("an invite has a link")?;
        Ok(link.to_owned())
    }

    fn enter(&self, case: &Case, who: usize, link: &str) -> Result<()> {
        let person = self.person(who)?;
        person.join(link)?;
        let what = format!("{} to be let in", person.name());
        until(&what, STEP, || person.is_in(&case.id))
    }

    /// A community of Ada's with these.
    fn case(&self, name: &str, people: &[usize]) -> Result<Case> {
        let founding = json!({ "name": name });
        let ada = self.person(ADA)?.api();
        let made = ada.ask("POST", "/v1/communities", Some(founding))?;
        let mut case = Case {
            id: town::id(&made)?,
            people: vec![ADA],
        };
        let uses = u16::try_from(people.len())?;
        let link = self.invite(&case, ADA, uses)?;
        for who in people {
            self.enter(&case, *who, &link)?;
            case.people.push(*who);
        }
        self.settle(&case, &case.people)?;
        Ok(case)
    }

    /// Waits until these know the same.
    fn settle(&self, case: &Case, who: &[usize]) -> Result<()> {
        until("a case to agree", HEAL, || {
            let mut states = Vec::new();
            for one in who {
                let view = self.person(*one)?.community(&case.id)?;
                states.push(view["state_hash"].as_str().map(str::to_owned));
            }
            states.dedup();
            Ok((states.len() == 1).then_some(()))
        })
    }

    fn stands(&self, case: &Case, of: usize, by: usize) -> Result<String> {
        let account = self.person(of)?.account();
        self.person(by)?.standing_of(&case.id, account)
    }

    /// Whoever was removed, let in again by somebody of no rank and given a role, acts: all of it counts.
    fn readmit(&mut self) -> Result<()> {
        let case = self.case("réadmise", &[GRACE, ALAN, SOPHIE])?;
        let eight = self.role(&case, 8, &["kick"])?;
        self.on(&case, ADA, ALAN, "kick")?;
        self.settle(&case, &[ADA, GRACE, SOPHIE])?;
        let link = self.invite(&case, GRACE, 1)?;
        self.enter(&case, ALAN, &link)?;
        self.settle(&case, &case.people)?;
        self.give(&case, ADA, ALAN, &eight)?;
        self.settle(&case, &case.people)?;
        self.on(&case, ALAN, SOPHIE, "kick")?;
        self.settle(&case, &[ADA, GRACE, ALAN])?;
        let expected = [(ALAN, "member"), (SOPHIE, "outside")];
        self.expect(
            "table_readmitted_and_promoted",
            &case,
            &[ADA, GRACE],
            &expected,
        )
    }

    /// What is done on both sides.
    fn act_apart(&self, cases: &Cases) -> Result<()> {
        let Cases {
            protected,
            lifted,
            fresh,
            banned,
            granted,
            surplus,
        } = cases;
        self.give(protected, ADA, GRACE, &self.role(protected, 7, &["kick"])?)?;
        self.give(protected, ADA, HEDY, &self.role(protected, 8, &["kick"])?)?;
        let nine = self.role(protected, 9, &["kick"])?;
        self.give(lifted, ADA, HEDY, &self.role(lifted, 8, &["ban"])?)?;
        self.give(lifted, ADA, GRACE, &self.role(lifted, 3, &["ban"])?)?;
        let eight = self.role(banned, 8, &["kick", "ban", "manage-channels"])?;
        self.give(banned, ADA, HEDY, &eight)?;
        self.give(banned, ADA, GRACE, &self.role(banned, 7, &["kick"])?)?;
        let above = self.role(banned, 9, &["kick"])?;
        let channel = json!({ "name": "général" });
        let channel = town::id(&self.ask(banned, ADA, ("POST", "channels"), channel)?)?;
        let channel = format!("channels/{channel}");
        let eight = self.role(granted, 8, &["kick", "manage-roles"])?;
        self.give(granted, ADA, HEDY, &eight)?;
        let three = self.role(granted, 3, &["kick"])?;
        let back = self.invite(fresh, EMMY, 1)?;
        let one = self.invite(surplus, ADA, 1)?;
        for case in [protected, lifted, fresh, banned, granted, surplus] {
            self.settle(case, &case.people)?;
        }
        self.on(banned, HEDY, MARY, "ban")?;
        self.on(lifted, HEDY, MARY, "ban")?;
        self.settle(banned, &[ADA, HEDY, GRACE])?;
        self.settle(lifted, &[ADA, GRACE, HEDY])?;

        self.lan.split(&APART)?;
        // Here.
        self.give(protected, ADA, GRACE, &nine)?;
        until("Grace to see her role", STEP, || {
            Ok(self.on(protected, GRACE, HEDY, "kick").ok())
        })?;
        let _of_less_rank = self.unban(lifted, GRACE, MARY);
        self.on(fresh, ADA, ALAN, "kick")?;
        self.on(banned, ADA, MARY, "ban")?;
        self.give(banned, ADA, GRACE, &above)?;
        self.ask(banned, ADA, ("PATCH", &channel), json!({ "name": "ici" }))?;
        self.on(granted, ADA, HEDY, "kick")?;
        self.enter(surplus, KATHERINE, &one)?;
        // There.
        self.on(protected, HEDY, GRACE, "kick")?;
        let alan = self.person(ALAN)?;
        let own = format!("/v1/communities/{}", fresh.id);
        alan.api().ask("DELETE", &own, None)?;
        self.enter(fresh, ALAN, &back)?;
        self.unban(banned, HEDY, MARY)?;
        self.on(banned, HEDY, GRACE, "kick")?;
        self.ask(
            banned,
            HEDY,
            ("PATCH", &channel),
            json!({ "name": "là-bas" }),
        )?;
        self.give(granted, HEDY, ALAN, &three)?;
        until("Alan to see his role", STEP, || {
            Ok(self.on(granted, ALAN, EMMY, "kick").ok())
        })?;
        self.enter(surplus, MARY, &one)?;
        self.lan.heal(&APART)
    }

    /// What all see once the halves have met.
    fn judge_the_table(&mut self, cases: &Cases) -> Result<()> {
        let case = &cases.protected;
        self.settle(case, &[ADA, GRACE])?;
        let stand = [(GRACE, "member"), (HEDY, "outside")];
        self.expect("table_promotion_protects", case, &[ADA, GRACE], &stand)?;

        let case = &cases.granted;
        let staying = [ADA, ALAN, EMMY];
        self.settle(case, &staying)?;
        let stand = [(HEDY, "outside"), (ALAN, "member"), (EMMY, "member")];
        self.expect("table_grants_fall_with_the_giver", case, &staying, &stand)?;

        self.judge_bans(&cases.lifted, &cases.banned)?;
        self.judge_joins(&cases.fresh, &cases.surplus)
    }

    /// A ban outlives an unban of less rank, and one that did not see it.
    fn judge_bans(&mut self, lifted: &Case, banned: &Case) -> Result<()> {
        let link = self.invite(lifted, ADA, 1)?;
        self.person(MARY)?.join(&link)?;
        until("Mary to be refused", STEP, || {
            let view = self.person(MARY)?.community(&lifted.id)?;
            Ok((view["joining"]["refused"] == json!("banned")).then_some(()))
        })?;
        let all = [ADA, GRACE, HEDY];
        self.settle(lifted, &all)?;
        self.expect(
            "table_unban_of_less_rank",
            lifted,
            &all,
            &[(MARY, "banned")],
        )?;

        self.settle(banned, &[ADA, HEDY])?;
        let stand = [(MARY, "banned"), (GRACE, "member")];
        self.expect("table_ban_beats_unban", banned, &[ADA, HEDY], &stand)?;
        let mut faults = Vec::new();
        for who in [ADA, HEDY] {
            let view = self.person(who)?.community(&banned.id)?;
            let name = &view["channels"][0]["name"];
            if *name != json!("là-bas") {
                let who = self.person(who)?.name();
                faults.push(format!("the channel is {name} for {who}"));
            }
        }
        self.verdict.check("table_last_rename_counts", faults);
        self.unban(banned, ADA, MARY)?;
        self.settle(banned, &[ADA, HEDY])?;
        let stand = [(MARY, "outside")];
        self.expect("table_unban_after", banned, &[ADA, HEDY], &stand)
    }

    /// A removal outlives a joining that did not see it; an invite lets in as many as it says, wherever they come in.
    fn judge_joins(&mut self, fresh: &Case, surplus: &Case) -> Result<()> {
        let by = [ADA, EMMY];
        self.settle(fresh, &by)?;
        self.expect("table_kick_beats_join", fresh, &by, &[(ALAN, "outside")])?;
        until("Alan to learn of it", STEP, || {
            let view = self.person(ALAN)?.community(&fresh.id)?;
            Ok((view["standing"] == json!("removed")).then_some(()))
        })?;
        let again = self.invite(fresh, EMMY, 1)?;
        self.enter(fresh, ALAN, &again)?;
        self.settle(fresh, &[ADA, EMMY, ALAN])?;
        self.expect("table_rejoins_after", fresh, &by, &[(ALAN, "member")])?;

        self.settle(surplus, &by)?;
        let mut stand = vec![
            self.stands(surplus, KATHERINE, ADA)?,
            self.stands(surplus, MARY, ADA)?,
        ];
        stand.sort();
        let right = stand == ["member", "suspended"];
        let fault = (!right).then(|| format!("two who came by a link for one are {stand:?}"));
        self.verdict
            .check("table_surplus_is_suspended", fault.into_iter().collect());
        Ok(())
    }

    fn expect(
        &mut self,
        name: &'static str,
        case: &Case,
        by: &[usize],
        expected: &[(usize, &str)],
    ) -> Result<()> {
        let mut faults = Vec::new();
        for (of, standing) in expected {
            for one in by {
                let found = self.stands(case, *of, *one)?;
                if found != *standing {
                    let (of, by) = (self.person(*of)?.name(), self.person(*one)?.name());
                    faults.push(format!("{of} is {found} for {by}, not {standing}"));
                }
            }
        }
        self.verdict.check(name, faults);
        Ok(())
    }
}
