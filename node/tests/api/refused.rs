//! What communities refuse, by field and reason.

use serde_json::{Value, json};

use super::Person;
use super::communities::{bodies, founded, joined, text};

/// Asks and looks at the problem document: status, reason, field.
pub(super) async fn refused(
    person: &Person,
    (method, path): (&str, String),
    body: Value,
    wanted: (u16, &str, Option<&str>),
) {
    let (status, problem) = person.call(method, &path, body).await;
    let (reason, field) = (problem["reason"].as_str(), problem["field"].as_str());
    assert_eq!(
        (status, reason, field),
        (wanted.0, Some(wanted.1), wanted.2),
        "{method} {path}: {problem}"
    );
}

/// Asks each in turn.
async fn all_refused(person: &Person, cases: Vec<Case>) {
    for (asked, body, wanted) in cases {
        refused(person, asked, body, wanted).await;
    }
}

type Case = (
    (&'static str, String),
    Value,
    (u16, &'static str, Option<&'static str>),
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_in_a_community_is_told_by_field_and_reason() {
    let alice = Person::new("Alice").await;
    let (community, channel) = founded(&alice).await;
    let path = format!("/v1/communities/{community}");
    let unknown = format!("/v1/communities/{channel}");
    let nul = Value::Null;
    let cases = vec![
        (
            ("GET", "/v1/communities/x".to_owned()),
            nul.clone(),
            (400, "not-a-community-id", Some("community")),
        ),
        (
            ("GET", unknown.clone()),
            nul.clone(),
            (404, "unknown-community", None),
        ),
        (
            ("DELETE", unknown),
            nul.clone(),
            (404, "unknown-community", None),
        ),
        (
            ("POST", "/v1/communities".to_owned()),
            json!({ "name": " " }),
            (400, "out-of-range", Some("name")),
        ),
        (
            ("POST", "/v1/communities/join".to_owned()),
            json!({ "link": "lescopains:j/1/aa" }),
            (400, "not-an-invite-link", Some("link")),
        ),
        (
            ("PATCH", path.clone()),
            json!({}),
            (400, "nothing-to-change", Some("body")),
        ),
        (
            ("POST", format!("{path}/roles")),
            json!({ "name": "a", "position": 0 }),
            (400, "out-of-range", Some("position")),
        ),
        (
            ("POST", format!("{path}/roles")),
            json!({ "name": "a", "position": 1, "colour": "red" }),
            (400, "not-a-colour", Some("colour")),
        ),
        (
            ("POST", format!("{path}/roles")),
            json!({ "name": "a", "position": 1, "bits": ["fly"] }),
            (400, "not-a-permission", Some("bits")),
        ),
        (
            ("POST", format!("{path}/invites")),
            json!({ "uses": 0 }),
            (400, "out-of-range", Some("uses")),
        ),
        (
            ("POST", format!("{path}/channels")),
            json!({ "name": "a", "parent": "x" }),
            (400, "not-an-op-id", Some("parent")),
        ),
        (
            ("PUT", format!("{path}/members/x/roles/{channel}")),
            nul.clone(),
            (400, "not-an-account-id", Some("account")),
        ),
    ];
    all_refused(&alice, cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_can_mean_is_told_with_its_reason() {
    let alice = Person::new("Alice").await;
    let (community, channel) = founded(&alice).await;
    let path = format!("/v1/communities/{community}");
    let cases = vec![
        (
            ("POST", format!("{path}/invites")),
            json!({ "lasts_s": 0 }),
            (400, "out-of-range", Some("lasts_s")),
        ),
        (
            ("PATCH", format!("{path}/channels/{channel}")),
            json!({ "parent": channel }),
            (409, "not-a-category", None),
        ),
        (
            ("PATCH", format!("{path}/channels/{channel}")),
            json!({ "overwrites": [{ "role": "everyone", "deny": ["admin"] }] }),
            (409, "not-by-channel", None),
        ),
    ];
    all_refused(&alice, cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_in_a_channel_is_told_by_field_and_reason() {
    let alice = Person::new("Alice").await;
    let (community, channel) = founded(&alice).await;
    let messages = format!("/v1/channels/{channel}/messages");
    let (text, nul) = (json!({ "body": "x" }), Value::Null);
    let me = alice.account().await;
    let cases = vec![
        (
            ("GET", "/v1/channels/x/messages".to_owned()),
            nul.clone(),
            (400, "not-an-op-id", Some("channel")),
        ),
        (
            ("GET", format!("/v1/channels/{community}/messages")),
            nul.clone(),
            (404, "unknown-channel", None),
        ),
        (
            ("POST", format!("/v1/channels/{me}/messages")),
            text.clone(),
            (404, "unknown-channel", None),
        ),
        (
            ("POST", messages.clone()),
            json!({ "body": "" }),
            (400, "out-of-range", Some("body")),
        ),
        (
            ("POST", messages.clone()),
            json!({ "body": " \n" }),
            (400, "out-of-range", Some("body")),
        ),
        (
            ("POST", messages.clone()),
            json!({ "body": "x", "mentions": [{ "role": "x" }] }),
            (400, "not-a-mention", Some("mentions")),
        ),
        (
            ("PUT", format!("{messages}/x")),
            text.clone(),
            (400, "not-a-message-id", Some("message")),
        ),
        (
            ("POST", format!("/v1/channels/{channel}/redact")),
            json!({ "targets": [] }),
            (400, "nothing-to-change", Some("targets")),
        ),
    ];
    all_refused(&alice, cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_roles_do_not_allow_is_told_by_reason() {
    let (alice, bob) = (Person::new("Alice").await, Person::new("Bob").await);
    let (community, channel) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    let path = format!("/v1/communities/{community}");
    let messages = format!("/v1/channels/{channel}/messages");
    let (b, said) = (bob.account().await, json!({ "body": "x" }));
    let mine = bob.post(&messages, said.clone()).await;
    let theirs = format!("{messages}/{}", text(&mine["id"]));
    alice.until(&messages, |page| bodies(page) == ["x"]).await;
    let new = json!({ "name": "mine" });
    refused(
        &bob,
        ("POST", format!("{path}/channels")),
        new,
        (403, "not-permitted", None),
    )
    .await;
    refused(
        &alice,
        ("PUT", theirs.clone()),
        said.clone(),
        (403, "not-the-author", None),
    )
    .await;
    let timeout = json!({ "lasts_s": 600, "reason": "late" });
    alice
        .post(&format!("{path}/members/{b}/timeout"), timeout)
        .await;
    bob.until(&path, |c| {
        let members = c["members"].as_array().into_iter().flatten();
        members.filter(|m| m["silenced_until_ms"].is_u64()).count() == 1
    })
    .await;
    refused(
        &bob,
        ("POST", messages.clone()),
        said.clone(),
        (403, "silenced", None),
    )
    .await;
    assert_eq!(bob.call("DELETE", &path, Value::Null).await.0, 204);
    bob.until(&path, |c| c["standing"] == "left").await;
    refused(&bob, ("POST", messages), said, (403, "not-member", None)).await;
}

/// A page without messages would say that nothing was said there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_not_open_to_somebody_says_so() {
    let alice = Person::new("Alice").await;
    let bob = Person::new("Bob").await;
    let (community, channel) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    let path = format!("/v1/communities/{community}/channels");
    let made = json!({ "name": "secret", "scope": "private" });
    let made = text(&alice.post(&path, made).await["id"]);
    let has = |community: &Value| {
        let channels = community["channels"].as_array().into_iter().flatten();
        channels.into_iter().any(|one| one["id"] == made.as_str())
    };
    bob.until(&format!("/v1/communities/{community}"), has)
        .await;
    let page = |channel: &str| ("GET", format!("/v1/channels/{channel}/messages"));
    let wanted = (403, "not-open-to-you", None);
    refused(&bob, page(&made), Value::Null, wanted).await;
    for (who, channel) in [(&bob, &channel), (&alice, &made)] {
        let (method, path) = page(channel);
        let (status, empty) = who.call(method, &path, Value::Null).await;
        assert_eq!((status, bodies(&empty).len()), (200, 0), "{empty}");
    }
}
