//! Who may be at the other end of a link: devices of contacts and of co-members.

use super::super::Candidate;
use crate::identity::{AccountBundle, AccountId};
use crate::limits;
use crate::persist::ContactState;
use crate::turn::Context;

/// Active devices of everybody whom this account talks to or shares a community with. A blocked account sees a
/// stranger, unless a community is shared with it.
pub(super) fn known_devices(cx: &Context<'_>) -> Vec<Candidate> {
    let contacts = cx
        .resident
        .contacts()
        .filter(|(_, row)| row.state != ContactState::Blocked);
    let contacts = contacts
        .filter_map(|(_, row)| row.bundle.as_ref())
        .flat_map(devices_of);
    let members = cx.members.after(None);
    let members = members.flat_map(|(_, shared)| devices_of(&shared.bundle));
    let mut all: Vec<Candidate> = contacts.chain(members).collect();
    all.sort_unstable_by_key(|candidate| candidate.device);
    all.dedup_by_key(|candidate| candidate.device);
    all
}

/// Adds the devices of some contacts and co-members behind this account. Answers the last of them, if there are more
/// behind it.
pub(super) fn next_devices(
    cx: &Context<'_>,
    after: Option<AccountId>,
    candidates: &mut Vec<Candidate>,
) -> Option<AccountId> {
    let mut contacts = cx.resident.contacts_after(after).peekable();
    let mut members = cx.members.after(after).peekable();
    loop {
        let next = [
            contacts.peek().map(|(account, _)| *account),
            members.peek().map(|(account, _)| *account),
        ];
        let account = next.into_iter().flatten().min()?;
        if let Some((_, row)) = contacts.next_if(|(next, _)| *next == account)
            && row.state != ContactState::Blocked
        {
            candidates.extend(row.bundle.iter().flat_map(devices_of));
        }
        if let Some((_, shared)) = members.next_if(|(next, _)| *next == account) {
            candidates.extend(devices_of(&shared.bundle));
        }
        if candidates.len() >= limits::LOOK_STEP {
            return Some(account);
        }
    }
}

pub(super) fn devices_of(bundle: &AccountBundle) -> Vec<Candidate> {
    bundle
        .active_devices()
        .map(|cert| Candidate {
            account: cert.account(),
            device: cert.device(),
            sik: cert.signal_identity(),
        })
        .collect()
}

/// Fisher–Yates, so that a tag's position says nothing about when a contact was made.
pub(super) fn shuffle<T>(cx: &mut Context<'_>, items: &mut [T]) {
    for upper in (1..items.len()).rev() {
        let [low, high] = cx.rng.bytes();
        let draw = usize::from(u16::from_le_bytes([low, high]));
        items.swap(
            upper,
            draw.checked_rem(upper.saturating_add(1)).unwrap_or(0),
        );
    }
}
