//! The ground that every part of the core stands on: what comes in, what goes out, and the context in between.
//!
//! Parts see a [`Context`], never the core.

pub mod context;
pub mod input;
pub mod lanes;
pub mod members;
pub mod out;
pub mod output;
pub mod resident;
pub mod timers;

pub use context::Context;
pub use input::{Attachment, Command, CommandId, Input, Whom};
pub use members::Members;
pub use out::{Out, When};
pub use output::{
    AttachmentView, ContactStanding, ContactView, Event, LoadId, NearbyView, Output, Reply,
};
pub use resident::{Missing, Resident};
pub use timers::{Timer, Timers};
