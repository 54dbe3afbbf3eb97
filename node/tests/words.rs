//! The recovery words while a node runs: shown until they are confirmed, wiped then, and never by a mistake.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::path::Path;

use node::api::auth::TOKEN_FILE;
use node::net::NetConfig;
use node::{Node, NodeConfig, WordsFault, profile};
use protocol::identity::{RecoveryWords, WordsError};
use protocol::message::Name;
use serde_json::{Value, json};
use storage::Protection;
use tempfile::TempDir;
use zeroize::Zeroizing;

fn made() -> (TempDir, RecoveryWords) {
    let folder = tempfile::tempdir().unwrap();
    let name = Name::try_from("Alice".to_owned()).unwrap();
    let options = storage::Options::default();
    let (_, words) =
        profile::create(folder.path(), name, &Protection::Unprotected, options).unwrap();
    (folder, words)
}

async fn start(profile: &Path) -> Node {
    let mut config = NodeConfig::new(profile, Protection::Unprotected);
    config.net = NetConfig {
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        mdns: false,
    };
    Node::start(config).await.unwrap()
}

async fn stop(node: Node) {
    node.stopper().cancel();
    node.stopped().await.unwrap();
}

/// Whether the profile still holds the words.
fn rest_here(profile: &Path) -> bool {
    let (profile, local) = profile::open(
        profile,
        &Protection::Unprotected,
        storage::Options::default(),
    )
    .unwrap();
    profile.close().unwrap();
    local.unconfirmed.is_some()
}

fn typed(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

async fn call(profile: &Path, node: &Node, method: &str, path: &str, body: Value) -> (u16, Value) {
    let token = std::fs::read_to_string(profile.join(TOKEN_FILE)).unwrap();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("http://{}{path}", node.api()))
        .header("authorization", format!("Bearer {token}"))
        .body(body.to_string())
        .unwrap();
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
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    });
    call.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_are_shown_until_they_are_confirmed_and_are_gone_after_a_restart() {
    let (folder, words) = made();
    let node = start(folder.path()).await;
    let handle = node.handle();
    assert!(!handle.words_confirmed());
    assert_eq!(handle.recovery_words().await, Ok(Some(words.clone())));

    let in_capitals = typed(&words.phrase().to_uppercase().replace(' ', "\n"));
    handle.confirm_words(in_capitals).await.unwrap();
    assert!(handle.words_confirmed());
    assert_eq!(handle.recovery_words().await, Ok(None));
    // A second time does no harm.
    handle.confirm_words(words.phrase()).await.unwrap();

    stop(node).await;
    assert!(!rest_here(folder.path()));
    let node = start(folder.path()).await;
    assert!(node.handle().words_confirmed());
    assert_eq!(node.handle().recovery_words().await, Ok(None));
    let (_, health) = call(folder.path(), &node, "GET", "/v1/health", Value::Null).await;
    assert_eq!(health["recovery_words_confirmed"], json!(true));
    stop(node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_words_wipe_nothing() {
    let (folder, words) = made();
    let node = start(folder.path()).await;
    let handle = node.handle();
    let other = RecoveryWords::from_entropy(&[7; 32]).phrase();
    assert_eq!(
        handle.confirm_words(other).await,
        Err(WordsFault::OtherAccount)
    );
    let few = handle.confirm_words(typed("abandon ability")).await;
    let count = WordsError::Count { found: 2 };
    assert_eq!(few, Err(WordsFault::NotWords(count)));
    assert!(!handle.words_confirmed());
    assert_eq!(handle.recovery_words().await, Ok(Some(words)));
    stop(node).await;
    assert!(rest_here(folder.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_takes_the_words_and_never_gives_them() {
    let (folder, words) = made();
    let node = start(folder.path()).await;
    let confirm = async |phrase: &str| {
        let body = json!({ "words": phrase });
        call(folder.path(), &node, "POST", "/v1/words/confirm", body).await
    };
    let (status, problem) = confirm("abandon").await;
    assert_eq!((status, &problem["field"]), (400, &json!("words")));
    let other = RecoveryWords::from_entropy(&[7; 32]).phrase();
    let (status, problem) = confirm(&other).await;
    assert_eq!((status, &problem["reason"]), (409, &json!("other-account")));
    assert_eq!(confirm(&words.phrase()).await.0, 204);
    let (_, health) = call(folder.path(), &node, "GET", "/v1/health", Value::Null).await;
    assert_eq!(health["recovery_words_confirmed"], json!(true));
    let (status, _) = call(folder.path(), &node, "GET", "/v1/words", Value::Null).await;
    assert_eq!(status, 404);
    stop(node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stops_answers_whoever_waits_for_the_words() {
    let (folder, _) = made();
    let node = start(folder.path()).await;
    let handle = node.handle().clone();
    stop(node).await;
    assert_eq!(handle.recovery_words().await, Err(WordsFault::Stopped));
}
