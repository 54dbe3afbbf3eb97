//! `./x screenshot DIR`: every screen of the window as a picture, drawn from fixtures.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::command::{Workspace, run};

/// Draws every screen in both themes, both languages and three sizes.
///
/// # Errors
/// When no folder was named, or the build or the drawing fails.
pub(crate) fn screenshot(workspace: &Workspace, rest: &[String]) -> Result<()> {
    let folder = rest.first().context("where to? ./x screenshot DIR")?;
    let folder = std::path::absolute(Path::new(folder)).context("naming the folder")?;
    let example = [
        "run",
        "--package",
        "lescopains-gui",
        "--features",
        "testing",
        "--example",
        "screens",
    ];
    run(workspace
        .cargo(example)
        .arg("--")
        .arg(folder)
        .args(rest.get(1..).unwrap_or_default()))
}
