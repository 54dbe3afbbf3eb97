//! What happened, as one hash, and the last of it as text.

use std::collections::VecDeque;

use protocol::link::Frame;
use protocol::persist::Batch;
use protocol::turn::{Input, Output};

use crate::clock::Micros;

/// Lines kept for the report of a failure.
const KEPT: usize = 60;

/// A running hash over every input and output of every core, and the last lines.
#[derive(Debug)]
pub struct Trace {
    hash: blake3::Hasher,
    lines: VecDeque<String>,
    /// Print every line as it comes.
    loud: bool,
    inputs: u64,
}

impl Trace {
    /// An empty trace. `loud`: print every line as it comes.
    #[must_use]
    pub fn new(loud: bool) -> Self {
        Self {
            hash: blake3::Hasher::new(),
            lines: VecDeque::new(),
            loud,
            inputs: 0,
        }
    }

    /// Inputs so far.
    #[must_use]
    pub const fn inputs(&self) -> u64 {
        self.inputs
    }

    /// The hash so far, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        self.hash.finalize().to_hex().to_string()
    }

    /// The last lines, oldest first.
    #[must_use]
    pub fn last_lines(&self) -> Vec<String> {
        self.lines.iter().cloned().collect()
    }

    /// Something that the world did, not a core.
    pub fn note(&mut self, at: Micros, what: &str) {
        self.hash.update(what.as_bytes());
        self.line(format!("{} {what}", time(at)));
    }

    /// An input of a device.
    pub fn input(&mut self, at: Micros, device: usize, input: &Input) {
        self.inputs += 1;
        self.hash.update(&at.to_le_bytes());
        self.hash.update(&device.to_le_bytes());
        let text = match input {
            Input::Received { link, bytes } => {
                self.hash.update(&link.0.to_le_bytes());
                self.hash.update(bytes);
                format!(
                    "received {} on {} ({} B)",
                    frame_name(bytes),
                    link.0,
                    bytes.len()
                )
            }
            Input::Loaded { id, rows } => {
                for (key, row) in rows {
                    self.hash.update(format!("{key:?}").as_bytes());
                    self.hash.update(&protocol::wire::encode(row));
                }
                format!("loaded {} ({} rows)", id.0, rows.len())
            }
            other => {
                let text = format!("{other:?}");
                self.hash.update(text.as_bytes());
                text
            }
        };
        self.line(format!("{} d{device} ← {text}", time(at)));
    }

    /// An output of a device.
    pub fn output(&mut self, at: Micros, device: usize, output: &Output) {
        self.hash.update(&device.to_le_bytes());
        let text = match output {
            Output::Send { link, bytes, after } => {
                self.hash.update(&link.0.to_le_bytes());
                self.hash.update(bytes);
                format!("send {} on {} after {after:?}", frame_name(bytes), link.0)
            }
            Output::Persist { id, batch } => {
                self.batch(batch);
                format!("persist {} ({} rows)", id.0, batch.writes.len())
            }
            other => {
                let text = format!("{other:?}");
                self.hash.update(text.as_bytes());
                text
            }
        };
        self.line(format!("{} d{device} → {text}", time(at)));
    }

    fn batch(&mut self, batch: &Batch) {
        for (key, row) in &batch.writes {
            self.hash.update(format!("{key:?}").as_bytes());
            self.hash.update(&protocol::wire::encode(row));
        }
    }

    #[allow(clippy::print_stdout, reason = "what --trace is for")]
    fn line(&mut self, line: String) {
        if self.loud {
            println!("{line}");
        }
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}

fn time(at: Micros) -> String {
    format!("{:>9}.{:03} ms", at / 1_000, at % 1_000)
}

fn frame_name(bytes: &[u8]) -> &'static str {
    Frame::decode(bytes).map_or("garbage", |frame| frame.name())
}
