//! The node behind the window, on threads of its own: wishes in, models out.
//!
//! The window never waits: [`Backend::model`] clones an `Arc`, [`Backend::ask`] puts a wish into a bounded queue. Each
//! new model asks the window to repaint, and nothing else does, so an idle window costs nothing.

mod chats;
mod desk;
pub(crate) mod faults;
mod notes;
mod opening;
pub(crate) mod pictures;
mod relock;
mod save;
mod scan;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

pub use chats::absorb;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::ask::{Answer, Ask, Mood, Ticket};
use crate::desktop::keyring::Keyring;
use crate::desktop::notice::Arrival;
use crate::model::Model;
use crate::text::Sentence;

/// Wishes that may wait; a window makes a few in a second.
const ASKS_MAX: usize = 256;

/// Answers and arrivals that may wait for a window that is not drawn; the oldest state is in the model anyway.
const NEWS_MAX: usize = 256;

/// Threads of the node.
const WORKERS: usize = 2;

/// Asks the window to draw again. Called from any thread.
pub type Repaint = Arc<dyn Fn() + Send + Sync>;

/// How the node behind the window is to run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Folder of the profile.
    pub profile: PathBuf,
    /// How the node listens and looks around.
    pub net: node::net::NetConfig,
    /// Addresses to dial at the start.
    pub dial: Vec<String>,
    /// Whether people on the same network see us.
    pub visible: bool,
    /// What may keep the passphrase.
    pub keyring: Arc<dyn Keyring>,
}

/// What the backend tells beside the model.
#[derive(Clone, Debug)]
pub enum News {
    /// A wish with a ticket ended.
    Answer(Answer),
    /// What a picture with a code says, or why nothing was found in it: a key of the catalogue.
    Scanned(Ticket, Result<String, &'static str>),
    /// A message or request came: for notifications.
    Arrival(Arrival),
    /// Something that nobody waits for ended.
    Told(Mood, Sentence),
    /// The program was started once more: show the window, and open the link if there is one.
    Raised(Option<String>),
    /// The system asks the program to end.
    Ending,
}

/// The ends of the backend that the window holds.
#[derive(Debug)]
pub struct Backend {
    models: watch::Receiver<Arc<Model>>,
    asks: mpsc::Sender<Ask>,
    news: mpsc::Receiver<News>,
    cancel: CancellationToken,
    thread: Option<thread::JoinHandle<()>>,
}

impl Backend {
    /// Starts the threads, which look at the profile at once.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(setup: Setup, repaint: Repaint) -> std::io::Result<Self> {
        let (models_tx, models) = watch::channel(Arc::new(Model::default()));
        let (asks, asks_rx) = mpsc::channel(ASKS_MAX);
        let (news_tx, news) = mpsc::channel(NEWS_MAX);
        let cancel = CancellationToken::new();
        let port = Port {
            models: models_tx,
            asks: asks_rx,
            news: news_tx,
            repaint,
            cancel: cancel.clone(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .enable_all()
            .build()?;
        let thread = thread::Builder::new()
            .name("backend".to_owned())
            .spawn(move || {
                runtime.block_on(opening::live(setup, port));
                // Blocking reads that are still under way are not waited for.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            models,
            asks,
            news,
            cancel,
            thread: Some(thread),
        })
    }

    /// What is true now.
    #[must_use]
    pub fn model(&self) -> Arc<Model> {
        Arc::clone(&self.models.borrow())
    }

    /// Wishes for something. `false`: too much is wished for already; nothing happened.
    #[must_use]
    pub fn ask(&self, ask: Ask) -> bool {
        self.asks.try_send(ask).is_ok()
    }

    /// The next news, if there are any.
    pub fn news(&mut self) -> Option<News> {
        self.news.try_recv().ok()
    }

    /// Stops the node and waits until everything is stored.
    pub fn stop(&mut self) {
        self.cancel.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the backend panicked; this is a bug");
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The backend's own ends.
pub(crate) struct Port {
    models: watch::Sender<Arc<Model>>,
    asks: mpsc::Receiver<Ask>,
    news: mpsc::Sender<News>,
    repaint: Repaint,
    cancel: CancellationToken,
}

impl Port {
    /// Shows another model.
    fn show(&self, model: Model) {
        self.models.send_replace(Arc::new(model));
        (self.repaint)();
    }

    /// Changes the model that is shown.
    fn change(&self, change: impl FnOnce(&mut Model)) {
        let mut model = (**self.models.borrow()).clone();
        change(&mut model);
        self.show(model);
    }

    fn model(&self) -> Arc<Model> {
        Arc::clone(&self.models.borrow())
    }

    /// Tells news; a window that takes none loses them, for it is not being looked at.
    fn tell(&self, news: News) {
        if self.news.try_send(news).is_err() {
            tracing::warn!("the window takes no news");
        }
        (self.repaint)();
    }
}
