//! Screens that take the whole middle: the first start and unlocking, settings.

pub mod parts;
pub mod settings;
pub mod start;
