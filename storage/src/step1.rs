#![forbid(unsafe_code)]
#![allow(dead_code)]
pub mod cipher_file;
pub mod engine;
pub mod error;
pub mod faults;
pub mod folder;
mod guard;
pub mod identity_file;
mod meta;
mod overlay_file;
mod platform;
pub mod random;
pub mod seal;
pub use error::*;
pub use folder::*;
