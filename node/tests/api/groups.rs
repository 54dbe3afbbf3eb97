//! Groups of friends through the API, between real nodes.

use serde_json::{Value, json};

use super::{Person, friends};

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_friend_who_is_asked_into_a_group_comes_in_by_the_message_and_talks() {
    let (alice, bob) = friends().await;
    let (a, b) = (alice.account().await, bob.account().await);
    let new = json!({ "name": "Rando", "people": [b] });
    let group = text(&alice.post("/v1/groups", new).await["id"]);
    let path = format!("/v1/communities/{group}");
    let made = alice.get(&path).await;
    assert_eq!(made["group"], true, "{made}");

    let with_alice = format!("/v1/conversations/{a}/messages");
    let page = bob
        .until(&with_alice, |page| {
            let all = page["messages"].as_array();
            let last = all.and_then(|all| all.last());
            last.is_some_and(|last| text(&last["body"]).starts_with("lescopains:j/1/"))
        })
        .await;
    let last = page["messages"].as_array().and_then(|all| all.last());
    let link = last.map(|last| text(&last["body"]));
    bob.post("/v1/communities/join", json!({ "link": link }))
        .await;
    let seen = bob
        .until(&path, |c| c["standing"] == "in" && c["group"] == true)
        .await;
    let channel = text(&seen["channels"][0]["id"]);
    let messages = format!("/v1/channels/{channel}/messages");
    bob.post(&messages, json!({ "body": "J'apporte le thé" }))
        .await;
    alice
        .until(&messages, |page| {
            page["messages"][0]["body"] == "J'apporte le thé"
        })
        .await;

    // With furniture it is a community; and its past is a rule of the channel.
    let channel = format!("{path}/channels/{channel}");
    let (status, _) = alice
        .call("PATCH", &channel, json!({ "history": { "days": 3 } }))
        .await;
    assert_eq!(status, 200);
    let seen = alice.get(&path).await;
    assert_eq!(seen["channels"][0]["history"], json!({ "days": 3 }));
    let (status, _) = alice
        .call("PATCH", &channel, json!({ "history": null }))
        .await;
    assert_eq!(status, 200);
    alice
        .post(&format!("{path}/channels"), json!({ "name": "photos" }))
        .await;
    let seen = alice.get(&path).await;
    assert_eq!(seen["channels"][0]["history"], Value::Null);
    assert_eq!(seen["group"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_no_contact_is_not_asked_into_a_group_and_none_is_made() {
    let alice = Person::new("Alice").await;
    let bob = Person::new("Bob").await;
    let b = bob.account().await;
    for (people, expected) in [(json!([b]), 404), (json!([]), 400), (json!(["no"]), 400)] {
        let new = json!({ "name": "Rando", "people": people });
        let (status, answer) = alice.call("POST", "/v1/groups", new).await;
        assert_eq!(status, expected, "{answer}");
        assert!(
            answer["code"].is_string() || answer["type"].is_string(),
            "{answer}"
        );
    }
    assert_eq!(alice.get("/v1/communities").await, json!([]));
}
