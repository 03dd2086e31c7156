//! What an operator does to an integration: rename, schedule, switch models, sync now, sync the past, cancel.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Answer, TestApp};

impl TestApp {
    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, &self.admin, Some(body)).await
    }

    pub(crate) async fn post_with(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &self.admin, Some(body)).await
    }
}

fn codes(answer: &Answer) -> Vec<(String, String)> {
    let errors = answer.json()["errors"].clone();
    let of = |error: &Value, member: &str| error[member].as_str().unwrap_or_default().to_owned();
    errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (of(error, "pointer"), of(error, "code")))
        .collect()
}

fn models(sync: &Value) -> Vec<&str> {
    let runs = sync["runs"].as_array().unwrap();
    runs.iter()
        .map(|run| run["model"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_integration_is_renamed() {
    let app = TestApp::start().await;
    let id = app.integration().await;
    let path = format!("/v1/admin/integrations/{id}");
    let renamed = app.put(&path, json!({"name": " Acme Homes "})).await;
    assert_eq!(
        renamed.json()["results"]["name"],
        "Acme Homes",
        "{}",
        renamed.text
    );
    assert_eq!(app.get(&path).await.json()["results"]["name"], "Acme Homes");
    let empty = app.put(&path, json!({"name": " "})).await;
    assert_eq!(
        codes(&empty),
        [("/name".to_owned(), "invalid_length".to_owned())]
    );
    let more = app
        .put(&path, json!({"name": "a", "vendor": "OTHER"}))
        .await;
    assert_eq!(more.json()["code"], "unknown_member");
    let by_reader = app
        .call(Method::PUT, &path, &app.read, Some(json!({"name": "a"})))
        .await;
    assert_eq!(by_reader.status, StatusCode::FORBIDDEN);
    assert_eq!(
        app.actions().await,
        ["integration.create", "integration.rename"]
    );
}

#[tokio::test]
async fn a_schedule_is_replaced_whole_and_shows_its_next_times() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    let path = format!("/v1/admin/integrations/{id}/schedule");
    let first = app.get(&path).await.json()["results"].clone();
    let nothing = json!({
        "type": "on_demand", "sync_frequency": null, "sync_cadence": null, "cron": null, "timezone": null,
        "next_sync_at": null, "waits_for": "running_sync", "models": [],
    });
    assert_eq!(first, nothing, "a sandbox syncs on demand");
    app.finish_sync(&[]).await;
    let wanted = json!({
        "type": "interval", "sync_frequency": 12,
        "models": {
            "leases": {"type": "cron", "cron": "30 2 * * *", "timezone": "America/New_York"},
            "applicants": {"type": "on_demand"},
        },
    });
    let set = app.put(&path, wanted).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    let set = set.json()["results"].clone();
    assert_eq!(app.get(&path).await.json()["results"], set);
    assert_eq!(
        (
            &set["sync_frequency"],
            &set["sync_cadence"],
            &set["waits_for"]
        ),
        (&json!(12), &json!("HOUR"), &Value::Null)
    );
    let time = |value: &Value| {
        value
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    };
    let integration = app
        .get(&format!("/v1/admin/integrations/{id}"))
        .await
        .json()["results"]
        .clone();
    let ended = time(&integration["last_sync"]["finished_at"]);
    assert_eq!(
        time(&set["next_sync_at"]) - ended,
        chrono::TimeDelta::hours(12)
    );
    assert_eq!(set["models"][0]["model"], "applicants");
    assert_eq!(set["models"][0]["next_sync_at"], Value::Null);
    let leases = &set["models"][1];
    assert_eq!(
        (&leases["model"], &leases["timezone"]),
        (&json!("leases"), &json!("America/New_York"))
    );
    let next = time(&leases["next_sync_at"]);
    assert!(next > chrono::Utc::now() && next < chrono::Utc::now() + chrono::TimeDelta::hours(26));
    assert_eq!(
        integration["next_sync_at"],
        set["next_sync_at"]
            .as_str()
            .min(leases["next_sync_at"].as_str())
            .unwrap()
    );

    let bad = json!({
        "type": "interval", "sync_frequency": 30, "sync_cadence": "SECOND", "cron": "* * * * *",
        "models": {
            "castles": {"type": "on_demand"},
            "applications": {"type": "interval", "sync_frequency": 1, "sync_cadence": "FORTNIGHT"},
            "units": {"type": "cron", "cron": "every day", "timezone": "Mars/Olympus"},
            "leases": {"type": "cron", "cron": "61 * * * *"},
            "properties": {"type": "cron", "cron": "0 0 30 2 *"},
        },
    });
    let refused = app.put(&path, bad).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let mut found = codes(&refused);
    found.sort();
    let expected = [
        ("/cron", "invalid_value"),
        ("/models/applications", "model_follows_lead"),
        ("/models/applications/sync_cadence", "invalid_value"),
        ("/models/castles", "unknown_model"),
        ("/models/leases/cron", "cron_invalid"),
        ("/models/properties/cron", "cron_never_due"),
        ("/models/units/timezone", "timezone_unknown"),
        ("/sync_frequency", "interval_out_of_range"),
    ];
    assert_eq!(
        found,
        expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()))
    );
    assert_eq!(
        app.get(&path).await.json()["results"],
        set,
        "nothing of it was taken"
    );
    let misread = app.put(&path, json!({"type": "interval", "sync_frequency": "12", "models": {"units": 1, "leases": {"kind": 1}}})).await;
    let mut found = codes(&misread);
    found.sort();
    let expected = [
        ("/models/leases/kind", "unknown_member"),
        ("/models/leases/type", "missing_member"),
        ("/models/units", "invalid_type"),
        ("/sync_frequency", "invalid_type"),
    ];
    assert_eq!(
        found,
        expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()))
    );
}

#[tokio::test]
async fn models_are_switched_and_syncs_take_only_those_that_are_on() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.finish_sync(&[]).await;
    let at = |path: &str| format!("/v1/admin/integrations/{id}{path}");
    let switched = app
        .put(
            &at("/models"),
            json!({"models": {"leases": false, "applicants": false}}),
        )
        .await;
    assert_eq!(switched.status, StatusCode::OK, "{}", switched.text);
    let on: Vec<Value> = switched.json()["results"]["models"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|model| model["enabled"] == true)
        .map(|model| model["model"].clone())
        .collect();
    assert_eq!(
        on,
        ["properties", "units"],
        "a companion falls with its lead"
    );
    let sync = app.post(&at("/manual-sync")).await;
    assert_eq!(sync.status, StatusCode::ACCEPTED);
    assert_eq!(models(&sync.json()["results"]), ["properties", "units"]);
    app.finish_sync(&[]).await;
    // Records of a model that is off will not come: answers about it may be kept.
    let answer = app.get(&format!("/v1/leases/?integration_id={id}")).await;
    assert_eq!(answer.json()["meta"]["sync_state"][0]["state"], "settled");

    let off = app
        .post_with(
            &at("/manual-sync"),
            json!({"models_to_sync": ["leases", "castles"]}),
        )
        .await;
    assert_eq!(
        codes(&off),
        [
            ("/models_to_sync/0", "model_switched_off"),
            ("/models_to_sync/1", "unknown_model")
        ]
        .map(|(pointer, code)| (pointer.to_owned(), code.to_owned()))
    );
    let none = app
        .post_with(&at("/manual-sync"), json!({"models_to_sync": []}))
        .await;
    assert_eq!(none.json()["code"], "invalid_length");
    app.put(&at("/models"), json!({"models": {"applicants": true}}))
        .await;
    let wanted = json!({"models_to_sync": ["applications"]});
    let sync = app.post_with(&at("/manual-sync"), wanted).await.json()["results"].clone();
    assert_eq!(
        models(&sync),
        ["applicants", "applications"],
        "a companion brings its lead"
    );
    assert_eq!(sync["models"], json!(["applications"]));
    let unknown = app
        .put(
            &at("/models"),
            json!({"models": {"castles": true, "units": 1}}),
        )
        .await;
    assert_eq!(
        codes(&unknown),
        [("/models/units".to_owned(), "invalid_type".to_owned())]
    );
    let unknown = app
        .put(&at("/models"), json!({"models": {"castles": true}}))
        .await;
    assert_eq!(unknown.json()["code"], "unknown_model");
}

#[tokio::test]
async fn a_hundred_who_ask_at_once_get_one_sync_and_are_told_which() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.finish_sync(&[]).await;
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let answers = futures_util::future::join_all((0..100).map(|_| app.post(&path))).await;
    let started: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::ACCEPTED)
        .collect();
    assert_eq!(started.len(), 1);
    let sync = started[0].json()["results"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for refused in answers
        .iter()
        .filter(|answer| answer.status != StatusCode::ACCEPTED)
    {
        let body = refused.json();
        assert_eq!(
            (refused.status, &body["code"]),
            (StatusCode::CONFLICT, &json!("sync_running"))
        );
        assert!(body["detail"].as_str().unwrap().contains(&sync), "{body}");
    }
    let syncs = app
        .get(&format!("/v1/admin/integrations/{id}/syncs"))
        .await
        .json();
    assert_eq!(syncs["meta"]["total"], 2, "the first one and this one");
}

#[tokio::test]
async fn syncs_are_cancelled_and_the_past_is_read_beside_them() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    let at = |path: &str| format!("/v1/admin/integrations/{id}{path}");
    let window = json!({"models_to_sync": ["units"], "start": "2026-01-01T00:00:00Z", "end": "2026-02-01T01:00:00+01:00"});
    let back = app.post_with(&at("/back-sync"), window).await;
    assert_eq!(back.status, StatusCode::ACCEPTED, "{}", back.text);
    let back = back.json()["results"].clone();
    assert_eq!(
        (&back["kind"], models(&back)),
        (&json!("back_sync"), vec!["units"])
    );
    let span: Value = sqlx::query_scalar("select span from run where sync_id = $1")
        .bind(back["id"].as_str())
        .fetch_one(
            &sqlx::PgPool::connect_with(app.database.options())
                .await
                .unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(
        span,
        json!({"kind": "window", "start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"})
    );
    assert_eq!(
        app.post(&at("/back-sync")).await.json()["code"],
        "sync_running"
    );
    for (body, pointer) in [
        (json!({"end": "2026-01-01T00:00:00Z"}), "/start"),
        (
            json!({"start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}),
            "/start",
        ),
        (json!({"start": "2999-01-01T00:00:00Z"}), "/start"),
    ] {
        let refused = app.post_with(&at("/back-sync"), body).await;
        assert_eq!(
            codes(&refused),
            [(pointer.to_owned(), "invalid_window".to_owned())]
        );
    }
    let misread = app
        .post_with(&at("/back-sync"), json!({"start": "yesterday"}))
        .await;
    assert_eq!(
        codes(&misread),
        [("/start".to_owned(), "invalid_value".to_owned())]
    );

    let cancel = format!("/v1/admin/syncs/{}/cancel", back["id"].as_str().unwrap());
    let cancelled = app.post(&cancel).await;
    assert_eq!(cancelled.status, StatusCode::ACCEPTED, "{}", cancelled.text);
    let cancelled = cancelled.json()["results"].clone();
    assert_eq!(
        (&cancelled["status"], &cancelled["cancel_requested"]),
        (&json!("cancelled"), &json!(true))
    );
    assert_eq!(app.post(&cancel).await.json()["code"], "sync_ended");
    assert_eq!(
        app.post("/v1/admin/syncs/syn_none/cancel").await.json()["code"],
        "sync_not_found"
    );
    let first = app.get(&at("/syncs?limit=1&offset=1")).await.json()["results"][0].clone();
    assert_eq!(
        (&first["kind"], &first["finished_at"]),
        (&json!("first"), &Value::Null),
        "it goes on"
    );
}

#[tokio::test]
async fn a_sync_sums_what_its_runs_read() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.finish_sync(&[("1", json!({})), ("2", json!({}))]).await;
    let syncs = app
        .get(&format!("/v1/admin/integrations/{id}/syncs"))
        .await
        .json();
    let sync = &syncs["results"][0];
    assert_eq!(sync["counters"]["rows_new"], 2);
    assert_eq!(
        (&sync["counters"]["pages"], &sync["counters"]["requests"]),
        (&json!(4), &json!(4)),
        "companions ride along"
    );
    assert_eq!(
        (&sync["progress"]["share"], &sync["progress"]["read"]),
        (&json!(1.0), &json!(2))
    );
    assert!(sync["duration_ms"].as_i64().unwrap() >= 0);
}

#[tokio::test]
async fn new_credentials_wait_for_their_check() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    let path = format!("/v1/admin/integrations/{id}/credentials");
    let wrong = json!({"credentials": {"clientId": "C", "key": "x"}});
    let refused = app.put(&path, wrong).await;
    let mut found = codes(&refused);
    found.sort();
    let expected = [
        ("/credentials/clientId", "pattern_mismatch"),
        ("/credentials/key", "unknown_field"),
        ("/credentials/secret", "missing_field"),
    ];
    assert_eq!(
        found,
        expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()))
    );
    let body = json!({"credentials": {"clientId": "client-2", "secret": super::support::CANARY}});
    let began = app.put(&path, body.clone()).await;
    assert_eq!(began.status, StatusCode::ACCEPTED, "{}", began.text);
    let check = began.json()["result"]["check"].clone();
    assert_eq!(
        (&check["replaces_credentials"], &check["status"]),
        (&json!(true), &json!("queued"))
    );
    assert_eq!(
        app.put(&path, body).await.json()["code"],
        "access_check_running"
    );
    let integration = app
        .get(&format!("/v1/admin/integrations/{id}"))
        .await
        .json();
    assert_eq!(
        integration["results"]["settings"]["clientId"], "client-1",
        "the old ones stay meanwhile"
    );
}
