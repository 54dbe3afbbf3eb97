//! Who may use, read and change a channel, as it stands at a moment.

use std::collections::BTreeSet;

use super::{Channel, Community};
use crate::control::body::Scope;
use crate::control::fact::OpId;
use crate::control::permission::{Authority, Bits};
use crate::control::view::Standing;
use crate::identity::AccountId;

impl Community<'_> {
    /// What somebody may do in a channel: what their roles say; what the channel says of everyone; then what it says of
    /// their roles; at each step deny, then allow.
    #[must_use]
    pub fn uses_in(&self, who: &AccountId, channel: &Channel) -> Bits {
        let all = self.moment.uses(who);
        let administers = self.moment.power(who, Bits::ADMIN) > Authority::Void;
        if administers || all.is_empty() {
            return all;
        }
        let everyone = self.control.community().founding();
        let held = self.moment.roles(who);
        let of = |chosen: &dyn Fn(&OpId) -> bool| {
            let chosen = channel.overwrites.iter().filter(|one| chosen(&one.role));
            chosen.fold((Bits::NONE, Bits::NONE), |(deny, allow), one| {
                (deny.with(one.deny), allow.with(one.allow))
            })
        };
        let (deny, allow) = of(&|role| *role == everyone);
        let bits = all.without(deny).with(allow);
        let (deny, allow) = of(&|role| held.contains(role));
        bits.without(deny).with(allow).both(Bits::USE)
    }

    /// Whether somebody with power over channels may change or delete this one: of a private one they must be among its readers, or
    /// whoever keeps channels in order would open every door, for themselves and for all.
    #[must_use]
    pub fn may_change(&self, who: &AccountId, channel: &OpId) -> bool {
        let channel = self.channel(channel);
        channel.is_none_or(|channel| {
            channel.scope == Scope::Public || self.uses_in(who, &channel).contains(Bits::VIEW)
        })
    }

    /// Who may read a channel, and so receives its keys: of a private one those who may view it, of a public one every
    /// member.
    #[must_use]
    pub fn audience(&self, channel: &Channel) -> BTreeSet<AccountId> {
        let people = self.people().iter();
        let members = people.filter(|(_, standing)| **standing >= Standing::Member);
        let may = |who: &AccountId| {
            channel.scope == Scope::Public || self.uses_in(who, channel).contains(Bits::VIEW)
        };
        members.map(|(who, _)| *who).filter(may).collect()
    }
}
