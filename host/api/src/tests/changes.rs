//! The feed of changes over HTTP.

use http::{Method, StatusCode};
use portcullis_store::vault::{KeyEncryptionKey, Vault};
use portcullis_store::{Environment, Role, TokenKey};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;

use super::support::TestApp;

#[tokio::test]
async fn the_feed_tells_what_changed_to_its_own_account_alone() {
    let app = TestApp::start().await;
    let integration = app.enabled().await;
    let from_now = app.get("/v1/changes/?since=now").await.json();
    assert_eq!(from_now["results"], json!([]));
    let since = from_now["meta"]["next_since"].as_str().unwrap().to_owned();
    app.finish_sync(&[("1", json!({"number": "1A"}))]).await;

    // The feed waits for the transactions of other tests on the same server, and may tell of some runs before others.
    let is_whole = |told: &Vec<Value>| told.len() >= TestApp::READABLE.len();
    let (mut page, mut tries) = (Value::Null, 0);
    while !page["results"].as_array().is_some_and(is_whole) {
        assert!(tries < 200, "the sync never came to the feed: {page}");
        tokio::time::sleep(Duration::from_millis(if tries == 0 { 0 } else { 50 })).await;
        page = app.get(&format!("/v1/changes/?since={since}")).await.json();
        tries += 1;
    }
    let kinds: Vec<&str> = page["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"reset"),
        "a first sync is one reset a model: {page}"
    );
    assert!(page["results"].as_array().unwrap().iter().all(|change| {
        change["integration_id"] == integration.as_str() && change["record_id"] == Value::Null
    }));
    let next = page["meta"]["next_since"].as_str().unwrap();
    let after = app.get(&format!("/v1/changes/?since={next}")).await.json();
    assert_eq!(after["results"], json!([]), "nothing twice");
    let other_model = app.get("/v1/changes/?model=leases").await.json();
    assert!(
        other_model["results"]
            .as_array()
            .unwrap()
            .iter()
            .all(|c| c["model"] == "leases")
    );

    let other = app.store.create_account("Other").await.unwrap().id;
    let stranger = app.key(&other, Environment::Sandbox, Role::Read).await.1;
    let call = async |path: String| app.call(Method::GET, &path, &stranger, None).await;
    assert_eq!(
        call("/v1/changes/".to_owned()).await.json()["results"],
        json!([])
    );
    for (query, code) in [
        (format!("since={next}"), "invalid_since"),
        ("since=yesterday".to_owned(), "invalid_since"),
        (
            format!("integration_id={integration}"),
            "unknown_integration",
        ),
        ("model=boats".to_owned(), "unknown_model"),
        ("limit=0".to_owned(), "invalid_limit"),
        ("offset=1".to_owned(), "unknown_parameter"),
    ] {
        let refused = call(format!("/v1/changes/?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(refused.json()["errors"][0]["code"], code, "{query}");
    }
}

/// A place that the database has not come to yet was given out before it was restored.
#[tokio::test]
async fn a_restored_database_says_that_the_feed_begins_anew() {
    let app = TestApp::start().await;
    let vault = Vault::open(&app.store, KeyEncryptionKey::from_bytes([7; 32]))
        .await
        .unwrap();
    let bound = [app.account.as_str(), "sandbox"];
    let place = TokenKey::new(&vault, "feed").seal(&bound, br#"{"xid":4000000000,"seq":1}"#);
    let refused = app.get(&format!("/v1/changes/?since={place}")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["errors"][0]["code"], "feed_restarted");
}

/// A commit may owe its generation for some seconds, and the feed tells of it at once: whoever reads the record then must
/// not be given what was kept before.
#[tokio::test]
async fn who_is_told_of_a_change_is_given_it() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.finish_sync(&[("1", json!({"number": "old"}))]).await;
    app.state.look().await;
    let since = app.get("/v1/changes/?since=now").await.json()["meta"]["next_since"].clone();
    let number = async || app.get("/v1/units/").await.json()["results"][0]["number"].clone();
    assert_eq!(number().await, "old");
    let mut sql = PgConnection::connect_with(&app.database.options())
        .await
        .unwrap();
    // What a commit does within five seconds of the one before.
    for statement in [
        "update record set doc = jsonb_set(doc, '{number}', '\"new\"')",
        "update model_state set generation_owed = true where model = 'units'",
        "insert into change (account_id, integration_id, model, record_id, kind)
         select account_id, integration_id, model, id, 'upsert' from record",
    ] {
        sqlx::query(statement).execute(&mut sql).await.unwrap();
    }
    app.state.look().await;
    assert_eq!(number().await, "old", "nothing moved yet");
    let path = format!(
        "/v1/changes/?since={}&integration_id={id}",
        since.as_str().unwrap()
    );
    let mut tries = 0;
    while !app.get(&path).await.text.contains("\"upsert\"") {
        assert!(tries < 200, "the change never came to the feed");
        tokio::time::sleep(Duration::from_millis(50)).await;
        tries += 1;
    }
    assert_eq!(number().await, "new");
}
