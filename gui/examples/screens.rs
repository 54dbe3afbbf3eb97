//! Draws every screen from fixtures into a folder, in both themes, both languages and three sizes, and all of them on
//! one contact sheet.
#![allow(clippy::print_stdout, reason = "a program of the terminal")]

use std::path::PathBuf;

use gui::fixtures::screens::{looks, screens};
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

/// Height of a screen on the contact sheet, and the gap between two.
const HEIGHT: u32 = 150;
const GAP: u32 = 6;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "target/screens".into());
    let folder = PathBuf::from(folder);
    let only = arguments.next().unwrap_or_default();
    std::fs::create_dir_all(&folder)?;
    let mut rows = Vec::new();
    for screen in screens() {
        if !screen.name.contains(&only) {
            continue;
        }
        let mut row = Vec::new();
        for look in looks() {
            let picture = screen.draw(&look).picture();
            let file = folder.join(format!("{}-{}.png", screen.name, look.name.join("-")));
            picture.save(&file)?;
            println!("{}", file.display());
            let width = picture.width() * HEIGHT / picture.height();
            row.push(imageops::resize(
                &picture,
                width,
                HEIGHT,
                FilterType::Triangle,
            ));
        }
        rows.push(row);
    }
    let file = folder.join("contact-sheet.jpg");
    sheet(&rows).save(&file)?;
    println!("{}", file.display());
    Ok(())
}

/// A row for each screen, a column for each look.
fn sheet(rows: &[Vec<image::RgbaImage>]) -> RgbImage {
    let long = |row: &Vec<image::RgbaImage>| row.iter().map(|one| one.width() + GAP).sum();
    let width: u32 = rows.iter().map(long).max().unwrap_or(0);
    let count = u32::try_from(rows.len()).unwrap_or(0);
    let grey = Rgb([120, 120, 128]);
    let mut sheet = RgbImage::from_pixel(width + GAP, count * (HEIGHT + GAP) + GAP, grey);
    for (row, pictures) in (0..).zip(rows) {
        let mut left = i64::from(GAP);
        for picture in pictures {
            let opaque = image::DynamicImage::from(picture.clone()).into_rgb8();
            let top = i64::from(GAP) + row * i64::from(HEIGHT + GAP);
            imageops::replace(&mut sheet, &opaque, left, top);
            left += i64::from(picture.width() + GAP);
        }
    }
    sheet
}
