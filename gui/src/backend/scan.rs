//! Codes in pictures: a file or the clipboard, read beside everything else, and within bounds.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use super::{News, Port, pictures};
use crate::ask::{Scan, Ticket};

/// Bytes of a picture at most: a photograph of a screen.
const BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Codes of one picture that are looked at.
const CODES_MAX: usize = 8;

/// Begins to look; the answer comes as [`News::Scanned`].
pub(super) fn start(port: &Port, ticket: Ticket, from: Scan) {
    let (news, repaint) = (port.news.clone(), Arc::clone(&port.repaint));
    tokio::spawn(async move {
        let looked = tokio::task::spawn_blocking(move || look(&from)).await;
        let found = looked.unwrap_or(Err("scan-broken"));
        drop(news.send(News::Scanned(ticket, found)).await);
        repaint();
    });
}

fn look(from: &Scan) -> Result<String, &'static str> {
    match from {
        Scan::File(path) => read(&decode(path)?),
        Scan::Clipboard => {
            let mut clipboard = arboard::Clipboard::new().map_err(|_error| "scan-no-clipboard")?;
            let image = clipboard
                .get_image()
                .map_err(|_error| "scan-clipboard-empty")?;
            let size = [image.width, image.height];
            let too_large = size.iter().any(|side| *side > pictures::SIDE_MAX as usize);
            if too_large || image.bytes.len() != image.width * image.height * 4 {
                return Err("picture-too-large");
            }
            read(&egui::ColorImage::from_rgba_unmultiplied(
                size,
                &image.bytes,
            ))
        }
    }
}

fn decode(path: &Path) -> Result<egui::ColorImage, &'static str> {
    let file = File::open(path).map_err(|_error| "scan-no-file")?;
    // A pipe or a device would be read for ever.
    if !file.metadata().is_ok_and(|about| about.is_file()) {
        return Err("scan-no-file");
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|_error| "scan-no-file")?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > BYTES_MAX {
        return Err("picture-too-large");
    }
    pictures::decode(&bytes)
}

/// The text of the first code in a picture that is one.
pub(super) fn read(image: &egui::ColorImage) -> Result<String, &'static str> {
    let [width, height] = image.size;
    let grey = |x: usize, y: usize| {
        image.pixels.get(y * width + x).map_or(255, |pixel| {
            // What shines through is taken for paper.
            let [r, g, b, alpha] = pixel.to_array().map(u32::from);
            let light = (r * 299 + g * 587 + b * 114) / 1000 + (255 - alpha);
            u8::try_from(light.min(255)).unwrap_or(255)
        })
    };
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    let codes = prepared.detect_grids();
    if codes.is_empty() {
        return Err("scan-nothing");
    }
    codes
        .iter()
        .take(CODES_MAX)
        .find_map(|code| code.decode().ok())
        .map(|(_, text)| text)
        .ok_or("scan-unreadable")
}

#[cfg(test)]
mod tests {
    use egui::{Color32, ColorImage};

    use super::*;
    use crate::widgets::qr::Code;

    /// A code as a picture, `scale` pixels a module, with its quiet zone.
    fn picture(text: &str, scale: usize) -> ColorImage {
        let code = Code::new(text).unwrap();
        let side = (code.side() + 8) * scale;
        let mut image = ColorImage::filled([side, side], Color32::WHITE);
        for y in 0..side {
            for x in 0..side {
                let (column, row) = ((x / scale).wrapping_sub(4), (y / scale).wrapping_sub(4));
                if code.is_dark(column, row) {
                    image.pixels[y * side + x] = Color32::BLACK;
                }
            }
        }
        image
    }

    #[test]
    fn what_is_drawn_is_read() {
        let link = format!("lescopains:c/1/{}", "ceir".repeat(26));
        for text in [
            link.as_str(),
            "123456789012345678901234567890123456789012345678901234567890",
        ] {
            for scale in [3, 7] {
                assert_eq!(read(&picture(text, scale)).as_deref(), Ok(text), "{scale}");
            }
        }
    }

    #[test]
    fn pictures_without_a_code_say_so() {
        let blank = ColorImage::filled([200, 100], Color32::WHITE);
        assert_eq!(read(&blank), Err("scan-nothing"));
        let half = {
            let mut image = picture("lescopains:c/1/half", 4);
            let from = image.pixels.len() / 2;
            image.pixels[from..].fill(Color32::WHITE);
            image
        };
        assert!(read(&half).is_err());
        assert!(read(&ColorImage::filled([0, 0], Color32::WHITE)).is_err());
    }

    #[test]
    fn files_that_are_no_pictures_say_why() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            look(&Scan::File(folder.path().join("none.png"))),
            Err("scan-no-file")
        );
        assert_eq!(
            look(&Scan::File(folder.path().to_path_buf())),
            Err("scan-no-file")
        );
        let text = folder.path().join("text.png");
        std::fs::write(&text, "rubbish").unwrap();
        assert_eq!(look(&Scan::File(text)), Err("picture-unknown"));
    }
}
