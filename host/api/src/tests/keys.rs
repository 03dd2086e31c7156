//! Keys over the API: made, shown once, rotated with an overlap, revoked.

use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use portcullis_store::{Environment, Role};
use serde_json::{Value, json};

use super::support::{Answer, TestApp};

const KEYS: &str = "/v1/admin/api-keys/";

async fn make(app: &TestApp, body: Value) -> Answer {
    app.call(Method::POST, KEYS, &app.admin, Some(body)).await
}

async fn rotate(app: &TestApp, id: &str, body: Option<Value>) -> Answer {
    let path = format!("{KEYS}{id}/rotate");
    app.call(Method::POST, &path, &app.admin, body).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_made_shown_once_and_revoked() {
    let app = TestApp::start().await;
    let id = app.integration().await;
    let body = json!({"name": " reporting ", "integrations": [id], "models": ["units", "leases", "units"], "requests_per_minute": 120});
    let made = make(&app, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.json()["results"].clone();
    let (key, row) = (text(&made["key"]), &made["api_key"]);
    let id_of_key = text(&row["id"]);
    assert_eq!(
        (
            &row["name"],
            &row["role"],
            &row["environment"],
            &row["state"],
            &row["requests_per_minute"]
        ),
        (
            &json!("reporting"),
            &json!("read"),
            &json!("sandbox"),
            &json!("good"),
            &json!(120)
        )
    );
    assert_eq!(row["integrations"], json!([id]));
    assert_eq!(row["models"], json!(["leases", "units"]));
    let single = app.get(&format!("{KEYS}{id_of_key}")).await;
    assert_eq!(&single.json()["results"], row);
    for path in [
        KEYS.to_owned(),
        format!("{KEYS}{id_of_key}"),
        "/v1/admin/audit/".to_owned(),
    ] {
        let answer = app.get(&path).await;
        assert!(!answer.text.contains(&key), "{path}");
    }
    let answer = app.call(Method::GET, "/v1/units/", &key, None).await;
    assert_eq!(answer.status, StatusCode::OK);
    for _ in 0..2 {
        let path = format!("{KEYS}{id_of_key}");
        let revoked = app.call(Method::DELETE, &path, &app.admin, None).await;
        assert_eq!(revoked.json()["results"]["state"], "revoked");
    }
    app.state.look().await;
    let answer = app.call(Method::GET, "/v1/units/", &key, None).await;
    assert_eq!(answer.json()["code"], "api_key_revoked");
    let page = app.get(&format!("{KEYS}?limit=1&offset=1")).await.json();
    assert_eq!(
        (
            page["results"].as_array().unwrap().len(),
            &page["meta"]["total"],
            &page["meta"]["hasMore"]
        ),
        (1, &json!(3), &json!(true))
    );
    let done = app.actions().await;
    assert_eq!(done[1..], ["key.create", "key.revoke", "key.revoke"]);
}

#[tokio::test]
async fn every_problem_of_a_key_is_named_at_once() {
    let app = TestApp::start().await;
    let body = json!({
        "name": "", "environment": "production", "role": "owner", "expires_at": "2020-01-01T00:00:00Z",
    });
    let answer = make(&app, body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("`role` must be"), "{}", answer.text);
    let body = json!({
        "name": "", "environment": "production", "expires_at": "2020-01-01T00:00:00Z",
        "integrations": ["int_none"], "models": ["pets"], "requests_per_minute": 0,
    });
    let answer = make(&app, body).await.json();
    let errors = answer["errors"].as_array().unwrap().iter();
    let found: Vec<(String, String)> = errors
        .map(|it| (text(&it["pointer"]), text(&it["code"])))
        .collect();
    let expected = [
        ("/name", "invalid_length"),
        ("/environment", "environment_mismatch"),
        ("/expires_at", "invalid_value"),
        ("/requests_per_minute", "invalid_value"),
        ("/models/0", "unknown_model"),
        ("/integrations/0", "unknown_integration"),
    ];
    let expected = expected.map(|(at, code)| (at.to_owned(), code.to_owned()));
    assert_eq!(found, expected);
    for wrong in [json!({"integrations": []}), json!({"models": []})] {
        let mut body = json!({"name": "x"});
        let (name, list) = wrong.as_object().unwrap().iter().next().unwrap();
        body[name] = list.clone();
        assert_eq!(make(&app, body).await.json()["code"], "invalid_length");
    }
    let other = app.store.create_account("Other").await.unwrap().id;
    let stranger = app.key(&other, Environment::Sandbox, Role::Admin).await.1;
    let own = app.integration().await;
    let body = Some(json!({"name": "x", "integrations": [own]}));
    let theirs = app.call(Method::POST, KEYS, &stranger, body).await;
    assert_eq!(theirs.json()["code"], "unknown_integration");
}

#[tokio::test]
async fn a_rotated_key_works_on_for_a_while() {
    let app = TestApp::start().await;
    let integration = app.enabled().await;
    app.finish_sync(&[("1", json!({"number": "7"})), ("2", json!({"number": "8"}))])
        .await;
    app.state.look().await;
    let body =
        json!({"name": "reporting", "integrations": [integration], "requests_per_minute": 50});
    let made = make(&app, body).await.json()["results"].clone();
    let (old, old_id) = (text(&made["key"]), text(&made["api_key"]["id"]));
    let page = app
        .call(Method::GET, "/v1/units/?limit=1", &old, None)
        .await
        .json();
    let cursor = text(&page["meta"]["next_cursor"]);

    let rotated = rotate(&app, &old_id, Some(json!({"overlap_seconds": 3600}))).await;
    assert_eq!(rotated.status, StatusCode::CREATED, "{}", rotated.text);
    assert_eq!(rotated.header("cache-control"), "no-store");
    let rotated = rotated.json()["results"].clone();
    let (new, new_id) = (text(&rotated["key"]), text(&rotated["api_key"]["id"]));
    for member in [
        "name",
        "role",
        "environment",
        "integrations",
        "models",
        "requests_per_minute",
        "expires_at",
    ] {
        assert_eq!(
            rotated["api_key"][member], made["api_key"][member],
            "{member}"
        );
    }
    assert_eq!(rotated["replaces"]["replaced_by"], new_id.as_str());
    let until: DateTime<Utc> =
        serde_json::from_value(rotated["replaces"]["expires_at"].clone()).unwrap();
    let left = (until - Utc::now()).num_seconds();
    assert!((3500..=3600).contains(&left), "{left}");
    app.state.look().await;
    for key in [&old, &new] {
        // A place that the old key was given opens for the new one.
        let path = format!("/v1/units/?limit=1&cursor={cursor}");
        let answer = app.call(Method::GET, &path, key, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    let again = rotate(&app, &old_id, None).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["code"]),
        (409, &json!("key_replaced"))
    );

    // Without an overlap the old key stops at once.
    let last = rotate(&app, &new_id, Some(json!({"overlap_seconds": 0}))).await;
    assert_eq!(last.status, StatusCode::CREATED, "{}", last.text);
    app.state.look().await;
    let answer = app.call(Method::GET, "/v1/units/", &new, None).await;
    assert_eq!(answer.json()["code"], "api_key_expired");
    let ended = rotate(&app, &new_id, None).await;
    assert_eq!(
        (ended.status.as_u16(), &ended.json()["code"]),
        (409, &json!("key_ended"))
    );

    let done = app.actions().await;
    let rotations = done.iter().filter(|it| *it == "key.rotate").count();
    assert_eq!(rotations, 2, "{done:?}");
}

#[tokio::test]
async fn a_day_is_the_overlap_unless_said_and_thirty_the_most() {
    let app = TestApp::start().await;
    let made = make(&app, json!({"name": "reporting"})).await.json();
    let id = text(&made["results"]["api_key"]["id"]);
    for wrong in [json!(-1), json!(2_592_001)] {
        let answer = rotate(&app, &id, Some(json!({"overlap_seconds": wrong}))).await;
        assert_eq!(answer.json()["code"], "invalid_value", "{}", answer.text);
    }
    let answer = rotate(&app, &id, Some(json!({"overlap_seconds": "a day"}))).await;
    assert_eq!(answer.json()["code"], "invalid_type");
    let rotated = rotate(&app, &id, None).await.json();
    let until: DateTime<Utc> =
        serde_json::from_value(rotated["results"]["replaces"]["expires_at"].clone()).unwrap();
    let left = (until - Utc::now()).num_minutes();
    assert!((1438..=1440).contains(&left), "{left}");
    assert_eq!(rotated["results"]["api_key"]["expires_at"], Value::Null);
}

#[tokio::test]
async fn a_key_manages_keys_of_its_own_environment() {
    let app = TestApp::start().await;
    let (production, _) = app
        .key(&app.account, Environment::Production, Role::Admin)
        .await;
    let list = app.get(KEYS).await;
    assert!(!list.text.contains(&production));
    assert_eq!(list.json()["meta"]["total"], 2);
    let path = format!("{KEYS}{production}");
    let nobodys = app.get(&format!("{KEYS}key_none")).await.json();
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/rotate")),
    ] {
        let answer = app.call(method, &path, &app.admin, None).await.json();
        assert_eq!(answer["code"], "key_not_found");
        let detail = text(&answer["detail"]).replace(&production, "key_none");
        assert_eq!(json!(detail), nobodys["detail"]);
    }
}
