//! A crate's own `clippy.toml` replaces the root's instead of adding to it, so it must repeat the root's lines.

use super::Problem;
use super::tree::File;

/// Finds lines of the root's `clippy.toml` that a crate's file forgot.
pub(super) fn check(files: &[File]) -> Vec<Problem> {
    let Some(root) = files.iter().find(|file| file.path == "clippy.toml") else {
        return vec![Problem::new("clippy.toml", "is drawn and missing")];
    };
    files
        .iter()
        .filter(|file| file.name() == "clippy.toml" && file.path != root.path)
        .flat_map(|file| forgotten(root, file))
        .collect()
}

fn forgotten(root: &File, own: &File) -> Vec<Problem> {
    root.text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#'))
        .filter(|line| !own.text.lines().any(|repeated| repeated == *line))
        .map(|line| {
            Problem::new(
                &own.path,
                format!("does not repeat the root's `{}`", line.trim()),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::file;
    use super::*;

    const ROOT: &str = "# Root.\na = 1\nbans = [\n    { path = \"x\" },\n]\n";

    #[test]
    fn a_file_that_repeats_and_adds_passes() {
        let own = "# Own.\na = 1\nbans = [\n    { path = \"x\" },\n    { path = \"y\" },\n]\n";
        let files = [file("clippy.toml", ROOT), file("protocol/clippy.toml", own)];
        assert_eq!(check(&files), []);
    }

    #[test]
    fn a_forgotten_key_and_a_forgotten_ban_are_found() {
        let own = "bans = [\n    { path = \"y\" },\n]\n";
        let files = [file("clippy.toml", ROOT), file("gui/clippy.toml", own)];
        assert_eq!(check(&files).len(), 2);
    }

    #[test]
    fn a_missing_root_is_found() {
        assert_eq!(check(&[]).len(), 1);
    }
}
