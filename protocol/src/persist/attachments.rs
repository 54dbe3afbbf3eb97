//! Rows of small files that come with messages: whole ones, those whose parts are still coming, and the parts.

use serde::{Deserialize, Serialize};

use crate::crypto::Hash32;
use crate::limits;
use crate::message::Media;
use crate::time::Timestamp;
use crate::turn::AttachmentView;
use crate::wire::Blob;

/// The whole attachment of a message. Its parts lie beside it, all but the last full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentRow {
    /// Hash of the bytes, as was verified.
    pub whole: Hash32,
    /// What its author calls it.
    pub media: Media,
    /// Bytes in all.
    pub size: u32,
    /// Parts in all.
    pub count: u16,
}

/// An attachment on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfinishedRow {
    /// Hash that the whole must have.
    pub whole: Hash32,
    /// What its author calls it.
    pub media: Media,
    /// Parts in all, at most [`limits::CHUNKS_MAX`].
    pub count: u16,
    /// One bit for each part that is here, from the lowest.
    pub have: u64,
    /// Bytes of the last part, 0 while it is missing.
    pub last: u32,
    /// When the first part came.
    pub begun: Timestamp,
}

impl AttachmentRow {
    /// As shown.
    #[must_use]
    pub fn view(&self) -> AttachmentView {
        AttachmentView {
            media: self.media.clone(),
            size: Some(self.size),
            have: self.count,
            parts: self.count,
            complete: true,
        }
    }
}

impl UnfinishedRow {
    fn bit(index: u16) -> u64 {
        1_u64.checked_shl(index.into()).unwrap_or(0)
    }

    /// Whether a part is here.
    #[must_use]
    pub fn has(&self, index: u16) -> bool {
        self.have & Self::bit(index) != 0
    }

    /// Notes that a part of this size is here.
    pub(crate) fn add(&mut self, index: u16, bytes: usize) {
        self.have |= Self::bit(index);
        if index.checked_add(1) == Some(self.count) {
            self.last = u32::try_from(bytes).unwrap_or(u32::MAX);
        }
    }

    /// Whether all parts are here.
    #[must_use]
    pub fn is_full(&self) -> bool {
        (0..self.count).all(|index| self.has(index))
    }

    /// Bytes in all, once the last part is here.
    #[must_use]
    pub fn size(&self) -> Option<u32> {
        let full = u32::try_from(limits::CHUNK_BYTES_MAX).ok()?;
        let before = full.checked_mul(u32::from(self.count).checked_sub(1)?)?;
        (self.last > 0).then(|| before.saturating_add(self.last))
    }

    /// As shown.
    #[must_use]
    pub fn view(&self) -> AttachmentView {
        AttachmentView {
            media: self.media.clone(),
            size: self.size(),
            have: u16::try_from(self.have.count_ones()).unwrap_or(u16::MAX),
            parts: self.count,
            complete: false,
        }
    }
}

/// One part of an attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRow {
    /// Its bytes.
    pub bytes: Blob<{ limits::CHUNK_BYTES_MAX }>,
}
