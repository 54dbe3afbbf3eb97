//! Never compiled: only targets without an operating system ask for this crate, and we have none (see `Cargo.toml`).

#[cfg(target_family = "wasm")]
compile_error!("LesCopains does not run in a browser; this crate is a stand-in");
