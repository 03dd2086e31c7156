//! What waits for a person, what changed, and which properties are read.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use super::support::TestApp;

impl TestApp {
    async fn sql(&self) -> PgPool {
        PgPool::connect_with(self.database.options()).await.unwrap()
    }

    async fn execute(&self, statement: &'static str, integration: &str) {
        let done = sqlx::query(statement)
            .bind(&self.account)
            .bind(integration)
            .execute(&self.sql().await)
            .await
            .unwrap();
        assert!(done.rows_affected() > 0, "{statement}");
    }
}

fn at(id: &str, path: &str) -> String {
    format!("/v1/admin/integrations/{id}{path}")
}

/// Three units, two of them missing with all evidence, and the deletion held.
async fn held() -> (TestApp, String) {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.finish_sync(&[("1", json!({})), ("2", json!({})), ("3", json!({}))])
        .await;
    app.execute(
        "update record set missing_since = now(), absence = 4
         where account_id = $1 and integration_id = $2 and external_id <> '1'",
        &id,
    )
    .await;
    app.execute(
        "insert into held_deletes (account_id, integration_id, model, run_id, doomed, live_rows)
         values ($1, $2, 'units', 'run_1', 2, 3)",
        &id,
    )
    .await;
    app.state.look().await;
    (app, id)
}

async fn units(app: &TestApp, id: &str) -> Value {
    let path = format!("/v1/units/?integration_id={id}");
    app.get(&path).await.json()["meta"]["total"].clone()
}

#[tokio::test]
async fn a_held_deletion_is_confirmed_once() {
    let (app, id) = held().await;
    let waiting = app.get(&at(&id, "/held-deletes")).await.json()["results"].clone();
    assert_eq!(waiting.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (
            &waiting[0]["model"],
            &waiting[0]["records"],
            &waiting[0]["of"]
        ),
        (&json!("units"), &json!(2), &json!(3))
    );
    assert_eq!(units(&app, &id).await, 3);
    let confirm = at(&id, "/held-deletes/units/confirm");
    let by_reader = app.call(Method::POST, &confirm, &app.read, None).await;
    assert_eq!(by_reader.status, StatusCode::FORBIDDEN);
    let other = app.post(&at(&id, "/held-deletes/leases/confirm")).await;
    assert_eq!(
        (other.status, &other.json()["code"]),
        (StatusCode::CONFLICT, &json!("nothing_held"))
    );
    let confirmed = app.post(&confirm).await;
    assert_eq!(
        confirmed.json()["results"]["deleted"],
        2,
        "{}",
        confirmed.text
    );
    assert_eq!(units(&app, &id).await, 1, "the cache has heard of it");
    assert_eq!(app.post(&confirm).await.json()["code"], "nothing_held");
    assert_eq!(app.actions().await.last().unwrap(), "deletes.confirm");

    // What was deleted is listed and exported when it is asked for, and says so.
    let with_deleted = format!("/v1/units/?integration_id={id}&include_deleted=true");
    let list = app.get(&with_deleted).await.json();
    let rows = list["results"].as_array().unwrap();
    let deleted = rows.iter().filter(|row| row["deleted_at"].is_string());
    assert_eq!((&list["meta"]["total"], deleted.count()), (&json!(3), 2));
    let export = app.get(&format!("{with_deleted}&format=ndjson")).await;
    assert_eq!(export.text.lines().count(), 3, "{}", export.text);

    let gone: String = sqlx::query_scalar("select id from record where external_id = '2'")
        .fetch_one(&app.sql().await)
        .await
        .unwrap();
    let path = at(&id, &format!("/records/{gone}/history"));
    let history = app.get(&path).await.json()["results"].clone();
    assert!(history["deleted_at"].is_string(), "{history}");
    assert_eq!(
        (&history["model"], &history["x_id"]),
        (&json!("units"), &json!("2"))
    );
    assert_eq!(
        (
            &history["changes"][0]["kind"],
            &history["changes"][0]["fields"]
        ),
        (&json!("delete"), &Value::Null)
    );
    let nothing = app.get(&at(&id, "/records/unit_none/history")).await;
    assert_eq!(nothing.json()["code"], "record_not_found");
    let misread = app.get(&format!("{path}?limit=0")).await;
    assert_eq!(misread.json()["code"], "invalid_limit");
    let unknown = app.get(&format!("{path}?offset=1")).await;
    assert_eq!(unknown.json()["code"], "unknown_parameter");
}

#[tokio::test]
async fn a_held_deletion_is_rejected_and_the_records_stay() {
    let (app, id) = held().await;
    let rejected = app.post(&at(&id, "/held-deletes/units/reject")).await;
    assert_eq!(
        rejected.json()["results"]["deleted"],
        0,
        "{}",
        rejected.text
    );
    assert_eq!(units(&app, &id).await, 3);
    let waiting = app.get(&at(&id, "/held-deletes")).await;
    assert_eq!(waiting.json()["results"], json!([]));
    assert_eq!(app.actions().await.last().unwrap(), "deletes.reject");
}

#[tokio::test]
async fn dead_letters_are_listed_and_tried_again() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.finish_sync(&[("1", json!({}))]).await;
    app.execute(
        "insert into dead_letter (account_id, integration_id, run_id, model, external_id, kind, message, resolved_at)
         select $1, $2, 'run_1', model, x_id, 'invalid', 'It has no number.', resolved_at
         from (values ('units', '7', null), ('units', '8', now()), ('leases', '9', null)) as v(model, x_id, resolved_at)",
        &id,
    )
    .await;
    let letters = async |query: &str| {
        let path = at(&id, &format!("/dead-letters{query}"));
        let page = app.get(&path).await.json();
        let x_ids: Vec<String> = page["results"]
            .as_array()
            .unwrap_or_else(|| panic!("{page}"))
            .iter()
            .map(|letter| letter["x_id"].as_str().unwrap().to_owned())
            .collect();
        (x_ids, page["meta"]["total"].clone())
    };
    assert_eq!(letters("").await.1, 3);
    assert_eq!(letters("?open=true&model=units").await.0, ["7"]);
    assert_eq!(letters("?limit=1&offset=2").await.1, 3);
    let misread = app.get(&at(&id, "/dead-letters?open=maybe")).await;
    assert_eq!(misread.json()["code"], "invalid_filter_value");

    let retry = at(&id, "/dead-letters/retry");
    let wrong = app.post_with(&retry, json!({"models": []})).await;
    assert_eq!(wrong.json()["code"], "unknown_member");
    let none = app.post_with(&retry, json!({"model": "properties"})).await;
    assert_eq!(none.json()["code"], "nothing_to_retry");
    let begun = app.post_with(&retry, json!({"model": "units"})).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text);
    let sync = begun.json()["results"].clone();
    assert_eq!(
        (&sync["kind"], sync["runs"].as_array().map(Vec::len)),
        (&json!("back_sync"), Some(1))
    );
    let span: Value = sqlx::query_scalar("select span from run where sync_id = $1")
        .bind(sync["id"].as_str())
        .fetch_one(&app.sql().await)
        .await
        .unwrap();
    assert_eq!(span, json!({"kind": "full"}), "all of it is read again");
    assert_eq!(app.actions().await.last().unwrap(), "dead_letters.retry");
    assert_eq!(app.post(&retry).await.json()["code"], "sync_running");
}

#[tokio::test]
async fn properties_are_switched_and_new_ones_follow_the_rule() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    let path = at(&id, "/properties");
    let all = app.get(&path).await.json();
    assert_eq!(
        (&all["new_properties_are_enabled"], &all["results"]),
        (&json!(true), &json!([]))
    );
    let body = json!({"new_properties_are_enabled": false, "properties": {"7": false, "8": true}});
    let set = app.put(&path, body).await;
    assert_eq!(
        set.json()["results"]["new_properties_are_enabled"],
        false,
        "{}",
        set.text
    );
    let all = app.get(&path).await.json();
    let switches: Vec<(&Value, &Value)> = all["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|property| (&property["x_id"], &property["enabled"]))
        .collect();
    assert_eq!(
        switches,
        [(&json!("7"), &json!(false)), (&json!("8"), &json!(true))]
    );
    assert_eq!(
        (&all["new_properties_are_enabled"], &all["meta"]["total"]),
        (&json!(false), &json!(2))
    );
    assert_eq!(app.actions().await.last().unwrap(), "properties.switch");
    for (body, pointer, code) in [
        (json!({}), "/properties", "missing_member"),
        (
            json!({"properties": {"7": "off"}}),
            "/properties/7",
            "invalid_type",
        ),
        (
            json!({"properties": {"": true}}),
            "/properties/",
            "invalid_length",
        ),
        (
            json!({"new_properties_are_enabled": 1}),
            "/new_properties_are_enabled",
            "invalid_type",
        ),
    ] {
        let refused = app.put(&path, body.clone()).await.json();
        assert_eq!(
            (&refused["errors"][0]["pointer"], &refused["code"]),
            (&json!(pointer), &json!(code)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn changes_are_counted_by_day_and_model() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.finish_sync(&[("1", json!({})), ("2", json!({}))]).await;
    let path = at(&id, "/changes-per-day");
    let days = app.get(&path).await.json()["results"].clone();
    let units = days
        .as_array()
        .unwrap()
        .iter()
        .find(|day| day["model"] == "units")
        .unwrap();
    assert_eq!(
        (&units["rows_new"], &units["runs"], &units["rows_deleted"]),
        (&json!(2), &json!(1), &json!(0))
    );
    let before = app
        .get(&format!("{path}?from=2020-01-01&to=2020-01-31"))
        .await;
    assert_eq!(before.json()["results"], json!([]));
    for (query, code) in [
        ("from=2020-02-01&to=2020-01-01", "invalid_window"),
        ("from=yesterday", "invalid_filter_value"),
        ("days=3", "unknown_parameter"),
    ] {
        let refused = app.get(&format!("{path}?{query}")).await;
        assert_eq!(refused.json()["code"], code, "{query}");
    }
}
