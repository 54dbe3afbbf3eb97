//! Licences, bans and sources of everything that we build on, and the advisories where a database can be had.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::command::{Workspace, output, run, say};

/// The stored advisories beside the checkout, as plain files.
const STORED: &str = "../shared/advisory-db";

/// Where `deny.toml` says that databases lie; below the target folder, because it can always be made again.
const DATABASES: &str = "target/advisory-dbs";

/// What cargo-deny calls the checkout of RustSec's database: its name and a hash of its address.
const CHECKOUT: &str = "advisory-db-3157b0e258782691";

/// Checks everything that cargo-deny can.
///
/// # Errors
/// When cargo-deny complains. A missing advisory database is a printed skip, not an error.
pub(crate) fn deny(workspace: &Workspace) -> Result<()> {
    workspace.need_subcommand("deny")?;
    // cargo-deny looks at every target's packages; `--offline` below finds them only if all are fetched.
    run(&mut workspace.cargo(["fetch", "--locked", "--quiet"]))?;
    run(&mut workspace.cargo([
        "deny",
        "--offline",
        "--locked",
        "--all-features",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))?;
    if !database(workspace)? {
        say("skipped: advisories, for there is no database here and no network to fetch one");
        return Ok(());
    }
    run(&mut workspace.cargo([
        "deny",
        "--offline",
        "--locked",
        "--all-features",
        "check",
        "--hide-inclusion-graph",
        "advisories",
    ]))
}

/// Makes an advisory database available: the stored one, or RustSec's own over the network.
fn database(workspace: &Workspace) -> Result<bool> {
    let stored = workspace.root.join(STORED);
    if stored.is_dir() {
        return checkout(workspace, &stored).map(|()| true);
    }
    let fetched = workspace
        .cargo(["deny", "fetch", "db"])
        .status()
        .context("`cargo deny fetch db` could not be started")?;
    Ok(fetched.success())
}

/// Turns the plain files into the git checkout that cargo-deny insists on.
fn checkout(workspace: &Workspace, stored: &Path) -> Result<()> {
    let place = workspace.root.join(DATABASES).join(CHECKOUT);
    if place.exists() {
        fs::remove_dir_all(&place).with_context(|| format!("removing {}", place.display()))?;
    }
    fs::create_dir_all(&place).with_context(|| format!("making {}", place.display()))?;
    let git = |arguments: &[&str]| {
        let mut git = workspace.program("git");
        // Nothing of the person's own settings: no signing, no hooks, no name needed.
        git.env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_DIR", place.join(".git"))
            .env("GIT_WORK_TREE", &place)
            .args(["-c", "user.name=x", "-c", "user.email=x@localhost"])
            .args(arguments);
        output(&mut git)
    };
    run(workspace
        .program("cp")
        .arg("-R")
        .arg(stored.join("."))
        .arg(&place))?;
    git(&["init", "--quiet", "--initial-branch=main"])?;
    git(&["add", "--all", "--force"])?;
    git(&["commit", "--quiet", "--message=advisories as stored"])?;
    let commit = git(&["rev-parse", "HEAD"])?;
    let Some(commit) = commit.lines().next() else {
        bail!("git named no commit for the advisories");
    };
    let head = format!("{commit}\t\tbranch 'main' of https://github.com/RustSec/advisory-db\n");
    fs::write(place.join(".git/FETCH_HEAD"), head).context("writing FETCH_HEAD")
}
