//! Roles with power that the forker gives back to who held them, when they come.
//!
//! Rows of the forker's device, and so kept by it alone: in the log such a role would make its holder a member, unasked, and
//! without keys. A promise is kept once; whoever was banned before coming has none any more.

use super::furniture::Names;
use super::plan::Plan;
use crate::control::body::Body;
use crate::control::{CommunityId, Standing};
use crate::courier::Desks;
use crate::error::Rejected;
use crate::persist::{PromiseRow, Row, RowKey};
use crate::turn::Context;

/// Promises what a plan says.
pub(super) fn promise(cx: &mut Context<'_>, id: CommunityId, plan: &Plan, names: &Names) {
    for (who, roles) in &plan.promised {
        let roles = roles.iter().filter_map(|role| names.get(role).copied());
        let roles: Vec<_> = roles.collect();
        let roles = roles.try_into().unwrap_or_default();
        cx.put(
            RowKey::Promise(id, *who),
            Row::Promise(PromiseRow { roles }),
        );
    }
}

/// Gives back what was promised to whom has come.
pub(in crate::community) fn keep_promises(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
) {
    for (who, row) in cx.resident.promises(id) {
        let Some(hall) = desks.halls.halls.get_mut(&id) else {
            return;
        };
        let now = hall.control().now();
        let given = match now.moment().standing(&who) {
            Standing::Outside | Standing::Suspended => continue,
            Standing::Banned | Standing::Owner => Ok(Vec::new()),
            Standing::Member => {
                let there = row.roles.iter().filter(|role| now.role(role).is_some());
                let given = there.map(|role| Body::Assign { who, role: *role });
                let given: Vec<Body> = given.collect();
                hall.author(cx, given)
            }
        };
        // Whoever may not give it any more does not owe it any more.
        if !matches!(given, Err(Rejected::Comparing)) {
            cx.remove(RowKey::Promise(id, who));
        }
    }
}
