//! Makes a file ready to go out: pictures are decoded within bounds, turned upright, encoded anew (so that no place or
//! camera goes with them) and shrunk until they fit; other files go as they are, if they fit.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use protocol::limits::ATTACHMENT_BYTES_MAX;

use super::Ready;
use crate::backend::pictures::{DECODE_BYTES_MAX, SIDE_MAX};

/// Bytes of a picture's file that are read: more than any camera makes.
const PICTURE_FILE_MAX: u64 = 64 * 1024 * 1024;

/// Side of the picture in the strip, in pixels.
const PREVIEW: u32 = 128;

/// Pixels up to which a picture is kept without loss: a screenshot, not a photograph.
const LOSSLESS_PIXELS_MAX: u64 = 4_000_000;

/// Pictures are decoded one at a time: each may take [`DECODE_BYTES_MAX`].
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Where a file comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// The clipboard.
    Pixels(Arc<egui::ColorImage>),
    /// The disk.
    Path(PathBuf),
}

impl Source {
    /// What it is called.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Pixels(_) => "image.png".to_owned(),
            Self::Path(path) => file_name(path),
        }
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.map_or_else(|| "file".to_owned(), |name| name.into_owned())
}

/// Makes it ready.
///
/// # Errors
/// The key of a sentence that says why it cannot go.
pub(super) fn prepare(source: Source) -> Result<Ready, &'static str> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let name = source.name();
    match source {
        Source::Pixels(pixels) => picture(&name, pasted(&pixels)?),
        Source::Path(path) => from_disk(&name, &path),
    }
}

fn pasted(pixels: &egui::ColorImage) -> Result<DynamicImage, &'static str> {
    let [width, height] = pixels
        .size
        .map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    let too_large = u64::from(width) * u64::from(height) * 4 > DECODE_BYTES_MAX;
    if too_large || width > SIDE_MAX || height > SIDE_MAX {
        return Err("attach-picture-too-large");
    }
    let bytes = pixels
        .pixels
        .iter()
        .flat_map(egui::Color32::to_srgba_unmultiplied)
        .collect();
    let image = image::RgbaImage::from_raw(width, height, bytes);
    image.map(DynamicImage::from).ok_or("attach-unreadable")
}

fn from_disk(name: &str, path: &Path) -> Result<Ready, &'static str> {
    let unreadable = |_error| "attach-unreadable";
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err("attach-unreadable");
    }
    let mut bytes = Vec::new();
    file.take(PICTURE_FILE_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.is_empty() {
        return Err("attach-empty");
    }
    if image::guess_format(&bytes).is_ok_and(|format| format.reading_enabled()) {
        match decode(&bytes) {
            Ok(image) => return picture(name, image),
            // Calls itself a picture and is none, or too large for one: a small one still goes, as a file.
            Err(why) if bytes.len() > ATTACHMENT_BYTES_MAX => return Err(why),
            Err(_) => {}
        }
    }
    if bytes.len() > ATTACHMENT_BYTES_MAX {
        return Err("attach-too-large");
    }
    let is_text = std::str::from_utf8(&bytes).is_ok() && !bytes.contains(&0);
    Ok(Ready {
        name: name.to_owned(),
        media: if is_text {
            "text/plain"
        } else {
            "application/octet-stream"
        },
        bytes: Bytes::from(bytes),
        preview: None,
    })
}

/// Decodes a picture within bounds, the right way up.
fn decode(bytes: &[u8]) -> Result<DynamicImage, &'static str> {
    let fault = |error| match error {
        image::ImageError::Limits(_) => "attach-picture-too-large",
        _ => "attach-broken",
    };
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_error| "attach-broken")?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(fault)?;
    if decoder.total_bytes() > DECODE_BYTES_MAX {
        return Err("attach-picture-too-large");
    }
    let turned = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(fault)?;
    if let Some(turned) = turned {
        image.apply_orientation(turned);
    }
    Ok(image)
}

/// Encodes a picture so that it fits.
fn picture(name: &str, image: DynamicImage) -> Result<Ready, &'static str> {
    let small = image.thumbnail(PREVIEW, PREVIEW).into_rgba8();
    let size = [small.width(), small.height()].map(|side| usize::try_from(side).unwrap_or(0));
    let preview = egui::ColorImage::from_rgba_unmultiplied(size, small.as_raw());
    let (bytes, media, ending) = fitting(image)?;
    let stem = Path::new(name)
        .file_stem()
        .map(|stem| stem.to_string_lossy());
    let stem = stem.unwrap_or_else(|| "image".into());
    Ok(Ready {
        name: format!("{stem}.{ending}"),
        media,
        bytes: Bytes::from(bytes),
        preview: Some(preview),
    })
}

/// PNG where nothing is lost that way and it fits, else JPEG; shrunk until it fits.
fn fitting(mut image: DynamicImage) -> Result<(Vec<u8>, &'static str, &'static str), &'static str> {
    let see_through =
        image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] < 255);
    loop {
        let pixels = u64::from(image.width()) * u64::from(image.height());
        if see_through || pixels <= LOSSLESS_PIXELS_MAX {
            let mut png = Vec::new();
            image
                .to_rgba8()
                .write_to(&mut Cursor::new(&mut png), ImageFormat::Png)
                .map_err(|_error| "attach-broken")?;
            if png.len() <= ATTACHMENT_BYTES_MAX {
                return Ok((png, "image/png", "png"));
            }
        }
        if !see_through {
            for quality in [88, 75] {
                let mut jpeg = Vec::new();
                let encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
                image
                    .to_rgb8()
                    .write_with_encoder(encoder)
                    .map_err(|_error| "attach-broken")?;
                if jpeg.len() <= ATTACHMENT_BYTES_MAX {
                    return Ok((jpeg, "image/jpeg", "jpg"));
                }
            }
        }
        let (width, height) = (image.width() * 3 / 4, image.height() * 3 / 4);
        if width == 0 || height == 0 {
            return Err("attach-broken");
        }
        image = image.thumbnail_exact(width, height);
    }
}

#[cfg(test)]
mod tests;
