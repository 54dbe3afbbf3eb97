//! Forks of communities through the API, between real nodes.

use protocol::control::join_link::JoinLink;
use serde_json::{Value, json};

use super::friends;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn titles(community: &Value) -> Vec<String> {
    let channels = community["channels"].as_array().into_iter().flatten();
    channels.map(|channel| text(&channel["name"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_was_put_out_forks_and_a_friend_follows_with_their_role() {
    let (alice, bob) = friends().await;
    let (a, b) = (alice.account().await, bob.account().await);
    let new = json!({ "name": "La bande" });
    let old = text(&alice.post("/v1/communities", new).await["id"]);
    let path = format!("/v1/communities/{old}");
    for name in ["général", "photos"] {
        let new = json!({ "name": name, "place": 1 });
        alice.post(&format!("{path}/channels"), new).await;
    }
    let invite = alice.post(&format!("{path}/invites"), json!({})).await;
    bob.post("/v1/communities/join", json!({ "link": invite["link"] }))
        .await;
    let seen = bob.until(&path, |c| c["standing"] == "in").await;
    assert_eq!(seen["forked_from"], Value::Null);

    let kick = json!({ "reason": "non" });
    alice.post(&format!("{path}/members/{b}/kick"), kick).await;
    let seen = bob.until(&path, |c| c["standing"] == "removed").await;
    let fork = json!({ "name": "La bande, sans chef", "ask": [a] });
    let (status, made) = bob
        .keyed("POST", &format!("{path}/fork"), "partir", fork.clone())
        .await;
    assert_eq!(status, 201, "{made}");
    let again = bob
        .keyed("POST", &format!("{path}/fork"), "partir", fork)
        .await;
    assert_eq!(again, (201, made.clone()));
    let new = format!("/v1/communities/{}", text(&made["id"]));
    let shown = bob.get(&new).await;
    assert_eq!(shown["name"], "La bande, sans chef");
    assert_eq!(shown["forked_from"], json!(old));
    assert_eq!(shown["owner"], json!(b));
    assert_eq!(titles(&shown), titles(&seen));

    // Alice is asked over like anybody.
    let with_bob = format!("/v1/conversations/{b}/messages");
    // By the same invite; the link that is told to contacts names no address.
    let invite = |link: &Value| {
        let link = text(link).parse::<JoinLink>().ok()?;
        Some((link.community(), link.invite()))
    };
    assert!(invite(&made["link"]).is_some(), "{made}");
    let page = alice
        .until(&with_bob, |page| {
            let all = page["messages"].as_array();
            let last = all.and_then(|all| all.last());
            last.is_some_and(|last| invite(&last["body"]) == invite(&made["link"]))
        })
        .await;
    let last = page["messages"].as_array().and_then(|all| all.last());
    let link = last.map(|last| text(&last["body"]));
    alice
        .post("/v1/communities/join", json!({ "link": link }))
        .await;
    let seen = alice.until(&new, |c| c["standing"] == "in").await;
    assert_eq!(seen["power"], json!([]));
    assert_eq!(alice.get(&path).await["standing"], "in");

    // It outlives a restart.
    let bob = bob.restarted().await;
    let shown = bob.get(&new).await;
    assert_eq!(shown["forked_from"], json!(old));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_has_their_role_and_power_only_if_the_forker_says_so() {
    let (alice, bob) = friends().await;
    let (a, b) = (alice.account().await, bob.account().await);
    let new = json!({ "name": "La bande" });
    let old = text(&alice.post("/v1/communities", new).await["id"]);
    let path = format!("/v1/communities/{old}");
    let invite = alice.post(&format!("{path}/invites"), json!({})).await;
    bob.post("/v1/communities/join", json!({ "link": invite["link"] }))
        .await;
    bob.until(&path, |c| c["standing"] == "in").await;
    for (name, bits) in [("rouge", json!([])), ("garde", json!(["kick"]))] {
        let new = json!({ "name": name, "position": 5, "bits": bits });
        let role = text(&alice.post(&format!("{path}/roles"), new).await["id"]);
        let given = format!("{path}/members/{b}/roles/{role}");
        let (status, _) = alice.call("PUT", &given, Value::Null).await;
        assert_eq!(status, 200);
    }
    bob.until(&path, |c| c["power"] == json!(["kick"])).await;
    for (with_powers, power) in [(false, json!([])), (true, json!(["kick"]))] {
        let fork = json!({ "with_powers": with_powers });
        let made = alice.post(&format!("{path}/fork"), fork).await;
        bob.post("/v1/communities/join", json!({ "link": made["link"] }))
            .await;
        let new = format!("/v1/communities/{}", text(&made["id"]));
        let role = 1 + usize::from(with_powers);
        let roles = |c: &Value| {
            let members = c["members"].as_array().into_iter().flatten();
            let bob = members.filter(|member| member["account"] == json!(b));
            bob.filter_map(|member| member["roles"].as_array().map(Vec::len))
                .sum::<usize>()
        };
        let seen = bob
            .until(&new, |c| c["standing"] == "in" && roles(c) == role)
            .await;
        assert_eq!(seen["power"], power);
        assert_eq!(seen["owner"], json!(a));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_forked_is_refused_by_reason_and_nothing_is_made() {
    let (alice, bob) = friends().await;
    let b = bob.account().await;
    let new = json!({ "name": "La bande" });
    let old = text(&alice.post("/v1/communities", new).await["id"]);
    let path = format!("/v1/communities/{old}/fork");
    for (who, body, expected, code) in [
        (&bob, json!({}), 404, "unknown-community"),
        (&alice, json!({ "name": " " }), 400, "out-of-range"),
        (&alice, json!({ "ask": ["no"] }), 400, "not-an-account-id"),
        (&alice, json!({ "ask": [b, b] }), 404, "unknown-contact"),
        (
            &alice,
            json!({ "host": true }),
            400,
            "not-the-expected-json",
        ),
    ] {
        let (status, answer) = who.call("POST", &path, body).await;
        assert_eq!(status, expected, "{answer}");
        let kind = format!("urn:lescopains:problem:{code}");
        assert_eq!(answer["type"], json!(kind), "{answer}");
    }
    let all = alice.get("/v1/communities").await;
    assert_eq!(all.as_array().map(Vec::len), Some(1));
}
