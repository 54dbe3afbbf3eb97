//! What this device is to communities, and the secrets that it holds for them. Few rows, always in memory.

use super::Resident;
use crate::control::{CommunityId, OpId};
use crate::crypto::Hash32;
use crate::persist::{CommunityRow, Row, RowKey, SecretRow};

const FIRST: Hash32 = Hash32([0; 32]);
const LAST: Hash32 = Hash32([u8::MAX; 32]);

impl Resident {
    /// What this device is to a community.
    #[must_use]
    pub fn community(&self, id: CommunityId) -> Option<&CommunityRow> {
        match self.find(&RowKey::Community(id)) {
            Ok(Some(Row::Community(row))) => Some(row),
            _ => None,
        }
    }

    /// Every community that this device has to do with.
    #[must_use]
    pub fn communities(&self) -> Vec<(CommunityId, CommunityRow)> {
        let (first, last) = (CommunityId(FIRST), CommunityId(LAST));
        self.slots
            .range(RowKey::Community(first)..=RowKey::Community(last))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Community(id), Some(Row::Community(row))) => Some((*id, row.clone())),
                _ => None,
            })
            .collect()
    }

    /// The secret of a key epoch or an own invite.
    #[must_use]
    pub fn secret(&self, community: CommunityId, of: OpId) -> Option<&SecretRow> {
        match self.find(&RowKey::Secret(community, of)) {
            Ok(Some(Row::Secret(row))) => Some(row),
            _ => None,
        }
    }

    /// All secrets held for a community.
    #[must_use]
    pub fn secrets(&self, community: CommunityId) -> Vec<(OpId, SecretRow)> {
        let (first, last) = (OpId(FIRST), OpId(LAST));
        self.slots
            .range(RowKey::Secret(community, first)..=RowKey::Secret(community, last))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Secret(_, of), Some(Row::Secret(row))) => Some((*of, row.clone())),
                _ => None,
            })
            .collect()
    }
}
