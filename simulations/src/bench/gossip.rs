//! Signed libp2p-gossipsub in the place of our nodes: what somebody gets who takes the library as it is, for `bench group`.
//!
//! As many processes, the same graph, the same pace, the same reading of the kernel's clock. They are another program
//! (`simulations/yardsticks/gossipsub`), for nothing of ours may come to depend on gossipsub.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use data_encoding::HEXLOWER;

use super::group::{FLOOD, Group, body};
use super::process::processor_time;

/// How it is built.
pub(super) const BUILD: &str =
    "cargo build --release --locked --manifest-path simulations/yardsticks/gossipsub/Cargo.toml";

/// Where that puts it.
pub(super) const BUILT: &str =
    "simulations/yardsticks/gossipsub/target/release/lescopains-yardstick-gossipsub";

/// How long a node may take to listen, to be linked, to hear.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lines of one node that nobody has taken yet: a few for each link, and one for each message, which are taken one by one.
const LINES_MAX: usize = 1_024;

/// The program, if it was named.
///
/// # Errors
/// When there is no such file.
pub(super) fn program(named: Option<&PathBuf>) -> Result<Option<&Path>> {
    let Some(path) = named else {
        return Ok(None);
    };
    if !path.is_file() {
        bail!("{} is not there: {BUILD}", path.display());
    }
    Ok(Some(path))
}

/// What a node says.
enum Line {
    At(String),
    Linked(String),
    Heard(Vec<u8>),
}

impl Line {
    fn parse(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ')?;
        match word {
            "at" => Some(Self::At(rest.split(' ').next()?.to_owned())),
            "linked" => Some(Self::Linked(rest.to_owned())),
            "heard" => HEXLOWER.decode(rest.as_bytes()).ok().map(Self::Heard),
            _ => None,
        }
    }
}

/// One of them, which ends with its owner.
struct Node {
    child: Child,
    orders: ChildStdin,
    lines: Receiver<(Instant, Line)>,
    reader: Option<JoinHandle<()>>,
    address: String,
}

impl Node {
    fn start(program: &Path) -> Result<Self> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} could not be started", program.display()))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let Some((orders, out)) = pipes else {
            child.kill()?;
            child.wait()?;
            bail!("{} has no pipes", program.display());
        };
        let (give, lines) = sync_channel(LINES_MAX);
        let mut node = Self {
            child,
            orders,
            lines,
            reader: None,
            address: String::new(),
        };
        let reader = std::thread::Builder::new().name("gossipsub".to_owned());
        node.reader = Some(reader.spawn(move || read(out, &give))?);
        while node.address.is_empty() {
            if let (_, Line::At(address)) = node.line()? {
                node.address = address;
            }
        }
        Ok(node)
    }

    fn line(&self) -> Result<(Instant, Line)> {
        let line = self.lines.recv_timeout(PATIENCE);
        line.context("a gossipsub node ended or said nothing in time")
    }

    fn order(&self, order: &str) -> Result<()> {
        let order = format!("{order}\n");
        let written = (&self.orders).write_all(order.as_bytes());
        written.context("a gossipsub node takes no orders")
    }

    /// Waits until it knows of so many others that they are subscribed.
    fn linked(&self, with: usize) -> Result<()> {
        let mut others = BTreeSet::new();
        while others.len() < with {
            if let (_, Line::Linked(other)) = self.line()? {
                others.insert(other);
            }
        }
        Ok(())
    }

    /// When it heard this.
    fn heard(&self, body: &str) -> Result<Instant> {
        loop {
            if let (at, Line::Heard(heard)) = self.line()?
                && heard == body.as_bytes()
            {
                return Ok(at);
            }
        }
    }
}

impl Node {
    /// Waits until it hears anything.
    fn next_heard(&self) -> Result<()> {
        while !matches!(self.line()?, (_, Line::Heard(_))) {}
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let ended = self.child.kill().and_then(|()| self.child.wait());
        drop(ended);
        if let Some(reader) = self.reader.take() {
            // Nothing is heard any more, so the reader gives up even where its channel is full.
            let (_, nothing) = sync_channel(0);
            self.lines = nothing;
            drop(reader.join());
        }
    }
}

/// Until the program ends or nobody listens.
fn read(out: impl std::io::Read, give: &SyncSender<(Instant, Line)>) {
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        let at = Instant::now();
        let Some(line) = Line::parse(&line) else {
            continue;
        };
        if give.send((at, line)).is_err() {
            return;
        }
    }
}

/// The speaker, linked with all, and the others in a ring.
pub(super) struct Gossipsub {
    speaker: Node,
    receivers: Vec<Node>,
}

impl Gossipsub {
    /// Starts and links them; returns once each knows that its neighbours are subscribed.
    ///
    /// # Errors
    /// When one does not start, or a link is missing.
    pub(super) fn start(program: &Path, receivers: usize) -> Result<Self> {
        let speaker = Node::start(program)?;
        let started: Result<Vec<_>> = (0..receivers).map(|_| Node::start(program)).collect();
        let receivers = started?;
        for node in &receivers {
            node.order(&format!("dial {}", speaker.address))?;
        }
        let following = receivers.iter().cycle().skip(1);
        for (node, next) in receivers.iter().zip(following) {
            if node.address != next.address {
                node.order(&format!("dial {}", next.address))?;
            }
        }
        speaker.linked(receivers.len())?;
        // A ring of two is one link, a ring of one is none.
        let beside = receivers.len().saturating_sub(1).min(2);
        receivers
            .iter()
            .try_for_each(|node| node.linked(1 + beside))?;
        Ok(Self { speaker, receivers })
    }
}

impl Group for Gossipsub {
    fn say(&self, body: &str) -> Result<()> {
        let body = HEXLOWER.encode(body.as_bytes());
        self.speaker.order(&format!("say {body}"))
    }

    fn last_heard(&self, body: &str) -> Result<Instant> {
        let mut last = None;
        for node in &self.receivers {
            last = last.max(Some(node.heard(body)?));
        }
        last.context("nobody is there to hear")
    }

    fn flood(&self) -> Result<()> {
        (0..FLOOD).try_for_each(|_| self.say(&body(0)))
    }

    fn all_heard(&self, count: usize) -> Result<()> {
        let mut all = self.receivers.iter();
        all.try_for_each(|node| (0..count).try_for_each(|_| node.next_heard()))
    }

    fn processor_time(&self) -> Result<Duration> {
        let nodes = self.receivers.iter().chain([&self.speaker]);
        nodes.map(|node| processor_time(node.child.id())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood_or_left() {
        let at = Line::parse("at /ip4/127.0.0.1/udp/4/quic-v1 12D3KooW");
        assert!(matches!(at, Some(Line::At(address)) if address == "/ip4/127.0.0.1/udp/4/quic-v1"));
        assert!(matches!(Line::parse("heard 6869"), Some(Line::Heard(body)) if body == b"hi"));
        assert!(matches!(
            Line::parse("linked 12D3KooW"),
            Some(Line::Linked(_))
        ));
        assert!(Line::parse("heard six").is_none());
        assert!(Line::parse("at").is_none());
    }
}
