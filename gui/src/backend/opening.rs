//! From a folder to a running node: first run, unlocking, and what to say when neither works.

use std::sync::Arc;
use std::time::Duration;

use node::store::{Options, Protection, StoreError};
use node::{Node, NodeConfig, NodeError, profile};
use protocol::message::Name;

use super::relock::{self, Relock};
use super::{Port, Setup, desk, faults};
use crate::ask::{Ask, Lock};
use crate::desktop::keyring;
use crate::model::{Model, Stage};
use crate::text::Sentence;

/// How long a keyring may take to say that it is there.
const PROBE: Duration = Duration::from_secs(2);

/// What opens a profile.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) protection: Protection,
    /// Whether the keyring has it.
    pub(super) of_keyring: bool,
}

impl Key {
    /// What the keyring has nothing to do with.
    pub(super) const fn typed(protection: Protection) -> Self {
        Self {
            protection,
            of_keyring: false,
        }
    }
}

/// How the time with one node ended.
pub(super) enum Ended {
    /// The window is closing.
    Closed,
    /// The profile is to be locked in another way.
    Relock(Relock),
    /// The node stopped by itself.
    Stopped(Sentence),
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
    let mut key = None;
    loop {
        let Some(chosen) = key.take() else {
            match wait_for_key(&setup, &mut port).await {
                Some(chosen) => {
                    key = Some(chosen);
                    continue;
                }
                None => return,
            }
        };
        port.change(|model| model.stage = Stage::Opening);
        let of_keyring = chosen.of_keyring;
        match Node::start(config(&setup, chosen.protection)).await {
            Ok(node) => {
                if !of_keyring {
                    keyring::forget(&setup.profile);
                }
                match desk::run(node, &setup, &mut port).await {
                    Ended::Closed => return,
                    Ended::Relock(wish) => key = relock::change(&setup, &port, wish).await,
                    Ended::Stopped(fault) => {
                        port.show(Model {
                            stage: Stage::Stopped { fault },
                            ..Model::default()
                        });
                        if !retry(&mut port).await {
                            return;
                        }
                    }
                }
            }
            // The keyring was to lock it, or did so before, and another lock was set in between.
            Err(NodeError::Profile(profile::ProfileError::Store(StoreError::NotProtected)))
                if of_keyring =>
            {
                key = Some(Key::typed(Protection::Unprotected));
            }
            Err(error) => {
                port.show(Model {
                    stage: stage_of(&error),
                    ..Model::default()
                });
                let broken = matches!(port.model().stage, Stage::Broken { .. });
                if broken {
                    tracing::error!(%error, "the node did not start");
                }
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

/// What a failed start means for the person.
fn stage_of(error: &NodeError) -> Stage {
    let NodeError::Profile(profile::ProfileError::Store(store)) = error else {
        let fault = faults::node(error);
        return Stage::Broken { fault };
    };
    match store {
        StoreError::PassphraseNeeded => Stage::Locked { fault: None },
        StoreError::WrongPassphrase | StoreError::EmptyPassphrase => Stage::Locked {
            fault: Some("unlock-wrong".into()),
        },
        StoreError::NoProfile { .. } => Stage::FirstRun { fault: None },
        other => Stage::Broken {
            fault: faults::stored(other),
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
async fn wait_for_key(setup: &Setup, port: &mut Port) -> Option<Key> {
    let stage = port.model().stage.clone();
    let begins = matches!(stage, Stage::Opening);
    if begins && !profile_exists(setup) {
        port.change(|model| model.stage = Stage::FirstRun { fault: None });
        let there = keyring_is_there(setup).await;
        port.change(|model| model.keyring = there);
    } else if begins || matches!(stage, Stage::Stopped { .. } | Stage::Broken { .. }) {
        if let Some(key) = from_keyring(setup, port).await? {
            return Some(key);
        }
        // Tried without a passphrase first: an unprotected profile just opens, a protected one says so at once.
        return Some(Key::typed(Protection::Unprotected));
    }
    loop {
        let ask = tokio::select! {
            () = port.cancel.cancelled() => return None,
            ask = port.asks.recv() => ask?,
        };
        match ask {
            Ask::Unlock(passphrase) => {
                let protection = Protection::passphrase(passphrase.as_str());
                return Some(Key::typed(protection));
            }
            Ask::Create { name, lock } => {
                if let Some(key) = create(setup, port, name, lock, None).await {
                    return Some(key);
                }
            }
            Ask::Restore { words, name, lock } => {
                if let Some(key) = create(setup, port, name, lock, Some(words)).await {
                    return Some(key);
                }
            }
            _ => {}
        }
    }
}

/// Whether a keyring could keep the passphrase of a new profile. One that does not answer soon is none.
pub(super) async fn keyring_is_there(setup: &Setup) -> bool {
    let keyring = Arc::clone(&setup.keyring);
    let asked = tokio::task::spawn_blocking(move || keyring.is_there());
    matches!(tokio::time::timeout(PROBE, asked).await, Ok(Ok(true)))
}

/// What opens a profile that is locked by the keyring; inner `None`: it is not. While the keyring does not give it, the
/// person is told and may try again; outer `None`: the window is closing.
async fn from_keyring(setup: &Setup, port: &mut Port) -> Option<Option<Key>> {
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
            Ok(secret) => {
                return Some(Some(Key {
                    protection: Protection::passphrase(secret.as_str()),
                    of_keyring: true,
                }));
            }
            Err(error) => {
                tracing::error!(%error, "the keyring does not give the key");
                port.change(|model| {
                    model.stage = Stage::Broken {
                        fault: "broken-keyring".into(),
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
pub(super) async fn new_lock(
    setup: &Setup,
    lock: Lock,
) -> Result<(Protection, Option<String>), Sentence> {
    match lock {
        Lock::Passphrase(passphrase) => Ok((Protection::passphrase(passphrase.as_str()), None)),
        Lock::Unprotected => Ok((Protection::Unprotected, None)),
        Lock::Keyring => {
            let keyring = Arc::clone(&setup.keyring);
            let made = tokio::task::spawn_blocking(move || keyring::new_secret(&*keyring)).await;
            let made = made.unwrap_or_else(|panicked| Err(panicked.to_string()));
            let (id, secret) = made.map_err(|error| {
                tracing::error!(%error, "the keyring keeps nothing");
                "protect-keyring-fault"
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
) -> Option<Key> {
    port.change(|model| model.stage = Stage::Opening);
    let first_run =
        |fault| port.change(|model| model.stage = Stage::FirstRun { fault: Some(fault) });
    if profile_exists(setup) {
        first_run("broken-exists".into());
        return None;
    }
    let (protection, id) = match new_lock(setup, lock).await {
        Ok(made) => made,
        Err(fault) => {
            first_run(fault);
            return None;
        }
    };
    let of_keyring = id.is_some();
    let (path, key) = (setup.profile.clone(), protection.clone());
    let made = tokio::task::spawn_blocking(move || {
        let name = Name::try_from(name).map_err(|_error| "name-long")?;
        let in_folder = |error| faults::stored(&StoreError::io(path.display().to_string(), error));
        if let Some(above) = path.parent() {
            std::fs::create_dir_all(above).map_err(in_folder)?;
        }
        // Before the profile: one that is locked with what nobody finds again would be lost.
        if let Some(id) = id {
            keyring::note(&path, &id).map_err(in_folder)?;
        }
        let made = match words {
            None => profile::create(&path, name, &key, Options::default()).map(|_| ()),
            Some(words) => {
                profile::restore(&path, name, &words, &key, Options::default()).map(|_| ())
            }
        };
        made.map_err(|error| faults::profile(&error))
    });
    match made
        .await
        .unwrap_or_else(|panicked| Err(faults::bug(&panicked.to_string())))
    {
        Ok(()) => Some(Key {
            protection,
            of_keyring,
        }),
        Err(fault) => {
            first_run(fault);
            None
        }
    }
}
