//! The one door into a running node, for the API, the window and tests.

use std::sync::Arc;
use std::time::Instant;

use protocol::error::Rejected;
use protocol::identity::{AccountId, DeviceId, RecoveryWords, SafetyNumber};
use protocol::turn::{Command, Reply};
use tokio::sync::{mpsc, oneshot, watch};
use zeroize::Zeroizing;

use crate::events::EventLog;
use crate::health::Health;
use crate::net::DialFailure;
use crate::store_thread::{StoreFault, StoreReader};
use crate::view::View;
use crate::words::{WordsFault, WordsPort};

/// Commands that may wait for the driver, which takes them within milliseconds.
pub const ASKS_MAX: usize = 256;

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The core refused it.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// It could not be stored, so it did not happen. Trying again later may succeed.
    #[error("it could not be stored, so it did not happen: {0}")]
    NotStored(String),
    /// More is being asked than the node can take in.
    #[error("the node is busy")]
    Busy,
    /// The node is stopping. Whether the command was carried out is not known: repeat it with
    /// its idempotency key.
    #[error("the node is stopping")]
    Stopped,
}

/// What the driver is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Something for the core.
    Command {
        command: Command,
        answer: oneshot::Sender<Result<Reply, AskError>>,
    },
    /// That all is durable that was told so far: whoever reads the store would miss it.
    Settle { answer: oneshot::Sender<()> },
    /// A link with whoever is at these addresses.
    Dial {
        addresses: Vec<String>,
        answer: oneshot::Sender<Result<(), DialFailure>>,
    },
}

/// What does not change while a node runs.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The own account.
    pub account: AccountId,
    /// This device.
    pub device: DeviceId,
    /// When this start began.
    pub started: Instant,
    /// Whether the profile opens without a passphrase.
    pub unprotected: bool,
    /// How often the profile was started.
    pub generation: u64,
}

/// The door. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NodeHandle {
    pub(crate) asks: mpsc::Sender<Ask>,
    pub(crate) view: watch::Receiver<Arc<View>>,
    pub(crate) events: Arc<EventLog>,
    pub(crate) reader: StoreReader,
    pub(crate) health: Arc<Health>,
    pub(crate) fixed: Arc<Fixed>,
    pub(crate) words: WordsPort,
}

impl NodeHandle {
    /// Carries a command out; answers once it is durable.
    ///
    /// # Errors
    /// [`AskError`] says why nothing happened, or, for [`AskError::Stopped`], that nobody knows.
    pub async fn ask(&self, command: Command) -> Result<Reply, AskError> {
        let (answer, answered) = oneshot::channel();
        self.asks
            .try_send(Ask::Command { command, answer })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => AskError::Busy,
                mpsc::error::TrySendError::Closed(_) => AskError::Stopped,
            })?;
        answered.await.unwrap_or(Err(AskError::Stopped))
    }

    /// Dials; answers once a link stands.
    ///
    /// # Errors
    /// Why none came about.
    pub async fn dial(&self, addresses: Vec<String>) -> Result<(), DialFailure> {
        let stopping = || DialFailure::Unreachable("the node is stopping or busy".to_owned());
        let (answer, answered) = oneshot::channel();
        self.asks
            .try_send(Ask::Dial { addresses, answer })
            .map_err(|_error| stopping())?;
        answered.await.unwrap_or_else(|_| Err(stopping()))
    }

    /// What is true now.
    #[must_use]
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.borrow())
    }

    /// What happened lately and what happens next.
    #[must_use]
    pub fn events(&self) -> &Arc<EventLog> {
        &self.events
    }

    /// Pages of history.
    #[must_use]
    pub fn reader(&self) -> &StoreReader {
        &self.reader
    }

    /// The sixty digits to compare with a contact, once its keys are known.
    ///
    /// # Errors
    /// What the store says.
    pub async fn safety_number(&self, account: AccountId) -> Result<Option<String>, StoreFault> {
        let theirs = self
            .reader
            .contact(account)
            .await?
            .and_then(|row| row.bundle);
        let theirs = theirs.and_then(|bundle| bundle.account_key());
        let ours = self.view().me.bundle.account_key();
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            return Ok(None);
        };
        // A few milliseconds of hashing: not on a thread that serves others.
        let digits =
            tokio::task::spawn_blocking(move || SafetyNumber::new(&ours, &theirs).digits());
        Ok(digits.await.ok())
    }

    /// The recovery words, until they are confirmed. Whoever sees them has the account: for the person's eyes only.
    ///
    /// # Errors
    /// [`WordsFault`] says why they cannot be shown.
    pub async fn recovery_words(&self) -> Result<Option<RecoveryWords>, WordsFault> {
        self.words.show().await
    }

    /// The person typed the recovery words: if they are those of the account, they are wiped from this device. Answers
    /// once that is durable.
    ///
    /// # Errors
    /// [`WordsFault`] says what is wrong; nothing is wiped then.
    pub async fn confirm_words(&self, typed: Zeroizing<String>) -> Result<(), WordsFault> {
        self.words.confirm(typed).await
    }

    /// Whether the recovery words were confirmed; until then they rest on this device.
    #[must_use]
    pub fn words_confirmed(&self) -> bool {
        self.words.confirmed()
    }

    /// How the node is doing.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// What does not change while it runs.
    #[must_use]
    pub fn fixed(&self) -> &Fixed {
        &self.fixed
    }
}
