//! Reads what the rules look at: sources, manifests and settings, without asking git (a fresh tarball has none).

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Folders that hold no source of ours: build output, and inputs found or saved for the fuzzers.
const SKIPPED: [&str; 4] = ["target", "corpus", "artifacts", "coverage"];

/// A text file under one of the rules.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Relative to the root, with `/` between its parts.
    pub(super) path: String,
    /// All of it.
    pub(super) text: String,
}

impl File {
    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether this is Rust.
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether all of it is test code: by folder, or by the name that a module of tests has.
    pub(super) fn is_test(&self) -> bool {
        let mut folders = self.path.split('/');
        let name = folders.next_back().unwrap_or_default();
        folders.any(|folder| matches!(folder, "tests" | "benches"))
            || name == "tests.rs"
            || name.ends_with("_tests.rs")
    }
}

/// Every source, manifest and script below `root`, in order of path.
///
/// # Errors
/// When a folder or file cannot be read, or a file is not UTF-8.
pub(super) fn read(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    collect(root, "", &mut files)?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// The names that stand at the top of the project, build output and dotfiles left out.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn top_level(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("reading {}", root.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "target" && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            let ours = !name.starts_with('.') || name == ".ci" || name == ".cargo";
            if ours && !SKIPPED.contains(&name.as_str()) {
                collect(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if is_ruled(&path) {
            let text = fs::read_to_string(entry.path())
                .with_context(|| format!("reading {}", entry.path().display()))?;
            files.push(File { path, text });
        }
    }
    Ok(())
}

fn is_ruled(path: &str) -> bool {
    path == "x"
        || path == ".ci/run"
        || [".rs", ".toml", ".sh"]
            .iter()
            .any(|ending| path.ends_with(ending))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A file that exists in the test alone.
    pub(in crate::tidy) fn file(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn tests_are_known_by_their_place() {
        assert!(file("protocol/tests/session.rs", "").is_test());
        assert!(file("protocol/src/link/tests/proof.rs", "").is_test());
        assert!(file("protocol/src/link/tests.rs", "").is_test());
        assert!(!file("protocol/src/link/proof.rs", "").is_test());
        assert!(!file("protocol/src/attests.rs", "").is_test());
    }
}
