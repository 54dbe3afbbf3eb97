//! Everybody with whom this device shares a community, and with which devices: by this, links recognise them and sessions
//! know their keys. Links also recognise those who were removed: so they can be told. Not stored: it follows from the control
//! logs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::control::CommunityId;
use crate::identity::{AccountBundle, AccountId, DeviceCert, DeviceId};

/// Somebody with whom at least one community is shared, or was.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Their devices, as their communities know them together.
    pub bundle: AccountBundle,
    /// Which communities; none for somebody who was removed from all.
    pub communities: BTreeSet<CommunityId>,
    /// Communities that they were removed from, or are suspended in.
    pub former: BTreeSet<CommunityId>,
}

/// What is different since a community changed.
#[derive(Debug)]
pub struct Changed {
    /// Accounts that are new here, or have another device.
    pub new: Vec<AccountId>,
    /// Devices of those with whom nothing is shared any more.
    pub gone: Vec<AccountBundle>,
}

/// Everybody with whom this device shares a community.
#[derive(Debug, Default)]
pub struct Members {
    people: BTreeMap<AccountId, Shared>,
    /// Communities whose members are known, and of which this account is none, or suspended.
    out_of: BTreeSet<CommunityId>,
    changes: u64,
}

impl Members {
    /// Somebody, if a community is shared with them.
    #[must_use]
    pub fn get(&self, account: AccountId) -> Option<&Shared> {
        let shared = self.people.get(&account);
        shared.filter(|shared| !shared.communities.is_empty())
    }

    /// Whether this account is a member of a community that this device is in.
    #[must_use]
    pub fn shares(&self, account: AccountId, community: CommunityId) -> bool {
        self.get(account)
            .is_some_and(|shared| shared.communities.contains(&community))
    }

    /// Whether both are members of some community: of one that this account was removed from, or is suspended in, it is not.
    #[must_use]
    pub fn is_fellow(&self, account: AccountId) -> bool {
        self.get(account)
            .is_some_and(|shared| !shared.communities.is_subset(&self.out_of))
    }

    /// Takes in whether this account is no member of a community, or suspended in it.
    pub fn set_out(&mut self, community: CommunityId, out: bool) {
        if out {
            self.out_of.insert(community);
        } else {
            self.out_of.remove(&community);
        }
    }

    /// How often somebody may have come to share a community, or no longer.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// The certificate of a device of theirs that stands.
    #[must_use]
    pub fn certificate(&self, account: AccountId, device: DeviceId) -> Option<&DeviceCert> {
        self.get(account)?.bundle.device(&device)
    }

    /// Everybody behind this account, or all, with those who were removed.
    pub fn after(&self, after: Option<AccountId>) -> impl Iterator<Item = (AccountId, &Shared)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let people = self.people.range((from, Bound::Unbounded));
        people.map(|(account, shared)| (*account, shared))
    }

    /// Takes in who is in a community now.
    pub fn set(
        &mut self,
        community: CommunityId,
        now: &BTreeMap<AccountId, &AccountBundle>,
        former: &BTreeMap<AccountId, &AccountBundle>,
    ) -> Changed {
        self.changes = self.changes.saturating_add(1);
        let (mut new, mut gone) = (Vec::new(), Vec::new());
        for (account, shared) in &mut self.people {
            shared.former.remove(&community);
            let left = !now.contains_key(account) && shared.communities.remove(&community);
            if left && shared.communities.is_empty() {
                gone.push(shared.bundle.clone());
            }
        }
        for (account, bundle) in former {
            let known = self.people.entry(*account).or_insert_with(|| Shared {
                bundle: AccountBundle::clone(bundle),
                communities: BTreeSet::new(),
                former: BTreeSet::new(),
            });
            known.former.insert(community);
        }
        self.people.retain(|account, shared| {
            let known = !shared.communities.is_empty() || !shared.former.is_empty();
            known || now.contains_key(account)
        });
        for (account, bundle) in now {
            let known = self.people.entry(*account).or_insert_with(|| Shared {
                bundle: AccountBundle::clone(bundle),
                communities: BTreeSet::new(),
                former: BTreeSet::new(),
            });
            if known.communities.is_empty() {
                new.push(*account);
            }
            known.communities.insert(community);
            if known.bundle == **bundle {
                continue;
            }
            if let Ok(merged) = known.bundle.merge(bundle)
                && merged != known.bundle
            {
                known.bundle = merged;
                new.push(*account);
            }
        }
        Changed { new, gone }
    }
}
