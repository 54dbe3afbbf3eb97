//! What differs between operating systems: where a profile lies, and whether there is a display.

use std::ffi::OsString;
use std::path::PathBuf;

/// Where a person's profile lies unless told otherwise: the same place that `./x run` and `./x ctl` use.
#[must_use]
pub fn default_profile(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(data) = variable("XDG_DATA_HOME").filter(|data| !data.is_empty()) {
        return Some(PathBuf::from(data).join("lescopains"));
    }
    let below = if cfg!(target_os = "macos") {
        "Library/Application Support/lescopains"
    } else {
        ".local/share/lescopains"
    };
    Some(PathBuf::from(variable("HOME")?).join(below))
}

/// Whether a window can be opened here at all. Elsewhere than on X11 and Wayland there always is a display.
#[must_use]
pub fn has_display(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    if cfg!(any(target_os = "macos", target_os = "windows")) {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
        .into_iter()
        .any(|name| variable(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_is_what_x11_or_wayland_name() {
        assert!(!has_display(|_| None));
        assert!(!has_display(|_| Some(OsString::new())));
        assert!(has_display(
            |name| (name == "WAYLAND_DISPLAY").then(|| "wayland-0".into())
        ));
    }

    #[test]
    fn the_profile_lies_in_the_data_folder() {
        let home = |name: &str| (name == "HOME").then(|| "/home/ana".into());
        let found = default_profile(home).unwrap();
        assert!(found.starts_with("/home/ana") && found.ends_with("lescopains"));
        assert_eq!(default_profile(|_| None), None);
    }
}
