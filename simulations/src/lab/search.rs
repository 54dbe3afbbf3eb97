//! Looks for secrets in bytes that should not hold them, in every dress that they might wear.
//!
//! A secret is searched as it is, reversed, as UTF-16 in both byte orders, and, plain and
//! reversed, in hexadecimal, base32 and base64 at every alignment. A search finds nothing for two
//! reasons: there is nothing, or it does not search. So the tests plant each dress once.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER, HEXUPPER};

/// Shortest pattern searched. Eight given bytes do not occur by chance in a few megabytes; fewer
/// might.
pub(crate) const PATTERN_BYTES_MIN: usize = 8;

/// Bits of the filter that rules most positions out at the cost of one look.
const FILTER_BITS: u32 = 22;

/// What must not be found: a name for reports, and the bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Secret {
    /// What it is, such as "message 12 of Ada".
    pub(crate) what: String,
    /// As it is in memory.
    pub(crate) bytes: Vec<u8>,
    /// Whether it is text, which has more dresses.
    pub(crate) text: bool,
}

impl Secret {
    /// A secret that people read.
    #[must_use]
    pub(crate) fn text(what: impl Into<String>, text: &str) -> Self {
        Self {
            what: what.into(),
            bytes: text.as_bytes().to_vec(),
            text: true,
        }
    }

    /// A secret that programs read.
    #[must_use]
    pub(crate) fn bytes(what: impl Into<String>, bytes: &[u8]) -> Self {
        Self {
            what: what.into(),
            bytes: bytes.to_vec(),
            text: false,
        }
    }
}

/// A secret that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// [`Secret::what`].
    pub(crate) what: String,
    /// Which dress it wore.
    pub(crate) dress: String,
    /// Where it begins.
    pub(crate) offset: usize,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} as {} at byte {}", self.what, self.dress, self.offset)
    }
}

#[derive(Debug)]
struct Pattern {
    bytes: Vec<u8>,
    secret: usize,
    dress: String,
}

/// Looks for many secrets at once.
#[derive(Debug)]
pub(crate) struct Search {
    names: Vec<String>,
    patterns: Vec<Pattern>,
    /// First eight bytes to the patterns that begin so.
    heads: BTreeMap<u64, Vec<usize>>,
    filter: Vec<u64>,
    short: Vec<String>,
}

impl Search {
    /// Prepares the search for these secrets in all their dresses.
    #[must_use]
    pub(crate) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let secrets: BTreeSet<Secret> = secrets.into_iter().collect();
        let mut search = Self {
            names: Vec::new(),
            patterns: Vec::new(),
            heads: BTreeMap::new(),
            filter: vec![0; 1 << (FILTER_BITS - 6)],
            short: Vec::new(),
        };
        for secret in secrets {
            if secret.bytes.len() < PATTERN_BYTES_MIN {
                search.short.push(secret.what);
                continue;
            }
            for (dress, bytes) in dresses(&secret) {
                search.add(search.names.len(), dress, bytes);
            }
            search.names.push(secret.what);
        }
        search
    }

    /// Secrets that are too short to be searched without false alarms. A caller that has any
    /// cannot claim that nothing was found.
    #[must_use]
    pub(crate) fn too_short(&self) -> &[String] {
        &self.short
    }

    /// How many secrets are searched.
    #[must_use]
    pub(crate) fn secrets(&self) -> usize {
        self.names.len()
    }

    fn add(&mut self, secret: usize, dress: String, bytes: Vec<u8>) {
        let Some(head) = head(&bytes, 0) else { return };
        let (word, bit) = slot(head);
        if let Some(word) = self.filter.get_mut(word) {
            *word |= bit;
        }
        self.heads
            .entry(head)
            .or_default()
            .push(self.patterns.len());
        self.patterns.push(Pattern {
            bytes,
            secret,
            dress,
        });
    }

    /// The first secret in these bytes, if there is any.
    #[must_use]
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<Finding> {
        (0..bytes.len()).find_map(|offset| {
            let head = head(bytes, offset)?;
            let (word, bit) = slot(head);
            if self.filter.get(word)? & bit == 0 {
                return None;
            }
            let rest = bytes.get(offset..)?;
            let candidates = self
                .heads
                .get(&head)?
                .iter()
                .filter_map(|i| self.patterns.get(*i));
            let mut found = candidates.filter(|pattern| rest.starts_with(&pattern.bytes));
            let pattern = found.next()?;
            let what = self.names.get(pattern.secret)?.clone();
            Some(Finding {
                what,
                dress: pattern.dress.clone(),
                offset,
            })
        })
    }
}

fn head(bytes: &[u8], offset: usize) -> Option<u64> {
    let (head, _) = bytes.get(offset..)?.split_first_chunk()?;
    Some(u64::from_le_bytes(*head))
}

/// Word and bit of the filter that stand for a head: its product with an odd constant spreads it.
fn slot(head: u64) -> (usize, u64) {
    let spread = head.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS);
    let word = usize::try_from(spread >> 6).unwrap_or_default();
    (word, 1 << (spread & 63))
}

/// Every dress of a secret, with its name.
fn dresses(secret: &Secret) -> Vec<(String, Vec<u8>)> {
    let mut dresses = Vec::new();
    let reversed: Vec<u8> = secret.bytes.iter().rev().copied().collect();
    for (order, bytes) in [("", &secret.bytes), ("reversed ", &reversed)] {
        dresses.push((format!("{order}raw bytes"), bytes.clone()));
        for (name, encoding) in [("hex", HEXLOWER), ("HEX", HEXUPPER)] {
            dresses.push((
                format!("{order}{name}"),
                encoding.encode(bytes).into_bytes(),
            ));
        }
        for alignment in 0..5 {
            let upper = aligned(&BASE32_NOPAD, 5, bytes, alignment);
            dresses.push((
                format!("{order}base32 +{alignment}"),
                upper.to_ascii_lowercase(),
            ));
            dresses.push((format!("{order}BASE32 +{alignment}"), upper));
        }
        for alignment in 0..3 {
            let encodings = [("base64", &BASE64_NOPAD), ("base64url", &BASE64URL_NOPAD)];
            for (name, encoding) in encodings {
                let encoded = aligned(encoding, 6, bytes, alignment);
                dresses.push((format!("{order}{name} +{alignment}"), encoded));
            }
        }
    }
    if let (true, Ok(text)) = (secret.text, std::str::from_utf8(&secret.bytes)) {
        let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect();
        dresses.push(("UTF-16LE".to_owned(), wide(u16::to_le_bytes)));
        dresses.push(("UTF-16BE".to_owned(), wide(u16::to_be_bytes)));
    }
    dresses
}

/// The characters that depend on `bytes` alone, when they stand `alignment` bytes after the
/// beginning of a group. `bits` is how many bits a character carries.
fn aligned(encoding: &Encoding, bits: usize, bytes: &[u8], alignment: usize) -> Vec<u8> {
    let mut padded = vec![0; alignment];
    padded.extend_from_slice(bytes);
    let encoded = encoding.encode(&padded).into_bytes();
    let first = (alignment * 8).div_ceil(bits);
    let last = padded.len() * 8 / bits;
    encoded.get(first..last).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "the heron waits beside the weir";
    /// With bytes that base64 and base64url write differently at every alignment.
    const ID: [u8; 16] = [
        0x8f, 0x13, 0xa7, 0x5c, 0xff, 0xff, 0xff, 0x40, 0x77, 0xd8, 0x0b, 0x6e, 0xc5, 0x3a, 0xfa,
        0x29,
    ];

    fn search() -> Search {
        Search::new([Secret::text("text", TEXT), Secret::bytes("id", &ID)])
    }

    /// Bytes without meaning around a planted pattern.
    fn plant(pattern: &[u8], before: usize) -> Vec<u8> {
        let noise = (1_u32..).map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()[3]);
        let mut bytes: Vec<u8> = noise.take(before).collect();
        bytes.extend_from_slice(pattern);
        bytes.extend_from_slice(&[0x55; 40]);
        bytes
    }

    #[track_caller]
    fn found(pattern: &[u8], what: &str, dress: &str) {
        for before in [0, 1, 2, 3, 5, 8, 1001] {
            let finding = search().find(&plant(pattern, before));
            let finding = finding.unwrap_or_else(|| panic!("{what} as {dress} was not found"));
            assert_eq!(
                (finding.what.as_str(), finding.dress.as_str()),
                (what, dress)
            );
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert_eq!(search().find(&plant(b"", 200_000)), None);
        assert_eq!(search().find(b""), None);
        assert_eq!(search().find(&TEXT.as_bytes()[1..]), None);
    }

    #[test]
    fn raw_and_reversed_bytes_are_found() {
        found(TEXT.as_bytes(), "text", "raw bytes");
        found(&ID, "id", "raw bytes");
        let reversed: Vec<u8> = ID.iter().rev().copied().collect();
        found(&reversed, "id", "reversed raw bytes");
    }

    #[test]
    fn hexadecimal_is_found_in_both_cases_and_orders() {
        found(HEXLOWER.encode(TEXT.as_bytes()).as_bytes(), "text", "hex");
        found(HEXUPPER.encode(&ID).as_bytes(), "id", "HEX");
        let reversed: Vec<u8> = ID.iter().rev().copied().collect();
        found(HEXLOWER.encode(&reversed).as_bytes(), "id", "reversed hex");
    }

    #[test]
    fn base64_is_found_at_every_alignment() {
        for alignment in 0..3 {
            for (name, encoding) in [("base64", BASE64_NOPAD), ("base64url", BASE64URL_NOPAD)] {
                let mut whole = vec![0xfb; alignment];
                whole.extend_from_slice(&ID);
                whole.extend_from_slice(&[0xfb; 7]);
                found(
                    encoding.encode(&whole).as_bytes(),
                    "id",
                    &format!("{name} +{alignment}"),
                );
            }
        }
    }

    #[test]
    fn base32_is_found_at_every_alignment_in_both_cases() {
        for alignment in 0..5 {
            let mut whole = vec![0xfb; alignment];
            whole.extend_from_slice(TEXT.as_bytes());
            whole.extend_from_slice(&[0xfb; 7]);
            let upper = BASE32_NOPAD.encode(&whole);
            found(upper.as_bytes(), "text", &format!("BASE32 +{alignment}"));
            let lower = upper.to_ascii_lowercase();
            found(lower.as_bytes(), "text", &format!("base32 +{alignment}"));
        }
    }

    #[test]
    fn wide_text_is_found_in_both_byte_orders() {
        let wide = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            TEXT.encode_utf16().flat_map(bytes).collect()
        };
        found(&wide(u16::to_le_bytes), "text", "UTF-16LE");
        found(&wide(u16::to_be_bytes), "text", "UTF-16BE");
    }

    #[test]
    fn a_secret_too_short_to_search_is_owned_up_to() {
        let search = Search::new([Secret::text("name", "Ada")]);
        assert_eq!(search.too_short(), ["name"]);
    }
}
