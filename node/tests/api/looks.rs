//! What a community looks like to its members: its picture, and who of them is there.

use protocol::control::join_link::JoinLink;
use protocol::identity::Hints;

use super::communities::{founded, joined, text};
use super::refused::refused;
use super::*;

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n of friends";

/// What the picture of a community is served as.
async fn fetched(person: &Person, path: &str) -> (String, Vec<u8>) {
    let request = person.request("GET", path).body(()).unwrap();
    let fetched = tokio::task::spawn_blocking(move || {
        let mut answer = ureq::run(request).unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap();
        let kind = kind.to_owned();
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        (kind, answer.body_mut().read_to_vec().unwrap())
    });
    fetched.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_has_a_picture_that_every_member_gets() {
    let alice = Person::new("Alice").await;
    let bob = Person::new("Bob").await;
    let (community, _) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    let path = format!("/v1/communities/{community}");
    let picture = format!("{path}/icon");
    refused(
        &bob,
        ("GET", picture.clone()),
        Value::Null,
        (404, "no-icon", None),
    )
    .await;
    let given = json!({ "icon": BASE64.encode(PICTURE) });
    refused(
        &bob,
        ("PATCH", path.clone()),
        given.clone(),
        (403, "not-permitted", None),
    )
    .await;
    assert_eq!(alice.call("PATCH", &path, given).await.0, 200);
    let has = |community: &Value| community["icon"].is_string();
    bob.until(&path, has).await;
    for person in [&alice, &bob] {
        let served = fetched(person, &picture).await;
        assert_eq!(served, ("image/png".to_owned(), PICTURE.to_vec()));
    }
    let large = [PICTURE, &[0; 6 * 1024]].concat();
    for (given, reason) in [
        ("%".to_owned(), "not-base64"),
        (BASE64.encode(b"GIF89a"), "not-a-picture"),
        (BASE64.encode(&large), "out-of-range"),
    ] {
        let asked = ("PATCH", path.clone());
        let wanted = (400, reason, Some("icon"));
        refused(&alice, asked, json!({ "icon": given }), wanted).await;
    }
    let none = json!({ "icon": null });
    assert_eq!(alice.call("PATCH", &path, none).await.0, 200);
    bob.until(&path, |community| !has(community)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_see_which_of_them_are_there() {
    let alice = Person::new("Alice").await;
    let bob = Person::new("Bob").await;
    let (community, _) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    let path = format!("/v1/communities/{community}");
    let (a, b) = (alice.account().await, bob.account().await);
    let presence = |community: &Value, who: &str| {
        let members = community["members"].as_array().into_iter().flatten();
        let mut members = members.filter(|member| member["account"] == who);
        members.next().map(|member| member["presence"].clone())
    };
    bob.until(&path, |one| presence(one, &a) == Some(json!("online")))
        .await;
    let away = json!({ "presence": "away" });
    assert_eq!(alice.call("PUT", "/v1/presence", away).await.0, 204);
    bob.until(&path, |one| presence(one, &a) == Some(json!("away")))
        .await;
    let own = presence(&alice.get(&path).await, &a);
    assert_eq!(own, Some(json!("away")));
    bob.node.stopper().cancel();
    alice
        .until(&path, |one| presence(one, &b) == Some(Value::Null))
        .await;
}

/// Nobody waits without knowing for whom.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_to_be_let_in_sees_whom_that_reaches() {
    let alice = Person::new("Alice").await;
    let bob = Person::new("Bob").await;
    let cleo = Person::new("Cleo").await;
    let (community, _) = founded(&alice).await;
    let path = format!("/v1/communities/{community}");
    let made = alice
        .post(&format!("{path}/invites"), json!({ "uses": 1 }))
        .await;
    // An older one, which names no address: Bob would be in before anybody looked.
    let link = text(&made["link"]).parse::<JoinLink>().unwrap();
    let link = JoinLink::new(link.community(), link.invite(), &link.key(), Hints::None);
    let link = json!({ "link": link.unwrap().to_string() });
    bob.post("/v1/communities/join", link).await;
    let seen = |one: &Value| {
        let joining = &one["joining"];
        [&joining["knocked"], &joining["answered"]].map(|number| number.as_u64())
    };
    bob.until(&path, |one| seen(one) == [Some(0), Some(0)])
        .await;
    bob.dial(&cleo).await;
    bob.until(&path, |one| seen(one) == [Some(1), Some(0)])
        .await;
    bob.dial(&alice).await;
    let joined = bob.until(&path, |one| one["standing"] == "in").await;
    assert!(joined["joining"].is_null(), "{joined}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn channels_stand_in_the_order_in_which_they_were_made() {
    let alice = Person::new("Alice").await;
    let (community, _) = founded(&alice).await;
    let path = format!("/v1/communities/{community}");
    for name in ["b", "a", "d", "c"] {
        let made = json!({ "name": name });
        alice.post(&format!("{path}/channels"), made).await;
    }
    let shown = alice.get(&path).await;
    let channels = shown["channels"].as_array().into_iter().flatten();
    let names: Vec<_> = channels.map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["général", "b", "a", "d", "c"]);
}

/// Nothing else needs to happen for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invite_is_over_when_its_time_is() {
    let alice = Person::new("Alice").await;
    let (community, _) = founded(&alice).await;
    let path = format!("/v1/communities/{community}");
    let made = json!({ "uses": 1, "lasts_s": 1 });
    alice.post(&format!("{path}/invites"), made).await;
    let over = |one: &Value| one["invites"][0]["over"].clone();
    alice.until(&path, |one| over(one) == "expired").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_goes_back_to_the_founding_page_by_page() {
    let alice = Person::new("Alice").await;
    let (community, _) = founded(&alice).await;
    let path = format!("/v1/communities/{community}");
    for turn in 0..205 {
        let topic = json!({ "topic": turn.to_string() });
        assert_eq!(alice.call("PATCH", &path, topic).await.0, 200);
    }
    let ids = |page: &Value| {
        let lines = page.as_array().into_iter().flatten();
        lines.map(|line| line["id"].clone()).collect::<Vec<_>>()
    };
    let newest = ids(&alice.get(&format!("{path}/audit")).await);
    assert_eq!(newest.len(), 200);
    let before = |id: &Value| format!("{path}/audit?before={}", id.as_str().unwrap());
    let older = alice.get(&before(&newest[199])).await;
    let kinds = older.as_array().into_iter().flatten();
    let kinds: Vec<_> = kinds.map(|line| line["kind"].clone()).collect();
    assert_eq!(kinds.last(), Some(&json!("found")));
    assert_eq!(alice.get(&path).await["ops"], 200 + kinds.len());
    let all = ids(&older);
    assert!(all.iter().all(|id| !newest.contains(id)));
    // Within a page as well, and nothing before the founding or what nobody knows.
    let second = alice.get(&before(&newest[0])).await;
    assert_eq!(ids(&second)[..199], newest[1..]);
    assert_eq!(alice.get(&before(&all[all.len() - 1])).await, json!([]));
    let (status, problem) = alice
        .call("GET", &format!("{path}/audit?before=x"), Value::Null)
        .await;
    assert_eq!((status, &problem["field"]), (400, &json!("before")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_is_shown_to_whom_it_is_made_until_it_is_taken_or_taken_back() {
    let alice = Person::new("Alice").await;
    let bob = Person::new("Bob").await;
    let (community, _) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    let path = format!("/v1/communities/{community}");
    let (a, b) = (alice.account().await, bob.account().await);
    let offered = |one: &Value| one["offer"]["to"].as_str().map(ToOwned::to_owned);
    assert_eq!(offered(&alice.get(&path).await), None);
    let transfer = format!("{path}/transfer");
    let offer = |to: &str| alice.post(&transfer, json!({ "to": to }));
    offer(&b).await;
    bob.until(&path, |one| offered(one).as_ref() == Some(&b))
        .await;
    offer(&a).await;
    bob.until(&path, |one| offered(one).is_none()).await;
    offer(&b).await;
    let shown = bob.until(&path, |one| offered(one).is_some()).await;
    let take = json!({ "transfer": shown["offer"]["id"] });
    bob.post(&format!("{path}/accept"), take).await;
    let shown = alice.until(&path, |one| one["owner"] == b.as_str()).await;
    assert_eq!(offered(&shown), None);
}

/// Nobody can be kept from speaking to the others, but nobody has to read it, or to be called by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_blocked_say_in_a_channel_is_marked_and_waits_for_nobody() {
    let alice = Person::new("Alice").await;
    let bob = Person::new("Bob").await;
    let cleo = Person::new("Cleo").await;
    let (community, channel) = founded(&alice).await;
    joined(&alice, &bob, &community).await;
    joined(&alice, &cleo, &community).await;
    bob.dial(&cleo).await;
    let (a, b) = (alice.account().await, bob.account().await);
    let messages = format!("/v1/channels/{channel}/messages");
    let unread = format!("/v1/communities/{community}/unread");
    let waits = |all: &Value| {
        let one = all.as_array().into_iter().flatten();
        let mut one = one.filter(|one| one["channel"] == channel);
        let one = one.next().cloned().unwrap_or_default();
        [one["unread"].as_u64(), one["mentions"].as_u64()]
    };
    let named = json!({ "body": "Bob !", "mentions": [{ "account": b }] });
    alice.post(&messages, named.clone()).await;
    bob.until(&unread, |all| waits(all) == [Some(1), Some(1)])
        .await;
    let block = format!("/v1/contacts/{a}/block");
    assert_eq!(bob.call("POST", &block, Value::Null).await.0, 204);
    bob.until(&unread, |all| waits(all) == [Some(0), Some(0)])
        .await;

    let mut heard = Stream::open(&bob, None).await;
    alice.post(&messages, named).await; // which comes by Cleo
    let told = loop {
        let (next, _, name, data) = heard.next().await;
        if name == "message" {
            break data;
        }
        heard = next;
    };
    let marked = (
        &told["message"]["author"],
        &told["message"]["author_blocked"],
    );
    assert_eq!(marked, (&json!(a), &json!(true)));
    cleo.post(&messages, json!({ "body": "Salut" })).await;
    let page = bob
        .until(&messages, |page| page["messages"][2].is_object())
        .await;
    let folded = [0, 1, 2].map(|at| page["messages"][at]["author_blocked"] == true);
    assert_eq!(folded, [true, true, false]);
    assert_eq!(waits(&bob.get(&unread).await), [Some(1), Some(0)]);
    let shown = bob.get(&format!("/v1/communities/{community}")).await;
    let members = shown["members"].as_array().into_iter().flatten();
    let blocked = members.filter(|member| member["blocked"] == true);
    let blocked: Vec<_> = blocked.map(|member| &member["account"]).collect();
    assert_eq!(blocked, [&json!(a)]);
    // The others see nothing of it.
    let page = cleo.get(&messages).await;
    assert_eq!(page["messages"][0]["author_blocked"], Value::Null);

    let unblock = format!("/v1/contacts/{a}/unblock");
    assert_eq!(bob.call("POST", &unblock, Value::Null).await.0, 204);
    bob.until(&unread, |all| waits(all) == [Some(3), Some(2)])
        .await;
}
