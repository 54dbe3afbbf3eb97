//! Does what the core says: the headless node of LesCopains.

pub mod net;
