//! Six words, large and numbered: made to be read aloud from two screens.

use egui::{Frame, Margin, RichText, Ui};

use crate::context::Cx;
use crate::theme::{self, family, radius, space};

/// Room that a word wants.
const CELL: f32 = 128.0;

/// Draws the words in as many columns as there is room for; they are read line by line.
pub fn words_ui(ui: &mut Ui, cx: &Cx<'_>, words: &[&'static str; 6]) {
    let p = cx.palette();
    let room = ui.available_width();
    let (columns, count) = match room {
        room if room >= 3.0 * CELL + 2.0 * space::S => (3, 3.0),
        room if room >= 2.0 * CELL + space::S => (2, 2.0),
        _ => (1, 1.0),
    };
    let cell = ((room - (count - 1.0) * space::S) / count).min(220.0);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(space::S, space::S);
        let numbered: Vec<_> = (1..).zip(words).collect();
        for line in numbered.chunks(columns) {
            ui.horizontal(|ui| {
                for (number, word) in line {
                    let number: &u8 = number;
                    Frame::new()
                        .fill(p.field)
                        .stroke(egui::Stroke::new(1.0, p.line))
                        .corner_radius(radius::M)
                        .inner_margin(Margin::symmetric(10, 8))
                        .show(ui, |ui| {
                            ui.set_width(cell - 22.0);
                            ui.set_height(24.0);
                            ui.spacing_mut().item_spacing.x = space::S;
                            let small = RichText::new(number.to_string()).small();
                            ui.label(small.color(p.text_weak));
                            let font = theme::font(family::STRONG, 19.0);
                            ui.label(RichText::new(**word).font(font).color(p.text));
                        });
                }
            });
        }
    });
}
