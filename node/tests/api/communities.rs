//! Communities through the API: founded, joined by a link, written in, moderated; and what is refused.

use serde_json::{Value, json};

use super::refused::refused;
use super::{Person, Stream};

/// Founds a community with a text channel; gives the ids of both.
pub(super) async fn founded(founder: &Person) -> (String, String) {
    let made = founder
        .post("/v1/communities", json!({ "name": "Les copains" }))
        .await;
    let community = text(&made["id"]);
    let path = format!("/v1/communities/{community}/channels");
    let made = founder.post(&path, json!({ "name": "général" })).await;
    (community, text(&made["id"]))
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The second comes in by an invite of the first.
pub(super) async fn joined(first: &Person, second: &Person, community: &str) {
    let path = format!("/v1/communities/{community}/invites");
    let made = first.post(&path, json!({ "uses": 5 })).await;
    let link = text(&made["link"]);
    assert!(link.starts_with("lescopains:j/1/"), "{made}");
    second.dial(first).await;
    let asked = second
        .post("/v1/communities/join", json!({ "link": link }))
        .await;
    assert_eq!(asked["id"], community);
    second
        .until(&format!("/v1/communities/{community}"), |c| {
            c["standing"] == "in" && c["epoch"]["held"] == true
        })
        .await;
}

/// What stands in a channel: bodies.
pub(super) fn bodies(page: &Value) -> Vec<String> {
    let messages = page["messages"].as_array().into_iter().flatten();
    messages.map(|message| text(&message["body"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::too_many_lines, reason = "one story, told in its order")]
async fn what_is_said_in_a_channel_is_there_after_a_restart() {
    let alice = Person::new("Alice").await;
    let (community, channel) = founded(&alice).await;
    let messages = format!("/v1/channels/{channel}/messages");
    let (status, first) = alice
        .keyed("POST", &messages, "k1", json!({ "body": "Salut" }))
        .await;
    assert_eq!(status, 201, "{first}");
    let (_, again) = alice
        .keyed("POST", &messages, "k1", json!({ "body": "Salut" }))
        .await;
    assert_eq!(first, again);
    let id = text(&first["id"]);
    let account = alice.account().await;
    let answer = json!({
        "body": "Et toi ?", "reply_to": id, "thread": id,
        "mentions": [{ "account": account }, "everyone"],
    });
    let answer = alice.post(&messages, answer).await;
    let edit = alice
        .call(
            "PUT",
            &format!("{messages}/{id}"),
            json!({ "body": "Salut !" }),
        )
        .await;
    assert_eq!(edit.0, 200, "{}", edit.1);
    for (rest, body) in [
        ("pin", json!({ "on": true })),
        ("thread", json!({ "name": "fil" })),
        ("reactions/👍", Value::Null),
    ] {
        let path = format!("{messages}/{id}/{rest}").replace('👍', "%F0%9F%91%8D");
        let (status, said) = alice.call("PUT", &path, body).await;
        assert_eq!(status, 200, "{rest}: {said}");
    }
    let before = alice.get(&messages).await;
    assert_eq!(bodies(&before), ["Salut !", "Et toi ?"]);
    let first = &before["messages"][0];
    let place = (&first["conversation"], &first["community"]);
    assert_eq!(place, (&json!(channel), &json!(community)));
    assert_eq!(first["edited"], true);
    assert_eq!(first["reactions"][0]["emoji"], "👍");
    assert_eq!(first["marks"]["pinned"], true);
    assert_eq!(first["marks"]["thread_name"], "fil");
    let second = &before["messages"][1];
    assert_eq!(second["id"], answer["id"]);
    assert_eq!(
        (&second["reply_to"], &second["marks"]["thread"]),
        (&json!(id), &json!(id))
    );
    assert_eq!(
        second["marks"]["mentions"],
        json!([{ "account": account }, "everyone"])
    );
    let path = format!("/v1/communities/{community}");
    let whole = alice.get(&path).await;
    let alice = alice.restarted().await;
    // What the core tells of its communities at the start is told once it is durable.
    alice
        .until("/v1/communities", |all| all[0].is_object())
        .await;
    assert_eq!(alice.get(&messages).await, before);
    let same = alice.get(&path).await;
    assert_eq!(same["state_hash"], whole["state_hash"]);
    alice.post(&messages, json!({ "body": "Me revoilà" })).await;
    let taken = alice
        .call("DELETE", &format!("{messages}/{id}"), Value::Null)
        .await;
    assert_eq!(taken.0, 200, "{}", taken.1);
    let page = alice.get(&format!("{messages}?limit=2")).await;
    assert_eq!(bodies(&page), ["Et toi ?", "Me revoilà"]);
    assert_eq!(page["more"], true);
    let place = text(&page["messages"][0]["place"]);
    let page = alice.get(&format!("{messages}?before={place}")).await;
    assert_eq!(page["messages"][0]["deleted"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_joins_by_a_link_reads_and_writes() {
    let (alice, bob) = (Person::new("Alice").await, Person::new("Bob").await);
    let (community, channel) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    let messages = format!("/v1/channels/{channel}/messages");
    let stream = Stream::open(&bob, None).await;
    alice.post(&messages, json!({ "body": "Bienvenue" })).await;
    let mut stream = stream;
    let heard = loop {
        let (next, _, name, data) = stream.next().await;
        if name == "message" {
            break data;
        }
        stream = next;
    };
    assert_eq!(heard["message"]["body"], "Bienvenue");
    assert_eq!(heard["message"]["conversation"], channel);
    assert_eq!(heard["message"]["community"], community);
    bob.post(&messages, json!({ "body": "Merci" })).await;
    let wanted = |page: &Value| bodies(page) == ["Bienvenue", "Merci"];
    let seen = alice.until(&messages, wanted).await;
    bob.until(&messages, wanted).await;
    let whole = |c: &Value| {
        let members = c["members"].as_array().map(Vec::len);
        members == Some(2) && c["sync"]["in_sync"] == 1
    };
    let path = format!("/v1/communities/{community}");
    let by_alice = alice.until(&path, whole).await;
    let by_bob = bob.until(&path, whole).await;
    assert_eq!(by_alice["state_hash"], by_bob["state_hash"]);
    assert_eq!(by_bob["invites"][0]["link"], Value::Null);
    assert_eq!(bob.get("/v1/communities").await[0]["id"], community);
    let kinds = alice.get(&format!("{path}/audit")).await;
    let kinds = kinds.as_array().into_iter().flatten();
    let kinds: Vec<_> = kinds.map(|line| text(&line["kind"])).collect();
    assert!(kinds.contains(&"join".to_owned()), "{kinds:?}");

    // A moderator takes a message away, for everybody.
    let targets = json!({ "targets": [seen["messages"][1]["id"]], "reason": "off topic" });
    alice
        .post(&format!("/v1/channels/{channel}/redact"), targets)
        .await;
    let page = bob
        .until(&messages, |page| page["messages"][1]["deleted"] == true)
        .await;
    assert_eq!(
        page["messages"][1]["marks"]["redacted"]["reason"],
        "off topic"
    );

    let b = bob.account().await;
    let role = json!({ "name": "mods", "position": 10, "bits": ["manage-channels"] });
    let role = text(&alice.post(&format!("{path}/roles"), role).await["id"]);
    for (method, roles) in [("PUT", json!([role])), ("DELETE", json!([]))] {
        let assign = format!("{path}/members/{b}/roles/{role}");
        let (status, answer) = alice.call(method, &assign, Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        bob.until(&path, |c| {
            let members = c["members"].as_array().into_iter().flatten();
            let mut own = members.filter(|member| member["account"] == b.as_str());
            own.all(|member| member["roles"] == roles)
        })
        .await;
    }
    let ban = alice
        .post(&format!("{path}/members/{b}/ban"), json!({}))
        .await;
    assert!(ban["id"].is_string());
    bob.until(&path, |c| c["standing"] == "banned").await;
    let (status, _) = alice
        .call("DELETE", &format!("{path}/bans/{b}"), Value::Null)
        .await;
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_channels_and_rules_change_as_asked() {
    let alice = Person::new("Alice").await;
    let (community, channel) = founded(&alice).await;
    let path = format!("/v1/communities/{community}");
    let role = json!({
        "name": "mods", "colour": "#0a0b0c", "position": 10, "bits": ["kick", "manage-channels"],
    });
    let role = text(&alice.post(&format!("{path}/roles"), role).await["id"]);
    for (method, rest, body) in [
        (
            "PATCH",
            String::new(),
            json!({ "topic": "Tout", "history": { "days": 7 }, "admit": "chosen" }),
        ),
        ("PUT", "/nickname".to_owned(), json!({ "name": "Ali" })),
        (
            "PATCH",
            format!("/channels/{channel}"),
            json!({
                "topic": "Rien", "parent": null, "slow_mode_s": 5,
                "overwrites": [{ "role": "everyone", "deny": ["attach"] }],
            }),
        ),
        (
            "PATCH",
            format!("/roles/{role}"),
            json!({ "name": "modos" }),
        ),
    ] {
        let (status, answer) = alice.call(method, &format!("{path}{rest}"), body).await;
        assert_eq!(status, 200, "{method} {rest}: {answer}");
        assert!(answer["id"].is_string(), "{answer}");
    }
    let whole = alice.get(&path).await;
    assert_eq!(whole["topic"], "Tout");
    assert_eq!(whole["history"], json!({ "days": 7 }));
    assert_eq!(whole["admit"], "chosen");
    assert_eq!(whole["members"][0]["nickname"], "Ali");
    assert_eq!(whole["channels"][0]["topic"], "Rien");
    assert_eq!(whole["channels"][0]["slow_mode_s"], 5);
    let overwrite = json!({ "role": "everyone", "allow": [], "deny": ["attach"] });
    assert_eq!(whole["channels"][0]["overwrites"], json!([overwrite]));
    assert_eq!(whole["roles"][0]["name"], "modos");
    assert_eq!(whole["roles"][0]["colour"], "#0a0b0c");
    assert_eq!(
        whole["roles"][0]["bits"],
        json!(["kick", "manage-channels"])
    );
    for rest in [format!("/roles/{role}"), format!("/channels/{channel}")] {
        let (status, answer) = alice
            .call("DELETE", &format!("{path}{rest}"), Value::Null)
            .await;
        assert_eq!(status, 200, "{rest}: {answer}");
    }
    let whole = alice.get(&path).await;
    assert_eq!(
        (&whole["channels"], &whole["roles"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_it_is_hands_it_on_before_they_leave_others_and_may_leave_as_the_last() {
    let (alice, bob) = (Person::new("Alice").await, Person::new("Bob").await);
    let (community, _) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    let path = format!("/v1/communities/{community}");
    refused(
        &alice,
        ("DELETE", path.clone()),
        Value::Null,
        (409, "owner", None),
    )
    .await;
    let (status, _) = bob.call("DELETE", &path, Value::Null).await;
    assert_eq!(status, 204);
    alice
        .until(&path, |c| {
            let members = c["members"].as_array().into_iter().flatten();
            members.filter(|one| one["standing"] == "outside").count() == 1
        })
        .await;
    let (status, _) = alice.call("DELETE", &path, Value::Null).await;
    assert_eq!(status, 204);
    assert_eq!(alice.get(&path).await["standing"], "left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_too_soon_in_slow_mode_is_told_how_long_to_wait() {
    let (alice, bob) = (Person::new("Alice").await, Person::new("Bob").await);
    let (community, channel) = founded(&alice).await;
    let path = format!("/v1/communities/{community}/channels/{channel}");
    let slow = json!({ "slow_mode_s": 3_600 });
    assert_eq!(alice.call("PATCH", &path, slow).await.0, 200);
    joined(&alice, &bob, &community).await;
    let whole = format!("/v1/communities/{community}");
    bob.until(&whole, |c| c["channels"][0]["slow_mode_s"] == 3_600)
        .await;
    let messages = format!("/v1/channels/{channel}/messages");
    let body = json!({ "body": "Salut" });
    let (status, first) = bob.keyed("POST", &messages, "k1", body.clone()).await;
    assert_eq!(status, 201, "{first}");
    let (status, problem) = bob.keyed("POST", &messages, "k2", body.clone()).await;
    assert_eq!((status, &problem["reason"]), (429, &json!("slow-mode")));
    let wait = problem["retry_after_s"].as_u64().unwrap_or_default();
    assert!((3_500..=3_600).contains(&wait), "{problem}");
    let detail = text(&problem["detail"]);
    assert!(detail.contains(&format!("{wait} s")), "{problem}");
    // What was said is answered as before, and may be changed; the owner waits for nothing.
    assert_eq!(
        bob.keyed("POST", &messages, "k1", body.clone()).await,
        (201, first.clone())
    );
    let message = format!("{messages}/{}", text(&first["id"]));
    let edited = json!({ "body": "Salut !" });
    assert_eq!(bob.call("PUT", &message, edited).await.0, 200);
    alice.post(&messages, body.clone()).await;
    alice.post(&messages, body).await;
    let both = bob.until(&messages, |page| bodies(page).len() == 3).await;
    assert_eq!(bodies(&both), ["Salut !", "Salut", "Salut"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unread_in_channels_is_counted_until_it_is_marked_and_after_a_restart() {
    let (alice, bob) = (Person::new("Alice").await, Person::new("Bob").await);
    let (community, channel) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    let messages = format!("/v1/channels/{channel}/messages");
    let b = bob.account().await;
    let mut ids = Vec::new();
    for (body, mentions) in [
        ("one", json!([])),
        ("two", json!([{ "account": b }])),
        ("three", json!(["everyone"])),
    ] {
        let message = json!({ "body": body, "mentions": mentions });
        ids.push(alice.post(&messages, message).await["id"].clone());
    }
    let counts = format!("/v1/communities/{community}/unread");
    let all = |c: &Value| c[0]["unread"] == 3 && c[0]["mentions"] == 2;
    let counted = bob.until(&counts, all).await;
    assert_eq!(counted[0]["channel"], channel);
    assert_eq!(counted[0]["read"], Value::Null);
    // The own words are nothing to read.
    assert_eq!(alice.get(&counts).await[0]["unread"], 0);

    let read = format!("/v1/channels/{channel}/read");
    let (status, _) = bob.call("PUT", &read, json!({ "up_to": ids[1] })).await;
    assert_eq!(status, 204);
    let bob = bob.restarted().await;
    let counted = bob.get(&counts).await;
    assert_eq!(counted[0]["unread"], 1);
    assert_eq!(counted[0]["mentions"], 1);
    assert_eq!(counted[0]["read"]["message"], ids[1]);
    // What was read of channels makes no conversation of two.
    assert_eq!(bob.get("/v1/conversations").await, json!([]));
    let (status, problem) = bob.call("PUT", &read, json!({ "up_to": "x" })).await;
    assert_eq!((status, &problem["field"]), (400, &json!("up_to")));
}
