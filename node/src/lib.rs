//! Does what the core says: the headless node of LesCopains.
//!
//! [`Node::start`] opens a profile and runs, each behind bounded channels: the driver around the
//! core (`driver`), the store's threads (`store_thread`), the network task ([`net`]) and the API
//! ([`api`]). [`NodeHandle`] is the only door into it. A protocol decision found in this crate is
//! a bug.
#![warn(missing_docs)]

#[cfg(all(feature = "mutants", not(debug_assertions)))]
compile_error!("deliberate faults do not belong in a release build");

pub mod api;
pub mod clock;
pub mod config;
mod driver;
pub mod events;
pub mod handle;
pub mod health;
#[cfg(test)]
mod mailboxes;
#[cfg(feature = "mutants")]
mod mutant;
pub mod net;
pub mod platform;
pub mod profile;
mod store_thread;
mod supervise;
pub mod view;
mod words;

/// What the window says to the store and hears of it: pages of history, and how a profile is opened.
pub mod store {
    pub use storage::{Options, Page, PageEntry, Part, Position, Protection, StoreError};
}

pub use config::NodeConfig;
pub use driver::DriverError;
pub use handle::{AskError, NodeHandle};
pub use store_thread::{StoreFault, StoreReader};
pub use supervise::{Node, NodeError};
pub use words::WordsFault;
