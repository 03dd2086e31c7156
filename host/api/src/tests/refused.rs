//! Bad requests that need a stage of their own, and what no request can bring about.

use axum::body::Body;
use http::{Method, Request, header};
use portcullis_service::ServiceConfig;
use portcullis_store::{Environment, Role};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use super::support::{CANARY, MANIFEST, TestApp};
use crate::ApiConfig;

#[tokio::test]
async fn an_environment_that_the_vendor_has_not_is_refused() {
    let app = TestApp::start().await;
    let key = app
        .key(&app.account, Environment::Production, Role::Admin)
        .await
        .1;
    let body = json!({
        "name": "Acme",
        "vendor": "ACME",
        "credentials": {"clientId": "client-1", "secret": CANARY},
    });
    let answer = app
        .call(Method::POST, "/v1/admin/integrations", &key, Some(body))
        .await;
    assert_eq!(
        answer.json()["code"],
        "environment_not_offered",
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_panic_is_an_answer_without_internals() {
    let state = TestApp::start().await.state;
    let app = axum::Router::new().route(
        "/",
        axum::routing::get(|| async { panic!("the inner secret") as () }),
    );
    let app = app
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(
            crate::edge::panicked,
        ))
        .layer(axum::middleware::from_fn_with_state(
            state,
            crate::edge::edge,
        ));
    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(app, request).await.unwrap();
    assert_eq!(response.status(), 500);
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(
        text.contains("internal_error") && !text.contains("inner secret"),
        "{text}"
    );
}

#[test]
fn a_cache_that_keeps_longer_than_a_quarter_of_an_hour_is_refused() {
    let longer = crate::ApiConfig {
        cache_ttl: std::time::Duration::from_secs(901),
        ..Default::default()
    };
    let refused = longer.checked().unwrap_err();
    assert_eq!(refused.code(), "cache_ttl_too_long");
    portcullis_test_codes::record(refused.code());
}

#[tokio::test]
async fn a_base_url_must_be_one_and_lie_on_loopback() {
    let service = ServiceConfig {
        allow_loopback: true,
    };
    let app = TestApp::start_as(ApiConfig::default(), service).await;
    for url in [
        "",
        "127.0.0.1",
        "ftp://127.0.0.1",
        "http://a@127.0.0.1",
        "http://10.0.0.1",
        "http://127.0.0.1/?a=1",
    ] {
        let body = json!({
            "name": "Acme",
            "integration_vendor": "ACME",
            "credentials": {"clientId": "client-1", "secret": CANARY},
            "base_url": url,
        });
        let path = "/v1/admin/integrations/";
        let answer = app.call(Method::POST, path, &app.admin, Some(body)).await;
        assert_eq!(
            answer.json()["code"],
            "base_url_invalid",
            "{url}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn of_alternative_sets_of_credentials_one_is_given() {
    let app = TestApp::start().await;
    let field = |name: &str, group: &str| {
        format!(
            "[[field]]\nname = \"{name}\"\nkind = \"secret\"\nlabel = \"{name}\"\nhosts = [\"api.acme.example\"]\ngroup = \"{group}\"\n\n"
        )
    };
    let group = |name: &str| {
        format!("[[group]]\nname = \"{name}\"\nlabel = \"{name}\"\none-of = \"login\"\n\n")
    };
    let fields = MANIFEST.find("[[field]]").unwrap()..MANIFEST.find("[[model]]").unwrap();
    let mut manifest = MANIFEST.replace("version = \"1.0.0\"", "version = \"2.0.0\"");
    let alternatives = [
        field("apiKey", "key"),
        field("password", "user"),
        group("key"),
        group("user"),
    ]
    .concat();
    manifest.replace_range(fields, &alternatives);
    app.load_connector(&manifest).await;
    for (credentials, code) in [
        (json!({}), "field_group_incomplete"),
        (
            json!({"apiKey": CANARY, "password": CANARY}),
            "field_group_ambiguous",
        ),
    ] {
        let body =
            json!({"name": "Acme", "integration_vendor": "ACME", "credentials": credentials});
        let path = "/v1/admin/integrations/";
        let answer = app.call(Method::POST, path, &app.admin, Some(body)).await;
        assert_eq!(answer.json()["code"], code, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_and_a_schema_of_another_program() {
    let app = TestApp::start().await;
    let broken = std::io::Error::other("the connection is gone");
    let parts = [Ok(bytes::Bytes::from_static(b"{\"name\":")), Err(broken)];
    let request = Request::post("/v1/admin/integrations/")
        .header(header::AUTHORIZATION, format!("Bearer {}", app.admin))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(futures_util::stream::iter(parts)))
        .unwrap();
    assert_eq!(app.send(request).await.json()["code"], "body_unreadable");

    let mut database = PgConnection::connect(&app.database.url).await.unwrap();
    let newer =
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (9999, 'of a later program', true, '', 0)";
    sqlx::query(newer).execute(&mut database).await.unwrap();
    let answer = app.call(Method::GET, "/readyz", "", None).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["code"]),
        (503, &json!("not_ready"))
    );
}
