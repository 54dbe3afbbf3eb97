//! libsignal's store over the one chain that a call is about.
//!
//! It lies in memory, so no future ever waits. What a failed or panicking step wrote here is never read.

use libsignal_protocol::{
    DeviceId as SignalDevice, ProtocolAddress, SenderKeyRecord, SenderKeyStore,
};
use uuid::Uuid;

use super::{ChainId, ChainRecord, GroupError};
use crate::identity::{DeviceId, device_uuid};
use crate::session::{Answer, answer};

/// The record of one chain of one device; of any other chain there is none.
pub(super) struct Slot {
    owner: ProtocolAddress,
    chain: Uuid,
    record: Option<SenderKeyRecord>,
}

impl Slot {
    pub(super) fn new(
        owner: DeviceId,
        chain: ChainId,
        record: Option<&ChainRecord>,
    ) -> Result<Self, GroupError> {
        let record = record
            .map(|record| record.load().ok_or(GroupError::Corrupt))
            .transpose()?;
        // One libsignal address for each device: its number is always 1, which is in libsignal's range.
        let one_device = SignalDevice::new(1).map_err(|_error| GroupError::Corrupt)?;
        Ok(Self {
            owner: ProtocolAddress::new(device_uuid(&owner).hyphenated().to_string(), one_device),
            chain: Uuid::from_bytes(chain.0),
            record,
        })
    }

    /// The names under which libsignal asks for the record.
    pub(super) fn names(&self) -> (ProtocolAddress, Uuid) {
        (self.owner.clone(), self.chain)
    }

    /// The record to store after a step that did not fail.
    pub(super) fn stored(&self) -> Result<ChainRecord, GroupError> {
        self.record
            .as_ref()
            .and_then(ChainRecord::store)
            .ok_or(GroupError::Corrupt)
    }

    fn holds(&self, owner: &ProtocolAddress, chain: Uuid) -> bool {
        self.owner == *owner && self.chain == chain
    }
}

impl SenderKeyStore for Slot {
    fn store_sender_key<'s, 'a, 'r, 'f>(
        &'s mut self,
        sender: &'a ProtocolAddress,
        distribution_id: Uuid,
        record: &'r SenderKeyRecord,
    ) -> Answer<'f, ()>
    where
        's: 'f,
        'a: 'f,
        'r: 'f,
        Self: 'f,
    {
        if self.holds(sender, distribution_id) {
            self.record = Some(record.clone());
        }
        answer(Ok(()))
    }

    fn load_sender_key<'s, 'a, 'f>(
        &'s mut self,
        sender: &'a ProtocolAddress,
        distribution_id: Uuid,
    ) -> Answer<'f, Option<SenderKeyRecord>>
    where
        's: 'f,
        'a: 'f,
        Self: 'f,
    {
        let found = self.holds(sender, distribution_id);
        answer(Ok(self.record.clone().filter(|_| found)))
    }
}
