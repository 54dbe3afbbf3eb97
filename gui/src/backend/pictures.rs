//! Pictures of messages, decoded beside everything else and within bounds: a picture is bytes of somebody else.

use std::io::Cursor;

use image::{ImageReader, Limits};

/// Pixels of a picture's side at most; larger ones are refused before a pixel is decoded.
pub(crate) const SIDE_MAX: u32 = 12_000;

/// Bytes that decoding may take: a photograph of 24 million pixels.
pub(crate) const DECODE_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Side of what is kept: enough for the timeline and for a look at it in large.
pub(super) const KEPT_SIDE: u32 = 1_280;

/// Decodes and shrinks a picture.
///
/// # Errors
/// A key of the catalogue that says why it cannot be shown.
pub(super) fn decode(bytes: &[u8]) -> Result<egui::ColorImage, &'static str> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_error| "picture-broken")?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    if reader.format().is_none() {
        return Err("picture-unknown");
    }
    let image = reader.decode().map_err(|error| match error {
        image::ImageError::Limits(_) => "picture-too-large",
        _ => "picture-broken",
    })?;
    let image = if image.width().max(image.height()) > KEPT_SIDE {
        image.thumbnail(KEPT_SIDE, KEPT_SIDE)
    } else {
        image
    };
    let pixels = image.into_rgba8();
    let size = [pixels.width(), pixels.height()].map(|side| usize::try_from(side).unwrap_or(0));
    Ok(egui::ColorImage::from_rgba_unmultiplied(
        size,
        pixels.as_raw(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = image::DynamicImage::new_rgb8(width, height);
        image
            .write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)
            .unwrap();
        bytes
    }

    #[test]
    fn image_bomb() {
        // A header that promises 100,000 × 100,000 pixels, in a few bytes.
        let mut bomb = png(1, 1);
        bomb.splice(16..24, [0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
        assert!(decode(&bomb).is_err());
        // Just over the side, and just too many pixels within it.
        assert_eq!(
            decode(&png(SIDE_MAX + 1, 1)).err(),
            Some("picture-too-large")
        );
        // Rubbish, nothing, half a picture.
        assert!(decode(b"rubbish").is_err());
        assert!(decode(b"").is_err());
        let whole = png(300, 200);
        assert!(decode(&whole[..whole.len() / 2]).is_err());
    }

    #[test]
    fn a_large_picture_is_kept_small() {
        let shown = decode(&png(4_000, 1_000)).unwrap();
        assert_eq!(shown.size, [1_280, 320]);
        assert_eq!(decode(&png(30, 20)).unwrap().size, [30, 20]);
    }
}
