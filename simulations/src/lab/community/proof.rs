//! What somebody who was removed can still open, judged by profiles: all entries that a member has, against all sender
//! chains that the removed has kept (T22).

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use protocol::content::UnverifiedEntry;
use protocol::control::{CommunityId, Control, Rules, Standing};
use protocol::identity::AccountId;
use protocol::persist::{Row, RowKey};
use storage::{DiskFolder, Options, Profile, Protection, Reader};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Entries whose author knew of the removal.
    pub(super) tried: usize,
    /// Those of them that the removed can open.
    pub(super) opened: Vec<String>,
}

fn open(folder: &Path) -> Result<(Profile, Reader)> {
    let disk = Arc::new(DiskFolder::open(folder)?);
    let profile = Profile::open(disk, &Protection::Unprotected, Options::default())
        .with_context(|| format!("cannot open {}", folder.display()))?;
    let reader = profile.reader();
    Ok((profile, reader))
}

/// Tries every entry of `member` that was made after the removal of `account` with every chain that `removed` holds.
pub(super) fn opened_after_removal(member: &Path, removed: &Path, account: &str) -> Result<Found> {
    let account: AccountId = account.parse().context("an account")?;
    let (member_profile, member) = open(member)?;
    let (removed_profile, removed) = open(removed)?;
    let snapshot = member.snapshot()?;
    let mut found = Found::default();
    for (community, ops) in snapshot.clone().take_logs() {
        let mut control = Control::new(community, Rules::default());
        for op in ops {
            let _known = control.offer(&op.bytes);
        }
        for (key, row) in &snapshot.rows {
            if let (RowKey::Log(of, log), Row::Log(end)) = (key, row)
                && *of == community
            {
                let keys: Vec<RowKey> = (0..end.next)
                    .map(|seq| RowKey::Entry(community, *log, seq))
                    .collect();
                for row in member.load(&keys)?.into_iter().flatten() {
                    let Row::Entry(row) = row else { continue };
                    look(
                        &control,
                        &removed,
                        (community, account),
                        &row.bytes,
                        &mut found,
                    )?;
                }
            }
        }
    }
    member_profile.close()?;
    removed_profile.close()?;
    Ok(found)
}

fn look(
    control: &Control,
    removed: &Reader,
    (community, account): (CommunityId, AccountId),
    bytes: &[u8],
    found: &mut Found,
) -> Result<()> {
    let entry = UnverifiedEntry::decode(bytes)?;
    let header = entry.entry().header.clone();
    let moment = control.log().at(&header.heads).context("known heads")?;
    if moment.standing(&account) >= Standing::Member {
        return Ok(());
    }
    // Whoever was let in later was not a member before either: only what follows a removal counts.
    if moment.removals_of(&account).is_empty() {
        return Ok(());
    }
    found.tried += 1;
    let device = header.log.device;
    let key = control.key(&device).context("a known device")?;
    let entry = entry.verify(key)?;
    let chain = RowKey::Chain(community, device, header.chain);
    let kept = removed.load(&[chain])?.into_iter().flatten().next();
    if let Some(Row::Chain(row)) = kept
        && entry.open_key(&row.record).is_ok()
    {
        let seq = header.seq;
        found.opened.push(format!("entry {seq} of {device:?}"));
    }
    Ok(())
}
