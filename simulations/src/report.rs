//! What came of a run: one line for people, and what is needed to run it again.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::options::Options;

/// A checker's finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which checker.
    pub checker: &'static str,
    /// What it found.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.checker, self.what)
    }
}

/// What can be run again: a file of `regressions/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Why it is kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The seed.
    pub seed: u64,
    /// What happens; drawn from the seed if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// What could happen.
    pub options: Options,
    /// What was found, if anything.
    pub violation: Option<Violation>,
    /// Inputs handled by all cores.
    pub inputs: u64,
    /// Messages acknowledged to their authors.
    pub messages: u64,
    /// Things that happened, by kind.
    pub counts: BTreeMap<&'static str, u64>,
    /// Virtual time, in milliseconds.
    pub virtual_ms: u64,
    /// Hash over all inputs and outputs.
    pub hash: String,
    /// The last inputs and outputs.
    pub last_lines: Vec<String>,
}

impl Report {
    /// How often something happened.
    #[must_use]
    pub fn count(&self, kind: &str) -> u64 {
        self.counts.get(kind).copied().unwrap_or(0)
    }

    /// What runs this again.
    #[must_use]
    pub fn recipe(&self) -> Recipe {
        Recipe {
            why: String::new(),
            seed: self.seed,
            options: Some(self.options.clone()),
        }
    }

    /// The failure with everything that helps to find its cause.
    #[must_use]
    pub fn story(&self) -> String {
        let mut story = self.last_lines.join("\n");
        let recipe = serde_json::to_string(&self.recipe()).unwrap_or_default();
        story.push_str(&format!("\nreplay with this in a file: {recipe}\n{self}"));
        story
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = self.hash.get(..16).unwrap_or_default();
        write!(
            f,
            "seed {} {} inputs {} messages {} virtual {} s",
            self.seed,
            if self.violation.is_none() {
                "ok"
            } else {
                "FAILED"
            },
            self.inputs,
            self.messages,
            self.virtual_ms / 1_000
        )?;
        for (kind, count) in &self.counts {
            write!(f, " {kind} {count}")?;
        }
        write!(f, " hash {hash}")?;
        match &self.violation {
            Some(violation) => write!(f, "\n  {violation}"),
            None => Ok(()),
        }
    }
}
