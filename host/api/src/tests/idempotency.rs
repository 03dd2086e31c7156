//! Requests that are sent again under their key.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use portcullis_service::{Service, ServiceConfig};
use portcullis_store::vault::{KeyEncryptionKey, Vault};
use portcullis_store::{AuditFilter, ConnectOptions, Environment, IntegrationFilter, Role, Store};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::support::{Answer, CANARY, TestApp};
use crate::{Api, ApiConfig, ApiState};

async fn keyed(
    app: &TestApp,
    path: &str,
    api_key: &str,
    key: &str,
    body: Option<&Value>,
) -> Answer {
    let mut request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {api_key}"))
        .header("idempotency-key", key);
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    app.send(request.body(body).unwrap()).await
}

fn new_integration(name: &str) -> Value {
    json!({
        "name": name,
        "integration_vendor": "ACME",
        "credentials": {"clientId": "client-1", "secret": CANARY},
    })
}

const CREATE: &str = "/v1/admin/integrations/";

async fn integrations(app: &TestApp) -> usize {
    let all = IntegrationFilter::default();
    let found = app
        .store
        .list_integrations(&app.account, &all, 100, 0)
        .await;
    found.unwrap().0.len()
}

async fn rows(app: &TestApp, sql: &'static str) -> i64 {
    let pool = sqlx::PgPool::connect(&app.database.url).await.unwrap();
    let n = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
    pool.close().await;
    n
}

async fn change(app: &TestApp, sql: &'static str) {
    let pool = sqlx::PgPool::connect(&app.database.url).await.unwrap();
    sqlx::query(sql).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn the_same_request_is_answered_again_and_done_once() {
    let app = TestApp::start().await;
    let body = new_integration("Acme Properties");
    let first = keyed(&app, CREATE, &app.admin, "k-1", Some(&body)).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    assert_eq!(first.header("idempotent-replayed"), "");
    for (path, key) in [(CREATE, "k-1"), ("/v1/admin/integrations", "\"k-1\"")] {
        let again = keyed(&app, path, &app.admin, key, Some(&body)).await;
        assert_eq!(again.status, first.status);
        assert_eq!(again.text, first.text);
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(
            again.header("original-request"),
            first.header("x-request-id")
        );
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    assert_eq!(integrations(&app).await, 1);
    assert_eq!(
        app.actions().await,
        ["integration.create"],
        "one deed, one entry"
    );

    let other = new_integration("Other Properties");
    let reused = keyed(&app, CREATE, &app.admin, "k-1", Some(&other)).await;
    assert_eq!(reused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reused.json()["code"], "idempotency_key_reused");
    let id = first.json()["results"]["id"].as_str().unwrap().to_owned();
    let path = format!("{CREATE}{id}/disable");
    let elsewhere = keyed(&app, &path, &app.admin, "k-1", None).await;
    assert_eq!(elsewhere.json()["code"], "idempotency_key_reused");
    let filter = AuditFilter::default();
    let (audit, _) = app
        .store
        .list_audit(&app.account, &filter, 10, 0)
        .await
        .unwrap();
    let outcomes: Vec<&str> = audit.iter().map(|it| it.outcome.as_str()).collect();
    let refused = "idempotency_key_reused";
    assert_eq!(
        outcomes,
        [refused, refused, "done"],
        "who was refused is told"
    );

    let bad = keyed(&app, CREATE, &app.admin, "two words", Some(&body)).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert_eq!(bad.json()["code"], "idempotency_key_invalid");
}

#[tokio::test]
async fn a_key_is_of_one_api_key_and_one_account() {
    let app = TestApp::start().await;
    let other = app.store.create_account("Other").await.unwrap().id;
    let stranger = app.key(&other, Environment::Sandbox, Role::Admin).await.1;
    let colleague = app
        .key(&app.account, Environment::Sandbox, Role::Admin)
        .await
        .1;
    let mut ids = Vec::new();
    for api_key in [&app.admin, &stranger, &colleague] {
        let body = new_integration("Acme Properties");
        let answer = keyed(&app, CREATE, api_key, "k-1", Some(&body)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        assert_eq!(answer.header("idempotent-replayed"), "");
        ids.push(answer.json()["results"]["id"].clone());
    }
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    let unknown = keyed(&app, CREATE, "pk_sandbox_unknown", "k-1", None).await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn any_replica_knows_the_answer() {
    let app = TestApp::start().await;
    let body = new_integration("Acme Properties");
    let first = keyed(&app, CREATE, &app.admin, "k-1", Some(&body)).await;
    let store = Store::connect(&app.database.url, ConnectOptions::default())
        .await
        .unwrap();
    let vault = Vault::open(&store, KeyEncryptionKey::from_bytes([7; 32]))
        .await
        .unwrap();
    let service = Service::new(&store, vault, ServiceConfig::default());
    let state = ApiState::new(service, ApiConfig::default(), app.state.prometheus.clone()).unwrap();
    let request = Request::post(CREATE)
        .header(header::AUTHORIZATION, format!("Bearer {}", app.admin))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", "k-1")
        .body(Body::from(body.to_string()));
    let again = Api::router(state).oneshot(request.unwrap()).await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    let bytes = again.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(bytes, first.text.as_bytes());
    store.close().await;
}

#[tokio::test]
async fn of_two_at_once_one_is_done() {
    let app = TestApp::start().await;
    let body = new_integration("Acme Properties");
    let send = || keyed(&app, CREATE, &app.admin, "k-1", Some(&body));
    let answers: [Answer; 4] = tokio::join!(send(), send(), send(), send()).into();
    for answer in &answers {
        let under_way = answer.status == StatusCode::CONFLICT
            && answer.json()["code"] == "idempotency_key_in_use"
            && answer.header("retry-after") == "1";
        assert!(
            answer.status == StatusCode::CREATED || under_way,
            "{}",
            answer.text
        );
    }
    assert!(answers.iter().any(|it| it.status == StatusCode::CREATED));
    assert_eq!(integrations(&app).await, 1);
}

#[tokio::test]
async fn who_goes_away_is_answered_when_they_come_back() {
    let app = TestApp::start().await;
    let body = new_integration("Acme Properties");
    {
        let request = keyed(&app, CREATE, &app.admin, "k-1", Some(&body));
        // Dropped after its first steps, like the request of a client that hangs up.
        tokio::select! {
            biased;
            answer = request => panic!("too early: {}", answer.text),
            () = tokio::task::yield_now() => {}
        }
    }
    let mut tries = 0;
    let answer = loop {
        let answer = keyed(&app, CREATE, &app.admin, "k-1", Some(&body)).await;
        if answer.status != StatusCode::CONFLICT || tries > 200 {
            break answer;
        }
        tries += 1;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(integrations(&app).await, 1);
}

#[tokio::test]
async fn what_died_under_way_is_not_done_again() {
    let app = TestApp::start().await;
    let body = new_integration("Acme Properties");
    keyed(&app, CREATE, &app.admin, "k-1", Some(&body)).await;
    // What a killed process leaves: a row without an answer that somebody holds, and later nobody.
    change(&app, "update idempotent_request set answer = null").await;
    let held = keyed(&app, CREATE, &app.admin, "k-1", Some(&body)).await;
    assert_eq!(
        held.json()["code"],
        "idempotency_key_in_use",
        "{}",
        held.text
    );
    change(
        &app,
        "update idempotent_request set held_until = now() - interval '1 second'",
    )
    .await;
    for _ in 0..2 {
        let unknown = keyed(&app, CREATE, &app.admin, "k-1", Some(&body)).await;
        assert_eq!(unknown.status, StatusCode::CONFLICT);
        assert_eq!(unknown.json()["code"], "idempotency_outcome_unknown");
    }
    assert_eq!(integrations(&app).await, 1, "never twice");
    let fresh = keyed(&app, CREATE, &app.admin, "k-2", Some(&body)).await;
    assert_eq!(
        fresh.status,
        StatusCode::CREATED,
        "a new key is a new request"
    );
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let app = TestApp::start().await;
    let body = new_integration("Acme Properties");
    keyed(&app, CREATE, &app.admin, "k-1", Some(&body)).await;
    keyed(&app, CREATE, &app.admin, "k-2", Some(&body)).await;
    const LEFT: &str =
        "select round(extract(epoch from min(expires_at) - now()))::bigint from idempotent_request";
    let left = rows(&app, LEFT).await;
    assert!((86_000..=86_400).contains(&left), "{left}");
    change(&app, "update idempotent_request set expires_at = now()").await;
    // Not swept yet, and no longer in force.
    let other = new_integration("Other Properties");
    let again = keyed(&app, CREATE, &app.admin, "k-1", Some(&other)).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text);
    assert_eq!(app.state.service.sweep_requests().await.unwrap(), 1);
    assert_eq!(
        rows(&app, "select count(*) from idempotent_request").await,
        1
    );
}

#[tokio::test]
async fn refusals_for_the_state_are_kept_and_those_for_the_form_are_not() {
    let app = TestApp::start().await;
    let id = app.integration().await;
    let enable = format!("{CREATE}{id}/enable");
    // The access was not checked yet: an outcome, though there is more to come.
    let first = keyed(&app, &enable, &app.admin, "k-1", None).await;
    assert_eq!(first.status, StatusCode::CONFLICT, "{}", first.text);
    let again = keyed(&app, &enable, &app.admin, "k-1", None).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("content-type"), "application/problem+json");
    assert_eq!(again.header("idempotent-replayed"), "true");

    let mut body = new_integration("Acme Properties");
    body["integration_vendor"] = json!("NOBODY");
    let slip = keyed(&app, CREATE, &app.admin, "k-2", Some(&body)).await;
    assert_eq!(slip.status, StatusCode::BAD_REQUEST);
    body["integration_vendor"] = json!("ACME");
    let corrected = keyed(&app, CREATE, &app.admin, "k-2", Some(&body)).await;
    assert_eq!(corrected.status, StatusCode::CREATED, "{}", corrected.text);

    // A fault of the gateway may come after the deed, so it is kept.
    change(&app, "alter table audit rename to audit_away").await;
    let fault = keyed(&app, CREATE, &app.admin, "k-3", Some(&body)).await;
    assert_eq!(
        fault.status,
        StatusCode::INTERNAL_SERVER_ERROR,
        "{}",
        fault.text
    );
    change(&app, "alter table audit_away rename to audit").await;
    let before = integrations(&app).await;
    let again = keyed(&app, CREATE, &app.admin, "k-3", Some(&body)).await;
    assert_eq!((again.status, &again.text), (fault.status, &fault.text));
    assert_eq!(integrations(&app).await, before);
}

#[tokio::test]
async fn nothing_that_was_sent_or_answered_lies_open_and_an_erased_integration_takes_its_answers_along()
 {
    let app = TestApp::start().await;
    let body = new_integration("Acme Properties");
    let made = keyed(&app, CREATE, &app.admin, "open-key", Some(&body)).await;
    let id = made.json()["results"]["id"].as_str().unwrap().to_owned();
    keyed(
        &app,
        &format!("{CREATE}{id}/disable"),
        &app.admin,
        "k-2",
        None,
    )
    .await;
    const OPEN: &str = "select count(*) from idempotent_request r
        where position('Acme' in encode(r.answer, 'escape')) > 0 or position('open-key' in r::text) > 0
           or position(encode('open-key', 'hex') in r::text) > 0";
    assert_eq!(rows(&app, OPEN).await, 0);
    const ALL: &str = "select count(*) from idempotent_request";
    const OWNED: &str = "select count(*) from idempotent_request where integration_id is not null";
    assert_eq!(rows(&app, OWNED).await, 2);

    let name = json!({"name": "Acme Properties"});
    let erase = format!("{CREATE}{id}/erase");
    let erased = keyed(&app, &erase, &app.admin, "k-3", Some(&name)).await;
    assert_eq!(erased.status, StatusCode::OK, "{}", erased.text);
    assert_eq!(
        rows(&app, ALL).await,
        1,
        "the request to erase alone is left"
    );
    assert_eq!(rows(&app, OWNED).await, 0);
    let again = keyed(&app, &erase, &app.admin, "k-3", Some(&name)).await;
    assert_eq!((again.status, &again.text), (erased.status, &erased.text));
}

/// Every POST of the document takes a key, tells of it, and does nothing when it is asked again.
#[tokio::test]
async fn every_post_takes_a_key() {
    let app = TestApp::start().await;
    let document = crate::openapi_document();
    let mut posts = 0;
    for (pattern, item) in document["paths"].as_object().unwrap() {
        let Some(operation) = item.get("post") else {
            continue;
        };
        posts += 1;
        let name = operation["operationId"].as_str().unwrap();
        let parameters = operation["parameters"].as_array().unwrap();
        let told = |it: &Value| it["name"] == "Idempotency-Key" && it["in"] == "header";
        assert!(parameters.iter().any(told), "{name}");
        let path = pattern
            .replace("{id}", "int_none")
            .replace("{sync_id}", "syn_none")
            .replace("{model}", "units");
        let bad = keyed(&app, &path, &app.admin, "\"half", None).await;
        assert_eq!(bad.json()["code"], "idempotency_key_invalid", "{name}");
        // A row of another request under this key: the layer is met before anything of the route.
        let key = format!("key-{posts}");
        let taken = keyed(
            &app,
            CREATE,
            &app.admin,
            &key,
            Some(&new_integration("Acme")),
        )
        .await;
        assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text);
        let reused = keyed(&app, &path, &app.admin, &key, None).await;
        assert_eq!(reused.json()["code"], "idempotency_key_reused", "{name}");
    }
    assert!(posts >= 10, "{posts}");
    // Without the header nothing is remembered, and other methods have no use for it.
    let before = rows(&app, "select count(*) from idempotent_request").await;
    app.integration().await;
    app.call(Method::GET, "/v1/units/", &app.admin, None).await;
    assert_eq!(
        rows(&app, "select count(*) from idempotent_request").await,
        before
    );
}
