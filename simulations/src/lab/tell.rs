//! How a world tells its story, and the verdict that it ends with.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

/// The teller: short sentences with the time, in the language of the reader.
#[derive(Debug)]
pub(crate) struct Tell {
    begun: Instant,
    french: bool,
    aside: bool,
}

impl Tell {
    /// A teller in the language of `LC_ALL` or `LANG`. `aside`: to standard error, because
    /// standard output belongs to a program.
    #[must_use]
    pub(crate) fn new(aside: bool) -> Self {
        let language = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        let french = language.is_some_and(|language| language.starts_with("fr"));
        Self {
            begun: Instant::now(),
            french,
            aside,
        }
    }

    /// Says one thing, in French or in English.
    pub(crate) fn say(&self, french: &str, english: &str) {
        let seconds = self.begun.elapsed().as_secs_f32();
        let said = if self.french { french } else { english };
        let line = format!("{seconds:6.1} s  {said}\n");
        // A reader that is gone misses nothing.
        drop(if self.aside {
            std::io::stderr().write_all(line.as_bytes())
        } else {
            std::io::stdout().write_all(line.as_bytes())
        });
    }

    /// Time since the story began.
    #[must_use]
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}

/// What a world found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    checks: BTreeMap<&'static str, bool>,
    figures: BTreeMap<&'static str, Value>,
    faults: Vec<String>,
}

/// Faults told of one check; the rest are counted only.
const FAULTS_TOLD: usize = 5;

impl Verdict {
    /// Records a check: it passed if there are no faults. The first few are told.
    pub(crate) fn check(&mut self, name: &'static str, faults: Vec<String>) {
        let passed = faults.is_empty();
        let all = self.checks.entry(name).or_insert(true);
        *all &= passed;
        let more = faults.len().saturating_sub(FAULTS_TOLD);
        self.faults.extend(
            faults
                .into_iter()
                .take(FAULTS_TOLD)
                .map(|f| format!("{name}: {f}")),
        );
        if more > 0 {
            self.faults.push(format!("{name}: and {more} more"));
        }
    }

    /// Takes over all that another verdict found.
    pub(crate) fn join(&mut self, other: Self) {
        for (name, passed) in other.checks {
            *self.checks.entry(name).or_insert(true) &= passed;
        }
        self.figures.extend(other.figures);
        self.faults.extend(other.faults);
    }

    /// Records a figure.
    pub(crate) fn figure(&mut self, name: &'static str, value: impl Into<Value>) {
        self.figures.insert(name, value.into());
    }

    /// Names of the checks that failed.
    #[must_use]
    pub(crate) fn failed(&self) -> Vec<&'static str> {
        self.checks
            .iter()
            .filter(|(_, passed)| !**passed)
            .map(|(name, _)| *name)
            .collect()
    }

    /// Whether there were checks, and all passed.
    #[must_use]
    pub(crate) fn passed(&self) -> bool {
        !self.checks.is_empty() && self.checks.values().all(|passed| *passed)
    }

    /// Tells what was found; with `as_json`, also as one line on standard output.
    ///
    /// # Errors
    /// When standard output is closed.
    pub(crate) fn tell(&self, world: &str, tell: &Tell, as_json: bool) -> Result<()> {
        for (name, passed) in &self.checks {
            let mark = if *passed { "✓" } else { "✗" };
            tell.say(&format!("{mark} {name}"), &format!("{mark} {name}"));
        }
        for fault in &self.faults {
            tell.say(&format!("  {fault}"), &format!("  {fault}"));
        }
        let (well, ill) = (self.passed(), self.failed().len());
        if well {
            tell.say("Tout est juste.", "All is well.");
        } else {
            let french = format!("{ill} vérification(s) en échec.");
            tell.say(&french, &format!("{ill} check(s) failed."));
        }
        if as_json {
            let line = json!({
                "world": world,
                "passed": well,
                "checks": self.checks,
                "figures": self.figures,
            });
            writeln!(std::io::stdout().lock(), "{line}")?;
        }
        Ok(())
    }
}

/// Looks again and again until `look` has an answer.
///
/// # Errors
/// When there is none in time, naming what was waited for; or when looking fails.
pub(crate) fn until<T>(
    what: &str,
    timeout: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if begun.elapsed() > timeout {
            bail!("waited {timeout:?} in vain: {what}");
        }
        std::thread::sleep(Duration::from_millis(30));
    }
}
