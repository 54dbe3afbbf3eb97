//! Our man on the spot: a process inside a member's namespace that speaks HTTP to the node there.
//!
//! The node's API listens on loopback, which every namespace has for itself, and a thread cannot
//! change its namespace without unsafe code. So this very program runs there once per member and
//! passes calls and answers through its standard input and output, one JSON document a line.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::http::{Answer, Happening, Http, Request, Unanswered};
use super::netns;

/// Calls under way at once; the largest burst of any world.
const WORKERS: usize = 32;

/// What the world says to its agent.
#[derive(Debug, Serialize, Deserialize)]
enum Order {
    Call { number: u64, request: Request },
    Listen { number: u64, token: String },
}

/// What the agent says to its world.
#[derive(Debug, Serialize, Deserialize)]
enum Report {
    Answered { number: u64, answer: Answer },
    Silence { number: u64, why: String },
    Listening { number: u64 },
    Heard { number: u64, happening: Happening },
    Ended { number: u64 },
}

/// Runs as agent until the world hangs up. `base` is where the API will be.
///
/// # Errors
/// When the world's orders cannot be read.
pub(crate) fn serve(base: &str) -> Result<()> {
    let http = Http::new(base);
    let (orders, taken) = mpsc::channel::<(u64, Request)>();
    let taken = Arc::new(Mutex::new(taken));
    for _ in 0..WORKERS {
        let (http, taken) = (http.clone(), Arc::clone(&taken));
        std::thread::spawn(move || {
            loop {
                let order = lock(&taken).recv();
                let Ok((number, request)) = order else { return };
                report(&match http.call(&request) {
                    Ok(answer) => Report::Answered { number, answer },
                    Err(Unanswered(why)) => Report::Silence { number, why },
                });
            }
        });
    }
    for line in std::io::stdin().lines() {
        match serde_json::from_str(&line?)? {
            Order::Call { number, request } => orders.send((number, request))?,
            Order::Listen { number, token } => {
                let http = http.clone();
                std::thread::spawn(move || {
                    let open = || report(&Report::Listening { number });
                    let each = |happening| {
                        report(&Report::Heard { number, happening });
                        true
                    };
                    // However it ended, it ended: the world listens again when it wants to.
                    let ended = http.listen(&token, open, each);
                    report(&Report::Ended { number });
                    drop(ended);
                });
            }
        }
    }
    Ok(())
}

/// One line to the world. When the world is gone, so are we, shortly.
fn report(report: &Report) {
    if let Ok(mut line) = serde_json::to_vec(report) {
        line.push(b'\n');
        let mut out = std::io::stdout().lock();
        drop(out.write_all(&line).and_then(|()| out.flush()));
    }
}

/// What waits for a report.
#[derive(Debug)]
enum Waiting {
    Answer(Sender<Result<Answer, Unanswered>>),
    Stream {
        opened: Sender<()>,
        heard: Sender<(Instant, Happening)>,
    },
}

type WaitingList = Arc<Mutex<BTreeMap<u64, Waiting>>>;

/// The world's end of an agent. Dropped, it ends the agent.
#[derive(Debug)]
pub(crate) struct Agent {
    child: Child,
    input: Mutex<(u64, Option<ChildStdin>)>,
    waiting: WaitingList,
}

impl Agent {
    /// Sends an agent to a member's place, for the API at `base` there.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn send_to(member: usize, base: &str) -> Result<Self> {
        let me = std::env::current_exe().context("this program does not find its own file")?;
        let mut child = netns::at(member, Path::new(&me))
            .args(["world", "agent", base])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the agent could not be started")?;
        let input = Mutex::new((0, child.stdin.take()));
        let reports = child.stdout.take().context("a piped output is there")?;
        let waiting = WaitingList::default();
        let list = Arc::clone(&waiting);
        std::thread::spawn(move || dispatch(reports, &list));
        Ok(Self {
            child,
            input,
            waiting,
        })
    }

    /// As [`Http::call`].
    ///
    /// # Errors
    /// [`Unanswered`] when no answer came.
    pub(crate) fn call(&self, request: &Request) -> Result<Answer, Unanswered> {
        let (answer, answered) = mpsc::channel();
        let order = |number| Order::Call {
            number,
            request: request.clone(),
        };
        self.order(Waiting::Answer(answer), order)?;
        answered
            .recv()
            .unwrap_or_else(|_| Err(Unanswered("the agent is gone".to_owned())))
    }

    /// Listens to the event stream. Returns once the node listens; the channel ends with the
    /// stream.
    ///
    /// # Errors
    /// [`Unanswered`] when the stream could not be opened.
    pub(crate) fn listen(&self, token: &str) -> Result<Receiver<(Instant, Happening)>, Unanswered> {
        let (opened, is_open) = mpsc::channel();
        let (heard, hear) = mpsc::channel();
        let order = |number| Order::Listen {
            number,
            token: token.to_owned(),
        };
        self.order(Waiting::Stream { opened, heard }, order)?;
        is_open
            .recv()
            .map_err(|_error| Unanswered("the stream did not open".to_owned()))?;
        Ok(hear)
    }

    fn order(&self, waiting: Waiting, order: impl FnOnce(u64) -> Order) -> Result<(), Unanswered> {
        let mut input = lock(&self.input);
        input.0 += 1;
        let number = input.0;
        lock(&self.waiting).insert(number, waiting);
        let mut line = serde_json::to_vec(&order(number)).map_err(unanswered)?;
        line.push(b'\n');
        let pipe = input
            .1
            .as_mut()
            .ok_or_else(|| Unanswered("the agent is gone".to_owned()))?;
        pipe.write_all(&line)
            .and_then(|()| pipe.flush())
            .map_err(unanswered)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        lock(&self.input).1 = None;
        // It may be gone already, and the sandbox ends whatever stays.
        let ended = self.child.kill().and_then(|()| self.child.wait());
        drop(ended);
    }
}

fn unanswered(error: impl std::fmt::Display) -> Unanswered {
    Unanswered(error.to_string())
}

/// Hands reports to those who wait for them, until the agent is gone; then nobody waits any more.
fn dispatch(reports: ChildStdout, waiting: &WaitingList) {
    for line in BufReader::new(reports).lines() {
        let report = line.ok().and_then(|line| serde_json::from_str(&line).ok());
        let Some(report) = report else { break };
        deliver(report, &mut lock(waiting));
    }
    lock(waiting).clear();
}

fn deliver(report: Report, waiting: &mut BTreeMap<u64, Waiting>) {
    let at = Instant::now();
    // Whoever waited may have gone meanwhile: then nobody misses what is sent.
    match report {
        Report::Answered { number, answer } => {
            if let Some(Waiting::Answer(to)) = waiting.remove(&number) {
                drop(to.send(Ok(answer)));
            }
        }
        Report::Silence { number, why } => {
            if let Some(Waiting::Answer(to)) = waiting.remove(&number) {
                drop(to.send(Err(Unanswered(why))));
            }
        }
        Report::Listening { number } => {
            if let Some(Waiting::Stream { opened, .. }) = waiting.get(&number) {
                let _unheard = opened.send(());
            }
        }
        Report::Heard { number, happening } => {
            if let Some(Waiting::Stream { heard, .. }) = waiting.get(&number) {
                drop(heard.send((at, happening)));
            }
        }
        Report::Ended { number } => drop(waiting.remove(&number)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside is valid after every statement, so a panic elsewhere cannot have broken it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
