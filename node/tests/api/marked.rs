//! What is pinned in a channel, and what is said in a thread, through the API.

use serde_json::{Value, json};

use super::Person;
use super::communities::{bodies, founded, joined, text};

/// Pins, or unpins; gives the status and the answer.
async fn pin(person: &Person, messages: &str, id: &str, on: bool) -> (u16, Value) {
    let path = format!("{messages}/{id}/pin");
    person.call("PUT", &path, json!({ "on": on })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pinned_is_listed_as_it_was_pinned_until_it_is_gone() {
    let (alice, bob) = (Person::new("Alice").await, Person::new("Bob").await);
    let (community, channel) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    let messages = format!("/v1/channels/{channel}/messages");
    let pins = format!("/v1/channels/{channel}/pins");
    let mut ids = Vec::new();
    for body in ["one", "two", "three", "four"] {
        let said = alice.post(&messages, json!({ "body": body })).await;
        ids.push(text(&said["id"]));
    }
    for at in [2, 0, 3, 1] {
        assert_eq!(pin(&alice, &messages, &ids[at], true).await.0, 200);
    }
    let wanted = ["three", "one", "four", "two"];
    assert_eq!(bodies(&alice.get(&pins).await), wanted);
    let seen = bob.until(&pins, |page| bodies(page) == wanted).await;
    assert_eq!(seen["messages"][0]["community"], community);
    assert_eq!(pin(&alice, &messages, &ids[0], false).await.0, 200);
    let path = format!("{messages}/{}", ids[3]);
    assert_eq!(alice.call("DELETE", &path, Value::Null).await.0, 200);
    let left = ["three", "two"];
    assert_eq!(bodies(&alice.get(&pins).await), left);
    bob.until(&pins, |page| bodies(page) == left).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_has_a_hundred_pins_and_no_more() {
    let alice = Person::new("Alice").await;
    let (_, channel) = founded(&alice).await;
    let messages = format!("/v1/channels/{channel}/messages");
    let mut ids = Vec::new();
    for _ in 0..=100 {
        let said = alice.post(&messages, json!({ "body": "x" })).await;
        ids.push(text(&said["id"]));
    }
    for id in &ids[..100] {
        assert_eq!(pin(&alice, &messages, id, true).await.0, 200);
    }
    let (status, problem) = pin(&alice, &messages, &ids[100], true).await;
    assert_eq!((status, &problem["reason"]), (429, &json!("full")));
    // One that is pinned may be said to be so again; and where one goes there is room for another.
    assert_eq!(pin(&alice, &messages, &ids[0], true).await.0, 200);
    assert_eq!(pin(&alice, &messages, &ids[7], false).await.0, 200);
    assert_eq!(pin(&alice, &messages, &ids[100], true).await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_is_read_by_itself_with_what_it_is_under() {
    let alice = Person::new("Alice").await;
    let (community, channel) = founded(&alice).await;
    let messages = format!("/v1/channels/{channel}/messages");
    let say = |body: &'static str, thread: Option<String>| {
        let message = json!({ "body": body, "thread": thread });
        let (alice, messages) = (&alice, &messages);
        async move { text(&alice.post(messages, message).await["id"]) }
    };
    let root = say("root", None).await;
    say("beside", None).await;
    say("first", Some(root.clone())).await;
    say("second", Some(root.clone())).await;
    let thread = format!("/v1/channels/{channel}/threads/{root}");
    let whole = alice.get(&thread).await;
    assert_eq!(bodies(&whole), ["root", "first", "second"]);
    assert_eq!(whole["messages"][0]["community"], community);
    let newest = alice.get(&format!("{thread}?limit=1")).await;
    assert_eq!(
        (bodies(&newest), &newest["more"]),
        (vec!["second".to_owned()], &json!(true))
    );
    let place = text(&newest["messages"][0]["place"]);
    let older = alice.get(&format!("{thread}?before={place}")).await;
    assert_eq!(bodies(&older), ["root", "first"]);
    let wrong = format!("/v1/channels/{channel}/threads/x");
    let (status, problem) = alice.call("GET", &wrong, Value::Null).await;
    assert_eq!((status, &problem["field"]), (400, &json!("message")));
}
