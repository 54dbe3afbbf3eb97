//! What joins the window to the desktop around it: notifications, one window a profile, links that open it, its icon.

pub mod entry;
pub mod icon;
pub mod instance;
pub mod keyring;
pub mod notice;
pub mod notify;
