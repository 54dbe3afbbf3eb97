//! Two real windows on two displays in two networks of one cable, driven with keys and a pointer, and pictures of it.
//!
//! By hand only: it needs X servers without a screen, and takes minutes. `docs/tour.md` shows what comes out.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use crate::command::{Workspace, output, run, say};
use crate::platform;

/// What happens inside: the place, eyes and hands, the story.
const INSIDE: &str = include_str!("tour.sh");

/// Names another program to drive in the place of the one that would be built.
const WINDOW: &str = "LESCOPAINS_WINDOW";

/// What the story is told with, and the Debian packages that bring it.
const TOOLS: [(&str, &str); 11] = [
    ("unshare", "util-linux"),
    ("nsenter", "util-linux"),
    ("ip", "iproute2"),
    ("Xvfb", "xvfb"),
    ("setxkbmap", "x11-xkb-utils"),
    ("xdotool", "xdotool"),
    ("xclip", "xclip"),
    ("import", "imagemagick"),
    ("compare", "imagemagick"),
    ("curl", "curl"),
    ("jq", "jq"),
];

/// `cargo xtask tour [DIR]`: drives both windows and leaves a picture of each step in the folder.
///
/// # Errors
/// When a tool is missing, the window cannot be built, or a step does not come true: then a line of the story names it.
pub(crate) fn tour(workspace: &Workspace, rest: &[String]) -> Result<()> {
    for (tool, package) in TOOLS {
        let found = output(
            workspace
                .program("sh")
                .args(["-c", "command -v \"$1\"", "sh", tool]),
        );
        if found.is_err() {
            bail!("tour needs {tool} (Debian: apt-get install {package})");
        }
    }
    let pictures = match rest.first() {
        Some(folder) => std::path::absolute(Path::new(folder)).context("naming the folder")?,
        None => workspace.target().join("tour"),
    };
    fs::create_dir_all(&pictures).with_context(|| format!("making {}", pictures.display()))?;
    let window = window(workspace)?;
    let place = PathBuf::from(
        output(
            workspace
                .program("mktemp")
                .args(["--directory", "/var/tmp/lescopains-tour.XXXXXX"]),
        )?
        .trim_end(),
    );
    let outcome = drive(workspace, &place, &window, &pictures);
    // The mounts ended with the namespaces, so this removes only what was made here.
    fs::remove_dir_all(&place).with_context(|| format!("removing {}", place.display()))?;
    outcome?;
    say(&format!("the pictures lie in {}", pictures.display()));
    Ok(())
}

/// The window to drive: the one named, or the one of this tree, built first.
fn window(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = env::var_os(WINDOW) {
        return std::path::absolute(named).context("naming the window");
    }
    run(&mut workspace.cargo([
        "build",
        "--package",
        "lescopains-gui",
        "--bin",
        "lescopains",
    ]))?;
    Ok(workspace.target().join("debug/lescopains"))
}

fn drive(workspace: &Workspace, place: &Path, window: &Path, pictures: &Path) -> Result<()> {
    let story = place.join("tour.sh");
    fs::write(&story, INSIDE).with_context(|| format!("writing {}", story.display()))?;
    let mut inside = workspace.program("unshare");
    if !platform::is_root() {
        inside.args(["--user", "--map-root-user"]);
    }
    inside.args(["--net", "--mount", "--pid", "--fork", "--kill-child"]);
    inside.args(["--mount-proc", "sh"]).arg(story);
    run(inside.arg(place).arg(window).arg(pictures)).context("the tour did not reach its end")
}
