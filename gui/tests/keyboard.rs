//! Two real windows without a display, each with its node, driven by keys alone: from the first run to a reaction.
//!
//! Nothing here is a fixture: profiles on disk, nodes that speak over loopback, the frame that people see. What is
//! pressed is what a person without a mouse would press; what is checked is what a screen reader would be told.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use gui::app::App;
use gui::backend::Setup;
use gui::desktop::keyring::Keyring;
use gui::prefs::{LanguageChoice, Prefs};
use zeroize::Zeroizing;

/// Longer than anything here takes on a busy machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

struct Window {
    harness: Harness<'static, App>,
    who: &'static str,
}

/// A port that nobody uses right now.
fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

fn address(port: u16) -> String {
    format!("/ip4/127.0.0.1/udp/{port}/quic-v1")
}

/// A keyring in memory.
#[derive(Debug, Default)]
struct Memory(Mutex<BTreeMap<String, String>>);

impl Keyring for Memory {
    fn is_there(&self) -> bool {
        true
    }

    fn keep(&self, id: &str, secret: &str) -> Result<(), String> {
        let mut kept = self.0.lock().unwrap();
        kept.insert(id.to_owned(), secret.to_owned());
        Ok(())
    }

    fn find(&self, id: &str) -> Result<Zeroizing<String>, String> {
        let kept = self.0.lock().unwrap();
        let found = kept.get(id).ok_or("no such entry")?;
        Ok(Zeroizing::new(found.clone()))
    }
}

impl Window {
    fn open(who: &'static str, profile: &Path, port: u16, dial: Vec<String>) -> Self {
        Self::with_keyring(who, profile, (port, dial), Arc::default())
    }

    fn with_keyring(
        who: &'static str,
        profile: &Path,
        (port, dial): (u16, Vec<String>),
        keyring: Arc<Memory>,
    ) -> Self {
        let net = node::net::NetConfig {
            mdns: false,
            listen: vec![address(port)],
        };
        let setup = Setup {
            profile: profile.to_owned(),
            net,
            dial,
            visible: true,
            keyring,
        };
        let prefs = Prefs {
            language: LanguageChoice::En,
            reduced_motion: true,
            ..Prefs::default()
        };
        let ctx = egui::Context::default();
        let app = App::new(&ctx, setup, prefs, None).unwrap();
        let harness = Harness::builder()
            .with_size(egui::Vec2::new(1_100.0, 800.0))
            .with_max_steps(30)
            .with_context_setup(gui::theme::fonts::install)
            .build_ui_state(
                |ui, app: &mut App| {
                    app.take_in(&ui.ctx().clone());
                    app.draw(ui);
                },
                app,
            );
        Self { harness, who }
    }

    fn sees(&self, text: &str) -> bool {
        self.harness
            .query_all_by_label_contains(text)
            .next()
            .is_some()
    }

    /// Draws until this is on screen.
    fn wait_for(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.sees(text) {
            if begun.elapsed() > PATIENCE {
                panic!("{} never sees “{text}”, but {:?}", self.who, self.spoken());
            }
            std::thread::sleep(Duration::from_millis(20));
            self.harness.run_steps(1);
        }
    }

    fn press(&mut self, key: Key) {
        self.chord(Modifiers::NONE, key);
    }

    fn chord(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
    }

    fn write(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.run_steps(2);
    }

    fn is_at(&self, name: &str) -> bool {
        let mut all = self.harness.query_all_by_label_contains(name);
        all.any(|node| node.is_focused())
    }

    /// Goes on with Tab (or back, with Shift) until something of this name has the focus.
    fn tab_to(&mut self, name: &str, modifiers: Modifiers) {
        let mut been = Vec::new();
        for _ in 0..60 {
            if self.is_at(name) {
                return;
            }
            self.chord(modifiers, Key::Tab);
            been.push(self.focused());
        }
        panic!("{}: Tab never reaches “{name}”, but {been:?}", self.who);
    }

    /// Where the keyboard is.
    fn focused(&self) -> Option<String> {
        let mut all = self.harness.root().children_recursive();
        let node = all.find(|node| node.is_focused())?;
        node.accesskit_node().label()
    }

    fn choose(&mut self, name: &str) {
        self.wait_for(name);
        self.tab_to(name, Modifiers::NONE);
        self.press(Key::Enter);
    }

    /// The dialog that changes the lock.
    fn relock(&mut self) {
        self.chord(Modifiers::COMMAND, Key::Comma);
        self.choose("Change the lock");
    }

    /// Goes to what is called just that, and presses it.
    fn choose_exactly(&mut self, name: &str) {
        for _ in 0..60 {
            let mut all = self.harness.query_all_by_label(name);
            if all.any(|node| node.is_focused()) {
                drop(all);
                return self.press(Key::Enter);
            }
            drop(all);
            self.chord(Modifiers::NONE, Key::Tab);
        }
        panic!("{}: Tab never reaches “{name}”", self.who);
    }

    /// Name, no protection, the open window.
    fn first_run(&mut self) {
        self.wait_for("What do your friends call you?");
        self.write(self.who);
        self.press(Key::Enter);
        self.choose("No protection");
        self.choose("Go on without protection");
        self.wait_for("Write down your 24 words");
    }

    /// The conversation with somebody, by the switcher.
    fn go_to(&mut self, name: &str) {
        self.chord(Modifiers::COMMAND, Key::K);
        self.write(name);
        self.press(Key::Enter);
        self.wait_for("Send (Enter)");
        self.harness.run_steps(3);
        assert!(
            self.is_at(&format!("Write to {name}")),
            "the field has no cursor"
        );
    }

    fn send(&mut self, text: &str) {
        self.write(text);
        self.press(Key::Enter);
    }

    /// What a screen reader would say, in order.
    fn spoken(&self) -> Vec<String> {
        let all = self.harness.root().children_recursive();
        all.filter_map(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| node.value())
        })
        .collect()
    }

    /// Six words with their numbers, as they are read out.
    fn words(&self) -> Vec<String> {
        let all = self.spoken().into_iter();
        all.skip_while(|said| !said.contains("the same six words"))
            .skip(1)
            .take(12)
            .collect()
    }
}

fn meet(ana: &mut Window, bo: &mut Window) {
    ana.first_run();
    bo.first_run();
    ana.choose("Ask Bo");
    ana.wait_for("Their device has the request");
    bo.wait_for("Both screens must show the same six words");
    ana.wait_for("Both screens must show the same six words");
    assert_eq!(ana.words(), bo.words());
    bo.choose("Accept");
    bo.wait_for("Write to Ana");
    ana.wait_for("Write to Bo");
}

#[test]
fn two_people_meet_and_talk_with_the_keyboard_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (free_port(), free_port());
    let mut ana = Window::open("Ana", &folder.path().join("ana"), first, vec![]);
    ana.harness.run_steps(2);
    let mut bo = Window::open(
        "Bo",
        &folder.path().join("bo"),
        second,
        vec![address(first)],
    );
    meet(&mut ana, &mut bo);

    ana.go_to("Bo");
    ana.send("first words");
    bo.go_to("Ana");
    bo.wait_for(": first words");

    // An answer: back from the field to the message, its menu, the first item.
    bo.tab_to(": first words", Modifiers::SHIFT);
    bo.press(Key::Enter);
    bo.choose("Reply");
    bo.wait_for("Answering Ana");
    bo.send("well said");
    ana.wait_for("In answer to Ana: first words");

    // The last own message is changed with the arrow up.
    ana.press(Key::ArrowUp);
    ana.wait_for("Changing a message");
    ana.send(" indeed");
    bo.wait_for(": first words indeed");

    // A reaction, by the name of the emoji.
    bo.tab_to(": first words indeed", Modifiers::SHIFT);
    bo.press(Key::Enter);
    bo.choose("React");
    bo.wait_for("Search emoji");
    assert!(
        !bo.sees("1 person"),
        "opening the picker reacts with nothing"
    );
    bo.write("thumbs up");
    bo.press(Key::Enter);
    ana.wait_for("👍, 1 person: Bo");

    // The keys are compared.
    ana.choose("Not verified");
    ana.wait_for("Safety number");
    ana.choose("They agree");
    ana.wait_for("Verified");
}

#[test]
fn a_profile_that_the_keyring_locks_opens_by_itself_and_not_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("ana");
    let keyring = Arc::new(Memory::default());
    let open = |keyring: &Arc<Memory>| {
        let net = (free_port(), vec![]);
        Window::with_keyring("Ana", &profile, net, Arc::clone(keyring))
    };
    let mut ana = open(&keyring);
    ana.wait_for("What do your friends call you?");
    ana.write("Ana");
    ana.press(Key::Enter);
    ana.choose("The keyring of this desktop");
    ana.choose("Open LesCopains");
    ana.wait_for("Write down your 24 words");
    assert!(!ana.sees("No passphrase"), "it is protected");
    drop(ana);

    let mut ana = open(&keyring);
    ana.wait_for("Write down your 24 words");
    drop(ana);

    let other = Arc::new(Memory::default());
    let mut ana = open(&other);
    ana.wait_for("does not give the key to this profile");
    // The person unlocks the keyring.
    let kept = keyring.0.lock().unwrap().clone();
    *other.0.lock().unwrap() = kept;
    ana.choose("Try again");
    ana.wait_for("Write down your 24 words");
}

#[test]
fn a_lock_is_changed_and_the_new_one_alone_opens_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("ana");
    let keyring = Arc::new(Memory::default());
    let open = || {
        let net = (free_port(), vec![]);
        Window::with_keyring("Ana", &profile, net, Arc::clone(&keyring))
    };
    let mut ana = open();
    ana.harness.run_steps(2);
    ana.first_run();
    ana.wait_for("No passphrase");

    // From nothing to a passphrase.
    ana.relock();
    ana.wait_for("Once more");
    ana.tab_to("Passphrase", Modifiers::NONE);
    ana.write("lamp storm");
    ana.press(Key::Enter);
    ana.write("lamp storm");
    ana.press(Key::Enter);
    ana.wait_for("This profile has another lock");
    ana.wait_for("Locked by a passphrase");
    drop(ana);
    let mut ana = open();
    ana.wait_for("LesCopains is locked");
    ana.write("lamp storm");
    ana.press(Key::Enter);
    ana.wait_for("Write down your 24 words");

    // Whoever does not know the passphrase changes nothing, and has to know it to go on.
    ana.relock();
    ana.wait_for("Current passphrase");
    ana.write("lamp");
    ana.choose("The keyring of this desktop");
    ana.choose_exactly("Change");
    ana.wait_for("That passphrase does not open this profile");
    ana.write("lamp storm");
    ana.press(Key::Enter);
    ana.wait_for("Locked by a passphrase");

    // From a passphrase to the keyring, which opens it by itself.
    ana.relock();
    ana.wait_for("Current passphrase");
    ana.write("lamp storm");
    ana.choose("The keyring of this desktop");
    ana.choose_exactly("Change");
    ana.wait_for("Locked by the keyring");
    drop(ana);
    let mut ana = open();
    ana.wait_for("Write down your 24 words");

    // And back to nothing: no trace of the keyring is left to be asked.
    ana.relock();
    ana.choose("No protection");
    ana.choose_exactly("Change");
    ana.wait_for("No passphrase");
    drop(ana);
    assert!(!profile.join("keyring.id").exists());
    let mut ana = open();
    ana.wait_for("No passphrase");
}

/// The profile of the window that is killed, in the environment of its process.
const DOOMED: &str = "LESCOPAINS_TEST_DOOMED";

const DRAFT: &str = "half a sentence, then the light went";

/// Only as a child of the test below: writes, says when that is on disk, and waits for its end.
#[test]
fn a_window_that_is_killed() {
    let Some(profile) = std::env::var_os(DOOMED) else {
        return;
    };
    let mut ana = Window::open("Ana", Path::new(&profile), free_port(), vec![]);
    ana.wait_for("Write down your 24 words");
    ana.go_to("Bo");
    ana.write(DRAFT);
    let is_kept = |ana: &Window| {
        let model = ana.harness.state().model();
        model.chats.values().any(|chat| chat.draft == DRAFT)
    };
    // The model hears of a draft once the store has it.
    let begun = Instant::now();
    while !is_kept(&ana) {
        assert!(begun.elapsed() < PATIENCE, "{:?}", ana.spoken());
        std::thread::sleep(Duration::from_millis(20));
        ana.harness.run_steps(1);
    }
    println!("kept");
    std::thread::sleep(PATIENCE);
}

#[test]
fn what_was_being_written_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (free_port(), free_port());
    let profile = folder.path().join("ana");
    let mut ana = Window::open("Ana", &profile, first, vec![]);
    ana.harness.run_steps(2);
    let mut bo = Window::open(
        "Bo",
        &folder.path().join("bo"),
        second,
        vec![address(first)],
    );
    meet(&mut ana, &mut bo);
    drop(ana);
    drop(bo);

    let mut doomed = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_window_that_is_killed", "--nocapture"])
        .env(DOOMED, &profile)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(doomed.stdout.take().unwrap());
    let kept = told
        .lines()
        .map_while(Result::ok)
        .any(|line| line.ends_with("kept"));
    doomed.kill().unwrap();
    doomed.wait().unwrap();
    assert!(kept, "the window ended before it had kept the draft");

    let mut ana = Window::open("Ana", &profile, free_port(), vec![]);
    ana.wait_for("Write down your 24 words");
    ana.go_to("Bo");
    let field = ana
        .harness
        .get_by_role(egui::accesskit::Role::MultilineTextInput);
    assert_eq!(field.accesskit_node().value().as_deref(), Some(DRAFT));
}
