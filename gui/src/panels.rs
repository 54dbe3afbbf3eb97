//! The parts of the running window, each a function of the model.

pub mod composer;
pub mod contacts;
pub mod details;
pub mod people;
pub mod rail;
pub mod status;
pub mod timeline;
