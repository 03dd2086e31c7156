use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use portcullis_store::{CredentialsVerdict, Environment, Role, Verdict};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use super::support::TestApp;
use crate::ApiConfig;

#[tokio::test]
async fn nothing_is_kept_before_the_first_sync_has_ended_and_everything_after() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.state.look().await;
    let path = format!("/v1/units/?integration_id={id}");
    for _ in 0..2 {
        let early = app.get(&path).await;
        assert_eq!(early.status, StatusCode::OK);
        assert_eq!(
            early.header("cache-status"),
            "portcullis; fwd=bypass; detail=first-sync-running"
        );
        assert_eq!(early.header("cache-control"), "private, no-store");
        assert_eq!(
            early.json()["meta"]["sync_state"][0]["state"],
            "first_sync_running"
        );
    }

    app.finish_sync(&[
        ("1", json!({"number": "1A"})),
        ("2", json!({"number": "2B"})),
    ])
    .await;
    // Whoever reads that the sync has ended is shown its data at once.
    let syncs = app
        .get(&format!("/v1/admin/integrations/{id}/syncs"))
        .await
        .json();
    assert_eq!(syncs["results"][0]["status"], "succeeded");
    let first = app.get(&path).await;
    assert_eq!(
        first.header("cache-status"),
        "portcullis; fwd=uri-miss; stored"
    );
    assert_eq!(first.json()["meta"]["total"], 2);
    assert_eq!(first.json()["meta"]["sync_state"][0]["state"], "settled");

    let before = app.queries().await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    app.state.look().await;
    // Another spelling of the same question.
    let second = app
        .get(&format!(
            "/v1/units?order-by=created_at:desc&limit=100&integration_id={id}"
        ))
        .await;
    assert!(
        second
            .header("cache-status")
            .starts_with("portcullis; hit; ttl=8"),
        "{:?}",
        second.headers
    );
    assert!(second.header("age").parse::<u64>().unwrap() >= 1);
    assert_eq!(second.header("cache-control"), "private, max-age=900");
    assert_eq!(second.text, first.text);
    assert_eq!(second.header("x-data-as-of"), first.header("x-data-as-of"));
    assert_eq!(app.queries().await, before, "a hit asks Postgres nothing");

    let request = Request::get(&path)
        .header(header::AUTHORIZATION, format!("Bearer {}", app.admin))
        .header(header::IF_NONE_MATCH, first.header("etag"));
    let known = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (known.status, known.text.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    assert_eq!(known.header("etag"), first.header("etag"));
    assert!(known.header("cache-status").starts_with("portcullis; hit"));
}

#[tokio::test]
async fn a_change_behind_the_gateways_back_is_seen_when_the_answer_expires_and_a_commit_at_once() {
    let ttl = Duration::from_millis(1500);
    let app = TestApp::start_with(ApiConfig {
        cache_ttl: ttl,
        ..ApiConfig::default()
    })
    .await;
    let id = app.enabled().await;
    app.finish_sync(&[("1", json!({"number": "old"}))]).await;
    app.state.look().await;
    let number = async || app.get("/v1/units/").await.json()["results"][0]["number"].clone();
    assert_eq!(number().await, "old");
    let mut connection = PgConnection::connect_with(&app.database.options())
        .await
        .unwrap();
    sqlx::query("update record set doc = jsonb_set(doc, '{number}', '\"changed\"')")
        .execute(&mut connection)
        .await
        .unwrap();
    app.state.look().await;
    assert_eq!(number().await, "old");
    tokio::time::sleep(ttl).await;
    app.state.look().await;
    assert_eq!(number().await, "changed");

    let started = app
        .post(&format!("/v1/admin/integrations/{id}/manual-sync"))
        .await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.text);
    app.finish_sync(&[("1", json!({"number": "new"}))]).await;
    app.get(&format!("/v1/admin/integrations/{id}")).await;
    assert_eq!(number().await, "new");
}

#[tokio::test]
async fn an_account_wide_answer_names_those_in_their_first_sync() {
    let app = TestApp::start().await;
    app.enabled().await;
    app.state.look().await;
    let early = app.get("/v1/units/").await;
    assert_eq!(
        early.header("cache-status"),
        "portcullis; fwd=bypass; detail=first-sync-running"
    );
    app.finish_sync(&[("1", json!({}))]).await;
    let late = app.enabled().await;
    app.state.look().await;
    let answer = app.get("/v1/units/").await;
    assert_eq!(
        answer.header("cache-status"),
        "portcullis; fwd=uri-miss; stored"
    );
    let state = answer.json()["meta"]["sync_state"].clone();
    assert_eq!(
        state,
        json!([{"integration_id": late, "model": "units", "state": "first_sync_running", "last_complete_full_at": null}])
    );
}

#[tokio::test]
async fn two_accounts_and_two_environments_never_share_an_answer() {
    let app = TestApp::start().await;
    app.enabled().await;
    app.finish_sync(&[("1", json!({"number": "mine"}))]).await;
    app.state.look().await;
    let mine = app.get("/v1/units/").await;
    assert_eq!(mine.json()["meta"]["total"], 1);
    let unit = mine.json()["results"][0]["id"].as_str().unwrap().to_owned();
    let other = app.store.create_account("Other").await.unwrap().id;
    let stranger = app.key(&other, Environment::Sandbox, Role::Admin).await.1;
    let production = app
        .key(&app.account, Environment::Production, Role::Admin)
        .await
        .1;
    for key in [&stranger, &production] {
        let answer = app.call(Method::GET, "/v1/units/", key, None).await;
        assert_eq!(answer.json()["results"], json!([]));
        assert!(!answer.header("cache-status").contains("hit"));
        let one = app
            .call(Method::GET, &format!("/v1/units/{unit}"), key, None)
            .await;
        assert_eq!(one.status, StatusCode::NOT_FOUND);
    }
    let own = app
        .call(Method::GET, &format!("/v1/units/{unit}/"), &app.read, None)
        .await;
    assert_eq!(
        (own.status, &own.json()["results"]["number"]),
        (StatusCode::OK, &json!("mine"))
    );
}

#[tokio::test]
async fn errors_are_never_kept_and_without_proof_nothing_is() {
    let app = TestApp::start().await;
    app.enabled().await;
    app.finish_sync(&[("1", json!({}))]).await;
    app.state.look().await;
    for _ in 0..2 {
        let before = app.queries().await;
        let missing = app.get("/v1/units/unit_none").await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        assert_eq!(missing.header("cache-control"), "no-store");
        assert!(app.queries().await > before, "an error was kept");
    }
    assert_eq!(
        app.get("/v1/units").await.header("cache-status"),
        "portcullis; fwd=uri-miss; stored"
    );
    // Nobody looks any more.
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(
        app.get("/v1/units").await.header("cache-status"),
        "portcullis; fwd=bypass; detail=generations-unproven"
    );
    let fresh = app.state.clone();
    let looking = tokio::spawn(async move { fresh.keep_fresh().await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(
        app.get("/v1/units")
            .await
            .header("cache-status")
            .contains("hit")
    );
    looking.abort();
}

#[tokio::test]
async fn a_model_that_cannot_be_read_is_settled_at_once() {
    let app = TestApp::start().await;
    let id = app.integration().await;
    let verdicts = [
        ("properties", Verdict::Granted),
        ("leases", Verdict::Denied),
    ];
    app.finish_check(CredentialsVerdict::Valid, &verdicts).await;
    app.post(&format!("/v1/admin/integrations/{id}/enable"))
        .await;
    app.state.look().await;
    let leases = app.get(&format!("/v1/leases/?integration_id={id}")).await;
    assert_eq!(
        leases.header("cache-status"),
        "portcullis; fwd=uri-miss; stored"
    );
}
