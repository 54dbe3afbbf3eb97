//! Thousands of cores from one seed, and real nodes through the API.

pub mod bench;
pub mod lab;
