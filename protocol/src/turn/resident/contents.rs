//! Sender chains, content logs and entries: the own chains and the ends of logs always in memory, the rest as needed.

use super::{Missing, Resident};
use crate::content::Audience;
use crate::control::body::LogId;
use crate::control::{CommunityId, OpId};
use crate::crypto::Hash32;
use crate::group::ChainId;
use crate::identity::{AccountId, DeviceId};
use crate::message::MessageRef;
use crate::persist::{
    ChainRow, EarlyRow, EntryRow, GapRow, LogRow, MarksRow, PaceRow, Place, PromiseRow, ReportRow,
    Row, RowKey, SendingRow, ToldRow,
};
use crate::turn::resident::{REF_MAX, REF_MIN};

impl Resident {
    /// The own sender chain toward an audience.
    #[must_use]
    pub fn sending(&self, community: CommunityId, audience: Audience) -> Option<&SendingRow> {
        match self.find(&RowKey::Sending(community, audience)) {
            Ok(Some(Row::Sending(row))) => Some(row),
            _ => None,
        }
    }

    /// Devices that were handed it.
    #[must_use]
    pub fn told(&self, community: CommunityId, audience: Audience) -> ToldRow {
        match self.find(&RowKey::Told(community, audience)) {
            Ok(Some(Row::Told(row))) => row.clone(),
            _ => ToldRow::default(),
        }
    }

    /// Keys of every own sender chain, with those of who was handed it.
    #[must_use]
    pub fn sending_keys(&self) -> Vec<RowKey> {
        let keys = self.slots.keys();
        keys.filter(|key| matches!(key, RowKey::Sending(..) | RowKey::Told(..)))
            .copied()
            .collect()
    }

    /// Another device's sender chain.
    ///
    /// # Errors
    /// [`Missing`] when it must be loaded first.
    pub fn chain(
        &mut self,
        community: CommunityId,
        device: DeviceId,
        chain: ChainId,
    ) -> Result<Option<&ChainRow>, Missing> {
        let key = RowKey::Chain(community, device, chain);
        self.touch(key);
        match self.find(&key)? {
            Some(Row::Chain(row)) => Ok(Some(row)),
            _ => Ok(None),
        }
    }

    /// The ends of all content logs of a community.
    #[must_use]
    pub fn logs(&self, community: CommunityId) -> Vec<(LogId, LogRow)> {
        let log = |device, incarnation| LogId {
            device,
            incarnation,
        };
        let first = RowKey::Log(community, log(DeviceId::MIN, 0));
        let last = RowKey::Log(community, log(DeviceId::MAX, u64::MAX));
        self.slots
            .range(first..=last)
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Log(_, log), Some(Row::Log(row))) => Some((*log, *row)),
                _ => None,
            })
            .collect()
    }

    /// The gaps in the content logs of a community.
    #[must_use]
    pub fn gaps(&self, community: CommunityId) -> Vec<((LogId, u64), GapRow)> {
        let log = |device, incarnation| LogId {
            device,
            incarnation,
        };
        let first = RowKey::Gap(community, log(DeviceId::MIN, 0), 0);
        let last = RowKey::Gap(community, log(DeviceId::MAX, u64::MAX), u64::MAX);
        self.slots
            .range(first..=last)
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Gap(_, log, from), Some(Row::Gap(row))) => Some(((*log, *from), *row)),
                _ => None,
            })
            .collect()
    }

    /// What members of a community reported to this account.
    #[must_use]
    pub fn reports(&self, community: CommunityId) -> Vec<(MessageRef, ReportRow)> {
        self.slots
            .range(RowKey::Report(community, REF_MIN)..=RowKey::Report(community, REF_MAX))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Report(_, report), Some(Row::Report(row))) => Some((*report, row.clone())),
                _ => None,
            })
            .collect()
    }

    /// Roles that people get on coming into a community.
    #[must_use]
    pub fn promises(&self, community: CommunityId) -> Vec<(AccountId, PromiseRow)> {
        let first = RowKey::Promise(community, AccountId([0; 32]));
        let last = RowKey::Promise(community, AccountId([u8::MAX; 32]));
        self.slots
            .range(first..=last)
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Promise(_, who), Some(Row::Promise(row))) => Some((*who, row.clone())),
                _ => None,
            })
            .collect()
    }

    /// How far the person has read a channel.
    #[must_use]
    pub fn channel_read(&self, community: CommunityId, channel: OpId) -> Option<Place> {
        match self.find(&RowKey::ChannelRead(community, channel)) {
            Ok(Some(Row::ChannelRead(place))) => Some(*place),
            _ => None,
        }
    }

    /// How far the person has read every channel.
    #[must_use]
    pub fn channel_reads(&self) -> Vec<(CommunityId, OpId, Place)> {
        let (least, greatest) = (Hash32::MIN, Hash32([u8::MAX; 32]));
        let first = RowKey::ChannelRead(CommunityId(least), OpId(least));
        let last = RowKey::ChannelRead(CommunityId(greatest), OpId(greatest));
        self.slots
            .range(first..=last)
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::ChannelRead(id, channel), Some(Row::ChannelRead(place))) => {
                    Some((*id, *channel, *place))
                }
                _ => None,
            })
            .collect()
    }

    /// An entry of a content log.
    ///
    /// # Errors
    /// [`Missing`] when it must be loaded first.
    pub fn entry(
        &mut self,
        community: CommunityId,
        log: LogId,
        seq: u64,
    ) -> Result<Option<&EntryRow>, Missing> {
        let key = RowKey::Entry(community, log, seq);
        self.touch(key);
        match self.find(&key)? {
            Some(Row::Entry(row)) => Ok(Some(row)),
            _ => Ok(None),
        }
    }

    /// Entries that wait for a sender chain, as (incarnation, number), in order.
    #[must_use]
    pub fn held(
        &self,
        community: CommunityId,
        device: DeviceId,
        chain: ChainId,
    ) -> Vec<(u64, u64)> {
        let first = RowKey::Held(community, device, chain, 0, 0);
        let last = RowKey::Held(community, device, chain, u64::MAX, u64::MAX);
        let keys = self.slots.range(first..=last).map(|(key, _)| *key);
        keys.filter_map(|key| match key {
            RowKey::Held(_, _, _, incarnation, seq) => Some((incarnation, seq)),
            _ => None,
        })
        .collect()
    }

    /// Entries of a community that wait for keys, the first so many, as (log, number).
    #[must_use]
    pub fn all_held(&self, community: CommunityId, max: usize) -> Vec<(LogId, u64)> {
        let (low, high) = (ChainId([0; 16]), ChainId([u8::MAX; 16]));
        let first = RowKey::Held(community, DeviceId::MIN, low, 0, 0);
        let last = RowKey::Held(community, DeviceId::MAX, high, u64::MAX, u64::MAX);
        let keys = self.slots.range(first..=last).map(|(key, _)| *key);
        keys.filter_map(|key| match key {
            RowKey::Held(_, device, _, incarnation, seq) => Some((
                LogId {
                    device,
                    incarnation,
                },
                seq,
            )),
            _ => None,
        })
        .take(max)
        .collect()
    }

    /// By what an entry waits for its key, if it does.
    #[must_use]
    pub fn held_entry(&self, community: CommunityId, log: LogId, seq: u64) -> Option<RowKey> {
        let (low, high) = (ChainId([0; 16]), ChainId([u8::MAX; 16]));
        let first = RowKey::Held(community, log.device, low, 0, 0);
        let last = RowKey::Held(community, log.device, high, u64::MAX, u64::MAX);
        let mut keys = self.slots.range(first..=last).map(|(key, _)| *key);
        keys.find(|key| {
            matches!(key, RowKey::Held(_, _, _, incarnation, number)
                if (*incarnation, *number) == (log.incarnation, seq))
        })
    }

    /// Whether an entry waits here.
    #[must_use]
    pub fn is_held(&self, held: &RowKey) -> bool {
        self.slots.contains_key(held)
    }

    /// How many entries of a device wait for sender chains.
    #[must_use]
    pub fn held_count(&self, community: CommunityId, device: DeviceId) -> usize {
        let first = RowKey::Held(community, device, ChainId([0; 16]), 0, 0);
        let last = RowKey::Held(
            community,
            device,
            ChainId([u8::MAX; 16]),
            u64::MAX,
            u64::MAX,
        );
        self.slots.range(first..=last).count()
    }

    /// What happened to a message of a channel beside what its own row says.
    ///
    /// # Errors
    /// [`Missing`] when it must be loaded first.
    pub fn marks(&mut self, message: MessageRef) -> Result<Option<&MarksRow>, Missing> {
        let key = RowKey::Marks(message);
        self.touch(key);
        match self.find(&key)? {
            Some(Row::Marks(row)) => Ok(Some(row)),
            _ => Ok(None),
        }
    }

    /// What the next text of a content log in a channel with slow mode is measured by.
    ///
    /// # Errors
    /// [`Missing`] when it must be loaded first.
    pub fn pace(
        &mut self,
        community: CommunityId,
        channel: OpId,
        log: LogId,
    ) -> Result<Option<PaceRow>, Missing> {
        let key = RowKey::Pace(community, channel, log);
        self.touch(key);
        match self.find(&key)? {
            Some(Row::Pace(row)) => Ok(Some(*row)),
            _ => Ok(None),
        }
    }

    /// Effects in channels that wait for this message.
    #[must_use]
    pub fn early(&self, target: MessageRef) -> Vec<(MessageRef, EarlyRow)> {
        self.slots
            .range(RowKey::Early(target, REF_MIN)..=RowKey::Early(target, REF_MAX))
            .filter_map(|(key, slot)| match (key, &slot.row) {
                (RowKey::Early(_, effect), Some(Row::Early(row))) => Some((*effect, row.clone())),
                _ => None,
            })
            .collect()
    }

    /// How many effects wait for messages of channels: of all, and of this account.
    #[must_use]
    pub fn early_counts(&self, account: AccountId) -> (usize, usize) {
        let rows = self
            .slots
            .range(RowKey::Early(REF_MIN, REF_MIN)..=RowKey::Early(REF_MAX, REF_MAX));
        rows.fold((0, 0), |(all, theirs), (_, slot)| match &slot.row {
            Some(Row::Early(row)) => (
                all.saturating_add(1),
                theirs.saturating_add(usize::from(row.account == account)),
            ),
            _ => (all, theirs),
        })
    }
}
