//! Files of every kind, and pictures that want to be a bomb.

use super::*;

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn prepared(name: &str, bytes: &[u8]) -> Result<Ready, &'static str> {
    let (_folder, path) = file(name, bytes);
    prepare(Source::Path(path))
}

/// Noise: nothing compresses it.
fn noise(width: u32, height: u32) -> DynamicImage {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let mut image = image::RgbImage::new(width, height);
    for pixel in image.pixels_mut() {
        pixel.0 = [next(), next(), next()];
    }
    image.into()
}

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    bytes
}

#[test]
fn a_picture_that_is_too_heavy_is_made_to_fit() {
    let heavy = png(&noise(1_500, 1_500));
    assert!(heavy.len() > ATTACHMENT_BYTES_MAX);
    let ready = prepared("Noise.png", &heavy).unwrap();
    assert!(ready.bytes.len() <= ATTACHMENT_BYTES_MAX);
    assert_eq!((ready.media, &*ready.name), ("image/jpeg", "Noise.jpg"));
    assert!(ready.preview.is_some());
}

#[test]
fn a_see_through_picture_stays_see_through() {
    let mut image = noise(900, 900).into_rgba8();
    image
        .pixels_mut()
        .step_by(3)
        .for_each(|pixel| pixel.0[3] = 0);
    let ready = prepared("logo.png", &png(&image.into())).unwrap();
    assert_eq!(ready.media, "image/png");
    assert!(ready.bytes.len() <= ATTACHMENT_BYTES_MAX);
    let back = decode(&ready.bytes).unwrap();
    assert!(back.to_rgba8().pixels().any(|pixel| pixel.0[3] < 255));
}

#[test]
fn other_files_go_as_they_are_up_to_the_limit() {
    let ready = prepared("notes.txt", "été".as_bytes()).unwrap();
    assert_eq!((ready.media, &*ready.name), ("text/plain", "notes.txt"));
    let most = vec![0; ATTACHMENT_BYTES_MAX];
    let ready = prepared("data", &most).unwrap();
    assert_eq!(ready.media, "application/octet-stream");
    let over = vec![0; ATTACHMENT_BYTES_MAX + 1];
    assert_eq!(prepared("data", &over).err(), Some("attach-too-large"));
    assert_eq!(prepared("data", b"").err(), Some("attach-empty"));
    let gone = Source::Path("/no/such/file".into());
    assert_eq!(prepare(gone).err(), Some("attach-unreadable"));
    let folder = Source::Path(std::env::temp_dir());
    assert_eq!(prepare(folder).err(), Some("attach-unreadable"));
}

#[test]
fn a_bomb_is_refused_or_goes_unopened() {
    let mut bomb = png(&DynamicImage::new_rgb8(1, 1));
    bomb.splice(16..24, [0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    let ready = prepared("bomb.png", &bomb).unwrap();
    assert_eq!(ready.media, "application/octet-stream");
    assert!(ready.preview.is_none());
    let wide = egui::ColorImage::filled([SIDE_MAX as usize + 1, 1], egui::Color32::RED);
    let refused = prepare(Source::Pixels(Arc::new(wide)));
    assert_eq!(refused.err(), Some("attach-picture-too-large"));
}

#[test]
fn a_pasted_picture_keeps_its_pixels() {
    let image = egui::ColorImage::filled([20, 10], egui::Color32::from_rgb(10, 200, 30));
    let ready = prepare(Source::Pixels(Arc::new(image))).unwrap();
    let back = decode(&ready.bytes).unwrap().to_rgb8();
    assert_eq!(back.dimensions(), (20, 10));
    assert_eq!(back.get_pixel(3, 3).0, [10, 200, 30]);
}
