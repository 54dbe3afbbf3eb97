//! One real `lescopains-node`: made, started, killed with -9 and started again.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::agent::Agent;
use super::api::{Api, Door};
use super::http::Http;
use super::netns;

/// How long a start may take: opening a store after a crash includes its examination.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// How long an orderly end may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Where every node of a lab has its API: each namespace has this port for itself.
const LAB_API: &str = "127.0.0.1:7700";

/// Name of the token file in a profile.
const TOKEN_FILE: &str = "api.token";

/// The programs of this build, and what they are told besides.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    /// `lescopains-node`.
    pub(crate) node: PathBuf,
    /// The deliberate fault to run with, in a build that has them.
    pub(crate) mutant: Option<String>,
    /// File with the passphrase of every profile; without one they are unprotected.
    pub(crate) passphrase: Option<PathBuf>,
}

impl Build {
    /// The node that lies beside this program.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn beside_us() -> Result<Self> {
        let me = std::env::current_exe().context("this program does not find its own file")?;
        Self::at(&me.with_file_name("lescopains-node"))
    }

    /// The node in this file.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn at(node: &Path) -> Result<Self> {
        if !node.is_file() {
            bail!(
                "{} is not there: cargo build -p lescopains-node",
                node.display()
            );
        }
        let node = node.canonicalize().context("the node's file moved")?;
        Ok(Self {
            node,
            mutant: None,
            passphrase: None,
        })
    }
}

/// Where a node runs.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In a member's namespace of the lab's network, found by mDNS.
    Member(usize),
    /// On this machine's loopback, without mDNS.
    Loopback {
        /// Port of the API.
        api: u16,
        /// Multiaddress of its links.
        listen: String,
    },
}

/// A node with its profile.
#[derive(Debug)]
pub(crate) struct Node {
    name: String,
    profile: PathBuf,
    log: PathBuf,
    place: Place,
    build: Build,
    door: Arc<Door>,
    running: Option<Child>,
}

impl Node {
    /// Makes a profile under `folder`, and all that is needed to speak to its node.
    ///
    /// # Errors
    /// When the profile cannot be made.
    pub(crate) fn create(build: &Build, place: Place, name: &str, folder: &Path) -> Result<Self> {
        let short = name.to_lowercase().replace(' ', "-");
        let door = match &place {
            Place::Member(member) => {
                Door::There(Agent::send_to(*member, &format!("http://{LAB_API}"))?)
            }
            Place::Loopback { api, .. } => {
                Door::Here(Http::new(&format!("http://127.0.0.1:{api}")))
            }
        };
        let node = Self {
            name: name.to_owned(),
            profile: folder.join(&short),
            log: folder.join(format!("{short}.log")),
            place,
            build: build.clone(),
            door: Arc::new(door),
            running: None,
        };
        let mut init = node.command();
        init.arg("init")
            .arg("--profile")
            .arg(&node.profile)
            .args(["--name", name]);
        match &build.passphrase {
            Some(file) => init.arg("--passphrase-file").arg(file),
            None => init.arg("--unprotected"),
        };
        let made = init
            .stdin(Stdio::null())
            .output()
            .context("the node could not be started")?;
        if !made.status.success() {
            bail!(
                "no profile for {name}: {}",
                String::from_utf8_lossy(&made.stderr).trim()
            );
        }
        Ok(node)
    }

    /// Its folder.
    #[must_use]
    pub(crate) fn profile(&self) -> &Path {
        &self.profile
    }

    /// What it says while it runs.
    #[must_use]
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Its process, while it runs.
    #[must_use]
    pub(crate) fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(Child::id)
    }

    fn command(&self) -> Command {
        let mut command = match self.place {
            Place::Member(member) => netns::at(member, &self.build.node),
            Place::Loopback { .. } => Command::new(&self.build.node),
        };
        if let Some(mutant) = &self.build.mutant {
            command.env("LESCOPAINS_MUTANT", mutant);
        }
        command
    }

    /// Starts it and waits until its API answers.
    ///
    /// # Errors
    /// When it ends at once or does not answer in time.
    pub(crate) fn start(&mut self) -> Result<Api> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut run = self.command();
        run.arg("run").arg("--profile").arg(&self.profile);
        if let Some(file) = &self.build.passphrase {
            run.arg("--passphrase-file").arg(file);
        }
        match &self.place {
            Place::Member(_) => run.args(["--api", LAB_API]),
            Place::Loopback { api, listen } => {
                run.arg("--api").arg(format!("127.0.0.1:{api}"));
                run.args(["--no-mdns", "--listen", listen])
            }
        };
        run.stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let child = run.spawn().context("the node could not be started")?;
        let child = self.running.insert(child);
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                self.running = None;
                bail!(
                    "{} ended at its start ({status}); see {}",
                    self.name,
                    self.log.display()
                );
            }
            if let Ok(token) = fs::read_to_string(self.profile.join(TOKEN_FILE)) {
                let api = Api::new(Arc::clone(&self.door), token.trim().to_owned());
                if api.health().is_ok() {
                    return Ok(api);
                }
            }
            if begun.elapsed() > START_TIMEOUT {
                bail!(
                    "{} did not answer in time; see {}",
                    self.name,
                    self.log.display()
                );
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills it with -9: no warning, no goodbye. Returns once it is gone.
    ///
    /// # Errors
    /// When it was not running.
    pub(crate) fn kill(&mut self) -> Result<()> {
        let mut child = self
            .running
            .take()
            .with_context(|| format!("{} is not up", self.name))?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Asks it to end and waits until it has.
    ///
    /// # Errors
    /// When it does not, or with a failure.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.running.take() else {
            return Ok(());
        };
        let pid = i32::try_from(child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let pid = pid.context("a process has a number")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let begun = Instant::now();
        while begun.elapsed() < STOP_TIMEOUT {
            if let Some(status) = child.try_wait()? {
                if status.success() {
                    return Ok(());
                }
                bail!(
                    "{} stopped with {status}; see {}",
                    self.name,
                    self.log.display()
                );
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill()?;
        child.wait()?;
        bail!("{} did not stop within {STOP_TIMEOUT:?}", self.name)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            // It may have ended by itself.
            let ended = child.kill().and_then(|()| child.wait());
            drop(ended);
        }
    }
}
