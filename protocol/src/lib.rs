//! What is true in LesCopains, with no way to find out anything by itself.
//!
//! The crate is a sans-IO core: time, randomness and bytes are arguments, effects are values.
//! The node runs one [`core::Core`]; the simulator runs thousands of the very same.
//!
//! # The contract between a core and its driver
//!
//! 1. **Drain.** After [`core::Core::handle`], call [`core::Core::poll_output`] until
//!    [`turn::Output::Wait`]. Several inputs may be handled before one drain.
//! 2. **Order.** Perform outputs in order. An output with `after: Some(batch)` is held until that
//!    batch, and so every batch before it, is durable. This is a security rule: a ratchet step that
//!    was sent but not stored is a message key used twice after a crash.
//! 3. **Report.** Every [`turn::Output::Persist`] is answered by [`turn::Input::Committed`] once durable,
//!    every [`turn::Output::Load`] by [`turn::Input::Loaded`] with rows as of some commit.
//! 4. **Total.** Peers' bytes can never make `handle` fail or panic; a bad peer is an output.
//! 5. **Closed.** Same snapshot, same seed, same inputs: same outputs, byte for byte.
//! 6. **A failed commit is the core's end.** The driver drops it, answers every command that still
//!    waits with `NotStored`, closes all links and restores a new core from the store, with a
//!    fresh seed. There is never a core ahead of its disk.
#![warn(missing_docs)]
#![warn(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

#[cfg(all(feature = "mutants", not(debug_assertions)))]
compile_error!("deliberate faults do not belong in a release build");

pub mod community;
pub mod contact;
pub mod content;
pub mod control;
pub mod conversation;
pub mod core;
pub mod courier;
pub mod crypto;
pub mod error;
#[cfg(any(test, feature = "testing"))]
pub mod fuzzing;
pub mod group;
pub mod identity;
pub mod limits;
pub mod link;
pub mod local;
pub mod message;
pub mod notes;
pub mod persist;
pub mod prekeys;
pub mod presence;
pub mod privacy;
pub mod session;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod time;
pub mod turn;
pub mod wire;
