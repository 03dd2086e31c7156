//! What a caller may ask of the cache: a coding, a fresh answer, an answer that is not kept; and the short way to a hit.

use std::time::Duration;

use chrono::Utc;
use http::StatusCode;
use portcullis_store::{Environment, NewKey, Role};
use secrecy::ExposeSecret as _;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use tower::Service as _;

use super::support::TestApp;
use crate::{Answering, ApiConfig};

const UNITS: &str = "/v1/units/?limit=50";

/// A gateway with units to tell of, their answer so large that it is worth compressing.
async fn with_units(config: ApiConfig) -> TestApp {
    let app = TestApp::start_with(config).await;
    app.enabled().await;
    let units: Vec<(String, serde_json::Value)> = (0..20)
        .map(|n| (n.to_string(), json!({"number": "old"})))
        .collect();
    let units: Vec<(&str, serde_json::Value)> = units
        .iter()
        .map(|(id, doc)| (id.as_str(), doc.clone()))
        .collect();
    app.finish_sync(&units).await;
    app.state.look().await;
    app
}

/// What the vendor never told of: only an answer made anew shows it.
async fn change_behind_the_back(app: &TestApp, number: &str) {
    let mut connection = PgConnection::connect_with(&app.database.options())
        .await
        .unwrap();
    sqlx::query("update record set doc = jsonb_set(doc, '{number}', to_jsonb($1::text))")
        .bind(number)
        .execute(&mut connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_caller_is_given_the_coding_that_it_likes_under_a_tag_of_its_own() {
    let app = with_units(ApiConfig::default()).await;
    let ask = async |headers: &[(&str, &str)]| {
        let answer = app.send(app.asking(UNITS, &app.admin, headers)).await;
        assert_eq!(answer.header("vary"), "authorization, accept-encoding");
        answer
    };
    let plain = ask(&[]).await;
    assert_eq!(plain.header("content-encoding"), "");
    // The first makes the form, the others find it.
    for _ in 0..3 {
        let gzip = ask(&[("accept-encoding", "br;q=1, gzip;q=0.5")]).await;
        assert_eq!(gzip.header("content-encoding"), "gzip");
        assert!(gzip.header("cache-status").contains("hit"));
        assert_eq!(gzip.text, plain.text);
        assert_ne!(gzip.header("etag"), plain.header("etag"));
        assert!(gzip.header("etag").starts_with('"'));
    }
    let gzip = ask(&[("accept-encoding", "gzip")]).await;
    for refused in ["gzip;q=0", "identity", "br"] {
        let answer = ask(&[("accept-encoding", refused)]).await;
        assert_eq!(answer.header("content-encoding"), "", "{refused}");
        assert_eq!(answer.header("etag"), plain.header("etag"));
    }
    for known in [&plain, &gzip] {
        for accepted in ["gzip", "identity"] {
            let tag = known.header("etag");
            let answer = ask(&[("accept-encoding", accepted), ("if-none-match", tag)]).await;
            assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
            assert_eq!(answer.header("etag"), tag, "the caller's copy is named");
            assert_eq!(answer.text, "");
        }
    }
    let small = app
        .send(app.asking(
            "/v1/units/?limit=1&fields=id",
            &app.admin,
            &[("accept-encoding", "gzip")],
        ))
        .await;
    assert_eq!(small.header("content-encoding"), "", "{}", small.text);
}

#[tokio::test]
async fn a_fresh_answer_is_made_and_kept_so_many_times_a_minute() {
    let app = with_units(ApiConfig {
        no_cache_per_minute: 2,
        ..ApiConfig::default()
    })
    .await;
    let ask = async |key: &str, control: &str| {
        let request = app.asking(UNITS, key, &[("cache-control", control)]);
        let answer = app.send(request).await;
        let number = answer.json()["results"][0]["number"].clone();
        (answer.header("cache-status").to_owned(), number)
    };
    app.get(UNITS).await;
    for number in ["first", "second"] {
        change_behind_the_back(&app, number).await;
        let (status, seen) = ask(&app.admin, "no-cache").await;
        assert_eq!(status, "portcullis; fwd=request; stored");
        assert_eq!(seen, number);
        // Everybody else is given the new one, too.
        let kept = app.get(UNITS).await;
        assert!(kept.header("cache-status").contains("hit"));
        assert_eq!(kept.json()["results"][0]["number"], number);
    }
    change_behind_the_back(&app, "third").await;
    let (status, seen) = ask(&app.admin, "no-cache").await;
    assert!(
        status.starts_with("portcullis; hit; ttl=") && status.ends_with("; detail=no-cache-quota"),
        "{status}"
    );
    assert_eq!(seen, "second");

    // What is made for one who wants nothing kept is not; what is kept may be given.
    let (status, seen) = ask(&app.read, "no-store").await;
    assert_eq!(
        (status.as_str(), seen),
        ("portcullis; fwd=bypass; detail=no-store", json!("third"))
    );
    let (status, seen) = ask(&app.admin, "no-store").await;
    assert!(status.contains("hit") && seen == "second", "{status}");

    // Another key has a quota of its own.
    let other = app.key(&app.account, Environment::Sandbox, Role::Admin);
    let (status, seen) = ask(&other.await.1, "no-cache").await;
    assert_eq!(
        (status.as_str(), seen),
        ("portcullis; fwd=request; stored", json!("third"))
    );
}

#[tokio::test]
async fn the_short_way_gives_what_the_long_one_would_and_only_while_that_is_so() {
    let app = with_units(ApiConfig::default()).await;
    let short = |path: &str, key: &str, headers: &[(&str, &str)]| {
        let answering = app.front.clone().call(app.asking(path, key, headers));
        matches!(answering, Answering::Short(_))
    };
    assert!(!short(UNITS, &app.admin, &[]));
    let first = app.get(UNITS).await;
    assert!(short(UNITS, &app.admin, &[]));
    let second = app.get(UNITS).await;
    assert_eq!((second.status, &second.text), (StatusCode::OK, &first.text));
    for name in [
        "etag",
        "vary",
        "content-type",
        "cache-control",
        "x-data-as-of",
    ] {
        assert_eq!(first.header(name), second.header(name), "{name}");
    }
    assert!(second.header("cache-status").contains("hit"));
    assert!(second.header("x-request-id").starts_with("req_"));
    let own = app.asking(UNITS, &app.admin, &[("x-request-id", "mine-1")]);
    assert_eq!(app.send(own).await.header("x-request-id"), "mine-1");
    let metrics = app.get("/metrics").await.text;
    assert!(
        metrics.contains(
            "portcullis_http_requests_total{method=\"GET\",route=\"/v1/units/\",status=\"200\"} 4"
        ),
        "every hit counts: {metrics}"
    );

    // Anything else is for the long way.
    assert!(!short("/v1/units?limit=50", &app.admin, &[]));
    assert!(!short(UNITS, &app.read, &[]));
    assert!(!short(UNITS, &app.admin, &[("cache-control", "no-cache")]));
    assert!(!short(
        UNITS,
        &app.admin,
        &[("authorization", "Bearer pk_x")]
    ));
    assert!(!short(UNITS, &app.admin, &[("accept-encoding", "gzip")]));

    // A key that ends.
    let mut new = NewKey::new(&app.account, "short", Environment::Sandbox, Role::Read);
    new.expires_at = Some(Utc::now() + chrono::Duration::milliseconds(700));
    let (_, ending) = app.store.create_key(new).await.unwrap();
    let ending = ending.expose_secret();
    let ask = async |key: &str| app.send(app.asking(UNITS, key, &[])).await;
    assert_eq!(ask(ending).await.status, StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert!(!short(UNITS, ending, &[]));
    assert_eq!(ask(ending).await.json()["code"], "api_key_expired");

    // A key that is revoked.
    let (id, revoked) = app
        .key(&app.account, Environment::Sandbox, Role::Read)
        .await;
    assert_eq!(ask(&revoked).await.status, StatusCode::OK);
    assert!(short(UNITS, &revoked, &[]));
    app.store.revoke_key(&app.account, &id).await.unwrap();
    app.state.look().await;
    assert!(!short(UNITS, &revoked, &[]));
    assert_eq!(ask(&revoked).await.json()["code"], "api_key_revoked");

    // Data that moved, and a replica that hears nothing any more.
    assert!(short(UNITS, &app.admin, &[]));
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert!(!short(UNITS, &app.admin, &[]));
}
