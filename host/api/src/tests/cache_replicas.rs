//! A crowd on one question, and replicas that hear of each other's syncs.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use http::StatusCode;
use portcullis_store::{Environment, Role, Wake};
use serde_json::json;

use super::support::TestApp;

#[tokio::test]
async fn five_hundred_clients_on_a_cold_question_cause_one_query() {
    let app = TestApp::start().await;
    app.enabled().await;
    app.finish_sync(&[("1", json!({"number": "1A"}))]).await;
    app.state.look().await;
    let ask = async |path: &str, key: &str| app.send(app.asking(path, key, &[])).await;
    // Neither key nor question were met before.
    let key = async || {
        let made = app.key(&app.account, Environment::Sandbox, Role::Read);
        made.await.1
    };
    let (alone, together) = (key().await, key().await);

    let before = app.queries().await;
    ask("/v1/units/?limit=7", &alone).await;
    let one = app.queries().await - before;
    assert!(one > 0);

    let before = app.queries().await;
    let crowd = (0..500).map(|_| ask("/v1/units/?limit=8", &together));
    let answers = join_all(crowd).await;
    assert_eq!(app.queries().await - before, one);
    let count = |status: &str| {
        let with = answers
            .iter()
            .filter(|it| it.header("cache-status") == status);
        with.count()
    };
    assert_eq!(count("portcullis; fwd=uri-miss; stored"), 1);
    assert!(
        answers
            .iter()
            .all(|it| it.status == StatusCode::OK && it.text == answers[0].text)
    );
}

#[tokio::test]
async fn a_replica_serves_what_a_run_brought_elsewhere_also_when_no_notification_arrives() {
    let app = TestApp::start().await;
    let id = app.enabled().await;
    app.finish_sync(&[("1", json!({"number": "0"}))]).await;
    let (state, front) = app.replica().await;
    let fresh = state.clone();
    let looking = tokio::spawn(async move { fresh.keep_fresh().await });
    let path = format!("/v1/units/?integration_id={id}");
    for run in 1..=50 {
        let number = run.to_string();
        let started = app
            .post(&format!("/v1/admin/integrations/{id}/manual-sync"))
            .await;
        assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.text);
        app.finish_sync(&[("1", json!({"number": number}))]).await;
        // One of ten is lost.
        if run % 10 != 0 {
            app.store.notify(&Wake::Generations).await.unwrap();
        }
        let ended = Instant::now();
        loop {
            let answer = TestApp::send_to(&front, app.asking(&path, &app.read, &[])).await;
            let seen = answer.json()["results"][0]["number"] == number;
            if seen && answer.header("cache-status").contains("hit") {
                break;
            }
            assert!(
                ended.elapsed() < Duration::from_secs(5),
                "run {run} was not heard of: {}",
                answer.text
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    looking.abort();
}
