//! Logs: structured, on standard error, without secrets and without what people write.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Environment variable with a filter in the syntax of `tracing-subscriber`.
const VARIABLE: &str = "LESCOPAINS_LOG";

/// What is said unless asked otherwise: our own news, and only the troubles of the transports.
const DEFAULT: &str = "warn,node=info,lescopains_node=info,libp2p_mdns=error,libp2p_swarm=error";

/// Targets that must stay silent whatever the filter says: libsignal logs session details, and
/// some of its lines carry keys and identities.
const SILENT: [&str; 4] = [
    "libsignal_protocol_syft=off",
    "libsignal_core_syft=off",
    "signal_crypto_syft=off",
    "spqr_syft=off",
];

/// Starts logging.
pub(super) fn start() {
    let asked = std::env::var(VARIABLE).unwrap_or_else(|_| DEFAULT.to_owned());
    let mut filter = EnvFilter::builder().parse_lossy(asked);
    for directive in SILENT {
        if let Ok(directive) = directive.parse() {
            filter = filter.add_directive(directive);
        }
    }
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::filter::Directive;

    #[test]
    fn every_silencing_directive_is_one() {
        for directive in super::SILENT {
            assert!(directive.parse::<Directive>().is_ok(), "{directive}");
        }
    }
}
