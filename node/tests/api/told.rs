//! What a node tells by itself: its event stream and its metrics.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_event_stream_is_taken_up_where_it_was_left() {
    let alice = Person::new("Alice").await;
    let stream = Stream::open(&alice, None).await;
    let rename = |name: &'static str| alice.call("PATCH", "/v1/me", json!({ "name": name }));
    assert_eq!(rename("Bertha").await.0, 204);
    let (_stream, id, name, data) = stream.next().await;
    assert_eq!(
        (name.as_str(), &data["kind"], &data["name"]),
        ("me", &json!("me"), &json!("Bertha"))
    );
    assert_eq!(rename("Carla").await.0, 204);
    let stream = Stream::open(&alice, Some(&id)).await;
    let (stream, second, _, data) = stream.next().await;
    assert_eq!(data["name"], "Carla");
    drop(stream);

    // After a restart the stream begins with a gap, and goes on with what is new.
    let alice = alice.restarted().await;
    let stream = Stream::open(&alice, Some(&second)).await;
    let (stream, gap, name, _) = stream.next().await;
    assert_eq!(name, "gap");
    assert_ne!(gap.split('-').next(), second.split('-').next());
    let (status, _) = alice
        .call("PATCH", "/v1/me", json!({ "name": "Dora" }))
        .await;
    assert_eq!(status, 204);
    let (_stream, _, _, data) = stream.next().await;
    assert_eq!(data["name"], "Dora");
    // A node that stops does not wait for its listeners.
    let begun = Instant::now();
    alice.node.stopper().cancel();
    alice.node.stopped().await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_millis(1_500),
        "{:?}",
        begun.elapsed()
    );
}

/// What `/metrics` says.
async fn metrics(person: &Person) -> String {
    let request = person.request("GET", "/metrics").body(()).unwrap();
    let scrape = tokio::task::spawn_blocking(move || {
        let mut answer = ureq::run(request).unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap();
        assert_eq!(kind, "text/plain; version=0.0.4");
        answer.body_mut().read_to_string().unwrap()
    });
    scrape.await.unwrap()
}

/// The value of a sample, by its name with its labels.
fn sample(text: &str, name: &str) -> f64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = line.unwrap_or_else(|| panic!("no {name} in\n{text}"));
    value.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scraper_reads_what_a_running_pair_did() {
    let (alice, bob) = friends().await;
    let to_bob = format!("/v1/conversations/{}/messages", bob.account().await);
    let nobody = json!({ "address": "/ip4/127.0.0.1/tcp/1" });
    assert_eq!(bob.call("POST", "/v1/dial", nobody).await.0, 502);
    alice.post(&to_bob, json!({ "body": "hello" })).await;
    alice.until(&to_bob, |page| is_delivered(page, 1)).await;
    let (of_alice, of_bob) = (metrics(&alice).await, metrics(&bob).await);
    for text in [&of_alice, &of_bob] {
        for (name, value) in [
            ("contacts{standing=\"accepted\"}", 1.0),
            ("contacts{standing=\"blocked\"}", 0.0),
            ("links", 1.0),
            ("store_writable", 1.0),
            ("outbox_messages", 0.0),
        ] {
            let name = format!("lescopains_{name}");
            assert_eq!(sample(text, &name), value, "{name} in\n{text}");
        }
        for name in [
            "build_info{version=\"0.1.0\"}",
            "commits_total",
            "batches_total",
            "events_total",
            "net_frames_total{direction=\"in\"}",
            "net_bytes_total{direction=\"out\"}",
            "uptime_seconds",
        ] {
            let name = format!("lescopains_{name}");
            assert!(sample(text, &name) > 0.0, "{name} in\n{text}");
        }
    }
    let dials = |text: &str, result| {
        let name = format!("lescopains_dials_total{{result=\"{result}\"}}");
        sample(text, &name)
    };
    assert_eq!((dials(&of_bob, "ok"), dials(&of_bob, "failed")), (1.0, 1.0));
    assert_eq!(
        (dials(&of_alice, "ok"), dials(&of_alice, "failed")),
        (0.0, 0.0)
    );

    // What cannot be delivered waits, and is counted.
    bob.node.stopper().cancel();
    bob.node.stopped().await.unwrap();
    alice
        .until("/v1/health", |health| health["links"] == 0)
        .await;
    alice
        .post(&to_bob, json!({ "body": "are you there?" }))
        .await;
    let text = metrics(&alice).await;
    assert_eq!(sample(&text, "lescopains_links"), 0.0);
    assert_eq!(sample(&text, "lescopains_outbox_messages"), 1.0);
    assert!(sample(&text, "lescopains_cached_rows") > 0.0);
}

/// Every label that there may be. A new one is added here by somebody who thought about it.
const LABELS: &str = "version=0.1.0 standing=asking standing=asked standing=asks \
    standing=accepted standing=blocked during=commit during=load result=ok result=failed \
    direction=in direction=out reason=malformed reason=slow";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_well_formed_and_name_nobody() {
    let (alice, bob) = friends().await;
    let to_bob = format!("/v1/conversations/{}/messages", bob.account().await);
    let said = alice
        .post(&to_bob, json!({ "body": "quite private" }))
        .await;
    alice.until(&to_bob, |page| is_delivered(page, 1)).await;
    let text = metrics(&alice).await;
    let mut kinds = std::collections::BTreeMap::new();
    for line in text.lines() {
        let words: Vec<_> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", _, help] => assert!(!help.is_empty(), "{line}"),
            ["#", "TYPE", name, kind] => assert_eq!(kinds.insert(name, kind), None, "{line}"),
            [series, value] => {
                let (name, label) = series.split_once('{').unwrap_or((series, ""));
                let is_counter = name.ends_with("_total");
                let kind = if is_counter { "counter" } else { "gauge" };
                assert!(name.starts_with("lescopains_"), "{line}");
                assert_eq!(kinds.get(name), Some(&kind), "{line}");
                assert!(value.parse::<f64>().is_ok(), "{line}");
                let label = label.replace(['"', '}'], "");
                let known = LABELS.split_whitespace().any(|known| known == label);
                assert!(known || label.is_empty(), "an unknown label: {line}");
            }
            _ => panic!("not a line of the format: {line}"),
        }
    }
    let mut secrets = vec!["quite private".to_owned(), "127.0.0.1".to_owned()];
    secrets.push(said["id"].as_str().unwrap().to_owned());
    for person in [&alice, &bob] {
        let token = std::fs::read_to_string(person.folder.path().join(TOKEN_FILE)).unwrap();
        secrets.push(token.trim().to_owned());
        secrets.push(person.folder.path().display().to_string());
        let (me, health) = (person.get("/v1/me").await, person.get("/v1/health").await);
        let fields = [&me["account"], &me["device"], &me["name"], &me["link"]];
        let listening = health["listening"].as_array().unwrap();
        let fields = fields.into_iter().chain(listening);
        secrets.extend(fields.map(|field| field.as_str().unwrap().to_owned()));
    }
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} in\n{text}");
    }
}
