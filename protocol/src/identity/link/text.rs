//! The text of every link: a prefix and one line of base32 that says when it is cut, mistyped or of another kind.
//!
//! Prefix ‖ base32 of: length of the rest (1) ‖ body ‖ checksum (4) ‖ hints (≤ 28). The length stands first, so that a
//! link cut in half can say what is missing; the checksum covers body and hints. A body may be a secret, so what is made
//! on the way is wiped.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use super::hints::{self, HINTS_MAX, Hints};
use super::{LinkError, Lost};
use crate::crypto::{Hash32, Label};

/// What every link starts with.
pub(super) const SCHEME: &str = "lescopains:";
const CHECKSUM_LEN: usize = 4;
/// Characters from which a text of base32 alone is taken for the end of a link.
const TAIL_CHARS_MIN: usize = 16;

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// A person.
    Contact,
    /// A community, for whoever has the link.
    Invite,
}

impl LinkKind {
    const ALL: [Self; 2] = [Self::Contact, Self::Invite];

    /// Scheme, kind and version.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Contact => "lescopains:c/1/",
            Self::Invite => "lescopains:j/1/",
        }
    }

    /// Scheme and kind, before the version.
    const fn stem(self) -> &'static str {
        match self {
            Self::Contact => "lescopains:c/",
            Self::Invite => "lescopains:j/",
        }
    }

    const fn label(self) -> Label {
        match self {
            Self::Contact => Label::ContactLink,
            Self::Invite => Label::JoinLink,
        }
    }

    /// What it is, where another one was wanted.
    pub(super) const fn instead(self) -> &'static str {
        match self {
            Self::Contact => "this is a link to a contact, not an invite into a community",
            Self::Invite => "this is an invite into a community, not a link to a contact",
        }
    }

    /// Whether a text is a link of this kind, or the beginning of one that is long enough to tell.
    fn begins(self, link: &str) -> bool {
        link.starts_with(self.stem())
            || link.len() > SCHEME.len() && self.prefix().starts_with(link)
    }
}

/// Characters of a link of this kind whose body has so many bytes and its hints so many.
pub(crate) const fn chars(kind: LinkKind, body: usize, hints: usize) -> usize {
    let bytes = body.saturating_add(hints).saturating_add(1 + CHECKSUM_LEN);
    kind.prefix()
        .len()
        .saturating_add(bytes.saturating_mul(8).div_ceil(5))
}

/// Writes a link.
///
/// # Errors
/// Those of the formatter.
pub(crate) fn write(
    f: &mut fmt::Formatter<'_>,
    kind: LinkKind,
    body: &[u8],
    hints: &Hints,
) -> fmt::Result {
    let hints = hints::encode(hints);
    let rest = body
        .len()
        .saturating_add(CHECKSUM_LEN)
        .saturating_add(hints.len());
    let len = u8::try_from(rest).unwrap_or(u8::MAX);
    let checksum = checksum(kind, body, &hints);
    let bytes = Zeroizing::new([[len].as_slice(), body, &checksum, &hints].concat());
    let mut text = Zeroizing::new(BASE32_NOPAD.encode(&bytes));
    text.make_ascii_lowercase();
    write!(f, "{}{}", kind.prefix(), *text)
}

/// Reads a link with a body of `N` bytes as people paste it: any case, spaces and line breaks anywhere.
///
/// # Errors
/// [`LinkError`] says what is wrong with it.
pub(crate) fn read<const N: usize>(
    kind: LinkKind,
    text: &str,
) -> Result<(Zeroizing<[u8; N]>, Hints), LinkError> {
    let mut link = Zeroizing::new(String::with_capacity(text.len()));
    link.extend(
        text.chars()
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase),
    );
    let reader = Reader { kind, body: N };
    let bytes = reader.bytes(reader.payload(&link)?)?;
    let rest = bytes.get(1..).ok_or(LinkError::Checksum)?;
    let (body, rest) = rest.split_first_chunk::<N>().ok_or(LinkError::Checksum)?;
    let (check, hints) = rest
        .split_first_chunk::<CHECKSUM_LEN>()
        .ok_or(LinkError::Checksum)?;
    if *check != checksum(kind, body, hints) {
        return Err(LinkError::Checksum);
    }
    Ok((Zeroizing::new(*body), hints::decode(hints)?))
}

fn checksum(kind: LinkKind, body: &[u8], hints: &[u8]) -> [u8; CHECKSUM_LEN] {
    let checked = Zeroizing::new([body, hints].concat());
    let [a, b, c, d, ..] = Hash32::of(kind.label(), &checked).0;
    [a, b, c, d]
}

/// What is wanted of a text.
#[derive(Clone, Copy)]
struct Reader {
    kind: LinkKind,
    /// Bytes between length and checksum.
    body: usize,
}

impl Reader {
    /// What follows the prefix, once the prefix is as it should be.
    fn payload(self, link: &str) -> Result<&str, LinkError> {
        let prefix = self.kind.prefix();
        if let Some(payload) = link.strip_prefix(prefix) {
            return Ok(payload);
        }
        if link.is_empty() {
            return Err(LinkError::Empty);
        }
        if prefix.starts_with(link) {
            return Err(self.cut_before_length(link.len()));
        }
        if let Some(rest) = link.strip_prefix(self.kind.stem()) {
            let found = rest
                .split('/')
                .next()
                .unwrap_or_default()
                .chars()
                .take(8)
                .collect();
            return Err(LinkError::UnknownVersion { found });
        }
        if let Some(found) = LinkKind::ALL.into_iter().find(|kind| kind.begins(link)) {
            return Err(LinkError::Mistaken { found });
        }
        if link.starts_with(SCHEME) {
            return Err(LinkError::OtherKind);
        }
        let is_tail = (1..=prefix.len()).any(|cut| {
            let tail = prefix.get(cut..).and_then(|rest| link.strip_prefix(rest));
            tail.is_some_and(|tail| tail.len() >= TAIL_CHARS_MIN && tail.chars().all(is_base32))
        });
        Err(if is_tail {
            LinkError::MissingStart
        } else {
            LinkError::ForeignScheme
        })
    }

    /// The bytes of a payload that has exactly the length that it announces.
    fn bytes(self, payload: &str) -> Result<Zeroizing<Vec<u8>>, LinkError> {
        let prefix = self.kind.prefix().len();
        if let Some((index, character)) = payload.chars().enumerate().find(|(_, c)| !is_base32(*c))
        {
            let position = prefix.saturating_add(index).saturating_add(1);
            return Err(LinkError::BadCharacter {
                position,
                character,
            });
        }
        let have = payload.len();
        let upper = Zeroizing::new(payload.to_ascii_uppercase());
        // Two characters carry ten bits: the announced length and two bits of the body.
        let Some(announced) = upper.get(..2) else {
            return Err(self.cut_before_length(prefix.saturating_add(have)));
        };
        let announced = usize::from(first_byte(announced.as_bytes()));
        let least = self.body.saturating_add(CHECKSUM_LEN);
        if !(least..=least.saturating_add(HINTS_MAX)).contains(&announced) {
            return Err(LinkError::Checksum);
        }
        let expected = announced.saturating_add(1).saturating_mul(8).div_ceil(5);
        if have < expected {
            let missing = expected.saturating_sub(have);
            return Err(LinkError::Truncated {
                missing,
                lost: self.lost(have),
            });
        }
        if have > expected {
            return Err(LinkError::TooLong {
                extra: have.saturating_sub(expected),
            });
        }
        BASE32_NOPAD
            .decode(upper.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_error| LinkError::Checksum)
    }

    fn cut_before_length(self, have: usize) -> LinkError {
        LinkError::Truncated {
            missing: chars(self.kind, self.body, 0).saturating_sub(have),
            lost: Lost::Everything,
        }
    }

    /// What is not wholly there in a payload of so many characters, behind its length.
    fn lost(self, have: usize) -> Lost {
        let whole_bytes = have.saturating_mul(5) / 8;
        let body = self.body.saturating_add(1);
        if whole_bytes < body {
            Lost::Identity
        } else if whole_bytes < body.saturating_add(CHECKSUM_LEN) {
            Lost::Checksum
        } else {
            Lost::Hints
        }
    }
}

/// The byte that two characters of base32 begin with.
fn first_byte(two: &[u8]) -> u8 {
    let value = |character: u8| match character {
        b'A'..=b'Z' => character.saturating_sub(b'A'),
        digit => digit.saturating_sub(b'2').saturating_add(26),
    };
    match two {
        [high, low] => value(*high) << 3 | value(*low) >> 2,
        _ => 0,
    }
}

fn is_base32(character: char) -> bool {
    matches!(character, 'a'..='z' | '2'..='7')
}
