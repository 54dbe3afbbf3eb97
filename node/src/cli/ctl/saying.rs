//! What can be done with a message of a channel, on the command line.

use clap::Subcommand;
use node::api::model::{EditedMessage, Pinned, Redaction, ThreadName};

use super::Session;
use crate::cli::Outcome;
use crate::cli::client::segment;

/// Messages are named by the ids that `read` shows.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Saying {
    /// Replace the text of an own message.
    Edit {
        /// Which message.
        message: String,
        /// What it says from now on.
        text: String,
    },
    /// Take an own message back.
    Delete {
        /// Which message.
        message: String,
    },
    /// React to a message.
    React {
        /// Which message.
        message: String,
        /// With which emoji.
        emoji: String,
        /// Take the reaction back.
        #[arg(long)]
        off: bool,
    },
    /// Pin a message.
    Pin {
        /// Which message.
        message: String,
        /// No longer.
        #[arg(long)]
        off: bool,
    },
    /// Name the thread under a message.
    Thread {
        /// Which message.
        message: String,
        /// The name.
        name: String,
    },
    /// Take messages of others away, as a moderator.
    Redact {
        /// Which messages, 1 to 100.
        #[arg(required = true)]
        messages: Vec<String>,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

impl Session {
    /// Does something with a message of a channel.
    pub(super) fn with_message(&self, channel: &str, what: Saying, key: Option<&str>) -> Outcome {
        let (_, channel) = self.channel(channel)?;
        let path = |message: &str, rest: &str| {
            format!("/v1/channels/{channel}/messages/{}{rest}", segment(message))
        };
        match what {
            Saying::Edit { message, text } => {
                let edited = EditedMessage { body: text };
                self.write("PUT", &path(&message, ""), key, Some(&edited))
            }
            Saying::Delete { message } => {
                self.write("DELETE", &path(&message, ""), key, None::<&()>)
            }
            Saying::React {
                message,
                emoji,
                off,
            } => {
                let path = path(&message, &format!("/reactions/{}", segment(&emoji)));
                let method = if off { "DELETE" } else { "PUT" };
                self.write(method, &path, key, None::<&()>)
            }
            Saying::Pin { message, off } => {
                let pinned = Pinned { on: !off };
                self.write("PUT", &path(&message, "/pin"), key, Some(&pinned))
            }
            Saying::Thread { message, name } => {
                let named = ThreadName { name };
                self.write("PUT", &path(&message, "/thread"), key, Some(&named))
            }
            Saying::Redact { messages, reason } => {
                let redaction = Redaction {
                    targets: messages,
                    reason,
                };
                let path = format!("/v1/channels/{channel}/redact");
                self.write("POST", &path, key, Some(&redaction))
            }
        }
    }
}
