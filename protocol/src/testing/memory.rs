//! A store in memory: the model of what a store is.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::identity::DeviceId;
use crate::message::{ConversationId, MessageId, MessageRef};
use crate::persist::{Batch, MessageRow, Row, RowKey, Snapshot, Store};
use crate::time::Hlc;

/// Rows in a map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryStore {
    /// All rows.
    pub rows: BTreeMap<RowKey, Row>,
}

impl MemoryStore {
    /// The same as to commit them, for whoever needs them no more.
    pub fn take(&mut self, batches: Vec<Batch>) {
        for (key, row) in batches.into_iter().flat_map(|batch| batch.writes) {
            match row {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
    }
}

const FIRST: MessageRef = MessageRef {
    author: DeviceId([0; 32]),
    id: MessageId([0; 16]),
};

impl Store for MemoryStore {
    type Error = Infallible;

    fn commit(&mut self, batches: &[Batch]) -> Result<(), Infallible> {
        self.take(batches.to_vec());
        Ok(())
    }

    fn load(&self, keys: &[RowKey]) -> Result<Vec<Option<Row>>, Infallible> {
        Ok(keys.iter().map(|key| self.rows.get(key).cloned()).collect())
    }

    fn snapshot(&self) -> Result<Snapshot, Infallible> {
        let resident = self.rows.iter().filter(|(key, _)| key.is_resident());
        Ok(Snapshot {
            rows: resident.map(|(key, row)| (*key, row.clone())).collect(),
        })
    }

    fn history(
        &self,
        conversation: ConversationId,
        before: Option<(Hlc, MessageRef)>,
        limit: usize,
    ) -> Result<Vec<(MessageRef, MessageRow)>, Infallible> {
        let from = RowKey::Order(conversation, Hlc::ZERO, FIRST);
        let page = self
            .rows
            .range(from..)
            .map_while(|(key, _)| match key {
                RowKey::Order(of, place, message) if *of == conversation => {
                    Some((*place, *message))
                }
                _ => None,
            })
            .take_while(|position| before.is_none_or(|before| *position < before));
        let all: Vec<_> = page.collect();
        let skip = all.len().saturating_sub(limit);
        let rows = all.into_iter().skip(skip).filter_map(|(_, message)| {
            match self.rows.get(&RowKey::Message(message)) {
                Some(Row::Message(row)) => Some((message, row.clone())),
                _ => None,
            }
        });
        Ok(rows.collect())
    }
}
