//! A community that is being founded: its first ops, of which nothing is stored before all of them count.
//!
//! Whoever founds one with furniture may be refused at its last op; then there is no community, and no half of one.

use std::collections::BTreeMap;

use crate::community::hall::Hall;
use crate::community::{changed, keys, naming};
use crate::control::body::{Body, Founding, History, Name};
use crate::control::{Admit, Bits, CommunityId, Control, OpId};
use crate::conversation::sayable;
use crate::courier::Desks;
use crate::error::Rejected;
use crate::limits;
use crate::persist::{CommunityRow, CommunityState, Row, RowKey};
use crate::turn::{Context, Reply};
use crate::wire::Fixed;

/// The rules that a community begins with.
pub(super) struct Beginning<'a> {
    /// Its name.
    pub name: &'a Name,
    /// What everyone may do; without power.
    pub everyone: Bits,
    /// Who may let people in with an invite.
    pub admit: Admit,
    /// What new members may read.
    pub history: History,
}

/// Its ops so far, each of which counts.
pub(super) struct Draft {
    control: Control,
    ops: Vec<OpId>,
}

impl Draft {
    /// The founding op.
    ///
    /// # Errors
    /// There is no room for another community, its name says nothing, or this device may not speak.
    pub(super) fn begin(cx: &mut Context<'_>, begins: &Beginning<'_>) -> Result<Self, Rejected> {
        check_room(cx)?;
        sayable::name(begins.name)?;
        if cx.own_bundle().is_revoked(&cx.local.device) {
            return Err(Rejected::DeviceRevoked);
        }
        let founding = Founding {
            name: begins.name.clone(),
            bundle: cx.own_bundle().to_unverified(),
            everyone: begins.everyone,
            admit: begins.admit,
            history: begins.history,
            nonce: Fixed(cx.rng.bytes()),
        };
        let body = Body::Found(Box::new(founding));
        let rules = cx.faults.rules();
        let unborn = Control::new(CommunityId::UNBORN, rules);
        let op = Hall::sign(cx, &unborn, &BTreeMap::new(), body);
        let mut control = Control::new(CommunityId::founded_by(op.id()), rules);
        control.offer(&op.encode()).map_err(Rejected::NotPossible)?;
        let ops = vec![op.id()];
        Ok(Self { control, ops })
    }

    /// The community that this is to be.
    pub(super) const fn community(&self) -> CommunityId {
        self.control.community()
    }

    /// One op more.
    ///
    /// # Errors
    /// Why it is refused: the draft is of no use then.
    pub(super) fn say(&mut self, cx: &mut Context<'_>, body: Body) -> Result<OpId, Rejected> {
        let id = Hall::try_one(cx, &mut self.control, &BTreeMap::new(), body)?;
        self.ops.push(id);
        Ok(id)
    }

    /// Founds it: from now on it is one of this device's communities, with keys of its own.
    ///
    /// # Errors
    /// None that [`Draft::begin`] has not looked for.
    pub(super) fn settle(
        self,
        cx: &mut Context<'_>,
        desks: &mut Desks<'_>,
    ) -> Result<CommunityId, Rejected> {
        let id = self.community();
        let mut hall = Hall::founded(cx, self.control, &self.ops);
        put_row(cx, id, CommunityState::In { compares: false });
        keys::rekey(cx, &mut hall)?;
        naming::introduce(cx, &mut hall)?;
        desks.halls.halls.insert(id, hall);
        changed(cx, desks, id);
        Ok(id)
    }
}

/// Founds a community without furniture.
///
/// # Errors
/// Why it is refused; nothing was written.
pub(super) fn found(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    name: &Name,
    admit: Admit,
    history: History,
) -> Result<Reply, Rejected> {
    let begins = Beginning {
        name,
        everyone: Bits::EVERYONE,
        admit,
        history,
    };
    let draft = Draft::begin(cx, &begins)?;
    Ok(Reply::Community(draft.settle(cx, desks)?))
}

/// Whether this account may be in one community more.
pub(super) fn check_room(cx: &Context<'_>) -> Result<(), Rejected> {
    if cx.resident.communities().len() >= limits::COMMUNITIES_MAX {
        return Err(Rejected::Full {
            what: "communities",
        });
    }
    Ok(())
}

/// Notes what this device is to a community from now on.
pub(super) fn put_row(cx: &mut Context<'_>, id: CommunityId, state: CommunityState) {
    let row = CommunityRow {
        since: cx.now.wall,
        incarnation: u64::from_le_bytes(cx.rng.bytes()),
        based: matches!(state, CommunityState::In { .. }),
        state,
    };
    cx.put(RowKey::Community(id), Row::Community(row));
}
