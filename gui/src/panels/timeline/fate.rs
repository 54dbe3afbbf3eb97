//! How an own message fares, in words.

use protocol::identity::AccountId;
use protocol::persist::{Delivery, Failure, MessageRow, Trust};
use node::store::Position;

use crate::context::Cx;

/// How an own message fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// There is nobody to send it to yet.
    Nobody,
    /// No device has it.
    Waits,
    /// Some of their devices have it.
    Some {
        /// So many.
        reached: usize,
        /// Of so many.
        of: usize,
    },
    /// Every device that can have it has it.
    Reached,
    /// It will not reach anybody: the account took its devices back.
    Revoked,
    /// It will not reach anybody: the contact was blocked or removed.
    Withdrawn,
}

impl Fate {
    /// How this message fares.
    #[must_use]
    pub fn of(row: &MessageRow) -> Self {
        let count = |wanted: fn(&Delivery) -> bool| {
            let states = row.delivery.iter().map(|(_, state)| state);
            states.filter(|state| wanted(state)).count()
        };
        let reached = count(|state| matches!(state, Delivery::Reached));
        let queued = count(|state| matches!(state, Delivery::Queued));
        let withdrawn = count(|state| matches!(state, Delivery::Failed(Failure::Withdrawn)));
        match (reached, queued) {
            (0, 0) if row.delivery.is_empty() => Self::Nobody,
            (0, 0) if withdrawn > 0 => Self::Withdrawn,
            (0, 0) => Self::Revoked,
            (0, _) => Self::Waits,
            (_, 0) => Self::Reached,
            _ => Self::Some {
                reached,
                of: reached + queued,
            },
        }
    }

    /// Whether it is said with every message; what is well is said once, under the newest.
    #[must_use]
    pub const fn is_said_always(self) -> bool {
        !matches!(self, Self::Reached)
    }

    /// Whether it went wrong.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Revoked | Self::Withdrawn)
    }

    /// In words.
    #[must_use]
    pub fn words(self, cx: &Cx<'_>, account: AccountId, place: Position) -> String {
        let name = || [("name", cx.model.name(account).into())];
        match self {
            Self::Nobody => cx.text.fill("fate-nobody", name()),
            Self::Waits => waits(cx, account),
            Self::Some { reached, of } => cx.text.fill(
                "fate-some",
                [("reached", reached.into()), ("of", of.into())],
            ),
            Self::Reached if was_read(cx, account, place) => cx.say("fate-read"),
            Self::Reached => cx.say("fate-reached"),
            Self::Revoked => cx.text.fill("fate-revoked", name()),
            Self::Withdrawn => cx.text.fill("fate-withdrawn", name()),
        }
    }
}

fn waits(cx: &Cx<'_>, account: AccountId) -> String {
    let contact = cx.model.contact(account);
    let name = [("name", cx.model.name(account).into())];
    if contact.is_some_and(|contact| contact.trust == Trust::Changed) {
        cx.text.fill("fate-waits-verify", name)
    } else if contact.is_some_and(|contact| !contact.reachable.is_empty()) {
        cx.say("fate-on-its-way")
    } else {
        cx.text.fill("fate-waits", name)
    }
}

/// Whether they say that they read it.
fn was_read(cx: &Cx<'_>, account: AccountId, place: Position) -> bool {
    let view = cx.model.view.as_ref();
    let mark = view.and_then(|view| view.read.get(&account)?.theirs);
    mark.is_some_and(|mark| mark >= place)
}

#[cfg(test)]
mod tests {
    use protocol::identity::DeviceId;

    use super::*;
    use crate::fixtures::{ADA, ME, row};

    fn fate(states: &[Delivery]) -> Fate {
        let mut row = row(ADA, ME, 1, "x");
        let states = (1..).zip(states).map(|(number, state)| (DeviceId([number; 32]), *state));
        row.delivery = states.collect::<Vec<_>>().try_into().unwrap();
        Fate::of(&row)
    }

    #[test]
    fn a_message_fares_as_its_devices_do() {
        use Delivery::{Failed, Queued, Reached};
        assert_eq!(fate(&[]), Fate::Nobody);
        assert_eq!(fate(&[Queued, Queued]), Fate::Waits);
        assert_eq!(fate(&[Reached, Queued]), Fate::Some { reached: 1, of: 2 });
        assert_eq!(fate(&[Reached, Reached]), Fate::Reached);
        // A device that is no more takes nothing away from those that are.
        assert_eq!(fate(&[Reached, Failed(Failure::Revoked)]), Fate::Reached);
        assert_eq!(fate(&[Queued, Failed(Failure::Revoked)]), Fate::Waits);
        assert_eq!(fate(&[Failed(Failure::Revoked)]), Fate::Revoked);
        assert_eq!(fate(&[Failed(Failure::Withdrawn), Failed(Failure::Revoked)]), Fate::Withdrawn);
    }
}
