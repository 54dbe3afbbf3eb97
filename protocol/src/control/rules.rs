//! Which rules the resolver applies: all of them, but for a test that wants to see one missed (DECISIONS 31).

/// A rule of the resolver that is left out on purpose.
#[cfg(feature = "mutants")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Omitted {
    /// R1.
    StrongRemoval,
    /// R2.
    Protection,
    /// R3.
    Cascade,
}

/// The rules in force.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// The one that is left out.
    #[cfg(feature = "mutants")]
    pub omitted: Option<Omitted>,
}

macro_rules! rule {
    ($name:ident, $omitted:ident) => {
        #[cfg(feature = "mutants")]
        pub(super) fn $name(self) -> bool {
            self.omitted != Some(Omitted::$omitted)
        }

        #[cfg(not(feature = "mutants"))]
        #[allow(clippy::unused_self, reason = "the same call in both builds")]
        pub(super) const fn $name(self) -> bool {
            true
        }
    };
}

impl Rules {
    rule!(strong_removal, StrongRemoval);
    rule!(protection, Protection);
    rule!(cascade, Cascade);
}
