//! The program as a person uses it: what it prints, how it ends, and how fast.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lescopains-node"));
    command.env("LC_ALL", "C").stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> (bool, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.success(), text(stdout), text(stderr))
}

struct Profile(TempDir);

impl Profile {
    /// A profile in a folder that the program makes, with this passphrase or none.
    fn new(passphrase: Option<&str>) -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        let mut init = program();
        init.arg("init")
            .arg("--profile")
            .arg(this.path())
            .args(["--name", "Alice"]);
        match passphrase {
            Some(passphrase) => init.arg("--passphrase-file").arg(this.file(passphrase)),
            None => init.arg("--unprotected"),
        };
        let (good, printed, complaint) = output(&mut init);
        assert!(good, "{complaint}");
        assert!(printed.contains("24 "), "{printed}");
        this
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("profile")
    }

    /// A passphrase file.
    fn file(&self, passphrase: &str) -> std::path::PathBuf {
        let path = self.0.path().join("passphrase");
        std::fs::write(&path, format!("{passphrase}\n")).unwrap();
        path
    }

    fn run(&self) -> Command {
        let mut run = program();
        run.arg("run").arg("--profile").arg(self.path());
        run.args(["--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0"]);
        run
    }

    fn ctl(&self, words: &[&str]) -> (bool, String, String) {
        output(
            program()
                .arg("ctl")
                .arg("--profile")
                .arg(self.path())
                .args(words),
        )
    }

    /// Starts the node and waits until it answers.
    fn start(&self) -> Running {
        let mut run = self.run();
        let child = run
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while !self.ctl(&["me"]).0 {
            assert!(begun.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(20));
        }
        Running(child)
    }
}

/// A running node that does not outlive its test.
struct Running(Child);

impl Running {
    fn end(mut self, signal: Signal) -> std::process::ExitStatus {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        self.0.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _status = self.0.wait();
    }
}

fn is_one_line(text: &str) -> bool {
    text.ends_with('\n') && text.lines().count() == 1
}

#[test]
fn a_wrong_passphrase_is_one_clear_line_in_under_three_seconds() {
    let profile = Profile::new(Some("correct horse"));
    let wrong = profile.file("wrong horse");
    let begun = Instant::now();
    let (good, _, complaint) = output(profile.run().arg("--passphrase-file").arg(wrong));
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    assert!(!good);
    assert!(
        is_one_line(&complaint) && complaint.contains("Wrong passphrase"),
        "{complaint}"
    );
    let (good, _, complaint) = output(profile.run().env("LC_ALL", "fr_FR.UTF-8"));
    assert!(!good);
    assert!(
        is_one_line(&complaint) && complaint.contains("--passphrase-file"),
        "{complaint}"
    );
}

#[test]
fn a_second_start_names_the_holder() {
    let profile = Profile::new(None);
    let running = profile.start();
    let (good, _, complaint) = output(&mut profile.run());
    assert!(!good);
    assert!(is_one_line(&complaint), "{complaint}");
    assert!(
        complaint.contains(&running.0.id().to_string()),
        "{complaint}"
    );
    // The one that runs is none the worse for it.
    assert!(profile.ctl(&["me"]).0);
}

#[test]
fn signals_end_it_in_order_and_its_address_goes_with_it() {
    let profile = Profile::new(None);
    for signal in [Signal::TERM, Signal::INT] {
        let running = profile.start();
        assert!(profile.path().join("api.address").exists());
        assert!(running.end(signal).success());
        assert!(!profile.path().join("api.address").exists());
        let (good, _, complaint) = profile.ctl(&["me"]);
        assert!(!good && complaint.contains("No node"), "{complaint}");
    }
}

#[test]
fn what_was_done_outlives_a_kill() {
    let profile = Profile::new(None);
    let running = profile.start();
    assert!(profile.ctl(&["me", "--name", "Bertha"]).0);
    running.end(Signal::KILL);
    let (good, _, complaint) = profile.ctl(&["me"]);
    assert!(!good && complaint.contains("No node"), "{complaint}");
    let _running = profile.start();
    let (_, printed, _) = profile.ctl(&["--json", "me"]);
    let me: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(me["name"], "Bertha");
}

#[test]
fn a_profile_is_not_made_over_another_nor_unprotected_by_accident() {
    let profile = Profile::new(None);
    let init = |extra: &[&str], path: &Path| {
        output(
            program()
                .arg("init")
                .arg("--profile")
                .arg(path)
                .args(["--name", "Eve"])
                .args(extra),
        )
    };
    let before = std::fs::read(profile.path().join("identity.a")).unwrap();
    let (good, printed, complaint) = init(&["--unprotected"], &profile.path());
    assert!(
        !good && printed.is_empty() && is_one_line(&complaint),
        "{printed}{complaint}"
    );
    assert_eq!(
        std::fs::read(profile.path().join("identity.a")).unwrap(),
        before
    );
    let elsewhere = profile.0.path().join("elsewhere");
    let (good, _, complaint) = init(&[], &elsewhere);
    assert!(!good && complaint.contains("--unprotected"), "{complaint}");
    assert!(!elsewhere.exists());
}

#[test]
fn words_are_confirmed_by_typing_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile");
    let mut init = program();
    init.arg("init")
        .arg("--profile")
        .arg(&path)
        .args(["--name", "Alice", "--unprotected"]);
    let (_, printed, _) = output(&mut init);
    let (_, table) = printed.split_once("shown once.").unwrap();
    let words: Vec<_> = table
        .split_whitespace()
        .filter(|w| w.parse::<u8>().is_err())
        .collect();
    assert_eq!(words.len(), 24, "{printed}");
    let confirm = |words: &[&str]| {
        let file = folder.path().join("words");
        std::fs::write(&file, words.join(" ")).unwrap();
        output(
            program()
                .arg("confirm-words")
                .arg("--profile")
                .arg(&path)
                .arg("--words-file")
                .arg(file),
        )
    };
    let (good, _, complaint) = confirm(&words[..23]);
    assert!(
        !good && is_one_line(&complaint) && complaint.contains("24 words"),
        "{complaint}"
    );
    let (good, printed, complaint) = confirm(&words);
    assert!(good && is_one_line(&printed), "{complaint}");
}

#[test]
fn what_cannot_be_said_is_explained() {
    let profile = Profile::new(None);
    let _running = profile.start();
    let cases: [(&[&str], &str); 4] = [
        (&["send", "Nobody", "hello"], "Nobody"),
        (&["request", "lescopains:c/1/abcd"], "link"),
        (&["dial", "nonsense"], "address"),
        (&["me", "--name", ""], "name"),
    ];
    for (words, expected) in cases {
        let (good, _, complaint) = profile.ctl(words);
        assert!(
            !good && is_one_line(&complaint) && complaint.contains(expected),
            "{complaint}"
        );
    }
    let (good, printed, _) = profile.ctl(&["contacts"]);
    assert!(good && is_one_line(&printed), "{printed}");
}

/// What a verb printed, without the end of its line.
fn done(profile: &Profile, words: &[&str]) -> String {
    let (good, printed, complaint) = profile.ctl(words);
    assert!(good, "{words:?}: {complaint}");
    printed.trim_end().to_owned()
}

/// Whether the invite that a member made is over once that member is removed.
fn invite_ends_with(removal: &[&str]) -> bool {
    let (alice, bob) = (Profile::new(None), Profile::new(None));
    let _running = (alice.start(), bob.start());
    let field = |profile: &Profile, words: &[&str], field: &str| {
        let shown: serde_json::Value = serde_json::from_str(&done(profile, words)).unwrap();
        shown[field].clone()
    };
    done(&alice, &["community", "found", "Copains"]);
    // The link alone leads there.
    let link = done(&alice, &["community", "invite", "Copains"]);
    let id = done(&bob, &["community", "join", &link]);
    let shown = ["--json", "community", "show", &id];
    let begun = Instant::now();
    while field(&bob, &shown, "standing") != "in" {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    done(&bob, &["community", "invite", &id]);
    while field(&alice, &shown, "invites")[1].is_null() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    let account = field(&bob, &["--json", "me"], "account");
    let [verb, rest @ ..] = removal else { panic!() };
    let whom = ["community", verb, &id, account.as_str().unwrap()];
    let words = [whom.as_slice(), rest].concat();
    done(&alice, &words);
    let invites = field(&alice, &shown, "invites");
    let mut invites = invites.as_array().unwrap().iter();
    let theirs = invites.find(|one| one["author"] == account).unwrap();
    !theirs["over"].is_null()
}

#[test]
fn the_invites_of_whoever_is_removed_end_unless_they_are_kept() {
    assert!(invite_ends_with(&["kick"]));
    assert!(!invite_ends_with(&["kick", "--keep-invites"]));
    assert!(!invite_ends_with(&["ban", "--keep-invites"]));
}

#[test]
fn a_community_is_kept_in_order_by_verbs_alone() {
    let profile = Profile::new(None);
    let _running = profile.start();
    let ctl = |words: &[&str]| done(&profile, words);
    ctl(&["community", "found", "Copains"]);
    ctl(&["community", "channel", "Copains", "general"]);
    ctl(&["community", "rename", "Copains", "Amis"]);
    ctl(&[
        "community",
        "rename",
        "Amis",
        "salon",
        "--channel",
        "general",
    ]);
    ctl(&["community", "topic", "Amis", "salon", "Ce soir"]);
    ctl(&["community", "slow", "Amis", "salon", "5"]);
    ctl(&["community", "nickname", "Amis", "Ali"]);
    let said = ctl(&["say", "Amis/salon", "Salut"]);
    ctl(&["in", "salon", "edit", &said, "Salut !"]);
    ctl(&["in", "salon", "react", &said, "👍"]);
    ctl(&["in", "salon", "pin", &said]);
    ctl(&["in", "salon", "thread", &said, "Le fil"]);
    let page = ctl(&["read", "salon"]);
    assert!(
        page.contains("Ali: Salut !") && page.contains("[pinned]"),
        "{page}"
    );
    let pins = ctl(&["pins", "salon"]);
    assert!(pins.contains("Ali: Salut !"), "{pins}");
    let answer = ctl(&["say", "Amis/salon", "Dedans", "--thread", &said]);
    ctl(&["say", "Amis/salon", "Dehors"]);
    let thread = ctl(&["read", "salon", "--thread", &said]);
    assert!(
        thread.contains("Salut !") && thread.contains("Dedans"),
        "{thread}"
    );
    assert!(!thread.contains("Dehors"), "{thread}");
    ctl(&["in", "salon", "delete", &answer]);
    ctl(&["in", "salon", "delete", &said]);
    let spam = ctl(&["say", "Amis/salon", "Spam"]);
    ctl(&["in", "salon", "pin", &spam]);
    ctl(&["in", "salon", "redact", &spam, "--reason", "junk"]);
    // What is gone is pinned no longer, and says who took it away.
    let page = ctl(&["read", "salon"]);
    assert!(!page.contains("[pinned]"), "{page}");
    assert!(page.contains("(taken away by Ali: junk)"), "{page}");
    ctl(&["mark-read", "salon", &said]);
    let unread = ctl(&["community", "unread", "Amis"]);
    assert_eq!(unread.trim(), "0  @0   salon");

    // What nobody can do is said in one line, and why.
    for (words, why) in [
        (vec!["community", "slow", "Amis", "salon", "21601"], "21600"),
        (vec!["community", "timeout", "Amis", "Bo", "60"], "Bo"),
        (vec!["community", "take", "Amis"], "offered"),
        (vec!["in", "elsewhere", "pin", &said], "elsewhere"),
    ] {
        let (good, _, complaint) = profile.ctl(&words);
        assert!(!good && is_one_line(&complaint), "{words:?}: {complaint}");
        assert!(complaint.contains(why), "{words:?}: {complaint}");
    }
    ctl(&["community", "delete-channel", "Amis", "salon"]);
    let audit = ctl(&["community", "audit", "Amis"]);
    let lines: Vec<_> = audit.lines().collect();
    let newest = lines.first().copied().unwrap_or_default();
    assert!(newest.contains("  Ali  delete-channel general"), "{audit}");
    assert!(
        lines
            .last()
            .is_some_and(|line| line.contains("Ali  found Copains")),
        "{audit}"
    );
    // As the last one, its owner may leave.
    ctl(&["community", "leave", "Amis"]);
}

#[test]
fn a_community_is_furnished_by_verbs_alone() {
    let profile = Profile::new(None);
    let _running = profile.start();
    let ctl = |words: &[&str]| done(&profile, words);
    let community = |words: &[&str]| ctl(&[&["community"], words].concat());
    community(&["found", "Copains", "--admit", "chosen"]);
    community(&["about", "Copains", "entre nous"]);
    community(&["admit", "Copains", "everyone"]);
    let bits = ["--bit", "mute", "--colour", "#ff8800"];
    community(&[&["role", "Copains", "mods", "50"], &bits[..]].concat());
    community(&["channel", "Copains", "Salons", "--kind", "category"]);
    community(&["channel", "Copains", "a/b", "--under", "Salons"]);
    community(&["channel", "Copains", "Vocal", "--kind", "voice"]);
    community(&[
        "move", "Copains", "Vocal", "--under", "Salons", "--place", "3",
    ]);
    community(&["scope", "Copains", "a/b", "private"]);
    community(&["permit", "Copains", "a/b", "mods", "--allow", "view"]);
    // What is not named stays as it was.
    community(&["permit", "Copains", "a/b", "mods", "--deny", "react"]);
    let shown = ctl(&["--json", "community", "show", "Copains"]);
    assert!(
        shown.contains(r#""allow":["view"],"deny":["react"]"#),
        "{shown}"
    );
    community(&["scope", "Copains", "Salons", "private"]);
    let shown = community(&["show", "Copains"]);
    assert!(shown.contains("Vocal [voice, private]"), "{shown}");
    community(&["scope", "Copains", "Salons", "public"]);
    community(&["change-role", "Copains", "mods", "--name", "modos"]);
    community(&[
        "change-role",
        "Copains",
        "everyone",
        "--bit",
        "view",
        "--bit",
        "send",
    ]);
    community(&["invite", "Copains", "--note", "pour Bo", "--uses", "2"]);
    let words = [
        "say",
        "a/b",
        "Salut",
        "--mention",
        "modos",
        "--mention",
        "everyone",
    ];
    let root = ctl(&words);
    ctl(&["say", "Copains/Vocal", "Dans le vocal"]);
    ctl(&["in", "a/b", "thread", &root, "Le fil"]);
    ctl(&["say", "a/b", "Dans le fil", "--thread", &root]);
    let page = ctl(&["read", "a/b"]);
    assert!(page.contains("[thread Le fil]"), "{page}");
    assert!(
        page.lines().last().is_some_and(|line| line.contains("⌞")),
        "{page}"
    );
}

/// A community with a channel under a category, and a message there.
fn furnished(profile: &Profile) -> String {
    for words in [
        vec!["found", "Copains"],
        vec!["about", "Copains", "entre nous"],
        vec!["role", "Copains", "modos", "50", "--bit", "mute"],
        vec!["channel", "Copains", "Salons", "--kind", "category"],
        vec!["channel", "Copains", "a/b", "--under", "Salons"],
        vec!["channel", "Copains", "Vocal", "--kind", "voice"],
    ] {
        done(profile, &[vec!["community"], words].concat());
    }
    done(profile, &["say", "a/b", "Salut"])
}

#[test]
fn a_community_shows_its_picture_and_what_stands_in_it() {
    let profile = Profile::new(None);
    let _running = profile.start();
    furnished(&profile);
    let community = |words: &[&str]| done(&profile, &[&["community"], words].concat());
    let icon = profile.0.path().join("icon.png");
    std::fs::write(&icon, b"\x89PNG\r\n\x1a\n and so on").unwrap();
    community(&["icon", "Copains", &icon.display().to_string()]);
    let shown = community(&["show", "Copains"]);
    for wanted in [
        "entre nous",
        "has a picture",
        "[category]",
        "[voice]",
        "50 modos: mute",
    ] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    community(&["icon", "Copains", "--off"]);
    let shown = community(&["show", "Copains"]);
    assert!(!shown.contains("has a picture"), "{shown}");
}

#[test]
fn what_nobody_can_mean_is_refused_in_one_line() {
    let profile = Profile::new(None);
    let _running = profile.start();
    let root = furnished(&profile);
    let icon = profile.0.path().join("icon.gif");
    std::fs::write(&icon, b"GIF89a").unwrap();
    let picture = icon.display().to_string();
    for (words, why) in [
        (vec!["community", "icon", "Copains", &picture], "PNG"),
        (vec!["say", "Salons", "x"], "Salons"),
        (vec!["say", "a/b", "  "], "1 to 4000"),
        (vec!["in", "a/b", "react", &root, "ok"], "emoji"),
        (
            vec![
                "community",
                "move",
                "Copains",
                "Salons",
                "--under",
                "Salons",
            ],
            "itself",
        ),
        (
            vec![
                "community",
                "permit",
                "Copains",
                "a/b",
                "modos",
                "--deny",
                "admin",
            ],
            "role",
        ),
        (
            vec!["community", "invite", "Copains", "--lasts-s", "0"],
            "seconds",
        ),
        (vec!["me", "--name", " "], "1 to 128"),
    ] {
        let (good, _, complaint) = profile.ctl(&words);
        assert!(!good && is_one_line(&complaint), "{words:?}: {complaint}");
        assert!(complaint.contains(why), "{words:?}: {complaint}");
    }
}

/// Ids are for programs.
#[test]
fn who_watches_is_told_where_and_by_whom_by_name() {
    let profile = Profile::new(None);
    let _running = profile.start();
    let ctl = |words: &[&str]| done(&profile, words);
    ctl(&["community", "found", "Copains"]);
    ctl(&["community", "channel", "Copains", "general"]);
    let mut watch = program();
    watch.arg("ctl").arg("--profile").arg(profile.path());
    // Of another start: it begins by saying that something was missed, and listens from then on.
    watch.args(["watch", "--after", "0000000000000001-1"]);
    let watch = watch.stdout(Stdio::piped()).spawn().unwrap();
    let mut watch = Running(watch);
    let heard = BufReader::new(watch.0.stdout.take().unwrap());
    let mut heard = heard.lines().map(Result::unwrap);
    assert_eq!(heard.next().unwrap(), "Some events were missed.");
    ctl(&["community", "nickname", "Copains", "Ali"]);
    let said = ctl(&["say", "general", "Salut"]);
    let line = heard.find(|line| line.contains("Salut")).unwrap();
    assert_eq!(line, format!("[Copains #general] {said}  Ali: Salut"));
}
