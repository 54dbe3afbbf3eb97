//! How a node is to run: everything that its starter decides.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use protocol::core::Config as CoreConfig;
use storage::Protection;

use crate::net::NetConfig;

/// How a node is to run.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// Folder of the profile.
    pub profile: PathBuf,
    /// How the profile is unlocked.
    pub protection: Protection,
    /// Where the API listens: a loopback address; port 0 takes a free one.
    pub api: SocketAddr,
    /// How the network task listens and looks around.
    pub net: NetConfig,
    /// Addresses to dial at the start.
    pub dial: Vec<String>,
    /// What the core is told.
    pub core: CoreConfig,
    /// How the store is opened.
    pub store: storage::Options,
    /// The mutant "plaintext on the wire": own messages are also shouted into the local network.
    #[cfg(feature = "mutants")]
    pub danger_plaintext_on_the_wire: bool,
}

impl NodeConfig {
    /// A node on this profile, everything else as a person would have it.
    #[must_use]
    pub fn new(profile: impl Into<PathBuf>, protection: Protection) -> Self {
        Self {
            profile: profile.into(),
            protection,
            api: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            net: NetConfig::default(),
            dial: Vec::new(),
            core: CoreConfig::default(),
            store: storage::Options::default(),
            #[cfg(feature = "mutants")]
            danger_plaintext_on_the_wire: false,
        }
    }
}
