//! What joins the window to the desktop around it: notifications, sounds, one window a person, links.

pub mod notice;
