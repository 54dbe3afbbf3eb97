//! The LesCopains window: draws a [`model::Model`], returns [`ask::Ask`]s.
//!
//! From the top: `app` (eframe's loop) over `screens`, `panels` and `dialogs`, which are functions of the model, over
//! `widgets`, over `context` (model, theme, text, where to put wishes), `theme` (the only file with colours) and `text`
//! (the only catalogue). `backend` runs the node on its own threads; nothing in the window ever waits for it.
#![warn(missing_docs)]

pub mod app;
pub mod ask;
pub mod backend;
pub mod context;
pub mod desktop;
pub mod dialogs;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
pub mod model;
pub mod panels;
pub mod platform;
pub mod prefs;
pub mod route;
pub mod screens;
pub mod state;
pub mod text;
pub mod theme;
pub mod widgets;
