//! Files that came with messages, put where the person finds them: in the downloads folder, over nothing that is there.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use node::NodeHandle;
use protocol::message::MessageRef;

use super::{News, Port, faults};
use crate::ask::Mood;
use crate::text::{Sentence, clean};

/// Bytes of a name: file systems take 255, and a number may follow.
const NAME_BYTES_MAX: usize = 200;

/// Files of one name that are tried.
const SAME_MAX: u32 = 1_000;

/// Begins to save; what came of it is told.
pub(super) fn start(port: &Port, node: NodeHandle, message: MessageRef, said: String) {
    let (news, repaint) = (port.news.clone(), Arc::clone(&port.repaint));
    tokio::spawn(async move {
        let told = match node.reader().attachment(message).await {
            Ok(Some((media, bytes))) => {
                let name = file_name(&said, media.as_str());
                let kept = tokio::task::spawn_blocking(move || keep(&name, &bytes)).await;
                match kept.unwrap_or_else(|panicked| Err(io::Error::other(panicked))) {
                    Ok(path) => {
                        let told = Sentence::from("saved");
                        (Mood::Good, told.with("what", path.display().to_string()))
                    }
                    Err(error) => (Mood::Bad, failed(faults::system(&error))),
                }
            }
            Ok(None) => (Mood::Bad, "save-gone".into()),
            Err(fault) => {
                tracing::error!(%fault, "a file cannot be read out of the profile");
                (Mood::Bad, failed("system-profile".into()))
            }
        };
        drop(news.send(News::Told(told.0, told.1)).await);
        repaint();
    });
}

fn failed(why: Sentence) -> Sentence {
    Sentence::from("save-failed").with("what", why)
}

fn keep(name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let folder = downloads(|name| std::env::var_os(name))
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no home folder"))?;
    fs::create_dir_all(&folder)?;
    let (mut file, path) = create(&folder, name)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // Half a file is worse than none.
        let _gone = fs::remove_file(&path);
        return Err(error);
    }
    Ok(path)
}

/// A file of that name that was not there, with a number where it must be.
fn create(folder: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    for number in 1..=SAME_MAX {
        let path = folder.join(if number == 1 {
            name.to_owned()
        } else {
            format!("{stem} ({number}){ending}")
        });
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// What its author called it, made harmless: no folders, nothing hidden, nothing that steers.
fn file_name(said: &str, media: &str) -> String {
    let last = said.rsplit(['/', '\\']).next().unwrap_or_default();
    let line = clean::line(last);
    let harmless = line.replace(['<', '>', ':', '"', '|', '?', '*'], "_");
    let mut name = String::new();
    for letter in harmless
        .trim_matches(|c: char| c == '.' || c.is_whitespace())
        .chars()
    {
        if name.len() + letter.len_utf8() > NAME_BYTES_MAX {
            break;
        }
        name.push(letter);
    }
    if name.is_empty() {
        name.push_str("file");
    }
    let ending = match media {
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        "text/plain" => ".txt",
        _ => "",
    };
    // A caption is no name of a file: its kind says how it ends.
    let has_ending = name
        .rsplit_once('.')
        .is_some_and(|(_, ending)| (1..=5).contains(&ending.len()) && ending.is_ascii());
    if !has_ending {
        name.push_str(ending);
    }
    name
}

/// The folder for downloads, as the desktop has it.
fn downloads(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let home = PathBuf::from(variable("HOME").or_else(|| variable("USERPROFILE"))?);
    let config = variable("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
    let told = fs::read_to_string(config.join("user-dirs.dirs")).unwrap_or_default();
    let named = told.lines().find_map(|line| {
        let value = line
            .trim()
            .strip_prefix("XDG_DOWNLOAD_DIR=")?
            .trim_matches('"');
        value.strip_prefix("$HOME/").map_or_else(
            || value.starts_with('/').then(|| PathBuf::from(value)),
            |below| Some(home.join(below)),
        )
    });
    Some(named.unwrap_or_else(|| home.join("Downloads")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_and_hides_nothing() {
        for (said, name) in [
            ("../../.ssh/authorized_keys", "authorized_keys"),
            ("C:\\Windows\\evil.exe", "evil.exe"),
            (".bashrc", "bashrc"),
            ("photo\u{202e}gnp.exe", "photognp.exe"),
            ("a\nb.txt", "a b.txt"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(file_name(said, "application/octet-stream"), name, "{said}");
        }
        assert_eq!(file_name("Vue du train", "image/png"), "Vue du train.png");
        assert!(file_name(&"é".repeat(500), "text/plain").len() <= NAME_BYTES_MAX + 4);
    }

    #[test]
    fn nothing_that_is_there_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plan.pdf"), "mine").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("plan (2).pdf")).unwrap();
        let (_file, path) = create(folder.path(), "plan.pdf").unwrap();
        assert_eq!(path, folder.path().join("plan (3).pdf"));
        assert_eq!(fs::read(folder.path().join("plan.pdf")).unwrap(), b"mine");
    }

    #[test]
    fn the_downloads_folder_is_the_one_that_the_desktop_names() {
        let home = tempfile::tempdir().unwrap();
        let variable = |name: &str| (name == "HOME").then(|| home.path().into());
        assert_eq!(downloads(variable), Some(home.path().join("Downloads")));
        fs::create_dir(home.path().join(".config")).unwrap();
        let told = "# a comment\nXDG_DOWNLOAD_DIR=\"$HOME/Téléchargements\"\n";
        fs::write(home.path().join(".config/user-dirs.dirs"), told).unwrap();
        assert_eq!(
            downloads(variable),
            Some(home.path().join("Téléchargements"))
        );
    }
}
