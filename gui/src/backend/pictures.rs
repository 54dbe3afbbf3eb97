//! Pictures of messages, decoded beside everything else and within bounds: a picture is bytes of somebody else.

use std::collections::{BTreeMap, VecDeque};
use std::io::Cursor;
use std::sync::Arc;

use image::{ImageReader, Limits};
use node::NodeHandle;
use protocol::message::MessageRef;
use tokio::sync::{Semaphore, mpsc};

use crate::model::Picture;

/// Pixels of a picture's side at most; larger ones are refused before a pixel is decoded.
pub(crate) const SIDE_MAX: u32 = 12_000;

/// Bytes that decoding may take: a photograph of 24 million pixels.
pub(crate) const DECODE_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Side of what is kept: enough for the timeline and for a look at it in large.
pub(super) const KEPT_SIDE: u32 = 1_280;

/// Pictures that are decoded at once: each may take [`DECODE_BYTES_MAX`].
const AT_ONCE: usize = 2;

/// Pictures that may wait to be decoded, and decoded ones to be shown.
const WAITING_MAX: usize = 64;

/// Bytes of pixels that the model keeps; the oldest go first and are read again when they are looked at.
const KEPT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Reads and decodes pictures beside everything else.
pub(super) struct Pictures {
    done: mpsc::Receiver<(MessageRef, Picture)>,
    tell: mpsc::Sender<(MessageRef, Picture)>,
    permits: Arc<Semaphore>,
    /// What is kept.
    pub(super) shelf: Shelf,
}

impl Pictures {
    /// Nothing is being read.
    pub(super) fn new() -> Self {
        let (tell, done) = mpsc::channel(WAITING_MAX);
        Self {
            done,
            tell,
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            shelf: Shelf::default(),
        }
    }

    /// The next picture that is there, or will not be.
    pub(super) async fn next(&mut self) -> Option<(MessageRef, Picture)> {
        self.done.recv().await
    }

    /// Begins to read one.
    pub(super) fn read(&self, node: NodeHandle, message: MessageRef) {
        let (tell, permits) = (self.tell.clone(), Arc::clone(&self.permits));
        tokio::spawn(async move {
            let Ok(permit) = permits.acquire_owned().await else {
                return;
            };
            let picture = match attachment(&node, message).await {
                Some(bytes) => decoded(bytes).await,
                None => Picture::Broken("picture-gone"),
            };
            drop(permit);
            drop(tell.send((message, picture)).await);
        });
    }
}

/// The bytes of a message's attachment.
async fn attachment(node: &NodeHandle, message: MessageRef) -> Option<Vec<u8>> {
    match node.reader().attachment(message).await {
        // What its author calls it is not asked: the bytes say what they are.
        Ok(found) => found.map(|(_media, bytes)| bytes),
        Err(fault) => {
            tracing::error!(%fault, "a picture cannot be read");
            None
        }
    }
}

async fn decoded(bytes: Vec<u8>) -> Picture {
    match tokio::task::spawn_blocking(move || decode(&bytes)).await {
        Ok(Ok(pixels)) => Picture::Ready(Arc::new(pixels)),
        Ok(Err(key)) => Picture::Broken(key),
        Err(panicked) => {
            tracing::error!(%panicked, "a picture could not be decoded; this is a bug");
            Picture::Broken("picture-broken")
        }
    }
}

/// Keeps the model's pictures within [`KEPT_BYTES_MAX`].
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// Pictures with their bytes, the oldest first.
    order: VecDeque<(MessageRef, usize)>,
    bytes: usize,
}

impl Shelf {
    /// A picture is there. Others may have to go.
    pub(super) fn put(
        &mut self,
        shown: &mut BTreeMap<MessageRef, Picture>,
        message: MessageRef,
        picture: Picture,
    ) {
        let size = match &picture {
            Picture::Ready(pixels) => pixels.pixels.len() * 4,
            // What is not there costs little, but not nothing.
            Picture::Loading | Picture::Broken(_) => 1_024,
        };
        if let Some(at) = self.order.iter().position(|(known, _)| *known == message)
            && let Some((_, before)) = self.order.remove(at)
        {
            self.bytes -= before;
        }
        shown.insert(message, picture);
        self.order.push_back((message, size));
        self.bytes += size;
        while self.bytes > KEPT_BYTES_MAX && self.order.len() > 1 {
            if let Some((oldest, size)) = self.order.pop_front() {
                shown.remove(&oldest);
                self.bytes -= size;
            }
        }
    }
}

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
    fn the_model_keeps_a_bounded_amount_of_pixels_and_the_newest_of_them() {
        let (mut shelf, mut shown) = (Shelf::default(), BTreeMap::new());
        let named = |number: u8| MessageRef {
            author: protocol::identity::DeviceId([0; 32]),
            id: protocol::message::MessageId([number; 16]),
        };
        let large = Arc::new(egui::ColorImage::filled([1_280, 1_280], egui::Color32::RED));
        for number in 0..40 {
            shelf.put(&mut shown, named(number), Picture::Loading);
            shelf.put(
                &mut shown,
                named(number),
                Picture::Ready(Arc::clone(&large)),
            );
            assert!(shown.contains_key(&named(number)));
        }
        assert_eq!(shown.len(), KEPT_BYTES_MAX / (1_280 * 1_280 * 4));
        assert_eq!(shelf.order.len(), shown.len());
        assert!(!shown.contains_key(&named(0)));
    }

    #[test]
    fn a_large_picture_is_kept_small() {
        let shown = decode(&png(4_000, 1_000)).unwrap();
        assert_eq!(shown.size, [1_280, 320]);
        assert_eq!(decode(&png(30, 20)).unwrap().size, [30, 20]);
    }
}
