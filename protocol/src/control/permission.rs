//! What a role allows, and how far an authority reaches.
//!
//! Every role has a position and a set of bits. Bits 0 to 19 are for using the community, bits from 20 on give power
//! over others. Power is ranked by bit: somebody's rank for a bit is the highest position of a role of theirs that
//! contains it, and it reaches only what stands strictly below (groups-and-security.md §2.3.3).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Place of a role: 0 is everyone's, others are from 1 to [`Position::MAX`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Position(pub u16);

impl Position {
    /// The place of the role that everybody has.
    pub const EVERYONE: Self = Self(0);
    /// The highest place of a role: room to put roles between roles, and to read them out loud.
    pub const MAX: Self = Self(10_000);
}

macro_rules! bits {
    ($($(#[$doc:meta])+ $name:ident = $bit:literal,)+) => {
        impl Bits {
            $($(#[$doc])+ pub const $name: Self = Self(1 << $bit);)+

            /// Every bit that has a meaning, with its name.
            pub const NAMED: &'static [(&'static str, Self)] = &[$((stringify!($name), Self::$name),)+];
        }
    };
}

/// A set of permissions. Bits without a meaning are kept and mean nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bits(pub u64);

bits! {
    /// See a channel, and so receive its keys.
    VIEW = 0,
    /// Write in a channel.
    SEND = 1,
    /// Attach files.
    ATTACH = 2,
    /// React to messages.
    REACT = 3,
    /// Mention everyone.
    MENTION_ALL = 4,
    /// Enter a voice room.
    CONNECT = 5,
    /// Be heard there.
    SPEAK = 6,
    /// Share a camera or a screen there.
    STREAM = 7,
    /// Make invites.
    CREATE_INVITE = 8,
    /// Let people in, and confirm those whose admission was undone.
    ADMIT = 9,
    /// Hand history to new members.
    HISTORY = 10,
    /// Make a new key epoch. Everyone's by default: the first who can must be allowed to (A6).
    REKEY = 11,
    /// Delete and pin others' messages.
    MANAGE_MESSAGES = 20,
    /// Silence people for a time.
    MUTE = 21,
    /// Remove people.
    KICK = 22,
    /// Remove people and keep them out.
    BAN = 23,
    /// Make, change and delete channels.
    MANAGE_CHANNELS = 24,
    /// Make, change, delete, give and take roles.
    MANAGE_ROLES = 25,
    /// Revoke others' invites.
    MANAGE_INVITES = 26,
    /// Change the community's name and rules.
    MANAGE_COMMUNITY = 27,
    /// All of these.
    ADMIN = 29,
}

impl Bits {
    /// No permission.
    pub const NONE: Self = Self(0);
    /// Bits that give no power over others.
    pub const USE: Self = Self((1 << 20) - 1);
    /// What is done in a channel, and may differ from one to the other.
    pub const IN_CHANNELS: Self = Self(((1 << 8) - 1) | Self::HISTORY.0);
    /// What everyone may do in a new community.
    pub const EVERYONE: Self = Self(0b1101_1110_1111);

    /// Whether every bit of `other` is in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the bits of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What both sets have.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The part that gives power over others.
    #[must_use]
    pub const fn power(self) -> Self {
        self.without(Self::USE)
    }

    /// Whether there is no bit in this set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a role with this set gives the power of `bit`.
    #[must_use]
    pub const fn gives(self, bit: Self) -> bool {
        self.contains(bit) || self.contains(Self::ADMIN)
    }

    /// Each bit of the set by itself.
    pub fn each(self) -> impl Iterator<Item = Self> {
        (0..u64::BITS)
            .map(|bit| Self(1 << bit))
            .filter(move |bit| self.contains(*bit))
    }
}

impl fmt::Debug for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_set();
        for (name, bit) in Self::NAMED {
            if self.contains(*bit) {
                list.entry(&format_args!("{name}"));
            }
        }
        list.finish()
    }
}

/// With what authority an op was made: `k` of the specification. Greater ones are decided first.
///
/// It is claimed once, from what the op's own past says, and never changes afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authority {
    /// None: its author may not do this. The op counts for nothing, for ever.
    #[default]
    Void,
    /// That of a member who uses the community.
    Use,
    /// That of a role's position.
    Power(Position),
    /// That of the owner; of two in a line of owners, the earlier one's.
    Owner(Lineage),
    /// That of handing the community on, and of taking it: decided before what either of the two does as its owner.
    Handover(Lineage),
    /// That of anybody over what is their own, which no removal elsewhere undoes: to leave, to add a device, to end an own
    /// invite.
    Own,
    /// That of what proves itself, whoever passes it on: the founding, an account's word that it took a device back, two
    /// ops that contradict each other.
    Proof,
}

/// How early in the line of owners somebody stands; the founder's is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lineage(u16);

impl Lineage {
    /// The founder's.
    pub const FOUNDER: Self = Self(u16::MAX);

    /// That of whom this owner hands the community to.
    #[must_use]
    pub const fn heir(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl Authority {
    /// Whether it reaches something that stands at `position`: strictly below.
    #[must_use]
    pub fn reaches(self, position: Position) -> bool {
        self > Self::Power(position)
    }

    /// Whether it lifts a ban that was made with this authority: with as much; and whoever owns the community by then lifts
    /// those of the owners before them, who have a greater one for what they did as long as they were it.
    #[must_use]
    pub fn lifts(self, ban: Self) -> bool {
        self >= ban || matches!(self, Self::Owner(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_reaches_strictly_below_and_owners_reach_every_position() {
        let five = Authority::Power(Position(5));
        assert!(five.reaches(Position(4)));
        assert!(!five.reaches(Position(5)));
        assert!(Authority::Owner(Lineage::FOUNDER.heir()).reaches(Position::MAX));
        assert!(!Authority::Use.reaches(Position::EVERYONE));
        assert!(Authority::Owner(Lineage::FOUNDER) > Authority::Owner(Lineage::FOUNDER.heir()));
    }

    #[test]
    fn everyone_may_use_and_rekey_and_has_no_power() {
        assert!(Bits::EVERYONE.power().is_empty());
        assert!(Bits::EVERYONE.contains(Bits::REKEY.with(Bits::SEND).with(Bits::VIEW)));
        assert!(!Bits::EVERYONE.contains(Bits::MENTION_ALL));
        assert!(!Bits::EVERYONE.contains(Bits::ADMIT));
    }

    #[test]
    fn an_administrator_has_the_power_of_every_bit() {
        assert!(Bits::NAMED.iter().all(|(_, bit)| Bits::ADMIN.gives(*bit)));
        assert!(!Bits::KICK.gives(Bits::BAN));
    }
}
