//! `bench store`: a million messages in our store, beside SQLCipher with the same messages in the same run.
//!
//! Batch by batch in turn, so that a bad second of the disk hits both. Without the cargo feature `sqlcipher` there is
//! no yardstick, and no ratio is said.

use std::fmt::Debug;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use protocol::identity::AccountId;
use protocol::message::MessageRef;
use serde_json::json;

use super::Options;
use super::figures::{Figures, Samples, Target};
use super::process::processor_time;
use crate::chance::Chance;

mod ours;
#[cfg(feature = "sqlcipher")]
mod sqlcipher;
mod talk;

use talk::{CONVERSATIONS, Message, Person, Talk};

/// Messages unless told otherwise: what a store promises to hold (DECISIONS 4).
const MESSAGES: usize = 1_000_000;

/// Messages of a page: a window's height, twice.
const PAGE: usize = 50;

/// Times that each store is opened for each conversation.
const ROUNDS: usize = 3;

/// Times that each store is killed.
const CRASHES: usize = 3;

/// Batches that the process which is killed says it has stored before.
const BEFORE_CRASH: usize = 50;

/// Batches after which that process ends by itself, should nobody kill it.
const CRASH_BATCHES_MAX: usize = 10_000;

/// Our insertions a second are at least this much of SQLCipher's (issue 3).
const INSERT_RATIO_MIN: f64 = 0.8;

/// Our latest page takes at most this much of SQLCipher's (issue 3), the first time that it is looked at.
const PAGE_RATIO_MAX: f64 = 0.5;

/// One of the stores that are compared.
trait Side: Debug {
    /// Stores messages durably, all or none; answers how long that took, apart from the putting together.
    fn insert(&mut self, messages: &[Message]) -> Result<Duration>;
    /// The newest messages of a conversation, oldest first.
    fn latest(&mut self, conversation: AccountId, limit: usize) -> Result<Vec<Message>>;
    /// Whether this message is there.
    fn holds(&mut self, name: MessageRef) -> Result<bool>;
    /// Closes it in order.
    fn close(self: Box<Self>) -> Result<()>;
}

/// Opens a store in a folder, or makes one, for these people.
type Open = fn(&Path, &[Person]) -> Result<Box<dyn Side>>;

/// A kind of store.
struct Kind {
    name: &'static str,
    open: Open,
}

/// Ours, then the yardstick.
const KINDS: &[Kind] = &[
    Kind {
        name: "ours",
        open: ours::open,
    },
    #[cfg(feature = "sqlcipher")]
    Kind {
        name: "sqlcipher",
        open: sqlcipher::open,
    },
];

/// What was measured of one kind.
#[derive(Debug, Default)]
struct Measured {
    inserting: Duration,
    /// Of that, the last tenth: what a batch costs once the store is full.
    last_tenth: Duration,
    processor: Duration,
    bytes: u64,
    openings: Samples,
    /// Pages of conversations that were not looked at since the store was opened.
    pages: Samples,
    /// Pages of conversations that are looked at all the time.
    pages_again: Samples,
    crashes: Samples,
}

/// The stores that are compared, all in one folder.
struct Rig {
    ground: PathBuf,
    people: Vec<Person>,
    batch: usize,
    measured: Vec<Measured>,
}

/// Runs it.
///
/// # Errors
/// When a store fails, forgets, or differs from the other; a missed target is no error.
pub(super) fn run(options: &Options) -> Result<Figures> {
    let ground = options.ground()?;
    let mut rig = Rig::new(ground.path(), options.batch)?;
    let messages = options.messages.unwrap_or(MESSAGES);
    rig.fill(messages)?;
    rig.open_again()?;
    rig.look_again(options.pages)?;
    rig.crash()?;
    if rig.measured.len() < 2 {
        eprintln!(
            "no yardstick: this program was built without SQLCipher, so there are no ratios. \
             `./x bench store` builds it in where OpenSSL's headers are."
        );
    }
    Ok(rig.figures(messages))
}

/// The process that is killed: it writes into both stores and says each batch that is stored in both.
///
/// # Errors
/// When a store fails.
pub(super) fn run_until_killed(options: &Options) -> Result<()> {
    let ground = options.folder.as_deref().context("no folder")?;
    let rig = Rig::new(ground, options.batch)?;
    let mut sides = rig.open()?;
    let mut talk = rig.crash_talk(options.crash);
    for _ in 0..CRASH_BATCHES_MAX {
        let messages = talk.next(rig.batch)?;
        for side in &mut sides {
            side.insert(&messages)?;
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "stored")?;
        out.flush()?;
    }
    Ok(())
}

impl Rig {
    fn new(ground: &Path, batch: usize) -> Result<Self> {
        ensure!(batch > 0, "a batch holds something");
        Ok(Self {
            ground: ground.to_path_buf(),
            people: Talk::new(0, 0).people(),
            batch,
            measured: KINDS.iter().map(|_| Measured::default()).collect(),
        })
    }

    fn folder(&self, kind: &Kind) -> PathBuf {
        self.ground.join(kind.name)
    }

    fn open(&self) -> Result<Vec<Box<dyn Side>>> {
        let opened = KINDS
            .iter()
            .map(|kind| (kind.open)(&self.folder(kind), &self.people));
        opened.collect()
    }

    /// What the process of this crash writes: after everything else, and after the crashes before.
    fn crash_talk(&self, crash: u64) -> Talk {
        const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1_000;
        Talk::new(crash + 2, YEAR_MS * (crash + 1))
    }

    /// Stores them all.
    fn fill(&mut self, messages: usize) -> Result<()> {
        let mut sides = self.open()?;
        let mut talk = Talk::new(1, 0);
        let me = std::process::id();
        let mut stored = 0;
        while stored < messages {
            let batch = talk.next(self.batch.min(messages - stored))?;
            stored += batch.len();
            for (side, measured) in sides.iter_mut().zip(&mut self.measured) {
                let before = processor_time(me)?;
                let took = side.insert(&batch)?;
                measured.processor += processor_time(me)?.saturating_sub(before);
                measured.inserting += took;
                if stored > messages - messages / 10 {
                    measured.last_tenth += took;
                }
            }
        }
        for side in sides {
            side.close()?;
        }
        for (kind, measured) in KINDS.iter().zip(&mut self.measured) {
            measured.bytes = bytes_on_disk(&self.ground.join(kind.name))?;
        }
        Ok(())
    }

    /// What a person does: opens the store, which shows the conversation of last time, and goes to another one.
    fn open_again(&mut self) -> Result<()> {
        let others = || self.people.iter().skip(1);
        let changes = others().zip(others().cycle().skip(1)).cycle();
        for (shown, wanted) in changes.take(ROUNDS * CONVERSATIONS) {
            for (kind, measured) in KINDS.iter().zip(&mut self.measured) {
                let begun = Instant::now();
                let mut side = (kind.open)(&self.ground.join(kind.name), &self.people)?;
                measured.openings.push(begun.elapsed());
                side.latest(shown.account, PAGE)?;
                let begun = Instant::now();
                side.latest(wanted.account, PAGE)?;
                measured.pages.push(begun.elapsed());
                side.close()?;
            }
        }
        Ok(())
    }

    /// Looks at the newest page of any conversation, again and again, on both sides, which must show the same.
    fn look_again(&mut self, pages: usize) -> Result<()> {
        let mut sides = self.open()?;
        let mut chance = Chance::new(0, u64::MAX);
        for _ in 0..pages {
            let whom = self.people.get(1 + chance.index(CONVERSATIONS));
            let whom = whom.context("nobody to talk with")?.account;
            let mut shown = None;
            for (side, measured) in sides.iter_mut().zip(&mut self.measured) {
                let begun = Instant::now();
                let page = side.latest(whom, PAGE)?;
                measured.pages_again.push(begun.elapsed());
                let first = shown.get_or_insert_with(|| page.clone());
                ensure!(*first == page, "the stores do not show the same page");
            }
        }
        sides.into_iter().try_for_each(Side::close)
    }

    /// Kills a process in the middle of its commits and opens what it leaves: all that it said is stored must be there.
    fn crash(&mut self) -> Result<()> {
        for crash in 0..u64::try_from(CRASHES)? {
            let said = self.kill_a_writer(crash)?;
            let told = self.crash_talk(crash).next(said * self.batch)?;
            let (last, _) = told.last().context("nothing was stored before the crash")?;
            for (kind, measured) in KINDS.iter().zip(&mut self.measured) {
                let begun = Instant::now();
                let mut side = (kind.open)(&self.ground.join(kind.name), &self.people)?;
                measured.crashes.push(begun.elapsed());
                ensure!(side.holds(*last)?, "{} forgot what it confirmed", kind.name);
                side.close()?;
            }
        }
        Ok(())
    }

    /// Answers how many batches were confirmed.
    fn kill_a_writer(&self, crash: u64) -> Result<usize> {
        let me = std::env::current_exe().context("this program does not find its own file")?;
        let mut writer = Command::new(me)
            .args(["bench", "store-until-killed", "--folder"])
            .arg(&self.ground)
            .args(["--batch", &self.batch.to_string()])
            .args(["--crash", &crash.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let out = writer.stdout.take().context("no output")?;
        let mut said = BufReader::new(out).lines();
        let before = said.by_ref().take(BEFORE_CRASH).count();
        writer.kill()?;
        let status = writer.wait()?;
        if status.code().is_some() {
            bail!("the writer ended by itself: {status}");
        }
        Ok(before + said.count())
    }

    fn figures(&self, messages: usize) -> Figures {
        let params = json!({
            "messages": messages, "batch": self.batch, "page": PAGE, "conversations": CONVERSATIONS,
            "release": !cfg!(debug_assertions),
        });
        let mut figures = Figures::new("store", params);
        let [ours, yardstick @ ..] = self.measured.as_slice() else {
            return figures;
        };
        if let [theirs, ..] = yardstick {
            let ratio =
                per_second(messages, ours.inserting) / per_second(messages, theirs.inserting);
            let least = Some(Target::AtLeast(INSERT_RATIO_MIN));
            figures.add("insert_ratio", ratio, "", messages, least);
            let ratio = ours.pages.percentile_us(50) / theirs.pages.percentile_us(50);
            let most = Some(Target::AtMost(PAGE_RATIO_MAX));
            figures.add("page_ratio", ratio, "", ours.pages.len(), most);
            let ratio = ours.pages_again.percentile_us(50) / theirs.pages_again.percentile_us(50);
            figures.add("page_again_ratio", ratio, "", ours.pages_again.len(), None);
        }
        ours.tell(&OURS, messages, &mut figures);
        for theirs in yardstick {
            theirs.tell(&SQLCIPHER, messages, &mut figures);
        }
        figures
    }
}

/// Names of one kind's metrics, in the order in which they are said.
type Names = [&'static str; 9];

const OURS: Names = [
    "insert_per_s",
    "insert_last_tenth_per_s",
    "insert_cpu_us",
    "page_p50_us",
    "page_p99_us",
    "page_again_p50_us",
    "bytes_per_message",
    "open_ms",
    "reopen_after_crash_ms",
];

const SQLCIPHER: Names = [
    "sqlcipher_insert_per_s",
    "sqlcipher_insert_last_tenth_per_s",
    "sqlcipher_insert_cpu_us",
    "sqlcipher_page_p50_us",
    "sqlcipher_page_p99_us",
    "sqlcipher_page_again_p50_us",
    "sqlcipher_bytes_per_message",
    "sqlcipher_open_ms",
    "sqlcipher_reopen_after_crash_ms",
];

impl Measured {
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn tell(&self, names: &Names, messages: usize, figures: &mut Figures) {
        let [all, tenth, processor, p50, p99, again, bytes, open, crash] = *names;
        let each = |sum: f64| sum / messages as f64;
        figures.add(
            all,
            per_second(messages, self.inserting),
            "1/s",
            messages,
            None,
        );
        let last = messages / 10;
        figures.add(tenth, per_second(last, self.last_tenth), "1/s", last, None);
        let spent = each(self.processor.as_secs_f64() * 1e6);
        figures.add(processor, spent, "us", messages, None);
        let pages = self.pages.len();
        figures.add(p50, self.pages.percentile_us(50), "us", pages, None);
        figures.add(p99, self.pages.percentile_us(99), "us", pages, None);
        let (p50, looks) = (self.pages_again.percentile_us(50), self.pages_again.len());
        figures.add(again, p50, "us", looks, None);
        figures.add(bytes, each(self.bytes as f64), "B", messages, None);
        let ms = |samples: &Samples| samples.percentile_us(50) / 1e3;
        figures.add(open, ms(&self.openings), "ms", self.openings.len(), None);
        figures.add(crash, ms(&self.crashes), "ms", CRASHES, None);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// Length of the files in a folder that has no folders.
fn bytes_on_disk(folder: &Path) -> Result<u64> {
    let files = fs::read_dir(folder)?;
    files.map(|file| Ok(file?.metadata()?.len())).sum()
}

#[cfg(test)]
mod tests {
    use protocol::persist::MessageContent;

    use super::*;

    #[test]
    fn every_store_shows_what_was_put_in_after_it_was_closed() {
        let ground = tempfile::tempdir().unwrap();
        let mut rig = Rig::new(ground.path(), 30).unwrap();
        rig.fill(400).unwrap();
        rig.look_again(100).unwrap();
        let said = Talk::new(1, 0).next(400).unwrap();
        let whom = said[399].1.conversation.account();
        let of_them = said
            .iter()
            .filter(|(_, row)| row.conversation == whom.into());
        let newest: Vec<_> = of_them.rev().take(PAGE).cloned().collect();
        for mut side in rig.open().unwrap() {
            let shown = side.latest(whom, PAGE).unwrap();
            assert!(shown.iter().rev().eq(&newest), "{side:?}");
            assert!(side.holds(said[0].0).unwrap());
            let stranger = MessageRef {
                author: said[0].0.author,
                ..said[1].0
            };
            let known = said.iter().any(|(name, _)| *name == stranger);
            assert_eq!(side.holds(stranger).unwrap(), known, "{side:?}");
        }
        assert!(rig.measured.iter().all(|one| one.bytes > 400 * 100));
    }

    #[test]
    fn neither_store_keeps_a_text_in_the_clear() {
        let ground = tempfile::tempdir().unwrap();
        let mut rig = Rig::new(ground.path(), 30).unwrap();
        rig.fill(60).unwrap();
        let bodies = Talk::new(1, 0).next(60).unwrap().into_iter();
        let bodies = bodies.filter_map(|(_, row)| match row.content {
            MessageContent::Text { versions, .. } => Some(versions.into_vec().pop()?.body),
            _ => None,
        });
        let body = bodies.max_by_key(|body| body.as_str().len()).unwrap();
        let text = &body.as_str().as_bytes()[..32];
        for kind in KINDS {
            for file in fs::read_dir(rig.folder(kind)).unwrap() {
                let bytes = fs::read(file.unwrap().path()).unwrap();
                assert!(
                    !bytes.windows(32).any(|found| found == text),
                    "{}",
                    kind.name
                );
            }
        }
    }
}
