//! A place of its own for a world: namespaces that need no root and leave nothing behind.
//!
//! The simulator starts itself again under `unshare`, as root of a user namespace of its own, with
//! its own network, mounts and process ids. The second self is process 1 in there, so the kernel
//! ends every node with it, however it ends. The first self holds the second's standard input:
//! when it is interrupted or killed, that input ends, and so does the second.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// What the sandbox is made of, where the kernel lets anybody make user namespaces.
const WITH_USER: &[&str] = &["--user", "--map-root-user", "--net", "--mount", "--pid"];

/// The same for a root that may not make user namespaces.
const AS_ROOT: &[&str] = &["--net", "--mount", "--pid"];

/// How `unshare` ties the second self to itself.
const TIED: &[&str] = &["--fork", "--kill-child", "--mount-proc"];

/// Tries to remove the folder of an interrupted world, 50 ms apart: nodes that are about to end
/// may still make files in it.
const REMOVALS_MAX: usize = 20;

/// Runs `WORDS ARGS…` of this very program inside a sandbox and waits for its verdict.
///
/// # Errors
/// When a tool is missing or the kernel refuses the namespaces; the text says what to do. When
/// the second self ended without a verdict.
pub(crate) fn run_inside(words: [&str; 2], args: &[String]) -> Result<bool> {
    for (tool, package) in [
        ("unshare", "util-linux"),
        ("nsenter", "util-linux"),
        ("ip", "iproute2"),
    ] {
        require(tool, package)?;
    }
    let namespaces = allowed()?;
    let me = std::env::current_exe().context("this program does not find its own file")?;
    let mut second = Command::new("unshare")
        .args(namespaces)
        .args(TIED)
        .arg(me)
        .args(words)
        .args(args)
        .stdin(Stdio::piped())
        .spawn()
        .context("unshare could not be started")?;
    // Held to the end: its closing is how the second self learns that this one is gone.
    let _tether = second.stdin.take();
    let status = second
        .wait()
        .context("the world inside the sandbox was lost")?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => bail!("the world inside the sandbox ended without a verdict ({status})"),
    }
}

fn require(tool: &str, package: &str) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    if std::env::split_paths(&path)
        .chain(usual)
        .any(|folder| folder.join(tool).is_file())
    {
        return Ok(());
    }
    bail!("`{tool}` is missing; it is in the package {package} (apt-get install {package})")
}

fn allowed() -> Result<&'static [&'static str]> {
    let mut refusal = String::new();
    for namespaces in [WITH_USER, AS_ROOT] {
        let tried = Command::new("unshare")
            .args(namespaces)
            .args(TIED)
            .arg("true")
            .output();
        let tried = tried.context("unshare could not be started")?;
        if tried.status.success() {
            return Ok(namespaces);
        }
        if refusal.is_empty() {
            refusal = String::from_utf8_lossy(&tried.stderr).trim().to_owned();
        }
    }
    bail!(
        "this kernel lets us make no namespaces ({refusal}). Either run as root, or allow user \
         namespaces: sysctl user.max_user_namespaces=10000, kernel.unprivileged_userns_clone=1, \
         kernel.apparmor_restrict_unprivileged_userns=0 (those that exist here)"
    )
}

/// Ends this process, the second self, with everything in the sandbox, once the first self is
/// gone; removes `folder` before.
pub(crate) fn end_with_parent(folder: &Path) {
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        // Nobody writes there: whatever this returns, the first self is gone.
        let ended = std::io::stdin().read(&mut [0]);
        drop(ended);
        for _ in 0..REMOVALS_MAX {
            if std::fs::remove_dir_all(&folder).is_ok() && !folder.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        std::process::exit(130);
    });
}

/// Where the profiles of a world lie, and whether they stay there.
#[derive(Debug)]
pub(crate) struct Ground {
    folder: tempfile::TempDir,
}

impl Ground {
    /// A fresh folder.
    ///
    /// # Errors
    /// When there is no room for temporary files.
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("lescopains-lab-").tempdir();
        Ok(Self {
            folder: folder.context("no temporary folder")?,
        })
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Keeps it for whoever wants to look into it.
    #[must_use]
    pub(crate) fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}
