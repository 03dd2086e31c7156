//! How fast a key may ask, and what it is told about it.

use http::{Method, StatusCode};
use portcullis_store::{Environment, NewKey, Role};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::support::{Answer, TestApp};
use crate::ApiConfig;

const HEADERS: [&str; 4] = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "ratelimit",
    "ratelimit-policy",
];

/// Two requests a minute: half a minute has to pass before there is another one.
async fn slow() -> TestApp {
    let config = ApiConfig {
        requests_per_minute: 2,
        ..ApiConfig::default()
    };
    TestApp::start_with(config).await
}

fn told(answer: &Answer) -> [&str; 4] {
    HEADERS.map(|name| answer.header(name))
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_told_when_to_come_back() {
    let app = slow().await;
    let units = async |key: &str| app.call(Method::GET, "/v1/units/", key, None).await;
    let first = units(&app.read).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(told(&first)[..2], ["2", "1"]);
    assert!(first.header("ratelimit").starts_with("\"minute\";r=1;t="));
    assert_eq!(first.header("ratelimit-policy"), "\"minute\";q=2;w=60");
    // An answer of any kind counts, and tells.
    let missing = app
        .call(Method::GET, "/v1/units/none", &app.read, None)
        .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(told(&missing)[..2], ["2", "0"]);
    let refused = units(&app.read).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("too_many_requests"))
    );
    assert_eq!(told(&refused)[..2], ["2", "0"]);
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    // Another key has its own requests.
    assert_eq!(told(&units(&app.admin).await)[1], "1");
    // Whoever has no good key has no limit to be told of, and what takes no key has none.
    for answer in [units("").await, app.get("/healthz").await] {
        assert_eq!(told(&answer), [""; 4]);
    }
}

#[tokio::test]
async fn a_key_may_have_a_limit_of_its_own_and_keeps_its_count_when_it_changes() {
    let app = slow().await;
    let own = NewKey {
        requests_per_minute: Some(3),
        ..NewKey::new(&app.account, "own", Environment::Sandbox, Role::Read)
    };
    let (row, key) = app.store.create_key(own).await.unwrap();
    let key = key.expose_secret();
    let left = async || {
        let answer = app.call(Method::GET, "/v1/units/", key, None).await;
        assert_eq!(answer.header("x-ratelimit-limit"), "3", "{}", answer.text);
        (
            answer.status.as_u16(),
            answer.header("x-ratelimit-remaining").to_owned(),
        )
    };
    assert_eq!(left().await, (200, "2".to_owned()));
    let overlap = std::time::Duration::from_secs(60);
    app.store
        .rotate_key(&app.account, &row.id, overlap)
        .await
        .unwrap();
    for expected in [(200, "1"), (200, "0"), (429, "0")] {
        // The key is taken in anew each time: its end has changed.
        app.state.look().await;
        assert_eq!(left().await, (expected.0, expected.1.to_owned()));
    }
}

#[tokio::test]
async fn without_a_limit_nothing_is_counted_and_nothing_told() {
    let config = ApiConfig {
        requests_per_minute: 0,
        ..ApiConfig::default()
    };
    let app = TestApp::start_with(config).await;
    let answer = app.get("/v1/units/").await;
    assert_eq!((answer.status, told(&answer)), (StatusCode::OK, [""; 4]));
}

#[tokio::test]
async fn what_is_refused_for_the_limit_does_nothing() {
    let app = slow().await;
    for expected in [201, 201, 429] {
        let body = Some(json!({"name": "another"}));
        let answer = app
            .call(Method::POST, "/v1/admin/api-keys/", &app.admin, body)
            .await;
        assert_eq!(answer.status.as_u16(), expected, "{}", answer.text);
    }
    assert_eq!(app.actions().await, ["key.create", "key.create"]);
}
