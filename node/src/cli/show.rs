//! What the API says, for people to read.

use std::time::{SystemTime, UNIX_EPOCH};

use node::api::model::{
    ChannelUnread, Community, Contact, DeliveryState, Happening, HealthReport, HealthStatus, Me,
    Member, Message, MessagePage, Nearby, Report, ReportPage, Settings, Standing, Trusted,
};

mod audit;
mod community;
mod names;

pub(super) use names::Names;

use super::{Outcome, say};
use crate::text::Language;

/// Characters of an account that tell people apart on a screen.
const SHORT: usize = 8;

/// Shows things in one language.
pub(super) struct Show {
    language: Language,
}

impl Show {
    /// Shows in this language.
    pub(super) const fn new(language: Language) -> Self {
        Self { language }
    }

    pub(super) fn me(&self, me: &Me) -> Outcome {
        let text = self.language;
        say(clean(&me.name))?;
        say(format_args!("{}: {}", text.account(), me.account))?;
        say(format_args!("{}: {}", text.device(), me.device))?;
        say(format_args!("{}: {}", text.link(), me.link))
    }

    pub(super) fn health(&self, health: &HealthReport) -> Outcome {
        let text = self.language;
        let status = match health.status {
            HealthStatus::Ok => text.all_well(),
            HealthStatus::NotStoring => text.not_storing(),
        };
        say(format_args!(
            "lescopains {}, {} s: {status}",
            health.version, health.uptime_s
        ))?;
        for address in &health.listening {
            say(format_args!("  {address}"))?;
        }
        if health.unprotected {
            say(text.unprotected_warning())?;
        }
        Ok(())
    }

    pub(super) fn settings(&self, settings: &Settings) -> Outcome {
        let text = self.language;
        say(text.presence(Some(settings.presence)))?;
        let switches = [
            (text.send_typing(), settings.send_typing),
            (text.send_read_marks(), settings.send_read_marks),
            (text.visible_nearby(), settings.visible_nearby),
        ];
        switches
            .into_iter()
            .try_for_each(|(what, on)| say(format_args!("{what}: {}", text.switch(on))))
    }

    pub(super) fn nearby(&self, all: &[Nearby]) -> Outcome {
        if all.is_empty() {
            return say(self.language.nobody_nearby());
        }
        all.iter()
            .try_for_each(|one| say(format_args!("{}  {}", one.account, clean(&one.name))))
    }

    pub(super) fn contacts(&self, all: &[Contact]) -> Outcome {
        if all.is_empty() {
            return say(self.language.no_contacts());
        }
        all.iter().try_for_each(|one| self.contact(one))
    }

    pub(super) fn contact(&self, contact: &Contact) -> Outcome {
        let text = self.language;
        let state = match (contact.standing, contact.trust) {
            (Standing::Asking, _) => text.asking(),
            (Standing::Asked, _) => text.asked(),
            (Standing::Asks, _) => text.asks(),
            (Standing::Blocked, _) => text.blocked(),
            (Standing::Accepted, Trusted::Verified) => text.verified(),
            (Standing::Accepted, Trusted::Unverified) => text.unverified(),
            (Standing::Accepted, Trusted::Changed) => text.keys_changed(),
        };
        let reach = if contact.reachable.is_empty() {
            ""
        } else {
            text.in_reach()
        };
        let separator = if reach.is_empty() { "" } else { ", " };
        say(format_args!(
            "{}  {} ({state}{separator}{reach})",
            contact.account,
            clean(&contact.name)
        ))?;
        if let Some(words) = &contact.words {
            say(format_args!(
                "    {}: {}",
                text.six_words(),
                words.join(" ")
            ))?;
        }
        if let Some(digits) = &contact.safety_number {
            let groups: Vec<_> = digits
                .as_bytes()
                .chunks(5)
                .map(String::from_utf8_lossy)
                .collect();
            say(format_args!(
                "    {}: {}",
                text.safety_number(),
                groups.join(" ")
            ))?;
        }
        Ok(())
    }

    /// What of channels is unread: messages, then mentions behind an @.
    pub(super) fn unread(&self, all: &[ChannelUnread], community: &Community) -> Outcome {
        all.iter().try_for_each(|one| {
            let mut channels = community.channels.iter();
            let known = channels.find(|channel| channel.id == one.channel);
            let name = known.map_or(one.channel.as_str(), |channel| channel.name.as_str());
            let line = format!("{:>4}  @{:<3} {}", one.unread, one.mentions, clean(name));
            say(line)
        })
    }

    /// What was reported, the newest first.
    pub(super) fn reports(&self, page: &ReportPage, names: &Names) -> Outcome {
        let text = self.language;
        if page.reports.is_empty() {
            say(text.no_reports())?;
        }
        let mut reports = page.reports.iter();
        reports.try_for_each(|one| self.report(one, names))?;
        if page.dropped > 0 {
            say(text.reports_dropped(page.dropped))?;
        }
        Ok(())
    }

    /// A report with what it is about. What nothing proves says so, and whose word it is.
    fn report(&self, report: &Report, names: &Names) -> Outcome {
        let text = self.language;
        let within = Some(report.community.as_str());
        let done = report.resolved_ms.map(|_at| text.dealt_with());
        let line = format!(
            "! {}  {}: {} {}",
            report.id,
            names.of(within, &report.reporter),
            clean(&report.reason),
            done.unwrap_or_default()
        );
        say(line.trim_end())?;
        report.messages.iter().try_for_each(|one| {
            let author = one.author.as_deref();
            let author = author.map_or_else(|| "?".to_owned(), |author| names.of(within, author));
            let proved = if one.verified {
                text.proved()
            } else {
                text.not_proved()
            };
            say(format_args!("    {}  {author} ({proved})", one.id))?;
            let said = one.said.iter();
            said.map(|said| clean(&said.text))
                .try_for_each(|said| say(format_args!("        {said}")))
        })
    }

    /// A page of a contact or channel, with the names that people go by there.
    pub(super) fn page(&self, page: &MessagePage, names: &Names) -> Outcome {
        if page.messages.is_empty() {
            return say(self.language.no_messages());
        }
        let mut messages = page.messages.iter();
        messages.try_for_each(|message| say(self.message(message, names)))
    }

    /// One line about a message.
    fn message(&self, message: &Message, names: &Names) -> String {
        let (text, within) = (self.language, message.community.as_deref());
        let author = names.of(within, &message.author);
        if message.author_blocked {
            // Folded away, not gone: `--json` has it.
            return format!("{}  {author}: ({})", message.id, text.blocked());
        }
        let marks = message.marks.as_ref();
        let redacted = marks.and_then(|marks| marks.redacted.as_ref());
        let body = match &message.body {
            Some(body) => clean(body),
            None if let Some(redacted) = redacted => {
                let by = names.of(within, &redacted.by);
                text.taken_away(&by, &clean(&redacted.reason))
            }
            None if message.damaged => text.damaged().to_owned(),
            None => text.deleted().to_owned(),
        };
        let mut notes = Vec::new();
        if message.edited {
            notes.push(text.edited().to_owned());
        }
        let mentions = marks.iter().flat_map(|marks| &marks.mentions);
        notes.extend(mentions.map(|one| names.mention(within, one)));
        let marks = marks.map(|marks| text.marks(marks)).unwrap_or_default();
        notes.extend(marks.iter().map(|mark| clean(mark)));
        notes.extend(message.attachment.iter().map(|attached| {
            let kib = attached.size.map(|size| size.div_ceil(1024));
            text.attached(&clean(&attached.media), kib, attached.complete)
        }));
        notes.extend(
            message
                .reactions
                .iter()
                .map(|reaction| clean(&reaction.emoji)),
        );
        if let Some(delivery) = &message.delivery {
            notes.push(match delivery.state {
                DeliveryState::Queued => format!("[{}]", text.queued()),
                DeliveryState::Reached => {
                    format!("[{}]", text.reached(delivery.reached, delivery.devices))
                }
                DeliveryState::Failed => format!("[{}]", text.failed()),
            });
        }
        let within = message
            .marks
            .as_ref()
            .and_then(|marks| marks.thread.as_deref());
        let within = within.map(|id| format!("⌞ {}  ", tail(id)));
        let reply = message
            .reply_to
            .as_deref()
            .map(|id| format!("↳ {}  ", tail(id)));
        let answers: String = within.into_iter().chain(reply).collect();
        let line = format!(
            "{}  {author}: {answers}{body} {}",
            message.id,
            notes.join(" ")
        );
        line.trim_end().to_owned()
    }

    /// One line about something that happened.
    pub(super) fn happening(&self, happening: &Happening, names: &Names) -> Outcome {
        let (text, of) = (self.language, |account: &str| names.of(None, account));
        match happening {
            Happening::Gap => say(text.missed()),
            Happening::Me { name, .. } => say(format_args!("· {}", clean(name))),
            Happening::Contact { contact } => self.contact(contact),
            Happening::ContactRemoved { account } | Happening::NearbyGone { account } => {
                say(format_args!("− {}", of(account)))
            }
            Happening::Nearby { nearby } => say(format_args!(
                "+ {}  {}",
                nearby.account,
                clean(&nearby.name)
            )),
            Happening::Message { message, .. } => {
                // A page says by itself where it is from.
                let within = message.community.as_deref();
                let place = names.conversation(within, &message.conversation);
                say(format_args!("[{place}] {}", self.message(message, names)))
            }
            Happening::Presence { account, presence } => {
                say(format_args!("{} {}", of(account), text.presence(*presence)))
            }
            Happening::Typing { account, active } => say(format_args!(
                "{} {}",
                of(account),
                if *active { "…" } else { "." }
            )),
            Happening::ReadMark {
                conversation: account,
                up_to,
            }
            | Happening::ReadByPeer { account, up_to } => {
                say(format_args!("✓ {} {}", of(account), tail(&up_to.message)))
            }
            Happening::ChannelRead {
                community,
                channel,
                up_to,
            } => {
                let channel = names.conversation(Some(community), channel);
                say(format_args!("✓ {channel} {}", tail(&up_to.message)))
            }
            Happening::Settings { settings } => self.settings(settings),
            Happening::Note { note } => say(format_args!(
                "✎ {} {}",
                of(&note.account),
                clean(&note.text)
            )),
            Happening::Community { community } => self.headline(community),
            Happening::Marks { message, marks, .. } => {
                let notes = text.marks(marks).join(" ");
                say(format!("* {} {notes}", tail(message)).trim_end())
            }
            Happening::Report { report, .. } => self.report(report, names),
            Happening::Unopened { account } => say(format_args!("? {}", of(account))),
            Happening::Reach { account, up, .. } => say(format_args!(
                "{} {}",
                if *up { "↑" } else { "↓" },
                of(account)
            )),
        }
    }
}

/// What a member goes by, or the beginning of their account; both where another goes by the same.
fn named(members: &[Member], account: &str) -> String {
    let known = members.iter().find(|member| member.account == account);
    let Some(name) = known.and_then(|member| member.nickname.as_deref()) else {
        return short(account);
    };
    let mut others = members.iter().filter(|member| member.account != account);
    if others.any(|other| other.nickname.as_deref() == Some(name)) {
        return format!("{} ({})", clean(name), short(account));
    }
    clean(name)
}

/// How long ago something was, by this machine's clock: in the largest unit that it fills.
fn age(at_ms: u64) -> String {
    lasting(now_ms().saturating_sub(at_ms))
}

/// A time in one unit, the largest that it fills: letters that French and English share.
fn lasting(millis: u64) -> String {
    let seconds = millis / 1_000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

/// The beginning of an account.
fn short(account: &str) -> String {
    account.chars().take(SHORT).collect()
}

/// The end of a message id, which tells it apart.
fn tail(id: &str) -> &str {
    id.get(id.len().saturating_sub(SHORT)..).unwrap_or(id)
}

/// Text of others on our terminal: without control characters, which could move the cursor,
/// rewrite what stands there, or reverse it.
fn clean(text: &str) -> String {
    let is_bidi = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| {
            if c.is_control() || is_bidi(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_in_the_largest_unit_that_it_fills() {
        let said = [59_999, 60_000, 3_599_000, 3_600_000, 86_400_000].map(lasting);
        assert_eq!(said, ["59 s", "1 min", "59 min", "1 h", "1 d"]);
    }

    #[test]
    fn text_of_others_cannot_command_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c"), "a\u{fffd}[2Jb\u{fffd}c");
    }
}
