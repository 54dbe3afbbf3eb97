//! What differs between operating systems: private files and the stop signals.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file that only its owner may read, atomically: a reader sees the old or the new one.
///
/// # Errors
/// What the system says.
pub fn write_private(path: &Path, contents: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let temporary = path.with_file_name(name);
    // A leftover of a crash may have other permissions: it is not reused.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create_private(&temporary)?;
    file.write_all(contents.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    // Profiles stand in the user's own folder, whose permissions are inherited.
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Whether others than the owner may read this file.
///
/// # Errors
/// What the system says.
#[cfg(unix)]
pub fn is_exposed(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

/// Whether others than the owner may read this file: not known here.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn is_exposed(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Waits until the system, or the person, asks the program to stop.
///
/// # Errors
/// When signals cannot be listened for.
#[cfg(unix)]
pub async fn stop_signal() -> io::Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    })
}

/// Waits until the person asks the program to stop.
///
/// # Errors
/// When signals cannot be listened for.
#[cfg(not(unix))]
pub async fn stop_signal() -> io::Result<&'static str> {
    tokio::signal::ctrl_c().await?;
    Ok("Ctrl-C")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_for_its_owner_alone_even_over_an_exposed_leftover() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api.token");
        let leftover = folder.path().join("api.token.new");
        fs::write(&leftover, "old").unwrap();
        fs::set_permissions(&leftover, fs::Permissions::from_mode(0o644)).unwrap();
        write_private(&path, "secret").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "secret");
        assert!(!is_exposed(&path).unwrap());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(is_exposed(&path).unwrap());
    }
}
