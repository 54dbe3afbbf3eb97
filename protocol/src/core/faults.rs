//! Deliberate faults. Each breaks one promise, so that the checker of that promise can be seen to fail
//! (DECISIONS 31). Without the feature `mutants` there are none, and every question below is a constant.

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
    ];

    /// Whether it shows among members of a community alone.
    #[must_use]
    pub const fn is_of_communities(self) -> bool {
        matches!(self, Self::OldEpochAccepted | Self::KeyToRemoved)
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
    #[must_use]
    pub fn rules(self) -> crate::control::Rules {
        crate::control::Rules::default()
    }

    fault!(sends_early, SendBeforePersist);
    fault!(acks_early, AcknowledgeBeforeDurable);
    fault!(drops_outbox, OutboxDropped);
    fault!(forgets_duplicates, DedupeOff);
    fault!(skips_verification, VerificationSkipped);
    fault!(takes_old_epochs, OldEpochAccepted);
    fault!(keeps_chains, KeyToRemoved);
}
