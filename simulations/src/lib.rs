//! Thousands of cores from one seed, and real nodes through the API.
//!
//! [`world::World`] drives the very cores that nodes run, with real cryptography, in virtual time: everything that goes
//! wrong follows from a seed. [`checkers`] watch from outside. [`lab`] and [`mod@bench`] start real processes.

pub mod bench;
pub mod chance;
pub mod checkers;
pub mod churn;
pub mod clock;
pub mod device;
pub mod disk;
pub mod lab;
pub mod medium;
pub mod members;
#[cfg(feature = "mutants")]
pub mod mutants;
pub mod network;
pub mod options;
pub mod people;
pub mod report;
pub mod resolver;
pub mod run;
pub mod trace;
pub mod world;
