//! Whole nodes in one process, on loopback, through their APIs and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "api/communities.rs"]
mod communities;
#[path = "api/forks.rs"]
mod forks;
#[path = "api/groups.rs"]
mod groups;
#[path = "api/reports.rs"]
mod reports;

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use node::api::auth::TOKEN_FILE;
use node::net::NetConfig;
use node::{Node, NodeConfig, profile};
use protocol::message::Name;
use serde_json::{Value, json};
use storage::Protection;
use tempfile::TempDir;
use ureq::http::Request;

const PATIENCE: Duration = Duration::from_secs(20);

/// A node with its profile, and a client of its API.
struct Person {
    folder: TempDir,
    node: Node,
}

impl Person {
    async fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = Name::try_from(name.to_owned()).unwrap();
        profile::create(
            folder.path(),
            own,
            &Protection::Unprotected,
            storage::Options::default(),
        )
        .unwrap();
        let node = start(folder.path()).await;
        Self { folder, node }
    }

    /// Stops the node in order and starts it again.
    async fn restarted(self) -> Self {
        self.node.stopper().cancel();
        self.node.stopped().await.unwrap();
        let node = start(self.folder.path()).await;
        Self {
            folder: self.folder,
            node,
        }
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let token = std::fs::read_to_string(self.folder.path().join(TOKEN_FILE)).unwrap();
        Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.node.api()))
            .header("authorization", format!("Bearer {token}"))
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        run(self.request(method, path).body(body).unwrap()).await
    }

    async fn keyed(&self, method: &str, path: &str, key: &str, body: Value) -> (u16, Value) {
        let request = self.request(method, path).header("idempotency-key", key);
        run(request.body(body.to_string()).unwrap()).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.call("POST", path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {body}");
        body
    }

    async fn account(&self) -> String {
        self.get("/v1/me").await["account"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Asks again until the answer satisfies.
    async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let body = self.get(path).await;
            if wanted(&body) {
                return body;
            }
            assert!(begun.elapsed() < PATIENCE, "{path} stays {body}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn dial(&self, other: &Self) {
        let health = other
            .until("/v1/health", |h| h["listening"][0].is_string())
            .await;
        self.post("/v1/dial", json!({ "address": health["listening"][0] }))
            .await;
    }

    /// What stands in the conversation with somebody: author, body, reactions.
    async fn history(&self, with: &str) -> Vec<(String, Value, bool, Value)> {
        let page = self
            .get(&format!("/v1/conversations/{with}/messages"))
            .await;
        let messages = page["messages"].as_array().unwrap().iter();
        let shown = messages.map(|m| {
            let author = m["author"].as_str().unwrap().to_owned();
            (
                author,
                m["body"].clone(),
                m["edited"].as_bool().unwrap(),
                m["reactions"].clone(),
            )
        });
        shown.collect()
    }
}

async fn start(profile: &Path) -> Node {
    let mut config = NodeConfig::new(profile, Protection::Unprotected);
    config.net = NetConfig {
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        mdns: false,
    };
    Node::start(config).await.unwrap()
}

async fn run(request: Request<String>) -> (u16, Value) {
    let call = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let request = agent
            .configure_request(request)
            .allow_non_standard_methods(true)
            .build();
        let mut answer = agent.run(request).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (
            answer.status().as_u16(),
            serde_json::from_str(&text).unwrap_or(Value::Null),
        )
    });
    call.await.unwrap()
}

/// Two people who became contacts and compared the six words.
async fn friends() -> (Person, Person) {
    let (alice, bob) = (Person::new("Alice").await, Person::new("Bob").await);
    bob.dial(&alice).await;
    let (a, b) = (alice.account().await, bob.account().await);
    bob.until("/v1/nearby", |n| n[0]["account"] == json!(a))
        .await;
    bob.post("/v1/contacts", json!({ "account": a })).await;
    let asks = alice
        .until("/v1/contacts", |c| c[0]["words"].is_array())
        .await;
    assert_eq!(
        (&asks[0]["standing"], &asks[0]["name"]),
        (&json!("asks"), &json!("Bob"))
    );
    let asked = bob
        .until("/v1/contacts", |c| c[0]["words"].is_array())
        .await;
    assert_eq!(asks[0]["words"], asked[0]["words"]);
    alice
        .post(&format!("/v1/contacts/{b}/accept"), Value::Null)
        .await;
    bob.until("/v1/contacts", |c| c[0]["standing"] == "accepted")
        .await;
    (alice, bob)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_see_the_same_safety_number() {
    let (alice, bob) = friends().await;
    let (a, b) = (alice.account().await, bob.account().await);
    alice
        .post(&format!("/v1/contacts/{b}/verify"), Value::Null)
        .await;
    let seen_by_a = alice.get(&format!("/v1/contacts/{b}")).await;
    let seen_by_b = bob.get(&format!("/v1/contacts/{a}")).await;
    assert_eq!(seen_by_a["trust"], "verified");
    assert_eq!(seen_by_a["safety_number"].as_str().map(str::len), Some(60));
    assert_eq!(seen_by_a["safety_number"], seen_by_b["safety_number"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contacts_see_who_is_there_and_who_writes() {
    let (alice, bob) = friends().await;
    let (a, b) = (alice.account().await, bob.account().await);
    let with_alice = format!("/v1/conversations/{a}");
    bob.until(&with_alice, |c| c["presence"] == "online").await;
    let away = json!({ "presence": "away" });
    assert_eq!(alice.call("PUT", "/v1/presence", away).await.0, 204);
    bob.until(&with_alice, |c| c["presence"] == "away").await;
    assert_eq!(alice.get("/v1/settings").await["presence"], "away");

    let stream = Stream::open(&bob, None).await;
    alice
        .post(&format!("/v1/conversations/{b}/typing"), Value::Null)
        .await;
    let (stream, _, name, data) = stream.next().await;
    assert_eq!((name.as_str(), &data["active"]), ("typing", &json!(true)));
    assert_eq!(bob.get(&with_alice).await["typing"], true);
    alice
        .post(
            &format!("/v1/conversations/{b}/messages"),
            json!({ "body": "so" }),
        )
        .await;
    let (stream, _, name, _) = stream.next().await;
    assert_eq!(name, "message");
    let (_stream, _, name, data) = stream.next().await;
    assert_eq!((name.as_str(), &data["active"]), ("typing", &json!(false)));

    // Who is gone is not there.
    alice.node.stopper().cancel();
    alice.node.stopped().await.unwrap();
    bob.until(&with_alice, |c| c["presence"].is_null()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drafts_and_petnames_are_kept_here_and_told_to_nobody() {
    let (alice, bob) = friends().await;
    let b = bob.account().await;
    let heard_by_bob = Stream::open(&bob, None).await;
    let stream = Stream::open(&alice, None).await;
    let (draft, petname) = (
        format!("/v1/conversations/{b}/draft"),
        format!("/v1/contacts/{b}/petname"),
    );
    let (status, _) = alice.call("PUT", &draft, json!({ "text": "On my" })).await;
    assert_eq!(status, 204);
    let (stream, _, name, data) = stream.next().await;
    let wanted = json!({ "note": "draft", "account": b, "text": "On my" });
    assert_eq!((name.as_str(), &data["note"]), ("note", &wanted));
    let (status, _) = alice
        .call("PUT", &petname, json!({ "name": "Cousin" }))
        .await;
    assert_eq!(status, 204);
    let (_stream, ..) = stream.next().await;

    let called = json!({ "note": "petname", "account": b, "text": "Cousin" });
    assert_eq!(alice.get("/v1/notes").await, json!([wanted, called]));
    // What is said is no draft any more, and all that the other side hears of it is the message.
    alice
        .post(
            &format!("/v1/conversations/{b}/messages"),
            json!({ "body": "On my way" }),
        )
        .await;
    alice
        .until("/v1/notes", |notes| *notes == json!([called]))
        .await;
    let mut heard = heard_by_bob;
    loop {
        let (next, _, name, data) = heard.next().await;
        assert_ne!(name, "note", "{data}");
        if name == "message" {
            break;
        }
        heard = next;
    }
    let (status, problem) = alice
        .call("PUT", &draft, json!({ "text": "x".repeat(16 * 1024 + 1) }))
        .await;
    assert_eq!((status, &problem["field"]), (400, &json!("text")));
    let alice = alice.restarted().await;
    assert_eq!(alice.get("/v1/notes").await, json!([called]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_is_known_after_a_restart_and_told_only_by_who_wants_it() {
    let (alice, bob) = friends().await;
    let (a, b) = (alice.account().await, bob.account().await);
    let (with_bob, with_alice) = (
        format!("/v1/conversations/{b}"),
        format!("/v1/conversations/{a}"),
    );
    let mut ids = Vec::new();
    for body in ["one", "two", "three"] {
        let written = alice
            .post(&format!("{with_bob}/messages"), json!({ "body": body }))
            .await;
        ids.push(written["id"].clone());
    }
    bob.until(&with_alice, |c| c["unread"] == 3).await;
    let read = format!("{with_alice}/read");
    let (status, _) = bob.call("PUT", &read, json!({ "up_to": ids[1] })).await;
    assert_eq!(status, 204);
    let bob = bob.restarted().await;
    let conversation = bob.get(&with_alice).await;
    assert_eq!(conversation["unread"], 1);
    assert_eq!(conversation["read"]["message"], ids[1]);
    assert_eq!(alice.get(&with_bob).await["read_by_peer"], Value::Null);

    let mut settings = bob.get("/v1/settings").await;
    assert_eq!(settings["send_read_marks"], false);
    settings["send_read_marks"] = json!(true);
    let change = bob.call("PUT", "/v1/settings", settings.clone()).await;
    assert_eq!(change.0, 204);
    assert_eq!(bob.get("/v1/settings").await, settings);
    bob.dial(&alice).await;
    let (status, _) = bob.call("PUT", &read, json!({ "up_to": ids[2] })).await;
    assert_eq!(status, 204);
    let seen = alice
        .until(&with_bob, |c| c["read_by_peer"]["message"] == ids[2])
        .await;
    assert_eq!(seen["unread"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_file_comes_with_its_message_and_goes_with_it() {
    let (alice, bob) = friends().await;
    let (a, b) = (alice.account().await, bob.account().await);
    let to_bob = format!("/v1/conversations/{b}/messages");
    let to_alice = format!("/v1/conversations/{a}/messages");
    let sent: Vec<u8> = (0..1_048_576_u32)
        .flat_map(|n| [n as u8, (n >> 11) as u8])
        .take(1_048_576)
        .collect();
    let file = json!({ "media": "image/png", "base64": BASE64.encode(&sent) });
    let message = json!({ "body": "cat.png", "attachment": file });
    let (status, written) = alice.keyed("POST", &to_bob, "cat", message.clone()).await;
    assert_eq!(status, 201, "{written}");
    let again = alice.keyed("POST", &to_bob, "cat", message).await;
    assert_eq!(again, (201, written.clone()));
    let page = bob
        .until(&to_alice, |p| {
            p["messages"][0]["attachment"]["complete"] == true
        })
        .await;
    let attached = &page["messages"][0]["attachment"];
    assert_eq!(attached["media"], "image/png");
    assert_eq!(attached["size"], sent.len());
    assert_eq!(attached["have"], attached["parts"]);

    let id = written["id"].as_str().unwrap().to_owned();
    for (person, conversation) in [(&alice, &to_bob), (&bob, &to_alice)] {
        let request = person.request("GET", &format!("{conversation}/{id}/attachment"));
        let request = request.body(()).unwrap();
        let fetched = tokio::task::spawn_blocking(move || {
            let mut answer = ureq::run(request).unwrap();
            let kind = answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .to_owned();
            let sniffing = answer.headers()["x-content-type-options"].clone();
            assert_eq!(sniffing, "nosniff");
            (kind, answer.body_mut().read_to_vec().unwrap())
        });
        let (kind, bytes) = fetched.await.unwrap();
        assert!(kind == "image/png" && bytes == sent);
    }
    let script = json!({ "media": "text/html", "base64": "PGI+" });
    let script = json!({ "body": "x", "attachment": script });
    let (status, problem) = alice.call("POST", &to_bob, script).await;
    assert_eq!((status, &problem["field"]), (400, &json!("media")));

    assert_eq!(
        alice
            .call("DELETE", &format!("{to_bob}/{id}"), Value::Null)
            .await
            .0,
        200
    );
    bob.until(&to_alice, |p| p["messages"][0]["deleted"] == true)
        .await;
    let gone = format!("{to_alice}/{id}/attachment");
    let (status, problem) = bob.call("GET", &gone, Value::Null).await;
    assert_eq!((status, &problem["reason"]), (404, &json!("no-attachment")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotency_key_names_one_message() {
    let (alice, bob) = friends().await;
    let to_bob = format!("/v1/conversations/{}/messages", bob.account().await);
    let hello = json!({ "body": "hello" });
    let (status, first) = alice.keyed("POST", &to_bob, "k1", hello.clone()).await;
    assert_eq!(status, 201);
    let again = alice.keyed("POST", &to_bob, "k1", hello.clone()).await;
    assert_eq!(again, (201, first.clone()));
    let (status, problem) = alice
        .keyed("POST", &to_bob, "k1", json!({ "body": "other" }))
        .await;
    assert_eq!(
        (status, &problem["reason"]),
        (422, &json!("idempotency-key-reused"))
    );
    let alice = alice.restarted().await;
    assert_eq!(
        alice.keyed("POST", &to_bob, "k1", hello.clone()).await,
        (201, first)
    );
    assert_eq!(alice.history(&bob.account().await).await.len(), 1);
    let key = "x".repeat(256);
    let (status, problem) = alice.keyed("POST", &to_bob, &key, hello).await;
    assert_eq!(
        (status, &problem["field"]),
        (400, &json!("Idempotency-Key"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_is_equal_on_both_sides_and_outlives_a_restart() {
    let (alice, bob) = friends().await;
    let (a, b) = (alice.account().await, bob.account().await);
    let to_bob = format!("/v1/conversations/{b}/messages");
    let to_alice = format!("/v1/conversations/{a}/messages");
    let first = alice.post(&to_bob, json!({ "body": "hello" })).await;
    let id = first["id"].as_str().unwrap();
    bob.until(&to_alice, |page| page["messages"][0]["id"] == id)
        .await;
    bob.post(&to_alice, json!({ "body": "an answer", "reply_to": id }))
        .await;
    let thumb = format!("{to_alice}/{id}/reactions/%F0%9F%91%8D");
    assert_eq!(bob.call("PUT", &thumb, Value::Null).await.0, 200);
    let change = json!({ "body": "hello!" });
    assert_eq!(
        alice
            .call("PUT", &format!("{to_bob}/{id}"), change.clone())
            .await
            .0,
        200
    );
    let gone = alice.post(&to_bob, json!({ "body": "never mind" })).await;
    let gone = format!("{to_bob}/{}", gone["id"].as_str().unwrap());
    assert_eq!(alice.call("DELETE", &gone, Value::Null).await.0, 200);
    let (status, problem) = bob.call("PUT", &format!("{to_alice}/{id}"), change).await;
    assert_eq!(
        (status, &problem["reason"]),
        (403, &json!("not-the-author"))
    );

    alice.until(&to_bob, |page| is_delivered(page, 3)).await;
    bob.until(&to_alice, |page| is_delivered(page, 3)).await;
    bob.until(&to_alice, |page| page["messages"][2]["deleted"] == true)
        .await;
    let history = alice.history(&b).await;
    assert_eq!(history, bob.history(&a).await);
    assert_eq!(history[0].1, "hello!");
    assert!(history[0].2, "edited");
    assert_eq!(history[0].3[0]["account"], json!(b));
    assert_eq!(history[2].1, Value::Null);

    // All of it outlives a restart, and the talk goes on.
    let alice = alice.restarted().await;
    assert_eq!(alice.history(&b).await, history);
    let kept = alice.post(&to_bob, json!({ "body": "still there?" })).await;
    alice.dial(&bob).await;
    bob.until(&to_alice, |page| page["messages"][3]["id"] == kept["id"])
        .await;
}

/// Whether a page has this many messages, and every own one is with the other side.
fn is_delivered(page: &Value, messages: usize) -> bool {
    page["messages"].as_array().is_some_and(|all| {
        let mut own = all.iter().filter(|message| message["delivery"].is_object());
        all.len() == messages && own.all(|message| message["delivery"]["state"] == "reached")
    })
}

/// Wrong requests: method, path and body, then status, field (or `-`) and reason of the answer.
/// TALK is the conversation with OTHER, whom nobody knows; OWN is the own account.
const WRONG: &str = r#"
PATCH /v1/me {"name":""} | 400 name out-of-range
PATCH /v1/me {} | 400 name not-the-expected-json
PATCH /v1/me {"nom":"x"} | 400 nom not-the-expected-json
PATCH /v1/me nonsense | 400 body not-the-expected-json
POST /v1/contacts {} | 400 account one-of-two
POST /v1/contacts {"account":"x"} | 400 account not-an-account-id
POST /v1/contacts {"link":"lescopains:c/1/abc"} | 400 link not-a-contact-link
POST /v1/contacts {"account":"OWN"} | 409 - oneself
POST /v1/contacts {"account":"OTHER"} | 409 - not-in-reach
GET /v1/contacts/OTHER - | 404 - unknown-contact
GET /v1/contacts/%ff - | 400 path not-a-path
POST /v1/contacts/OTHER/accept - | 404 - no-request
POST TALK {"body":"x"} | 404 - unknown-contact
POST TALK {"body":"LONG"} | 400 body out-of-range
POST TALK {"body":"x","reply_to":"y"} | 400 reply_to not-a-message-id
POST TALK {"body":"x","attachment":{"media":"image/png","base64":"%"}} | 400 base64 not-base64
POST TALK {"body":"x","attachment":{"base64":""}} | 400 media not-the-expected-json
GET TALK/nonsense/attachment - | 400 message not-a-message-id
PUT TALK/nonsense {"body":"x"} | 400 message not-a-message-id
GET TALK?limit=0 - | 400 limit out-of-range
GET TALK?limit=many - | 400 query not-a-query
GET TALK?before=x - | 400 before not-a-place
GET /v1/conversations/OTHER - | 404 - unknown-contact
PUT /v1/conversations/OTHER/read {"up_to":"x"} | 400 up_to not-a-message-id
POST /v1/conversations/OTHER/typing - | 404 - unknown-contact
PUT /v1/presence {"presence":"asleep"} | 400 asleep not-the-expected-json
PUT /v1/settings {"send_typing":true} | 400 send_read_marks not-the-expected-json
POST /v1/dial {"address":"x"} | 400 address not-an-address
GET /v1/events?after=x - | 400 Last-Event-ID not-an-event-id
GET /v2/me - | 404 - no-such-path
DELETE /v1/me - | 405 - method
PATCH /v1/me LARGE | 413 - body-too-large
POST TALK HUGE | 413 - body-too-large
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_requests_are_told_which_field_and_why() {
    let alice = Person::new("Alice").await;
    let other = protocol::identity::AccountId([9; 32]).to_string();
    let table = WRONG
        .replace("TALK", "/v1/conversations/OTHER/messages")
        .replace("OTHER", &other)
        .replace("OWN", &alice.account().await)
        .replace("LONG", &"x".repeat(20_000))
        .replace("LARGE", &"x".repeat(150_000))
        .replace("HUGE", &"x".repeat(1_700_000));
    for line in table.lines().filter(|line| !line.is_empty()) {
        let (asked, expected) = line.split_once(" | ").unwrap();
        let [method, path, body] = asked.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!()
        };
        let [status, field, reason] = expected.split(' ').collect::<Vec<_>>()[..] else {
            panic!()
        };
        let body = if body == "-" {
            String::new()
        } else {
            body.to_owned()
        };
        let (got, problem) = run(alice.request(method, path).body(body).unwrap()).await;
        let place = format!("{method} {path}: {problem}");
        assert_eq!(got.to_string(), status, "{place}");
        assert_eq!(problem["status"], json!(got), "{place}");
        assert_eq!(problem["field"].as_str().unwrap_or("-"), field, "{place}");
        assert_eq!(problem["reason"], json!(reason), "{place}");
        assert_eq!(
            problem["type"],
            json!(format!("urn:lescopains:problem:{reason}")),
            "{place}"
        );
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty()),
            "{place}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_in_without_the_token() {
    let alice = Person::new("Alice").await;
    let paths = "/v1/me /v1/events /v1/openapi.json /v1/nonsense /metrics";
    for path in paths.split(' ') {
        for token in ["", "Bearer ", "Bearer wrong"] {
            let request = Request::builder()
                .uri(format!("http://{}{path}", alice.node.api()))
                .header("authorization", token);
            let (status, problem) = run(request.body(String::new()).unwrap()).await;
            assert_eq!(
                (status, &problem["field"]),
                (401, &json!("Authorization")),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn the_api_is_for_this_machine_alone() {
    let folder = tempfile::tempdir().unwrap();
    let name = Name::try_from("Alice".to_owned()).unwrap();
    profile::create(
        folder.path(),
        name,
        &Protection::Unprotected,
        storage::Options::default(),
    )
    .unwrap();
    let mut config = NodeConfig::new(folder.path(), Protection::Unprotected);
    config.net = NetConfig {
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        mdns: false,
    };
    config.api = SocketAddr::from(([0, 0, 0, 0], 0));
    let error = Node::start(config).await.unwrap_err();
    assert!(error.to_string().contains("loopback"), "{error}");
    // Nothing of the failed start is left: the profile opens again.
    start(folder.path()).await.stopper().cancel();
}

/// The event stream, line by line, on a thread of its own.
struct Stream(BufReader<ureq::BodyReader<'static>>);

impl Stream {
    async fn open(person: &Person, after: Option<&str>) -> Self {
        let mut request = person.request("GET", "/v1/events");
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let request = request.body(()).unwrap();
        let answer = tokio::task::spawn_blocking(|| ureq::run(request).unwrap());
        Self(BufReader::new(
            answer.await.unwrap().into_body().into_reader(),
        ))
    }

    /// The next event: its id, its name and its data.
    async fn next(self) -> (Self, String, String, Value) {
        let read = tokio::task::spawn_blocking(move || {
            let mut stream = self;
            let (mut id, mut name, mut data) = (String::new(), String::new(), Value::Null);
            loop {
                let mut line = String::new();
                assert!(
                    stream.0.read_line(&mut line).unwrap() > 0,
                    "the stream ended"
                );
                let line = line.trim_end();
                if let Some(value) = line.strip_prefix("id: ") {
                    id = value.to_owned();
                } else if let Some(value) = line.strip_prefix("event: ") {
                    name = value.to_owned();
                } else if let Some(value) = line.strip_prefix("data: ") {
                    data = serde_json::from_str(value).unwrap();
                } else if line.is_empty() && !name.is_empty() {
                    return (stream, id, name, data);
                }
            }
        });
        tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_event_stream_is_taken_up_where_it_was_left() {
    let alice = Person::new("Alice").await;
    let stream = Stream::open(&alice, None).await;
    let rename = |name: &'static str| alice.call("PATCH", "/v1/me", json!({ "name": name }));
    assert_eq!(rename("Bertha").await.0, 204);
    let (_stream, id, name, data) = stream.next().await;
    assert_eq!(
        (name.as_str(), &data["kind"], &data["name"]),
        ("me", &json!("me"), &json!("Bertha"))
    );
    assert_eq!(rename("Carla").await.0, 204);
    let stream = Stream::open(&alice, Some(&id)).await;
    let (stream, second, _, data) = stream.next().await;
    assert_eq!(data["name"], "Carla");
    drop(stream);

    // After a restart the stream begins with a gap, and goes on with what is new.
    let alice = alice.restarted().await;
    let stream = Stream::open(&alice, Some(&second)).await;
    let (stream, gap, name, _) = stream.next().await;
    assert_eq!(name, "gap");
    assert_ne!(gap.split('-').next(), second.split('-').next());
    let (status, _) = alice
        .call("PATCH", "/v1/me", json!({ "name": "Dora" }))
        .await;
    assert_eq!(status, 204);
    let (_stream, _, _, data) = stream.next().await;
    assert_eq!(data["name"], "Dora");
    // A node that stops does not wait for its listeners.
    let begun = Instant::now();
    alice.node.stopper().cancel();
    alice.node.stopped().await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_millis(1_500),
        "{:?}",
        begun.elapsed()
    );
}

/// What `/metrics` says.
async fn metrics(person: &Person) -> String {
    let request = person.request("GET", "/metrics").body(()).unwrap();
    let scrape = tokio::task::spawn_blocking(move || {
        let mut answer = ureq::run(request).unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap();
        assert_eq!(kind, "text/plain; version=0.0.4");
        answer.body_mut().read_to_string().unwrap()
    });
    scrape.await.unwrap()
}

/// The value of a sample, by its name with its labels.
fn sample(text: &str, name: &str) -> f64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = line.unwrap_or_else(|| panic!("no {name} in\n{text}"));
    value.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scraper_reads_what_a_running_pair_did() {
    let (alice, bob) = friends().await;
    let to_bob = format!("/v1/conversations/{}/messages", bob.account().await);
    let nobody = json!({ "address": "/ip4/127.0.0.1/tcp/1" });
    assert_eq!(bob.call("POST", "/v1/dial", nobody).await.0, 502);
    alice.post(&to_bob, json!({ "body": "hello" })).await;
    alice.until(&to_bob, |page| is_delivered(page, 1)).await;
    let (of_alice, of_bob) = (metrics(&alice).await, metrics(&bob).await);
    for text in [&of_alice, &of_bob] {
        for (name, value) in [
            ("contacts{standing=\"accepted\"}", 1.0),
            ("contacts{standing=\"blocked\"}", 0.0),
            ("links", 1.0),
            ("store_writable", 1.0),
            ("outbox_messages", 0.0),
        ] {
            let name = format!("lescopains_{name}");
            assert_eq!(sample(text, &name), value, "{name} in\n{text}");
        }
        for name in [
            "build_info{version=\"0.1.0\"}",
            "commits_total",
            "batches_total",
            "events_total",
            "net_frames_total{direction=\"in\"}",
            "net_bytes_total{direction=\"out\"}",
            "uptime_seconds",
        ] {
            let name = format!("lescopains_{name}");
            assert!(sample(text, &name) > 0.0, "{name} in\n{text}");
        }
    }
    let dials = |text: &str, result| {
        let name = format!("lescopains_dials_total{{result=\"{result}\"}}");
        sample(text, &name)
    };
    assert_eq!((dials(&of_bob, "ok"), dials(&of_bob, "failed")), (1.0, 1.0));
    assert_eq!(
        (dials(&of_alice, "ok"), dials(&of_alice, "failed")),
        (0.0, 0.0)
    );

    // What cannot be delivered waits, and is counted.
    bob.node.stopper().cancel();
    bob.node.stopped().await.unwrap();
    alice
        .until("/v1/health", |health| health["links"] == 0)
        .await;
    alice
        .post(&to_bob, json!({ "body": "are you there?" }))
        .await;
    let text = metrics(&alice).await;
    assert_eq!(sample(&text, "lescopains_links"), 0.0);
    assert_eq!(sample(&text, "lescopains_outbox_messages"), 1.0);
    assert!(sample(&text, "lescopains_cached_rows") > 0.0);
}

/// Every label that there may be. A new one is added here by somebody who thought about it.
const LABELS: &str = "version=0.1.0 standing=asking standing=asked standing=asks \
    standing=accepted standing=blocked during=commit during=load result=ok result=failed \
    direction=in direction=out reason=malformed reason=slow";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_well_formed_and_name_nobody() {
    let (alice, bob) = friends().await;
    let to_bob = format!("/v1/conversations/{}/messages", bob.account().await);
    let said = alice
        .post(&to_bob, json!({ "body": "quite private" }))
        .await;
    alice.until(&to_bob, |page| is_delivered(page, 1)).await;
    let text = metrics(&alice).await;
    let mut kinds = std::collections::BTreeMap::new();
    for line in text.lines() {
        let words: Vec<_> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", _, help] => assert!(!help.is_empty(), "{line}"),
            ["#", "TYPE", name, kind] => assert_eq!(kinds.insert(name, kind), None, "{line}"),
            [series, value] => {
                let (name, label) = series.split_once('{').unwrap_or((series, ""));
                let is_counter = name.ends_with("_total");
                let kind = if is_counter { "counter" } else { "gauge" };
                assert!(name.starts_with("lescopains_"), "{line}");
                assert_eq!(kinds.get(name), Some(&kind), "{line}");
                assert!(value.parse::<f64>().is_ok(), "{line}");
                let label = label.replace(['"', '}'], "");
                let known = LABELS.split_whitespace().any(|known| known == label);
                assert!(known || label.is_empty(), "an unknown label: {line}");
            }
            _ => panic!("not a line of the format: {line}"),
        }
    }
    let mut secrets = vec!["quite private".to_owned(), "127.0.0.1".to_owned()];
    secrets.push(said["id"].as_str().unwrap().to_owned());
    for person in [&alice, &bob] {
        let token = std::fs::read_to_string(person.folder.path().join(TOKEN_FILE)).unwrap();
        secrets.push(token.trim().to_owned());
        secrets.push(person.folder.path().display().to_string());
        let (me, health) = (person.get("/v1/me").await, person.get("/v1/health").await);
        let fields = [&me["account"], &me["device"], &me["name"], &me["link"]];
        let listening = health["listening"].as_array().unwrap();
        let fields = fields.into_iter().chain(listening);
        secrets.extend(fields.map(|field| field.as_str().unwrap().to_owned()));
    }
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} in\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_documented_path_is_served_and_every_schema_is_there() {
    let alice = Person::new("Alice").await;
    let document = alice.get("/v1/openapi.json").await;
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 14, "{}", paths.len());
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            if path == "/v1/events" {
                continue; // it never ends
            }
            let concrete = path.replace("{account}", "x").replace("{message}", "x");
            let concrete = concrete.replace("{emoji}", "x");
            let (status, problem) = alice
                .call(&method.to_uppercase(), &concrete, Value::Null)
                .await;
            assert_ne!(problem["reason"], "no-such-path", "{method} {path}");
            assert_ne!(status, 405, "{method} {path}");
        }
    }
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            schemas.contains_key(name),
            "{name} is referred to and not described"
        );
    }
}
