//! Whole nodes in one process, on loopback, through their APIs and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "api/communities.rs"]
mod communities;
#[path = "api/door.rs"]
mod door;
#[path = "api/forks.rs"]
mod forks;
#[path = "api/groups.rs"]
mod groups;
#[path = "api/joining.rs"]
mod joining;
#[path = "api/looks.rs"]
mod looks;
#[path = "api/marked.rs"]
mod marked;
#[path = "api/refused.rs"]
mod refused;
#[path = "api/reports.rs"]
mod reports;
#[path = "api/told.rs"]
mod told;
#[path = "api/words.rs"]
mod words;

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

/// Whether a page has this many messages, and every own one is with the other side.
fn is_delivered(page: &Value, messages: usize) -> bool {
    page["messages"].as_array().is_some_and(|all| {
        let mut own = all.iter().filter(|message| message["delivery"].is_object());
        all.len() == messages && own.all(|message| message["delivery"]["state"] == "reached")
    })
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
