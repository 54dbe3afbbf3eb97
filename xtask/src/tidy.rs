//! The house rules that no compiler knows, made executable so that taste needs no meetings.

mod layout;
mod manifest;
mod marks;
mod modules;
mod purity;
mod settings;
mod size;
mod tree;

use std::fmt;

use anyhow::{Result, bail};

use crate::command::{Workspace, say};

/// One broken rule, at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    /// The file or folder, relative to the root, with `/` between its parts.
    path: String,
    /// Counted from 1; `None` where the whole file is meant.
    line: Option<usize>,
    /// What is wrong and what to do.
    what: String,
}

impl Problem {
    fn new(path: &str, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: None,
            what: what.into(),
        }
    }

    fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            line: Some(line),
            ..Self::new(path, what)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.path, self.what),
            None => write!(formatter, "{}: {}", self.path, self.what),
        }
    }
}

/// `cargo xtask tidy`: prints every problem there is, not only the first.
///
/// # Errors
/// When a rule is broken, or the tree cannot be read.
pub(crate) fn tidy(workspace: &Workspace) -> Result<()> {
    let files = tree::read(&workspace.root)?;
    let mut problems = layout::check(&tree::top_level(&workspace.root)?);
    problems.extend(files.iter().flat_map(size::check));
    problems.extend(files.iter().flat_map(marks::check));
    problems.extend(modules::check(&files));
    problems.extend(manifest::check(&files));
    problems.extend(settings::check(&files));
    problems.extend(purity::check(workspace)?);
    problems.sort();
    problems.dedup();
    for problem in &problems {
        eprintln!("tidy: {problem}");
    }
    if !problems.is_empty() {
        bail!("tidy: {} problems", problems.len());
    }
    say(&format!("tidy: {} files in order", files.len()));
    Ok(())
}
