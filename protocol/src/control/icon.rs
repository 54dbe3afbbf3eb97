//! The picture of a community: small enough to travel with what is said of its name, so that whoever has the log has it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::limits::ICON_BYTES_MAX;
use crate::wire::Blob;

/// What a picture of a community may be: still, and shown everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconKind {
    /// Portable Network Graphics, ISO/IEC 15948.
    Png,
    /// JPEG, ISO/IEC 10918-1.
    Jpeg,
    /// WebP, RFC 9649.
    Webp,
}

impl IconKind {
    /// Its media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    /// What these bytes begin like.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Some(Self::Webp),
            _ => None,
        }
    }
}

/// Why bytes are no picture of a community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IconFault {
    /// They begin like none.
    #[error("it is neither PNG, JPEG nor WebP")]
    Kind,
    /// There are too many.
    #[error("it has {actual} bytes, and at most {ICON_BYTES_MAX} are taken")]
    TooLarge {
        /// How many.
        actual: usize,
    },
}

/// A picture of a community: 1 to [`ICON_BYTES_MAX`] bytes that begin like PNG, JPEG or WebP. What follows is its maker's:
/// whoever shows it bounds what it decodes to. On the wire: varint length ‖ bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Icon {
    kind: IconKind,
    bytes: Blob<ICON_BYTES_MAX>,
}

impl Icon {
    /// The picture that these bytes are.
    ///
    /// # Errors
    /// [`IconFault`] says why they are none.
    pub fn new(bytes: Vec<u8>) -> Result<Self, IconFault> {
        let actual = bytes.len();
        let bytes = Blob::try_from(bytes).map_err(|_large| IconFault::TooLarge { actual })?;
        let kind = IconKind::of(&bytes).ok_or(IconFault::Kind)?;
        Ok(Self { kind, bytes })
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> IconKind {
        self.kind
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Icon({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

impl Serialize for Icon {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.bytes.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Icon {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Blob::<ICON_BYTES_MAX>::deserialize(deserializer)?;
        Self::new(bytes.into_vec()).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    #[test]
    fn pictures_travel_and_what_is_none_does_not() {
        let begins: [(&[u8], IconKind); 3] = [
            (b"\x89PNG\r\n\x1a\n", IconKind::Png),
            (&[0xff, 0xd8, 0xff, 0xe0], IconKind::Jpeg),
            (b"RIFF\0\0\0\0WEBPVP8 ", IconKind::Webp),
        ];
        for (bytes, kind) in begins {
            let icon = Icon::new(bytes.to_vec()).unwrap();
            assert_eq!(icon.kind(), kind);
            let there: Icon = wire::decode(&wire::encode(&icon), ICON_BYTES_MAX + 2).unwrap();
            assert_eq!(there, icon);
        }
        for bytes in [&b""[..], b"GIF89a", b"<svg", b"RIFF\0\0\0\0WAVE"] {
            assert_eq!(Icon::new(bytes.to_vec()), Err(IconFault::Kind));
            let blob = Blob::<ICON_BYTES_MAX>::try_from(bytes).unwrap();
            assert!(wire::decode::<Icon>(&wire::encode(&blob), ICON_BYTES_MAX + 2).is_err());
        }
        let mut large = b"\x89PNG\r\n\x1a\n".to_vec();
        large.resize(ICON_BYTES_MAX, 0);
        assert!(Icon::new(large.clone()).is_ok());
        large.push(0);
        let actual = large.len();
        assert_eq!(Icon::new(large), Err(IconFault::TooLarge { actual }));
    }
}
