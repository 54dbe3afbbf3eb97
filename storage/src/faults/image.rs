//! What one file holds, what of it is durable, and what a crash makes of the difference.

use super::{Crash, Dice};

/// Bytes that a killed process writes whole or not at all: a page of the system's cache.
const PAGE: usize = 4096;

/// A change that a sync makes durable.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Write { offset: u64, data: Vec<u8> },
    Length(u64),
}

impl Op {
    /// What is done of it when it stops at this share (of 256): whole pages from the front, or nothing.
    pub(super) fn first_part(self, share: usize) -> Self {
        match self {
            Self::Write { offset, mut data } => {
                let pages = data.len().div_ceil(PAGE);
                data.truncate(pages * share / 256 * PAGE);
                Self::Write { offset, data }
            }
            // Nothing is written: no bytes at the front.
            Self::Length(_) => Self::Write {
                offset: 0,
                data: Vec::new(),
            },
        }
    }
}

/// One file.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    /// What a reader sees.
    pub(super) current: Vec<u8>,
    /// What was there at the last sync.
    synced: Vec<u8>,
    /// What happened since.
    since: Vec<Op>,
    /// The change that was going on when the power went.
    unfinished: Option<Op>,
    /// The file that this one replaces, until the folder is synced; the inner `None` is no file.
    replaces: Option<Option<Vec<u8>>>,
}

impl Image {
    pub(super) fn durable(bytes: Vec<u8>) -> Self {
        Self {
            current: bytes.clone(),
            synced: bytes,
            ..Self::default()
        }
    }

    /// A whole new file in place of `old`, its name not yet durable.
    pub(super) fn replacing(bytes: Vec<u8>, old: Option<Vec<u8>>) -> Self {
        Self {
            replaces: Some(old),
            ..Self::durable(bytes)
        }
    }

    /// What a cut would certainly leave, taking the newest name.
    pub(super) fn settled(&self) -> Vec<u8> {
        self.synced.clone()
    }

    pub(super) fn range(&self, offset: u64, len: usize) -> Option<&[u8]> {
        let start = usize::try_from(offset).ok()?;
        self.current.get(start..start.checked_add(len)?)
    }

    pub(super) fn apply(&mut self, op: Op) {
        match &op {
            Op::Write { offset, data } => write(&mut self.current, *offset, data, true),
            Op::Length(len) => resize(&mut self.current, *len),
        }
        self.since.push(op);
    }

    /// What a reader sees is the first part of the change; what a crash leaves may be another.
    pub(super) fn cut_during(&mut self, op: Op, share: usize) {
        self.unfinished = Some(op.clone());
        if let Op::Write { offset, data } = op.first_part(share) {
            write(&mut self.current, offset, &data, true);
        }
    }

    pub(super) fn sync(&mut self) {
        self.since.clear();
        self.synced.clone_from(&self.current);
        self.replaces = None;
    }

    pub(super) fn flip(&mut self, offset: usize, mask: u8) {
        for bytes in [&mut self.current, &mut self.synced] {
            if let Some(byte) = bytes.get_mut(offset) {
                *byte ^= mask;
            }
        }
    }

    /// What the next start finds; `None` for no file.
    pub(super) fn after(&self, crash: Crash, dice: &mut Dice) -> Option<Self> {
        let sector = match crash {
            Crash::Killed => return Some(Self::durable(self.current.clone())),
            Crash::Torn { sector } => return Some(Self::durable(self.torn(sector, dice))),
            Crash::PowerLoss { sector } => sector,
        };
        if let Some(old) = &self.replaces
            && dice.one_in(2)
        {
            return old.clone().map(Self::durable);
        }
        let mut bytes = self.synced.clone();
        for op in self.since.iter().chain(&self.unfinished) {
            match op {
                Op::Length(len) if dice.one_in(2) => resize(&mut bytes, *len),
                Op::Length(_) => {}
                Op::Write { offset, data } => match dice.below(3) {
                    0 => write(&mut bytes, *offset, data, false),
                    1 => tear(&mut bytes, *offset, data, sector, dice),
                    _ => {}
                },
            }
        }
        Some(Self::durable(bytes))
    }
}

impl Image {
    /// Everything before the last write, and some sectors of it.
    fn torn(&self, sector: usize, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for op in &self.since {
            match op {
                Op::Write { offset, data } => write(&mut bytes, *offset, data, true),
                Op::Length(len) => resize(&mut bytes, *len),
            }
        }
        if let Some(Op::Write { offset, data }) = &self.unfinished {
            tear(&mut bytes, *offset, data, sector, dice);
        }
        bytes
    }
}

fn resize(bytes: &mut Vec<u8>, len: u64) {
    bytes.resize(usize::try_from(len).unwrap_or(usize::MAX), 0);
}

/// Writes some sectors of the data.
fn tear(bytes: &mut Vec<u8>, offset: u64, data: &[u8], sector: usize, dice: &mut Dice) {
    let mut at = offset;
    for part in data.chunks(sector.max(1)) {
        if dice.one_in(2) {
            write(bytes, at, part, false);
        }
        at += part.len() as u64;
    }
}

/// Writes; beyond the end only if the file may grow. A write past a length that was lost is lost with it.
fn write(bytes: &mut Vec<u8>, offset: u64, data: &[u8], grow: bool) {
    let Ok(start) = usize::try_from(offset) else {
        return;
    };
    let end = start.saturating_add(data.len());
    if grow && end > bytes.len() && !data.is_empty() {
        bytes.resize(end, 0);
    }
    let room = bytes.len().saturating_sub(start).min(data.len());
    if let (Some(to), Some(from)) = (bytes.get_mut(start..start + room), data.get(..room)) {
        to.copy_from_slice(from);
    }
}
