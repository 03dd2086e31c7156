//! The log of a sync and its stream of events.

use axum::body::Body;
use chrono::Utc;
use http::{Method, Request, StatusCode, header};
use portcullis_store::{LogLevel, NewSyncLog};
use serde_json::{Value, json};

use super::support::{Answer, TestApp};

impl TestApp {
    /// What a worker writes about a run.
    async fn log(&self, integration: &str, sync: &str, messages: &[&str]) {
        let lines: Vec<NewSyncLog> = messages
            .iter()
            .map(|message| NewSyncLog {
                account_id: self.account.clone(),
                integration_id: integration.to_owned(),
                sync_id: sync.to_owned(),
                run_id: Some("run_1".to_owned()),
                model: Some("units".to_owned()),
                at: Utc::now(),
                level: LogLevel::Info,
                event: "run.started".to_owned(),
                message: (*message).to_owned(),
                detail: json!({"pages": 1}),
            })
            .collect();
        self.store.write_sync_log(&lines).await.unwrap();
    }

    async fn follow(&self, path: &str, last_event_id: Option<&str>) -> Answer {
        let mut request = Request::builder()
            .method(Method::GET)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.admin));
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn first_sync(&self, integration: &str) -> String {
        let syncs = self
            .get(&format!("/v1/admin/integrations/{integration}/syncs"))
            .await
            .json();
        syncs["results"][0]["id"].as_str().unwrap().to_owned()
    }
}

/// The events of a stream: name, id, data.
fn events(text: &str) -> Vec<(String, String, Value)> {
    let field = |event: &str, name: &str| {
        event
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
            .unwrap_or_default()
            .to_owned()
    };
    text.split("\n\n")
        .filter(|event| event.contains("event: "))
        .map(|event| {
            let data = serde_json::from_str(&field(event, "data")).unwrap();
            (field(event, "event"), field(event, "id"), data)
        })
        .collect()
}

#[tokio::test]
async fn a_log_is_read_line_after_line() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    let sync = app.first_sync(&id).await;
    app.log(&id, &sync, &["one", "two", "three"]).await;
    let path = format!("/v1/admin/syncs/{sync}/log");
    let page = app.get(&format!("{path}?limit=2")).await.json();
    let messages = |page: &Value| -> Vec<Value> {
        let lines = page["results"].as_array().unwrap();
        lines.iter().map(|line| line["message"].clone()).collect()
    };
    assert_eq!(
        (messages(&page), &page["meta"]["hasMore"]),
        (vec![json!("one"), json!("two")], &json!(true))
    );
    let last = page["results"][1]["id"].as_i64().unwrap();
    let rest = app.get(&format!("{path}?after={last}")).await.json();
    assert_eq!(
        (messages(&rest), &rest["meta"]["hasMore"]),
        (vec![json!("three")], &json!(false))
    );
    for (query, code) in [
        ("after=x", "invalid_filter_value"),
        ("after=-1", "invalid_filter_value"),
        ("offset=1", "unknown_parameter"),
        ("limit=0", "invalid_limit"),
    ] {
        assert_eq!(
            app.get(&format!("{path}?{query}")).await.json()["code"],
            code,
            "{query}"
        );
    }
    let reader = app.call(Method::GET, &path, &app.read, None).await;
    assert_eq!(reader.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_followed_to_its_end_and_from_where_it_broke_off() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    let sync = app.first_sync(&id).await;
    let path = format!("/v1/admin/syncs/{sync}/events");
    app.log(&id, &sync, &["begun"]).await;
    let work = async {
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        app.finish_sync(&[("1", json!({}))]).await;
        app.log(&id, &sync, &["ended"]).await;
    };
    let (stream, ()) = tokio::join!(app.follow(&path, None), work);
    assert_eq!(stream.header("content-type"), "text/event-stream");
    assert_eq!(stream.header("cache-control"), "no-store");
    let seen = events(&stream.text);
    let names: Vec<&str> = seen.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"log"));
    assert_eq!(names.last(), Some(&"end"));
    let states: Vec<&Value> = seen
        .iter()
        .filter(|(name, ..)| name == "sync")
        .map(|(.., data)| &data["status"])
        .collect();
    assert_eq!(
        (states.first(), states.last()),
        (Some(&&json!("queued")), Some(&&json!("succeeded")))
    );
    let lines: Vec<&Value> = seen
        .iter()
        .filter(|(name, ..)| name == "log")
        .map(|(.., data)| &data["message"])
        .collect();
    assert_eq!(lines, ["begun", "ended"]);

    // Broken off after the first line: the rest comes, and the whole state.
    let again = events(&app.follow(&path, Some(&seen[0].1)).await.text);
    let names: Vec<&str> = again.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["log", "sync", "end"]);
    assert_eq!(again[0].2["message"], "ended");
    // Whoever has everything is told not to come back.
    let done = app.follow(&path, Some(&again[2].1)).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    let foreign = app.follow("/v1/admin/syncs/syn_none/events", None).await;
    assert_eq!(foreign.json()["code"], "sync_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_is_followed_until_the_process_ends() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    let first = app.first_sync(&id).await;
    app.log(&id, &first, &["from before"]).await;
    let work = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        app.finish_sync(&[]).await;
        app.post(&format!("/v1/admin/integrations/{id}/manual-sync"))
            .await;
        app.log(&id, &first, &["since then"]).await;
        tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
        app.state.close_streams();
    };
    let path = format!("/v1/admin/integrations/{id}/events");
    let (stream, ()) = tokio::join!(app.follow(&path, None), work);
    let seen = events(&stream.text);
    let kinds: Vec<(&str, &Value)> = seen
        .iter()
        .filter(|(name, ..)| name == "sync")
        .map(|(.., data)| (data["kind"].as_str().unwrap(), &data["status"]))
        .collect();
    assert!(
        kinds.contains(&("first", &json!("succeeded_empty"))),
        "{kinds:?}"
    );
    assert!(kinds.contains(&("manual", &json!("queued"))), "{kinds:?}");
    let lines: Vec<&Value> = seen
        .iter()
        .filter(|(name, ..)| name == "log")
        .map(|(.., data)| &data["message"])
        .collect();
    assert_eq!(lines, ["since then"]);
}

#[tokio::test]
async fn streams_have_so_many_places() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    let places = app.state.streams.places.clone();
    let all = u32::try_from(places.available_permits()).unwrap();
    let _taken = places.try_acquire_many(all).unwrap();
    let refused = app
        .get(&format!("/v1/admin/integrations/{id}/events"))
        .await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.json()["code"], "too_many_streams");
}
