//! Durable and boring: the encrypted profile of a LesCopains node.
//!
//! A [`Profile`] is a folder with two things in it. `identity.a` and `identity.b` are two copies of the device's keys,
//! small and precious ([`identity_file`]). `history.redb` is everything else: sessions, contacts, messages, the outbox
//! (`tables`). The core says *what* becomes durable together ([`protocol::persist`]); this crate says *how*.
//!
//! From the ground up: [`folder`] (files, or a disk that fails on demand, `faults`, in tests), [`cipher_file`] (XTS below the database), `engine`
//! (the database, opened again when disk or contents fail it), [`seal`] (each row authenticated in its place),
//! `tables` and `timeline`, then `apply`, `arrange`, `load`, [`history`] and `migrate`, and on top the handles [`Writer`] and [`Reader`].
//!
//! What it promises: a batch is durable whole or not at all; no row is ever shown that was not stored in that place; no
//! damage ends in a panic; and a full disk stops writing, not reading.
#![warn(missing_docs)]

#[cfg(all(feature = "mutants", not(debug_assertions)))]
compile_error!("deliberate faults do not belong in a release build");

mod apply;
mod arrange;
pub mod cipher_file;
mod engine;
pub mod error;
#[cfg(any(test, feature = "testing"))]
pub mod faults;
pub mod folder;
#[cfg(any(test, feature = "testing"))]
pub mod fuzzing;
mod guard;
pub mod history;
pub mod identity_file;
mod load;
mod marked;
mod meta;
mod migrate;
mod overlay_file;
mod platform;
pub mod profile;
pub mod random;
pub mod seal;
mod store;
mod tables;
mod timeline;
mod xts;

pub use error::{CopyFault, StoreError};
pub use folder::{DiskFolder, Folder, RawFile};
pub use history::{Page, PageEntry, Part, Position, Unread};
pub use identity_file::{Identity, KdfCost, Protection};
pub use meta::FORMAT;
pub use profile::{Break, Continuity, Opening, Options, Profile};
pub use store::{Reader, Writer};
