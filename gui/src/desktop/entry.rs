//! Makes the desktop open contact links here: an entry that says what this program is, and its icon (freedesktop.org's
//! Desktop Entry Specification 1.5, Icon Theme Specification). Only when the person asks for it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

/// The entry's file, which is also its name for the desktop.
const ENTRY: &str = "lescopains.desktop";

/// Whether this kind of desktop has such entries.
#[must_use]
pub const fn is_possible() -> bool {
    cfg!(all(unix, not(target_os = "macos")))
}

/// Writes the entry and the icon into the person's own folders, and makes this program the one for links.
///
/// # Errors
/// When a file cannot be written, or this program does not find itself.
pub fn install(profile: &Path) -> io::Result<()> {
    let data = data_home(|name| std::env::var_os(name))
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no home folder"))?;
    let program = std::env::current_exe()?;
    write(&data, &program, profile)?;
    // Desktops find the entry by themselves, sooner or later; these make it sooner. They may be missing.
    let applications = data.join("applications");
    run("update-desktop-database", &[applications.as_os_str()]);
    run(
        "xdg-mime",
        &[
            "default".as_ref(),
            ENTRY.as_ref(),
            "x-scheme-handler/lescopains".as_ref(),
        ],
    );
    Ok(())
}

fn run(program: &str, arguments: &[&std::ffi::OsStr]) {
    let ended = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if let Err(error) = ended {
        tracing::info!(%error, program, "not told to the desktop");
    }
}

fn data_home(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = variable("XDG_DATA_HOME").filter(|data| !data.is_empty());
    set.map_or_else(
        || Some(PathBuf::from(variable("HOME")?).join(".local/share")),
        |data| Some(PathBuf::from(data)),
    )
}

fn write(data: &Path, program: &Path, profile: &Path) -> io::Result<()> {
    let icons = data.join("icons/hicolor/128x128/apps");
    fs::create_dir_all(&icons)?;
    fs::write(icons.join("lescopains.png"), icon()?)?;
    let applications = data.join("applications");
    fs::create_dir_all(&applications)?;
    fs::write(applications.join(ENTRY), entry(program, profile)?)
}

fn icon() -> io::Result<Vec<u8>> {
    let icon = super::icon::icon();
    let mut bytes = io::Cursor::new(Vec::new());
    image::RgbaImage::from_raw(icon.width, icon.height, icon.rgba)
        .ok_or_else(|| io::Error::other("the icon has another size"))?
        .write_to(&mut bytes, image::ImageFormat::Png)
        .map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

fn entry(program: &Path, profile: &Path) -> io::Result<String> {
    let (program, profile) = (quoted(program)?, quoted(profile)?);
    Ok(format!(
        "[Desktop Entry]\n\
         Type=Application\n\
         Name=LesCopains\n\
         Comment=Talk with friends, nothing in between\n\
         Comment[fr]=Parler entre amis, sans intermédiaire\n\
         Exec={program} --profile {profile} %u\n\
         Icon=lescopains\n\
         Terminal=false\n\
         Categories=Network;InstantMessaging;\n\
         MimeType=x-scheme-handler/lescopains;\n\
         StartupWMClass=lescopains\n"
    ))
}

/// An argument as `Exec` wants it: quoted, with what the shell-like rules and the field codes would take escaped.
fn quoted(path: &Path) -> io::Result<String> {
    let text = path
        .to_str()
        .filter(|text| !text.chars().any(char::is_control))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a path that is no text"))?;
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            // The string itself is unescaped once before the quoting is: hence two levels.
            '\\' => out.push_str("\\\\\\\\"),
            '"' | '`' | '$' => {
                out.push_str("\\\\");
                out.push(letter);
            }
            '%' => out.push_str("%%"),
            _ => out.push(letter),
        }
    }
    out.push('"');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_opens_links_with_this_program_and_this_profile() {
        let data = tempfile::tempdir().unwrap();
        let (program, profile) = (Path::new("/opt/les copains/lescopains"), Path::new("/p"));
        write(data.path(), program, profile).unwrap();
        let entry = fs::read_to_string(data.path().join("applications").join(ENTRY)).unwrap();
        assert!(entry.starts_with("[Desktop Entry]\n"));
        assert!(entry.contains("\nExec=\"/opt/les copains/lescopains\" --profile \"/p\" %u\n"));
        assert!(entry.contains("\nMimeType=x-scheme-handler/lescopains;\n"));
        let icon = data
            .path()
            .join("icons/hicolor/128x128/apps/lescopains.png");
        assert_eq!(image::open(icon).unwrap().width(), 128);
    }

    #[test]
    fn a_path_is_one_argument_whatever_it_contains() {
        assert_eq!(
            quoted(Path::new("/a\"$b`%")).unwrap(),
            "\"/a\\\\\"\\\\$b\\\\`%%\""
        );
        assert!(quoted(Path::new("/a\nExec=evil")).is_err());
    }
}
