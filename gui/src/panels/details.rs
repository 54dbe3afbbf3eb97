//! The side panel of a conversation: who this is, how sure we are, and how they are reached, in words.

use egui::{RichText, ScrollArea, Ui};
use lucide_icons::Icon;
use protocol::identity::{AccountId, DeviceId};
use protocol::persist::Trust;
use protocol::turn::ContactView;

use super::contacts::reach::Reach;
use super::people::cards::short;
use crate::ask::Act;
use crate::context::Cx;
use crate::route::Dialog;
use crate::text::dates;
use crate::theme::{self, space};
use crate::widgets::{self, avatar, danger_button, icon, link_button, quiet_button};

/// Draws the side panel.
pub fn details_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId) {
    let Some(contact) = cx.model.contact(account) else {
        return;
    };
    ScrollArea::vertical()
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            head_ui(ui, cx, contact);
            trust_ui(ui, cx, contact);
            devices_ui(ui, cx, contact);
            since_ui(ui, cx, contact);
            ui.add_space(space::XL);
            ui.horizontal_wrapped(|ui| {
                if quiet_button(ui, &cx.say("contact-block")).clicked() {
                    cx.act(Act::Show(Dialog::Block(account)));
                }
                if danger_button(ui, cx, &cx.say("contact-remove")).clicked() {
                    cx.act(Act::Show(Dialog::Remove(account)));
                }
            });
        });
}

/// Face, name, the name they give themselves, and whether they are there.
fn head_ui(ui: &mut Ui, cx: &Cx<'_>, contact: &ContactView) {
    let account = contact.account;
    let reach = Reach::of(cx.model, account);
    ui.vertical_centered(|ui| {
        ui.add_space(space::M);
        let face = avatar(ui, cx, account, 88.0);
        reach.dot(ui, cx, face.rect, cx.palette().ground_list);
        ui.add_space(space::XS);
        let name = cx.model.name(account);
        ui.label(RichText::new(&name).text_style(theme::title()));
        let given = crate::text::clean::name(contact.name.as_str());
        if given != name && !given.is_empty() {
            let own = cx.text.fill("contact-own-name", [("name", given.into())]);
            ui.label(RichText::new(own).small().weak());
        }
        ui.label(
            RichText::new(reach.word(cx))
                .small()
                .color(reach.colour(cx)),
        );
        if link_button(ui, cx, &cx.say("contact-petname")).clicked() {
            cx.act(Act::Show(Dialog::Petname(account)));
        }
    });
}

/// The title of a part.
fn part_ui(ui: &mut Ui, cx: &Cx<'_>, title: &str) {
    ui.add_space(space::L);
    ui.label(RichText::new(title).small().color(cx.palette().text_weak));
}

/// How sure we are, and the way to be surer.
fn trust_ui(ui: &mut Ui, cx: &Cx<'_>, contact: &ContactView) {
    let p = cx.palette();
    part_ui(ui, cx, &cx.say("contact-trust"));
    let (glyph, colour, words) = match contact.trust {
        Trust::Verified => (Icon::ShieldCheck, p.good, cx.say("trust-verified")),
        Trust::Unverified => (Icon::Shield, p.text_weak, cx.say("trust-unverified")),
        Trust::Changed => (Icon::ShieldAlert, p.bad, cx.say("trust-changed")),
    };
    line_ui(ui, glyph, colour, &words);
    ui.add_space(space::XS);
    let compare = cx.say("contact-compare");
    let show = if contact.trust == Trust::Verified {
        quiet_button(ui, &compare)
    } else {
        widgets::primary_button(ui, cx, &compare, true)
    };
    if show.clicked() {
        cx.act(Act::Show(Dialog::Safety(contact.account)));
    }
}

/// An icon and what it means, over as many lines as it takes.
fn line_ui(ui: &mut Ui, glyph: Icon, colour: egui::Color32, words: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::decoration(ui, icon(glyph, 17.0).color(colour));
        ui.add(egui::Label::new(words).wrap());
    });
}

/// Their devices, and how each is reached.
fn devices_ui(ui: &mut Ui, cx: &Cx<'_>, contact: &ContactView) {
    let count = contact.devices.len();
    part_ui(
        ui,
        cx,
        &cx.text.fill("contact-devices", [("count", count.into())]),
    );
    let p = cx.palette();
    if count == 0 {
        ui.label(RichText::new(cx.say("contact-no-device")).weak());
    }
    for device in &contact.devices {
        let up = contact.reachable.contains(device);
        let (glyph, colour) = if up {
            (Icon::Wifi, p.good)
        } else {
            (Icon::WifiOff, p.text_weak)
        };
        let words = if up {
            cx.say("contact-reached")
        } else {
            cx.say("contact-not-reached")
        };
        line_ui(ui, glyph, colour, &words);
        if count > 1 {
            let name = RichText::new(device_name(*device)).small().monospace();
            ui.label(name.color(p.text_weak));
        }
    }
}

/// The beginning of a device's id: it has no other name.
fn device_name(device: DeviceId) -> String {
    device.to_string().chars().take(8).collect()
}

fn since_ui(ui: &mut Ui, cx: &Cx<'_>, contact: &ContactView) {
    part_ui(ui, cx, &cx.say("contact-since"));
    let day = dates::day(contact.since.as_millis(), cx.zone);
    ui.label(dates::day_name(cx.text, day, cx.today()));
    part_ui(ui, cx, &cx.say("contact-account"));
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(short(contact.account)).monospace());
        if link_button(ui, cx, &cx.say("contact-copy")).clicked() {
            cx.act(Act::Copy(contact.account.to_string()));
        }
    });
}
