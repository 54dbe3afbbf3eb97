//! AES-256-XTS under the database: a stolen disk shows neither contents nor structure.
//!
//! Units of 4,096 bytes, tweak = number of the unit (little-endian). XTS has no diffusion between blocks of 16
//! bytes, so a write touches only its own blocks and tears as it would without encryption. It has no
//! authentication: the rows inside are sealed (`seal`).
//!
//! A block of zeros in the file reads as zeros: that is what extending a file gives, and an encrypted block is
//! all zero once in 2^128.

use std::sync::Arc;
use std::{fmt, io};

use redb::StorageBackend;

use crate::folder::RawFile;
use crate::seal::{DataKey, Purpose};
use crate::xts::{BLOCK, Way, Xts};

const ZERO: [u8; BLOCK] = [0; BLOCK];

/// An encrypted file, as the database wants it.
pub struct CipherFile {
    raw: Arc<dyn RawFile>,
    /// `None` only for the mutant "plaintext on disk".
    cipher: Option<Box<Xts>>,
}

impl CipherFile {
    /// This raw file under this data key.
    #[must_use]
    pub fn new(raw: Arc<dyn RawFile>, data_key: &DataKey) -> Self {
        let (blocks, tweaks) = (
            data_key.derive(Purpose::Blocks),
            data_key.derive(Purpose::Tweaks),
        );
        Self {
            raw,
            cipher: Some(Box::new(Xts::new(blocks.as_bytes(), tweaks.as_bytes()))),
        }
    }

    /// This raw file as it is: the mutant "plaintext on disk".
    #[cfg(feature = "mutants")]
    #[must_use]
    pub fn danger_plain(raw: Arc<dyn RawFile>) -> Self {
        Self { raw, cipher: None }
    }

    /// Reads whole blocks: `offset` and the length of `blocks` are multiples of 16.
    fn read_blocks(&self, offset: u64, blocks: &mut [u8]) -> io::Result<()> {
        self.raw.read(offset, blocks)?;
        let Some(xts) = &self.cipher else {
            return Ok(());
        };
        let holes: Vec<usize> = blocks
            .chunks_exact(BLOCK)
            .enumerate()
            .filter_map(|(index, block)| (block == ZERO).then_some(index))
            .collect();
        if holes.len() * BLOCK < blocks.len() {
            xts.transform(Way::Decrypt, offset, blocks);
        }
        let mut all = blocks.chunks_exact_mut(BLOCK);
        let mut next = 0;
        for hole in holes {
            // Holes come in order, so one pass over the blocks reaches each.
            if let Some(block) = all.nth(hole - next) {
                block.fill(0);
            }
            next = hole + 1;
        }
        Ok(())
    }
}

/// The whole blocks around a range: first byte, and how many bytes.
fn around(offset: u64, len: usize) -> io::Result<(u64, usize)> {
    let start = offset - offset % BLOCK as u64;
    let end = offset
        .checked_add(len as u64)
        .and_then(|end| end.checked_next_multiple_of(16));
    end.and_then(|end| usize::try_from(end - start).ok())
        .map(|bytes| (start, bytes))
        .ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

impl StorageBackend for CipherFile {
    fn len(&self) -> io::Result<u64> {
        self.raw.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let (start, bytes) = around(offset, out.len())?;
        if (start, bytes) == (offset, out.len()) {
            return self.read_blocks(offset, out);
        }
        let mut blocks = vec![0; bytes];
        self.read_blocks(start, &mut blocks)?;
        let skip = (offset - start) as usize;
        let wanted = blocks
            .get(skip..skip + out.len())
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(wanted);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if !len.is_multiple_of(BLOCK as u64) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.raw.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.raw.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let (start, bytes) = around(offset, data.len())?;
        let mut blocks = vec![0; bytes];
        if (start, bytes) != (offset, data.len()) {
            // Never seen of redb 4.6 (70,872 writes); right all the same.
            self.read_blocks(start, &mut blocks)?;
        }
        let skip = (offset - start) as usize;
        let place = blocks
            .get_mut(skip..skip + data.len())
            .ok_or(io::ErrorKind::InvalidInput)?;
        place.copy_from_slice(data);
        if let Some(xts) = &self.cipher {
            xts.transform(Way::Encrypt, start, &mut blocks);
        }
        self.raw.write(start, &blocks)
    }
}

impl fmt::Debug for CipherFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CipherFile")
            .field("raw", &self.raw)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::FaultDisk;
    use crate::folder::Folder as _;
    use crate::xts::UNIT;

    fn pair() -> (Arc<dyn RawFile>, CipherFile) {
        let raw = FaultDisk::new(1).open("f").expect("memory");
        let file = CipherFile::new(Arc::clone(&raw), &DataKey::from_bytes([3; 32]));
        (raw, file)
    }

    fn pattern(len: usize) -> Vec<u8> {
        (0..len).map(|index| (index * 31 % 251) as u8).collect()
    }

    #[test]
    fn writes_of_every_alignment_read_back_beside_their_neighbours() {
        let (_, file) = pair();
        file.set_len(3 * UNIT as u64).expect("memory");
        let mut model = vec![0; 3 * UNIT];
        for (offset, len) in [
            (0, 3 * UNIT),
            (5, 1),
            (4090, 20),
            (16, 16),
            (4096, 4096),
            (8000, 4288),
        ] {
            let data = pattern(len);
            file.write(offset as u64, &data).expect("written");
            model[offset..offset + len].copy_from_slice(&data);
            let mut all = vec![0; model.len()];
            file.read(0, &mut all).expect("read");
            assert!(all == model, "after {offset}+{len}");
            let mut part = vec![0; len];
            file.read(offset as u64, &mut part).expect("read");
            assert_eq!(part, data);
        }
    }

    #[test]
    fn new_space_reads_as_zeros_also_between_written_blocks() {
        let (_, file) = pair();
        file.set_len(2 * UNIT as u64).expect("memory");
        file.write(32, &[9; 16]).expect("written");
        let mut unit = vec![1; UNIT];
        file.read(0, &mut unit).expect("read");
        assert_eq!(&unit[32..48], &[9; 16]);
        assert!(unit[..32].iter().chain(&unit[48..]).all(|byte| *byte == 0));
    }

    #[test]
    fn a_write_touches_its_own_blocks_only() {
        let (raw, file) = pair();
        file.set_len(UNIT as u64).expect("memory");
        file.write(0, &pattern(UNIT)).expect("written");
        let (mut before, mut after) = (vec![0; UNIT], vec![0; UNIT]);
        raw.read(0, &mut before).expect("read");
        file.write(64, &[1; 16]).expect("written");
        raw.read(0, &mut after).expect("read");
        assert_ne!(before[64..80], after[64..80]);
        assert_eq!(before[..64], after[..64]);
        assert_eq!(before[80..], after[80..]);
    }

    #[test]
    fn equal_contents_differ_by_place_and_key_and_hide() {
        let (raw, file) = pair();
        file.set_len(2 * UNIT as u64).expect("memory");
        file.write(0, &pattern(UNIT)).expect("written");
        file.write(UNIT as u64, &pattern(UNIT)).expect("written");
        let mut bytes = vec![0; 2 * UNIT];
        raw.read(0, &mut bytes).expect("read");
        assert_ne!(bytes[..UNIT], bytes[UNIT..]);
        assert!(!bytes.windows(8).any(|window| window == &pattern(UNIT)[..8]));
        let other = CipherFile::new(raw, &DataKey::from_bytes([4; 32]));
        let mut read = vec![0; UNIT];
        other.read(0, &mut read).expect("read");
        assert_ne!(read, pattern(UNIT));
    }

    #[test]
    fn a_length_between_blocks_is_refused_and_the_end_is_an_error() {
        let (_, file) = pair();
        assert!(file.set_len(17).is_err());
        file.set_len(UNIT as u64).expect("memory");
        assert!(file.read(UNIT as u64 - 8, &mut [0; 16]).is_err());
    }
}
