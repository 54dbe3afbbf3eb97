//! What differs between operating systems, in one place: signals, the terminal, folders. Unix today.

use std::ffi::OsString;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Whether somebody asked this program to end: Ctrl-C, a closed terminal, or a kill.
#[derive(Debug)]
pub(crate) struct Ending(Arc<AtomicBool>);

impl Ending {
    /// From now on those signals are noted here instead of ending this program at once.
    ///
    /// # Errors
    /// When the system refuses the handler.
    pub(crate) fn watch() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&asked))
                .context("watching for Ctrl-C")?;
        }
        Ok(Self(asked))
    }

    /// For tests: nobody asks.
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    /// For tests: somebody asked already.
    #[cfg(test)]
    pub(crate) fn now() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// Whether one came since `watch`.
    pub(crate) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Asks a child to end in its own time (SIGTERM). One that already ended is left alone.
pub(crate) fn ask_to_end(child: &mut Child) {
    let ended = child.try_wait().is_ok_and(|status| status.is_some());
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return;
    };
    if !ended && let Err(error) = kill_process(pid, Signal::TERM) {
        eprintln!("x: process {pid} could not be asked to end: {error}");
    }
}

/// Whether this program may mount and change root.
pub(crate) fn is_root() -> bool {
    geteuid().is_root()
}

/// Whether a person can answer: standard input is a terminal.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal()
}

/// Where this person's profile lies unless told otherwise.
///
/// # Errors
/// When the system names no home folder.
pub(crate) fn default_profile(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    if let Some(data) = variable("XDG_DATA_HOME").filter(|data| !data.is_empty()) {
        return Ok(PathBuf::from(data).join("lescopains"));
    }
    let home = variable("HOME").context("HOME is not set: say --profile DIR")?;
    let below = if cfg!(target_os = "macos") {
        "Library/Application Support/lescopains"
    } else {
        ".local/share/lescopains"
    };
    Ok(PathBuf::from(home).join(below))
}

/// Whether a window can be opened here at all.
pub(crate) fn has_display(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", target_os = "windows"))
        || is_set("DISPLAY")
        || is_set("WAYLAND_DISPLAY")
}

/// One line typed by the person, without its end; empty where the input ended.
///
/// # Errors
/// When the terminal cannot be read.
pub(crate) fn line() -> Result<String> {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.context("reading the terminal")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// One line typed unseen.
///
/// A shell does it, so that Ctrl-C ends this program while the shell still gives the terminal back as it was.
///
/// # Errors
/// When the terminal cannot be read, or cannot hide what is typed: then nothing is read.
pub(crate) fn hidden_line() -> Result<String> {
    let out = Command::new("sh")
        .args(["-c", READ_UNSEEN])
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .context("starting a shell to read a passphrase")?;
    if !out.status.success() {
        bail!("the terminal cannot hide what is typed ({})", out.status);
    }
    String::from_utf8(out.stdout).context("a passphrase is UTF-8")
}

/// Prints the line that it read, without its end; the Enter that ended it is shown, as any other would be.
const READ_UNSEEN: &str = r#"
saved=$(stty -g) || exit 1
trap 'stty "$saved"; exit 130' INT TERM HUP
stty -echo
IFS= read -r line
stty "$saved"
echo >&2
printf %s "$line"
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(variables: &[(&str, &str)]) -> Result<PathBuf> {
        default_profile(|name| {
            let found = variables.iter().find(|(each, _)| *each == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_profile_lies_where_the_system_keeps_data() {
        let both = profile(&[("XDG_DATA_HOME", "/data"), ("HOME", "/home/ada")]);
        assert_eq!(both.unwrap(), PathBuf::from("/data/lescopains"));
        let home = profile(&[("XDG_DATA_HOME", ""), ("HOME", "/home/ada")]).unwrap();
        assert!(home.starts_with("/home/ada") && home.ends_with("lescopains"));
        assert!(profile(&[]).is_err());
    }

    #[test]
    fn a_child_that_is_asked_ends_and_one_that_ended_is_left_alone() {
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        ask_to_end(&mut child);
        assert!(!child.wait().unwrap().success());
        ask_to_end(&mut child);
    }
}
