//! Untrusted bytes against every decoder: libFuzzer without sanitizers, which the stable toolchain can do.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::command::{Workspace, run, say};

/// Where fuzz targets are: each a workspace of its own, beside the crate whose decoders it runs.
pub(crate) const HOMES: [&str; 2] = ["protocol/fuzz", "storage/fuzz"];

/// What was asked after `./x fuzz`.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// One target, or all of them.
    target: Option<String>,
    /// How long each target runs; at least one second, for libFuzzer takes 0 for "without end".
    seconds: u32,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            target: None,
            seconds: 60,
        }
    }
}

impl Asked {
    fn parse(words: &[String]) -> Result<Self> {
        let mut asked = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--seconds" {
                asked.seconds = words
                    .next()
                    .and_then(|number| number.parse().ok())
                    .filter(|seconds| *seconds > 0)
                    .context("--seconds wants a whole number from 1 up")?;
            } else if word.starts_with('-') || asked.target.is_some() {
                bail!("usage: ./x fuzz [TARGET] [--seconds N]; I cannot place `{word}`");
            } else {
                asked.target = Some(word.clone());
            }
        }
        Ok(asked)
    }
}

/// `./x fuzz [TARGET] [--seconds N]`: each target for that long, stopping at the first finding.
///
/// New inputs go to the target folder; the corpus in the repository is only read.
///
/// # Errors
/// When a target does not exist, does not build, or finds something.
pub(crate) fn fuzz(workspace: &Workspace, rest: &[String]) -> Result<()> {
    let asked = Asked::parse(rest)?;
    let mut targets = Vec::new();
    for home in HOMES {
        let home = workspace.root.join(home);
        let names = names(&home.join("fuzz_targets"))?.into_iter();
        targets.extend(names.map(|name| Target {
            home: home.clone(),
            name,
        }));
    }
    if let Some(wanted) = &asked.target {
        let all: Vec<_> = targets.iter().map(|target| target.name.clone()).collect();
        targets.retain(|target| target.name == *wanted);
        if targets.is_empty() {
            bail!(
                "there is no fuzz target `{wanted}`; there are: {}",
                all.join(", ")
            );
        }
    }
    workspace.need_subcommand("fuzz")?;
    for target in &targets {
        target.run(workspace, asked.seconds)?;
    }
    say(&format!(
        "fuzz: {} targets clean, {} s each",
        targets.len(),
        asked.seconds
    ));
    Ok(())
}

/// One target and the folder that it is built in.
#[derive(Debug)]
struct Target {
    home: PathBuf,
    name: String,
}

impl Target {
    fn run(&self, workspace: &Workspace, seconds: u32) -> Result<()> {
        let found = workspace.target().join("fuzz-found").join(&self.name);
        fs::create_dir_all(&found).with_context(|| format!("making {}", found.display()))?;
        let mut command = workspace.cargo(["fuzz", "run", "-s", "none", "--fuzz-dir"]);
        command.arg(&self.home).arg("--target-dir");
        command.arg(workspace.target().join("fuzz"));
        command.arg(&self.name).arg(&found);
        let corpus = self.home.join("corpus").join(&self.name);
        if corpus.is_dir() {
            command.arg(corpus);
        }
        run(command.args(["--", &format!("-max_total_time={seconds}")]))
    }
}

/// The names of the targets in a folder: one file each, in order.
fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("looking for fuzz targets in {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && let Some(stem) = path.file_stem().and_then(|stem| stem.to_str())
        {
            names.push(stem.to_owned());
        }
    }
    if names.is_empty() {
        bail!("{} holds no fuzz target", folder.display());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Asked> {
        Asked::parse(
            &words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn nothing_asked_means_all_targets_for_a_minute() {
        assert_eq!(parse(&[]).unwrap(), Asked::default());
    }

    #[test]
    fn a_target_and_a_duration_come_in_any_order() {
        let expected = Asked {
            target: Some("frame".to_owned()),
            seconds: 5,
        };
        assert_eq!(parse(&["frame", "--seconds", "5"]).unwrap(), expected);
        assert_eq!(parse(&["--seconds", "5", "frame"]).unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        for words in [
            &["--seconds"][..],
            &["--seconds", "0"],
            &["--seconds", "soon"],
            &["--jobs", "2"],
            &["one", "two"],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
