//! Who is at the other end of a path.
//!
//! The transport authenticates nobody: its peer ids live for one start. Two contacts recognise each other by tags
//! under a key that only their two devices can compute (a MAC, not a signature: nobody can prove to a third
//! party that this link existed), bound to both peer ids and both nonces, so that a relay that swaps streams
//! is found out. Everybody else is a stranger and may show a card, introduce itself, and ask.
//!
//! DECISIONS 19, 34; groups-and-security.md A2.

pub mod auth;
pub mod budget;
pub mod frame;
pub mod table;

pub use auth::AuthFault;
pub use frame::{CommunityFrame, Frame};
pub use table::{Link, Links, News};

/// The driver's name for one path. Never used twice in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);
