//! What people do in worlds that are about a community, beside what may go wrong in any.

use serde::{Deserialize, Serialize};

use super::{Options, maybe, usize_between};
use crate::chance::Chance;

/// What people do in a community. Shares are of a thousand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommunityOptions {
    /// Share of acts that are about people and rules, not about messages.
    pub moderation: u32,
    /// People beside the owner whom the owner gives power.
    pub moderators: usize,
    /// Channels for everybody.
    pub public: usize,
    /// Channels for those with a role.
    pub private: usize,
    /// Share of looks at the screen at which somebody who is outside tries to come back.
    pub rejoin: u32,
    /// Acts about people and rules that each partition provokes.
    #[serde(default)]
    pub quarrels: usize,
    /// Whether new members may read all that was said before.
    #[serde(default)]
    pub open_past: bool,
    /// Whether the owner, and whoever changes channels, thinks of slow mode.
    #[serde(default)]
    pub slow_channels: bool,
    /// Entries that somebody signs under an epoch that is over.
    pub forgeries: usize,
    /// People, the last of all, whose program is not ours.
    #[serde(default)]
    pub liars: usize,
    /// Times at which one of them does what no honest program does.
    #[serde(default)]
    pub lies: usize,
}

/// How much a community is a struggle for power.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Temper {
    /// Every other seed is one: it is in halves that act apart that rules are needed.
    AnyOf,
    /// Every seed is, and each partition lets nothing through that could tell of it.
    Quarrelsome,
    /// As the first, among people of whom some have a program that is not ours.
    Byzantine,
}

impl Options {
    /// The options of a seed for a world that is about a community.
    #[must_use]
    pub fn draw_community(seed: u64) -> Self {
        Self::of_temper(seed, Temper::AnyOf)
    }

    /// The options of a seed for a community whose people take each other's power. What only such worlds show, a rule that
    /// nobody else needs, must not wait for a seed that happens to be one.
    #[must_use]
    pub fn draw_quarrels(seed: u64) -> Self {
        Self::of_temper(seed, Temper::Quarrelsome)
    }

    /// The options of a seed for a community in which the programs of some are not ours.
    #[must_use]
    pub fn draw_byzantine(seed: u64) -> Self {
        Self::of_temper(seed, Temper::Byzantine)
    }

    fn of_temper(seed: u64, temper: Temper) -> Self {
        let quarrelsome = temper == Temper::Quarrelsome;
        let mut chance = Chance::new(seed, 4);
        let c = &mut chance;
        let mut options = Self::draw(seed);
        let crowd = c.permille(100);
        options.accounts = if crowd {
            usize_between(c, 9, 12)
        } else {
            usize_between(c, if temper == Temper::AnyOf { 3 } else { 5 }, 8)
        };
        options.second_device = false;
        options.extra_pairs = 0;
        options.hidden = 0;
        let struggle = c.permille(500) || quarrelsome;
        options.acts = usize_between(c, 110, 150);
        if struggle {
            options.network.partitions = usize_between(c, 5, 9);
            options.network.partition_ms = (4_000, 12_000);
            options.acts = usize_between(c, 170, 230);
        }
        if quarrelsome {
            options.network.asymmetric = 0;
        }
        options.communities = Some(CommunityOptions {
            moderation: if struggle {
                maybe(c, 1_000, 350, 550)
            } else {
                maybe(c, 800, 50, 250)
            },
            moderators: if struggle {
                usize_between(c, if quarrelsome { 3 } else { 2 }, 5)
            } else {
                usize_between(c, 0, 3)
            },
            public: usize_between(c, 1, 3),
            private: usize_between(c, 0, 2),
            quarrels: match struggle {
                true if quarrelsome => usize_between(c, 4, 6),
                true => usize_between(c, 2, 4),
                false => 0,
            },
            rejoin: maybe(c, 900, 50, 400),
            // By the seed itself, so that all else is drawn as it was before this could be.
            open_past: seed % 4 == 3,
            slow_channels: seed % 4 == 1,
            forgeries: usize::try_from(maybe(c, 800, 4, 12)).unwrap_or(0),
            liars: 0,
            lies: 0,
        });
        if let (Temper::Byzantine, Some(communities)) = (temper, &mut options.communities) {
            // Fewer than half, so that there are honest people to look at.
            communities.liars = usize_between(c, 1, if options.accounts > 6 { 3 } else { 2 });
            communities.lies = usize_between(c, 20, 40);
            communities.forgeries = 0; // whoever signs what is not to be signed lies
        }
        options
    }
}
