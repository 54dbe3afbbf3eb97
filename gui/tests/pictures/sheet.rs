//! The sheet of a screen: all its looks at half their size, and how it is kept in few bytes.

use std::collections::BTreeMap;

use gui::fixtures::screens::{Screen, looks};
use image::{Rgb, RgbImage, Rgba, RgbaImage, imageops};

/// Looks in a row: colours and languages of one size.
const COLUMNS: usize = 4;

/// Space around each look.
const GAP: u32 = 8;

/// What is between them.
const GREY: Rgb<u8> = Rgb([119, 119, 119]);

/// How far a kept colour may be from the drawn one, the least that leaves a palette of 256 colours.
const FAR: [u8; 6] = [3, 6, 9, 12, 16, 22];

/// Colours of the largest areas, which are kept as they are however near to each other.
const GROUNDS: usize = 64;

/// A channel may differ by this much: what the palette takes away, and a little.
const SHADE_MAX: u8 = 30;

/// Draws all looks of a screen beside each other.
pub(crate) fn draw(screen: &Screen) -> RgbImage {
    let all = looks();
    let half: Vec<_> = all
        .iter()
        .map(|look| half(&screen.draw(look).picture()))
        .collect();
    let rows: Vec<_> = half.chunks(COLUMNS).collect();
    let width = |row: &&[RgbImage]| row.iter().map(|one| one.width() + GAP).sum::<u32>();
    let height = |row: &&[RgbImage]| row.iter().map(RgbImage::height).max().unwrap_or(0) + GAP;
    let size = (
        rows.iter().map(width).max().unwrap_or(0) + GAP,
        rows.iter().map(height).sum::<u32>() + GAP,
    );
    let mut sheet = RgbImage::from_pixel(size.0, size.1, GREY);
    let mut top = GAP;
    for row in rows {
        let mut left = GAP;
        for picture in row {
            imageops::replace(&mut sheet, picture, left.into(), top.into());
            left += picture.width() + GAP;
        }
        top += height(&row);
    }
    sheet
}

/// Each four pixels as one.
fn half(picture: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(picture.width() / 2, picture.height() / 2, |x, y| {
        let mut sum = [2_u16; 3];
        for (right, down) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let Rgba([red, green, blue, _]) = *picture.get_pixel(2 * x + right, 2 * y + down);
            sum[0] += u16::from(red);
            sum[1] += u16::from(green);
            sum[2] += u16::from(blue);
        }
        Rgb(sum.map(|sum| u8::try_from(sum / 4).unwrap_or(u8::MAX)))
    })
}

/// Pixels that are not what they were, in red; `None`: the sizes differ.
pub(crate) fn difference(old: &RgbImage, new: &RgbImage) -> Option<(usize, RgbImage)> {
    if old.dimensions() != new.dimensions() {
        return None;
    }
    let mut marked = new.clone();
    let mut count = 0;
    for ((old, new), mark) in old.pixels().zip(new.pixels()).zip(marked.pixels_mut()) {
        let mut channels = old.0.iter().zip(new.0);
        if channels.any(|(old, new)| old.abs_diff(new) > SHADE_MAX) {
            *mark = Rgb([255, 0, 0]);
            count += 1;
        }
    }
    Some((count, marked))
}

/// A PNG with a palette.
pub(crate) fn encode(sheet: &RgbImage) -> Vec<u8> {
    let colours = by_frequency(sheet);
    let palette = FAR.into_iter().find_map(|far| palette(&colours, far));
    // 256 colours, each 22 from the next at least, have been enough for every screen.
    let palette = palette.unwrap();
    let nearest = |colour: &[u8; 3]| {
        let places = 0_u8..=u8::MAX;
        let all = palette.iter().zip(places);
        all.min_by_key(|(kept, _)| distance(kept, colour))
            .map_or(0, |(_, index)| index)
    };
    let known: BTreeMap<_, _> = colours
        .iter()
        .map(|colour| (*colour, nearest(colour)))
        .collect();
    let indices: Vec<u8> = sheet.pixels().map(|pixel| known[&pixel.0]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, sheet.width(), sheet.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&indices).unwrap();
    writer.finish().unwrap();
    bytes
}

fn distance(one: &[u8; 3], other: &[u8; 3]) -> u8 {
    let channels = one.iter().zip(other);
    channels
        .map(|(one, other)| one.abs_diff(*other))
        .max()
        .unwrap_or(0)
}

/// All colours, those of large areas first.
fn by_frequency(sheet: &RgbImage) -> Vec<[u8; 3]> {
    let mut counts = BTreeMap::<[u8; 3], usize>::new();
    for pixel in sheet.pixels() {
        *counts.entry(pixel.0).or_default() += 1;
    }
    let mut colours: Vec<_> = counts.into_iter().collect();
    colours.sort_by_key(|(colour, count)| (std::cmp::Reverse(*count), *colour));
    colours.into_iter().map(|(colour, _)| colour).collect()
}

/// Colours of which each drawn one has a neighbour; those of large areas are kept as they are. `None`: too many.
fn palette(colours: &[[u8; 3]], far: u8) -> Option<Vec<[u8; 3]>> {
    let mut palette: Vec<[u8; 3]> = Vec::new();
    for colour in colours {
        let is_ground = palette.len() < GROUNDS;
        if is_ground || palette.iter().all(|kept| distance(kept, colour) > far) {
            palette.push(*colour);
        }
        if palette.len() > 256 {
            return None;
        }
    }
    Some(palette)
}
