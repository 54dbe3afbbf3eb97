//! What the person decided or keeps for themselves: privacy, read marks, notes. Few rows, always in memory.

use super::Resident;
use crate::identity::AccountId;
use crate::persist::{NoteKey, NoteText, PrivacyRow, ReadRow, Row, RowKey};
use crate::privacy::Privacy;

impl Resident {
    /// What the person lets others know.
    #[must_use]
    pub fn privacy(&self) -> Privacy {
        match self.find(&RowKey::Privacy) {
            Ok(Some(Row::Privacy(PrivacyRow::V1(privacy)))) => *privacy,
            _ => Privacy::default(),
        }
    }

    /// How far a conversation was read.
    #[must_use]
    pub fn read(&self, account: AccountId) -> ReadRow {
        match self.find(&RowKey::Read(account)) {
            Ok(Some(Row::Read(row))) => *row,
            _ => ReadRow::default(),
        }
    }

    /// How far every conversation was read.
    #[must_use]
    pub fn reads(&self) -> Vec<(AccountId, ReadRow)> {
        self.slots
            .range(RowKey::Read(AccountId([0; 32]))..=RowKey::Read(AccountId([u8::MAX; 32])))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Read(account), Some(Row::Read(row))) => Some((*account, *row)),
                _ => None,
            })
            .collect()
    }

    /// What the person keeps for themselves.
    #[must_use]
    pub fn note(&self, key: NoteKey) -> Option<&NoteText> {
        match self.find(&RowKey::Note(key)) {
            Ok(Some(Row::Note(row))) => Some(&row.text),
            _ => None,
        }
    }

    /// Everything that the person keeps for themselves.
    #[must_use]
    pub fn notes(&self) -> Vec<(NoteKey, NoteText)> {
        let first = NoteKey::Draft(AccountId([0; 32]));
        let last = NoteKey::Petname(AccountId([u8::MAX; 32]));
        self.slots
            .range(RowKey::Note(first)..=RowKey::Note(last))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Note(key), Some(Row::Note(row))) => Some((*key, row.text.clone())),
                _ => None,
            })
            .collect()
    }
}
