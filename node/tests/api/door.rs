//! Who gets in, and what a wrong request is told.

use super::*;

/// Wrong requests: method, path and body, then status, field (or `-`) and reason of the answer.
/// TALK is the conversation with OTHER, whom nobody knows; OWN is the own account.
const WRONG: &str = r#"
PATCH /v1/me {"name":""} | 400 name out-of-range
PATCH /v1/me {} | 400 name not-the-expected-json
PATCH /v1/me {"nom":"x"} | 400 nom not-the-expected-json
PATCH /v1/me nonsense | 400 body not-the-expected-json
POST /v1/contacts {} | 400 account one-of-two
POST /v1/contacts {"account":"x"} | 400 account not-an-account-id
POST /v1/contacts {"link":"lescopains:c/1/abc"} | 400 link not-a-contact-link
POST /v1/contacts {"account":"OWN"} | 409 - oneself
POST /v1/contacts {"account":"OTHER"} | 409 - not-in-reach
GET /v1/contacts/OTHER - | 404 - unknown-contact
GET /v1/contacts/%ff - | 400 path not-a-path
POST /v1/contacts/OTHER/accept - | 404 - no-request
POST TALK {"body":"x"} | 404 - unknown-contact
POST TALK {"body":"LONG"} | 400 body out-of-range
POST TALK {"body":"x","reply_to":"y"} | 400 reply_to not-a-message-id
POST TALK {"body":"x","attachment":{"media":"image/png","base64":"%"}} | 400 base64 not-base64
POST TALK {"body":"x","attachment":{"base64":""}} | 400 media not-the-expected-json
GET TALK/nonsense/attachment - | 400 message not-a-message-id
PUT TALK/nonsense {"body":"x"} | 400 message not-a-message-id
GET TALK?limit=0 - | 400 limit out-of-range
GET TALK?limit=many - | 400 query not-a-query
GET TALK?before=x - | 400 before not-a-place
GET /v1/conversations/OTHER - | 404 - unknown-contact
PUT /v1/conversations/OTHER/read {"up_to":"x"} | 400 up_to not-a-message-id
POST /v1/conversations/OTHER/typing - | 404 - unknown-contact
PUT /v1/presence {"presence":"asleep"} | 400 presence not-the-expected-json
PUT /v1/settings {"send_typing":true} | 400 send_read_marks not-the-expected-json
POST /v1/dial {"address":"x"} | 400 address not-an-address
GET /v1/events?after=x - | 400 Last-Event-ID not-an-event-id
GET /v2/me - | 404 - no-such-path
DELETE /v1/me - | 405 - method
PATCH /v1/me LARGE | 413 - body-too-large
POST TALK HUGE | 413 - body-too-large
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_requests_are_told_which_field_and_why() {
    let alice = Person::new("Alice").await;
    let other = protocol::identity::AccountId([9; 32]).to_string();
    let table = WRONG
        .replace("TALK", "/v1/conversations/OTHER/messages")
        .replace("OTHER", &other)
        .replace("OWN", &alice.account().await)
        .replace("LONG", &"x".repeat(20_000))
        .replace("LARGE", &"x".repeat(150_000))
        .replace("HUGE", &"x".repeat(1_700_000));
    for line in table.lines().filter(|line| !line.is_empty()) {
        let (asked, expected) = line.split_once(" | ").unwrap();
        let [method, path, body] = asked.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!()
        };
        let [status, field, reason] = expected.split(' ').collect::<Vec<_>>()[..] else {
            panic!()
        };
        let body = if body == "-" {
            String::new()
        } else {
            body.to_owned()
        };
        let (got, problem) = run(alice.request(method, path).body(body).unwrap()).await;
        let place = format!("{method} {path}: {problem}");
        assert_eq!(got.to_string(), status, "{place}");
        assert_eq!(problem["status"], json!(got), "{place}");
        assert_eq!(problem["field"].as_str().unwrap_or("-"), field, "{place}");
        assert_eq!(problem["reason"], json!(reason), "{place}");
        assert_eq!(
            problem["type"],
            json!(format!("urn:lescopains:problem:{reason}")),
            "{place}"
        );
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty()),
            "{place}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_in_without_the_token() {
    let alice = Person::new("Alice").await;
    let paths = "/v1/me /v1/events /v1/openapi.json /v1/nonsense /metrics";
    for path in paths.split(' ') {
        for token in ["", "Bearer ", "Bearer wrong"] {
            let request = Request::builder()
                .uri(format!("http://{}{path}", alice.node.api()))
                .header("authorization", token);
            let (status, problem) = run(request.body(String::new()).unwrap()).await;
            assert_eq!(
                (status, &problem["field"]),
                (401, &json!("Authorization")),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn the_api_is_for_this_machine_alone() {
    let folder = tempfile::tempdir().unwrap();
    let name = Name::try_from("Alice".to_owned()).unwrap();
    profile::create(
        folder.path(),
        name,
        &Protection::Unprotected,
        storage::Options::default(),
    )
    .unwrap();
    let mut config = NodeConfig::new(folder.path(), Protection::Unprotected);
    config.net = NetConfig {
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        mdns: false,
    };
    config.api = SocketAddr::from(([0, 0, 0, 0], 0));
    let error = Node::start(config).await.unwrap_err();
    assert!(error.to_string().contains("loopback"), "{error}");
    // Nothing of the failed start is left: the profile opens again.
    start(folder.path()).await.stopper().cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_documented_path_is_served_and_every_schema_is_there() {
    let alice = Person::new("Alice").await;
    let document = alice.get("/v1/openapi.json").await;
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 14, "{}", paths.len());
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            if path == "/v1/events" {
                continue; // it never ends
            }
            let concrete = path.replace("{account}", "x").replace("{message}", "x");
            let concrete = concrete.replace("{emoji}", "x");
            let (status, problem) = alice
                .call(&method.to_uppercase(), &concrete, Value::Null)
                .await;
            assert_ne!(problem["reason"], "no-such-path", "{method} {path}");
            assert_ne!(status, 405, "{method} {path}");
        }
    }
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            schemas.contains_key(name),
            "{name} is referred to and not described"
        );
    }
}
