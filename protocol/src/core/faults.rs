//! Deliberate faults. Each breaks one promise, so that the checker of that promise can be seen to fail
//! (DECISIONS 31). Without the feature `mutants` there are none, and every question below is a constant.

#[cfg(feature = "mutants")]
use crate::control::Omitted;
use crate::control::Rules;

/// Which promise is broken.
#[cfg(feature = "mutants")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// Frames leave before what they depend on is durable.
    SendBeforePersist,
    /// Acknowledgements leave before what they acknowledge is durable.
    AcknowledgeBeforeDurable,
    /// Own messages are forgotten instead of waiting for their device.
    OutboxDropped,
    /// Repeated messages count as new.
    DedupeOff,
    /// MACs of link authentication and opened commitments are not looked at.
    VerificationSkipped,
    /// Entries are taken whatever epoch they were sent in.
    OldEpochAccepted,
    /// Sender chains are gone on with though somebody left their audience.
    KeyToRemoved,
    /// What somebody did beside their own removal counts (R1 is off).
    StrongRemoval,
    /// A promotion from above does not protect from a removal beside it (R2 is off).
    Protection,
    /// What was done by an authority that does not count, counts (R3 is off).
    Cascade,
    /// A key of an entry is taken whether or not its author committed to it.
    CommitmentIgnored,
    /// What a sender chain seals is taken for whichever header it comes with.
    HeaderIgnored,
    /// Entries are taken from anybody, members or not.
    AnybodyHeard,
    /// What nobody in reach has of a log is waited for no longer than until it is missed.
    GapsSkipped,
    /// A device that was put back to an older state speaks before it has compared.
    RestoredBlindly,
    /// Whoever sends the same ops again and again is asked for more each time.
    AskedEndlessly,
    /// A log is taken for one that went apart whoever says so, signed or not.
    RivalUnsigned,
}

#[cfg(feature = "mutants")]
impl Mutant {
    /// All of them, by the name that the command line knows.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("send-before-persist", Self::SendBeforePersist),
        ("acknowledge-before-durable", Self::AcknowledgeBeforeDurable),
        ("outbox-dropped", Self::OutboxDropped),
        ("dedupe-off", Self::DedupeOff),
        ("verification-skipped", Self::VerificationSkipped),
        ("old-epoch-accepted", Self::OldEpochAccepted),
        ("key-to-removed", Self::KeyToRemoved),
        ("strong-removal", Self::StrongRemoval),
        ("protection", Self::Protection),
        ("cascade", Self::Cascade),
        ("commitment-ignored", Self::CommitmentIgnored),
        ("header-ignored", Self::HeaderIgnored),
        ("anybody-heard", Self::AnybodyHeard),
        ("gaps-skipped", Self::GapsSkipped),
        ("restored-blindly", Self::RestoredBlindly),
        ("asked-endlessly", Self::AskedEndlessly),
        ("rival-unsigned", Self::RivalUnsigned),
    ];

    /// Whether it shows among members of a community alone.
    #[must_use]
    pub const fn is_of_communities(self) -> bool {
        matches!(
            self,
            Self::OldEpochAccepted
                | Self::KeyToRemoved
                | Self::CommitmentIgnored
                | Self::HeaderIgnored
                | Self::AnybodyHeard
                | Self::GapsSkipped
                | Self::RestoredBlindly
                | Self::AskedEndlessly
                | Self::RivalUnsigned
        )
    }
}

/// The fault of a core, if any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// The broken promise.
    #[cfg(feature = "mutants")]
    pub mutant: Option<Mutant>,
}

macro_rules! fault {
    ($name:ident, $mutant:ident) => {
        #[cfg(feature = "mutants")]
        pub(crate) fn $name(self) -> bool {
            self.mutant == Some(Mutant::$mutant)
        }

        #[cfg(not(feature = "mutants"))]
        #[allow(clippy::unused_self, reason = "the same call in both builds")]
        pub(crate) const fn $name(self) -> bool {
            false
        }
    };
}

impl Faults {
    /// The rules of communities' logs.
    #[cfg(feature = "mutants")]
    #[must_use]
    pub fn rules(self) -> Rules {
        let omitted = match self.mutant {
            Some(Mutant::StrongRemoval) => Some(Omitted::StrongRemoval),
            Some(Mutant::Protection) => Some(Omitted::Protection),
            Some(Mutant::Cascade) => Some(Omitted::Cascade),
            _ => None,
        };
        Rules { omitted }
    }

    /// The rules of communities' logs: all of them.
    #[cfg(not(feature = "mutants"))]
    #[allow(clippy::unused_self, reason = "the same call in both builds")]
    #[must_use]
    pub const fn rules(self) -> Rules {
        Rules {}
    }

    fault!(sends_early, SendBeforePersist);
    fault!(acks_early, AcknowledgeBeforeDurable);
    fault!(drops_outbox, OutboxDropped);
    fault!(forgets_duplicates, DedupeOff);
    fault!(skips_verification, VerificationSkipped);
    fault!(takes_old_epochs, OldEpochAccepted);
    fault!(keeps_chains, KeyToRemoved);
    fault!(ignores_commitments, CommitmentIgnored);
    fault!(ignores_headers, HeaderIgnored);
    fault!(hears_anybody, AnybodyHeard);
    fault!(skips_gaps, GapsSkipped);
    fault!(restores_blindly, RestoredBlindly);
    fault!(asks_endlessly, AskedEndlessly);
    fault!(takes_unsigned_rivals, RivalUnsigned);
}
