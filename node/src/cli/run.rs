//! `run`: the node of a profile, until somebody or something ends it.

use node::net::NetConfig;
use node::{Node, NodeConfig, NodeError, platform};
use storage::Protection;

use super::{Failure, Outcome, RunArgs, init, logs, say};
use crate::text::{Language, capitalised};

/// Threads that run tasks. The driver and the network task are two; more would only wait.
const WORKERS: usize = 2;

/// Runs a node.
pub(super) fn run(args: RunArgs, language: Language) -> Outcome {
    logs::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()?;
    let config = config(args, language)?;
    let stopped = runtime.block_on(live(config, language));
    // Blocking reads that are still under way are not waited for.
    runtime.shutdown_background();
    stopped
}

fn config(args: RunArgs, language: Language) -> Result<NodeConfig, Failure> {
    let protection = init::passphrase(&args.unlock, language)?.unwrap_or(Protection::Unprotected);
    let mut config = NodeConfig::new(args.profile, protection);
    config.api = args.api;
    config.net = NetConfig {
        mdns: !args.no_mdns,
        ..NetConfig::default()
    };
    if !args.listen.is_empty() {
        config.net.listen = args.listen;
    }
    config.dial = args.dial;
    config.core.visible = !args.hidden;
    #[cfg(feature = "mutants")]
    mutants::apply(&mut config)?;
    Ok(config)
}

/// Starts the node and waits for its end.
async fn live(config: NodeConfig, language: Language) -> Outcome {
    let explain = |error: &NodeError| match error {
        NodeError::Profile(error) => init::explain(error, language),
        other => Failure::new(capitalised(&other.to_string())),
    };
    let node = Node::start(config).await.map_err(|error| explain(&error))?;
    say(language.running(&format!("http://{}", node.api())))?;
    let stopper = node.stopper();
    let signals = tokio::spawn(async move {
        match platform::stop_signal().await {
            Ok(signal) => tracing::info!(signal, "stopping"),
            Err(error) => tracing::error!(%error, "signals cannot be heard: stopping"),
        }
        stopper.cancel();
    });
    let stopped = node.stopped().await;
    signals.abort();
    stopped.map_err(|error| explain(&error))
}

/// The deliberate fault that a build with faults runs with.
#[cfg(feature = "mutants")]
pub(super) mod mutants {
    use node::NodeConfig;
    use protocol::core::Mutant;
    use storage::Options;

    use super::Failure;

    /// How the store is made: readable from the beginning, if that is the fault.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "the same call as in a build without faults"
    )]
    pub(in crate::cli) fn store(options: Options) -> Options {
        let name = std::env::var("LESCOPAINS_MUTANT");
        let danger_plaintext_on_disk = name.is_ok_and(|name| name == "plaintext-on-disk");
        Options {
            danger_plaintext_on_disk,
            ..options
        }
    }

    pub(super) fn apply(config: &mut NodeConfig) -> Result<(), Failure> {
        let Ok(name) = std::env::var("LESCOPAINS_MUTANT") else {
            return Ok(());
        };
        match name.as_str() {
            "plaintext-on-disk" => config.store.danger_plaintext_on_disk = true,
            "plaintext-on-the-wire" => config.danger_plaintext_on_the_wire = true,
            name => {
                let known = Mutant::ALL.iter().find(|(known, _)| *known == name);
                let (_, mutant) = known.ok_or_else(|| Failure::new(format!("no mutant {name}")))?;
                config.core.faults.mutant = Some(*mutant);
            }
        }
        Ok(())
    }
}
