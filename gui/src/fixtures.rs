//! Models to draw without a node: for image snapshots, keyboard tests, benches and screenshots.

pub mod raster;
pub mod screens;

use std::sync::Arc;

use jiff::tz::TimeZone;
use node::view::{MeView, View};
use protocol::crypto::Rng;
use protocol::identity::{AccountId, DeviceId};
use protocol::local::LocalDevice;
use protocol::message::{Body, Emoji, MessageId, MessageRef, Name};
use protocol::persist::{Delivery, MessageContent, MessageRow, Reaction, Trust, Version};
use protocol::time::{Hlc, Now, Timestamp};
use protocol::turn::{ContactStanding, ContactView, NearbyView};

use crate::context::{Cx, Wishes};
use crate::model::{Chat, Details, Line, Model, Own, Stage};
use crate::prefs::{LanguageChoice, Prefs, ThemeChoice};
use crate::route::Route;
use crate::state::State;
use crate::text::Text;
use crate::theme;

/// 26 November 2026, 20:15 UTC: now, in every fixture.
pub const NOW_MS: u64 = 1_795_724_100_000;

/// The own account.
pub const ME: AccountId = AccountId([0x11; 32]);
/// Somebody verified and in reach, with a long conversation.
pub const ADA: AccountId = AccountId([0x22; 32]);
/// Somebody not verified, out of reach, with unread messages.
pub const EMMY: AccountId = AccountId([0x33; 32]);
/// Somebody whose keys changed.
pub const ALAN: AccountId = AccountId([0x44; 32]);
/// Somebody who asks.
pub const SOPHIE: AccountId = AccountId([0x55; 32]);
/// Somebody who was asked.
pub const GRACE: AccountId = AccountId([0x66; 32]);
/// A stranger nearby.
pub const LEONHARD: AccountId = AccountId([0x77; 32]);

/// A name.
///
/// # Panics
/// When it is too long for one.
#[must_use]
pub fn name(text: &str) -> Name {
    Name::try_from(text.to_owned()).unwrap_or_default()
}

fn contact(
    account: AccountId,
    called: &str,
    standing: ContactStanding,
    trust: Trust,
    up: bool,
) -> Arc<ContactView> {
    let [first, ..] = *account.as_bytes();
    let device = DeviceId([first.wrapping_add(1); 32]);
    let words = Some(["abandon", "zebra", "lamp", "river", "orange", "garden"]);
    Arc::new(ContactView {
        account,
        name: name(called),
        standing,
        trust,
        words,
        devices: vec![device],
        reachable: if up { vec![device] } else { Vec::new() },
        since: Timestamp::from_millis(NOW_MS - 86_400_000 * 9),
    })
}

/// A message row of these minutes ago.
#[must_use]
pub fn row(chat: AccountId, author: AccountId, minutes_ago: u64, text: &str) -> MessageRow {
    let hlc = Hlc::from_wall(Timestamp::from_millis(NOW_MS - minutes_ago * 60_000));
    let body = Body::try_from(text.to_owned()).unwrap_or_default();
    let id = MessageRef {
        author: DeviceId(*author.as_bytes()),
        id: MessageId([0; 16]),
    };
    let version = Version {
        stamp: (hlc, id),
        body,
    };
    let delivery = if author == ME {
        vec![(DeviceId([0x23; 32]), Delivery::Reached)]
    } else {
        Vec::new()
    };
    MessageRow {
        conversation: chat.into(),
        account: author,
        hlc,
        place: hlc,
        arrived: Timestamp::from_millis(NOW_MS - minutes_ago * 60_000),
        seen: Vec::new().try_into().unwrap_or_default(),
        content: MessageContent::Text {
            reply_to: None,
            versions: vec![version].try_into().unwrap_or_default(),
        },
        reactions: Vec::new().try_into().unwrap_or_default(),
        delivery: delivery.try_into().unwrap_or_default(),
    }
}

/// A line that shows a row.
#[must_use]
pub fn line(number: u16, row: MessageRow) -> Arc<Line> {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    let message = MessageRef {
        author: DeviceId(*row.account.as_bytes()),
        id: MessageId(id),
    };
    Arc::new(Line {
        position: (row.place, message),
        row: Some(Box::new(row)),
        attachment: None,
    })
}

/// The conversation with Ada: everything that a timeline can show.
#[must_use]
#[allow(
    clippy::too_many_lines,
    reason = "a script of what was said, read from top to bottom"
)]
pub fn conversation() -> Chat {
    let day = 24 * 60;
    let said: Vec<(AccountId, u64, &str)> = vec![
        (
            ADA,
            2 * day + 95,
            "Salut ! J'ai enfin reçu la carte mère 🎉",
        ),
        (
            ADA,
            2 * day + 94,
            "Elle est magnifique, mais le manuel est en allemand.",
        ),
        (
            ME,
            2 * day + 90,
            "Envoie-moi une photo de la page 12, je traduis.",
        ),
        (
            ME,
            day + 600,
            "On fait la soirée jeux **samedi** ou *dimanche* ?",
        ),
        (
            ADA,
            day + 580,
            "Samedi. Je peux amener :\n\n- deux écrans\n- un switch 8 ports\n- des crêpes 🥞",
        ),
        (ME, day + 570, "Parfait ❤️"),
        (
            ADA,
            130,
            "The build fails on my machine, can you look?\n\n```rust\nfn main() {\n    let answer: u8 = 42_u16.into();\n    println!(\"{answer}\");\n}\n```",
        ),
        (
            ME,
            120,
            "`u16` does not go into `u8` by itself. Use `u8::try_from(42_u16)` and say what happens when it does not fit.",
        ),
        (ADA, 118, "Ah. Of course. Merci 😅"),
        (
            ADA,
            117,
            "> say what happens when it does not fit\n\nThat is the sentence of the week.",
        ),
        (
            ME,
            60,
            "Le plan de l'appartement est sur https://exemple.fr/plan-du-soir si jamais.",
        ),
        (ADA, 14, "Vu ! J'arrive vers 20 h 30, le train a du retard."),
        (
            ME,
            12,
            "Pas de souci, on commence par les petits jeux. Préviens quand tu es à la gare, quelqu'un viendra te chercher en voiture, il y a des travaux sur la ligne de bus et le détour prend facilement vingt minutes à pied.",
        ),
        (ADA, 2, "👍"),
    ];
    let mut window: Vec<Arc<Line>> = Vec::new();
    for (number, (author, minutes, text)) in (0_u16..).zip(said) {
        let mut row = row(ADA, author, minutes, text);
        if number == 5 {
            let decided = (
                row.hlc,
                MessageRef {
                    author: DeviceId([0; 32]),
                    id: MessageId([0; 16]),
                },
            );
            let reaction = |account, emoji: &str| Reaction {
                account,
                emoji: Emoji::try_from(emoji.to_owned()).unwrap_or_default(),
                decided,
                on: true,
            };
            row.reactions = vec![reaction(ADA, "❤️"), reaction(ME, "❤️"), reaction(ADA, "🎮")]
                .try_into()
                .unwrap_or_default();
        }
        if number == 8
            && let MessageContent::Text { reply_to, .. } = &mut row.content
        {
            *reply_to = window.get(7).map(|line| line.id());
        }
        if number == 10
            && let MessageContent::Text { versions, .. } = &mut row.content
        {
            let mut both = versions.to_vec();
            both.extend(versions.to_vec());
            *versions = both.try_into().unwrap_or_default();
        }
        if number == 12 {
            row.delivery = vec![(DeviceId([0x23; 32]), Delivery::Queued)]
                .try_into()
                .unwrap_or_default();
        }
        window.push(line(number, row));
    }
    let mut deleted = row(ADA, ADA, 119, "gone");
    deleted.content = MessageContent::Deleted;
    window.insert(8, line(100, deleted));
    Chat {
        last: window.last().cloned(),
        window,
        more_before: false,
        ..Chat::default()
    }
}

/// A running program with contacts, requests, strangers and a conversation.
#[must_use]
#[allow(
    clippy::too_many_lines,
    reason = "a cast with its props, read from top to bottom"
)]
pub fn model() -> Model {
    let mut rng = Rng::from_seed([7; 32]);
    let now = Now {
        mono: protocol::time::Instant::default(),
        wall: Timestamp::from_millis(NOW_MS),
    };
    let (local, _) = LocalDevice::create(name("Camille"), now, &mut rng);
    let mut view = View::new(MeView {
        name: name("Camille"),
        bundle: local.bundle,
    });
    let contacts = [
        contact(
            ADA,
            "Ada Lovelace",
            ContactStanding::Accepted,
            Trust::Verified,
            true,
        ),
        contact(
            EMMY,
            "Emmy Noether",
            ContactStanding::Accepted,
            Trust::Unverified,
            false,
        ),
        contact(
            ALAN,
            "Alan Turing",
            ContactStanding::Accepted,
            Trust::Changed,
            true,
        ),
        contact(
            SOPHIE,
            "Sophie Germain",
            ContactStanding::Asks,
            Trust::Unverified,
            true,
        ),
        contact(
            GRACE,
            "Grace Hopper",
            ContactStanding::Asked,
            Trust::Unverified,
            true,
        ),
    ];
    view.contacts = Arc::new(
        contacts
            .into_iter()
            .map(|contact| (contact.account, contact))
            .collect(),
    );
    let stranger = NearbyView {
        account: LEONHARD,
        name: name("Leonhard Euler"),
    };
    view.nearby = Arc::new([(LEONHARD, Arc::new(stranger))].into());
    let emmy = line(
        200,
        row(
            EMMY,
            EMMY,
            45,
            "La démonstration est prête, tu veux relire ?",
        ),
    );
    let alan = line(300, row(ALAN, ME, 3_000, "Bonne nuit !"));
    let own = Own {
        account: ME,
        device: DeviceId([0x12; 32]),
        link: "lescopains:c/1/ceirceirceirceirceirceirceirceirceirceirceirceirceirceirceirceirceiq"
            .to_owned(),
        unprotected: false,
        keyring: false,
        words_confirmed: false,
        listening: vec!["/ip4/192.168.1.20/udp/40123/quic-v1".to_owned()],
        store_fault: None,
        api: "http://127.0.0.1:39001".to_owned(),
    };
    let number = "12345 67890 12345 67890 12345 67890 12345 67890 12345 67890 12345 67890";
    Model {
        stage: Stage::Running,
        view: Some(Arc::new(view)),
        own: Some(Arc::new(own)),
        chats: [
            (ADA, Arc::new(conversation())),
            (
                EMMY,
                Arc::new(Chat {
                    last: Some(emmy),
                    unread: 3,
                    ..Chat::default()
                }),
            ),
            (
                ALAN,
                Arc::new(Chat {
                    last: Some(alan),
                    ..Chat::default()
                }),
            ),
        ]
        .into(),
        details: [(
            ADA,
            Arc::new(Details {
                safety_number: Some(number.to_owned()),
            }),
        )]
        .into(),
        ..Model::default()
    }
}

/// Everything that a frame is drawn from.
#[derive(Debug)]
pub struct Scene {
    /// What to draw.
    pub model: Model,
    /// What the window knows.
    pub state: State,
    /// Choices.
    pub prefs: Prefs,
    /// Sentences.
    pub text: Text,
    /// Wishes of the last frame.
    pub wishes: Wishes,
    prepared: bool,
}

impl Scene {
    /// A scene in these colours and this language.
    #[must_use]
    pub fn new(model: Model, route: Route, theme: ThemeChoice, language: LanguageChoice) -> Self {
        let prefs = Prefs {
            theme,
            language,
            reduced_motion: true,
            ..Prefs::default()
        };
        Self {
            text: Text::new(prefs.language()),
            model,
            state: State {
                route,
                ..State::default()
            },
            prefs,
            wishes: Wishes::default(),
            prepared: false,
        }
    }

    /// Draws one frame, as the window does.
    pub fn draw(&mut self, ui: &mut egui::Ui) {
        let scheme = self.prefs.scheme(None);
        if !self.prepared {
            theme::apply(ui.ctx(), scheme, false);
            ui.set_style(Arc::new(theme::style(scheme, false)));
            self.prepared = true;
        }
        let cx = Cx {
            model: &self.model,
            prefs: &self.prefs,
            text: &self.text,
            scheme,
            now_ms: NOW_MS,
            zone: &TimeZone::UTC,
            narrow: ui.available_width() < theme::size::NARROW,
            wishes: &self.wishes,
        };
        crate::app::frame::window_ui(ui, &cx, &mut self.state);
        crate::app::links_ask_first(ui.ctx(), &cx);
    }
}
