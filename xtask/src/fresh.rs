//! Proves the README's two lines where nothing was done before: a minimal Debian, a fresh clone, the doors.
//!
//! By hand only: it needs root, debootstrap, a Debian mirror and half an hour.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use crate::command::{Workspace, output, run, say};
use crate::platform;

/// What happens inside: mounts in a namespace of their own, `./x run` ended by SIGINT, `./x test`.
const INSIDE: &str = include_str!("fresh.sh");

/// The oldest Debian that we promise.
const SUITE: &str = "bookworm";

/// `cargo xtask fresh`: HEAD as committed, in a root made by debootstrap, with this toolchain mounted.
///
/// # Errors
/// When a tool is missing, or either door fails inside.
pub(crate) fn fresh(workspace: &Workspace) -> Result<()> {
    if !platform::is_root() {
        bail!("fresh mounts and changes root: run it as root");
    }
    for tool in ["debootstrap", "git", "unshare", "chroot"] {
        let found = output(
            workspace
                .program("sh")
                .args(["-c", "command -v \"$1\"", "sh", tool]),
        );
        if found.is_err() {
            bail!("fresh needs {tool}: install it and call again");
        }
    }
    let place = PathBuf::from(
        output(
            workspace
                .program("mktemp")
                .args(["--directory", "/var/tmp/lescopains-fresh.XXXXXX"]),
        )?
        .trim_end(),
    );
    say(&format!("a minimal Debian grows in {}", place.display()));
    let outcome = prove(workspace, &place);
    // The mounts ended with the namespace, so this removes only what was made here.
    fs::remove_dir_all(&place).with_context(|| format!("removing {}", place.display()))?;
    outcome
}

fn prove(workspace: &Workspace, place: &Path) -> Result<()> {
    let root = place.join("root");
    run(workspace
        .program("debootstrap")
        .args(["--variant=minbase", SUITE])
        .arg(&root))?;
    let clone = root.join("root/lescopains");
    let mut origin = std::ffi::OsString::from("file://");
    origin.push(&workspace.root);
    run(workspace
        .program("git")
        .args(["clone", "--quiet", "--depth=1"])
        .arg(origin)
        .arg(&clone))?;
    fs::copy("/etc/resolv.conf", root.join("etc/resolv.conf")).context("copying resolv.conf")?;
    run(workspace
        .program("unshare")
        .args(["--mount", "--pid", "--fork", "--kill-child"])
        .args(["sh", "-c", INSIDE, "fresh"])
        .arg(place)
        .arg(home_of("RUSTUP_HOME", ".rustup")?)
        .arg(home_of("CARGO_HOME", ".cargo")?))
}

/// A tool's folder: where its variable says, or below the home folder.
fn home_of(variable: &str, folder: &str) -> Result<PathBuf> {
    if let Some(set) = env::var_os(variable) {
        return Ok(PathBuf::from(set));
    }
    let home =
        env::var_os("HOME").with_context(|| format!("neither {variable} nor HOME is set"))?;
    Ok(Path::new(&home).join(folder))
}
