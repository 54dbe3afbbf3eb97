//! Codes to scan, drawn by ourselves: black on white in both schemes, with the quiet zone that readers need.

use egui::{Color32, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};
use qrcode::{EcLevel, QrCode};

/// Modules of white around a code (ISO/IEC 18004).
const QUIET: f32 = 4.0;

/// A code, ready to be drawn.
#[derive(Clone, Debug)]
pub struct Code {
    side: usize,
    dark: Vec<bool>,
}

impl Code {
    /// The code that says this text; none if it is too long for any.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        Some(Self {
            side: code.width(),
            dark: code
                .to_colors()
                .into_iter()
                .map(|colour| colour == qrcode::Color::Dark)
                .collect(),
        })
    }

    /// Modules of a side.
    #[must_use]
    pub const fn side(&self) -> usize {
        self.side
    }

    /// Whether a module is dark; outside, nothing is.
    #[must_use]
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        column < self.side
            && row < self.side
            && self
                .dark
                .get(row * self.side + column)
                .is_some_and(|dark| *dark)
    }
}

/// Draws a code as large as this; `label` is read aloud.
pub fn qr(ui: &mut Ui, code: &Code, size: f32, label: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, label));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    ui.painter().rect_filled(rect, 6.0, Color32::WHITE);
    let modules = f32::from(u16::try_from(code.side).unwrap_or(u16::MAX)) + 2.0 * QUIET;
    let module = rect.width() / modules;
    let edge = |at: usize| (f32::from(u16::try_from(at).unwrap_or(u16::MAX)) + QUIET) * module;
    for row in 0..code.side {
        // Neighbours in a row become one bar: fewer shapes, and no hair lines between them.
        let mut start = None;
        for column in 0..=code.side {
            match (code.is_dark(column, row), start) {
                (true, None) => start = Some(column),
                (false, Some(from)) => {
                    let top_left = rect.min + Vec2::new(edge(from), edge(row));
                    let bar = Vec2::new(edge(column) - edge(from), module + 0.05);
                    let bar = Rect::from_min_size(top_left, bar);
                    ui.painter().rect_filled(bar, 0.0, Color32::BLACK);
                    start = None;
                }
                _ => {}
            }
        }
    }
    response
}
