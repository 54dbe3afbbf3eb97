//! One window a profile: a second start hands its link to the first, which shows itself.
//!
//! The first listens on a socket inside the profile's folder, so that nobody else can reach it. A few bytes each way:
//! `open` and a link or nothing, answered by `ok`.

use std::path::{Path, PathBuf};

/// Name of the socket in the profile's folder.
const SOCKET: &str = "window.socket";

/// Bytes of a link that is handed over; ours have 120 at most.
pub const LINK_BYTES_MAX: usize = 512;

fn socket(profile: &Path) -> PathBuf {
    profile.join(SOCKET)
}

#[cfg(unix)]
mod unix {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixListener;

    use super::{LINK_BYTES_MAX, socket};

    /// How long the first window may take to answer.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// Hands over to a window that is open already. `false`: there is none.
    #[must_use]
    pub fn hand_over(profile: &Path, link: Option<&str>) -> bool {
        let asked = || -> std::io::Result<bool> {
            let mut stream = UnixStream::connect(socket(profile))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            stream.write_all(b"open\n")?;
            stream.write_all(link.unwrap_or_default().as_bytes())?;
            stream.shutdown(std::net::Shutdown::Write)?;
            let mut answer = Vec::new();
            stream.take(8).read_to_end(&mut answer)?;
            Ok(answer == b"ok")
        };
        asked().unwrap_or(false)
    }

    /// Listens for later starts. `None` where no socket can be made: then they find the profile locked.
    #[must_use]
    pub fn listen(profile: &Path) -> Option<UnixListener> {
        let path = socket(profile);
        // The profile's lock is ours by now: what lies there is of a program that ended.
        let _gone = std::fs::remove_file(&path);
        UnixListener::bind(&path).ok()
    }

    /// The next later start: its link, if it brought one.
    pub async fn next(listener: &UnixListener) -> Option<Option<String>> {
        let (mut stream, _) = listener.accept().await.ok()?;
        let mut said = Vec::new();
        let mut bounded = (&mut stream).take(u64::try_from(LINK_BYTES_MAX).unwrap_or(u64::MAX));
        tokio::time::timeout(PATIENCE, bounded.read_to_end(&mut said))
            .await
            .ok()?
            .ok()?;
        let said = String::from_utf8(said).ok()?;
        let link = said.strip_prefix("open\n")?.trim();
        tokio::time::timeout(PATIENCE, stream.write_all(b"ok"))
            .await
            .ok()?
            .ok()?;
        Some((!link.is_empty()).then(|| link.to_owned()))
    }
}

#[cfg(unix)]
pub use unix::{hand_over, listen, next};

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_start_hands_its_link_to_the_first() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!hand_over(folder.path(), None), "nobody is there");
        let listener = listen(folder.path()).unwrap();
        let path = folder.path().to_owned();
        let second =
            tokio::task::spawn_blocking(move || hand_over(&path, Some("lescopains:c/1/abc")));
        assert_eq!(
            next(&listener).await,
            Some(Some("lescopains:c/1/abc".to_owned()))
        );
        assert!(second.await.unwrap());
        let path = folder.path().to_owned();
        let third = tokio::task::spawn_blocking(move || hand_over(&path, None));
        assert_eq!(next(&listener).await, Some(None));
        assert!(third.await.unwrap());
    }

    #[tokio::test]
    async fn what_does_not_speak_our_words_is_not_answered() {
        use std::io::Write as _;
        let folder = tempfile::tempdir().unwrap();
        let listener = listen(folder.path()).unwrap();
        let path = socket(folder.path());
        let other = tokio::task::spawn_blocking(move || {
            let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
            stream.write_all(b"GET / HTTP/1.1").unwrap();
        });
        assert_eq!(next(&listener).await, None);
        other.await.unwrap();
    }
}
