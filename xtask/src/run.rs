//! `./x run`: the window. `./x run --terminal`: a node on this machine and, beside it, what reaches it; its first start
//! makes a profile.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

use anyhow::{Context as _, Result, bail};

use crate::command::{self, Workspace};
use crate::platform::{self, Ending};

/// How long a node that heard Ctrl-C from the terminal has before it is asked once more, by signal.
///
/// A terminal tells the whole group; `kill` tells this program alone. A second request does no harm.
const ENDS_BY_ITSELF: Duration = Duration::from_secs(1);

/// How often the children and the signals are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How often a starting node is asked whether its API answers.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// How `lescopains-node run` ends when the profile wants a passphrase, or another one than it got.
const WANTS_PASSPHRASE: i32 = 3;

/// What was asked after `./x run`.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// The folder of the profile.
    profile: PathBuf,
    /// Everything else, for `lescopains-node run`.
    rest: Vec<String>,
}

impl Asked {
    fn parse(words: &[String], default: impl FnOnce() -> Result<PathBuf>) -> Result<Self> {
        let mut profile = None;
        let mut rest = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--profile" {
                let folder = words.next().context("--profile wants a folder")?;
                profile = Some(PathBuf::from(folder));
            } else {
                rest.push(word.clone());
            }
        }
        let profile = profile.map_or_else(default, Ok)?;
        Ok(Self { profile, rest })
    }
}

/// The few words of this door, in the person's language.
#[derive(Clone, Copy, Debug)]
struct Words {
    french: bool,
}

impl Words {
    fn of_environment() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| env::var(name).ok())
            .find(|value| !value.is_empty());
        Self {
            french: locale.is_some_and(|locale| locale.starts_with("fr")),
        }
    }

    fn pick<'a>(self, english: &'a str, french: &'a str) -> &'a str {
        if self.french { french } else { english }
    }

    fn say(self, english: &str, french: &str) {
        let sign = self.pick("x:", "x :");
        eprintln!("{sign} {}", self.pick(english, french));
    }

    fn ask(self, english: &str, french: &str) -> Result<()> {
        eprint!("{} ", self.pick(english, french));
        io::stderr().flush().context("writing to the terminal")
    }
}

/// `./x ctl [--profile DIR] VERB …`: what `lescopains-node ctl` does, toward the node that `./x run` started.
///
/// # Errors
/// When the build fails, or the node's answer is no.
pub(crate) fn ctl_of_running(workspace: &Workspace, rest: &[String]) -> Result<()> {
    let asked = Asked::parse(rest, || platform::default_profile(|name| env::var_os(name)))?;
    command::run(&mut workspace.cargo(["build", "--quiet", "--package", "lescopains-node"]))?;
    let mut ctl = workspace.program(workspace.built("lescopains-node")?);
    ctl.args(["ctl", "--profile"])
        .arg(&asked.profile)
        .args(&asked.rest);
    command::run(&mut ctl)
}

/// `./x run [--profile DIR] …`: opens the window; with `--terminal`, runs a node in the terminal instead.
///
/// # Errors
/// When the build fails, or what was started does.
pub(crate) fn run(workspace: &Workspace, rest: &[String]) -> Result<()> {
    let (terminal, rest): (Vec<_>, Vec<_>) =
        rest.iter().cloned().partition(|word| word == "--terminal");
    if terminal.is_empty() {
        window(workspace, &rest)
    } else {
        in_terminal(workspace, &rest)
    }
}

/// The window, until it is closed or this program is asked to end.
fn window(workspace: &Workspace, rest: &[String]) -> Result<()> {
    let words = Words::of_environment();
    if !platform::has_display(|name| env::var_os(name)) {
        words.say(
            "there is no display here. `./x demo` shows LesCopains at work in a terminal; `./x run --terminal` runs it in one",
            "pas d'écran ici. `./x demo` montre LesCopains à l'œuvre dans un terminal ; `./x run --terminal` l'y fait tourner",
        );
        bail!("no display");
    }
    command::run(&mut workspace.cargo(["build", "--package", "lescopains-gui"]))?;
    let ending = Ending::watch()?;
    let program = workspace.built("lescopains")?;
    let mut child = workspace
        .program(program)
        .args(rest)
        .spawn()
        .context("starting lescopains")?;
    words.say(
        "ready: the window opens; closing it, or Ctrl-C here, ends it",
        "prêt : la fenêtre s'ouvre ; la fermer, ou Ctrl-C ici, l'arrête",
    );
    let mut signalled: Option<Instant> = None;
    let status = loop {
        if let Some(status) = child.try_wait().context("looking at the window")? {
            break status;
        }
        if ending.asked() && signalled.get_or_insert_with(Instant::now).elapsed() >= ENDS_BY_ITSELF
        {
            platform::ask_to_end(&mut child);
            break child.wait().context("waiting for the window")?;
        }
        thread::sleep(LOOK_EVERY);
    };
    if status.success() {
        Ok(())
    } else {
        bail!("the window ended with {status}")
    }
}

/// A node until Ctrl-C, which ends it cleanly.
fn in_terminal(workspace: &Workspace, rest: &[String]) -> Result<()> {
    let words = Words::of_environment();
    let asked = Asked::parse(rest, || platform::default_profile(|name| env::var_os(name)))?;
    command::run(&mut workspace.cargo(["build", "--package", "lescopains-node"]))?;
    let program = workspace.built("lescopains-node")?;
    let mut passphrase = None;
    if is_new(&asked.profile)? {
        passphrase = first_start(words, &program, &asked.profile)?;
    }
    let ending = Ending::watch()?;
    loop {
        let mut node = start(&program, &asked, passphrase.as_deref())?;
        let mut watcher = None;
        let outcome = until_the_end(words, &ending, &program, &asked, &mut node, &mut watcher);
        for child in watcher.iter_mut().chain([&mut node]) {
            platform::ask_to_end(child);
            child.wait().context("waiting for a program to end")?;
        }
        if outcome? == End::Clean {
            return Ok(());
        }
        passphrase = Some(another_passphrase(words, &asked)?);
    }
}

/// How a node's life ended, where that is no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It was asked to end, and did.
    Clean,
    /// It did not begin: the profile is locked. The node said so.
    Locked,
}

impl End {
    fn of(status: ExitStatus) -> Result<Self> {
        match status.code() {
            Some(0) => Ok(Self::Clean),
            Some(WANTS_PASSPHRASE) => Ok(Self::Locked),
            _ => bail!("the node ended with {status}"),
        }
    }
}

/// Whether nothing is kept there yet. Anything at all in the folder, and no profile is made over it.
fn is_new(profile: &Path) -> Result<bool> {
    match fs::read_dir(profile) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("looking into {}", profile.display())),
    }
}

/// Asks for the passphrase of a locked profile, where there is somebody to ask.
fn another_passphrase(words: Words, asked: &Asked) -> Result<String> {
    let given = asked
        .rest
        .iter()
        .any(|word| word.starts_with("--passphrase-file"));
    if given || !platform::is_interactive() {
        bail!("the profile in {} stayed locked", asked.profile.display());
    }
    words.ask(
        "The passphrase of this profile:",
        "La phrase de passe de ce profil :",
    )?;
    let typed = platform::hidden_line()?;
    if typed.is_empty() {
        bail!("the profile in {} stayed locked", asked.profile.display());
    }
    Ok(typed)
}

/// Makes the profile; returns the passphrase that was chosen, so that it is not asked twice.
fn first_start(words: Words, program: &Path, profile: &Path) -> Result<Option<String>> {
    words.say(
        &format!("first start: a new profile in {}", profile.display()),
        &format!(
            "premier démarrage : un nouveau profil dans {}",
            profile.display()
        ),
    );
    let user = env::var("USER").unwrap_or_else(|_| "copain".to_owned());
    let (name, passphrase) = if platform::is_interactive() {
        (ask_name(words, user)?, ask_passphrase(words)?)
    } else {
        words.say(
            &format!("nobody to ask here: its name is {user}, and no passphrase protects it"),
            &format!("personne à qui demander ici : il s'appelle {user}, sans phrase de passe"),
        );
        (user, None)
    };
    // The profile's own folder is made by the node, with the rights that it wants.
    if let Some(above) = profile.parent() {
        fs::create_dir_all(above).with_context(|| format!("making {}", above.display()))?;
    }
    let mut init = Command::new(program);
    init.arg("init")
        .arg("--profile")
        .arg(profile)
        .args(["--name", &name]);
    if passphrase.is_none() {
        init.arg("--unprotected");
    }
    let status = spawn(&mut init, passphrase.as_deref())?
        .wait()
        .context("waiting for `lescopains-node init`")?;
    if !status.success() {
        bail!("`lescopains-node init` failed ({status})");
    }
    Ok(passphrase)
}

fn ask_name(words: Words, user: String) -> Result<String> {
    words.ask(
        &format!("Your name, as your friends will see it [{user}]:"),
        &format!("Votre nom, tel que vos copains le verront [{user}] :"),
    )?;
    let typed = platform::line()?;
    let typed = typed.trim();
    Ok(if typed.is_empty() {
        user
    } else {
        typed.to_owned()
    })
}

fn ask_passphrase(words: Words) -> Result<Option<String>> {
    loop {
        words.ask(
            "A passphrase for this profile (Enter alone: none):",
            "Une phrase de passe pour ce profil (Entrée seule : aucune) :",
        )?;
        let first = platform::hidden_line()?;
        if first.is_empty() {
            return Ok(None);
        }
        words.ask("Once more:", "Encore une fois :")?;
        if platform::hidden_line()? == first {
            return Ok(Some(first));
        }
        words.say(
            "these were two different ones",
            "c'étaient deux phrases différentes",
        );
    }
}

fn start(program: &Path, asked: &Asked, passphrase: Option<&str>) -> Result<Child> {
    let mut run = Command::new(program);
    run.arg("run")
        .arg("--profile")
        .arg(&asked.profile)
        .args(&asked.rest);
    spawn(&mut run, passphrase)
}

/// Starts a program; a passphrase goes through a pipe, never through a file or an argument.
fn spawn(command: &mut Command, passphrase: Option<&str>) -> Result<Child> {
    if passphrase.is_some() {
        command.args(["--passphrase-file", "-"]);
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().context("starting lescopains-node")?;
    if let (Some(passphrase), Some(mut stdin)) = (passphrase, child.stdin.take()) {
        stdin
            .write_all(passphrase.as_bytes())
            .context("handing the passphrase to lescopains-node")?;
    }
    Ok(child)
}

/// Waits for the node to end, or to be asked to; starts `ctl watch` once the node answers.
fn until_the_end(
    words: Words,
    ending: &Ending,
    program: &Path,
    asked: &Asked,
    node: &mut Child,
    watcher: &mut Option<Child>,
) -> Result<End> {
    let mut ask_at = Instant::now();
    let mut signalled: Option<Instant> = None;
    loop {
        if let Some(status) = node.try_wait().context("looking at the node")? {
            return End::of(status);
        }
        if ending.asked() {
            let since = *signalled.get_or_insert_with(Instant::now);
            if since.elapsed() >= ENDS_BY_ITSELF {
                platform::ask_to_end(node);
                return End::of(node.wait().context("waiting for the node")?);
            }
        } else if watcher.is_none() && Instant::now() >= ask_at {
            ask_at = Instant::now() + ASK_EVERY;
            if answers(program, &asked.profile) {
                words.say(
                    "ready: your node answers, and what reaches it appears below; Ctrl-C ends it",
                    "prêt : votre nœud répond, et ce qui lui parvient s'affiche ci-dessous ; Ctrl-C l'arrête",
                );
                let mut watch = ctl(program, &asked.profile, "watch");
                *watcher = Some(watch.spawn().context("starting `ctl watch`")?);
            }
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn ctl(program: &Path, profile: &Path, verb: &str) -> Command {
    let mut ctl = Command::new(program);
    ctl.arg("ctl").arg("--profile").arg(profile).arg(verb);
    ctl.stdin(Stdio::null());
    ctl
}

fn answers(program: &Path, profile: &Path) -> bool {
    ctl(program, profile, "me")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Asked> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Asked::parse(&words, || Ok(PathBuf::from("/default")))
    }

    #[test]
    fn the_profile_is_taken_and_the_rest_is_the_nodes() {
        let asked = parse(&["--no-mdns", "--profile", "/p", "--api", "127.0.0.1:0"]).unwrap();
        assert_eq!(asked.profile, PathBuf::from("/p"));
        assert_eq!(asked.rest, ["--no-mdns", "--api", "127.0.0.1:0"]);
        assert_eq!(parse(&[]).unwrap().profile, PathBuf::from("/default"));
        assert!(parse(&["--profile"]).is_err());
    }

    /// Runs `until_the_end` with a script in the place of the node; `$1` is `run` or `ctl`, `$4` the verb of `ctl`.
    fn outcome_of(name: &str, script: &str, ending: &Ending) -> (Result<End>, bool) {
        let folder = env::temp_dir().join(format!("xtask-run-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let program = folder.join("node");
        // Written by a process of its own: a descriptor open here for writing could slip into what another test starts
        // at this moment, and the system runs no file that is open for writing.
        let written = Command::new("sh")
            .args([
                "-c",
                "printf '%s\\n' '#!/bin/sh' \"$1\" >\"$2\" && chmod 700 \"$2\"",
                "sh",
                script,
            ])
            .arg(&program)
            .status();
        assert!(written.unwrap().success());
        let asked = parse(&["--profile", "/nowhere"]).unwrap();
        let words = Words { french: false };
        let mut node = start(&program, &asked, None).unwrap();
        let mut watcher = None;
        let outcome = until_the_end(words, ending, &program, &asked, &mut node, &mut watcher);
        let watched = watcher.is_some();
        for child in watcher.iter_mut().chain([&mut node]) {
            platform::ask_to_end(child);
            child.wait().unwrap();
        }
        fs::remove_dir_all(&folder).unwrap();
        (outcome, watched)
    }

    #[test]
    fn a_node_that_fails_is_an_error_that_says_how() {
        let (outcome, watched) = outcome_of("fails", "exit 4", &Ending::never());
        assert!(outcome.unwrap_err().to_string().contains("exit status: 4"));
        assert!(!watched);
    }

    #[test]
    fn a_locked_profile_is_no_error_but_a_question() {
        let (outcome, watched) = outcome_of("locked", "exit 3", &Ending::never());
        assert_eq!(outcome.unwrap(), End::Locked);
        assert!(!watched);
    }

    #[test]
    fn nothing_is_made_over_what_is_there() {
        let folder = env::temp_dir().join(format!("xtask-run-new-{}", std::process::id()));
        assert!(is_new(&folder).unwrap());
        fs::create_dir_all(&folder).unwrap();
        assert!(is_new(&folder).unwrap());
        fs::write(folder.join("identity.b"), "damaged").unwrap();
        assert!(!is_new(&folder).unwrap());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_node_that_is_asked_to_end_and_ends_well_is_no_error() {
        let script = "trap 'exit 0' TERM\nwhile :; do sleep 0.05; done";
        let (outcome, _) = outcome_of("asked", script, &Ending::now());
        assert_eq!(outcome.unwrap(), End::Clean);
    }

    #[test]
    fn a_node_that_answers_is_watched() {
        let script = "case \"$1 $4\" in\n'run '*) sleep 1 ;;\n'ctl me') exit 0 ;;\n*) exec sleep 600 ;;\nesac";
        let (outcome, watched) = outcome_of("answers", script, &Ending::never());
        assert_eq!(outcome.unwrap(), End::Clean);
        assert!(watched);
    }

    #[test]
    fn a_node_that_does_not_answer_is_not_watched() {
        let script = "case \"$1\" in\nrun) sleep 1 ;;\n*) exit 1 ;;\nesac";
        let (outcome, watched) = outcome_of("silent", script, &Ending::never());
        assert_eq!(outcome.unwrap(), End::Clean);
        assert!(!watched);
    }
}
