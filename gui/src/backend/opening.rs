//! From a folder to a running node: first run, unlocking, and what to say when neither works.

use node::{Node, NodeConfig, NodeError, profile};
use protocol::message::Name;
use node::store::{Options, Protection, StoreError};

use super::{Port, Setup, desk};
use crate::ask::{Ask, Lock};
use crate::model::{Model, Stage};

/// How the time with one node ended.
pub(super) enum Ended {
    /// The window is closing.
    Closed,
    /// The node stopped by itself.
    Stopped(String),
}

/// Lives until the window closes.
pub(super) async fn live(setup: Setup, mut port: Port) {
    let (news, repaint) = (port.news.clone(), std::sync::Arc::clone(&port.repaint));
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
        other => Stage::Broken {
            fault: told(other),
        },
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
    if matches!(port.model().stage, Stage::Opening) {
        if profile_exists(setup) {
            // Tried without a passphrase first: an unprotected profile just opens, a protected one says so at once.
            return Some(Protection::Unprotected);
        }
        port.change(|model| model.stage = Stage::FirstRun { fault: None });
    } else if matches!(
        port.model().stage,
        Stage::Stopped { .. } | Stage::Broken { .. }
    ) {
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
    let protection = match lock {
        Lock::Passphrase(passphrase) => Protection::passphrase(passphrase.as_str()),
        Lock::Keyring | Lock::Unprotected => Protection::Unprotected,
    };
    port.change(|model| model.stage = Stage::Opening);
    let (path, key) = (setup.profile.clone(), protection.clone());
    let made = tokio::task::spawn_blocking(move || {
        let name = Name::try_from(name).map_err(|error| error.to_string())?;
        if let Some(above) = path.parent() {
            std::fs::create_dir_all(above).map_err(|error| error.to_string())?;
        }
        let made = match words {
            None => profile::create(&path, name, &key, Options::default()).map(|_| ()),
            Some(words) => {
                profile::restore(&path, name, &words, &key, Options::default()).map(|_| ())
            }
        };
        made.map_err(|error| why(&error))
    });
    match made.await {
        Ok(Ok(())) => Some(protection),
        Ok(Err(fault)) => {
            port.change(|model| model.stage = Stage::FirstRun { fault: Some(fault) });
            None
        }
        Err(panicked) => {
            port.change(|model| {
                model.stage = Stage::FirstRun {
                    fault: Some(panicked.to_string()),
                }
            });
            None
        }
    }
}
