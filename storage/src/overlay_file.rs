//! Reading goes on when writing cannot: changes to a file kept in memory and never written.
//!
//! The database repairs a file before it reads it, and repairing writes. On a full or write-protected disk these
//! few pages go here, and are forgotten once the disk has room and the file is opened as it is.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::folder::RawFile;

const PAGE: usize = 4096;
/// Pages kept. A repair writes the header and the free-space maps: well below 1 MiB for a file of 10 GiB.
const PAGES_MAX: usize = 4096;

/// A raw file whose changes stay in memory.
#[derive(Debug)]
pub(crate) struct OverlayFile {
    base: Arc<dyn RawFile>,
    over: Mutex<Over>,
}

#[derive(Debug)]
struct Over {
    len: u64,
    /// Bytes of the file below that still count: a file cut short and extended reads zeros there.
    base_len: u64,
    pages: BTreeMap<u64, Box<[u8; PAGE]>>,
}

impl OverlayFile {
    pub(crate) fn new(base: Arc<dyn RawFile>) -> io::Result<Self> {
        let len = base.len()?;
        Ok(Self {
            base,
            over: Mutex::new(Over {
                len,
                base_len: len,
                pages: BTreeMap::new(),
            }),
        })
    }

    fn over(&self) -> std::sync::MutexGuard<'_, Over> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn base_page(&self, over: &Over, number: u64, page: &mut [u8; PAGE]) -> io::Result<()> {
        let start = number * PAGE as u64;
        let there = over.base_len.saturating_sub(start).min(PAGE as u64);
        // At most PAGE, so it fits.
        match page.get_mut(..there as usize) {
            Some(part) if !part.is_empty() => self.base.read(start, part),
            _ => Ok(()),
        }
    }
}

/// Splits a range at page boundaries: page number, first byte in the page, bytes.
fn pieces(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let mut at = offset;
    let end = offset + len as u64;
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let skip = (at % PAGE as u64) as usize;
        let bytes = (PAGE - skip).min((end - at) as usize);
        let piece = (at / PAGE as u64, skip, bytes);
        at += bytes as u64;
        Some(piece)
    })
}

impl RawFile for OverlayFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.over().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let over = self.over();
        if offset
            .checked_add(out.len() as u64)
            .is_none_or(|end| end > over.len)
        {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = out;
        for (number, skip, bytes) in pieces(offset, rest.len()) {
            let (part, later) = rest.split_at_mut(bytes);
            let mut page = [0; PAGE];
            match over.pages.get(&number) {
                Some(kept) => page = **kept,
                None => self.base_page(&over, number, &mut page)?,
            }
            if let Some(from) = page.get(skip..skip + bytes) {
                part.copy_from_slice(from);
            }
            rest = later;
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut over = self.over();
        let mut rest = data;
        for (number, skip, bytes) in pieces(offset, data.len()) {
            let (part, later) = rest.split_at(bytes);
            if !over.pages.contains_key(&number) {
                if over.pages.len() >= PAGES_MAX {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                let mut page = Box::new([0; PAGE]);
                self.base_page(&over, number, &mut page)?;
                over.pages.insert(number, page);
            }
            let kept = over
                .pages
                .get_mut(&number)
                .and_then(|page| page.get_mut(skip..skip + bytes));
            if let Some(to) = kept {
                to.copy_from_slice(part);
            }
            rest = later;
        }
        over.len = over.len.max(offset + data.len() as u64);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut over = self.over();
        if len < over.len {
            over.base_len = over.base_len.min(len);
            let first_gone = len.div_ceil(PAGE as u64);
            over.pages.split_off(&first_gone);
            let last = (len / PAGE as u64, (len % PAGE as u64) as usize);
            if let Some(tail) = over
                .pages
                .get_mut(&last.0)
                .and_then(|page| page.get_mut(last.1..))
            {
                tail.fill(0);
            }
        }
        over.len = len;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::{Dice, FaultDisk};
    use crate::folder::Folder as _;

    #[test]
    fn it_reads_as_a_file_would_and_leaves_the_one_below_alone() {
        let disk = FaultDisk::new(1);
        let contents: Vec<u8> = (0..3 * PAGE + 100)
            .map(|index| (index % 251) as u8)
            .collect();
        disk.put("f", contents.clone());
        let over = OverlayFile::new(disk.open("f").expect("memory")).expect("memory");
        let mut model = contents.clone();
        let mut dice = Dice::new(5);
        for step in 0..400 {
            let (at, bytes) = (dice.below(4 * PAGE), dice.below(2 * PAGE));
            if dice.one_in(4) {
                over.set_len(at as u64).expect("memory");
                model.resize(at, 0);
            } else {
                over.write(at as u64, &vec![step as u8; bytes])
                    .expect("memory");
                model.resize(model.len().max(at + bytes), 0);
                model[at..at + bytes].fill(step as u8);
            }
            let mut all = vec![0; model.len()];
            assert_eq!(
                over.len().expect("memory"),
                model.len() as u64,
                "step {step}"
            );
            over.read(0, &mut all).expect("read");
            assert!(all == model, "step {step}");
        }
        assert!(over.read(model.len() as u64, &mut [0]).is_err());
        assert_eq!(disk.contents("f"), contents);
    }
}
