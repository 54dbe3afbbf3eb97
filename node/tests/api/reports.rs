//! Reports through the API: a member tells the moderators, who see what was said, and say that they have dealt with it.

use serde_json::{Value, json};

use super::communities::{bodies, founded, joined, text};
use super::refused::refused;
use super::{Person, Stream};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_reports_and_a_moderator_deals_with_it() {
    let (alice, bob, carol) = (
        Person::new("Alice").await,
        Person::new("Bob").await,
        Person::new("Carol").await,
    );
    let (community, channel) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    joined(&alice, &carol, &community).await;
    carol.dial(&bob).await;
    let messages = format!("/v1/channels/{channel}/messages");
    let said = carol.post(&messages, json!({ "body": "you fool" })).await;
    for person in [&alice, &bob] {
        person
            .until(&messages, |page| bodies(page) == ["you fool"])
            .await;
    }
    let stream = Stream::open(&alice, None).await;
    let path = format!("/v1/channels/{channel}/reports");
    let report = json!({ "messages": [said["id"]], "reason": "insults" });
    let (status, made) = bob.keyed("POST", &path, "k1", report.clone()).await;
    assert_eq!(status, 201, "{made}");
    let (_, again) = bob.keyed("POST", &path, "k1", report).await;
    assert_eq!(made, again);
    let mut stream = stream;
    let heard = loop {
        let (next, _, name, data) = stream.next().await;
        if name == "report" {
            break data;
        }
        stream = next;
    };
    let reports = format!("/v1/communities/{community}/reports");
    let page = alice.get(&reports).await;
    assert_eq!(page["reports"][0], heard["report"]);
    assert_eq!((&heard["new"], &page["dropped"]), (&json!(true), &json!(0)));
    let report = &page["reports"][0];
    assert_eq!(report["id"], made["id"]);
    assert_eq!(report["reporter"], bob.account().await);
    assert_eq!(report["reason"], "insults");
    let message = &report["messages"][0];
    assert_eq!(message["id"], said["id"]);
    assert_eq!(message["author"], carol.account().await);
    assert_eq!(message["verified"], true);
    assert_eq!(message["said"][0]["text"], "you fool");
    assert_eq!(report["resolved_ms"], Value::Null);

    let resolve = format!("{reports}/{}/resolve", text(&made["id"]));
    let (status, answer) = alice.call("POST", &resolve, Value::Null).await;
    assert_eq!(status, 204, "{answer}");
    let page = alice.get(&reports).await;
    assert!(page["reports"][0]["resolved_ms"].is_u64(), "{page}");

    let get = ("GET", reports.clone());
    refused(&bob, get, Value::Null, (403, "not-permitted", None)).await;
    let denied = (403, "not-permitted", None);
    refused(&bob, ("POST", resolve), Value::Null, denied).await;
    let unknown = format!("{reports}/{}/resolve", text(&said["id"]));
    let missing = (404, "unknown-report", None);
    refused(&alice, ("POST", unknown), Value::Null, missing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_reported_is_told_by_field_and_reason() {
    let (alice, bob) = (Person::new("Alice").await, Person::new("Bob").await);
    let (community, channel) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    let messages = format!("/v1/channels/{channel}/messages");
    let own = bob.post(&messages, json!({ "body": "mine" })).await;
    // She who founded it is the only moderator.
    let hers = alice.post(&messages, json!({ "body": "hers" })).await;
    bob.until(&messages, |page| bodies(page).len() == 2).await;
    let (own, hers) = (&own["id"], &hers["id"]);
    let path = format!("/v1/channels/{channel}/reports");
    let cases = [
        (json!([own]), "x", (409, "own-message", None)),
        (json!([hers]), "x", (409, "no-moderator", None)),
        (json!([]), "x", (400, "out-of-range", Some("messages"))),
        (
            json!(["x"]),
            "x",
            (400, "not-a-message-id", Some("messages")),
        ),
        (json!([hers]), " ", (400, "out-of-range", Some("reason"))),
    ];
    for (messages, reason, wanted) in cases {
        let report = json!({ "messages": messages, "reason": reason });
        refused(&bob, ("POST", path.clone()), report, wanted).await;
    }
}
