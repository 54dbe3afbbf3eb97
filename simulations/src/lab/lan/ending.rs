//! How `world lan` ends: everything must arrive, all histories are compared, and wire and disks
//! are searched for what was said.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Play;
use crate::lab::api::Deed;
use crate::lab::capture::Frames;
use crate::lab::cast::search_folder;
use crate::lab::ledger::{Ending, Entry, judge};
use crate::lab::node::Node;
use crate::lab::search::{Search, Secret};
use crate::lab::tell::Verdict;

/// Frames below which a clean capture proves nothing.
const FRAMES_MIN: usize = 1_000;

/// Part of the frames counted by the kernel that the capture must have seen, in thousandths.
const FRAMES_SEEN_PERMILLE: u64 = 999;

/// How long everything may take to reach everybody once nobody writes any more. A killed node's
/// links are noticed late, and what was lost with them is sent again after up to a minute.
const QUIET_TIMEOUT: Duration = Duration::from_secs(90);

/// Messages shown of a conversation: enough to see that it is one.
const RECITED: usize = 6;

/// Pause between two looks at all histories.
const LOOK: Duration = Duration::from_millis(250);

impl Play<'_> {
    /// Waits until every history is as it must be, or for so long that it never will; then the
    /// checks say what is wrong.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.tell.say(
            "Plus personne n'écrit ; tout doit arriver.",
            "Nobody writes any more; everything must arrive.",
        );
        let entries = self.ledger.entries();
        let began = self.tell.elapsed();
        let judged = loop {
            let judged = self.histories(&entries)?;
            if judged.passed() || self.tell.elapsed() - began > QUIET_TIMEOUT {
                break judged;
            }
            std::thread::sleep(LOOK);
        };
        let took = (self.tell.elapsed() - began).as_secs_f32();
        if judged.passed() {
            self.tell.say(
                &format!("Tout est arrivé en {took:.1} s ; les histoires sont égales."),
                &format!("Everything arrived within {took:.1} s; histories are equal."),
            );
        }
        self.recite()?;
        self.verdict.join(judged);
        self.verdict.figure("settled_s", took);
        self.verdict
            .check("nothing_refused", self.ledger.refusals());
        let short = self.plan.kills.saturating_sub(self.kills);
        let missing = (short > 0).then(|| format!("{short} kills too few"));
        self.verdict
            .check("killed_inside_bursts", missing.into_iter().collect());
        self.count(&entries);
        Ok(())
    }

    /// Shows how the first conversation ends, as the second person sees it.
    fn recite(&self) -> Result<()> {
        let Some([other, reader]) = self.pair(0, 1) else {
            return Ok(());
        };
        let history = reader.api().history(&other.me().account)?;
        let name = reader.name();
        self.tell.say(
            &format!("La conversation chez {name} finit ainsi :"),
            &format!("The conversation at {name}'s ends like this:"),
        );
        for message in history.iter().rev().take(RECITED).rev() {
            let author = if message.author == other.me().account {
                other
            } else {
                reader
            };
            let body = message.body.as_deref().unwrap_or("×");
            let answers = if message.reply_to.is_some() {
                "↪ "
            } else {
                ""
            };
            let edited = if message.edited { " ✎" } else { "" };
            let reactions: String = message
                .reactions
                .iter()
                .map(|reaction| format!(" {}", reaction.emoji))
                .collect();
            let line = format!("    {}: {answers}{body}{edited}{reactions}", author.name());
            self.tell.say(&line, &line);
        }
        Ok(())
    }

    /// Compares all histories with what was answered.
    fn histories(&self, entries: &[Entry]) -> Result<Verdict> {
        let mut verdict = Verdict::default();
        for (one, other) in &self.pairs {
            let Some([a, b]) = self.pair(*one, *other) else {
                continue;
            };
            let (left, right) = (&a.me().account, &b.me().account);
            let histories = [a.api().history(right)?, b.api().history(left)?];
            let known = [a.known(), b.known()];
            let ending = Ending {
                names: [a.name(), b.name()],
                accounts: [left, right],
                known: [&known[0], &known[1]],
                histories: [&histories[0], &histories[1]],
            };
            judge(&ending, entries, &mut verdict);
        }
        Ok(verdict)
    }

    fn count(&mut self, entries: &[Entry]) {
        let repeated = entries.iter().filter(|entry| entry.calls > 1).count();
        let none =
            (repeated == 0).then(|| "no call went unanswered: nothing was tested".to_owned());
        self.verdict
            .check("calls_were_repeated", none.into_iter().collect());
        let count =
            |wanted: fn(&Deed) -> bool| entries.iter().filter(|entry| wanted(&entry.deed)).count();
        let verdict = &mut self.verdict;
        verdict.figure("calls_repeated", repeated);
        verdict.figure("kills", self.kills);
        verdict.figure("messages", count(|deed| matches!(deed, Deed::Write { .. })));
        verdict.figure(
            "replies",
            count(|d| {
                matches!(
                    d,
                    Deed::Write {
                        reply_to: Some(_),
                        ..
                    }
                )
            }),
        );
        verdict.figure("edits", count(|deed| matches!(deed, Deed::Edit { .. })));
        verdict.figure("deletes", count(|deed| matches!(deed, Deed::Delete { .. })));
        verdict.figure(
            "reactions",
            count(|deed| matches!(deed, Deed::React { .. })),
        );
        verdict.figure("people", self.cast.len());
    }

    /// Ends every node in order; each must end well.
    pub(super) fn stop(&mut self) -> Result<()> {
        let stopped = self.cast.iter().map(|member| member.with_node(Node::stop));
        let faults = stopped
            .filter_map(Result::err)
            .map(|error| format!("{error:#}"));
        let faults = faults.collect();
        self.verdict.check("stopped_in_order", faults);
        Ok(())
    }

    /// Searches what crossed the switch; `counted` is how many frames the kernel counted.
    pub(super) fn search_wire(&mut self, frames: &Frames, counted: u64) {
        let seen = frames.len();
        let mut faults: Vec<String> = Vec::new();
        // Without these, a search that finds nothing says nothing.
        if seen < FRAMES_MIN {
            faults.push(format!(
                "{seen} frames prove nothing; {FRAMES_MIN} are wanted"
            ));
        }
        let lost = counted.saturating_sub(u64::try_from(seen).unwrap_or(u64::MAX));
        if lost * 1_000 > counted * (1_000 - FRAMES_SEEN_PERMILLE) {
            faults.push(format!("{lost} of {counted} frames were not captured"));
        }
        faults.extend(
            self.search
                .too_short()
                .iter()
                .map(|what| format!("{what} is too short")),
        );
        self.verdict.check("capture_complete", faults);
        let found = frames.iter().enumerate().filter_map(|(number, frame)| {
            self.search
                .find(frame)
                .map(|finding| format!("frame {number}: {finding}"))
        });
        self.verdict.check("wire_no_plaintext", found.collect());
        self.verdict.figure("frames", seen);
        self.verdict.figure("frames_not_captured", lost);
        self.verdict.figure("bytes_on_wire", frames.bytes());
        self.verdict
            .figure("secrets_searched", self.search.secrets());
        let secrets = self.search.secrets();
        self.tell.say(
            &format!("{seen} trames cherchées pour {secrets} secrets, sous toutes leurs formes."),
            &format!("{seen} frames were searched for {secrets} secrets, in every dress."),
        );
    }

    /// Searches what lies on the disks now, and says what was found there at the kills.
    pub(super) fn search_disk(&mut self) -> Result<()> {
        let mut findings = std::mem::take(&mut self.found_on_disk);
        let said = Search::new(self.phrases.said().map(|body| Secret::text(body, body)));
        for member in &self.cast {
            let profile = member.with_node(|node| node.profile().to_owned());
            findings.extend(search_folder(&self.search, &profile)?);
            let log = member.with_node(|node| node.log().to_owned());
            let log = std::fs::read(&log).context("a node's log cannot be read")?;
            let told = said
                .find(&log)
                .map(|finding| format!("{}: {finding}", member.name()));
            self.verdict
                .check("logs_no_text", told.into_iter().collect());
        }
        let faults = findings.iter().map(ToString::to_string).collect();
        self.verdict.check("disk_canary", faults);
        Ok(())
    }

    /// The figures of the whole.
    pub(super) fn sum_up(&mut self) {
        self.verdict
            .figure("links_back_s", self.links_took.as_secs_f32());
        self.verdict
            .figure("seconds", self.tell.elapsed().as_secs());
        self.verdict.figure("seed", self.plan.seed);
    }
}
