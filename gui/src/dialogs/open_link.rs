//! Before a link is opened: where it really goes.

use egui::{Frame, Margin, RichText, Ui};
use lucide_icons::Icon;

use crate::ask::Act;
use crate::context::Cx;
use crate::route::Dialog;
use crate::text::clean;
use crate::text::links::{self, Doubt, Examined, Refused};
use crate::theme::{self, radius, space};
use crate::widgets::{icon, primary_button, quiet_button};

/// Letters of a link that are shown; the host stands above, whole.
const SHOWN_MAX: usize = 600;

/// Draws the dialog. `says`: the text of the link, where that names another place.
pub fn open_link_ui(ui: &mut Ui, cx: &Cx<'_>, url: &str, says: Option<&str>) {
    if links::is_contact(url) {
        // A contact link is for us, not for a browser.
        cx.act(Act::Show(Dialog::AddContact {
            link: url.to_owned(),
        }));
        return;
    }
    super::title_ui(ui, cx, &cx.say("link-title"));
    ui.add_space(space::S);
    match links::examine(url, says) {
        Ok(found) => examined_ui(ui, cx, &found),
        Err(refused) => refused_ui(ui, cx, url, &refused),
    }
}

fn examined_ui(ui: &mut Ui, cx: &Cx<'_>, found: &Examined) {
    let p = cx.palette();
    Frame::new()
        .fill(p.code)
        .corner_radius(radius::M)
        .inner_margin(Margin::same(14))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            host_ui(ui, cx, found);
            address_ui(ui, cx, &found.url);
        });
    ui.add_space(space::XS);
    for doubt in &found.doubts {
        doubt_ui(ui, cx, doubt);
    }
    ui.add_space(space::M);
    ui.horizontal_wrapped(|ui| {
        // What looks made to deceive is not opened by habit.
        let open = cx.say("link-open");
        let opened = if found.is_grave() {
            quiet_button(ui, &open)
        } else {
            primary_button(ui, cx, &open, true)
        };
        if opened.clicked() {
            cx.act(Act::OpenUrl(found.url.clone()));
            cx.act(Act::CloseDialog);
        }
        copy_button(ui, cx, &found.url);
        if quiet_button(ui, &cx.say("link-cancel")).clicked() {
            cx.act(Act::CloseDialog);
        }
    });
}

/// The host, large; where its letters look like others, those that are not a to z stand out.
fn host_ui(ui: &mut Ui, cx: &Cx<'_>, found: &Examined) {
    let p = cx.palette();
    let fools = |doubt: &Doubt| matches!(doubt, Doubt::Mixed | Doubt::LooksLatin);
    let fools = found.doubts.iter().any(fools);
    let mut job = egui::text::LayoutJob::default();
    let font = egui::TextStyle::Heading.resolve(ui.style());
    let mut buffer = [0; 4];
    for letter in found.host.chars() {
        let stands_out = fools && !letter.is_ascii();
        let colour = if stands_out { p.bad } else { p.text };
        let mut format = egui::TextFormat::simple(font.clone(), colour);
        if stands_out {
            format.underline = egui::Stroke::new(2.0, p.bad);
        }
        job.append(letter.encode_utf8(&mut buffer), 0.0, format);
    }
    ui.add(egui::Label::new(job).wrap());
}

fn address_ui(ui: &mut Ui, cx: &Cx<'_>, url: &str) {
    let mut shown: String = url.chars().take(SHOWN_MAX).collect();
    if shown.len() < url.len() {
        shown.push('…');
    }
    let text = RichText::new(shown)
        .monospace()
        .color(cx.palette().text_weak);
    ui.add(egui::Label::new(text).wrap());
}

fn copy_button(ui: &mut Ui, cx: &Cx<'_>, url: &str) {
    if quiet_button(ui, &cx.say("link-copy")).clicked() {
        cx.act(Act::Copy(url.to_owned()));
        cx.act(Act::CloseDialog);
    }
}

fn doubt_ui(ui: &mut Ui, cx: &Cx<'_>, doubt: &Doubt) {
    let p = cx.palette();
    let said = |key: &str, blank: &str, value: String| cx.text.fill(key, [(blank, value.into())]);
    let (glyph, colour, words) = match doubt {
        Doubt::Mixed => (Icon::TriangleAlert, p.bad, cx.say("link-mixed")),
        Doubt::LooksLatin => (Icon::TriangleAlert, p.bad, cx.say("link-looks-latin")),
        Doubt::Says(host) => (
            Icon::TriangleAlert,
            p.bad,
            said("link-says", "host", host.clone()),
        ),
        Doubt::User(user) => (
            Icon::TriangleAlert,
            p.bad,
            said("link-user", "user", clean::name(user)),
        ),
        Doubt::Encoded(ascii) => (
            Icon::Info,
            p.text_weak,
            said("link-encoded", "ascii", ascii.clone()),
        ),
        Doubt::Address => (Icon::Info, p.warn, cx.say("link-address")),
        Doubt::Port(port) => (
            Icon::Info,
            p.text_weak,
            said("link-port", "port", port.to_string()),
        ),
        Doubt::Open => (Icon::LockOpen, p.warn, cx.say("link-unencrypted")),
    };
    ui.horizontal_top(|ui| {
        crate::widgets::decoration(ui, icon(glyph, 16.0).color(colour));
        ui.add(egui::Label::new(RichText::new(words).color(colour)).wrap());
    });
}

fn refused_ui(ui: &mut Ui, cx: &Cx<'_>, url: &str, refused: &Refused) {
    let words = match refused {
        Refused::Unreadable => cx.say("link-unreadable"),
        Refused::Kind(kind) => cx
            .text
            .fill("link-refused", [("kind", kind.clone().into())]),
    };
    ui.label(RichText::new(words).text_style(theme::strong()));
    address_ui(ui, cx, &clean::line(url));
    ui.add_space(space::M);
    ui.horizontal(|ui| {
        if primary_button(ui, cx, &cx.say("link-cancel"), true).clicked() {
            cx.act(Act::CloseDialog);
        }
        copy_button(ui, cx, url);
    });
}
