//! What two people write to each other, and each of them to themselves.

use super::*;

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
