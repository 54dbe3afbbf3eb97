//! Everybody with whom this device shares a community, and with which devices: by this, links recognise them and sessions
//! know their keys. Not stored: it follows from the control logs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::control::CommunityId;
use crate::identity::{AccountBundle, AccountId, DeviceCert, DeviceId};

/// Somebody with whom at least one community is shared.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Their devices, as their communities know them together.
    pub bundle: AccountBundle,
    /// Which communities.
    pub communities: BTreeSet<CommunityId>,
}

/// Everybody with whom this device shares a community.
#[derive(Debug, Default)]
pub struct Members {
    people: BTreeMap<AccountId, Shared>,
    version: u64,
}

impl Members {
    /// Rises whenever somebody is new, or has another device.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Somebody, if a community is shared with them.
    #[must_use]
    pub fn get(&self, account: AccountId) -> Option<&Shared> {
        self.people.get(&account)
    }

    /// Whether this account is a member of a community that this device is in.
    #[must_use]
    pub fn shares(&self, account: AccountId, community: CommunityId) -> bool {
        self.get(account)
            .is_some_and(|shared| shared.communities.contains(&community))
    }

    /// The certificate of a device of theirs that stands.
    #[must_use]
    pub fn certificate(&self, account: AccountId, device: DeviceId) -> Option<&DeviceCert> {
        self.get(account)?.bundle.device(&device)
    }

    /// Everybody behind this account, or all.
    pub fn after(&self, after: Option<AccountId>) -> impl Iterator<Item = (AccountId, &Shared)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let people = self.people.range((from, Bound::Unbounded));
        people.map(|(account, shared)| (*account, shared))
    }

    /// Takes in who is in a community now. Answers the accounts that are new here, or have another device.
    pub fn set(
        &mut self,
        community: CommunityId,
        now: &BTreeMap<AccountId, AccountBundle>,
    ) -> Vec<AccountId> {
        for (account, shared) in &mut self.people {
            if !now.contains_key(account) {
                shared.communities.remove(&community);
            }
        }
        self.people
            .retain(|_, shared| !shared.communities.is_empty());
        let mut new = Vec::new();
        for (account, bundle) in now {
            let known = self.people.entry(*account).or_insert_with(|| {
                new.push(*account);
                Shared {
                    bundle: bundle.clone(),
                    communities: BTreeSet::new(),
                }
            });
            known.communities.insert(community);
            if let Ok(merged) = known.bundle.merge(bundle)
                && merged != known.bundle
            {
                known.bundle = merged;
                new.push(*account);
            }
        }
        if !new.is_empty() {
            self.version = self.version.saturating_add(1);
        }
        new
    }
}
