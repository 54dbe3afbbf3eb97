//! An entry as it comes in: its bytes are read, and its signature is checked, once, however often its rows have to be loaded first.

use std::sync::Arc;

use crate::community::hall::Hall;
use crate::content::{EntryFault, EntryHeader, EntryId, UnverifiedEntry, VerifiedEntry};
use crate::courier::Stop;
use crate::crypto::VerifyKey;
use crate::error::Misbehaved;
use crate::link::frame::EntryBytes;

/// An entry as it came: read now, or before its rows were loaded.
pub(super) enum Read {
    New(Box<UnverifiedEntry>),
    Believed(Arc<VerifiedEntry>),
}

impl Read {
    /// # Errors
    /// When it is none.
    pub(super) fn of(hall: &Hall, bytes: &EntryBytes) -> Result<Self, EntryFault> {
        match hall.believed(bytes) {
            Some(entry) => Ok(Self::Believed(entry)),
            None => UnverifiedEntry::decode(bytes).map(Box::new).map(Self::New),
        }
    }

    pub(super) fn header(&self) -> &EntryHeader {
        match self {
            Self::New(entry) => &entry.entry().header,
            Self::Believed(entry) => entry.header(),
        }
    }

    pub(super) fn id(&self) -> EntryId {
        match self {
            Self::New(entry) => entry.entry().id(),
            Self::Believed(entry) => entry.id(),
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        let entry = match self {
            Self::New(entry) => entry.entry(),
            Self::Believed(entry) => entry.entry(),
        };
        !entry.key.is_empty()
    }

    pub(super) fn unverified(self) -> UnverifiedEntry {
        match self {
            Self::New(entry) => *entry,
            Self::Believed(entry) => entry.unverified(),
        }
    }

    /// # Errors
    /// When its device did not sign it.
    pub(super) fn believe(
        self,
        hall: &mut Hall,
        bytes: &EntryBytes,
        key: &VerifyKey,
    ) -> Result<Arc<VerifiedEntry>, Stop> {
        match self {
            Self::New(entry) => hall
                .believe(bytes, *entry, key)
                .map_err(|fault| Misbehaved::Entry(fault).into()),
            Self::Believed(entry) => Ok(entry),
        }
    }
}
