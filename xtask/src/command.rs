//! Running other programs: where the workspace is, which cargo, and one line said before each step.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::{env, io, thread};

use anyhow::{Context as _, Result, anyhow, bail};

/// Where the project lies and what builds it.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// The cargo that runs this very program, so that a chosen toolchain stays chosen.
    cargo: OsString,
}

impl Workspace {
    /// The workspace that this program was built from.
    pub(crate) fn of_this_build() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: here.parent().unwrap_or(here).to_path_buf(),
            cargo: env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")),
        }
    }

    /// Cargo in the workspace's root, with these arguments.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.program(&self.cargo);
        command.args(arguments);
        command
    }

    /// Another program in the workspace's root.
    pub(crate) fn program(&self, name: impl Into<OsString>) -> Command {
        let mut command = Command::new(name.into());
        command.current_dir(&self.root);
        for (variable, _) in env::vars_os().filter(|(name, _)| is_about_us(name)) {
            command.env_remove(variable);
        }
        command
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from)
    }

    /// A program of ours, built in the same profile as this one.
    ///
    /// # Errors
    /// When the place of this program is unknown.
    pub(crate) fn built(&self, name: &str) -> Result<PathBuf> {
        let own = env::current_exe().context("where does this program lie?")?;
        let folder = own.parent().context("this program lies in no folder")?;
        Ok(folder.join(name))
    }

    /// Whether `cargo NAME` exists here.
    pub(crate) fn has_subcommand(&self, name: &str) -> bool {
        self.cargo([name, "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Makes sure that `cargo NAME` exists, compiling it from the registry where it does not.
    ///
    /// # Errors
    /// When the installation fails.
    pub(crate) fn need_subcommand(&self, name: &str) -> Result<()> {
        if self.has_subcommand(name) {
            return Ok(());
        }
        say(&format!(
            "cargo {name} is missing: compiling it once, into cargo's bin folder"
        ));
        let package = format!("cargo-{name}");
        // Not inside the workspace: its settings are ours, not that program's. Unoptimised: it is compiled in a third of the
        // time, and what it does here takes seconds either way.
        run(self
            .cargo(["install", "--debug", "--locked", &package])
            .current_dir(env::temp_dir()))
    }
}

/// Whether cargo set the variable to tell this program about itself.
///
/// Build scripts below (ring's) run anew when these change: left in place, every change between `./x` and a plain
/// `cargo` would compile half the tree again.
fn is_about_us(variable: &OsStr) -> bool {
    let about = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
    ];
    about
        .iter()
        .any(|start| variable.as_encoded_bytes().starts_with(start.as_bytes()))
}

/// One line about what happens next, apart from the output of what is run.
pub(crate) fn say(line: &str) {
    eprintln!("x: {line}");
}

/// The command as a person would type it.
fn typed(command: &Command) -> String {
    let mut words = vec![
        Path::new(command.get_program())
            .file_name()
            .unwrap_or_else(|| command.get_program())
            .to_string_lossy()
            .into_owned(),
    ];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into()));
    words.join(" ")
}

fn started(command: &Command, error: &io::Error) -> anyhow::Error {
    anyhow!("`{}` could not be started: {error}", typed(command))
}

fn demand(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("`{}` failed ({status})", typed(command));
}

/// Says the command, runs it, and demands success.
///
/// # Errors
/// When it cannot start or does not end with 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    say(&typed(command));
    let status = command.status().map_err(|error| started(command, &error))?;
    demand(command, status)
}

/// Runs the command in silence and returns what it printed.
///
/// # Errors
/// When it cannot start, does not end with 0, or prints no UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let out = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| started(command, &error))?;
    demand(command, out.status)?;
    String::from_utf8(out.stdout).with_context(|| format!("`{}` printed no UTF-8", typed(command)))
}

/// Says and runs the command, shows both its streams as they come, and returns the lines for which `keep` holds.
///
/// # Errors
/// When it cannot start or does not end with 0.
pub(crate) fn run_and_keep(command: &mut Command, keep: fn(&str) -> bool) -> Result<Vec<String>> {
    say(&typed(command));
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| started(command, &error))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let kept = thread::scope(|scope| {
        let errors = scope.spawn(|| err.map_or_else(Vec::new, |err| echo(err, io::stderr(), keep)));
        let mut kept = out.map_or_else(Vec::new, |out| echo(out, io::stdout(), keep));
        kept.extend(errors.join().unwrap_or_default());
        kept
    });
    let status = child.wait().map_err(|error| started(command, &error))?;
    demand(command, status)?;
    Ok(kept)
}

/// Copies line by line; a reader or writer that fails ends the copy, for the exit code tells what counts.
fn echo(from: impl Read, mut to: impl Write, keep: fn(&str) -> bool) -> Vec<String> {
    let mut kept = Vec::new();
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        if to.write_all(&line).is_err() {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        if keep(text.trim_end()) {
            kept.push(text.trim_end().to_owned());
        }
        line.clear();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_said_as_a_person_would_type_it() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["test", "--workspace"]);
        assert_eq!(typed(&command), "cargo test --workspace");
    }

    #[test]
    fn what_cargo_says_about_this_program_is_not_passed_on() {
        assert!(
            env::var_os("CARGO_PKG_NAME").is_some(),
            "cargo runs this test"
        );
        let workspace = Workspace::of_this_build();
        let seen = output(&mut workspace.program("env")).unwrap();
        assert!(!seen.contains("CARGO_PKG_NAME="), "{seen}");
        assert!(!seen.contains("CARGO_MANIFEST_DIR="), "{seen}");
        assert!(seen.contains("PATH="), "{seen}");
    }

    #[test]
    fn a_failing_command_is_an_error_that_names_it() {
        let error = run(&mut Command::new("false")).unwrap_err().to_string();
        assert!(error.contains("`false` failed"), "{error}");
    }

    #[test]
    fn a_missing_command_is_an_error_that_names_it() {
        let error = run(&mut Command::new("no-such-program-here"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("no-such-program-here"), "{error}");
    }

    #[test]
    fn kept_lines_come_from_both_streams_and_only_those_asked_for() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo keep one; echo drop; echo keep two >&2"]);
        let kept = run_and_keep(&mut command, |line| line.starts_with("keep")).unwrap();
        assert_eq!(kept, ["keep one", "keep two"]);
    }
}
