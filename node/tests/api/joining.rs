//! Who comes into a community by its link alone: nobody told them an address, and nothing is announced.

use protocol::control::join_link::JoinLink;
use protocol::identity::Hints;
use serde_json::{Value, json};

use super::communities::{founded, text};
use super::{Person, Stream};

/// The invite link that a person makes, once their node knows where it listens.
async fn invited(person: &Person, community: &str, uses: u16) -> String {
    person
        .until("/v1/health", |h| h["listening"][0].is_string())
        .await;
    let path = format!("/v1/communities/{community}/invites");
    text(&person.post(&path, json!({ "uses": uses })).await["link"])
}

/// The one IPv4 address that a link names.
fn address(link: &str) -> String {
    match link.parse::<JoinLink>().unwrap().hints() {
        Hints::Addresses { v6: None, v4 } => v4.unwrap().to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_never_linked_with_anybody_joins_by_the_link_alone() {
    let (alice, bob) = (Person::new("Alice").await, Person::new("Bob").await);
    let (community, _) = founded(&alice).await;
    let stream = Stream::open(&alice, None).await;
    let link = invited(&alice, &community, 1).await;
    let path = format!("/v1/communities/{community}");
    // The same wherever it is shown: when it was made, where it is looked up, and in the event that tells of it.
    assert_eq!(alice.get(&path).await["invites"][0]["link"], link);
    let (_stream, _, _, told) = stream.next().await;
    assert_eq!(told["community"]["invites"][0]["link"], link);
    bob.post("/v1/communities/join", json!({ "link": link }))
        .await;
    bob.until(&path, |c| {
        c["standing"] == "in" && c["epoch"]["held"] == true
    })
    .await;
    // Whoever came over by a fork's link found it in the same way.
    let forked = bob.post(&format!("{path}/fork"), json!({})).await;
    let listening = bob.get("/v1/health").await["listening"][0].clone();
    let port = text(&listening).rsplit('/').next().map(str::to_owned);
    let named = address(&text(&forked["link"]));
    assert_eq!(named.rsplit(':').next().map(str::to_owned), port, "{named}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_with_nobody_reachable_says_where_it_looked() {
    let (alice, bob) = (Person::new("Alice").await, Person::new("Bob").await);
    let (community, _) = founded(&alice).await;
    let link = invited(&alice, &community, 1).await;
    alice.node.stopper().cancel();
    alice.node.stopped().await.unwrap();
    bob.post("/v1/communities/join", json!({ "link": link }))
        .await;
    let path = format!("/v1/communities/{community}");
    let waits = bob.until(&path, |c| c["standing"] == "joining").await;
    assert_eq!(waits["joining"]["dialled"], json!([address(&link)]));
    assert_eq!(waits["joining"]["knocked"], 0);
    assert_eq!(waits["joining"]["refused"], Value::Null);
    let failed = |health: &Value| health["net"]["dials_failed"].as_u64() >= Some(1);
    bob.until("/v1/health", failed).await;
}
