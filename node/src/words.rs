//! The recovery words while the node runs: shown until they are confirmed, then wiped from the profile (DECISIONS 16).
//!
//! Whoever owns the profile carries this out, on a thread that may wait for the disk. Nothing else in the process holds
//! the words: what the core gets has none.

use protocol::identity::{RecoveryWords, WordsError};
use protocol::local::LocalDevice;
use storage::Profile;
use tokio::sync::{mpsc, oneshot, watch};
use zeroize::Zeroizing;

use crate::profile::{self, ProfileError};

/// Requests that may wait: a person makes one at a time.
const ASKS_MAX: usize = 4;

/// Why the words were neither shown nor confirmed. Never contains a word of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsFault {
    /// What was typed is no recovery phrase.
    #[error(transparent)]
    NotWords(#[from] WordsError),
    /// The words are good, but of somebody else.
    #[error("these words restore another account than this one")]
    OtherAccount,
    /// The profile could not be read or written; the words may still rest on this device.
    #[error("the words may still rest on this device: {0}")]
    NotStored(String),
    /// Too much is being asked at once.
    #[error("the node is busy")]
    Busy,
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopped,
}

impl From<ProfileError> for WordsFault {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::Words(error) => Self::NotWords(error),
            ProfileError::OtherAccount => Self::OtherAccount,
            other => Self::NotStored(other.to_string()),
        }
    }
}

/// What the owner of the profile is asked.
#[derive(Debug)]
pub(crate) enum WordsAsk {
    /// The words, while they are here.
    Show {
        answer: oneshot::Sender<Result<Option<RecoveryWords>, WordsFault>>,
    },
    /// These are the words: wipe them.
    Confirm {
        typed: Zeroizing<String>,
        answer: oneshot::Sender<Result<(), WordsFault>>,
    },
}

/// The end that the handle holds.
#[derive(Clone, Debug)]
pub(crate) struct WordsPort {
    asks: mpsc::Sender<WordsAsk>,
    confirmed: watch::Receiver<bool>,
}

/// The end that the owner of the profile holds.
#[derive(Debug)]
pub(crate) struct WordsDesk {
    pub(crate) asks: mpsc::Receiver<WordsAsk>,
    confirmed: watch::Sender<bool>,
}

/// Both ends, for words that are confirmed or not.
pub(crate) fn port(confirmed: bool) -> (WordsPort, WordsDesk) {
    let (asks, asks_rx) = mpsc::channel(ASKS_MAX);
    let (confirmed, confirmed_rx) = watch::channel(confirmed);
    let port = WordsPort {
        asks,
        confirmed: confirmed_rx,
    };
    let desk = WordsDesk {
        asks: asks_rx,
        confirmed,
    };
    (port, desk)
}

impl WordsPort {
    pub(crate) fn confirmed(&self) -> bool {
        *self.confirmed.borrow()
    }

    pub(crate) async fn show(&self) -> Result<Option<RecoveryWords>, WordsFault> {
        let (answer, answered) = oneshot::channel();
        self.send(WordsAsk::Show { answer })?;
        answered.await.unwrap_or(Err(WordsFault::Stopped))
    }

    pub(crate) async fn confirm(&self, typed: Zeroizing<String>) -> Result<(), WordsFault> {
        let (answer, answered) = oneshot::channel();
        self.send(WordsAsk::Confirm { typed, answer })?;
        answered.await.unwrap_or(Err(WordsFault::Stopped))
    }

    fn send(&self, ask: WordsAsk) -> Result<(), WordsFault> {
        self.asks.try_send(ask).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => WordsFault::Busy,
            mpsc::error::TrySendError::Closed(_) => WordsFault::Stopped,
        })
    }
}

impl WordsDesk {
    /// Carries one request out. `None`: it panicked, and the profile went with it.
    pub(crate) async fn carry_out(&self, mut profile: Profile, ask: WordsAsk) -> Option<Profile> {
        let confirmed = self.confirmed.clone();
        let work = tokio::task::spawn_blocking(move || {
            match ask {
                WordsAsk::Show { answer } => {
                    let local = LocalDevice::decode(profile.identity().payload());
                    let shown = local.map_err(|fault| WordsFault::NotStored(fault.to_string()));
                    // Whoever asked may have stopped waiting; then nobody sees the words.
                    drop(answer.send(shown.map(|local| local.unconfirmed)));
                }
                WordsAsk::Confirm { typed, answer } => {
                    let done = profile::confirm(&mut profile, &typed);
                    if done.is_ok() {
                        confirmed.send_replace(true);
                    }
                    drop(answer.send(done.map_err(WordsFault::from)));
                }
            }
            profile
        });
        work.await.ok()
    }
}
