//! What was done in a community, for people who want to know by whom.

use protocol::community::AuditEntry;
use protocol::control::body::{Body, PolicyChange};
use protocol::control::{Fate, OpId, Why};
use protocol::identity::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::reference::op_text;

/// One op of a community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditLine {
    /// Its id.
    pub id: String,
    /// Who did it.
    pub author: String,
    /// When, by their clock.
    pub at_ms: u64,
    /// What, in one word: `found`, `join`, `leave`, `timeout`, `kick`, `ban`, `unban`, `create-role`, `update-role`,
    /// `delete-role`, `assign`, `unassign`, `create-channel`, `update-channel`, `delete-channel`, `create-invite`,
    /// `revoke-invite`, `add-device`, `revoke-device`, `transfer`, `accept`, `rekey`, `policy`, `confirm`, `fork`, `merge`,
    /// `nickname`.
    pub kind: String,
    /// Whom it is about.
    pub who: Vec<String>,
    /// The channel, role, invite or offer that it is about.
    pub about: Option<String>,
    /// The name that it gives.
    pub name: Option<String>,
    /// Why it was done, by their own word.
    pub reason: Option<String>,
    /// `valid`, `weak` (a join that waits for its confirmation) or `void`: it counts for nothing.
    pub fate: String,
    /// Why it does not count, in one word.
    pub why: Option<String>,
    /// The op that undid it.
    pub undone_by: Option<String>,
}

/// What an op is about.
#[derive(Default)]
struct About {
    kind: &'static str,
    who: Vec<AccountId>,
    op: Option<OpId>,
    name: Option<String>,
    reason: Option<String>,
}

fn of(kind: &'static str) -> About {
    About {
        kind,
        ..About::default()
    }
}

fn of_one(kind: &'static str, who: AccountId) -> About {
    About {
        who: vec![who],
        ..of(kind)
    }
}

fn of_thing(kind: &'static str, op: OpId) -> About {
    About {
        op: Some(op),
        ..of(kind)
    }
}

fn named(kind: &'static str, name: &str) -> About {
    About {
        name: Some(name.to_owned()),
        ..of(kind)
    }
}

fn reasoned(about: About, reason: &str) -> About {
    let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    About { reason, ..about }
}

fn about(body: &Body) -> About {
    match body {
        Body::Found(founding) => named("found", &founding.name),
        Body::Join(joining) => About {
            who: joining.bundle.claimed_account().into_iter().collect(),
            ..of("join")
        },
        Body::Leave => of("leave"),
        Body::Timeout { who, reason, .. } => reasoned(of_one("timeout", *who), reason),
        Body::Kick { who, reason, .. } => reasoned(of_one("kick", *who), reason),
        Body::Ban { who, reason, .. } => reasoned(of_one("ban", *who), reason),
        Body::Unban { who } => of_one("unban", *who),
        Body::CreateRole { name, .. } => named("create-role", name),
        Body::UpdateRole { role, .. } => of_thing("update-role", *role),
        Body::DeleteRole { role } => of_thing("delete-role", *role),
        Body::Assign { who, role } => About {
            op: Some(*role),
            ..of_one("assign", *who)
        },
        Body::Unassign { who, role } => About {
            op: Some(*role),
            ..of_one("unassign", *who)
        },
        of_the_rest => about_the_rest(of_the_rest),
    }
}

fn about_the_rest(body: &Body) -> About {
    match body {
        Body::CreateChannel(channel) => named("create-channel", &channel.name),
        Body::UpdateChannel { channel, .. } => of_thing("update-channel", *channel),
        Body::DeleteChannel { channel } => of_thing("delete-channel", *channel),
        Body::CreateInvite { note, .. } => named("create-invite", note),
        Body::RevokeInvite { invite } => of_thing("revoke-invite", *invite),
        Body::AddDevice { .. } => of("add-device"),
        Body::RevokeDevice { .. } => of("revoke-device"),
        Body::Transfer { to } => of_one("transfer", *to),
        Body::Accept { transfer } => of_thing("accept", *transfer),
        Body::Rekey(_) => of("rekey"),
        Body::Policy { changes } => About {
            name: changes.iter().find_map(|change| match change {
                PolicyChange::Name(name) => Some(name.as_str().to_owned()),
                _ => None,
            }),
            ..of("policy")
        },
        Body::Confirm { who } => About {
            who: who.to_vec(),
            ..of("confirm")
        },
        Body::Fork { .. } | Body::ForkedLog { .. } => of("fork"),
        Body::Merge => of("merge"),
        Body::Nickname { name } => About {
            name: name.as_ref().map(|name| name.as_str().to_owned()),
            ..of("nickname")
        },
        _of_people => of(""),
    }
}

fn why(why: &Why) -> (&'static str, Option<OpId>) {
    match why {
        Why::NotAllowed => ("not-allowed", None),
        Why::Contradicts => ("contradicts", None),
        Why::Revoked(op) => ("device-revoked", Some(*op)),
        Why::Removed(op) => ("author-removed", Some(*op)),
        Why::Outranked(op) => ("outranked", Some(*op)),
        Why::OtherOffer(op) => ("other-offer", Some(*op)),
        Why::AuthorityUndone => ("authority-undone", None),
        Why::InviteEnded(op) => ("invite-ended", Some(*op)),
        Why::InviteUsedUp => ("invite-used-up", None),
    }
}

impl From<&AuditEntry> for AuditLine {
    fn from(entry: &AuditEntry) -> Self {
        let about = about(&entry.op.body);
        let header = &entry.op.head.header;
        let why = entry.why.as_ref().map(why);
        Self {
            id: op_text(entry.id),
            author: header.author.to_string(),
            at_ms: header.hlc.wall().as_millis(),
            kind: about.kind.to_owned(),
            who: about.who.iter().map(ToString::to_string).collect(),
            about: about.op.map(op_text),
            name: about.name,
            reason: about.reason,
            fate: match entry.fate {
                Fate::Valid => "valid",
                Fate::Weak => "weak",
                Fate::Void => "void",
            }
            .to_owned(),
            why: why.map(|(why, _)| why.to_owned()),
            undone_by: why.and_then(|(_, op)| op).map(op_text),
        }
    }
}
