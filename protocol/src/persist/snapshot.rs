//! All that a core holds from the start, and what it stores first when its rows are not those that it left.

use std::collections::BTreeMap;

use crate::control::CommunityId;
use crate::persist::{
    Batch, CommunityRow, CommunityState, DeviceRow, OpRow, OutboxRow, Row, RowKey,
};

/// All rows that are resident from the start: every kind but sessions, messages, places, and attachments with
/// their parts.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Rows by key, in order. Of prekeys: every key with its contents (bounded by
    /// [`crate::limits::ONE_TIME_OUTSTANDING_MAX`] and the weekly rotation).
    pub rows: BTreeMap<RowKey, Row>,
}

impl Snapshot {
    /// Takes the control logs out, each in the order in which its ops came in: the core keeps them in another form.
    #[must_use]
    pub fn take_logs(&mut self) -> BTreeMap<CommunityId, Vec<OpRow>> {
        let mut logs: BTreeMap<CommunityId, Vec<OpRow>> = BTreeMap::new();
        self.rows.retain(|key, row| match (key, row) {
            (RowKey::Op(community, _), Row::Op(op)) => {
                logs.entry(*community).or_default().push(op.clone());
                false
            }
            _ => true,
        });
        logs
    }

    /// What a device stores before anything else when its rows are not those it left (restored, rolled back, copied):
    /// every session is gone, everything that waits is encrypted anew, and prekeys are made afresh. Going on in an
    /// old session would use message keys a second time (DECISIONS 41). `drawn` makes content logs others than those
    /// that came of the same rows the last time.
    #[must_use]
    pub fn new_incarnation(&self, drawn: u64) -> Batch {
        let mut batch = Batch::default();
        for (key, row) in &self.rows {
            match (key, row) {
                (RowKey::Peer(device), _) => batch.remove(RowKey::Session(*device)),
                (RowKey::Prekey(..), _) => batch.remove(*key),
                (RowKey::Device, Row::Device(device)) => {
                    let row = DeviceRow {
                        signed: 0,
                        last_resort: 0,
                        ..device.clone()
                    };
                    batch.put(*key, Row::Device(row));
                }
                (RowKey::Outbox(..), Row::Outbox(row)) if row.sealed.is_some() => {
                    batch.put(
                        *key,
                        Row::Outbox(OutboxRow {
                            sealed: None,
                            ..row.clone()
                        }),
                    );
                }
                (RowKey::Community(_), Row::Community(row)) => {
                    if let CommunityState::In { .. } = row.state {
                        let row = CommunityRow {
                            // Another log: this one may have gone further than these rows know.
                            incarnation: row.incarnation.wrapping_add(drawn | 1),
                            state: CommunityState::In { compares: true },
                            ..row.clone()
                        };
                        batch.put(*key, Row::Community(row));
                    }
                }
                (RowKey::Sending(..) | RowKey::Told(..), _) => batch.remove(*key),
                _ => {}
            }
        }
        batch
    }
}
