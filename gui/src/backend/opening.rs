//! From a folder to a running node: first run, unlocking, and what to say when neither works.

use std::sync::Arc;
use std::time::Duration;

use node::store::{Options, Protection, StoreError};
use node::{Node, NodeConfig, NodeError, profile};
use protocol::message::Name;

use super::{Port, Setup, desk};
use crate::ask::{Ask, Lock};
use crate::desktop::keyring;
use crate::model::{Model, Stage};

/// How long a keyring may take to say that it is there.
const PROBE: Duration = Duration::from_secs(2);

/// How the time with one node ended.
pub(super) enum Ended {
    /// The window is closing.
    Closed,
    /// The node stopped by itself.
    Stopped(String),
}

/// Lives until the window closes.
pub(super) async fn live(setup: Setup, mut port: Port) {
    let (news, repaint) = (port.news.clone(), Arc::clone(&port.repaint));
    // Ctrl-C in the terminal that started us, or the end of the desktop's session: the window closes in order.
    tokio::spawn(async move {
        if node::platform::stop_signal().await.is_ok() {
            drop(news.send(super::News::Ending).await);
            repaint();
        }
    });
    let mut protection = None;
    loop {
        let Some(chosen) = protection.take() else {
            match wait_for_key(&setup, &mut port).await {
                Some(chosen) => {
                    protection = Some(chosen);
                    continue;
                }
                None => return,
            }
        };
        port.change(|model| model.stage = Stage::Opening);
        match Node::start(config(&setup, chosen)).await {
            Ok(node) => match desk::run(node, &setup, &mut port).await {
                Ended::Closed => return,
                Ended::Stopped(fault) => {
                    port.show(Model {
                        stage: Stage::Stopped { fault },
                        ..Model::default()
                    });
                    if !retry(&mut port).await {
                        return;
                    }
                }
            },
            Err(error) => {
                port.show(Model {
                    stage: stage_of(&error),
                    ..Model::default()
                });
                let broken = matches!(port.model().stage, Stage::Broken { .. });
                if broken && !retry(&mut port).await {
                    return;
                }
            }
        }
    }
}

fn config(setup: &Setup, protection: Protection) -> NodeConfig {
    let mut config = NodeConfig::new(&setup.profile, protection);
    config.net = setup.net.clone();
    config.dial.clone_from(&setup.dial);
    config.core.visible = setup.visible;
    config
}

/// What the store says, as a key of the catalogue where there is one.
fn told(error: &StoreError) -> String {
    let key = match error {
        StoreError::Held { .. } => "broken-held",
        StoreError::NoSpace { .. } => "broken-space",
        StoreError::TooNew { .. } => "broken-too-new",
        StoreError::ProfileExists { .. } => "broken-exists",
        StoreError::EmptyPassphrase => "passphrase-empty",
        other => return other.to_string(),
    };
    key.to_owned()
}

/// Why a profile could not be made, likewise.
fn why(error: &profile::ProfileError) -> String {
    match error {
        profile::ProfileError::Store(store) => told(store),
        profile::ProfileError::Words(_) => "words-mismatch".to_owned(),
        other => other.to_string(),
    }
}

/// What a failed start means for the person.
fn stage_of(error: &NodeError) -> Stage {
    let NodeError::Profile(profile::ProfileError::Store(store)) = error else {
        return Stage::Broken {
            fault: error.to_string(),
        };
    };
    match store {
        StoreError::PassphraseNeeded => Stage::Locked { fault: None },
        StoreError::WrongPassphrase | StoreError::EmptyPassphrase => Stage::Locked {
            fault: Some("unlock-wrong".to_owned()),
        },
        StoreError::NoProfile { .. } => Stage::FirstRun { fault: None },
        other => Stage::Broken { fault: told(other) },
    }
}

/// Waits until the person wants to try again. `false`: the window is closing.
async fn retry(port: &mut Port) -> bool {
    loop {
        tokio::select! {
            () = port.cancel.cancelled() => return false,
            ask = port.asks.recv() => match ask {
                Some(Ask::Retry) => return true,
                Some(_) => {}
                None => return false,
            },
        }
    }
}

/// What opens the profile: nothing, a key of the keyring, or what the person types. `None`: the window is closing.
async fn wait_for_key(setup: &Setup, port: &mut Port) -> Option<Protection> {
    let stage = port.model().stage.clone();
    let begins = matches!(stage, Stage::Opening);
    if begins && !profile_exists(setup) {
        port.change(|model| model.stage = Stage::FirstRun { fault: None });
        let there = keyring_is_there(setup).await;
        port.change(|model| model.keyring = there);
    } else if begins || matches!(stage, Stage::Stopped { .. } | Stage::Broken { .. }) {
        if let Some(protection) = from_keyring(setup, port).await? {
            return Some(protection);
        }
        // Tried without a passphrase first: an unprotected profile just opens, a protected one says so at once.
        return Some(Protection::Unprotected);
    }
    loop {
        let ask = tokio::select! {
            () = port.cancel.cancelled() => return None,
            ask = port.asks.recv() => ask?,
        };
        match ask {
            Ask::Unlock(passphrase) => return Some(Protection::passphrase(passphrase.as_str())),
            Ask::Create { name, lock } => {
                if let Some(protection) = create(setup, port, name, lock, None).await {
                    return Some(protection);
                }
            }
            Ask::Restore { words, name, lock } => {
                if let Some(protection) = create(setup, port, name, lock, Some(words)).await {
                    return Some(protection);
                }
            }
            _ => {}
        }
    }
}

/// Whether a keyring could keep the passphrase of a new profile. One that does not answer soon is none.
async fn keyring_is_there(setup: &Setup) -> bool {
    let keyring = Arc::clone(&setup.keyring);
    let asked = tokio::task::spawn_blocking(move || keyring.is_there());
    matches!(tokio::time::timeout(PROBE, asked).await, Ok(Ok(true)))
}

/// What opens a profile that is locked by the keyring; inner `None`: it is not. While the keyring does not give it, the
/// person is told and may try again; outer `None`: the window is closing.
async fn from_keyring(setup: &Setup, port: &mut Port) -> Option<Option<Protection>> {
    let Some(id) = keyring::noted(&setup.profile) else {
        return Some(None);
    };
    loop {
        let (keyring, id) = (Arc::clone(&setup.keyring), id.clone());
        let found = tokio::task::spawn_blocking(move || keyring.find(&id));
        match found
            .await
            .unwrap_or_else(|panicked| Err(panicked.to_string()))
        {
            Ok(secret) => return Some(Some(Protection::passphrase(secret.as_str()))),
            Err(error) => {
                tracing::error!(%error, "the keyring does not give the key");
                port.change(|model| {
                    model.stage = Stage::Broken {
                        fault: "broken-keyring".to_owned(),
                    };
                });
            }
        }
        if !retry(port).await {
            return None;
        }
    }
}

/// A new lock: what opens it, and under which name the keyring has that, if it does.
async fn new_lock(setup: &Setup, lock: Lock) -> Result<(Protection, Option<String>), String> {
    match lock {
        Lock::Passphrase(passphrase) => Ok((Protection::passphrase(passphrase.as_str()), None)),
        Lock::Unprotected => Ok((Protection::Unprotected, None)),
        Lock::Keyring => {
            let keyring = Arc::clone(&setup.keyring);
            let made = tokio::task::spawn_blocking(move || keyring::new_secret(&*keyring)).await;
            let made = made.unwrap_or_else(|panicked| Err(panicked.to_string()));
            let (id, secret) = made.map_err(|error| {
                tracing::error!(%error, "the keyring keeps nothing");
                "protect-keyring-fault".to_owned()
            })?;
            Ok((Protection::passphrase(secret.as_str()), Some(id)))
        }
    }
}

fn profile_exists(setup: &Setup) -> bool {
    ["identity.a", "identity.b", "history.redb"]
        .iter()
        .any(|file| setup.profile.join(file).exists())
}

/// Makes a profile; on failure the first run says why.
async fn create(
    setup: &Setup,
    port: &Port,
    name: String,
    lock: Lock,
    words: Option<zeroize::Zeroizing<String>>,
) -> Option<Protection> {
    port.change(|model| model.stage = Stage::Opening);
    let first_run =
        |fault| port.change(|model| model.stage = Stage::FirstRun { fault: Some(fault) });
    if profile_exists(setup) {
        first_run("broken-exists".to_owned());
        return None;
    }
    let (protection, id) = match new_lock(setup, lock).await {
        Ok(made) => made,
        Err(fault) => {
            first_run(fault);
            return None;
        }
    };
    let (path, key) = (setup.profile.clone(), protection.clone());
    let made = tokio::task::spawn_blocking(move || {
        let name = Name::try_from(name).map_err(|error| error.to_string())?;
        if let Some(above) = path.parent() {
            std::fs::create_dir_all(above).map_err(|error| error.to_string())?;
        }
        // Before the profile: one that is locked with what nobody finds again would be lost.
        if let Some(id) = id {
            keyring::note(&path, &id).map_err(|error| error.to_string())?;
        }
        let made = match words {
            None => profile::create(&path, name, &key, Options::default()).map(|_| ()),
            Some(words) => {
                profile::restore(&path, name, &words, &key, Options::default()).map(|_| ())
            }
        };
        made.map_err(|error| why(&error))
    });
    match made
        .await
        .unwrap_or_else(|panicked| Err(panicked.to_string()))
    {
        Ok(()) => Some(protection),
        Err(fault) => {
            first_run(fault);
            None
        }
    }
}
