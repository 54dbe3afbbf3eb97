//! XTS-AES-256 (IEEE 1619) over a run of blocks within one unit.
//!
//! The blocks of a unit go through the cipher together: eight to sixteen times as fast as one by one where the
//! processor has wide AES instructions. There is no ciphertext stealing, because only whole blocks are stored.

use aes::Aes256;
use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};

/// Bytes of a cipher block.
pub(crate) const BLOCK: usize = 16;
/// Bytes of an encryption unit: that of redb's pages (platform.md §6).
pub(crate) const UNIT: usize = 4096;

type Block = Array<u8, U16>;

/// Both keys.
pub(crate) struct Xts {
    blocks: Aes256,
    tweaks: Aes256,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Encrypt,
    Decrypt,
}

impl Xts {
    pub(crate) fn new(block_key: &[u8; 32], tweak_key: &[u8; 32]) -> Self {
        Self {
            blocks: Aes256::new(block_key.into()),
            tweaks: Aes256::new(tweak_key.into()),
        }
    }

    /// Transforms whole blocks that follow one another in the file, from byte `offset`, a multiple of 16.
    pub(crate) fn transform(&self, way: Way, offset: u64, bytes: &mut [u8]) {
        let mut number = offset / UNIT as u64;
        // Below UNIT, so it fits.
        let mut skip = (offset % UNIT as u64) as usize;
        let mut rest = bytes;
        while !rest.is_empty() {
            let (now, later) = rest.split_at_mut(rest.len().min(UNIT - skip));
            self.within_unit(way, number, skip / BLOCK, now);
            number += 1;
            skip = 0;
            rest = later;
        }
    }

    /// Transforms blocks of one unit, from its block number `first`.
    fn within_unit(&self, way: Way, unit: u64, first: usize, bytes: &mut [u8]) {
        let mut tweak = Block::from(u128::from(unit).to_le_bytes());
        self.tweaks.encrypt_block(&mut tweak);
        let mut tweak = u128::from_le_bytes(tweak.0);
        (0..first).for_each(|_| tweak = double(tweak));
        let mut masks = [0; UNIT / BLOCK];
        for mask in masks.iter_mut().take(bytes.len() / BLOCK) {
            *mask = tweak;
            tweak = double(tweak);
        }
        let (blocks, _) = Block::slice_as_chunks_mut(bytes);
        mix(blocks, &masks);
        match way {
            Way::Encrypt => self.blocks.encrypt_blocks(blocks),
            Way::Decrypt => self.blocks.decrypt_blocks(blocks),
        }
        mix(blocks, &masks);
    }
}

fn mix(blocks: &mut [Block], masks: &[u128]) {
    for (block, mask) in blocks.iter_mut().zip(masks) {
        block.0 = (u128::from_le_bytes(block.0) ^ mask).to_le_bytes();
    }
}

/// Times α in GF(2^128) as IEEE 1619 writes it: little-endian, reduced by x^7 + x^2 + x + 1.
const fn double(tweak: u128) -> u128 {
    (tweak << 1) ^ ((tweak >> 127) * 0x87)
}

#[cfg(test)]
mod tests {
    use xts_mode::{Xts128, get_tweak_default};

    use super::*;
    use crate::faults::Dice;

    fn key(text: &str) -> [u8; 32] {
        std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex"))
    }

    /// Vector 10 of IEEE 1619-2007: AES-256, data unit 0xff. Its unit is of 512 bytes; ours only longer.
    #[test]
    fn it_is_ieee_1619() {
        let xts = Xts::new(
            &key("2718281828459045235360287471352662497757247093699959574966967627"),
            &key("3141592653589793238462643383279502884197169399375105820974944592"),
        );
        let mut unit: Vec<u8> = (0..512).map(|index| (index % 256) as u8).collect();
        xts.transform(Way::Encrypt, 0xff * UNIT as u64, &mut unit);
        let start = key("1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b");
        assert_eq!(unit[..32], start);
    }

    #[test]
    fn it_agrees_with_another_implementation_at_every_place() {
        let (one, two) = ([3; 32], [4; 32]);
        let ours = Xts::new(&one, &two);
        let theirs = Xts128::new(Aes256::new(&one.into()), Aes256::new(&two.into()));
        let mut dice = Dice::new(1);
        for _ in 0..200 {
            let plain: Vec<u8> = (0..3 * UNIT).map(|_| dice.roll() as u8).collect();
            let base = (dice.roll() >> 16) / UNIT as u64 * UNIT as u64;
            let mut whole = plain.clone();
            theirs.encrypt_area(
                &mut whole,
                UNIT,
                u128::from(base / UNIT as u64),
                get_tweak_default,
            );
            let blocks = 3 * UNIT / BLOCK;
            let start = dice.below(blocks);
            let end = start + 1 + dice.below(blocks - start);
            let (start, end) = (start * BLOCK, end * BLOCK);
            let mut part = plain[start..end].to_vec();
            ours.transform(Way::Encrypt, base + start as u64, &mut part);
            assert_eq!(part, whole[start..end], "{start}..{end}");
            ours.transform(Way::Decrypt, base + start as u64, &mut part);
            assert_eq!(part, plain[start..end], "{start}..{end}");
        }
    }
}
