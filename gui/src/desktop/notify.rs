//! Shows notifications through the desktop's own service. One that is missing or slow costs nobody anything: each is
//! shown from a thread of its own, and few at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::notice::Words;

/// Notifications that may be on their way to the desktop; more are dropped, for a burst is one piece of news.
const ON_THEIR_WAY_MAX: usize = 4;

static ON_THEIR_WAY: AtomicUsize = AtomicUsize::new(0);

/// Shows these words.
pub fn show(words: Words, sound: bool) {
    if ON_THEIR_WAY.fetch_add(1, Ordering::AcqRel) >= ON_THEIR_WAY_MAX {
        ON_THEIR_WAY.fetch_sub(1, Ordering::AcqRel);
        return;
    }
    let started = thread::Builder::new()
        .name("notification".to_owned())
        .spawn(move || {
            if let Err(error) = hand_over(&words, sound) {
                tracing::info!(%error, "the desktop shows no notifications");
            }
            ON_THEIR_WAY.fetch_sub(1, Ordering::AcqRel);
        });
    if started.is_err() {
        ON_THEIR_WAY.fetch_sub(1, Ordering::AcqRel);
    }
}

fn hand_over(words: &Words, sound: bool) -> Result<(), notify_rust::error::Error> {
    let mut notification = notify_rust::Notification::new();
    notification
        .appname("LesCopains")
        .summary(&words.title)
        .body(&escaped(&words.body))
        .icon("lescopains");
    if sound {
        // A name out of the freedesktop sound theme: the desktop plays it, or has its reasons not to.
        notification.sound_name("message-new-instant");
    }
    notification.show().map(drop)
}

/// Notification services read a little markup; a message has none to give them.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_bring_no_markup_to_the_desktop() {
        assert_eq!(escaped("<a href=x>&"), "&lt;a href=x&gt;&amp;");
    }
}
